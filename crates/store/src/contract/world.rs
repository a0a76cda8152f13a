//! A small world for a test: one application, people with devices, and a clock that moves a second with every act.

use crate::{
    Append, Appended, ConversationQuery, ConversationRow, DeviceLogin, DeviceState, EntryKind,
    EventPage, EventQuery, Fact, Group, GroupAct, GroupChange, GroupChanged, GroupSettings,
    GroupSignal, Hide, HideDone, HistoryPage, HistoryQuery, InboxPage, InboxQuery, NewAccount,
    NewApp, NewEvent, NewGroup, RecordWrite, Scope, Sender, SignalAudience, Store, ViewAct,
    ViewChange, ViewChanged,
};
use bytes::Bytes;
use lacuna_domain::limits::{
    EVENT_PAGE_MAX, FACTS_PAGE_MAX, HISTORY_PAGE_MAX, INBOX_PAGE_BYTES_MAX, INBOX_PAGE_MAX,
};
use lacuna_domain::{
    AccountId, AppId, Audience, ConversationId, DeviceId, Direction, GroupId, MessageKind, Millis,
    Name, Pos, Target, Version,
};
use std::cell::Cell;

/// A server API call: no device.
pub(super) const API: DeviceId = DeviceId::NONE;
const START: u64 = 1_800_000_000_000;

/// An account of the world.
#[derive(Clone, Debug)]
pub(super) struct Who {
    pub(super) id: AccountId,
    pub(super) name: Name,
}

impl Who {
    /// How others name the 1-1 conversation with this account.
    pub(super) fn target(&self) -> Target {
        Target::Peer(self.name.clone())
    }
}

/// A name that is legal.
pub(super) fn name(text: &str) -> Name {
    Name::new(text).unwrap()
}

pub(super) struct World<'a> {
    pub(super) store: &'a dyn Store,
    pub(super) app: AppId,
    now: Cell<u64>,
}

impl<'a> World<'a> {
    pub(super) async fn new(store: &'a dyn Store) -> Self {
        Self::with_retention(store, 0).await
    }

    pub(super) async fn with_retention(store: &'a dyn Store, days: u32) -> Self {
        let app = store.create_app(new_app("demo", days)).await.unwrap().id;
        Self {
            store,
            app,
            now: Cell::new(START),
        }
    }

    /// Alice and Bob.
    pub(super) async fn pair(store: &'a dyn Store) -> (Self, Who, Who) {
        let world = Self::new(store).await;
        let (alice, bob) = (world.account("alice").await, world.account("bob").await);
        (world, alice, bob)
    }

    pub(super) fn now(&self) -> Millis {
        Millis(self.now.get())
    }

    pub(super) fn wait(&self, ms: u64) {
        self.now.set(self.now.get() + ms);
    }

    fn tick(&self) -> Millis {
        self.wait(1000);
        self.now()
    }

    pub(super) async fn account(&self, text: &str) -> Who {
        let made = self
            .store
            .create_accounts(self.app, vec![new_account(text)], self.now())
            .await
            .unwrap();
        Who {
            id: made.first().unwrap().id,
            name: name(text),
        }
    }

    pub(super) async fn device(&self, who: &Who, resource: &str) -> DeviceId {
        self.login(who, resource).await.id
    }

    pub(super) async fn login(&self, who: &Who, resource: &str) -> DeviceState {
        let login = DeviceLogin {
            account: who.id,
            resource: resource.to_owned(),
            name: String::new(),
            uuid: String::new(),
        };
        self.store.login_device(login, self.now()).await.unwrap()
    }

    /// A text message, to be changed before it is sent.
    pub(super) fn message(&self, from: &Who, device: DeviceId, target: &Target) -> Append {
        let body = Bytes::from(format!("body {}", self.now.get()));
        Append {
            app: self.app,
            sender: Sender {
                name: from.name.clone(),
                account: Some(from.id),
                device,
            },
            target: target.clone(),
            kind: EntryKind::Message(MessageKind::Text),
            audience: Audience::All,
            directed: Vec::new(),
            body,
            files: Vec::new(),
            hook: None,
            client_id: None,
            room: false,
            check_member: true,
            check_allowed: true,
            friends_only: false,
            changes: None,
            write: None,
            now: self.tick(),
        }
    }

