//! Edited messages: their new body, and the signal that tells of it.

use bytes::{Bytes, BytesMut};
use prost::Message;
use serde_json::{Map, Value, json};

use crate::meta::{BODY_FROM, BODY_META, META_PAYLOAD, keep, last_content, with_payload};
use crate::pb::message_body::{EditScope, Type};
use crate::pb::{Jid, MessageBody};
use crate::wire::{Field, Malformed, put_content};

const BODY_CONTENTS: u32 = 4;
const BODY_EXT: u32 = 5;

/// What clients are told about an edit.
#[derive(Clone, Debug)]
pub struct EditInfo<'a> {
    /// Who sent the message.
    pub sender: &'a str,
    /// When, in milliseconds.
    pub send_time: u64,
    /// `chat:user`, `chat:group` or `chat:room`.
    pub chat_type: &'a str,
    /// Who edits it.
    pub operator: &'a str,
    /// When, in milliseconds.
    pub edit_time: u64,
}

impl EditInfo<'_> {
    /// The JSON that clients look for, with how often the message was edited.
    #[must_use]
    pub fn json(&self, count: u64) -> Value {
        json!({"sender": self.sender, "send_time": self.send_time, "chat_type": self.chat_type, "operator": self.operator,
            "edit_time": self.edit_time, "count": count})
    }
}

/// How often the message of a meta body was edited.
pub fn edit_count(body: &[u8]) -> Result<u64, Malformed> {
    let message = MessageBody::decode(payload(body)?).map_err(|_| Malformed)?;
    Ok(count_of(&notes(&message)))
}

fn count_of(notes: &Map<String, Value>) -> u64 {
    let count = notes
        .get("edit_msg")
        .and_then(|edit| edit.get("count").and_then(Value::as_u64));
    count.unwrap_or(0)
}

/// A meta body with the contents of an edit (of a text or custom message; other contents cannot be edited), and its extension if
/// the edit covers that; everything else stays as it was. `edit` is the serialized `MessageBody` that the editor sent.
pub fn edited(
    body: &[u8],
    edit: &[u8],
    contents: bool,
    info: &EditInfo<'_>,
) -> Result<Bytes, Malformed> {
    let before = payload(body)?;
    let message = MessageBody::decode(before).map_err(|_| Malformed)?;
    let whole = MessageBody::decode(edit)
        .map_err(|_| Malformed)?
        .edit_scope()
        == EditScope::BodyAndExt;
    let replaced = |field: &Field<'_>| {
        (field.number == BODY_CONTENTS && contents) || (field.number == BODY_EXT && whole)
    };
    let kept = keep(before, |field| {
        !replaced(field) && field.number != BODY_META
    })?;
    let mut after = BytesMut::from(kept);
    after.extend_from_slice(&keep(edit, replaced)?);
    let mut notes = notes(&message);
    let count = count_of(&notes).saturating_add(1);
    notes.insert("edit_msg".to_owned(), info.json(count));
    put_content(
        &mut after,
        BODY_META,
        Value::Object(notes).to_string().as_bytes(),
    );
    with_payload(body, &after)
}

/// The meta body that tells of an edit: the edited message, marked as such. Of a field that stands twice the last one counts.
#[must_use]
pub fn edit_signal(body: &[u8], message: u64) -> Bytes {
    let Ok(edited) = payload(body) else {
        return Bytes::copy_from_slice(body);
    };
    let marks = MessageBody {
        r#type: Some(Type::Edit.into()),
        edit_message_id: Some(message),
        edit_scope: Some(EditScope::BodyAndExt.into()),
        ..MessageBody::default()
    };
    let mut out = BytesMut::from(body);
    put_content(
        &mut out,
        META_PAYLOAD,
        &[edited, &marks.encode_to_vec()].concat(),
    );
    out.freeze()
}

/// A meta body whose message says one thing more in what the server notes. One that is no message stays as it is.
#[must_use]
pub fn noted(body: &Bytes, key: &str, value: Value) -> Bytes {
    let Ok(before) = payload(body) else {
        return body.clone();
    };
    let Ok(message) = MessageBody::decode(before) else {
        return body.clone();
    };
    let mut notes = notes(&message);
    notes.insert(key.to_owned(), value);
    let marks = MessageBody {
        meta: Some(Value::Object(notes).to_string()),
        ..MessageBody::default()
    };
    let mut out = BytesMut::from(&**body);
    put_content(
        &mut out,
        META_PAYLOAD,
        &[before, &marks.encode_to_vec()].concat(),
    );
    out.freeze()
}

/// A meta body with another name for its sender, in the message and in what the server noted of an edit; none if the name stands
/// in neither. What the sender wrote is not looked at.
#[must_use]
pub fn with_sender(body: &[u8], name: &str, alias: &str) -> Option<Bytes> {
    let before = payload(body).ok()?;
    let message = MessageBody::decode(before).ok()?;
    let is = |text: &str| text.eq_ignore_ascii_case(name);
    let sent = message.from.as_ref().is_some_and(|from| is(from.name()));
    let (mut notes, mut noted) = (notes(&message), false);
    if let Some(edit) = notes.get_mut("edit_msg").and_then(Value::as_object_mut) {
        for of in ["sender", "operator"] {
            let named = edit.get_mut(of);
            if let Some(named) = named.filter(|named| named.as_str().is_some_and(is)) {
                *named = alias.into();
                noted = true;
            }
        }
    }
    if !sent && !noted {
        return None;
    }
    let stays = |field: &Field<'_>| match field.number {
        BODY_FROM => !sent,
        BODY_META => !noted,
        _ => true,
    };
    let mut after = BytesMut::new();
    if sent {
        put_content(&mut after, BODY_FROM, &Jid::named(alias).encode_to_vec());
    }
    after.extend_from_slice(&keep(before, stays).ok()?);
    if noted {
        let notes = Value::Object(notes).to_string();
        put_content(&mut after, BODY_META, notes.as_bytes());
    }
    with_payload(body, &after).ok()
}

