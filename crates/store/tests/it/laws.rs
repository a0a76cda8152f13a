//! The laws of deletion under random acts.

use crate::acts::{Act, act};
use crate::player::Player;
use lacuna_domain::{AccountId, Pos, Target};
use lacuna_store::Store;
use lacuna_store::memory::MemoryStore;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// What each account sees of each conversation.
type Seen = BTreeMap<(AccountId, Target), BTreeSet<Pos>>;

fn seen(rows: Vec<(AccountId, Target, Vec<Pos>)>) -> Seen {
    rows.into_iter()
        .map(|(account, target, positions)| ((account, target), positions.into_iter().collect()))
        .collect()
}

/// L1: what is not visible once it is there is never visible again. L2: nothing else is delivered.
pub(crate) async fn check(store: &dyn Store, acts: &[Act]) {
    let mut player = Player::new(store).await;
    let mut before = Seen::new();
    for act in acts {
        let sent = player.sent.len();
        player.play(act).await;
        let new: BTreeSet<Pos> = player.sent[sent..].iter().copied().collect();
        let now = seen(player.histories().await);
        for (key, visible) in &now {
            let old = before.get(key).cloned().unwrap_or_default();
            let back: Vec<&Pos> = visible
                .iter()
                .filter(|pos| !old.contains(pos) && !new.contains(pos))
                .collect();
            assert!(back.is_empty(), "{act:?} made visible to {key:?}: {back:?}");
        }
        for (account, target, due) in player.delivered().await {
            let visible = &now[&(account, target.clone())];
            assert!(
                due.iter().all(|pos| visible.contains(pos)),
                "{act:?}: delivers to {account} of {target:?} what it may not see"
            );
        }
        before = now;
    }
}

pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(future)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]
    #[test]
    fn nothing_comes_back(acts in prop::collection::vec(act(), 1..80)) {
        block_on(check(&MemoryStore::new(1), &acts));
    }
}
