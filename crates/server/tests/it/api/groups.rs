//! Groups.

use super::Server;
use serde_json::{Value, json};

pub(super) struct Group {
    pub(super) server: Server,
    pub(super) app: String,
    pub(super) alice: String,
    pub(super) bob: String,
    pub(super) carol: String,
    pub(super) id: String,
}

/// A group of alice's with bob in it; carol stands outside.
pub(super) async fn group(settings: Value) -> Group {
    let server = Server::new().await;
    let (app, alice) = (server.app_token().await, server.user("alice").await);
    let (bob, carol) = (server.user("bob").await, server.user("carol").await);
    let mut body = json!({"owner": "Alice", "groupname": "g", "desc": "d", "members": ["bob", "BOB", "alice"], "maxusers": "20", "invite_need_confirm": false});
    body.as_object_mut()
        .unwrap()
        .extend(settings.as_object().unwrap().clone());
    let id = server
        .post("chatgroups?resource=r", &alice, body)
        .await
        .ok()["data"]["groupid"]
        .as_str()
        .unwrap()
        .to_owned();
    Group {
        server,
        app,
        alice,
        bob,
        carol,
        id,
    }
}

impl Group {
    pub(super) fn path(&self, rest: &str) -> String {
        format!("chatgroups/{}{rest}", self.id)
    }

    pub(super) async fn members(&self) -> Vec<String> {
        let answer = self
            .server
            .get(&self.path("/users?limit=100"), &self.app)
            .await;
        let rows = answer.ok()["data"].as_array().unwrap().clone();
        rows.iter()
            .map(|row| {
                row.get("owner")
                    .or(row.get("member"))
                    .unwrap()
                    .as_str()
                    .unwrap()
                    .to_owned()
            })
            .collect()
    }
}

#[tokio::test]
async fn members_look_at_their_group() {
    let group = group(json!({})).await;
    let answer = group
        .server
        .get(&group.path("?joined_time=true"), &group.bob)
        .await;
    let shown = &answer.ok()["data"][0];
    assert_eq!(
        (
            &shown["id"],
            &shown["name"],
            &shown["description"],
            &shown["maxusers"]
        ),
        (&json!(group.id), &json!("g"), &json!("d"), &json!(20))
    );
    assert_eq!(
        (&shown["owner"], &shown["affiliations_count"]),
        (&json!("alice"), &json!(2))
    );
    assert_eq!(
        shown["affiliations"],
        json!([{"owner": "alice"}, {"member": "bob"}])
    );
    let answer = group
        .server
        .get(&group.path("/users?pagenum=2&pagesize=1"), &group.bob)
        .await;
    assert_eq!(answer.ok()["data"], json!([{"member": "bob"}]));
    let answer = group
        .server
        .get(
            &group.path("/users?limit=1&cursor=&joined_time=true"),
            &group.bob,
        )
        .await;
    assert_eq!(
        answer.ok()["data"],
        json!([{"owner": "alice", "joined_time": super::START_MS}])
    );
    let cursor = answer.json["cursor"].as_str().unwrap().to_owned();
    let answer = group
        .server
        .get(
            &group.path(&format!("/users?limit=1&cursor={cursor}")),
            &group.bob,
        )
        .await;
    assert_eq!(
        (&answer.ok()["data"], &answer.json["cursor"]),
        (&json!([{"member": "bob"}]), &json!(""))
    );
}

#[tokio::test]
async fn others_do_not_look_at_it() {
    let group = group(json!({})).await;
    let outside = "users [carol] are not members of this group!";
    for path in ["", "/users"] {
        group
            .server
            .get(&group.path(path), &group.carol)
            .await
            .refused(403, "forbidden_op", outside);
        group.server.get(&group.path(path), "").await.refused(
            401,
            "unauthorized",
            "Unable to authenticate (OAuth)",
        );
    }
    group.server.get("chatgroups/1", &group.bob).await.refused(
        404,
        "resource_not_found",
        "grpID 1 does not exist!",
    );
    group
        .server
        .get(&group.path("/users?pagesize=1001"), &group.bob)
        .await
        .refused(400, "illegal_argument", "parameter 'pagesize' is not legal");
}

