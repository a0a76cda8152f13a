//! What a meta, one message or event, says to a device.

use super::facts::{number, target as named_target};
use crate::types::{ConversationChange, GroupChange, GroupEvent, Kick, Receipt, ReceiptKind};
use bytes::Bytes;
use lacuna_domain::{GroupId, MessageKind, Millis, Name, Pos, Target};
use lacuna_proto::pb::message_body::{Type, content};
use lacuna_proto::pb::meta::{NameSpace, RouteType};
use lacuna_proto::pb::muc_body::Operation as Muc;
use lacuna_proto::pb::statistics_body::Operation as Statistic;
use lacuna_proto::pb::{Jid, MessageBody, Meta, MucBody, StatisticsBody};
use prost::Message as _;
use serde_json::Value;

/// Something that came.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Incoming {
    /// A message to keep.
    Message(Arrived),
    /// A command, to be told and not kept.
    Command(Arrived),
    /// A receipt.
    Receipt(Receipt),
    /// A message is taken back from everybody.
    Recalled {
        conversation: Target,
        message: Pos,
        by: Name,
        ext: String,
    },
    /// A message has another content.
    Edited {
        conversation: Target,
        message: Pos,
        payload: Bytes,
        by: Name,
        time: Millis,
    },
    /// Something was deleted elsewhere. What it was is read as facts.
    Deleted {
        conversation: Target,
        device: String,
    },
    /// Another device changed a conversation.
    ConversationChanged {
        conversation: Target,
        change: ConversationChange,
        device: String,
        time: Millis,
    },
    /// Something happened in a group.
    Group(GroupEvent),
    /// The server logs the device out.
    Kick(Kick),
    /// Something that this version has no use for, or that makes no sense.
    Other,
}

/// A message that came.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Arrived {
    pub(crate) id: Pos,
    pub(crate) conversation: Target,
    pub(crate) from: Name,
    pub(crate) time: Millis,
    pub(crate) kind: MessageKind,
    /// The serialized message.
    pub(crate) payload: Bytes,
    /// 0 to all, 1 to who is online, 2 directed.
    pub(crate) route: u8,
}

/// Reads a meta as the user `me` sees it. What makes no sense is [`Incoming::Other`].
pub(crate) fn read(meta: Meta, me: &Name) -> Incoming {
    let read = match NameSpace::try_from(meta.ns.unwrap_or_default()) {
        Ok(NameSpace::Chat) => chat(&meta, me),
        Ok(NameSpace::Notify) => notify(&meta.payload.unwrap_or_default()),
        Ok(NameSpace::Muc) => group(meta.payload.unwrap_or_default()),
        Ok(NameSpace::Statistic) => kick(meta.payload.unwrap_or_default()),
        Ok(NameSpace::Roster | NameSpace::Conference | NameSpace::Query) | Err(_) => None,
    };
    read.unwrap_or(Incoming::Other)
}

fn chat(meta: &Meta, me: &Name) -> Option<Incoming> {
    let payload = meta.payload.clone().unwrap_or_default();
    let message = MessageBody::decode(payload.clone()).ok()?;
    // An event comes from the server, to this user: between whom it was is in the message then.
    let outer = meta.from.as_ref().filter(|from| !from.name().is_empty());
    let (from, to) = match outer {
        Some(from) => (from, meta.to.as_ref().or(message.to.as_ref())?),
        None => (message.from.as_ref()?, message.to.as_ref()?),
    };
    let from = name(from)?;
    let conversation = conversation(&from, to, me)?;
    let id = Pos(meta.id().min(Pos::MAX.0));
    let time = Millis(meta.timestamp());
    let about = || Some(Pos(message.ack_message_id?.min(Pos::MAX.0)));
    let receipt = |kind, message| {
        Some(Incoming::Receipt(Receipt {
            kind,
            from: from.clone(),
            conversation: conversation.clone(),
            message,
            time,
        }))
    };
    match Type::try_from(message.r#type.unwrap_or_default()).ok()? {
        Type::ReadAck => receipt(ReceiptKind::Read, Some(about()?)),
        Type::DeliverAck => receipt(ReceiptKind::Delivered, Some(about()?)),
        Type::ChannelAck => receipt(ReceiptKind::ConversationRead, None),
        Type::Recall => Some(Incoming::Recalled {
            message: about()?,
            ext: recall_ext(meta),
            by: from,
            conversation,
        }),
        Type::Edit => Some(Incoming::Edited {
            message: Pos(message.edit_message_id?.min(Pos::MAX.0)),
            by: from,
            conversation,
            payload,
            time,
        }),
        Type::Normal | Type::Chat | Type::Groupchat | Type::Chatroom => {
            let kind = kind(&message);
            let arrived = Arrived {
                id: (id > Pos::ZERO).then_some(id)?,
                conversation,
                from,
                time,
                kind,
                payload,
                route: route(meta),
            };
            Some(if kind == MessageKind::Command {
                Incoming::Command(arrived)
            } else {
                Incoming::Message(arrived)
            })
        }
    }
}

