//! Who is connected, and what waits for who is not.

use super::Server;
use lacuna_domain::limits::STATUS_USERS_MAX;
use lacuna_store::{Cursor, CursorSave, DeviceLogin};
use serde_json::{Value, json};

impl Server {
    async fn waiting(&self, token: &str, user: &str) -> Value {
        let answer = self
            .get(&format!("users/{user}/offline_msg_count"), token)
            .await;
        answer.ok()["data"][user].clone()
    }

    async fn state_of(&self, token: &str, id: &str) -> Value {
        let path = format!("users/bob/offline_msg_status/{id}");
        self.get(&path, token).await.ok()["data"][id].clone()
    }
}

#[tokio::test]
async fn messages_wait_until_a_device_has_them() {
    let server = Server::new().await;
    let (alice, bob) = (server.user("alice").await, server.user("bob").await);
    let app_token = server.app_token().await;
    assert_eq!(server.waiting(&app_token, "bob").await, 0);
    let first = server.text(&app_token, "alice", "bob", "1").await;
    let second = server.text(&app_token, "alice", "bob", "2").await;
    assert_eq!(server.waiting(&app_token, "bob").await, 2);
    assert_eq!(server.waiting(&bob, "bob").await, 2);
    let (service, app) = (&server.service, server.service.app("acme", "demo").await);
    let app = app.unwrap();
    let account = service.account(&app, "bob").await.unwrap().id;
    let mut devices = Vec::new();
    for resource in ["phone", "pad"] {
        let login = DeviceLogin {
            account,
            resource: resource.into(),
            name: String::new(),
            uuid: String::new(),
        };
        let now = service.clock.now();
        devices.push(service.store.login_device(login, now).await.unwrap().id);
    }
    // The pad starts at today's end: what was before is history to it, and nobody waits for it.
    assert_eq!(server.waiting(&app_token, "bob").await, 0);
    let third = server.text(&app_token, "alice", "bob", "3").await;
    let fourth = server.text(&app_token, "alice", "bob", "4").await;
    assert_eq!(server.waiting(&app_token, "bob").await, 2);
    let queue = service.store.queues(account, devices[1]).await.unwrap()[0].clone();
    let pos = third.parse().unwrap();
    let cursor = Cursor::Conversation {
        conversation: queue.conversation,
        pos,
        acked: pos,
    };
    let save = CursorSave {
        device: devices[1],
        cursor,
    };
    service.store.save_cursors(vec![save]).await.unwrap();
    assert_eq!(server.waiting(&app_token, "bob").await, 1);
    for (id, want) in [
        (&first, "delivered"),
        (&second, "delivered"),
        (&third, "delivered"),
        (&fourth, "undelivered"),
        (&"12345".to_owned(), "delivered"),
    ] {
        assert_eq!(server.state_of(&app_token, id).await, want, "{id}");
    }
    let path = "users/bob/offline_msg_status/x";
    let answer = server.get(path, &app_token).await;
    answer.refused(400, "illegal_argument", "message x is not legal");
    let path = "users/bob/offline_msg_count";
    assert_eq!(server.get(path, &alice).await.status, 403);
}

#[tokio::test]
async fn several_are_asked_for_at_once() {
    let server = Server::new().await;
    server.user("alice").await;
    let app_token = server.app_token().await;
    let ask = async |names: Value| {
        let body = json!({"usernames": names});
        server.post("users/batch/status", &app_token, body).await
    };
    let answer = ask(json!(["alice", "no body"])).await;
    let want = json!([{"alice": "offline"}, {"no body": "offline"}]);
    assert_eq!(answer.ok()["data"], want);
    let refused = "usernames must be provided";
    ask(json!([]))
        .await
        .refused(400, "illegal_argument", refused);
    let many = vec!["a"; STATUS_USERS_MAX + 1];
    let refused = "usernames size is more than max limit : 100";
    ask(json!(many))
        .await
        .refused(400, "illegal_argument", refused);
}

#[tokio::test]
async fn who_is_out_of_use_cannot_log_in() {
    let server = Server::new().await;
    let alice = server.user("alice").await;
    let app_token = server.app_token().await;
    let log_in = async || {
        let body = json!({"grant_type": "password", "username": "alice", "password": "pw"});
        server.post("token", "", body).await
    };
    let answer = server
        .post("users/alice/deactivate", &app_token, json!({}))
        .await;
    assert_eq!(answer.ok()["entities"][0]["activated"], false);
    assert_eq!(server.get("users/alice", &alice).await.status, 401);
    log_in()
        .await
        .refused(400, "invalid_grant", "user not activated");
    let body = json!({"grant_type": "inherit", "username": "alice"});
    let answer = server.post("token", &app_token, body).await;
    answer.refused(400, "invalid_grant", "user not activated");
    let shown = server.get("users/alice", &app_token).await;
    assert_eq!(shown.ok()["entities"][0]["activated"], false);
    server.text(&app_token, "admin", "alice", "it waits").await;
    let answer = server
        .post("users/alice/activate", &app_token, json!({}))
        .await;
    assert_eq!(answer.ok()["entities"][0]["activated"], true);
    assert_eq!(
        server.get("users/alice", &alice).await.status,
        401,
        "that token is gone"
    );
    let token = log_in().await.ok()["access_token"].clone();
    let token = token.as_str().unwrap();
    assert_eq!(
        server
            .history(token, "alice", "admin@easemob.com")
            .await
            .len(),
        1
    );
    let answer = server
        .post("users/nobody/activate", &app_token, json!({}))
        .await;
    assert_eq!(answer.status, 404);
}
