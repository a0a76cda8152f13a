//! What is due to a device.

use super::world::{API, World};
use crate::{Append, Cursor, CursorSave, EntryKind, InboxQuery, Scope, Store};
use lacuna_domain::limits::{DEVICE_FORGET_MS, INBOX_PAGE_BYTES_MAX};
use lacuna_domain::{Audience, MessageKind, Pos, Seq, Target};

/// A message is due to every device of both sides but the one that sent it.
pub async fn echoes_to_other_devices(store: &dyn Store) {
    let (world, alice, bob) = World::pair(store).await;
    let (phone, pad) = (
        world.device(&alice, "phone").await,
        world.device(&alice, "pad").await,
    );
    let tv = world.device(&bob, "tv").await;
    let sent = world.send(&alice, phone, &bob.target()).await;
    let by_api = world.send(&alice, API, &bob.target()).await;
    assert_eq!(
        world.inbox(&alice, phone, sent.conversation).await,
        [by_api.pos]
    );
    assert_eq!(
        world.inbox(&alice, pad, sent.conversation).await,
        [sent.pos, by_api.pos]
    );
    assert_eq!(
        world.inbox(&bob, tv, sent.conversation).await,
        [sent.pos, by_api.pos]
    );
    let page = world.inbox_page(&alice, pad, sent.conversation, None).await;
    assert_eq!(
        (page.target, page.member, page.end),
        (bob.target(), true, by_api.pos)
    );
    let queues = store.queues(alice.id, phone).await.unwrap();
    assert_eq!(
        queues
            .iter()
            .map(|queue| (queue.target.clone(), queue.count))
            .collect::<Vec<_>>(),
        [(bob.target(), 1)]
    );
}

/// An account's first device starts at its views, a later one at its first login.
pub async fn later_devices_start_at_the_end(store: &dyn Store) {
    let (world, alice, bob) = World::pair(store).await;
    let before = world.send(&bob, API, &alice.target()).await;
    let first = world.device(&alice, "first").await;
    let later = world.device(&alice, "later").await;
    let after = world.send(&bob, API, &alice.target()).await;
    assert_eq!(
        world.inbox(&alice, first, before.conversation).await,
        [before.pos, after.pos]
    );
    assert_eq!(
        world.inbox(&alice, later, before.conversation).await,
        [after.pos]
    );
    let new = world.account("carol").await;
    let hello = world.send(&new, API, &alice.target()).await;
    assert_eq!(
        world.inbox(&alice, later, hello.conversation).await,
        [hello.pos]
    );
}

/// Cursors move forward only; what is at or before them is not due.
pub async fn cursors_never_go_back(store: &dyn Store) {
    let (world, alice, bob) = World::pair(store).await;
    let phone = world.device(&alice, "phone").await;
    let first = world.send(&bob, API, &alice.target()).await;
    let second = world.send(&bob, API, &alice.target()).await;
    let cursor = |pos: Pos| Cursor::Conversation {
        conversation: first.conversation,
        pos,
        acked: pos,
    };
    let save = |pos: Pos| CursorSave {
        device: phone,
        cursor: cursor(pos),
    };
    store.save_cursors(vec![save(first.pos)]).await.unwrap();
    assert_eq!(
        world.inbox(&alice, phone, first.conversation).await,
        [second.pos]
    );
    assert_eq!(store.queues(alice.id, phone).await.unwrap().len(), 1);
    let unknown = CursorSave {
        device: lacuna_domain::DeviceId(99),
        cursor: cursor(second.pos),
    };
    store
        .save_cursors(vec![unknown, save(second.pos), save(first.pos)])
        .await
        .unwrap();
    assert!(
        world
            .inbox(&alice, phone, first.conversation)
            .await
            .is_empty()
    );
    assert!(store.queues(alice.id, phone).await.unwrap().is_empty());
    let from_start = world
        .inbox_page(&alice, phone, first.conversation, Some(Pos::ZERO))
        .await;
    assert_eq!(
        from_start.entries.len(),
        2,
        "an explicit position is taken as it is"
    );
}

