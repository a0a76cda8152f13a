//! Delivery: who is online, and what was committed, brought together.
//!
//! A publication says that something *is* in the store (online-only messages aside); it is made after the commit. Losing one
//! costs nothing but time: a session that is told something else next sees the gap and reads the store.

mod absent;

pub use absent::Roomer;

use absent::Absent;
use bytes::Bytes;
use lacuna_domain::{
    AccountId, Audience, ConversationId, ConversationKey, DeviceId, Name, Pos, Reader, Version,
};
use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::mpsc;

/// Members of a group that are told at once, while everybody else who publishes or logs in waits.
const TOLD_AT_ONCE: usize = 128;

/// Something that sessions are told.
#[derive(Clone, Debug)]
pub enum Publication {
    /// An entry was appended.
    Entry(Arc<PublishedEntry>),
    /// An online-only message: pushed to who is there, stored nowhere.
    Online(Arc<PublishedEntry>),
    /// The account's event stream or its deletions moved.
    Events {
        /// The account's version after it.
        version: Version,
        /// No entry committed before it has a higher position: what is older must be read from the store again.
        barrier: Pos,
    },
    /// The account came to a group, or left it.
    Membership {
        /// The group's log.
        conversation: ConversationId,
        /// Whether it is a member now.
        member: bool,
    },
    /// The session has to end, with this reason for its client.
    Kick(Kick),
}

/// Why a session is ended by the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kick {
    /// The account was deleted.
    UserRemoved,
    /// The same resource logged in again.
    Replaced,
    /// The password was changed.
    PasswordChanged,
    /// Another device or the server API asked for it.
    ByOtherDevice,
    /// The server is shutting down: the client reconnects.
    Drain,
}

/// An entry as it is published.
#[derive(Clone, Debug)]
pub struct PublishedEntry {
    /// Its conversation; zero for an online-only message.
    pub conversation: ConversationId,
    /// The conversation's key: each side names its queue from it.
    pub key: ConversationKey,
    /// Its position.
    pub pos: Pos,
    /// The position of the entry before it.
    pub prev_pos: Pos,
    /// Whom it is addressed to.
    pub audience: Audience,
    /// Who sent it.
    pub sender: Name,
    /// From which device.
    pub device: DeviceId,
    /// Its body.
    pub body: Bytes,
}

impl PublishedEntry {
    /// Whether it is delivered to this reader: addressed to it and not sent by that very device.
    #[must_use]
    pub fn is_for(&self, reader: Reader) -> bool {
        (self.device == DeviceId::NONE || self.device != reader.device)
            && self.audience.admits(reader)
    }
}

/// A session as the registry knows it.
#[derive(Clone, Debug)]
pub struct SessionHandle {
    /// Unique in this process.
    pub id: u64,
    /// Who.
    pub reader: Reader,
    /// Where its publications wait. A session whose mailbox is full is too slow: it is closed, and catches up later.
    pub mailbox: mpsc::Sender<Publication>,
}

#[derive(Debug, Default)]
struct Registry {
    sessions: HashMap<AccountId, Vec<SessionHandle>>,
    groups: HashMap<ConversationId, HashSet<AccountId>>,
    groups_of: HashMap<AccountId, HashSet<ConversationId>>,
    absent: Absent,
}

/// The registry of sessions, and the way publications take to them.
#[derive(Debug, Default)]
pub struct Delivery {
    registry: Mutex<Registry>,
    next_id: AtomicU64,
}

impl Delivery {
    fn lock(&self) -> MutexGuard<'_, Registry> {
        self.registry.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A number for a new session.
    pub fn session_id(&self) -> u64 {
        self.next_id.fetch_add(1, Ordering::Relaxed)
    }

    /// Brings a session online. A session of the same device is told that it is replaced.
    pub fn register(&self, session: SessionHandle) {
        let mut registry = self.lock();
        registry.absent.came(session.reader.account);
        let sessions = registry.sessions.entry(session.reader.account).or_default();
        sessions.retain(|other| {
            let same = other.reader.device == session.reader.device;
            if same && !tell(other, Publication::Kick(Kick::Replaced)) {
                tracing::debug!(
                    session.id = other.id,
                    "replaced session was closing already"
                );
            }
            !same
        });
        sessions.push(session);
    }

