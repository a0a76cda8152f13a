//! Devices that are away while things are deleted, for however long, and devices that are put back from a copy.

use crate::canary::{gone, kept, word};
use crate::proxy::{Proxy, Way};
use crate::record::Told;
use crate::stage::{Device, Left, Stage, peer, text_of, until};
use crate::world::World;
use lacuna_sdk::{ErrorCode, NewMessage, Pos, Target};
use lacuna_testing::TestServer;
use std::path::Path;
use std::sync::Arc;
use tempfile::TempDir;

const DAY_MS: u64 = 24 * 3600 * 1000;

/// Copies a store's folder that no device has open.
fn copy_of(folder: &Path) -> TempDir {
    let copy = tempfile::tempdir().unwrap();
    copy_files(folder, copy.path());
    copy
}

fn copy_files(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            std::fs::create_dir_all(&to).unwrap();
            copy_files(&entry.path(), &to);
        } else {
            std::fs::copy(entry.path(), to).unwrap();
        }
    }
}

/// Puts the copy in the place of what is in the folder.
fn put_back(copy: &TempDir, left: &Left) {
    for entry in std::fs::read_dir(left.folder.path()).unwrap() {
        std::fs::remove_dir_all(entry.unwrap().path()).unwrap();
    }
    copy_files(copy.path(), left.folder.path());
}

/// The device was told of these removals, each conversation once, before it was told that it is in step.
fn told_before_in_step(device: &Device, mut want: Vec<(Target, u64)>) {
    let told = device.told.all();
    let in_step = told.iter().position(|told| *told == Told::SyncFinished);
    let mut removed = Vec::new();
    for (at, told) in told.iter().enumerate() {
        if let Told::Removed(removal, held) = told {
            assert!(Some(at) < in_step, "{told:?} after it was in step");
            assert_eq!(*held, []);
            removed.push((removal.conversation.clone(), removal.count));
        }
    }
    removed.sort();
    want.sort();
    assert_eq!(removed, want);
}

/// It holds what the user's history is, of each conversation.
async fn holds_the_history(device: &Device, targets: &[Target]) {
    for target in targets {
        let history = device.history_ids(target).await;
        let device_ids = device.ids(target);
        assert_eq!(device_ids, history, "of {}", target.id());
    }
}

async fn await_history(device: &Device, targets: &[Target]) {
    for target in targets {
        let history = device.history_ids(target).await;
        let what = format!("the history with {}", target.id());
        until(what, || device.ids(target) == history).await;
    }
}

fn others(world: &World) -> Vec<Target> {
    vec![peer("ben"), peer("cleo"), world.all_three()]
}

