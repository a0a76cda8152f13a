//! A `Meta`, the envelope of one message or event, as bytes.
//!
//! The store keeps the *body* of a meta: everything but id, from, to and timestamp, in the bytes that the sender chose. A full
//! meta is those four followed by the body, since a protobuf message may be put together by concatenation.

use bytes::{Bytes, BytesMut};
use prost::Message;

use crate::pb::{Jid, Meta};
use crate::wire::{Field, Fields, Malformed, put_content};

const META_ID: u32 = 1;
const META_TIMESTAMP: u32 = 4;
pub(crate) const META_PAYLOAD: u32 = 6;
pub(crate) const BODY_FROM: u32 = 2;
const BODY_TO: u32 = 3;
pub(crate) const BODY_META: u32 = 9;

/// A full meta: the four fields that the server sets, followed by `body` as it is.
#[must_use]
pub fn full_meta(id: u64, from: &Jid, to: &Jid, timestamp_ms: u64, body: &[u8]) -> Bytes {
    let head = Meta {
        id: Some(id),
        from: Some(from.clone()),
        to: Some(to.clone()),
        timestamp: Some(timestamp_ms),
        ..Meta::default()
    };
    let mut out = BytesMut::with_capacity(head.encoded_len() + body.len());
    head.encode(&mut out).expect("the buffer grows");
    out.extend_from_slice(body);
    out.freeze()
}

/// The body of a serialized meta: all fields but id, from, to and timestamp, byte for byte.
pub fn meta_body(meta: &[u8]) -> Result<Bytes, Malformed> {
    keep(meta, |field| {
        !(META_ID..=META_TIMESTAMP).contains(&field.number)
    })
}

/// The body of a serialized meta that carries a chat message, with the names inside the message set to those that the server
/// knows: what a client claims to be is not passed on.
pub fn chat_meta_body(meta: &[u8], from: &str, to: &str) -> Result<Bytes, Malformed> {
    let payload = last_content(meta, META_PAYLOAD)?.unwrap_or_default();
    let payload = rewrite_names(payload, from, to)?;
    with_payload(&meta_body(meta)?, &payload)
}

/// The body of a meta with another payload in it; everything else byte for byte.
pub fn with_payload(body: &[u8], payload: &[u8]) -> Result<Bytes, Malformed> {
    let mut out = BytesMut::from(keep(body, |field| field.number != META_PAYLOAD)?);
    put_content(&mut out, META_PAYLOAD, payload);
    Ok(out.freeze())
}

/// A serialized `MessageBody` with its sender and receiver replaced by bare names; everything else byte for byte.
pub fn rewrite_names(payload: &[u8], from: &str, to: &str) -> Result<Bytes, Malformed> {
    let kept = keep(payload, |field| {
        !matches!(field.number, BODY_FROM | BODY_TO)
    })?;
    let mut out = BytesMut::with_capacity(kept.len() + from.len() + to.len() + 8);
    put_content(&mut out, BODY_FROM, &Jid::named(from).encode_to_vec());
    put_content(&mut out, BODY_TO, &Jid::named(to).encode_to_vec());
    out.extend_from_slice(&kept);
    Ok(out.freeze())
}

/// A chat message's body with the thread that it is sent to named in it: in the JSON that clients read beside the message.
pub fn mark_thread(body: &[u8], thread: &serde_json::Value) -> Result<Bytes, Malformed> {
    let payload = last_content(body, META_PAYLOAD)?.unwrap_or_default();
    let meta = last_content(payload, BODY_META)?.unwrap_or_default();
    let mut json = match serde_json::from_slice(meta) {
        Ok(serde_json::Value::Object(fields)) => fields,
        Ok(_) | Err(_) => serde_json::Map::new(),
    };
    json.insert("thread".to_owned(), thread.clone());
    let json = serde_json::Value::Object(json).to_string();
    let mut marked = BytesMut::from(keep(payload, |field| field.number != BODY_META)?);
    put_content(&mut marked, BODY_META, json.as_bytes());
    with_payload(body, &marked)
}

