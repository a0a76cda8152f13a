//! Recall and edit: messages that are changed for everybody.

use super::world::{API, Who, World};
use crate::{
    Append, Appended, EntryKind, Error, MessageAct, MessageChange, MessageQuery, NewEvent,
    NewReceipt, RecordCheck, RecordId, RecordKind, RecordOwner, RecordWrite, Result, Scope, Store,
    ViewAct,
};
use bytes::Bytes;
use lacuna_domain::{DeviceId, MessageKind, Pos, Target};

async fn change(
    world: &World<'_>,
    (who, device): (&Who, DeviceId),
    target: &Target,
    (pos, act): (Pos, MessageAct),
) -> Result<Appended> {
    let append = Append {
        kind: EntryKind::Signal { ref_seq: None },
        body: Bytes::from_static(b"signal"),
        changes: Some(MessageChange { pos, act }),
        ..world.message(who, device, target)
    };
    world.store.append(append).await
}

pub(super) async fn recall(world: &World<'_>, who: &Who, target: &Target, pos: Pos) -> Appended {
    change(world, (who, API), target, (pos, MessageAct::Recall))
        .await
        .unwrap()
}

pub(super) fn query(world: &World<'_>, who: &Who, target: &Target, pos: Pos) -> MessageQuery {
    MessageQuery {
        app: world.app,
        reader: (Some(who.id), who.name.clone()),
        target: Some(target.clone()),
        pos,
    }
}

