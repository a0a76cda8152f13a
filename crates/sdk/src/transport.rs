//! The parts of the client, each by itself: for programs that put load on a server and measure it.
//!
//! Nothing is kept, nothing is tried again, and nothing that was deleted is remembered here. Apps use
//! [`Client`](crate::Client).

pub use crate::net::rest::{Caller, HistoryQuery, Rest, Rows, Token};
pub use crate::net::socket::Socket;
pub use crate::store::Fact;
pub use crate::sync::pulls::{Pull, Pulls};
pub use crate::wire::facts::FactPage;
pub use crate::wire::frames;
/// A message or an event as it comes over the wire, and the pages and queues that it comes in.
pub use lacuna_proto::pb::{CommSyncDl, Jid, Meta};

use crate::types::Body;
use crate::wire::body;
use crate::wire::incoming::{self, Incoming};
use lacuna_domain::{Millis, Name, Pos, Target};

/// A text that came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextMessage {
    /// The server's id of it.
    pub id: Pos,
    /// The peer or the group, as this user names it.
    pub conversation: Target,
    /// Who sent it.
    pub from: Name,
    /// When the server received it.
    pub time: Millis,
    /// What it says.
    pub text: String,
}

/// Reads a meta as the user `me` sees it. None if it is no message with a text.
#[must_use]
pub fn read_text(meta: Meta, me: &Name) -> Option<TextMessage> {
    let Incoming::Message(arrived) = incoming::read(meta, me) else {
        return None;
    };
    let (Body::Text(text), _) = body::read(&arrived.payload) else {
        return None;
    };
    Some(TextMessage {
        id: arrived.id,
        conversation: arrived.conversation,
        from: arrived.from,
        time: arrived.time,
        text,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use lacuna_proto::notify_body;
    use lacuna_proto::pb::meta::NameSpace;
    use prost::Message as _;
    use serde_json::json;

    #[test]
    fn texts_are_read_and_events_are_none() {
        let (alice, bob) = (Name::new("alice").unwrap(), Name::new("bob").unwrap());
        let payload = frames::text_payload(&bob, &Target::Peer(alice.clone()), "hello");
        let meta = Meta {
            id: Some(5),
            from: Some(Jid::user("a#b", "bob")),
            to: Some(Jid::user("a#b", "alice")),
            timestamp: Some(9),
            ns: Some(NameSpace::Chat.into()),
            payload: Some(payload),
            ..Meta::default()
        };
        let want = TextMessage {
            id: Pos(5),
            conversation: Target::Peer(bob.clone()),
            from: bob,
            time: Millis(9),
            text: "hello".to_owned(),
        };
        assert_eq!(read_text(meta, &alice), Some(want));
        let event = Meta::decode(notify_body(&json!({"type": "presence"}))).unwrap();
        assert_eq!(read_text(event, &alice), None);
    }
}
