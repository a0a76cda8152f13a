//! Bodies of the fuzz targets of this package, replayed by its tests; see `fuzz/README.md`.
#![expect(
    clippy::indexing_slicing,
    reason = "a body of a fuzz target panics to say that something is wrong"
)]

use crate::frame::{self, Upstream};
use crate::meta::{chat_meta_body, full_meta, meta_body};
use crate::page::{notice, sync_page, unread_reply};
use crate::pb::{Jid, MSync, MessageBody, Meta, Provision};
use crate::rest::{body_from_json, payload_to_json};
use crate::wire::Fields;
use crate::{Standing, chat_body, message_kind};
use bytes::Bytes;
use lacuna_domain::MessageKind;
use prost::Message;
use serde_json::Value;

/// Reads bytes as a frame of a client, and as everything that may stand in one.
///
/// # Panics
/// If what is read from a frame and written again is not what was read.
pub fn frames(input: &[u8]) {
    match frame::decode(input) {
        Ok(Upstream::Sync { meta, queue, .. }) => {
            if let Some(queue) = queue {
                framed(&notice(&queue));
                framed(&unread_reply(&[(queue, 1)], 1));
            }
            if let Some(meta) = meta {
                sent(&meta.0, &meta.1);
            }
        }
        Ok(Upstream::Provision { provision, .. }) => standing(&provision),
        Ok(Upstream::Unread | Upstream::Logout(_) | Upstream::Other(_)) | Err(_) => {}
    }
    if let Ok(meta) = Meta::decode(input) {
        sent(&meta, input);
    }
    if let Ok(provision) = Provision::decode(input) {
        standing(&provision);
    }
    body(input);
}

/// A meta that a client sends: the two ways to read it agree, and no name that it claims is kept.
fn sent(meta: &Meta, raw: &[u8]) {
    let again = Meta::decode(raw).expect("it was read before");
    assert_eq!(again.encode_to_vec(), meta.encode_to_vec());
    // The server looks at the message first.
    let message = MessageBody::decode(meta.payload.clone().unwrap_or_default());
    let (Ok(_), Ok(body)) = (message, chat_meta_body(raw, "alice", "bob")) else {
        return;
    };
    let (from, to) = (Jid::named("alice"), Jid::named("bob"));
    let full = full_meta(7, &from, &to, 1_000, &body);
    assert_eq!(meta_body(&full), Ok(body));
    let read = Meta::decode(full.clone()).expect("the server's own meta");
    assert_eq!((read.id(), read.timestamp()), (7, 1_000));
    assert_eq!((read.from, read.to), (Some(from.clone()), Some(to.clone())));
    let message = MessageBody::decode(read.payload.unwrap_or_default()).expect("rewritten");
    assert_eq!((message.from, message.to), (Some(from), Some(to.clone())));
    framed(&sync_page(&to, &[full], Some(7), false, 1_000));
}

fn framed(frame: &Bytes) {
    MSync::decode(frame.clone()).expect("the server's own frame");
}

fn standing(provision: &Provision) {
    if let Some(standing) = Standing::of(provision) {
        let mut reply = Provision::default();
        standing.clone().put(&mut reply);
        assert_eq!(Standing::of(&reply), Some(standing));
    }
}

/// A message's body: shown as JSON, and read from it again where that makes a message.
fn body(payload: &[u8]) {
    let Some(shown) = payload_to_json(payload) else {
        return;
    };
    let message = MessageBody::decode(payload).expect("it was shown");
    let kind = message_kind(&message);
    assert_eq!(MessageKind::from_code(kind.code()), kind);
    let walks = Fields::new(payload).all(|field| field.is_ok());
    if walks {
        let meta = chat_body(Bytes::copy_from_slice(payload), None);
        assert!(Meta::decode(meta).is_ok());
    }
    let bodies = shown["bodies"].as_array().expect("the bodies of a message");
    for content in bodies {
        let kind = content["type"].as_str().expect("its kind");
        from_json(kind, content, Some(&shown["ext"]));
    }
}

/// Reads text as the body of the server API's send: the name of a kind, a line feed, JSON.
///
/// # Panics
/// If a message that it makes does not survive being written and read, as protobuf and as JSON.
pub fn bodies(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    let (kind, json) = text.split_once('\n').unwrap_or(("txt", text));
    if let Ok(value) = serde_json::from_str::<Value>(json) {
        from_json(kind, &value, value.get("ext"));
    }
}

fn from_json(kind: &str, value: &Value, ext: Option<&Value>) {
    let Ok(message) = body_from_json(kind, value, ext) else {
        return;
    };
    let bytes = message.encode_to_vec();
    assert_eq!(MessageBody::decode(bytes.as_slice()).as_ref(), Ok(&message));
    let shown = payload_to_json(&bytes).expect("a message is shown");
    assert_eq!(shown["bodies"][0]["type"], kind);
    let again = body_from_json(kind, &shown["bodies"][0], Some(&shown["ext"]));
    let again = payload_to_json(&again.expect("what is shown is read").encode_to_vec());
    assert_eq!(again, Some(shown));
}

#[cfg(test)]
#[path = "../../../fuzz/replay.rs"]
mod replay;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_corpora_are_replayed() {
        replay::corpus("frames", frames);
        replay::corpus("bodies", bodies);
    }

    proptest! {
        #[test]
        fn any_bytes(input in prop::collection::vec(any::<u8>(), 0..200)) {
            frames(&input);
        }

        #[test]
        fn any_text(kind in "txt|img|loc|cmd|custom|audio", json in "\\{\"(msg|url|lat|action|customEvent)\":.{0,20}\\}") {
            bodies(format!("{kind}\n{json}").as_bytes());
        }
    }
}
