//! JSON bodies of the server API's send, as chat messages.

use serde_json::{Map, Value};

use super::key_value;
use crate::pb::message_body::Content;
use crate::pb::message_body::content::{Size, Type as Kind};
use crate::pb::{KeyValue, MessageBody};

/// Why a body makes no message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// No kind of message has this name.
    #[error("unknown message type")]
    UnknownType,
    /// The body is no object.
    #[error("param body must be JSONObject")]
    NoObject,
    /// The extensions are no object.
    #[error("param ext must be JSONObject")]
    Ext,
    /// A field is missing.
    #[error("param {0} can't be empty")]
    Missing(&'static str),
    /// A field has a value of the wrong type, or out of range.
    #[error("param {0} is not legal")]
    Illegal(&'static str),
}

/// A message with one content, without chat type and names: the caller sets those. `kind` is one of `txt`, `img`, `audio`,
/// `video`, `file`, `loc`, `cmd` and `custom`.
pub fn body_from_json(
    kind: &str,
    body: &Value,
    ext: Option<&Value>,
) -> Result<MessageBody, BodyError> {
    let body = body.as_object().ok_or(BodyError::NoObject)?;
    let mut content = match kind {
        "txt" => Content {
            text: Some(required(body, "msg")?),
            ..Content::default()
        },
        "img" | "audio" | "video" | "file" => attachment(body)?,
        "loc" => location(body)?,
        "cmd" => Content {
            action: Some(required(body, "action")?),
            ..Content::default()
        },
        "custom" => custom(body)?,
        _ => return Err(BodyError::UnknownType),
    };
    content.r#type = Some(content_kind(kind)?.into());
    let ext = match ext {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Object(object)) => key_value::from_object(object),
        Some(_) => return Err(BodyError::Ext),
    };
    Ok(MessageBody {
        contents: vec![content],
        ext,
        ..MessageBody::default()
    })
}

fn content_kind(kind: &str) -> Result<Kind, BodyError> {
    match kind {
        "txt" => Ok(Kind::Text),
        "img" => Ok(Kind::Image),
        "audio" => Ok(Kind::Voice),
        "video" => Ok(Kind::Video),
        "file" => Ok(Kind::File),
        "loc" => Ok(Kind::Location),
        "cmd" => Ok(Kind::Command),
        "custom" => Ok(Kind::Custom),
        _ => Err(BodyError::UnknownType),
    }
}

fn attachment(body: &Map<String, Value>) -> Result<Content, BodyError> {
    let size = match body.get("size") {
        None | Some(Value::Null) => None,
        Some(Value::Object(size)) => Some(Size {
            width: float(size, "width")?,
            height: float(size, "height")?,
        }),
        Some(_) => return Err(BodyError::Illegal("size")),
    };
    Ok(Content {
        remote_path: Some(required(body, "url")?),
        secret_key: text(body, "secret")?,
        display_name: text(body, "filename")?,
        file_length: int(body, "file_length")?,
        duration: int(body, "length")?,
        thumbnail_remote_path: text(body, "thumb")?,
        thumbnail_secret_key: text(body, "thumb_secret")?,
        size,
        ..Content::default()
    })
}

fn location(body: &Map<String, Value>) -> Result<Content, BodyError> {
    Ok(Content {
        address: text(body, "addr")?,
        latitude: Some(float(body, "lat")?.ok_or(BodyError::Missing("lat"))?),
        longitude: Some(float(body, "lng")?.ok_or(BodyError::Missing("lng"))?),
        building_name: text(body, "buildingName")?,
        ..Content::default()
    })
}

/// The pairs come as one object or as an array of objects, each with one key by custom.
fn custom(body: &Map<String, Value>) -> Result<Content, BodyError> {
    let custom_exts: Vec<KeyValue> = match body.get("customExts") {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Object(object)) => key_value::from_object(object),
        Some(Value::Array(objects)) => {
            let mut pairs = Vec::new();
            for object in objects {
                let object = object.as_object().ok_or(BodyError::Illegal("customExts"))?;
                pairs.extend(key_value::from_object(object));
            }
            pairs
        }
        Some(_) => return Err(BodyError::Illegal("customExts")),
    };
    Ok(Content {
        custom_event: Some(required(body, "customEvent")?),
        custom_exts,
        ..Content::default()
    })
}

