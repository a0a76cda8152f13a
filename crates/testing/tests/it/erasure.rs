//! L7: what nobody entitled can see is off the disk, in every file; what somebody sees is there.

use crate::canary::{self, Canary, mix};
use crate::people::{Pair, People, Sent};
use lacuna_domain::limits::PURGE_STEP_MAX;
use lacuna_store::Scope;
use std::cell::Cell;
use std::collections::HashSet;
use tokio::time::Instant;

const PAIRS: usize = 10;
const MESSAGES_PER_PAIR: usize = 2_000;
/// Sent while the others are deleted and purged.
const BACKGROUND_SENDS_MAX: usize = 3_000;
const DATABASE: &str = "lacuna.db";

/// Half of 20,000 messages are deleted by both sides and purged, by time and by scattered ids, while others are sent and read.
#[tokio::test]
async fn purged_bodies_are_in_no_file_and_kept_ones_are_in_the_database() {
    let start = Instant::now();
    let people = People::new(PAIRS + 1).await;
    let (pairs, busy) = (&people.pairs[..PAIRS], &people.pairs[PAIRS]);
    let (mut gone, mut kept) = (Vec::new(), Vec::new());
    for (nth, pair) in pairs.iter().enumerate() {
        let (dropped, left) = choose(nth, people.send(pair, MESSAGES_PER_PAIR).await);
        gone.push(dropped);
        kept.extend(left.into_iter().map(|sent| sent.canary));
    }
    let gone_canaries: HashSet<Canary> =
        gone.iter().flat_map(Gone::all).map(|s| s.canary).collect();
    assert_eq!(
        gone_canaries.len(),
        PAIRS * MESSAGES_PER_PAIR / 2,
        "half of them"
    );
    let before = canary::anywhere(people.folder());
    assert!(gone_canaries.is_subset(&before), "all are found before");
    let prepared = start.elapsed();

    let done = Cell::new(false);
    let (purged, others) = tokio::join!(
        async {
            let purged = delete_and_purge(&people, pairs, &gone).await;
            done.set(true);
            purged
        },
        send_and_read(&people, busy, pairs, &done)
    );
    assert_eq!(purged, gone_canaries.len());
    let deleted = start.elapsed();

    kept.extend(others.iter().map(|sent| sent.canary));
    assert_nowhere(&people, &gone_canaries);
    for (pair, gone) in pairs.iter().zip(&gone) {
        let left = people.history(pair, 0).await;
        assert_eq!(left.len(), MESSAGES_PER_PAIR - gone.all().count());
        assert_eq!(left, people.history(pair, 1).await);
    }
    people.store.close().await.unwrap();
    assert_nowhere(&people, &gone_canaries);
    let after = canary::in_files(people.folder());
    let lost = kept
        .iter()
        .filter(|canary| !after[DATABASE].contains(canary))
        .count();
    assert_eq!(lost, 0, "kept messages that are not in the database");
    eprintln!(
        "{purged} bodies purged, {} kept, {} of them sent meanwhile: prepared in {prepared:.1?}, deleted and purged in {:.1?}, {:.1?} in all",
        kept.len(),
        others.len(),
        deleted.checked_sub(prepared).unwrap(),
        start.elapsed()
    );
}

/// A message that one side deleted keeps its bytes for the other, until that one deletes it too.
#[tokio::test]
async fn a_body_stays_while_one_side_sees_it() {
    let people = People::new(1).await;
    let pair = &people.pairs[0];
    let sent = people.send(pair, 400).await;
    let canaries: Vec<Canary> = sent.iter().map(|sent| sent.canary).collect();
    people.hide(pair, 0, Scope::Conversation).await;
    assert_eq!(people.purge().await, 0);
    assert_eq!(people.history(pair, 0).await, []);
    assert_eq!(people.history(pair, 1).await, canaries);
    let all: HashSet<Canary> = canaries.iter().copied().collect();
    assert!(canary::anywhere(people.folder()) == all, "all are there");

    let (first, rest) = canaries.split_at(100);
    people.hide_through(pair, 1, sent[99]).await;
    assert_eq!(people.purge().await, 100);
    assert_eq!(people.history(pair, 1).await, rest);
    assert_nowhere(&people, &first.iter().copied().collect());
    let rest: HashSet<Canary> = rest.iter().copied().collect();
    assert!(
        canary::anywhere(people.folder()) == rest,
        "the rest is there"
    );
}

/// What both sides of a pair delete.
struct Gone {
    /// The first messages, by time; may be empty.
    first: Vec<Sent>,
    /// Scattered messages, by id, in no order.
    scattered: Vec<Sent>,
}

impl Gone {
    fn all(&self) -> impl Iterator<Item = &Sent> {
        self.first.iter().chain(&self.scattered)
    }
}

/// Half of a pair's messages to delete, and those that are left. Every other pair deletes a quarter by time.
fn choose(nth: usize, mut sent: Vec<Sent>) -> (Gone, Vec<Sent>) {
    let half = sent.len() / 2;
    let by_time = if nth.is_multiple_of(2) { half / 2 } else { 0 };
    let mut scattered = sent.split_off(by_time);
    scattered.sort_by_key(|sent| mix(sent.pos.0));
    let left = scattered.split_off(half - by_time);
    let gone = Gone {
        first: sent,
        scattered,
    };
    (gone, left)
}

/// Both sides delete, a pair at a time, while earlier deletions are purged. Says how many bodies went.
async fn delete_and_purge(people: &People, pairs: &[Pair], gone: &[Gone]) -> usize {
    let mut purged = 0;
    for (pair, gone) in pairs.iter().zip(gone) {
        for side in [0, 1] {
            if let Some(last) = gone.first.last() {
                people.hide_through(pair, side, *last).await;
            }
            people.hide_ids(pair, side, &gone.scattered).await;
            purged += people
                .store
                .purge_step(PURGE_STEP_MAX)
                .await
                .unwrap()
                .purged;
        }
    }
    purged + people.purge().await
}

/// Two others write, and everybody reads, until it is done.
async fn send_and_read(
    people: &People,
    busy: &Pair,
    pairs: &[Pair],
    done: &Cell<bool>,
) -> Vec<Sent> {
    let mut sent = Vec::new();
    for pair in pairs.iter().cycle() {
        if done.get() || sent.len() >= BACKGROUND_SENDS_MAX {
            break;
        }
        sent.extend(people.send(busy, 20).await);
        people.history(pair, 1).await;
        people.history(busy, 0).await;
    }
    sent
}

fn assert_nowhere(people: &People, gone: &HashSet<Canary>) {
    for (file, found) in canary::in_files(people.folder()) {
        let left = found.intersection(gone).count();
        assert_eq!(left, 0, "purged bodies in {file}");
    }
}
