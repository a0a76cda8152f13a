//! Bodies of the fuzz targets of this package, replayed by its tests; see `fuzz/README.md`.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a body of a fuzz target panics to say that something is wrong"
)]

use crate::{Seq, SeqSet};
use std::collections::BTreeSet;

/// Numbers are below this, so that the model stays small.
const SPAN: u64 = 64;

/// Plays acts on two [`SeqSet`]s and on sets of plain numbers beside them. An act is three bytes: which, and two operands.
///
/// # Panics
/// If a set and its model differ.
pub fn seq_set(input: &[u8]) {
    let (mut sets, mut models) = (
        [SeqSet::new(), SeqSet::new()],
        [BTreeSet::new(), BTreeSet::new()],
    );
    for [which, low, length] in input.as_chunks::<3>().0 {
        let (side, other) = if which & 1 == 0 { (0, 1) } else { (1, 0) };
        // The last sixteen numbers of the upper half are those next to the largest of all.
        let base = if which & 0x80 == 0 {
            0
        } else {
            u64::MAX - SPAN
        };
        let low = base + u64::from(*low) % SPAN;
        let high = low.saturating_add(u64::from(*length) % 32);
        let range = (Seq(low), Seq(high));
        match which >> 1 & 3 {
            0 => {
                sets[side].insert(range.0, range.1);
                models[side].extend(low..=high);
            }
            1 if high > low => sets[side].insert(range.1, range.0),
            1 => {}
            2 => {
                let theirs = sets[other].clone();
                sets[side].union(&theirs);
                let theirs = models[other].clone();
                models[side].extend(theirs);
            }
            _ => {
                same_part(&sets[side], &models[side], low, high);
                let both = models[0].intersection(&models[1]).copied().collect();
                same(&sets[0].intersection(&sets[1]), &both);
            }
        }
        same(&sets[side], &models[side]);
    }
}

fn same_part(set: &SeqSet, model: &BTreeSet<u64>, low: u64, high: u64) {
    let count = model.range(low..=high).count();
    assert_eq!(set.count_in(Seq(low), Seq(high)), count.try_into().unwrap());
    for seq in low..=high {
        assert_eq!(set.contains(Seq(seq)), model.contains(&seq), "{seq}");
    }
}

/// The ranges hold the same numbers, ascend, and neither overlap nor touch.
fn same(set: &SeqSet, model: &BTreeSet<u64>) {
    let ranges: Vec<(Seq, Seq)> = set.iter().collect();
    assert!(ranges.iter().all(|(from, to)| from <= to));
    assert!(ranges.windows(2).all(|pair| pair[1].0 > pair[0].1.next()));
    let numbers = ranges.iter().flat_map(|(from, to)| from.0..=to.0);
    assert!(numbers.eq(model.iter().copied()), "{set:?} {model:?}");
    assert_eq!(set.is_empty(), model.is_empty());
}

#[cfg(test)]
#[path = "../../../fuzz/replay.rs"]
mod replay;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_corpus_is_replayed() {
        replay::corpus("seq_set", seq_set);
    }

    proptest! {
        #[test]
        fn any_acts(input in prop::collection::vec(any::<u8>(), 0..150)) {
            seq_set(&input);
        }
    }
}
