//! Any bytes as what a server says to an engine: the body of the fuzz target `sync`.
#![expect(
    clippy::unwrap_used,
    reason = "a body of a fuzz target panics to say that something is wrong"
)]

use super::engine::{Engine, Event, Listed, PageOf, Step};
use crate::store::Progress;
use crate::wire::frames::{self, Admission, Downstream};
use crate::wire::{body, incoming};
use bytes::Bytes;
use lacuna_domain::{Name, Pos, Target};
use lacuna_proto::pb::{CommSyncDl, CommUnreadDl, Jid, MessageBody, Meta, MetaQueue, Status};
use lacuna_proto::{chat_body, notify_body};
use prost::Message as _;
use serde_json::json;
use std::collections::{BTreeMap, HashSet, VecDeque};

/// Frames that one input may send.
const FRAMES_MAX: usize = 150;
/// Pages of facts, of the list and of history that one login may read.
const READS_MAX: usize = 40;
/// As in the pull cycle.
const PULLED_AT_ONCE_MAX: usize = 64;

/// Lets an engine in and sends it frames, as the bytes say; then every queue comes to its end.
///
/// # Panics
/// If a page that speaks of deletions is taken in before they were read, if a page is not acknowledged, if too many queues are
/// pulled at once, if a position is noted while something before it may be on its way, or if the engine never comes to rest.
pub fn sync(input: &[u8]) {
    let mut bytes = Input(input);
    let (theirs, ours, flags) = (bytes.next(), bytes.next(), bytes.next());
    let admission = Admission {
        account: None,
        resource: "phone".to_owned(),
        expires: None,
        acked: (flags & 1 == 0).then_some(Pos(theirs.into())),
        version: (flags & 2 == 0).then_some(u64::from(flags >> 4)),
    };
    let progress = Progress {
        version: u64::from(flags >> 6),
        acked: Pos(ours.into()),
        synced: flags & 4 == 0,
    };
    let start = admission.acked.unwrap_or_default().max(progress.acked);
    let mut server = Server::new(bytes, start);
    server.tell(Event::Admitted(admission, progress));
    assert!(server.ended || server.asked, "the queues are asked for");
    for _ in 0..FRAMES_MAX {
        if server.ended || server.bytes.0.is_empty() {
            break;
        }
        let frame = server.frame();
        if let Some(frame) = frame {
            server.tell(Event::Frame(frame));
        }
    }
    server.settle();
}

struct Input<'a>(&'a [u8]);

impl Input<'_> {
    fn next(&mut self) -> u8 {
        let (first, rest) = self.0.split_first().unwrap_or((&0, &[]));
        self.0 = rest;
        *first
    }

    fn take(&mut self, count: usize) -> Bytes {
        let (taken, rest) = self.0.split_at(count.min(self.0.len()));
        self.0 = rest;
        Bytes::copy_from_slice(taken)
    }
}

struct Server<'a> {
    bytes: Input<'a>,
    engine: Engine,
    /// Queues that the engine pulls, and the key it named last.
    pulled: BTreeMap<String, Option<u64>>,
    /// Queues that it was told of and has not pulled yet.
    waiting: HashSet<String>,
    reads: usize,
    /// Deletions were read since the last frame was told.
    facts: bool,
    asked: bool,
    ended: bool,
    /// The highest position that was named to the engine, and the highest that it noted.
    highest: Pos,
    noted: Pos,
    /// What the engine may note whatever is on its way.
    start: Pos,
}

impl<'a> Server<'a> {
    fn new(bytes: Input<'a>, start: Pos) -> Self {
        Self {
            bytes,
            engine: Engine::new(Name::new("alice").unwrap()),
            pulled: BTreeMap::new(),
            waiting: HashSet::new(),
            reads: 0,
            facts: false,
            asked: false,
            ended: false,
            highest: start,
            noted: Pos::ZERO,
            start,
        }
    }