    pub(super) async fn send(&self, from: &Who, device: DeviceId, target: &Target) -> Appended {
        self.store
            .append(self.message(from, device, target))
            .await
            .unwrap()
    }

    /// Sends `count` messages; gives their positions.
    pub(super) async fn send_many(&self, from: &Who, target: &Target, count: usize) -> Vec<Pos> {
        let mut ids = Vec::new();
        for _ in 0..count {
            ids.push(self.send(from, API, target).await.pos);
        }
        ids
    }

    pub(super) fn query(&self, who: &Who, target: &Target) -> HistoryQuery {
        HistoryQuery::new(
            who.id,
            who.name.clone(),
            self.app,
            target.clone(),
            Direction::Newer,
            HISTORY_PAGE_MAX,
        )
    }

    pub(super) async fn page(&self, query: &HistoryQuery) -> HistoryPage {
        self.store.history(query.clone()).await.unwrap()
    }

    /// Everything that a query finds, page by page.
    pub(super) async fn pages(&self, mut query: HistoryQuery) -> Vec<Pos> {
        let mut found = Vec::new();
        loop {
            let page = self.page(&query).await;
            found.extend(page.entries.iter().map(|entry| entry.pos));
            query.from = page.next;
            if page.next.is_none() {
                return found;
            }
        }
    }

    /// The whole history, oldest first.
    pub(super) async fn history(&self, who: &Who, target: &Target) -> Vec<Pos> {
        self.pages(self.query(who, target)).await
    }

    pub(super) async fn hide_as(
        &self,
        who: &Who,
        device: DeviceId,
        scope: Scope,
        notice: bool,
    ) -> HideDone {
        let hide = Hide {
            account: who.id,
            app: self.app,
            name: who.name.clone(),
            scope,
            device,
            notice,
        };
        self.store.hide(hide, self.tick()).await.unwrap()
    }

    /// Deletes through the server API, with notice.
    pub(super) async fn hide(&self, who: &Who, scope: Scope) -> HideDone {
        self.hide_as(who, API, scope, true).await
    }

    pub(super) fn list_query(who: &Who) -> ConversationQuery {
        ConversationQuery {
            account: who.id,
            pinned_only: false,
            with_empty: false,
            cursor: None,
            limit: 100,
        }
    }

    pub(super) async fn list(&self, who: &Who) -> Vec<ConversationRow> {
        self.store
            .conversations(Self::list_query(who))
            .await
            .unwrap()
            .rows
    }

    /// One row of the list.
    pub(super) async fn row(&self, who: &Who, target: &Target) -> Option<ConversationRow> {
        self.list(who)
            .await
            .into_iter()
            .find(|row| row.target == *target)
    }

    /// Last message and unread messages of one row of the list.
    pub(super) async fn counters(&self, who: &Who, target: &Target) -> Option<(Pos, u64)> {
        let row = self.row(who, target).await?;
        Some((row.last.unwrap().pos, row.unread))
    }

    pub(super) async fn change(&self, who: &Who, target: &Target, act: ViewAct) -> ViewChanged {
        self.store
            .change_view(self.view_change(who, target, act, None), self.tick())
            .await
            .unwrap()
    }

    pub(super) fn view_change(
        &self,
        who: &Who,
        target: &Target,
        act: ViewAct,
        event: Option<NewEvent>,
    ) -> ViewChange {
        ViewChange {
            account: who.id,
            app: self.app,
            name: who.name.clone(),
            target: target.clone(),
            act,
            event,
        }
    }

    pub(super) async fn inbox_page(
        &self,
        who: &Who,
        device: DeviceId,
        conversation: ConversationId,
        after: Option<Pos>,
    ) -> InboxPage {
        let (limit, bytes_max) = (INBOX_PAGE_MAX, INBOX_PAGE_BYTES_MAX);
        self.store
            .inbox(InboxQuery {
                account: who.id,
                device,
                conversation,
                after,
                limit,
                bytes_max,
            })
            .await
            .unwrap()
    }

