//! What the acts take and give.

use bytes::Bytes;
use lacuna_domain::{
    AccountId, AppId, Audience, ConversationId, DeviceId, Direction, GroupId, Mark, MessageKind, Millis, Name, Pos, Seq, Target, Version,
};

/// An application to create.
#[derive(Clone, Debug)]
pub struct NewApp {
    /// The organisation's part of the app key.
    pub org: String,
    /// The application's part of the app key.
    pub name: String,
    /// The integrator's id.
    pub client_id: String,
    /// SHA-256 of the integrator's secret.
    pub client_secret_sha256: [u8; 32],
    /// Whether anybody may register.
    pub open_registration: bool,
    /// Whether one-way deletion on the server is offered.
    pub roaming_delete: bool,
    /// How long messages are kept, in days; 0 for ever.
    pub retention_days: u32,
}

/// An application (tenant).
#[derive(Clone, Debug)]
pub struct App {
    /// Its id.
    pub id: AppId,
    /// What it was created with.
    pub settings: NewApp,
}

/// An account to register.
#[derive(Clone, Debug)]
pub struct NewAccount {
    /// Its name.
    pub name: Name,
    /// The name as it was given, case kept.
    pub display: String,
    /// A UUID for the API.
    pub uuid: String,
    /// Its nickname; may be empty.
    pub nickname: String,
    /// The password's PHC string.
    pub password_hash: String,
}

/// A registered account.
#[derive(Clone, Debug)]
pub struct Account {
    /// Its id; a name registered again gets another.
    pub id: AccountId,
    /// Its application.
    pub app: AppId,
    /// What it was registered with (and its present password and nickname).
    pub profile: NewAccount,
    /// When it was registered.
    pub created: Millis,
    /// When it was last changed.
    pub modified: Millis,
}

/// A change of an account.
#[derive(Clone, Debug)]
pub enum AccountChange {
    /// A new password, as a PHC string.
    Password(String),
    /// A new nickname.
    Nickname(String),
}

/// What deleting an account left to do.
#[derive(Clone, Debug)]
pub struct Deleted {
    /// The account that is no more, as it was.
    pub account: Account,
}

/// A token, by its hash.
#[derive(Clone, Copy, Debug)]
pub struct Token {
    /// SHA-256 of the token's text.
    pub sha256: [u8; 32],
    /// Whom it speaks for.
    pub app: AppId,
    /// The account, or none for the application itself.
    pub account: Option<AccountId>,
    /// When it ends; none for never.
    pub expires: Option<Millis>,
}

/// Whom a token speaks for.
#[derive(Clone, Debug)]
pub struct TokenOwner {
    /// The application.
    pub app: AppId,
    /// The account, or none for the application itself.
    pub account: Option<Account>,
    /// When it ends.
    pub expires: Option<Millis>,
}

/// A device that logs in.
#[derive(Clone, Debug)]
pub struct DeviceLogin {
    /// Its account.
    pub account: AccountId,
    /// What the client calls it; one device per account and resource.
    pub resource: String,
    /// Its name for people.
    pub name: String,
    /// Its own unique id.
    pub uuid: String,
}

/// A device.
#[derive(Clone, Debug)]
pub struct Device {
    /// Its id.
    pub id: DeviceId,
    /// What it logged in with.
    pub login: DeviceLogin,
    /// When it was last used.
    pub last_seen: Millis,
}

/// Where a device stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeviceState {
    /// Its id.
    pub id: DeviceId,
    /// The last version it has acknowledged.
    pub event_cursor: Version,
    /// The account's version now.
    pub version: Version,
}

/// A cursor to move: a conversation's, or the event stream's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CursorSave {
    /// Whose.
    pub device: DeviceId,
    /// Which, and to where.
    pub cursor: Cursor,
}

/// The two kinds of cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cursor {
    /// Everything at or before the position is delivered.
    Conversation(ConversationId, Pos),
    /// Everything at or before the version is delivered.
    Events(Version),
}

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
    /// The client's own id, with the body's hash, to recognise a repeat; none for the server API.
    pub client_id: Option<(u64, [u8; 32])>,
    /// Whether the sender must be a current member of the group.
    pub check_member: bool,
    /// The present.
    pub now: Millis,
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
    /// The accounts of a 1-1 conversation, sender's side first if it has one; empty for a group.
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
    /// Its body.
    pub body: Bytes,
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

/// A page of history.
#[derive(Clone, Debug)]
pub struct HistoryPage {
    /// Visible messages, in the direction asked for.
    pub entries: Vec<Entry>,
    /// Where the next page starts (exclusive); none if this is exactly the last one.
    pub next: Option<Pos>,
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

/// An event to append to an account's stream.
#[derive(Clone, Debug)]
pub struct NewEvent {
    /// Where it came from: that device is not told.
    pub device: DeviceId,
    /// The body, opaque: what a page of the stream carries.
    pub body: Bytes,
}

/// A page of the event stream to read.
#[derive(Clone, Copy, Debug)]
pub struct EventQuery {
    /// Whose.
    pub account: AccountId,
    /// For which device: what came from it is left out.
    pub device: DeviceId,
    /// After this version; none for the device's stored cursor.
    pub after: Option<Version>,
    /// Rows at most.
    pub limit: usize,
}

/// A page of the event stream.
#[derive(Clone, Debug)]
pub struct EventPage {
    /// What happened, in version order.
    pub items: Vec<EventItem>,
    /// Everything at or before this version is in this page or not due.
    pub scanned: Version,
    /// Whether there may be more.
    pub more: bool,
}

/// Something of the event stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EventItem {
    /// An event.
    Event {
        /// Its version.
        version: Version,
        /// When.
        at: Millis,
        /// Its body.
        body: Bytes,
    },
    /// Deletions in one conversation, at most one item per conversation and page.
    Deletions {
        /// The version of the newest of them.
        version: Version,
        /// The conversation as its user names it.
        target: Target,
        /// The resource of the device that the newest came from; empty for the server API.
        resource: String,
        /// The last message of the deleted prefix, if that prefix grew.
        through: Option<Mark>,
        /// Deleted runs above the prefix, first and last position each.
        ranges: Vec<(Pos, Pos)>,
        /// The ids in those runs, at most `EVENT_IDS_MAX`, newest first dropped last.
        ids: Vec<Pos>,
    },
}

/// A deletion fact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// Its version.
    pub version: Version,
    /// The conversation as its user names it.
    pub target: Target,
    /// First position (zero for a prefix) and last position, included.
    pub from: Pos,
    /// Last position, included.
    pub to: Pos,
    /// The resource of the device it came from; empty for the server API.
    pub resource: String,
}

/// A page of deletion facts.
#[derive(Clone, Debug)]
pub struct FactPage {
    /// In version order.
    pub facts: Vec<Fact>,
    /// The account's version now.
    pub version: Version,
    /// Whether there are more.
    pub more: bool,
}

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
}

/// What a purge step did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PurgeStep {
    /// Bodies overwritten.
    pub purged: usize,
    /// Whether markers are left.
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
