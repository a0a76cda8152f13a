//! The reference: everything in ordered maps under one lock. Written to be read; every act checks first and changes then.

mod accounts;
mod audit;
mod devices;
mod files;
mod groups;
mod hooks;
mod inbox;
mod jobs;
mod log;
mod message;
mod records;
mod renaming;
mod rooms;
mod state;
mod stream;
mod views;

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
use lacuna_domain::{
    AccountId, AppId, ConversationId, DeviceId, GroupId, Millis, Name, Pos, Target, Version,
};
use state::State;
use std::sync::{Mutex, PoisonError};

/// A store that forgets everything when it is dropped.
#[derive(Debug)]
pub struct MemoryStore {
    state: Mutex<State>,
}

impl MemoryStore {
    /// An empty store that allocates positions as `node` (0–1023).
    #[must_use]
    pub fn new(node: u16) -> Self {
        Self {
            state: Mutex::new(State::new(node)),
        }
    }

    /// A copy that goes on by itself, as one that a process of `node` opens which starts now: no version that it gives out is
    /// below `versions_from`.
    #[must_use]
    pub fn copy(&self, node: u16, versions_from: Version) -> Self {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        Self {
            state: Mutex::new(state.opened(node, versions_from)),
        }
    }

    fn act<T>(&self, act: impl FnOnce(&mut State) -> Result<T>) -> Result<T> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.closed {
            return Err(Error::Closed);
        }
        act(&mut state)
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn create_app(&self, app: NewApp) -> Result<App> {
        self.act(|state| state.create_app(app))
    }

    async fn change_apps(&self, apps: Vec<App>) -> Result<()> {
        self.act(|state| state.change_apps(apps))
    }

    async fn apps(&self) -> Result<Vec<App>> {
        self.act(|state| Ok(state.apps.values().cloned().collect()))
    }

    async fn create_accounts(
        &self,
        app: AppId,
        accounts: Vec<NewAccount>,
        now: Millis,
    ) -> Result<Vec<Account>> {
        self.act(|state| state.create_accounts(app, accounts, now))
    }

    async fn account(&self, app: AppId, name: &Name) -> Result<Option<Account>> {
        self.act(|state| Ok(state.account_named(app, name).cloned()))
    }

    async fn accounts(&self, app: AppId, after: AccountId, limit: usize) -> Result<Vec<Account>> {
        self.act(|state| Ok(state.accounts_after(app, after, limit)))
    }

    async fn change_account(
        &self,
        app: AppId,
        name: &Name,
        change: AccountChange,
        now: Millis,
    ) -> Result<Account> {
        self.act(|state| state.change_account(app, name, change, now))
    }

    async fn delete_account(
        &self,
        app: AppId,
        name: &Name,
        alias: Option<Name>,
        now: Millis,
    ) -> Result<Deleted> {
        self.act(|state| state.delete_account(app, name, alias.as_ref(), now))
    }

    async fn put_token(&self, token: Token) -> Result<()> {
        self.act(|state| {
            state.tokens.insert(token.sha256, token);
            Ok(())
        })
    }

    async fn token(&self, sha256: [u8; 32], now: Millis) -> Result<Option<TokenOwner>> {
        self.act(|state| Ok(state.token_owner(sha256, now)))
    }

    async fn login_device(&self, login: DeviceLogin, now: Millis) -> Result<DeviceState> {
        self.act(|state| state.login_device(login, now))
    }

    async fn devices(&self, account: AccountId) -> Result<Vec<Device>> {
        self.act(|state| {
            Ok(state
                .devices_of(account)
                .map(|row| row.device.clone())
                .collect())
        })
    }

    async fn save_cursors(&self, saves: Vec<CursorSave>) -> Result<()> {
        self.act(|state| {
            state.save_cursors(&saves);
            Ok(())
        })
    }

    fn append(&self, append: Append) -> Started<Appended> {
        let done = self.act(|state| state.append(append, None));
        Box::pin(std::future::ready(done))
    }

    fn import(&self, append: Append, at: Millis) -> Started<Appended> {
        let done = self.act(|state| state.append(append, Some(at)));
        Box::pin(std::future::ready(done))
    }

    async fn conversation(
        &self,
        app: AppId,
        name: &Name,
        target: &Target,
    ) -> Result<Option<ConversationId>> {
        self.act(|state| Ok(state.conversation_keyed(app, &target.key(name))))
    }

    async fn message(&self, query: MessageQuery) -> Result<Option<Message>> {
        self.act(|state| Ok(state.message(&query)))
    }

    async fn history(&self, query: HistoryQuery) -> Result<HistoryPage> {
        self.act(|state| Ok(state.history(&query)))
    }

    async fn inbox(&self, query: InboxQuery) -> Result<InboxPage> {
        self.act(|state| Ok(state.inbox(&query)))
    }

    async fn queues(&self, account: AccountId, device: DeviceId) -> Result<Vec<QueueUnread>> {
        self.act(|state| Ok(state.queues(account, device)))
    }

