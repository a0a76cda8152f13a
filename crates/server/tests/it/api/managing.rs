//! Managing groups and rooms: who may what, and what it does.

use super::groups::{Group, group};
use super::{Answer, Server};
use axum::body::Bytes;
use lacuna_domain::{DeviceId, Target, Version};
use lacuna_proto::pb::muc_body::Operation;
use lacuna_proto::pb::{Meta, MucBody};
use lacuna_store::{EventItem, EventQuery, InboxQuery, Sender};
use prost::Message;
use serde_json::{Value, json};

pub(super) const OWNER_ONLY: &str = "only the owner of this group may do this";
pub(super) const STAFF_ONLY: &str = "only the owner and admins of this group may do this";
pub(super) const ON_OWNER: &str = "forbidden operation on group owner!";

impl Group {
    pub(super) async fn call(&self, how: &str, token: &str, body: Value) -> Answer {
        let (method, path) = how.split_once(' ').unwrap();
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        self.server.raw(method, &self.path(path), token, body).await
    }

    pub(super) async fn done(&self, how: &str, token: &str, body: Value) -> Value {
        self.call(how, token, body).await.ok()["data"].clone()
    }

    pub(super) async fn forbidden(&self, how: &str, token: &str, body: Value, text: &str) {
        let answer = self.call(how, token, body).await;
        answer.refused(403, "forbidden_op", text);
    }

    /// Whether a text of a user's reaches the group.
    pub(super) async fn may_send(&self, user: &str) -> bool {
        send(&self.server, &self.id, user).await
    }

    pub(super) async fn told(&self, user: &str) -> Vec<(Operation, String)> {
        told(&self.server, &self.id, user).await
    }
}

async fn send(server: &Server, group: &str, user: &str) -> bool {
    let app = server.service.app("acme", "demo").await.unwrap();
    let account = server.service.account(&app, user).await.unwrap();
    let append = lacuna_store::Append {
        app: app.id,
        sender: Sender {
            name: account.profile.name,
            account: Some(account.id),
            device: DeviceId(1),
        },
        target: Target::Group(lacuna_domain::GroupId::new(group)),
        kind: lacuna_store::EntryKind::Message(lacuna_domain::MessageKind::Text),
        audience: lacuna_domain::Audience::All,
        directed: Vec::new(),
        body: Bytes::from_static(b"text"),
        client_id: None,
        check_member: true,
        check_allowed: true,
        friends_only: false,
        changes: None,
        write: None,
        now: server.service.clock.now(),
    };
    server.service.store.append(append).await.is_ok()
}

fn event(body: &[u8]) -> Option<MucBody> {
    let meta = Meta::decode(body).ok()?;
    (meta.ns == Some(2)).then(|| MucBody::decode(meta.payload.unwrap_or_default()).unwrap())
}

/// What a user was told of a group, in its log and in its own stream: operations, and whom they are about.
async fn told(server: &Server, group: &str, user: &str) -> Vec<(Operation, String)> {
    let events = events(server, group, user).await;
    let about = |event: &MucBody| {
        let to = event.to.first().unwrap().name().to_owned();
        (event.operation(), to)
    };
    events.iter().map(about).collect()
}

pub(super) async fn events(server: &Server, group: &str, user: &str) -> Vec<MucBody> {
    let (service, store) = (&server.service, &server.service.store);
    let app = service.app("acme", "demo").await.unwrap();
    let account = service.account(&app, user).await.unwrap().id;
    let id = lacuna_domain::GroupId::new(group);
    let mut found = Vec::new();
    if let Some(group) = store.group(app.id, &id).await.unwrap() {
        let query = InboxQuery {
            account,
            device: DeviceId::NONE,
            conversation: group.conversation,
            after: Some(lacuna_domain::Pos::ZERO),
            limit: 50,
            bytes_max: usize::MAX,
        };
        let page = store.inbox(query).await.unwrap();
        found.extend(page.entries.iter().filter_map(|entry| event(&entry.body)));
    }
    let query = EventQuery {
        account,
        device: DeviceId::NONE,
        after: Some(Version(0)),
        limit: 50,
    };
    let page = store.events(query).await.unwrap();
    found.extend(page.items.iter().filter_map(|item| match item {
        EventItem::Event { body, .. } => event(body),
        EventItem::Deletions { .. } => None,
    }));
    found
}

