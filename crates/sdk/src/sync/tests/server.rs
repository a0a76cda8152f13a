//! The server of the world: the reference store behind a small session.

use super::world::{APP_KEY, PAGE, World, now, queue};
use crate::store::Fact;
use crate::sync::engine::{Event, Listed};
use crate::wire::facts::FactPage;
use crate::wire::frames::Downstream;
use lacuna_domain::limits::{FACTS_PAGE_MAX, INBOX_PAGE_BYTES_MAX};
use lacuna_domain::{ConversationId, Direction, Name, Pos, Target, Version};
use lacuna_proto::meta::full_meta;
use lacuna_proto::notify_body;
use lacuna_proto::pb::{CommSyncDl, CommUnreadDl, Jid, Meta, MetaQueue};
use lacuna_store::{
    ConversationQuery, Cursor, CursorSave, EventItem, EventQuery, HistoryQuery, InboxQuery,
    Store as _,
};
use prost::Message as _;

impl World {
    pub(super) fn facts(&self, user: usize, since: u64) -> FactPage {
        let page = now(self
            .server
            .facts(self.accounts[user].id, Version(since), FACTS_PAGE_MAX));
        FactPage {
            facts: page
                .facts
                .into_iter()
                .map(|fact| Fact {
                    version: fact.version.0,
                    conversation: fact.target,
                    first: fact.from,
                    last: fact.to,
                    device: fact.resource,
                })
                .collect(),
            version: page.version.0,
            more: page.more,
        }
    }

    pub(super) fn answer_unread(&mut self, device: usize) {
        let account = self.accounts[self.user(device)].id;
        let me = self.accounts[self.user(device)].name.clone();
        let queues = now(self.server.queues(account, self.devices[device].id));
        let mut unread: Vec<MetaQueue> = queues
            .into_iter()
            .map(|due| {
                self.conversations
                    .insert(due.target.key(&me), due.conversation);
                MetaQueue {
                    queue: Some(queue(&due.target)),
                    n: Some(1),
                }
            })
            .collect();
        unread.push(MetaQueue {
            queue: Some(Jid::system()),
            n: Some(1),
        });
        self.devices[device]
            .inbox
            .push_back(Downstream::Unread(CommUnreadDl {
                unread,
                ..CommUnreadDl::default()
            }));
    }

    pub(super) fn answer_pull(&mut self, device: usize, queue: &Jid, key: Option<u64>) {
        if queue.name().is_empty() {
            return self.answer_events(device, key);
        }
        let user = self.user(device);
        let me = self.accounts[user].name.clone();
        let peer = Target::Peer(Name::new(queue.name()).unwrap());
        let conversation = self.conversation(&me, &peer);
        let id = self.devices[device].id;
        let key = key.filter(|key| *key > 0).map(Pos);
        if let Some(pos) = key {
            let cursor = Cursor::Conversation {
                conversation,
                pos,
                acked: pos,
            };
            now(self
                .server
                .save_cursors(vec![CursorSave { device: id, cursor }]));
        }
        let page = now(self.server.inbox(InboxQuery {
            account: self.accounts[user].id,
            device: id,
            conversation,
            after: key,
            limit: PAGE,
            bytes_max: INBOX_PAGE_BYTES_MAX,
        }));
        let metas: Vec<Meta> = page
            .entries
            .iter()
            .map(|entry| meta(&me, &peer, entry))
            .collect();
        let next_key = metas.last().map(Meta::id);
        let frame = CommSyncDl {
            queue: Some(queue.clone()),
            is_last: metas.is_empty().then_some(true),
            next_key,
            metas,
            ..CommSyncDl::default()
        };
        self.devices[device]
            .inbox
            .push_back(Downstream::Sync(frame));
    }

    fn conversation(&self, me: &Name, peer: &Target) -> ConversationId {
        let known = self.conversations.get(&peer.key(me));
        known
            .copied()
            .unwrap_or_else(|| panic!("{me} was told of {peer:?}"))
    }

    fn answer_events(&mut self, device: usize, key: Option<u64>) {
        let account = self.accounts[self.user(device)].id;
        let id = self.devices[device].id;
        let after = key.map(Version);
        if let Some(version) = after {
            let cursor = Cursor::Events(version);
            now(self
                .server
                .save_cursors(vec![CursorSave { device: id, cursor }]));
        }
        let page = now(self.server.events(EventQuery {
            account,
            device: id,
            after,
            limit: 1,
        }));
        let metas: Vec<Meta> = page.items.iter().map(event).collect();
        let frame = CommSyncDl {
            queue: Some(Jid::system()),
            is_last: metas.is_empty().then_some(true),
            next_key: (!metas.is_empty()).then_some(page.scanned.0),
            metas,
            ..CommSyncDl::default()
        };
        self.devices[device]
            .inbox
            .push_back(Downstream::Sync(frame));
    }

    pub(super) fn list(&self, device: usize, cursor: Option<&str>) -> Event {
        assert!(cursor.is_none(), "a page is enough here");
        let page = now(self.server.conversations(ConversationQuery {
            account: self.accounts[self.user(device)].id,
            pinned_only: false,
            with_empty: false,
            cursor: None,
            limit: 50,
        }));
        let targets = page.rows.iter().map(|row| row.target.clone()).collect();
        let cursors = self.store(device).cursors(targets).wait().unwrap();
        let rows = page.rows.iter().zip(cursors).map(|(row, cursor)| {
            let newest = row.last.as_ref().map_or(Pos::ZERO, |entry| entry.pos);
            (row.target.clone(), newest, cursor)
        });
        Event::Listed(Listed {
            rows: rows.collect(),
            next: None,
        })
    }

    pub(super) fn history(
        &self,
        device: usize,
        target: &Target,
        from: Option<Pos>,
        direction: Direction,
    ) -> (Vec<Meta>, bool) {
        let me = &self.accounts[self.user(device)];
        let page = now(self.server.history(HistoryQuery {
            from,
            ..HistoryQuery::new(
                me.id,
                me.name.clone(),
                self.app,
                target.clone(),
                direction,
                PAGE,
            )
        }));
        let metas = page
            .entries
            .iter()
            .map(|entry| meta(&me.name, target, entry));
        (metas.collect(), page.next.is_some())
    }
}

fn meta(me: &Name, peer: &Target, entry: &lacuna_store::Entry) -> Meta {
    let to = if entry.sender == *me {
        peer.id()
    } else {
        me.as_str()
    };
    let full = full_meta(
        entry.pos.0,
        &Jid::user(APP_KEY, entry.sender.as_str()),
        &Jid::user(APP_KEY, to),
        entry.pos.time().0,
        &entry.body,
    );
    Meta::decode(full).unwrap()
}

fn event(item: &EventItem) -> Meta {
    let body = match item {
        EventItem::Event { body, .. } => body.clone(),
        EventItem::Deletions {
            target, resource, ..
        } => notify_body(&serde_json::json!({
            "type": "roaming_delete",
            "data": {"to": target.id(), "chatType": "chat", "resource": resource},
        })),
    };
    let full = full_meta(1, &Jid::system(), &Jid::system(), 1, &body);
    Meta::decode(full).unwrap()
}
