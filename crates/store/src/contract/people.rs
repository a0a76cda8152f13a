//! Applications, accounts, tokens and devices.

use super::world::{API, Who, World, name, new_account, new_app};
use crate::{
    AccountChange, Cursor, CursorSave, DeviceLogin, Error, GroupAct, NewEvent, Scope, Store, Token,
};
use lacuna_domain::limits::{DEVICE_FORGET_MS, DEVICES_PER_ACCOUNT_MAX};
use lacuna_domain::{AccountId, Millis, Pos, Target, Version};

/// Applications keep their settings; key and client id are unique.
pub async fn apps_are_unique(store: &dyn Store) {
    let one = store.create_app(new_app("one", 7)).await.unwrap();
    let two = store.create_app(new_app("two", 0)).await.unwrap();
    assert!(matches!(
        store.create_app(new_app("one", 0)).await,
        Err(Error::NameTaken)
    ));
    let mut third = new_app("three", 0);
    third.client_id.clone_from(&one.settings.client_id);
    assert!(matches!(
        store.create_app(third).await,
        Err(Error::NameTaken)
    ));
    let with = |app: &crate::App, client: &str| crate::App {
        id: app.id,
        settings: crate::NewApp {
            client_id: client.to_owned(),
            ..app.settings.clone()
        },
    };
    let (first, second) = (&one.settings.client_id, &two.settings.client_id);
    let taken = store.change_apps(vec![with(&one, "new"), with(&one, second)]);
    assert!(matches!(taken.await, Err(Error::NameTaken)));
    let settings = async || {
        let apps = store.apps().await.unwrap();
        apps.into_iter().map(|app| app.settings).collect::<Vec<_>>()
    };
    assert_eq!(
        settings().await,
        [one.settings.clone(), two.settings.clone()]
    );
    // They change places.
    let swapped = [with(&one, second), with(&two, first)];
    for _ in 0..2 {
        store.change_apps(swapped.to_vec()).await.unwrap();
    }
    let found = settings().await;
    assert_eq!((&found[0].client_id, &found[1].client_id), (second, first));
    store
        .change_apps(vec![one.clone(), two.clone()])
        .await
        .unwrap();
    let apps = store.apps().await.unwrap();
    assert_eq!(
        apps.iter().map(|app| app.id).collect::<Vec<_>>(),
        [one.id, two.id]
    );
    assert_eq!(apps[0].settings.retention_days, 7);
    store
        .create_accounts(one.id, vec![new_account("alice")], Millis(0))
        .await
        .unwrap();
    store
        .create_accounts(two.id, vec![new_account("alice")], Millis(0))
        .await
        .unwrap();
}

/// Accounts are registered all or none, and found by name and by id.
pub async fn accounts_are_unique(store: &dyn Store) {
    let (world, alice, bob) = World::pair(store).await;
    let refused = async |names: &[&str]| {
        let accounts = names.iter().map(|text| new_account(text)).collect();
        matches!(
            store
                .create_accounts(world.app, accounts, world.now())
                .await,
            Err(Error::NameTaken)
        )
    };
    assert!(refused(&["carol", "alice"]).await);
    assert!(refused(&["carol", "carol"]).await);
    assert!(
        store
            .account(world.app, &name("carol"))
            .await
            .unwrap()
            .is_none()
    );
    let found = store
        .account(world.app, &alice.name)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (found.id, found.profile.uuid.as_str(), found.created),
        (alice.id, "uuid of alice", world.now())
    );
    let page = async |after, limit| {
        let accounts = store.accounts(world.app, after, limit).await.unwrap();
        accounts
            .into_iter()
            .map(|account| account.id)
            .collect::<Vec<_>>()
    };
    assert_eq!(page(AccountId(0), 9).await, [alice.id, bob.id]);
    assert_eq!(page(AccountId(0), 1).await, [alice.id]);
    assert_eq!(page(alice.id, 9).await, [bob.id]);
}

async fn put_token(world: &World<'_>, byte: u8, who: Option<&Who>, expires: Option<Millis>) {
    let token = Token {
        sha256: [byte; 32],
        app: world.app,
        account: who.map(|who| who.id),
        expires,
    };
    world.store.put_token(token).await.unwrap();
}

/// A token speaks for its account, or the application, until it expires.
pub async fn tokens_expire(store: &dyn Store) {
    let (world, alice, _) = World::pair(store).await;
    let end = world.now().plus(1000);
    put_token(&world, 1, Some(&alice), Some(end)).await;
    put_token(&world, 2, None, None).await;
    let owner = store.token([1; 32], end.minus(1)).await.unwrap().unwrap();
    assert_eq!(
        (owner.account.unwrap().id, owner.expires),
        (alice.id, Some(end))
    );
    assert!(store.token([1; 32], end).await.unwrap().is_none());
    assert!(
        store
            .token([2; 32], Millis(u64::from(u32::MAX) * 1000))
            .await
            .unwrap()
            .unwrap()
            .account
            .is_none()
    );
    assert!(store.token([3; 32], world.now()).await.unwrap().is_none());
}