    /// Tells the engine something, and does what it says.
    fn tell(&mut self, event: Event) {
        self.facts = false;
        let (closes, is_page) = self.expect(&event);
        let mut steps = VecDeque::from(self.engine.handle(event));
        let mut acknowledged = false;
        while let Some(step) = steps.pop_front() {
            if let Step::Pull(pull) = &step {
                acknowledged |= Some(pull.queue.name()) == is_page.as_deref() && pull.key.is_some();
            }
            let more = self.step(step);
            for step in more.into_iter().rev() {
                steps.push_front(step);
            }
        }
        if is_page.is_some() && !self.ended {
            assert!(
                acknowledged != closes,
                "a page is acknowledged, its last is not"
            );
        }
    }

    /// Notes what a frame says. Whether it is the last page of a queue, and of which queue it is a page.
    fn expect(&mut self, event: &Event) -> (bool, Option<String>) {
        let Event::Frame(frame) = event else {
            return (false, None);
        };
        match frame {
            Downstream::Unread(reply) => {
                let queues = reply.unread.iter().filter_map(|row| row.queue.as_ref());
                self.waiting
                    .extend(queues.map(|queue| queue.name().to_owned()));
            }
            Downstream::Notice(queue) => {
                self.waiting.insert(queue.name().to_owned());
            }
            Downstream::Sync(answer) if answer.meta_id() > 0 => {
                self.highest = self.highest.max(Pos(answer.server_id()));
            }
            Downstream::Sync(page) => {
                let name = page.queue.as_ref().map(Jid::name).unwrap_or_default();
                self.highest = self.highest.max(Pos(page.next_key()));
                let code = page.status.as_ref().and_then(|status| status.error_code);
                let closes = page.is_last() || code.is_some_and(|code| code != 0);
                if closes {
                    self.pulled.remove(name);
                }
                return (closes, Some(name.to_owned()));
            }
            Downstream::Provision(_) | Downstream::Other => {}
        }
        self.waiting.retain(|name| !self.pulled.contains_key(name));
        (false, None)
    }

    fn step(&mut self, step: Step) -> Vec<Step> {
        let read = matches!(step, Step::Facts | Step::List(_) | Step::History(..));
        self.reads += usize::from(read);
        let more = self.reads < READS_MAX && self.bytes.next() & 3 == 3;
        match step {
            Step::AskUnread => self.asked = true,
            Step::Pull(pull) => {
                let name = pull.queue.name().to_owned();
                let room = self.pulled.len() < PULLED_AT_ONCE_MAX;
                assert!(room || pull.key.is_some() || name.is_empty(), "too many");
                self.waiting.remove(&name);
                self.pulled.insert(name, pull.key);
            }
            Step::Facts => {
                self.facts = true;
                return self.engine.handle(Event::Applied(more));
            }
            Step::List(_) => {
                let rows = (0..self.bytes.next() % 4).map(|nth| {
                    let target = Target::Peer(Name::new(&format!("u{nth}")).unwrap());
                    let (newest, cursor) = (self.bytes.next(), self.bytes.next());
                    (target, Pos(newest.into()), Pos(cursor.into()))
                });
                let listed = Listed {
                    rows: rows.collect(),
                    next: more.then(|| "next".to_owned()),
                };
                return self.engine.handle(Event::Listed(listed));
            }
            Step::History(target, after) => {
                let last = (self.bytes.next() & 1 == 0).then(|| Pos(after.0.saturating_add(1)));
                let history = Event::History {
                    target,
                    items: Vec::new(),
                    last,
                    more,
                };
                return self.engine.handle(history);
            }
            Step::Take(PageOf(page)) => {
                let deletes = page
                    .items
                    .iter()
                    .any(|item| matches!(item, incoming::Incoming::Deleted { .. }));
                assert!(
                    !deletes || self.facts,
                    "deletions are read before they are told"
                );
                let queue = page
                    .cursor
                    .as_ref()
                    .map(|(target, _)| target.id().to_owned());
                self.note(page.acked, queue.as_deref());
            }
            Step::Synced(pos) => self.note(pos, None),
            Step::Acked { acked, .. } => self.note(acked, None),
            Step::End(_) => self.ended = true,
            Step::Refused { .. } | Step::Tell(_) => {}
        }
        Vec::new()
    }

    /// INVARIANT L5: what is noted hides nothing that is on its way.
    fn note(&mut self, pos: Pos, queue: Option<&str>) {
        if pos == Pos::ZERO || pos <= self.start.max(self.noted) {
            return;
        }
        assert!(pos <= self.highest, "nothing named {pos}");
        let mut others = self.pulled.keys().chain(&self.waiting);
        let other = others.find(|name| !name.is_empty() && Some(name.as_str()) != queue);
        assert_eq!(other, None, "it may hold something before {pos}");
        self.noted = pos;
    }

