//! Group events: what everybody is told when a group changes.

use super::{Reply, Service};
use bytes::Bytes;
use lacuna_domain::{Name, Pos};
use lacuna_proto::{muc_body, pb};
use lacuna_store::{App, Group, GroupSignal, NewEvent, Sender, SignalAudience};
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

/// The event for an account's devices, but the one that did it.
pub(super) fn from_device(by: &Sender, event: &pb::MucBody) -> NewEvent {
    NewEvent {
        device: by.device,
        body: body(event),
    }
}

impl Service {
    /// Tells a user's devices, but the one that did it, of a group or thread.
    pub(super) async fn tell_devices(
        &self,
        app: &App,
        user: &Name,
        by: &Sender,
        event: &pb::MucBody,
    ) -> Reply<()> {
        let (event, now) = (from_device(by, event), self.clock.now());
        let found = self.store.add_event(app.id, user, event, now).await?;
        if let Some((account, version)) = found {
            self.delivery.publish_events(account, version, Pos::ZERO);
        }
        Ok(())
    }
}