pub(crate) fn keep(message: &[u8], keeps: impl Fn(&Field<'_>) -> bool) -> Result<Bytes, Malformed> {
    let mut out = BytesMut::with_capacity(message.len());
    for field in Fields::new(message) {
        let field = field?;
        if keeps(&field) {
            out.extend_from_slice(field.raw);
        }
    }
    Ok(out.freeze())
}

/// The content of the last field of that number: of a field that stands twice the last one counts.
pub(crate) fn last_content(message: &[u8], number: u32) -> Result<Option<&[u8]>, Malformed> {
    let mut found = None;
    for field in Fields::new(message) {
        let field = field?;
        if field.number == number {
            found = Some(field.content.ok_or(Malformed)?);
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pb::MessageBody;
    use proptest::prelude::*;

    /// Field 99 with the content "new": nothing that the schema knows.
    const UNKNOWN: &[u8] = b"\x9a\x06\x03new";

    fn message(text: &str) -> Vec<u8> {
        let content = crate::pb::message_body::Content {
            text: Some(text.to_owned()),
            ..Default::default()
        };
        let mut raw = MessageBody {
            from: Some(Jid::user("acme#demo", "mallory").on_device("web")),
            contents: vec![content],
            ..MessageBody::default()
        }
        .encode_to_vec();
        raw.extend_from_slice(UNKNOWN);
        raw
    }

    #[test]
    fn a_meta_is_taken_apart_and_put_together() {
        let (from, to) = (
            Jid::user("acme#demo", "alice"),
            Jid::user("acme#demo", "bob"),
        );
        let mut body = Meta {
            ns: Some(1),
            payload: Some(message("hi").into()),
            ..Meta::default()
        }
        .encode_to_vec();
        body.extend_from_slice(UNKNOWN);
        let full = full_meta(7, &from, &to, 1000, &body);
        assert_eq!(meta_body(&full).unwrap(), body);
        let meta = Meta::decode(full).unwrap();
        assert_eq!((meta.id(), meta.timestamp(), meta.ns), (7, 1000, Some(1)));
        assert_eq!((meta.from, meta.to), (Some(from), Some(to)));
    }

    #[test]
    fn names_are_set_and_the_rest_is_kept() {
        let rewritten = rewrite_names(&message("hi"), "alice", "bob").unwrap();
        let body = MessageBody::decode(rewritten.clone()).unwrap();
        assert_eq!(body.from, Some(Jid::named("alice")));
        assert_eq!(body.to, Some(Jid::named("bob")));
        assert_eq!(body.contents[0].text(), "hi");
        assert!(rewritten.ends_with(UNKNOWN));
        assert_eq!(
            rewrite_names(&rewritten, "alice", "bob").unwrap(),
            rewritten
        );
    }

    #[test]
    fn a_thread_is_named_beside_the_message() {
        let mut payload = message("hi");
        put_content(&mut payload, BODY_META, b"{\"a\":1,\"thread\":{}}");
        let mut raw = UNKNOWN.to_vec();
        put_content(&mut raw, META_PAYLOAD, &payload);
        let thread = serde_json::json!({"thread_name": "n"});
        let marked = Meta::decode(mark_thread(&raw, &thread).unwrap()).unwrap();
        let body = MessageBody::decode(marked.payload.unwrap()).unwrap();
        assert_eq!(body.contents[0].text(), "hi");
        let meta: serde_json::Value = serde_json::from_str(body.meta()).unwrap();
        assert_eq!(
            meta,
            serde_json::json!({"a": 1, "thread": {"thread_name": "n"}})
        );
        let odd = mark_thread(&meta_of(b"not json"), &thread).unwrap();
        let body = MessageBody::decode(Meta::decode(odd).unwrap().payload.unwrap()).unwrap();
        assert_eq!(body.meta(), "{\"thread\":{\"thread_name\":\"n\"}}");
    }

    fn meta_of(json: &[u8]) -> Vec<u8> {
        let (mut payload, mut raw) = (Vec::new(), Vec::new());
        put_content(&mut payload, BODY_META, json);
        put_content(&mut raw, META_PAYLOAD, &payload);
        raw
    }

    #[test]
    fn a_client_cannot_name_another_sender() {
        // Merging two occurrences of a field must not let a name in either.
        let mut raw = Meta {
            id: Some(1),
            from: Some(Jid::named("eve")),
            ns: Some(1),
            ..Meta::default()
        }
        .encode_to_vec();
        put_content(&mut raw, META_PAYLOAD, &message("old"));
        put_content(
            &mut raw,
            META_PAYLOAD,
            &[message("new"), message("er")].concat(),
        );
        raw.extend_from_slice(UNKNOWN);
        let body = chat_meta_body(&raw, "alice", "bob").unwrap();
        let meta = Meta::decode(body).unwrap();
        assert_eq!((meta.id, meta.from.clone(), meta.ns), (None, None, Some(1)));
        let message = MessageBody::decode(meta.payload.unwrap()).unwrap();
        assert_eq!(
            (message.from, message.to),
            (Some(Jid::named("alice")), Some(Jid::named("bob")))
        );
        assert_eq!(message.contents.len(), 2);
    }

    #[test]
    fn a_cut_message_is_refused_or_still_a_message() {
        let raw = message("some text");
        for length in 0..raw.len() {
            let cut = &raw[..length];
            if let Ok(rewritten) = rewrite_names(cut, "alice", "bob") {
                assert!(
                    Fields::new(&rewritten).all(|field| field.is_ok()),
                    "{length} bytes"
                );
            }
        }
        assert_eq!(
            rewrite_names(&raw[..raw.len() - 1], "alice", "bob"),
            Err(Malformed)
        );
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(raw in proptest::collection::vec(any::<u8>(), 0..128)) {
            let walks = Fields::new(&raw).all(|field| field.is_ok());
            prop_assert_eq!(rewrite_names(&raw, "alice", "bob").is_ok(), walks);
            prop_assert_eq!(meta_body(&raw).is_ok(), walks);
            prop_assert!(walks || chat_meta_body(&raw, "alice", "bob").is_err());
        }

        #[test]
        fn unknown_fields_are_kept(fields in proptest::collection::vec((11_u32..5000, any::<Vec<u8>>()), 0..6)) {
            let mut raw = Vec::new();
            for (number, content) in &fields {
                put_content(&mut raw, *number, content);
            }
            prop_assert_eq!(meta_body(&raw).unwrap(), raw.clone());
            prop_assert!(rewrite_names(&raw, "alice", "bob").unwrap().ends_with(&raw));
        }
    }
}
