//! The conversation list: last message, unread messages, order, pins.

use super::world::{API, Who, World};
use crate::{
    Append, ConversationQuery, EntryKind, Error, GroupSettings, NewEvent, NewGroup, RecordId,
    RecordKind, RecordOwner, RecordWrite, Scope, Store, ThreadParent, ViewAct, mark_key,
};
use lacuna_domain::limits::{MARK_MAX, PINNED_MAX};
use lacuna_domain::{ConversationId, Target, Version};

/// L6: last message and unread messages are right after every deletion, and the conversation leaves the list when empty.
pub async fn counters_follow_deletions(store: &dyn Store) {
    let (world, alice, bob) = World::pair(store).await;
    let ids = world.send_many(&alice, &bob.target(), 6).await;
    let target = alice.target();
    assert_eq!(world.counters(&bob, &target).await, Some((ids[5], 6)));
    world
        .hide(&bob, Scope::Ids(target.clone(), vec![ids[5], ids[3]]))
        .await;
    assert_eq!(world.counters(&bob, &target).await, Some((ids[4], 4)));
    world.change(&bob, &target, ViewAct::Read).await;
    assert_eq!(world.counters(&bob, &target).await, Some((ids[4], 0)));
    let next = world.send_many(&alice, &bob.target(), 3).await;
    assert_eq!(world.counters(&bob, &target).await, Some((next[2], 3)));
    world
        .hide(&bob, Scope::Through(target.clone(), next[0].time()))
        .await;
    assert_eq!(world.counters(&bob, &target).await, Some((next[2], 2)));
    world
        .hide(&bob, Scope::Ids(target.clone(), vec![next[1], next[2]]))
        .await;
    assert_eq!(
        world.counters(&bob, &target).await,
        None,
        "nothing is left to list"
    );
    assert_eq!(
        world.counters(&alice, &bob.target()).await,
        Some((next[2], 9)),
        "the server API does not read"
    );
    let back = world.send(&alice, API, &bob.target()).await;
    assert_eq!(world.counters(&bob, &target).await, Some((back.pos, 1)));
    world.hide(&bob, Scope::All).await;
    assert!(world.list(&bob).await.is_empty());
}

/// Sending a message from a device reads what is before it; a signal and the server API do not.
pub async fn sending_from_a_device_reads(store: &dyn Store) {
    let (world, alice, bob) = World::pair(store).await;
    let phone = world.device(&bob, "phone").await;
    world.send_many(&alice, &bob.target(), 2).await;
    let signal = EntryKind::Signal { ref_seq: None };
    store
        .append(Append {
            kind: signal,
            ..world.message(&bob, phone, &alice.target())
        })
        .await
        .unwrap();
    let by_api = world.send(&bob, API, &alice.target()).await;
    assert_eq!(
        world.counters(&bob, &alice.target()).await,
        Some((by_api.pos, 3))
    );
    let sent = world.send(&bob, phone, &alice.target()).await;
    assert_eq!(
        world.counters(&bob, &alice.target()).await,
        Some((sent.pos, 0))
    );
    assert_eq!(world.row(&alice, &bob.target()).await.unwrap().unread, 4);
}

