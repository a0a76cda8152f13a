//! Records: written all or none, read by key, and what they forbid.

use super::world::{API, Who, World, name};
use crate::{
    Append, Error, GroupAct, GroupSettings, MUTE_ALL, NewEvent, NewRecord, RecordCheck, RecordId,
    RecordKind, RecordOwner, RecordQuery, RecordWrite, Store, Sweep,
};
use bytes::Bytes;
use lacuna_domain::{Millis, Target};

fn of(who: &Who, kind: RecordKind, key: &str) -> RecordId {
    RecordId::new(RecordOwner::Account(who.id), kind, key)
}

async fn keys(world: &World<'_>, owner: RecordOwner, kind: RecordKind) -> Vec<String> {
    let query = RecordQuery {
        owner,
        kind,
        after: None,
        limit: 100,
    };
    let found = world.store.records(query, world.now()).await.unwrap();
    found.into_iter().map(|record| record.key).collect()
}

/// Records are read by key, in pages, and each belongs to its owner and kind.
pub async fn read_by_key(store: &dyn Store) {
    let (world, alice, bob) = World::pair(store).await;
    let mut write = RecordWrite::new(world.app);
    for key in ["carol", "bob", "dave"] {
        write = write.put(of(&alice, RecordKind::Contact, key), key.to_uppercase());
    }
    write = write.put(of(&alice, RecordKind::Blocked, "erin"), "");
    write = write.put(of(&bob, RecordKind::Contact, "frank"), "");
    let told = store.write_records(write, world.now()).await.unwrap();
    assert!(told.is_empty());
    let owner = RecordOwner::Account(alice.id);
    assert_eq!(
        keys(&world, owner, RecordKind::Contact).await,
        ["bob", "carol", "dave"]
    );
    let page = RecordQuery {
        owner,
        kind: RecordKind::Contact,
        after: Some("bob".into()),
        limit: 1,
    };
    let page = store.records(page, world.now()).await.unwrap();
    assert_eq!(
        (page.len(), page[0].key.as_str(), &page[0].value[..]),
        (1, "carol", &b"CAROL"[..])
    );
    assert_eq!((page[0].changed, page[0].expires), (world.now(), None));
    let ids = ["dave", "nobody"].map(|key| of(&alice, RecordKind::Contact, key));
    let found = store.record(ids.to_vec(), world.now()).await.unwrap();
    assert_eq!(
        found.iter().map(Option::is_some).collect::<Vec<_>>(),
        [true, false]
    );
    let gone = RecordWrite::new(world.app).remove(of(&alice, RecordKind::Contact, "bob"));
    store.write_records(gone, world.now()).await.unwrap();
    assert_eq!(
        keys(&world, owner, RecordKind::Contact).await,
        ["carol", "dave"]
    );
}

/// A write is done if every check holds and no limit is passed, else nothing of it is.
pub async fn written_all_or_none(store: &dyn Store) {
    let (world, alice, bob) = World::pair(store).await;
    let contact = of(&alice, RecordKind::Contact, "bob");
    let event = |who: &Who| {
        let event = NewEvent {
            device: API,
            body: Bytes::from_static(b"event"),
        };
        (who.id, event)
    };
    let write = |check: RecordCheck, value: &'static str| {
        let mut write = RecordWrite::new(world.app)
            .check(contact.clone(), check)
            .put(contact.clone(), value)
            .put(of(&bob, RecordKind::Contact, "alice"), value);
        write.events = vec![event(&alice), event(&bob)];
        store.write_records(write, world.now())
    };
    let refused = write(RecordCheck::Present, "0").await.unwrap_err();
    assert!(matches!(refused, Error::Conflict));
    let told = write(RecordCheck::Absent, "1").await.unwrap();
    assert_eq!(
        told.iter()
            .map(|(who, version)| (*who, version.0))
            .collect::<Vec<_>>(),
        [(alice.id, 1), (bob.id, 1)]
    );
    for check in [
        RecordCheck::Absent,
        RecordCheck::Is(Bytes::from_static(b"2")),
    ] {
        assert!(matches!(
            write(check, "3").await.unwrap_err(),
            Error::Conflict
        ));
    }
    let told = write(RecordCheck::Is(Bytes::from_static(b"1")), "4")
        .await
        .unwrap();
    assert_eq!(told[0].1.0, 2, "what was refused told nobody");
    let found = store
        .record(vec![contact.clone()], world.now())
        .await
        .unwrap();
    assert_eq!(found[0].as_ref().unwrap().value, "4");

    let mut bounded = RecordWrite::new(world.app).put(of(&alice, RecordKind::Contact, "carol"), "");
    let limit = |max| vec![(RecordOwner::Account(alice.id), RecordKind::Contact, max)];
    bounded.limits = limit(1);
    let refused = store.write_records(bounded.clone(), world.now()).await;
    assert!(matches!(refused.unwrap_err(), Error::LimitReached));
    let owner = RecordOwner::Account(alice.id);
    assert_eq!(keys(&world, owner, RecordKind::Contact).await, ["bob"]);
    bounded.limits = limit(2);
    store.write_records(bounded, world.now()).await.unwrap();
    assert_eq!(
        keys(&world, owner, RecordKind::Contact).await,
        ["bob", "carol"]
    );
}

