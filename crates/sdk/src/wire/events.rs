//! What a meta that is no message says: events of this user's other devices, of groups, and kicks.

use super::facts::{number, target as named_target};
use super::incoming::Incoming;
use crate::types::{ConversationChange, GroupChange, GroupEvent, Kick};
use bytes::Bytes;
use lacuna_domain::{GroupId, Millis};
use lacuna_proto::pb::muc_body::Operation as Muc;
use lacuna_proto::pb::statistics_body::Operation as Statistic;
use lacuna_proto::pb::{Jid, MucBody, StatisticsBody};
use prost::Message as _;
use serde_json::Value;

/// An event told as JSON.
pub(super) fn notify(payload: &[u8]) -> Option<Incoming> {
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

/// An event of a group. Rooms and threads are none.
pub(super) fn group(payload: Bytes) -> Option<Incoming> {
    let event = MucBody::decode(payload).ok()?;
    let group = event.muc_id.as_ref()?.name();
    if group.is_empty() || event.is_chatroom() || event.is_thread() {
        return None;
    }
    let operation = event.operation?;
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
    let named = event.to.iter().map(|jid| jid.name().to_owned());
    Some(Incoming::Group(GroupEvent {
        group: GroupId::new(group),
        change,
        by: event
            .from
            .as_ref()
            .map(Jid::name)
            .unwrap_or_default()
            .to_owned(),
        users: named.chain(event.members).collect(),
        reason: event.reason.unwrap_or_default(),
    }))
}

/// The end of a session for good.
pub(super) fn kick(payload: Bytes) -> Option<Incoming> {
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
    use crate::wire::incoming::read;
    use lacuna_domain::Name;
    use lacuna_proto::notify_body;
    use lacuna_proto::pb::Meta;
    use serde_json::json;

    fn alice() -> Name {
        Name::new("alice").unwrap()
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
    fn what_happens_in_groups_is_told() {
        let check = |body: MucBody, want: Option<(GroupChange, &[&str])>| {
            let meta = Meta::decode(lacuna_proto::muc_body(&body)).unwrap();
            let read = read(meta, &alice());
            let Incoming::Group(event) = read else {
                return assert_eq!((read, want), (Incoming::Other, None));
            };
            let users: Vec<&str> = event.users.iter().map(String::as_str).collect();
            assert_eq!(Some((event.change, users.as_slice())), want);
            assert_eq!((event.group.as_str(), event.by.as_str()), ("7", "bob"));
        };
        let event = |operation: Muc| MucBody {
            muc_id: Some(Jid::group("a#b", "7")),
            operation: Some(operation.into()),
            from: Some(Jid::user("a#b", "bob")),
            to: vec![Jid::user("a#b", "carol")],
            ..MucBody::default()
        };
        let carol: &[&str] = &["carol"];
        check(event(Muc::Create), Some((GroupChange::Created, carol)));
        check(event(Muc::Destroy), Some((GroupChange::Destroyed, carol)));
        check(event(Muc::Presence), Some((GroupChange::Joined, carol)));
        check(event(Muc::Absence), Some((GroupChange::Left, carol)));
        check(event(Muc::Invite), Some((GroupChange::Invited, carol)));
        check(event(Muc::Kick), Some((GroupChange::Kicked, carol)));
        let joined = Some((GroupChange::DirectJoined, carol));
        check(event(Muc::DirectJoined), joined);
        check(event(Muc::Update), Some((GroupChange::Other(14), carol)));
        let both = MucBody {
            members: vec!["dave".to_owned()],
            ..event(Muc::Join)
        };
        check(both, Some((GroupChange::Joined, &["carol", "dave"])));
        let room = MucBody {
            is_chatroom: Some(true),
            ..event(Muc::Join)
        };
        check(room, None);
        let nowhere = MucBody {
            muc_id: None,
            ..event(Muc::Join)
        };
        check(nowhere, None);
        let nothing = MucBody {
            operation: None,
            ..event(Muc::Join)
        };
        check(nothing, None);
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
}
