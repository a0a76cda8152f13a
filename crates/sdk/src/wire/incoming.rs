//! What a meta, one message or event, says to a device.

use super::events::{group, kick, notify};
use crate::types::{ConversationChange, GroupEvent, Kick, Receipt, ReceiptKind};
use bytes::Bytes;
use lacuna_domain::{GroupId, MessageKind, Millis, Name, Pos, Target};
use lacuna_proto::message_kind;
use lacuna_proto::pb::message_body::Type;
use lacuna_proto::pb::meta::{NameSpace, RouteType};
use lacuna_proto::pb::{Jid, KeyValue, MessageBody, Meta};
use prost::Message as _;

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
        /// Where.
        conversation: Target,
        /// Which.
        message: Pos,
        /// Who did it.
        by: Name,
        /// What the app says about it.
        ext: String,
    },
    /// A message has another content.
    Edited {
        /// Where.
        conversation: Target,
        /// Which.
        message: Pos,
        /// The serialized message as it is now.
        payload: Bytes,
        /// Who did it.
        by: Name,
        /// When.
        time: Millis,
    },
    /// Something was deleted elsewhere. What it was is read as facts.
    Deleted {
        /// Where.
        conversation: Target,
        /// The device that did it: a resource; empty for the server API.
        device: String,
    },
    /// Another device changed a conversation.
    ConversationChanged {
        /// Which.
        conversation: Target,
        /// What it did.
        change: ConversationChange,
        /// The device that did it: a resource; empty for the server API.
        device: String,
        /// When.
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
    /// Its id, above zero.
    pub(crate) id: Pos,
    /// Where it belongs, as this user names it.
    pub(crate) conversation: Target,
    /// Who sent it.
    pub(crate) from: Name,
    /// When the server received it.
    pub(crate) time: Millis,
    /// What kind it is of.
    pub(crate) kind: MessageKind,
    /// The serialized message.
    pub(crate) payload: Bytes,
    /// 0 to all, 1 to who is online, 2 directed.
    pub(crate) route: u8,
}

/// Reads a meta as the user `me` sees it. What makes no sense is [`Incoming::Other`].
#[must_use]
pub(crate) fn read(meta: Meta, me: &Name) -> Incoming {
    let read = match NameSpace::try_from(meta.ns.unwrap_or_default()) {
        Ok(NameSpace::Chat) => chat(meta, me),
        Ok(NameSpace::Notify) => notify(&meta.payload.unwrap_or_default()),
        Ok(NameSpace::Muc) => group(meta.payload.unwrap_or_default()),
        Ok(NameSpace::Statistic) => kick(meta.payload.unwrap_or_default()),
        Ok(NameSpace::Roster | NameSpace::Conference | NameSpace::Query) | Err(_) => None,
    };
    read.unwrap_or(Incoming::Other)
}

