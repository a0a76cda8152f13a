//! One-way deletion.

use super::{START_MS, Server};
use serde_json::json;

const BOB: &str = "bob@easemob.com";
const ALICE: &str = "alice@easemob.com";
const SPELLINGS: [&str; 3] = [
    "sdk/message/roaming",
    "rest/message/roaming",
    "message/roaming",
];

pub(super) struct Chat {
    pub(super) server: Server,
    app: String,
    pub(super) alice: String,
    bob: String,
    pub(super) ids: Vec<String>,
}

/// Five texts between alice and bob, a second apart, oldest first.
pub(super) async fn chat() -> Chat {
    let server = Server::new().await;
    let (app, alice, bob) = (
        server.app_token().await,
        server.user("alice").await,
        server.user("bob").await,
    );
    let mut ids = Vec::new();
    for number in 0..5 {
        ids.push(
            server
                .text(
                    &app,
                    if number % 2 == 0 { "alice" } else { "bob" },
                    if number % 2 == 0 { "bob" } else { "alice" },
                    "hi",
                )
                .await,
        );
        server.pass_ms(1000);
    }
    Chat {
        server,
        app,
        alice,
        bob,
        ids,
    }
}

impl Chat {
    /// Both see everything still, and nothing is noted.
    pub(super) async fn unchanged(&self) {
        let all = vec![4, 3, 2, 1, 0];
        assert_eq!(self.seen().await, (all.clone(), all));
        let facts = self
            .server
            .get("sdk/user/alice/deletions", &self.alice)
            .await;
        assert_eq!(facts.ok()["facts"], json!([]));
    }

    /// What alice and bob see, by number, newest first.
    pub(super) async fn seen(&self) -> (Vec<usize>, Vec<usize>) {
        let number = |id: &String| self.ids.iter().position(|known| known == id).unwrap();
        let alice = self.server.history(&self.alice, "alice", BOB).await;
        let bob = self.server.history(&self.bob, "bob", ALICE).await;
        (
            alice.iter().map(number).collect(),
            bob.iter().map(number).collect(),
        )
    }
}

#[tokio::test]
async fn ids_go_for_the_caller_alone() {
    for spelling in SPELLINGS {
        let chat = chat().await;
        let path = format!(
            "{spelling}/chat/user/ALICE?userId=BOB&msgIdList={},{},{}&resource=web_1",
            chat.ids[1], chat.ids[3], chat.ids[1]
        );
        let answer = chat.server.delete(&path, &chat.alice).await;
        assert_eq!(
            *answer.ok(),
            json!({"requestStatusCode": "ok", "timestamp": START_MS + 5000})
        );
        assert_eq!(chat.seen().await, (vec![4, 2, 0], vec![4, 3, 2, 1, 0]));
        chat.server.delete(&path, &chat.app).await.ok();
        chat.server
            .raw("DELETE", &path, &chat.alice, "{\"a body\": 1}")
            .await
            .ok();
        assert_eq!(chat.seen().await, (vec![4, 2, 0], vec![4, 3, 2, 1, 0]));
    }
}

#[tokio::test]
async fn a_time_takes_what_is_at_it_and_before() {
    for (method, spelling) in [
        ("DELETE", SPELLINGS[0]),
        ("DELETE", SPELLINGS[1]),
        ("POST", SPELLINGS[1]),
    ] {
        let chat = chat().await;
        let path = |time: u64| {
            format!("{spelling}/chat/user/alice/time?userId=bob&delTime={time}&&resource=web_1")
        };
        chat.server
            .raw(method, &path(START_MS + 2000), &chat.alice, "")
            .await
            .ok();
        assert_eq!(chat.seen().await, (vec![4, 3], vec![4, 3, 2, 1, 0]));
        chat.server
            .raw(method, &path(START_MS), &chat.alice, "")
            .await
            .ok();
        assert_eq!(chat.seen().await, (vec![4, 3], vec![4, 3, 2, 1, 0]));
        let everything =
            format!("{spelling}/chat/user/alice/time?userId=bob&delTime=9999999999999");
        chat.server
            .raw(method, &everything, &chat.alice, "")
            .await
            .ok();
        assert_eq!(chat.seen().await, (vec![], vec![4, 3, 2, 1, 0]));
    }
}

#[tokio::test]
async fn everything_goes_for_the_caller_alone() {
    for spelling in SPELLINGS {
        let chat = chat().await;
        chat.server
            .raw(
                "POST",
                &format!("{spelling}/user/alice/delete/all?resource=web_1"),
                &chat.alice,
                "",
            )
            .await
            .ok();
        assert_eq!(chat.seen().await, (vec![], vec![4, 3, 2, 1, 0]));
    }
}

