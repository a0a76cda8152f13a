//! The audit of acts, holds, and the export of what the server has of a user.

use super::{Answer, Server};
use serde_json::{Value, json};

async fn acts(server: &Server, app: &str) -> Vec<(String, String, String, u64)> {
    let answer = server.get("audit?limit=100", app).await;
    let rows = answer.ok()["entities"].as_array().unwrap().clone();
    let text = |row: &Value, field: &str| row[field].as_str().unwrap().to_owned();
    let row = |row: &Value| {
        let count = row["count"].as_u64().unwrap();
        (
            text(row, "actor"),
            text(row, "act"),
            text(row, "target"),
            count,
        )
    };
    rows.iter().map(row).collect()
}

fn line(actor: &str, act: &str, target: &str, count: u64) -> (String, String, String, u64) {
    (actor.to_owned(), act.to_owned(), target.to_owned(), count)
}

/// Alice takes the conversation with bob off her list, with its messages or without.
async fn unlist_bob(server: &Server, alice: &str, with_messages: bool) {
    let body = json!({"channel": "bob", "type": "chat", "delete_roam": with_messages});
    let path = "user/alice/user_channel";
    let request = server.raw("DELETE", path, alice, body.to_string());
    request.await.ok();
}

#[tokio::test]
async fn acts_are_audited_without_what_messages_say() {
    let server = Server::new().await;
    let (app, alice) = (server.app_token().await, server.user("alice").await);
    server.user("bob").await;
    let id = server.text(&app, "alice", "bob", "the secret").await;
    let path = format!("sdk/message/roaming/chat/user/alice?userId=bob&msgIdList={id}");
    server.delete(&path, &alice).await.ok();
    server.delete(&path, &app).await.ok();
    let path = "rest/message/roaming/user/bob/delete/all";
    server.post(path, &app, json!({})).await.ok();
    unlist_bob(&server, &alice, true).await;
    server.delete("users/bob/disconnect/phone", &app).await.ok();
    let password = json!({"newpassword": "a secret too"});
    server.put("users/bob/password", &app, password).await.ok();
    let one = json!([{"username": "carol", "password": "pw"}]);
    server.post("users", &app, one).await.ok();
    server.delete("users/Carol", &app).await.ok();
    let found = acts(&server, &app).await;
    let want = [
        line("admin", "user.delete", "user carol", 1),
        line("admin", "user.register", "users carol", 1),
        line("admin", "user.change_password", "user bob", 1),
        line("admin", "device.disconnect", "user bob", 0),
        line(
            "alice",
            "conversation.delete_with_messages",
            "user alice, chat bob",
            1,
        ),
        line("admin", "history.delete_all", "user bob", 1),
        line("admin", "history.delete_ids", "user alice, chat bob", 1),
        line("alice", "history.delete_ids", "user alice, chat bob", 1),
    ];
    assert_eq!(found, want);
    let text = server.get("audit", &app).await.text;
    assert!(!text.contains("secret"));
    assert_eq!(server.get("audit", &alice).await.status, 403);
    // What is refused was not done.
    assert_eq!(server.delete("users/nobody", &app).await.status, 404);
    assert_eq!(acts(&server, &app).await.len(), want.len());
    let first = server.get("audit?limit=5", &app).await;
    let cursor = first.ok()["cursor"].as_str().unwrap().to_owned();
    let rest = server
        .get(&format!("audit?limit=5&cursor={cursor}"), &app)
        .await;
    assert_eq!(rest.ok()["entities"].as_array().unwrap().len(), 3);
    assert!(rest.json["cursor"].is_null());
    assert_eq!(server.get("audit?cursor=x", &app).await.status, 400);
}

