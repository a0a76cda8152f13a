//! Group events: what everybody is told when a group changes.

use bytes::Bytes;
use lacuna_domain::Name;
use lacuna_proto::{muc_body, pb};
use lacuna_store::{App, Group, GroupSignal, SignalAudience};
use pb::Jid;
use pb::muc_body::{EventInfo, Operation};
use serde_json::Value;

/// The event that somebody did something to somebody in a group or room. To be filled in further.
pub(super) fn event(
    app: &App,
    group: &Group,
    operation: Operation,
    from: &Name,
    to: &Name,
) -> pb::MucBody {
    let app_key = app.settings.key();
    pb::MucBody {
        muc_id: Some(Jid::group(&app_key, group.id.as_str())),
        operation: Some(operation.into()),
        from: Some(Jid::user(&app_key, from.as_str())),
        to: vec![Jid::user(&app_key, to.as_str())],
        is_chatroom: Some(group.settings.room),
        ..pb::MucBody::default()
    }
}

/// The same, with facts as JSON.
pub(super) fn with_facts(event: pb::MucBody, facts: &Value) -> pb::MucBody {
    pb::MucBody {
        event_info: Some(EventInfo {
            event_type: None,
            ext: Some(facts.to_string()),
        }),
        ..event
    }
}

/// The same, with what somebody says about it.
pub(super) fn with_reason(event: pb::MucBody, reason: &str) -> pb::MucBody {
    pb::MucBody {
        reason: Some(reason.to_owned()),
        ..event
    }
}

/// A signal to every member.
pub(super) fn to_all(event: &pb::MucBody) -> GroupSignal {
    signal(SignalAudience::All, event)
}

/// A signal to these members.
pub(super) fn to_only(names: Vec<Name>, event: &pb::MucBody) -> GroupSignal {
    signal(SignalAudience::Only(names), event)
}

/// A signal to every member but this.
pub(super) fn to_others(name: &Name, event: &pb::MucBody) -> GroupSignal {
    signal(SignalAudience::Except(vec![name.clone()]), event)
}

fn signal(audience: SignalAudience, event: &pb::MucBody) -> GroupSignal {
    GroupSignal {
        audience,
        body: body(event),
    }
}

/// The event as it is stored.
pub(super) fn body(event: &pb::MucBody) -> Bytes {
    muc_body(event)
}