/// The payload of a meta body.
fn payload(body: &[u8]) -> Result<&[u8], Malformed> {
    last_content(body, META_PAYLOAD)?.ok_or(Malformed)
}

/// What the server noted in a message.
fn notes(message: &MessageBody) -> Map<String, Value> {
    serde_json::from_str(message.meta()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat_body;
    use crate::pb::message_body::Content;
    use crate::pb::{KeyValue, Meta};

    fn message(text: &str, key: &str) -> MessageBody {
        MessageBody {
            r#type: Some(Type::Chat.into()),
            contents: vec![Content {
                text: Some(text.to_owned()),
                ..Content::default()
            }],
            ext: vec![KeyValue {
                key: Some(key.to_owned()),
                ..KeyValue::default()
            }],
            ..MessageBody::default()
        }
    }

    fn read(body: Bytes) -> MessageBody {
        MessageBody::decode(Meta::decode(body).unwrap().payload.unwrap()).unwrap()
    }

    const INFO: EditInfo<'_> = EditInfo {
        sender: "alice",
        send_time: 1,
        chat_type: "chat:user",
        operator: "alice",
        edit_time: 2,
    };

    #[test]
    fn an_edit_replaces_what_it_covers() {
        let body = chat_body(message("old", "kept").encode_to_vec().into(), None);
        assert_eq!(edit_count(&body), Ok(0));
        let mut edit = message("new", "other");
        edit.r#type = Some(Type::Edit.into());
        edit.edit_scope = Some(EditScope::Body.into());
        let once = edited(&body, &edit.encode_to_vec(), true, &INFO).unwrap();
        let seen = read(once.clone());
        assert_eq!(
            (seen.contents[0].text(), seen.ext[0].key(), seen.r#type()),
            ("new", "kept", Type::Chat)
        );
        assert_eq!((seen.contents.len(), edit_count(&once)), (1, Ok(1)));
        edit.edit_scope = Some(EditScope::BodyAndExt.into());
        let twice = edited(&once, &edit.encode_to_vec(), true, &INFO).unwrap();
        let seen = read(twice.clone());
        assert_eq!(
            (seen.ext.len(), seen.ext[0].key(), edit_count(&twice)),
            (1, "other", Ok(2))
        );
    }

    #[test]
    fn a_sender_gets_another_name() {
        let body = |message: &MessageBody| chat_body(message.encode_to_vec().into(), None);
        let mut sent = message("alice said", "alice");
        sent.from = Some(Jid::named("Alice"));
        sent.to = Some(Jid::named("7"));
        let plain = body(&sent);
        let renamed = with_sender(&plain, "alice", "nobody").unwrap();
        let mut expected = sent.clone();
        expected.from = Some(Jid::named("nobody"));
        assert_eq!(read(renamed.clone()), expected);
        assert_eq!(with_sender(&renamed, "alice", "nobody"), None);
        assert_eq!(with_sender(&plain, "bob", "nobody"), None);
        assert_eq!(with_sender(b"\x32", "alice", "nobody"), None);

        let mut edit = message("new", "other");
        edit.r#type = Some(Type::Edit.into());
        let by_bob = EditInfo {
            operator: "bob",
            ..INFO
        };
        let twice = edited(&plain, &edit.encode_to_vec(), true, &by_bob).unwrap();
        let renamed = with_sender(&twice, "alice", "nobody").unwrap();
        let notes: Value = serde_json::from_str(read(renamed.clone()).meta()).unwrap();
        let noted = notes.get("edit_msg").unwrap();
        assert_eq!(
            (&noted["sender"], &noted["operator"]),
            (&json!("nobody"), &json!("bob"))
        );
        assert_eq!(
            (read(renamed.clone()).from, edit_count(&renamed)),
            (Some(Jid::named("nobody")), Ok(1))
        );
    }

    #[test]
    fn its_signal_carries_the_message_as_it_is_now() {
        let body = chat_body(message("now", "key").encode_to_vec().into(), None);
        let signal = read(edit_signal(&body, 7));
        assert_eq!((signal.r#type(), signal.edit_message_id()), (Type::Edit, 7));
        assert_eq!(
            (signal.contents[0].text(), signal.contents.len()),
            ("now", 1)
        );
    }

    #[test]
    fn notes_are_added_to_those_there_are() {
        let body = chat_body(message("text", "key").encode_to_vec().into(), None);
        let once = noted(&body, "a", json!(1));
        let twice = read(noted(&once, "b", json!([2])));
        assert_eq!(notes(&twice).get("a"), Some(&json!(1)));
        assert_eq!(notes(&twice).get("b"), Some(&json!([2])));
        assert_eq!(
            (twice.contents.len(), twice.contents[0].text()),
            (1, "text")
        );
        let broken = Bytes::from_static(b"\xff");
        assert_eq!(noted(&broken, "a", json!(1)), broken);
    }

    #[test]
    fn what_is_no_message_is_refused() {
        assert_eq!(edited(b"\x28\x01", b"", true, &INFO), Err(Malformed));
        assert_eq!(edit_count(b"\xff"), Err(Malformed));
        let body = chat_body(Bytes::new(), None);
        assert_eq!(edited(&body, b"\xff", true, &INFO), Err(Malformed));
    }
}
