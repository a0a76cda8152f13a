//! What runs by itself: the purge of bodies and the sweep.

use super::changing::recall;
use super::world::{API, World};
use crate::{
    Append, EntryKind, GroupAct, NewEvent, RecordId, RecordKind, RecordOwner, RecordQuery,
    RecordWrite, Scope, Store, Sweep, Token,
};
use lacuna_domain::limits::{DEVICE_FORGET_MS, SIGNAL_RETENTION_MS};
use lacuna_domain::{Pos, Target, Version};

const DAY_MS: u64 = 24 * 3600 * 1000;

/// Purges until nothing is left to do, by small steps; says how many bodies went.
async fn purge(store: &dyn Store) -> usize {
    let mut purged = 0;
    for _ in 0..1000 {
        let step = store.purge_step(2).await.unwrap();
        assert!(step.purged <= 2);
        purged += step.purged;
        if !step.more {
            assert!(store.erase().await.unwrap());
            return purged;
        }
    }
    panic!("the purge does not end");
}

async fn sweep(world: &World<'_>) -> (u64, usize) {
    let (mut retired, mut signals) = (0, 0);
    for _ in 0..1000 {
        let swept = world
            .store
            .sweep(Sweep {
                now: world.now(),
                limit: 2,
            })
            .await
            .unwrap();
        retired += swept.retired;
        signals += swept.signals;
        if !swept.more {
            return (retired, signals);
        }
    }
    panic!("the sweep does not end");
}

/// L7: a body goes when the last who sees it deleted it, not before; nobody's history changes by it.
pub async fn purges_after_the_last_viewer(store: &dyn Store) {
    let (world, alice, bob) = World::pair(store).await;
    let tv = world.device(&alice, "tv").await;
    let ids = world.send_many(&alice, &bob.target(), 7).await;
    world.hide(&bob, Scope::Conversation(alice.target())).await;
    let before = world.seen(&alice, tv).await;
    assert_eq!(purge(store).await, 0, "the other side sees it all");
    assert_eq!(world.seen(&alice, tv).await, before);
    world
        .hide(&alice, Scope::Ids(bob.target(), vec![ids[1], ids[4]]))
        .await;
    let before = world.seen(&alice, tv).await;
    assert_eq!(purge(store).await, 2);
    assert_eq!(purge(store).await, 0, "once is enough");
    assert_eq!(world.seen(&alice, tv).await, before);
    world.hide(&alice, Scope::All).await;
    assert_eq!(purge(store).await, 5);
}

/// A former member who still sees a message keeps its body; a deleted account does not.
pub async fn purges_what_former_members_gave_up(store: &dyn Store) {
    let (world, alice, bob) = World::pair(store).await;
    let group = world.group(&alice).await;
    let target = Target::Group(group.id.clone());
    world.join(&group, &bob).await;
    let ids = world.send_many(&alice, &target, 4).await;
    world.leave(&group, &bob).await;
    world
        .hide(&alice, Scope::Conversation(target.clone()))
        .await;
    assert_eq!(purge(store).await, 0);
    assert_eq!(world.history(&bob, &target).await, ids);
    world
        .hide(&bob, Scope::Ids(target.clone(), vec![ids[0]]))
        .await;
    assert_eq!(purge(store).await, 1);
    world.join(&group, &bob).await;
    assert_eq!(
        purge(store).await,
        3,
        "a rejoin gives up what was seen before"
    );
    world.send_many(&alice, &target, 2).await;
    world.regroup(&group.id, GroupAct::Destroy).await;
    store
        .delete_account(world.app, &alice.name, None, world.now())
        .await
        .unwrap();
    assert_eq!(purge(store).await, 0);
    store
        .delete_account(world.app, &bob.name, None, world.now())
        .await
        .unwrap();
    assert_eq!(purge(store).await, 2);
}

/// Retention takes old messages from everybody, and their bodies; none comes back.
pub async fn retires_old_messages(store: &dyn Store) {
    let world = World::with_retention(store, 7).await;
    let (alice, bob) = (world.account("alice").await, world.account("bob").await);
    let tv = world.device(&bob, "tv").await;
    let old = world.send_many(&alice, &bob.target(), 3).await;
    world.wait(3 * DAY_MS);
    let new = world.send_many(&alice, &bob.target(), 2).await;
    assert_eq!(sweep(&world).await.0, 0);
    world.wait(5 * DAY_MS);
    assert_eq!(sweep(&world).await.0, 3);
    assert_eq!(world.history(&alice, &bob.target()).await, new);
    assert_eq!(
        world.counters(&bob, &alice.target()).await,
        Some((new[1], 2))
    );
    assert_eq!(
        world
            .inbox(&bob, tv, world.list(&bob).await[0].conversation)
            .await,
        new
    );
    assert_eq!(purge(store).await, 3);
    assert!(
        !world
            .hide(&bob, Scope::Ids(alice.target(), old))
            .await
            .changed
    );
    world.wait(30 * DAY_MS);
    assert_eq!(sweep(&world).await.0, 2);
    assert!(world.list(&bob).await.is_empty());
    let next = world.send(&alice, API, &bob.target()).await;
    assert_eq!(next.seq, Some(lacuna_domain::Seq(6)));
    assert_eq!(world.history(&bob, &alice.target()).await, [next.pos]);
}

