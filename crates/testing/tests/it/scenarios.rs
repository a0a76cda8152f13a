//! Cases that have a name of their own, on the embedded store. `docs/verification.md` lists where the others are.

use crate::people::{People, account};
use lacuna_domain::Version;
use lacuna_store::Fact;

/// Facts as a device reads them, in pages of `limit` rows; a page that is cut in the middle of one deletion goes on to its end.
async fn facts_in_pages(people: &People, limit: usize) -> (Vec<Fact>, usize) {
    let account = account(&people.pairs[0], 0);
    let (mut facts, mut since, mut pages) = (Vec::new(), Version(0), 0);
    loop {
        let page = people.store.facts(account, since, limit).await.unwrap();
        pages += 1;
        since = page.facts.last().map_or(since, |fact| fact.version);
        facts.extend(page.facts);
        if !page.more {
            return (facts, pages);
        }
    }
}

async fn scattered(messages: usize) -> (People, usize) {
    let people = People::new(1).await;
    let pair = people.pairs[0].clone();
    let sent = people.send(&pair, messages).await;
    let every_other: Vec<_> = sent.iter().step_by(2).copied().collect();
    people.hide_ids(&pair, 0, &every_other).await;
    (people, every_other.len())
}

async fn ranges_cut_into_pages(ranges: usize) {
    let (people, count) = scattered(ranges * 2).await;
    // Each call deleted 50 of them at one version: no page of 7, 50 or 1,000 rows may lose the rest of one.
    for limit in [7, 50, 1_000] {
        let (facts, pages) = facts_in_pages(&people, limit).await;
        assert_eq!(facts.len(), count, "pages of {limit}");
        assert!(facts.is_sorted_by_key(|fact| fact.version));
        assert!(pages >= count / (limit + 50));
    }
    let left = people.history(&people.pairs[0], 0).await;
    assert_eq!(left.len(), count);
}

async fn clear_after_scattered_deletions(messages: usize) {
    let (people, count) = scattered(messages).await;
    let pair = people.pairs[0].clone();
    let last = people.send(&pair, 1).await[0];
    people.hide_through(&pair, 0, last).await;
    // One row now says it all, and whoever knew of none or of some of the ranges learns it from that.
    let (facts, _) = facts_in_pages(&people, 1_000).await;
    assert_eq!(facts.len(), 1, "{count} ranges are below the floor");
    assert_eq!(facts[0].to, last.pos);
    assert!(people.history(&pair, 0).await.is_empty());
    assert_eq!(people.history(&pair, 1).await.len(), messages + 1);
}

#[tokio::test]
async fn many_ranges_are_cut_into_pages() {
    ranges_cut_into_pages(2_000).await;
}

#[tokio::test]
#[ignore = "the full size, some minutes: cargo test -p lacuna-testing -- --ignored"]
async fn a_hundred_thousand_ranges_are_cut_into_pages() {
    ranges_cut_into_pages(100_000).await;
}

#[tokio::test]
async fn clearing_after_scattered_deletions() {
    clear_after_scattered_deletions(4_000).await;
}

#[tokio::test]
#[ignore = "the full size, some minutes: cargo test -p lacuna-testing -- --ignored"]
async fn clearing_after_a_million_scattered_deletions() {
    clear_after_scattered_deletions(2_000_000).await;
}

/// A floor that retention would set, by age, is below the one that a clear has left: nothing comes back.
#[tokio::test]
async fn an_older_floor_changes_nothing() {
    let people = People::new(1).await;
    let pair = people.pairs[0].clone();
    let sent = people.send(&pair, 10).await;
    people.hide_through(&pair, 0, sent[7]).await;
    people.hide_nothing_through(&pair, 0, sent[2]).await;
    people.hide_nothing_through(&pair, 0, sent[7]).await;
    let left = people.history(&pair, 0).await;
    assert_eq!(left, [sent[8].canary, sent[9].canary]);
}
