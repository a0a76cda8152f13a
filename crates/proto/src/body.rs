//! Meta bodies that the server makes itself: a namespace and a payload, without id, names and time.

use bytes::Bytes;
use prost::Message;
use serde_json::Value;

use crate::pb::meta::{NameSpace, RouteType};
use crate::pb::{KeyValue, Meta, MucBody, RosterBody, StatisticsBody};

/// The body of an event told as JSON.
///
/// Clients of this protocol lose an event with a byte below 0x10 in it. Compact JSON has none: control characters inside
/// strings are escaped.
#[must_use]
pub fn notify_body(json: &Value) -> Bytes {
    let text = json.to_string();
    debug_assert!(
        text.bytes().all(|byte| byte >= 0x10),
        "compact JSON has no control characters"
    );
    encode(NameSpace::Notify, text.into())
}

/// The body of a group event.
#[must_use]
pub fn muc_body(event: &MucBody) -> Bytes {
    encode(NameSpace::Muc, event.encode_to_vec().into())
}

/// The body of an event about contacts.
#[must_use]
pub fn roster_body(event: &RosterBody) -> Bytes {
    encode(NameSpace::Roster, event.encode_to_vec().into())
}

/// The body of a chat message. `payload` is a serialized `MessageBody`; with no route it goes to all devices and into history.
#[must_use]
pub fn chat_body(payload: Bytes, route: Option<RouteType>) -> Bytes {
    let mut meta = meta(NameSpace::Chat, payload);
    meta.routetype = route.map(i32::from);
    meta.encode_to_vec().into()
}

/// A body with an extension of the meta itself (not of the message in it).
#[must_use]
pub fn with_ext(body: Bytes, ext: Option<KeyValue>) -> Bytes {
    let Some(ext) = ext else {
        return body;
    };
    let more = Meta {
        ext: vec![ext],
        ..Meta::default()
    };
    [body, more.encode_to_vec().into()].concat().into()
}

/// The body of a kick.
pub(crate) fn statistics_body(payload: &StatisticsBody) -> Bytes {
    encode(NameSpace::Statistic, payload.encode_to_vec().into())
}

fn encode(ns: NameSpace, payload: Bytes) -> Bytes {
    meta(ns, payload).encode_to_vec().into()
}

fn meta(ns: NameSpace, payload: Bytes) -> Meta {
    Meta {
        ns: Some(ns.into()),
        payload: Some(payload),
        ..Meta::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn bodies_hold_namespace_and_payload_only() {
        let event = MucBody {
            is_chatroom: Some(false),
            ..MucBody::default()
        };
        assert_eq!(muc_body(&event).as_ref(), b"\x28\x02\x32\x02\x38\x00");
        assert_eq!(
            chat_body(Bytes::from_static(b"\x08\x01"), None).as_ref(),
            b"\x28\x01\x32\x02\x08\x01"
        );
        let event = RosterBody {
            reason: Some("x".into()),
            ..RosterBody::default()
        };
        assert_eq!(roster_body(&event).as_ref(), b"\x28\x03\x32\x03\x2a\x01x");
        let online = chat_body(Bytes::new(), Some(RouteType::RouteOnline));
        assert_eq!(online.as_ref(), b"\x28\x01\x32\x00\x38\x01");
        assert_eq!(
            notify_body(&json!({"a": 1})).as_ref(),
            b"\x28\x05\x32\x07{\"a\":1}"
        );
    }

    proptest! {
        #[test]
        fn an_event_has_no_byte_that_clients_stumble_over(key: String, value: String) {
            let sent = json!({ key: value });
            let payload = Meta::decode(notify_body(&sent)).unwrap().payload.unwrap();
            prop_assert!(payload.iter().all(|byte| *byte >= 0x10));
            prop_assert_eq!(serde_json::from_slice::<Value>(&payload).unwrap(), sent);
        }
    }
}
