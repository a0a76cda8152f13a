//! Time as an argument: nothing in the product reads the wall clock but through [`Clock`].

use std::fmt;

/// Milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Millis(pub u64);

impl Millis {
    /// This time plus a number of milliseconds, never past the largest time.
    #[must_use]
    pub const fn plus(self, ms: u64) -> Self {
        Self(self.0.saturating_add(ms))
    }

    /// This time less a number of milliseconds, never before 1970.
    #[must_use]
    pub const fn minus(self, ms: u64) -> Self {
        Self(self.0.saturating_sub(ms))
    }
}

impl fmt::Display for Millis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Where the present comes from; tests and the simulator bring their own.
pub trait Clock: Send + Sync + fmt::Debug {
    /// The present, in wall-clock milliseconds.
    fn now(&self) -> Millis;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_whole_numbers_that_never_wrap() {
        assert_eq!(Millis(1_700_000_000_123).to_string(), "1700000000123");
        assert_eq!(
            (Millis(5).plus(2), Millis(5).minus(2)),
            (Millis(7), Millis(3))
        );
        assert_eq!(Millis(5).minus(6), Millis(0));
        assert_eq!(Millis(u64::MAX).plus(1), Millis(u64::MAX));
    }
}
