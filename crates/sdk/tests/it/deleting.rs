//! Every way to delete, with three users and three devices each: who has what afterwards, and who was told.

use crate::stage::{peer, until};
use crate::world::{Seen, ToldOf, World};
use lacuna_sdk::{ConversationChange, Millis, Pos, Removed, Target};

/// Whose copies a deletion by Anna's first device takes.
#[derive(Clone, Copy, PartialEq)]
enum Where {
    /// The server's and all of her devices'.
    Server,
    /// That of the device alone.
    Here,
}

/// What is left when Anna's first device has deleted these.
fn left(world: &World, before: &Seen, place: Where, gone: &[(Target, Vec<Pos>)]) -> Seen {
    let mut left = before.clone();
    for (target, ids) in gone {
        left.drop_held((0, 0), target, ids);
        if place == Where::Server {
            left.drop_held((0, 1), target, ids);
            left.drop_held((0, 2), target, ids);
            left.drop_history(0, target, ids);
        }
    }
    for nth in 0..3 {
        world.relist_held(&mut left, (0, nth));
    }
    world.relist(&mut left, 0);
    left
}

/// Waits until it is so everywhere, and until nothing else is on its way.
async fn comes_to(world: &World, want: &Seen) {
    for who in [(0, 1), (0, 2)] {
        let device = &world.devices[who.0][who.1];
        for target in world.targets() {
            let want = want.held[&(who, target.clone())].clone();
            let what = format!("{who:?} to hold the right ones of {}", target.id());
            until(what, || device.ids(&target) == want).await;
        }
    }
    world.quiet().await;
    assert_eq!(world.seen().await, *want);
}

fn everything(world: &World) -> Vec<(Target, Vec<Pos>)> {
    vec![
        (peer("ben"), world.with_ben.clone()),
        (peer("cleo"), world.with_cleo.clone()),
        (world.all_three(), world.in_group.clone()),
    ]
}

/// Both of Anna's other devices were told of each of these conversations once, and of nothing else.
fn each_told_once(world: &World, told: &[ToldOf], gone: &[(Target, Vec<Pos>)]) {
    let device = world.anna().resource();
    assert_eq!(told.len(), 2);
    for told in told {
        let mut removed = told.removed.clone();
        removed.sort_by(|one, other| one.conversation.cmp(&other.conversation));
        let mut gone = gone.to_vec();
        gone.sort_by(|one, other| one.0.cmp(&other.0));
        assert_eq!(removed.len(), gone.len(), "{told:?}");
        for (removed, (target, ids)) in removed.iter().zip(&gone) {
            let covers = |id: &&Pos| {
                let mut ranges = removed.ranges.iter();
                ranges.any(|(first, last)| first <= *id && *id <= last)
            };
            assert_eq!(removed.conversation, *target);
            assert_eq!(removed.device, device);
            assert_eq!(removed.count, u64::try_from(ids.len()).unwrap());
            assert_eq!(ids.iter().filter(covers).count(), ids.len());
        }
    }
}

