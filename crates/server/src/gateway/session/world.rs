//! A session, its client and a small log, moved step by step. Whatever the steps are: nothing is pushed twice, nothing out of
//! order, nothing deleted, no cursor passes what was not sent, and in the end everything is there.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a body of a fuzz target panics to say that something is wrong"
)]

use super::harness::{entry_from, name, own, page, published, pull, session};
use super::*;
use crate::delivery::{Kick, Publication};
use crate::service::{Refusal, SendReply};
use lacuna_domain::ErrorCode;
use lacuna_domain::limits::SESSION_SENDS_MAX;
use lacuna_proto::pb::{CommSyncDl, CommUnreadDl, MSync};
use lacuna_store::EventItem;
use prost::Message;
use std::collections::{BTreeSet, VecDeque};

const START: Millis = Millis(1_767_225_600_000);
const BOB: ConversationId = ConversationId(1);
/// Entries and events that a read finds at most.
const PAGE: usize = 2;

/// Something that happens to a session.
#[derive(Clone, Debug)]
pub(super) enum Step {
    /// An entry is appended, by this device or not.
    Append { mine: bool },
    /// The n-th publication that waits is told: they may overtake each other.
    Tell(usize),
    /// Every publication that waits is told at once.
    TellAll,
    /// The n-th entry is deleted; the event is told at once, as the driver does before anything else is sent.
    Delete(usize),
    /// A read takes its snapshot.
    Read,
    /// What was read is handed over.
    Answer,
    /// The client reads the next frame, and acknowledges or pulls.
    Client,
    /// The client pulls unasked.
    Pull,
    /// The client sends a keepalive.
    Keepalive,
    /// What a client may do that keeps to no rules, and what else may happen to it.
    Odd(Odd),
}

/// Steps that no client of ours takes, or that end a session.
#[derive(Clone, Debug)]
pub(super) enum Odd {
    /// The client pulls a queue with a key of its own invention.
    Key(&'static str, u64),
    /// The client sends a frame.
    Frame(Upstream),
    /// The membership is in doubt; the account came or went.
    Doubt { came: bool },
    /// An online-only message is published.
    Online,
    /// The oldest act that was submitted is done, or refused.
    Submitted { fine: bool },
    /// Time passes, in milliseconds.
    Pass(u64),
    /// The server ends the session.
    Kick,
}

/// The world around a session.
pub(super) struct World {
    session: Session,
    now: Millis,
    /// Positions and whether this device sent them.
    log: Vec<(u64, bool)>,
    deleted: BTreeSet<u64>,
    version: u64,
    stored: u64,
    stored_version: u64,
    waiting: Vec<Publication>,
    asked: VecDeque<Option<u64>>,
    read: Option<InboxPage>,
    asked_events: VecDeque<(u64, usize)>,
    listing: bool,
    frames: VecDeque<Bytes>,
    submitted: VecDeque<u64>,
    got: Vec<u64>,
    got_events: u64,
    online: u64,
    closed: bool,
}

impl World {
    pub(super) fn new() -> Self {
        Self {
            session: session(),
            now: START,
            log: Vec::new(),
            deleted: BTreeSet::new(),
            version: 0,
            stored: 0,
            stored_version: 0,
            waiting: Vec::new(),
            asked: VecDeque::new(),
            read: None,
            asked_events: VecDeque::new(),
            listing: false,
            frames: VecDeque::new(),
            submitted: VecDeque::new(),
            got: Vec::new(),
            got_events: 0,
            online: 0,
            closed: false,
        }
    }

    #[cfg(test)]
    pub(super) fn is_closed(&self) -> bool {
        self.closed
    }

    fn end(&self) -> u64 {
        self.log.last().map_or(0, |(pos, _)| *pos)
    }

    fn due(&self, after: u64) -> Vec<u64> {
        let due = |(pos, mine): &&(u64, bool)| *pos > after && !mine && !self.deleted.contains(pos);
        self.log.iter().filter(due).map(|(pos, _)| *pos).collect()
    }

    fn act(&mut self) {
        for output in self.session.outputs() {
            if self.closed {
                assert!(
                    matches!(output, Output::Save(_)),
                    "after its end a session does nothing: {output:?}"
                );
            }
            self.obey(output);
        }
        for queue in self.session.queues.values() {
            queue.window.assert_sound();
        }
        self.session.events.assert_sound();
    }

