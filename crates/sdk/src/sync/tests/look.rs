//! Looking at the world: what users see, what devices hold, and letting everything arrive.

use super::world::{World, now};
use crate::store::{Find, Page, Source};
use lacuna_domain::{Direction, Pos, Target};
use lacuna_store::{HistoryQuery, Store as _};
use std::collections::BTreeSet;

impl World {
    /// The ids that a user sees on the server, of all conversations.
    pub(super) fn visible(&self, user: usize) -> BTreeSet<Pos> {
        let me = &self.accounts[user];
        let mut seen = BTreeSet::new();
        for other in self.accounts.iter().filter(|other| other.id != me.id) {
            let page = now(self.server.history(HistoryQuery::new(
                me.id,
                me.name.clone(),
                self.app,
                Target::Peer(other.name.clone()),
                Direction::Newer,
                10_000,
            )));
            assert!(page.next.is_none(), "a page is enough here");
            seen.extend(page.entries.iter().map(|entry| entry.pos));
        }
        seen
    }

    /// The ids of the messages that a device holds, those that no server has aside.
    pub(super) fn held(&self, device: usize) -> BTreeSet<Pos> {
        let find = Find {
            limit: 100_000,
            ..Find::default()
        };
        let found = self.store(device).find(find).wait().unwrap();
        found
            .iter()
            .map(|message| message.id)
            .filter(|id| !id.is_local())
            .collect()
    }

    /// What the local list says of itself must be what its messages say.
    pub(super) fn check_list(&self, device: usize) {
        let store = self.store(device);
        for conversation in store.conversations(true, 100, 0).wait().unwrap() {
            let find = Find {
                conversation: Some(conversation.target.clone()),
                limit: 100_000,
                ..Find::default()
            };
            let messages = store.find(find).wait().unwrap();
            assert_eq!(conversation.latest, messages.first().cloned());
            let unread = messages.iter().filter(|message| !message.is_read).count();
            assert_eq!(conversation.unread, u64::try_from(unread).unwrap());
        }
    }

    /// Connects every device and lets everything arrive.
    pub(super) fn settle(&mut self) {
        for device in 0..self.devices() {
            self.history_arrives(device);
            self.connect(device, usize::MAX);
        }
        for _ in 0..100_000 {
            let busy = (0..self.devices()).find(|device| !self.devices[*device].inbox.is_empty());
            match busy {
                Some(device) => self.deliver(device, usize::MAX),
                None => return,
            }
        }
        panic!("it does not end");
    }

    /// Reads all of the history on a device, as an app would that wants to see it.
    pub(super) fn read_everything(&mut self, device: usize) {
        for peer in 0..self.accounts.len() - 1 {
            let target = self.target(device, peer);
            let mut from = None;
            loop {
                let (metas, more) = self.history(device, &target, from, Direction::Older);
                from = metas.last().map(|meta| Pos(meta.id()));
                let items = metas.into_iter().rev().map(|meta| self.read(device, meta));
                let page = Page {
                    source: Source::History,
                    cursor: None,
                    acked: Pos::ZERO,
                    items: items.collect(),
                };
                self.store(device).take(page).wait().unwrap();
                if !more {
                    break;
                }
            }
        }
    }

    /// Whether the device is its user's first: the server gives it everything; later ones read history.
    pub(super) fn is_first(&self, device: usize) -> bool {
        self.devices[device].resource.ends_with("-0")
    }

    pub(super) fn user_of(&self, device: usize) -> usize {
        self.user(device)
    }
}
