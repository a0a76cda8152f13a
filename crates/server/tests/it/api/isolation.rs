//! Nobody reaches what is not theirs: every operation of the document is called by everybody who may not.
//!
//! New operations are picked up from the document. What a path or body needs to be real is in [`Stage::value`].

use super::files::{BOUNDARY, field, form, id_of};
use super::{Answer, Server};
use axum::body::Body;
use axum::http::Request;
use lacuna_domain::{AccountId, AppId, DeviceId, FileId, Name, Version};
use lacuna_store::{
    ConversationQuery, DeviceLogin, EventQuery, HistoryQuery, NewAccount, NewGroup,
};
use serde_json::{Map, Value, json};
use std::fmt::Write;
use tempfile::TempDir;

/// An operation of the document.
#[derive(Clone, Debug)]
struct Operation {
    id: String,
    method: String,
    path: String,
    caller: String,
    parameters: Vec<Value>,
    body: Option<Value>,
    /// Whether it takes a form.
    form: bool,
}

fn operations() -> Vec<Operation> {
    let document: Value = serde_json::from_str(&lacuna_server::api::openapi()).unwrap();
    let mut found = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let schema = operation.pointer("/requestBody/content/application~1json/schema");
            found.push(Operation {
                id: operation["operationId"].as_str().unwrap().to_owned(),
                method: method.to_ascii_uppercase(),
                path: path.clone(),
                caller: operation["x-lacuna-caller"].as_str().unwrap().to_owned(),
                parameters: operation["parameters"]
                    .as_array()
                    .cloned()
                    .unwrap_or_default(),
                body: schema.cloned(),
                form: operation
                    .pointer("/requestBody/content/multipart~1form-data")
                    .is_some(),
            });
        }
    }
    found
}

/// Two applications with the same names in them: alice and bob write to each other and share a group, carol is in neither.
struct Stage {
    server: Server,
    app: AppId,
    group: String,
    room: String,
    /// On a message of the group, by alice.
    thread: String,
    message: String,
    said: String,
    /// A file of alice's that has a part.
    begun: String,
    /// A whole one.
    whole: String,
    /// One that she shares with the group, and one with the room.
    shared: [String; 2],
    _folder: TempDir,
    app_token: String,
    alice: String,
    bob: String,
    carol: String,
    other_app: String,
    other_alice: String,
}

impl Stage {
    async fn set() -> Self {
        let (server, folder) = super::files::server().await;
        let store = &server.service.store;
        for app in store.apps().await.unwrap() {
            let people = ["alice", "bob", "carol"].map(account);
            let now = server.service.clock.now();
            store
                .create_accounts(app.id, people.into(), now)
                .await
                .unwrap();
        }
        let app_token = server.app_token().await;
        let other_app = server.app_token_of("other/app", "other-id").await;
        let (mut tokens, people) = (Vec::new(), ["alice", "bob", "carol"]);
        for name in people {
            tokens.push(inherit(&server, "/acme/demo/token", &app_token, name).await);
        }
        let other_alice = inherit(&server, "/other/app/token", &other_app, "alice").await;
        let app = store.apps().await.unwrap()[0].id;
        let group = shared(&server, app, false).await;
        let room = shared(&server, app, true).await;
        let message = server.text(&app_token, "alice", "bob", "mine alone").await;
        server.text(&app_token, "bob", "alice", "yours").await;
        server.text(&app_token, "alice", &group, "to us").await;
        let said = server.text(&app_token, "bob", &group, "to all").await;
        let thread = json!({"group_id": group, "name": "t", "owner": "alice", "msg_id": said});
        let thread = server.post("thread", &app_token, thread).await;
        let thread = thread.ok()["data"]["thread_id"]
            .as_str()
            .unwrap()
            .to_owned();
        let [alice, bob, carol] = tokens.try_into().unwrap();
        let whole = server.upload(&alice, &[], file("file")).await;
        let begun = server.post("sdk/chatfiles/part-upload", &alice, json!({}));
        let begun = id_of(&begun.await);
        let path = format!("sdk/chatfiles/part-upload/{begun}");
        let fields = [field("part_number", None, b"1"), file("part_file")];
        let part = server.send_form(("PUT", &path, &alice), &[], &fields).await;
        part.ok();
        let mut both = Vec::new();
        for path in [
            format!("chatgroups/{group}/share_files"),
            format!("chatrooms/{room}/share_files"),
        ] {
            let fields = [file("file")];
            let answer = server
                .send_form(("POST", &path, &alice), &[], &fields)
                .await;
            both.push(answer.ok()["data"]["file_id"].as_str().unwrap().to_owned());
        }
        Self {
            server,
            app,
            shared: both.try_into().unwrap(),
            group,
            room,
            thread,
            message,
            said,
            begun,
            whole: id_of(&whole),
            _folder: folder,
            app_token,
            alice,
            bob,
            carol,
            other_app,
            other_alice,
        }
    }