    fn obey(&mut self, output: Output) {
        match output {
            Output::Send(frame) => {
                self.check(&frame);
                self.frames.push_back(frame);
            }
            Output::ReadInbox(conversation, after) => {
                assert_eq!(conversation, BOB);
                assert!(
                    self.asked.is_empty() && self.read.is_none(),
                    "one read of a queue at a time"
                );
                self.asked.push_back(after.map(|pos| pos.0));
            }
            Output::ReadEvents(after, limit) => {
                assert!(self.asked_events.is_empty(), "one read at a time");
                self.asked_events.push_back((after.0, limit));
            }
            Output::ListQueues => self.listing = true,
            Output::Save(save) => self.save(save.cursor),
            Output::Submit(id, _) => {
                self.submitted.push_back(id);
                assert!(self.submitted.len() <= SESSION_SENDS_MAX);
            }
            Output::Close => self.closed = true,
        }
    }

    fn save(&mut self, cursor: Cursor) {
        match cursor {
            Cursor::Conversation { pos, acked, .. } => {
                assert!(acked <= pos, "what is acknowledged is delivered");
                assert!(
                    acked == Pos::ZERO || self.got.contains(&acked.0),
                    "{acked} is acknowledged and was not sent: {:?}",
                    self.got
                );
                assert!(pos.0 >= self.stored, "a cursor never goes back");
                let passed = self.due(0).into_iter().filter(|due| *due <= pos.0);
                let unsent: Vec<u64> = passed.filter(|due| !self.got.contains(due)).collect();
                assert!(unsent.is_empty(), "{unsent:?} passed by the cursor {pos}");
                self.stored = pos.0;
            }
            Cursor::Events(version) => {
                assert!(version.0 >= self.stored_version && version.0 <= self.version);
                assert!(version.0 <= self.got_events, "events that were never sent");
                self.stored_version = version.0;
            }
            Cursor::Sent(_) => {}
        }
    }

    fn sync(frame: &Bytes) -> Option<CommSyncDl> {
        let frame = MSync::decode(frame.clone()).unwrap();
        (frame.command == Some(0)).then(|| CommSyncDl::decode(frame.payload.unwrap()).unwrap())
    }

    /// When a page is encoded nothing in it may be deleted, come twice or be out of order.
    fn check(&mut self, frame: &Bytes) {
        let Some(page) = Self::sync(frame) else {
            return;
        };
        let events = page
            .queue
            .as_ref()
            .is_some_and(|queue| queue.name().is_empty());
        for meta in page.metas.iter().filter(|_| page.next_key.is_some()) {
            if events {
                let version = meta.id() - harness::BASE;
                assert!(version > self.got_events, "event {version} comes twice");
                self.got_events = version;
                continue;
            }
            let last = self.got.last().is_none_or(|last| *last < meta.id());
            assert!(last, "{} after {:?}", meta.id(), self.got);
            let deleted = self.deleted.contains(&meta.id());
            assert!(!deleted, "{} is deleted", meta.id());
            self.got.push(meta.id());
        }
    }

    pub(super) fn step(&mut self, step: Step) {
        match step {
            Step::Append { mine } => {
                let prev = self.end();
                let pos = prev + 1;
                self.log.push((pos, mine));
                self.waiting.push(if mine {
                    own(prev, pos)
                } else {
                    published(prev, pos)
                });
            }
            Step::Tell(nth) if nth < self.waiting.len() => {
                let told = self.waiting.remove(nth);
                self.session.publications(vec![told], self.now);
            }
            Step::Tell(_) => {}
            Step::TellAll => {
                let told = std::mem::take(&mut self.waiting);
                self.session.publications(told, self.now);
            }
            Step::Delete(nth) => self.delete(nth),
            Step::Read => self.read(),
            Step::Answer => self.answer(),
            Step::Client => self.client(),
            Step::Pull => self.session.frame(pull("bob", None), self.now),
            Step::Keepalive => self.session.frame(Upstream::Unread, self.now),
            Step::Odd(odd) => self.odd(odd),
        }
        self.act();
    }

    fn delete(&mut self, nth: usize) {
        if let Some((pos, _)) = self.log.get(nth).copied()
            && self.deleted.insert(pos)
        {
            self.version += 1;
            let event = Publication::Events {
                version: Version(self.version),
                barrier: Pos(self.end()),
            };
            self.session.publications(vec![event], self.now);
        }
    }

