//! Webhooks: what an integrator is told, against one that listens on loopback.

mod asking;

use super::{HandClock, START_MS, Server};
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use hmac::{Hmac, KeyInit, Mac};
use lacuna_domain::{DeviceId, MessageKind, Name, Pos, Target};
use lacuna_proto::pb::MessageBody;
use lacuna_proto::pb::message_body::Content;
use lacuna_server::config::{AppConfig, Config, WebhookConfig};
use lacuna_server::service::{Change, ChangeAct, Event, Reply, SendReply, Service};
use lacuna_server::{Metrics, api};
use lacuna_store::memory::MemoryStore;
use lacuna_store::{NewApp, Sender, Store};
use prost::Message as _;
use serde_json::{Value, json};
use sha2::Sha256;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;
use tokio_util::task::TaskTracker;

const SECRET: &str = "between us";

/// An integrator: what it heard, and what it answers.
#[derive(Clone, Default)]
struct Integrator(Arc<Mutex<Heard>>);

#[derive(Default)]
struct Heard {
    calls: Vec<(HeaderMap, Value)>,
    /// How many calls fail from now on.
    failing: usize,
    /// What it answers to a question.
    answer: Value,
    /// Whether it keeps its callers waiting.
    stuck: bool,
}

async fn listen(
    State(me): State<Integrator>,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, String) {
    let (status, answer, stuck) = {
        let mut heard = me.0.lock().unwrap();
        verify(&headers, &body);
        let call = serde_json::from_slice(&body).unwrap();
        heard.calls.push((headers, call));
        let failed = heard.failing > 0;
        heard.failing = heard.failing.saturating_sub(1);
        let status = if failed {
            StatusCode::INTERNAL_SERVER_ERROR
        } else {
            StatusCode::OK
        };
        (status, heard.answer.to_string(), heard.stuck)
    };
    if stuck {
        std::future::pending::<()>().await;
    }
    (status, answer)
}

/// The signature is that of the time and the body, with the secret.
fn verify(headers: &HeaderMap, body: &[u8]) {
    let signature = headers["x-lacuna-signature"].to_str().unwrap();
    let (time, given) = signature
        .strip_prefix("t=")
        .and_then(|rest| rest.split_once(",v1="))
        .unwrap();
    assert!(time.parse::<u64>().unwrap() >= START_MS);
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(format!("{time}.").as_bytes());
    mac.update(body);
    let halves: Vec<u32> = given
        .chars()
        .map(|digit| digit.to_digit(16).unwrap())
        .collect();
    let bytes = halves
        .chunks(2)
        .map(|half| u8::try_from(half[0] * 16 + half[1]).unwrap());
    mac.verify_slice(&bytes.collect::<Vec<u8>>()).unwrap();
}

impl Integrator {
    /// One that listens, and its address.
    async fn start() -> (Self, String) {
        let me = Self::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let router = Router::new()
            .route("/hook", post(listen))
            .with_state(me.clone());
        // It ends with the test's runtime.
        TaskTracker::new().spawn(async move { axum::serve(listener, router).await });
        (me, url)
    }

    fn set(&self, change: impl FnOnce(&mut Heard)) {
        change(&mut self.0.lock().unwrap());
    }

    /// What it heard since it was last asked.
    fn heard(&self) -> Vec<Value> {
        let calls = std::mem::take(&mut self.0.lock().unwrap().calls);
        calls.into_iter().map(|(_, call)| call).collect()
    }

    fn ids(&self) -> Vec<String> {
        let heard = self.0.lock().unwrap();
        let ids = heard
            .calls
            .iter()
            .map(|(headers, _)| &headers["x-lacuna-delivery"]);
        ids.map(|id| id.to_str().unwrap().to_owned()).collect()
    }
}

fn told(url: &str) -> AppConfig {
    AppConfig {
        webhooks: Some(WebhookConfig {
            url: url.to_owned(),
            secret: SECRET.to_owned().into(),
            events: Event::ALL
                .iter()
                .map(|(_, text)| (*text).to_owned())
                .collect(),
        }),
        ..AppConfig::default()
    }
}

