//! Bringing messages in.

use super::{Answer, START_MS, Server};
use serde_json::{Value, json};

const DAY_MS: u64 = 86_400_000;

impl Server {
    async fn import(&self, app_token: &str, fields: Value) -> Answer {
        let mut body =
            json!({"from": "alice", "target": "bob", "type": "txt", "body": {"msg": "then"}});
        let group = fields["target"].is_string();
        body.as_object_mut()
            .unwrap()
            .extend(fields.as_object().unwrap().clone());
        let path = if group {
            "messages/chatgroups/import"
        } else {
            "messages/users/import"
        };
        self.post(path, app_token, body).await
    }

    /// How many messages of a user's first conversation are unread, and the time of the last.
    async fn first_row(&self, token: &str, me: &str) -> (u64, u64) {
        let path = format!("sdk/user/{me}/user_channels/list?limit=1");
        let answer = self.get(&path, token).await;
        let row = answer.ok()["data"]["channel_infos"][0].clone();
        let time = row["meta"]["timestamp"].as_u64().unwrap();
        (row["unread_num"].as_u64().unwrap(), time)
    }
}

fn id(answer: &Answer) -> String {
    answer.ok()["data"]["msg_id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn messages_come_in_with_their_times() {
    let server = Server::new().await;
    let (alice, bob) = (server.user("alice").await, server.user("bob").await);
    let app_token = server.app_token().await;
    let mut ids = Vec::new();
    for at in [START_MS - 2 * DAY_MS, START_MS - DAY_MS] {
        let answer = server.import(&app_token, json!({"msg_timestamp": at}));
        ids.insert(0, id(&answer.await));
        assert_eq!(server.first_row(&alice, "alice").await.1, at);
    }
    assert_eq!(
        server.first_row(&bob, "bob").await,
        (2, START_MS - DAY_MS),
        "unread, and of its time"
    );
    let text = json!({"msg_timestamp": (START_MS - 5).to_string(), "is_ack_read": true});
    ids.insert(0, id(&server.import(&app_token, text).await));
    assert_eq!(server.first_row(&bob, "bob").await, (0, START_MS - 5));
    ids.insert(0, id(&server.import(&app_token, json!({})).await));
    assert_eq!(server.first_row(&bob, "bob").await, (1, START_MS));
    for (token, me, queue) in [
        (&alice, "alice", "bob@easemob.com"),
        (&bob, "bob", "alice@easemob.com"),
    ] {
        assert_eq!(server.history(token, me, queue).await, ids);
    }
    // By their times they are deleted, too.
    let path = format!(
        "sdk/message/roaming/chat/user/bob/time?userId=alice&delTime={}",
        START_MS - DAY_MS
    );
    server.delete(&path, &bob).await.ok();
    assert_eq!(
        server.history(&bob, "bob", "alice@easemob.com").await,
        ids[..2]
    );
}

#[tokio::test]
async fn groups_take_them_as_well() {
    let server = Server::new().await;
    let (_, bob) = (server.user("alice").await, server.user("bob").await);
    let app_token = server.app_token().await;
    let group = json!({"owner": "alice", "groupname": "g", "public": true, "members": ["bob"]});
    let group = server.post("chatgroups", &app_token, group).await;
    let group = group.ok()["data"]["groupid"].as_str().unwrap().to_owned();
    server.pass_ms(DAY_MS);
    let at = START_MS + 1_000;
    let mut first = json!({"target": group, "msg_timestamp": at});
    let sent = id(&server.import(&app_token, first.clone()).await);
    let queue = format!("{group}@conference.easemob.com");
    assert_eq!(server.history(&bob, "bob", &queue).await, [sent]);
    assert_eq!(server.first_row(&bob, "bob").await, (1, at));
    first["is_ack_read"] = true.into();
    server.import(&app_token, first).await.ok();
    assert_eq!(server.first_row(&bob, "bob").await, (0, at));
    // Before the group was made there is nothing to continue.
    let early = json!({"target": group, "msg_timestamp": START_MS - DAY_MS});
    assert_eq!(server.import(&app_token, early).await.status, 400);
    let unknown = json!({"target": "404", "msg_timestamp": at});
    server.import(&app_token, unknown).await.refused(
        404,
        "resource_not_found",
        "grpID 404 does not exist!",
    );
}

#[tokio::test]
async fn what_makes_no_sense_is_refused() {
    let server = Server::new().await;
    let (_, bob) = (server.user("alice").await, server.user("bob").await);
    let app_token = server.app_token().await;
    let refused = async |fields: Value, text: &str| {
        let answer = server.import(&app_token, fields).await;
        answer.refused(400, "illegal_argument", text);
    };
    refused(json!({"body": null}), "message body not allow empty").await;
    refused(json!({"body": {}}), "message body not allow empty").await;
    refused(json!({"type": ""}), "type not allow empty").await;
    refused(
        json!({"type": "cmd", "body": {"action": "x"}}),
        "a command is no message to keep",
    )
    .await;
    let future = format!("msg_timestamp is in the future: it is {START_MS} now");
    refused(json!({"msg_timestamp": START_MS + 1}), &future).await;
    refused(
        json!({"msg_timestamp": 5}),
        "msg_timestamp is before 2014-12-03",
    )
    .await;
    refused(
        json!({"msg_timestamp": "x"}),
        "parameter 'msg_timestamp' is not legal",
    )
    .await;
    server.text(&app_token, "bob", "alice", "now").await;
    let early = format!(
        "msg_timestamp is before the last message of the conversation, which is of {START_MS}"
    );
    refused(json!({"msg_timestamp": START_MS - 1}), &early).await;
    assert_eq!(
        server.history(&bob, "bob", "alice@easemob.com").await.len(),
        1
    );
    let unknown = json!({"from": "alice", "target": "nobody", "type": "txt", "body": {"msg": "x"}});
    let path = "messages/users/import";
    server.post(path, &app_token, unknown).await.refused(
        404,
        "service_resource_not_found",
        "Service resource not found: user nobody",
    );
    server.post(path, &app_token, json!([])).await.refused(
        400,
        "invalid_request_body",
        "Request body is invalid. Please check body is correct.",
    );
}
