//! What a device does with what the server tells it. Plain code: events go in, [`Step`]s come out, in order.
//!
//! The order is what makes it right:
//! - After every login: deletions first, then what a restored or long absent device lacks, then the queues.
//! - A page that speaks of deletions is taken in, told and acknowledged after the deletions themselves were applied; a crash
//!   between any two steps repeats them.
//! - Deletions are read as facts since the version that the store has persisted, never as operations: whatever was missed,
//!   one read has it all.

use super::pulls::{Pull, Pulls};
use crate::store::{Facts, Page, Progress, Source};
use crate::types::{ConversationChange, Happening, Kick};
use crate::wire::frames::{Admission, Downstream};
use crate::wire::incoming::{self, Incoming};
use lacuna_domain::{GroupId, Name, Pos, Target};
use lacuna_proto::pb::{CommSyncDl, CommUnreadDl, Jid};
use std::cmp::Reverse;
use std::collections::BTreeSet;

/// Something that the engine is told.
#[derive(Debug)]
pub(crate) enum Event {
    /// The server let the device in; this is how far the store has come.
    Admitted(Admission, Progress),
    /// A frame came.
    Frame(Downstream),
    /// A page of facts was applied; whether there are more.
    Applied(bool),
    /// A page of the conversation list was read.
    Listed(Listed),
    /// A page of a conversation's history was read, oldest first.
    History {
        /// Which.
        target: Target,
        /// Its messages.
        items: Vec<Incoming>,
        /// The position it goes up to; none for an empty one.
        last: Option<Pos>,
        /// Whether there is more.
        more: bool,
    },
}

/// A page of the server's conversation list beside what this device has.
#[derive(Debug)]
pub(crate) struct Listed {
    /// Each conversation, its newest message, and up to where it was delivered to this device.
    pub(crate) rows: Vec<(Target, Pos, Pos)>,
    /// Where the next page starts.
    pub(crate) next: Option<String>,
}

/// Something to do. The steps that a step calls for come before those that wait.
#[derive(Debug, PartialEq)]
pub(crate) enum Step {
    /// Ask which queues have something.
    AskUnread,
    /// Pull a queue; a key acknowledges what came.
    Pull(Pull),
    /// Read what was deleted since the store's version, apply it, tell it; then say [`Event::Applied`].
    Facts,
    /// Read a page of the conversation list; then say [`Event::Listed`].
    List(Option<String>),
    /// Read the messages of a conversation after a position; then say [`Event::History`].
    History(Target, Pos),
    /// Take a page in and tell what it brings.
    Take(PageOf),
    /// Note that the device has all that is due to it up to a position.
    Synced(Pos),
    /// The server has a message that was sent.
    Acked {
        /// The client's id.
        id: u64,
        /// The server's.
        server: Pos,
        /// As in [`Page`].
        acked: Pos,
    },
    /// The server refused a message.
    Refused {
        /// The client's id.
        id: u64,
        /// The status.
        code: i32,
        /// The reason.
        reason: String,
    },
    /// Tell the observers.
    Tell(Happening),
    /// The server logs the device out for good.
    End(Kick),
}

/// A page to take in. Compared by what it goes up to, which is enough for tests.
#[derive(Debug)]
pub(crate) struct PageOf(pub(crate) Page);

impl PartialEq for PageOf {
    fn eq(&self, other: &Self) -> bool {
        self.0.cursor == other.0.cursor && self.0.items.len() == other.0.items.len()
    }
}

/// The state of one connection. A new connection has a new one; what must last is in the store.
#[derive(Debug)]
pub(crate) struct Engine {
    me: Name,
    pulls: Pulls,
    admitted: Option<Admission>,
    /// Whether the device may lack messages that it had acknowledged or sent once.
    lacks: bool,
    /// The highest position that the device acknowledged or sent.
    reached: Pos,
    /// The part of it that the store has, or will have after the steps so far.
    noted: Pos,
    /// Conversations whose messages are to be read after a position, before the queues are: each behind its newest message,
    /// the one with the oldest last.
    fills: Vec<(Pos, Target, Pos)>,
    /// Those that were found so far.
    found: BTreeSet<Target>,
    live: bool,
    syncing: Syncing,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Syncing {
    /// The queues were not listed yet.
    Not,
    /// What was due at login is coming.
    Started,
    /// It is here.
    Done,
}

impl Engine {
    /// The engine of a new connection of a user.
    pub(crate) fn new(me: Name) -> Self {
        Self {
            me,
            pulls: Pulls::default(),
            admitted: None,
            lacks: false,
            reached: Pos::ZERO,
            noted: Pos::ZERO,
            fills: Vec::new(),
            found: BTreeSet::new(),
            live: false,
            syncing: Syncing::Not,
        }
    }