    /// Something real of that name, in an operation with that path.
    fn value(&self, path: &str, name: &str, schema: &Value) -> Value {
        match name {
            "group" if path.contains("/chatrooms/") => self.room.clone().into(),
            "group" if path.contains("/thread/") => self.thread.clone().into(),
            "message" if path.contains("/acks/") => self.said.clone().into(),
            "kind" if path.contains("/notification/") => "user".into(),
            "targets" if path.ends_with("/mark") => json!([{"to": "bob", "type": "chat"}]),
            "file" if path.contains("/part-upload/") => self.begun.clone().into(),
            "file" if path.contains("/chatgroups/") => self.shared[0].clone().into(),
            "file" if path.contains("/chatrooms/") => self.shared[1].clone().into(),
            "file" => self.whole.clone().into(),
            "metaData" => json!({"nick": "Al"}),
            "applicant" => "carol".into(),
            "org" => "acme".into(),
            "app" => "demo".into(),
            "user" | "one" | "owner" | "from" | "username" => "alice".into(),
            "userId" | "to" | "members" | "member" | "target" | "channel" | "other"
            | "newadmin" | "invitee"
                if schema["type"] != "array" =>
            {
                "bob".into()
            }
            "to" | "usernames" | "users" | "members" | "target" => json!(["bob"]),
            "group" | "groupId" | "group_id" | "groupid" => self.group.clone().into(),
            "kind" | "type" | "chat_type" => "chat".into(),
            "resource" => "alice-phone".into(),
            "msgIdList" | "message" | "msg_id" | "msgId" | "pin_msg_id" => {
                self.message.clone().into()
            }
            "queue" => "bob@easemob.com".into(),
            "delTime" => self.server.service.clock.now().0.into(),
            "grant_type" => "inherit".into(),
            "body" => json!({"msg": "hello"}),
            _ => match (&schema["type"], schema["enum"].get(0)) {
                (_, Some(word)) => word.clone(),
                (Value::String(kind), _) if kind == "integer" => 1.into(),
                (Value::String(kind), _) if kind == "boolean" => true.into(),
                (Value::String(kind), _) if kind == "array" => json!(["bob"]),
                (Value::String(kind), _) if kind == "object" => json!({}),
                _ => "1".into(),
            },
        }
    }

    /// The smallest body that a schema lets through.
    fn body(&self, operation: &Operation, schema: &Value) -> Value {
        let schema = schema.pointer("/oneOf/0").unwrap_or(schema);
        let mut body = Map::new();
        for field in schema["required"].as_array().into_iter().flatten() {
            let name = field.as_str().unwrap();
            let value = match (operation.id.as_str(), name) {
                ("messages.to_groups", "to") => json!([self.group]),
                ("imports.to_group", "target")
                | ("recall.recall" | "recall.recall.older", "to") => self.group.clone().into(),
                ("recall.recall" | "recall.recall.older", "chat_type") => "groupchat".into(),
                ("recall.recall" | "recall.recall.older", "msg_id") => self.said.clone().into(),
                (
                    "group_members.add" | "group_members.add.rooms" | "group_members.invite",
                    "usernames",
                ) => json!(["carol"]),
                (id, "type") if id.starts_with("messages") || id.starts_with("imports") => {
                    "txt".into()
                }
                _ => self.value(&operation.path, name, &schema["properties"][name]),
            };
            body.insert(name.to_owned(), value);
        }
        // Something is asked for, but none of it by name.
        let more = match operation.id.as_str() {
            "attributes.set" | "groups.change" | "groups.change.rooms" => ("description", "new"),
            "silence.set" => ("type", "NONE"),
            "silence.set_language" => ("translationLanguage", "en"),
            _ => return body.into(),
        };
        body.insert(more.0.to_owned(), more.1.into());
        body.into()
    }