pub(super) async fn edit(
    world: &World<'_>,
    who: &Who,
    target: &Target,
    (pos, text): (Pos, &'static str),
) -> Result<Appended> {
    let found = world.store.message(query(world, who, target, pos)).await?;
    let before = found.map_or(Pos::ZERO, |found| found.body_id);
    let act = MessageAct::Edit {
        before,
        body: Bytes::from_static(text.as_bytes()),
    };
    change(world, (who, API), target, (pos, act)).await
}

/// A recalled message is nobody's: not in history, not in a queue, not unread, not the last one; its body is purged.
pub async fn recalled_messages_are_nobodys(store: &dyn Store) {
    let (world, alice, bob) = World::pair(store).await;
    let (to_bob, to_alice) = (bob.target(), alice.target());
    let phone = world.device(&bob, "phone").await;
    let ids = world.send_many(&alice, &to_bob, 4).await;
    let signal = recall(&world, &alice, &to_bob, ids[1]).await;
    assert!(signal.seq.is_none() && signal.pos > ids[3]);
    recall(&world, &alice, &to_bob, ids[3]).await;
    for (who, target) in [(&alice, &to_bob), (&bob, &to_alice)] {
        assert_eq!(world.history(who, target).await, [ids[0], ids[2]]);
        let rows = world.list(who).await;
        assert_eq!(rows[0].last.as_ref().unwrap().pos, ids[2]);
        assert!(
            store
                .message(query(&world, who, target, ids[3]))
                .await
                .unwrap()
                .is_none()
        );
    }
    assert_eq!(world.list(&bob).await[0].unread, 2);
    let due = world
        .inbox_page(&bob, phone, signal.conversation, None)
        .await;
    let kinds: Vec<_> = due
        .entries
        .iter()
        .map(|entry| (entry.pos, entry.kind))
        .collect();
    assert_eq!(kinds.len(), 4, "two messages and two recalls: {kinds:?}");
    assert_eq!(kinds[2], (signal.pos, MessageKind::Recall));
    let purged = store.purge_step(100).await.unwrap();
    assert_eq!((purged.purged, purged.more), (2, false));
    recall(&world, &alice, &to_bob, ids[0]).await;
    recall(&world, &alice, &to_bob, ids[2]).await;
    assert!(world.list(&bob).await.is_empty() && world.list(&alice).await.is_empty());
}

/// Of a message that I deleted I hear nothing: no recall, no edit, and neither brings it back.
pub async fn who_deleted_it_hears_nothing(store: &dyn Store) {
    let (world, alice, bob) = World::pair(store).await;
    let (to_bob, to_alice) = (bob.target(), alice.target());
    let phone = world.device(&bob, "phone").await;
    let ids = world.send_many(&alice, &to_bob, 3).await;
    world
        .hide(&bob, Scope::Ids(to_alice.clone(), ids[..2].to_vec()))
        .await;
    let conversation = recall(&world, &alice, &to_bob, ids[0]).await.conversation;
    edit(&world, &alice, &to_bob, (ids[1], "new"))
        .await
        .unwrap();
    assert_eq!(world.history(&bob, &to_alice).await, [ids[2]]);
    assert_eq!(world.history(&alice, &to_bob).await, ids[1..]);
    let due = world.inbox_page(&bob, phone, conversation, None).await;
    let due: Vec<Pos> = due.entries.iter().map(|entry| entry.pos).collect();
    assert_eq!(due, [ids[2]]);
    assert_eq!(world.list(&bob).await[0].unread, 1);
    let purged = store.purge_step(100).await.unwrap();
    assert_eq!(
        purged.purged, 2,
        "what was recalled, and the body before the edit"
    );
}

/// A receipt is told to who sent the message, while they see it: not to others, and not for what they deleted or what was
/// recalled. Of a command, too.
pub async fn receipts_are_for_who_sees_the_message(store: &dyn Store) {
    let (world, alice, bob) = World::pair(store).await;
    let carol = world.account("carol").await;
    let to_bob = bob.target();
    let ids = world.send_many(&alice, &to_bob, 3).await;
    let command = Append {
        kind: EntryKind::Signal { ref_seq: None },
        ..world.message(&alice, API, &to_bob)
    };
    let command = store.append(command).await.unwrap().pos;
    world
        .hide(&alice, Scope::Ids(to_bob.clone(), vec![ids[0]]))
        .await;
    recall(&world, &alice, &to_bob, ids[1]).await;
    let before = world.login(&alice, "phone").await.version;
    for (reader, to, pos, told) in [
        (&bob, &alice, ids[2], true),
        (&bob, &alice, command, true),
        (&bob, &alice, ids[0], false),
        (&bob, &alice, ids[1], false),
        (&bob, &alice, Pos(77), false),
        (&carol, &alice, ids[2], false),
        (&alice, &bob, ids[2], false),
    ] {
        let receipt = NewReceipt {
            app: world.app,
            reader: reader.name.clone(),
            to: to.name.clone(),
            pos,
            event: NewEvent {
                device: API,
                body: Bytes::from_static(b"read"),
            },
        };
        let done = store.add_receipt(receipt, world.now()).await.unwrap();
        let account = done.map(|(account, _)| account);
        assert_eq!(account, told.then_some(alice.id), "{} {pos}", reader.name);
    }
    let after = world.login(&alice, "phone").await.version;
    assert_eq!(after.0, before.0 + 2);
}

/// What is hidden and recalled is counted once; reading and deleting go on as if it had never been.
pub async fn recalls_and_deletions_count_once(store: &dyn Store) {
    let (world, alice, bob) = World::pair(store).await;
    let (to_bob, to_alice) = (bob.target(), alice.target());
    let ids = world.send_many(&alice, &to_bob, 8).await;
    world
        .hide(&bob, Scope::Ids(to_alice.clone(), vec![ids[2], ids[5]]))
        .await;
    for id in [ids[2], ids[3], ids[7]] {
        recall(&world, &alice, &to_bob, id).await;
    }
    assert_eq!(world.list(&bob).await[0].unread, 4);
    assert_eq!(
        world.history(&bob, &to_alice).await,
        [ids[0], ids[1], ids[4], ids[6]]
    );
    let all = Scope::Ids(to_alice.clone(), vec![ids[3], ids[6]]);
    assert!(world.hide(&bob, all).await.changed);
    assert!(
        !world
            .hide(&bob, Scope::Ids(to_alice.clone(), vec![ids[3], ids[7]]))
            .await
            .changed
    );
    assert_eq!(world.list(&bob).await[0].unread, 3);
    assert_eq!(world.list(&bob).await[0].last.as_ref().unwrap().pos, ids[4]);
    world.change(&bob, &to_alice, ViewAct::Read).await;
    assert_eq!(world.list(&bob).await[0].unread, 0);
}

/// An edited message has its last body everywhere; a device that was away hears of the last edit only.
pub async fn the_last_edit_is_shown(store: &dyn Store) {
    let (world, alice, bob) = World::pair(store).await;
    let (to_bob, to_alice) = (bob.target(), alice.target());
    let phone = world.device(&bob, "phone").await;
    let ids = world.send_many(&alice, &to_bob, 2).await;
    edit(&world, &alice, &to_bob, (ids[0], "first"))
        .await
        .unwrap();
    let last = edit(&world, &alice, &to_bob, (ids[0], "second"))
        .await
        .unwrap();
    let page = world.page(&world.query(&bob, &to_alice)).await;
    assert_eq!(page.entries[0].body, "second");
    assert_eq!(page.entries[0].pos, ids[0], "it keeps its place");
    let due = world.inbox_page(&bob, phone, last.conversation, None).await;
    let due: Vec<_> = due
        .entries
        .iter()
        .map(|entry| (entry.pos, entry.edits, entry.body.clone()))
        .collect();
    assert_eq!(due.len(), 3, "{due:?}");
    assert_eq!(due[0], (ids[0], None, "second".into()));
    assert_eq!(due[2], (last.pos, Some(ids[0]), "second".into()));
    let purged = store.purge_step(100).await.unwrap();
    assert_eq!((purged.purged, purged.more), (2, false));
    let found = store
        .message(query(&world, &bob, &to_alice, ids[0]))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (found.body, found.sender, found.visible),
        ("second".into(), alice.name.clone(), true)
    );
    recall(&world, &alice, &to_bob, ids[0]).await;
    let due = world.inbox_page(&bob, phone, last.conversation, None).await;
    let due: Vec<_> = due.entries.iter().map(|entry| entry.kind).collect();
    assert_eq!(
        due,
        [MessageKind::Text, MessageKind::Recall],
        "an edit of what is gone is nothing"
    );
}