#[tokio::test]
async fn a_groups_messages_go_for_the_caller_alone() {
    let chat = chat().await;
    let body = json!({"owner": "alice", "groupname": "g", "members": ["bob"], "public": false});
    let group = chat.server.post("chatgroups", &chat.alice, body).await.ok()["data"]["groupid"]
        .as_str()
        .unwrap()
        .to_owned();
    let first = chat.server.text(&chat.app, "alice", &group, "one").await;
    chat.server.pass_ms(1000);
    let second = chat.server.text(&chat.app, "bob", &group, "two").await;
    let queue = format!("{group}@conference.easemob.com");
    chat.server
        .delete(
            &format!("sdk/message/roaming/group/user/alice?groupId={group}&msgIdList={second}"),
            &chat.alice,
        )
        .await
        .ok();
    assert_eq!(
        chat.server.history(&chat.alice, "alice", &queue).await,
        std::slice::from_ref(&first)
    );
    chat.server
        .delete(
            &format!(
                "rest/message/roaming/group/user/alice/time?groupId={group}&delTime={}",
                START_MS + 10_000
            ),
            &chat.app,
        )
        .await
        .ok();
    assert!(
        chat.server
            .history(&chat.alice, "alice", &queue)
            .await
            .is_empty()
    );
    assert_eq!(
        chat.server.history(&chat.bob, "bob", &queue).await,
        [second, first]
    );
}