/// Pinned first, latest pin first; then by last visible message, newest first; in pages.
pub async fn ordered_in_pages(store: &dyn Store) {
    let (world, alice, _) = World::pair(store).await;
    let mut people = Vec::new();
    for index in 0..7 {
        let who = world.account(&format!("friend{index}")).await;
        world.send(&who, API, &alice.target()).await;
        people.push(who);
    }
    let late = world.send(&people[2], API, &alice.target()).await;
    let later = world.send(&people[0], API, &alice.target()).await;
    world
        .hide(&alice, Scope::Ids(people[2].target(), vec![late.pos]))
        .await;
    world
        .change(&alice, &people[1].target(), ViewAct::Pin)
        .await;
    let pinned = world
        .change(&alice, &people[3].target(), ViewAct::Pin)
        .await;
    assert_eq!((pinned.found, pinned.pinned_at), (true, world.now().0));
    let want: Vec<Target> = [3, 1, 0, 6, 5, 4, 2]
        .into_iter()
        .map(|index| people[index].target())
        .collect();
    for limit in [1, 2, 3, 7, 50] {
        let (mut found, mut cursor) = (Vec::new(), None);
        loop {
            let query = ConversationQuery {
                cursor,
                limit,
                ..World::list_query(&alice)
            };
            let page = store.conversations(query).await.unwrap();
            assert!(page.rows.len() <= limit);
            found.extend(page.rows.iter().map(|row| row.target.clone()));
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
            assert_eq!(page.rows.len(), limit);
        }
        assert_eq!(found, want, "by {limit}");
    }
    let rows = world.list(&alice).await;
    assert_eq!(rows[2].last.as_ref().unwrap().pos, later.pos);
    let only = store
        .conversations(ConversationQuery {
            pinned_only: true,
            ..World::list_query(&alice)
        })
        .await
        .unwrap();
    assert_eq!((only.rows.len(), only.next), (2, None));
    let unpinned = world
        .change(&alice, &people[3].target(), ViewAct::Unpin)
        .await;
    assert_eq!(unpinned.pinned_at, 0);
    assert_eq!(world.list(&alice).await[0].target, people[1].target());
}

/// A conversation that is emptied loses its pin, and comes back without it.
pub async fn emptied_ones_lose_their_pin(store: &dyn Store) {
    let (world, alice, bob) = World::pair(store).await;
    let mut ids = world.send_many(&alice, &bob.target(), 2).await;
    let target = alice.target();
    for round in 0..4 {
        world.change(&bob, &target, ViewAct::Pin).await;
        let last = *ids.last().unwrap();
        let scope = match round {
            0 => Scope::Ids(target.clone(), ids.clone()),
            1 => Scope::Through(target.clone(), last.time()),
            2 => Scope::Conversation(target.clone()),
            _ => Scope::All,
        };
        world.hide(&bob, scope).await;
        assert!(world.row(&bob, &target).await.is_none());
        let with_empty = store
            .conversations(ConversationQuery {
                with_empty: true,
                ..World::list_query(&bob)
            })
            .await
            .unwrap();
        let row = with_empty.rows.first().unwrap();
        assert_eq!(
            (row.last.is_none(), row.unread, row.pinned_at),
            (true, 0, 0),
            "round {round}"
        );
        ids.extend(world.send_many(&alice, &bob.target(), 1).await);
        assert_eq!(world.row(&bob, &target).await.unwrap().pinned_at, 0);
    }
}

/// So do its marks go, those of that account and conversation alone.
pub async fn emptied_ones_lose_their_marks(store: &dyn Store) {
    let (world, alice, bob) = World::pair(store).await;
    let group = world.group(&alice).await;
    world.join(&group, &bob).await;
    let (direct, group) = (alice.target(), Target::Group(group.id));
    let mark = |who: &Who, mark: u8, target: &Target| {
        let owner = RecordOwner::Account(who.id);
        RecordId::new(owner, RecordKind::Mark, mark_key(mark, target))
    };
    let marks = vec![
        mark(&bob, 0, &direct),
        mark(&bob, MARK_MAX, &direct),
        mark(&bob, 3, &group),
        mark(&alice, 3, &bob.target()),
    ];
    let there = async || {
        let found = store.record(marks.clone(), world.now()).await.unwrap();
        let there = found.iter().map(Option::is_some);
        there.collect::<Vec<bool>>()
    };
    for round in 0..5 {
        let mut ids = world.send_many(&alice, &bob.target(), 2).await;
        world.send_many(&alice, &group, 1).await;
        let write = RecordWrite::new(world.app);
        let write = marks.iter().cloned().fold(write, |to, id| to.put(id, ""));
        store.write_records(write, world.now()).await.unwrap();
        let last = ids.pop().unwrap();
        world.hide(&bob, Scope::Ids(direct.clone(), ids)).await;
        assert_eq!(there().await, [true; 4], "something is left");
        match round {
            0 => {
                world
                    .hide(&bob, Scope::Ids(direct.clone(), vec![last]))
                    .await
                    .changed
            }
            1 => {
                world
                    .hide(&bob, Scope::Through(direct.clone(), last.time()))
                    .await
                    .changed
            }
            2 => {
                world
                    .hide(&bob, Scope::Conversation(direct.clone()))
                    .await
                    .changed
            }
            3 => {
                world
                    .change(&bob, &direct, ViewAct::UnlistAndHide)
                    .await
                    .found
            }
            _ => world.hide(&bob, Scope::All).await.changed,
        };
        let kept = round < 4;
        assert_eq!(there().await, [false, false, kept, true], "round {round}");
    }
}