fn chat(meta: Meta, me: &Name) -> Option<Incoming> {
    let (id, time, route) = (pos(meta.id()), meta.timestamp(), route(&meta));
    let (ext, payload) = (meta.ext, meta.payload.unwrap_or_default());
    let message = MessageBody::decode(payload.clone()).ok()?;
    let kind = Type::try_from(message.r#type.unwrap_or_default()).ok()?;
    // An event comes from the server, to this user: between whom it was is in the message then, where names have no domain.
    let outer = meta.from.as_ref().filter(|from| !from.name().is_empty());
    let to = outer.and(meta.to.as_ref());
    let grouped = to.is_none() && kind == Type::Groupchat;
    let from = name(outer.or(message.from.as_ref())?)?;
    let conversation = conversation(&from, to.or(message.to.as_ref())?, grouped, me)?;
    // A message whose time is not said has the time of its id.
    let time = Millis(time).max(id.filter(|_| time == 0).map(Pos::time).unwrap_or_default());
    let receipt = |kind, message| {
        Some(Incoming::Receipt(Receipt {
            kind,
            from: from.clone(),
            conversation: conversation.clone(),
            message,
            time,
        }))
    };
    let about = || pos(message.ack_message_id?);
    match kind {
        Type::ReadAck => receipt(ReceiptKind::Read, Some(about()?)),
        Type::DeliverAck => receipt(ReceiptKind::Delivered, Some(about()?)),
        Type::ChannelAck => receipt(ReceiptKind::ConversationRead, None),
        Type::Recall => Some(Incoming::Recalled {
            message: about()?,
            ext: recall_ext(&ext),
            by: from,
            conversation,
        }),
        Type::Edit => Some(Incoming::Edited {
            message: pos(message.edit_message_id?)?,
            by: from,
            conversation,
            payload,
            time,
        }),
        // Rooms are none of our conversations.
        Type::Chatroom => None,
        Type::Normal | Type::Chat | Type::Groupchat => {
            let kind = message_kind(&message);
            let arrived = Arrived {
                id: id?,
                conversation,
                from,
                time,
                kind,
                payload,
                route,
            };
            Some(if kind == MessageKind::Command {
                Incoming::Command(arrived)
            } else {
                Incoming::Message(arrived)
            })
        }
    }
}

/// An id that a message can have.
fn pos(id: u64) -> Option<Pos> {
    Some(Pos(id)).filter(|id| (Pos(1)..=Pos::MAX).contains(id))
}

fn name(jid: &Jid) -> Option<Name> {
    Name::new(jid.name()).ok()
}

/// The group, or whichever side is not this user.
fn conversation(from: &Name, to: &Jid, grouped: bool, me: &Name) -> Option<Target> {
    if grouped || to.is_group() {
        return (!to.name().is_empty()).then(|| Target::Group(GroupId::new(to.name())));
    }
    Some(Target::Peer(if from == me {
        name(to)?
    } else {
        from.clone()
    }))
}

fn recall_ext(ext: &[KeyValue]) -> String {
    let said = ext
        .iter()
        .find(|pair| pair.key() == "recallMessageExtensionInfo");
    said.map(|pair| pair.string_value().to_owned())
        .unwrap_or_default()
}

fn route(meta: &Meta) -> u8 {
    match meta.routetype.map(RouteType::try_from) {
        Some(Ok(RouteType::RouteOnline)) => 1,
        Some(Ok(RouteType::RouteDirect)) => 2,
        Some(Ok(RouteType::RouteAll) | Err(_)) | None => {
            if meta.directed_users.is_empty() {
                0
            } else {
                2
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::{Body, Ext};
    use crate::wire::body::write;
    use proptest::prelude::*;

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
    fn names_inside_a_message_count_where_there_are_no_others() {
        let sender = Name::new("bob").unwrap();
        let check = |target: Target, want: Target| {
            let payload = write(&Body::Text("x".into()), &Ext::new(), &sender, &target);
            let meta = Meta {
                id: Some(Pos::first_at(Millis(1_800_000_000_000)).0),
                ns: Some(NameSpace::Chat.into()),
                payload: Some(payload),
                ..Meta::default()
            };
            let Incoming::Message(arrived) = read(meta, &alice()) else {
                panic!("a message");
            };
            assert_eq!((arrived.conversation, arrived.from), (want, sender.clone()));
            assert_eq!(arrived.time, Millis(1_800_000_000_000), "that of its id");
        };
        check(Target::Peer(alice()), Target::Peer(sender.clone()));
        let group = Target::Group(GroupId::new("7"));
        check(group.clone(), group);
    }

    #[test]
    fn a_message_has_an_id_and_legal_names() {
        let check = |change: &dyn Fn(&mut Meta), want: bool| {
            let mut meta = message("bob", Jid::user("a#b", "alice"), &Body::Text("x".into()));
            change(&mut meta);
            let read = read(meta, &alice());
            assert_eq!(matches!(read, Incoming::Message(_)), want, "{read:?}");
        };
        check(&|_| {}, true);
        check(&|meta| meta.id = None, false);
        check(&|meta| meta.id = Some(u64::MAX), false);
        check(&|meta| meta.id = Some(Pos::MAX.0), true);
        check(&|meta| meta.from = Some(Jid::user("a#b", "b b")), false);
        check(&|meta| meta.to = Some(Jid::group("a#b", "")), false);
        check(
            &|meta| meta.payload = Some(Bytes::from_static(b"\xff")),
            false,
        );
        let room = MessageBody {
            r#type: Some(Type::Chatroom.into()),
            ..MessageBody::default()
        };
        check(
            &|meta| meta.payload = Some(room.encode_to_vec().into()),
            false,
        );
    }

    #[test]
    fn messages_say_how_they_travelled() {
        let check = |routetype: Option<i32>, directed: &[&str], want: u8| {
            let meta = Meta {
                routetype,
                directed_users: directed.iter().map(|name| (*name).to_owned()).collect(),
                ..message("bob", Jid::group("a#b", "7"), &Body::Text("x".into()))
            };
            let Incoming::Message(arrived) = read(meta, &alice()) else {
                panic!("a message");
            };
            assert_eq!(arrived.route, want);
        };
        check(None, &[], 0);
        check(Some(0), &[], 0);
        check(Some(1), &[], 1);
        check(Some(2), &[], 2);
        check(None, &["alice"], 2);
        check(Some(9), &[], 0);
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
