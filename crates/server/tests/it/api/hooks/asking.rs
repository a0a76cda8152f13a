//! What an integrator is asked before a message is sent or edited.

use super::{Heard, Integrator, SECRET, edit, serve};
use crate::api::Server;
use lacuna_domain::ErrorCode;
use lacuna_server::config::{AppConfig, Fail, PreSendConfig};
use lacuna_store::memory::MemoryStore;
use serde_json::{Value, json};
use std::sync::Arc;

fn asked(url: &str, fail: Fail) -> AppConfig {
    AppConfig {
        pre_send: Some(PreSendConfig {
            url: url.to_owned(),
            secret: SECRET.to_owned().into(),
            timeout_ms: 300,
            fail,
        }),
        ..AppConfig::default()
    }
}

#[tokio::test]
async fn a_message_can_be_refused_or_replaced() {
    let (integrator, url) = Integrator::start().await;
    let server = serve(Arc::new(MemoryStore::new(0)), asked(&url, Fail::Open)).await;
    let (app, alice) = (server.app_token().await, server.user("alice").await);
    let bob = server.user("bob").await;
    integrator.set(|heard| heard.answer = json!({"valid": false, "code": "no advertising"}));
    let send = || {
        let body = json!({"from": "alice", "to": ["bob"], "type": "txt", "body": {"msg": "buy"}, "ext": {"k": "v"}, "sync_device": true});
        server.post("messages/users", &app, body)
    };
    let answer = send().await;
    answer.refused(403, "message_blocked", "no advertising");
    assert_eq!(answer.json["code"], "message_blocked");
    let question = integrator.heard().remove(0);
    assert_eq!(question["event"], "message.pre_send");
    assert_eq!(
        (&question["from"], &question["to"]),
        (&"alice".into(), &"bob".into())
    );
    assert_eq!(question["payload"]["bodies"][0]["msg"], "buy");
    assert_eq!(
        server
            .history(&alice, "alice", "bob@easemob.com")
            .await
            .len(),
        0
    );

    integrator.set(|heard| heard.answer = json!({"valid": true, "payload": {"msg": "***"}}));
    send().await.ok();
    let list = server.get("users/bob/user_channels", &bob).await;
    let text = list.ok().to_string();
    assert!(text.contains("***") && !text.contains("buy"), "{text}");
    assert!(
        text.contains("\\\"k\\\"") || text.contains("\"k\""),
        "the rest is as it was: {text}"
    );

    integrator.set(|heard| heard.answer = json!({"valid": true}));
    send().await.ok();
    assert!(
        server
            .get("users/bob/user_channels", &bob)
            .await
            .text
            .contains("buy")
    );
}

/// The text of the only message between alice and bob.
async fn text_of(server: &Server, bob: &str) -> String {
    let list = server.get("users/bob/user_channels", bob).await;
    let meta = list.ok()["data"]["channel_infos"][0]["meta"].clone();
    let payload: Value = serde_json::from_str(meta["payload"].as_str().unwrap()).unwrap();
    payload["bodies"][0]["msg"].as_str().unwrap().to_owned()
}

/// A server that asks about messages, and one from alice to bob that may be sent. With the tokens of the app and of bob.
async fn hello() -> (Integrator, Server, [String; 2], String) {
    let (integrator, url) = Integrator::start().await;
    let server = serve(Arc::new(MemoryStore::new(0)), asked(&url, Fail::Open)).await;
    let app = server.app_token().await;
    server.user("alice").await;
    let bob = server.user("bob").await;
    integrator.set(|heard| heard.answer = json!({"valid": true}));
    let id = server.text(&app, "alice", "bob", "hello").await;
    integrator.heard();
    (integrator, server, [app, bob], id)
}

#[tokio::test]
async fn an_edit_can_be_refused_or_replaced() {
    let (integrator, server, [app, bob], id) = hello().await;
    integrator.set(|heard| heard.answer = json!({"valid": false, "code": "no advertising"}));
    let refused = edit(&server, &id, (1, "buy")).await.unwrap_err();
    assert_eq!(
        (refused.code, &*refused.text),
        (ErrorCode::MessageBlocked, "no advertising")
    );
    assert_eq!(text_of(&server, &bob).await, "hello");
    let question = integrator.heard().remove(0);
    let fields = ["event", "from", "to", "chat_type", "edits"].map(|field| &question[field]);
    assert_eq!(
        fields,
        ["message.pre_send", "alice", "bob", "chat", id.as_str()]
    );
    assert_eq!(question["payload"]["bodies"][0]["msg"], "buy");

    integrator.set(|heard| heard.answer = json!({"valid": true, "payload": {"msg": "***"}}));
    edit(&server, &id, (2, "buy")).await.unwrap();
    assert_eq!(text_of(&server, &bob).await, "***");
    integrator.set(|heard| heard.answer = json!({"valid": true}));
    edit(&server, &id, (3, "fine")).await.unwrap();
    assert_eq!(text_of(&server, &bob).await, "fine");
    // What may not be edited at all is not asked about, and a recall is not either.
    integrator.heard();
    assert!(edit(&server, "7", (4, "buy")).await.is_err());
    let body = json!({"msg_id": id, "to": "bob", "from": "alice", "chat_type": "chat"});
    server.post("messages/msg_recall", &app, body).await.ok();
    assert_eq!(integrator.heard().len(), 0);
}

/// The answer about the first edit comes after that about the second.
#[tokio::test]
async fn edits_are_made_in_the_order_in_which_they_came() {
    let (integrator, server, [_, bob], id) = hello().await;
    integrator.set(|heard| heard.stuck = true);
    let second = async {
        while integrator.ids().is_empty() {
            tokio::task::yield_now().await;
        }
        integrator.set(|heard| heard.stuck = false);
        edit(&server, &id, (2, "second")).await
    };
    let (first, second) = tokio::join!(edit(&server, &id, (1, "first")), second);
    assert!(first.is_ok() && second.is_ok());
    assert_eq!(text_of(&server, &bob).await, "second");
}

#[tokio::test]
async fn without_an_answer_the_configuration_decides() {
    for (fail, sent) in [(Fail::Open, true), (Fail::Closed, false)] {
        let (integrator, url) = Integrator::start().await;
        let server = serve(Arc::new(MemoryStore::new(0)), asked(&url, fail)).await;
        let app = server.app_token().await;
        server.user("alice").await;
        let send = || {
            let body = json!({"to": ["alice"], "type": "txt", "body": {"msg": "hi"}});
            server.post("messages/users", &app, body)
        };
        let troubles: [fn(&mut Heard); 4] = [
            |heard| heard.failing = 1,
            |heard| heard.answer = json!({"no": "answer"}),
            |heard| heard.answer = json!("x".repeat(100_000)),
            |heard| heard.stuck = true,
        ];
        for trouble in troubles {
            integrator.set(|heard| {
                heard.answer = json!({"valid": true});
                trouble(heard);
            });
            let answer = send().await;
            if sent {
                answer.ok();
            } else {
                answer.refused(403, "message_blocked", "the message could not be checked");
            }
        }
    }
}