/// A deletion that leaves something visible leaves the pin.
pub async fn others_keep_their_pin(store: &dyn Store) {
    let (world, alice, bob) = World::pair(store).await;
    let ids = world.send_many(&alice, &bob.target(), 3).await;
    let pinned = world.change(&bob, &alice.target(), ViewAct::Pin).await;
    world
        .hide(&bob, Scope::Through(alice.target(), ids[1].time()))
        .await;
    assert_eq!(
        world.row(&bob, &alice.target()).await.unwrap().pinned_at,
        pinned.pinned_at
    );
}

/// Taken off the list, a conversation keeps its messages and comes back with the next one, unpinned.
pub async fn unlisted_ones_come_back(store: &dyn Store) {
    let (world, alice, bob) = World::pair(store).await;
    let ids = world.send_many(&alice, &bob.target(), 2).await;
    world.change(&bob, &alice.target(), ViewAct::Pin).await;
    let done = world.change(&bob, &alice.target(), ViewAct::Unlist).await;
    assert_eq!(
        (done.found, done.version, done.pinned_at),
        (true, Version(0), 0)
    );
    assert!(world.list(&bob).await.is_empty());
    assert_eq!(world.history(&bob, &alice.target()).await, ids);
    let next = world.send(&alice, API, &bob.target()).await;
    let row = world.row(&bob, &alice.target()).await.unwrap();
    assert_eq!((row.last.unwrap().pos, row.pinned_at), (next.pos, 0));
    assert_eq!(world.history(&bob, &alice.target()).await.len(), 3);
    world
        .hide(&bob, Scope::Ids(alice.target(), vec![next.pos]))
        .await;
    assert!(
        world.list(&bob).await.is_empty(),
        "what is left was taken off the list"
    );
}

/// Taken off with its messages: a fact for our own SDK, an event for the other devices, no notice of a deletion.
pub async fn unlisted_with_messages(store: &dyn Store) {
    let (world, alice, bob) = World::pair(store).await;
    let (phone, pad) = (
        world.device(&bob, "phone").await,
        world.device(&bob, "pad").await,
    );
    let ids = world.send_many(&alice, &bob.target(), 2).await;
    let event = NewEvent {
        device: phone,
        body: "gone".into(),
    };
    let change = world.view_change(&bob, &alice.target(), ViewAct::UnlistAndHide, Some(event));
    let done = store.change_view(change, world.now()).await.unwrap();
    assert_eq!(
        (done.found, done.version, done.barrier),
        (true, Version(2), ids[1])
    );
    assert!(world.history(&bob, &alice.target()).await.is_empty());
    assert_eq!(world.history(&alice, &bob.target()).await, ids);
    let facts = world.facts(&bob, Version(0)).await;
    assert_eq!(
        facts
            .iter()
            .map(|fact| (fact.version, fact.to))
            .collect::<Vec<_>>(),
        [(Version(1), ids[1])]
    );
    let events = world.events(&bob, pad, Version(0)).await;
    assert_eq!(events.items.len(), 1);
    assert!(
        matches!(&events.items[0], crate::EventItem::Event { version: Version(2), body, .. } if &body[..] == b"gone")
    );
    assert!(world.events(&bob, phone, Version(0)).await.items.is_empty());
}