#[tokio::test]
async fn acts_of_the_server_api_on_messages_and_users_are_audited() {
    let server = Server::new().await;
    let app = server.app_token().await;
    for user in ["alice", "bob"] {
        server.user(user).await;
    }
    let id = server.text(&app, "alice", "bob", "the secret").await;
    let recall = json!({"msg_id": id, "from": "alice", "to": "bob", "chat_type": "chat",
        "recallMessageExtensionInfo": "another secret"});
    server.post("messages/recall", &app, recall).await.ok();
    let again = json!({"msg_id": id, "from": "alice", "to": "bob", "chat_type": "chat"});
    assert_ne!(
        server.post("messages/recall", &app, again).await.status,
        200
    );
    let body =
        json!({"from": "bob", "target": "alice", "type": "txt", "body": {"msg": "a secret too"}});
    server.post("messages/users/import", &app, body).await.ok();
    for act in ["deactivate", "activate"] {
        let path = format!("users/Bob/{act}");
        server.post(&path, &app, json!({})).await.ok();
    }
    for _ in 0..2 {
        let body = json!({"grant_type": "inherit", "username": "Carol", "autoCreateUser": true});
        server.post("token", &app, body).await.ok();
    }
    let want = [
        line("admin", "user.register", "users carol", 1),
        line("admin", "user.activate", "user bob", 1),
        line("admin", "user.deactivate", "user bob", 1),
        line("admin", "message.import", "chat of bob and alice", 1),
        line("admin", "message.recall", "chat of alice and bob", 1),
    ];
    assert_eq!(acts(&server, &app).await, want);
    assert!(!server.get("audit", &app).await.text.contains("secret"));
}

#[tokio::test]
async fn acts_of_the_server_api_on_groups_and_rooms_are_audited() {
    for (kind, name) in [("chatgroups", "groupname"), ("chatrooms", "name")] {
        let server = Server::new().await;
        let (app, alice) = (server.app_token().await, server.user("alice").await);
        for user in ["bob", "carol", "dave"] {
            server.user(user).await;
        }
        let body = json!({"owner": "alice", name: "g", "members": ["bob", "carol", "dave"]});
        let answer = server.post(kind, &alice, body).await;
        let data = &answer.ok()["data"];
        let id = data["groupid"].as_str().or(data["id"].as_str()).unwrap();
        let path = |rest: &str| format!("{kind}/{id}{rest}");
        let mute = |name: &str| json!({"usernames": [name], "mute_duration": 1000});
        // Who manages its own is not noted.
        server.post(&path("/mute"), &alice, mute("bob")).await.ok();
        server.post(&path("/mute"), &app, mute("carol")).await.ok();
        let ban = path("/blocks/users/dave");
        server.post(&ban, &app, json!({})).await.ok();
        let owner = json!({"newowner": "carol"});
        server.put(&path(""), &app, owner).await.ok();
        let kick = path("/users/alice,bob");
        server.delete(&kick, &app).await.ok();
        let target = |users: &str| format!("group {id}, users {users}");
        let want = [
            line("admin", "group.kick", &target("alice, bob"), 2),
            line("admin", "group.owner", &target("carol"), 1),
            line("admin", "group.ban", &target("dave"), 1),
            line("admin", "group.mute", &target("carol"), 1),
        ];
        assert_eq!(acts(&server, &app).await, want, "{kind}");
    }
}

async fn purge(server: &Server) -> usize {
    let mut purged = 0;
    loop {
        let step = server.service.store.purge_step(100).await.unwrap();
        purged += step.purged;
        if !step.more {
            return purged;
        }
    }
}

