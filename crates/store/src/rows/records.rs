//! Records: small facts about an account or a conversation, by kind and key: contacts, block lists, mutes, announcements.

use super::events::NewEvent;
use bytes::Bytes;
use lacuna_domain::limits::MARK_MAX;
use lacuna_domain::{AccountId, AppId, ConversationId, Millis, Name, Pos, Target};

/// What a record is about; it goes with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RecordOwner {
    /// An account.
    Account(AccountId),
    /// A conversation.
    Conversation(ConversationId),
}

/// What a record says. The numbers are stored: 1–19 people, 20–39 groups, 40–59 messages, 60–79 rooms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RecordKind {
    /// Account: the user named by the key is a contact. Value: the remark.
    Contact = 1,
    /// Account: the user named by the key is blocked and cannot send to it.
    Blocked = 2,
    /// Account: a conversation has a mark. Key: the mark in two digits, and the conversation.
    Mark = 40,
    /// Conversation: a message is pinned for everybody. Key: its position. Value: who did it.
    MessagePin = 41,
    /// Conversation: how often a message has a reaction, and by whom first. Key: the message and the reaction.
    Reaction = 42,
    /// Conversation: somebody's reaction to a message. Key: the message, the reaction and the user.
    ReactionBy = 43,
    /// Account: the user named by the key asks to become a contact. Value: why.
    ContactRequest = 3,
    /// Account: it is told of the presence of the user named by the key, until the record ends.
    Watches = 4,
    /// Account: the user named by the key is told of its presence, until the record ends. Value: that user's account id.
    WatchedBy = 5,
    /// Account: what it published as its presence. Key: empty.
    Presence = 6,
    /// Account: its attributes, as a JSON object. Key: empty.
    Attributes = 7,
    /// Account: how it is notified of messages at all, and in which language. Key: the setting.
    Silence = 8,
    /// Account: how it is notified of messages from the user named by the key.
    SilenceUser = 9,
    /// Account: how it is notified of messages in the group named by the key.
    SilenceGroup = 10,
    /// Conversation: a member acknowledged a message. Key: the position, a space, and the member's name. Value: what it said.
    GroupAck = 11,
    /// Conversation: the member named by the key is an admin.
    Admin = 20,
    /// Conversation: the member named by the key may not send, until the record ends.
    Muted = 21,
    /// Conversation: the member named by the key may send though all are muted.
    Allowed = 22,
    /// Conversation: a setting, by name. See [`MUTE_ALL`], [`DISABLED`], [`ANNOUNCEMENT`].
    Setting = 23,
    /// Conversation: the user named by the key may not be a member.
    Banned = 24,
    /// Conversation: the user named by the key asks to be a member. Value: its message.
    Applied = 25,
    /// Conversation: the user named by the key is invited. Value: the name of who invites.
    Invited = 26,
    /// Conversation: attributes of the member named by the key. Value: a JSON object of texts.
    MemberAttributes = 27,
    /// Conversation: a file that its members share, by its id. Value: JSON.
    SharedFile = 28,
    /// Conversation: the member named by the key wants nothing of it delivered; it stays in history.
    Shielded = 29,
    /// Conversation: an attribute of a chat room, by its key. Value: opaque.
    RoomAttribute = 60,
}

/// The [`RecordKind::Setting`] that mutes everyone but the owner, admins, and who is allowed.
pub const MUTE_ALL: &str = "mute_all";

/// The [`RecordKind::Setting`] that takes a group out of use: nobody may send in it.
pub const DISABLED: &str = "disabled";

/// The [`RecordKind::Setting`] whose value is the announcement.
pub const ANNOUNCEMENT: &str = "announcement";

impl RecordKind {
    /// The number that is stored.
    #[must_use]
    #[expect(
        clippy::as_conversions,
        reason = "the discriminants are written above, all below 256"
    )]
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// Whether the key is a user's name: such a record goes when that account is deleted.
    #[must_use]
    pub const fn names_account(self) -> bool {
        match self {
            Self::Contact
            | Self::Blocked
            | Self::ContactRequest
            | Self::Watches
            | Self::WatchedBy
            | Self::SilenceUser
            | Self::Admin
            | Self::Muted
            | Self::Allowed
            | Self::Banned
            | Self::Applied
            | Self::Invited
            | Self::MemberAttributes
            | Self::Shielded => true,
            Self::Mark
            | Self::MessagePin
            | Self::Reaction
            | Self::ReactionBy
            | Self::Presence
            | Self::Attributes
            | Self::Silence
            | Self::SilenceGroup
            | Self::GroupAck
            | Self::Setting
            | Self::SharedFile
            | Self::RoomAttribute => false,
        }
    }
}

/// The key of a [`RecordKind::Mark`]. Names and group ids share a namespace, so the kind needs no place in it.
#[must_use]
pub fn mark_key(mark: u8, target: &Target) -> String {
    format!("{mark:02}{}", target.id())
}

/// The kinds of records of a conversation that say who wrote them: in their value, or at the end of their key.
pub(crate) const AUTHORED: [RecordKind; 4] = [
    RecordKind::SharedFile,
    RecordKind::MessagePin,
    RecordKind::ReactionBy,
    RecordKind::RoomAttribute,
];

