//! Pinned messages and reactions.

use super::room_stays::come;
use super::rooms::{Room, actor, room};
use super::{Answer, Server};
use lacuna_domain::Target;
use lacuna_domain::limits::MESSAGE_PINS_MAX;
use lacuna_server::delivery::Publication;
use lacuna_store::{RecordId, RecordKind, RecordOwner, RecordQuery, RecordWrite};
use serde_json::{Value, json};

/// Pins a message as a user, or unpins it.
async fn pin(server: &Server, (user, token): (&str, &str), of: Value, set: bool) -> Answer {
    let path = format!("sdk/user/{user}/user_channel/pin?resource=r");
    let method = if set { "POST" } else { "DELETE" };
    server.raw(method, &path, token, of.to_string()).await
}

async fn pinned(server: &Server, (user, token): (&str, &str), to: &str, kind: &str) -> Value {
    let path = format!("sdk/user/{user}/user_channel/pin?to={to}&type={kind}&limit=20");
    server.get(&path, token).await.ok()["data"]["msg_infos"].clone()
}

async fn say(room: &Room) -> String {
    let body = json!({"from": "alice", "to": [room.id], "type": "txt", "body": {"msg": "hi"}});
    let answer = room
        .server
        .post("messages/chatrooms", &room.app, body)
        .await;
    answer.ok()["data"][&room.id].as_str().unwrap().to_owned()
}

/// What an event says, as its receiver reads it.
fn text(publication: &Publication) -> String {
    let Publication::Entry(entry) = publication else {
        panic!("{publication:?}");
    };
    String::from_utf8_lossy(&entry.body).into_owned()
}

