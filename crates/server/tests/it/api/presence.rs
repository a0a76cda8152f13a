//! Presence: subscriptions and what is published.

use super::Server;
use lacuna_domain::limits::WATCHED_MAX;
use lacuna_domain::{AppId, Millis, Name};
use lacuna_store::{RecordId, RecordKind, RecordOwner, RecordWrite};
use serde_json::{Value, json};

async fn subscribe(server: &Server, token: &str, names: &[&str], seconds: &str) -> super::Answer {
    let path = format!("users/alice/presence/{seconds}");
    server.post(&path, token, json!({"usernames": names})).await
}

async fn listed(server: &Server, token: &str) -> Value {
    let path = "users/alice/presence/sublist?pageNum=1&pageSize=10";
    server.get(path, token).await.ok()["result"].clone()
}

#[tokio::test]
async fn a_subscription_ends_by_itself() {
    let server = Server::new().await;
    let (alice, bob) = (server.user("alice").await, server.user("bob").await);
    let path = "users/bob/presence/web_1/1";
    server.post(path, &bob, json!({"ext": "busy"})).await.ok();
    let answer = subscribe(&server, &alice, &["Bob", "bob"], "60").await;
    let now = super::START_MS / 1000;
    let row = json!({"uid": "bob", "last_time": now.to_string(), "expiry": "60", "ext": "busy", "status": {}});
    assert_eq!(answer.ok()["result"], json!([row]));
    server.pass_ms(59_500);
    let row = json!({"sublist": [{"uid": "bob", "expiry": 1}], "totalnum": 1});
    assert_eq!(listed(&server, &alice).await, row);
    server.pass_ms(500);
    assert_eq!(
        listed(&server, &alice).await,
        json!({"sublist": [], "totalnum": 0})
    );
}

#[tokio::test]
async fn subscriptions_are_bounded() {
    let server = Server::new().await;
    let alice = server.user("alice").await;
    server.user("bob").await;
    let store = &server.service.store;
    let name = Name::new("alice").unwrap();
    let account = store.account(AppId(1), &name).await.unwrap().unwrap().id;
    let mut write = RecordWrite::new(AppId(1));
    for n in 0..WATCHED_MAX {
        let owner = RecordOwner::Account(account);
        let id = RecordId::new(owner, RecordKind::Watches, format!("z{n}"));
        write = write.put_until(id, "", Millis(super::START_MS + 1000));
    }
    store
        .write_records(write, server.service.clock.now())
        .await
        .unwrap();
    let full = subscribe(&server, &alice, &["bob"], "60").await;
    assert_eq!(full.json["code"], "presence_param_exceeded");
    server.pass_ms(1000);
    subscribe(&server, &alice, &["bob"], "60").await.ok();
}

#[tokio::test]
async fn what_makes_no_sense_is_refused() {
    let server = Server::new().await;
    let alice = server.user("alice").await;
    let oneself = subscribe(&server, &alice, &["alice"], "60").await;
    assert_eq!(oneself.json["code"], "presence_of_oneself");
    for seconds in ["0", "2592001"] {
        let answer = subscribe(&server, &alice, &["bob"], seconds).await;
        assert_eq!(answer.json["code"], "presence_param_exceeded", "{seconds}");
    }
    for seconds in ["x", "-1"] {
        let answer = subscribe(&server, &alice, &["bob"], seconds).await;
        assert_eq!(answer.json["code"], "invalid_param", "{seconds}");
    }
    assert_eq!(subscribe(&server, &alice, &[], "60").await.status, 400);
    let long = server
        .post(
            "users/alice/presence/web_1/1",
            &alice,
            json!({"ext": "x".repeat(65)}),
        )
        .await;
    assert_eq!(long.json["code"], "presence_param_exceeded");
}
