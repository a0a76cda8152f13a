//! Attributes, shared files and shields; and that rooms are managed alike.

use super::START_MS;
use super::groups::group;
use super::managing::{STAFF_ONLY, events};
use lacuna_domain::{DeviceId, Name};
use lacuna_proto::pb::MucBody;
use lacuna_proto::pb::muc_body::Operation;
use lacuna_server::service::{GroupRef, NewGroupRequest, NewSharedFile, Role};
use lacuna_store::{GroupSettings, Sender};
use serde_json::{Value, json};

#[tokio::test]
async fn members_have_attributes() {
    let group = group(json!({})).await;
    let of = |who: &str| {
        format!(
            "sdk/metadata/chatgroup/{}/user/{who}?resource=r&version=v3",
            group.id
        )
    };
    let set = async |who: &str, token: &str, changes: Value| {
        group
            .server
            .put(&of(who), token, json!({"metaData": changes}))
            .await
    };
    let done = set("bob", &group.bob, json!({"nick": "B", "mood": "fine"})).await;
    assert_eq!(done.ok()["data"], json!({"nick": "B", "mood": "fine"}));
    set("bob", &group.alice, json!({"mood": "", "hat": "red"}))
        .await
        .ok();
    let read = async |body: Value| {
        let path = format!("sdk/metadata/chatgroup/{}/get?version=v3", group.id);
        group.server.post(&path, &group.alice, body).await
    };
    let found = read(json!({"targets": ["bob", "alice"], "properties": []})).await;
    assert_eq!(
        found.ok()["data"],
        json!({"alice": {}, "bob": {"nick": "B", "hat": "red"}})
    );
    let found = read(json!({"targets": ["bob"], "properties": ["hat"]})).await;
    assert_eq!(found.ok()["data"], json!({"bob": {"hat": "red"}}));
    set("alice", &group.bob, json!({"a": "b"}))
        .await
        .refused(403, "forbidden_op", STAFF_ONLY);
    set("carol", &group.alice, json!({"a": "b"})).await.refused(
        403,
        "forbidden_op",
        "users [carol] are not members of this group!",
    );
    let long = "x".repeat(512);
    let many: serde_json::Map<String, Value> =
        (0..8).map(|n| (n.to_string(), json!(long))).collect();
    for (changes, number, code) in [
        (json!({"": "b"}), 60_005, "group_attribute_key_too_long"),
        (
            json!({"seventeen bytes..": "b"}),
            60_005,
            "group_attribute_key_too_long",
        ),
        (
            json!({"a": format!("{long}x")}),
            60_005,
            "group_attribute_value_too_long",
        ),
        (json!(many), 60_006, "group_attributes_too_large"),
    ] {
        let answer = set("bob", &group.bob, changes).await;
        assert_eq!(
            (
                answer.status,
                &answer.json["error_code"],
                &answer.json["code"]
            ),
            (400, &json!(number), &json!(code))
        );
    }
    let targets: Vec<String> = (0..11).map(|n| format!("u{n}")).collect();
    read(json!({"targets": targets})).await.refused(
        400,
        "invalid_parameter",
        "targets size is more than max limit : 10",
    );
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
async fn files_are_shared() {
    let group = group(json!({"members": ["bob", "carol"]})).await;
    let service = &group.server.service;
    let app = service.app("acme", "demo").await.unwrap();
    let id = lacuna_domain::GroupId::new(&group.id);
    let which = GroupRef {
        id: &id,
        room: false,
    };
    for (nth, user) in ["alice", "bob"].into_iter().enumerate() {
        let account = service.account(&app, user).await.unwrap();
        let actor = lacuna_server::service::Actor {
            app: std::sync::Arc::clone(&app),
            account,
            device: DeviceId::NONE,
        };
        let managed = service
            .managed(&app, which, Some(&actor), Role::Member)
            .await
            .unwrap();
        let file = NewSharedFile {
            id: format!("f{nth}"),
            name: "a.txt".into(),
            bytes: 7,
        };
        service.add_shared_file(&managed, file).await.unwrap();
        group.server.pass_ms(1);
    }
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
        json!({"result": true, "group_id": group.id, "file_id": "f1"})
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

#[tokio::test]
async fn rooms_are_managed_alike() {
    let group = group(json!({})).await;
    let (server, service) = (&group.server, &group.server.service);
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
    let room = service
        .create_group(&app, api, request)
        .await
        .unwrap()
        .id
        .as_str()
        .to_owned();
    let call = async |how: &str, token: &str, body: Value| {
        let (method, path) = how.split_once(' ').unwrap();
        server
            .raw(
                method,
                &format!("chatrooms/{room}{path}"),
                token,
                body.to_string(),
            )
            .await
    };
    for (how, body) in [
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
    ] {
        let answer = call(how, &group.alice, body).await;
        assert_eq!(answer.status, 200, "{how}: {}", answer.text);
    }
    let path = format!("sdk/chatrooms/{room}/mute/bob");
    assert_eq!(server.get(&path, &group.bob).await.ok()["data"], false);
    let all = events(server, &room, "bob").await;
    assert!(!all.is_empty() && all.iter().all(MucBody::is_chatroom));
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
    let answer = call("POST /users", &group.alice, json!({"usernames": ["bob"]})).await;
    answer.refused(403, "forbidden_op", again);
    let joined = server.get("users/bob/joined_chatgroups", &group.bob).await;
    assert_eq!(
        joined.ok()["data"].as_array().unwrap().len(),
        1,
        "rooms are no groups"
    );
}