#[tokio::test]
async fn rooms_have_pins_and_reactions() {
    let room = room().await;
    let server = &room.server;
    let id = say(&room).await;
    let (_session, mut told) = come(&server.service, "alice").await;
    let of = json!({"to": room.id, "type": "chatroom", "pin_msg_id": id});
    let bob = ("bob", room.bob.as_str());
    pin(server, bob, of.clone(), true).await.ok();
    let event = text(&told.try_recv().unwrap());
    assert!(event.contains(r#""type":"chatroom""#), "{event}");
    let rows = pinned(server, bob, &room.id, "chatroom").await;
    assert_eq!(rows[0]["message"]["id"], id);
    let payload = rows[0]["message"]["payload"].as_str().unwrap();
    let payload: Value = serde_json::from_str(payload).unwrap();
    assert_eq!(payload["type"], "chatroom");

    let body = json!({"msgId": id, "message": ":)"});
    server.post("reaction/user/bob", &room.bob, body).await.ok();
    let event = text(&told.try_recv().unwrap());
    assert!(event.contains(r#""channel_type":"chatroom""#), "{event}");
    let list = format!("reaction/user/alice?msgIdList={id}&msgType=chat");
    let answer = server.get(&list, &room.alice).await;
    let row = &answer.ok()["data"][0]["reactionList"][0];
    assert_eq!((&row["reaction"], &row["count"]), (&json!(":)"), &json!(1)));

    pin(server, ("alice", &room.alice), of, false).await.ok();
    assert_eq!(pinned(server, bob, &room.id, "chatroom").await, json!([]));
    let carol = server.user("carol").await;
    let of = json!({"to": room.id, "type": "chatroom", "pin_msg_id": id});
    let answer = pin(server, ("carol", &carol), of, true).await;
    assert_eq!(answer.status / 100, 4, "carol is not in the room");
}

/// Alice and bob, and what alice has sent to bob.
struct Pair {
    server: Server,
    alice: String,
    bob: String,
    sent: Vec<String>,
}

impl Pair {
    async fn new(messages: usize) -> Self {
        let server = Server::new().await;
        let (alice, bob) = (server.user("alice").await, server.user("bob").await);
        let app = server.app_token().await;
        let mut sent = Vec::new();
        for _ in 0..messages {
            sent.push(server.text(&app, "alice", "bob", "hi").await);
        }
        Self {
            server,
            alice,
            bob,
            sent,
        }
    }

    async fn pin(&self, user: &str, id: &str, set: bool) -> Answer {
        let (token, other) = match user {
            "alice" => (&self.alice, "bob"),
            _ => (&self.bob, "alice"),
        };
        let of = json!({"to": other, "type": "chat", "pin_msg_id": id});
        pin(&self.server, (user, token), of, set).await
    }

    async fn delete(&self, user: &str, id: &str) {
        let (token, other) = match user {
            "alice" => (&self.alice, "bob"),
            _ => (&self.bob, "alice"),
        };
        let path = format!("sdk/message/roaming/chat/user/{user}?userId={other}&msgIdList={id}");
        self.server.delete(&path, token).await.ok();
    }

    async fn pinned(&self, user: &str) -> usize {
        let (token, other) = match user {
            "alice" => (&self.alice, "bob"),
            _ => (&self.bob, "alice"),
        };
        let rows = pinned(&self.server, (user, token), other, "chat").await;
        rows.as_array().unwrap().len()
    }

    async fn owner(&self) -> RecordOwner {
        let alice = actor(&self.server.service, "alice").await;
        let target = Target::Peer(lacuna_domain::Name::new("bob").unwrap());
        let store = &self.server.service.store;
        let found = store.conversation(alice.app.id, alice.name(), &target);
        RecordOwner::Conversation(found.await.unwrap().unwrap())
    }

    async fn count(&self, kind: RecordKind) -> usize {
        let query = RecordQuery {
            owner: self.owner().await,
            kind,
            after: None,
            limit: 100,
        };
        let service = &self.server.service;
        let found = service.store.records(query, service.clock.now()).await;
        found.unwrap().len()
    }
}

const NO_PIN: &str = "user session pin message not exist";

#[tokio::test]
async fn whoever_deleted_a_message_may_unpin_it() {
    let pair = Pair::new(2).await;
    let [one, two] = &pair.sent[..] else {
        panic!("two were sent");
    };
    pair.pin("alice", one, true).await.ok();
    pair.delete("alice", one).await;
    assert_eq!(
        (pair.pinned("alice").await, pair.pinned("bob").await),
        (0, 1)
    );
    pair.pin("alice", one, false).await.ok();
    assert_eq!(pair.pinned("bob").await, 0);
    // It is pinned no more, and nothing says that it is there.
    let again = pair.pin("alice", one, false).await;
    again.refused(404, "resource_not_found", NO_PIN);
    let again = pair.pin("alice", one, true).await;
    again.refused(404, "resource_not_found", NO_PIN);
    pair.pin("bob", two, false).await.ok();
    let unknown = pair.pin("bob", "77", true).await;
    unknown.refused(404, "resource_not_found", NO_PIN);
    // A pin that its message has left behind.
    let id = RecordId::new(pair.owner().await, RecordKind::MessagePin, "77");
    let service = &pair.server.service;
    let write = RecordWrite::new(actor(service, "bob").await.app.id).put(id, "bob");
    let now = service.clock.now();
    service.store.write_records(write, now).await.unwrap();
    pair.pin("bob", "77", false).await.ok();
    assert_eq!(pair.count(RecordKind::MessagePin).await, 0);
}

#[tokio::test]
async fn nobody_from_outside_unpins() {
    let server = Server::new().await;
    let (app, alice) = (server.app_token().await, server.user("alice").await);
    let carol = server.user("carol").await;
    let answer = server
        .post(
            "chatgroups",
            &alice,
            json!({"owner": "alice", "groupname": "g"}),
        )
        .await;
    let group = answer.ok()["data"]["groupid"].as_str().unwrap().to_owned();
    let id = server.text(&app, "alice", &group, "hi").await;
    let of = json!({"to": group, "type": "groupchat", "pin_msg_id": id});
    pin(&server, ("alice", &alice), of.clone(), true).await.ok();
    let answer = pin(&server, ("carol", &carol), of, false).await;
    let text = "users [carol] are not members of this group!";
    answer.refused(403, "forbidden_op", text);
    let rows = pinned(&server, ("alice", &alice), &group, "groupchat").await;
    assert_eq!(rows.as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn pins_of_messages_that_are_gone_take_no_place() {
    let pair = Pair::new(MESSAGE_PINS_MAX + 2).await;
    let (last, pinned) = pair.sent.split_last().unwrap();
    let (more, pinned) = pinned.split_last().unwrap();
    for id in pinned {
        pair.pin("alice", id, true).await.ok();
    }
    let refused = pair.pin("alice", last, true).await;
    refused.refused(403, "exceed_limit", "the limit is reached");
    assert_eq!(refused.json["error_code"], 91_101);
    pair.delete("alice", &pinned[0]).await;
    let refused = pair.pin("alice", last, true).await;
    refused.refused(403, "exceed_limit", "the limit is reached");
    assert_eq!(pair.pinned("bob").await, MESSAGE_PINS_MAX);
    pair.delete("bob", &pinned[0]).await;
    let store = &pair.server.service.store;
    while store.purge_step(100).await.unwrap().more {}
    pair.pin("alice", last, true).await.ok();
    assert_eq!(pair.pinned("alice").await, MESSAGE_PINS_MAX);

    // One that was left behind when its message went.
    let kind = RecordKind::MessagePin;
    let gone = RecordId::new(pair.owner().await, kind, last.as_str());
    let left = RecordId::new(gone.owner, kind, "77");
    let service = &pair.server.service;
    let app = actor(service, "alice").await.app.id;
    let write = RecordWrite::new(app).remove(gone).put(left, "alice");
    let now = service.clock.now();
    service.store.write_records(write, now).await.unwrap();
    pair.pin("alice", more, true).await.ok();
    assert_eq!(pair.pinned("alice").await, MESSAGE_PINS_MAX);
}

#[tokio::test]
async fn reactions_go_with_a_recalled_message() {
    let pair = Pair::new(1).await;
    let id = &pair.sent[0];
    for (user, token) in [("alice", &pair.alice), ("bob", &pair.bob)] {
        let body = json!({"msgId": id, "message": ":)"});
        let path = format!("reaction/user/{user}");
        pair.server.post(&path, token, body).await.ok();
    }
    pair.pin("bob", id, true).await.ok();
    let kinds = [
        (RecordKind::MessagePin, 1),
        (RecordKind::Reaction, 1),
        (RecordKind::ReactionBy, 2),
    ];
    for (kind, there) in kinds {
        assert_eq!(pair.count(kind).await, there);
    }
    let body = json!({"msg_id": id, "from": "alice", "to": "bob", "chat_type": "chat"});
    let app = pair.server.app_token().await;
    pair.server
        .post("messages/msg_recall", &app, body)
        .await
        .ok();
    for (kind, _) in kinds {
        assert_eq!(pair.count(kind).await, 0);
    }
}