    /// Takes a session offline; the account's groups are forgotten with its last one.
    pub fn unregister(&self, account: AccountId, id: u64) {
        let mut registry = self.lock();
        let Some(sessions) = registry.sessions.get_mut(&account) else {
            return;
        };
        sessions.retain(|session| session.id != id);
        if !sessions.is_empty() {
            return;
        }
        registry.sessions.remove(&account);
        registry.absent.went(account);
        for group in registry.groups_of.remove(&account).unwrap_or_default() {
            if let Some(accounts) = registry.groups.get_mut(&group) {
                accounts.remove(&account);
                if accounts.is_empty() {
                    registry.groups.remove(&group);
                }
            }
        }
    }

    /// The account is a member of the group: its sessions are told of its entries. Does nothing for who is not online.
    pub fn subscribe(&self, account: AccountId, conversation: ConversationId) {
        let mut registry = self.lock();
        if registry.sessions.contains_key(&account) {
            registry
                .groups
                .entry(conversation)
                .or_default()
                .insert(account);
            registry
                .groups_of
                .entry(account)
                .or_default()
                .insert(conversation);
        }
    }

    /// The account joined or left a group: its sessions are told, and hear of the group's entries from now on, or no more.
    pub fn membership(&self, account: AccountId, conversation: ConversationId, member: bool) {
        if member {
            self.subscribe(account, conversation);
        }
        let mut registry = self.lock();
        registry.tell(
            account,
            &Publication::Membership {
                conversation,
                member,
            },
        );
        if !member {
            if let Some(accounts) = registry.groups.get_mut(&conversation) {
                accounts.remove(&account);
                if accounts.is_empty() {
                    registry.groups.remove(&conversation);
                }
            }
            if let Some(groups) = registry.groups_of.get_mut(&account) {
                groups.remove(&conversation);
            }
        }
    }

    /// Publishes an entry to every session of a group: to some members at a time, so that nobody else waits for all of them.
    /// Another publication may come in between; a session that is told of it first sees the gap.
    pub fn publish_group(&self, publication: &Publication, conversation: ConversationId) {
        let members = self.lock().groups.get(&conversation).cloned();
        let members: Vec<AccountId> = members.into_iter().flatten().collect();
        for some in members.chunks(TOLD_AT_ONCE) {
            let mut registry = self.lock();
            for account in some {
                // Who left meanwhile hears no more of it.
                if registry.is_in(*account, conversation) {
                    registry.tell(*account, publication);
                }
            }
        }
    }

    /// Publishes to every session of these accounts.
    pub fn publish_to(&self, accounts: &[AccountId], publication: &Publication) {
        let mut registry = self.lock();
        for account in accounts {
            registry.tell(*account, publication);
        }
    }

    /// Tells an account's sessions that its events or deletions moved.
    pub fn publish_events(&self, account: AccountId, version: Version, barrier: Pos) {
        self.lock()
            .tell(account, &Publication::Events { version, barrier });
    }

    /// Ends an account's sessions: all, or those of one device. Says how many there were.
    pub fn kick(&self, account: AccountId, device: Option<DeviceId>, kick: Kick) -> usize {
        let mut registry = self.lock();
        let Some(sessions) = registry.sessions.get_mut(&account) else {
            return 0;
        };
        let chosen =
            |session: &SessionHandle| device.is_none_or(|device| session.reader.device == device);
        let count = sessions.iter().filter(|session| chosen(session)).count();
        sessions.retain(|session| !chosen(session) || tell(session, Publication::Kick(kick)));
        count
    }

    /// Asks every session to end.
    pub fn drain(&self) {
        for sessions in self.lock().sessions.values_mut() {
            sessions.retain(|session| tell(session, Publication::Kick(Kick::Drain)));
        }
    }

    /// The devices of an account that are connected.
    pub fn online_devices(&self, account: AccountId) -> Vec<DeviceId> {
        self.lock()
            .sessions
            .get(&account)
            .into_iter()
            .flatten()
            .map(|session| session.reader.device)
            .collect()
    }

    /// How many sessions are registered.
    pub fn sessions(&self) -> usize {
        self.lock().sessions.values().map(Vec::len).sum()
    }
}

impl Registry {
    fn is_in(&self, account: AccountId, conversation: ConversationId) -> bool {
        let members = self.groups.get(&conversation);
        members.is_some_and(|members| members.contains(&account))
    }

    /// Tells every session of an account. One whose mailbox is full is let go: with its last sender gone, its mailbox ends,
    /// and so does the session.
    fn tell(&mut self, account: AccountId, publication: &Publication) {
        if let Some(sessions) = self.sessions.get_mut(&account) {
            sessions.retain(|session| tell(session, publication.clone()));
        }
    }
}

/// Puts a publication into a session's mailbox. Says whether there was room.
fn tell(session: &SessionHandle, publication: Publication) -> bool {
    session.mailbox.try_send(publication).is_ok()
}
