//! Random interleavings of a session, its client and a small log: nothing twice, nothing out of order, nothing deleted,
//! and in the end everything.

use super::harness::{name, own, page, published, pull, session};
use super::*;
use crate::delivery::Publication;
use lacuna_proto::pb::{CommSyncDl, MSync};
use proptest::prelude::*;
use prost::Message;
use std::collections::{BTreeSet, VecDeque};

const NOW: Millis = Millis(1_767_225_600_000);
const BOB: ConversationId = ConversationId(1);

#[derive(Clone, Copy, Debug)]
enum Step {
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
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => any::<bool>().prop_map(|mine| Step::Append { mine }),
        3 => (0usize..4).prop_map(Step::Tell),
        2 => Just(Step::TellAll),
        1 => (0usize..30).prop_map(Step::Delete),
        3 => Just(Step::Read),
        3 => Just(Step::Answer),
        5 => Just(Step::Client),
        1 => Just(Step::Pull),
        1 => Just(Step::Keepalive),
    ]
}

struct World {
    session: Session,
    /// Positions and whether this device sent them.
    log: Vec<(u64, bool)>,
    deleted: BTreeSet<u64>,
    version: u64,
    stored: u64,
    waiting: Vec<Publication>,
    asked: VecDeque<Option<u64>>,
    read: Option<InboxPage>,
    listing: bool,
    frames: VecDeque<Bytes>,
    got: Vec<u64>,
}

impl World {
    fn end(&self) -> u64 {
        self.log.last().map_or(0, |(pos, _)| *pos)
    }

    fn due(&self, after: u64) -> Vec<u64> {
        let due = |(pos, mine): &&(u64, bool)| *pos > after && !mine && !self.deleted.contains(pos);
        self.log.iter().filter(due).map(|(pos, _)| *pos).collect()
    }

    fn act(&mut self) {
        for output in self.session.outputs() {
            match output {
                Output::Send(frame) => {
                    self.check(&frame);
                    self.frames.push_back(frame);
                }
                Output::ReadInbox(_, after) => {
                    assert!(
                        self.asked.is_empty() && self.read.is_none(),
                        "one read of a queue at a time"
                    );
                    self.asked.push_back(after.map(|pos| pos.0));
                }
                Output::ReadEvents(..) => {
                    let page = EventPage {
                        items: Vec::new(),
                        scanned: Version(self.version),
                        more: false,
                    };
                    self.session.events(&page, NOW);
                }
                Output::ListQueues => self.listing = true,
                Output::Save(CursorSave {
                    cursor: Cursor::Conversation { pos, acked, .. },
                    ..
                }) => {
                    assert!(acked <= pos, "what is acknowledged is delivered");
                    assert!(
                        acked == Pos::ZERO || self.got.contains(&acked.0),
                        "{acked} is acknowledged and was not sent: {:?}",
                        self.got
                    );
                    assert!(pos.0 >= self.stored, "a cursor never goes back");
                    self.stored = pos.0;
                }
                Output::Save(_) => {}
                Output::Submit(..) | Output::Close => panic!("nothing was sent"),
            }
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
        for meta in &page.metas {
            assert!(
                self.got.last().is_none_or(|last| *last < meta.id()),
                "{} after {:?}",
                meta.id(),
                self.got
            );
            assert!(
                !self.deleted.contains(&meta.id()),
                "{} is deleted",
                meta.id()
            );
            self.got.push(meta.id());
        }
    }

    fn step(&mut self, step: Step) {
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
                self.session.publications(vec![told], NOW);
            }
            Step::Tell(_) => {}
            Step::TellAll => self
                .session
                .publications(std::mem::take(&mut self.waiting), NOW),
            Step::Delete(nth) => {
                if let Some((pos, _)) = self.log.get(nth).copied()
                    && self.deleted.insert(pos)
                {
                    self.version += 1;
                    let event = Publication::Events {
                        version: Version(self.version),
                        barrier: Pos(self.end()),
                    };
                    self.session.publications(vec![event], NOW);
                }
            }
            Step::Read => {
                if let Some(after) = self.asked.pop_front() {
                    let after = after.unwrap_or(self.stored);
                    let due = self.due(after);
                    let taken = &due[..due.len().min(2)];
                    let more = taken.len() < due.len();
                    let scanned = if more {
                        *taken.last().unwrap()
                    } else {
                        self.end().max(after)
                    };
                    self.read = Some(page(taken, scanned, more, self.version, self.end()));
                }
            }
            Step::Answer => {
                if let Some(page) = self.read.take() {
                    self.session.inbox(BOB, page, NOW);
                }
                if std::mem::take(&mut self.listing) {
                    let count = self.due(self.stored).len();
                    let bob = QueueUnread {
                        conversation: BOB,
                        target: Target::Peer(name("bob")),
                        count,
                    };
                    self.session
                        .queues(if count > 0 { vec![bob] } else { Vec::new() }, NOW);
                }
            }
            Step::Client => self.client(),
            Step::Pull => self.session.frame(pull("bob", None), NOW),
            Step::Keepalive => self.session.frame(Upstream::Unread, NOW),
        }
        self.act();
    }

    /// The client acknowledges pages, and pulls what it is told of.
    fn client(&mut self) {
        let Some(frame) = self.frames.pop_front() else {
            return;
        };
        let answer = match Self::sync(&frame) {
            Some(page) if page.metas.is_empty() => None,
            Some(page) => Some(pull("bob", page.next_key)),
            None => {
                let frame = MSync::decode(frame).unwrap();
                let unread = frame.command == Some(1);
                let lists = |payload| {
                    !lacuna_proto::pb::CommUnreadDl::decode(payload)
                        .unwrap()
                        .unread
                        .is_empty()
                };
                (!unread || lists(frame.payload.unwrap())).then(|| pull("bob", None))
            }
        };
        if let Some(answer) = answer {
            self.session.frame(answer, NOW);
        }
    }
}

proptest! {
    #[test]
    fn everything_due_arrives_once_in_order(steps in prop::collection::vec(step(), 0..120)) {
        let mut world = World {
            session: session(), log: Vec::new(), deleted: BTreeSet::new(), version: 0, stored: 0, waiting: Vec::new(),
            asked: VecDeque::new(), read: None, listing: false, frames: VecDeque::new(), got: Vec::new(),
        };
        for step in steps {
            world.step(step);
        }
        world.step(Step::TellAll);
        world.step(Step::Keepalive);
        for _ in 0..400 {
            world.step(Step::Read);
            world.step(Step::Answer);
            world.step(Step::Client);
        }
        let quiet = world.frames.is_empty() && world.asked.is_empty() && world.read.is_none();
        prop_assert!(quiet, "the queue never comes to rest");
        let missing: Vec<u64> = world.due(0).into_iter().filter(|pos| !world.got.contains(pos)).collect();
        prop_assert!(missing.is_empty(), "{:?} never arrived, got {:?}", missing, world.got);
        prop_assert_eq!(world.due(world.stored), Vec::<u64>::new());
    }
}
