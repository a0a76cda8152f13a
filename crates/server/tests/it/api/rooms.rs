//! Chat rooms.

use super::Server;
use super::room_stays::come;
use lacuna_domain::limits::{
    ROOM_ATTRIBUTE_KEY_BYTES_MAX, ROOM_ATTRIBUTE_VALUE_BYTES_MAX, ROOM_ATTRIBUTES_MAX,
};
use lacuna_domain::{DeviceId, GroupId, Name};
use lacuna_server::delivery::Publication;
use lacuna_server::service::{Actor, RoomAct, Service};
use serde_json::{Value, json};
use std::sync::Arc;

pub(super) struct Room {
    pub(super) server: Server,
    pub(super) app: String,
    pub(super) alice: String,
    pub(super) bob: String,
    pub(super) id: String,
}

/// A room of alice's with bob in it.
async fn room_on(server: Server) -> Room {
    let (app, alice) = (server.app_token().await, server.user("alice").await);
    let bob = server.user("bob").await;
    let body = json!({"owner": "alice", "name": "hall", "description": "d", "maxusers": 3, "members": ["bob"]});
    let answer = server.post("chatrooms?resource=r", &alice, body).await;
    let id = answer.ok()["data"]["id"].as_str().unwrap().to_owned();
    Room {
        server,
        app,
        alice,
        bob,
        id,
    }
}

pub(super) async fn room() -> Room {
    room_on(Server::new().await).await
}

impl Room {
    pub(super) fn path(&self, rest: &str) -> String {
        format!("chatrooms/{}{rest}", self.id)
    }

    pub(super) async fn members(&self) -> Vec<String> {
        let path = self.path("/users?pagenum=1&pagesize=100");
        let answer = self.server.get(&path, &self.app).await;
        let rows = answer.ok()["data"].as_array().unwrap().clone();
        let name = |row: &Value| row.get("owner").or(row.get("member")).cloned();
        rows.iter()
            .map(|row| name(row).unwrap().as_str().unwrap().to_owned())
            .collect()
    }

    pub(super) async fn set(&self, token: &str, user: &str, values: Value) -> Value {
        let path = format!("metadata/chatroom/{}/user/{user}", self.id);
        let body = json!({"metaData": values, "autoDelete": "NO_DELETE"});
        self.server.put(&path, token, body).await.ok()["data"].clone()
    }
}

pub(super) async fn actor(service: &Arc<Service>, name: &str) -> Actor {
    let app = service.app("acme", "demo").await.unwrap();
    let account = service.account(&app, name).await.unwrap();
    Actor {
        app,
        account,
        device: DeviceId(77),
    }
}

#[tokio::test]
async fn rooms_are_made_listed_and_shown() {
    let room = room().await;
    let server = &room.server;
    let answer = server
        .get("chatrooms?pagenum=1&pagesize=10", &room.bob)
        .await;
    assert_eq!(
        answer.ok()["data"],
        json!([{"id": room.id, "name": "hall", "owner": "alice", "affiliations_count": 2}])
    );
    let answer = server.get("chatrooms?limit=1", &room.app).await;
    assert_eq!(answer.ok().get("cursor"), None, "there is no more");
    let answer = server.get(&room.path(""), &room.bob).await;
    let shown = &answer.ok()["data"][0];
    assert_eq!(
        shown["affiliations"],
        json!([{"owner": "alice"}, {"member": "bob"}])
    );
    assert_eq!(shown["maxusers"], 3);
    let answer = server
        .get(
            "users/bob/joined_chatrooms?pagenum=1&pagesize=20",
            &room.bob,
        )
        .await;
    assert_eq!(answer.ok()["data"][0]["description"], "d");
    let answer = server
        .get(
            "users/bob/joined_chatrooms?pagenum=2&pagesize=20",
            &room.bob,
        )
        .await;
    assert_eq!(answer.ok()["data"], json!([]));
    // A room is no group.
    let groups = server.get("users/bob/joined_chatgroups", &room.bob).await;
    assert_eq!(groups.ok()["data"], json!([]));
    let missing = format!("grpID {} does not exist!", room.id);
    let path = format!("chatgroups/{}", room.id);
    server
        .get(&path, &room.bob)
        .await
        .refused(404, "resource_not_found", &missing);
    server
        .delete(&path, &room.app)
        .await
        .refused(404, "resource_not_found", &missing);
    let body = json!({"usernames": ["bob"]});
    server
        .post(&format!("{path}/users"), &room.app, body)
        .await
        .refused(404, "resource_not_found", &missing);
}

