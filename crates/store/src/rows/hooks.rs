//! What integrators are told.

use bytes::Bytes;
use lacuna_domain::{AppId, ConversationId, Millis, Pos};

/// Something to tell an integrator.
#[derive(Clone, Debug)]
pub struct NewHook {
    /// Of which application.
    pub app: AppId,
    /// What happened, as JSON. Nothing that a message says may be in it: it is not overwritten when the message is purged.
    pub detail: String,
    /// The message that it is about.
    pub entry: Option<(ConversationId, Pos)>,
}

/// Something to tell an integrator now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueHook {
    /// Its number; the integrator knows repeats by it.
    pub id: i64,
    /// Of which application.
    pub app: AppId,
    /// When it happened.
    pub at: Millis,
    /// Calls that failed.
    pub tries: u32,
    /// What happened, as JSON.
    pub detail: String,
    /// The position of the message that it is about.
    pub pos: Option<Pos>,
    /// The body of that message, if somebody still sees it.
    pub body: Option<Bytes>,
}
