//! Latencies, kept as a histogram (Gil Tene's `HdrHistogram`, three significant digits).

use super::report::rounded;
use hdrhistogram::Histogram;
use serde_json::Value;
use std::time::Duration;

const HIGHEST: Duration = Duration::from_mins(2);

/// A set of latencies.
#[derive(Clone, Debug)]
pub(super) struct Latency {
    /// In nanoseconds.
    histogram: Histogram<u64>,
}

impl Latency {
    pub(super) fn new() -> Self {
        let histogram = Histogram::new_with_bounds(1, nanos(HIGHEST), 3)
            .expect("the bounds are constants and in order");
        Self { histogram }
    }

    /// Adds one; beyond two minutes it counts as two minutes.
    pub(super) fn record(&mut self, latency: Duration) {
        self.histogram.saturating_record(nanos(latency));
    }

    /// Adds all of another set.
    pub(super) fn add(&mut self, other: &Self) {
        self.histogram += &other.histogram;
    }

    /// How many there are.
    pub(super) fn count(&self) -> u64 {
        self.histogram.len()
    }

    /// The latency that this share of all does not exceed, in milliseconds.
    pub(super) fn ms(&self, quantile: f64) -> f64 {
        Duration::from_nanos(self.histogram.value_at_quantile(quantile)).as_secs_f64() * 1_000.0
    }

    /// The same, rounded for a report.
    pub(super) fn cell(&self, quantile: f64) -> Value {
        rounded(self.ms(quantile))
    }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_in_milliseconds() {
        let (mut latency, mut other) = (Latency::new(), Latency::new());
        for ms in 1..=50 {
            latency.record(Duration::from_millis(ms));
            other.record(Duration::from_millis(ms + 50));
        }
        other.record(Duration::from_secs(100_000));
        latency.add(&other);
        assert_eq!(latency.count(), 101);
        assert!((latency.ms(0.5) - 51.0).abs() < 0.1, "{}", latency.ms(0.5));
        assert!(
            (latency.ms(1.0) - 120_000.0).abs() < 120.0,
            "{}",
            latency.ms(1.0)
        );
    }
}