/// Anna's third device goes, `act` happens, and it comes back.
async fn while_away(world: &mut World, act: impl AsyncFnOnce(&World)) {
    let left = world.devices[0].pop().unwrap().close();
    act(world).await;
    world.devices[0].push(world.stage.again(left).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn ids_deleted_while_it_was_away() {
    let mut world = World::new().await;
    while_away(&mut world, async |world| {
        let chat = world.anna().chat();
        let ids = &world.with_ben[1..3];
        chat.delete_from_server(&peer("ben"), ids).await.unwrap();
        let ids = &world.in_group[4..];
        chat.delete_from_server(&world.all_three(), ids)
            .await
            .unwrap();
    })
    .await;
    let back = &world.devices[0][2];
    told_before_in_step(back, vec![(peer("ben"), 2), (world.all_three(), 2)]);
    holds_the_history(back, &others(&world)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_time_deleted_through_while_it_was_away_and_messages_after_it() {
    let mut world = World::new().await;
    while_away(&mut world, async |world| {
        let before = world.devices[1][0].text(&peer("anna"), "never seen").await;
        world.anna().holds(&peer("ben"), 7).await;
        let chat = world.anna().chat();
        chat.delete_from_server_through(&peer("ben"), before.time())
            .await
            .unwrap();
        world.devices[1][0].text(&peer("anna"), "seen").await;
    })
    .await;
    let back = &world.devices[0][2];
    told_before_in_step(back, vec![(peer("ben"), 6)]);
    assert_eq!(back.texts(&peer("ben")), ["seen"]);
    holds_the_history(back, &others(&world)).await;
    let came = back.told.pick(|told| match told {
        Told::Received(messages) => Some(messages.len()),
        _ => None,
    });
    assert_eq!(came, [1], "what was deleted before it came is not told");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_deleted_while_it_was_away() {
    let mut world = World::new().await;
    while_away(&mut world, async |world| {
        let chat = world.anna().chat();
        chat.delete_server_conversation(&peer("cleo"), true)
            .await
            .unwrap();
        chat.delete_server_conversation(&peer("ben"), false)
            .await
            .unwrap();
    })
    .await;
    let back = &world.devices[0][2];
    told_before_in_step(back, vec![(peer("cleo"), 4)]);
    holds_the_history(back, &others(&world)).await;
    let events = back.told.pick(|told| match told {
        Told::Conversation(target, _, _) => Some(target),
        _ => None,
    });
    assert_eq!(events, [peer("cleo"), peer("ben")]);
    let list: Vec<Target> = back.list().into_iter().map(|row| row.target).collect();
    assert_eq!(list, [world.all_three()]);
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_deleted_while_it_was_away() {
    let mut world = World::new().await;
    while_away(&mut world, async |world| {
        world.anna().chat().delete_everything(true).await.unwrap();
        let all = world.all_three();
        world.devices[2][0].text(&all, "a new start").await;
    })
    .await;
    let back = &world.devices[0][2];
    let told = vec![(peer("ben"), 6), (peer("cleo"), 4), (world.all_three(), 6)];
    told_before_in_step(back, told);
    assert_eq!(back.texts(&world.all_three()), ["a new start"]);
    holds_the_history(back, &others(&world)).await;
    assert_eq!(back.list().len(), 1);
}

/// The network is away, not the device: it comes back by itself.
#[tokio::test(flavor = "multi_thread")]
async fn deleted_while_its_network_was_away() {
    let stage = Stage::new().await;
    let proxy = Proxy::to(stage.server.server.addr()).await;
    let ben = stage.device("ben").await;
    let here = stage.device("anna").await;
    let away = stage
        .device_with("anna", |options| {
            options.socket_url = format!("ws://{}/websocket", proxy.addr());
        })
        .await;
    let mut ids = Vec::new();
    for nth in 0..4 {
        ids.push(ben.text(&peer("anna"), &format!("{nth}")).await);
    }
    for device in [&here, &away] {
        device.holds(&peer("ben"), 4).await;
    }
    away.told.clear();
    proxy.set(Way::Cut);
    until("the connection to be lost", || !away.client.is_connected()).await;
    let chat = here.chat();
    chat.delete_from_server(&peer("ben"), &ids[..3])
        .await
        .unwrap();
    ben.text(&peer("anna"), "4").await;
    proxy.set(Way::Open);
    away.synced().await;
    told_before_in_step(&away, vec![(peer("ben"), 3)]);
    assert_eq!(away.texts(&peer("ben")), ["3", "4"]);
}

/// So long away that the server has forgotten the device, and every event that would have told it.
#[tokio::test(flavor = "multi_thread")]
async fn away_for_longer_than_the_server_remembers() {
    let mut world = World::new().await;
    let left = world.devices[0].pop().unwrap().close();
    let chat = world.anna().chat();
    chat.delete_from_server(&peer("ben"), &world.with_ben[..2])
        .await
        .unwrap();
    let through = world.with_cleo[1].time();
    chat.delete_from_server_through(&peer("cleo"), through)
        .await
        .unwrap();
    for nth in 0..60 {
        let text = format!("while it was away {nth}");
        world.devices[1][0].text(&peer("anna"), &text).await;
    }
    world.anna().text(&peer("ben"), "her own").await;
    world.devices[2][0].text(&world.all_three(), "to all").await;
    world.stage.server.clock.advance(31 * DAY_MS);
    world.stage.sweep().await;
    let deleted = world.anna().history_ids(&peer("ben")).await[10];
    chat.delete_from_server(&peer("ben"), &[deleted])
        .await
        .unwrap();
    world.devices[1][0].text(&peer("anna"), "long after").await;
    let back = world.stage.again(left).await;
    await_history(&back, &others(&world)).await;
    let removed = back.told.pick(|told| match told {
        Told::Removed(removed, held) => Some((removed.conversation, held)),
        _ => None,
    });
    assert_eq!(removed.len(), 2, "each conversation once");
    assert!(removed.iter().all(|(_, held)| held.is_empty()));
    let last = back.texts(&peer("ben")).pop();
    assert_eq!(last.as_deref(), Some("long after"));
}

#[tokio::test(flavor = "multi_thread")]
async fn put_back_from_a_copy_it_comes_to_the_same() {
    let mut world = World::new().await;
    let left = world.devices[0].pop().unwrap().close();
    let copy = copy_of(left.folder.path());
    let back = world.stage.again(left).await;
    // What it does, has and hears after the copy was made, all of which the copy lacks.
    let ben = peer("ben");
    back.text(&ben, "sent by itself").await;
    back.chat()
        .delete_from_server(&ben, &world.with_ben[..3])
        .await
        .unwrap();
    let chat = world.anna().chat();
    chat.delete_from_server_through(&peer("cleo"), world.with_cleo[2].time())
        .await
        .unwrap();
    for nth in 0..55 {
        let text = format!("acknowledged {nth}");
        world.devices[1][0].text(&peer("anna"), &text).await;
    }
    back.holds(&ben, 3 + 1 + 55).await;
    back.holds(&peer("cleo"), 1).await;
    let left = back.close();
    world.devices[1][0].text(&peer("anna"), "while away").await;
    put_back(&copy, &left);
    let back = world.stage.again(left).await;
    await_history(&back, &others(&world)).await;
    let texts = back.texts(&ben);
    assert_eq!(texts.len(), 3 + 1 + 55 + 1);
    assert!(texts.contains(&"sent by itself".to_owned()));
    let none: Vec<Pos> = Vec::new();
    let ids = back.ids(&ben);
    let deleted = world.with_ben[..3].iter().filter(|id| ids.contains(id));
    assert_eq!(deleted.copied().collect::<Vec<_>>(), none);
}

/// What this device sent after the copy was made is all that the copy lacks.
#[tokio::test(flavor = "multi_thread")]
async fn put_back_from_a_copy_it_has_what_it_sent_itself() {
    let stage = Stage::new().await;
    let ben = stage.device("ben").await;
    let left = stage.device("anna").await.close();
    let copy = copy_of(left.folder.path());
    let anna = stage.again(left).await;
    anna.text(&ben.me(), "sent by itself").await;
    let left = anna.close();
    put_back(&copy, &left);
    let anna = stage.again(left).await;
    await_history(&anna, &[ben.me()]).await;
    assert_eq!(anna.texts(&ben.me()), ["sent by itself"]);
}

/// Deleted elsewhere before its sender knew that the server had it: it does not stay with the sender.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_deleted_before_it_was_acknowledged_does_not_stay() {
    let stage = Stage::new().await;
    let proxy = Proxy::to(stage.server.server.addr()).await;
    let ben = stage.device("ben").await;
    let other = stage.device("anna").await;
    let anna = stage
        .device_with("anna", |options| {
            options.socket_url = format!("ws://{}/websocket", proxy.addr());
        })
        .await;
    proxy.set(Way::Mute);
    let chat = anna.chat();
    let sending = chat.send(NewMessage::text(ben.me(), "soon gone"));
    let deleting = async {
        other.holds(&ben.me(), 1).await;
        let ids = other.ids(&ben.me());
        let chat = other.chat();
        chat.delete_from_server(&ben.me(), &ids).await.unwrap();
        proxy.set(Way::Cut);
        until("the loss", || !anna.client.is_connected()).await;
        proxy.set(Way::Open);
    };
    let (sent, ()) = tokio::join!(sending, deleting);
    assert_eq!(sent.unwrap_err().code(), ErrorCode::MessageInvalid);
    assert_eq!(anna.ids(&ben.me()), []);
    assert_eq!(anna.history_ids(&ben.me()).await, []);
    assert_eq!(ben.texts(&anna.me()), ["soon gone"]);
}

/// A backup of the app's own does not bring back what was deleted since.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_deleted_is_not_imported_again() {
    let stage = Stage::new().await;
    let (ben, anna) = (stage.device("ben").await, stage.device("anna").await);
    for nth in 0..4 {
        ben.text(&anna.me(), &format!("{nth}")).await;
    }
    anna.holds(&ben.me(), 4).await;
    let (backup, ids) = (anna.held(&ben.me()), anna.ids(&ben.me()));
    let chat = anna.chat();
    chat.delete_from_server(&ben.me(), &ids[2..3])
        .await
        .unwrap();
    chat.delete_from_server_through(&ben.me(), ids[0].time())
        .await
        .unwrap();
    let left = anna.ids(&ben.me());
    chat.delete_all_messages(&ben.me()).unwrap();
    chat.import(backup).unwrap();
    assert!(left.contains(&ids[3]) && !left.contains(&ids[2]));
    assert_eq!(anna.ids(&ben.me()), left);
}

/// Whichever of the two it hears of first.
#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_that_goes_on_after_it_was_deleted_is_listed() {
    for with_messages in [true, false] {
        let stage = Stage::new().await;
        let (ben, anna) = (stage.device("ben").await, stage.device("anna").await);
        let away = stage.device("anna").await;
        ben.text(&anna.me(), "before").await;
        for device in [&anna, &away] {
            device.holds(&ben.me(), 1).await;
        }
        let left = away.close();
        let chat = anna.chat();
        chat.delete_server_conversation(&ben.me(), with_messages)
            .await
            .unwrap();
        let later = ben.text(&anna.me(), "later").await;
        anna.holds(&ben.me(), if with_messages { 1 } else { 2 })
            .await;
        let back = stage.again(left).await;
        for device in [&anna, &back] {
            let list = device.list();
            assert_eq!(list.len(), 1);
            assert_eq!(list[0].latest.as_ref().map(|last| last.id), Some(later));
        }
        assert_eq!(back.ids(&ben.me()), anna.ids(&ben.me()));
    }
}

/// Somebody else registers the name, and has the old user's device: nobody's history is shown to another person, or sent in
/// another person's name, and what the new user deletes is learned from the first version on.
#[tokio::test(flavor = "multi_thread")]
async fn a_name_registered_again_finds_an_empty_store() {
    let stage = Stage::new().await;
    let proxy = Proxy::to(stage.server.server.addr()).await;
    let ben = stage.device("ben").await;
    let anna = stage
        .device_with("anna", |options| {
            options.socket_url = format!("ws://{}/websocket", proxy.addr());
        })
        .await;
    let (theirs, unsent) = (word("theirs"), word("unsent"));
    for nth in 0..9 {
        ben.text(&anna.me(), &format!("{theirs} {nth}")).await;
    }
    anna.holds(&ben.me(), 9).await;
    let ids = anna.ids(&ben.me());
    for id in &ids[..3] {
        let chat = anna.chat();
        chat.delete_from_server(&ben.me(), &[*id]).await.unwrap();
    }
    proxy.set(Way::Cut);
    until("the loss", || !anna.client.is_connected()).await;
    let (chat, new) = (anna.chat(), NewMessage::text(ben.me(), &unsent));
    let closing = async {
        anna.holds(&ben.me(), 7).await;
        anna.close()
    };
    let (sent, left) = tokio::join!(chat.send(new), closing);
    assert!(sent.is_err());
    proxy.set(Way::Open);
    let words = [theirs, unsent.clone()];
    kept(left.folder.path(), &words);

    stage.server_api("DELETE", "users/anna", None).await;
    let other = stage.device("anna").await;
    let first = ben.text(&other.me(), "to the new one").await;
    ben.text(&other.me(), "and again").await;
    other.holds(&ben.me(), 2).await;
    let chat = other.chat();
    chat.delete_from_server(&ben.me(), &[first]).await.unwrap();
    let back = stage.again(left).await;
    gone(back.folder(), &words);
    back.text(&ben.me(), "from the new one").await;
    ben.until("of it", |told| {
        matches!(told, Told::Received(all) if all.iter().any(|one| text_of(one) == "from the new one"))
    })
    .await;
    assert_eq!(back.history_ids(&ben.me()).await.len(), 2);
    assert_eq!(back.texts(&ben.me()), ["from the new one"]);
    assert!(!ben.texts(&back.me()).contains(&unsent));
    let last = ben.text(&back.me(), "soon gone").await;
    back.holds(&ben.me(), 2).await;
    let left = back.close();
    chat.delete_from_server(&ben.me(), &[last]).await.unwrap();
    let back = stage.again(left).await;
    assert_eq!(back.texts(&ben.me()), ["from the new one"]);
    gone(back.folder(), &words);
}

/// A backup of the server is put in the place of its files: what devices know to be deleted does not come back to them, and
/// they learn of what is deleted from then on, although the server counts past what it has lost before they come.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_put_back_tells_what_is_deleted_from_then_on() {
    let stage = Stage::new().await;
    let ben = stage.device("ben").await;
    let (anna, away) = (stage.device("anna").await, stage.device("anna").await);
    let mut ids = Vec::new();
    for nth in 0..8 {
        ids.push(ben.text(&anna.me(), &format!("{nth}")).await);
    }
    for device in [&anna, &away] {
        device.holds(&ben.me(), 8).await;
    }
    let (ben, anna, away) = (ben.close(), anna.close(), away.close());
    let clock = Arc::clone(&stage.server.clock);
    let folder = stage.stop().await;
    let copy = copy_of(folder.path());

    let stage = Stage::on(TestServer::on(folder, Arc::clone(&clock)).await.unwrap());
    let (anna, away) = (stage.takes(anna).await, stage.takes(away).await);
    for id in &ids[..2] {
        let chat = anna.chat();
        chat.delete_from_server(&peer("ben"), &[*id]).await.unwrap();
    }
    away.holds(&peer("ben"), 6).await;
    let (anna, away) = (anna.close(), away.close());
    stage.stop().await;

    clock.advance(60_000);
    let stage = Stage::on(TestServer::on(copy, clock).await.unwrap());
    let (anna, ben) = (stage.takes(anna).await, stage.takes(ben).await);
    let chat = anna.chat();
    // Not one beside the other, or the last would tell of all.
    for id in [&ids[2], &ids[4], &ids[6]] {
        chat.delete_from_server(&peer("ben"), &[*id]).await.unwrap();
    }
    let later = ben.text(&anna.me(), "later").await;
    anna.holds(&peer("ben"), 4).await;
    let away = stage.takes(away).await;
    for device in [&anna, &away] {
        let lost = device.history_ids(&peer("ben")).await;
        assert_eq!(lost, [ids[0], ids[1], ids[3], ids[5], ids[7], later]);
        let held = device.ids(&peer("ben"));
        assert_eq!(held, [ids[3], ids[5], ids[7], later]);
    }
}
