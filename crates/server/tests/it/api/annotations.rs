//! Pinned messages and reactions.

use super::room_stays::come;
use super::rooms::{Room, room};
use super::{Answer, Server};
use lacuna_server::delivery::Publication;
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
