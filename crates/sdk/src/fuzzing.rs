//! Bodies of the fuzz targets of this package, replayed by its tests; see `fuzz/README.md`.

pub use crate::sync::play::sync;

#[cfg(test)]
#[path = "../../../fuzz/replay.rs"]
mod replay;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_corpus_is_replayed() {
        replay::corpus("sync", sync);
    }

    proptest! {
        #[test]
        fn any_events(input in prop::collection::vec(any::<u8>(), 0..300)) {
            sync(&input);
        }
    }
}
