//! Messages that are brought in with a time of the past.

use super::world::{API, World};
use crate::{Append, EntryKind, Error, MessageAct, MessageChange, MessageQuery, Store};
use bytes::Bytes;
use lacuna_domain::{Millis, Pos, Seq};

/// They have their time, continue their log, and are unread; what comes after them is above them.
pub async fn keeps_their_time(store: &dyn Store) {
    let (world, alice, bob) = World::pair(store).await;
    let then = world.now().minus(86_400_000);
    let mut ids = Vec::new();
    for at in [then, then, then.plus(1), then.plus(5_000)] {
        let message = world.message(&alice, API, &bob.target());
        let done = store.import(message, at).await.unwrap();
        assert_eq!(done.pos.time(), at);
        assert_eq!(done.prev_pos, ids.last().copied().unwrap_or(Pos::ZERO));
        ids.push(done.pos);
    }
    let now = world.send(&bob, API, &alice.target()).await;
    assert_eq!((now.seq, now.prev_pos), (Some(Seq(5)), ids[3]));
    ids.push(now.pos);
    assert!(ids.is_sorted_by(|a, b| a < b), "{ids:?}");
    for (who, peer) in [(&alice, &bob), (&bob, &alice)] {
        assert_eq!(world.history(who, &peer.target()).await, ids);
    }
    assert_eq!(store.last_pos().await.unwrap(), now.pos);
    let row = &world.list(&bob).await[0];
    assert_eq!((row.unread, row.last.as_ref().unwrap().pos), (5, now.pos));
    // What is deleted up to a time is what has that time.
    world
        .hide(&bob, crate::Scope::Through(alice.target(), then.plus(1)))
        .await;
    assert_eq!(world.history(&bob, &alice.target()).await, ids[3..]);
    assert_eq!(world.history(&alice, &bob.target()).await, ids);
}

/// A log is only continued: what is older than its end is refused, and nothing is changed. Other logs are others.
pub async fn refuses_what_is_too_early(store: &dyn Store) {
    let (world, alice, bob) = World::pair(store).await;
    let carol = world.account("carol").await;
    let first = world.send(&alice, API, &bob.target()).await;
    let last = store.last_pos().await.unwrap();
    for at in [Millis(0), first.pos.time().minus(1)] {
        let message = world.message(&bob, API, &alice.target());
        let refused = store.import(message, at).await.unwrap_err();
        assert!(
            matches!(refused, Error::TooEarly(end) if end == first.pos.time()),
            "{refused}"
        );
    }
    assert_eq!(store.last_pos().await.unwrap(), last);
    let unknown = world.message(&alice, API, &carol.target());
    let refused = store.import(unknown, Millis(5)).await.unwrap_err();
    assert!(matches!(refused, Error::TooEarly(_)), "{refused}");
    assert!(world.list(&carol).await.is_empty());
    let message = world.message(&alice, API, &carol.target());
    let at = first.pos.time().minus(1);
    assert_eq!(store.import(message, at).await.unwrap().pos.time(), at);
    let next = world.send(&alice, API, &bob.target()).await;
    assert_eq!((next.seq, next.prev_pos), (Some(Seq(2)), first.pos));
}

/// A time of the present is the present: positions go on as ever.
pub async fn of_the_present_is_a_send(store: &dyn Store) {
    let (world, alice, bob) = World::pair(store).await;
    let message = world.message(&alice, API, &bob.target());
    let now = message.now;
    let done = store.import(message, now).await.unwrap();
    assert_eq!(done.pos.time(), now);
    assert_eq!(store.last_pos().await.unwrap(), done.pos);
    let next = world.send(&alice, API, &bob.target()).await;
    assert!(next.pos > done.pos);
}

/// A device gets them as it gets any other, and once.
pub async fn reaches_devices(store: &dyn Store) {
    let (world, alice, bob) = World::pair(store).await;
    let phone = world.device(&bob, "phone").await;
    let message = world.message(&alice, API, &bob.target());
    let at = world.now().minus(86_400_000);
    let done = store.import(message, at).await.unwrap();
    let queues = store.queues(bob.id, phone).await.unwrap();
    assert_eq!((queues.len(), queues[0].count), (1, 1));
    let page = world.inbox(&bob, phone, done.conversation).await;
    assert_eq!(page, [done.pos]);
}

/// They can be edited like any other: their body goes by a position of now, in every store by the same.
pub async fn can_be_edited(store: &dyn Store) {
    let (world, alice, bob) = World::pair(store).await;
    let message = world.message(&alice, API, &bob.target());
    let at = world.now().minus(86_400_000);
    let brought = store.import(message, at).await.unwrap().pos;
    let last = store.last_pos().await.unwrap();
    let find = || MessageQuery {
        app: world.app,
        reader: (Some(bob.id), bob.name.clone()),
        target: Some(alice.target()),
        pos: brought,
    };
    let found = store.message(find()).await.unwrap().unwrap();
    assert_eq!(found.body_id, last);
    assert!(found.body_id > brought);
    let edit = Append {
        kind: EntryKind::Signal { ref_seq: None },
        changes: Some(MessageChange {
            pos: brought,
            act: MessageAct::Edit {
                before: found.body_id,
                body: Bytes::from_static(b"new"),
            },
        }),
        ..world.message(&alice, API, &bob.target())
    };
    let signal = store.append(edit).await.unwrap().pos;
    let found = store.message(find()).await.unwrap().unwrap();
    assert_eq!(found.body, "new");
    assert!(found.body_id > signal, "the signal's own body is before it");
    assert_eq!(store.last_pos().await.unwrap(), found.body_id);
}
