//! Frames as a client writes and reads them.

use super::timeline::{Deletion, Message};
use super::{APP_KEY, Identity};
use anyhow::Context;
use bytes::Bytes;
use lacuna_proto::pb::message_body::{Content, Type, content};
use lacuna_proto::pb::meta::NameSpace;
use lacuna_proto::pb::provision::OsType;
use lacuna_proto::pb::{
    CommNotice, CommSyncDl, CommSyncUl, CommUnreadDl, Jid, MSync, MessageBody, Meta, Provision,
    StatisticsBody, m_sync::Command,
};
use prost::Message as _;
use serde_json::Value;

/// A frame that a server sends.
#[derive(Debug)]
pub(crate) enum Downstream {
    /// The answer to the login.
    Provision(Box<Provision>),
    /// Which queues have something.
    Unread(CommUnreadDl),
    /// A queue has something.
    Notice(Jid),
    /// An acknowledgement or a page.
    Sync(CommSyncDl),
    /// Anything else; ignored.
    Other,
}

/// What a meta tells the client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Incoming {
    /// A message with a text.
    Message(Message),
    /// Another device of this user deleted something.
    Deleted(Deletion),
    /// The server logs this device out.
    Kicked(i32),
    /// Something this client has no use for.
    Other,
}

/// Reads a frame.
pub(crate) fn decode(frame: Bytes) -> anyhow::Result<Downstream> {
    let frame = MSync::decode(frame).context("decode frame")?;
    let command = frame.command.unwrap_or_default();
    let payload = frame.payload.unwrap_or_default();
    Ok(match Command::try_from(command) {
        Ok(Command::Provision) => Downstream::Provision(Box::new(Provision::decode(payload)?)),
        Ok(Command::Unread) => Downstream::Unread(CommUnreadDl::decode(payload)?),
        Ok(Command::Notice) => {
            Downstream::Notice(CommNotice::decode(payload)?.queue.unwrap_or_default())
        }
        Ok(Command::Sync) => Downstream::Sync(CommSyncDl::decode(payload)?),
        Ok(Command::Logout) | Err(_) => Downstream::Other,
    })
}

/// The login, the first frame of a connection.
pub(crate) fn provision(who: &Identity, token: &str) -> Bytes {
    let provision = Provision {
        os_type: Some(OsType::OsOther.into()),
        version: Some(env!("CARGO_PKG_VERSION").to_owned()),
        device_uuid: Some(who.resource.clone()),
        device_name: Some(who.resource.clone()),
        resource: Some(who.resource.clone()),
        ..Provision::default()
    };
    let frame = MSync {
        guid: Some(Jid::user(APP_KEY, &who.name).on_device(&who.resource)),
        auth: Some(format!("$t${token}")),
        ..envelope(Command::Provision, Some(provision.encode_to_vec()))
    };
    frame.encode_to_vec().into()
}

/// Asks which queues have something; also the keepalive.
pub(crate) fn unread() -> Bytes {
    envelope(Command::Unread, None).encode_to_vec().into()
}

/// Pulls a queue; a key acknowledges everything up to it.
pub(crate) fn pull(queue: Jid, key: Option<u64>) -> Bytes {
    sync(&CommSyncUl {
        key,
        queue: Some(queue),
        ..CommSyncUl::default()
    })
}

/// Sends a text to a user.
pub(crate) fn text(id: u64, from: &str, to: &str, text: &str) -> Bytes {
    sync(&CommSyncUl {
        meta: Some(Meta {
            id: Some(id),
            to: Some(Jid::user(APP_KEY, to)),
            ns: Some(NameSpace::Chat.into()),
            payload: Some(text_payload(from, to, text)),
            ..Meta::default()
        }),
        ..CommSyncUl::default()
    })
}

/// The serialized body of a text message between two users.
pub(crate) fn text_payload(from: &str, to: &str, text: &str) -> Bytes {
    let body = MessageBody {
        r#type: Some(Type::Chat.into()),
        from: Some(Jid::named(from)),
        to: Some(Jid::named(to)),
        contents: vec![Content {
            r#type: Some(content::Type::Text.into()),
            text: Some(text.to_owned()),
            ..Content::default()
        }],
        ..MessageBody::default()
    };
    body.encode_to_vec().into()
}

/// Reads a meta as the user `me` sees it.
pub(crate) fn read_meta(meta: Meta, me: &str) -> anyhow::Result<Incoming> {
    match NameSpace::try_from(meta.ns.unwrap_or_default()) {
        Ok(NameSpace::Chat) => read_message(meta, me),
        Ok(NameSpace::Notify) => Ok(read_notify(&meta.payload.unwrap_or_default())
            .map_or(Incoming::Other, Incoming::Deleted)),
        Ok(NameSpace::Statistic) => {
            let body =
                StatisticsBody::decode(meta.payload.unwrap_or_default()).context("decode kick")?;
            Ok(body
                .operation
                .filter(|operation| *operation > 0)
                .map_or(Incoming::Other, Incoming::Kicked))
        }
        _ => Ok(Incoming::Other),
    }
}