#[tokio::test]
async fn bad_rooms_are_not_made() {
    let room = room().await;
    let (server, long) = (&room.server, "x".repeat(129));
    let cases = [
        (
            &room.bob,
            json!({"owner": "alice", "name": "n"}),
            403,
            "a user creates chat rooms of its own",
        ),
        (
            &room.app,
            json!({"name": "n"}),
            400,
            "owner must be provided",
        ),
        (
            &room.bob,
            json!({"owner": "bob"}),
            400,
            "name must be provided",
        ),
        (
            &room.bob,
            json!({"name": long}),
            400,
            "groupname is too long",
        ),
        (
            &room.bob,
            json!({"name": "n", "maxusers": 10_001}),
            400,
            "maxusers is more than the limit",
        ),
        (
            &room.bob,
            json!({"name": "n", "members": ["nobody"]}),
            404,
            "username nobody doesn't exist!",
        ),
        (
            &room.bob,
            json!({"name": "n", "maxusers": 1, "members": ["alice"]}),
            403,
            "members size is greater than max user size !",
        ),
    ];
    for (token, body, status, text) in cases {
        let answer = server.post("chatrooms", token, body.clone()).await;
        let found = (answer.status, &answer.json["error_description"]);
        assert_eq!(found, (status, &json!(text)), "{body}");
    }
}

#[tokio::test]
async fn rooms_are_changed_by_who_governs_them() {
    let room = room().await;
    let (server, path) = (&room.server, room.path(""));
    let change = |body| server.put(&path, &room.alice, body);
    change(json!({"maxusers": 1})).await.refused(
        403,
        "exceed_limit",
        "members size is greater than max user size !",
    );
    change(json!({"groupname": ""})).await.refused(
        400,
        "invalid_parameter",
        "name cannot be empty",
    );
    let answer = change(json!({"description": "new"})).await;
    assert_eq!(answer.ok()["data"], json!({"description": true}));
    let only = "only the owner and admins of this group may do this";
    server
        .put(&room.path(""), &room.bob, json!({"description": "mine"}))
        .await
        .refused(403, "forbidden_op", only);
    server
        .post(
            &room.path("/users"),
            &room.bob,
            json!({"usernames": ["bob"]}),
        )
        .await
        .refused(403, "forbidden_op", only);
}

#[tokio::test]
async fn the_server_api_fills_a_room_until_it_is_full() {
    let room = room().await;
    let server = &room.server;
    for user in ["carol", "dave"] {
        server.user(user).await;
    }
    let answer = server
        .post(&room.path("/users/carol"), &room.app, json!({}))
        .await;
    assert_eq!(
        answer.ok()["data"],
        json!({"result": true, "action": "add_member", "id": room.id, "groupid": room.id, "user": "carol"})
    );
    server
        .post(
            &room.path("/users"),
            &room.app,
            json!({"usernames": ["dave"]}),
        )
        .await
        .refused(403, "exceed_limit", "group member list is full!");
    assert_eq!(room.members().await, ["alice", "bob", "carol"]);
}

#[tokio::test]
async fn attributes_have_limits() {
    let room = room().await;
    let refused = |data: &Value, key: &str| data["errorKeys"].get(key).is_some();
    let (key, long_key) = (
        "k".repeat(ROOM_ATTRIBUTE_KEY_BYTES_MAX),
        "k".repeat(ROOM_ATTRIBUTE_KEY_BYTES_MAX + 1),
    );
    let (value, long_value) = (
        "v".repeat(ROOM_ATTRIBUTE_VALUE_BYTES_MAX),
        "v".repeat(ROOM_ATTRIBUTE_VALUE_BYTES_MAX + 1),
    );
    let values = json!({&key: value, &long_key: "v", "long": long_value, "b d": "v", "": "v"});
    let data = room.set(&room.bob, "bob", values).await;
    assert_eq!(data["successKeys"], json!([key]));
    for key in [&*long_key, "long", "b d", ""] {
        assert!(refused(&data, key), "{key}");
    }
    let values: serde_json::Map<String, Value> = (1..ROOM_ATTRIBUTES_MAX)
        .map(|n| (format!("n{n:03}"), json!("v")))
        .collect();
    let data = room.set(&room.bob, "bob", Value::Object(values)).await;
    assert_eq!(
        data["successKeys"].as_array().unwrap().len(),
        ROOM_ATTRIBUTES_MAX - 1
    );
    let data = room.set(&room.alice, "alice", json!({"more": "v"})).await;
    assert!(refused(&data, "more"), "{data}");
    // One that is there is set anew.
    let data = room.set(&room.bob, "bob", json!({"n001": "w"})).await;
    assert_eq!(data["successKeys"], json!(["n001"]));
}

#[tokio::test]
async fn attributes_are_of_who_set_them() {
    let room = room().await;
    let server = &room.server;
    room.set(&room.bob, "bob", json!({"a": "1", "b": "2"}))
        .await;
    let data = room
        .set(&room.alice, "alice", json!({"a": "x", "c": "3"}))
        .await;
    assert_eq!(data["successKeys"], json!(["c"]));
    assert_eq!(
        data["errorKeys"],
        json!({"a": "the attribute was set by somebody else"})
    );
    let forced = |user: &str| format!("metadata/chatroom/{}/user/{user}/forced", room.id);
    let body = json!({"metaData": {"c": "bob's"}});
    let answer = server.put(&forced("bob"), &room.bob, body).await;
    assert_eq!(
        answer.ok()["data"]["successKeys"],
        json!([]),
        "bob governs nothing"
    );
    let body = json!({"metaData": {"a": "alice's"}});
    let answer = server.put(&forced("alice"), &room.alice, body).await;
    assert_eq!(answer.ok()["data"]["successKeys"], json!(["a"]));
    let get = format!("metadata/chatroom/{}", room.id);
    let answer = server.post(&get, &room.bob, json!({})).await;
    assert_eq!(
        answer.ok()["data"],
        json!({"a": "alice's", "b": "2", "c": "3"})
    );
    let carol = server.user("carol").await;
    server.post(&get, &carol, json!({})).await.refused(
        403,
        "forbidden_op",
        "users [carol] are not members of this group!",
    );
}

