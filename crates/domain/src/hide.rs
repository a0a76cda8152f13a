//! Deletion by ids: the ranges that a view hides above its floor, and the plan of how they change.

use crate::{DeviceId, Mark, Seq, Version, View};
use std::collections::BTreeMap;

/// A run of deleted messages, with both coordinates at both ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HiddenRange {
    /// The first message.
    pub from: Mark,
    /// The last message, included.
    pub to: Mark,
    /// The account's version at its last change.
    pub version: Version,
    /// The device that deleted it.
    pub device: DeviceId,
    /// Whether official clients are told of it.
    pub notice: bool,
}

/// Disjoint hidden ranges, in order: all of a view's, or those that some act needed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hidden {
    ranges: BTreeMap<Seq, HiddenRange>,
}

impl Hidden {
    /// Whether the message is hidden.
    #[must_use]
    pub fn contains(&self, seq: Seq) -> bool {
        self.ranges
            .range(..=seq)
            .next_back()
            .is_some_and(|(_, range)| range.to.seq >= seq)
    }

    /// How many messages of `from..=to` are hidden.
    #[must_use]
    pub fn count_in(&self, from: Seq, to: Seq) -> u64 {
        if from > to {
            return 0;
        }
        let overlapping = self
            .ranges
            .range(..=to)
            .rev()
            .take_while(|(_, range)| range.to.seq >= from);
        overlapping
            .map(|(_, range)| range.to.seq.min(to).0 - range.from.seq.max(from).0 + 1)
            .sum()
    }

    /// The ranges in ascending order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &HiddenRange> {
        self.ranges.values()
    }

    /// Puts a range in; it must not overlap another.
    pub fn insert(&mut self, range: HiddenRange) {
        self.ranges.insert(range.from.seq, range);
    }

    /// Carries a plan out.
    pub fn apply(&mut self, plan: &HidePlan) {
        for from in &plan.remove {
            self.ranges.remove(from);
        }
        for range in &plan.insert {
            self.insert(*range);
        }
    }

    /// Drops the ranges that lie wholly at or below the floor: they say nothing any more.
    pub fn drop_below(&mut self, floor: Seq) {
        self.ranges.retain(|_, range| range.to.seq > floor);
    }
}

impl FromIterator<HiddenRange> for Hidden {
    fn from_iter<I: IntoIterator<Item = HiddenRange>>(ranges: I) -> Self {
        Self {
            ranges: ranges
                .into_iter()
                .map(|range| (range.from.seq, range))
                .collect(),
        }
    }
}

/// What to change so that some messages are hidden.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HidePlan {
    /// Ranges to take out, by their first seq: each is part of an inserted one.
    pub remove: Vec<Seq>,
    /// Ranges to put in.
    pub insert: Vec<HiddenRange>,
    /// The runs of messages that become hidden by this plan.
    pub newly: Vec<(Mark, Mark)>,
}

impl HidePlan {
    /// Whether everything was hidden before.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.newly.is_empty()
    }
}

