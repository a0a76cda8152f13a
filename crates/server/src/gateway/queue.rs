//! What one session knows of one queue: a conversation's entries, or the account's events. Positions are plain numbers here.
//!
//! A queue is *clean* if nothing that the session knows of waits in it. Everything at or before `sent` was pushed or is not due;
//! everything at or before `acked` has been taken by the client, too. The store is read from `sent` on.

#[cfg(any(test, fuzzing))]
use lacuna_domain::limits::EVENT_PAGE_MAX;
use lacuna_domain::limits::QUEUE_WINDOW_MAX;
use std::collections::VecDeque;

/// Entries that are skipped as soon as the one before them is here; beyond that the store is read.
const HELD_MAX: usize = 16;

/// What to do after an entry was published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Offered {
    /// Nothing.
    Nothing,
    /// Save the cursor: it went past an entry that is not for this reader.
    Moved,
    /// Push the entry.
    Push,
    /// Tell the client that something waits.
    Announce,
}

/// How to answer a client, or the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// Not now: an acknowledgement or a read will be answered.
    Nothing,
    /// That nothing waits.
    Last,
    /// Push the page that was read.
    Page,
    /// Read the store after this position; none for the device's stored cursor.
    Read(Option<u64>),
}

/// An answer, and whether the cursor has to be saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Turn {
    /// Whether `acked` went forward.
    pub moved: bool,
    /// The answer.
    pub answer: Answer,
}

/// What was read from the store.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scan<'a> {
    /// The positions that are due, ascending.
    pub due: &'a [u64],
    /// Everything at or before is in `due`, or not due.
    pub scanned: u64,
    /// Whether there may be more after `scanned`.
    pub more: bool,
    /// The log's end when it was read.
    pub end: u64,
    /// Whether the next entries may be pushed as they are published; if not, the store has to let each through.
    pub direct: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Phase {
    #[default]
    Idle,
    /// The client knows that something waits, and will pull.
    Announced,
    /// The store is being read.
    Reading {
        /// Whether the client waits for an answer.
        asked: bool,
        /// What was known to be there when the read began: the read covers it.
        head: u64,
        /// Whether the membership changed since: what comes is read again.
        stale: bool,
    },
}

/// The state of one queue.
#[derive(Debug, Default)]
pub(super) struct Window {
    /// Whether `acked` and `sent` mean something; if not, the cursor is in the store only.
    known: bool,
    direct: bool,
    /// The last position that the client itself acknowledged; `acked` goes past what is not due as well.
    taken: u64,
    acked: u64,
    sent: u64,
    /// The last position that is known to wait, or less than `sent`.
    head: u64,
    /// What was pushed and not acknowledged, ascending.
    unacked: VecDeque<u64>,
    /// Entries that are not due, each with the position before it: skipped when that is reached.
    held: Vec<(u64, u64)>,
    phase: Phase,
}

impl Window {
    /// A queue whose cursor is known, with everything up to `head` waiting.
    pub(super) fn at(cursor: u64, head: u64) -> Self {
        Self {
            known: true,
            direct: true,
            acked: cursor,
            sent: cursor,
            head,
            ..Self::default()
        }
    }

    /// The last position that the client acknowledged in this session; 0 for none.
    pub(super) fn taken(&self) -> u64 {
        self.taken
    }

    /// Everything at or before was taken by the client, or is not due to it.
    pub(super) fn acked(&self) -> u64 {
        self.acked
    }

    /// Whether the queue may be forgotten: its saved cursor says it all.
    pub(super) fn is_spare(&self) -> bool {
        self.phase == Phase::Idle && self.unacked.is_empty() && !self.waits()
    }

    fn is_behind(&self) -> bool {
        self.head > self.sent
    }

    /// Whether only the store can tell what comes next.
    fn waits(&self) -> bool {
        self.is_behind() || !self.held.is_empty()
    }

    /// An entry was published: at `pos`, after the one at `prev`, due to this device or not, newer than every deletion or not.
    pub(super) fn offer(&mut self, prev: u64, pos: u64, due: bool, fresh: bool) -> Offered {
        if self.known && pos <= self.sent {
            return Offered::Nothing;
        }
        if !due {
            return self.offer_skip(prev, pos);
        }
        let next = self.known && prev <= self.sent && !self.is_behind();
        if next
            && self.direct
            && fresh
            && self.phase == Phase::Idle
            && self.unacked.len() < QUEUE_WINDOW_MAX
        {
            self.unacked.push_back(pos);
            self.advance(pos);
            return Offered::Push;
        }
        self.head = self.head.max(pos);
        self.announce()
    }

    /// An entry that is not due: its place in the log is passed, now or when the entries before it are here.
    fn offer_skip(&mut self, prev: u64, pos: u64) -> Offered {
        if !self.known {
            return Offered::Nothing;
        }
        if prev <= self.sent && !matches!(self.phase, Phase::Reading { .. }) {
            self.advance(pos);
            return if self.settle() {
                Offered::Moved
            } else {
                Offered::Nothing
            };
        }
        self.held.push((prev, pos));
        if self.held.len() <= HELD_MAX {
            return Offered::Nothing;
        }
        self.held.clear();
        self.head = self.head.max(pos);
        self.announce()
    }

    fn announce(&mut self) -> Offered {
        if self.phase == Phase::Idle && self.unacked.is_empty() {
            self.phase = Phase::Announced;
            return Offered::Announce;
        }
        Offered::Nothing
    }

    /// The account's events or deletions moved: reads them unasked if nothing else is under way.
    pub(super) fn raise(&mut self, head: u64) -> Answer {
        self.head = self.head.max(head);
        if self.is_behind() {
            self.look()
        } else {
            Answer::Nothing
        }
    }

