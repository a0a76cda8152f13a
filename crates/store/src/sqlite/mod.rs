//! The embedded default: one database file.
//!
//! Acts run on the one writer, many to a transaction; reads run on a pool of readers, each in a snapshot. Rows are keyed by
//! the conversation or by the account, never by both: appending writes the log, deleting writes the view. Bodies live in a
//! table of their own that only appends, since only there does overwriting one leave no copy.

mod accounts;
mod append;
mod audit;
mod devices;
mod effects;
mod files;
mod groups;
mod hide;
mod history;
mod hooks;
mod inbox;
mod jobs;
mod list;
mod message;
mod migrations;
#[cfg(test)]
mod plans;
mod records;
mod renaming;
mod repeats;
mod rooms;
mod state;
mod stream;
mod values;
mod views;
mod walk;

use crate::act::{Error, Result, Started, Store};
use crate::rows::{
    Account, AccountChange, App, Append, Appended, ConversationPage, ConversationQuery,
    ConversationRow, CursorSave, Deleted, Device, DeviceLogin, DeviceState, EventPage, EventQuery,
    FactPage, Group, GroupChange, GroupChanged, GroupMember, GroupQuery, Hide, HideDone,
    HistoryPage, HistoryQuery, InboxPage, InboxQuery, Message, MessageQuery, NewAccount, NewApp,
    NewEvent, NewGroup, NewReceipt, PurgeStep, QueueUnread, Record, RecordId, RecordQuery,
    RecordWrite, Rename, RenameStep, Sweep, Swept, Token, TokenOwner, ViewChange, ViewChanged,
};
use async_trait::async_trait;
use lacuna_domain::limits::WRITER_QUEUE_MAX;
use lacuna_domain::{
    AccountId, AppId, ConversationId, DeviceId, GroupId, Millis, Name, Pos, Target, Version,
};
use lacuna_sqlite::{Database, Pending};
use migrations::MIGRATIONS;
use rusqlite::Connection;
use state::State;
use std::fs::{File, TryLockError};
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;

const FILE_NAME: &str = "lacuna.db";
const LOCK_NAME: &str = "lacuna.lock";

/// How a store is opened.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// The number of this node in the positions it allocates, 0–1022.
    pub node: u16,
    /// Reads that run side by side; at least 1.
    pub readers: usize,
    /// Acts that may wait for the writer; one more is answered [`Error::Busy`].
    pub queue_acts_max: usize,
    /// No version that is given out is below it: a server counts from its start on ([`Version::starting`]).
    pub versions_from: Version,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            node: 0,
            readers: 4,
            queue_acts_max: WRITER_QUEUE_MAX,
            versions_from: Version::default(),
        }
    }
}

/// A store in a directory.
#[derive(Debug)]
pub struct SqliteStore {
    database: Arc<Database<State>>,
    /// Held while the store is open: a second process would hand out the same positions.
    lock: File,
}

impl SqliteStore {
    /// Opens the store of a directory, or creates both. Blocks. [`Error::InUse`] while another process has it open.
    pub fn open(dir: &Path, options: Options) -> Result<Self> {
        let failed = |error| Error::Storage(Box::new(error));
        std::fs::create_dir_all(dir).map_err(failed)?;
        let lock = File::create(dir.join(LOCK_NAME)).map_err(failed)?;
        lock.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => Error::InUse(dir.to_owned()),
            TryLockError::Error(error) => failed(error),
        })?;
        let bounds = lacuna_sqlite::Options {
            readers: NonZeroUsize::new(options.readers).unwrap_or(NonZeroUsize::MIN),
            queue_acts_max: options.queue_acts_max,
            ..lacuna_sqlite::Options::default()
        };
        let database = Database::open(&dir.join(FILE_NAME), MIGRATIONS, &bounds, |conn| {
            State::load(conn, options.node, options.versions_from)
        })?;
        Ok(Self {
            database: Arc::new(database),
            lock,
        })
    }

    /// An act: changes something, alone.
    fn act<T: Send + 'static>(
        &self,
        act: impl FnOnce(&Connection, &mut State) -> Result<T> + Send + 'static,
    ) -> Pending<T, Error> {
        self.database.submit(act)
    }

    /// A read, in a snapshot.
    fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T> + Send + 'static,
    ) -> Pending<T, Error> {
        self.database.read(read)
    }

    /// Something that waits for the disk, off the caller's thread.
    async fn block<T: Send + 'static>(
        &self,
        block: impl FnOnce(&Database<State>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let database = Arc::clone(&self.database);
        let done = tokio::task::spawn_blocking(move || block(&database)).await;
        done.unwrap_or_else(|error| Err(Error::Storage(Box::new(error))))
    }
}

#[async_trait]
impl Store for SqliteStore {
    async fn create_app(&self, app: NewApp) -> Result<App> {
        self.act(|conn, _| accounts::create_app(conn, app)).await
    }

