//! Threads: groups that hang on a message of another group, and are open to its members only.

use super::world::{API, Who, World};
use crate::{
    Error, Group, GroupAct, GroupKind, GroupSettings, NewGroup, RecordId, RecordKind, RecordOwner,
    RecordWrite, Result, Scope, Store, ThreadParent,
};
use lacuna_domain::{Pos, Target};

async fn start(world: &World<'_>, owner: &Who, group: &Group, message: Pos) -> Result<Group> {
    let settings = GroupSettings {
        name: "thread".to_owned(),
        members_max: 10,
        parent: Some(ThreadParent {
            group: group.id.clone(),
            message,
        }),
        ..GroupSettings::default()
    };
    let new = NewGroup {
        app: world.app,
        owner: owner.name.clone(),
        settings,
    };
    world.store.create_group(new, world.now()).await
}

/// A group of alice's with bob, a message of hers, and her thread on it.
async fn thread(store: &dyn Store) -> (World<'_>, Who, Who, Group, Group) {
    let (world, alice, bob) = World::pair(store).await;
    let group = world.group(&alice).await;
    world.join(&group, &bob).await;
    let sent = world.send(&alice, API, &target(&group)).await;
    let thread = start(&world, &alice, &group, sent.pos).await.unwrap();
    (world, alice, bob, group, thread)
}

fn target(group: &Group) -> Target {
    Target::Group(group.id.clone())
}

/// One thread for each message, by a member who sees it.
pub async fn hang_on_a_message(store: &dyn Store) {
    let (world, alice, bob, group, thread) = thread(store).await;
    let carol = world.account("carol").await;
    let on = thread.settings.parent.clone().unwrap();
    assert_eq!(
        (thread.settings.kind(), &on.group),
        (GroupKind::Thread, &group.id)
    );
    let read = store.group(world.app, &thread.id).await.unwrap();
    assert_eq!(read.as_ref(), Some(&thread));

    let again = start(&world, &bob, &group, on.message).await;
    assert!(matches!(again, Err(Error::HasThread(pos)) if pos == on.message));
    let nowhere = start(&world, &bob, &group, Pos(5)).await;
    assert!(matches!(nowhere, Err(Error::NoParent(Pos(5)))));
    let outside = start(&world, &carol, &group, on.message).await;
    assert!(matches!(outside, Err(Error::NotMember(who)) if who == carol.name));
    let in_a_thread = start(&world, &alice, &thread, on.message).await;
    assert!(matches!(in_a_thread, Err(Error::NoGroup(id)) if id == thread.id));

    let hidden = world.send(&alice, API, &target(&group)).await.pos;
    let ids = Scope::Ids(target(&group), vec![hidden]);
    world.hide_as(&bob, API, ids, true).await;
    let unseen = start(&world, &bob, &group, hidden).await;
    assert!(matches!(unseen, Err(Error::NoParent(pos)) if pos == hidden));

    // One that ended leaves its message free.
    world.regroup(&thread.id, GroupAct::Destroy).await;
    start(&world, &bob, &group, on.message).await.unwrap();
}

/// The threads of a group come in pages, newest first.
pub async fn are_listed_by_their_group(store: &dyn Store) {
    let (world, alice, _, group, first) = thread(store).await;
    let message = world.send(&alice, API, &target(&group)).await.pos;
    let second = start(&world, &alice, &group, message).await.unwrap();
    let id = group.conversation;
    let all = store.threads(id, None, 10).await.unwrap();
    assert_eq!(all, [second.clone(), first.clone()]);
    assert_eq!(store.threads(id, None, 1).await.unwrap(), all[..1]);
    let before = Some(second.conversation);
    assert_eq!(store.threads(id, before, 10).await.unwrap(), [first]);
    world.regroup(&second.id, GroupAct::Destroy).await;
    assert_eq!(store.threads(id, None, 10).await.unwrap().len(), 1);
    let own = store.groups_of(alice.id).await.unwrap();
    assert_eq!(own.len(), 2, "the group and a thread: {own:?}");
}

/// Who leaves a group leaves its threads, and keeps what it saw of them.
pub async fn are_left_with_the_group(store: &dyn Store) {
    let (world, alice, bob, group, thread) = thread(store).await;
    world.join(&thread, &bob).await;
    let before = world.send(&alice, API, &target(&thread)).await.pos;
    let left = world.leave(&group, &bob).await;
    assert_eq!(left.threads, [(thread.conversation, vec![bob.id])]);
    world.send(&alice, API, &target(&thread)).await;
    assert_eq!(world.history(&bob, &target(&thread)).await, [before]);
    let found = store.group(world.app, &thread.id).await.unwrap().unwrap();
    assert_eq!(found.members, 1);
    assert!(store.groups_of(bob.id).await.unwrap().is_empty());
    // Who is in none of them leaves none.
    world.join(&group, &bob).await;
    assert!(world.leave(&group, &bob).await.threads.is_empty());
}

/// A group that ends takes its threads with it.
pub async fn end_with_the_group(store: &dyn Store) {
    let (world, alice, bob, group, thread) = thread(store).await;
    world.join(&thread, &bob).await;
    let kept = world.send(&alice, API, &target(&thread)).await.pos;
    let ended = world.regroup(&group.id, GroupAct::Destroy).await;
    assert_eq!(
        ended.threads,
        [(thread.conversation, vec![alice.id, bob.id])]
    );
    assert!(store.group(world.app, &thread.id).await.unwrap().is_none());
    assert!(store.groups_of(alice.id).await.unwrap().is_empty());
    let refused = store
        .append(world.message(&alice, API, &target(&thread)))
        .await;
    assert!(matches!(refused, Err(Error::NoGroup(_))));
    assert_eq!(world.history(&bob, &target(&thread)).await, [kept]);
}

/// The conversation list has no threads.
pub async fn are_on_no_list_of_conversations(store: &dyn Store) {
    let (world, alice, _, group, thread) = thread(store).await;
    world.send(&alice, API, &target(&thread)).await;
    let listed: Vec<Target> = world
        .list(&alice)
        .await
        .into_iter()
        .map(|row| row.target)
        .collect();
    assert_eq!(listed, [target(&group)]);
}

/// Who may not write in a group may not write in its threads.
pub async fn the_muted_of_the_group_are_muted(store: &dyn Store) {
    let (world, _, bob, group, thread) = thread(store).await;
    world.join(&thread, &bob).await;
    world.send(&bob, API, &target(&thread)).await;
    let owner = RecordOwner::Conversation(group.conversation);
    let muted = RecordId::new(owner, RecordKind::Muted, bob.name.as_str());
    let write = RecordWrite::new(world.app).put(muted, "");
    store.write_records(write, world.now()).await.unwrap();
    let refused = store
        .append(world.message(&bob, API, &target(&thread)))
        .await;
    assert!(matches!(refused, Err(Error::Muted(who)) if who == bob.name));
}
