//! What can happen to a client from outside.

use lacuna_domain::{Millis, Name, Pos, Target};

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
