//! Group events as they are told.

use bytes::Bytes;
use lacuna_domain::{GroupId, Name};
use lacuna_proto::pb::{Jid, MucBody, muc_body};
use lacuna_store::App;

/// `org#app`.
pub(super) fn app_key(app: &App) -> String {
    format!("{}#{}", app.settings.org, app.settings.name)
}

/// Something that happened in a group: `from` did it, `to` is whom it happened to.
pub(super) fn event(
    app: &App,
    id: &GroupId,
    operation: muc_body::Operation,
    from: &Name,
    to: &Name,
) -> MucBody {
    let app_key = app_key(app);
    MucBody {
        muc_id: Some(Jid::group(&app_key, id.as_str())),
        operation: Some(operation.into()),
        from: Some(Jid::user(&app_key, from.as_str())),
        to: vec![Jid::user(&app_key, to.as_str())],
        is_chatroom: Some(false),
        ..MucBody::default()
    }
}

/// [`event`], of a chat room.
pub(super) fn room_event(
    app: &App,
    id: &GroupId,
    operation: muc_body::Operation,
    from: &Name,
    to: &Name,
) -> MucBody {
    MucBody {
        is_chatroom: Some(true),
        ..event(app, id, operation, from, to)
    }
}

/// An event with what else there is to say as JSON.
pub(super) fn with_info(mut event: MucBody, info: &serde_json::Value) -> Bytes {
    event.event_info = Some(muc_body::EventInfo {
        ext: Some(info.to_string()),
        ..muc_body::EventInfo::default()
    });
    lacuna_proto::muc_body(&event)
}