    async fn change_apps(&self, apps: Vec<App>) -> Result<()> {
        self.act(move |conn, _| accounts::change_apps(conn, &apps))
            .await
    }

    async fn apps(&self) -> Result<Vec<App>> {
        self.read(accounts::apps).await
    }

    async fn create_accounts(
        &self,
        app: AppId,
        accounts: Vec<NewAccount>,
        now: Millis,
    ) -> Result<Vec<Account>> {
        self.act(move |conn, state| accounts::create_accounts(conn, state, app, accounts, now))
            .await
    }

    async fn account(&self, app: AppId, name: &Name) -> Result<Option<Account>> {
        let name = name.clone();
        self.read(move |conn| accounts::account(conn, app, &name))
            .await
    }

    async fn accounts(&self, app: AppId, after: AccountId, limit: usize) -> Result<Vec<Account>> {
        self.read(move |conn| accounts::accounts(conn, app, after, limit))
            .await
    }

    async fn change_account(
        &self,
        app: AppId,
        name: &Name,
        change: AccountChange,
        now: Millis,
    ) -> Result<Account> {
        let name = name.clone();
        self.act(move |conn, _| accounts::change_account(conn, app, &name, change, now))
            .await
    }

    async fn delete_account(
        &self,
        app: AppId,
        name: &Name,
        alias: Option<Name>,
        now: Millis,
    ) -> Result<Deleted> {
        let name = name.clone();
        self.act(move |conn, state| {
            let alias = alias.as_ref().map(|alias| (alias, now));
            accounts::delete_account(conn, state, (app, &name), alias)
        })
        .await
    }

    async fn put_token(&self, token: Token) -> Result<()> {
        self.act(move |conn, _| accounts::put_token(conn, &token))
            .await
    }

    async fn token(&self, sha256: [u8; 32], now: Millis) -> Result<Option<TokenOwner>> {
        self.read(move |conn| accounts::token(conn, sha256, now))
            .await
    }

    async fn login_device(&self, login: DeviceLogin, now: Millis) -> Result<DeviceState> {
        self.act(move |conn, state| devices::login_device(conn, state, &login, now))
            .await
    }

    async fn devices(&self, account: AccountId) -> Result<Vec<Device>> {
        self.read(move |conn| devices::devices(conn, account)).await
    }

    async fn save_cursors(&self, saves: Vec<CursorSave>) -> Result<()> {
        self.act(move |conn, _| devices::save_cursors(conn, &saves))
            .await
    }

    fn append(&self, append: Append) -> Started<Appended> {
        let pending = self.act(move |conn, state| append::append(conn, state, &append, None));
        Box::pin(async move { pending.await? })
    }

    fn import(&self, append: Append, at: Millis) -> Started<Appended> {
        let pending = self.act(move |conn, state| append::append(conn, state, &append, Some(at)));
        Box::pin(async move { pending.await? })
    }

    async fn conversation(
        &self,
        app: AppId,
        name: &Name,
        target: &Target,
    ) -> Result<Option<ConversationId>> {
        let key = target.key(name);
        self.read(move |conn| Ok(state::find_end(conn, app, &key)?.map(|end| end.id)))
            .await
    }

    async fn message(&self, query: MessageQuery) -> Result<Option<Message>> {
        self.read(move |conn| message::message(conn, &query)).await
    }

    async fn history(&self, query: HistoryQuery) -> Result<HistoryPage> {
        self.read(move |conn| history::history(conn, &query)).await
    }

    async fn inbox(&self, query: InboxQuery) -> Result<InboxPage> {
        self.read(move |conn| inbox::inbox(conn, &query)).await
    }

    async fn queues(&self, account: AccountId, device: DeviceId) -> Result<Vec<QueueUnread>> {
        self.read(move |conn| inbox::queues(conn, account, device))
            .await
    }

    async fn hide(&self, hide: Hide, now: Millis) -> Result<HideDone> {
        self.act(move |conn, state| hide::hide(conn, state, &hide, now))
            .await
    }

    async fn change_view(&self, change: ViewChange, now: Millis) -> Result<ViewChanged> {
        self.act(move |conn, state| hide::change_view(conn, state, change, now))
            .await
    }

    async fn conversations(&self, query: ConversationQuery) -> Result<ConversationPage> {
        self.read(move |conn| list::conversation_page(conn, &query))
            .await
    }

    async fn conversations_of(
        &self,
        account: AccountId,
        after: ConversationId,
        limit: usize,
    ) -> Result<Vec<ConversationRow>> {
        self.read(move |conn| list::conversations_of(conn, account, after, limit))
            .await
    }