#[tokio::test]
async fn users_list_their_groups() {
    let group = group(json!({})).await;
    let answer = group
        .server
        .get(
            "users/bob/joined_chatgroups?pagenum=1&pagesize=20&version=v3",
            &group.bob,
        )
        .await;
    assert!(
        answer.ok()["uri"]
            .as_str()
            .unwrap()
            .contains("joined_chatgroups")
    );
    assert_eq!(
        answer.json["data"],
        json!([{"id": group.id, "name": "g", "permission": "member", "disabled": false}])
    );
    let answer = group
        .server
        .get(
            "chatgroups/user/alice?pagenum=0&pagesize=20&needRole=true",
            &group.alice,
        )
        .await;
    let row = &answer.ok()["entities"][0];
    assert_eq!(
        (
            &row["groupId"],
            &row["permission"],
            &row["affiliations_count"]
        ),
        (&json!(group.id), &json!("owner"), &json!(2))
    );
    let answer = group
        .server
        .get("chatgroups/user/alice?pagenum=1&pagesize=20", &group.alice)
        .await;
    assert_eq!(answer.ok()["entities"], json!([]));
    assert_eq!(
        group
            .server
            .get(&group.path("/user/bob/is_joined"), &group.app)
            .await
            .ok()["data"],
        true
    );
    assert_eq!(
        group
            .server
            .get(&group.path("/user/carol/is_joined"), &group.app)
            .await
            .ok()["data"],
        false
    );
}

#[tokio::test]
async fn bad_groups_are_not_created() {
    let group = group(json!({})).await;
    let server = &group.server;
    let nobody = "username nobody doesn't exist!";
    let malformed = "Request body is invalid. Please check body is correct.";
    let long = "x".repeat(129);
    for (token, body, (status, error), text) in [
        (
            &group.bob,
            json!({"owner": "alice"}),
            (403, "forbidden_op"),
            "a user creates groups of its own",
        ),
        (
            &group.app,
            json!({"public": true}),
            (400, "invalid_parameter"),
            "owner must be provided",
        ),
        (
            &group.app,
            json!({"owner": "bob"}),
            (400, "invalid_parameter"),
            "group must contain public field!",
        ),
        (
            &group.app,
            json!({"owner": "nobody", "public": true}),
            (404, "resource_not_found"),
            nobody,
        ),
        (
            &group.bob,
            json!({"members": ["nobody"]}),
            (404, "resource_not_found"),
            nobody,
        ),
        (
            &group.bob,
            json!({"members": ["a b"]}),
            (400, "illegal_argument"),
            "parameter 'members' is not legal",
        ),
        (
            &group.bob,
            json!({"maxusers": -1}),
            (400, "illegal_argument"),
            "parameter 'maxusers' is not legal",
        ),
        (
            &group.bob,
            json!({"groupname": long}),
            (400, "invalid_parameter"),
            "groupname is too long",
        ),
        (
            &group.bob,
            json!({"public": "yes"}),
            (400, "invalid_request_body"),
            malformed,
        ),
    ] {
        let answer = server.post("chatgroups", token, body).await;
        answer.refused(status, error, text);
    }
    let answer = server.get("users/bob/joined_chatgroups", &group.bob).await;
    assert_eq!(answer.ok()["data"].as_array().unwrap().len(), 1);
    let good = json!({"owner": "bob", "public": true});
    server.post("chatgroups", &group.app, good).await.ok();
}

#[tokio::test]
async fn others_do_not_govern() {
    let group = group(json!({})).await;
    let server = &group.server;
    let owner_only = "only the owner of this group may do this";
    let staff_only = "only the owner and admins of this group may do this";
    let on_owner = "forbidden operation on group owner!";
    let not_member = "users [carol] are not members of this group!";
    for (path, token, text) in [
        ("/users/alice", &group.bob, staff_only),
        ("", &group.bob, owner_only),
        ("/users/alice", &group.alice, on_owner),
        ("/users/carol", &group.alice, not_member),
        ("/users/bob,carol", &group.alice, not_member),
        ("/quit", &group.alice, on_owner),
    ] {
        let answer = server.delete(&group.path(path), token).await;
        answer.refused(403, "forbidden_op", text);
    }
    let text = "parameter 'usernames' is not legal";
    server
        .delete(&group.path("/users/b%20b"), &group.alice)
        .await
        .refused(400, "illegal_argument", text);
    let carol = json!({"usernames": ["carol"]});
    let may_not_invite = "only the owner and admins of this group may invite";
    let may_not_join = format!(
        "can not join this group, reason: group {} needs an invitation",
        group.id
    );
    let (app_only, user_only) = ("this needs an app token", "this needs a user's token");
    for (path, token, body, text) in [
        ("/invite", &group.bob, carol.clone(), may_not_invite),
        ("/invite", &group.carol, carol, not_member),
        ("/users/carol", &group.alice, json!({}), app_only),
        (
            "/apply",
            &group.carol,
            json!({"message": ""}),
            &may_not_join,
        ),
        ("/apply", &group.app, json!({}), user_only),
    ] {
        let answer = server.post(&group.path(path), token, body).await;
        answer.refused(403, "forbidden_op", text);
    }
    assert_eq!(group.members().await, ["alice", "bob"]);
}