    /// Whether what was due when the device logged in is here.
    #[cfg(any(test, fuzzing))]
    pub(crate) fn is_in_step(&self) -> bool {
        self.syncing == Syncing::Done && self.pulls.idle()
    }

    /// What to do now that this happened.
    pub(crate) fn handle(&mut self, event: Event) -> Vec<Step> {
        match event {
            Event::Admitted(admission, progress) => self.admitted(admission, progress),
            Event::Frame(frame) => self.frame(frame),
            Event::Applied(true) => vec![Step::Facts],
            Event::Applied(false) if self.live => Vec::new(),
            Event::Applied(false) => self.after_facts(),
            Event::Listed(listed) => self.listed(listed),
            Event::History {
                target,
                items,
                last,
                more,
            } => self.history(target, items, last, more),
        }
    }

    // --- after a login ----------------------------------------------------------------------------------------------

    fn admitted(&mut self, admission: Admission, progress: Progress) -> Vec<Step> {
        // A server that says nothing of this has forgotten nothing, either.
        let acked = admission.acked.unwrap_or_default();
        self.lacks = progress.synced && acked > progress.acked;
        // What was there before a new device is not due to it.
        self.noted = if progress.synced {
            progress.acked
        } else {
            acked
        };
        self.reached = acked.max(self.noted);
        let current = admission.version == Some(progress.version) && progress.synced;
        self.admitted = Some(admission);
        if current {
            self.after_facts()
        } else {
            vec![Step::Facts]
        }
    }

    fn after_facts(&mut self) -> Vec<Step> {
        if self.lacks {
            vec![Step::List(None)]
        } else {
            self.go_live()
        }
    }

    /// INVARIANT L5: a device that was restored from an old copy, or was away until the server forgot its cursors, reads
    /// what it lacks from history, each conversation from where its own cursor stands. The queues come after that: their
    /// pages would move the cursors past the gap. Test: `a_restored_device_fills_its_gaps_before_its_queues`.
    ///
    /// All of the list is read: it goes by the newest message, and what was filled before a crash, or came while it was filled,
    /// stands above gaps. A message that comes while the list is read takes its conversation from a later page to the first:
    /// so it is read again until it shows nothing new. Test: `gaps_are_filled_from_the_oldest_and_looked_for_again`.
    fn listed(&mut self, listed: Listed) -> Vec<Step> {
        for (target, newest, cursor) in listed.rows {
            if newest > cursor && self.found.insert(target.clone()) {
                self.fills.push((newest, target, cursor));
            }
        }
        match listed.next {
            Some(next) => vec![Step::List(Some(next))],
            None if self.fills.is_empty() => self.go_live(),
            None => {
                self.fills.sort_by_key(|(newest, ..)| Reverse(*newest));
                self.fill()
            }
        }
    }

    fn fill(&mut self) -> Vec<Step> {
        match self.fills.pop() {
            Some((_, target, cursor)) => vec![Step::History(target, cursor)],
            None => vec![Step::List(None)],
        }
    }

    fn history(
        &mut self,
        target: Target,
        items: Vec<Incoming>,
        last: Option<Pos>,
        more: bool,
    ) -> Vec<Step> {
        let mut steps = Vec::new();
        if let Some(last) = last {
            if more {
                self.fills.push((last, target.clone(), last));
            }
            steps.push(Step::Take(PageOf(Page {
                source: Source::Queue,
                cursor: Some((target, last)),
                acked: Pos::ZERO,
                items,
            })));
        }
        steps.extend(self.fill());
        steps
    }

    fn go_live(&mut self) -> Vec<Step> {
        self.live = true;
        vec![Step::Synced(self.noted), Step::AskUnread]
    }

    /// INVARIANT L5: a position is noted only when nothing is on its way that may be before it. A copy of the store that
    /// were made in between would be told at its next login that it lacks nothing. Until then it may be told that it lacks
    /// something when it does not, which costs a look at the list. Test: `what_is_noted_hides_nothing_on_its_way`.
    fn reach(&mut self, pos: Pos, queue: &str) -> Pos {
        self.reached = self.reached.max(pos);
        if self.syncing == Syncing::Done && self.pulls.alone(queue) {
            self.noted = self.reached;
            return self.noted;
        }
        Pos::ZERO
    }

