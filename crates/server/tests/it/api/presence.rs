//! Presence: subscriptions and what is published.

use super::Server;
use lacuna_domain::limits::WATCHED_MAX;
use lacuna_domain::{AppId, DeviceId, Millis, Name, Reader};
use lacuna_server::delivery::{ClientInfo, Publication, Room, SessionHandle};
use lacuna_server::service::Actor;
use lacuna_store::{RecordId, RecordKind, RecordOwner, RecordWrite};
use serde_json::{Value, json};
use tokio::sync::mpsc;

async fn subscribe(server: &Server, token: &str, names: &[&str], seconds: &str) -> super::Answer {
    let path = format!("users/alice/presence/{seconds}");
    server.post(&path, token, json!({"usernames": names})).await
}

async fn listed(server: &Server, token: &str) -> Value {
    let path = "users/alice/presence/sublist?pageNum=1&pageSize=10";
    server.get(path, token).await.ok()["result"].clone()
}

#[tokio::test]
async fn a_subscription_ends_by_itself() {
    let server = Server::new().await;
    let (alice, bob) = (server.user("alice").await, server.user("bob").await);
    let path = "users/bob/presence/web_1/1";
    server.post(path, &bob, json!({"ext": "busy"})).await.ok();
    let answer = subscribe(&server, &alice, &["Bob", "bob"], "60").await;
    let now = super::START_MS / 1000;
    let row = json!({"uid": "bob", "last_time": now.to_string(), "expiry": "60", "ext": "busy", "status": {}});
    assert_eq!(answer.ok()["result"], json!([row]));
    server.pass_ms(59_500);
    let row = json!({"sublist": [{"uid": "bob", "expiry": 1}], "totalnum": 1});
    assert_eq!(listed(&server, &alice).await, row);
    server.pass_ms(500);
    assert_eq!(
        listed(&server, &alice).await,
        json!({"sublist": [], "totalnum": 0})
    );
}

#[tokio::test]
async fn subscriptions_are_bounded() {
    let server = Server::new().await;
    let alice = server.user("alice").await;
    server.user("bob").await;
    let store = &server.service.store;
    let name = Name::new("alice").unwrap();
    let account = store.account(AppId(1), &name).await.unwrap().unwrap().id;
    let mut write = RecordWrite::new(AppId(1));
    for n in 0..WATCHED_MAX {
        let owner = RecordOwner::Account(account);
        let id = RecordId::new(owner, RecordKind::Watches, format!("z{n}"));
        write = write.put_until(id, "", Millis(super::START_MS + 1000));
    }
    store
        .write_records(write, server.service.clock.now())
        .await
        .unwrap();
    let full = subscribe(&server, &alice, &["bob"], "60").await;
    assert_eq!(full.json["code"], "presence_param_exceeded");
    server.pass_ms(1000);
    subscribe(&server, &alice, &["bob"], "60").await.ok();
}

#[tokio::test]
async fn what_makes_no_sense_is_refused() {
    let server = Server::new().await;
    let alice = server.user("alice").await;
    let oneself = subscribe(&server, &alice, &["alice"], "60").await;
    assert_eq!(oneself.json["code"], "presence_of_oneself");
    for seconds in ["0", "2592001"] {
        let answer = subscribe(&server, &alice, &["bob"], seconds).await;
        assert_eq!(answer.json["code"], "presence_param_exceeded", "{seconds}");
    }
    for seconds in ["x", "-1"] {
        let answer = subscribe(&server, &alice, &["bob"], seconds).await;
        assert_eq!(answer.json["code"], "invalid_param", "{seconds}");
    }
    assert_eq!(subscribe(&server, &alice, &[], "60").await.status, 400);
    let long = server
        .post(
            "users/alice/presence/web_1/1",
            &alice,
            json!({"ext": "x".repeat(65)}),
        )
        .await;
    assert_eq!(long.json["code"], "presence_param_exceeded");
}

/// Brings a device of a user online. Who it is, its session, and its mailbox.
async fn arrive(server: &Server, name: &str) -> (Actor, u64, mpsc::Receiver<Publication>) {
    let app = server.service.app("acme", "demo").await.unwrap();
    let account = server.service.account(&app, name).await.unwrap();
    let (mailbox, receiver) = mpsc::channel(8);
    let device = DeviceId(account.id.0);
    let id = server.service.delivery.session_id();
    let session = SessionHandle {
        id,
        reader: Reader {
            account: account.id,
            device,
        },
        client: ClientInfo {
            resource: format!("web_{name}"),
            ..ClientInfo::default()
        },
        mailbox,
    };
    let room = Room {
        devices_max: 4,
        refuse: false,
    };
    assert!(server.service.delivery.register(session, room));
    let actor = Actor {
        app,
        account,
        device,
    };
    (actor, id, receiver)
}

/// The state of the devices that a session is told of, one for each time it is told.
fn told(mailbox: &mut mpsc::Receiver<Publication>) -> Vec<String> {
    let mut told = Vec::new();
    while let Ok(publication) = mailbox.try_recv() {
        let Publication::Passing { body, .. } = publication else {
            continue;
        };
        let text = String::from_utf8_lossy(&body).into_owned();
        let status = text.split_once("\"status\":").unwrap().1;
        told.push(status.split_once('}').unwrap().0.to_owned() + "}");
    }
    told
}

#[tokio::test]
async fn only_news_is_told_and_only_to_who_is_there() {
    let server = Server::new().await;
    let (alice, bob) = (server.user("alice").await, server.user("bob").await);
    subscribe(&server, &alice, &["bob"], "60").await.ok();
    let (_, _, mut watcher) = arrive(&server, "alice").await;
    let service = &server.service;
    let (actor, id, _mailbox) = arrive(&server, "bob").await;
    service.came_online(&actor).await;
    service.came_online(&actor).await;
    assert_eq!(told(&mut watcher), [r#"{"web_bob":"1"}"#]);
    service.stayed_away(&actor, "web_bob").await;
    assert!(told(&mut watcher).is_empty(), "it has come back");
    assert!(service.delivery.unregister(actor.id(), id));
    service.stayed_away(&actor, "web_bob").await;
    service.stayed_away(&actor, "web_bob").await;
    assert_eq!(told(&mut watcher), [r#"{"web_bob":"0"}"#]);
    let path = "users/bob/presence/web_1/1";
    server.post(path, &bob, json!({"ext": "x"})).await.ok();
    assert_eq!(told(&mut watcher), ["{}"]);
    server.pass_ms(60_000);
    server.post(path, &bob, json!({"ext": "y"})).await.ok();
    assert!(told(&mut watcher).is_empty(), "the subscription has ended");
}
