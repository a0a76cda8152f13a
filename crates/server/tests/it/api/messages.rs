//! The server API's send.

use super::Server;
use serde_json::{Value, json};

#[tokio::test]
async fn each_target_gets_an_id() {
    let server = Server::new().await;
    let (app, alice, bob) = (
        server.app_token().await,
        server.user("alice").await,
        server.user("bob").await,
    );
    let body = json!({"to": ["alice", "BOB", "bob"], "type": "txt", "body": {"msg": "hi"}, "ext": {"a": 1}, "new": 1});
    let answer = server.post("messages/users", &app, body).await;
    let data = answer.ok()["data"].as_object().unwrap().clone();
    assert_eq!(data.keys().collect::<Vec<_>>(), ["BOB", "alice"]);
    assert_eq!(
        server.history(&alice, "alice", "admin@easemob.com").await,
        [data["alice"].as_str().unwrap()]
    );
    assert_eq!(
        server.history(&bob, "bob", "admin@easemob.com").await,
        [data["BOB"].as_str().unwrap()]
    );
    let body = json!({"owner": "alice", "members": ["bob"]});
    let group = server.post("chatgroups", &alice, body).await.ok()["data"]["groupid"]
        .as_str()
        .unwrap()
        .to_owned();
    let body =
        json!({"from": "alice", "to": [group], "type": "custom", "body": {"customEvent": "e"}});
    let answer = server.post("messages/chatgroups", &app, body).await;
    let id = answer.ok()["data"][&group].as_str().unwrap();
    for (token, me) in [(&alice, "alice"), (&bob, "bob")] {
        assert_eq!(
            server
                .history(token, me, &format!("{group}@conference.easemob.com"))
                .await,
            [id]
        );
    }
}

#[tokio::test]
async fn commands_and_online_messages_are_no_history() {
    let server = Server::new().await;
    let (app, alice) = (server.app_token().await, server.user("alice").await);
    for body in [
        json!({"to": ["alice"], "type": "cmd", "body": {"action": "a"}}),
        json!({"to": ["alice"], "type": "txt", "body": {"msg": "a"}, "routetype": "ROUTE_ONLINE"}),
    ] {
        let answer = server.post("messages/users", &app, body).await;
        assert!(
            answer.ok()["data"]["alice"]
                .as_str()
                .unwrap()
                .parse::<u64>()
                .unwrap()
                > 0
        );
    }
    assert!(
        server
            .history(&alice, "alice", "admin@easemob.com")
            .await
            .is_empty()
    );
}

#[tokio::test]
async fn bad_messages_are_not_sent() {
    let server = Server::new().await;
    let (app, alice) = (server.app_token().await, server.user("alice").await);
    let good = json!({"from": "bob", "to": ["alice"], "type": "txt", "body": {"msg": "hi"}});
    let check = async |change: Value, text: &str| {
        let mut body = good.clone();
        body.as_object_mut()
            .unwrap()
            .extend(change.as_object().unwrap().clone());
        server
            .post("messages/users", &app, body)
            .await
            .refused(400, "message_send_error", text);
    };
    check(json!({"from": ""}), "param from can't be empty").await;
    check(json!({"to": []}), "param to can't be empty").await;
    check(json!({"to": null}), "param to can't be empty").await;
    check(json!({"type": null}), "param type can't be empty").await;
    check(json!({"body": null}), "param body can't be empty").await;
    check(json!({"body": {}}), "param msg can't be empty").await;
    check(json!({"ext": "x"}), "param ext must be JSONObject").await;
    check(json!({"type": "smell"}), "unknown message type").await;
    check(json!({"from": "a b"}), "param from is not legal").await;
    check(
        json!({"routetype": "ROUTE_66"}),
        "param routetype is not legal",
    )
    .await;
    check(
        json!({"body": {"msg": "x".repeat(5 * 1024)}}),
        "message is too large",
    )
    .await;
    let many: Vec<String> = (0..601).map(|n| format!("u{n}")).collect();
    check(
        json!({"to": many}),
        "params to's size can't exceed limit 600",
    )
    .await;
    let malformed = "Request body is invalid. Please check body is correct.";
    for body in ["", "[]", r#"{"to": "alice"}"#, r#"{"to": [1]}"#] {
        server
            .raw("POST", "messages/users", &app, body)
            .await
            .refused(400, "invalid_request_body", malformed);
    }
    nothing_was_sent(&server, &alice).await;
}