fn required(body: &Map<String, Value>, key: &'static str) -> Result<String, BodyError> {
    text(body, key)?.ok_or(BodyError::Missing(key))
}

fn text(body: &Map<String, Value>, key: &'static str) -> Result<Option<String>, BodyError> {
    match body.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(BodyError::Illegal(key)),
    }
}

fn int(body: &Map<String, Value>, key: &'static str) -> Result<Option<i32>, BodyError> {
    let Some(value) = body.get(key).filter(|value| !value.is_null()) else {
        return Ok(None);
    };
    let whole = value.as_i64().and_then(|whole| i32::try_from(whole).ok());
    whole.map(Some).ok_or(BodyError::Illegal(key))
}

/// A number, or a text that is one: callers write coordinates as text.
fn float(body: &Map<String, Value>, key: &'static str) -> Result<Option<f64>, BodyError> {
    let number = match body.get(key) {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Number(number)) => number.as_f64(),
        Some(Value::String(text)) => text.parse().ok(),
        Some(_) => None,
    };
    number
        .filter(|number| number.is_finite())
        .map(Some)
        .ok_or(BodyError::Illegal(key))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rest::body_to_json;
    use serde_json::json;

    #[test]
    fn every_kind_comes_back_as_it_was() {
        let file = json!({"url": "u", "secret": "s", "filename": "f", "file_length": 9});
        let with = |more: Value| {
            let mut all = file.as_object().unwrap().clone();
            all.extend(more.as_object().unwrap().clone());
            Value::Object(all)
        };
        let cases = [
            ("txt", json!({"msg": "hi"})),
            (
                "img",
                with(json!({"size": {"width": 480, "height": 720.5}})),
            ),
            ("audio", with(json!({"length": 10}))),
            (
                "video",
                with(json!({"length": 10, "thumb": "t", "thumb_secret": "ts"})),
            ),
            ("file", file.clone()),
            ("loc", json!({"addr": "a", "lat": 39.5, "lng": 116.25})),
            ("cmd", json!({"action": "a"})),
            (
                "custom",
                json!({"customEvent": "e", "customExts": [{"b": "1"}, {"a": "2"}]}),
            ),
        ];
        for (kind, body) in cases {
            let message = body_from_json(kind, &body, None).unwrap();
            let mut expected = body.as_object().unwrap().clone();
            expected.insert("type".to_owned(), kind.into());
            assert_eq!(
                body_to_json(&message)["bodies"],
                json!([expected]),
                "{kind}"
            );
        }
    }

    #[test]
    fn other_spellings_are_read() {
        let custom = body_from_json(
            "custom",
            &json!({"customEvent": "e", "customExts": {"a": "1"}}),
            None,
        )
        .unwrap();
        assert_eq!(
            body_to_json(&custom)["bodies"][0]["customExts"],
            json!([{"a": "1"}])
        );
        let loc = body_from_json(
            "loc",
            &json!({"lat": "39.5", "lng": "-1"}),
            Some(&Value::Null),
        )
        .unwrap();
        assert_eq!(loc.contents[0].longitude, Some(-1.0));
    }

    #[test]
    fn what_makes_no_message_is_refused() {
        let check = |kind: &str, body: Value, ext: Option<Value>, expected: BodyError| {
            assert_eq!(
                body_from_json(kind, &body, ext.as_ref()),
                Err(expected),
                "{kind}"
            );
        };
        check("zzz", json!({}), None, BodyError::UnknownType);
        check("txt", json!([]), None, BodyError::NoObject);
        check("txt", json!({}), None, BodyError::Missing("msg"));
        check("txt", json!({"msg": 1}), None, BodyError::Illegal("msg"));
        check("txt", json!({"msg": "hi"}), Some(json!([])), BodyError::Ext);
        check(
            "img",
            json!({"url": "u", "size": 1}),
            None,
            BodyError::Illegal("size"),
        );
        check(
            "file",
            json!({"url": "u", "file_length": 1_u64 << 40}),
            None,
            BodyError::Illegal("file_length"),
        );
        check(
            "loc",
            json!({"lat": "NaN", "lng": 1}),
            None,
            BodyError::Illegal("lat"),
        );
        check(
            "custom",
            json!({"customEvent": "e", "customExts": [1]}),
            None,
            BodyError::Illegal("customExts"),
        );
    }
}
