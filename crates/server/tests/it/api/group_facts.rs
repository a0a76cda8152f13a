//! Attributes, shared files and shields; and that rooms are managed alike.

use super::groups::{Group, group};
use super::managing::{STAFF_ONLY, event, events};
use super::room_stays::come;
use super::{Answer, START_MS};
use lacuna_domain::{DeviceId, GroupId, Name};
use lacuna_proto::pb::MucBody;
use lacuna_proto::pb::muc_body::Operation;
use lacuna_server::delivery::Publication;
use lacuna_server::service::{Actor, GroupRef, NewGroupRequest, NewSharedFile, Role};
use lacuna_store::{GroupSettings, Sender};
use serde_json::{Value, json};
use std::sync::Arc;

impl Group {
    async fn set(&self, who: &str, token: &str, changes: Value) -> Answer {
        let path = format!(
            "sdk/metadata/chatgroup/{}/user/{who}?resource=r&version=v3",
            self.id
        );
        self.server
            .put(&path, token, json!({"metaData": changes}))
            .await
    }

    async fn read(&self, token: &str, body: Value) -> Answer {
        let path = format!("sdk/metadata/chatgroup/{}/get?version=v3", self.id);
        self.server.post(&path, token, body).await
    }

    async fn share(&self, user: &str, file: &str) {
        let service = &self.server.service;
        let app = service.app("acme", "demo").await.unwrap();
        let id = GroupId::new(&self.id);
        let which = GroupRef {
            id: &id,
            room: false,
        };
        let actor = Actor {
            app: Arc::clone(&app),
            account: service.account(&app, user).await.unwrap(),
            device: DeviceId::NONE,
        };
        let managed = service.managed(&app, which, Some(&actor), Role::Member);
        let file = NewSharedFile {
            id: file.into(),
            name: "a.txt".into(),
            bytes: 7,
        };
        service
            .add_shared_file(&managed.await.unwrap(), file)
            .await
            .unwrap();
        self.server.pass_ms(1);
    }

    /// A room of alice's with bob and carol in it.
    async fn room(&self) -> String {
        let service = &self.server.service;
        let app = service.app("acme", "demo").await.unwrap();
        let name = |text: &str| Name::new(text).unwrap();
        let request = NewGroupRequest {
            owner: name("alice"),
            members: vec![name("bob"), name("carol")],
            settings: GroupSettings {
                room: true,
                ..GroupSettings::default()
            },
        };
        let api = Sender {
            name: Name::admin(),
            account: None,
            device: DeviceId::NONE,
        };
        let room = service.create_room(&app, api, request).await.unwrap();
        room.id.as_str().to_owned()
    }
}

#[tokio::test]
async fn members_have_attributes() {
    let group = group(json!({})).await;
    let done = group
        .set("bob", &group.bob, json!({"nick": "B", "mood": "fine"}))
        .await;
    assert_eq!(done.ok()["data"], json!({"nick": "B", "mood": "fine"}));
    let changes = json!({"mood": "", "hat": "red"});
    group.set("bob", &group.alice, changes).await.ok();
    let both = json!({"targets": ["bob", "alice"], "properties": []});
    let found = group.read(&group.alice, both).await;
    assert_eq!(
        found.ok()["data"],
        json!({"alice": {}, "bob": {"nick": "B", "hat": "red"}})
    );
    let one = json!({"targets": ["bob"], "properties": ["hat"]});
    let found = group.read(&group.bob, one.clone()).await;
    assert_eq!(found.ok()["data"], json!({"bob": {"hat": "red"}}));
    let changes = json!({"a": "b"});
    let outside = "users [carol] are not members of this group!";
    let answer = group.set("alice", &group.bob, changes.clone()).await;
    answer.refused(403, "forbidden_op", STAFF_ONLY);
    let answer = group.set("carol", &group.alice, changes).await;
    answer.refused(403, "forbidden_op", outside);
    let answer = group.read(&group.carol, one).await;
    answer.refused(403, "forbidden_op", outside);
    let events = events(&group.server, &group.id, "alice").await;
    let told = events
        .iter()
        .find(|event| event.operation() == Operation::GroupMemberMetadataUpdate)
        .unwrap();
    assert_eq!(told.from.as_ref().unwrap().client_resource(), "r");
    let facts: Value = serde_json::from_str(told.event_info.as_ref().unwrap().ext()).unwrap();
    assert_eq!(
        facts,
        json!({"username": "bob", "properties": {"nick": "B", "mood": "fine"}})
    );
}

