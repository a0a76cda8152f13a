//! Sends: order, repeats, refusals, and what a first contact sees.

use super::world::{API, World, name};
use crate::{Append, EntryKind, Error, Sender, Store};
use lacuna_domain::limits::SEND_REPEAT_WINDOW_MS;
use lacuna_domain::{Audience, GroupId, Name, Pos, Seq, Target};

/// Seqs count 1, 2, 3 …, positions rise, and each entry knows the one before it; signals have no seq.
pub async fn numbers_entries(store: &dyn Store) {
    let (world, alice, bob) = World::pair(store).await;
    let first = world.send(&alice, API, &bob.target()).await;
    let signal = EntryKind::Signal { ref_seq: None };
    let second = store
        .append(Append {
            kind: signal,
            ..world.message(&bob, API, &alice.target())
        })
        .await
        .unwrap();
    let third = world.send(&bob, API, &alice.target()).await;
    assert_eq!(
        [first.seq, second.seq, third.seq],
        [Some(Seq(1)), None, Some(Seq(2))]
    );
    assert_eq!(
        [first.prev_pos, second.prev_pos, third.prev_pos],
        [Pos::ZERO, first.pos, second.pos]
    );
    assert_eq!(
        [second.conversation, third.conversation],
        [first.conversation; 2]
    );
    assert_eq!(
        (first.accounts, third.accounts),
        (vec![alice.id, bob.id], vec![bob.id, alice.id])
    );
    assert_eq!(store.last_pos().await.unwrap(), third.pos);
    assert!(!third.repeat);
}

/// Two calls append in the order they were made, whichever is awaited first.
pub async fn keeps_the_order_of_calls(store: &dyn Store) {
    let (world, alice, bob) = World::pair(store).await;
    let one = store.append(world.message(&alice, API, &bob.target()));
    let two = store.append(world.message(&alice, API, &bob.target()));
    let (two, one) = (two.await.unwrap(), one.await.unwrap());
    assert_eq!((one.seq, two.seq), (Some(Seq(1)), Some(Seq(2))));
    assert_eq!(two.prev_pos, one.pos);
}

/// Positions rise even if the clock goes back.
pub async fn outlives_a_clock_that_goes_back(store: &dyn Store) {
    let (world, alice, bob) = World::pair(store).await;
    let first = world.send(&alice, API, &bob.target()).await;
    let late = Append {
        now: world.now().minus(3_600_000),
        ..world.message(&alice, API, &bob.target())
    };
    assert!(store.append(late).await.unwrap().pos > first.pos);
}

/// A repeated send appends nothing and gets the first answer; another body, device or conversation is another send.
pub async fn repeats_get_the_first_answer(store: &dyn Store) {
    let (world, alice, bob) = World::pair(store).await;
    let (phone, pad) = (
        world.device(&alice, "phone").await,
        world.device(&alice, "pad").await,
    );
    let message = Append {
        client_id: Some((7, [1; 32])),
        ..world.message(&alice, phone, &bob.target())
    };
    let first = store.append(message.clone()).await.unwrap();
    let again = store
        .append(Append {
            now: world.now().plus(5000),
            ..message.clone()
        })
        .await
        .unwrap();
    assert_eq!(
        (again.pos, again.seq, again.prev_pos, again.repeat),
        (first.pos, first.seq, first.prev_pos, true)
    );
    assert_eq!(
        (again.conversation, again.accounts),
        (first.conversation, first.accounts)
    );

    let other_body = store
        .append(Append {
            client_id: Some((7, [2; 32])),
            ..message.clone()
        })
        .await
        .unwrap();
    let mut other_device = message.clone();
    other_device.sender.device = pad;
    let other_device = store.append(other_device).await.unwrap();
    let other_conversation = store
        .append(Append {
            target: alice.target(),
            ..message.clone()
        })
        .await
        .unwrap();
    assert!(!other_body.repeat && !other_device.repeat && !other_conversation.repeat);
    assert_eq!(
        world.history(&bob, &alice.target()).await,
        [first.pos, other_body.pos, other_device.pos]
    );

    let later = store
        .append(Append {
            now: message.now.plus(SEND_REPEAT_WINDOW_MS),
            ..message
        })
        .await
        .unwrap();
    assert!(!later.repeat, "the window is over");
}

