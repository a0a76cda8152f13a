//! The conversation list.

use super::Server;
use super::rooms::room;
use serde_json::{Value, json};

struct Lists {
    server: Server,
    app: String,
    alice: String,
    group: String,
}

/// Alice has heard from bob, then carol, then a group.
async fn lists() -> Lists {
    let server = Server::new().await;
    let (app, alice) = (server.app_token().await, server.user("alice").await);
    for name in ["bob", "carol"] {
        server.user(name).await;
        server.text(&app, name, "alice", "hi").await;
        server.pass_ms(1000);
    }
    let body = json!({"owner": "alice", "members": ["bob"]});
    let group = server.post("chatgroups", &alice, body).await.ok()["data"]["groupid"]
        .as_str()
        .unwrap()
        .to_owned();
    server.text(&app, "bob", &group, "all").await;
    Lists {
        server,
        app,
        alice,
        group,
    }
}

impl Lists {
    async fn list(&self, query: &str) -> Value {
        let answer = self
            .server
            .get(
                &format!("sdk/user/alice/user_channels/list?{query}"),
                &self.alice,
            )
            .await;
        answer.ok()["data"].clone()
    }

    async fn names(&self, query: &str) -> Vec<String> {
        let data = self.list(query).await;
        data["channel_infos"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["session_to"].as_str().unwrap().to_owned())
            .collect()
    }
}

#[tokio::test]
async fn rows_show_the_last_message() {
    let lists = lists().await;
    let data = lists
        .list("&limit=20&cursor=&need_mark=true&needEmptySession=false&_v=1")
        .await;
    assert_eq!(data["cursor"], "");
    let row = &data["channel_infos"][1];
    assert_eq!(
        (
            &row["session_to"],
            &row["session_type"],
            &row["unread_num"],
            &row["is_top"]
        ),
        (&json!("carol"), &json!("chat"), &json!(1), &json!(false))
    );
    assert_eq!(
        (&row["channel_id"], &row["meta"]["to"]),
        (
            &json!("acme#demo_carol@easemob.com"),
            &json!("acme#demo_alice@easemob.com")
        )
    );
    let payload: Value = serde_json::from_str(row["meta"]["payload"].as_str().unwrap()).unwrap();
    let want = json!({"from": "carol", "to": "alice", "type": "chat", "ext": {}, "meta": {}, "bodies": [{"type": "txt", "msg": "hi"}]});
    assert_eq!(payload, want);
    let group = &data["channel_infos"][0];
    assert_eq!(
        (&group["session_to"], &group["session_type"]),
        (&json!(lists.group), &json!("groupchat"))
    );
    assert_eq!(
        group["meta"]["to"],
        format!("acme#demo_{}@conference.easemob.com", lists.group)
    );
}

#[tokio::test]
async fn pages_come_by_cursor_and_by_number() {
    let lists = lists().await;
    let all = [lists.group.as_str(), "carol", "bob"];
    let mut cursor = String::new();
    for want in all {
        let data = lists.list(&format!("limit=1&cursor={cursor}")).await;
        assert_eq!(data["channel_infos"][0]["session_to"], want);
        cursor = data["cursor"].as_str().unwrap().to_owned();
    }
    for (page, want) in [(1, vec![&all[0], &all[1]]), (2, vec![&all[2]]), (3, vec![])] {
        let answer = lists
            .server
            .get(
                &format!("users/alice/user_channels/page?pageNum={page}&pageSize=2"),
                &lists.alice,
            )
            .await;
        let rows = answer.ok()["data"]["channel_infos"]
            .as_array()
            .unwrap()
            .clone();
        assert_eq!(
            rows.iter()
                .map(|row| row["session_to"].as_str().unwrap())
                .collect::<Vec<_>>(),
            want.into_iter().copied().collect::<Vec<_>>()
        );
    }
    let answer = lists
        .server
        .get("users/alice/user_channels", &lists.alice)
        .await;
    assert_eq!(
        answer.ok()["data"]["channel_infos"]
            .as_array()
            .unwrap()
            .len(),
        3
    );
    for (query, name) in [
        ("limit=0", "limit"),
        ("limit=51", "limit"),
        ("limit=x", "limit"),
        ("cursor=x", "cursor"),
        ("is_top=2", "is_top"),
    ] {
        let text = format!("parameter '{name}' is not legal");
        lists
            .server
            .get(
                &format!("sdk/user/alice/user_channels/list?{query}"),
                &lists.alice,
            )
            .await
            .refused(400, "illegal_argument", &text);
    }
}

