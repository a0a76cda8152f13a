//! The audit of acts, and what is held.

use lacuna_domain::{AppId, ConversationKey, Millis, Name};

/// An act of an administrator, or a deletion, to note.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAudit {
    /// In which application.
    pub app: AppId,
    /// Who: a user's name, or [`Name::admin`].
    pub actor: Name,
    /// What, in a word.
    pub act: String,
    /// To whom or what. Nothing that a message says may be in it.
    pub target: String,
    /// To how many.
    pub count: u64,
}

/// An act that was noted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRow {
    /// Its number, in the order of the acts.
    pub id: i64,
    /// When it was done.
    pub at: Millis,
    /// What was done.
    pub act: NewAudit,
}

/// What can be kept from the purge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hold {
    /// Every conversation that an account has a view of.
    User(Name),
    /// A conversation.
    Conversation(ConversationKey),
}