    async fn call(&self, operation: &Operation, token: &str) -> Answer {
        self.call_in(operation, token, "acme", "demo").await
    }

    async fn call_in(&self, operation: &Operation, token: &str, org: &str, app: &str) -> Answer {
        let mut path = operation.path.replace("{org}", org).replace("{app}", app);
        let mut query = String::new();
        for parameter in &operation.parameters {
            let name = parameter["name"].as_str().unwrap();
            let value = self.value(&operation.path, name, &parameter["schema"]);
            let text = value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned);
            // A conversation is named by what its kind needs.
            let wanted = parameter["required"] == true || name == "userId";
            if parameter["in"] == "path" {
                path = path.replace(&format!("{{{name}}}"), &text);
            } else if wanted {
                write!(query, "&{name}={text}").unwrap();
            }
        }
        if !query.is_empty() {
            path = format!("{path}?{}", query.trim_start_matches('&'));
        }
        if operation.form {
            return self.send_form(operation, &path, token).await;
        }
        let body = operation
            .body
            .as_ref()
            .map(|schema| self.body(operation, schema).to_string());
        self.server
            .raw(&operation.method, &path, token, body.unwrap_or_default())
            .await
    }

    /// Every field that a form may need.
    async fn send_form(&self, operation: &Operation, path: &str, token: &str) -> Answer {
        let fields = [
            field("part_number", None, b"2"),
            file("part_file"),
            file("file"),
        ];
        let request = Request::builder()
            .method(&*operation.method)
            .uri(path)
            .header("host", "localhost")
            .header("authorization", format!("Bearer {token}"))
            .header(
                "content-type",
                format!("multipart/form-data; boundary={BOUNDARY}"),
            );
        let body = Body::from(form(&fields));
        self.server.send(request.body(body).unwrap()).await
    }

    /// Everything that is stored.
    fn everything(&self) -> String {
        format!("{:#?}", self.server.service.store)
    }

    /// What the users of the application see.
    async fn seen(&self) -> String {
        let store = &self.server.service.store;
        let mut text = String::new();
        for id in [&self.begun, &self.whole] {
            let file = store.file(FileId::parse(id).unwrap()).await;
            write!(text, "{file:?}").unwrap();
        }
        let accounts = store.accounts(self.app, AccountId::default(), 100).await;
        for account in accounts.unwrap() {
            write!(text, "{account:?}").unwrap();
            write!(text, "{:?}", store.devices(account.id).await).unwrap();
            let facts = store.facts(account.id, Version::default(), 100).await;
            write!(text, "{facts:?}").unwrap();
            let events = EventQuery {
                account: account.id,
                device: DeviceId::NONE,
                after: Some(Version::default()),
                limit: 100,
            };
            write!(text, "{:?}", store.events(events).await).unwrap();
            for group in store.groups_of(account.id).await.unwrap() {
                let members = store.members(self.app, &group.id, 0, 100).await;
                write!(text, "{group:?}{members:?}").unwrap();
            }
            let list = ConversationQuery {
                account: account.id,
                pinned_only: false,
                with_empty: true,
                cursor: None,
                limit: 50,
            };
            for row in store.conversations(list).await.unwrap().rows {
                let history = HistoryQuery::new(
                    account.id,
                    account.profile.name.clone(),
                    self.app,
                    row.target.clone(),
                    lacuna_domain::Direction::Older,
                    50,
                );
                write!(text, "{row:?}{:?}", store.history(history).await).unwrap();
            }
        }
        text
    }
}

fn account(name: &str) -> NewAccount {
    NewAccount {
        name: Name::new(name).unwrap(),
        display: name.into(),
        uuid: format!("uuid-{name}"),
        nickname: String::new(),
        password_hash: "none".into(),
    }
}

fn file(name: &str) -> Vec<u8> {
    field(name, Some("application/pdf"), b"mine alone")
}

