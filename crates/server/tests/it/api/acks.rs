//! Acknowledgements of group messages.

use super::Server;
use lacuna_domain::limits::ACK_LIFE_MS;
use lacuna_domain::{DeviceId, GroupId, Pos};
use lacuna_server::service::{Actor, GroupAck};
use serde_json::{Value, json};

struct Group {
    server: Server,
    alice: String,
    id: String,
    message: String,
}

/// A group of alice's with bob and carol in it, and a message of hers.
async fn group() -> Group {
    let server = Server::new().await;
    let (app, alice) = (server.app_token().await, server.user("alice").await);
    for name in ["bob", "carol", "dave"] {
        server.user(name).await;
    }
    let body = json!({"groupname": "g", "members": ["bob", "carol"]});
    let created = server.post("chatgroups", &alice, body).await;
    let id = created.ok()["data"]["groupid"].as_str().unwrap().to_owned();
    let message = server.text(&app, "alice", &id, "read me").await;
    Group {
        server,
        alice,
        id,
        message,
    }
}

impl Group {
    async fn ack(&self, name: &str) -> bool {
        let service = &self.server.service;
        let app = service.app("acme", "demo").await.unwrap();
        let account = service.account(&app, name).await.unwrap();
        let actor = Actor {
            app,
            account,
            device: DeviceId(1),
        };
        let ack = GroupAck {
            group: GroupId::new(&self.id),
            message: Pos(self.message.parse().unwrap()),
            content: format!("by {name}"),
        };
        service.group_ack(&actor, ack).await.is_ok()
    }

    async fn page(&self, query: &str) -> Value {
        let path = format!("chatgroups/{}/acks/{}?{query}", self.id, self.message);
        self.server.get(&path, &self.alice).await.ok()["data"].clone()
    }
}

#[tokio::test]
async fn pages_go_by_name() {
    let group = group().await;
    assert!(group.ack("carol").await && group.ack("bob").await && group.ack("bob").await);
    assert!(!group.ack("dave").await, "no member");
    assert!(group.ack("alice").await, "taken, without effect");
    let first = group.page("limit=1&key=undefined").await;
    assert_eq!(
        (&first["total"], &first["is_last"], &first["next_key"]),
        (&json!(2), &json!(false), &json!("bob"))
    );
    assert_eq!(first["userlist"][0]["ack_content"], "by bob");
    let second = group.page("limit=1&key=bob").await;
    assert_eq!(
        (&second["is_last"], &second["next_key"]),
        (&json!(true), &json!(""))
    );
    assert_eq!(second["userlist"][0]["username"], "carol");
}

#[tokio::test]
async fn kept_for_three_days() {
    let group = group().await;
    group.ack("bob").await;
    group.server.pass_ms(ACK_LIFE_MS - 1);
    group.ack("carol").await;
    assert_eq!(group.page("").await["total"], 2);
    group.server.pass_ms(1);
    assert_eq!(group.page("").await["total"], 0);
    group.server.pass_ms(1);
    assert!(group.ack("bob").await, "taken, without effect");
    assert_eq!(group.page("").await["total"], 0);
}
