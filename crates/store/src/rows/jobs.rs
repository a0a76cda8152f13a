//! What purge and retention did.

use lacuna_domain::Millis;

/// What a purge step did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PurgeStep {
    /// Bodies overwritten.
    pub purged: usize,
    /// Whether markers are left.
    pub more: bool,
}

/// A sweep to do.
#[derive(Clone, Copy, Debug)]
pub struct Sweep {
    /// The present.
    pub now: Millis,
    /// Rows to drop at most, per kind.
    pub limit: usize,
}

/// What a sweep did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Messages that retention took from everybody.
    pub retired: u64,
    /// Signals dropped.
    pub signals: usize,
    /// Whether something is left to do now.
    pub more: bool,
}
