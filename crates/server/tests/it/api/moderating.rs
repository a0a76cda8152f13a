//! Who may speak in a group, and who may not be in it.

use super::START_MS;
use super::groups::group;
use super::managing::{STAFF_ONLY, events};
use lacuna_proto::pb::muc_body::Operation;
use serde_json::{Value, json};

#[tokio::test]
async fn the_muted_are_silent_until_it_ends() {
    let group = group(json!({})).await;
    let mute = |ms: i64| json!({"usernames": ["bob"], "mute_duration": ms});
    group
        .forbidden("POST /mute", &group.bob, mute(1), STAFF_ONLY)
        .await;
    let done = group.done("POST /mute", &group.alice, mute(1000)).await;
    assert_eq!(
        done,
        json!([{"result": true, "expire": START_MS + 1000, "user": "bob"}])
    );
    let is_muted = async || {
        let path = format!("sdk/chatgroups/{}/mute/bob?version=v3", group.id);
        group.server.get(&path, &group.bob).await.ok()["data"].clone()
    };
    assert!(!group.may_send("bob").await && is_muted().await == true);
    let listed = group.done("GET /mute", &group.alice, Value::Null).await;
    assert_eq!(listed, json!([{"user": "bob", "expire": START_MS + 1000}]));
    group.server.pass_ms(1000);
    assert!(group.may_send("bob").await && is_muted().await == false);
    let done = group.done("POST /mute", &group.alice, mute(-1)).await;
    assert_eq!(done[0]["expire"], 4_638_873_600_000_u64);
    group.server.pass_ms(1_000_000_000);
    assert!(!group.may_send("bob").await);
    let done = group
        .done("DELETE /mute/bob", &group.alice, Value::Null)
        .await;
    assert_eq!(done, json!([{"result": true, "user": "bob"}]));
    group
        .done("DELETE /mute/bob", &group.alice, Value::Null)
        .await;
    assert!(group.may_send("bob").await);
    for (body, text) in [
        (
            json!({"usernames": ["bob"]}),
            "mute_duration must be provided",
        ),
        (json!({"mute_duration": 1}), "usernames must be provided"),
    ] {
        let answer = group.call("POST /mute", &group.alice, body).await;
        answer.refused(400, "invalid_parameter", text);
    }
    let text = "parameter 'mute_duration' is not legal";
    let answer = group.call("POST /mute", &group.alice, mute(0)).await;
    answer.refused(400, "illegal_argument", text);
    group
        .forbidden("GET /mute", &group.bob, Value::Null, STAFF_ONLY)
        .await;
    let events = events(&group.server, &group.id, "bob").await;
    let muted = events
        .iter()
        .find(|event| event.operation() == Operation::AddMute)
        .unwrap();
    let facts: Value = serde_json::from_str(muted.ext()).unwrap();
    assert_eq!(facts, json!({"user_mute_time": {"bob": START_MS + 1000}}));
    let lifted = (Operation::RemoveMute, "bob".to_owned());
    assert_eq!(
        group
            .told("alice")
            .await
            .iter()
            .filter(|event| **event == lifted)
            .count(),
        1
    );
}

#[tokio::test]
async fn the_owner_mutes_admins() {
    let group = group(json!({})).await;
    let admin = json!({"newadmin": "bob"});
    group.done("POST /admin", &group.alice, admin).await;
    let mute = json!({"usernames": ["bob"], "mute_duration": -1});
    group.done("POST /mute", &group.alice, mute).await;
    assert!(!group.may_send("bob").await);
    let only = "only the owner of this group may do this to an admin";
    group
        .forbidden("DELETE /mute/bob", &group.bob, Value::Null, only)
        .await;
    assert!(!group.may_send("bob").await);
    let path = "DELETE /mute/bob";
    group.done(path, &group.alice, Value::Null).await;
    assert!(group.may_send("bob").await);
}

