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
