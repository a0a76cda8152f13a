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
    /// An event that is told to who is there, and stored nowhere.
    Passing {
        /// Its id, unique in the app.
        id: u64,
        /// Its body.
        body: Bytes,
    },
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

impl Publication {
    /// An entry that speaks of a message.
    #[must_use]
    pub fn referring(self) -> Self {
        match self {
            Self::Entry(entry) => Self::Entry(Arc::new(PublishedEntry {
                refers: true,
                ..(*entry).clone()
            })),
            other => other,
        }
    }
}

/// Why a session is ended by the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kick {
    /// The account was deleted.
    UserRemoved,
    /// The same resource logged in again, or a device for which there was no room beside this one: what that device said of
    /// itself when it logged in, if it did.
    Replaced(Option<Arc<str>>),
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
    /// Whether it speaks of a message, so that only the store can say who it is for: who deleted that message is not told.
    pub refers: bool,
}

impl PublishedEntry {
    /// Whether it is delivered to this reader: addressed to it and not sent by that very device.
    #[must_use]
    pub fn is_for(&self, reader: Reader) -> bool {
        (self.device == DeviceId::NONE || self.device != reader.device)
            && self.audience.admits(reader)
    }
}

/// The kind of a device: how many of one kind an account may have connected is bounded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Platform {
    /// The operating system, as clients number them.
    pub os: i32,
    /// The application's own number of a kind; 0 for none.
    pub custom: u32,
}

/// What a client says of itself when it logs in.
#[derive(Clone, Debug, Default)]
pub struct ClientInfo {
    /// What it calls its device.
    pub resource: String,
    /// The kind of its device.
    pub platform: Platform,
    /// What a device is told that has to go for it.
    pub info: Option<Arc<str>>,
}

/// For how many devices of a kind there is room.
#[derive(Clone, Copy, Debug)]
pub struct Room {
    /// Devices of one account and platform at the most.
    pub devices_max: usize,
    /// Whether one more is refused; if not, the one that is connected longest has to go.
    pub refuse: bool,
}

/// A session as the registry knows it.
#[derive(Clone, Debug)]
pub struct SessionHandle {
    /// Unique in this process.
    pub id: u64,
    /// Who.
    pub reader: Reader,
    /// Its client.
    pub client: ClientInfo,
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

    /// Brings a session online. A session of the same device is told that it is replaced, and so are the longest connected of
    /// the same platform if there is no room for all. False if there is none for this one: nothing has happened.
    pub fn register(&self, session: SessionHandle, room: Room) -> bool {
        let mut registry = self.lock();
        let account = session.reader.account;
        let sessions = registry.sessions.entry(account).or_default();
        let is_same = |other: &SessionHandle| other.reader.device == session.reader.device;
        let is_beside = |other: &SessionHandle| {
            other.client.platform == session.client.platform && !is_same(other)
        };
        let beside = sessions.iter().filter(|other| is_beside(other)).count();
        let mut surplus = (beside + 1).saturating_sub(room.devices_max.max(1));
        if surplus > 0 && room.refuse {
            return false;
        }
        // They stand in the order in which they came.
        sessions.retain(|other| {
            let has_to_go = surplus > 0 && is_beside(other);
            surplus -= usize::from(has_to_go);
            if !has_to_go && !is_same(other) {
                return true;
            }
            let kick = Kick::Replaced(session.client.info.clone());
            if !tell(other, Publication::Kick(kick)) {
                tracing::debug!(
                    session.id = other.id,
                    "replaced session was closing already"
                );
            }
            false
        });
        sessions.push(session);
        registry.absent.came(account);
        true
    }