fn read_message(meta: Meta, me: &str) -> anyhow::Result<Incoming> {
    let (id, time_ms) = (meta.id(), meta.timestamp());
    let body = MessageBody::decode(meta.payload.unwrap_or_default()).context("decode message")?;
    let kind = Type::try_from(body.r#type.unwrap_or_default());
    if !matches!(kind, Ok(Type::Normal | Type::Chat | Type::Groupchat)) {
        return Ok(Incoming::Other);
    }
    let from = meta.from.unwrap_or_default().name().to_owned();
    let to = meta.to.unwrap_or_default();
    let own_or_group = from == me || to.is_group();
    let conversation = if own_or_group {
        to.name().to_owned()
    } else {
        from.clone()
    };
    let text = body
        .contents
        .into_iter()
        .find_map(|content| content.text)
        .unwrap_or_default();
    Ok(Incoming::Message(Message {
        id,
        conversation,
        from,
        text,
        time_ms,
    }))
}

/// The deletion that an event tells of, if it tells of one.
fn read_notify(payload: &[u8]) -> Option<Deletion> {
    let event: Value = serde_json::from_slice(payload).ok()?;
    let data = event.get("data")?;
    let text = |key: &str| data.get(key).and_then(Value::as_str);
    match event.get("type")?.as_str()? {
        "roaming_delete" => {
            let list = |key: &str| {
                data.get(key)
                    .and_then(Value::as_array)
                    .into_iter()
                    .flatten()
            };
            Some(Deletion {
                conversation: text("to")?.to_owned(),
                ids: list("msgIdList").filter_map(id).collect(),
                through_ms: data.get("deleteTime").and_then(number),
                ranges: list("ranges").filter_map(range).collect(),
            })
        }
        "conv" if text("op") == Some("del") => Some(Deletion {
            conversation: text("id")?.to_owned(),
            through_ms: data.get("ts").and_then(number),
            ..Deletion::default()
        }),
        _ => None,
    }
}

/// A 64-bit id: a string, as JSON numbers cannot hold it.
fn id(value: &Value) -> Option<u64> {
    value.as_str()?.parse().ok()
}

fn number(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| id(value))
}

fn range(value: &Value) -> Option<(u64, u64)> {
    Some((id(value.get(0)?)?, id(value.get(1)?)?))
}

fn sync(payload: &CommSyncUl) -> Bytes {
    envelope(Command::Sync, Some(payload.encode_to_vec()))
        .encode_to_vec()
        .into()
}

fn envelope(command: Command, payload: Option<Vec<u8>>) -> MSync {
    MSync {
        version: Some(0),
        command: Some(command.into()),
        payload: payload.map(Bytes::from),
        encrypt_type: vec![0],
        ..MSync::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lacuna_proto::frame::{self, Upstream};
    use serde_json::json;

    #[test]
    fn the_server_reads_what_the_client_writes() {
        let who = Identity::new("alice", "phone");
        let Ok(Upstream::Provision {
            guid,
            auth,
            provision,
        }) = frame::decode(&provision(&who, "secret"))
        else {
            panic!("a login was written");
        };
        assert_eq!(
            (guid.name(), auth.as_str(), provision.resource()),
            ("alice", "$t$secret", "phone")
        );
        assert_eq!(frame::decode(&unread()), Ok(Upstream::Unread));
        let queue = Jid::user(APP_KEY, "bob");
        let pulled = Upstream::Sync {
            meta: None,
            key: Some(7),
            queue: Some(queue.clone()),
        };
        assert_eq!(frame::decode(&pull(queue, Some(7))), Ok(pulled));
    }

    #[test]
    fn a_message_belongs_to_the_peer_whoever_sent_it() {
        let check = |from: &str, to: &str, me: &str, want: &str| {
            let meta = Meta {
                id: Some(5),
                from: Some(Jid::user(APP_KEY, from)),
                to: Some(Jid::user(APP_KEY, to)),
                timestamp: Some(9),
                ns: Some(1),
                payload: Some(text_payload(from, to, "hello")),
                ..Meta::default()
            };
            let Incoming::Message(message) = read_meta(meta, me).unwrap() else {
                panic!("a message was sent");
            };
            assert_eq!(
                (
                    message.conversation.as_str(),
                    message.text.as_str(),
                    message.id
                ),
                (want, "hello", 5)
            );
        };
        check("alice", "bob", "alice", "bob");
        check("alice", "bob", "bob", "alice");
    }

    #[test]
    fn deletions_are_read_from_events() {
        let check = |event: Value, want: Option<Deletion>| {
            assert_eq!(read_notify(event.to_string().as_bytes()), want, "{event}");
        };
        let bob = || Deletion {
            conversation: "bob".to_owned(),
            ..Deletion::default()
        };
        let ids = json!({"to": "bob", "chatType": "chat", "msgIdList": ["9007199254740993"], "ranges": [["3", "5"]]});
        check(
            json!({"type": "roaming_delete", "data": ids}),
            Some(Deletion {
                ids: vec![9_007_199_254_740_993],
                ranges: vec![(3, 5)],
                ..bob()
            }),
        );
        check(
            json!({"type": "roaming_delete", "data": {"to": "bob", "deleteTime": 4}}),
            Some(Deletion {
                through_ms: Some(4),
                ..bob()
            }),
        );
        check(
            json!({"type": "conv", "data": {"op": "del", "id": "bob", "ts": 8}}),
            Some(Deletion {
                through_ms: Some(8),
                ..bob()
            }),
        );
        check(
            json!({"type": "conv", "data": {"op": "top", "id": "bob"}}),
            None,
        );
        check(json!({"type": "presence"}), None);
    }
}
