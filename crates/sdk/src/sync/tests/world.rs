//! A server (the reference store behind a small session), devices with real local stores, and a network that delays and
//! loses. One thread; a test says what happens next.

use crate::store::{Own, Page, Scope, Source, Store};
use crate::sync::engine::{Engine, Event, Step, facts_of};
use crate::types::NewMessage;
use crate::wire::frames::{Admission, Downstream};
use crate::wire::incoming;
use futures_util::FutureExt;
use lacuna_domain::{
    AccountId, AppId, Audience, Clock, ConversationId, ConversationKey, DeviceId, Direction,
    MessageKind, Millis, Name, Pos, Target,
};
use lacuna_proto::chat_body;
use lacuna_proto::pb::{CommSyncDl, Jid, Meta};
use lacuna_store::memory::MemoryStore;
use lacuna_store::{
    Append, Cursor, CursorSave, DeviceLogin, EntryKind, Hide, NewAccount, NewApp,
    Scope as Deletion, Sender, Store as _,
};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::future::Future;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tempfile::TempDir;

pub(super) const APP_KEY: &str = "test#app";
/// Small, so that pages are cut.
pub(super) const PAGE: usize = 3;

/// A clock that moves by itself with every look.
#[derive(Debug)]
pub(super) struct Ticking(AtomicU64);

impl Clock for Ticking {
    fn now(&self) -> Millis {
        Millis(self.0.fetch_add(7, Ordering::Relaxed))
    }
}

/// An answer of the reference store, which has it at once.
pub(super) fn now<T>(answer: impl Future<Output = lacuna_store::Result<T>>) -> T {
    answer
        .now_or_never()
        .expect("the memory store waits for nobody")
        .unwrap()
}

#[derive(Debug)]
pub(super) struct Account {
    pub(super) id: AccountId,
    pub(super) name: Name,
}

/// A device: what it keeps, and its connection if it has one.
#[derive(Debug)]
pub(super) struct Device {
    pub(super) user: usize,
    pub(super) resource: String,
    pub(super) folder: TempDir,
    pub(super) backup: Option<TempDir>,
    pub(super) store: Option<Store>,
    pub(super) engine: Option<Engine>,
    pub(super) id: DeviceId,
    /// Frames that the server sent and the device has not read.
    pub(super) inbox: VecDeque<Downstream>,
    /// A page of history that was read and is still on its way.
    pub(super) late: Option<Page>,
}

pub(super) struct World {
    pub(super) server: MemoryStore,
    pub(super) app: AppId,
    pub(super) clock: Arc<Ticking>,
    pub(super) accounts: Vec<Account>,
    pub(super) devices: Vec<Device>,
    pub(super) conversations: BTreeMap<ConversationKey, ConversationId>,
    /// What each user has deleted: it must never be seen again on a device that knew.
    pub(super) deleted: Vec<BTreeSet<Pos>>,
}

impl World {
    /// Users with so many devices each.
    pub(super) fn new(users: &[(&str, usize)]) -> Self {
        let clock = Arc::new(Ticking(AtomicU64::new(1_800_000_000_000)));
        let server = MemoryStore::new(0);
        let app = now(server.create_app(NewApp {
            org: "test".to_owned(),
            name: "app".to_owned(),
            client_id: "c".to_owned(),
            client_secret_sha256: [0; 32],
            open_registration: true,
            roaming_delete: true,
            retention_days: 0,
        }))
        .id;
        let mut world = Self {
            server,
            app,
            clock,
            accounts: Vec::new(),
            devices: Vec::new(),
            conversations: BTreeMap::new(),
            deleted: vec![BTreeSet::new(); users.len()],
        };
        for (user, (text, devices)) in users.iter().enumerate() {
            let name = Name::new(text).unwrap();
            let new = NewAccount {
                name: name.clone(),
                display: (*text).to_owned(),
                password_hash: String::new(),
                nickname: String::new(),
                uuid: (*text).to_owned(),
            };
            let made = now(world
                .server
                .create_accounts(app, vec![new], world.clock.now()));
            world.accounts.push(Account {
                id: made.first().unwrap().id,
                name,
            });
            for nth in 0..*devices {
                world.add_device(user, &format!("{text}-{nth}"));
            }
        }
        world
    }

