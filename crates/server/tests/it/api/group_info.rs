//! Settings, announcements, disabled groups, lists of groups.

use super::groups::group;
use super::managing::{STAFF_ONLY, events};
use lacuna_proto::pb::MucBody;
use lacuna_proto::pb::muc_body::Operation;
use serde_json::{Value, json};

#[tokio::test]
async fn settings_change() {
    let group = group(json!({})).await;
    let change = json!({"groupname": "new", "description": "newer", "custom": "{}", "avatar": "http://a", "maxusers": "3", "public": true, "membersonly": true, "allowinvites": true, "invite_need_confirm": true});
    group
        .forbidden("PUT ", &group.bob, change.clone(), STAFF_ONLY)
        .await;
    group
        .done("POST /admin", &group.alice, json!({"newadmin": "bob"}))
        .await;
    let done = group
        .done("PUT ?resource=r", &group.bob, change.clone())
        .await;
    assert_eq!(done.as_object().unwrap().len(), 9);
    let shown = group.done("GET ", &group.alice, Value::Null).await[0].clone();
    for (key, field) in [
        ("groupname", "name"),
        ("description", "description"),
        ("custom", "custom"),
        ("avatar", "avatar"),
        ("public", "public"),
        ("membersonly", "membersonly"),
        ("allowinvites", "allowinvites"),
    ] {
        assert_eq!(shown[field], change[key], "{field}");
    }
    assert_eq!(shown["maxusers"], 3);
    group
        .done("PUT ", &group.alice, json!({"groupname": "newest"}))
        .await;
    assert_eq!(
        group.done("GET ", &group.alice, Value::Null).await[0]["description"],
        "newer"
    );
    let events = events(&group.server, &group.id, "alice").await;
    let updated = events
        .iter()
        .find(|event| event.operation() == Operation::Update)
        .unwrap();
    let facts: Value = serde_json::from_str(updated.event_info.as_ref().unwrap().ext()).unwrap();
    assert_eq!(
        (&facts["name"], &facts["max_users"], &facts["members_only"]),
        (&json!("new"), &json!(3), &json!(true))
    );
}

#[tokio::test]
async fn settings_have_bounds() {
    let group = group(json!({})).await;
    for (body, status, error, text) in [
        (json!({}), 400, "invalid_parameter", "nothing to change"),
        (
            json!({"groupname": "x".repeat(129)}),
            400,
            "invalid_parameter",
            "groupname is too long",
        ),
        (
            json!({"description": "x".repeat(513)}),
            400,
            "invalid_parameter",
            "description is too long",
        ),
        (
            json!({"custom": "x".repeat(8193)}),
            400,
            "invalid_parameter",
            "custom is too long",
        ),
        (
            json!({"avatar": "x".repeat(1025)}),
            400,
            "invalid_parameter",
            "avatar is too long",
        ),
        (
            json!({"maxusers": 1}),
            403,
            "exceed_limit",
            "members size is greater than max user size !",
        ),
    ] {
        let answer = group.call("PUT ", &group.alice, body).await;
        answer.refused(status, error, text);
    }
}

#[tokio::test]
async fn announcements_are_heard() {
    let group = group(json!({})).await;
    let say = |text: &str| json!({"announcement": text});
    let none = group
        .done("GET /announcement", &group.bob, Value::Null)
        .await;
    assert_eq!(none, say(""));
    group
        .forbidden("POST /announcement", &group.bob, say("x"), STAFF_ONLY)
        .await;
    let done = group
        .done("POST /announcement", &group.alice, say("hear, hear"))
        .await;
    assert_eq!(done, json!({"id": group.id, "result": true}));
    assert_eq!(
        group
            .done("GET /announcement", &group.bob, Value::Null)
            .await,
        say("hear, hear")
    );
    group
        .done("POST /announcement", &group.alice, say(&"ü".repeat(512)))
        .await;
    for (body, text) in [
        (say(&"x".repeat(513)), "announcement is too long"),
        (json!({}), "announcement must be provided"),
    ] {
        let answer = group.call("POST /announcement", &group.alice, body).await;
        answer.refused(400, "invalid_parameter", text);
    }
    group
        .done("POST /announcement", &group.alice, say(""))
        .await;
    assert_eq!(
        group
            .done("GET /announcement", &group.bob, Value::Null)
            .await,
        say("")
    );
    let events = events(&group.server, &group.id, "bob").await;
    let heard = events
        .iter()
        .filter(|event| event.operation() == Operation::UpdateAnnouncement);
    assert_eq!(heard.map(MucBody::reason).next(), Some("hear, hear"));
    assert_eq!(
        events.last().unwrap().operation(),
        Operation::DeleteAnnouncement
    );
}