    async fn hide(&self, hide: Hide, now: Millis) -> Result<HideDone> {
        self.act(|state| Ok(state.hide(&hide, now)))
    }

    async fn change_view(&self, change: ViewChange, now: Millis) -> Result<ViewChanged> {
        self.act(|state| state.change_view(change, now))
    }

    async fn conversations(&self, query: ConversationQuery) -> Result<ConversationPage> {
        self.act(|state| Ok(state.conversation_page(&query)))
    }

    async fn conversations_of(
        &self,
        account: AccountId,
        after: ConversationId,
        limit: usize,
    ) -> Result<Vec<ConversationRow>> {
        self.act(|state| Ok(state.conversations_of(account, after, limit)))
    }

    async fn add_event(
        &self,
        app: AppId,
        name: &Name,
        event: NewEvent,
        now: Millis,
    ) -> Result<Option<(AccountId, Version)>> {
        self.act(|state| {
            let account = state.account_named(app, name).map(|account| account.id);
            Ok(account.map(|account| (account, state.push_event(account, event, now))))
        })
    }

    async fn add_receipt(
        &self,
        receipt: NewReceipt,
        now: Millis,
    ) -> Result<Option<(AccountId, Version)>> {
        self.act(|state| Ok(state.add_receipt(receipt, now)))
    }

    async fn events(&self, query: EventQuery) -> Result<EventPage> {
        self.act(|state| Ok(state.event_page(&query)))
    }

    async fn facts(&self, account: AccountId, after: Version, limit: usize) -> Result<FactPage> {
        self.act(|state| Ok(state.facts(account, after, limit)))
    }

    async fn create_group(&self, group: NewGroup, now: Millis) -> Result<Group> {
        self.act(|state| state.create_group(group, now))
    }

    async fn group(&self, app: AppId, id: &GroupId) -> Result<Option<Group>> {
        self.act(|state| Ok(state.group(app, id).ok()))
    }

    async fn list_groups(&self, query: GroupQuery) -> Result<Vec<Group>> {
        self.act(|state| Ok(state.list_groups(&query)))
    }

    async fn members(
        &self,
        app: AppId,
        id: &GroupId,
        after: usize,
        limit: usize,
    ) -> Result<Vec<GroupMember>> {
        self.act(|state| {
            let group = state.group(app, id)?;
            Ok(state
                .members(group.conversation)
                .into_iter()
                .skip(after)
                .take(limit)
                .collect())
        })
    }

    async fn groups_of(&self, account: AccountId) -> Result<Vec<Group>> {
        self.act(|state| Ok(state.groups_of(account)))
    }

    async fn check_write(&self, group: ConversationId, sender: &Name, now: Millis) -> Result<()> {
        self.act(|state| state.may_write_in(group, sender, now))
    }

    async fn is_member(&self, account: AccountId, group: ConversationId) -> Result<bool> {
        self.act(|state| Ok(state.is_member(account, group) && state.is_group(group)))
    }

    async fn rooms(&self, app: AppId, after: usize, limit: usize) -> Result<Vec<Group>> {
        self.act(|state| Ok(state.rooms(app, after, limit)))
    }

    async fn threads(
        &self,
        parent: ConversationId,
        before: Option<ConversationId>,
        limit: usize,
    ) -> Result<Vec<Group>> {
        self.act(|state| Ok(state.threads(parent, before, limit)))
    }

    async fn change_group(&self, change: GroupChange, now: Millis) -> Result<GroupChanged> {
        self.act(|state| state.change_group(change, now))
    }

    async fn record(&self, ids: Vec<RecordId>, now: Millis) -> Result<Vec<Option<Record>>> {
        self.act(|state| Ok(ids.iter().map(|id| state.record(id, now)).collect()))
    }

    async fn records(&self, query: RecordQuery, now: Millis) -> Result<Vec<Record>> {
        self.act(|state| Ok(state.records(&query, now)))
    }

    async fn write_records(
        &self,
        write: RecordWrite,
        now: Millis,
    ) -> Result<Vec<(AccountId, Version)>> {
        self.act(|state| state.write_records(write, now))
    }

    async fn purge_step(&self, limit: usize) -> Result<PurgeStep> {
        self.act(|state| Ok(state.purge_step(limit)))
    }

    async fn rename_step(&self, step: Rename) -> Result<RenameStep> {
        self.act(|state| Ok(state.rename_step(step)))
    }

    async fn erase(&self) -> Result<bool> {
        self.act(|_| Ok(true))
    }

    async fn sweep(&self, sweep: Sweep) -> Result<Swept> {
        self.act(|state| Ok(state.sweep(sweep)))
    }

    async fn last_pos(&self) -> Result<Pos> {
        self.act(|state| Ok(state.positions.last()))
    }

    async fn close(&self) -> Result<()> {
        self.act(|state| {
            state.closed = true;
            Ok(())
        })
    }
}
