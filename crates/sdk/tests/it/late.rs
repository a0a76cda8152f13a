//! Answers to deletions that come late.

use crate::proxy::{Proxy, Way};
use crate::racing::agree;
use crate::stage::{Stage, peer, until};
use lacuna_sdk::{Chat, Millis};

/// The server has deleted, and says so late: what came meanwhile was not deleted, and stays.
async fn what_comes_before_the_answer_stays(delete: impl AsyncFn(&Chat)) {
    let stage = Stage::new().await;
    let proxy = Proxy::to(stage.server.server.addr()).await;
    let ben = stage.device("ben").await;
    let other = stage.device("anna").await;
    let anna = stage
        .device_with("anna", |options| {
            options.rest_url = format!("http://{}", proxy.addr());
        })
        .await;
    for nth in 0..3 {
        ben.text(&anna.me(), &format!("before {nth}")).await;
    }
    for device in [&anna, &other] {
        device.holds(&ben.me(), 3).await;
    }
    proxy.set(Way::Held);
    let chat = anna.chat();
    let meanwhile = async {
        other.holds(&ben.me(), 0).await;
        ben.text(&anna.me(), "meanwhile").await;
        let has_it = || anna.texts(&ben.me()).contains(&"meanwhile".to_owned());
        until("it to come", has_it).await;
        proxy.set(Way::Open);
    };
    tokio::join!(delete(&chat), meanwhile);
    assert_eq!(anna.texts(&ben.me()), ["meanwhile"]);
    assert_eq!(anna.list().len(), 1);
    agree(&[&anna, &other], &ben.me()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_before_the_answer_to_a_deletion_by_time_stays() {
    what_comes_before_the_answer_stays(async |chat| {
        let to_come = Millis(2_000_000_000_000);
        chat.delete_from_server_through(&peer("ben"), to_come)
            .await
            .unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_before_the_answer_to_a_deletion_of_the_conversation_stays() {
    what_comes_before_the_answer_stays(async |chat| {
        let ben = peer("ben");
        chat.delete_server_conversation(&ben, true).await.unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_before_the_answer_to_a_deletion_of_everything_stays() {
    what_comes_before_the_answer_stays(async |chat| {
        chat.delete_everything(true).await.unwrap();
    })
    .await;
}
