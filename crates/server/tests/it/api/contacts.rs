//! Contacts, requests and block lists.

use super::Server;
use lacuna_domain::limits::{BLOCKED_MAX, CONTACT_REQUESTS_MAX, CONTACTS_MAX};
use lacuna_domain::{AccountId, AppId, Name, Version};
use lacuna_store::{
    Account, EventItem, EventQuery, RecordId, RecordKind, RecordOwner, RecordWrite,
};
use serde_json::json;

struct World {
    server: Server,
    app: String,
    alice: String,
    bob: String,
}

async fn world() -> World {
    let server = Server::new().await;
    let (app, alice) = (server.app_token().await, server.user("alice").await);
    let bob = server.user("bob").await;
    World {
        server,
        app,
        alice,
        bob,
    }
}

impl World {
    async fn account(&self, name: &str) -> Account {
        let name = Name::new(name).unwrap();
        let found = self.server.service.store.account(AppId(1), &name).await;
        found.unwrap().unwrap()
    }

    async fn ask(&self, from: &str, token: &str, to: &str, reason: &str) -> super::Answer {
        let body = json!({"usernames": [to], "reason": reason});
        let path = format!("users/{from}/contacts/apply?resource=r");
        self.server.post(&path, token, body).await
    }

    async fn contacts(&self, name: &str) -> serde_json::Value {
        let path = format!("users/{name}/contacts/users");
        self.server.get(&path, &self.app).await.ok()["data"].clone()
    }

    /// How many events an account's stream has.
    async fn events(&self, name: &str) -> usize {
        let account = self.account(name).await.id;
        let query = EventQuery {
            account,
            device: lacuna_domain::DeviceId(-1),
            after: Some(Version(0)),
            limit: 100,
        };
        let page = self.server.service.store.events(query).await.unwrap();
        let events = page.items.iter();
        events
            .filter(|item| matches!(item, EventItem::Event { .. }))
            .count()
    }

    /// Gives an account so many records of a kind.
    async fn fill(&self, account: AccountId, kind: RecordKind, count: usize) {
        let mut write = RecordWrite::new(AppId(1));
        for n in 0..count {
            let id = RecordId::new(RecordOwner::Account(account), kind, format!("z{n}"));
            write = write.put(id, "");
        }
        let store = &self.server.service.store;
        let now = self.server.service.clock.now();
        store.write_records(write, now).await.unwrap();
    }
}

#[tokio::test]
async fn a_request_is_kept_until_it_is_answered() {
    let world = world().await;
    for _ in 0..3 {
        world.ask("alice", &world.alice, "Bob", "hi").await.ok();
    }
    assert_eq!(world.events("bob").await, 1, "asking again is no news");
    world.ask("alice", &world.alice, "bob", "hello").await.ok();
    assert_eq!(world.events("bob").await, 2, "another reason is");
    assert_eq!(world.contacts("bob").await, json!([]));
    let accept = "users/bob/contacts/accept/users/alice";
    for _ in 0..2 {
        world.server.post(accept, &world.bob, json!({})).await.ok();
    }
    assert_eq!(world.contacts("bob").await, json!(["alice"]));
    assert_eq!(world.contacts("alice").await, json!(["bob"]));
    assert_eq!(world.events("alice").await, 1);
    world.ask("alice", &world.alice, "bob", "hi").await.refused(
        400,
        "illegal_argument",
        "bob is a contact already",
    );
}