/// An audience restricts delivery, not history.
pub async fn keeps_to_the_audience(store: &dyn Store) {
    let (world, alice, bob) = World::pair(store).await;
    let (phone, tv) = (
        world.device(&alice, "phone").await,
        world.device(&bob, "tv").await,
    );
    let pad = world.device(&bob, "pad").await;
    let group = world.group(&alice).await;
    world.join(&group, &bob).await;
    let target = Target::Group(group.id.clone());
    let start = store.last_pos().await.unwrap();
    let send = async |audience: Audience, directed: &[&lacuna_domain::Name], signal: bool| {
        let directed = directed.iter().map(|name| (*name).clone()).collect();
        let message = world.message(&alice, API, &target);
        let kind = if signal {
            EntryKind::Signal { ref_seq: None }
        } else {
            message.kind
        };
        store
            .append(Append {
                kind,
                audience,
                directed,
                ..message
            })
            .await
            .unwrap()
            .pos
    };
    let only_bob = send(Audience::Only(vec![bob.id]), &[], false).await;
    let not_bob = send(Audience::Except(vec![bob.id]), &[], true).await;
    let one_device = send(Audience::Device(tv), &[], true).await;
    let directed = send(Audience::All, &[&alice.name], false).await;
    let due = async |who, device| {
        let page = world
            .inbox_page(who, device, group.conversation, Some(start))
            .await;
        page.entries
            .iter()
            .map(|entry| entry.pos)
            .collect::<Vec<_>>()
    };
    assert_eq!(due(&alice, phone).await, [not_bob, directed]);
    assert_eq!(due(&bob, tv).await, [only_bob, one_device]);
    assert_eq!(due(&bob, pad).await, [only_bob]);
    assert_eq!(world.history(&alice, &target).await, [only_bob, directed]);
}

/// A signal without a message is due inside the membership, even under the floor; one about a message if that is visible.
pub async fn signals_follow_their_message(store: &dyn Store) {
    let (world, alice, bob) = World::pair(store).await;
    let tv = world.device(&bob, "tv").await;
    let (one, two) = (
        world.send(&alice, API, &bob.target()).await,
        world.send(&alice, API, &bob.target()).await,
    );
    let signal = async |ref_seq: Option<Seq>| {
        store
            .append(Append {
                kind: EntryKind::Signal { ref_seq },
                ..world.message(&alice, API, &bob.target())
            })
            .await
            .unwrap()
            .pos
    };
    let (command, about_one, about_two) = (
        signal(None).await,
        signal(one.seq).await,
        signal(two.seq).await,
    );
    assert_eq!(
        world.inbox(&bob, tv, one.conversation).await,
        [one.pos, two.pos, command, about_one, about_two]
    );
    world
        .hide(&bob, Scope::Ids(alice.target(), vec![one.pos]))
        .await;
    assert_eq!(
        world.inbox(&bob, tv, one.conversation).await,
        [two.pos, command, about_two]
    );
    world.hide(&bob, Scope::Conversation(alice.target())).await;
    assert_eq!(world.inbox(&bob, tv, one.conversation).await, [command]);
    let page = world.inbox_page(&bob, tv, one.conversation, None).await;
    assert_eq!(page.entries[0].kind, MessageKind::Command);
}

/// An empty page still says how far everything was looked at.
pub async fn scans_past_what_is_deleted(store: &dyn Store) {
    let (world, alice, bob) = World::pair(store).await;
    let tv = world.device(&bob, "tv").await;
    let ids = world.send_many(&alice, &bob.target(), 5).await;
    let conversation = world.row(&bob, &alice.target()).await.unwrap().conversation;
    world.hide(&bob, Scope::Conversation(alice.target())).await;
    let page = world.inbox_page(&bob, tv, conversation, None).await;
    assert!(page.entries.is_empty() && !page.more);
    assert_eq!((page.scanned, page.end), (ids[4], ids[4]));
    assert!(store.queues(bob.id, tv).await.unwrap().is_empty());
    let version = store
        .facts(bob.id, lacuna_domain::Version(0), 9)
        .await
        .unwrap()
        .version;
    assert_eq!(page.version, version);
    let beyond = Pos(ids[4].0 + 9);
    assert_eq!(
        world
            .inbox_page(&bob, tv, conversation, Some(beyond))
            .await
            .scanned,
        beyond,
        "never before the start"
    );
}

