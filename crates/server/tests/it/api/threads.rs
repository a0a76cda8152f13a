//! Threads of groups.

use super::Server;
use base64::Engine;
use lacuna_proto::pb::{MessageBody, Meta};
use prost::Message;
use serde_json::{Value, json};

struct Thread {
    server: Server,
    app: String,
    alice: String,
    bob: String,
    group: String,
    message: String,
    id: String,
}

/// A group of alice's with bob and carol, and bob's thread on a message of hers.
async fn thread() -> Thread {
    let server = Server::new().await;
    let (app, alice) = (server.app_token().await, server.user("alice").await);
    let bob = server.user("bob").await;
    server.user("carol").await;
    let body = json!({"owner": "alice", "groupname": "g", "members": ["bob", "carol"]});
    let answer = server.post("chatgroups", &alice, body).await;
    let group = answer.ok()["data"]["groupid"].as_str().unwrap().to_owned();
    let message = server.text(&app, "alice", &group, "worth a word").await;
    let body = json!({"name": "t", "msg_id": message, "group_id": group, "owner": "bob"});
    let answer = server.post("thread?resource=r", &bob, body).await;
    let id = answer.ok()["data"]["thread_id"]
        .as_str()
        .unwrap()
        .to_owned();
    Thread {
        server,
        app,
        alice,
        bob,
        group,
        message,
        id,
    }
}

impl Thread {
    fn path(&self, rest: &str) -> String {
        format!("thread/{}{rest}", self.id)
    }

    async fn members(&self) -> Value {
        let answer = self.server.get(&self.path("/users"), &self.app).await;
        answer.ok()["data"]["affiliations"].clone()
    }
}

#[tokio::test]
async fn one_thread_for_each_message() {
    let thread = thread().await;
    let server = &thread.server;
    let body = json!({"name": "t", "msg_id": thread.message, "group_id": thread.group});
    let answer = server.post("thread", &thread.alice, body).await;
    let text = format!("message {} has a thread already", thread.message);
    answer.refused(403, "forbidden_op", &text);
    assert_eq!(answer.json["error_code"], 40_003);
    assert_eq!(answer.json["code"], "thread_exists");
    let shown = server.get(&thread.path(""), &thread.alice).await;
    let data = &shown.ok()["data"];
    assert_eq!(
        (&data["msg_id"], &data["group_id"], &data["owner"]),
        (&json!(thread.message), &json!(thread.group), &json!("bob"))
    );
    // Threads are no groups.
    let missing = format!("grpID {} does not exist!", thread.id);
    server
        .get(&format!("chatgroups/{}", thread.id), &thread.bob)
        .await
        .refused(404, "resource_not_found", &missing);
    let groups = server.get("users/bob/joined_chatgroups", &thread.bob).await;
    assert_eq!(groups.ok()["count"], 1);
}

#[tokio::test]
async fn bad_threads_are_not_started() {
    let thread = thread().await;
    let (server, group) = (&thread.server, &thread.group);
    let free = server.text(&thread.app, "alice", group, "free").await;
    let dave = server.user("dave").await;
    let long = "x".repeat(65);
    let name = "the name of the thread is empty or too long";
    let cases = [
        (
            &thread.bob,
            json!({"name": "t", "msg_id": "5", "group_id": group}),
            400,
            "message 5 does not exist in this group",
        ),
        (
            &thread.bob,
            json!({"name": "", "msg_id": free, "group_id": group}),
            400,
            name,
        ),
        (
            &thread.bob,
            json!({"name": long, "msg_id": free, "group_id": group}),
            400,
            name,
        ),
        (
            &thread.bob,
            json!({"name": "t", "msg_id": free, "group_id": "7"}),
            404,
            "grpID 7 does not exist!",
        ),
        (
            &thread.bob,
            json!({"name": "t", "msg_id": "x", "group_id": group}),
            400,
            "parameter 'msg_id' is not legal",
        ),
        (
            &thread.bob,
            json!({"name": "t", "msg_id": free, "group_id": group, "owner": "alice"}),
            403,
            "a user starts threads of its own",
        ),
        (
            &thread.app,
            json!({"name": "t", "msg_id": free, "group_id": group}),
            400,
            "owner must be provided",
        ),
        (
            &dave,
            json!({"name": "t", "msg_id": free, "group_id": group}),
            403,
            "users [dave] are not members of this group!",
        ),
    ];
    for (token, body, status, text) in cases {
        let answer = server.post("thread", token, body.clone()).await;
        let found = (answer.status, &answer.json["error_description"]);
        assert_eq!(found, (status, &json!(text)), "{body}");
    }
    let body = json!({"name": "t", "msg_id": free, "group_id": group, "owner": "carol"});
    server.post("thread", &thread.app, body).await.ok();
}