#[tokio::test]
async fn what_is_on_hold_is_deleted_for_everybody_and_purged_later() {
    let server = Server::new().await;
    let (app, alice) = (server.app_token().await, server.user("alice").await);
    server.user("bob").await;
    let put = |path: &'static str| server.put(path, &app, json!({}));
    assert_eq!(
        put("holds/chats/alice/bob").await.status,
        404,
        "there is none"
    );
    server.text(&app, "alice", "bob", "evidence").await;
    put("holds/chats/bob/Alice").await.ok();
    put("holds/users/alice").await.ok();
    assert_eq!(put("holds/users/nobody").await.status, 404);
    assert_eq!(put("holds/chatgroups/77").await.status, 404);
    assert_eq!(
        server
            .put("holds/users/alice", &alice, json!({}))
            .await
            .status,
        403
    );
    for user in ["alice", "bob"] {
        let path = format!("rest/message/roaming/user/{user}/delete/all");
        server.post(&path, &app, json!({})).await.ok();
    }
    assert!(
        server
            .history(&alice, "alice", "bob@easemob.com")
            .await
            .is_empty()
    );
    assert_eq!(purge(&server).await, 0);
    let refused: Answer = server.delete("users/alice", &app).await;
    refused.refused(403, "forbidden_op", "user alice is on legal hold");
    server.delete("holds/users/alice", &app).await.ok();
    assert_eq!(purge(&server).await, 0, "the other hold is there");
    let released = server.delete("holds/chats/alice/bob", &app).await;
    assert_eq!(released.ok()["data"]["released"], true);
    assert_eq!(purge(&server).await, 1);
    let again = server.delete("holds/chats/alice/bob", &app).await;
    assert_eq!(again.ok()["data"]["released"], false);
    let held = acts(&server, &app).await;
    let held: Vec<&str> = held
        .iter()
        .filter(|row| row.1.starts_with("hold"))
        .map(|row| row.2.as_str())
        .collect();
    let (chat, user) = ("chat of alice and bob", "user alice");
    assert_eq!(held, [chat, user, user, "chat of bob and alice"]);
}

#[tokio::test]
async fn an_export_has_what_the_user_sees_and_nothing_else() {
    let server = Server::new().await;
    let (app, alice) = (server.app_token().await, server.user("alice").await);
    let bob = server.user("bob").await;
    server.user("carol").await;
    let mut seen = Vec::new();
    for number in 0..120 {
        seen.push(
            server
                .text(&app, "alice", "bob", &format!("text {number}"))
                .await,
        );
    }
    let gone = server.text(&app, "alice", "bob", "deleted by alice").await;
    server.text(&app, "bob", "carol", "none of alice's").await;
    let file = "6ba7b810-9dad-41d1-80b4-00c04fd430c8";
    let body = json!({"from": "alice", "to": ["carol"], "type": "file", "sync_device": true, "body": {
        "url": format!("http://h/acme/demo/chatfiles/{file}"), "filename": "a"}});
    server.post("messages/users", &app, body).await.ok();
    let path = format!("sdk/message/roaming/chat/user/alice?userId=bob&msgIdList={gone}");
    server.delete(&path, &alice).await.ok();
    let answer = server.get("users/alice/export", &alice).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.headers["content-type"], "application/x-ndjson");
    assert!(!answer.text.contains("deleted by alice") && !answer.text.contains("none of"));
    let lines: Vec<Value> = answer
        .text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let of = |kind: &str| -> Vec<&Value> {
        let found = lines.iter().filter(|line| line["kind"] == kind);
        found.collect()
    };
    assert_eq!(of("profile")[0]["username"], "alice");
    assert_eq!(of("conversation").len(), 2);
    let to_bob: Vec<&str> = of("message")
        .iter()
        .filter(|line| line["conversation"]["id"] == "bob")
        .map(|line| line["msg_id"].as_str().unwrap())
        .collect();
    assert_eq!(to_bob, seen, "each once, oldest first");
    let to_carol = of("message")
        .into_iter()
        .find(|line| line["conversation"]["id"] == "carol");
    assert_eq!(to_carol.unwrap()["files"], json!([file]));
    assert!(answer.text.contains("\"text 119\""));
    assert_eq!(of("deletion").len(), 1);
    assert_eq!(lines.last().unwrap()["kind"], "end");
    assert_eq!(server.get("users/alice/export", &bob).await.status, 403);
    assert_eq!(server.get("users/alice/export", &app).await.status, 200);
    assert_eq!(
        acts(&server, &app).await[0],
        line("admin", "user.export", "user alice", 1)
    );
}

