//! The event stream: events, noticed deletions, and facts.

use super::world::{API, Who, World};
use crate::{Cursor, CursorSave, EventItem, EventQuery, Fact, NewEvent, Scope, Store};
use lacuna_domain::limits::EVENT_IDS_MAX;
use lacuna_domain::{DeviceId, Mark, Pos, Seq, Target, Version};

/// One told deletion: version, resource, floor, ranges, ids.
type Told = (Version, String, Option<Mark>, Vec<(Pos, Pos)>, Vec<Pos>);

/// The deletions of a page in one conversation.
fn told(items: &[EventItem], of: &Target) -> Vec<Told> {
    let each = items.iter().filter_map(|item| match item {
        EventItem::Deletions {
            version,
            target,
            resource,
            through,
            ranges,
            ids,
            room: false,
        } if target == of => {
            let mut ids = ids.clone();
            ids.sort_unstable();
            Some((*version, resource.clone(), *through, ranges.clone(), ids))
        }
        EventItem::Deletions { .. } | EventItem::Event { .. } => None,
    });
    each.collect()
}

/// Events come in order, from other devices only, and from the device's cursor on.
pub async fn events_reach_other_devices(store: &dyn Store) {
    let (world, alice, bob) = World::pair(store).await;
    let phone = world.device(&alice, "phone").await;
    let add = async |device: DeviceId, body: &'static str| {
        let event = NewEvent {
            device,
            body: body.into(),
        };
        store
            .add_event(world.app, &alice.name, event, world.now())
            .await
            .unwrap()
            .unwrap()
    };
    assert_eq!(add(API, "one").await, (alice.id, Version(1)));
    assert_eq!(add(phone, "two").await, (alice.id, Version(2)));
    let pad = world.device(&alice, "pad").await;
    add(API, "three").await;
    let bodies = async |device, after| {
        let page = store
            .events(EventQuery {
                account: alice.id,
                device,
                after,
                limit: 9,
            })
            .await
            .unwrap();
        assert_eq!((page.scanned, page.more), (Version(3), false));
        let text = |item: &EventItem| match item {
            EventItem::Event { body, .. } => String::from_utf8_lossy(body).into_owned(),
            EventItem::Deletions { .. } => String::new(),
        };
        page.items.iter().map(text).collect::<Vec<_>>()
    };
    assert_eq!(bodies(phone, None).await, ["one", "three"]);
    assert_eq!(
        bodies(pad, None).await,
        ["three"],
        "a later device starts at the end"
    );
    assert_eq!(bodies(pad, Some(Version(0))).await, ["one", "two", "three"]);
    let save = |version| CursorSave {
        device: phone,
        cursor: Cursor::Events(version),
    };
    store
        .save_cursors(vec![save(Version(3)), save(Version(1))])
        .await
        .unwrap();
    assert!(bodies(phone, None).await.is_empty());
    assert!(world.events(&bob, API, Version(0)).await.items.is_empty());
    let event = NewEvent {
        device: API,
        body: "x".into(),
    };
    assert_eq!(
        store
            .add_event(world.app, &super::world::name("nobody"), event, world.now())
            .await
            .unwrap(),
        None
    );
}

/// A deletion is told to the other devices, with what it hid, and not to the one it came from.
pub async fn deletions_are_told(store: &dyn Store) {
    let (world, alice, bob) = World::pair(store).await;
    let (phone, pad) = (
        world.device(&bob, "phone").await,
        world.device(&bob, "pad").await,
    );
    let ids = world.send_many(&alice, &bob.target(), 8).await;
    let target = alice.target();
    world
        .hide_as(
            &bob,
            phone,
            Scope::Ids(target.clone(), vec![ids[4], ids[5], ids[7]]),
            true,
        )
        .await;
    assert!(world.events(&bob, phone, Version(0)).await.items.is_empty());
    let page = world.events(&bob, pad, Version(0)).await;
    let ranges = vec![(ids[4], ids[5]), (ids[7], ids[7])];
    let named = vec![ids[4], ids[5], ids[7]];
    assert_eq!(
        told(&page.items, &target),
        [(Version(1), "phone".to_owned(), None, ranges, named)]
    );

    world
        .hide_as(
            &bob,
            phone,
            Scope::Through(target.clone(), ids[1].time()),
            true,
        )
        .await;
    let page = world.events(&bob, pad, Version(1)).await;
    let floor = Mark {
        seq: Seq(2),
        pos: ids[1],
    };
    assert_eq!(
        told(&page.items, &target),
        [(Version(2), "phone".to_owned(), Some(floor), vec![], vec![])]
    );
    assert_eq!(page.scanned, Version(2));

    world.hide(&bob, Scope::All).await;
    for device in [phone, pad] {
        let page = world.events(&bob, device, Version(2)).await;
        let floor = Mark {
            seq: Seq(8),
            pos: ids[7],
        };
        assert_eq!(
            told(&page.items, &target),
            [(Version(3), String::new(), Some(floor), vec![], vec![])]
        );
    }
    assert!(world.events(&bob, pad, Version(3)).await.items.is_empty());
}

