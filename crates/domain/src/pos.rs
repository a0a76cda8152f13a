//! Positions: message ids that carry their time.

use crate::Millis;
use std::fmt;
use std::str::FromStr;

/// 2014-12-03T00:00:00Z in Unix seconds, where the id layout begins.
pub(crate) const EPOCH_SECONDS: u64 = 1_417_564_800;
const NODE_BITS: u32 = 10;
const SEQUENCE_BITS: u32 = 12;
const LOW_BITS: u32 = NODE_BITS + SEQUENCE_BITS;
const MS_BITS: u32 = 10;
const SEQUENCE_MAX: u64 = (1 << SEQUENCE_BITS) - 1;
/// Milliseconds that the layout has room for: until 2082.
const TICKS: u64 = (1 << 31) * 1000;
/// A clock further ahead is taken for this, so that one that once showed nonsense leaves a year of positions behind it.
const TICK_MAX: u64 = TICKS - 365 * 24 * 3600 * 1000;

/// The node of ids that clients make for messages that are not on a server yet. No server has it, so that such an id is never
/// that of another message.
pub const NODE_LOCAL: u16 = 1023;
const LOCAL: u64 = (1 << NODE_BITS) - 1;

/// The place of an entry in its conversation's log, and the message id that clients see.
///
/// Bits 63–32 are seconds since 2014-12-03, bits 31–22 milliseconds, bits 21–0 the node and a sequence (the layout that
/// published logs of native clients show). Unique in an app and strictly increasing in a conversation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pos(pub u64);

impl Pos {
    /// Before every entry.
    pub const ZERO: Self = Self(0);
    /// The largest position that fits a signed 64-bit column.
    pub const MAX: Self = Self(i64::MAX.cast_unsigned());

    /// The first position of a millisecond; [`Pos::ZERO`] for times before the layout begins.
    #[must_use]
    pub const fn first_at(time: Millis) -> Self {
        let seconds = time.0 / 1000;
        if seconds < EPOCH_SECONDS {
            return Self::ZERO;
        }
        let since = seconds - EPOCH_SECONDS;
        if since >= 1 << 31 {
            return Self::MAX;
        }
        Self((since << (MS_BITS + LOW_BITS)) | ((time.0 % 1000) << LOW_BITS))
    }

    /// The last position of a millisecond: every entry with a time at or before `time` is at or before it.
    #[must_use]
    pub const fn last_at(time: Millis) -> Self {
        if time.0 / 1000 < EPOCH_SECONDS {
            return Self::ZERO;
        }
        let first = Self::first_at(time);
        if first.0 == Self::MAX.0 {
            first
        } else {
            Self(first.0 | ((1 << LOW_BITS) - 1))
        }
    }

    /// Whether a client made it, for a message that no server has yet: its node is [`NODE_LOCAL`].
    #[must_use]
    pub const fn is_local(self) -> bool {
        (self.0 >> SEQUENCE_BITS) & ((1 << NODE_BITS) - 1) == LOCAL
    }

    /// When the entry was appended.
    #[must_use]
    pub const fn time(self) -> Millis {
        let seconds = self.0 >> (MS_BITS + LOW_BITS);
        let ms = (self.0 >> LOW_BITS) & ((1 << MS_BITS) - 1);
        Millis((seconds + EPOCH_SECONDS) * 1000 + ms)
    }
}

impl fmt::Display for Pos {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Pos {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse::<u64>()
            .map(|value| Self(value.min(Self::MAX.0)))
    }
}

/// Hands out positions for one node: strictly increasing whatever the clock does (a hybrid logical clock).
#[derive(Debug)]
pub struct PosAllocator {
    node: u64,
    /// Milliseconds since the layout's epoch of the last position, and its sequence.
    tick: u64,
    sequence: u64,
}

impl PosAllocator {
    /// An allocator for `node` (0–1023, the rest is cut off; clients have [`NODE_LOCAL`]) that continues after `last`.
    #[must_use]
    pub fn new(node: u16, last: Pos) -> Self {
        let tick = last.time().0.saturating_sub(EPOCH_SECONDS * 1000);
        let node = u64::from(node) & ((1 << NODE_BITS) - 1);
        Self {
            node,
            tick,
            sequence: if last == Pos::ZERO { 0 } else { SEQUENCE_MAX },
        }
    }

    /// The next position: of this millisecond, or of the one after the last when the clock stands or went back.
    pub fn next(&mut self, now: Millis) -> Pos {
        let now_tick = now.0.saturating_sub(EPOCH_SECONDS * 1000).min(TICK_MAX);
        if now_tick > self.tick {
            self.tick = now_tick;
            self.sequence = 0;
        } else if self.sequence < SEQUENCE_MAX {
            self.sequence += 1;
        } else {
            self.tick += 1;
            self.sequence = 0;
        }
        let base = Pos::first_at(Millis(self.tick + EPOCH_SECONDS * 1000));
        Pos(base.0 | (self.node << SEQUENCE_BITS) | self.sequence)
    }

    /// The last position handed out or continued from: nothing allocated so far is above it.
    #[must_use]
    pub fn last(&self) -> Pos {
        let base = Pos::first_at(Millis(self.tick + EPOCH_SECONDS * 1000));
        Pos(base.0 | (self.node << SEQUENCE_BITS) | self.sequence)
    }