/// The lines of alice's own export.
async fn exported(server: &Server, alice: &str) -> Vec<Value> {
    let answer = server.get("users/alice/export", alice).await;
    answer.ok();
    let lines = answer.text.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn texts(lines: &[Value]) -> Vec<&str> {
    let messages = lines.iter().filter(|line| line["kind"] == "message");
    messages
        .map(|line| line["payload"]["bodies"][0]["msg"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn an_export_has_every_conversation_of_the_user() {
    for roaming in [true, false] {
        let server = Server::with(|config, app| {
            let key = format!("{}#{}", app.org, app.name);
            config.apps.entry(key).or_default().room_roaming = roaming;
        })
        .await;
        let (app, alice) = (server.app_token().await, server.user("alice").await);
        let bob = server.user("bob").await;
        server.text(&app, "bob", "alice", "off the list").await;
        unlist_bob(&server, &alice, false).await;
        let body = json!({"owner": "bob", "groupname": "g", "members": ["alice"]});
        let answer = server.post("chatgroups", &bob, body).await;
        let group = answer.ok()["data"]["groupid"].as_str().unwrap().to_owned();
        let on = server.text(&app, "bob", &group, "in the group").await;
        let body = json!({"name": "t", "msg_id": on, "group_id": group, "owner": "alice"});
        let answer = server.post("thread?resource=r", &alice, body).await;
        let thread = answer.ok()["data"]["thread_id"]
            .as_str()
            .unwrap()
            .to_owned();
        server.text(&app, "alice", &thread, "in the thread").await;
        let body = json!({"owner": "alice", "name": "hall", "members": ["bob"]});
        let answer = server.post("chatrooms?resource=r", &alice, body).await;
        let room = answer.ok()["data"]["id"].as_str().unwrap().to_owned();
        let body =
            json!({"from": "bob", "to": [room], "type": "txt", "body": {"msg": "in the room"}});
        server.post("messages/chatrooms", &app, body).await.ok();
        let path = format!("chatgroups/{group}/users/alice");
        server.delete(&path, &app).await.ok();

        let lines = exported(&server, &alice).await;
        let conversations: Vec<(&Value, &Value)> = lines
            .iter()
            .filter(|line| line["kind"] == "conversation")
            .map(|line| (&line["conversation"]["id"], &line["group"]["type"]))
            .collect();
        let want = [
            (json!("bob"), json!(null)),
            (json!(group), json!("group")),
            (json!(thread), json!("thread")),
            (json!(room), json!("room")),
        ];
        assert_eq!(conversations, want.each_ref().map(|(id, kind)| (id, kind)));
        let mut want = vec![
            "off the list",
            "in the group",
            "in the thread",
            "in the room",
        ];
        if !roaming {
            // Nobody reads the history of a room.
            want.pop();
        }
        assert_eq!(texts(&lines), want);
    }
}

#[tokio::test]
async fn an_export_has_contacts_blocks_attributes_and_what_events_say() {
    let server = Server::new().await;
    let (app, alice) = (server.app_token().await, server.user("alice").await);
    for user in ["bob", "mallory"] {
        server.user(user).await;
    }
    let carol = server.user("carol").await;
    let sign = json!({"nickname": "Al", "sign": "hi"});
    server.put("metadata/user/alice", &alice, sign).await.ok();
    let path = "users/alice/contacts/users/bob";
    server.post(path, &app, json!({})).await.ok();
    let remark = json!({"remark": "the builder"});
    server.put(path, &alice, remark).await.ok();
    let names = json!({"usernames": ["mallory"]});
    let blocks = "users/alice/blocks/users";
    server.post(blocks, &alice, names).await.ok();
    let body = json!({"usernames": ["alice"], "reason": "let me in"});
    let path = "users/carol/contacts/apply?resource=r";
    server.post(path, &carol, body).await.ok();

    let lines = exported(&server, &alice).await;
    for want in [
        json!({"kind": "attributes", "attributes": {"nickname": "Al", "sign": "hi"}}),
        json!({"kind": "contact", "username": "bob", "remark": "the builder"}),
        json!({"kind": "blocked", "username": "mallory"}),
        json!({"kind": "contact_request", "key": "carol", "value": "let me in"}),
    ] {
        assert!(lines.contains(&want), "{want} in {lines:#?}");
    }
    let events: Vec<&Value> = lines
        .iter()
        .filter(|line| line["kind"] == "event")
        .map(|line| &line["payload"])
        .collect();
    assert!(!events.contains(&&Value::Null), "{events:?}");
    let asked =
        json!({"operation": "ADD", "from": "carol", "to": ["alice"], "reason": "let me in"});
    assert!(events.contains(&&asked), "{events:?}");
}
