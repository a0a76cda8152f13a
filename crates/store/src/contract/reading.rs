//! History pages.

use super::world::{API, World};
use crate::{Append, EntryKind, HistoryQuery, Scope, Store};
use lacuna_domain::limits::HISTORY_SCAN_MAX;
use lacuna_domain::{Direction, MessageKind, Pos};

/// Both directions give the same messages, and bodies, senders and kinds as they were sent.
pub async fn goes_both_ways(store: &dyn Store) {
    let (world, alice, bob) = World::pair(store).await;
    let mut ids = world.send_many(&alice, &bob.target(), 3).await;
    let image = EntryKind::Message(MessageKind::Image);
    let sent = Append {
        kind: image,
        body: "picture".into(),
        ..world.message(&bob, API, &alice.target())
    };
    ids.push(store.append(sent).await.unwrap().pos);
    let query = world.query(&alice, &bob.target());
    let page = world.page(&query).await;
    let last = page.entries.last().unwrap();
    assert_eq!(
        (&last.sender, last.kind, &last.body[..]),
        (&bob.name, MessageKind::Image, &b"picture"[..])
    );
    assert_eq!(world.pages(query.clone()).await, ids);
    ids.reverse();
    assert_eq!(
        world
            .pages(HistoryQuery {
                direction: Direction::Older,
                ..query
            })
            .await,
        ids
    );
}

/// A page starts beyond `from`, whichever message that is, and says exactly whether it is the last.
pub async fn ends_exactly(store: &dyn Store) {
    let (world, alice, bob) = World::pair(store).await;
    let ids = world.send_many(&alice, &bob.target(), 6).await;
    let query = HistoryQuery {
        limit: 3,
        ..world.query(&bob, &alice.target())
    };
    for direction in [Direction::Older, Direction::Newer] {
        let mut want = ids.clone();
        if direction == Direction::Older {
            want.reverse();
        }
        let first = world
            .page(&HistoryQuery {
                direction,
                ..query.clone()
            })
            .await;
        assert_eq!(
            first
                .entries
                .iter()
                .map(|entry| entry.pos)
                .collect::<Vec<_>>(),
            want[..3]
        );
        assert!(first.next.is_some());
        let second = world
            .page(&HistoryQuery {
                direction,
                from: first.next,
                ..query.clone()
            })
            .await;
        assert_eq!(
            second
                .entries
                .iter()
                .map(|entry| entry.pos)
                .collect::<Vec<_>>(),
            want[3..]
        );
        assert_eq!(second.next, None, "exactly the last page");
    }
    let from = Some(Pos(ids[2].0 + 1));
    assert_eq!(
        world
            .pages(HistoryQuery {
                from,
                ..query.clone()
            })
            .await,
        ids[3..],
        "from is no message"
    );
    assert!(
        world
            .pages(HistoryQuery {
                from: Some(ids[5]),
                ..query
            })
            .await
            .is_empty()
    );
}

/// A page is still exact when what is left beyond it is deleted, and long deleted stretches are jumped.
pub async fn jumps_what_is_deleted(store: &dyn Store) {
    let (world, alice, bob) = World::pair(store).await;
    let ids = world.send_many(&alice, &bob.target(), 60).await;
    world
        .hide(&bob, Scope::Ids(alice.target(), ids[2..5].to_vec()))
        .await;
    world
        .hide(&bob, Scope::Ids(alice.target(), ids[10..50].to_vec()))
        .await;
    world
        .hide(&bob, Scope::Ids(alice.target(), ids[58..].to_vec()))
        .await;
    let want: Vec<Pos> = [&ids[..2], &ids[5..10], &ids[50..58]].concat();
    for (direction, limit) in [
        (Direction::Newer, 1),
        (Direction::Older, 1),
        (Direction::Newer, 4),
        (Direction::Older, 15),
    ] {
        let mut found = world
            .pages(HistoryQuery {
                direction,
                limit,
                ..world.query(&bob, &alice.target())
            })
            .await;
        if direction == Direction::Older {
            found.reverse();
        }
        assert_eq!(found, want, "{direction:?} by {limit}");
    }
    let page = world
        .page(&HistoryQuery {
            limit: 15,
            ..world.query(&bob, &alice.target())
        })
        .await;
    assert_eq!((page.entries.len(), page.next), (15, None));
    assert_eq!(world.history(&alice, &bob.target()).await, ids);
}

