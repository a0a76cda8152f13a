//! Pages of history.

use super::Server;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use lacuna_proto::pb::{Jid, MessageBody, Meta};
use prost::Message;
use serde_json::{Value, json};

async fn page(server: &Server, token: &str, body: Value) -> Value {
    server
        .post("users/alice/messageroaming", token, body)
        .await
        .ok()["data"]
        .clone()
}

fn ids(page: &Value) -> Vec<&str> {
    page["msgs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["msg_id"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn pages_follow_each_other_both_ways() {
    let server = Server::new().await;
    let (app, alice, bob) = (
        server.app_token().await,
        server.user("alice").await,
        server.user("bob").await,
    );
    let mut sent = Vec::new();
    for _ in 0..5 {
        sent.push(server.text(&app, "bob", "alice", "hi").await);
    }
    let older = page(
        &server,
        &alice,
        json!({"queue": "bob@easemob.com", "start": -1, "pull_number": 2, "end": -1}),
    )
    .await;
    assert_eq!(
        (ids(&older), &older["next_key"], &older["is_last"]),
        (
            vec![sent[4].as_str(), &sent[3]],
            &json!(sent[3]),
            &json!(false)
        )
    );
    let older = page(
        &server,
        &alice,
        json!({"queue": "bob@easemob.com", "start": sent[1], "pull_number": 1}),
    )
    .await;
    assert_eq!(
        (ids(&older), &older["next_key"], &older["is_last"]),
        (vec![sent[0].as_str()], &json!(""), &json!(true))
    );
    let newer = page(
        &server,
        &alice,
        json!({"queue": "acme#demo_BOB@easemob.com", "start": "", "is_positive": true}),
    )
    .await;
    assert_eq!(
        (ids(&newer), &newer["is_last"]),
        (sent.iter().map(String::as_str).collect(), &json!(true))
    );
    assert!(ids(&page(&server, &alice, json!({"queue": "nobody@easemob.com"})).await).is_empty());
    assert!(
        ids(&page(
            &server,
            &alice,
            json!({"queue": "9@conference.easemob.com"})
        )
        .await)
        .is_empty()
    );
    assert_eq!(
        server.history(&bob, "bob", "alice@easemob.com").await.len(),
        5
    );
}

#[tokio::test]
async fn a_row_is_a_whole_meta() {
    let server = Server::new().await;
    let (app, alice) = (server.app_token().await, server.user("alice").await);
    server.user("bob").await;
    let body = json!({"owner": "alice", "members": ["bob"]});
    let group = server.post("chatgroups", &alice, body).await.ok()["data"]["groupid"]
        .as_str()
        .unwrap()
        .to_owned();
    let check = async |from: &str, to: &str, queue: &str, want: Jid| {
        let id = server.text(&app, from, to, "héllo").await;
        let found = page(&server, &alice, json!({"queue": queue, "pull_number": 1})).await;
        let meta = Meta::decode(
            STANDARD
                .decode(found["msgs"][0]["msg"].as_str().unwrap())
                .unwrap()
                .as_slice(),
        )
        .unwrap();
        assert_eq!(
            (meta.id().to_string(), meta.timestamp(), meta.ns),
            (id, super::START_MS, Some(1))
        );
        assert_eq!(
            (meta.from, meta.to),
            (Some(Jid::user("acme#demo", from)), Some(want))
        );
        let message = MessageBody::decode(meta.payload.unwrap()).unwrap();
        assert_eq!(
            (message.from, message.to),
            (Some(Jid::named(from)), Some(Jid::named(to)))
        );
        assert_eq!(message.contents[0].text(), "héllo");
    };
    check(
        "bob",
        "alice",
        "bob@easemob.com",
        Jid::user("acme#demo", "alice"),
    )
    .await;
    check(
        "alice",
        "bob",
        "bob@easemob.com",
        Jid::user("acme#demo", "bob"),
    )
    .await;
    check(
        "alice",
        "alice",
        "alice@easemob.com",
        Jid::user("acme#demo", "alice"),
    )
    .await;
    check(
        "bob",
        &group,
        &format!("{group}@conference.easemob.com"),
        Jid::group("acme#demo", &group),
    )
    .await;
}

#[tokio::test]
async fn filters_choose() {
    let server = Server::new().await;
    let (app, alice) = (server.app_token().await, server.user("alice").await);
    server.user("bob").await;
    let first = server.text(&app, "bob", "alice", "one").await;
    server.pass_ms(1000);
    let second = server.text(&app, "alice", "bob", "two").await;
    let place = json!({"from": "bob", "to": ["alice"], "type": "loc", "body": {"addr": "x", "lat": 1, "lng": 2}});
    let third = server.post("messages/users", &app, place).await.ok()["data"]["alice"]
        .as_str()
        .unwrap()
        .to_owned();
    let check = async |filter: Value, want: Vec<&str>| {
        let mut body = json!({"queue": "bob@easemob.com"});
        body.as_object_mut()
            .unwrap()
            .extend(filter.as_object().unwrap().clone());
        assert_eq!(ids(&page(&server, &alice, body).await), want, "{filter}");
    };
    check(json!({"msgType": "txt"}), vec![&second, &first]).await;
    check(
        json!({"msgType": "loc,img", "startTime": null, "endTime": -1, "userId": null}),
        vec![&third],
    )
    .await;
    check(
        json!({"startTime": super::START_MS + 1}),
        vec![&third, &second],
    )
    .await;
    check(
        json!({"endTime": super::START_MS.to_string()}),
        vec![&first],
    )
    .await;
    check(json!({"userId": "ALICE"}), vec![&second]).await;
    check(json!({"userIds": ["bob"]}), vec![&third, &first]).await;
}

#[tokio::test]
async fn bad_pages_are_refused() {
    let server = Server::new().await;
    let alice = server.user("alice").await;
    let check = async |body: Value, name: &str| {
        let text = format!("parameter '{name}' is not legal");
        server
            .post("users/alice/messageroaming", &alice, body)
            .await
            .refused(400, "illegal_argument", &text);
    };
    let queue = "bob@easemob.com";
    check(json!({}), "queue").await;
    check(json!({"queue": "bob"}), "queue").await;
    check(json!({"queue": "bob@example.com"}), "queue").await;
    for number in [json!(0), json!(51), json!(-1), json!("x")] {
        check(
            json!({"queue": queue, "pull_number": number}),
            "pull_number",
        )
        .await;
    }
    for start in [json!("abc"), json!(-2), json!(1.5), json!([])] {
        check(json!({"queue": queue, "start": start}), "start").await;
    }
    check(json!({"queue": queue, "msgType": "smell"}), "msgType").await;
    check(json!({"queue": queue, "startTime": "soon"}), "startTime").await;
    check(json!({"queue": queue, "endTime": -7}), "endTime").await;
    check(json!({"queue": queue, "userId": "b b"}), "userId").await;
    let text = "messages of one sender can be asked for, or of all";
    server
        .post(
            "users/alice/messageroaming",
            &alice,
            json!({"queue": queue, "userIds": ["a", "b"]}),
        )
        .await
        .refused(400, "illegal_argument", text);
    let malformed = "Request body is invalid. Please check body is correct.";
    for body in ["", "{", "[]", "null", "{\"queue\": 5}"] {
        server
            .raw("POST", "users/alice/messageroaming", &alice, body)
            .await
            .refused(400, "invalid_request_body", malformed);
    }
}
