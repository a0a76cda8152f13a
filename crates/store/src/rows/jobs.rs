//! What the jobs are to do, and did.

use super::RecordKind;
use bytes::Bytes;
use lacuna_domain::{Millis, Name};

/// What a purge step did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PurgeStep {
    /// Bodies overwritten.
    pub purged: usize,
    /// Whether markers are left.
    pub more: bool,
}

/// A body with a sender's name replaced by another; none if that name does not stand in it. The store knows no bodies.
pub type RenameBody = fn(body: &[u8], name: &Name, alias: &Name) -> Option<Bytes>;

/// The value of a record with a user's name replaced by another; none if that name does not stand in it.
pub type RenameValue =
    fn(kind: RecordKind, value: &[u8], name: &Name, alias: &Name) -> Option<Bytes>;

/// A step of renaming to do.
#[derive(Clone, Copy, Debug)]
pub struct Rename {
    /// The present.
    pub now: Millis,
    /// Messages or records to look at, at most.
    pub limit: usize,
    /// How it is done in a body.
    pub body: RenameBody,
    /// How it is done in a record.
    pub value: RenameValue,
}

/// What a step of renaming did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RenameStep {
    /// Messages and records that go under another name now.
    pub renamed: usize,
    /// Whether something is left to do now.
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
