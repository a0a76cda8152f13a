//! What managing a group stands on: lists of groups, acts about members, and what stops its delivery.

use super::world::{API, Who, World, new_app};
use crate::{
    Error, GroupAct, GroupQuery, GroupSettings, NewGroup, RecordId, RecordKind, RecordOwner,
    RecordWrite, Store,
};
use lacuna_domain::{ConversationId, GroupId, Target};

/// Groups of an owner, each a room or not, public or not, in the order of the call.
async fn groups_of(world: &World<'_>, owner: &Who, kinds: &[(bool, bool)]) -> Vec<GroupId> {
    let mut ids = Vec::new();
    for (room, public) in kinds.iter().copied() {
        let group = NewGroup {
            app: world.app,
            owner: owner.name.clone(),
            settings: GroupSettings {
                members_max: 10,
                public,
                room,
                ..GroupSettings::default()
            },
        };
        let made = world.store.create_group(group, world.now()).await;
        ids.push(made.unwrap().id);
    }
    ids
}

/// An application's groups and its rooms are listed in pages; private ones only to who asks for all; those that ended to nobody.
pub async fn groups_are_listed(store: &dyn Store) {
    let (world, alice, _) = World::pair(store).await;
    let other = store.create_app(new_app("other", 0)).await.unwrap();
    let kinds = [(false, true), (true, true), (false, false), (false, true)];
    let ids = groups_of(&world, &alice, &kinds).await;
    let all = GroupQuery {
        app: world.app,
        room: false,
        public_only: false,
        after: ConversationId(0),
        limit: 10,
    };
    let mut public = all;
    public.public_only = true;
    let listed = async |query: GroupQuery| {
        let found = store.list_groups(query).await.unwrap();
        let places = found
            .iter()
            .map(|group| ids.iter().position(|id| *id == group.id));
        places.collect::<Option<Vec<usize>>>().unwrap()
    };
    assert_eq!(listed(all).await, [0, 2, 3]);
    assert_eq!(listed(public).await, [0, 3]);
    assert_eq!(listed(GroupQuery { limit: 1, ..all }).await, [0]);
    let after = store.group(world.app, &ids[0]).await.unwrap().unwrap();
    let after = after.conversation;
    assert_eq!(listed(GroupQuery { after, ..all }).await, [2, 3]);
    assert_eq!(listed(GroupQuery { after, ..public }).await, [3]);
    let (mut rooms, mut elsewhere) = (all, all);
    (rooms.room, elsewhere.app) = (true, other.id);
    assert_eq!(listed(rooms).await, [1]);
    assert!(listed(elsewhere).await.is_empty());
    world.regroup(&ids[0], GroupAct::Destroy).await;
    let found = store.group(world.app, &ids[3]).await.unwrap().unwrap();
    let mut settings = found.settings;
    settings.public = false;
    world
        .regroup(&ids[3], GroupAct::Update(Box::new(settings)))
        .await;
    assert_eq!(listed(all).await, [2, 3]);
    assert!(listed(public).await.is_empty());
}

/// An act about members is done only if all of them are.
pub async fn changes_are_about_members(store: &dyn Store) {
    let (world, alice, bob) = World::pair(store).await;
    let group = world.group(&alice).await;
    let about = |names: &[&Who]| {
        let names = names.iter().map(|who| who.name.clone()).collect();
        store.change_group(
            world.group_change(&group.id, GroupAct::About(names)),
            world.now(),
        )
    };
    let refused = about(&[&alice, &bob]).await.unwrap_err();
    assert!(matches!(refused, Error::NotMember(name) if name == bob.name));
    world.join(&group, &bob).await;
    let done = about(&[&alice, &bob]).await.unwrap();
    assert_eq!((done.group.members, done.accounts.len()), (2, 0));
    assert_eq!(done.signals.len(), 1, "nothing else of it changed");
    world.leave(&group, &bob).await;
    assert!(about(&[&bob]).await.is_err());
}

/// Nobody writes in a group that is out of use, not even its owner; the server API does.
pub async fn the_disabled_cannot_write(store: &dyn Store) {
    let (world, alice, bob) = World::pair(store).await;
    let group = world.group(&alice).await;
    world.join(&group, &bob).await;
    let owner = RecordOwner::Conversation(group.conversation);
    let disabled = RecordId::new(owner, RecordKind::Setting, crate::DISABLED);
    let write = RecordWrite::new(world.app).put(disabled.clone(), "");
    store.write_records(write, world.now()).await.unwrap();
    let target = Target::Group(group.id.clone());
    for who in [&alice, &bob] {
        let refused = store.append(world.message(who, API, &target)).await;
        assert!(matches!(refused.unwrap_err(), Error::GroupDisabled));
    }
    let by_api = crate::Append {
        check_allowed: false,
        ..world.message(&alice, API, &target)
    };
    store.append(by_api).await.unwrap();
    let enabled = RecordWrite::new(world.app).remove(disabled);
    store.write_records(enabled, world.now()).await.unwrap();
    store
        .append(world.message(&bob, API, &target))
        .await
        .unwrap();
}

/// What an account shields itself from is not listed as due to it, and stays in its history.
pub async fn shielded_queues_are_not_listed(store: &dyn Store) {
    let (world, alice, bob) = World::pair(store).await;
    let group = world.group(&alice).await;
    world.join(&group, &bob).await;
    let phone = world.device(&bob, "phone").await;
    let target = Target::Group(group.id.clone());
    let owner = RecordOwner::Conversation(group.conversation);
    let shield = RecordId::new(owner, RecordKind::Shielded, "bob");
    let listed = async || store.queues(bob.id, phone).await.unwrap().len();
    let sent = world.send_many(&alice, &target, 2).await;
    assert_eq!(listed().await, 1);
    let write = RecordWrite::new(world.app).put(shield.clone(), "");
    store.write_records(write, world.now()).await.unwrap();
    assert_eq!(listed().await, 0);
    world.send(&alice, API, &bob.target()).await;
    assert_eq!(listed().await, 1, "other conversations are");
    let seen = world.history(&bob, &target).await;
    assert_eq!(seen, sent);
    let write = RecordWrite::new(world.app).remove(shield);
    store.write_records(write, world.now()).await.unwrap();
    assert_eq!(listed().await, 2);
}