#[tokio::test]
async fn all_are_muted_but_some() {
    let group = group(json!({"members": ["bob", "carol"]})).await;
    group
        .forbidden("POST /ban", &group.bob, Value::Null, STAFF_ONLY)
        .await;
    let done = group.done("POST /ban", &group.alice, Value::Null).await;
    assert_eq!(done, json!({"mute": true}));
    assert_eq!(
        group.done("GET ", &group.bob, Value::Null).await[0]["mute"],
        true
    );
    assert!(!group.may_send("bob").await && group.may_send("alice").await);
    let done = group
        .done(
            "POST /white/users",
            &group.alice,
            json!({"usernames": ["bob"]}),
        )
        .await;
    let row = json!([{"result": true, "action": "add_user_whitelist", "id": group.id, "groupid": group.id, "user": "bob"}]);
    assert_eq!(done, row);
    assert!(group.may_send("bob").await && !group.may_send("carol").await);
    assert_eq!(
        group
            .done("GET /white/users", &group.alice, Value::Null)
            .await,
        json!(["bob"])
    );
    let is = group
        .done("GET /white/users/carol", &group.carol, Value::Null)
        .await;
    assert_eq!(is, json!({"member": "carol", "white": false}));
    let is = group
        .done("GET /white/users/bob", &group.app, Value::Null)
        .await;
    assert_eq!(is["white"], true);
    group
        .forbidden(
            "GET /white/users/bob",
            &group.carol,
            Value::Null,
            STAFF_ONLY,
        )
        .await;
    group
        .done("DELETE /white/users/bob,carol", &group.alice, Value::Null)
        .await;
    assert!(!group.may_send("bob").await);
    let done = group.done("DELETE /ban", &group.alice, Value::Null).await;
    assert_eq!(done, json!({"mute": false}));
    assert!(group.may_send("bob").await);
    let told: Vec<Operation> = group
        .told("bob")
        .await
        .into_iter()
        .map(|(op, _)| op)
        .collect();
    let about_mutes = [
        Operation::BanGroup,
        Operation::AddUserWhiteList,
        Operation::RemoveUserWhiteList,
        Operation::RemoveBanGroup,
    ];
    assert!(told.ends_with(&about_mutes), "{told:?}");
}

#[tokio::test]
async fn the_banned_stay_out() {
    let group = group(json!({"public": true})).await;
    let names = json!({"usernames": ["bob", "carol"]});
    group
        .forbidden("POST /blocks/users", &group.bob, names.clone(), STAFF_ONLY)
        .await;
    let done = group.done("POST /blocks/users", &group.alice, names).await;
    assert_eq!(
        (&done[0]["action"], &done[1]["user"]),
        (&json!("add_blocks"), &json!("carol"))
    );
    assert_eq!(group.members().await, ["alice"]);
    assert_eq!(
        group
            .done("GET /blocks/users", &group.alice, Value::Null)
            .await,
        json!(["bob", "carol"])
    );
    let banned = "can not join this group, reason:user: bob is in the blacklist";
    group
        .forbidden("POST /apply", &group.bob, json!({}), banned)
        .await;
    let bob = json!({"usernames": ["bob"]});
    group
        .forbidden("POST /invite", &group.alice, bob.clone(), banned)
        .await;
    group
        .forbidden("POST /users", &group.app, bob, banned)
        .await;
    let told = group.told("bob").await;
    let kicked = [Operation::Ban, Operation::Kick].map(|operation| (operation, "bob".to_owned()));
    assert!(told.ends_with(&kicked), "{told:?}");
    let done = group
        .done("DELETE /blocks/users/bob,carol", &group.alice, Value::Null)
        .await;
    assert_eq!(done[0]["action"], "remove_blocks");
    group.done("POST /apply", &group.bob, Value::Null).await;
    assert!(
        group
            .told("carol")
            .await
            .contains(&(Operation::Allow, "carol".into()))
    );
    let answer = group
        .call("POST /blocks/users/nobody", &group.alice, json!({}))
        .await;
    answer.refused(404, "resource_not_found", "username nobody doesn't exist!");
}