#[tokio::test]
async fn what_makes_no_sense_is_refused() {
    let world = world().await;
    let server = &world.server;
    world.ask("alice", &world.alice, "Alice", "").await.refused(
        400,
        "illegal_argument",
        "nobody is a contact of itself",
    );
    let nobody = world.ask("alice", &world.alice, "nobody", "").await;
    assert_eq!(
        (nobody.status, &nobody.json["code"]),
        (404, &json!("user_not_found"))
    );
    world
        .ask("alice", &world.alice, "bob", &"x".repeat(513))
        .await
        .refused(400, "illegal_argument", "reason is too long");
    let path = "users/alice/contacts/accept/users/bob";
    server.post(path, &world.alice, json!({})).await.refused(
        400,
        "illegal_argument",
        "bob did not ask to become a contact",
    );
    let path = "users/alice/contacts/decline/users/bob";
    server.post(path, &world.alice, json!({})).await.ok();
    let path = "users/alice/contacts/users/bob";
    server
        .put(path, &world.alice, json!({"remark": "x".repeat(101)}))
        .await
        .refused(400, "illegal_argument", "remark length must less than 100");
    let stranger = server.put(path, &world.alice, json!({"remark": "x"})).await;
    assert_eq!(
        (stranger.status, &stranger.json["code"]),
        (403, &json!("not_on_roster"))
    );
    let empty = server
        .post("users/alice/contacts/apply", &world.alice, json!({}))
        .await;
    assert_eq!(empty.status, 400);
    let other = world.ask("alice", &world.bob, "bob", "").await;
    assert_eq!(other.status, 403, "the token of somebody else");
}

#[tokio::test]
async fn lists_are_bounded() {
    let world = world().await;
    let (alice, bob) = (
        world.account("alice").await.id,
        world.account("bob").await.id,
    );
    world
        .fill(bob, RecordKind::ContactRequest, CONTACT_REQUESTS_MAX)
        .await;
    let full = world.ask("alice", &world.alice, "bob", "").await;
    assert_eq!(
        (full.status, &full.json["code"]),
        (403, &json!("contact_limit_reached_peer"))
    );
    world.fill(alice, RecordKind::Contact, CONTACTS_MAX).await;
    world.ask("bob", &world.bob, "alice", "").await.ok();
    let path = "users/alice/contacts/accept/users/bob";
    let full = world.server.post(path, &world.alice, json!({})).await;
    assert_eq!(
        (full.status, &full.json["code"]),
        (403, &json!("contact_limit_reached"))
    );
    assert_eq!(world.contacts("bob").await, json!([]));
    world.fill(alice, RecordKind::Blocked, BLOCKED_MAX).await;
    let block = json!({"usernames": ["bob"]});
    let full = world
        .server
        .post("sdk/user/alice/blocks", &world.alice, block)
        .await;
    assert_eq!(
        (full.status, &full.json["code"]),
        (403, &json!("limit_reached"))
    );
}

#[tokio::test]
async fn ended_on_both_sides_and_with_the_account() {
    let world = world().await;
    let server = &world.server;
    let (carol, both) = (server.user("carol").await, "users/bob/contacts/users/");
    for other in ["alice", "carol"] {
        server
            .post(&format!("{both}{other}"), &world.app, json!({}))
            .await
            .ok();
    }
    let path = "users/bob/contacts/users/alice";
    server
        .put(path, &world.bob, json!({"remark": "A"}))
        .await
        .ok();
    server.post(path, &world.app, json!({})).await.ok();
    let listed = server
        .get("users/bob/contacts/users?needReturnRemark=true", &world.bob)
        .await;
    let rows = json!([{"username": "alice", "remark": "A"}, {"username": "carol", "remark": ""}]);
    assert_eq!(
        listed.ok()["entities"],
        rows,
        "making contacts again keeps the remark"
    );
    server
        .delete("users/carol/contacts/users/bob?resource=r", &carol)
        .await
        .ok();
    assert_eq!(world.contacts("bob").await, json!(["alice"]));
    server.delete("users/alice", &world.app).await.ok();
    assert_eq!(world.contacts("bob").await, json!([]));
}

#[tokio::test]
async fn both_ask_at_the_same_time() {
    let world = world().await;
    let asked = tokio::join!(
        world.ask("alice", &world.alice, "bob", ""),
        world.ask("bob", &world.bob, "alice", "")
    );
    asked.0.ok();
    asked.1.ok();
    assert_eq!(world.contacts("alice").await, json!(["bob"]));
    assert_eq!(world.contacts("bob").await, json!(["alice"]));
}
