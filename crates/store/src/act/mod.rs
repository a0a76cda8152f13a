//! The acts of the store.

mod audit;
mod files;
mod hooks;

pub use audit::AuditStore;
pub use files::FileStore;
pub use hooks::HookStore;

use crate::rows::{
    Account, AccountChange, App, Append, Appended, ConversationPage, ConversationQuery,
    ConversationRow, CursorSave, Deleted, Device, DeviceLogin, DeviceState, EventPage, EventQuery,
    FactPage, Group, GroupChange, GroupChanged, GroupMember, GroupQuery, Hide, HideDone,
    HistoryPage, HistoryQuery, InboxPage, InboxQuery, Message, MessageQuery, NewAccount, NewApp,
    NewEvent, NewGroup, NewReceipt, PurgeStep, QueueUnread, Record, RecordId, RecordQuery,
    RecordWrite, Rename, RenameStep, Sweep, Swept, Token, TokenOwner, ViewChange, ViewChanged,
};
use async_trait::async_trait;
use lacuna_domain::{
    AccountId, AppId, ConversationId, DeviceId, GroupId, Millis, Name, Pos, Target, Version,
};
use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;

/// What an act answers with.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why an act was not done. Nothing is half done: after any of these the store is as before.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The name (or group id) is taken.
    #[error("name is taken")]
    NameTaken,
    /// Nobody is registered under this name.
    #[error("no account named {0}")]
    NoAccount(Name),
    /// No group has this id.
    #[error("no group {0}")]
    NoGroup(GroupId),
    /// The account is not a member of the group.
    #[error("{0} is not a member")]
    NotMember(Name),
    /// The account is a member already.
    #[error("{0} is a member already")]
    AlreadyMember(Name),
    /// The group has no place left.
    #[error("the group is full")]
    GroupFull,
    /// The group has no such message to start a thread on, or the account does not see it.
    #[error("no message {0} to start a thread on")]
    NoParent(Pos),
    /// The message has a thread already.
    #[error("message {0} has a thread")]
    HasThread(Pos),
    /// The account has as many of these as it may have.
    #[error("the limit is reached")]
    LimitReached,
    /// The receiver blocked the sender.
    #[error("{0} is blocked")]
    Blocked(Name),
    /// The receiver takes messages from contacts only.
    #[error("{0} is no contact")]
    NotContact(Name),
    /// The sender may not send in the group for now.
    #[error("{0} is muted")]
    Muted(Name),
    /// The conversation has no such message, or it was recalled.
    #[error("no message {0}")]
    NoMessage(Pos),
    /// The group is out of use.
    #[error("the group is disabled")]
    GroupDisabled,
    /// What the write was made for changed meanwhile; read again and try again.
    #[error("the records changed meanwhile")]
    Conflict,
    /// The account is on hold, and cannot be deleted.
    #[error("{0} is on hold")]
    Held(Name),
    /// Too many acts wait already; try again.
    #[error("the store is busy")]
    Busy,
    /// The store is closed, or does not answer.
    #[error("the store is closed")]
    Closed,
    /// A message to bring in is older than its log's end, which is of this time: a log is only ever continued.
    #[error("the log has come to {} already", .0.0)]
    TooEarly(Millis),
    /// Another process has the store open.
    #[error("the store in {} is open in another process", .0.display())]
    InUse(PathBuf),
    /// The disk is full. Nothing of the act was kept; what needs no room goes on, and so does all of it when there is some.
    #[error("the disk is full")]
    Full(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The storage itself failed.
    #[error("the storage failed")]
    Storage(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// A future that was started by the call that made it.
pub type Started<T> = Pin<Box<dyn Future<Output = Result<T>> + Send>>;

/// What a backend does. `now` is the caller's clock; positions are allocated inside, strictly increasing.
#[async_trait]
pub trait Store: FileStore + HookStore + AuditStore + Send + Sync + std::fmt::Debug {
    // --- applications, accounts, tokens -----------------------------------------------------------------------------

    /// Creates an application. [`Error::NameTaken`] if its key or client id is taken.
    async fn create_app(&self, app: NewApp) -> Result<App>;
    /// Changes what applications were created with, but for their keys, all or none. [`Error::NameTaken`] if a client id is another's
    /// then.
    async fn change_apps(&self, apps: Vec<App>) -> Result<()>;
    /// Every application, by id.
    async fn apps(&self) -> Result<Vec<App>>;
    /// Registers accounts, all or none. [`Error::NameTaken`] if a name is taken by a user or a group, or named twice.
    async fn create_accounts(
        &self,
        app: AppId,
        accounts: Vec<NewAccount>,
        now: Millis,
    ) -> Result<Vec<Account>>;
    /// The account registered under a name.
    async fn account(&self, app: AppId, name: &Name) -> Result<Option<Account>>;
    /// Accounts by id, after `after`, at most `limit`.
    async fn accounts(&self, app: AppId, after: AccountId, limit: usize) -> Result<Vec<Account>>;
    /// Changes a password (and drops every token of the account) or a nickname. [`Error::NoAccount`].
    async fn change_account(
        &self,
        app: AppId,
        name: &Name,
        change: AccountChange,
        now: Millis,
    ) -> Result<Account>;
    /// Deletes an account and everything keyed by it: tokens, devices, cursors, views, hidden ranges, events, memberships. What
    /// only it could still see is left to the purge. The names and logs stay for the others. Groups it owns must be gone
    /// before. With an `alias`, the threads that it made go under that name at once, and what it did in groups, rooms and
    /// threads is left to [`Store::rename_step`]; 1-1 conversations are named by both sides and stay. [`Error::NoAccount`]; [`Error::Held`].
    async fn delete_account(
        &self,
        app: AppId,
        name: &Name,
        alias: Option<Name>,
        now: Millis,
    ) -> Result<Deleted>;
    /// Stores a token by its SHA-256.
    async fn put_token(&self, token: Token) -> Result<()>;
    /// Whom a token speaks for, if it is known and `now` is before its expiry.
    async fn token(&self, sha256: [u8; 32], now: Millis) -> Result<Option<TokenOwner>>;

    // --- devices ----------------------------------------------------------------------------------------------------

    /// Logs a device in: creates it (the account's first starts at its views, a later one at today's ends) or refreshes
    /// it. One unused for `DEVICE_FORGET_MS` is treated as new. Past `DEVICES_PER_ACCOUNT_MAX` the longest unused is forgotten.
    async fn login_device(&self, login: DeviceLogin, now: Millis) -> Result<DeviceState>;
    /// The account's devices, by id.
    async fn devices(&self, account: AccountId) -> Result<Vec<Device>>;
    /// Moves cursors forward (never back), in one act; unknown devices are skipped.
    async fn save_cursors(&self, saves: Vec<CursorSave>) -> Result<()>;

    // --- the log ----------------------------------------------------------------------------------------------------

    /// Appends an entry. Enqueued before the call returns: two calls append in the order they were made.
    ///
    /// Checks in this order: the sender's account still exists and the receiver is registered ([`Error::NoAccount`]) or the group exists ([`Error::NoGroup`]); the
    /// sender is a current member ([`Error::NotMember`]; not asked of server API senders, see [`Append::check_member`]); the
    /// receiver or the group lets it ([`Error::Blocked`], [`Error::NotContact`], [`Error::GroupDisabled`], [`Error::Muted`]; see
    /// [`Append::check_allowed`]).
    /// A repeat within `SEND_REPEAT_WINDOW_MS` (same conversation, sender, device, client id, body hash) appends nothing and
    /// gets the first answer with `repeat` set. Writes missing views first (1-1: both sides, at the log's end), then the
    /// entry, or, with [`Append::changes`], a signal that speaks of the message that is recalled or edited. Sending a message from a device sets the sender's `last_sent_seq`; a signal or a server API send does not.
    fn append(&self, append: Append) -> Started<Appended>;
    /// Appends an entry that carries a time of the past, `at`: its position is of that millisecond. Else as [`Store::append`].
    /// [`Error::TooEarly`] if the log has an entry of a later time, or its millisecond is full. A device that logged in
    /// after that time, and knows the conversation from no entry before, finds it in history only.
    fn import(&self, append: Append, at: Millis) -> Started<Appended>;
    /// The conversation that somebody of this name calls so, if there is one.
    async fn conversation(
        &self,
        app: AppId,
        name: &Name,
        target: &Target,
    ) -> Result<Option<ConversationId>>;
    /// A message of a conversation, unless it was recalled or retention took it.
    async fn message(&self, query: MessageQuery) -> Result<Option<Message>>;
    /// One page of visible messages. A conversation the account has no view of is empty.
    async fn history(&self, query: HistoryQuery) -> Result<HistoryPage>;
    /// What is due to a device in one conversation after a position.
    async fn inbox(&self, query: InboxQuery) -> Result<InboxPage>;
    /// The conversations with something due to a device (visible, addressed to it, not its own), by their last position; not
    /// those that the account shields itself from.
    async fn queues(&self, account: AccountId, device: DeviceId) -> Result<Vec<QueueUnread>>;

    // --- views ------------------------------------------------------------------------------------------------------

    /// Deletes for one account: by ids, through a time, a conversation, or everything. Evaluated once, at commit. Unknown
    /// conversations and ids, and what is hidden already, are ignored with success. A conversation left with nothing
    /// visible also loses its pin.
    async fn hide(&self, hide: Hide, now: Millis) -> Result<HideDone>;
    /// Changes the account's relation to one conversation: pin, unpin, take off the list, mark read. Makes the view's event
    /// where one is due. A conversation the account has no view of changes nothing.
    async fn change_view(&self, change: ViewChange, now: Millis) -> Result<ViewChanged>;
    /// A page of the conversation list: pinned first (latest pin first), then by last visible message, newest first. Chat
    /// rooms and threads are never on it.
    async fn conversations(&self, query: ConversationQuery) -> Result<ConversationPage>;
    /// Every conversation that an account has a view of, by id, after one, at most `limit`: listed or not, rooms and threads too.
    async fn conversations_of(
        &self,
        account: AccountId,
        after: ConversationId,
        limit: usize,
    ) -> Result<Vec<ConversationRow>>;

    // --- the event stream -------------------------------------------------------------------------------------------

    /// Appends an event to an account's stream. None if nobody is registered under the name.
    async fn add_event(
        &self,
        app: AppId,
        name: &Name,
        event: NewEvent,
        now: Millis,
    ) -> Result<Option<(AccountId, Version)>>;
    /// Tells the sender of an entry of a 1-1 conversation what the other side says of it. None, and nobody is told, if the entry is
    /// not there or not of that sender, or is a message that the sender does not see (any more).
    async fn add_receipt(
        &self,
        receipt: NewReceipt,
        now: Millis,
    ) -> Result<Option<(AccountId, Version)>>;
    /// Events and noticed deletions after a version, for a device, in version order. Pages end as those of [`Store::facts`].
    async fn events(&self, query: EventQuery) -> Result<EventPage>;
    /// Every deletion fact after a version, in version order, for our own SDK. A page ends between two versions: it
    /// goes past `limit` to end the one it is in, so that the last version of a page is where the next one starts.
    async fn facts(&self, account: AccountId, after: Version, limit: usize) -> Result<FactPage>;

    // --- groups -----------------------------------------------------------------------------------------------------

    /// Creates a group with its owner as the first member. [`Error::NoAccount`] for the owner. A thread needs a message of its
    /// parent that its owner sees and that has none: [`Error::NoGroup`], [`Error::NotMember`], [`Error::NoParent`],
    /// [`Error::HasThread`]. How many one may be in is counted apart for groups, rooms and threads: [`Error::LimitReached`].
    async fn create_group(&self, group: NewGroup, now: Millis) -> Result<Group>;
    /// A group.
    async fn group(&self, app: AppId, id: &GroupId) -> Result<Option<Group>>;
    /// A page of an application's groups or rooms that did not end, by conversation id.
    async fn list_groups(&self, query: GroupQuery) -> Result<Vec<Group>>;
    /// Current members in the order they joined, after `after` rows, at most `limit`.
    async fn members(
        &self,
        app: AppId,
        id: &GroupId,
        after: usize,
        limit: usize,
    ) -> Result<Vec<GroupMember>>;
    /// The groups an account is in, rooms and threads among them, by conversation id.
    async fn groups_of(&self, account: AccountId) -> Result<Vec<Group>>;
    /// Whether a group, room or thread lets a member of that name write: [`Error::GroupDisabled`], [`Error::Muted`]. What
    /// [`Append::check_allowed`] asks, for what is not appended.
    async fn check_write(&self, group: ConversationId, sender: &Name, now: Millis) -> Result<()>;
    /// Whether an account is in a group, room or thread now; nobody is in one that has ended.
    async fn is_member(&self, account: AccountId, group: ConversationId) -> Result<bool>;
    /// The chat rooms of an application, newest first, after `after` rows, at most `limit`.
    async fn rooms(&self, app: AppId, after: usize, limit: usize) -> Result<Vec<Group>>;
    /// The threads of a group, newest first, created before the thread of the log `before`, at most `limit`.
    async fn threads(
        &self,
        parent: ConversationId,
        before: Option<ConversationId>,
        limit: usize,
    ) -> Result<Vec<Group>>;
    /// Changes a group's members or ends it, appending the signals that say so, in one act. See [`GroupAct`](crate::GroupAct).
    async fn change_group(&self, change: GroupChange, now: Millis) -> Result<GroupChanged>;

    // --- records ----------------------------------------------------------------------------------------------------

    /// These records, in their order; none for one that is not there or has ended.
    async fn record(&self, ids: Vec<RecordId>, now: Millis) -> Result<Vec<Option<Record>>>;
    /// A page of the records of one kind, by key.
    async fn records(&self, query: RecordQuery, now: Millis) -> Result<Vec<Record>>;
    /// Writes records and appends events, all or none, if every check holds. [`Error::Conflict`] if one does not, or an
    /// account that a record is about is gone; [`Error::LimitReached`]. Gives the accounts that were told, and their versions.
    async fn write_records(
        &self,
        write: RecordWrite,
        now: Millis,
    ) -> Result<Vec<(AccountId, Version)>>;

    // --- jobs -------------------------------------------------------------------------------------------------------

    /// Purges a bounded number of bodies that nobody entitled can see any more, with the pins and reactions of their messages.
    async fn purge_step(&self, limit: usize) -> Result<PurgeStep>;
    /// Puts what deleted accounts did under the names that it shall go by: messages, then reactions, pins, shared files and
    /// attributes of rooms, a bounded number, of one log. Nobody's view is touched, and nobody is told. What is on hold waits.
    /// The bodies as they were are left to the purge.
    async fn rename_step(&self, step: Rename) -> Result<RenameStep>;
    /// Makes what was purged leave the disk: empties the write-ahead log. False if a reader is in the way; try again.
    async fn erase(&self) -> Result<bool>;
    /// Raises `first_seq` by age (app retention) and drops old signals, events, repeats, tokens and devices, in bounded steps.
    async fn sweep(&self, sweep: Sweep) -> Result<Swept>;
    /// The last position allocated: nothing committed is above it.
    async fn last_pos(&self) -> Result<Pos>;
    /// Finishes what was accepted, and closes. Later acts answer [`Error::Closed`].
    async fn close(&self) -> Result<()>;
}