    /// The next frame that the bytes say.
    fn frame(&mut self) -> Option<Downstream> {
        let (which, operand) = (self.bytes.next(), self.bytes.next());
        let queue = Self::queue(operand);
        Some(match which % 12 {
            0 => Downstream::Notice(queue),
            1 => {
                let count = if operand == 255 { 100 } else { operand % 8 };
                let row = |nth| MetaQueue {
                    queue: Some(Self::queue(nth + 1)),
                    n: Some(1),
                };
                Downstream::Unread(CommUnreadDl {
                    unread: (0..count).map(row).collect(),
                    ..CommUnreadDl::default()
                })
            }
            2..=5 => {
                let metas: Vec<Meta> = (0..=which >> 6).map(|_| self.meta()).collect();
                let next_key = metas.last().map(Meta::id).filter(|_| which & 32 == 0);
                Self::page(queue, metas, next_key, false, 0)
            }
            6..=7 => Self::page(queue, Vec::new(), None, true, 0),
            8 => Self::page(queue, Vec::new(), None, false, (operand & 1).into()),
            9 | 10 => Downstream::Sync(CommSyncDl {
                meta_id: Some(u64::from(operand) + 1),
                server_id: Some(self.bytes.next().into()),
                status: Some(Status {
                    error_code: Some(i32::from(which >> 7)),
                    ..Status::default()
                }),
                ..CommSyncDl::default()
            }),
            _ => {
                let frame = self.bytes.take(operand.into());
                return frames::decode(frame).ok();
            }
        })
    }

    fn queue(number: u8) -> Jid {
        match number {
            0 => Jid::system(),
            1..=200 => Jid::user("test#app", &format!("u{number}")),
            _ => Jid::group("test#app", &number.to_string()),
        }
    }

    fn page(
        queue: Jid,
        metas: Vec<Meta>,
        next_key: Option<u64>,
        last: bool,
        code: i32,
    ) -> Downstream {
        Downstream::Sync(CommSyncDl {
            queue: Some(queue),
            metas,
            next_key,
            is_last: last.then_some(true),
            status: (code != 0).then(|| Status {
                error_code: Some(code),
                ..Status::default()
            }),
            ..CommSyncDl::default()
        })
    }

    /// A message, an event, or what the bytes spell out.
    fn meta(&mut self) -> Meta {
        let (which, id) = (self.bytes.next(), self.bytes.next());
        let event = match which % 6 {
            0 | 1 => {
                let payload = MessageBody::default().encode_to_vec();
                Meta::decode(chat_body(payload.into(), None)).unwrap()
            }
            2 => Meta::decode(notify_body(
                &json!({"type": "roaming_delete", "data": {"chatType": "chat", "to": "u1"}}),
            ))
            .unwrap(),
            3 => Meta::decode(notify_body(
                &json!({"type": "conv", "data": {"op": "del", "id": "u1", "type": "chat"}}),
            ))
            .unwrap(),
            _ => Meta {
                ns: Some(i32::from(which >> 5)),
                payload: Some(self.bytes.take(usize::from(id) % 48)),
                ..Meta::default()
            },
        };
        let (read, _) = body::read(event.payload.as_deref().unwrap_or_default());
        drop(read);
        Meta {
            id: Some(id.into()),
            from: Some(Jid::user("test#app", "u1")),
            to: Some(Jid::user("test#app", "alice")),
            ..event
        }
    }

    /// Every queue comes to its end, until none is pulled.
    fn settle(&mut self) {
        self.bytes = Input(&[]);
        self.tell(Event::Frame(Downstream::Unread(CommUnreadDl::default())));
        while !self.ended {
            let Some((name, _)) = self.pulled.pop_first() else {
                break;
            };
            let queue = Jid {
                name: Some(name),
                ..Jid::system()
            };
            self.tell(Event::Frame(Self::page(queue, Vec::new(), None, true, 0)));
        }
        assert!(
            self.ended || self.engine.is_in_step(),
            "it never comes to rest"
        );
    }
}