/// Two origins in one conversation while a device is away: each is told what the other did, and only that.
pub async fn two_origins_stay_apart(store: &dyn Store) {
    let (world, alice, bob) = World::pair(store).await;
    let (phone, pad) = (
        world.device(&bob, "phone").await,
        world.device(&bob, "pad").await,
    );
    let away = world.device(&bob, "away").await;
    let ids = world.send_many(&alice, &bob.target(), 6).await;
    let target = alice.target();
    world
        .hide_as(&bob, phone, Scope::Ids(target.clone(), vec![ids[1]]), true)
        .await;
    world
        .hide_as(&bob, pad, Scope::Ids(target.clone(), vec![ids[2]]), true)
        .await;
    let seen = async |device| {
        let page = world.events(&bob, device, Version(0)).await;
        told(&page.items, &target)
            .into_iter()
            .flat_map(|item| item.4)
            .collect::<Vec<_>>()
    };
    assert_eq!(seen(phone).await, [ids[2]]);
    assert_eq!(seen(pad).await, [ids[1]]);
    assert_eq!(seen(away).await, [ids[1], ids[2]]);
    let page = world.events(&bob, away, Version(0)).await;
    assert_eq!(page.items.len(), 1, "one item per conversation");
    world
        .hide_as(&bob, phone, Scope::Ids(target.clone(), vec![ids[0]]), true)
        .await;
    assert_eq!(seen(pad).await, [ids[0], ids[1]]);
    assert_eq!(seen(phone).await, [ids[2]]);
}

/// Without notice a deletion is a fact, and no event.
pub async fn quiet_deletions_are_facts_only(store: &dyn Store) {
    let (world, alice, bob) = World::pair(store).await;
    let pad = world.device(&bob, "pad").await;
    let ids = world.send_many(&alice, &bob.target(), 4).await;
    world
        .hide_as(&bob, API, Scope::Ids(alice.target(), vec![ids[2]]), false)
        .await;
    world
        .hide_as(
            &bob,
            API,
            Scope::Through(alice.target(), ids[0].time()),
            false,
        )
        .await;
    let page = world.events(&bob, pad, Version(0)).await;
    assert_eq!((page.items.len(), page.scanned), (0, Version(2)));
    let fact = |version, from, to| Fact {
        version: Version(version),
        target: alice.target(),
        from,
        to,
        resource: String::new(),
    };
    assert_eq!(
        world.facts(&bob, Version(0)).await,
        [fact(1, ids[2], ids[2]), fact(2, Pos::ZERO, ids[0])]
    );
    // A neighbour with notice is told alone, and the quiet one stays a fact of its own.
    world
        .hide(&bob, Scope::Ids(alice.target(), vec![ids[3]]))
        .await;
    let page = world.events(&bob, pad, Version(0)).await;
    assert_eq!(told(&page.items, &alice.target())[0].4, [ids[3]]);
    assert_eq!(world.facts(&bob, Version(0)).await.len(), 3);
    // A quiet floor above a told one takes no notice away.
    world
        .hide(&bob, Scope::Through(alice.target(), ids[1].time()))
        .await;
    world
        .hide_as(&bob, API, Scope::Conversation(alice.target()), false)
        .await;
    let page = world.events(&bob, pad, Version(3)).await;
    assert!(told(&page.items, &alice.target())[0].2.is_some());
}

/// Ranges that a floor swallowed are told no more.
pub async fn a_floor_swallows_ranges(store: &dyn Store) {
    let (world, alice, bob) = World::pair(store).await;
    let ids = world.send_many(&alice, &bob.target(), 6).await;
    world
        .hide(&bob, Scope::Ids(alice.target(), vec![ids[1], ids[4]]))
        .await;
    world
        .hide(&bob, Scope::Through(alice.target(), ids[2].time()))
        .await;
    let facts = world.facts(&bob, Version(0)).await;
    let ends: Vec<(Pos, Pos)> = facts.iter().map(|fact| (fact.from, fact.to)).collect();
    assert_eq!(ends, [(ids[4], ids[4]), (Pos::ZERO, ids[2])]);
    let page = world.events(&bob, API, Version(0)).await;
    assert_eq!(told(&page.items, &alice.target())[0].3, [(ids[4], ids[4])]);
}

