//! Conversations as an app sees them.

use super::Message;
use lacuna_domain::{Millis, Pos, Target};

/// A conversation in the local store.
#[derive(Clone, Debug, PartialEq)]
pub struct Conversation {
    /// The peer or the group.
    pub target: Target,
    /// The newest message that is left; none if it is empty.
    pub latest: Option<Message>,
    /// Received messages that were not read on this device.
    pub unread: u64,
    /// When it was pinned; zero if it is not.
    pub pinned_at: Millis,
    /// The app's own data.
    pub ext: super::Ext,
}

impl Conversation {
    /// Whether it is pinned.
    #[must_use]
    pub fn is_pinned(&self) -> bool {
        self.pinned_at > Millis(0)
    }
}

/// What a deletion took from one conversation of the local store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Removed {
    /// Where.
    pub conversation: Target,
    /// The device that deleted: a resource; empty for the server API.
    pub device: String,
    /// What was deleted, as runs of ids, both ends included; a run from zero is a prefix. These name messages that this
    /// device may not hold, too.
    pub ranges: Vec<(Pos, Pos)>,
    /// How many messages left this device.
    pub count: u64,
}