    fn add_device(&mut self, user: usize, resource: &str) {
        // In memory where there is such a folder: the test is not about the disk.
        let folder = tempfile::tempdir_in("/dev/shm")
            .or_else(|_| tempfile::tempdir())
            .unwrap();
        self.devices.push(Device {
            user,
            resource: resource.to_owned(),
            folder,
            backup: None,
            store: None,
            engine: None,
            id: DeviceId::NONE,
            inbox: VecDeque::new(),
            late: None,
        });
        let device = self.devices.len() - 1;
        self.open(device);
    }

    pub(super) fn devices(&self) -> usize {
        self.devices.len()
    }

    pub(super) fn user(&self, device: usize) -> usize {
        self.devices[device].user
    }

    /// The conversation of a device's user with the `peer`-th other user.
    pub(super) fn target(&self, device: usize, peer: usize) -> Target {
        let others: Vec<&Account> = (0..self.accounts.len())
            .filter(|user| *user != self.user(device))
            .map(|user| &self.accounts[user])
            .collect();
        Target::Peer(others[peer % others.len()].name.clone())
    }

    fn open(&mut self, device: usize) {
        let it = &self.devices[device];
        let opening = crate::store::Opening {
            folder: it.folder.path(),
            app_key: APP_KEY,
            user: &self.accounts[it.user].name,
            resource: Some(&it.resource),
            key: None,
            clock: Arc::<Ticking>::clone(&self.clock),
        };
        let store = Store::open(&opening).unwrap();
        self.devices[device].store = Some(store);
    }

    pub(super) fn store(&self, device: usize) -> &Store {
        self.devices[device].store.as_ref().unwrap()
    }

    // --- what can happen --------------------------------------------------------------------------------------------

    /// The connection is lost, with everything that was on its way.
    pub(super) fn disconnect(&mut self, device: usize) {
        let it = &mut self.devices[device];
        it.engine = None;
        it.inbox.clear();
    }

    /// The process ends and starts again.
    pub(super) fn restart(&mut self, device: usize) {
        self.disconnect(device);
        self.devices[device].late = None;
        self.devices[device].store.take().unwrap().close();
        self.open(device);
    }

    /// Copies the device's files, with the process stopped.
    pub(super) fn back_up(&mut self, device: usize) {
        self.disconnect(device);
        self.devices[device].store.take().unwrap().close();
        let copy = tempfile::tempdir_in("/dev/shm")
            .or_else(|_| tempfile::tempdir())
            .unwrap();
        copy_files(self.devices[device].folder.path(), copy.path());
        self.devices[device].backup = Some(copy);
        self.open(device);
    }

    /// Puts the copy in the place of the device's files.
    pub(super) fn restore(&mut self, device: usize) {
        let Some(copy) = self.devices[device].backup.take() else {
            return;
        };
        self.disconnect(device);
        self.devices[device].late = None;
        self.devices[device].store.take().unwrap().close();
        copy_files(copy.path(), self.devices[device].folder.path());
        self.open(device);
    }

    /// Connects and logs in; the device dies after so many steps if that takes more.
    pub(super) fn connect(&mut self, device: usize, steps: usize) {
        self.disconnect(device);
        let user = self.user(device);
        let login = DeviceLogin {
            account: self.accounts[user].id,
            resource: self.devices[device].resource.clone(),
            name: String::new(),
            uuid: String::new(),
        };
        let state = now(self.server.login_device(login, self.clock.now()));
        let it = &mut self.devices[device];
        it.id = state.id;
        it.engine = Some(Engine::new(self.accounts[user].name.clone()));
        let admission = Admission {
            account: None,
            resource: it.resource.clone(),
            expires: None,
            acked: Some(state.acked),
            version: Some(state.version.0),
        };
        let waiting = self.store(device).waiting().wait().unwrap();
        for outgoing in waiting.again {
            self.append(device, &outgoing);
        }
        let progress = self.store(device).progress().wait().unwrap();
        self.happened(device, Event::Admitted(admission, progress), steps);
    }

