//! Sending: to whom it comes, what waits, what fails, and what the receivers say.

use crate::proxy::{Proxy, Way};
use crate::record::Told;
use crate::stage::{Device, Stage, peer, text_of, until};
use lacuna_sdk::{
    Body, ErrorCode, Ext, Message, NewMessage, Options, Receipt, ReceiptKind, Side, Status,
};
use std::time::Duration;

/// Anna, whose socket goes through the proxy.
async fn behind(stage: &Stage, proxy: &Proxy, change: impl FnOnce(&mut Options)) -> Device {
    stage
        .device_with("anna", |options| {
            options.socket_url = format!("ws://{}/websocket", proxy.addr());
            change(options);
        })
        .await
}

fn received(device: &Device) -> Vec<Message> {
    let came = device.told.pick(|told| match told {
        Told::Received(messages) => Some(messages),
        _ => None,
    });
    came.into_iter().flatten().collect()
}

fn receipts(device: &Device) -> Vec<Receipt> {
    let came = device.told.pick(|told| match told {
        Told::Receipts(receipts) => Some(receipts),
        _ => None,
    });
    came.into_iter().flatten().collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_comes_to_all_devices_of_both_sides_once() {
    let stage = Stage::new().await;
    let (ben, ben_too) = (stage.device("ben").await, stage.device("ben").await);
    let (anna, anna_too) = (stage.device("anna").await, stage.device("anna").await);
    let mut ext = Ext::new();
    ext.insert("number".to_owned(), 7.into());
    let new = NewMessage {
        ext: ext.clone(),
        ..NewMessage::text(peer("ben"), "hello")
    };
    let sent = anna.chat().send(new).await.unwrap();
    let now = lacuna_sdk::Clock::now(&*stage.server.clock);
    assert!(sent.time <= now && now.0 - sent.time.0 < 10_000);
    assert!((sent.side, sent.status) == (Side::Sent, Status::Sent) && !sent.id.is_local());
    anna.text(&peer("ben"), "and bye").await;
    for (device, other, side) in [
        (&ben, "anna", Side::Received),
        (&ben_too, "anna", Side::Received),
        (&anna_too, "ben", Side::Sent),
    ] {
        device.holds(&peer(other), 2).await;
        until("both to be told", || received(device).len() >= 2).await;
        let told = received(device);
        assert_eq!(told.len(), 2);
        let message = &told[0];
        assert_eq!((message.id, message.side), (sent.id, side));
        assert_eq!((text_of(message).as_str(), &message.ext), ("hello", &ext));
        assert_eq!(message.from.as_str(), "anna");
        assert_eq!(message.is_read, side == Side::Sent);
        assert_eq!(device.held(&peer(other)), told);
    }
    assert_eq!(received(&anna), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_to_oneself_comes_to_ones_other_devices() {
    let stage = Stage::new().await;
    let (one, other) = (stage.device("anna").await, stage.device("anna").await);
    one.text(&one.me(), "a note").await;
    other.holds(&one.me(), 1).await;
    assert_eq!(other.texts(&one.me()), ["a note"]);
    assert_eq!(one.texts(&one.me()), ["a note"]);
    assert_eq!(other.chat().unread_count().unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_are_told_and_not_kept() {
    let stage = Stage::new().await;
    let (anna, ben) = (stage.device("anna").await, stage.device("ben").await);
    anna.signal(&peer("ben"), "wave").await;
    ben.until("the command", |told| matches!(told, Told::Commands(_)))
        .await;
    let body = Body::Command {
        action: "wave".to_owned(),
    };
    let commands = ben.told.pick(|told| match told {
        Told::Commands(commands) => Some(commands),
        _ => None,
    });
    assert_eq!(commands.len(), 1);
    assert_eq!((commands[0].len(), &commands[0][0].body), (1, &body));
    for (device, other) in [(&anna, "ben"), (&ben, "anna")] {
        assert_eq!(device.chat().count(None).unwrap(), 0);
        assert_eq!(device.list(), []);
        assert_eq!(device.history(&peer(other)).await, []);
    }
    // Away and back, it is not told again.
    ben.told.clear();
    let ben = stage.again(ben.close()).await;
    anna.text(&peer("ben"), "after it").await;
    ben.holds(&peer("anna"), 1).await;
    assert!(
        ben.told
            .pick(|told| matches!(told, Told::Commands(_)).then_some(()))
            .is_empty()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_connection_it_waits_and_goes_out_afterwards() {
    let stage = Stage::new().await;
    let proxy = Proxy::to(stage.server.server.addr()).await;
    let ben = stage.device("ben").await;
    let anna = behind(&stage, &proxy, |_| {}).await;
    proxy.set(Way::Cut);
    until("the loss", || !anna.client.is_connected()).await;
    let chat = anna.chat();
    let first = chat.send(NewMessage::text(peer("ben"), "first"));
    let second = chat.send(NewMessage::text(peer("ben"), "second"));
    let opens = async {
        anna.holds(&peer("ben"), 2).await;
        let held = anna.held(&peer("ben"));
        assert!(held.iter().all(|held| held.status == Status::Sending));
        proxy.set(Way::Open);
    };
    let (first, second, ()) = tokio::join!(first, second, opens);
    let ids = [first.unwrap().id, second.unwrap().id];
    ben.holds(&peer("anna"), 2).await;
    assert_eq!(ben.texts(&peer("anna")), ["first", "second"]);
    assert_eq!(ben.ids(&peer("anna")), ids);
    assert_eq!(anna.ids(&peer("ben")), ids);
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_while_it_has_failed_and_can_be_sent_again() {
    let stage = Stage::new().await;
    let proxy = Proxy::to(stage.server.server.addr()).await;
    let ben = stage.device("ben").await;
    let anna = behind(&stage, &proxy, |options| {
        options.send_wait = Duration::from_millis(150);
    })
    .await;
    proxy.set(Way::Cut);
    until("the loss", || !anna.client.is_connected()).await;
    let chat = anna.chat();
    let failed = chat.send(NewMessage::text(peer("ben"), "at last")).await;
    assert_eq!(failed.unwrap_err().code(), ErrorCode::Unavailable);
    let held = anna.held(&peer("ben")).remove(0);
    assert!(held.status == Status::Failed && held.id.is_local());
    let again = chat.resend(held.id).await;
    assert_eq!(again.unwrap_err().code(), ErrorCode::Unavailable);
    proxy.set(Way::Open);
    until("the connection", || anna.client.is_connected()).await;
    let sent = chat.resend(held.id).await.unwrap();
    assert_eq!(
        (sent.status, text_of(&sent)),
        (Status::Sent, "at last".into())
    );
    let not_twice = chat.resend(sent.id).await;
    assert_eq!(not_twice.unwrap_err().code(), ErrorCode::InvalidParam);
    ben.holds(&peer("anna"), 1).await;
    assert_eq!(anna.ids(&peer("ben")), [sent.id]);
    assert_eq!(ben.ids(&peer("anna")), [sent.id]);
}

/// It timed out here, but the server had it: sent again, it stays one.
#[tokio::test(flavor = "multi_thread")]
async fn what_failed_here_and_arrived_there_stays_one() {
    let stage = Stage::new().await;
    let proxy = Proxy::to(stage.server.server.addr()).await;
    let ben = stage.device("ben").await;
    let anna = behind(&stage, &proxy, |options| {
        options.send_wait = Duration::from_millis(150);
    })
    .await;
    proxy.set(Way::Mute);
    let chat = anna.chat();
    let failed = chat.send(NewMessage::text(peer("ben"), "just one")).await;
    assert_eq!(failed.unwrap_err().code(), ErrorCode::Unavailable);
    ben.holds(&peer("anna"), 1).await;
    proxy.set(Way::Cut);
    until("the loss", || !anna.client.is_connected()).await;
    proxy.set(Way::Open);
    until("the connection", || anna.client.is_connected()).await;
    let id = anna.ids(&peer("ben"))[0];
    let sent = chat.resend(id).await.unwrap();
    assert_eq!(ben.ids(&peer("anna")), [sent.id]);
    assert_eq!(anna.ids(&peer("ben")), [sent.id]);
    assert_eq!(anna.history_ids(&peer("ben")).await, [sent.id]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sender_is_told_that_it_arrived_and_that_it_was_read() {
    let stage = Stage::new().await;
    let anna = stage.device("anna").await;
    let ben = stage
        .device_with("ben", |options| options.delivery_receipts = true)
        .await;
    let id = anna.text(&peer("ben"), "well?").await;
    until("the delivery receipt", || receipts(&anna).len() == 1).await;
    let delivered = receipts(&anna).remove(0);
    let want = (ReceiptKind::Delivered, Some(id), "ben");
    assert_eq!(
        (delivered.kind, delivered.message, delivered.from.as_str()),
        want
    );
    let held = anna.chat().message(id).unwrap().unwrap();
    assert!(held.is_delivery_acked && !held.is_read_acked);

    assert_eq!(ben.chat().unread_count().unwrap(), 1);
    ben.chat().send_read_receipt(id).await.unwrap();
    assert_eq!(ben.chat().unread_count().unwrap(), 0);
    until("the read receipt", || receipts(&anna).len() == 2).await;
    let read = receipts(&anna).remove(1);
    assert_eq!((read.kind, read.message), (ReceiptKind::Read, Some(id)));
    assert!(anna.chat().message(id).unwrap().unwrap().is_read_acked);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_that_was_read_is_read_on_ones_other_devices() {
    let stage = Stage::new().await;
    let anna = stage.device("anna").await;
    let (ben, other) = (stage.device("ben").await, stage.device("ben").await);
    for nth in 0..3 {
        anna.text(&peer("ben"), &format!("{nth}")).await;
    }
    for device in [&ben, &other] {
        device.holds(&peer("anna"), 3).await;
    }
    assert_eq!(ben.server_list().await[0].unread, 3);
    ben.chat()
        .send_conversation_read(&peer("anna"))
        .await
        .unwrap();
    until("the other device to know", || {
        other.chat().unread_count().unwrap() == 0
    })
    .await;
    until("the sender to know", || {
        let held = anna.held(&peer("ben"));
        held.iter().all(|held| held.is_read_acked)
    })
    .await;
    assert_eq!(ben.server_list().await[0].unread, 0);
    assert_eq!(ben.chat().unread_count().unwrap(), 0);
}

/// A receipt for a message that its sender has deleted changes nothing and brings nothing back.
#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_for_what_was_deleted_is_not_told() {
    let stage = Stage::new().await;
    let (anna, ben) = (stage.device("anna").await, stage.device("ben").await);
    let id = anna.text(&peer("ben"), "soon gone").await;
    ben.holds(&peer("anna"), 1).await;
    let chat = anna.chat();
    chat.delete_from_server(&peer("ben"), &[id]).await.unwrap();
    ben.chat().send_read_receipt(id).await.unwrap();
    ben.text(&peer("anna"), "read").await;
    anna.holds(&peer("ben"), 1).await;
    assert_eq!(anna.texts(&peer("ben")), ["read"]);
    assert_eq!(receipts(&anna), []);
    assert_eq!(ben.texts(&peer("anna")), ["soon gone", "read"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_server_refuses_has_failed() {
    let stage = Stage::new().await;
    let anna = stage.device("anna").await;
    stage.token("ben", None).await;
    let chat = anna.chat();
    let long = NewMessage::text(peer("ben"), "x".repeat(6_000));
    let too_large = chat.send(long).await;
    assert_eq!(too_large.unwrap_err().code(), ErrorCode::MessageTooLarge);
    let nobody = chat.send(NewMessage::text(peer("nobody"), "x")).await;
    assert_eq!(nobody.unwrap_err().code(), ErrorCode::UserNotFound);
    for target in [peer("ben"), peer("nobody")] {
        let held = anna.held(&target);
        assert_eq!(held.len(), 1);
        assert_eq!(held[0].status, Status::Failed);
    }
    assert!(anna.client.is_connected());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_send_that_is_only_begun_is_kept_under_the_id_that_it_was_made_with() {
    let stage = Stage::new().await;
    let (anna, ben) = (stage.device("anna").await, stage.device("ben").await);
    let local = anna.chat().insert(
        NewMessage::text(peer("ben"), "a note"),
        &lacuna_sdk::Name::new("anna").unwrap(),
        lacuna_sdk::Millis(1_800_000_000_000),
    );
    let taken = local.unwrap().id;
    let free = lacuna_sdk::Pos(taken.0 + 1);
    assert!(free.is_local());

    let new = |id| NewMessage {
        id: Some(id),
        ..NewMessage::text(peer("ben"), "hello")
    };
    let begun = anna.chat().start_send(new(free)).unwrap();
    assert_eq!(begun.message().id, free);
    let kept = anna.chat().message(free).unwrap().unwrap();
    assert_eq!(kept.status, Status::Sending);
    let sent = begun.finish().await.unwrap();
    assert!(!sent.id.is_local() && sent.status == Status::Sent);
    assert_eq!(anna.chat().message(free).unwrap(), None);

    for id in [taken, sent.id] {
        let begun = anna.chat().start_send(new(id)).unwrap();
        let other = begun.message().id;
        assert!(
            other.is_local() && other != id,
            "{id} is taken, or the server's"
        );
        begun.finish().await.unwrap();
    }
    ben.holds(&peer("anna"), 3).await;

    let none = anna.chat().start_send(NewMessage::text(
        lacuna_sdk::Target::Group(lacuna_sdk::GroupId::new("")),
        "x",
    ));
    assert_eq!(none.unwrap_err().code(), ErrorCode::InvalidParam);
    let command = Body::Command {
        action: "wave".to_owned(),
    };
    let begun = anna
        .chat()
        .start_send(NewMessage::new(peer("ben"), command));
    let begun = begun.unwrap();
    let local = begun.message().id;
    assert_eq!(
        anna.chat().message(local).unwrap(),
        None,
        "a command is not kept"
    );
    assert_eq!(begun.finish().await.unwrap().status, Status::Sent);
}
