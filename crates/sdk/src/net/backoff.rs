//! How long to wait before the next try to connect. Plain: the randomness is an argument.

use std::time::Duration;

/// Tries so far. A connection that was made starts anew.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Backoff {
    tries: u32,
}

impl Backoff {
    /// The delay before the next try, spread by a random number so that devices do not come back all at once: at most
    /// 200 ms before the first, then 1–2 s, 3–6 s from the sixth, 5–10 s from the twentieth.
    pub(crate) fn next(&mut self, random: u64) -> Duration {
        let (least, spread) = match self.tries {
            0 => (0, 200),
            1..=5 => (1_000, 1_000),
            6..=19 => (3_000, 3_000),
            _ => (5_000, 5_000),
        };
        self.tries = self.tries.saturating_add(1);
        Duration::from_millis(least + random % (spread + 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_grow_and_have_an_end() {
        let mut backoff = Backoff::default();
        let delays: Vec<u128> = (0..25)
            .map(|_| backoff.next(u64::MAX).as_millis())
            .collect();
        for (tries, delay) in delays.iter().enumerate() {
            let bounds = match tries {
                0 => 0..=200,
                1..=5 => 1_000..=2_000,
                6..=19 => 3_000..=6_000,
                _ => 5_000..=10_000,
            };
            assert!(bounds.contains(delay), "try {tries}: {delay}");
        }
        assert!(
            Backoff::default().next(7) != Backoff::default().next(8),
            "they are spread"
        );
    }
}