    /// Reads the store unasked, unless something else is under way that will.
    fn look(&mut self) -> Answer {
        if self.phase == Phase::Idle && self.unacked.is_empty() {
            return self.read(false);
        }
        Answer::Nothing
    }

    /// The account came or went: what is published is not pushed until the store was asked, at once if the account came.
    pub(super) fn doubt(&mut self, came: bool) -> Answer {
        self.direct = false;
        if let Phase::Reading { stale, .. } = &mut self.phase {
            *stale = true;
        }
        if came { self.look() } else { Answer::Nothing }
    }

    /// Whether the queue belongs on the unread list; if so, it counts as announced. `due` says that the store lists it.
    pub(super) fn list(&mut self, due: bool) -> bool {
        let waits = self.waits() || (due && !self.known);
        if self.phase == Phase::Idle && self.unacked.is_empty() && waits {
            self.phase = Phase::Announced;
        }
        self.phase == Phase::Announced
    }

    /// The client pulls. A key acknowledges; one beyond what was sent is taken for what was sent.
    pub(super) fn pull(&mut self, key: Option<u64>) -> Turn {
        let mut moved = false;
        while let Some(pos) = self
            .unacked
            .pop_front_if(|pos| key.is_some_and(|key| *pos <= key))
        {
            (self.taken, self.acked) = (pos, pos);
            moved = true;
        }
        moved |= self.settle();
        if !self.unacked.is_empty() {
            return Turn {
                moved,
                answer: Answer::Nothing,
            };
        }
        if let Phase::Reading { asked, .. } = &mut self.phase {
            *asked = true;
            return Turn {
                moved,
                answer: Answer::Nothing,
            };
        }
        if key.is_some() && self.known && !self.waits() {
            return Turn {
                moved,
                answer: Answer::Last,
            };
        }
        Turn {
            moved,
            answer: self.read(true),
        }
    }

    /// The store answered. Says what to do: push what was due, say that nothing is, or read on.
    pub(super) fn scanned(&mut self, scan: Scan<'_>) -> Turn {
        let (asked, head) = match self.phase {
            Phase::Reading { stale: true, .. } => {
                return Turn {
                    moved: false,
                    answer: self.reread(),
                };
            }
            Phase::Reading { asked, head, .. } => (asked, head),
            Phase::Idle | Phase::Announced => {
                return Turn {
                    moved: false,
                    answer: Answer::Nothing,
                };
            }
        };
        assert!(
            self.unacked.is_empty(),
            "a read begins when everything is acknowledged"
        );
        debug_assert!(
            scan.due.is_sorted()
                && scan
                    .due
                    .first()
                    .is_none_or(|first| !self.known || *first > self.sent)
        );
        self.phase = Phase::Idle;
        let last = scan.due.last().copied().unwrap_or_default();
        // A page that promises more but gets nowhere would be read for ever.
        let more = scan.more && (last > 0 || scan.scanned > self.sent);
        let reached = if more {
            scan.scanned
        } else {
            scan.scanned.max(scan.end).max(head)
        };
        self.known = true;
        self.direct = scan.direct;
        self.unacked.extend(scan.due);
        self.sent = self.sent.max(reached).max(last);
        if more {
            self.head = self.head.max(self.sent.saturating_add(1));
        }
        self.absorb();
        if last > 0 {
            return Turn {
                moved: false,
                answer: Answer::Page,
            };
        }
        let moved = self.settle();
        if self.is_behind() {
            return Turn {
                moved,
                answer: self.read(asked),
            };
        }
        Turn {
            moved,
            answer: if asked { Answer::Last } else { Answer::Nothing },
        }
    }

    /// What was read is older than what the client has been told: reads again.
    pub(super) fn reread(&mut self) -> Answer {
        let asked = matches!(self.phase, Phase::Reading { asked: true, .. });
        self.read(asked)
    }

    fn read(&mut self, asked: bool) -> Answer {
        self.phase = Phase::Reading {
            asked,
            head: self.head,
            stale: false,
        };
        Answer::Read(self.known.then_some(self.sent))
    }

    fn advance(&mut self, pos: u64) {
        self.sent = pos;
        self.head = self.head.max(pos);
        self.absorb();
    }

    /// Passes the entries that are not due and whose turn has come.
    fn absorb(&mut self) {
        while let Some(at) = self.held.iter().position(|(prev, _)| *prev <= self.sent) {
            let (_, pos) = self.held.swap_remove(at);
            self.sent = self.sent.max(pos);
        }
    }

    /// With everything acknowledged, what was skipped after it is, too. Says whether the cursor moved.
    fn settle(&mut self) -> bool {
        let moves = self.unacked.is_empty() && self.acked < self.sent;
        if moves {
            self.acked = self.sent;
        }
        moves
    }

    /// What holds after every step.
    #[cfg(any(test, fuzzing))]
    pub(super) fn assert_sound(&self) {
        assert!(self.acked <= self.sent, "acknowledged before it was sent");
        assert!(self.taken <= self.acked);
        assert!(self.unacked.iter().is_sorted_by(|a, b| a < b));
        let (first, last) = (self.unacked.front(), self.unacked.back());
        assert!(first.is_none_or(|first| *first > self.acked));
        assert!(last.is_none_or(|last| *last <= self.sent));
        assert!(self.unacked.len() <= QUEUE_WINDOW_MAX.max(EVENT_PAGE_MAX));
        assert!(self.held.len() <= HELD_MAX);
        assert!(self.known || self.unacked.is_empty() && self.sent == 0);
    }
}
