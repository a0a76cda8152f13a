//! Entries and events as official clients read them.

use super::session::Identity;
use crate::delivery::Kick;
use crate::service::event_id;
use bytes::Bytes;
use lacuna_domain::{Millis, Name, Pos, Target, Version};
use lacuna_proto::meta::full_meta;
use lacuna_proto::pb::Jid;
use lacuna_proto::pb::statistics_body::Operation;
use lacuna_proto::{edit_signal, notify_body, page};
use lacuna_store::{Entry, EventItem};
use serde_json::{Value, json};

/// The queue of a conversation: named by the peer or the group, whoever sent.
pub(super) fn queue_jid(who: &Identity, target: &Target) -> Jid {
    match target {
        Target::Peer(peer) => Jid::user(&who.app_key, peer.as_str()),
        Target::Group(id) => Jid::group(&who.app_key, id.as_str()),
    }
}

/// An entry as a full meta. `queue` is the conversation's.
pub(super) fn entry(who: &Identity, queue: &Jid, pos: Pos, sender: &Name, body: &[u8]) -> Bytes {
    let from = Jid::user(&who.app_key, sender.as_str());
    let own = *sender == who.name;
    if own || queue.is_group() {
        return full_meta(pos.0, &from, queue, pos.time().0, body);
    }
    full_meta(
        pos.0,
        &from,
        &Jid::user(&who.app_key, who.name.as_str()),
        pos.time().0,
        body,
    )
}

/// The body of an entry that was read: an edit is told as the message that it speaks of.
pub(super) fn body(entry: &Entry) -> Bytes {
    match entry.edits {
        Some(message) => edit_signal(&entry.body, message.0),
        None => entry.body.clone(),
    }
}

/// The version of an item of the event stream.
pub(super) fn version(item: &EventItem) -> Version {
    match item {
        EventItem::Event { version, .. } | EventItem::Deletions { version, .. } => *version,
    }
}

/// An item of the event stream as a full meta.
pub(super) fn event(who: &Identity, item: &EventItem, now: Millis) -> Bytes {
    let to = Jid::user(&who.app_key, who.name.as_str());
    let id = event_id(who.account, version(item));
    match item {
        EventItem::Event { at, body, .. } => full_meta(id, &Jid::system(), &to, at.0, body),
        EventItem::Deletions { .. } => full_meta(
            id,
            &Jid::system(),
            &to,
            now.0,
            &notify_body(&roaming_delete(item)),
        ),
    }
}

/// An event that is stored nowhere, as a full meta.
pub(super) fn passing(who: &Identity, id: u64, body: &[u8], now: Millis) -> Bytes {
    let to = Jid::user(&who.app_key, who.name.as_str());
    full_meta(id, &Jid::system(), &to, now.0, body)
}

/// Deletions as the event that official clients know; `ranges` is for our own SDK.
fn roaming_delete(item: &EventItem) -> Value {
    let EventItem::Deletions {
        target,
        room,
        resource,
        through,
        ranges,
        ids,
        ..
    } = item
    else {
        return Value::Null;
    };
    let chat_type = lacuna_proto::chat_type_in(target, *room);
    let prefix = through.iter().map(|mark| (Pos::ZERO, mark.pos));
    let ranges: Vec<[String; 2]> = prefix
        .chain(ranges.iter().copied())
        .map(|(from, to)| [from.to_string(), to.to_string()])
        .collect();
    let mut data = json!({
        "to": target.id(),
        "chatType": chat_type,
        "resource": resource,
        "messageRoamingType": "deleteRoaming",
        "ranges": ranges,
    });
    if let (Some(data), false) = (data.as_object_mut(), ids.is_empty()) {
        data.insert(
            "msgIdList".to_owned(),
            ids.iter().map(Pos::to_string).collect(),
        );
    }
    if let (Some(data), Some(mark)) = (data.as_object_mut(), through) {
        data.insert("deleteTime".to_owned(), mark.pos.time().0.into());
    }
    json!({ "type": "roaming_delete", "data": data })
}

/// The page that logs a client out for good; none if it may reconnect.
pub(super) fn kick(who: &Identity, kick: Kick, now: Millis) -> Option<Bytes> {
    let mut info = None;
    let operation = match kick {
        Kick::UserRemoved => Operation::UserRemoved,
        Kick::Replaced(by) => {
            info = by;
            Operation::UserLoginAnotherDevice
        }
        Kick::PasswordChanged => Operation::UserKickedByChangePassword,
        Kick::ByOtherDevice => Operation::UserKickedByOtherDevice,
        Kick::Drain => return None,
    };
    let to = Jid::user(&who.app_key, who.name.as_str()).on_device(&who.resource);
    Some(page::kick(
        Pos::first_at(now).0,
        &to,
        operation,
        info.as_deref(),
        now.0,
    ))
}
