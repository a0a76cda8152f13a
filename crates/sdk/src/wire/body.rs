//! Contents of messages, as the wire has them and as an app sees them.

use crate::types::{Attachment, Body, Ext};
use bytes::Bytes;
use lacuna_domain::{MessageKind, Name, Target};
use lacuna_proto::pb::message_body::content::{Size, SubType, Type as Kind};
use lacuna_proto::pb::message_body::{Content, Type};
use lacuna_proto::pb::{Jid, MessageBody};
use lacuna_proto::rest::key_value;
use prost::Message as _;
use serde_json::{Map, Value};

/// A serialized message with one content.
#[must_use]
pub(crate) fn write(body: &Body, ext: &Ext, from: &Name, to: &Target) -> Bytes {
    let kind = match to {
        Target::Peer(_) => Type::Chat,
        Target::Group(_) => Type::Groupchat,
    };
    let message = MessageBody {
        r#type: Some(kind.into()),
        from: Some(Jid::named(from.as_str())),
        to: Some(Jid::named(to.id())),
        contents: vec![content(body)],
        ext: key_value::from_object(ext),
        ..MessageBody::default()
    };
    message.encode_to_vec().into()
}

/// The same message with another content; the names and what this version does not know stay.
pub(crate) fn replace(payload: &[u8], body: &Body, ext: &Ext) -> Bytes {
    let mut message = MessageBody::decode(payload).unwrap_or_default();
    message.contents = vec![content(body)];
    message.ext = key_value::from_object(ext);
    message.encode_to_vec().into()
}

/// What a serialized message says. One that cannot be read is of an unknown kind.
#[must_use]
pub(crate) fn read(payload: &[u8]) -> (Body, Ext) {
    let Ok(message) = MessageBody::decode(payload) else {
        return (Body::Other, Ext::new());
    };
    let ext = match key_value::to_object(&message.ext) {
        Value::Object(ext) => ext,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            Map::new()
        }
    };
    let body = message
        .contents
        .into_iter()
        .next()
        .map_or(Body::Other, body_of);
    (body, ext)
}

/// The kind of a serialized message.
pub(crate) fn kind(payload: &[u8]) -> MessageKind {
    read(payload).0.kind()
}

/// What a search finds a serialized message by: its text, or the names that stand in it. None if there is nothing of that.
pub(crate) fn searchable_text(payload: &[u8]) -> Option<String> {
    let text = match read(payload).0 {
        Body::Text(text) => text,
        Body::Image(file) | Body::Video(file) | Body::Voice(file) | Body::File(file) => file.name,
        Body::Location {
            address, building, ..
        } => format!("{address} {building}"),
        Body::Custom { event, fields } => {
            let values = fields.into_values().collect::<Vec<_>>().join(" ");
            format!("{event} {values}")
        }
        Body::Combine { title, summary, .. } => format!("{title} {summary}"),
        Body::Command { .. } | Body::Other => return None,
    };
    (!text.trim().is_empty()).then_some(text)
}

fn content(body: &Body) -> Content {
    match body {
        Body::Text(text) => Content {
            r#type: Some(Kind::Text.into()),
            text: Some(text.clone()),
            ..Content::default()
        },
        Body::Image(file) => attachment(Kind::Image, file),
        Body::Video(file) => attachment(Kind::Video, file),
        Body::Voice(file) => attachment(Kind::Voice, file),
        Body::File(file) => attachment(Kind::File, file),
        Body::Location {
            latitude,
            longitude,
            address,
            building,
        } => Content {
            r#type: Some(Kind::Location.into()),
            latitude: Some(*latitude),
            longitude: Some(*longitude),
            address: Some(address.clone()),
            building_name: filled(building),
            ..Content::default()
        },
        Body::Command { action } => Content {
            r#type: Some(Kind::Command.into()),
            action: Some(action.clone()),
            ..Content::default()
        },
        Body::Custom { event, fields } => {
            let fields: Map<String, Value> = fields
                .iter()
                .map(|(key, value)| (key.clone(), Value::from(value.clone())))
                .collect();
            Content {
                r#type: Some(Kind::Custom.into()),
                custom_event: Some(event.clone()),
                custom_exts: key_value::from_object(&fields),
                ..Content::default()
            }
        }
        // A text with an explicit sub-type of zero: that is how the wire tells it from a plain one.
        Body::Combine {
            title,
            summary,
            file,
        } => Content {
            sub_type: Some(SubType::SubCombine.into()),
            title: Some(title.clone()),
            summary: Some(summary.clone()),
            combine_level: Some(1),
            ..attachment(Kind::Text, file)
        },
        Body::Other => Content::default(),
    }
}

fn attachment(kind: Kind, file: &Attachment) -> Content {
    let whole = |number: u32| (number > 0).then(|| i32::try_from(number).unwrap_or(i32::MAX));
    Content {
        r#type: Some(kind.into()),
        display_name: filled(&file.name),
        remote_path: filled(&file.remote_path),
        secret_key: filled(&file.secret),
        file_length: whole(file.length),
        duration: whole(file.duration),
        size: file.size.map(|(width, height)| Size {
            width: Some(width),
            height: Some(height),
        }),
        thumbnail_remote_path: filled(&file.thumbnail_remote_path),
        thumbnail_secret_key: filled(&file.thumbnail_secret),
        ..Content::default()
    }
}

