//! Chat rooms: groups that are joined and left at will, and of which nobody keeps what it left.

use super::world::{API, Who, World, name};
use crate::{
    Append, Error, EventItem, Group, GroupAct, GroupKind, GroupSettings, NewGroup, Scope, Store,
};
use lacuna_domain::limits::GROUPS_PER_ACCOUNT_MAX;
use lacuna_domain::{GroupId, Target, Version};

async fn room(world: &World<'_>, owner: &Who) -> Group {
    let settings = GroupSettings {
        name: "room".to_owned(),
        members_max: 10,
        room: true,
        ..GroupSettings::default()
    };
    let new = NewGroup {
        app: world.app,
        owner: owner.name.clone(),
        settings,
    };
    world.store.create_group(new, world.now()).await.unwrap()
}

fn target(group: &Group) -> Target {
    Target::Group(group.id.clone())
}

/// A message to a room.
fn message(world: &World<'_>, from: &Who, room: &Group) -> Append {
    Append {
        room: true,
        ..world.message(from, API, &target(room))
    }
}

/// What is sent to a room as to a group, or the other way round, is refused.
pub async fn are_sent_to_as_rooms(store: &dyn Store) {
    let (world, alice, _) = World::pair(store).await;
    let (room, group) = (room(&world, &alice).await, world.group(&alice).await);
    assert_eq!(
        (room.settings.kind(), group.settings.kind()),
        (GroupKind::Room, GroupKind::Group)
    );
    // Twice: the second time the log is remembered.
    for _ in 0..2 {
        let as_group = world.message(&alice, API, &target(&room));
        let refused = store.append(as_group).await;
        assert!(matches!(refused, Err(Error::NoGroup(id)) if id == room.id));
        let as_room = message(&world, &alice, &group);
        let refused = store.append(as_room).await;
        assert!(matches!(refused, Err(Error::NoGroup(id)) if id == group.id));
        store.append(message(&world, &alice, &room)).await.unwrap();
        world.send(&alice, API, &target(&group)).await;
    }
}

/// The rooms of an application come in pages; one that ended is not among them.
pub async fn are_listed_newest_first(store: &dyn Store) {
    let (world, alice, _) = World::pair(store).await;
    world.group(&alice).await;
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.insert(0, room(&world, &alice).await.id);
    }
    assert_eq!(page(&world, 0, 10).await, ids);
    assert_eq!(page(&world, 1, 1).await, ids[1..2]);
    world.regroup(&ids[0], GroupAct::Destroy).await;
    assert_eq!(
        page(&world, 0, 10).await,
        ids[1..],
        "one that ended is not there"
    );
}

async fn page(world: &World<'_>, after: usize, limit: usize) -> Vec<GroupId> {
    let rooms = world.store.rooms(world.app, after, limit).await.unwrap();
    rooms.into_iter().map(|room| room.id).collect()
}

/// Who is in as many rooms as one may be in may still be in a group.
pub async fn are_counted_apart(store: &dyn Store) {
    let (world, alice, _) = World::pair(store).await;
    for _ in 0..GROUPS_PER_ACCOUNT_MAX {
        room(&world, &alice).await;
    }
    let settings = GroupSettings {
        room: true,
        ..GroupSettings::default()
    };
    let one_more = NewGroup {
        app: world.app,
        owner: alice.name.clone(),
        settings,
    };
    let refused = store.create_group(one_more, world.now()).await;
    assert!(matches!(refused, Err(Error::LimitReached)));
    world.group(&alice).await;
}

/// Neither the messages nor the deletions of a stay are there after it, or in the next one.
pub async fn who_leaves_a_room_keeps_nothing(store: &dyn Store) {
    let (world, alice, bob) = World::pair(store).await;
    let room = room(&world, &alice).await;
    let target = target(&room);
    let phone = world.device(&bob, "phone").await;
    world.join(&room, &bob).await;
    let first = store.append(message(&world, &alice, &room)).await.unwrap();
    let second = store.append(message(&world, &alice, &room)).await.unwrap();
    let ids = Scope::Ids(target.clone(), vec![first.pos]);
    world.hide_as(&bob, phone, ids, true).await;
    assert_eq!(world.history(&bob, &target).await, [second.pos]);

    let left = world.leave(&room, &bob).await;
    assert_eq!((left.group.members, left.accounts), (1, vec![bob.id]));
    assert!(world.history(&bob, &target).await.is_empty());
    assert!(store.queues(bob.id, phone).await.unwrap().is_empty());
    assert!(world.inbox(&bob, phone, room.conversation).await.is_empty());
    assert!(store.groups_of(bob.id).await.unwrap().is_empty());
    let refused = store.append(message(&world, &bob, &room)).await;
    assert!(matches!(refused, Err(Error::NotMember(who)) if who == name("bob")));

    world.join(&room, &bob).await;
    assert!(world.history(&bob, &target).await.is_empty());
    let third = store.append(message(&world, &alice, &room)).await.unwrap();
    assert_eq!(world.history(&bob, &target).await, [third.pos]);
    assert!(
        world
            .inbox(&bob, phone, room.conversation)
            .await
            .contains(&third.pos)
    );
}

/// The messages of a room go when the last one who saw them leaves.
pub async fn are_purged_when_all_have_left(store: &dyn Store) {
    let (world, alice, bob) = World::pair(store).await;
    let room = room(&world, &alice).await;
    world.join(&room, &bob).await;
    for _ in 0..3 {
        store.append(message(&world, &alice, &room)).await.unwrap();
    }
    world.leave(&room, &alice).await;
    assert_eq!(store.purge_step(100).await.unwrap().purged, 0);
    world.leave(&room, &bob).await;
    let mut purged = 0;
    loop {
        let step = store.purge_step(100).await.unwrap();
        purged += step.purged;
        if !step.more {
            break;
        }
    }
    assert_eq!(purged, 3);
}

/// A room that ends is left by everybody.
pub async fn ended_ones_are_forgotten(store: &dyn Store) {
    let (world, alice, bob) = World::pair(store).await;
    let room = room(&world, &alice).await;
    world.join(&room, &bob).await;
    store.append(message(&world, &alice, &room)).await.unwrap();
    let ended = world.regroup(&room.id, GroupAct::Destroy).await;
    assert_eq!(ended.accounts, [alice.id, bob.id]);
    for who in [&alice, &bob] {
        assert!(world.history(who, &target(&room)).await.is_empty());
    }
    assert_eq!(store.purge_step(100).await.unwrap().purged, 1);
}

/// The conversation list has no rooms, and the event of a deletion says that it is in one.
pub async fn are_on_no_list_and_deletions_say_so(store: &dyn Store) {
    let (world, alice, _) = World::pair(store).await;
    let room = room(&world, &alice).await;
    let phone = world.device(&alice, "phone").await;
    let sent = store.append(message(&world, &alice, &room)).await.unwrap();
    assert!(world.list(&alice).await.is_empty());
    let ids = Scope::Ids(target(&room), vec![sent.pos]);
    world.hide_as(&alice, API, ids, true).await;
    let told = world.events(&alice, phone, Version(0)).await;
    assert!(matches!(
        &told.items[..],
        [EventItem::Deletions { room: true, ids, .. }] if *ids == [sent.pos]
    ));
}