#[tokio::test]
async fn attributes_have_bounds() {
    let group = group(json!({})).await;
    let long = "x".repeat(512);
    let many: serde_json::Map<String, Value> =
        (0..8).map(|n| (n.to_string(), json!(long))).collect();
    let (key, value) = (
        (60_005, "group_attribute_key_too_long"),
        (60_005, "group_attribute_value_too_long"),
    );
    for (changes, (number, code)) in [
        (json!({"": "b"}), key),
        (json!({"seventeen bytes..": "b"}), key),
        (json!({"a": format!("{long}x")}), value),
        (json!(many), (60_006, "group_attributes_too_large")),
    ] {
        let answer = group.set("bob", &group.bob, changes).await;
        let found = (
            answer.status,
            &answer.json["error_code"],
            &answer.json["code"],
        );
        assert_eq!(found, (400, &json!(number), &json!(code)));
    }
    let fits = json!({"sixteen bytes...": long});
    group.set("bob", &group.bob, fits).await.ok();
    let targets: Vec<String> = (0..11).map(|n| format!("u{n}")).collect();
    let answer = group.read(&group.bob, json!({"targets": targets})).await;
    let text = "targets size is more than max limit : 10";
    answer.refused(400, "invalid_parameter", text);
}

#[tokio::test]
async fn files_are_shared() {
    let group = group(json!({"members": ["bob", "carol"]})).await;
    group.share("alice", "f0").await;
    group.share("bob", "f1").await;
    let row = |id: &str, owner: &str, at: u64| json!({"file_id": id, "file_name": "a.txt", "file_owner": owner, "file_size": 7, "created": START_MS + at});
    let listed = group
        .done(
            "GET /share_files?pagenum=1&pagesize=10",
            &group.carol,
            Value::Null,
        )
        .await;
    assert_eq!(listed, json!([row("f1", "bob", 1), row("f0", "alice", 0)]));
    let second = group
        .done(
            "GET /share_files?pagenum=2&pagesize=1",
            &group.carol,
            Value::Null,
        )
        .await;
    assert_eq!(second, json!([row("f0", "alice", 0)]));
    let text = "only its owner and the owner and admins of this group may delete a file";
    group
        .forbidden("DELETE /share_files/f0", &group.bob, Value::Null, text)
        .await;
    let done = group
        .done("DELETE /share_files/f1?resource=r", &group.bob, Value::Null)
        .await;
    assert_eq!(
        done,
        json!({"result": true, "id": group.id, "group_id": group.id, "file_id": "f1"})
    );
    group
        .done("DELETE /share_files/f0", &group.alice, Value::Null)
        .await;
    let answer = group
        .call("DELETE /share_files/f0", &group.alice, Value::Null)
        .await;
    answer.refused(404, "resource_not_found", "share file f0 is not there");
    let told = group
        .told("carol")
        .await
        .into_iter()
        .map(|(operation, _)| operation);
    let told: Vec<Operation> = told.collect();
    assert!(told.ends_with(&[
        Operation::UploadFile,
        Operation::UploadFile,
        Operation::DeleteFile,
        Operation::DeleteFile
    ]));
}

