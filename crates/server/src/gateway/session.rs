//! A session: what one connected device has been told, and what it is to be told next.
//!
//! Plain code: frames, publications and what the store answered go in, [`Output`]s come out, the present is an argument.
//!
//! INVARIANT L2: a page read before a deletion is not sent after the session was told of it (`version`), and an entry is not
//! pushed past the store if a deletion may hide it (`barrier`). Tests: `a_page_read_before_a_deletion_is_read_again`,
//! `an_entry_below_the_barrier_is_not_pushed`.

#[cfg(test)]
mod answers;
#[cfg(any(test, fuzzing))]
mod harness;
#[cfg(test)]
mod model;
#[cfg(any(test, fuzzing))]
pub(crate) mod play;
mod publications;
mod sends;
#[cfg(test)]
mod stream;
#[cfg(test)]
mod tests;
#[cfg(any(test, fuzzing))]
mod world;

use super::encode;
use super::outgoing::Submission;
use super::queue::{Answer, Scan, Turn, Window};
use crate::service::event_id;
use bytes::Bytes;
use lacuna_domain::limits::{
    EVENT_PAGE_MAX, INBOX_PAGE_BYTES_MAX, SESSION_IDLE_MS, SESSION_QUEUES_MAX,
};
use lacuna_domain::{AccountId, ConversationId, DeviceId, Millis, Name, Pos, Target, Version};
use lacuna_proto::frame::Upstream;
use lacuna_proto::page::{sync_page, unread_reply};
use lacuna_proto::pb::Jid;
use lacuna_store::{Cursor, CursorSave, DeviceState, EventPage, InboxPage, QueueUnread};
use publications::Gathered;
use sends::Sent;
use std::collections::HashMap;

/// Pulls of queues that the session has not heard of, waiting for the list of queues.
const PARKED_MAX: usize = 64;

/// Who a session belongs to.
#[derive(Clone, Debug)]
pub(super) struct Identity {
    /// The application's key, `org#name`.
    pub app_key: String,
    /// The account.
    pub account: AccountId,
    /// Its name.
    pub name: Name,
    /// Its name as it was registered.
    pub display: String,
    /// The device.
    pub device: DeviceId,
    /// What the client calls the device.
    pub resource: String,
}

/// What the session wants done, in order.
#[derive(Clone, Debug)]
pub(super) enum Output {
    /// Send a frame.
    Send(Bytes),
    /// Read what is due in a conversation, after a position or after the stored cursor.
    ReadInbox(ConversationId, Option<Pos>),
    /// Read the event stream after a version, so many rows at most.
    ReadEvents(Version, usize),
    /// List the conversations with something due.
    ListQueues,
    /// Do an act; the client calls it by this id.
    Submit(u64, Box<Submission>),
    /// Move a cursor.
    Save(CursorSave),
    /// End the session, after what was to be sent.
    Close,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Listed {
    /// The store has to be asked which queues have something due.
    Not,
    /// The store is asked.
    Asked,
    /// The session knows.
    Done,
}

#[derive(Debug, Default)]
struct Queue {
    /// How the client names it; not known before an entry or a page says it.
    target: Option<Target>,
    window: Window,
    /// The last entry it was told of that changes a message: a page read before that is stale.
    changed: Pos,
}

impl Queue {
    /// Its cursor, to be saved.
    fn cursor(&self, conversation: ConversationId) -> Cursor {
        Cursor::Conversation {
            conversation,
            pos: Pos(self.window.acked()),
            acked: Pos(self.window.taken()),
        }
    }
}

/// The state of a session.
#[derive(Debug)]
pub(super) struct Session {
    who: Identity,
    queues: HashMap<ConversationId, Queue>,
    names: HashMap<Box<str>, ConversationId>,
    events: Window,
    /// Rows of the next page of events.
    events_limit: usize,
    /// No entry that a known deletion may hide has a higher position.
    barrier: Pos,
    /// The account's version that the session was last told.
    version: Version,
    listed: Listed,
    /// Whether the client waits for the list.
    unread_asked: bool,
    parked: Vec<(Jid, Option<u64>)>,
    gathered: Option<Gathered>,
    sends: usize,
    sent: Sent,
    heard: Millis,
    closed: bool,
    out: Vec<Output>,
}

impl Session {
    /// The session of a device that just logged in.
    pub(super) fn new(who: Identity, state: DeviceState, now: Millis) -> Self {
        Self {
            who,
            queues: HashMap::new(),
            names: HashMap::new(),
            events: Window::at(state.event_cursor.0, state.version.0),
            events_limit: EVENT_PAGE_MAX,
            barrier: Pos::ZERO,
            version: state.version,
            listed: Listed::Not,
            unread_asked: false,
            parked: Vec::new(),
            gathered: None,
            sends: 0,
            sent: Sent::default(),
            heard: now,
            closed: false,
            out: Vec::new(),
        }
    }