    fn read(&mut self) {
        if let Some(after) = self.asked.pop_front() {
            let after = after.unwrap_or(self.stored);
            let due = self.due(after);
            let taken = &due[..due.len().min(PAGE)];
            let more = taken.len() < due.len();
            let scanned = if more {
                *taken.last().unwrap()
            } else {
                self.end().max(after)
            };
            self.read = Some(page(taken, scanned, more, self.version, self.end()));
        }
        if let Some((after, limit)) = self.asked_events.pop_front() {
            let rows = u64::try_from(PAGE.min(limit)).unwrap();
            let last = self.version.min(after + rows);
            let item = |version| EventItem::Event {
                version: Version(version),
                at: self.now,
                body: Bytes::from_static(b"\x28\x01"),
            };
            let page = EventPage {
                items: (after + 1..=last).map(item).collect(),
                scanned: Version(last),
                more: last < self.version,
            };
            self.session.events(&page, self.now);
        }
    }

    fn answer(&mut self) {
        if let Some(page) = self.read.take() {
            self.session.inbox(BOB, page, self.now);
        }
        if std::mem::take(&mut self.listing) {
            let count = self.due(self.stored).len();
            let bob = QueueUnread {
                conversation: BOB,
                target: Target::Peer(name("bob")),
                count,
            };
            let list = if count > 0 { vec![bob] } else { Vec::new() };
            self.session.queues(list, self.now);
        }
    }

    /// The client acknowledges pages, and pulls what it is told of.
    fn client(&mut self) {
        let Some(frame) = self.frames.pop_front() else {
            return;
        };
        let pulls: Vec<Upstream> = match Self::sync(&frame) {
            Some(page) if page.metas.is_empty() || page.next_key.is_none() => Vec::new(),
            Some(page) => vec![pull(page.queue.unwrap().name(), page.next_key)],
            None => {
                let frame = MSync::decode(frame).unwrap();
                if frame.command == Some(1) {
                    let reply = CommUnreadDl::decode(frame.payload.unwrap()).unwrap();
                    let queues = reply.unread.into_iter();
                    queues
                        .map(|listed| pull(listed.queue.unwrap().name(), None))
                        .collect()
                } else {
                    vec![pull("bob", None)]
                }
            }
        };
        for pull in pulls {
            self.session.frame(pull, self.now);
        }
    }

    fn odd(&mut self, odd: Odd) {
        match odd {
            Odd::Key(queue, key) => self.session.frame(pull(queue, Some(key)), self.now),
            Odd::Frame(frame) => self.session.frame(frame, self.now),
            Odd::Doubt { came } => {
                let doubt = Publication::Membership {
                    conversation: BOB,
                    member: came,
                };
                self.session.publications(vec![doubt], self.now);
            }
            Odd::Online => {
                self.online += 1;
                let entry = entry_from("bob", 80, BOB, 0, 1_000_000 + self.online);
                let online = Publication::Online(std::sync::Arc::new(entry));
                self.session.publications(vec![online], self.now);
            }
            Odd::Submitted { fine } => {
                if let Some(id) = self.submitted.pop_front() {
                    let reply = SendReply {
                        pos: Pos(self.end() + 1),
                        time: self.now,
                        in_history: true,
                        note: None,
                    };
                    let no = || Refusal::new(ErrorCode::UserNotFound, "x", "nobody");
                    let done = if fine { Ok(reply) } else { Err(no().into()) };
                    self.session.submitted(id, done, self.now);
                }
            }
            Odd::Pass(ms) => {
                self.now = self.now.plus(ms);
                self.session.tick(self.now);
            }
            Odd::Kick => {
                let kick = Publication::Kick(Kick::ByOtherDevice);
                self.session.publications(vec![kick], self.now);
            }
        }
    }

    /// From here on the client keeps to the rules, and nothing new happens: everything arrives and comes to rest.
    pub(super) fn settle(&mut self) {
        self.step(Step::TellAll);
        self.step(Step::Keepalive);
        for _ in 0..400 {
            self.step(Step::Read);
            self.step(Step::Answer);
            self.step(Step::Client);
        }
        if self.closed {
            return;
        }
        let quiet = self.frames.is_empty() && self.asked.is_empty() && self.read.is_none();
        assert!(quiet, "the queue never comes to rest");
        let missing = self.due(0).into_iter();
        let missing: Vec<u64> = missing.filter(|pos| !self.got.contains(pos)).collect();
        assert!(
            missing.is_empty(),
            "{missing:?} never arrived, got {:?}",
            self.got
        );
        assert_eq!(self.due(self.stored), Vec::<u64>::new());
        assert_eq!(self.stored_version, self.version, "events that wait");
    }
}
