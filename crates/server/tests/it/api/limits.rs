//! How much may be asked for, and how it is refused.

use super::Server;
use axum::body::Body;
use axum::http::Request;
use bytes::Bytes;
use lacuna_domain::limits::{REQUEST_BYTES_MAX, REQUEST_HEAD_BYTES_MAX};
use lacuna_domain::{DeviceId, ErrorCode, MessageKind, Name, Target};
use lacuna_server::service::{Outgoing, Route};
use lacuna_store::Sender;
use serde_json::{Value, json};

const USER_LIMIT: &str = "The request has reached the maximum limit";

#[tokio::test]
async fn a_user_has_a_rate() {
    let server = Server::with(|config, _| config.limits.requests_per_second_per_user = 2).await;
    let (alice, bob) = (server.user("alice").await, server.user("bob").await);
    for _ in 0..4 {
        server.get("users/alice", &alice).await.ok();
    }
    let answer = server.get("users/alice", &alice).await;
    answer.refused(429, "resource_limited", USER_LIMIT);
    assert_eq!(answer.headers["retry-after"], "1");
    assert_eq!(answer.json["retry_after_ms"], 500);
    // Nor by asking for what only an application may.
    assert_eq!(server.get("users", &alice).await.status, 429);
    server.get("users/bob", &bob).await.ok();
    let app_token = server.app_token().await;
    for _ in 0..10 {
        server.get("users/alice", &app_token).await.ok();
    }
    server.pass_ms(500);
    server
        .get("sdk/users/alice/token/expires", &alice)
        .await
        .ok();
    assert_eq!(server.get("users/alice", &alice).await.status, 429);
}

#[tokio::test]
async fn conversations_are_deleted_so_many_a_minute() {
    let server = Server::with(|config, _| config.limits.conversation_deletes_per_minute = 5).await;
    let alice = server.user("alice").await;
    let body = json!({"channel": "bob", "type": "chat", "delete_roam": false});
    let path = "users/alice/user_channel";
    let delete = || server.raw("DELETE", path, &alice, body.to_string());
    for _ in 0..5 {
        delete().await.ok();
    }
    let answer = delete().await;
    answer.refused(429, "resource_limited", USER_LIMIT);
    assert_eq!(answer.headers["retry-after"], "12");
    server.pass_ms(12_000);
    delete().await.ok();
}

/// What a session answers to this refusal is tested where sessions are: status 7, "traffic limit".
#[tokio::test]
async fn a_user_sends_so_many_messages_a_second() {
    let server = Server::with(|config, _| config.limits.messages_per_second = 2).await;
    server.user("alice").await;
    let service = &server.service;
    let app = service.app("acme", "demo").await.unwrap();
    let alice = service.account(&app, "alice").await.unwrap();
    let send = |client_id: Option<u64>| {
        let outgoing = Outgoing {
            room: false,
            sender: Sender {
                name: alice.profile.name.clone(),
                account: Some(alice.id),
                device: DeviceId::NONE,
            },
            target: Target::Peer(Name::new("alice").unwrap()),
            kind: MessageKind::Text,
            route: Route::All,
            body: Bytes::new(),
            size: 0,
            client_id,
            echo: true,
            files: Vec::new(),
        };
        service.send(&app, outgoing)
    };
    send(Some(1)).await.unwrap();
    send(Some(2)).await.unwrap();
    let refusal = send(Some(3)).await.unwrap_err();
    assert_eq!(refusal.code, ErrorCode::RateLimited);
    send(None).await.expect("the server API is not bounded so");
    server.pass_ms(500);
    send(Some(3)).await.unwrap();
}

#[tokio::test]
async fn passwords_are_guessed_so_many_times() {
    let server = Server::new().await;
    server.user("alice").await;
    let guess = async |name: &str, password: &str| {
        let body = json!({"grant_type": "password", "username": name, "password": password});
        server.post("token", "", body).await
    };
    for _ in 0..9 {
        guess("alice", "wrong")
            .await
            .refused(400, "invalid_grant", "invalid username or password");
    }
    guess("alice", "pw").await.ok();
    for _ in 0..10 {
        assert_eq!(guess("alice", "wrong").await.status, 400);
    }
    let answer = guess("alice", "pw").await;
    answer.refused(429, "resource_limited", "too many failed logins");
    assert_eq!(answer.headers["retry-after"], "900");
    // A name that nobody has is no way around.
    for _ in 0..10 {
        guess("nobody", "wrong")
            .await
            .refused(404, "invalid_grant", "user not found");
    }
    assert_eq!(guess("nobody", "wrong").await.status, 429);
    server.pass_ms(15 * 60 * 1000);
    guess("alice", "pw").await.ok();
}

#[tokio::test]
async fn every_body_and_head_has_a_size() {
    let server = Server::new().await;
    server.user("alice").await;
    let app_token = server.app_token().await;
    let group = json!({"owner": "alice", "groupname": "g", "public": true});
    let group = server.post("chatgroups", &app_token, group).await;
    let group = group.ok()["data"]["groupid"].as_str().unwrap().to_owned();
    let document: Value = serde_json::from_str(&lacuna_server::api::openapi()).unwrap();
    let large = format!("[\"{}\"]", "x".repeat(REQUEST_BYTES_MAX));
    for (path, item) in document["paths"].as_object().unwrap() {
        let path = path
            .replace("{org}/{app}", "acme/demo")
            .replace("{user}", "alice");
        let path = path.replace("{group}", &group).replace(['{', '}'], "");
        for (method, operation) in item.as_object().unwrap() {
            let method = method.to_ascii_uppercase();
            let json = operation.pointer("/requestBody/content/application~1json");
            if json.is_some() {
                let answer = server.raw(&method, &path, &app_token, large.clone()).await;
                answer.refused(
                    413,
                    "request_entity_too_large",
                    "the request's body is too large",
                );
            }
            let request = Request::builder().method(&*method).uri(&path);
            let request = request
                .header("host", "localhost")
                .header("x", "x".repeat(REQUEST_HEAD_BYTES_MAX));
            let answer = server.send(request.body(Body::empty()).unwrap()).await;
            answer.refused(
                413,
                "request_entity_too_large",
                "the request's head is too large",
            );
        }
    }
}

#[tokio::test]
async fn a_request_has_an_id() {
    let server = Server::new().await;
    let ask = async |path: &str, id: &str| {
        let request = Request::builder().uri(path).header("host", "localhost");
        let request = request.header("x-request-id", id);
        server.send(request.body(Body::empty()).unwrap()).await
    };
    let longest = "x".repeat(64);
    for id in ["a", "A-z_09", &longest] {
        let answer = ask("/healthz", id).await;
        answer.ok();
        assert_eq!(answer.headers["x-request-id"], id);
        let answer = ask("/acme/demo/users", id).await;
        assert_eq!(
            (answer.status, &answer.json["request_id"]),
            (401, &id.into())
        );
        assert_eq!(answer.headers["x-request-id"], id);
    }
    for id in ["", "a b", "ä", "a\tb", &"x".repeat(65), "<script>"] {
        let answer = ask("/acme/demo/users", id).await;
        let made = answer.json["request_id"].as_str().unwrap();
        assert!(made.len() == 16 && made != id, "{made}");
        assert_eq!(answer.headers["x-request-id"], made);
    }
}