/// A record that has ended is not there, and is swept.
pub async fn records_end(store: &dyn Store) {
    let (world, alice, _) = World::pair(store).await;
    let id = of(&alice, RecordKind::Blocked, "bob");
    let ends = Millis(world.now().0 + 1000);
    let mut write = RecordWrite::new(world.app);
    let record = NewRecord {
        value: Bytes::new(),
        expires: Some(ends),
    };
    write.changes.push((id.clone(), Some(record)));
    store.write_records(write, world.now()).await.unwrap();
    let there = async |now: Millis| store.record(vec![id.clone()], now).await.unwrap()[0].is_some();
    assert!(there(Millis(ends.0 - 1)).await && !there(ends).await);
    let owner = RecordOwner::Account(alice.id);
    assert_eq!(keys(&world, owner, RecordKind::Blocked).await, ["bob"]);
    world.wait(1000);
    assert!(keys(&world, owner, RecordKind::Blocked).await.is_empty());
    let absent = RecordWrite::new(world.app).check(id.clone(), RecordCheck::Absent);
    store.write_records(absent, world.now()).await.unwrap();
    let sweep = Sweep {
        now: world.now(),
        limit: 100,
    };
    store.sweep(sweep).await.unwrap();
    assert!(!there(Millis(0)).await, "swept");
}

/// Deleting an account drops what is about it and what names it; a group that ends drops its own.
pub async fn go_with_their_account(store: &dyn Store) {
    let (world, alice, bob) = World::pair(store).await;
    let group = world.group(&alice).await;
    let own = of(&bob, RecordKind::Contact, "alice");
    let named = of(&alice, RecordKind::Contact, "bob");
    let in_group = RecordId::new(
        RecordOwner::Conversation(group.conversation),
        RecordKind::Muted,
        "bob",
    );
    let setting = RecordId::new(in_group.owner, RecordKind::Setting, "bob");
    let ids = vec![own.clone(), named, in_group, setting];
    let mut write = RecordWrite::new(world.app);
    for id in &ids {
        write = write.put(id.clone(), "");
    }
    store
        .write_records(write.clone(), world.now())
        .await
        .unwrap();
    store
        .delete_account(world.app, &bob.name, None, world.now())
        .await
        .unwrap();
    let left = store.record(ids.clone(), world.now()).await.unwrap();
    assert_eq!(
        left.iter().map(Option::is_some).collect::<Vec<_>>(),
        [false, false, false, true],
        "a setting's key names nobody"
    );
    let late = store.write_records(write, world.now()).await;
    assert!(
        matches!(late.unwrap_err(), Error::Conflict),
        "its owner is gone"
    );
    world.regroup(&group.id, GroupAct::Destroy).await;
    let left = store.record(ids, world.now()).await.unwrap();
    assert!(left.iter().all(Option::is_none));
}

/// Who is blocked cannot write, nor can a stranger where only contacts may.
pub async fn the_blocked_and_strangers_cannot_write(store: &dyn Store) {
    let (world, alice, bob) = World::pair(store).await;
    let device = world.device(&bob, "phone").await;
    let send = |friends_only: bool, check_allowed: bool| {
        let append = Append {
            check_allowed,
            friends_only,
            ..world.message(&bob, device, &alice.target())
        };
        store.append(append)
    };
    let to_alice = send(false, true).await.unwrap();
    assert!(
        matches!(send(true, true).await.unwrap_err(), Error::NotContact(who) if who == bob.name)
    );
    let befriend = RecordWrite::new(world.app).put(of(&alice, RecordKind::Contact, "bob"), "");
    store.write_records(befriend, world.now()).await.unwrap();
    send(true, true).await.unwrap();
    let block = RecordWrite::new(world.app).put(of(&alice, RecordKind::Blocked, "bob"), "");
    store.write_records(block, world.now()).await.unwrap();
    for friends_only in [false, true] {
        let refused = send(friends_only, true).await.unwrap_err();
        assert!(matches!(refused, Error::Blocked(who) if who == bob.name));
    }
    send(false, false).await.unwrap();
    let back = world.message(&alice, API, &bob.target());
    store.append(back).await.unwrap();
    let to_self = Append {
        friends_only: true,
        ..world.message(&bob, device, &bob.target())
    };
    store.append(to_self).await.unwrap();
    let seen = world.history(&alice, &bob.target()).await;
    assert_eq!(
        (seen.len(), seen[0]),
        (4, to_alice.pos),
        "nothing of what was refused"
    );
}

