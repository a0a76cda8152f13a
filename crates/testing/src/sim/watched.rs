//! A store that notes what was committed, in order, for the model; and that can ask a second store the same and compare.

use anyhow::Context;
use async_trait::async_trait;
use lacuna_domain::{
    AccountId, AppId, ConversationId, DeviceId, GroupId, Millis, Name, Pos, Target, Version,
};
use lacuna_store::{
    Account, AccountChange, App, Append, Appended, ConversationPage, ConversationQuery,
    ConversationRow, CursorSave, Deleted, Device, DeviceLogin, DeviceState, EventPage, EventQuery,
    FactPage, Group, GroupChange, GroupChanged, GroupMember, GroupQuery, Hide, HideDone,
    HistoryPage, HistoryQuery, InboxPage, InboxQuery, Message, MessageQuery, NewAccount, NewApp,
    NewEvent, NewGroup, NewReceipt, PurgeStep, QueueUnread, Record, RecordId, RecordQuery,
    RecordWrite, Rename, RenameStep, Result, Started, Store, Sweep, Swept, Token, TokenOwner,
    ViewChange, ViewChanged,
};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// An act that the store has done.
#[derive(Clone, Debug)]
pub(crate) enum Committed {
    Registered(Account),
    Removed(AccountId),
    Appended(Box<Append>, Appended),
    Hidden(Hide, HideDone, Millis),
    Changed(ViewChange, ViewChanged),
    Created(Group, AccountId),
    Group(Box<GroupChange>, GroupChanged),
    Swept(Sweep),
}

/// A store, and the one beside it.
pub(crate) type Stores = (Arc<dyn Store>, Option<Arc<dyn Store>>);

/// The store of the simulated server.
#[derive(Debug)]
pub(crate) struct Watched {
    stores: Mutex<Stores>,
    committed: Mutex<Vec<Committed>>,
    differences: Mutex<Vec<String>>,
}

impl Watched {
    pub(crate) fn new(main: Arc<dyn Store>, beside: Option<Arc<dyn Store>>) -> Arc<Self> {
        Arc::new(Self {
            stores: Mutex::new((main, beside)),
            committed: Mutex::default(),
            differences: Mutex::default(),
        })
    }

    /// Goes on with other stores: those of another process.
    pub(crate) fn replace(&self, main: Arc<dyn Store>, beside: Option<Arc<dyn Store>>) {
        *lock(&self.stores) = (main, beside);
    }

    /// The last position of the store beside; of the one there is, without.
    pub(crate) async fn last_pos_beside(&self) -> Result<Pos> {
        match self.beside() {
            Some(beside) => beside.last_pos().await,
            None => self.main().last_pos().await,
        }
    }

    /// What was committed since the last call.
    pub(crate) fn take(&self) -> Vec<Committed> {
        std::mem::take(&mut *lock(&self.committed))
    }

    /// Fails if the two stores answered differently.
    pub(crate) fn check(&self) -> anyhow::Result<()> {
        let found = lock(&self.differences).first().cloned();
        found.map_or(Ok(()), |text| {
            Err(anyhow::anyhow!(text)).context("the stores differ")
        })
    }

    fn main(&self) -> Arc<dyn Store> {
        Arc::clone(&lock(&self.stores).0)
    }

    fn beside(&self) -> Option<Arc<dyn Store>> {
        lock(&self.stores).1.clone()
    }

    fn note(&self, committed: Committed) {
        lock(&self.committed).push(committed);
    }