fn name(jid: &Jid) -> Option<Name> {
    Name::new(jid.name()).ok()
}

/// The group, or whichever side is not this user.
fn conversation(from: &Name, to: &Jid, me: &Name) -> Option<Target> {
    if to.is_group() {
        return (!to.name().is_empty()).then(|| Target::Group(GroupId::new(to.name())));
    }
    Some(Target::Peer(if from == me {
        name(to)?
    } else {
        from.clone()
    }))
}

fn recall_ext(meta: &Meta) -> String {
    let ext = meta
        .ext
        .iter()
        .find(|pair| pair.key() == "recallMessageExtensionInfo");
    ext.map(|pair| pair.string_value().to_owned())
        .unwrap_or_default()
}

fn route(meta: &Meta) -> u8 {
    match meta.routetype.map(RouteType::try_from) {
        Some(Ok(RouteType::RouteOnline)) => 1,
        Some(Ok(RouteType::RouteDirect)) => 2,
        Some(Ok(RouteType::RouteAll) | Err(_)) | None => 0,
    }
}

fn kind(message: &MessageBody) -> MessageKind {
    let Some(content) = message.contents.first() else {
        return MessageKind::Other;
    };
    let combined = content.sub_type == Some(content::SubType::SubCombine.into());
    match content::Type::try_from(content.r#type.unwrap_or_default()) {
        Ok(content::Type::Text) if combined => MessageKind::Combine,
        Ok(content::Type::Text) => MessageKind::Text,
        Ok(content::Type::Image) => MessageKind::Image,
        Ok(content::Type::Video) => MessageKind::Video,
        Ok(content::Type::Location) => MessageKind::Location,
        Ok(content::Type::Voice) => MessageKind::Voice,
        Ok(content::Type::File) => MessageKind::File,
        Ok(content::Type::Command) => MessageKind::Command,
        Ok(content::Type::Custom) => MessageKind::Custom,
        Ok(content::Type::Combine) => MessageKind::Combine,
        Err(_) => MessageKind::Other,
    }
}

fn notify(payload: &[u8]) -> Option<Incoming> {
    let event: Value = serde_json::from_slice(payload).ok()?;
    let data = event.get("data")?;
    let text = |key: &str| data.get(key).and_then(Value::as_str);
    let owned = |key: &str| text(key).unwrap_or_default().to_owned();
    match event.get("type")?.as_str()? {
        "roaming_delete" => Some(Incoming::Deleted {
            conversation: named_target(text("chatType")?, text("to")?)?,
            device: owned("resource"),
        }),
        "conv" => Some(Incoming::ConversationChanged {
            conversation: named_target(text("type")?, text("id")?)?,
            change: match text("op")? {
                "del" => ConversationChange::Deleted,
                "top" => ConversationChange::Pinned,
                "not_top" => ConversationChange::Unpinned,
                _ => return None,
            },
            device: owned("res"),
            time: Millis(data.get("ts").and_then(number).unwrap_or_default()),
        }),
        _ => None,
    }
}