/// The keys of what hangs on a message, of each kind: from the first to before the second.
pub(crate) fn hanging(pos: Pos) -> [(RecordKind, (String, String)); 3] {
    // After the slash comes the zero.
    let reactions = || (format!("{:020}/", pos.0), format!("{:020}0", pos.0));
    [
        (
            RecordKind::MessagePin,
            (pos.to_string(), format!("{pos}\0")),
        ),
        (RecordKind::Reaction, reactions()),
        (RecordKind::ReactionBy, reactions()),
    ]
}

/// The keys of every mark of a conversation, as its account names it.
pub(crate) fn marks(target: &Target) -> impl Iterator<Item = String> {
    (0..=MARK_MAX).map(|mark| mark_key(mark, target))
}

/// The key of somebody's reaction to a message, with another name for that user, and the key of the reaction. None if it is
/// somebody else's.
pub(crate) fn reaction_by(key: &str, name: &Name, alias: &Name) -> Option<(String, String)> {
    let reaction = key.strip_suffix(name.as_str())?.strip_suffix('/')?;
    Some((format!("{reaction}/{alias}"), reaction.to_owned()))
}

/// Which record.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordId {
    /// What it is about.
    pub owner: RecordOwner,
    /// What it says.
    pub kind: RecordKind,
    /// Which of that kind.
    pub key: String,
}

impl RecordId {
    /// A record of an owner.
    pub fn new(owner: RecordOwner, kind: RecordKind, key: impl Into<String>) -> Self {
        Self {
            owner,
            kind,
            key: key.into(),
        }
    }
}

/// A record to write.
#[derive(Clone, Debug, Default)]
pub struct NewRecord {
    /// Its value, opaque.
    pub value: Bytes,
    /// When it ends by itself; none for never.
    pub expires: Option<Millis>,
}

/// A record that has not ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Which of its kind.
    pub key: String,
    /// Its value.
    pub value: Bytes,
    /// When it was written.
    pub changed: Millis,
    /// When it ends by itself.
    pub expires: Option<Millis>,
}

/// Records to read: of one kind, by key.
#[derive(Clone, Debug)]
pub struct RecordQuery {
    /// What they are about.
    pub owner: RecordOwner,
    /// What they say.
    pub kind: RecordKind,
    /// After this key; none from the first on.
    pub after: Option<String>,
    /// Rows at most.
    pub limit: usize,
}

/// What must hold for a write to be done.
#[derive(Clone, Debug)]
pub enum RecordCheck {
    /// There is no such record.
    Absent,
    /// There is one.
    Present,
    /// There is one with this value.
    Is(Bytes),
}

/// Records to write, all or none.
#[derive(Clone, Debug)]
pub struct RecordWrite {
    /// The application.
    pub app: AppId,
    /// What must hold, else [`Error::Conflict`](crate::Error::Conflict).
    pub checks: Vec<(RecordId, RecordCheck)>,
    /// What is written; none for a record that goes.
    pub changes: Vec<(RecordId, Option<NewRecord>)>,
    /// How many records of a kind there may be afterwards, else [`Error::LimitReached`](crate::Error::LimitReached).
    pub limits: Vec<(RecordOwner, RecordKind, usize)>,
    /// Events for accounts' streams; who is gone is left out.
    pub events: Vec<(AccountId, NewEvent)>,
}

impl RecordWrite {
    /// Nothing yet.
    #[must_use]
    pub const fn new(app: AppId) -> Self {
        Self {
            app,
            checks: Vec::new(),
            changes: Vec::new(),
            limits: Vec::new(),
            events: Vec::new(),
        }
    }

    /// Adds a check.
    #[must_use]
    pub fn check(mut self, id: RecordId, check: RecordCheck) -> Self {
        self.checks.push((id, check));
        self
    }

    /// Adds a record to write.
    #[must_use]
    pub fn put(mut self, id: RecordId, value: impl Into<Bytes>) -> Self {
        let record = NewRecord {
            value: value.into(),
            expires: None,
        };
        self.changes.push((id, Some(record)));
        self
    }

    /// Adds a record to write that ends by itself.
    #[must_use]
    pub fn put_until(mut self, id: RecordId, value: impl Into<Bytes>, end: Millis) -> Self {
        let record = NewRecord {
            value: value.into(),
            expires: Some(end),
        };
        self.changes.push((id, Some(record)));
        self
    }

    /// Adds how many records of a kind there may be afterwards.
    #[must_use]
    pub fn at_most(mut self, owner: RecordOwner, kind: RecordKind, max: usize) -> Self {
        self.limits.push((owner, kind, max));
        self
    }

    /// Adds a record that goes, if it is there.
    #[must_use]
    pub fn remove(mut self, id: RecordId) -> Self {
        self.changes.push((id, None));
        self
    }

    /// Adds an event for an account's stream.
    #[must_use]
    pub fn tell(mut self, account: AccountId, event: NewEvent) -> Self {
        self.events.push((account, event));
        self
    }
}