    // --- frames -----------------------------------------------------------------------------------------------------

    fn frame(&mut self, frame: Downstream) -> Vec<Step> {
        match frame {
            Downstream::Unread(reply) => self.unread(reply),
            Downstream::Notice(queue) => self
                .pulls
                .notice(queue)
                .map(Step::Pull)
                .into_iter()
                .collect(),
            Downstream::Sync(frame) if frame.meta_id() > 0 => vec![self.answer(&frame)],
            Downstream::Sync(page) => self.page(page),
            Downstream::Provision(_) | Downstream::Other => Vec::new(),
        }
    }

    fn unread(&mut self, reply: CommUnreadDl) -> Vec<Step> {
        let mut steps = Vec::new();
        let pulls = self.pulls.unread(reply.unread);
        if self.syncing == Syncing::Not {
            self.syncing = Syncing::Started;
            if !pulls.is_empty() {
                steps.push(Step::Tell(Happening::SyncStarted));
            }
        }
        steps.extend(pulls.into_iter().map(Step::Pull));
        self.finish(&mut steps);
        steps
    }

    fn finish(&mut self, steps: &mut Vec<Step>) {
        if self.syncing == Syncing::Started && self.pulls.idle() {
            self.syncing = Syncing::Done;
            steps.push(Step::Tell(Happening::SyncFinished));
        }
        if self.noted < self.reached && self.reach(Pos::ZERO, "") > Pos::ZERO {
            steps.push(Step::Synced(self.noted));
        }
    }

    fn page(&mut self, mut page: CommSyncDl) -> Vec<Step> {
        let metas = std::mem::take(&mut page.metas);
        let items: Vec<Incoming> = metas
            .into_iter()
            .map(|meta| incoming::read(meta, &self.me))
            .collect();
        let mut steps = Vec::new();
        if let Some(kick) = kick(&items) {
            return vec![Step::End(kick)];
        }
        if items.iter().any(speaks_of_deletions) {
            steps.push(Step::Facts);
        }
        let acknowledges = self.pulls.page(&page);
        if !items.is_empty() {
            let cursor = page
                .next_key
                .filter(|key| *key > 0)
                .and_then(|key| Some((target(page.queue.as_ref()?)?, Pos(key))));
            let acked = cursor
                .as_ref()
                .map_or(Pos::ZERO, |(target, up_to)| self.reach(*up_to, target.id()));
            steps.push(Step::Take(PageOf(Page {
                source: Source::Queue,
                cursor,
                acked,
                items,
            })));
        }
        steps.extend(acknowledges.map(Step::Pull));
        self.finish(&mut steps);
        steps
    }

    fn answer(&mut self, frame: &CommSyncDl) -> Step {
        let (code, reason) = frame
            .status
            .as_ref()
            .map(|status| {
                (
                    status.error_code.unwrap_or_default(),
                    status.reason().to_owned(),
                )
            })
            .unwrap_or_default();
        let id = frame.meta_id();
        if code == 0 {
            let server = Pos(frame.server_id().min(Pos::MAX.0));
            let acked = self.reach(server, "");
            Step::Acked { id, server, acked }
        } else {
            Step::Refused { id, code, reason }
        }
    }
}

fn kick(items: &[Incoming]) -> Option<Kick> {
    items.iter().find_map(|item| {
        if let Incoming::Kick(kick) = item {
            Some(*kick)
        } else {
            None
        }
    })
}

fn speaks_of_deletions(item: &Incoming) -> bool {
    let unlisted = |change: &ConversationChange| *change == ConversationChange::Deleted;
    matches!(item, Incoming::Deleted { .. })
        || matches!(item, Incoming::ConversationChanged { change, .. } if unlisted(change))
}

/// The conversation that a queue is named after; none for the queue of events.
fn target(queue: &Jid) -> Option<Target> {
    if queue.is_group() {
        return Some(Target::Group(GroupId::new(queue.name())));
    }
    Name::new(queue.name()).ok().map(Target::Peer)
}

/// The facts of an answer to somebody who had those up to `since`, and whether more have to be read.
pub(crate) fn facts_of(page: crate::wire::facts::FactPage, since: u64) -> (Facts, bool) {
    let reached = page.facts.last().map(|fact| fact.version);
    let version = if page.more {
        reached.unwrap_or_default()
    } else {
        page.version
    };
    let facts = Facts {
        list: page.facts,
        since,
        version,
    };
    (facts, page.more)
}