/// A send is refused to a name nobody registered, to no group, and by one who is no member; nothing is half done.
pub async fn refuses_unknown_receivers(store: &dyn Store) {
    let (world, alice, bob) = World::pair(store).await;
    let group = world.group(&alice).await;
    let refusal = async |target: Target| {
        store
            .append(world.message(&bob, API, &target))
            .await
            .unwrap_err()
    };
    assert!(
        matches!(refusal(Target::Peer(name("nobody"))).await, Error::NoAccount(who) if who == name("nobody"))
    );
    assert!(matches!(
        refusal(Target::Group(GroupId::new("1"))).await,
        Error::NoGroup(_)
    ));
    let target = Target::Group(group.id);
    assert!(matches!(refusal(target.clone()).await, Error::NotMember(who) if who == bob.name));
    assert!(world.list(&alice).await.is_empty() && world.list(&bob).await.is_empty());

    let unchecked = Append {
        check_member: false,
        check_allowed: false,
        ..world.message(&bob, API, &target)
    };
    let sent = store.append(unchecked).await.unwrap();
    assert_eq!(world.history(&alice, &target).await, [sent.pos]);
    assert!(world.history(&bob, &target).await.is_empty());
}

/// A sender that is not registered (the server API) reaches the receiver alone.
pub async fn delivers_from_the_server_api(store: &dyn Store) {
    let (world, alice, _) = World::pair(store).await;
    let admin = Sender {
        name: Name::admin(),
        account: None,
        device: API,
    };
    let sent = store
        .append(Append {
            sender: admin,
            ..world.message(&alice, API, &alice.target())
        })
        .await
        .unwrap();
    assert_eq!(sent.accounts, [alice.id]);
    assert_eq!(
        world.history(&alice, &Target::Peer(Name::admin())).await,
        [sent.pos]
    );
}

/// Notes to oneself have one side.
pub async fn keeps_notes_to_oneself(store: &dyn Store) {
    let (world, alice, _) = World::pair(store).await;
    let sent = world.send(&alice, API, &alice.target()).await;
    assert_eq!(sent.accounts, [alice.id]);
    assert_eq!(world.history(&alice, &alice.target()).await, [sent.pos]);
}

/// A name that is registered again sees nothing of before; the other side keeps everything.
pub async fn a_name_registered_again_starts_empty(store: &dyn Store) {
    let (world, alice, bob) = World::pair(store).await;
    let before = world.send(&alice, API, &bob.target()).await;
    store
        .delete_account(world.app, &bob.name, None, world.now())
        .await
        .unwrap();
    let bob = world.account("bob").await;
    assert!(world.history(&bob, &alice.target()).await.is_empty());
    assert!(world.list(&bob).await.is_empty());
    let after = world.send(&alice, API, &bob.target()).await;
    assert_eq!(after.seq, Some(Seq(2)));
    assert_eq!(world.history(&bob, &alice.target()).await, [after.pos]);
    assert_eq!(
        world.counters(&bob, &alice.target()).await,
        Some((after.pos, 1))
    );
    assert_eq!(
        world.history(&alice, &bob.target()).await,
        [before.pos, after.pos]
    );
    let phone = world.device(&bob, "phone").await;
    assert_eq!(
        world.inbox(&bob, phone, after.conversation).await,
        [after.pos]
    );
}

/// Directed names become the accounts it is delivered to, the sender's own included; unknown ones are left out.
pub async fn resolves_directed_names(store: &dyn Store) {
    let (world, alice, bob) = World::pair(store).await;
    let group = world.group(&alice).await;
    let directed = vec![bob.name.clone(), name("nobody"), bob.name.clone()];
    let sent = store
        .append(Append {
            directed,
            ..world.message(&alice, API, &Target::Group(group.id))
        })
        .await
        .unwrap();
    let Audience::Only(mut accounts) = sent.audience else {
        panic!("not resolved: {:?}", sent.audience)
    };
    accounts.sort_unstable();
    assert_eq!(accounts, [alice.id, bob.id]);
}