/// A page is bounded by entries and by bytes, but never empty for a large first entry.
pub async fn pages_are_bounded(store: &dyn Store) {
    let (world, alice, bob) = World::pair(store).await;
    let tv = world.device(&bob, "tv").await;
    let mut ids = Vec::new();
    for size in [10, 10, 500, 10, 10] {
        let message = Append {
            body: vec![b'x'; size].into(),
            ..world.message(&alice, API, &bob.target())
        };
        ids.push(store.append(message).await.unwrap());
    }
    let conversation = ids[0].conversation;
    let page = async |after: Option<Pos>, limit: usize, bytes_max: usize| {
        let query = InboxQuery {
            account: bob.id,
            device: tv,
            conversation,
            after,
            limit,
            bytes_max,
        };
        let page = store.inbox(query).await.unwrap();
        (page.entries.len(), page.more, page.scanned)
    };
    let (count, more, scanned) = page(None, 2, INBOX_PAGE_BYTES_MAX).await;
    assert_eq!((count, more), (2, true));
    assert!(ids[1].pos <= scanned && scanned < ids[2].pos);
    let (count, more, _) = page(None, 50, 100).await;
    assert_eq!((count, more), (2, true));
    let (count, more, _) = page(Some(ids[1].pos), 50, 100).await;
    assert_eq!((count, more), (1, true), "the first entry is let through");
    assert_eq!(
        page(Some(ids[2].pos), 50, 100).await,
        (2, false, ids[4].pos)
    );
}

/// A device unused for 30 days is forgotten: it comes back as a later one, even if it was the first.
pub async fn forgets_unused_devices(store: &dyn Store) {
    let (world, alice, bob) = World::pair(store).await;
    let old = world.device(&alice, "phone").await;
    assert_eq!(world.device(&alice, "phone").await, old);
    let sent = world.send(&bob, API, &alice.target()).await;
    world
        .hide(&alice, Scope::Conversation(alice.target()))
        .await;
    world.wait(DEVICE_FORGET_MS);
    let new = world.device(&alice, "phone").await;
    assert_ne!(new, old);
    assert!(world.inbox(&alice, new, sent.conversation).await.is_empty());
    assert_eq!(store.devices(alice.id).await.unwrap().len(), 1);
    assert_eq!(world.history(&alice, &bob.target()).await, [sent.pos]);
}

/// What the others had acknowledged is not due to them again.
pub async fn a_forgotten_device_takes_its_own_cursors(store: &dyn Store) {
    let (world, alice, bob) = World::pair(store).await;
    let devices = [
        world.device(&alice, "phone").await,
        world.device(&alice, "tablet").await,
    ];
    let sent = world.send(&bob, API, &alice.target()).await;
    let cursor = Cursor::Conversation {
        conversation: sent.conversation,
        pos: sent.pos,
        acked: sent.pos,
    };
    let saves = devices.map(|device| CursorSave { device, cursor });
    store.save_cursors(saves.to_vec()).await.unwrap();
    world.wait(DEVICE_FORGET_MS / 2);
    let [_, tablet] = devices;
    assert_eq!(world.device(&alice, "tablet").await, tablet);
    world.wait(DEVICE_FORGET_MS / 2);
    world.device(&alice, "phone").await;
    assert_eq!(world.device(&alice, "tablet").await, tablet);
    let due = world.inbox(&alice, tablet, sent.conversation).await;
    assert!(due.is_empty(), "{due:?}");
}

/// Queues come by their last position.
pub async fn queues_are_in_order(store: &dyn Store) {
    let (world, alice, bob) = World::pair(store).await;
    let phone = world.device(&alice, "phone").await;
    let carol = world.account("carol").await;
    world.send(&bob, API, &alice.target()).await;
    world.send(&carol, API, &alice.target()).await;
    world.send(&bob, API, &alice.target()).await;
    let queues = store.queues(alice.id, phone).await.unwrap();
    let found: Vec<_> = queues
        .into_iter()
        .map(|queue| (queue.target, queue.count))
        .collect();
    assert_eq!(found, [(carol.target(), 1), (bob.target(), 2)]);
}