    /// Everything due to a device in one conversation.
    pub(super) async fn inbox(
        &self,
        who: &Who,
        device: DeviceId,
        conversation: ConversationId,
    ) -> Vec<Pos> {
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let page = self.inbox_page(who, device, conversation, after).await;
            found.extend(page.entries.iter().map(|entry| entry.pos));
            after = Some(page.scanned);
            if !page.more {
                return found;
            }
        }
    }

    pub(super) async fn events(&self, who: &Who, device: DeviceId, after: Version) -> EventPage {
        let query = EventQuery {
            account: who.id,
            device,
            after: Some(after),
            limit: EVENT_PAGE_MAX,
        };
        self.store.events(query).await.unwrap()
    }

    pub(super) async fn facts(&self, who: &Who, after: Version) -> Vec<Fact> {
        self.store
            .facts(who.id, after, FACTS_PAGE_MAX)
            .await
            .unwrap()
            .facts
    }

    /// All that an account is shown of its own side: lists, histories, events, facts and what is due to a device.
    pub(super) async fn seen(&self, who: &Who, device: DeviceId) -> String {
        let mut seen = String::new();
        let list = self
            .store
            .conversations(ConversationQuery {
                with_empty: true,
                ..Self::list_query(who)
            })
            .await
            .unwrap();
        for row in &list.rows {
            let page = self.page(&self.query(who, &row.target)).await;
            let inbox = self.inbox(who, device, row.conversation).await;
            seen.push_str(&format!("{row:?}\n{page:?}\n{inbox:?}\n"));
        }
        let (events, facts) = (
            self.events(who, device, Version(0)).await,
            self.facts(who, Version(0)).await,
        );
        seen.push_str(&format!("{events:?}\n{facts:?}\n"));
        seen
    }

    pub(super) async fn group(&self, owner: &Who) -> Group {
        let settings = GroupSettings {
            name: "group".to_owned(),
            members_max: 10,
            ..GroupSettings::default()
        };
        let group = NewGroup {
            app: self.app,
            owner: owner.name.clone(),
            settings,
        };
        self.store.create_group(group, self.tick()).await.unwrap()
    }

    /// A change by the server API with one signal to all.
    pub(super) fn group_change(&self, id: &GroupId, act: GroupAct) -> GroupChange {
        let by = Sender {
            name: Name::admin(),
            account: None,
            device: API,
        };
        let signals = vec![GroupSignal {
            audience: SignalAudience::All,
            body: Bytes::from_static(b"signal"),
        }];
        GroupChange {
            app: self.app,
            group: id.clone(),
            by,
            act,
            signals,
            write: RecordWrite::new(self.app),
        }
    }

    pub(super) async fn regroup(&self, id: &GroupId, act: GroupAct) -> GroupChanged {
        self.store
            .change_group(self.group_change(id, act), self.tick())
            .await
            .unwrap()
    }

    pub(super) async fn join(&self, group: &Group, who: &Who) -> GroupChanged {
        self.regroup(&group.id, GroupAct::Join(vec![who.name.clone()]))
            .await
    }

    pub(super) async fn leave(&self, group: &Group, who: &Who) -> GroupChanged {
        self.regroup(&group.id, GroupAct::Leave(vec![who.name.clone()]))
            .await
    }
}

pub(super) fn new_app(text: &str, retention_days: u32) -> NewApp {
    NewApp {
        org: "org".to_owned(),
        name: text.to_owned(),
        client_id: format!("client of {text}"),
        client_secret_sha256: [0; 32],
        open_registration: true,
        roaming_delete: true,
        retention_days,
    }
}

pub(super) fn new_account(text: &str) -> NewAccount {
    NewAccount {
        name: name(text),
        display: text.to_owned(),
        uuid: format!("uuid of {text}"),
        nickname: String::new(),
        password_hash: "hash".to_owned(),
    }
}