    /// How far the allocator runs ahead of the clock, in milliseconds: above zero after the clock went back.
    #[must_use]
    pub fn ahead_ms(&self, now: Millis) -> u64 {
        (self.tick + EPOCH_SECONDS * 1000).saturating_sub(now.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn carries_its_time() {
        let now = Millis(1_795_407_739_781);
        let pos = PosAllocator::new(3, Pos::ZERO).next(now);
        assert_eq!(pos.time(), now);
        assert!(Pos::first_at(now) <= pos && pos <= Pos::last_at(now));
        assert!(Pos::last_at(now) < Pos::first_at(now.plus(1)));
    }

    #[test]
    fn ids_of_clients_are_nobody_elses() {
        let now = Millis(1_795_407_739_781);
        let local = PosAllocator::new(NODE_LOCAL, Pos::ZERO).next(now);
        assert!(local.is_local() && !PosAllocator::new(1022, Pos::ZERO).next(now).is_local());
        assert_eq!(local.time(), now);
        for node in [0, 1, NODE_LOCAL - 1] {
            assert_ne!(PosAllocator::new(node, Pos::ZERO).next(now), local);
        }
    }

    /// The layout is public: it is written out here, bit by bit.
    #[test]
    fn the_layout_is_as_documented() {
        let epoch = 1_417_564_800_000;
        let pos = Pos((5 << 32) | (678 << 22) | (3 << 12) | 9);
        assert_eq!(pos.time(), Millis(epoch + 5_678));
        assert_eq!(Pos::first_at(pos.time()), Pos((5 << 32) | (678 << 22)));
        assert_eq!(
            Pos::last_at(pos.time()),
            Pos((5 << 32) | (678 << 22) | 0x3f_ffff)
        );
        // The first millisecond of the layout is one of it.
        assert_eq!(Pos::first_at(Millis(epoch + 1)), Pos(1 << 22));
        assert_eq!(Pos::first_at(Millis(epoch)), Pos::ZERO);
        assert_eq!(Pos::last_at(Millis(epoch)), Pos(0x3f_ffff));
        assert_eq!(Pos::last_at(Millis(epoch - 1)), Pos::ZERO);
        assert_eq!(
            (pos.to_string(), pos.0.to_string().parse()),
            (pos.0.to_string(), Ok(pos))
        );
        assert_eq!(u64::MAX.to_string().parse(), Ok(Pos::MAX));
        assert!("x".parse::<Pos>().is_err());
    }

    #[test]
    fn a_millisecond_has_as_many_positions_as_the_sequence() {
        let now = Millis(1_795_407_739_781);
        let mut allocator = PosAllocator::new(3, Pos::ZERO);
        let first = Pos::first_at(now).0 | (3 << 12);
        for sequence in 0..4_096 {
            assert_eq!(allocator.next(now), Pos(first | sequence));
        }
        assert_eq!(allocator.ahead_ms(now), 0);
        assert_eq!(
            allocator.next(now),
            Pos(Pos::first_at(now.plus(1)).0 | (3 << 12))
        );
        assert_eq!(allocator.ahead_ms(now), 1);
        assert_eq!(allocator.ahead_ms(now.plus(5)), 0);
    }

    #[test]
    fn a_new_allocator_continues_after_what_there_is() {
        let now = Millis(1_795_407_739_781);
        let last = PosAllocator::new(3, Pos::ZERO).next(now);
        let mut next = PosAllocator::new(1023 + 1024, last);
        assert!(next.last() >= last, "what was handed out is not above it");
        assert_eq!(
            next.next(now),
            Pos(Pos::first_at(now.plus(1)).0 | (1023 << 12))
        );
        let fresh = PosAllocator::new(3, Pos::ZERO);
        assert_eq!(fresh.last().0, 3 << 12);
    }

    /// Clocks have shown 2106, and the end of 64 bits: what comes after that must still be above it, and in range.
    #[test]
    fn a_clock_beyond_the_layout_leaves_room() {
        for nonsense in [4_294_967_296_000, 3_600_000_000_000, u64::MAX] {
            let mut allocator = PosAllocator::new(7, Pos::ZERO);
            let mut last = allocator.next(Millis(nonsense));
            // 2081-12-21, a year before the end.
            assert_eq!(last.time(), Millis(3_533_512_448_000));
            for time in [nonsense, 1_795_407_739_781, 0] {
                for _ in 0..10_000 {
                    let pos = allocator.next(Millis(time));
                    assert!(last < pos && pos < Pos::MAX);
                    last = pos;
                }
            }
            assert!(PosAllocator::new(7, last).next(Millis(0)) > last);
        }
        // Up to there a clock is believed.
        let year_2080 = Millis(3_471_292_800_000);
        assert_eq!(
            PosAllocator::new(7, Pos::ZERO).next(year_2080).time(),
            year_2080
        );
    }

    #[test]
    fn absurd_times_stay_in_range() {
        assert_eq!(Pos::first_at(Millis(0)), Pos::ZERO);
        assert_eq!(Pos::last_at(Millis(5)), Pos::ZERO);
        assert_eq!(Pos::last_at(Millis(u64::MAX)), Pos::MAX);
    }

    proptest! {
        #[test]
        fn strictly_increasing_whatever_the_clock(times in prop::collection::vec(1_700_000_000_000u64..1_700_000_001_000, 1..5000)) {
            let mut allocator = PosAllocator::new(7, Pos::ZERO);
            let mut last = Pos::ZERO;
            for time in times {
                let pos = allocator.next(Millis(time));
                prop_assert!(pos > last);
                prop_assert_eq!(allocator.last(), pos);
                last = pos;
            }
            prop_assert!(PosAllocator::new(7, last).next(Millis(0)) > last);
        }
    }
}