#[tokio::test]
async fn messages_to_nobody_or_by_users_are_not_sent() {
    let server = Server::new().await;
    let (app, alice) = (server.app_token().await, server.user("alice").await);
    let many = json!({"to": ["1", "2", "3", "4"], "type": "txt", "body": {"msg": "hi"}});
    let text = "params to's size can't exceed limit 3";
    server
        .post("messages/chatgroups", &app, many)
        .await
        .refused(400, "message_send_error", text);
    let body =
        json!({"from": "bob", "to": ["alice", "nobody"], "type": "txt", "body": {"msg": "hi"}});
    server.post("messages/users", &app, body).await.refused(
        404,
        "service_resource_not_found",
        "Service resource not found: user nobody",
    );
    let body = json!({"from": "bob", "to": ["77"], "type": "txt", "body": {"msg": "hi"}});
    server
        .post("messages/chatgroups", &app, body)
        .await
        .refused(404, "resource_not_found", "grpID 77 does not exist!");
    let good = json!({"from": "bob", "to": ["alice"], "type": "txt", "body": {"msg": "hi"}});
    server
        .post("messages/users", &alice, good.clone())
        .await
        .refused(403, "forbidden_op", "this needs an app token");
    server.post("messages/users", "", good).await.refused(
        401,
        "unauthorized",
        "Unable to authenticate (OAuth)",
    );
    nothing_was_sent(&server, &alice).await;
}

/// Neither side of Alice's conversation with Bob exists.
async fn nothing_was_sent(server: &Server, alice: &str) {
    assert!(
        server
            .history(alice, "alice", "bob@easemob.com")
            .await
            .is_empty()
    );
    let list = server
        .get(
            "sdk/user/alice/user_channels/list?needEmptySession=true",
            alice,
        )
        .await;
    assert_eq!(list.ok()["data"]["channel_infos"], json!([]));
}

#[tokio::test]
async fn without_a_name_a_message_is_recalled_by_its_id() {
    let server = Server::new().await;
    let (app, alice) = (server.app_token().await, server.user("alice").await);
    let bob = server.user("bob").await;
    let recall = async |id: &str, to: &str| {
        let body = json!({"msg_id": id, "to": to, "chat_type": "chat"});
        server.post("messages/msg_recall", &app, body).await
    };
    // To whom it is, or of whom.
    for (from, to, named) in [
        ("alice", "bob", "bob"),
        ("alice", "bob", "alice"),
        ("alice", "alice", "alice"),
        ("admin", "bob", "bob"),
    ] {
        let id = server.text(&app, from, to, "said").await;
        let answer = recall(&id, named).await;
        assert_eq!(answer.ok()["data"]["from"], "admin");
        let queue = |name: &str| format!("{name}@easemob.com");
        assert_eq!(server.history(&bob, "bob", &queue(from)).await, [""; 0]);
        assert_eq!(server.history(&alice, "alice", &queue(to)).await, [""; 0]);
    }
    let id = server.text(&app, "alice", "bob", "kept").await;
    server.user("carol").await;
    let body = json!({"owner": "alice", "groupname": "g", "members": ["bob"]});
    let made = server.post("chatgroups", &alice, body).await;
    let group = made.ok()["data"]["groupid"].as_str().unwrap().to_owned();
    let to_all = server.text(&app, "alice", &group, "to all").await;
    for (id, to) in [(&id, "carol"), (&id, "nobody"), (&to_all, "bob")] {
        let text = format!("not_found msg {id}");
        recall(id, to)
            .await
            .refused(403, "message_recall_error", &text);
    }
    assert_eq!(server.history(&bob, "bob", "alice@easemob.com").await, [id]);
}