fn filled(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

fn body_of(content: Content) -> Body {
    let combined = content.sub_type == Some(SubType::SubCombine.into());
    match Kind::try_from(content.r#type.unwrap_or_default()) {
        Ok(Kind::Text) if combined => combine(content),
        Ok(Kind::Combine) => combine(content),
        Ok(Kind::Text) => Body::Text(content.text.unwrap_or_default()),
        Ok(Kind::Image) => Body::Image(file(content)),
        Ok(Kind::Video) => Body::Video(file(content)),
        Ok(Kind::Voice) => Body::Voice(file(content)),
        Ok(Kind::File) => Body::File(file(content)),
        Ok(Kind::Location) => Body::Location {
            latitude: content.latitude(),
            longitude: content.longitude(),
            address: content.address.unwrap_or_default(),
            building: content.building_name.unwrap_or_default(),
        },
        Ok(Kind::Command) => Body::Command {
            action: content.action.unwrap_or_default(),
        },
        Ok(Kind::Custom) => custom(content),
        Err(_) => Body::Other,
    }
}

fn combine(content: Content) -> Body {
    Body::Combine {
        title: content.title().to_owned(),
        summary: content.summary().to_owned(),
        file: file(content),
    }
}

fn custom(content: Content) -> Body {
    let pairs = if content.custom_exts.is_empty() {
        &content.params
    } else {
        &content.custom_exts
    };
    let text = |value: &Value| {
        value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned)
    };
    let fields = key_value::to_object(pairs)
        .as_object()
        .map(|fields| {
            fields
                .iter()
                .map(|(key, value)| (key.clone(), text(value)))
                .collect()
        })
        .unwrap_or_default();
    Body::Custom {
        event: content.custom_event.unwrap_or_default(),
        fields,
    }
}

fn file(content: Content) -> Attachment {
    let whole = |number: Option<i32>| {
        number
            .and_then(|n| u32::try_from(n).ok())
            .unwrap_or_default()
    };
    Attachment {
        local_path: None,
        length: whole(content.file_length),
        duration: whole(content.duration),
        size: content.size.map(|size| (size.width(), size.height())),
        name: content.display_name.unwrap_or_default(),
        remote_path: content.remote_path.unwrap_or_default(),
        secret: content.secret_key.unwrap_or_default(),
        thumbnail_remote_path: content.thumbnail_remote_path.unwrap_or_default(),
        thumbnail_secret: content.thumbnail_secret_key.unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn alice() -> Name {
        Name::new("alice").unwrap()
    }

    fn bob() -> Target {
        Target::Peer(Name::new("bob").unwrap())
    }

    fn full_file() -> Attachment {
        Attachment {
            name: "cat.png".to_owned(),
            local_path: None,
            remote_path: "http://x/y".to_owned(),
            secret: "s".to_owned(),
            length: 9,
            duration: 3,
            size: Some((480.0, 720.5)),
            thumbnail_remote_path: "http://x/t".to_owned(),
            thumbnail_secret: "ts".to_owned(),
        }
    }

    #[test]
    fn every_kind_comes_back_as_it_was() {
        let ext = json!({"flag": true, "n": -3, "o": {"a": [1]}});
        let ext = ext.as_object().unwrap();
        let fields = [("a".to_owned(), "1".to_owned())].into();
        for body in [
            Body::Text("hi".to_owned()),
            Body::Image(full_file()),
            Body::Video(full_file()),
            Body::Voice(full_file()),
            Body::File(full_file()),
            Body::Location {
                latitude: 39.5,
                longitude: -116.25,
                address: "a".to_owned(),
                building: "b".to_owned(),
            },
            Body::Command {
                action: "go".to_owned(),
            },
            Body::Custom {
                event: "e".to_owned(),
                fields,
            },
            Body::Combine {
                title: "t".to_owned(),
                summary: "s".to_owned(),
                file: full_file(),
            },
        ] {
            let payload = write(&body, ext, &alice(), &bob());
            assert_eq!(read(&payload), (body.clone(), ext.clone()));
            assert_eq!(kind(&payload), body.kind());
        }
    }

    #[test]
    fn the_path_on_this_device_stays_on_it() {
        let body = Body::File(Attachment {
            local_path: Some("/home/alice/secret-plan.pdf".into()),
            ..full_file()
        });
        let payload = write(&body, &Ext::new(), &alice(), &bob());
        assert!(!payload.windows(11).any(|bytes| bytes == b"secret-plan"));
    }

    #[test]
    fn searches_find_texts_and_names() {
        let check = |body: Body, want: Option<&str>| {
            let payload = write(&body, &Ext::new(), &alice(), &bob());
            assert_eq!(searchable_text(&payload).as_deref(), want, "{body:?}");
        };
        check(Body::Text("a door".to_owned()), Some("a door"));
        check(Body::Text(" ".to_owned()), None);
        check(Body::Image(full_file()), Some("cat.png"));
        check(
            Body::Command {
                action: "go".to_owned(),
            },
            None,
        );
    }

    #[test]
    fn a_replaced_message_keeps_its_names() {
        let payload = write(&Body::Text("old".to_owned()), &Ext::new(), &alice(), &bob());
        let new = replace(&payload, &Body::Text("new".to_owned()), &Ext::new());
        let message = MessageBody::decode(new.clone()).unwrap();
        assert_eq!(read(&new).0, Body::Text("new".to_owned()));
        assert_eq!(message.from.unwrap().name(), "alice");
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_are_read_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            drop(read(&bytes));
            drop(searchable_text(&bytes));
        }
    }
}