    fn compare<T: std::fmt::Debug>(&self, what: &str, main: &Result<T>, beside: &Result<T>) {
        let (main, beside) = (format!("{main:?}"), format!("{beside:?}"));
        if main != beside {
            lock(&self.differences).push(format!("{what}\n  system: {main}\n  model:  {beside}"));
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Asks both stores, and compares.
macro_rules! both {
    ($self:ident, $act:ident ( $($arg:expr),* )) => {{
        let done = $self.main().$act($($arg.clone()),*).await;
        if let Some(beside) = $self.beside() {
            let other = beside.$act($($arg.clone()),*).await;
            $self.compare(stringify!($act), &done, &other);
        }
        done
    }};
}

mod beside;

#[async_trait]
impl Store for Watched {
    async fn create_app(&self, app: NewApp) -> Result<App> {
        both!(self, create_app(app))
    }

    async fn change_apps(&self, apps: Vec<App>) -> Result<()> {
        both!(self, change_apps(apps))
    }

    async fn apps(&self) -> Result<Vec<App>> {
        both!(self, apps())
    }

    async fn create_accounts(
        &self,
        app: AppId,
        accounts: Vec<NewAccount>,
        now: Millis,
    ) -> Result<Vec<Account>> {
        let done = both!(self, create_accounts(app, accounts, now))?;
        for account in &done {
            self.note(Committed::Registered(account.clone()));
        }
        Ok(done)
    }

    async fn account(&self, app: AppId, name: &Name) -> Result<Option<Account>> {
        self.main().account(app, name).await
    }

    async fn accounts(&self, app: AppId, after: AccountId, limit: usize) -> Result<Vec<Account>> {
        both!(self, accounts(app, after, limit))
    }

    async fn change_account(
        &self,
        app: AppId,
        name: &Name,
        change: AccountChange,
        now: Millis,
    ) -> Result<Account> {
        let done = self
            .main()
            .change_account(app, name, change.clone(), now)
            .await;
        if let Some(beside) = self.beside() {
            let other = beside.change_account(app, name, change, now).await;
            self.compare("change_account", &done, &other);
        }
        done
    }

    async fn delete_account(
        &self,
        app: AppId,
        name: &Name,
        alias: Option<Name>,
        now: Millis,
    ) -> Result<Deleted> {
        let done = self
            .main()
            .delete_account(app, name, alias.clone(), now)
            .await;
        if let Some(beside) = self.beside() {
            let other = beside.delete_account(app, name, alias, now).await;
            self.compare("delete_account", &done, &other);
        }
        let done = done?;
        self.note(Committed::Removed(done.account.id));
        Ok(done)
    }

    async fn put_token(&self, token: Token) -> Result<()> {
        both!(self, put_token(token))
    }

    async fn token(&self, sha256: [u8; 32], now: Millis) -> Result<Option<TokenOwner>> {
        self.main().token(sha256, now).await
    }

    async fn login_device(&self, login: DeviceLogin, now: Millis) -> Result<DeviceState> {
        both!(self, login_device(login, now))
    }

    async fn devices(&self, account: AccountId) -> Result<Vec<Device>> {
        self.main().devices(account).await
    }

    async fn save_cursors(&self, saves: Vec<CursorSave>) -> Result<()> {
        both!(self, save_cursors(saves))
    }

    fn append(&self, append: Append) -> Started<Appended> {
        let done = pollster::block_on(self.main().append(append.clone()));
        if let Some(beside) = self.beside() {
            let other = pollster::block_on(beside.append(append.clone()));
            self.compare("append", &done, &other);
        }
        if let Ok(appended) = &done {
            self.note(Committed::Appended(Box::new(append), appended.clone()));
        }
        Box::pin(std::future::ready(done))
    }

    fn import(&self, append: Append, at: Millis) -> Started<Appended> {
        let done = pollster::block_on(self.main().import(append.clone(), at));
        if let Some(beside) = self.beside() {
            let other = pollster::block_on(beside.import(append.clone(), at));
            self.compare("import", &done, &other);
        }
        if let Ok(appended) = &done {
            self.note(Committed::Appended(Box::new(append), appended.clone()));
        }
        Box::pin(std::future::ready(done))
    }

    async fn conversation(
        &self,
        app: AppId,
        name: &Name,
        target: &Target,
    ) -> Result<Option<ConversationId>> {
        self.main().conversation(app, name, target).await
    }

    async fn message(&self, query: MessageQuery) -> Result<Option<Message>> {
        self.main().message(query).await
    }

    async fn history(&self, query: HistoryQuery) -> Result<HistoryPage> {
        both!(self, history(query))
    }

    async fn inbox(&self, query: InboxQuery) -> Result<InboxPage> {
        both!(self, inbox(query))
    }

    async fn queues(&self, account: AccountId, device: DeviceId) -> Result<Vec<QueueUnread>> {
        both!(self, queues(account, device))
    }

    async fn hide(&self, hide: Hide, now: Millis) -> Result<HideDone> {
        let done = both!(self, hide(hide, now))?;
        self.note(Committed::Hidden(hide, done, now));
        Ok(done)
    }

    async fn change_view(&self, change: ViewChange, now: Millis) -> Result<ViewChanged> {
        let done = both!(self, change_view(change, now))?;
        self.note(Committed::Changed(change, done));
        Ok(done)
    }

    async fn conversations(&self, query: ConversationQuery) -> Result<ConversationPage> {
        both!(self, conversations(query))
    }

    async fn conversations_of(
        &self,
        account: AccountId,
        after: ConversationId,
        limit: usize,
    ) -> Result<Vec<ConversationRow>> {
        both!(self, conversations_of(account, after, limit))
    }

    async fn add_event(
        &self,
        app: AppId,
        name: &Name,
        event: NewEvent,
        now: Millis,
    ) -> Result<Option<(AccountId, Version)>> {
        let done = self.main().add_event(app, name, event.clone(), now).await;
        if let Some(beside) = self.beside() {
            let other = beside.add_event(app, name, event, now).await;
            self.compare("add_event", &done, &other);
        }
        done
    }

    async fn add_receipt(
        &self,
        receipt: NewReceipt,
        now: Millis,
    ) -> Result<Option<(AccountId, Version)>> {
        both!(self, add_receipt(receipt, now))
    }

    async fn events(&self, query: EventQuery) -> Result<EventPage> {
        both!(self, events(query))
    }

    async fn facts(&self, account: AccountId, after: Version, limit: usize) -> Result<FactPage> {
        both!(self, facts(account, after, limit))
    }

    async fn create_group(&self, group: NewGroup, now: Millis) -> Result<Group> {
        let done = both!(self, create_group(group, now))?;
        let owner = self.main().account(group.app, &group.owner).await?;
        if let Some(owner) = owner {
            self.note(Committed::Created(done.clone(), owner.id));
        }
        Ok(done)
    }

    async fn group(&self, app: AppId, id: &GroupId) -> Result<Option<Group>> {
        self.main().group(app, id).await
    }

    async fn list_groups(&self, query: GroupQuery) -> Result<Vec<Group>> {
        both!(self, list_groups(query))
    }

    async fn members(
        &self,
        app: AppId,
        id: &GroupId,
        after: usize,
        limit: usize,
    ) -> Result<Vec<GroupMember>> {
        self.main().members(app, id, after, limit).await
    }

    async fn groups_of(&self, account: AccountId) -> Result<Vec<Group>> {
        both!(self, groups_of(account))
    }

    async fn check_write(&self, group: ConversationId, sender: &Name, now: Millis) -> Result<()> {
        both!(self, check_write(group, &sender, now))
    }

    async fn is_member(&self, account: AccountId, group: ConversationId) -> Result<bool> {
        both!(self, is_member(account, group))
    }

    async fn rooms(&self, app: AppId, after: usize, limit: usize) -> Result<Vec<Group>> {
        self.main().rooms(app, after, limit).await
    }

    async fn threads(
        &self,
        parent: ConversationId,
        before: Option<ConversationId>,
        limit: usize,
    ) -> Result<Vec<Group>> {
        self.main().threads(parent, before, limit).await
    }

    async fn change_group(&self, change: GroupChange, now: Millis) -> Result<GroupChanged> {
        let done = both!(self, change_group(change, now))?;
        self.note(Committed::Group(Box::new(change), done.clone()));
        Ok(done)
    }

    async fn record(&self, ids: Vec<RecordId>, now: Millis) -> Result<Vec<Option<Record>>> {
        both!(self, record(ids, now))
    }

    async fn records(&self, query: RecordQuery, now: Millis) -> Result<Vec<Record>> {
        both!(self, records(query, now))
    }

    async fn write_records(
        &self,
        write: RecordWrite,
        now: Millis,
    ) -> Result<Vec<(AccountId, Version)>> {
        both!(self, write_records(write, now))
    }

    async fn purge_step(&self, limit: usize) -> Result<PurgeStep> {
        // How much a step does may differ: what is purged in the end may not, and nobody sees it.
        if let Some(beside) = self.beside() {
            beside.purge_step(limit).await?;
        }
        self.main().purge_step(limit).await
    }

    async fn rename_step(&self, step: Rename) -> Result<RenameStep> {
        both!(self, rename_step(step))
    }

    async fn erase(&self) -> Result<bool> {
        self.main().erase().await
    }

    async fn sweep(&self, sweep: Sweep) -> Result<Swept> {
        let done = self.main().sweep(sweep).await?;
        if let Some(beside) = self.beside() {
            beside.sweep(sweep).await?;
        }
        self.note(Committed::Swept(sweep));
        Ok(done)
    }

    async fn last_pos(&self) -> Result<Pos> {
        both!(self, last_pos())
    }

    async fn close(&self) -> Result<()> {
        self.main().close().await
    }
}