/// A new password ends every token of the account, and of no other; a nickname ends none.
pub async fn a_new_password_drops_tokens(store: &dyn Store) {
    let (world, alice, bob) = World::pair(store).await;
    put_token(&world, 1, Some(&alice), None).await;
    put_token(&world, 2, Some(&bob), None).await;
    let known = async |byte| {
        store
            .token([byte; 32], world.now())
            .await
            .unwrap()
            .is_some()
    };
    let change = AccountChange::Nickname("Al".to_owned());
    let later = world.now().plus(5);
    let changed = store
        .change_account(world.app, &alice.name, change, later)
        .await
        .unwrap();
    assert_eq!(
        (changed.profile.nickname.as_str(), changed.modified),
        ("Al", later)
    );
    assert!(known(1).await);
    let change = AccountChange::Password("new".to_owned());
    let changed = store
        .change_account(world.app, &alice.name, change.clone(), world.now())
        .await
        .unwrap();
    assert_eq!(changed.profile.password_hash, "new");
    assert!(!known(1).await && known(2).await);
    let nobody = store
        .change_account(world.app, &name("nobody"), change, world.now())
        .await;
    assert!(matches!(nobody, Err(Error::NoAccount(_))));
}

/// Deleting an account drops all that is keyed by it, and leaves the others' logs.
pub async fn deleted_accounts_leave_the_logs(store: &dyn Store) {
    let (world, alice, bob) = World::pair(store).await;
    let phone = world.device(&bob, "phone").await;
    let group = world.group(&alice).await;
    world.join(&group, &bob).await;
    put_token(&world, 1, Some(&bob), None).await;
    let ids = world.send_many(&bob, &alice.target(), 2).await;
    let in_group = world
        .send(&bob, phone, &Target::Group(group.id.clone()))
        .await;
    world
        .hide(&bob, Scope::Ids(alice.target(), vec![ids[0]]))
        .await;
    let event = NewEvent {
        device: phone,
        body: "x".into(),
    };
    store
        .add_event(world.app, &bob.name, event, world.now())
        .await
        .unwrap();
    let deleted = store
        .delete_account(world.app, &bob.name, None, world.now())
        .await
        .unwrap();
    assert_eq!(deleted.account.id, bob.id);
    assert!(matches!(
        store
            .delete_account(world.app, &bob.name, None, world.now())
            .await,
        Err(Error::NoAccount(_))
    ));
    nothing_is_left(&world, &bob).await;
    let members = store.members(world.app, &group.id, 0, 9).await.unwrap();
    assert_eq!(members.len(), 1);
    assert_eq!(world.history(&alice, &bob.target()).await, ids);
    assert_eq!(
        world
            .history(&alice, &Target::Group(group.id.clone()))
            .await,
        [in_group.pos]
    );
    let message = world.message(&alice, phone, &bob.target());
    let sent = store.append(message).await;
    assert!(matches!(sent, Err(Error::NoAccount(_))));
    let message = world.message(&bob, phone, &alice.target());
    let stale = store.append(message).await;
    assert!(
        matches!(stale, Err(Error::NoAccount(_))),
        "a session that outlived its account"
    );

    let again = world.account("bob").await;
    assert_ne!(again.id, bob.id);
    assert!(world.facts(&again, Version(0)).await.is_empty());
    let events = world.events(&again, phone, Version(0)).await;
    assert!(events.items.is_empty());
    let join = GroupAct::Join(vec![again.name.clone()]);
    world.regroup(&group.id, join).await;
    assert!(
        world
            .history(&again, &Target::Group(group.id))
            .await
            .is_empty()
    );
}