    async fn add_event(
        &self,
        app: AppId,
        name: &Name,
        event: NewEvent,
        now: Millis,
    ) -> Result<Option<(AccountId, Version)>> {
        let name = name.clone();
        self.act(move |conn, state| match state.account(conn, app, &name)? {
            Some(account) => Ok(Some((
                account,
                stream::push_event(conn, account, &event, now)?,
            ))),
            None => Ok(None),
        })
        .await
    }

    async fn add_receipt(
        &self,
        receipt: NewReceipt,
        now: Millis,
    ) -> Result<Option<(AccountId, Version)>> {
        self.act(move |conn, state| message::add_receipt(conn, state, &receipt, now))
            .await
    }

    async fn events(&self, query: EventQuery) -> Result<EventPage> {
        self.read(move |conn| stream::event_page(conn, &query))
            .await
    }

    async fn facts(&self, account: AccountId, after: Version, limit: usize) -> Result<FactPage> {
        self.read(move |conn| stream::facts(conn, account, after, limit))
            .await
    }

    async fn create_group(&self, group: NewGroup, now: Millis) -> Result<Group> {
        self.act(move |conn, state| groups::create_group(conn, state, group, now))
            .await
    }

    async fn group(&self, app: AppId, id: &GroupId) -> Result<Option<Group>> {
        let id = id.clone();
        self.read(move |conn| groups::group(conn, app, &id)).await
    }

    async fn list_groups(&self, query: GroupQuery) -> Result<Vec<Group>> {
        self.read(move |conn| groups::list_groups(conn, &query))
            .await
    }

    async fn members(
        &self,
        app: AppId,
        id: &GroupId,
        after: usize,
        limit: usize,
    ) -> Result<Vec<GroupMember>> {
        let id = id.clone();
        self.read(move |conn| groups::members(conn, app, &id, after, limit))
            .await
    }

    async fn groups_of(&self, account: AccountId) -> Result<Vec<Group>> {
        self.read(move |conn| groups::groups_of(conn, account))
            .await
    }

    async fn check_write(&self, group: ConversationId, sender: &Name, now: Millis) -> Result<()> {
        let sender = sender.clone();
        self.read(move |conn| records::may_write_in(conn, group, &sender, now))
            .await?
    }

    async fn is_member(&self, account: AccountId, group: ConversationId) -> Result<bool> {
        self.read(move |conn| groups::is_member(conn, account, group))
            .await
    }

    async fn rooms(&self, app: AppId, after: usize, limit: usize) -> Result<Vec<Group>> {
        self.read(move |conn| rooms::rooms(conn, app, after, limit))
            .await
    }

    async fn threads(
        &self,
        parent: ConversationId,
        before: Option<ConversationId>,
        limit: usize,
    ) -> Result<Vec<Group>> {
        self.read(move |conn| rooms::threads(conn, parent, before, limit))
            .await
    }

    async fn change_group(&self, change: GroupChange, now: Millis) -> Result<GroupChanged> {
        self.act(move |conn, state| groups::change_group(conn, state, change, now))
            .await
    }

    async fn record(&self, ids: Vec<RecordId>, now: Millis) -> Result<Vec<Option<Record>>> {
        self.read(move |conn| {
            ids.iter()
                .map(|id| records::record(conn, id, now))
                .collect()
        })
        .await
    }

    async fn records(&self, query: RecordQuery, now: Millis) -> Result<Vec<Record>> {
        self.read(move |conn| records::records(conn, &query, now))
            .await
    }

    async fn write_records(
        &self,
        write: RecordWrite,
        now: Millis,
    ) -> Result<Vec<(AccountId, Version)>> {
        self.act(move |conn, _| records::write(conn, &write, now))
            .await
    }

    async fn purge_step(&self, limit: usize) -> Result<PurgeStep> {
        self.act(move |conn, _| jobs::purge_step(conn, limit)).await
    }

    async fn rename_step(&self, step: Rename) -> Result<RenameStep> {
        self.act(move |conn, state| renaming::rename_step(conn, state, step))
            .await
    }

    async fn erase(&self) -> Result<bool> {
        self.block(|database| Ok(database.checkpoint_truncate()?))
            .await
    }

    async fn sweep(&self, sweep: Sweep) -> Result<Swept> {
        self.act(move |conn, state| jobs::sweep(conn, state, sweep))
            .await
    }

    async fn last_pos(&self) -> Result<Pos> {
        self.act(|_, state| Ok(state.last_pos())).await
    }

    async fn close(&self) -> Result<()> {
        self.block(|database| {
            database.close();
            Ok(())
        })
        .await?;
        self.lock
            .unlock()
            .map_err(|error| Error::Storage(Box::new(error)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_process_at_a_time() {
        let dir = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(dir.path(), Options::default()).unwrap();
        let second = SqliteStore::open(dir.path(), Options::default());
        assert!(matches!(second, Err(Error::InUse(_))));
        store.close().await.unwrap();
        SqliteStore::open(dir.path(), Options::default()).unwrap();
    }
}
