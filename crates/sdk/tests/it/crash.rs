//! A message whose process, or whose connection, ends before it is acknowledged: it is sent once.

use crate::child::Child;
use crate::proxy::{Proxy, Way};
use crate::record::Told;
use crate::stage::{Device, Stage, peer, until};
use lacuna_sdk::{NewMessage, Status};

/// The sender is killed while its connection is in this way. Started again, its message arrives once.
async fn killed_while_sending(way: Way) {
    let stage = Stage::new().await;
    let proxy = Proxy::to(stage.server.server.addr()).await;
    let ben = stage.device("ben").await;
    let folder = tempfile::tempdir().unwrap();
    let socket = format!("http://{}", proxy.addr());
    let mut child = Child::start(&stage, "anna", folder.path(), &socket, "send").await;
    child.says("READY").await;
    proxy.set(way);
    child.go();
    child.says("DONE").await;
    if way == Way::Mute {
        ben.holds(&peer("anna"), 1).await;
    }
    child.kill();
    proxy.set(Way::Cut);

    let token = stage.token("anna", None).await;
    let options = stage.options(folder.path());
    let anna = Device::enter("anna", folder, options, &token).await;
    let status = "that it was sent";
    let sent = |told: &_| matches!(told, Told::Status(message) if message.status == Status::Sent);
    anna.until(status, sent).await;
    ben.holds(&peer("anna"), 1).await;
    // What comes after it is the next one.
    anna.text(&ben.me(), "after it").await;
    ben.holds(&peer("anna"), 2).await;
    let texts = ["just once", "after it"];
    assert_eq!(ben.texts(&anna.me()), texts);
    assert_eq!(anna.texts(&ben.me()), texts);
    assert_eq!(anna.ids(&ben.me()), ben.ids(&anna.me()));
    assert_eq!(ben.history(&anna.me()).await.len(), 2);
    assert_eq!(anna.history(&ben.me()).await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_after_the_server_had_the_message() {
    killed_while_sending(Way::Mute).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_before_the_server_had_the_message() {
    killed_while_sending(Way::Deaf).await;
}

/// The connection is lost before the acknowledgement comes; who waits for it gets it from the next connection.
#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_is_lost_before_the_acknowledgement() {
    let stage = Stage::new().await;
    let proxy = Proxy::to(stage.server.server.addr()).await;
    let ben = stage.device("ben").await;
    let anna = stage
        .device_with("anna", |options| {
            options.socket_url = format!("ws://{}/websocket", proxy.addr());
        })
        .await;
    proxy.set(Way::Mute);
    let chat = anna.chat();
    let sending = chat.send(NewMessage::text(peer("ben"), "just once"));
    let meanwhile = async {
        ben.holds(&peer("anna"), 1).await;
        proxy.set(Way::Cut);
        until("the loss", || !anna.client.is_connected()).await;
        proxy.set(Way::Open);
    };
    let (sent, ()) = tokio::join!(sending, meanwhile);
    let sent = sent.unwrap();
    anna.text(&peer("ben"), "after it").await;
    ben.holds(&peer("anna"), 2).await;
    assert_eq!(ben.texts(&peer("anna")), ["just once", "after it"]);
    assert_eq!(ben.ids(&peer("anna"))[0], sent.id);
    assert_eq!(anna.ids(&peer("ben")), ben.ids(&peer("anna")));
}