/// Who is muted cannot write in a group, nor can anybody but its owner, admins and the allowed if all are. Only the owner is
/// never muted.
pub async fn the_muted_cannot_write(store: &dyn Store) {
    let (world, alice, bob) = World::pair(store).await;
    let group = world.group(&alice).await;
    world.join(&group, &bob).await;
    let target = Target::Group(group.id.clone());
    let owner = RecordOwner::Conversation(group.conversation);
    let id = |kind, key: &str| RecordId::new(owner, kind, key);
    let put = async |kind: RecordKind, key: &str| {
        let write = RecordWrite::new(world.app).put(id(kind, key), "");
        store.write_records(write, world.now()).await.unwrap();
    };
    let remove = async |kind: RecordKind, key: &str| {
        let write = RecordWrite::new(world.app).remove(id(kind, key));
        store.write_records(write, world.now()).await.unwrap();
    };
    let may = async |who: &Who| {
        // Asked without an append, it is the same.
        let asked = store.check_write(group.conversation, &who.name, world.now());
        let asked = asked.await.is_ok();
        match store.append(world.message(who, API, &target)).await {
            Ok(_) => assert!(asked),
            Err(Error::Muted(name)) if name == who.name => assert!(!asked),
            Err(other) => panic!("{other}"),
        }
        asked
    };
    assert!(may(&bob).await);
    put(RecordKind::Muted, "bob").await;
    assert!(!may(&bob).await && may(&alice).await);
    put(RecordKind::Allowed, "bob").await;
    assert!(
        !may(&bob).await,
        "a mute of one is not lifted by the allow list"
    );
    remove(RecordKind::Muted, "bob").await;
    put(RecordKind::Setting, MUTE_ALL).await;
    assert!(
        may(&bob).await && may(&alice).await,
        "allowed, and the owner"
    );
    remove(RecordKind::Allowed, "bob").await;
    assert!(!may(&bob).await);
    put(RecordKind::Admin, "bob").await;
    assert!(may(&bob).await);
    put(RecordKind::Muted, "bob").await;
    assert!(!may(&bob).await, "a mute of one holds for an admin");
    put(RecordKind::Muted, "alice").await;
    assert!(may(&alice).await, "the owner");
    remove(RecordKind::Muted, "bob").await;
    assert!(may(&bob).await);
}

/// A change of a group and its records are one act; settings and owner change.
pub async fn groups_change_with_their_records(store: &dyn Store) {
    let (world, alice, bob) = World::pair(store).await;
    let group = world.group(&alice).await;
    let owner = RecordOwner::Conversation(group.conversation);
    let admin = RecordId::new(owner, RecordKind::Admin, "bob");
    let change = |act: GroupAct, check: RecordCheck| {
        let mut change = world.group_change(&group.id, act);
        let event = NewEvent {
            device: API,
            body: Bytes::from_static(b"event"),
        };
        change.write = RecordWrite::new(world.app)
            .check(admin.clone(), check)
            .put(admin.clone(), "")
            .tell(bob.id, event);
        store.change_group(change, world.now())
    };
    let join = GroupAct::Join(vec![bob.name.clone()]);
    let refused = change(join.clone(), RecordCheck::Present)
        .await
        .unwrap_err();
    assert!(matches!(refused, Error::Conflict));
    assert_eq!(
        store
            .group(world.app, &group.id)
            .await
            .unwrap()
            .unwrap()
            .members,
        1
    );
    let joined = change(join, RecordCheck::Absent).await.unwrap();
    assert_eq!((joined.group.members, joined.told[0].0), (2, bob.id));
    let kept = change(GroupAct::Keep, RecordCheck::Present).await.unwrap();
    assert_eq!((kept.accounts.len(), kept.signals.len()), (0, 1));

    let settings = GroupSettings {
        name: "new name".into(),
        members_max: 7,
        public: true,
        ..group.settings.clone()
    };
    let with_room = GroupSettings {
        room: true,
        ..settings.clone()
    };
    let update = GroupAct::Update(Box::new(with_room));
    let updated = change(update, RecordCheck::Present).await.unwrap();
    assert_eq!(
        updated.group.settings, settings,
        "what is a group stays one"
    );
    let nobody = change(GroupAct::Transfer(name("nobody")), RecordCheck::Present).await;
    assert!(matches!(nobody.unwrap_err(), Error::NotMember(_)));
    let moved = change(GroupAct::Transfer(bob.name.clone()), RecordCheck::Present)
        .await
        .unwrap();
    assert_eq!(moved.group.owner, bob.name);
    let found = store.group(world.app, &group.id).await.unwrap().unwrap();
    assert_eq!((found.owner, found.settings), (bob.name, settings));
}