    /// The device reads a frame, and dies after so many steps if it takes more.
    pub(super) fn deliver(&mut self, device: usize, steps: usize) {
        if self.devices[device].engine.is_none() {
            return;
        }
        if let Some(frame) = self.devices[device].inbox.pop_front() {
            self.happened(device, Event::Frame(frame), steps);
        }
    }

    /// The user writes; the device may be offline.
    pub(super) fn send(&mut self, device: usize, peer: usize) {
        let to = self.target(device, peer);
        let new = NewMessage::text(to, format!("message {}", self.clock.now()));
        let (outgoing, _) = self.store(device).prepare(new).wait().unwrap();
        if self.devices[device].engine.is_some() {
            self.append(device, &outgoing);
        }
    }

    fn append(&mut self, device: usize, outgoing: &crate::store::Outgoing) {
        let user = self.user(device);
        let append = Append {
            app: self.app,
            sender: Sender {
                name: self.accounts[user].name.clone(),
                account: Some(self.accounts[user].id),
                device: self.devices[device].id,
            },
            target: outgoing.to.clone(),
            kind: EntryKind::Message(MessageKind::Text),
            audience: Audience::All,
            directed: Vec::new(),
            body: chat_body(outgoing.payload.clone(), None),
            client_id: Some((outgoing.id.0, [0; 32])),
            check_member: true,
            check_allowed: true,
            friends_only: false,
            changes: None,
            write: None,
            now: self.clock.now(),
        };
        let appended = now(self.server.append(append));
        let sent = CursorSave {
            device: self.devices[device].id,
            cursor: Cursor::Sent(appended.pos),
        };
        now(self.server.save_cursors(vec![sent]));
        self.devices[device]
            .inbox
            .push_back(Downstream::Sync(CommSyncDl {
                meta_id: Some(outgoing.id.0),
                server_id: Some(appended.pos.0),
                ..CommSyncDl::default()
            }));
        let sender = self.accounts[user].name.clone();
        self.conversations
            .insert(outgoing.to.key(&sender), appended.conversation);
        for other in 0..self.devices.len() {
            let me = self.accounts[self.user(other)].name.clone();
            let target = if me == sender {
                outgoing.to.clone()
            } else {
                Target::Peer(sender.clone())
            };
            let concerned = me == sender || outgoing.to == Target::Peer(me);
            if concerned && other != device {
                self.notice(other, queue(&target));
            }
        }
    }

    fn notice(&mut self, device: usize, queue: Jid) {
        if self.devices[device].engine.is_some() {
            self.devices[device]
                .inbox
                .push_back(Downstream::Notice(queue));
        }
    }

    /// The user deletes on the server, from a device or (`quietly`) by the server API. `answered` says whether the answer
    /// comes back.
    pub(super) fn delete(&mut self, device: usize, what: Deletion, quietly: bool, answered: bool) {
        let user = self.user(device);
        let held = self.store(device).newest().wait().unwrap();
        let since = self.store(device).progress().wait().unwrap().version;
        let before = self.visible(user);
        let hide = Hide {
            account: self.accounts[user].id,
            app: self.app,
            name: self.accounts[user].name.clone(),
            scope: what.clone(),
            device: if quietly {
                DeviceId::NONE
            } else {
                self.devices[device].id
            },
            notice: !quietly,
        };
        now(self.server.hide(hide, self.clock.now()));
        let after = self.visible(user);
        self.deleted[user].extend(before.difference(&after));
        for other in 0..self.devices.len() {
            let told = self.user(other) == user && !quietly;
            if told && self.devices[other].id != self.devices[device].id {
                self.notice(other, Jid::system());
            }
        }
        if answered && !quietly {
            let (facts, more) = facts_of(self.facts(user, since), since);
            assert!(!more, "a page is enough here");
            let own = Own {
                scope: mine(what),
                held: Some(held),
            };
            let resource = self.devices[device].resource.clone();
            self.store(device)
                .apply(facts, resource, Some(own))
                .wait()
                .unwrap();
        }
    }