/// Plans to hide `marks` in `view`. What the floor, the membership or a range hides already is left alone. A new run joins
/// its neighbours only if they come from the same device with the same notice, so that no device is ever taken for the
/// origin of what another one deleted.
///
/// `near` must hold every range that contains or touches one of the marks; it may hold more.
#[must_use]
pub fn plan_hide(
    view: &View,
    near: &Hidden,
    marks: &[Mark],
    change: (Version, DeviceId, bool),
) -> HidePlan {
    let (version, device, notice) = change;
    let mut wanted: Vec<Mark> = marks
        .iter()
        .copied()
        .filter(|mark| mark.seq > view.floor.at.seq)
        .filter(|mark| view.until.is_none_or(|until| mark.seq <= until.seq))
        .filter(|mark| !near.contains(mark.seq))
        .collect();
    wanted.sort_unstable_by_key(|mark| mark.seq);
    wanted.dedup_by_key(|mark| mark.seq);

    let mut plan = HidePlan::default();
    for mark in wanted {
        match plan.newly.last_mut() {
            Some((_, to)) if to.seq.next() == mark.seq => *to = mark,
            _ => plan.newly.push((mark, mark)),
        }
    }
    let joins = |range: &HiddenRange| range.device == device && range.notice == notice;
    for (from, to) in &plan.newly {
        let mut merged = HiddenRange {
            from: *from,
            to: *to,
            version,
            device,
            notice,
        };
        // A range may already have been taken into the run before this one: then it grows that one.
        let before = match plan.insert.last() {
            Some(last) if last.to.seq.next() == from.seq => plan.insert.pop(),
            _ => {
                let touching = near
                    .ranges
                    .range(..from.seq)
                    .next_back()
                    .map(|(_, range)| *range);
                touching
                    .filter(|range| range.to.seq.next() == from.seq && joins(range))
                    .inspect(|range| plan.remove.push(range.from.seq))
            }
        };
        if let Some(range) = before {
            merged.from = range.from;
        }
        if let Some(range) = near.ranges.get(&to.seq.next()).filter(|range| joins(range)) {
            plan.remove.push(range.from.seq);
            merged.to = range.to;
        }
        plan.insert.push(merged);
    }
    plan
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Pos;
    use proptest::prelude::*;
    use std::collections::{BTreeMap, BTreeSet};

    fn mark(seq: u64) -> Mark {
        Mark {
            seq: Seq(seq),
            pos: Pos(seq * 7 + 1),
        }
    }

    fn hide(hidden: &mut Hidden, view: &View, seqs: &[u64], version: u64, device: i64) -> HidePlan {
        let marks: Vec<Mark> = seqs.iter().copied().map(mark).collect();
        let plan = plan_hide(
            view,
            hidden,
            &marks,
            (Version(version), DeviceId(device), true),
        );
        hidden.apply(&plan);
        plan
    }

    #[test]
    fn repeats_change_nothing() {
        let (mut hidden, view) = (Hidden::default(), View::default());
        assert!(!hide(&mut hidden, &view, &[3, 1, 2, 2], 1, 1).is_empty());
        let before = hidden.clone();
        assert!(hide(&mut hidden, &view, &[1, 2, 3], 2, 2).is_empty());
        assert_eq!(hidden, before);
        assert_eq!(hidden.iter().count(), 1);
    }

    #[test]
    fn neighbours_are_one_run() {
        let (mut hidden, view) = (Hidden::default(), View::default());
        let plan = hide(&mut hidden, &view, &[4, 2, 7, 3], 1, 1);
        assert_eq!(plan.newly, [(mark(2), mark(4)), (mark(7), mark(7))]);
    }

    #[test]
    fn only_what_lies_wholly_below_the_floor_is_dropped() {
        let (mut hidden, view) = (Hidden::default(), View::default());
        hide(&mut hidden, &view, &[1, 2, 4, 5, 7], 1, 1);
        let collected: Hidden = hidden.iter().copied().collect();
        assert_eq!(collected, hidden);
        let ends = |hidden: &Hidden| hidden.iter().map(|r| r.to.seq.0).collect::<Vec<_>>();
        hidden.drop_below(Seq(1));
        assert_eq!(ends(&hidden), [2, 5, 7]);
        hidden.drop_below(Seq(2));
        assert_eq!(ends(&hidden), [5, 7]);
        hidden.drop_below(Seq(4));
        assert_eq!(ends(&hidden), [5, 7]);
        hidden.drop_below(Seq(9));
        assert_eq!(ends(&hidden), []);
    }

    #[test]
    fn origins_stay_apart() {
        let (mut hidden, view) = (Hidden::default(), View::default());
        hide(&mut hidden, &view, &[1, 2], 1, 1);
        hide(&mut hidden, &view, &[3], 2, 2);
        assert_eq!(
            hidden
                .iter()
                .map(|range| range.device.0)
                .collect::<Vec<_>>(),
            [1, 2]
        );
        hide(&mut hidden, &view, &[4], 3, 2);
        assert_eq!(
            hidden
                .iter()
                .map(|r| (r.from.seq.0, r.to.seq.0, r.version.0))
                .collect::<Vec<_>>(),
            [(1, 2, 1), (3, 4, 3)]
        );
    }

    #[test]
    fn a_run_that_fills_the_gap_takes_both_sides_in() {
        let (mut hidden, view) = (Hidden::default(), View::default());
        hide(&mut hidden, &view, &[1, 3, 5], 1, 1);
        hide(&mut hidden, &view, &[2, 4], 2, 1);
        assert_eq!(
            hidden
                .iter()
                .map(|r| (r.from.seq.0, r.to.seq.0))
                .collect::<Vec<_>>(),
            [(1, 5)]
        );
    }

    proptest! {
        /// L1 and the naive model: whatever the order, origin and repetition, exactly the named messages above the floor
        /// and inside the membership are hidden, each stays hidden, and each is owned by the device that hid it first.
        #[test]
        fn same_as_a_naive_set(
            acts in prop::collection::vec((prop::collection::vec(1u64..60, 1..8), 1i64..4), 0..30),
            floor in 0u64..10, until in 40u64..60,
        ) {
            let mut view = View::default();
            view.floor.at = mark(floor);
            view.until = Some(mark(until));
            let (mut hidden, mut naive) = (Hidden::default(), BTreeMap::new());
            for (index, (seqs, device)) in acts.iter().enumerate() {
                let version = u64::try_from(index).unwrap() + 1;
                let plan = hide(&mut hidden, &view, seqs, version, *device);
                let mut fresh = BTreeSet::new();
                for seq in seqs.iter().filter(|seq| **seq > floor && **seq <= until) {
                    if !naive.contains_key(seq) { fresh.insert(*seq); }
                    naive.entry(*seq).or_insert(*device);
                }
                let newly: BTreeSet<u64> = plan.newly.iter().flat_map(|(f, t)| f.seq.0..=t.seq.0).collect();
                prop_assert_eq!(newly, fresh);
            }
            let ours: BTreeMap<u64, i64> =
                hidden.iter().flat_map(|r| (r.from.seq.0..=r.to.seq.0).map(move |seq| (seq, r.device.0))).collect();
            prop_assert_eq!(&ours, &naive);
            for range in hidden.iter() {
                prop_assert_eq!(range.from, mark(range.from.seq.0));
                prop_assert_eq!(range.to, mark(range.to.seq.0));
            }
            let count = u64::try_from(naive.range(5..=30).count()).unwrap();
            prop_assert_eq!(hidden.count_in(Seq(5), Seq(30)), count);
        }
    }
}
