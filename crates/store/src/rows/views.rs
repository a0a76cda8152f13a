//! Deletions, and an account's list.

use super::events::NewEvent;
use super::log::Entry;
use lacuna_domain::{
    AccountId, AppId, ConversationId, DeviceId, Millis, Name, Pos, Target, Version,
};

/// A deletion.
#[derive(Clone, Debug)]
pub struct Hide {
    /// Whose view.
    pub account: AccountId,
    /// The application.
    pub app: AppId,
    /// The account's name.
    pub name: Name,
    /// What.
    pub scope: Scope,
    /// Where it came from.
    pub device: DeviceId,
    /// Whether official clients are told.
    pub notice: bool,
}

/// What is deleted.
#[derive(Clone, Debug)]
pub enum Scope {
    /// These messages of a conversation.
    Ids(Target, Vec<Pos>),
    /// Everything of a conversation with a time at or before this one.
    Through(Target, Millis),
    /// Everything of a conversation.
    Conversation(Target),
    /// Everything of everything, the list included.
    All,
}

/// What a deletion did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HideDone {
    /// Whether anything changed; if not, there is no new version.
    pub changed: bool,
    /// The account's version after it.
    pub version: Version,
    /// No entry committed before the deletion has a higher position.
    pub barrier: Pos,
}

/// A change of the account's relation to a conversation.
#[derive(Clone, Debug)]
pub struct ViewChange {
    /// Whose view.
    pub account: AccountId,
    /// The application.
    pub app: AppId,
    /// The account's name.
    pub name: Name,
    /// Which conversation.
    pub target: Target,
    /// What.
    pub act: ViewAct,
    /// The event for the account's other devices; none for no event.
    pub event: Option<NewEvent>,
}

/// The changes of [`Store::change_view`](crate::Store::change_view).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ViewAct {
    /// Pins it. [`Error::LimitReached`](crate::Error::LimitReached) past `PINNED_MAX`.
    Pin,
    /// Unpins it.
    Unpin,
    /// Takes it off the list, messages kept; also unpins it.
    Unlist,
    /// Takes it off the list and hides every message in it (the floor rises; the event says it, so the floor has no notice).
    UnlistAndHide,
    /// Marks everything up to now as read.
    Read,
}

/// What a view change did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ViewChanged {
    /// Whether the conversation exists for the account.
    pub found: bool,
    /// The account's version after it.
    pub version: Version,
    /// No entry committed before has a higher position.
    pub barrier: Pos,
    /// When it was pinned; 0 if it is not.
    pub pinned_at: u64,
}

/// A page of the conversation list to read.
#[derive(Clone, Debug)]
pub struct ConversationQuery {
    /// Whose list.
    pub account: AccountId,
    /// Only pinned ones.
    pub pinned_only: bool,
    /// Also conversations without a visible message.
    pub with_empty: bool,
    /// The cursor of the page before; none for the first page.
    pub cursor: Option<ConversationCursor>,
    /// Rows at most.
    pub limit: usize,
}

/// Where a page of the list ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ConversationCursor {
    /// The pin time of the last row.
    pub pinned_at: u64,
    /// The position of its last message.
    pub last: Pos,
    /// Its conversation, to tell equals apart.
    pub conversation: ConversationId,
}

/// A row of the conversation list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConversationRow {
    /// Which.
    pub conversation: ConversationId,
    /// As its user names it.
    pub target: Target,
    /// The last visible message.
    pub last: Option<Entry>,
    /// Unread messages.
    pub unread: u64,
    /// When it was pinned, in milliseconds; 0 if it is not.
    pub pinned_at: u64,
}

/// A page of the conversation list.
#[derive(Clone, Debug)]
pub struct ConversationPage {
    /// Rows, in order.
    pub rows: Vec<ConversationRow>,
    /// Where the next page starts; none at the end.
    pub next: Option<ConversationCursor>,
}
