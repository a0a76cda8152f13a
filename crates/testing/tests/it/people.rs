//! An embedded store, and pairs of people who write to each other.

use crate::canary::Canary;
use futures_util::future::join_all;
use lacuna_domain::limits::{HISTORY_PAGE_MAX, PURGE_STEP_MAX};
use lacuna_domain::{
    AccountId, AppId, Audience, DeviceId, Direction, MessageKind, Millis, Name, Pos, Target,
};
use lacuna_store::sqlite::{Options, SqliteStore};
use lacuna_store::{
    Append, EntryKind, Hide, HistoryQuery, NewAccount, NewApp, Scope, Sender, Store,
};
use std::cell::Cell;
use std::path::Path;
use std::time::Duration;
use tempfile::TempDir;

/// Appends that wait for the writer at once.
const SENDS_AT_ONCE: usize = 500;

#[derive(Clone, Debug)]
pub(crate) struct Person {
    id: AccountId,
    name: Name,
}

/// The two sides of a 1-1 conversation.
pub(crate) type Pair = [Person; 2];

/// A message that was sent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sent {
    pub(crate) pos: Pos,
    pub(crate) canary: Canary,
}

#[derive(Debug)]
pub(crate) struct People {
    pub(crate) store: Box<dyn Store>,
    pub(crate) pairs: Vec<Pair>,
    app: AppId,
    sent: Cell<u64>,
    folder: TempDir,
}

impl People {
    pub(crate) async fn new(pairs: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(folder.path(), Options::default()).unwrap();
        let app = store.create_app(new_app()).await.unwrap().id;
        let accounts = (0..pairs * 2).map(new_account).collect();
        let accounts = store.create_accounts(app, accounts, Millis(0)).await;
        let people: Vec<Person> = accounts
            .unwrap()
            .into_iter()
            .map(|account| Person {
                id: account.id,
                name: account.profile.name,
            })
            .collect();
        Self {
            store: Box::new(store),
            pairs: people.as_chunks().0.to_vec(),
            app,
            sent: Cell::new(0),
            folder,
        }
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The clock: every message is a second after the one before it.
    fn now(&self) -> Millis {
        Millis(1_800_000_000_000 + self.sent.get() * 1000)
    }

    /// The sides of a pair write in turn.
    pub(crate) async fn send(&self, pair: &Pair, count: usize) -> Vec<Sent> {
        let mut sent = Vec::new();
        while sent.len() < count {
            let appends = (0..SENDS_AT_ONCE.min(count - sent.len())).map(|turn| {
                let nth = self.sent.replace(self.sent.get() + 1);
                let canary = Canary::nth(nth);
                let (from, to) = (&pair[turn % 2], &pair[1 - turn % 2]);
                let appended = self.store.append(self.message(from, to, canary));
                async move {
                    let pos = appended.await.unwrap().pos;
                    Sent { pos, canary }
                }
            });
            sent.extend(join_all(appends).await);
        }
        sent
    }

    fn message(&self, from: &Person, to: &Person, canary: Canary) -> Append {
        Append {
            app: self.app,
            sender: Sender {
                name: from.name.clone(),
                account: Some(from.id),
                device: DeviceId::NONE,
            },
            target: Target::Peer(to.name.clone()),
            kind: EntryKind::Message(MessageKind::Text),
            audience: Audience::All,
            directed: Vec::new(),
            body: canary.body(),
            files: Vec::new(),
            hook: None,
            client_id: None,
            room: false,
            check_member: true,
            check_allowed: true,
            friends_only: false,
            changes: None,
            write: None,
            now: self.now(),
        }
    }

    /// Deletes for the given side of a pair, 0 or 1.
    pub(crate) async fn hide(&self, pair: &Pair, side: usize, scope: fn(Target) -> Scope) {
        self.hide_scope(pair, side, scope(peer(pair, side))).await;
    }

    /// Deletes everything through a message's time.
    pub(crate) async fn hide_through(&self, pair: &Pair, side: usize, last: Sent) {
        let scope = Scope::Through(peer(pair, side), last.pos.time());
        self.hide_scope(pair, side, scope).await;
    }

    /// Deletes by ids, as many to a call as the API takes.
    pub(crate) async fn hide_ids(&self, pair: &Pair, side: usize, gone: &[Sent]) {
        for gone in gone.chunks(lacuna_domain::limits::DELETE_IDS_MAX) {
            let ids = gone.iter().map(|sent| sent.pos).collect();
            self.hide_scope(pair, side, Scope::Ids(peer(pair, side), ids))
                .await;
        }
    }

    /// Deletes everything through a message's time, of which nothing is there any more.
    pub(crate) async fn hide_nothing_through(&self, pair: &Pair, side: usize, last: Sent) {
        let scope = Scope::Through(peer(pair, side), last.pos.time());
        assert!(!self.hidden(pair, side, scope).await);
    }

    async fn hide_scope(&self, pair: &Pair, side: usize, scope: Scope) {
        assert!(self.hidden(pair, side, scope).await);
    }

    /// Deletes; says whether anything changed.
    async fn hidden(&self, pair: &Pair, side: usize, scope: Scope) -> bool {
        let hide = Hide {
            account: pair[side].id,
            app: self.app,
            name: pair[side].name.clone(),
            scope,
            device: DeviceId::NONE,
            notice: true,
        };
        self.store.hide(hide, self.now()).await.unwrap().changed
    }

    /// The whole history of one side, oldest first.
    pub(crate) async fn history(&self, pair: &Pair, side: usize) -> Vec<Canary> {
        let (mut found, mut from) = (Vec::new(), None);
        loop {
            let page = self.store.history(HistoryQuery {
                from,
                ..HistoryQuery::new(
                    pair[side].id,
                    pair[side].name.clone(),
                    self.app,
                    peer(pair, side),
                    Direction::Newer,
                    HISTORY_PAGE_MAX,
                )
            });
            let page = page.await.unwrap();
            found.extend(page.entries.iter().map(|entry| Canary::of(&entry.body)));
            from = page.next;
            if from.is_none() {
                return found;
            }
        }
    }

    /// Purges until nothing is left to do, and has it off the disk. Says how many bodies went.
    pub(crate) async fn purge(&self) -> usize {
        let mut purged = 0;
        loop {
            let step = self.store.purge_step(PURGE_STEP_MAX).await.unwrap();
            purged += step.purged;
            if !step.more {
                break;
            }
        }
        // A reader can be in the way for as long as its read takes.
        for _ in 0..100 {
            if self.store.erase().await.unwrap() {
                return purged;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("readers are in the way for ever");
    }
}

/// The account of a side.
pub(crate) fn account(pair: &Pair, side: usize) -> AccountId {
    pair[side].id
}

fn peer(pair: &Pair, side: usize) -> Target {
    Target::Peer(pair[1 - side].name.clone())
}

fn new_app() -> NewApp {
    NewApp {
        org: "org".to_owned(),
        name: "demo".to_owned(),
        client_id: "client".to_owned(),
        client_secret_sha256: [0; 32],
        open_registration: true,
        roaming_delete: true,
        retention_days: 0,
    }
}

fn new_account(n: usize) -> NewAccount {
    NewAccount {
        name: Name::new(&format!("person{n}")).unwrap(),
        display: format!("person{n}"),
        uuid: format!("uuid of {n}"),
        nickname: String::new(),
        password_hash: "hash".to_owned(),
    }
}
