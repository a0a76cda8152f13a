//! Taking up a login without a network.

use crate::record::Told;
use crate::stage::{Stage, peer, until};
use lacuna_sdk::{ConnectionState, ErrorCode, Kick, NewMessage};

#[tokio::test]
async fn a_login_is_taken_up_without_the_server() {
    let stage = Stage::new().await;
    let anna = stage.device("anna").await;
    stage.token("ben", None).await;
    let kept = anna.text(&peer("ben"), "kept").await;
    let left = anna.close();
    let token = stage.token("anna", None).await;

    // Nobody listens there.
    let mut options = left.options.clone();
    options.socket_url = "ws://127.0.0.1:9/websocket".to_owned();
    options.send_wait = std::time::Duration::from_millis(50);
    let client = lacuna_sdk::Client::new(options).unwrap();
    let refused = client.login_with_token("anna", &token).await.unwrap_err();
    assert_ne!(refused.code(), ErrorCode::NotLoggedIn);
    assert_eq!(client.current_user(), None, "a login that failed is none");
    client.resume("anna", &token).await.unwrap();
    assert!(!client.is_connected());
    let chat = client.chat();
    assert!(chat.message(kept).unwrap().is_some(), "the store is open");
    let unsent = chat.send(NewMessage::text(peer("ben"), "hello?")).await;
    assert_eq!(unsent.unwrap_err().code(), ErrorCode::Unavailable);
    chat.delete_message(kept).unwrap();
    client.close();

    // With the server, it connects by itself.
    let client = lacuna_sdk::Client::new(left.options.clone()).unwrap();
    client.resume("anna", &token).await.unwrap();
    until("a connection", || client.is_connected()).await;
    assert_eq!(client.chat().message(kept).unwrap(), None);
    client.close();
}

#[tokio::test]
async fn a_token_that_is_refused_ends_a_login_that_was_taken_up() {
    let stage = Stage::new().await;
    let left = stage.device("anna").await.close();
    let client = lacuna_sdk::Client::new(left.options.clone()).unwrap();
    let told = std::sync::Arc::new(crate::record::Recorder::default());
    client.add_observer(std::sync::Arc::<crate::record::Recorder>::clone(&told));
    client.resume("anna", "no token of hers").await.unwrap();
    until("the refusal", || {
        told.all().contains(&Told::Kicked(Kick::TokenRefused))
    })
    .await;
    assert_eq!(client.current_user(), None);
    assert!(
        !told
            .all()
            .contains(&Told::Connection(ConnectionState::Connected))
    );
    client.close();
}
