//! One user's view of one conversation, and the one place that says what is visible.

use crate::{AccountId, DeviceId, Hidden, Pos, Seq, SeqSet, Version};

/// A message's two coordinates: its number, and its id.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mark {
    /// The number in the conversation.
    pub seq: Seq,
    /// The position (message id).
    pub pos: Pos,
}

/// The prefix that a view hides: every message up to and including `at`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Floor {
    /// The highest hidden message of the prefix.
    pub at: Mark,
    /// The account's version at the last change; 0 if it was never a deletion.
    pub version: Version,
    /// The version of the last change that official clients are told of; 0 for none.
    pub notice: Version,
    /// The device that made the change `notice` speaks of.
    pub device: DeviceId,
}

impl Floor {
    /// Raises the floor; a lower or equal mark changes nothing (L1). Says whether it rose.
    pub fn raise(&mut self, at: Mark, version: Version, origin: Option<DeviceId>) -> bool {
        if at.seq <= self.at.seq {
            return false;
        }
        self.at = at;
        self.version = version;
        if let Some(device) = origin {
            self.notice = version;
            self.device = device;
        }
        true
    }
}

/// What happened to a conversation's messages for everybody.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Log {
    /// The last message; seq 0 when there is none.
    pub last: Mark,
    /// The last entry of any kind.
    pub last_pos: Pos,
    /// The first message that retention keeps; 1 when it dropped nothing.
    pub first_seq: Seq,
    /// Messages recalled for everybody.
    pub gone: SeqSet,
}

/// An account's view of one conversation, less its hidden ranges (those are many, and read where they are needed).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct View {
    /// The log's end when the account came: it sees only what is after.
    pub joined: Mark,
    /// The deleted prefix; never below `joined`.
    pub floor: Floor,
    /// The log's end when the account left; none while it is a member.
    pub until: Option<Mark>,
    /// The last message it has read.
    pub read_seq: Seq,
    /// The last message it sent from a device.
    pub last_sent_seq: Seq,
    /// The conversation was taken off the list at this message.
    pub unlisted_seq: Seq,
    /// When it was pinned, in milliseconds; 0 when it is not.
    pub pinned_at: u64,
}

impl View {
    /// The view of an account that comes to a log that ends at `end` (with its last entry at `end_pos`).
    #[must_use]
    pub fn new(end: Seq, end_pos: Pos) -> Self {
        let joined = Mark {
            seq: end,
            pos: end_pos,
        };
        Self {
            joined,
            floor: Floor {
                at: joined,
                ..Floor::default()
            },
            ..Self::default()
        }
    }

    /// The lowest and highest seq that may be visible; an empty range has low > high.
    #[must_use]
    pub fn window(&self, log: &Log) -> (Seq, Seq) {
        let low = self.floor.at.seq.next().max(log.first_seq);
        let high = self
            .until
            .map_or(log.last.seq, |until| until.seq.min(log.last.seq));
        (low, high)
    }

    /// Whether the message `seq` is visible in this view: above the floor, inside the membership, kept by retention,
    /// neither recalled nor among the view's hidden ranges.
    #[must_use]
    pub fn sees(&self, seq: Seq, log: &Log, hidden: &Hidden) -> bool {
        self.keeps(seq, log, hidden) && !log.gone.contains(seq)
    }

    /// Whether the message `seq` is visible in this view, or would be if it had not been recalled.
    fn keeps(&self, seq: Seq, log: &Log, hidden: &Hidden) -> bool {
        let (low, high) = self.window(log);
        low <= seq && seq <= high && !hidden.contains(seq)
    }

    /// Whether a signal is visible: the message it speaks of is, or it speaks of none and lies inside the membership;
    /// and it is addressed to this reader. A recall is for those who would see the message without it: who had deleted it
    /// hears nothing.
    #[must_use]
    pub fn sees_signal(&self, signal: &SignalRef<'_>, log: &Log, hidden: &Hidden) -> bool {
        let in_scope = match signal.ref_seq {
            Some(seq) if signal.recall => self.keeps(seq, log, hidden),
            Some(seq) => self.sees(seq, log, hidden),
            None => {
                self.joined.pos < signal.pos
                    && self.until.is_none_or(|until| signal.pos <= until.pos)
            }
        };
        in_scope && signal.audience.admits(signal.reader)
    }

    /// Whether the conversation is on the account's list, given its highest visible message.
    #[must_use]
    pub fn listed(&self, last_visible: Option<Seq>) -> bool {
        last_visible.is_some_and(|seq| seq > self.unlisted_seq)
    }
}

/// What [`View::sees_signal`] needs to know of a signal and its reader.
#[derive(Clone, Copy, Debug)]
pub struct SignalRef<'a> {
    /// Where it stands in the log.
    pub pos: Pos,
    /// The message it speaks of.
    pub ref_seq: Option<Seq>,
    /// Whether it says that the message was recalled.
    pub recall: bool,
    /// Whom it is addressed to.
    pub audience: &'a Audience,
    /// Who reads.
    pub reader: Reader,
}

/// Who reads: an account, through one of its devices or none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Reader {
    /// The account.
    pub account: AccountId,
    /// The device; [`DeviceId::NONE`] for history.
    pub device: DeviceId,
}

