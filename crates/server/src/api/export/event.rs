//! What an event of a user's stream says, as JSON.

use lacuna_proto::pb::meta::NameSpace;
use lacuna_proto::pb::{Jid, MessageBody, Meta, MucBody, RosterBody};
use prost::Message as _;
use serde_json::{Value, json};

/// What the body of an event says; null if it cannot be read.
pub(super) fn said(body: &[u8]) -> Value {
    let read = || {
        let meta = Meta::decode(body).ok()?;
        let space = meta.ns();
        let payload = meta.payload?;
        match space {
            NameSpace::Chat => MessageBody::decode(payload).ok().map(|body| receipt(&body)),
            NameSpace::Roster => RosterBody::decode(payload).ok().map(|body| roster(&body)),
            NameSpace::Muc => MucBody::decode(payload).ok().map(|body| of_group(&body)),
            NameSpace::Notify | NameSpace::Statistic | NameSpace::Conference | NameSpace::Query => {
                serde_json::from_slice(&payload).ok()
            }
        }
    };
    read().unwrap_or(Value::Null)
}

/// Receipts are the messages that streams have.
fn receipt(body: &MessageBody) -> Value {
    json!({
        "type": body.r#type().as_str_name(),
        "from": name(body.from.as_ref()),
        "to": name(body.to.as_ref()),
        "msg_id": body.ack_message_id.map(|id| id.to_string()),
        "content": body.ack_content,
    })
}

fn roster(body: &RosterBody) -> Value {
    json!({
        "operation": body.operation().as_str_name(),
        "from": name(body.from.as_ref()),
        "to": body.to.iter().map(Jid::name).collect::<Vec<_>>(),
        "reason": body.reason,
    })
}

fn of_group(body: &MucBody) -> Value {
    json!({
        "operation": body.operation().as_str_name(),
        "group": name(body.muc_id.as_ref()),
        "from": name(body.from.as_ref()),
        "to": body.to.iter().map(Jid::name).collect::<Vec<_>>(),
        "reason": body.reason,
    })
}

fn name(jid: Option<&Jid>) -> Option<&str> {
    jid.map(Jid::name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use lacuna_proto::pb::message_body::Type;
    use lacuna_proto::pb::roster_body::Operation;
    use lacuna_proto::{chat_body, muc_body, notify_body, roster_body};

    #[test]
    fn events_of_every_kind_are_read() {
        let notice = json!({"type": "conv"});
        assert_eq!(said(&notify_body(&notice)), notice);
        let asked = RosterBody {
            operation: Some(Operation::Add.into()),
            from: Some(Jid::named("bob")),
            to: vec![Jid::named("alice")],
            reason: Some("hello".to_owned()),
            ..RosterBody::default()
        };
        let want = json!({"operation": "ADD", "from": "bob", "to": ["alice"], "reason": "hello"});
        assert_eq!(said(&roster_body(&asked)), want);
        let invited = MucBody {
            muc_id: Some(Jid::named("7")),
            operation: Some(lacuna_proto::pb::muc_body::Operation::Invite.into()),
            from: Some(Jid::named("bob")),
            ..MucBody::default()
        };
        let want =
            json!({"operation": "INVITE", "group": "7", "from": "bob", "to": [], "reason": null});
        assert_eq!(said(&muc_body(&invited)), want);
        let read = MessageBody {
            r#type: Some(Type::ReadAck.into()),
            from: Some(Jid::named("bob")),
            to: Some(Jid::named("alice")),
            ack_message_id: Some(9),
            ..MessageBody::default()
        };
        let said_of_it = said(&chat_body(read.encode_to_vec().into(), None));
        let want = json!({"type": "READ_ACK", "from": "bob", "to": "alice", "msg_id": "9", "content": null});
        assert_eq!(said_of_it, want);
        assert_eq!(said(b"\xff"), Value::Null);
    }
}