    /// What is to be done since the last call.
    pub(super) fn outputs(&mut self) -> Vec<Output> {
        std::mem::take(&mut self.out)
    }

    /// How long the session may stay silent from `now` on, in milliseconds.
    pub(super) fn idle_left_ms(&self, now: Millis) -> u64 {
        SESSION_IDLE_MS.saturating_sub(now.0.saturating_sub(self.heard.0))
    }

    /// The client gave a sign of life.
    pub(super) fn heard(&mut self, now: Millis) {
        self.heard = self.heard.max(now);
    }

    /// Time has passed.
    pub(super) fn tick(&mut self, now: Millis) {
        if self.idle_left_ms(now) == 0 {
            self.close();
        }
    }

    fn emit(&mut self, output: Output) {
        if !self.closed {
            self.out.push(output);
        }
    }

    fn send(&mut self, frame: Bytes) {
        self.emit(Output::Send(frame));
    }

    fn close(&mut self) {
        self.emit(Output::Close);
        self.closed = true;
    }

    fn save(&mut self, cursor: Cursor) {
        self.emit(Output::Save(CursorSave {
            device: self.who.device,
            cursor,
        }));
    }

    // --- frames -----------------------------------------------------------------------------------------------------

    /// The client sent a frame.
    pub(super) fn frame(&mut self, frame: Upstream, now: Millis) {
        self.heard(now);
        match frame {
            Upstream::Unread => {
                self.unread_asked = true;
                if let Some(save) = self.unsaved_sent() {
                    self.out.push(Output::Save(save));
                }
                match self.listed {
                    Listed::Not => self.ask_for_list(),
                    Listed::Asked => {}
                    Listed::Done => self.answer_unread(&HashMap::new(), now),
                }
            }
            Upstream::Sync { meta, key, queue } => {
                if let Some(meta) = meta {
                    self.take(&meta.0, &meta.1, now);
                }
                if let Some(queue) = queue {
                    self.pull(queue, key, now);
                }
            }
            Upstream::Logout(_) => self.close(),
            Upstream::Provision { .. } | Upstream::Other(_) => {}
        }
    }

    // --- pulls ------------------------------------------------------------------------------------------------------

    fn pull(&mut self, queue: Jid, key: Option<u64>, now: Millis) {
        if queue.name().is_empty() {
            let base = event_id(self.who.account, Version::default());
            let turn = self.events.pull(key.map(|key| key.saturating_sub(base)));
            return self.answer_events(turn, now);
        }
        let name = queue.name().to_ascii_lowercase();
        if let Some(conversation) = self.names.get(name.as_str()).copied() {
            let turn = self
                .queues
                .get_mut(&conversation)
                .map(|queue| queue.window.pull(key));
            return turn
                .into_iter()
                .for_each(|turn| self.answer(conversation, turn, now));
        }
        match self.listed {
            // What the store listed and what was published since has a name: nothing waits here.
            Listed::Done => self.send(sync_page(&queue, &[], None, true, now.0)),
            Listed::Not | Listed::Asked if self.parked.len() >= PARKED_MAX => self.close(),
            Listed::Not => {
                self.parked.push((queue, key));
                self.ask_for_list();
            }
            Listed::Asked => self.parked.push((queue, key)),
        }
    }

    fn answer(&mut self, conversation: ConversationId, turn: Turn, now: Millis) {
        let Some(queue) = self.queues.get(&conversation) else {
            return;
        };
        let (cursor, target) = (queue.cursor(conversation), queue.target.clone());
        if turn.moved {
            self.save(cursor);
        }
        match (turn.answer, target) {
            (Answer::Read(after), _) => self.emit(Output::ReadInbox(conversation, after.map(Pos))),
            (Answer::Last, Some(target)) => self.send(sync_page(
                &encode::queue_jid(&self.who, &target),
                &[],
                None,
                true,
                now.0,
            )),
            (Answer::Last | Answer::Nothing | Answer::Page, _) => {}
        }
    }

    fn answer_events(&mut self, turn: Turn, now: Millis) {
        if turn.moved {
            self.save(Cursor::Events(Version(self.events.acked())));
        }
        match turn.answer {
            Answer::Read(after) => self.emit(Output::ReadEvents(
                Version(after.unwrap_or_default()),
                self.events_limit,
            )),
            Answer::Last => self.send(sync_page(&Jid::system(), &[], None, true, now.0)),
            Answer::Nothing | Answer::Page => {}
        }
    }

    // --- the list of queues -----------------------------------------------------------------------------------------

    fn ask_for_list(&mut self) {
        self.listed = Listed::Asked;
        self.emit(Output::ListQueues);
    }

    /// The store listed the conversations with something due.
    pub(super) fn queues(&mut self, list: Vec<QueueUnread>, now: Millis) {
        self.listed = Listed::Done;
        let mut counts = HashMap::with_capacity(list.len());
        for unread in list {
            if self.queue(unread.conversation, unread.target).is_some() {
                counts.insert(unread.conversation, unread.count);
            } else {
                // There is no room for it now: the next keepalive asks again.
                self.listed = Listed::Not;
            }
        }
        self.answer_unread(&counts, now);
        for (queue, key) in std::mem::take(&mut self.parked) {
            self.pull(queue, key, now);
        }
    }