fn nobody_told(world: &World) {
    assert_eq!(
        world.told_of_deletions(),
        [ToldOf::default(), ToldOf::default()]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_world_is_the_same_for_all_before_anything_is_deleted() {
    let world = World::new().await;
    let seen = world.seen().await;
    let last = |ids: &[Pos]| ids.last().copied();
    let list = vec![
        (world.all_three(), last(&world.in_group), 4),
        (peer("cleo"), last(&world.with_cleo), 4),
        (peer("ben"), last(&world.with_ben), 3),
    ];
    assert_eq!(seen.list[&0], list);
    for nth in 0..3 {
        assert_eq!(seen.held_list[&(0, nth)], list);
        assert_eq!(seen.held[&((0, nth), peer("ben"))], world.with_ben);
        assert_eq!(seen.held[&((1, nth), peer("anna"))], world.with_ben);
        assert_eq!(seen.held[&((2, nth), world.all_three())], world.in_group);
    }
    assert_eq!(seen.history[&(2, peer("anna"))], world.with_cleo);
    nobody_told(&world);
}

#[tokio::test(flavor = "multi_thread")]
async fn by_ids_they_leave_the_server_and_all_of_ones_devices() {
    let world = World::new().await;
    let before = world.seen().await;
    let ids = vec![world.with_ben[1], world.with_ben[4]];
    let chat = world.anna().chat();
    chat.delete_from_server(&peer("ben"), &ids).await.unwrap();
    let gone = [(peer("ben"), ids)];
    let want = left(&world, &before, Where::Server, &gone);
    let here: Vec<Pos> = want.held[&((0, 0), peer("ben"))].clone();
    assert_eq!(world.anna().ids(&peer("ben")), here, "gone when it returns");
    comes_to(&world, &want).await;
    each_told_once(&world, &world.told_of_deletions(), &gone);
}

#[tokio::test(flavor = "multi_thread")]
async fn by_ids_in_a_group_the_latest_and_the_unread_follow() {
    let world = World::new().await;
    let before = world.seen().await;
    let ids = world.in_group[3..].to_vec();
    let chat = world.anna().chat();
    let all = world.all_three();
    chat.delete_from_server(&all, &ids).await.unwrap();
    let gone = [(all.clone(), ids)];
    let want = left(&world, &before, Where::Server, &gone);
    let row = (all, Some(world.in_group[2]), 1);
    assert_eq!(want.list[&0][0], row, "so the model is right");
    comes_to(&world, &want).await;
    each_told_once(&world, &world.told_of_deletions(), &gone);
}

#[tokio::test(flavor = "multi_thread")]
async fn through_a_time_that_of_a_message_included() {
    let world = World::new().await;
    let before = world.seen().await;
    let chat = world.anna().chat();
    let chosen = world.with_ben[3];
    let through = chosen.time();
    let inside = |id: &Pos| id.time() <= through;
    let ids: Vec<Pos> = world.with_ben.iter().copied().filter(inside).collect();
    assert!(ids.contains(&chosen));
    chat.delete_from_server_through(&peer("ben"), through)
        .await
        .unwrap();
    let gone = [(peer("ben"), ids)];
    let want = left(&world, &before, Where::Server, &gone);
    comes_to(&world, &want).await;
    each_told_once(&world, &world.told_of_deletions(), &gone);
}

#[tokio::test(flavor = "multi_thread")]
async fn through_a_time_to_come_what_comes_later_stays() {
    let world = World::new().await;
    let before = world.seen().await;
    let all = world.all_three();
    let chat = world.anna().chat();
    let to_come = Millis(world.stage.now().0 + 1_000_000);
    chat.delete_from_server_through(&all, to_come)
        .await
        .unwrap();
    let gone = [(all.clone(), world.in_group.clone())];
    let want = left(&world, &before, Where::Server, &gone);
    assert!(!want.list[&0].iter().any(|row| row.0 == all));
    comes_to(&world, &want).await;
    each_told_once(&world, &world.told_of_deletions(), &gone);
    let later = world.devices[1][0].text(&all, "later").await;
    for device in &world.devices[0] {
        device.holds(&all, 1).await;
        assert_eq!(device.ids(&all), [later]);
    }
    assert_eq!(world.anna().history_ids(&all).await, [later]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_conversation_without_its_messages_leaves_the_lists() {
    let world = World::new().await;
    let mut want = world.seen().await;
    let chat = world.anna().chat();
    let ben = peer("ben");
    chat.delete_server_conversation(&ben, false).await.unwrap();
    want.list
        .get_mut(&0)
        .unwrap()
        .retain(|row| row.0 != peer("ben"));
    for nth in 0..3 {
        let list = want.held_list.get_mut(&(0, nth)).unwrap();
        list.retain(|row| row.0 != peer("ben"));
    }
    comes_to(&world, &want).await;
    told_of_conversation(&world, &ben, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_conversation_with_its_messages_is_gone_for_one_user() {
    let world = World::new().await;
    let before = world.seen().await;
    let chat = world.anna().chat();
    let ben = peer("ben");
    chat.delete_server_conversation(&ben, true).await.unwrap();
    assert_eq!(chat.count(Some(&ben)).unwrap(), 0, "gone when it returns");
    let gone = [(ben.clone(), world.with_ben.clone())];
    let want = left(&world, &before, Where::Server, &gone);
    comes_to(&world, &want).await;
    told_of_conversation(&world, &ben, 1);
}

/// Anna's other devices were told once that the conversation was deleted, and so many times that messages were.
fn told_of_conversation(world: &World, target: &Target, removals: usize) {
    let event = (
        target.clone(),
        ConversationChange::Deleted,
        world.anna().resource(),
    );
    for told in world.told_of_deletions() {
        assert_eq!(told.events, std::slice::from_ref(&event));
        assert_eq!(told.removed.len(), removals);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_on_the_server_goes_from_all_of_ones_devices() {
    let world = World::new().await;
    let before = world.seen().await;
    world.anna().chat().delete_everything(true).await.unwrap();
    let gone = everything(&world);
    let want = left(&world, &before, Where::Server, &gone);
    assert!(want.list[&0].is_empty() && want.held_list[&(0, 2)].is_empty());
    comes_to(&world, &want).await;
    each_told_once(&world, &world.told_of_deletions(), &gone);
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_here_goes_from_one_device_alone() {
    let world = World::new().await;
    let before = world.seen().await;
    world.anna().chat().delete_everything(false).await.unwrap();
    let want = left(&world, &before, Where::Here, &everything(&world));
    assert_eq!(world.seen().await, want, "at once");
    comes_to(&world, &want).await;
    nobody_told(&world);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_message_here() {
    let world = World::new().await;
    let before = world.seen().await;
    let id = *world.with_cleo.last().unwrap();
    let chat = world.anna().chat();
    chat.delete_message(id).unwrap();
    chat.delete_message(id).unwrap();
    let want = left(&world, &before, Where::Here, &[(peer("cleo"), vec![id])]);
    comes_to(&world, &want).await;
    nobody_told(&world);
}

#[tokio::test(flavor = "multi_thread")]
async fn all_messages_of_a_conversation_here() {
    let world = World::new().await;
    let before = world.seen().await;
    let chat = world.anna().chat();
    assert_eq!(chat.delete_all_messages(&peer("ben")).unwrap(), 6);
    let gone = [(peer("ben"), world.with_ben.clone())];
    let want = left(&world, &before, Where::Here, &gone);
    comes_to(&world, &want).await;
    let empty = chat.conversation(&peer("ben")).unwrap().unwrap();
    assert_eq!((empty.latest, empty.unread), (None, 0), "it stays, empty");
    nobody_told(&world);
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_between_two_times_here_both_ends_included() {
    let world = World::new().await;
    let before = world.seen().await;
    let (first, last) = (world.in_group[1].time(), world.in_group[4].time());
    let inside = |id: &Pos| (first..=last).contains(&id.time());
    let ids: Vec<Pos> = world.in_group.iter().copied().filter(inside).collect();
    let all = world.all_three();
    let chat = world.anna().chat();
    let count = chat.delete_messages_between(&all, first, last).unwrap();
    assert!(count >= 4 && count == u64::try_from(ids.len()).unwrap());
    let want = left(&world, &before, Where::Here, &[(all, ids)]);
    comes_to(&world, &want).await;
    nobody_told(&world);
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_before_a_time_here_in_every_conversation() {
    let world = World::new().await;
    let before = world.seen().await;
    let time = world.with_cleo[2].time();
    let older = |(target, ids): (Target, Vec<Pos>)| {
        let older = ids.into_iter().filter(|id| id.time() < time);
        (target, older.collect::<Vec<_>>())
    };
    let gone: Vec<_> = everything(&world).into_iter().map(older).collect();
    let chat = world.anna().chat();
    let count = chat.delete_messages_before(time).unwrap();
    let want: usize = gone.iter().map(|(_, ids)| ids.len()).sum();
    assert_eq!(count, u64::try_from(want).unwrap());
    let want = left(&world, &before, Where::Here, &gone);
    assert!(
        world
            .anna()
            .ids(&peer("cleo"))
            .contains(&world.with_cleo[2])
    );
    comes_to(&world, &want).await;
    nobody_told(&world);
}

#[tokio::test(flavor = "multi_thread")]
async fn conversations_here_with_their_messages_or_without() {
    let world = World::new().await;
    let before = world.seen().await;
    let chat = world.anna().chat();
    let (ben, cleo) = (peer("ben"), peer("cleo"));
    let count = chat.delete_conversations(&[ben.clone(), world.all_three()], true);
    assert_eq!(count.unwrap(), 12);
    let count = chat.delete_conversations(std::slice::from_ref(&cleo), false);
    assert_eq!(count.unwrap(), 0);
    let mut gone = everything(&world);
    gone.retain(|(target, _)| *target != cleo);
    let mut want = left(&world, &before, Where::Here, &gone);
    want.held_list.get_mut(&(0, 0)).unwrap().clear();
    comes_to(&world, &want).await;
    nobody_told(&world);
    let later = world.devices[2][0].text(&peer("anna"), "again").await;
    world.anna().holds(&cleo, 5).await;
    let list = world.anna().list();
    assert_eq!(list.len(), 1, "it comes back with the next message");
    assert_eq!(list[0].latest.as_ref().unwrap().id, later);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_deleted_here_alone_comes_back_with_history_and_what_was_on_the_server_does_not() {
    let world = World::new().await;
    let chat = world.anna().chat();
    let ben = peer("ben");
    chat.delete_from_server(&ben, &world.with_ben[..2])
        .await
        .unwrap();
    chat.delete_all_messages(&ben).unwrap();
    let options = lacuna_sdk::HistoryOptions {
        limit: 50,
        save: true,
        ..lacuna_sdk::HistoryOptions::default()
    };
    let page = chat.fetch_history(&ben, options).await.unwrap();
    assert_eq!(page.messages.len(), 4);
    assert_eq!(world.anna().ids(&ben), world.with_ben[2..]);
}

/// The server API deletes for Anna: all of her devices are told, and no device is named.
#[tokio::test(flavor = "multi_thread")]
async fn the_server_api_deletes_and_all_of_ones_devices_are_told() {
    let world = World::new().await;
    let before = world.seen().await;
    let ids = vec![world.with_ben[0], world.with_ben[5]];
    let list = format!("{},{}", ids[0], ids[1]);
    let path = format!("rest/message/roaming/chat/user/anna?userId=ben&msgIdList={list}");
    world.stage.server_api("DELETE", &path, None).await;
    let want = left(
        &world,
        &before,
        Where::Server,
        &[(peer("ben"), ids.clone())],
    );
    let anna = world.anna();
    let here = want.held[&((0, 0), peer("ben"))].clone();
    until("her first device", || anna.ids(&peer("ben")) == here).await;
    comes_to(&world, &want).await;
    for (who, device) in world.each() {
        let told: Vec<Removed> = device.told.pick(|told| match told {
            crate::record::Told::Removed(removed, _) => Some(removed),
            _ => None,
        });
        if who.0 == 0 {
            assert_eq!(told.len(), 1, "{who:?}");
            assert_eq!((told[0].device.as_str(), told[0].count), ("", 2));
        } else {
            assert_eq!(told, [], "{who:?}");
        }
    }
}