/// A message is found in whichever of one's conversations has it, and in nobody else's.
pub async fn messages_are_found(store: &dyn Store) {
    let (world, alice, bob) = World::pair(store).await;
    let carol = world.account("carol").await;
    world.send_many(&alice, &carol.target(), 1).await;
    let ids = world.send_many(&alice, &bob.target(), 2).await;
    let find = async |who: &Who, pos: Pos| {
        let anywhere = MessageQuery {
            target: None,
            ..query(&world, who, &who.target(), pos)
        };
        store.message(anywhere).await.unwrap()
    };
    let found = find(&bob, ids[1]).await.unwrap();
    let target = alice.target();
    let named = store.conversation(world.app, &bob.name, &target).await;
    assert_eq!(named.unwrap(), Some(found.conversation));
    assert_eq!(
        (found.target, found.visible, found.seq.0),
        (alice.target(), true, 2)
    );
    assert_eq!(find(&alice, ids[1]).await.unwrap().target, bob.target());
    assert!(find(&carol, ids[1]).await.is_none());
    assert!(find(&bob, Pos(7)).await.is_none());
    world
        .hide(&bob, Scope::Ids(alice.target(), vec![ids[1]]))
        .await;
    assert!(!find(&bob, ids[1]).await.unwrap().visible);
    assert!(find(&alice, ids[1]).await.unwrap().visible);
}

/// Who left a group is told of what happens to the messages that it kept, and of no others.
pub async fn former_members_are_told(store: &dyn Store) {
    let (world, alice, bob) = World::pair(store).await;
    let group = world.group(&alice).await;
    let target = Target::Group(group.id.clone());
    world.join(&group, &bob).await;
    let kept = world.send(&alice, API, &target).await.pos;
    world.leave(&group, &bob).await;
    let later = world.send(&alice, API, &target).await.pos;
    assert_eq!(
        recall(&world, &alice, &target, kept).await.accounts,
        [bob.id]
    );
    assert!(
        recall(&world, &alice, &target, later)
            .await
            .accounts
            .is_empty()
    );
    assert!(world.history(&bob, &target).await.is_empty());
}

/// What cannot be changed is refused, and nothing is written.
pub async fn changes_are_refused(store: &dyn Store) {
    let (world, alice, bob) = World::pair(store).await;
    let to_bob = bob.target();
    let ids = world.send_many(&alice, &to_bob, 1).await;
    let none = change(&world, (&alice, API), &to_bob, (Pos(5), MessageAct::Recall)).await;
    assert!(matches!(none.unwrap_err(), Error::NoMessage(Pos(5))));
    let elsewhere = change(
        &world,
        (&alice, API),
        &alice.target(),
        (ids[0], MessageAct::Recall),
    )
    .await;
    assert!(matches!(elsewhere.unwrap_err(), Error::NoMessage(_)));
    let stale = MessageAct::Edit {
        before: Pos(1),
        body: Bytes::new(),
    };
    let stale = change(&world, (&alice, API), &to_bob, (ids[0], stale)).await;
    assert!(matches!(stale.unwrap_err(), Error::Conflict));
    let owner = RecordOwner::Account(alice.id);
    let id = RecordId::new(owner, RecordKind::Contact, "bob");
    let with_record = Append {
        changes: Some(MessageChange {
            pos: ids[0],
            act: MessageAct::Recall,
        }),
        write: Some(Box::new(
            RecordWrite::new(world.app).check(id, RecordCheck::Present),
        )),
        ..world.message(&alice, API, &to_bob)
    };
    assert!(matches!(
        store.append(with_record).await.unwrap_err(),
        Error::Conflict
    ));
    assert_eq!(
        world.history(&alice, &to_bob).await,
        ids,
        "nothing of it was done"
    );
    recall(&world, &alice, &to_bob, ids[0]).await;
    let again = change(&world, (&alice, API), &to_bob, (ids[0], MessageAct::Recall)).await;
    assert!(matches!(again.unwrap_err(), Error::NoMessage(_)));
    let repeated = Append {
        client_id: Some((7, [7; 32])),
        ..world.message(&alice, API, &to_bob)
    };
    let sent = store.append(repeated.clone()).await.unwrap();
    let once = Append {
        kind: EntryKind::Signal { ref_seq: None },
        client_id: Some((8, [8; 32])),
        changes: Some(MessageChange {
            pos: sent.pos,
            act: MessageAct::Recall,
        }),
        ..repeated
    };
    let first = store.append(once.clone()).await.unwrap();
    let second = store.append(once).await.unwrap();
    assert_eq!(
        (second.repeat, second.pos),
        (true, first.pos),
        "a repeat gets the first answer"
    );
}
