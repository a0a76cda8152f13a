//! What the library has, as C sees it: borrowed views whose texts are kept beside them.

use crate::message::{
    LACUNA_BODY_COMBINE, LACUNA_BODY_COMMAND, LACUNA_BODY_CUSTOM, LACUNA_BODY_FILE,
    LACUNA_BODY_IMAGE, LACUNA_BODY_LOCATION, LACUNA_BODY_OTHER, LACUNA_BODY_TEXT,
    LACUNA_BODY_VIDEO, LACUNA_BODY_VOICE, LACUNA_CHAT, LACUNA_GROUP, LACUNA_RECEIVED, LACUNA_SENT,
    LACUNA_STATUS_DELIVERING, LACUNA_STATUS_FAILED, LACUNA_STATUS_PENDING, LACUNA_STATUS_SUCCEEDED,
    LacunaBody, LacunaFile, LacunaMessage, NO_BODY,
};
use crate::text::Texts;
use lacuna_sdk::{Attachment, Body, Ext, Message, MessageKind, Millis, Side, Status, Target};
use std::ffi::c_char;
use std::ptr::null;

/// A message as the caller sees it.
pub(crate) fn message(message: &Message, me: &str, texts: &mut Texts) -> LacunaMessage {
    let (chat_type, conversation) = named(&message.conversation, texts);
    let sent = message.side == Side::Sent;
    let to = match &message.conversation {
        Target::Peer(_) if !sent => texts.add(me),
        Target::Peer(_) | Target::Group(_) => conversation,
    };
    LacunaMessage {
        id: texts.add(&message.id.to_string()),
        chat_type,
        conversation,
        from: texts.add(message.from.as_str()),
        to,
        direction: if sent { LACUNA_SENT } else { LACUNA_RECEIVED },
        status: status_number(message.status),
        timestamp: milliseconds(message.time),
        local_time: milliseconds(message.local_time),
        is_read: message.is_read,
        is_read_acked: message.is_read_acked,
        is_delivery_acked: message.is_delivery_acked,
        online_only: false,
        receivers: null(),
        receiver_count: 0,
        ext: ext(&message.ext, texts),
        body: body_view(&message.body, texts),
    }
}

/// A conversation's type and id.
pub(crate) fn named(target: &Target, texts: &mut Texts) -> (i32, *const c_char) {
    let chat_type = match target {
        Target::Peer(_) => LACUNA_CHAT,
        Target::Group(_) => LACUNA_GROUP,
    };
    (chat_type, texts.add(target.id()))
}

/// A time as C has it.
pub(crate) fn milliseconds(time: Millis) -> i64 {
    i64::try_from(time.0).unwrap_or(i64::MAX)
}

/// An app's own data as JSON; NULL for none.
pub(crate) fn ext(ext: &Ext, texts: &mut Texts) -> *const c_char {
    if ext.is_empty() {
        return null();
    }
    texts.add(&serde_json::Value::Object(ext.clone()).to_string())
}

fn status_number(status: Status) -> i32 {
    match status {
        Status::Pending => LACUNA_STATUS_PENDING,
        Status::Sending => LACUNA_STATUS_DELIVERING,
        Status::Sent => LACUNA_STATUS_SUCCEEDED,
        Status::Failed => LACUNA_STATUS_FAILED,
    }
}

fn body_view(body: &Body, texts: &mut Texts) -> LacunaBody {
    let mut view = LacunaBody {
        kind: kind_number(body.kind()),
        ..NO_BODY
    };
    match body {
        Body::Text(text) => view.text = texts.add(text),
        Body::Image(file) | Body::Video(file) | Body::Voice(file) | Body::File(file) => {
            view.file = file_view(file, texts);
        }
        Body::Location {
            latitude,
            longitude,
            address,
            building,
        } => {
            (view.latitude, view.longitude) = (*latitude, *longitude);
            view.address = texts.add(address);
            view.building = texts.add(building);
        }
        Body::Command { action } => view.action = texts.add(action),
        Body::Custom { event, fields } => {
            view.event = texts.add(event);
            view.field_names = texts.list(fields.keys().map(String::as_str));
            view.field_values = texts.list(fields.values().map(String::as_str));
            view.field_count = fields.len();
        }
        Body::Combine {
            title,
            summary,
            file,
        } => {
            view.title = texts.add(title);
            view.summary = texts.add(summary);
            view.file = file_view(file, texts);
        }
        Body::Other => {}
    }
    view
}

fn file_view(file: &Attachment, texts: &mut Texts) -> LacunaFile {
    let (width, height) = file.size.unwrap_or_default();
    let local = file.local_path.as_ref();
    LacunaFile {
        name: texts.add(&file.name),
        local_path: local.map_or(null(), |path| texts.add(&path.to_string_lossy())),
        remote_path: texts.add(&file.remote_path),
        secret: texts.add(&file.secret),
        length: i64::from(file.length),
        duration: i32::try_from(file.duration).unwrap_or(i32::MAX),
        width,
        height,
        thumbnail_remote_path: texts.add(&file.thumbnail_remote_path),
        thumbnail_secret: texts.add(&file.thumbnail_secret),
    }
}

pub(crate) fn kind_number(kind: MessageKind) -> i32 {
    match kind {
        MessageKind::Text => LACUNA_BODY_TEXT,
        MessageKind::Image => LACUNA_BODY_IMAGE,
        MessageKind::Video => LACUNA_BODY_VIDEO,
        MessageKind::Location => LACUNA_BODY_LOCATION,
        MessageKind::Voice => LACUNA_BODY_VOICE,
        MessageKind::File => LACUNA_BODY_FILE,
        MessageKind::Command => LACUNA_BODY_COMMAND,
        MessageKind::Custom => LACUNA_BODY_CUSTOM,
        MessageKind::Combine => LACUNA_BODY_COMBINE,
        // Signals, which are never shown.
        MessageKind::Recall | MessageKind::Edit | MessageKind::Other => LACUNA_BODY_OTHER,
    }
}
