//! Groups and their members.

use super::log::{Appended, Sender};
use super::records::RecordWrite;
use bytes::Bytes;
use lacuna_domain::{AccountId, AppId, ConversationId, GroupId, Millis, Name, Version};

/// A group to create.
#[derive(Clone, Debug)]
pub struct NewGroup {
    /// The application.
    pub app: AppId,
    /// Its first member and owner.
    pub owner: Name,
    /// Its settings.
    pub settings: GroupSettings,
}

/// What a group is set to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "five independent switches, as the API names them"
)]
pub struct GroupSettings {
    /// Its name.
    pub name: String,
    /// Its description.
    pub description: String,
    /// Its picture's URL.
    pub avatar: String,
    /// Custom data.
    pub custom: String,
    /// Whether it is found by search and may be joined.
    pub public: bool,
    /// Whether joining needs approval.
    pub members_only: bool,
    /// Whether every member may invite.
    pub allow_invites: bool,
    /// Whether an invitation needs the invitee's consent.
    pub invite_need_confirm: bool,
    /// Members at most.
    pub members_max: u32,
    /// Whether it is a chat room: joined and left at will. Never changes.
    pub room: bool,
}

/// A group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Its log.
    pub conversation: ConversationId,
    /// Its id.
    pub id: GroupId,
    /// Its owner.
    pub owner: Name,
    /// Its settings.
    pub settings: GroupSettings,
    /// Current members.
    pub members: u32,
    /// When it was created.
    pub created: Millis,
}

/// Groups to list.
#[derive(Clone, Copy, Debug)]
pub struct GroupQuery {
    /// The application.
    pub app: AppId,
    /// Rooms, or else groups.
    pub room: bool,
    /// Only those that are found by search.
    pub public_only: bool,
    /// After this one; zero from the first on.
    pub after: ConversationId,
    /// Rows at most.
    pub limit: usize,
}

/// A member of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupMember {
    /// Its account.
    pub account: AccountId,
    /// Its name.
    pub name: Name,
    /// When it joined.
    pub joined: Millis,
}

/// A change of a group's members.
#[derive(Clone, Debug)]
pub struct GroupChange {
    /// The application.
    pub app: AppId,
    /// The group.
    pub group: GroupId,
    /// Who acts; signals carry this sender.
    pub by: Sender,
    /// What changes.
    pub act: GroupAct,
    /// Signals to append after the views were changed (joins) or before the membership ends (leaves).
    pub signals: Vec<GroupSignal>,
    /// Records and events that go with it.
    pub write: RecordWrite,
}

/// What changes in a group.
#[derive(Clone, Debug)]
pub enum GroupAct {
    /// These come in, all or none: their floor rises to the log's end and `until` is cleared. [`Error::NoAccount`],
    /// [`Error::AlreadyMember`], [`Error::GroupFull`], [`Error::LimitReached`].
    ///
    /// [`Error::NoAccount`]: crate::Error::NoAccount
    /// [`Error::AlreadyMember`]: crate::Error::AlreadyMember
    /// [`Error::GroupFull`]: crate::Error::GroupFull
    /// [`Error::LimitReached`]: crate::Error::LimitReached
    Join(Vec<Name>),
    /// These go, all or none: `until` becomes the log's end, the signals included. [`Error::NotMember`](crate::Error::NotMember).
    Leave(Vec<Name>),
    /// The group ends: everyone's `until` becomes the log's end, and the group is found no more. Its id is not used again.
    Destroy,
    /// The same members and settings: for signals and records alone.
    Keep,
    /// As [`GroupAct::Keep`], about these, who must be members. [`Error::NotMember`](crate::Error::NotMember).
    About(Vec<Name>),
    /// New settings.
    Update(Box<GroupSettings>),
    /// A new owner, who must be a member. [`Error::NotMember`](crate::Error::NotMember).
    Transfer(Name),
}

/// A signal that goes with a group change.
#[derive(Clone, Debug)]
pub struct GroupSignal {
    /// To whom.
    pub audience: SignalAudience,
    /// The body.
    pub body: Bytes,
}

/// Whom a group signal is addressed to; names are resolved in the act.
#[derive(Clone, Debug)]
pub enum SignalAudience {
    /// Every member, those who come or go included.
    All,
    /// These.
    Only(Vec<Name>),
    /// Every member but these.
    Except(Vec<Name>),
}

/// What a group change did.
#[derive(Clone, Debug)]
pub struct GroupChanged {
    /// The group as it is now (as it was, if it ended).
    pub group: Group,
    /// The accounts that came or went.
    pub accounts: Vec<AccountId>,
    /// The signals as they were appended, in order, each with its body.
    pub signals: Vec<(Appended, Bytes)>,
    /// The accounts that were told in their streams, and their versions.
    pub told: Vec<(AccountId, Version)>,
}
