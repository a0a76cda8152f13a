//! Groups: who may see what of a membership.

use super::world::{API, Who, World, name};
use crate::{Error, Group, GroupAct, GroupSettings, NewGroup, Scope, Store, ViewAct};
use lacuna_domain::{GroupId, MessageKind, Name, Target, Version};

fn target(group: &Group) -> Target {
    Target::Group(group.id.clone())
}

async fn members(world: &World<'_>, group: &Group) -> Vec<Name> {
    let rows = world
        .store
        .members(world.app, &group.id, 0, 100)
        .await
        .unwrap();
    rows.into_iter().map(|row| row.name).collect()
}

/// A group has its owner, its settings, and an id that is no user's name.
pub async fn created_with_its_owner(store: &dyn Store) {
    let (world, alice, bob) = World::pair(store).await;
    let group = world.group(&alice).await;
    assert_eq!(
        (group.members, &group.owner, group.settings.name.as_str()),
        (1, &alice.name, "group")
    );
    assert!(group.id.as_str().chars().all(|c| c.is_ascii_digit()));
    assert_eq!(
        store.group(world.app, &group.id).await.unwrap(),
        Some(group.clone())
    );
    assert_eq!(
        store.group(world.app, &GroupId::new("7")).await.unwrap(),
        None
    );
    assert_eq!(
        store.groups_of(alice.id).await.unwrap(),
        std::slice::from_ref(&group)
    );
    assert!(store.groups_of(bob.id).await.unwrap().is_empty());
    let is_in = async |who: &Who| store.is_member(who.id, group.conversation).await.unwrap();
    assert_eq!((is_in(&alice).await, is_in(&bob).await), (true, false));
    let taken = vec![super::world::new_account(group.id.as_str())];
    assert!(matches!(
        store.create_accounts(world.app, taken, world.now()).await,
        Err(Error::NameTaken)
    ));
    let nobody = NewGroup {
        app: world.app,
        owner: name("nobody"),
        settings: GroupSettings::default(),
    };
    assert!(matches!(
        store.create_group(nobody, world.now()).await,
        Err(Error::NoAccount(_))
    ));
}

/// Members come and go all or none, in order, with the signals that say so.
pub async fn changes_all_or_none(store: &dyn Store) {
    let (world, alice, bob) = World::pair(store).await;
    let carol = world.account("carol").await;
    let group = world.group(&alice).await;
    let refused = async |act: GroupAct| {
        store
            .change_group(world.group_change(&group.id, act), world.now())
            .await
            .unwrap_err()
    };
    let join = |names: &[&Name]| GroupAct::Join(names.iter().map(|name| (*name).clone()).collect());
    let leave =
        |names: &[&Name]| GroupAct::Leave(names.iter().map(|name| (*name).clone()).collect());
    assert!(matches!(
        refused(join(&[&bob.name, &name("nobody")])).await,
        Error::NoAccount(_)
    ));
    assert!(matches!(
        refused(join(&[&bob.name, &alice.name])).await,
        Error::AlreadyMember(_)
    ));
    assert!(matches!(
        refused(leave(&[&alice.name, &bob.name])).await,
        Error::NotMember(_)
    ));
    assert_eq!(
        members(&world, &group).await,
        std::slice::from_ref(&alice.name)
    );

    let both = world
        .regroup(&group.id, join(&[&bob.name, &carol.name]))
        .await;
    assert_eq!(
        (both.accounts, both.group.members, both.signals.len()),
        (vec![bob.id, carol.id], 3, 1)
    );
    assert_eq!(
        members(&world, &group).await,
        [alice.name.clone(), bob.name.clone(), carol.name.clone()]
    );
    let page = store.members(world.app, &group.id, 1, 1).await.unwrap();
    assert_eq!(page.first().unwrap().account, bob.id);
    let gone = world.leave(&group, &bob).await;
    assert_eq!((gone.accounts, gone.group.members), (vec![bob.id], 2));
    world.join(&group, &bob).await;
    assert_eq!(
        members(&world, &group).await,
        [alice.name, carol.name, bob.name]
    );
}