/// A server on a store, with that configuration of `acme#demo`.
async fn serve(store: Arc<dyn Store>, app: AppConfig) -> Server {
    let mut config = Config::default();
    config.limits.requests_per_second = 0;
    config.apps.insert("acme#demo".to_owned(), app);
    let new = NewApp {
        org: "acme".into(),
        name: "demo".into(),
        client_id: "acme-id".into(),
        client_secret_sha256: <Sha256 as sha2::Digest>::digest("secret").into(),
        open_registration: true,
        roaming_delete: true,
        retention_days: 0,
    };
    match store.create_app(new).await {
        Ok(_) | Err(lacuna_store::Error::NameTaken) => {}
        Err(error) => panic!("{error}"),
    }
    let clock = Arc::new(HandClock(AtomicU64::new(START_MS)));
    let service = Arc::new(Service::new(
        store,
        Arc::new(config),
        Arc::<HandClock>::clone(&clock),
        Arc::new(Metrics::new()),
    ));
    service.load_hooks().await.unwrap();
    Server {
        router: api::router(Arc::clone(&service)),
        service,
        clock,
    }
}

async fn tell(server: &Server) {
    for app in server.service.told_apps() {
        while server.service.tell_due(app).await.unwrap() {}
    }
}

fn events(heard: &[Value]) -> Vec<&str> {
    heard
        .iter()
        .map(|call| call["event"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn what_happens_is_told() {
    let (integrator, url) = Integrator::start().await;
    let server = serve(Arc::new(MemoryStore::new(0)), told(&url)).await;
    let (app, alice) = (server.app_token().await, server.user("alice").await);
    server.user("bob").await;
    tell(&server).await;
    let heard = integrator.heard();
    assert_eq!(events(&heard), ["user.registered", "user.registered"]);
    assert_eq!(heard[0]["app"], "acme#demo");
    let mut users: Vec<&str> = heard
        .iter()
        .map(|call| call["user"].as_str().unwrap())
        .collect();
    users.sort_unstable();
    assert_eq!(users, ["alice", "bob"]);

    let id = server.text(&app, "alice", "bob", "hello").await;
    tell(&server).await;
    let mut heard = integrator.heard();
    heard.sort_by_key(|call| call["event"].to_string());
    assert_eq!(events(&heard), ["message.offline", "message.sent"]);
    for call in &heard {
        assert_eq!(
            (&call["msg_id"], &call["from"], &call["to"]),
            (&id.clone().into(), &"alice".into(), &"bob".into())
        );
        assert_eq!(
            (&call["chat_type"], &call["type"]),
            (&"chat".into(), &"txt".into())
        );
        assert_eq!(call["payload"]["bodies"][0]["msg"], "hello");
    }

    // What nobody sees any more is told without what it said; a deletion names no message.
    let secret = server.text(&app, "alice", "bob", "the secret").await;
    for user in ["alice", "bob"] {
        server
            .post(
                &format!("message/roaming/user/{user}/delete/all"),
                &app,
                json!({}),
            )
            .await
            .ok();
    }
    tell(&server).await;
    let heard = integrator.heard();
    let mut names = events(&heard);
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "history.deleted",
            "history.deleted",
            "message.offline",
            "message.sent"
        ]
    );
    for call in heard {
        assert!(!call.to_string().contains("the secret"));
        let of_message = call["event"].as_str().unwrap().starts_with("message");
        assert_eq!(call["msg_id"] == secret.as_str(), of_message);
    }
    drop(alice);
    server.delete("users/bob", &app).await.ok();
    tell(&server).await;
    assert_eq!(events(&integrator.heard()), ["user.deleted"]);
    tell(&server).await;
    assert_eq!(integrator.heard().len(), 0, "everything once");
}

#[tokio::test]
async fn what_failed_is_told_again_with_the_same_number() {
    let (integrator, url) = Integrator::start().await;
    let server = serve(Arc::new(MemoryStore::new(0)), told(&url)).await;
    integrator.set(|heard| heard.failing = 2);
    server.user("alice").await;
    tell(&server).await;
    assert_eq!(integrator.ids().len(), 1);
    tell(&server).await;
    assert_eq!(integrator.ids().len(), 1, "not at once");
    server.pass_ms(2_000);
    tell(&server).await;
    server.pass_ms(4_000);
    tell(&server).await;
    let ids = integrator.ids();
    assert_eq!(ids.len(), 3);
    assert!(ids.iter().all(|id| *id == ids[0]));
    server.pass_ms(60_000);
    tell(&server).await;
    assert_eq!(integrator.ids().len(), 3, "it was told");
}

#[tokio::test]
async fn what_cannot_be_told_for_a_day_is_given_up() {
    let (integrator, url) = Integrator::start().await;
    let server = serve(Arc::new(MemoryStore::new(0)), told(&url)).await;
    integrator.set(|heard| heard.failing = usize::MAX);
    server.user("alice").await;
    tell(&server).await;
    server.pass_ms(25 * 3600 * 1000);
    tell(&server).await;
    assert_eq!(integrator.ids().len(), 2);
    server.pass_ms(25 * 3600 * 1000);
    tell(&server).await;
    assert_eq!(integrator.ids().len(), 2);
}

/// The outbox is on disk: the next process tells what this one did not.
#[tokio::test]
async fn the_next_process_tells_the_rest() {
    let folder = tempfile::tempdir().unwrap();
    let open = || {
        let options = lacuna_store::sqlite::Options::default();
        Arc::new(lacuna_store::sqlite::SqliteStore::open(folder.path(), options).unwrap())
    };
    let store = open();
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", nobody.local_addr().unwrap());
    drop(nobody);
    let server = serve(
        Arc::<lacuna_store::sqlite::SqliteStore>::clone(&store),
        told(&url),
    )
    .await;
    let app = server.app_token().await;
    server.user("alice").await;
    server.user("bob").await;
    server.text(&app, "alice", "bob", "hello").await;
    tell(&server).await;
    store.close().await.unwrap();
    drop((server, store));

    let (integrator, url) = Integrator::start().await;
    let server = serve(open(), told(&url)).await;
    server.pass_ms(10_000);
    tell(&server).await;
    let heard = integrator.heard();
    assert_eq!(heard.len(), 4);
    let sent = heard.iter().find(|call| call["event"] == "message.sent");
    assert_eq!(sent.unwrap()["payload"]["bodies"][0]["msg"], "hello");
}

/// Alice replaces the text of a message to bob, with an id of her client's.
async fn edit(server: &Server, id: &str, (client_id, text): (u64, &str)) -> Reply<SendReply> {
    let app = server.service.app("acme", "demo").await.unwrap();
    let alice = server.service.account(&app, "alice").await.unwrap();
    let payload = MessageBody {
        contents: vec![Content {
            text: Some(text.to_owned()),
            ..Content::default()
        }],
        ..MessageBody::default()
    };
    let change = Change {
        sender: Sender {
            name: alice.profile.name,
            account: Some(alice.id),
            device: DeviceId(1),
        },
        by: None,
        target: Target::Peer(Name::new("bob").unwrap()),
        pos: Pos(id.parse().unwrap()),
        act: ChangeAct::Edit {
            payload: payload.encode_to_vec().into(),
            kind: MessageKind::Text,
        },
        body: Bytes::new(),
        client_id: Some(client_id),
        echo: true,
    };
    let service = Arc::clone(&server.service);
    service.change(app, change).await
}

#[tokio::test]
async fn changes_are_told_with_what_is_left() {
    let (integrator, url) = Integrator::start().await;
    let server = serve(Arc::new(MemoryStore::new(0)), told(&url)).await;
    let app = server.app_token().await;
    server.user("alice").await;
    server.user("bob").await;
    let id = server.text(&app, "alice", "bob", "before").await;
    tell(&server).await;
    integrator.heard();
    edit(&server, &id, (1, "after")).await.unwrap();
    tell(&server).await;
    let heard = integrator.heard();
    assert_eq!(events(&heard), ["message.edited"]);
    assert_eq!(heard[0]["payload"]["bodies"][0]["msg"], "after");
    let fields = ["msg_id", "from", "to", "by", "chat_type", "type"];
    let said = |call: &Value| fields.map(|field| call[field].as_str().unwrap().to_owned());
    assert_eq!(
        said(&heard[0]),
        [id.as_str(), "alice", "bob", "alice", "chat", "txt"]
    );

    // By the other side's name, the server may too: the message is still alice's to bob.
    let body = json!({"msg_id": id, "to": "alice", "from": "bob", "chat_type": "chat"});
    server.post("messages/msg_recall", &app, body).await.ok();
    tell(&server).await;
    let heard = integrator.heard();
    assert_eq!(events(&heard), ["message.recalled"]);
    assert_eq!(
        said(&heard[0]),
        [id.as_str(), "alice", "bob", "bob", "chat", "txt"]
    );
    assert_eq!(heard[0]["payload"], Value::Null);

    // In nobody's name, by the id alone.
    let id = server.text(&app, "alice", "bob", "again").await;
    tell(&server).await;
    integrator.heard();
    let body = json!({"msg_id": id, "to": "bob", "chat_type": "chat"});
    server.post("messages/msg_recall", &app, body).await.ok();
    tell(&server).await;
    let want = [id.as_str(), "alice", "bob", "admin", "chat", "txt"];
    assert_eq!(said(&integrator.heard()[0]), want);
}