/// A window of time holds both of its ends.
pub async fn keeps_to_a_window_of_time(store: &dyn Store) {
    let (world, alice, bob) = World::pair(store).await;
    let ids = world.send_many(&alice, &bob.target(), 5).await;
    let (since, until) = (Some(ids[1].time()), Some(ids[3].time()));
    let query = world.query(&alice, &bob.target());
    assert_eq!(
        world
            .pages(HistoryQuery {
                since,
                ..query.clone()
            })
            .await,
        ids[1..]
    );
    assert_eq!(
        world
            .pages(HistoryQuery {
                until,
                ..query.clone()
            })
            .await,
        ids[..4]
    );
    let both = HistoryQuery {
        since,
        until,
        direction: Direction::Older,
        limit: 2,
        ..query.clone()
    };
    assert_eq!(world.pages(both).await, [ids[3], ids[2], ids[1]]);
    assert!(
        world
            .pages(HistoryQuery {
                since: until,
                until: since,
                ..query
            })
            .await
            .is_empty()
    );
}

/// Filters by kind and sender leave the rest out, page by page.
pub async fn filters_by_kind_and_sender(store: &dyn Store) {
    let (world, alice, bob) = World::pair(store).await;
    let mut sent = Vec::new();
    for index in 0..12 {
        let (from, to) = if index % 3 == 0 {
            (&bob, &alice)
        } else {
            (&alice, &bob)
        };
        let kind = [
            MessageKind::Text,
            MessageKind::Image,
            MessageKind::Custom,
            MessageKind::File,
        ][index % 4];
        let message = Append {
            kind: EntryKind::Message(kind),
            ..world.message(from, API, &to.target())
        };
        let pos = store.append(message).await.unwrap().pos;
        sent.push((pos, from.name.clone(), kind));
    }
    let query = HistoryQuery {
        limit: 2,
        ..world.query(&alice, &bob.target())
    };
    let kinds = vec![MessageKind::Image, MessageKind::Custom];
    let want = |keep: &dyn Fn(&(Pos, lacuna_domain::Name, MessageKind)) -> bool| -> Vec<Pos> {
        sent.iter()
            .filter(|row| keep(row))
            .map(|row| row.0)
            .collect()
    };
    let by_kind = HistoryQuery {
        kinds: kinds.clone(),
        ..query.clone()
    };
    assert_eq!(
        world.pages(by_kind.clone()).await,
        want(&|row| kinds.contains(&row.2))
    );
    let by_sender = HistoryQuery {
        sender: Some(bob.name.clone()),
        ..query
    };
    assert_eq!(
        world.pages(by_sender.clone()).await,
        want(&|row| row.1 == bob.name)
    );
    let by_both = HistoryQuery {
        kinds: kinds.clone(),
        ..by_sender
    };
    assert_eq!(
        world.pages(by_both).await,
        want(&|row| row.1 == bob.name && kinds.contains(&row.2))
    );
    let by_six = HistoryQuery {
        limit: 6,
        ..by_kind
    };
    let all = world.page(&by_six).await;
    assert_eq!(
        (all.entries.len(), all.next),
        (6, None),
        "exactly the last page"
    );
}

/// Nobody sees a conversation that they have no view of, and signals are no history.
pub async fn shows_only_ones_own(store: &dyn Store) {
    let (world, alice, bob) = World::pair(store).await;
    let carol = world.account("carol").await;
    let group = world.group(&alice).await;
    let target = lacuna_domain::Target::Group(group.id);
    world.send(&alice, API, &target).await;
    let signal = EntryKind::Signal { ref_seq: None };
    store
        .append(Append {
            kind: signal,
            ..world.message(&alice, API, &bob.target())
        })
        .await
        .unwrap();
    assert!(world.history(&carol, &target).await.is_empty());
    assert!(world.history(&carol, &alice.target()).await.is_empty());
    assert!(world.history(&bob, &alice.target()).await.is_empty());
}

/// A search through many messages comes to its end, page by page, however little each of them finds.
pub async fn searches_far(store: &dyn Store) {
    let (world, alice, bob) = World::pair(store).await;
    let first = world.send(&bob, API, &alice.target()).await;
    let started: Vec<_> = (0..HISTORY_SCAN_MAX + 100)
        .map(|_| store.append(world.message(&alice, API, &bob.target())))
        .collect();
    for sent in started {
        sent.await.unwrap();
    }
    let query = HistoryQuery {
        sender: Some(bob.name.clone()),
        direction: Direction::Older,
        ..world.query(&alice, &bob.target())
    };
    let page = world.page(&query).await;
    assert!(
        page.entries.is_empty() && page.next.is_some(),
        "a bounded search"
    );
    assert_eq!(world.pages(query).await, [first.pos]);
}