/// A full group takes nobody more.
pub async fn bounded(store: &dyn Store) {
    let (world, alice, bob) = World::pair(store).await;
    let settings = GroupSettings {
        members_max: 1,
        ..GroupSettings::default()
    };
    let group = NewGroup {
        app: world.app,
        owner: alice.name,
        settings,
    };
    let group = store.create_group(group, world.now()).await.unwrap();
    let change = world.group_change(&group.id, GroupAct::Join(vec![bob.name.clone()]));
    assert!(matches!(
        store.change_group(change, world.now()).await,
        Err(Error::GroupFull)
    ));
    assert_eq!(members(&world, &group).await.len(), 1);
}

/// A joiner sees what comes after, with the signal of the join itself.
pub async fn joiners_see_what_comes_after(store: &dyn Store) {
    let (world, alice, bob) = World::pair(store).await;
    let tv = world.device(&bob, "tv").await;
    let group = world.group(&alice).await;
    world.send_many(&alice, &target(&group), 3).await;
    let joined = world.join(&group, &bob).await;
    assert!(world.history(&bob, &target(&group)).await.is_empty());
    assert!(world.list(&bob).await.is_empty());
    let after = world.send(&alice, API, &target(&group)).await;
    assert_eq!(world.history(&bob, &target(&group)).await, [after.pos]);
    assert_eq!(
        world.counters(&bob, &target(&group)).await,
        Some((after.pos, 1))
    );
    let signal = joined.signals.first().unwrap().0.pos;
    assert_eq!(
        world.inbox(&bob, tv, group.conversation).await,
        [signal, after.pos]
    );
    assert!(
        world.facts(&bob, Version(0)).await.is_empty(),
        "a first join deletes nothing"
    );
}

/// Who left (or was kicked) keeps what lies in the membership, the last signal included, and gets nothing after.
pub async fn former_members_see_up_to_the_end(store: &dyn Store) {
    let (world, alice, bob) = World::pair(store).await;
    let tv = world.device(&bob, "tv").await;
    let group = world.group(&alice).await;
    world.join(&group, &bob).await;
    let start = store.last_pos().await.unwrap();
    let ids = world.send_many(&alice, &target(&group), 2).await;
    let kick = world
        .leave(&group, &bob)
        .await
        .signals
        .first()
        .unwrap()
        .0
        .pos;
    world.send_many(&alice, &target(&group), 2).await;
    world.regroup(&group.id, GroupAct::Join(vec![])).await;
    assert_eq!(world.history(&bob, &target(&group)).await, ids);
    assert_eq!(
        world.counters(&bob, &target(&group)).await,
        Some((ids[1], 2))
    );
    let page = world
        .inbox_page(&bob, tv, group.conversation, Some(start))
        .await;
    assert_eq!(
        page.entries
            .iter()
            .map(|entry| entry.pos)
            .collect::<Vec<_>>(),
        [ids[0], ids[1], kick]
    );
    assert!(!page.member && !page.more);
    let last = page.entries.last().unwrap();
    assert_eq!((last.seq, last.kind), (None, MessageKind::Other));
    let refused = store
        .append(world.message(&bob, API, &target(&group)))
        .await;
    assert!(matches!(refused, Err(Error::NotMember(_))));

    world
        .hide(&bob, Scope::Ids(target(&group), vec![ids[0]]))
        .await;
    assert_eq!(
        world.counters(&bob, &target(&group)).await,
        Some((ids[1], 1))
    );
    world.hide(&bob, Scope::Conversation(target(&group))).await;
    assert!(world.history(&bob, &target(&group)).await.is_empty());
}

