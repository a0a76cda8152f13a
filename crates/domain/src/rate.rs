//! Rate limiting by the generic cell rate algorithm (ITU-T I.371): one number per key.

use crate::Millis;

/// A limit of so many acts a second with a burst of the same size; one of these per key.
#[derive(Clone, Copy, Debug, Default)]
pub struct RateLimit {
    /// When the bucket would be full again, in microseconds.
    full_at_us: u64,
}

impl RateLimit {
    /// Takes one act at `now` under `per_second`. On refusal says after how many milliseconds to try again.
    pub fn take(&mut self, now: Millis, per_second: u32) -> Result<(), u64> {
        if per_second == 0 {
            return Ok(());
        }
        let now_us = now.0.saturating_mul(1000);
        let step_us = 1_000_000 / u64::from(per_second);
        let next = self.full_at_us.max(now_us) + step_us;
        if next > now_us + 1_000_000 {
            return Err((next - now_us - 1_000_000).div_ceil(1000).max(1));
        }
        self.full_at_us = next;
        Ok(())
    }

    /// Whether the key has been idle long enough to be forgotten.
    #[must_use]
    pub fn idle(self, now: Millis) -> bool {
        self.full_at_us <= now.0.saturating_mul(1000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn allows_the_rate_and_no_more() {
        let mut limit = RateLimit::default();
        let start = Millis(1_000_000);
        let taken =
            |limit: &mut RateLimit, at| (0..500).filter(|_| limit.take(at, 100).is_ok()).count();
        assert_eq!(taken(&mut limit, start), 100);
        assert_eq!(limit.take(start, 100), Err(10));
        assert_eq!(taken(&mut limit, start.plus(500)), 50);
        assert!(!limit.idle(start.plus(500)) && limit.idle(start.plus(1500)));
        assert_eq!(limit.take(start, 0), Ok(()), "0 switches the limit off");
    }
}
