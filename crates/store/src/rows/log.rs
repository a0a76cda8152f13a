//! Entries, and the pages they are read in.

use super::records::RecordWrite;
use bytes::Bytes;
use lacuna_domain::{
    AccountId, AppId, Audience, ConversationId, DeviceId, Direction, FileId, MessageKind, Millis,
    Name, Pos, Seq, Target, Version,
};

/// Who sends.
#[derive(Clone, Debug)]
pub struct Sender {
    /// The name; of an account, or [`Name::admin`].
    pub name: Name,
    /// The account, if the name is registered.
    pub account: Option<AccountId>,
    /// The device; [`DeviceId::NONE`] for the server API.
    pub device: DeviceId,
}

/// What an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EntryKind {
    /// A message: gets a seq, is history.
    Message(MessageKind),
    /// A signal: delivered, never history. May speak of a message.
    Signal {
        /// The message it speaks of.
        ref_seq: Option<Seq>,
    },
}

/// An entry to append.
#[derive(Clone, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "four independent questions, asked or not"
)]
pub struct Append {
    /// The application.
    pub app: AppId,
    /// Who sends.
    pub sender: Sender,
    /// Where to, as the sender names it.
    pub target: Target,
    /// What.
    pub kind: EntryKind,
    /// Whom it is delivered to.
    pub audience: Audience,
    /// Names it is directed to, besides the sender's own devices: resolved in the act into [`Audience::Only`]. Empty for none.
    pub directed: Vec<Name>,
    /// The body; opaque.
    pub body: Bytes,
    /// The files that the body speaks of; those that are unknown, or not whole, are nothing.
    pub files: Vec<FileId>,
    /// What integrators are told of it, as [`NewHook::detail`]; none if they are told nothing.
    ///
    /// [`NewHook::detail`]: crate::NewHook::detail
    pub hook: Option<String>,
    /// The client's own id, with the body's hash, to recognise a repeat; none for the server API.
    pub client_id: Option<(u64, [u8; 32])>,
    /// Whether the target is a chat room: a group that is none, or a room that is to be none, is not found.
    pub room: bool,
    /// Whether the sender must be a current member of the group.
    pub check_member: bool,
    /// Whether the sender must be let: not blocked by the receiver, not muted in the group. Not asked of server API senders.
    pub check_allowed: bool,
    /// Whether the receiver of a 1-1 message must have the sender as a contact; asked with `check_allowed` only.
    pub friends_only: bool,
    /// The message that the entry changes for everybody; the entry is then the signal that says so, whatever its kind.
    pub changes: Option<MessageChange>,
    /// Records and events that go with it.
    pub write: Option<Box<RecordWrite>>,
    /// The present.
    pub now: Millis,
}

/// A message that is changed for everybody.
#[derive(Clone, Debug)]
pub struct MessageChange {
    /// Which, in the conversation that the entry goes to. [`Error::NoMessage`](crate::Error::NoMessage) if there is none there, or
    /// it was recalled.
    pub pos: Pos,
    /// How.
    pub act: MessageAct,
}

/// What is done to a message.
#[derive(Clone, Debug)]
pub enum MessageAct {
    /// Nobody has it any more, nor its pin and reactions; its body is left to the purge.
    Recall,
    /// It gets another body; the one before is left to the purge.
    Edit {
        /// The body it has now, as [`Message::body_id`] said; [`Error::Conflict`](crate::Error::Conflict) if it has another.
        before: Pos,
        /// The new one.
        body: Bytes,
    },
}

/// A message to look at.
#[derive(Clone, Debug)]
pub struct MessageQuery {
    /// The application.
    pub app: AppId,
    /// The account, and the name by which it is one side of a 1-1 conversation.
    pub reader: (Option<AccountId>, Name),
    /// Which conversation; none for whichever of the account's conversations has it.
    pub target: Option<Target>,
    /// Which message.
    pub pos: Pos,
}

/// A message, whoever sees it: to decide what may be done with it, not to be shown.
#[derive(Clone, Debug)]
pub struct Message {
    /// Its conversation.
    pub conversation: ConversationId,
    /// The conversation as the account names it.
    pub target: Target,
    /// Its number.
    pub seq: Seq,
    /// Its sender.
    pub sender: Name,
    /// Its kind.
    pub kind: MessageKind,
    /// Its body; empty if it was purged.
    pub body: Bytes,
    /// Which body that is: another after an edit.
    pub body_id: Pos,
    /// Whether the account sees it.
    pub visible: bool,
}