/// A message takes its pin and its reactions with it when its body goes, however many there are, and nobody else's.
pub async fn purges_what_hangs_on_messages(store: &dyn Store) {
    let (world, alice, bob) = World::pair(store).await;
    let ids = world.send_many(&alice, &bob.target(), 3).await;
    let conversation = world.list(&bob).await[0].conversation;
    let owner = RecordOwner::Conversation(conversation);
    for pos in &ids {
        hang(&world, owner, *pos, 3).await;
    }
    hang(&world, owner, ids[1], 1_100).await;
    let one = || vec![ids[1]];
    world.hide(&bob, Scope::Ids(alice.target(), one())).await;
    assert_eq!(purge(store).await, 0);
    assert_eq!(hanging(&world, owner, ids[1]).await, [1, 2, 1_100]);
    world.hide(&alice, Scope::Ids(bob.target(), one())).await;
    assert_eq!(purge(store).await, 1);
    assert_eq!(hanging(&world, owner, ids[1]).await, [0, 0, 0]);
    for pos in [ids[0], ids[2]] {
        assert_eq!(hanging(&world, owner, pos).await, [1, 2, 3]);
    }
    recall(&world, &alice, &bob.target(), ids[2]).await;
    assert_eq!(hanging(&world, owner, ids[2]).await, [0, 0, 0], "at once");
    assert_eq!(hanging(&world, owner, ids[0]).await, [1, 2, 3]);
}

/// Pins a message, and has so many users react to it in two ways.
async fn hang(world: &World<'_>, owner: RecordOwner, pos: Pos, users: usize) {
    let id = |kind, key: String| RecordId::new(owner, kind, key);
    let mut write = RecordWrite::new(world.app)
        .put(id(RecordKind::MessagePin, pos.to_string()), "")
        .put(id(RecordKind::Reaction, format!("{:020}/:)", pos.0)), "")
        .put(id(RecordKind::Reaction, format!("{:020}/x", pos.0)), "");
    for user in 0..users {
        let key = format!("{:020}/x/user{user}", pos.0);
        write = write.put(id(RecordKind::ReactionBy, key), "");
    }
    let done = world.store.write_records(write, world.now()).await;
    done.unwrap();
}

/// How many pins, reactions and users' reactions a message has.
async fn hanging(world: &World<'_>, owner: RecordOwner, pos: Pos) -> [usize; 3] {
    let kinds = [
        (RecordKind::MessagePin, pos.to_string()),
        (RecordKind::Reaction, format!("{:020}/", pos.0)),
        (RecordKind::ReactionBy, format!("{:020}/", pos.0)),
    ];
    let mut counts = [0; 3];
    for (count, (kind, prefix)) in counts.iter_mut().zip(kinds) {
        let query = RecordQuery {
            owner,
            kind,
            after: None,
            limit: 10_000,
        };
        let found = world.store.records(query, world.now()).await.unwrap();
        let of_it = found.iter().filter(|one| one.key.starts_with(&prefix));
        *count = of_it.count();
    }
    counts
}

/// Old signals, events, tokens and devices go; messages without a retention stay.
pub async fn sweeps_what_is_old(store: &dyn Store) {
    let (world, alice, bob) = World::pair(store).await;
    let sent = world.send(&alice, API, &bob.target()).await;
    for _ in 0..5 {
        let signal = EntryKind::Signal { ref_seq: None };
        store
            .append(Append {
                kind: signal,
                ..world.message(&alice, API, &bob.target())
            })
            .await
            .unwrap();
    }
    let event = || NewEvent {
        device: API,
        body: "event".into(),
    };
    store
        .add_event(world.app, &bob.name, event(), world.now())
        .await
        .unwrap();
    world.device(&bob, "old").await;
    let end = world.now().plus(1000);
    store
        .put_token(Token {
            sha256: [1; 32],
            app: world.app,
            account: Some(bob.id),
            expires: Some(end),
        })
        .await
        .unwrap();
    world.wait(SIGNAL_RETENTION_MS.max(DEVICE_FORGET_MS) + 60_000);
    store
        .add_event(world.app, &bob.name, event(), world.now())
        .await
        .unwrap();
    assert_eq!(sweep(&world).await, (0, 5));
    assert!(store.devices(bob.id).await.unwrap().is_empty());
    assert!(store.token([1; 32], end.minus(1)).await.unwrap().is_none());
    let tv = world.device(&bob, "tv").await;
    let page = world
        .inbox_page(&bob, tv, sent.conversation, Some(Pos::ZERO))
        .await;
    assert_eq!(
        page.entries
            .iter()
            .map(|entry| entry.pos)
            .collect::<Vec<_>>(),
        [sent.pos]
    );
    let events = world.events(&bob, tv, Version(0)).await;
    assert_eq!((events.items.len(), events.scanned), (1, Version(2)));
    assert_eq!(world.history(&bob, &alice.target()).await, [sent.pos]);
}