/// Changes make their event; a conversation without a view changes nothing and makes none.
pub async fn changes_make_events(store: &dyn Store) {
    let (world, alice, bob) = World::pair(store).await;
    let (phone, pad) = (
        world.device(&bob, "phone").await,
        world.device(&bob, "pad").await,
    );
    let event = || {
        Some(NewEvent {
            device: phone,
            body: "pinned".into(),
        })
    };
    let nothing = world.view_change(&bob, &alice.target(), ViewAct::Pin, event());
    let done = store
        .change_view(nothing.clone(), world.now())
        .await
        .unwrap();
    assert_eq!((done.found, done.version), (false, Version(0)));
    world.send(&alice, API, &bob.target()).await;
    let done = store.change_view(nothing, world.now()).await.unwrap();
    assert_eq!((done.found, done.version), (true, Version(1)));
    assert_eq!(world.events(&bob, pad, Version(0)).await.items.len(), 1);
    assert!(world.events(&bob, phone, Version(0)).await.items.is_empty());
    assert!(world.facts(&bob, Version(0)).await.is_empty());
}

/// One account pins so many conversations and no more; a pinned one may be pinned again.
pub async fn pins_are_bounded(store: &dyn Store) {
    let (world, alice, _) = World::pair(store).await;
    let mut targets = Vec::new();
    for index in 0..=PINNED_MAX {
        let who = world.account(&format!("friend{index}")).await;
        world.send(&who, API, &alice.target()).await;
        targets.push(who.target());
    }
    for target in &targets[1..] {
        world.change(&alice, target, ViewAct::Pin).await;
    }
    let pin = |target: &Target| {
        store.change_view(
            world.view_change(&alice, target, ViewAct::Pin, None),
            world.now(),
        )
    };
    assert!(matches!(pin(&targets[0]).await, Err(Error::LimitReached)));
    assert_eq!(world.row(&alice, &targets[0]).await.unwrap().pinned_at, 0);
    assert!(pin(&targets[1]).await.is_ok());
}

/// Reading moves forward and is nobody else's matter.
pub async fn reading_is_ones_own(store: &dyn Store) {
    let (world, alice, bob) = World::pair(store).await;
    let group = world.group(&alice).await;
    world.join(&group, &bob).await;
    let target = Target::Group(group.id);
    let ids = world.send_many(&alice, &target, 3).await;
    world.change(&bob, &target, ViewAct::Read).await;
    assert_eq!(world.counters(&bob, &target).await, Some((ids[2], 0)));
    assert_eq!(world.counters(&alice, &target).await, Some((ids[2], 3)));
}

/// Every conversation of an account is found, in pages by id: on the list or not, left, a room, a thread.
pub async fn every_view_is_found(store: &dyn Store) {
    let (world, alice, bob) = World::pair(store).await;
    let first = world.send(&alice, API, &bob.target()).await;
    world.change(&bob, &alice.target(), ViewAct::Unlist).await;
    let group = world.group(&alice).await;
    world.join(&group, &bob).await;
    let mut want = vec![alice.target(), Target::Group(group.id.clone())];
    let on = world.send(&alice, API, &want[1]).await;
    let parent = ThreadParent {
        group: group.id.clone(),
        message: on.pos,
    };
    for (room, parent) in [(true, None), (false, Some(parent))] {
        let settings = GroupSettings {
            name: "of bob".to_owned(),
            members_max: 10,
            room,
            parent,
            ..GroupSettings::default()
        };
        let new = NewGroup {
            app: world.app,
            owner: bob.name.clone(),
            settings,
        };
        let made = store.create_group(new, world.now()).await.unwrap();
        want.push(Target::Group(made.id));
    }
    let left = world.group(&alice).await;
    world.join(&left, &bob).await;
    world.leave(&left, &bob).await;
    want.push(Target::Group(left.id));
    for limit in [1, 2, 50] {
        let (mut found, mut after) = (Vec::new(), ConversationId(0));
        loop {
            let page = store.conversations_of(bob.id, after, limit).await.unwrap();
            assert!(page.len() <= limit);
            let Some(last) = page.last() else {
                break;
            };
            after = last.conversation;
            found.extend(page);
        }
        let targets: Vec<Target> = found.iter().map(|row| row.target.clone()).collect();
        assert_eq!(targets, want, "by {limit}");
        let row = &found[0];
        assert_eq!(
            (row.last.as_ref().map(|last| last.pos), row.unread),
            (Some(first.pos), 1)
        );
    }
    assert!(
        world
            .list(&bob)
            .await
            .iter()
            .all(|row| row.target != want[0])
    );
}