#[tokio::test]
async fn disabled_groups_stand_still() {
    let group = group(json!({"public": true})).await;
    group
        .forbidden(
            "POST /disable",
            &group.alice,
            json!({}),
            "this needs an app token",
        )
        .await;
    let done = group.done("POST /disable", &group.app, Value::Null).await;
    assert_eq!(done, json!({"disabled": true}));
    let text = "can not operate this group, reason: group is disabled";
    for (how, token, body) in [
        ("PUT ", &group.alice, json!({"groupname": "x"})),
        (
            "POST /invite",
            &group.alice,
            json!({"usernames": ["carol"]}),
        ),
        ("POST /apply", &group.carol, json!({})),
        ("POST /ban", &group.alice, Value::Null),
    ] {
        group.forbidden(how, token, body, text).await;
    }
    assert!(!group.may_send("alice").await);
    let joined = group
        .server
        .get("users/bob/joined_chatgroups", &group.bob)
        .await;
    assert_eq!(joined.ok()["data"][0]["disabled"], true);
    assert_eq!(
        group.done("GET ", &group.bob, Value::Null).await[0]["disabled"],
        true
    );
    group.done("POST /users/carol", &group.app, json!({})).await;
    group.done("POST /enable", &group.app, Value::Null).await;
    assert!(group.may_send("carol").await);
}

#[tokio::test]
async fn groups_are_listed() {
    let group = group(json!({"public": true})).await;
    let server = &group.server;
    let mut ids = vec![group.id.clone()];
    for public in [false, true, true] {
        let body = json!({"owner": "carol", "groupname": "more", "public": public});
        let made = server.post("chatgroups", &group.app, body).await;
        ids.push(made.ok()["data"]["groupid"].as_str().unwrap().to_owned());
    }
    let page = server
        .get(
            "publicchatgroups?version=v3&limit=2&cursor=undefined",
            &group.bob,
        )
        .await;
    assert_eq!(
        page.ok()["data"],
        json!([{"id": ids[0], "name": "g"}, {"id": ids[2], "name": "more"}])
    );
    let cursor = page.json["cursor"].as_str().unwrap();
    let page = server
        .get(
            &format!("publicchatgroups?limit=2&cursor={cursor}"),
            &group.bob,
        )
        .await;
    assert_eq!(page.ok()["data"], json!([{"id": ids[3], "name": "more"}]));
    assert_eq!(page.json["cursor"], "");
    let page = server.get("chatgroups?limit=10", &group.app).await;
    let rows = page.ok()["data"].as_array().unwrap().clone();
    assert_eq!(
        rows.iter()
            .map(|row| row["groupid"].as_str().unwrap())
            .collect::<Vec<_>>(),
        ids
    );
    assert_eq!(
        (&rows[0]["owner"], &rows[0]["affiliations"]),
        (&json!("alice"), &json!(2))
    );
    server.get("chatgroups", &group.bob).await.refused(
        403,
        "forbidden_op",
        "this needs an app token",
    );
    let answer = server
        .get("chatgroups/user/carol/joined_count", &group.carol)
        .await;
    assert_eq!(answer.ok()["data"], 3);
    let both = server
        .get(&format!("chatgroups/{},{}", ids[0], ids[2]), &group.bob)
        .await;
    assert_eq!(
        (
            both.ok()["data"][1]["id"].as_str().unwrap(),
            &both.json["count"]
        ),
        (ids[2].as_str(), &json!(2))
    );
}