/// Neither the account, nor a token (the one of 1s), device or group of it.
/// Whoever is there beside a deleted account keeps tokens, devices, cursors, events and views.
pub async fn the_others_keep_what_they_have(store: &dyn Store) {
    let (world, alice, bob) = World::pair(store).await;
    let carol = world.account("carol").await;
    let (phone, other) = (
        world.device(&alice, "phone").await,
        world.device(&carol, "phone").await,
    );
    put_token(&world, 1, Some(&alice), None).await;
    put_token(&world, 2, Some(&carol), None).await;
    for (who, device) in [(&alice, phone), (&carol, other)] {
        let sent = world.send(&bob, API, &who.target()).await;
        let cursor = Cursor::Conversation {
            conversation: sent.conversation,
            pos: sent.pos,
            acked: sent.pos,
        };
        let saves = vec![CursorSave { device, cursor }];
        store.save_cursors(saves).await.unwrap();
        let event = NewEvent {
            device: API,
            body: "x".into(),
        };
        let added = store.add_event(world.app, &who.name, event, world.now());
        added.await.unwrap();
    }
    let before = world.seen(&alice, phone).await;
    let (app, now) = (world.app, world.now());
    store
        .delete_account(app, &carol.name, None, now)
        .await
        .unwrap();
    assert_eq!(world.seen(&alice, phone).await, before);
    let page = world.events(&alice, phone, Version(0)).await;
    assert_eq!(page.items.len(), 1);
    assert!(store.token([1; 32], now).await.unwrap().is_some());
    assert_eq!(store.devices(alice.id).await.unwrap().len(), 1);
    let queues = store.queues(alice.id, phone).await.unwrap();
    assert!(queues.is_empty(), "it has acknowledged what there is");
}

async fn nothing_is_left(world: &World<'_>, who: &Who) {
    let (store, now) = (world.store, world.now());
    assert!(store.account(world.app, &who.name).await.unwrap().is_none());
    assert!(store.token([1; 32], now).await.unwrap().is_none());
    assert!(store.devices(who.id).await.unwrap().is_empty());
    assert!(store.groups_of(who.id).await.unwrap().is_empty());
}

/// A device is known by its resource; too many, and the longest unused is forgotten.
pub async fn devices_are_bounded(store: &dyn Store) {
    let (world, alice, _) = World::pair(store).await;
    let first = world.device(&alice, "first").await;
    world.wait(1);
    let second = world.device(&alice, "second").await;
    world.wait(1);
    assert_eq!(world.device(&alice, "first").await, first);
    for index in 2..=DEVICES_PER_ACCOUNT_MAX {
        world.wait(1);
        world.device(&alice, &format!("device {index}")).await;
    }
    let devices = store.devices(alice.id).await.unwrap();
    assert_eq!(devices.len(), DEVICES_PER_ACCOUNT_MAX);
    assert!(devices.windows(2).all(|pair| pair[0].id < pair[1].id));
    assert!(
        devices.iter().any(|device| device.id == first)
            && devices.iter().all(|device| device.id != second)
    );
}

/// A login says where the device stands.
pub async fn logins_say_where_a_device_stands(store: &dyn Store) {
    let (world, alice, _) = World::pair(store).await;
    let login = async |resource: &str| {
        let login = DeviceLogin {
            account: alice.id,
            resource: resource.to_owned(),
            name: "n".to_owned(),
            uuid: "u".to_owned(),
        };
        store.login_device(login, world.now()).await.unwrap()
    };
    store
        .add_event(
            world.app,
            &alice.name,
            NewEvent {
                device: lacuna_domain::DeviceId::NONE,
                body: "x".into(),
            },
            world.now(),
        )
        .await
        .unwrap();
    let (first, later) = (login("first").await, login("later").await);
    assert_eq!(
        (first.event_cursor, first.version),
        (Version(0), Version(1))
    );
    assert_eq!(
        (later.event_cursor, later.version),
        (Version(1), Version(1))
    );
    assert_eq!(login("first").await, first);
    let rows = store.devices(alice.id).await.unwrap();
    assert_eq!(
        (rows[0].login.name.as_str(), rows[0].last_seen),
        ("n", world.now())
    );
}

