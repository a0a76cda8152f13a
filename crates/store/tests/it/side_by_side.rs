//! The backends side by side: the same acts, the same answers, the same things shown.

use crate::acts::{Act, act};
use crate::laws::{block_on, check};
use crate::player::Player;
use lacuna_store::Store;
use lacuna_store::memory::MemoryStore;
use proptest::prelude::*;

/// How often everything that is shown is compared: answers are compared after every act.
const COMPARE_EVERY: usize = 10;

/// Plays the acts on both; every answer and everything shown must be equal, positions and versions included.
async fn compare(left: &dyn Store, right: &dyn Store, acts: &[Act]) {
    let (mut left, mut right) = (Player::new(left).await, Player::new(right).await);
    for (index, act) in acts.iter().enumerate() {
        assert_eq!(left.play(act).await, right.play(act).await, "{act:?}");
        if index % COMPARE_EVERY == 0 || index + 1 == acts.len() {
            let (left, right) = (left.shown().await, right.shown().await);
            assert_eq!(left.lines().count(), right.lines().count());
            for (left, right) in left.lines().zip(right.lines()) {
                assert_eq!(left, right, "after {act:?}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, max_shrink_iters: 200, ..ProptestConfig::default() })]
    #[test]
    fn memory_and_sqlite(acts in prop::collection::vec(act(), 1..60)) {
        block_on(async {
            let (sqlite, _place) = crate::sqlite::open().await;
            compare(&MemoryStore::new(1), &*sqlite, &acts).await;
        });
    }

    #[test]
    fn nothing_comes_back_in_sqlite(acts in prop::collection::vec(act(), 1..40)) {
        block_on(async {
            let (sqlite, _place) = crate::sqlite::open().await;
            check(&*sqlite, &acts).await;
        });
    }
}