fn group(payload: Bytes) -> Option<Incoming> {
    let event = MucBody::decode(payload).ok()?;
    let group = event.muc_id.as_ref()?.name();
    if group.is_empty() {
        return None;
    }
    let operation = event.operation.unwrap_or_default();
    let change = match Muc::try_from(operation) {
        Ok(Muc::Create) => GroupChange::Created,
        Ok(Muc::Destroy) => GroupChange::Destroyed,
        Ok(Muc::Join | Muc::Presence) => GroupChange::Joined,
        Ok(Muc::Leave | Muc::Absence) => GroupChange::Left,
        Ok(Muc::Invite) => GroupChange::Invited,
        Ok(Muc::Kick) => GroupChange::Kicked,
        Ok(Muc::DirectJoined) => GroupChange::DirectJoined,
        _ => GroupChange::Other(operation),
    };
    let by = event
        .from
        .as_ref()
        .map(Jid::name)
        .unwrap_or_default()
        .to_owned();
    Some(Incoming::Group(GroupEvent {
        group: GroupId::new(group),
        change,
        by,
        users: event.to.iter().map(|jid| jid.name().to_owned()).collect(),
        reason: event.reason.unwrap_or_default(),
    }))
}

fn kick(payload: Bytes) -> Option<Incoming> {
    let body = StatisticsBody::decode(payload).ok()?;
    let kick = match Statistic::try_from(body.operation?).ok()? {
        Statistic::Information => return None,
        Statistic::UserRemoved => Kick::UserRemoved,
        Statistic::UserLoginAnotherDevice => Kick::LoggedInElsewhere,
        Statistic::UserKickedByChangePassword => Kick::PasswordChanged,
        Statistic::UserKickedByOtherDevice => Kick::ByOtherDevice,
    };
    Some(Incoming::Kick(kick))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::{Body, Ext};
    use crate::wire::body::write;
    use lacuna_proto::notify_body;
    use proptest::prelude::*;
    use serde_json::json;

    fn alice() -> Name {
        Name::new("alice").unwrap()
    }

    fn message(from: &str, to: Jid, body: &Body) -> Meta {
        let sender = Name::new(from).unwrap();
        let target = Target::Peer(alice());
        Meta {
            id: Some(5),
            from: Some(Jid::user("a#b", from)),
            to: Some(to),
            timestamp: Some(9),
            ns: Some(NameSpace::Chat.into()),
            payload: Some(write(body, &Ext::new(), &sender, &target)),
            ..Meta::default()
        }
    }

    #[test]
    fn a_message_belongs_to_the_other_side_or_the_group() {
        let check = |from: &str, to: Jid, want: &str| {
            let Incoming::Message(arrived) =
                read(message(from, to, &Body::Text("x".into())), &alice())
            else {
                panic!("a message");
            };
            assert_eq!(arrived.conversation.id(), want);
            assert_eq!((arrived.id, arrived.time), (Pos(5), Millis(9)));
        };
        check("alice", Jid::user("a#b", "Bob"), "bob");
        check("bob", Jid::user("a#b", "alice"), "bob");
        check("bob", Jid::group("a#b", "77"), "77");
    }

    #[test]
    fn a_receipt_in_the_stream_of_events_is_between_whom_it_says() {
        let check = |from: &str, to: &str, sender: &str| {
            let body = MessageBody {
                r#type: Some(Type::ReadAck.into()),
                from: Some(Jid::named(from)),
                to: Some(Jid::named(to)),
                ack_message_id: Some(3),
                ..MessageBody::default()
            };
            let server = Jid {
                domain: Some("easemob.com".into()),
                ..Jid::default()
            };
            let meta = Meta {
                from: Some(server),
                payload: Some(body.encode_to_vec().into()),
                ..message("bob", Jid::user("a#b", "alice"), &Body::Other)
            };
            let Incoming::Receipt(receipt) = read(meta, &alice()) else {
                panic!("a receipt");
            };
            assert_eq!(receipt.from.as_str(), sender);
            assert_eq!(receipt.conversation.id(), "bob");
        };
        check("bob", "alice", "bob");
        check("alice", "bob", "alice");
    }

    #[test]
    fn commands_are_told_apart() {
        let body = Body::Command {
            action: "go".into(),
        };
        let read = read(message("bob", Jid::user("a#b", "alice"), &body), &alice());
        assert!(matches!(read, Incoming::Command(_)));
    }

    #[test]
    fn receipts_recalls_and_edits_name_a_message() {
        let check = |kind: Type, id: Option<u64>, want: &str| {
            let body = MessageBody {
                r#type: Some(kind.into()),
                ack_message_id: id,
                edit_message_id: id,
                ..MessageBody::default()
            };
            let meta = Meta {
                payload: Some(body.encode_to_vec().into()),
                ..message("bob", Jid::user("a#b", "alice"), &Body::Other)
            };
            let text = format!("{:?}", read(meta, &alice()));
            assert!(text.starts_with(want), "{text}");
        };
        check(Type::ReadAck, Some(3), "Receipt(Receipt { kind: Read");
        check(
            Type::DeliverAck,
            Some(3),
            "Receipt(Receipt { kind: Delivered",
        );
        check(
            Type::ChannelAck,
            None,
            "Receipt(Receipt { kind: ConversationRead",
        );
        check(Type::Recall, Some(3), "Recalled");
        check(Type::Edit, Some(3), "Edited");
        for kind in [Type::ReadAck, Type::DeliverAck, Type::Recall, Type::Edit] {
            check(kind, None, "Other");
        }
    }

    #[test]
    fn events_are_told_apart() {
        let check = |json: Value, want: &str| {
            let meta = Meta::decode(notify_body(&json)).unwrap();
            let text = format!("{:?}", read(meta, &alice()));
            assert!(text.starts_with(want), "{json}: {text}");
        };
        let deleted = |kind: &str, to: &str| json!({"type": "roaming_delete", "data": {"to": to, "chatType": kind, "resource": "r"}});
        check(deleted("chat", "bob"), "Deleted { conversation: Peer");
        check(deleted("groupchat", "7"), "Deleted { conversation: Group");
        check(deleted("chat", ""), "Other");
        let conv = |op: &str| json!({"type": "conv", "data": {"op": op, "id": "bob", "type": "chat", "res": "r", "ts": 1}});
        check(conv("del"), "ConversationChanged");
        check(conv("top"), "ConversationChanged");
        check(conv("mark"), "Other");
        check(json!({"type": "presence"}), "Other");
        check(json!([]), "Other");
    }

    #[test]
    fn kicks_have_reasons() {
        let check = |operation: i32, want: Incoming| {
            let body = StatisticsBody {
                operation: Some(operation),
                ..StatisticsBody::default()
            };
            let meta = Meta {
                ns: Some(0),
                payload: Some(body.encode_to_vec().into()),
                ..Meta::default()
            };
            assert_eq!(read(meta, &alice()), want);
        };
        check(0, Incoming::Other);
        check(1, Incoming::Kick(Kick::UserRemoved));
        check(2, Incoming::Kick(Kick::LoggedInElsewhere));
        check(3, Incoming::Kick(Kick::PasswordChanged));
        check(4, Incoming::Kick(Kick::ByOtherDevice));
        check(5, Incoming::Other);
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_are_something_without_panic(
            ns in 0_i32..8, id: u64, payload in prop::collection::vec(any::<u8>(), 0..200), from in "[a-zA-Z!]{0,5}",
        ) {
            let meta = Meta {
                id: Some(id),
                ns: Some(ns),
                from: Some(Jid::user("a#b", &from)),
                to: Some(Jid::user("a#b", "alice")),
                payload: Some(payload.into()),
                ..Meta::default()
            };
            drop(read(meta, &alice()));
        }
    }
}
