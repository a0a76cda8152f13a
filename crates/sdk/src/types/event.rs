//! What can happen to a client from outside.

use super::{Message, Removed};
use lacuna_domain::{ErrorCode, Millis, Name, Pos, Target};

/// Whether there is a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ConnectionState {
    /// Logged in and connected.
    Connected,
    /// Not; it reconnects by itself while somebody is logged in.
    Disconnected,
}

/// Why the server logged this device out for good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kick {
    /// 207: the account is gone.
    UserRemoved,
    /// 206: the same device logged in somewhere else.
    LoggedInElsewhere,
    /// 216: the password was changed.
    PasswordChanged,
    /// 217: another device, or the server API, ended this session.
    ByOtherDevice,
    /// 104 or 108: the token is not, or no longer, valid.
    TokenRefused,
    /// 100, 214 or 305: the server does not let the device in, and trying again changes nothing.
    NotAdmitted(ErrorCode),
}

/// What a receipt says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ReceiptKind {
    /// A message was read.
    Read,
    /// A message arrived.
    Delivered,
    /// A whole conversation was read.
    ConversationRead,
}

/// A receipt from somebody, or from another device of this user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// What it says.
    pub kind: ReceiptKind,
    /// Who says it.
    pub from: Name,
    /// The conversation it speaks of.
    pub conversation: Target,
    /// The message it speaks of; none for a whole conversation.
    pub message: Option<Pos>,
    /// When.
    pub time: Millis,
}

/// What another device of this user did to a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ConversationChange {
    /// Pinned it.
    Pinned,
    /// Unpinned it.
    Unpinned,
    /// Took it off the list.
    Deleted,
}

/// What happened in a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum GroupChange {
    /// It was created.
    Created,
    /// It was dismissed.
    Destroyed,
    /// Somebody came.
    Joined,
    /// Somebody left.
    Left,
    /// Somebody was invited.
    Invited,
    /// Somebody was removed.
    Kicked,
    /// This user was put into it.
    DirectJoined,
    /// Anything else, by the wire's number of the operation.
    Other(i32),
}

/// Something that happened in a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupEvent {
    /// Which group.
    pub group: lacuna_domain::GroupId,
    /// What.
    pub change: GroupChange,
    /// Who did it.
    pub by: String,
    /// Whom it concerns.
    pub users: Vec<String>,
    /// Why, in the doer's words.
    pub reason: String,
}

/// A message that its sender, or somebody with the right to, took back from everybody.
#[derive(Clone, Debug, PartialEq)]
pub struct Recall {
    /// Where.
    pub conversation: Target,
    /// Its id.
    pub id: Pos,
    /// What it was; none if this device did not hold it.
    pub message: Option<Message>,
    /// Who took it back.
    pub by: Name,
    /// What that side says about it.
    pub ext: String,
}

/// A message whose content was changed for everybody.
#[derive(Clone, Debug, PartialEq)]
pub struct Edit {
    /// As it is now.
    pub message: Message,
    /// Who changed it.
    pub by: Name,
    /// When.
    pub time: Millis,
}

/// Something that observers are told, in order.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Happening {
    Connection(ConnectionState),
    Kicked(Kick),
    TokenWillExpire,
    TokenExpired,
    StoreRecovered,
    SyncStarted,
    SyncFinished,
    Messages(Vec<Message>),
    Commands(Vec<Message>),
    Status(Box<Message>),
    Receipts(Vec<Receipt>),
    Recalled(Box<Recall>),
    Edited(Box<Edit>),
    Removed(Removed),
    ListChanged,
    Conversation {
        conversation: Target,
        change: ConversationChange,
        device: String,
    },
    Group(GroupEvent),
}
