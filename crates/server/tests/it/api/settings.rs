//! What users say about themselves, and how they want to be notified.

use super::{START_MS, Server};
use serde_json::{Value, json};

const MUTED: &str = "users/alice/notification";

async fn set(server: &Server, token: &str, target: &str, body: Value) -> super::Answer {
    let path = format!("{MUTED}/{target}?resource=web_1");
    server.put(&path, token, body).await
}

#[tokio::test]
async fn a_pause_ends_by_itself() {
    let server = Server::new().await;
    let alice = server.user("alice").await;
    let paused = set(&server, &alice, "user/bob", json!({"ignoreDuration": 5000})).await;
    let until = json!({"ignoreDuration": START_MS + 5000});
    assert_eq!(paused.ok()["data"], until);
    server.pass_ms(4999);
    let path = format!("{MUTED}/user/bob");
    assert_eq!(server.get(&path, &alice).await.ok()["data"], until);
    server.pass_ms(1);
    assert_eq!(server.get(&path, &alice).await.ok()["data"], json!({}));
}

#[tokio::test]
async fn settings_add_up_until_they_are_cleared() {
    let server = Server::new().await;
    let alice = server.user("alice").await;
    set(&server, &alice, "chatgroup/7", json!({"type": "AT"}))
        .await
        .ok();
    let both = set(
        &server,
        &alice,
        "chatgroup/7",
        json!({"ignoreInterval": "1:0-2:0"}),
    )
    .await;
    assert_eq!(
        both.ok()["data"],
        json!({"type": "AT", "ignoreInterval": "1:0-2:0"})
    );
    let list = server.get(&format!("{MUTED}/mute/type"), &alice).await;
    assert_eq!(list.ok()["data"], json!([{"group": "7", "value": "AT"}]));
    set(&server, &alice, "chatgroup/7", json!({"type": "DEFAULT"}))
        .await
        .ok();
    let rest = server.get(&format!("{MUTED}?group=7&user="), &alice).await;
    let data = json!({"user": {}, "group": {"7": {"ignoreInterval": "1:0-2:0"}}});
    assert_eq!(rest.ok()["data"], data);
    let list = server.get(&format!("{MUTED}/mute/type"), &alice).await;
    assert_eq!(list.ok()["data"], json!([]));
    let all = set(&server, &alice, "user/Alice", json!({"type": "NONE"})).await;
    assert_eq!(
        all.ok()["data"],
        json!({"type": "NONE"}),
        "oneself stands for everything"
    );
}

#[tokio::test]
async fn what_makes_no_sense_is_refused() {
    let server = Server::new().await;
    let alice = server.user("alice").await;
    for (target, body, text) in [
        ("user/bob", json!({"type": "ANY"}), "type is not legal"),
        (
            "user/bob",
            json!({"ignoreInterval": "x"}),
            "ignoreInterval is not legal",
        ),
        (
            "user/bob",
            json!({"ignoreDuration": 604_800_001_u64}),
            "ignoreDuration is not legal",
        ),
        (
            "user/bob",
            json!({"ignoreDuration": "soon"}),
            "ignoreDuration is not legal",
        ),
        (
            "chatgroup/x",
            json!({"type": "ALL"}),
            "parameter 'chatgroup' is not legal",
        ),
        (
            "room/7",
            json!({"type": "ALL"}),
            "parameter 'type' is not legal",
        ),
    ] {
        let answer = set(&server, &alice, target, body).await;
        answer.refused(400, "illegal_argument", text);
    }
    set(
        &server,
        &alice,
        "user/bob",
        json!({"ignoreDuration": 604_800_000_u64}),
    )
    .await
    .ok();
    let many: Vec<String> = (0..21).map(|n| format!("u{n}")).collect();
    let path = format!("{MUTED}?user={}", many.join(","));
    assert_eq!(server.get(&path, &alice).await.status, 400);
    assert_eq!(
        server
            .get(&format!("{MUTED}/mute/type?cursor=x"), &alice)
            .await
            .status,
        400
    );
}

#[tokio::test]
async fn attributes_are_bounded_together() {
    let server = Server::new().await;
    let (alice, bob) = (server.user("alice").await, server.user("bob").await);
    let path = "metadata/user/alice";
    let fits = json!({"ext": "x".repeat(2045 - "own".len()), "own": ""});
    server.put(path, &alice, fits).await.ok();
    let over = server.put(path, &alice, json!({"own": "x"})).await;
    assert_eq!(
        (over.status, &over.json["code"]),
        (400, &json!("attributes_too_long"))
    );
    server.put(path, &alice, json!({"ext": "short"})).await.ok();
    let form = server.raw("PUT", path, &alice, "own=a%20b&sign=c d").await;
    let all = json!({"ext": "short", "own": "a b", "sign": "c d"});
    assert_eq!(form.ok()["data"], all);
    let asked = json!({"targets": ["Alice", "bob", "nobody", "not legal"], "properties": ["own"]});
    let found = server.post("metadata/user/get", &bob, asked).await;
    let rows = json!({"Alice": {"own": "a b"}, "bob": {}, "nobody": {}, "not legal": {}});
    assert_eq!(found.ok()["data"], rows);
    assert_eq!(
        server.put(path, &bob, json!({"own": "x"})).await.status,
        403
    );
    assert_eq!(server.put(path, &alice, json!({})).await.status, 400);
    server.delete(path, &alice).await.ok();
    assert_eq!(server.get(path, &bob).await.ok()["data"], json!({}));
}
