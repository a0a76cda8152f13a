//! A set of sequence numbers, kept as disjoint ranges.

use crate::Seq;
use std::collections::BTreeMap;

/// Sequence numbers as disjoint, non-adjacent inclusive ranges. Union only: nothing is ever taken out (L1).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SeqSet {
    ranges: BTreeMap<Seq, Seq>,
}

impl SeqSet {
    /// The empty set.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            ranges: BTreeMap::new(),
        }
    }

    /// Adds every number of `from..=to`, merging with what it meets. An inverted range adds nothing.
    pub fn insert(&mut self, from: Seq, to: Seq) {
        if from > to {
            return;
        }
        let (mut low, mut high) = (from, to);
        let touching: Vec<(Seq, Seq)> = self
            .ranges
            .range(..=to.next())
            .rev()
            .take_while(|(_, end)| end.next() >= from)
            .map(|(start, end)| (*start, *end))
            .collect();
        for (start, end) in touching {
            self.ranges.remove(&start);
            low = low.min(start);
            high = high.max(end);
        }
        self.ranges.insert(low, high);
    }

    /// Adds everything of another set.
    pub fn union(&mut self, other: &Self) {
        for (from, to) in other.iter() {
            self.insert(from, to);
        }
    }

    /// Whether the number is in the set.
    #[must_use]
    pub fn contains(&self, seq: Seq) -> bool {
        self.ranges
            .range(..=seq)
            .next_back()
            .is_some_and(|(_, end)| *end >= seq)
    }

    /// How many numbers of `from..=to` are in the set.
    #[must_use]
    pub fn count_in(&self, from: Seq, to: Seq) -> u64 {
        if from > to {
            return 0;
        }
        self.ranges
            .range(..=to)
            .rev()
            .take_while(|(_, end)| **end >= from)
            .map(|(start, end)| (*end).min(to).0 - (*start).max(from).0 + 1)
            .sum()
    }

    /// The ranges in ascending order.
    pub fn iter(&self) -> impl Iterator<Item = (Seq, Seq)> + '_ {
        self.ranges.iter().map(|(from, to)| (*from, *to))
    }

    /// The numbers of `from..=to` that are in both sets.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        let mut both = Self::new();
        for (from, to) in self.iter() {
            for (start, end) in other
                .ranges
                .range(..=to)
                .rev()
                .take_while(|(_, end)| **end >= from)
            {
                both.insert(from.max(*start), to.min(*end));
            }
        }
        both
    }

    /// Whether nothing is in the set.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn naive(ranges: &[(u64, u64)]) -> BTreeSet<u64> {
        ranges.iter().flat_map(|(from, to)| *from..=*to).collect()
    }

    fn set(ranges: &[(u64, u64)]) -> SeqSet {
        let mut set = SeqSet::new();
        for (from, to) in ranges {
            set.insert(Seq(*from), Seq(*to));
        }
        set
    }

    fn ranges() -> impl Strategy<Value = Vec<(u64, u64)>> {
        prop::collection::vec(
            (0u64..200, 0u64..12).prop_map(|(from, length)| (from, from + length)),
            0..40,
        )
    }

    proptest! {
        #[test]
        fn same_as_a_naive_set(a in ranges(), b in ranges(), low in 0u64..220, length in 0u64..220) {
            let (ours, theirs) = (set(&a), naive(&a));
            for seq in 0..230 {
                prop_assert_eq!(ours.contains(Seq(seq)), theirs.contains(&seq));
            }
            let high = low + length;
            prop_assert_eq!(ours.count_in(Seq(low), Seq(high)), u64::try_from(theirs.range(low..=high).count()).unwrap());
            let both: BTreeSet<u64> = theirs.intersection(&naive(&b)).copied().collect();
            let ours_both: BTreeSet<u64> = ours.intersection(&set(&b)).iter().flat_map(|(f, t)| f.0..=t.0).collect();
            prop_assert_eq!(ours_both, both);
        }

        #[test]
        fn ranges_stay_apart(a in ranges()) {
            let mut last: Option<Seq> = None;
            for (from, to) in set(&a).iter() {
                prop_assert!(from <= to);
                if let Some(end) = last { prop_assert!(from > end.next()); }
                last = Some(to);
            }
        }

        /// L1: union is idempotent, commutative and associative, so no order of deletions loses one.
        #[test]
        fn union_forgets_nothing(a in ranges(), b in ranges(), c in ranges()) {
            let (a, b, c) = (set(&a), set(&b), set(&c));
            let join = |x: &SeqSet, y: &SeqSet| { let mut z = x.clone(); z.union(y); z };
            prop_assert_eq!(join(&a, &a), a.clone());
            prop_assert_eq!(join(&a, &b), join(&b, &a));
            prop_assert_eq!(join(&join(&a, &b), &c), join(&a, &join(&b, &c)));
        }
    }
}
