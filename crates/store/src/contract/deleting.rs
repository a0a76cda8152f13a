//! One-way deletion: what it hides, from whom, and that it stays.

use super::world::{API, World, name};
use crate::{Scope, Store};
use lacuna_domain::limits::DELETE_IDS_MAX;
use lacuna_domain::{GroupId, Pos, Target, Version};

/// Ids hide those messages; unknown, foreign, duplicate and repeated ones change nothing and are no error.
pub async fn by_ids(store: &dyn Store) {
    let (world, alice, bob) = World::pair(store).await;
    let carol = world.account("carol").await;
    let ids = world.send_many(&alice, &bob.target(), 4).await;
    let foreign = world.send(&alice, API, &carol.target()).await;
    let scope = Scope::Ids(
        alice.target(),
        vec![ids[2], ids[0], ids[2], Pos(5), foreign.pos],
    );
    let done = world.hide(&bob, scope.clone()).await;
    assert_eq!((done.changed, done.version), (true, Version(1)));
    assert!(done.barrier >= foreign.pos);
    assert_eq!(world.history(&bob, &alice.target()).await, [ids[1], ids[3]]);
    assert_eq!(world.history(&carol, &alice.target()).await, [foreign.pos]);

    let again = world.hide(&bob, scope).await;
    assert_eq!((again.changed, again.version), (false, Version(1)));
    let none = world
        .hide(
            &bob,
            Scope::Ids(alice.target(), vec![Pos(5), foreign.pos, Pos::MAX]),
        )
        .await;
    assert_eq!((none.changed, none.version), (false, Version(1)));
    for target in [
        Target::Peer(name("nobody")),
        carol.target(),
        Target::Group(GroupId::new("x")),
    ] {
        assert!(
            !world
                .hide(&bob, Scope::Ids(target.clone(), ids.clone()))
                .await
                .changed
        );
        assert!(
            !world
                .hide(&bob, Scope::Conversation(target.clone()))
                .await
                .changed
        );
        assert!(
            !world
                .hide(&bob, Scope::Through(target, world.now()))
                .await
                .changed
        );
    }
    assert_eq!(world.hide(&bob, Scope::All).await.version, Version(2));
    assert_eq!(
        world.hide(&bob, Scope::All).await.version,
        Version(2),
        "a repeat is no change"
    );
}

/// As many ids as one call may name, in any order, scattered.
pub async fn by_many_ids(store: &dyn Store) {
    let (world, alice, bob) = World::pair(store).await;
    let ids = world
        .send_many(&alice, &bob.target(), DELETE_IDS_MAX * 2)
        .await;
    let odd: Vec<Pos> = ids.iter().rev().step_by(2).copied().collect();
    assert!(
        world
            .hide(&bob, Scope::Ids(alice.target(), odd))
            .await
            .changed
    );
    let even: Vec<Pos> = ids.iter().step_by(2).copied().collect();
    assert_eq!(world.history(&bob, &alice.target()).await, even);
    assert!(
        world
            .hide(&bob, Scope::Ids(alice.target(), even))
            .await
            .changed
    );
    assert!(world.history(&bob, &alice.target()).await.is_empty());
    assert_eq!(world.history(&alice, &bob.target()).await, ids);
}

/// A time hides everything at or before it.
pub async fn through_a_time(store: &dyn Store) {
    let (world, alice, bob) = World::pair(store).await;
    let ids = world.send_many(&alice, &bob.target(), 5).await;
    let through = async |time| world.hide(&bob, Scope::Through(alice.target(), time)).await;
    assert!(
        !through(ids[0].time().minus(1)).await.changed,
        "before the first message"
    );
    let done = through(ids[1].time()).await;
    assert_eq!((done.changed, done.version), (true, Version(1)));
    assert_eq!(
        world.history(&bob, &alice.target()).await,
        ids[2..],
        "the time itself is included"
    );
    assert!(
        !through(ids[2].time().minus(1)).await.changed,
        "nothing between"
    );
    assert!(
        !through(ids[0].time()).await.changed,
        "the floor does not fall"
    );
    assert_eq!(world.history(&bob, &alice.target()).await, ids[2..]);
    assert!(through(ids[2].time().plus(1)).await.changed);
    assert_eq!(world.history(&bob, &alice.target()).await, ids[3..]);
    assert_eq!(world.history(&alice, &bob.target()).await, ids);
}

