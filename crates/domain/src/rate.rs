//! Rate limiting by the generic cell rate algorithm (ITU-T I.371): one number per key.

use crate::Millis;
use std::num::NonZeroU32;

/// So many acts a second or a minute, with a burst.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Between two acts at the steady rate, in microseconds.
    step_us: u64,
    /// Acts at once after a pause.
    burst: u64,
}

impl Rate {
    /// So many acts a second, and as many at once; none for 0, which means no limit.
    #[must_use]
    pub fn per_second(acts: u32) -> Option<Self> {
        Self::per(acts, 1_000_000)
    }

    /// So many acts a minute, and as many at once; none for 0, which means no limit.
    #[must_use]
    pub fn per_minute(acts: u32) -> Option<Self> {
        Self::per(acts, 60_000_000)
    }

    fn per(acts: u32, period_us: u64) -> Option<Self> {
        let acts = NonZeroU32::new(acts)?;
        Some(Self {
            step_us: period_us / u64::from(acts.get()),
            burst: u64::from(acts.get()),
        })
    }

    /// With so many times the burst.
    #[must_use]
    pub fn with_bursts(self, times: u32) -> Self {
        Self {
            burst: self.burst * u64::from(times),
            ..self
        }
    }
}

/// A limit on the acts of one key; one of these per key.
#[derive(Clone, Copy, Debug, Default)]
pub struct RateLimit {
    /// When the bucket would be full again, in microseconds.
    full_at_us: u64,
}

impl RateLimit {
    /// Takes one act at `now`. On refusal says after how many milliseconds to try again.
    pub fn take(&mut self, now: Millis, rate: Rate) -> Result<(), u64> {
        let now_us = now.0.saturating_mul(1000);
        let next = self.full_at_us.max(now_us) + rate.step_us;
        let ahead = next - now_us;
        let ahead_max = rate.step_us.saturating_mul(rate.burst);
        if ahead > ahead_max {
            return Err((ahead - ahead_max).div_ceil(1000).max(1));
        }
        self.full_at_us = next;
        Ok(())
    }

    /// Whether the key has been idle long enough to be forgotten.
    #[must_use]
    pub fn idle(self, now: Millis) -> bool {
        self.full_at_us <= now.0.saturating_mul(1000)
    }

    /// When it is idle, in microseconds: which of several to forget first.
    #[must_use]
    pub fn idle_at_us(self) -> u64 {
        self.full_at_us
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(limit: &mut RateLimit, at: Millis, rate: Rate) -> usize {
        (0..500).filter(|_| limit.take(at, rate).is_ok()).count()
    }

    #[test]
    fn allows_the_rate_and_no_more() {
        let mut limit = RateLimit::default();
        let start = Millis(1_000_000);
        let rate = Rate::per_second(100).unwrap();
        assert_eq!(taken(&mut limit, start, rate), 100);
        assert_eq!(limit.take(start, rate), Err(10));
        assert_eq!(taken(&mut limit, start.plus(500), rate), 50);
        assert!(!limit.idle(start.plus(500)) && limit.idle(start.plus(1500)));
        assert_eq!(Rate::per_second(0), None, "0 switches the limit off");
    }

    #[test]
    fn a_burst_is_paid_back_at_the_steady_rate() {
        let mut limit = RateLimit::default();
        let start = Millis(1_000_000);
        let rate = Rate::per_second(20).unwrap().with_bursts(2);
        assert_eq!(taken(&mut limit, start, rate), 40);
        assert_eq!(taken(&mut limit, start.plus(1000), rate), 20);
        assert_eq!(taken(&mut limit, start.plus(60_000), rate), 40);
    }

    #[test]
    fn minutes_are_long() {
        let mut limit = RateLimit::default();
        let start = Millis(1_000_000);
        let rate = Rate::per_minute(5).unwrap();
        assert_eq!(taken(&mut limit, start, rate), 5);
        assert_eq!(limit.take(start, rate), Err(12_000));
        assert_eq!(taken(&mut limit, start.plus(11_999), rate), 0);
        assert_eq!(taken(&mut limit, start.plus(12_000), rate), 1);
    }
}