/// A login says up to where its device itself acknowledged, or where it started; not how far its cursors went.
pub async fn logins_say_what_was_acknowledged(store: &dyn Store) {
    let (world, alice, bob) = World::pair(store).await;
    let carol = world.account("carol").await;
    assert_eq!(world.login(&alice, "first").await.acked, Pos::ZERO);
    let low = world.send(&bob, API, &alice.target()).await;
    let high = world.send(&carol, API, &alice.target()).await;
    let last = world.send(&bob, API, &alice.target()).await;
    assert_eq!(world.login(&alice, "first").await.acked, Pos::ZERO);
    let first = world.device(&alice, "first").await;
    let save = async |device, conversation, pos, acked| {
        let cursor = Cursor::Conversation {
            conversation,
            pos,
            acked,
        };
        let saves = vec![CursorSave { device, cursor }];
        store.save_cursors(saves).await.unwrap();
    };
    // Passed, not acknowledged.
    save(first, low.conversation, last.pos, low.pos).await;
    assert_eq!(world.login(&alice, "first").await.acked, low.pos);
    save(first, high.conversation, high.pos, high.pos).await;
    assert_eq!(world.login(&alice, "first").await.acked, high.pos);
    save(first, high.conversation, high.pos, low.pos).await;
    assert_eq!(world.login(&alice, "first").await.acked, high.pos);
    // The cursor stands already where the acknowledgement comes.
    save(first, low.conversation, low.pos, last.pos).await;
    assert_eq!(world.login(&alice, "first").await.acked, last.pos);

    let later = world.login(&alice, "later").await;
    assert!(later.acked >= last.pos);
    assert_eq!(world.login(&alice, "later").await, later);
    let next = world.send(&bob, API, &alice.target()).await;
    assert!(next.pos > later.acked);
    save(later.id, next.conversation, next.pos, next.pos).await;
    assert_eq!(world.login(&alice, "later").await.acked, next.pos);
    assert_eq!(world.login(&alice, "first").await.acked, last.pos);

    world.wait(DEVICE_FORGET_MS);
    let back = world.login(&alice, "first").await;
    assert_ne!(back.id, first);
    assert!(back.acked >= next.pos, "it starts at the end");
    let after = world.send(&bob, API, &alice.target()).await;
    assert!(after.pos > back.acked);
}

/// A login says also up to where its device sent itself: nobody delivers that to it.
pub async fn logins_say_what_was_sent(store: &dyn Store) {
    let (world, alice, bob) = World::pair(store).await;
    let (first, second) = (
        world.device(&alice, "first").await,
        world.device(&alice, "second").await,
    );
    let started = world.login(&alice, "second").await.acked;
    let low = world.send(&alice, first, &bob.target()).await;
    let high = world.send(&alice, first, &bob.target()).await;
    assert_eq!(world.login(&alice, "first").await.acked, Pos::ZERO);
    let save = async |device, cursor| {
        let saves = vec![CursorSave { device, cursor }];
        store.save_cursors(saves).await.unwrap();
    };
    let acked = async || world.login(&alice, "first").await.acked;
    save(first, Cursor::Sent(low.pos)).await;
    assert_eq!(acked().await, low.pos);
    save(first, Cursor::Sent(high.pos)).await;
    save(first, Cursor::Sent(low.pos)).await;
    assert_eq!(acked().await, high.pos, "it never goes back");
    let cursor = |pos| Cursor::Conversation {
        conversation: high.conversation,
        pos,
        acked: pos,
    };
    save(first, cursor(low.pos)).await;
    assert_eq!(acked().await, high.pos, "the higher one of both");
    let answer = world.send(&bob, API, &alice.target()).await;
    save(first, cursor(answer.pos)).await;
    assert_eq!(acked().await, answer.pos, "the higher one of both");
    assert_eq!(world.login(&alice, "second").await.acked, started);

    world.wait(DEVICE_FORGET_MS);
    save(first, Cursor::Sent(Pos::MAX)).await;
    let back = world.login(&alice, "first").await;
    assert_ne!(back.id, first);
    save(first, Cursor::Sent(Pos::MAX)).await;
    assert_eq!(world.login(&alice, "first").await, back);
    assert_ne!(back.id, second);
}

/// A closed store does nothing more.
pub async fn closes(store: &dyn Store) {
    let (world, alice, bob) = World::pair(store).await;
    store.close().await.unwrap();
    let sent = store
        .append(world.message(&alice, lacuna_domain::DeviceId::NONE, &bob.target()))
        .await;
    assert!(matches!(sent, Err(Error::Closed)));
}

/// No token speaks for an account that is out of use, not even one that is made meanwhile and was valid before.
pub async fn accounts_out_of_use_have_no_tokens(store: &dyn Store) {
    let (world, alice, bob) = World::pair(store).await;
    let known = async |byte| {
        let token = store.token([byte; 32], world.now()).await;
        token.unwrap().is_some()
    };
    let active = async |active| {
        let change = AccountChange::Active(active);
        let changed = store.change_account(world.app, &alice.name, change, world.now());
        assert_eq!(changed.await.unwrap().active, active);
        let found = store.account(world.app, &alice.name).await.unwrap();
        assert_eq!(found.unwrap().active, active);
    };
    put_token(&world, 1, Some(&alice), None).await;
    put_token(&world, 2, Some(&bob), None).await;
    assert!(known(1).await);
    active(false).await;
    put_token(&world, 3, Some(&alice), None).await;
    assert!(!known(1).await && known(2).await && !known(3).await);
    active(true).await;
    assert!(
        !known(1).await && known(3).await,
        "what was dropped is gone"
    );
    let sent = world.send(&bob, API, &alice.target()).await;
    active(false).await;
    assert_eq!(world.history(&alice, &bob.target()).await, [sent.pos]);
}