/// The error and the text that a request is answered with.
type Refusal = (&'static str, String);

fn illegal(name: &str) -> Refusal {
    let text = format!("parameter '{name}' is not legal");
    ("illegal_argument", text)
}

fn missing(name: &str) -> Refusal {
    let text = format!("Required parameter '{name}' is not present");
    ("Bad Request", text)
}

/// Deletions by ids whose parameters are not right.
fn bad_ids(id: &str) -> Vec<(String, Refusal)> {
    let too_many = "delete msg list limit can not greater than 50".to_owned();
    let many = vec![id; 51].join(",");
    vec![
        (
            format!("chat/user/alice?userId=bob&msgIdList={many}"),
            ("param exception", too_many),
        ),
        ("chat/user/alice?userId=bob".into(), missing("msgIdList")),
        (
            "chat/user/alice?userId=bob&msgIdList=".into(),
            missing("msgIdList"),
        ),
        (format!("chat/user/alice?msgIdList={id}"), missing("userId")),
        (
            format!("chat/user/alice?groupId=1&msgIdList={id}"),
            missing("userId"),
        ),
        (
            format!("group/user/alice?userId=bob&msgIdList={id}"),
            missing("groupId"),
        ),
        (
            format!("chat/user/alice?userId=b%20b&msgIdList={id}"),
            illegal("userId"),
        ),
        (
            format!("group/user/alice?groupId=x&msgIdList={id}"),
            illegal("groupId"),
        ),
        (
            format!("chat/user/alice?userId=bob&msgIdList={id},x"),
            illegal("msgIdList"),
        ),
        (
            format!("chat/user/alice?userId=bob&msgIdList={id},"),
            illegal("msgIdList"),
        ),
        (
            format!("chat/user/alice?userId=bob&msgIdList={id},18446744073709551616"),
            illegal("msgIdList"),
        ),
        (
            format!("chat/user/alice?userId=bob&msgIdList=-{id}"),
            illegal("msgIdList"),
        ),
        (
            format!("chat/user/alice?userId=bob&msgIdList={id}&isNotify=maybe"),
            illegal("isNotify"),
        ),
    ]
}

/// Deletions by time whose parameters are not right.
fn bad_times() -> Vec<(String, Refusal)> {
    vec![
        ("chat/user/alice/time?userId=bob".into(), missing("delTime")),
        (
            "chat/user/alice/time?userId=bob&delTime=".into(),
            missing("delTime"),
        ),
        (
            "chat/user/alice/time?userId=bob&delTime=x".into(),
            illegal("delTime"),
        ),
        (
            "chat/user/alice/time?userId=bob&delTime=0".into(),
            illegal("delTime"),
        ),
        (
            "chat/user/alice/time?userId=bob&delTime=-1".into(),
            illegal("delTime"),
        ),
        ("chat/user/alice/time?delTime=9".into(), missing("userId")),
        (
            format!(
                "chat/user/alice/time?userId=bob&delTime={}&isNotify=1",
                START_MS + 9000
            ),
            illegal("isNotify"),
        ),
    ]
}

#[tokio::test]
async fn bad_calls_change_nothing() {
    let chat = chat().await;
    for (path, (error, text)) in bad_ids(&chat.ids[0]).into_iter().chain(bad_times()) {
        for spelling in SPELLINGS {
            let token = if spelling == SPELLINGS[1] {
                &chat.app
            } else {
                &chat.alice
            };
            chat.server
                .delete(&format!("{spelling}/{path}"), token)
                .await
                .refused(400, error, &text);
        }
    }
    chat.unchanged().await;
}

#[tokio::test]
async fn strangers_change_nothing() {
    let chat = chat().await;
    let ids = chat.ids.join(",");
    let all = format!("userId=bob&msgIdList={ids}");
    let foreign = "the token does not speak for alice";
    for path in [
        format!("chat/user/alice?{all}"),
        "chat/user/alice/time?userId=bob&delTime=99999999999999".into(),
    ] {
        chat.server
            .delete(&format!("sdk/message/roaming/{path}"), &chat.bob)
            .await
            .refused(403, "forbidden_op", foreign);
        chat.server
            .delete(&format!("sdk/message/roaming/{path}"), "")
            .await
            .refused(401, "unauthorized", "Unable to authenticate (OAuth)");
    }
    chat.server
        .post(
            "sdk/message/roaming/user/alice/delete/all",
            &chat.bob,
            json!({}),
        )
        .await
        .refused(403, "forbidden_op", foreign);
    let unknown = "Service resource not found: user nobody";
    chat.server
        .delete(
            &format!("rest/message/roaming/chat/user/nobody?{all}"),
            &chat.app,
        )
        .await
        .refused(404, "service_resource_not_found", unknown);
    chat.server
        .delete(
            &format!("sdk/message/roaming/mail/user/alice?{all}"),
            &chat.alice,
        )
        .await
        .refused(
            404,
            "resource_not_found",
            "no kind of conversation is called mail",
        );
    chat.unchanged().await;
}

#[tokio::test]
async fn what_is_not_there_is_deleted_with_success() {
    let chat = chat().await;
    let fifty: Vec<String> = (1..=50).map(|id: u64| id.to_string()).collect();
    let paths = [
        format!("chat/user/alice?userId=bob&msgIdList={}", fifty.join(",")),
        format!("chat/user/alice?userId=nobody&msgIdList={}", chat.ids[0]),
        format!("group/user/alice?groupId=99&msgIdList={}", chat.ids[0]),
        "chat/user/alice/time?userId=nobody&delTime=99999999999999".into(),
        "group/user/alice/time?groupId=99&delTime=99999999999999".into(),
    ];
    for path in paths {
        chat.server
            .delete(&format!("sdk/message/roaming/{path}"), &chat.alice)
            .await
            .ok();
    }
    assert_eq!(
        chat.seen().await,
        (vec![4, 3, 2, 1, 0], vec![4, 3, 2, 1, 0])
    );
}

#[tokio::test]
async fn the_switch_refuses_all_five() {
    let server = Server::with(|_, app| app.roaming_delete = false).await;
    let (app, alice) = (server.app_token().await, server.user("alice").await);
    server.user("bob").await;
    let id = server.text(&app, "bob", "alice", "hi").await;
    let text = "this appKey not open message roaming";
    for path in [
        format!("chat/user/alice?userId=bob&msgIdList={id}"),
        format!("group/user/alice?groupId=1&msgIdList={id}"),
        "chat/user/alice/time?userId=bob&delTime=99999999999999".into(),
        "group/user/alice/time?groupId=1&delTime=99999999999999".into(),
    ] {
        server
            .delete(&format!("sdk/message/roaming/{path}"), &alice)
            .await
            .refused(400, "service open exception", text);
    }
    server
        .post(
            "sdk/message/roaming/user/alice/delete/all",
            &alice,
            json!({}),
        )
        .await
        .refused(400, "service open exception", text);
    assert_eq!(server.history(&alice, "alice", BOB).await, [id]);
    let body = json!({"channel": "bob", "type": "chat", "delete_roam": true}).to_string();
    server
        .raw("DELETE", "users/alice/user_channel", &alice, body)
        .await
        .ok();
    assert!(
        server.history(&alice, "alice", BOB).await.is_empty(),
        "a conversation is deleted whatever the switch says"
    );
}