    fn answer_unread(&mut self, counts: &HashMap<ConversationId, usize>, now: Millis) {
        if !std::mem::take(&mut self.unread_asked) {
            return;
        }
        let mut unread = Vec::new();
        if self.events.list(false) {
            unread.push((Jid::system(), 1));
        }
        for (conversation, queue) in &mut self.queues {
            let count = counts.get(conversation);
            let Some(target) = &queue.target else {
                continue;
            };
            if queue.window.list(count.is_some()) {
                let count = count.map_or(1, |count| u32::try_from(*count).unwrap_or(u32::MAX));
                unread.push((encode::queue_jid(&self.who, target), count));
            }
        }
        self.send(unread_reply(&unread, now.0));
    }

    /// The state of a queue, made if there is none yet. None if there are too many and none can be forgotten.
    fn queue(&mut self, conversation: ConversationId, target: Target) -> Option<&mut Queue> {
        if !self.make_room(conversation) {
            return None;
        }
        let queue = self.queues.entry(conversation).or_default();
        if queue.target.is_none() {
            self.names.insert(target.id().into(), conversation);
            queue.target = Some(target);
        }
        Some(queue)
    }

    fn make_room(&mut self, conversation: ConversationId) -> bool {
        if self.queues.len() < SESSION_QUEUES_MAX || self.queues.contains_key(&conversation) {
            return true;
        }
        let spare = self
            .queues
            .iter()
            .find(|(_, queue)| queue.window.is_spare())
            .map(|(conversation, _)| *conversation);
        let Some(queue) = spare.and_then(|spare| self.queues.remove(&spare)) else {
            return false;
        };
        if let Some(target) = queue.target {
            self.names.remove(target.id());
        }
        true
    }

    // --- what the store answered ------------------------------------------------------------------------------------

    /// The store read what is due in a conversation.
    pub(super) fn inbox(&mut self, conversation: ConversationId, page: InboxPage, now: Millis) {
        let Some(queue) = self.queues.get_mut(&conversation) else {
            return;
        };
        // INVARIANT L2: what was deleted or recalled since it was read may be in it.
        let stale = page.version < self.version || page.end < queue.changed;
        if queue.target.is_none() && !page.target.id().is_empty() {
            self.names.insert(page.target.id().into(), conversation);
            queue.target = Some(page.target);
        }
        if stale {
            let answer = queue.window.reread();
            return self.answer(
                conversation,
                Turn {
                    moved: false,
                    answer,
                },
                now,
            );
        }
        let due: Vec<u64> = page.entries.iter().map(|entry| entry.pos.0).collect();
        let scan = Scan {
            due: &due,
            scanned: page.scanned.0,
            more: page.more,
            end: page.end.0,
            direct: page.member,
        };
        let turn = queue.window.scanned(scan);
        let target = queue.target.clone();
        if let (Answer::Page, Some(target)) = (turn.answer, target) {
            let jid = encode::queue_jid(&self.who, &target);
            let meta = |entry: &lacuna_store::Entry| {
                let body = encode::body(entry);
                encode::entry(&self.who, &jid, entry.pos, &entry.sender, &body)
            };
            let metas: Vec<Bytes> = page.entries.iter().map(meta).collect();
            self.send(sync_page(&jid, &metas, due.last().copied(), false, now.0));
        }
        self.answer(conversation, turn, now);
    }

    /// The store read the event stream.
    pub(super) fn events(&mut self, page: &EventPage, now: Millis) {
        let metas: Vec<Bytes> = page
            .items
            .iter()
            .map(|item| encode::event(&self.who, item, now))
            .collect();
        let bytes: usize = metas.iter().map(Bytes::len).sum();
        if bytes > INBOX_PAGE_BYTES_MAX && metas.len() > 1 && self.events_limit > 1 {
            // One item may stand for many rows: only the store can cut the page.
            self.events_limit /= 2;
            let answer = self.events.reread();
            return self.answer_events(
                Turn {
                    moved: false,
                    answer,
                },
                now,
            );
        }
        self.events_limit = EVENT_PAGE_MAX;
        let due: Vec<u64> = page
            .items
            .iter()
            .map(|item| encode::version(item).0)
            .collect();
        let end = page.scanned.0;
        let turn = self.events.scanned(Scan {
            due: &due,
            scanned: end,
            more: page.more,
            end,
            direct: true,
        });
        if let (Answer::Page, Some(last)) = (turn.answer, due.last()) {
            let key = event_id(self.who.account, Version(*last));
            self.send(sync_page(&Jid::system(), &metas, Some(key), false, now.0));
        }
        self.answer_events(turn, now);
    }
}
