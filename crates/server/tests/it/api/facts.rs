//! What a client is told of deletions: when it asks, and along with the answer to a deletion.

use super::START_MS;
use super::deletions::{Chat, chat};
use serde_json::{Value, json};

const ROAMING: &str = "sdk/message/roaming";

/// A deletion in the conversation with bob.
fn fact(version: u64, from: &str, to: &str) -> Value {
    json!({"version": version.to_string(), "conversation": "bob", "type": "chat", "from": from, "to": to, "resource": ""})
}

#[tokio::test]
async fn facts_tell_what_is_gone() {
    let chat = chat().await;
    let base = "sdk/message/roaming/chat/user/alice";
    chat.server
        .delete(
            &format!("{base}?userId=bob&msgIdList={}", chat.ids[2]),
            &chat.alice,
        )
        .await
        .ok();
    chat.server
        .delete(
            &format!("{base}/time?userId=bob&delTime={START_MS}&isNotify=false"),
            &chat.alice,
        )
        .await
        .ok();
    let answer = chat
        .server
        .get("sdk/user/alice/deletions?since=0&limit=1", &chat.alice)
        .await;
    let fact = json!({"version": "1", "conversation": "bob", "type": "chat", "from": chat.ids[2], "to": chat.ids[2], "resource": ""});
    assert_eq!(
        *answer.ok(),
        json!({"facts": [fact], "version": "2", "more": true})
    );
    let answer = chat
        .server
        .get("sdk/user/alice/deletions?since=1", &chat.alice)
        .await;
    let fact = json!({"version": "2", "conversation": "bob", "type": "chat", "from": "0", "to": chat.ids[0], "resource": ""});
    assert_eq!(
        *answer.ok(),
        json!({"facts": [fact], "version": "2", "more": false})
    );
    for (query, name) in [
        ("since=x", "since"),
        ("since=-1", "since"),
        ("limit=0", "limit"),
        ("limit=1001", "limit"),
    ] {
        let text = format!("parameter '{name}' is not legal");
        chat.server
            .get(&format!("sdk/user/alice/deletions?{query}"), &chat.alice)
            .await
            .refused(400, "illegal_argument", &text);
    }
}

impl Chat {
    /// Deletes in each of the four ways, with more parameters. The paths and methods are those of a client.
    fn calls(&self, more: &str) -> [(&'static str, String, String); 4] {
        let body = json!({"channel": "bob", "type": "chat", "delete_roam": true}).to_string();
        let user = "chat/user/alice";
        let second = &self.ids[1];
        [
            (
                "DELETE",
                format!("{ROAMING}/{user}?userId=bob&msgIdList={second}{more}"),
                String::new(),
            ),
            (
                "DELETE",
                format!("{ROAMING}/{user}/time?userId=bob&delTime={START_MS}{more}"),
                String::new(),
            ),
            (
                "POST",
                format!("{ROAMING}/user/alice/delete/all?resource={more}"),
                String::new(),
            ),
            (
                "DELETE",
                format!("users/alice/user_channel?resource={more}"),
                body,
            ),
        ]
    }
}

#[tokio::test]
async fn a_deletion_that_is_asked_to_tells_the_facts() {
    for (index, through) in [(0, 1), (1, 0), (2, 4), (3, 4)] {
        let chat = chat().await;
        let third = &chat.ids[3];
        let path = format!("{ROAMING}/chat/user/alice?userId=bob&msgIdList={third}");
        chat.server.delete(&path, &chat.alice).await.ok();
        let (before, through) = (fact(1, third, third), &chat.ids[through]);
        let from = if index == 0 { through } else { "0" };
        let own = fact(2, from, through);
        // A floor says what a range below it says.
        let all = if index < 2 {
            json!([before, own])
        } else {
            json!([own])
        };

        let (method, path, body) = chat.calls("&since=0")[index].clone();
        let answer = chat.server.raw(method, &path, &chat.alice, body).await;
        let told = answer.ok();
        assert_eq!(told["facts"], all, "{path}");
        let (version, more) = (&told["version"], &told["more"]);
        let asked = chat
            .server
            .get("sdk/user/alice/deletions?since=0", &chat.alice);
        let asked = asked.await.ok().clone();
        assert_eq!(
            asked,
            json!({"facts": all, "version": version, "more": more})
        );
    }
}

#[tokio::test]
async fn a_deletion_tells_what_came_after_the_version_only() {
    let chat = chat().await;
    let [(method, by_id, _), (_, by_time, _), ..] = chat.calls("&since=1");
    let answer = chat.server.raw(method, &by_id, &chat.alice, "").await;
    let want = json!({"requestStatusCode": "ok", "timestamp": START_MS + 5000, "facts": [], "version": "1", "more": false});
    assert_eq!(*answer.ok(), want);
    let answer = chat.server.raw(method, &by_time, &chat.alice, "").await;
    let own = fact(2, "0", &chat.ids[0]);
    let want = json!({"requestStatusCode": "ok", "timestamp": START_MS + 5000, "facts": [own], "version": "2", "more": false});
    assert_eq!(*answer.ok(), want);
}

#[tokio::test]
async fn a_deletion_that_is_not_asked_to_tells_nothing() {
    for more in ["", "&since="] {
        let chat = chat().await;
        for (method, path, body) in chat.calls(more) {
            let answer = chat.server.raw(method, &path, &chat.alice, body).await;
            if path.contains("user_channel") {
                assert_eq!(answer.ok()["data"], json!({"result": "ok"}));
                for key in ["facts", "version", "more"] {
                    assert!(answer.json.get(key).is_none(), "{key} in {}", answer.text);
                }
            } else {
                let now = START_MS + 5000;
                let want = format!("{{\"requestStatusCode\":\"ok\",\"timestamp\":{now}}}");
                answer.ok();
                assert_eq!(answer.text, want, "{path}");
            }
        }
    }
}

#[tokio::test]
async fn a_version_that_is_none_deletes_nothing() {
    let chat = chat().await;
    for since in ["x", "-1", "1.0", "18446744073709551616"] {
        for (method, path, body) in chat.calls(&format!("&since={since}")) {
            chat.server
                .raw(method, &path, &chat.alice, body)
                .await
                .refused(400, "illegal_argument", "parameter 'since' is not legal");
        }
    }
    chat.unchanged().await;
}