    /// The user reads history on a device; the page arrives later.
    pub(super) fn read_history(&mut self, device: usize, peer: usize, from: Option<Pos>) {
        let target = self.target(device, peer);
        let page = self.history(device, &target, from, Direction::Older);
        self.devices[device].late = Some(Page {
            source: Source::History,
            cursor: None,
            acked: Pos::ZERO,
            items: page
                .0
                .into_iter()
                .rev()
                .map(|meta| self.read(device, meta))
                .collect(),
        });
    }

    /// The page of history arrives, and is saved.
    pub(super) fn history_arrives(&mut self, device: usize) {
        if let Some(page) = self.devices[device].late.take() {
            self.store(device).take(page).wait().unwrap();
        }
    }

    // --- what a device does -----------------------------------------------------------------------------------------

    fn happened(&mut self, device: usize, event: Event, steps_max: usize) {
        let engine = self.devices[device].engine.as_mut().unwrap();
        let mut steps: VecDeque<Step> = engine.handle(event).into();
        let mut taken = 0;
        while let Some(step) = steps.pop_front() {
            if taken == steps_max {
                return self.restart(device);
            }
            taken += 1;
            if let Some(event) = self.step(device, step) {
                let engine = self.devices[device].engine.as_mut().unwrap();
                for step in engine.handle(event).into_iter().rev() {
                    steps.push_front(step);
                }
            }
        }
    }

    fn step(&mut self, device: usize, step: Step) -> Option<Event> {
        let user = self.user(device);
        match step {
            Step::AskUnread => self.answer_unread(device),
            Step::Pull(pull) => self.answer_pull(device, &pull.queue, pull.key),
            Step::Facts => {
                let since = self.store(device).progress().wait().unwrap().version;
                let (facts, more) = facts_of(self.facts(user, since), since);
                let resource = self.devices[device].resource.clone();
                self.store(device)
                    .apply(facts, resource, None)
                    .wait()
                    .unwrap();
                return Some(Event::Applied(more));
            }
            Step::List(cursor) => return Some(self.list(device, cursor.as_deref())),
            Step::History(target, after) => {
                let (metas, more) = self.history(device, &target, Some(after), Direction::Newer);
                let last = metas.last().map(|meta| Pos(meta.id()));
                let items = metas
                    .into_iter()
                    .map(|meta| self.read(device, meta))
                    .collect();
                return Some(Event::History {
                    target,
                    items,
                    last,
                    more,
                });
            }
            Step::Take(page) => drop(self.store(device).take(page.0).wait().unwrap()),
            Step::Synced(acked) => self.store(device).set_synced(acked).wait().unwrap(),
            Step::Acked { id, server, acked } => {
                self.store(device)
                    .sent(Pos(id), server, acked)
                    .wait()
                    .unwrap();
            }
            Step::Tell(_) => {}
            Step::Refused { .. } | Step::End(_) => panic!("nothing is refused here: {step:?}"),
        }
        None
    }

    pub(super) fn read(&self, device: usize, meta: Meta) -> incoming::Incoming {
        incoming::read(meta, &self.accounts[self.user(device)].name)
    }
}

/// The deletion as the device applies it to what no server knows.
fn mine(what: Deletion) -> Scope {
    match what {
        Deletion::Ids(target, ids) => Scope::Ids(target, ids),
        Deletion::Through(target, time) => Scope::Window(target, Millis(0), time),
        Deletion::Conversation(target) => Scope::Unlist(vec![target], true),
        Deletion::All => Scope::All,
    }
}
fn copy_files(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let goal = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            std::fs::create_dir_all(&goal).unwrap();
            copy_files(&entry.path(), &goal);
        } else {
            std::fs::copy(entry.path(), goal).unwrap();
        }
    }
}

pub(super) fn queue(target: &Target) -> Jid {
    Jid::user(APP_KEY, target.id())
}