async fn inherit(server: &Server, path: &str, app_token: &str, name: &str) -> String {
    let body = json!({"grant_type": "inherit", "username": name});
    let answer = server.post(path, app_token, body).await;
    answer.ok()["access_token"].as_str().unwrap().to_owned()
}

/// A private group, or a room, of alice and bob; alice has a device.
async fn shared(server: &Server, app: AppId, room: bool) -> String {
    let (store, now) = (&server.service.store, server.service.clock.now());
    let alice = Name::new("alice").unwrap();
    let account = store.account(app, &alice).await.unwrap().unwrap().id;
    let login = DeviceLogin {
        account,
        resource: "alice-phone".into(),
        name: "phone".into(),
        uuid: "1".into(),
    };
    store.login_device(login, now).await.unwrap();
    let new = NewGroup {
        app,
        owner: alice,
        settings: lacuna_store::GroupSettings {
            members_max: 10,
            room,
            ..Default::default()
        },
    };
    let group = store.create_group(new, now).await.unwrap().id.to_string();
    let token = server.app_token().await;
    let kind = if room { "chatrooms" } else { "chatgroups" };
    let path = format!("{kind}/{group}/users/bob");
    server.post(&path, &token, json!({})).await.ok();
    group
}

#[tokio::test]
async fn whoever_may_not_is_refused_and_changes_nothing() {
    let stage = Stage::set().await;
    let before = stage.everything();
    assert!(
        before.contains("mine alone") && before.contains("alice-phone"),
        "the store tells what it holds"
    );
    for operation in operations() {
        let caller = operation.caller.as_str();
        if caller == "anybody" {
            continue;
        }
        let mut strangers = vec![
            ("nobody", ""),
            ("a made-up token", "made-up"),
            ("another application", &stage.other_app),
            ("its user of the same name", &stage.other_alice),
        ];
        match caller {
            "own" => strangers.push(("another user", &stage.carol)),
            "app" => strangers.extend([("alice", &*stage.alice), ("carol", &*stage.carol)]),
            "user" => strangers.push(("the application", &stage.app_token)),
            "caller" => {}
            other => panic!("{}: who is {other}?", operation.id),
        }
        for (who, token) in strangers {
            let answer = stage.call(&operation, token).await;
            assert!(
                matches!(answer.status, 401 | 403 | 404),
                "{} by {who}: {} {}",
                operation.id,
                answer.status,
                answer.text
            );
            if who != "another user" && token != stage.carol && token != stage.alice {
                let refused = answer.status == 401 || caller == "user";
                assert!(refused, "{} by {who}: {}", operation.id, answer.status);
            }
            assert_eq!(stage.everything(), before, "{} by {who}", operation.id);
        }
    }
}

#[tokio::test]
async fn another_application_reaches_nothing_by_its_own_path() {
    let stage = Stage::set().await;
    let before = stage.seen().await;
    for operation in operations() {
        if operation.caller == "anybody" {
            continue;
        }
        for token in [&stage.other_alice, &stage.other_app] {
            let answer = stage.call_in(&operation, token, "other", "app").await;
            assert!(answer.status < 500, "{}: {}", operation.id, answer.text);
            assert!(!answer.text.contains("mine alone"), "{}", operation.id);
            assert_eq!(stage.seen().await, before, "{}", operation.id);
        }
    }
}

/// Without this the tests above would pass if every call were refused for what it asks.
#[tokio::test]
async fn whoever_may_is_let_in() {
    let (mut done, mut others) = (0, Vec::new());
    for operation in operations() {
        let stage = Stage::set().await;
        let token = match operation.caller.as_str() {
            "own" => &stage.alice,
            "user" => &stage.bob,
            _ => &stage.app_token,
        };
        let answer = stage.call(&operation, token).await;
        let id = &operation.id;
        assert!(
            answer.status != 401 && answer.status < 500,
            "{id}: {}",
            answer.text
        );
        if answer.status == 200 {
            done += 1;
        } else {
            others.push(format!("{id}: {}", answer.text));
        }
    }
    assert!(
        done > 3 * others.len(),
        "{done} are let in, but {others:#?}"
    );
}