#[tokio::test]
async fn a_conversation_is_pinned_and_unpinned() {
    let lists = lists().await;
    let top = "sdk/user/alice/user_channel/top?resource=web_1";
    let answer = lists
        .server
        .post(top, &lists.alice, json!({"type": "chat", "to": "BOB"}))
        .await;
    assert_eq!(answer.ok()["data"]["is_top"], true);
    assert!(
        answer.json["data"]["update_top_status_time"]
            .as_u64()
            .unwrap()
            > 0
    );
    assert_eq!(
        lists.names("").await,
        ["bob", lists.group.as_str(), "carol"]
    );
    assert_eq!(lists.names("is_top=true").await, ["bob"]);
    let answer = lists
        .server
        .delete(
            "sdk/user/alice/user_channel/top?type=chat&to=bob&resource=web_1",
            &lists.alice,
        )
        .await;
    assert_eq!(
        answer.ok()["data"],
        json!({"is_top": false, "update_top_status_time": 0})
    );
    assert!(lists.names("is_top=true").await.is_empty());
    let text = "there is no conversation with nobody";
    lists
        .server
        .post(top, &lists.alice, json!({"type": "chat", "to": "nobody"}))
        .await
        .refused(404, "resource_not_found", text);
    let answer = lists
        .server
        .post(top, &lists.alice, json!({"type": "chat", "to": "nobody"}))
        .await;
    assert_eq!(answer.json["error_code"], 91_001);
    for (body, name) in [
        (json!({"type": "mail", "to": "bob"}), "type"),
        (json!({"type": "chat"}), "to"),
        (json!({}), "type"),
    ] {
        let text = format!("parameter '{name}' is not legal");
        lists
            .server
            .post(top, &lists.alice, body)
            .await
            .refused(400, "illegal_argument", &text);
    }
}

#[tokio::test]
async fn a_room_is_neither_pinned_nor_marked() {
    let room = room().await;
    let server = &room.server;
    let top = "sdk/user/bob/user_channel/top?resource=r";
    let mark = "sdk/user/bob/user_channels/mark?resource=r";
    let text = format!("there is no conversation with {}", room.id);
    // Whatever it is called.
    for kind in ["chatRoom", "groupChat"] {
        let body = json!({"type": kind, "to": room.id});
        let marks = json!({"mark": "mark_3", "targets": [body]});
        for (path, body) in [(top, &body), (mark, &marks)] {
            let answer = server.post(path, &room.bob, body.clone()).await;
            answer.refused(404, "resource_not_found", &text);
            assert_eq!(answer.json["error_code"], 91_001);
        }
    }
    // Nor is a group as a room; what was pinned or marked may be taken back.
    let body = json!({"members": ["bob"], "owner": "alice"});
    let answer = server.post("chatgroups", &room.alice, body).await;
    let group = answer.ok()["data"]["groupid"].clone();
    let body = json!({"type": "chatroom", "to": group});
    assert_eq!(server.post(top, &room.bob, body).await.status, 404);
    let path = format!("{top}&type=chatroom&to={}", room.id);
    server.delete(&path, &room.bob).await.ok();
    let body = json!({"mark": "mark_3", "targets": [{"type": "chatroom", "to": room.id}]});
    server
        .raw("DELETE", mark, &room.bob, body.to_string())
        .await
        .ok();
}

#[tokio::test]
async fn a_conversation_leaves_the_list_with_its_messages_or_without() {
    let lists = lists().await;
    let remove = async |path: &str, body: Value| {
        lists
            .server
            .raw("DELETE", path, &lists.alice, body.to_string())
            .await
    };
    let answer = remove(
        "user/alice/user_channel?resource=web_1",
        json!({"channel": "bob", "type": "chat", "delete_roam": false}),
    )
    .await;
    assert_eq!(answer.ok()["data"], json!({"result": "ok"}));
    assert_eq!(
        lists
            .server
            .history(&lists.alice, "alice", "bob@easemob.com")
            .await
            .len(),
        1
    );
    remove(
        "users/alice/user_channel",
        json!({"channel": lists.group, "type": "groupChat", "delete_roam": true}),
    )
    .await
    .ok();
    let queue = format!("{}@conference.easemob.com", lists.group);
    assert!(
        lists
            .server
            .history(&lists.alice, "alice", &queue)
            .await
            .is_empty()
    );
    assert_eq!(lists.names("").await, ["carol"]);
    lists.server.text(&lists.app, "bob", "alice", "again").await;
    assert_eq!(lists.names("").await, ["bob", "carol"]);
}

#[tokio::test]
async fn bad_removals_change_nothing() {
    let lists = lists().await;
    let check = async |body: &str, error: &str, text: &str| {
        lists
            .server
            .raw(
                "DELETE",
                "user/alice/user_channel?resource=r",
                &lists.alice,
                body.to_owned(),
            )
            .await
            .refused(400, error, text);
    };
    let malformed = "Request body is invalid. Please check body is correct.";
    for body in [
        "",
        "{",
        "[]",
        r#"{"channel": 5}"#,
        r#"{"channel": "bob", "type": "chat", "delete_roam": "yes"}"#,
    ] {
        check(body, "invalid_request_body", malformed).await;
    }
    check(
        r#"{"type": "chat", "delete_roam": true}"#,
        "illegal_argument",
        "field channel cannot be null or empty",
    )
    .await;
    check(
        r#"{"channel": "", "type": "chat", "delete_roam": true}"#,
        "illegal_argument",
        "field channel cannot be null or empty",
    )
    .await;
    check(
        r#"{"channel": "bob", "delete_roam": true}"#,
        "illegal_argument",
        "field type cannot be null or empty",
    )
    .await;
    check(
        r#"{"channel": "bob", "type": "chat"}"#,
        "illegal_argument",
        "field delete_roam cannot be null",
    )
    .await;
    check(
        r#"{"channel": "bob", "type": "mail", "delete_roam": true}"#,
        "illegal_argument",
        "parameter 'type' is not legal",
    )
    .await;
    check(
        r#"{"channel": "b b", "type": "chat", "delete_roam": true}"#,
        "illegal_argument",
        "parameter 'channel' is not legal",
    )
    .await;
    assert_eq!(lists.names("").await.len(), 3);
}