#[tokio::test]
async fn history_is_open_only_where_the_app_says_so() {
    let closed = "this appKey not open message roaming";
    let room = room().await;
    let queue = format!("{}@conference.easemob.com", room.id);
    let body = json!({"queue": queue, "start": -1});
    let history = "users/bob/messageroaming";
    room.server
        .post(history, &room.bob, body.clone())
        .await
        .refused(400, "service open exception", closed);
    let delete = format!(
        "sdk/message/roaming/group/user/bob?groupId={}&msgIdList=1",
        room.id
    );
    let answer = room.server.delete(&delete, &room.bob).await;
    answer.refused(400, "service open exception", closed);
    let mut channel = json!({"channel": room.id, "type": "chatroom", "delete_roam": true});
    let path = "user/bob/user_channel?resource=r";
    let answer = room
        .server
        .raw("DELETE", path, &room.bob, channel.to_string())
        .await;
    answer.refused(400, "service open exception", closed);

    let open = Server::with(|config, app| {
        let key = format!("{}#{}", app.org, app.name);
        config.apps.entry(key).or_default().room_roaming = true;
    });
    let room = room_on(open.await).await;
    let send = json!({"from": "alice", "to": [room.id], "type": "txt", "body": {"msg": "hi"}});
    let answer = room
        .server
        .post("messages/chatrooms", &room.app, send)
        .await;
    let id = answer.ok()["data"][&room.id].as_str().unwrap().to_owned();
    let queue = format!("{}@conference.easemob.com", room.id);
    let seen = room.server.history(&room.bob, "bob", &queue).await;
    assert_eq!(seen.first(), Some(&id));
    let delete = format!(
        "sdk/message/roaming/group/user/bob?groupId={}&msgIdList={id}",
        room.id
    );
    room.server.delete(&delete, &room.bob).await.ok();
    assert!(
        room.server
            .history(&room.bob, "bob", &queue)
            .await
            .is_empty()
    );
    assert_eq!(
        room.server.history(&room.alice, "alice", &queue).await,
        [id]
    );
    channel["channel"] = room.id.clone().into();
    let path = "user/alice/user_channel?resource=r";
    let answer = room
        .server
        .raw("DELETE", path, &room.alice, channel.to_string())
        .await;
    answer.ok();
    let left = room.server.history(&room.alice, "alice", &queue).await;
    assert!(left.is_empty());
}

#[tokio::test]
async fn joining_tells_what_the_room_is_like() {
    let room = room().await;
    let service = &room.server.service;
    room.server.user("carol").await;
    let carol = actor(service, "carol").await;
    let id = GroupId::new(&room.id);
    let (_session, mut told) = come(service, "alice").await;
    let join = RoomAct::Join {
        id: id.clone(),
        ext: None,
        leave_others: false,
    };
    let body = service
        .act_in_room(&carol, join.clone())
        .await
        .unwrap()
        .note;
    assert!(body.is_some());
    let Ok(Publication::Online(event)) = told.try_recv() else {
        panic!("alice is told of carol");
    };
    assert_eq!(event.sender, Name::new("carol").unwrap());
    // Again: nothing new.
    assert!(
        service
            .act_in_room(&carol, join)
            .await
            .unwrap()
            .note
            .is_some()
    );
    assert!(told.try_recv().is_err());
    let leave = RoomAct::Leave { id };
    for _ in 0..2 {
        let left = service.act_in_room(&carol, leave.clone()).await.unwrap();
        assert_eq!(left.note, None);
    }
    assert!(matches!(told.try_recv(), Ok(Publication::Online(_))));
    assert!(told.try_recv().is_err());
}

#[tokio::test]
async fn with_an_account_go_its_places_and_its_rooms() {
    let room = room().await;
    let server = &room.server;
    let service = &server.service;
    // Alice owns the room and is not in it any more.
    let alice = actor(service, "alice").await;
    let leave = RoomAct::Leave {
        id: GroupId::new(&room.id),
    };
    service.act_in_room(&alice, leave).await.unwrap();
    server.delete("users/bob", &room.app).await.ok();
    assert!(room.members().await.is_empty());
    server.delete("users/alice", &room.app).await.ok();
    let missing = format!("grpID {} does not exist!", room.id);
    server
        .get(&room.path(""), &room.app)
        .await
        .refused(404, "resource_not_found", &missing);
}