#[tokio::test]
async fn lists_of_names_have_bounds() {
    let group = group(json!({})).await;
    let server = &group.server;
    for body in [json!({}), json!({"usernames": []})] {
        server
            .post(&group.path("/invite"), &group.alice, body)
            .await
            .refused(400, "invalid_parameter", "usernames must be provided");
    }
    let many: Vec<String> = (0..61).map(|n| format!("u{n}")).collect();
    server
        .post(
            &group.path("/users"),
            &group.app,
            json!({"usernames": many}),
        )
        .await
        .refused(
            400,
            "invalid_parameter",
            "usernames size is more than max limit : 60",
        );
    assert_eq!(group.members().await, ["alice", "bob"]);
}

#[tokio::test]
async fn owners_and_the_app_govern() {
    let group = group(json!({})).await;
    let server = &group.server;
    let answer = server
        .post(
            &group.path("/invite?resource=r"),
            &group.alice,
            json!({"usernames": ["Carol", "carol"]}),
        )
        .await;
    assert_eq!(answer.ok()["data"].as_array().unwrap().len(), 1);
    assert_eq!(group.members().await, ["alice", "bob", "carol"]);
    let answer = server.delete(&group.path("/users/bob"), &group.alice).await;
    assert_eq!(
        answer.ok()["data"],
        json!({"result": true, "id": group.id, "groupid": group.id, "action": "remove_member", "user": "bob"})
    );
    server
        .delete(&group.path("/quit?resource=r"), &group.carol)
        .await
        .ok();
    let answer = server
        .post(&group.path("/users/bob"), &group.app, json!({}))
        .await;
    assert_eq!(answer.ok()["data"]["action"], "add_member");
    server
        .post(
            &group.path("/users"),
            &group.app,
            json!({"usernames": ["carol"]}),
        )
        .await
        .ok();
    let answer = server
        .delete(&group.path("/users/bob,carol"), &group.app)
        .await;
    assert_eq!(answer.ok()["data"].as_array().unwrap().len(), 2);
    assert_eq!(group.members().await, ["alice"]);
    server
        .delete(&group.path("?version=v3"), &group.alice)
        .await
        .ok();
    let text = format!("grpID {} does not exist!", group.id);
    server
        .get(&group.path(""), &group.alice)
        .await
        .refused(404, "resource_not_found", &text);
}

#[tokio::test]
async fn open_groups_let_anybody_in() {
    let group = group(json!({"public": true, "approval": false, "allowinvites": true})).await;
    group.server.get(&group.path(""), &group.carol).await.ok();
    group
        .server
        .raw("POST", &group.path("/apply?resource=r"), &group.carol, "")
        .await
        .ok();
    assert_eq!(group.members().await, ["alice", "bob", "carol"]);
    group
        .server
        .delete(&group.path("/quit"), &group.carol)
        .await
        .ok();
    group
        .server
        .post(
            &group.path("/invite"),
            &group.bob,
            json!({"usernames": ["carol"]}),
        )
        .await
        .ok();
    let again = "invite users to join group failed, already in group";
    group
        .server
        .post(
            &group.path("/invite"),
            &group.bob,
            json!({"usernames": ["carol"]}),
        )
        .await
        .refused(403, "forbidden_op", again);
    let again = format!(
        "can not join this group, reason:user: carol already in group: {}\n",
        group.id
    );
    let body = json!({"usernames": ["carol"]});
    group
        .server
        .post(&group.path("/users"), &group.app, body)
        .await
        .refused(403, "forbidden_op", &again);
}
