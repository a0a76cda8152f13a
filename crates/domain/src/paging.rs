//! How a page walks a log: by seq, jumping over what is hidden.

use crate::{HiddenRange, Seq};

/// Which way a page goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// Newest first.
    Older,
    /// Oldest first.
    Newer,
}

/// What a message is, for the filter of history pages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MessageKind {
    /// Text.
    #[default]
    Text,
    /// Image.
    Image,
    /// Video.
    Video,
    /// Location.
    Location,
    /// Voice.
    Voice,
    /// File.
    File,
    /// Command: a signal, never history.
    Command,
    /// Custom.
    Custom,
    /// Combined messages.
    Combine,
    /// A recall: a signal, never history.
    Recall,
    /// An edit: a signal, never history.
    Edit,
    /// A kind that this server does not know; carried all the same.
    Other,
}

impl MessageKind {
    /// Every kind with its stored number and the name that history filters use.
    const TABLE: [(Self, u8, &'static str); 12] = [
        (Self::Text, 0, "txt"),
        (Self::Image, 1, "img"),
        (Self::Video, 2, "video"),
        (Self::Location, 3, "loc"),
        (Self::Voice, 4, "audio"),
        (Self::File, 5, "file"),
        (Self::Command, 6, "cmd"),
        (Self::Custom, 7, "custom"),
        (Self::Combine, 8, "combine"),
        (Self::Recall, 200, "recall"),
        (Self::Edit, 201, "edit"),
        (Self::Other, 255, "other"),
    ];

    /// The kind's stored number.
    #[must_use]
    pub fn code(self) -> u8 {
        Self::TABLE
            .iter()
            .find(|row| row.0 == self)
            .map_or(255, |row| row.1)
    }

    /// The kind of a stored number.
    #[must_use]
    pub fn from_code(code: u8) -> Self {
        Self::TABLE
            .iter()
            .find(|row| row.1 == code)
            .map_or(Self::Other, |row| row.0)
    }

    /// The kind's short name.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::TABLE
            .iter()
            .find(|row| row.0 == self)
            .map_or("other", |row| row.2)
    }

    /// The kind of a short name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::TABLE
            .iter()
            .find(|row| row.2 == name)
            .map(|row| row.0)
    }
}

/// A stretch of seqs to read, both ends included. It may hold hidden seqs: filter what it yields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// The lowest seq.
    pub low: Seq,
    /// The highest seq.
    pub high: Seq,
}

/// A hidden stretch at most this long is read through and filtered: cheaper than another query.
const READ_THROUGH: u64 = 16;

/// The stretches of `low..=high` worth reading, in the page's order, jumping over long hidden ranges.
///
/// `hidden` holds the ranges that overlap `low..=high`, ascending.
#[must_use]
pub fn runs<'a>(
    low: Seq,
    high: Seq,
    hidden: impl IntoIterator<Item = &'a HiddenRange>,
    direction: Direction,
) -> Vec<Run> {
    let mut found: Vec<Run> = Vec::new();
    let mut next = low;
    let mut push = |low: Seq, high: Seq| match found.last_mut() {
        Some(last) if low.0 - last.high.0 - 1 <= READ_THROUGH => last.high = high,
        _ => found.push(Run { low, high }),
    };
    for range in hidden {
        if range.from.seq > high {
            break;
        }
        if range.from.seq > next {
            push(next, range.from.seq.prev());
        }
        next = next.max(range.to.seq.next());
    }
    if next <= high {
        push(next, high);
    }
    if direction == Direction::Older {
        found.reverse();
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{DeviceId, Mark, Pos, Version};
    use proptest::prelude::*;

    fn range(from: u64, to: u64) -> HiddenRange {
        let mark = |seq| Mark {
            seq: Seq(seq),
            pos: Pos(seq),
        };
        HiddenRange {
            from: mark(from),
            to: mark(to),
            version: Version(1),
            device: DeviceId(0),
            notice: true,
        }
    }

    #[test]
    fn jumps_long_gaps_and_reads_through_short_ones() {
        let hidden = [range(10, 12), range(100, 100_000)];
        let want = [
            Run {
                low: Seq(1),
                high: Seq(99),
            },
            Run {
                low: Seq(100_001),
                high: Seq(100_010),
            },
        ];
        assert_eq!(runs(Seq(1), Seq(100_010), &hidden, Direction::Newer), want);
        let mut older = want;
        older.reverse();
        assert_eq!(runs(Seq(1), Seq(100_010), &hidden, Direction::Older), older);
        assert!(runs(Seq(200), Seq(300), &hidden, Direction::Older).is_empty());
    }

    #[test]
    fn a_stretch_of_sixteen_is_read_through_and_one_of_seventeen_is_not() {
        let check = |hidden: HiddenRange, want: &[(u64, u64)]| {
            let found = runs(Seq(1), Seq(40), [&hidden], Direction::Newer);
            let found: Vec<_> = found.iter().map(|run| (run.low.0, run.high.0)).collect();
            assert_eq!(found, want, "{hidden:?}");
        };
        check(range(5, 20), &[(1, 40)]);
        check(range(5, 21), &[(1, 4), (22, 40)]);
        check(range(1, 3), &[(4, 40)]);
        check(range(1, 30), &[(31, 40)]);
        check(range(2, 30), &[(1, 1), (31, 40)]);
        check(range(20, 39), &[(1, 19), (40, 40)]);
        check(range(20, 40), &[(1, 19)]);
        check(range(40, 40), &[(1, 39)]);
        check(range(41, 50), &[(1, 40)]);
        check(range(1, 40), &[]);
    }

    #[test]
    fn stored_numbers_and_names_do_not_change() {
        let check = |kind: MessageKind, code: u8, name: &str| {
            assert_eq!((kind.code(), kind.name()), (code, name));
        };
        check(MessageKind::Text, 0, "txt");
        check(MessageKind::Image, 1, "img");
        check(MessageKind::Custom, 7, "custom");
        check(MessageKind::Combine, 8, "combine");
        check(MessageKind::Other, 255, "other");
        assert_eq!(MessageKind::from_code(99), MessageKind::Other);
        assert_eq!(MessageKind::from_name("nothing"), None);
    }

    #[test]
    fn kinds_survive_their_codes() {
        for (kind, code, name) in MessageKind::TABLE {
            assert_eq!(
                (MessageKind::from_code(code), MessageKind::from_name(name)),
                (kind, Some(kind))
            );
        }
    }

    proptest! {
        #[test]
        fn covers_exactly_what_is_not_hidden(starts in prop::collection::btree_set(1u64..400, 0..20), low in 1u64..200, length in 0u64..300) {
            let mut hidden = Vec::new();
            let mut free = 0;
            for start in starts {
                if start >= free { hidden.push(range(start, start + start % 30)); free = start + start % 30 + 1; }
            }
            let high = low + length;
            let overlapping: Vec<HiddenRange> = hidden.iter().copied().filter(|r| r.to.seq.0 >= low && r.from.seq.0 <= high).collect();
            let found = runs(Seq(low), Seq(high), &overlapping, Direction::Newer);
            for seq in low..=high {
                let is_hidden = hidden.iter().any(|r| r.from.seq.0 <= seq && seq <= r.to.seq.0);
                let covered = found.iter().any(|run| run.low.0 <= seq && seq <= run.high.0);
                prop_assert!(covered || is_hidden, "seq {} is visible and not read", seq);
            }
            prop_assert!(found.iter().all(|run| run.low.0 >= low && run.high.0 <= high));
            prop_assert!(found.windows(2).all(|pair| pair[0].high < pair[1].low));
        }
    }
}
