//! What a session does with what it is told.

use super::super::encode;
use super::super::queue::{Offered, Turn};
use super::{Listed, Session};
use crate::delivery::{Kick, Publication, PublishedEntry};
use bytes::Bytes;
use lacuna_domain::limits::{INBOX_PAGE_BYTES_MAX, INBOX_PAGE_MAX};
use lacuna_domain::{ConversationId, Millis, Pos, Reader, Target, fresh};
use lacuna_proto::page::{notice, sync_page};
use lacuna_proto::pb::Jid;

/// A page that publications of one batch are gathered into.
#[derive(Debug)]
pub(super) struct Gathered {
    conversation: ConversationId,
    queue: Jid,
    metas: Vec<Bytes>,
    bytes: usize,
    last: Pos,
}

impl Session {
    /// The session was told of what happened. What one call tells is known before any of it is sent.
    pub(in super::super) fn publications(&mut self, batch: Vec<Publication>, now: Millis) {
        for publication in &batch {
            match publication {
                Publication::Events { version, barrier } => {
                    self.barrier = self.barrier.max(*barrier);
                    self.version = self.version.max(*version);
                    let answer = self.events.raise(version.0);
                    self.answer_events(
                        Turn {
                            moved: false,
                            answer,
                        },
                        now,
                    );
                }
                Publication::Membership {
                    conversation,
                    member,
                } => self.membership(*conversation, *member, now),
                Publication::Entry(entry) if entry.refers => {
                    // What it changes may stand before it: from here on only the store says how it is.
                    self.barrier = self.barrier.max(entry.pos);
                    if let Some(queue) = self.queues.get_mut(&entry.conversation) {
                        queue.changed = queue.changed.max(entry.pos);
                    }
                }
                Publication::Entry(_)
                | Publication::Online(_)
                | Publication::Passing { .. }
                | Publication::Kick(_) => {}
            }
        }
        let mut kick = None;
        for publication in batch {
            match publication {
                Publication::Entry(entry) => self.entry(&entry, now),
                Publication::Online(entry) => self.online(&entry, now),
                Publication::Passing { id, body } => {
                    let meta = encode::passing(&self.who, id, &body, now);
                    self.send(sync_page(&Jid::system(), &[meta], None, false, now.0));
                }
                Publication::Kick(why) => kick = kick.or(Some(why)),
                Publication::Events { .. } | Publication::Membership { .. } => {}
            }
        }
        self.push_gathered(now);
        if let Some(why) = kick {
            self.kick(why, now);
        }
    }

    fn kick(&mut self, why: Kick, now: Millis) {
        if let Some(frame) = encode::kick(&self.who, why, now) {
            self.send(frame);
        }
        self.close();
    }

    fn membership(&mut self, conversation: ConversationId, member: bool, now: Millis) {
        if member && !self.make_room(conversation) {
            self.listed = Listed::Not;
            return;
        }
        if member {
            self.queues.entry(conversation).or_default();
        }
        if let Some(queue) = self.queues.get_mut(&conversation) {
            let answer = queue.window.doubt(member);
            self.answer(
                conversation,
                Turn {
                    moved: false,
                    answer,
                },
                now,
            );
        }
    }

    fn reader(&self) -> Reader {
        Reader {
            account: self.who.account,
            device: self.who.device,
        }
    }

    fn entry(&mut self, entry: &PublishedEntry, now: Millis) {
        let due = entry.is_for(self.reader());
        let is_fresh = !entry.refers && fresh(entry.pos, self.barrier);
        let target = entry.key.target(&self.who.name);
        let queue = if due {
            self.queue(entry.conversation, target.clone())
        } else {
            self.queues.get_mut(&entry.conversation)
        };
        let Some(queue) = queue else {
            if due {
                // There is no room for it: the next keepalive asks the store.
                self.listed = Listed::Not;
            }
            return;
        };
        let offered = queue
            .window
            .offer(entry.prev_pos.0, entry.pos.0, due, is_fresh);
        let cursor = queue.cursor(entry.conversation);
        match offered {
            Offered::Nothing => {}
            Offered::Moved => self.save(cursor),
            Offered::Push => self.gather(entry, &target, now),
            Offered::Announce => self.send(notice(&encode::queue_jid(&self.who, &target))),
        }
    }

    fn gather(&mut self, entry: &PublishedEntry, target: &Target, now: Millis) {
        let fits = self.gathered.as_ref().is_some_and(|page| {
            let bytes = page.bytes + entry.body.len();
            page.conversation == entry.conversation
                && page.metas.len() < INBOX_PAGE_MAX
                && bytes <= INBOX_PAGE_BYTES_MAX
        });
        if !fits {
            self.push_gathered(now);
        }
        let page = self.gathered.get_or_insert_with(|| Gathered {
            conversation: entry.conversation,
            queue: encode::queue_jid(&self.who, target),
            metas: Vec::new(),
            bytes: 0,
            last: Pos::ZERO,
        });
        page.metas.push(encode::entry(
            &self.who,
            &page.queue,
            entry.pos,
            &entry.sender,
            &entry.body,
        ));
        page.bytes += entry.body.len();
        page.last = entry.pos;
    }

    fn push_gathered(&mut self, now: Millis) {
        if let Some(page) = self.gathered.take() {
            self.send(sync_page(
                &page.queue,
                &page.metas,
                Some(page.last.0),
                false,
                now.0,
            ));
        }
    }

    /// An online-only message: pushed without a key, since there is nothing to acknowledge.
    fn online(&mut self, entry: &PublishedEntry, now: Millis) {
        if entry.is_for(self.reader()) {
            let queue = encode::queue_jid(&self.who, &entry.key.target(&self.who.name));
            let meta = encode::entry(&self.who, &queue, entry.pos, &entry.sender, &entry.body);
            self.send(sync_page(&queue, &[meta], None, false, now.0));
        }
    }
}