/// An event names so many ids and no more: those of the newest deletions.
pub async fn ids_are_bounded(store: &dyn Store) {
    let (world, alice, bob) = World::pair(store).await;
    let ids = world
        .send_many(&alice, &bob.target(), EVENT_IDS_MAX + 20)
        .await;
    let (old, new) = ids.split_at(30);
    world
        .hide(&bob, Scope::Ids(alice.target(), old[..25].to_vec()))
        .await;
    world
        .hide(&bob, Scope::Ids(alice.target(), new.to_vec()))
        .await;
    let page = world.events(&bob, API, Version(0)).await;
    let items = told(&page.items, &alice.target());
    let (.., named) = items.first().unwrap();
    assert_eq!(named.len(), EVENT_IDS_MAX);
    assert!(new.iter().all(|pos| named.contains(pos)));
}

/// L5: cut at every limit, the pages together are the whole.
pub async fn cut_anywhere(store: &dyn Store) {
    let (world, alice, bob) = World::pair(store).await;
    let carol = world.account("carol").await;
    let pad = world.device(&bob, "pad").await;
    for from in [&alice, &carol] {
        let ids = world.send_many(from, &bob.target(), 10).await;
        world
            .hide(
                &bob,
                Scope::Ids(from.target(), vec![ids[2], ids[4], ids[6]]),
            )
            .await;
        store
            .add_event(
                world.app,
                &bob.name,
                NewEvent {
                    device: API,
                    body: "event".into(),
                },
                world.now(),
            )
            .await
            .unwrap();
        world
            .hide(&bob, Scope::Through(from.target(), ids[0].time()))
            .await;
        world
            .hide(&bob, Scope::Ids(from.target(), vec![ids[8]]))
            .await;
    }
    let whole = world.facts(&bob, Version(0)).await;
    assert_eq!(whole.len(), 10);
    let told_whole = world.events(&bob, pad, Version(0)).await;
    for limit in 1..=11 {
        assert_eq!(facts_cut(&world, &bob, limit).await, whole, "by {limit}");
        let items = events_cut(&world, &bob, pad, limit).await;
        for of in [alice.target(), carol.target()] {
            let union = |items: &[EventItem]| {
                let all = told(items, &of);
                let mut ids: Vec<Pos> = all.iter().flat_map(|item| item.4.clone()).collect();
                ids.sort_unstable();
                (
                    ids,
                    all.into_iter()
                        .filter_map(|item| item.2)
                        .collect::<Vec<_>>(),
                )
            };
            assert_eq!(union(&items), union(&told_whole.items), "by {limit}");
        }
        let events = |items: &[EventItem]| {
            items
                .iter()
                .filter(|item| matches!(item, EventItem::Event { .. }))
                .count()
        };
        assert_eq!(events(&items), 2);
    }
}

/// The facts of an account at version 8, a page of `limit` at a time.
async fn facts_cut(world: &World<'_>, who: &Who, limit: usize) -> Vec<Fact> {
    let (mut found, mut after) = (Vec::new(), Version(0));
    loop {
        let page = world.store.facts(who.id, after, limit).await.unwrap();
        assert_eq!(page.version, Version(8));
        after = page.facts.last().map_or(after, |fact| fact.version);
        found.extend(page.facts);
        if !page.more {
            return found;
        }
    }
}

/// The same of its events.
async fn events_cut(
    world: &World<'_>,
    who: &Who,
    device: DeviceId,
    limit: usize,
) -> Vec<EventItem> {
    let (mut items, mut after) = (Vec::new(), Version(0));
    loop {
        let query = EventQuery {
            account: who.id,
            device,
            after: Some(after),
            limit,
        };
        let page = world.store.events(query).await.unwrap();
        assert!(!page.more || page.scanned > after);
        after = page.scanned;
        items.extend(page.items);
        if !page.more {
            assert_eq!(after, Version(8));
            return items;
        }
    }
}

/// A device restored from an old backup asks from an old version and gets every fact of then.
pub async fn facts_do_not_expire(store: &dyn Store) {
    let (world, alice, bob) = World::pair(store).await;
    let ids = world.send_many(&alice, &bob.target(), 2).await;
    world
        .hide(&bob, Scope::Ids(alice.target(), vec![ids[0]]))
        .await;
    world.wait(400 * 24 * 3600 * 1000);
    while store
        .sweep(crate::Sweep {
            now: world.now(),
            limit: 10,
        })
        .await
        .unwrap()
        .more
    {}
    assert_eq!(world.facts(&bob, Version(0)).await.len(), 1);
    assert!(world.facts(&bob, Version(1)).await.is_empty());
}