/// Leaving and coming back brings back nothing: not what was deleted, not what was seen, not what was missed.
pub async fn rejoining_brings_nothing_back(store: &dyn Store) {
    let (world, alice, bob) = World::pair(store).await;
    let tv = world.device(&bob, "tv").await;
    let group = world.group(&alice).await;
    world.join(&group, &bob).await;
    let ids = world.send_many(&alice, &target(&group), 4).await;
    world
        .hide(&bob, Scope::Ids(target(&group), vec![ids[1]]))
        .await;
    world.change(&bob, &target(&group), ViewAct::Pin).await;
    world.leave(&group, &bob).await;
    world.send_many(&alice, &target(&group), 2).await;
    let join = world
        .join(&group, &bob)
        .await
        .signals
        .first()
        .unwrap()
        .0
        .pos;
    assert!(world.history(&bob, &target(&group)).await.is_empty());
    assert!(world.list(&bob).await.is_empty());
    let facts = world.facts(&bob, Version(1)).await;
    assert_eq!(
        facts.len(),
        1,
        "what was still visible is gone, and that is a fact"
    );
    assert!(facts[0].to >= ids[3] && facts[0].version == Version(2));
    assert!(
        world.events(&bob, tv, Version(1)).await.items.is_empty(),
        "but nobody is told"
    );
    let after = world.send(&alice, API, &target(&group)).await;
    assert_eq!(world.history(&bob, &target(&group)).await, [after.pos]);
    assert_eq!(
        world.counters(&bob, &target(&group)).await,
        Some((after.pos, 1))
    );
    assert_eq!(
        world.inbox(&bob, tv, group.conversation).await,
        [join, after.pos]
    );

    world.leave(&group, &bob).await;
    world.hide(&bob, Scope::All).await;
    let version = world.facts(&bob, Version(0)).await.last().unwrap().version;
    world.join(&group, &bob).await;
    assert_eq!(
        store.facts(bob.id, Version(0), 9).await.unwrap().version,
        version,
        "nothing was left to hide"
    );
    assert_eq!(world.history(&alice, &target(&group)).await.len(), 7);
}

/// What was deleted before a rejoin is still told to a device that was away: the rejoin's floor takes the place of the ranges.
pub async fn rejoining_keeps_what_was_deleted(store: &dyn Store) {
    let (world, alice, bob) = World::pair(store).await;
    let group = world.group(&alice).await;
    world.join(&group, &bob).await;
    let ids = world.send_many(&alice, &target(&group), 2).await;
    world
        .hide(&bob, Scope::Ids(target(&group), ids.clone()))
        .await;
    world.leave(&group, &bob).await;
    world.join(&group, &bob).await;
    for since in [Version(0), Version(1)] {
        let facts = world.facts(&bob, since).await;
        let told = |id| facts.iter().any(|fact| fact.from <= id && id <= fact.to);
        assert!(ids.iter().all(|id| told(*id)), "{since:?}: {facts:?}");
    }
}

/// A group that ended is found no more; its members keep what they saw.
pub async fn ended_groups_stay_readable(store: &dyn Store) {
    let (world, alice, bob) = World::pair(store).await;
    let group = world.group(&alice).await;
    world.join(&group, &bob).await;
    let ids = world.send_many(&alice, &target(&group), 2).await;
    let ended = world.regroup(&group.id, GroupAct::Destroy).await;
    assert_eq!((ended.accounts.len(), ended.group.members), (2, 2));
    assert_eq!(store.group(world.app, &group.id).await.unwrap(), None);
    assert!(store.groups_of(alice.id).await.unwrap().is_empty());
    assert!(!store.is_member(alice.id, group.conversation).await.unwrap());
    let see = async |who: &Who| world.history(who, &target(&group)).await;
    assert_eq!((see(&alice).await, see(&bob).await), (ids.clone(), ids));
    let sent = store
        .append(world.message(&alice, API, &target(&group)))
        .await;
    assert!(matches!(sent, Err(Error::NoGroup(_))));
    let again = store
        .change_group(
            world.group_change(&group.id, GroupAct::Destroy),
            world.now(),
        )
        .await;
    assert!(matches!(again, Err(Error::NoGroup(_))));
}