#[tokio::test]
async fn the_server_api_speaks_in_threads_and_governs_them() {
    let thread = thread().await;
    let server = &thread.server;
    let sent = server.text(&thread.app, "bob", &thread.id, "hello").await;
    let queue = format!("{}@conference.easemob.com", thread.id);
    let body = json!({"queue": queue, "start": -1});
    let answer = server
        .post("users/bob/messageroaming", &thread.bob, body)
        .await;
    let row = &answer.ok()["data"]["msgs"][0];
    assert_eq!(row["msg_id"], sent);
    let bytes = base64::engine::general_purpose::STANDARD
        .decode(row["msg"].as_str().unwrap())
        .unwrap();
    let message = Meta::decode(&bytes[..]).unwrap().payload.unwrap();
    let meta = MessageBody::decode(message).unwrap().meta.unwrap();
    let meta: Value = serde_json::from_str(&meta).unwrap();
    assert_eq!(
        meta["thread"],
        json!({"msg_parent_id": thread.message, "muc_parent_id": thread.group, "thread_name": "t"})
    );

    let body = json!({"usernames": ["alice", "carol"]});
    server
        .post(&thread.path("/users"), &thread.app, body)
        .await
        .ok();
    assert_eq!(thread.members().await, json!(["bob", "alice", "carol"]));
    let again = server
        .post(&thread.path("/user/alice/join"), &thread.alice, json!({}))
        .await;
    let text = "user alice has joined this thread already";
    again.refused(403, "forbidden_op", text);
    assert_eq!(again.json["error_code"], 40_003);
    let kicked = server
        .delete(&thread.path("/users/alice,carol"), &thread.app)
        .await;
    assert_eq!(kicked.ok()["data"].as_array().unwrap().len(), 2);
    assert_eq!(thread.members().await, json!(["bob"]));
    let answer = server
        .put(&thread.path(""), &thread.app, json!({"name": "other"}))
        .await;
    assert_eq!(answer.ok()["data"], json!({"name": "other"}));
    server.delete(&thread.path(""), &thread.app).await.ok();
    let gone = server.get(&thread.path(""), &thread.bob).await;
    let text = format!("thread {} does not exist!", thread.id);
    gone.refused(404, "resource_not_found", &text);
    assert_eq!(gone.json["error_code"], 40_011);
}

#[tokio::test]
async fn who_is_out_of_the_group_is_out_of_its_threads() {
    let thread = thread().await;
    let server = &thread.server;
    let path = format!("chatgroups/{}/quit", thread.group);
    server.delete(&path, &thread.bob).await.ok();
    assert_eq!(thread.members().await, json!([]));
    let outside = "users [bob] are not members of this group!";
    for path in [thread.path(""), thread.path("/users")] {
        server
            .get(&path, &thread.bob)
            .await
            .refused(403, "forbidden_op", outside);
    }
    server
        .post(&thread.path("/user/bob/join"), &thread.bob, json!({}))
        .await
        .refused(403, "forbidden_op", outside);
    // Though it started it.
    server
        .put(&thread.path(""), &thread.bob, json!({"name": "mine"}))
        .await
        .refused(403, "forbidden_op", outside);
    let path = format!("chatgroups/{}", thread.group);
    server.delete(&path, &thread.alice).await.ok();
    assert_eq!(server.get(&thread.path(""), &thread.app).await.status, 404);
}

#[tokio::test]
async fn an_account_that_goes_leaves_its_threads() {
    let thread = thread().await;
    thread.server.delete("users/bob", &thread.app).await.ok();
    assert_eq!(thread.members().await, json!([]));
    let shown = thread.server.get(&thread.path(""), &thread.alice).await;
    assert_eq!(shown.ok()["data"]["name"], "t", "others may go on in it");
}

#[tokio::test]
async fn the_last_messages_are_those_that_one_sees() {
    let thread = thread().await;
    let server = &thread.server;
    let first = server.text(&thread.app, "bob", &thread.id, "first").await;
    let last = server.text(&thread.app, "bob", &thread.id, "last").await;
    let body = json!({"threadIds": [thread.id, "9"]});
    let ask = |token| server.post("thread/message", token, body.clone());
    let answer = ask(&thread.bob).await;
    let rows = answer.ok()["entities"].as_array().unwrap().clone();
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0]["last_message"]["id"], last);
    assert_eq!(
        rows[0]["last_message"]["payload"]["bodies"][0]["msg"],
        "last"
    );
    let delete = format!(
        "sdk/message/roaming/group/user/bob?groupId={}&msgIdList={last}",
        thread.id
    );
    server.delete(&delete, &thread.bob).await.ok();
    let answer = ask(&thread.bob).await;
    assert_eq!(answer.ok()["entities"][0]["last_message"]["id"], first);
    let answer = ask(&thread.alice).await;
    assert_eq!(
        answer.ok()["entities"][0]["last_message"],
        json!({}),
        "alice is not in it"
    );
    let none = server
        .post("thread/message", &thread.bob, json!({"threadIds": []}))
        .await;
    none.refused(400, "invalid_parameter", "threadIds must be 1 to 20");
}