    /// Takes a session offline; the account's groups are forgotten with its last one. Says whether it was the last.
    pub fn unregister(&self, account: AccountId, id: u64) -> bool {
        let mut registry = self.lock();
        let Some(sessions) = registry.sessions.get_mut(&account) else {
            return false;
        };
        sessions.retain(|session| session.id != id);
        if !sessions.is_empty() {
            return false;
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
        true
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

    /// The account hears of a group's entries no more, though it is a member.
    pub fn unsubscribe(&self, account: AccountId, conversation: ConversationId) {
        self.lock().forget(account, conversation);
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
            registry.forget(account, conversation);
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
        if accounts.is_empty() {
            return;
        }
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
    pub fn kick(&self, account: AccountId, device: Option<DeviceId>, kick: &Kick) -> usize {
        let mut registry = self.lock();
        let Some(sessions) = registry.sessions.get_mut(&account) else {
            return 0;
        };
        let chosen =
            |session: &SessionHandle| device.is_none_or(|device| session.reader.device == device);
        let count = sessions.iter().filter(|session| chosen(session)).count();
        sessions
            .retain(|session| !chosen(session) || tell(session, Publication::Kick(kick.clone())));
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

    /// Whether an account has a device that is connected.
    pub fn is_online(&self, account: AccountId) -> bool {
        let registry = self.lock();
        let sessions = registry.sessions.get(&account);
        sessions.is_some_and(|sessions| !sessions.is_empty())
    }

    /// What the connected devices of an account are called.
    pub fn online_resources(&self, account: AccountId) -> Vec<String> {
        let registry = self.lock();
        let sessions = registry.sessions.get(&account).into_iter().flatten();
        sessions
            .map(|session| session.client.resource.clone())
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

    fn forget(&mut self, account: AccountId, conversation: ConversationId) {
        if let Some(accounts) = self.groups.get_mut(&conversation) {
            accounts.remove(&account);
            if accounts.is_empty() {
                self.groups.remove(&conversation);
            }
        }
        if let Some(groups) = self.groups_of.get_mut(&account) {
            groups.remove(&conversation);
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Brings a device of account 1 online. Its mailbox.
    fn arrive(
        delivery: &Delivery,
        device: i64,
        os: i32,
        room: Room,
    ) -> Option<mpsc::Receiver<Publication>> {
        let (mailbox, receiver) = mpsc::channel(4);
        let session = SessionHandle {
            id: delivery.session_id(),
            reader: Reader {
                account: AccountId(1),
                device: DeviceId(device),
            },
            client: ClientInfo {
                resource: format!("web_{device}"),
                platform: Platform { os, custom: 0 },
                info: Some(format!("device {device}").into()),
            },
            mailbox,
        };
        delivery.register(session, room).then_some(receiver)
    }

    /// Who made the session go, if it had to.
    fn gone_for(mailbox: &mut mpsc::Receiver<Publication>) -> Option<String> {
        match mailbox.try_recv() {
            Ok(Publication::Kick(Kick::Replaced(info))) => info.map(|info| info.to_string()),
            _ => None,
        }
    }

    #[test]
    fn the_longest_connected_of_the_platform_goes() {
        let delivery = Delivery::default();
        let room = Room {
            devices_max: 2,
            refuse: false,
        };
        let mut first = arrive(&delivery, 1, 0, room).unwrap();
        let mut other = arrive(&delivery, 2, 9, room).unwrap();
        let mut second = arrive(&delivery, 3, 0, room).unwrap();
        assert_eq!(gone_for(&mut first), None);
        let mut again = arrive(&delivery, 3, 0, room).unwrap();
        assert_eq!(gone_for(&mut second).as_deref(), Some("device 3"));
        assert_eq!(
            gone_for(&mut first),
            None,
            "the same device needs no more room"
        );
        let mut third = arrive(&delivery, 4, 0, room).unwrap();
        assert_eq!(gone_for(&mut first).as_deref(), Some("device 4"));
        for mailbox in [&mut other, &mut again, &mut third] {
            assert_eq!(gone_for(mailbox), None);
        }
        assert_eq!(
            delivery.online_resources(AccountId(1)),
            ["web_2", "web_3", "web_4"]
        );
    }

    #[test]
    fn or_the_new_one_is_refused() {
        let delivery = Delivery::default();
        let room = Room {
            devices_max: 1,
            refuse: true,
        };
        let mut first = arrive(&delivery, 1, 0, room).unwrap();
        assert!(arrive(&delivery, 2, 0, room).is_none());
        assert_eq!(gone_for(&mut first), None);
        assert!(arrive(&delivery, 2, 1, room).is_some(), "another platform");
        assert!(arrive(&delivery, 1, 0, room).is_some(), "the same device");
        assert_eq!(delivery.sessions(), 2);
    }

    #[test]
    fn the_last_session_is_told_apart() {
        let delivery = Delivery::default();
        let room = Room {
            devices_max: 4,
            refuse: false,
        };
        let mailboxes = [1, 2].map(|device| arrive(&delivery, device, 0, room));
        assert!(delivery.is_online(AccountId(1)) && !delivery.is_online(AccountId(2)));
        assert!(!delivery.unregister(AccountId(1), 0));
        assert!(delivery.unregister(AccountId(1), 1));
        assert!(!delivery.unregister(AccountId(1), 1), "it was gone");
        assert!(!delivery.is_online(AccountId(1)));
        drop(mailboxes);
    }
}
