//! Chat messages as JSON, for the REST API: the `payload` of the conversation list and the bodies of the server API's send.

use prost::Message;
use serde_json::{Map, Value, json};

use crate::pb::message_body::content::{SubType, Type as Kind};
use crate::pb::message_body::{Content, Type};
use crate::pb::{Jid, KeyValue, MessageBody};

mod from_json;
pub mod key_value;

pub use from_json::{BodyError, body_from_json};

/// A message as JSON: names, chat type, extensions and bodies.
#[must_use]
pub fn body_to_json(body: &MessageBody) -> Value {
    let name = |jid: &Option<Jid>| {
        jid.as_ref()
            .map_or_else(String::new, |jid| jid.name().to_owned())
    };
    let meta = body
        .meta
        .as_deref()
        .and_then(|text| serde_json::from_str(text).ok())
        .unwrap_or_else(|| json!({}));
    json!({
        "from": name(&body.from),
        "to": name(&body.to),
        "type": chat_type(body.r#type()),
        "ext": key_value::to_object(&body.ext),
        "meta": meta,
        "bodies": body.contents.iter().map(content_to_json).collect::<Vec<_>>(),
    })
}

/// The same of a serialized message; nothing if it cannot be read.
#[must_use]
pub fn payload_to_json(payload: &[u8]) -> Option<Value> {
    MessageBody::decode(payload)
        .ok()
        .map(|body| body_to_json(&body))
}

fn chat_type(kind: Type) -> &'static str {
    match kind {
        Type::Groupchat => "groupchat",
        Type::Chatroom => "chatroom",
        Type::Normal
        | Type::Chat
        | Type::ReadAck
        | Type::DeliverAck
        | Type::Recall
        | Type::ChannelAck
        | Type::Edit => "chat",
    }
}

fn content_to_json(content: &Content) -> Value {
    let mut out = Map::new();
    let sub_type = content
        .sub_type
        .and_then(|kind| SubType::try_from(kind).ok());
    let kind = content.r#type.map_or(Ok(Kind::Text), Kind::try_from);
    let name = match kind {
        Ok(Kind::Text | Kind::Combine) => "txt",
        Ok(Kind::Image) => "img",
        Ok(Kind::Video) => "video",
        Ok(Kind::Location) => "loc",
        Ok(Kind::Voice) => "audio",
        Ok(Kind::File) => "file",
        Ok(Kind::Command) => "cmd",
        Ok(Kind::Custom) => "custom",
        Err(_) => "unknown",
    };
    put(&mut out, "type", Some(name));
    let combined = matches!(kind, Ok(Kind::Combine)) || sub_type == Some(SubType::SubCombine);
    match (sub_type, combined) {
        (_, true) => put(&mut out, "subType", Some("sub_combine")),
        (Some(SubType::SubGif), _) => put(&mut out, "subType", Some("sub_gif")),
        (Some(SubType::SubStream), _) => put(&mut out, "subType", Some("sub_stream")),
        (Some(SubType::SubCombine) | None, false) => {}
    }
    match kind {
        Ok(Kind::Text | Kind::Combine) => put(&mut out, "msg", Some(content.text())),
        Ok(Kind::Image | Kind::Video | Kind::Voice | Kind::File) => attachment(&mut out, content),
        Ok(Kind::Location) => location(&mut out, content),
        Ok(Kind::Command) => put(&mut out, "action", Some(content.action())),
        Ok(Kind::Custom) => custom(&mut out, content),
        Err(_) => {}
    }
    if combined {
        attachment(&mut out, content);
        put(&mut out, "title", content.title.as_deref());
        put(&mut out, "summary", content.summary.as_deref());
        put(&mut out, "combineLevel", content.combine_level);
    }
    Value::Object(out)
}

fn attachment(out: &mut Map<String, Value>, content: &Content) {
    put(out, "url", content.remote_path.as_deref());
    put(out, "secret", content.secret_key.as_deref());
    put(out, "filename", content.display_name.as_deref());
    put(out, "file_length", content.file_length);
    put(out, "length", content.duration);
    put(out, "thumb", content.thumbnail_remote_path.as_deref());
    put(out, "thumb_secret", content.thumbnail_secret_key.as_deref());
    let size = content
        .size
        .map(|size| json!({"width": number(size.width()), "height": number(size.height())}));
    put(out, "size", size);
}

fn location(out: &mut Map<String, Value>, content: &Content) {
    put(out, "addr", Some(content.address()));
    put(out, "lat", Some(content.latitude()));
    put(out, "lng", Some(content.longitude()));
    put(out, "buildingName", content.building_name.as_deref());
}

fn custom(out: &mut Map<String, Value>, content: &Content) {
    // Clients of an earlier time put the pairs into `params`.
    let pairs = if content.custom_exts.is_empty() {
        &content.params
    } else {
        &content.custom_exts
    };
    let one = |pair: &KeyValue| key_value::to_object(std::slice::from_ref(pair));
    put(out, "customEvent", Some(content.custom_event()));
    put(
        out,
        "customExts",
        Some(pairs.iter().map(one).collect::<Vec<_>>()),
    );
}

fn put(out: &mut Map<String, Value>, key: &str, value: Option<impl Into<Value>>) {
    if let Some(value) = value {
        out.insert(key.to_owned(), value.into());
    }
}

/// Pixels are whole; the wire has them as floating point.
fn number(value: f64) -> Value {
    format!("{value}")
        .parse::<i64>()
        .map_or_else(|_| json!(value), |whole| json!(whole))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_message_shows_names_type_and_ext() {
        let ext = json!({"flag": true, "n": -3, "x": 1.5, "s": "t", "o": {"a": [1]}});
        let mut body = body_from_json("txt", &json!({"msg": "hi"}), Some(&ext)).unwrap();
        body.from = Some(Jid::named("alice"));
        body.to = Some(Jid::named("7"));
        body.r#type = Some(Type::Groupchat.into());
        let expected = json!({
            "from": "alice", "to": "7", "type": "groupchat", "ext": ext, "meta": {},
            "bodies": [{"type": "txt", "msg": "hi"}],
        });
        assert_eq!(body_to_json(&body), expected);
        assert_eq!(payload_to_json(&body.encode_to_vec()), Some(expected));
        assert_eq!(payload_to_json(b"\xff"), None);
    }

    #[test]
    fn a_combined_message_is_a_text_with_a_sub_type() {
        let combined = Content {
            sub_type: Some(0),
            title: Some("t".to_owned()),
            ..Content::default()
        };
        let expected = json!({"type": "txt", "subType": "sub_combine", "msg": "", "title": "t"});
        assert_eq!(content_to_json(&combined), expected);
        let gif = Content {
            r#type: Some(1),
            sub_type: Some(1),
            ..Content::default()
        };
        assert_eq!(
            content_to_json(&gif),
            json!({"type": "img", "subType": "sub_gif"})
        );
        let newer = Content {
            r#type: Some(99),
            ..Content::default()
        };
        assert_eq!(content_to_json(&newer), json!({"type": "unknown"}));
    }

    proptest! {
        #[test]
        fn any_payload_is_shown_or_not_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..128)) {
            if let Some(value) = payload_to_json(&bytes) {
                prop_assert!(value.is_object());
            }
        }
    }
}