#[tokio::test]
async fn owners_name_admins() {
    let group = group(json!({})).await;
    let bob = json!({"newadmin": "Bob"});
    group
        .forbidden("POST /admin", &group.bob, bob.clone(), OWNER_ONLY)
        .await;
    let done = group
        .done("POST /admin?resource=r", &group.alice, bob.clone())
        .await;
    assert_eq!(done, json!({"result": "success", "newadmin": "bob"}));
    group.done("POST /admin", &group.alice, bob).await;
    assert_eq!(
        group.done("GET /admin", &group.bob, Value::Null).await,
        json!(["bob"])
    );
    let members = group
        .done("GET /users?limit=9", &group.bob, Value::Null)
        .await;
    assert_eq!(members, json!([{"owner": "alice"}, {"admin": "bob"}]));
    let numbered = group
        .done("GET /users?pagenum=1&pagesize=9", &group.bob, Value::Null)
        .await;
    assert_eq!(numbered, json!([{"owner": "alice"}, {"member": "bob"}]));
    let joined = group
        .server
        .get("users/bob/joined_chatgroups", &group.bob)
        .await;
    assert_eq!(joined.ok()["data"][0]["permission"], "admin");
    let outside = "users [carol] are not members of this group!";
    for (name, text) in [("carol", outside), ("alice", ON_OWNER)] {
        let body = json!({"newadmin": name});
        group
            .forbidden("POST /admin", &group.alice, body, text)
            .await;
    }
    group
        .forbidden("GET /admin", &group.carol, Value::Null, outside)
        .await;
    group
        .call("POST /admin", &group.alice, json!({}))
        .await
        .refused(400, "invalid_parameter", "newadmin must be provided");
    let done = group
        .done("DELETE /admin/bob", &group.alice, Value::Null)
        .await;
    assert_eq!(done, json!({"result": "success", "oldadmin": "bob"}));
    let none = "user bob is not an admin of this group";
    group
        .forbidden("DELETE /admin/bob", &group.alice, Value::Null, none)
        .await;
    let told = group.told("bob").await;
    let admin = |operation| (operation, "bob".to_owned());
    assert_eq!(
        told,
        [
            Operation::DirectJoined,
            Operation::AddAdmin,
            Operation::RemoveAdmin
        ]
        .map(admin),
        "once each"
    );
}

#[tokio::test]
async fn admins_govern_members_only() {
    let group = group(json!({"members": ["bob", "carol"]})).await;
    for admin in ["bob", "carol"] {
        group
            .done("POST /admin", &group.alice, json!({"newadmin": admin}))
            .await;
    }
    group.server.user("dave").await;
    group.done("POST /users/dave", &group.app, json!({})).await;
    let on_admin = "only the owner of this group may do this to an admin";
    let mute = |name: &str| json!({"usernames": [name], "mute_duration": 1000});
    for (how, body, text) in [
        ("POST /mute", mute("carol"), on_admin),
        ("POST /mute", mute("alice"), ON_OWNER),
        ("DELETE /users/carol", Value::Null, on_admin),
        ("DELETE /users/alice", Value::Null, ON_OWNER),
        ("POST /blocks/users/carol", json!({}), on_admin),
        ("POST /blocks/users/alice", json!({}), ON_OWNER),
        ("DELETE /admin/carol", Value::Null, OWNER_ONLY),
        ("PUT ", json!({"newowner": "bob"}), OWNER_ONLY),
    ] {
        group.forbidden(how, &group.bob, body, text).await;
    }
    group.done("POST /mute", &group.bob, mute("dave")).await;
    group
        .done("DELETE /users/dave", &group.bob, Value::Null)
        .await;
    group
        .done("POST /invite", &group.bob, json!({"usernames": ["dave"]}))
        .await;
    group
        .done("DELETE /users/carol", &group.alice, Value::Null)
        .await;
    group.done("POST /users/carol", &group.app, json!({})).await;
    assert_eq!(
        group.done("GET /admin", &group.alice, Value::Null).await,
        json!(["bob"]),
        "who left is no admin when it comes back"
    );
}

#[tokio::test]
async fn groups_change_hands() {
    let group = group(json!({})).await;
    group
        .done("POST /admin", &group.alice, json!({"newadmin": "bob"}))
        .await;
    let outside = "users [carol] are not members of this group!";
    for (name, text) in [("carol", outside), ("alice", ON_OWNER)] {
        group
            .forbidden("PUT ", &group.alice, json!({"newowner": name}), text)
            .await;
    }
    let done = group
        .done("PUT ?resource=r", &group.alice, json!({"newowner": "bob"}))
        .await;
    assert_eq!(done, json!({"newowner": true}));
    assert_eq!(
        group.done("GET /admin", &group.bob, Value::Null).await,
        json!([])
    );
    assert_eq!(
        group.done("GET ", &group.alice, Value::Null).await[0]["owner"],
        "bob"
    );
    group
        .forbidden(
            "POST /admin",
            &group.alice,
            json!({"newadmin": "alice"}),
            OWNER_ONLY,
        )
        .await;
    group.done("DELETE /quit", &group.alice, Value::Null).await;
    let told = group.told("bob").await;
    assert!(told.contains(&(Operation::AssignOwner, "bob".into())));
}