/// A time in the future means everything at commit; what comes after is visible.
pub async fn through_a_time_in_the_future(store: &dyn Store) {
    let (world, alice, bob) = World::pair(store).await;
    let ids = world.send_many(&alice, &bob.target(), 2).await;
    let future = world.now().plus(3_600_000);
    assert!(
        world
            .hide(&bob, Scope::Through(alice.target(), future))
            .await
            .changed
    );
    assert!(world.history(&bob, &alice.target()).await.is_empty());
    let next = world.send(&alice, API, &bob.target()).await;
    assert!(next.pos < Pos::first_at(future) && next.pos > ids[1]);
    assert_eq!(world.history(&bob, &alice.target()).await, [next.pos]);
}

/// A time at the server's clock includes messages whose positions ran ahead of it.
pub async fn through_now_when_positions_run_ahead(store: &dyn Store) {
    let (world, alice, bob) = World::pair(store).await;
    let ahead = crate::Append {
        now: world.now().plus(60_000),
        ..world.message(&alice, API, &bob.target())
    };
    store.append(ahead).await.unwrap();
    world.send(&alice, API, &bob.target()).await;
    let now = world.now().plus(1000);
    assert!(
        world
            .hide(&bob, Scope::Through(alice.target(), now))
            .await
            .changed
    );
    assert!(world.history(&bob, &alice.target()).await.is_empty());
}

/// A conversation, and then everything; each conversation's deletion has a version of its own.
pub async fn by_conversation_and_all(store: &dyn Store) {
    let (world, alice, bob) = World::pair(store).await;
    let carol = world.account("carol").await;
    let ids = world.send_many(&alice, &bob.target(), 3).await;
    world.send_many(&carol, &bob.target(), 2).await;
    world.send_many(&bob, &bob.target(), 2).await;
    let one = world.hide(&bob, Scope::Conversation(alice.target())).await;
    assert_eq!((one.changed, one.version), (true, Version(1)));
    assert!(world.history(&bob, &alice.target()).await.is_empty());
    assert_eq!(world.history(&bob, &carol.target()).await.len(), 2);
    let all = world.hide(&bob, Scope::All).await;
    assert_eq!(
        (all.changed, all.version),
        (true, Version(3)),
        "two conversations were left"
    );
    assert!(world.list(&bob).await.is_empty());
    assert!(world.history(&bob, &carol.target()).await.is_empty());
    let next = world.send(&bob, API, &alice.target()).await;
    assert_eq!(world.history(&bob, &alice.target()).await, [next.pos]);
    assert_eq!(
        world.history(&alice, &bob.target()).await,
        [ids, vec![next.pos]].concat()
    );
}

/// L3: whatever one deletes, nothing changes for anybody else.
pub async fn only_ones_own(store: &dyn Store) {
    let (world, alice, bob) = World::pair(store).await;
    let phone = world.device(&alice, "phone").await;
    let group = world.group(&alice).await;
    world.join(&group, &bob).await;
    let target = Target::Group(group.id);
    let ids = world.send_many(&alice, &target, 3).await;
    let direct = world.send_many(&bob, &alice.target(), 3).await;
    let before = world.seen(&alice, phone).await;
    let scopes = [
        Scope::Ids(target.clone(), ids[..1].to_vec()),
        Scope::Ids(alice.target(), direct[1..].to_vec()),
        Scope::Through(target.clone(), ids[1].time()),
        Scope::Conversation(target),
        Scope::All,
    ];
    for scope in scopes {
        assert!(world.hide(&bob, scope.clone()).await.changed);
        assert_eq!(world.seen(&alice, phone).await, before, "after {scope:?}");
    }
}

/// L1: neither an older time, nor ids above, nor a repeat in any order brings anything back.
pub async fn never_undone(store: &dyn Store) {
    let (world, alice, bob) = World::pair(store).await;
    let ids = world.send_many(&alice, &bob.target(), 6).await;
    world
        .hide(&bob, Scope::Ids(alice.target(), vec![ids[4], ids[1]]))
        .await;
    world
        .hide(&bob, Scope::Through(alice.target(), ids[2].time()))
        .await;
    assert_eq!(world.history(&bob, &alice.target()).await, [ids[3], ids[5]]);
    world
        .hide(&bob, Scope::Through(alice.target(), ids[0].time()))
        .await;
    world
        .hide(&bob, Scope::Ids(alice.target(), vec![ids[0], ids[2]]))
        .await;
    assert_eq!(world.history(&bob, &alice.target()).await, [ids[3], ids[5]]);
    world
        .hide(&bob, Scope::Ids(alice.target(), vec![ids[3]]))
        .await;
    assert_eq!(world.history(&bob, &alice.target()).await, [ids[5]]);
    world
        .hide(&bob, Scope::Through(alice.target(), ids[5].time()))
        .await;
    assert!(world.history(&bob, &alice.target()).await.is_empty());
}
