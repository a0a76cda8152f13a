//! Chat rooms in the hands of those who govern them.

use super::managing::event;
use super::room_stays::come;
use super::rooms::{Room, actor, room};
use bytes::Bytes;
use lacuna_domain::{GroupId, Pos, Reader, Target};
use lacuna_proto::pb::MucBody;
use lacuna_proto::pb::muc_body::Operation;
use lacuna_server::delivery::Publication;
use lacuna_server::service::{Actor, Change, ChangeAct, RoomAct};
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::sync::mpsc;

/// The events of the room that wait for a session and are for its user.
fn heard(told: &mut mpsc::Receiver<Publication>, user: &Actor) -> Vec<MucBody> {
    let mut events = Vec::new();
    let reader = Reader {
        account: user.id(),
        device: user.device,
    };
    while let Ok(publication) = told.try_recv() {
        if let Publication::Online(entry) = publication
            && entry.audience.admits(reader)
        {
            events.extend(event(&entry.body));
        }
    }
    events
}

fn join(room: &Room) -> RoomAct {
    RoomAct::Join {
        id: GroupId::new(&room.id),
        ext: None,
        leave_others: false,
    }
}

/// Sends a text to the room by the server API. Its id.
async fn say(room: &Room) -> String {
    let body = json!({"from": "bob", "to": [room.id], "type": "txt", "body": {"msg": "hi"}});
    let answer = room.server.post("messages/chatrooms", &room.app, body);
    let data = answer.await.ok()["data"].clone();
    data[&room.id].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn who_is_kicked_is_told_and_its_attributes_go() {
    let room = room().await;
    let (server, service) = (&room.server, &room.server.service);
    let (_alice, mut alice_is_told) = come(service, "alice").await;
    let (_bob, mut bob_is_told) = come(service, "bob").await;
    let path = format!("metadata/chatroom/{}/user/bob", room.id);
    for (key, how) in [("kept", "NO_DELETE"), ("gone", "DELETE")] {
        let body = json!({"metaData": {key: "v"}, "autoDelete": how});
        server.put(&path, &room.bob, body).await.ok();
    }
    let (alice, bob) = (actor(service, "alice").await, actor(service, "bob").await);
    heard(&mut alice_is_told, &alice);
    let kicked = server.delete(&room.path("/users/bob"), &room.alice).await;
    assert_eq!(kicked.ok()["data"]["result"], true);
    assert_eq!(room.members().await, ["alice"]);
    let operations = |events: Vec<MucBody>| {
        assert!(events.iter().all(MucBody::is_chatroom));
        let operations = events.iter().map(MucBody::operation);
        operations.collect::<Vec<_>>()
    };
    assert_eq!(operations(heard(&mut bob_is_told, &bob)), [Operation::Kick]);
    assert_eq!(
        operations(heard(&mut alice_is_told, &alice)),
        [Operation::Absence, Operation::DeleteMetadata]
    );
    let path = format!("metadata/chatroom/{}", room.id);
    let left = server.post(&path, &room.app, json!({})).await;
    assert_eq!(left.ok()["data"], json!({"kept": "v"}));
}

#[tokio::test]
async fn the_banned_do_not_come_in() {
    let room = room().await;
    let (server, service) = (&room.server, &room.server.service);
    let bob = actor(service, "bob").await;
    let blocked = room.path("/blocks/users/bob");
    server.post(&blocked, &room.alice, json!({})).await.ok();
    assert_eq!(room.members().await, ["alice"]);
    let refused = service.act_in_room(&bob, join(&room)).await.unwrap_err();
    assert_eq!(refused.code.name(), "group_user_blocked");
    let path = room.path("/users/bob");
    let added = server.post(&path, &room.app, json!({})).await;
    added.refused(
        403,
        "forbidden_op",
        "can not join this group, reason:user: bob is in the blacklist",
    );
    server.delete(&blocked, &room.alice).await.ok();
    service.act_in_room(&bob, join(&room)).await.unwrap();
    assert_eq!(room.members().await, ["alice", "bob"]);
}

#[tokio::test]
async fn an_admin_stays_one_while_it_is_away() {
    let room = room().await;
    let (server, service) = (&room.server, &room.server.service);
    let body = json!({"newadmin": "bob"});
    let path = room.path("/admin");
    server.post(&path, &room.alice, body).await.ok();
    let bob = actor(service, "bob").await;
    let id = GroupId::new(&room.id);
    let leave = RoomAct::Leave { id };
    service.act_in_room(&bob, leave).await.unwrap();
    let outside = "users [bob] are not members of this group!";
    let path = room.path("/ban");
    let mute_all = || server.post(&path, &room.bob, json!({}));
    mute_all().await.refused(403, "forbidden_op", outside);
    service.act_in_room(&bob, join(&room)).await.unwrap();
    let is_muted = async || {
        let shown = server.get(&room.path(""), &room.alice).await;
        shown.ok()["data"][0]["mute"].clone()
    };
    assert_eq!(is_muted().await, false);
    mute_all().await.ok();
    assert_eq!(is_muted().await, true);
}

#[tokio::test]
async fn messages_of_rooms_are_recalled_and_not_edited() {
    let room = room().await;
    let (server, service) = (&room.server, &room.server.service);
    let (bob, id) = (actor(service, "bob").await, say(&room).await);
    let change = |actor: &Actor, id: &str, act| Change {
        sender: actor.sender(),
        by: None,
        target: Target::Group(GroupId::new(&room.id)),
        pos: Pos(id.parse().unwrap()),
        act,
        body: Bytes::from_static(b"\x28\x01"),
        client_id: Some(7),
        echo: true,
    };
    let edit = ChangeAct::Edit {
        payload: Bytes::new(),
        kind: lacuna_domain::MessageKind::Text,
    };
    let edit = change(&bob, &id, edit);
    let refused = Arc::clone(service).change(Arc::clone(&bob.app), edit).await;
    assert_eq!(refused.unwrap_err().text, "Sorry, edit is not available");
    let recall = change(&bob, &id, ChangeAct::Recall { force: false });
    let recalled = Arc::clone(service).change(Arc::clone(&bob.app), recall);
    recalled.await.unwrap();
    let id = say(&room).await;
    let body = |kind: &str| json!({"msg_id": id, "to": room.id, "chat_type": kind});
    let ask = |kind: &str| server.post("messages/msg_recall", &room.app, body(kind));
    let missing = format!("grpID {} does not exist!", room.id);
    let answer = ask("groupchat").await;
    answer.refused(404, "resource_not_found", &missing);
    let answer = ask("chatroom").await;
    assert_eq!(answer.ok()["data"]["chattype"], "chatroom");
    let again = ask("chatroom").await;
    assert_eq!(again.json["code"], Value::from("message_invalid"));
}