/// Whom an entry is delivered to, among those who see the conversation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum Audience {
    /// Everyone.
    #[default]
    All,
    /// These accounts only.
    Only(Vec<AccountId>),
    /// Everyone but these accounts.
    Except(Vec<AccountId>),
    /// One device.
    Device(DeviceId),
}

impl Audience {
    /// Whether the reader is addressed.
    #[must_use]
    pub fn admits(&self, reader: Reader) -> bool {
        match self {
            Self::All => true,
            Self::Only(accounts) => accounts.contains(&reader.account),
            Self::Except(accounts) => !accounts.contains(&reader.account),
            Self::Device(device) => *device == reader.device,
        }
    }
}

/// Whether an entry that was just published may be pushed without reading the store: it is newer than every deletion
/// this session was told of (`barrier` is the log's end at the last of them), so no view the session knows of can hide it.
#[must_use]
pub fn fresh(pos: Pos, barrier: Pos) -> bool {
    pos > barrier
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn mark(seq: u64) -> Mark {
        Mark {
            seq: Seq(seq),
            pos: Pos(seq * 10),
        }
    }

    #[test]
    fn a_view_ends_where_its_membership_does() {
        let log = Log {
            last: mark(9),
            last_pos: Pos(95),
            first_seq: Seq(3),
            gone: SeqSet::new(),
        };
        let mut view = View::new(Seq(1), Pos(10));
        let hidden = Hidden::default();
        let seen = |view: &View| {
            (0..=10)
                .filter(|seq| view.sees(Seq(*seq), &log, &hidden))
                .collect::<Vec<_>>()
        };
        assert_eq!(seen(&view), [3, 4, 5, 6, 7, 8, 9]);
        view.until = Some(mark(7));
        assert!(view.floor.raise(mark(4), Version(1), None));
        assert_eq!(seen(&view), [5, 6, 7]);
    }

    #[test]
    fn signals_follow_what_they_speak_of() {
        let log = Log {
            last: mark(5),
            last_pos: Pos(60),
            first_seq: Seq(1),
            gone: SeqSet::new(),
        };
        let view = View {
            floor: Floor {
                at: mark(3),
                ..Floor::default()
            },
            ..View::new(Seq(1), Pos(10))
        };
        let reader = Reader {
            account: AccountId(1),
            device: DeviceId(2),
        };
        let sees = |pos, ref_seq: Option<u64>, audience: &Audience| {
            let signal = SignalRef {
                pos: Pos(pos),
                ref_seq: ref_seq.map(Seq),
                recall: false,
                audience,
                reader,
            };
            view.sees_signal(&signal, &log, &Hidden::default())
        };
        assert!(
            sees(12, None, &Audience::All),
            "a command below the floor is still delivered"
        );
        assert!(!sees(9, None, &Audience::All), "before the membership");
        assert!(
            !sees(55, Some(2), &Audience::All),
            "speaks of a deleted message"
        );
        assert!(sees(55, Some(4), &Audience::All));
        assert!(!sees(55, None, &Audience::Except(vec![AccountId(1)])));
        assert!(!sees(55, None, &Audience::Only(vec![AccountId(2)])));
        assert!(sees(55, None, &Audience::Device(DeviceId(2))));
    }

    #[test]
    fn a_signal_lies_inside_the_membership_both_ends_told_apart() {
        let mut view = View::new(Seq(1), Pos(10));
        let log = Log::default();
        let sees = |view: &View, pos| {
            let signal = SignalRef {
                pos: Pos(pos),
                ref_seq: None,
                recall: false,
                audience: &Audience::All,
                reader: Reader::default(),
            };
            view.sees_signal(&signal, &log, &Hidden::default())
        };
        assert_eq!(
            [9, 10, 11].map(|pos| sees(&view, pos)),
            [false, false, true]
        );
        view.until = Some(mark(2));
        assert_eq!(
            [11, 20, 21].map(|pos| sees(&view, pos)),
            [true, true, false]
        );
    }

    #[test]
    fn a_conversation_is_listed_above_where_it_was_taken_off() {
        let view = View {
            unlisted_seq: Seq(4),
            ..View::default()
        };
        let listed = |last: Option<u64>| view.listed(last.map(Seq));
        assert_eq!(
            [None, Some(3), Some(4), Some(5)].map(listed),
            [false, false, false, true]
        );
    }

    /// L2: an entry that a deletion may hide is not pushed past the store.
    #[test]
    fn only_what_is_newer_than_every_known_deletion_is_fresh() {
        assert_eq!(
            [4, 5, 6].map(|pos| fresh(Pos(pos), Pos(5))),
            [false, false, true]
        );
    }

    proptest! {
        /// L1: floors go by max, in any order and with any repetition.
        #[test]
        fn a_floor_never_falls(seqs in prop::collection::vec(0u64..50, 1..20)) {
            let mut floor = Floor::default();
            for (index, seq) in seqs.iter().enumerate() {
                let before = floor.at.seq;
                floor.raise(mark(*seq), Version(u64::try_from(index).unwrap() + 1), Some(DeviceId(1)));
                prop_assert!(floor.at.seq >= before);
            }
            prop_assert_eq!(floor.at.seq.0, *seqs.iter().max().unwrap());
        }
    }
}
