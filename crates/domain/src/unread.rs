//! Unread messages by arithmetic: no message is looked at.

use crate::{Log, Seq, View};

/// How many messages are visible and above both the last read and the last sent one.
///
/// `hidden_in` counts the view's hidden messages of an inclusive range. Recalled messages are few, and asked one by one.
pub fn unread(view: &View, log: &Log, mut hidden_in: impl FnMut(Seq, Seq) -> u64) -> u64 {
    let Some((low, high)) = unread_window(view, log) else {
        return 0;
    };
    let all = high.0 - low.0 + 1;
    let gone = log.gone.iter().flat_map(|(from, to)| {
        let inside = from.max(low).0..=to.min(high).0;
        inside.map(Seq)
    });
    let gone = gone.filter(|seq| hidden_in(*seq, *seq) == 0).count();
    all.saturating_sub(u64::try_from(gone).unwrap_or(u64::MAX))
        .saturating_sub(hidden_in(low, high))
}

/// The first and last message that may be unread; none if none may.
#[must_use]
pub fn unread_window(view: &View, log: &Log) -> Option<(Seq, Seq)> {
    let (low, high) = view.window(log);
    let low = low.max(view.read_seq.next()).max(view.last_sent_seq.next());
    (low <= high).then_some((low, high))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{DeviceId, Hidden, HiddenRange, Mark, Pos, Version};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn same_as_counting(
            last in 0u64..60, floor in 0u64..60, first in 1u64..30, read in 0u64..60, sent in 0u64..60,
            hidden_at in prop::collection::btree_set(1u64..60, 0..20), gone_at in prop::collection::btree_set(1u64..60, 0..20),
        ) {
            let mark = |seq| Mark { seq: Seq(seq), pos: Pos(seq) };
            let mut log = Log { last: mark(last), last_pos: Pos(last), first_seq: Seq(first), ..Log::default() };
            for seq in &gone_at {
                log.gone.insert(Seq(*seq), Seq(*seq));
            }
            let mut view = View { read_seq: Seq(read), last_sent_seq: Seq(sent), ..View::default() };
            view.floor.at = mark(floor.min(last));
            let hidden: Hidden = hidden_at.iter().map(|seq| HiddenRange {
                from: mark(*seq), to: mark(*seq), version: Version(1), device: DeviceId(0), notice: true,
            }).collect();
            let counted = (1..=last).filter(|seq| view.sees(Seq(*seq), &log, &hidden) && *seq > read && *seq > sent).count();
            prop_assert_eq!(unread(&view, &log, |low, high| hidden.count_in(low, high)), u64::try_from(counted).unwrap());
        }
    }
}