/// What an append did.
#[derive(Clone, Debug)]
pub struct Appended {
    /// The conversation.
    pub conversation: ConversationId,
    /// The entry's position: the message id.
    pub pos: Pos,
    /// Its seq, if it is a message.
    pub seq: Option<Seq>,
    /// The position of the entry before it in the log; zero for the first.
    pub prev_pos: Pos,
    /// Whether an earlier call appended it.
    pub repeat: bool,
    /// Its audience, names resolved.
    pub audience: Audience,
    /// The accounts of a 1-1 conversation as registered now, sender's side first if it has one. For a group those that left it
    /// and still have the message that the entry changes; none if it changes none.
    pub accounts: Vec<AccountId>,
}

/// An entry that is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its position.
    pub pos: Pos,
    /// Its seq, if it is a message.
    pub seq: Option<Seq>,
    /// Who sent it.
    pub sender: Name,
    /// The kind of message; [`MessageKind::Other`] for signals that are no command.
    pub kind: MessageKind,
    /// Its body; of an edit, the edited message's.
    pub body: Bytes,
    /// The message that an edit speaks of; none for everything else.
    pub edits: Option<Pos>,
}

/// A page of history to read.
#[derive(Clone, Debug)]
pub struct HistoryQuery {
    /// Whose view.
    pub account: AccountId,
    /// Its name, which the conversation's key needs.
    pub name: Name,
    /// The application.
    pub app: AppId,
    /// Which conversation.
    pub target: Target,
    /// Start beyond this position, exclusive; none for the end of the direction.
    pub from: Option<Pos>,
    /// Which way.
    pub direction: Direction,
    /// Rows at most.
    pub limit: usize,
    /// Only messages at or after this time.
    pub since: Option<Millis>,
    /// Only messages at or before this time.
    pub until: Option<Millis>,
    /// Only these kinds; empty for all.
    pub kinds: Vec<MessageKind>,
    /// Only from this sender.
    pub sender: Option<Name>,
}

impl HistoryQuery {
    /// From the end of the direction on, without any filter.
    #[must_use]
    pub fn new(
        account: AccountId,
        name: Name,
        app: AppId,
        target: Target,
        direction: Direction,
        limit: usize,
    ) -> Self {
        Self {
            account,
            name,
            app,
            target,
            from: None,
            direction,
            limit,
            since: None,
            until: None,
            kinds: Vec::new(),
            sender: None,
        }
    }
}

/// A page of history.
#[derive(Clone, Debug)]
pub struct HistoryPage {
    /// Visible messages, in the direction asked for.
    pub entries: Vec<Entry>,
    /// Where the next page starts (exclusive); none if this is exactly the last one.
    pub next: Option<Pos>,
    /// The conversation; none if there is none.
    pub conversation: Option<ConversationId>,
}

/// What is due to a device.
#[derive(Clone, Copy, Debug)]
pub struct InboxQuery {
    /// Whose.
    pub account: AccountId,
    /// Which device.
    pub device: DeviceId,
    /// Which conversation.
    pub conversation: ConversationId,
    /// After this position; none for the device's stored cursor.
    pub after: Option<Pos>,
    /// Entries at most.
    pub limit: usize,
    /// Bytes of bodies at most, the first entry aside.
    pub bytes_max: usize,
}

/// A page of what is due to a device.
#[derive(Clone, Debug)]
pub struct InboxPage {
    /// Visible entries, oldest first.
    pub entries: Vec<Entry>,
    /// Everything at or before this position is in this page or not due. At least `after`.
    pub scanned: Pos,
    /// Whether there may be more after `scanned`.
    pub more: bool,
    /// Whether the account is a member now (or it is 1-1).
    pub member: bool,
    /// The account's version when the page was read: its view is no older.
    pub version: Version,
    /// The log's end when the page was read.
    pub end: Pos,
    /// The conversation as its user names it.
    pub target: Target,
}

/// A conversation with something due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueUnread {
    /// Which.
    pub conversation: ConversationId,
    /// As its user names it.
    pub target: Target,
    /// Entries due, at least 1, counted up to a page.
    pub count: usize,
}