#[tokio::test]
async fn shields_are_kept() {
    let group = group(json!({})).await;
    let shown =
        async || group.done("GET ", &group.bob, Value::Null).await[0]["shieldgroup"].clone();
    assert_eq!(shown().await, false);
    let done = group
        .done(
            "POST /shield?version=v3&resource=r",
            &group.bob,
            Value::Null,
        )
        .await;
    assert_eq!(
        (&done["result"], &done["user"]),
        (&json!(true), &json!("bob"))
    );
    assert_eq!(shown().await, true);
    group.done("DELETE /shield", &group.bob, Value::Null).await;
    assert_eq!(shown().await, false);
    let ignore =
        |value: bool| json!({"entities": [{format!("notification_ignore_{}", group.id): value}]});
    group
        .server
        .put("users/bob?resource=r", &group.bob, ignore(true))
        .await
        .ok();
    assert_eq!(shown().await, true);
    group
        .server
        .put("users/bob?resource=r", &group.bob, ignore(false))
        .await
        .ok();
    assert_eq!(shown().await, false);
    let text = "users [carol] are not members of this group!";
    group
        .forbidden("POST /shield", &group.carol, Value::Null, text)
        .await;
}

/// What is done to a room through its own paths.
fn room_calls() -> Vec<(&'static str, Value)> {
    vec![
        (
            "PUT ?resource=r",
            json!({"groupname": "hall", "description": "d", "maxusers": 9}),
        ),
        ("POST /admin?version=v3", json!({"newadmin": "bob"})),
        ("GET /admin", json!({})),
        (
            "POST /mute",
            json!({"usernames": ["carol"], "mute_duration": 5}),
        ),
        ("GET /mute", json!({})),
        ("DELETE /mute/carol", json!({})),
        ("POST /ban", json!({})),
        ("DELETE /ban", json!({})),
        ("POST /white/users", json!({"usernames": ["carol"]})),
        ("GET /white/users", json!({})),
        ("GET /white/users/carol", json!({})),
        ("DELETE /white/users/carol", json!({})),
        ("POST /announcement", json!({"announcement": "hi"})),
        ("GET /announcement", json!({})),
        ("GET /share_files", json!({})),
        ("POST /blocks/users/carol", json!({})),
        ("GET /blocks/users", json!({})),
        ("DELETE /blocks/users/carol", json!({})),
        ("POST /users", json!({"usernames": ["carol"]})),
        ("GET /users?limit=5", json!({})),
        ("DELETE /users/carol", json!({})),
        ("DELETE /admin/bob", json!({})),
    ]
}

#[tokio::test]
async fn rooms_are_managed_alike() {
    let group = group(json!({})).await;
    let (server, room) = (&group.server, group.room().await);
    let (_session, mut told) = come(&server.service, "bob").await;
    for (how, body) in room_calls() {
        let (method, path) = how.split_once(' ').unwrap();
        let path = format!("chatrooms/{room}{path}");
        let answer = server
            .raw(method, &path, &group.alice, body.to_string())
            .await;
        assert_eq!(answer.status, 200, "{how}: {}", answer.text);
    }
    let path = format!("sdk/chatrooms/{room}/mute/bob");
    assert_eq!(server.get(&path, &group.bob).await.ok()["data"], false);
    let mut all = Vec::new();
    while let Ok(publication) = told.try_recv() {
        if let Publication::Online(entry) = publication {
            all.extend(event(&entry.body));
        }
    }
    assert!(!all.is_empty() && all.iter().all(MucBody::is_chatroom));
    assert!(
        events(server, &room, "bob").await.is_empty(),
        "what happens in a room is kept nowhere"
    );
    let text = format!("grpID {room} does not exist!");
    let other = server
        .post(&format!("chatgroups/{room}/ban"), &group.alice, json!({}))
        .await;
    other.refused(404, "resource_not_found", &text);
    let text = format!("grpID {} does not exist!", group.id);
    let other = server
        .post(
            &format!("chatrooms/{}/ban", group.id),
            &group.alice,
            json!({}),
        )
        .await;
    other.refused(404, "resource_not_found", &text);
    let again = "can not join this chatroom, reason:user: bob is a member";
    let path = format!("chatrooms/{room}/users");
    let bob = json!({"usernames": ["bob"]});
    let answer = server.post(&path, &group.alice, bob).await;
    answer.refused(403, "forbidden_op", again);
    let joined = server.get("users/bob/joined_chatgroups", &group.bob).await;
    assert_eq!(
        joined.ok()["data"].as_array().unwrap().len(),
        1,
        "rooms are no groups"
    );
}
