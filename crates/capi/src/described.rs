//! What a caller describes: conversations, messages to send or to insert.

use crate::message::{
    LACUNA_BODY_COMBINE, LACUNA_BODY_COMMAND, LACUNA_BODY_CUSTOM, LACUNA_BODY_FILE,
    LACUNA_BODY_IMAGE, LACUNA_BODY_LOCATION, LACUNA_BODY_TEXT, LACUNA_BODY_VIDEO,
    LACUNA_BODY_VOICE, LACUNA_CHAT, LACUNA_GROUP, LACUNA_RECEIVED, LACUNA_ROOM,
    LACUNA_STATUS_DELIVERING, LACUNA_STATUS_FAILED, LACUNA_STATUS_PENDING, LacunaBody, LacunaFile,
    LacunaMessage,
};
use crate::text::{Text, invalid, texts};
use crate::view::kind_number;
use lacuna_sdk::{
    Attachment, Body, ErrorCode, Ext, GroupId, Message, MessageKind, Millis, Name, NewMessage, Pos,
    Result, Side, Status, Target,
};
use std::collections::BTreeMap;
use std::ffi::c_char;

/// The conversation of a type and an id. 110 for an id that makes no sense, 505 for a chat room.
pub(crate) fn target(chat_type: i32, id: Text) -> Result<Target> {
    let id = id.or_empty()?;
    if id.is_empty() {
        return Err(invalid("the conversation has no name"));
    }
    match chat_type {
        LACUNA_CHAT => Ok(Target::Peer(user(&id)?)),
        LACUNA_GROUP => Ok(Target::Group(GroupId::new(&id))),
        LACUNA_ROOM => Err(lacuna_sdk::Error::new(
            ErrorCode::ServiceNotEnabled,
            "chat rooms are not served",
        )),
        _ => Err(invalid(format!("{chat_type} is no type of conversation"))),
    }
}

/// A user's name as an argument that is not the one who logs in. 110.
pub(crate) fn user(name: &str) -> Result<Name> {
    Name::new(name).map_err(|error| invalid(error.to_string()))
}

/// An app's own data. 110 for what is no JSON object.
pub(crate) fn ext(text: Text) -> Result<Ext> {
    let Some(text) = text.filled()? else {
        return Ok(Ext::new());
    };
    serde_json::from_str(&text).map_err(|_| invalid("ext is not a JSON object"))
}

/// A kind by its number; none for a number that has no kind.
pub(crate) fn kind(number: i32) -> Option<MessageKind> {
    let kinds = [
        MessageKind::Text,
        MessageKind::Image,
        MessageKind::Video,
        MessageKind::Location,
        MessageKind::Voice,
        MessageKind::File,
        MessageKind::Command,
        MessageKind::Custom,
        MessageKind::Combine,
    ];
    kinds.into_iter().find(|kind| kind_number(*kind) == number)
}

/// A message as the caller describes it: to be sent, inserted, updated or imported.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "they are a message's own")]
pub(crate) struct Described {
    /// Its id, if it has one.
    pub(crate) id: Option<Pos>,
    /// Where it belongs.
    pub(crate) target: Target,
    /// Who sent it; none for the user who is logged in.
    pub(crate) from: Option<Name>,
    /// When.
    pub(crate) time: Millis,
    /// The rest of a message that this or another device has had before.
    pub(crate) side: Side,
    pub(crate) status: Status,
    pub(crate) local_time: Millis,
    pub(crate) is_read: bool,
    pub(crate) is_read_acked: bool,
    pub(crate) is_delivery_acked: bool,
    pub(crate) online_only: bool,
    pub(crate) receivers: Vec<Name>,
    pub(crate) ext: Ext,
    pub(crate) body: Body,
}

impl Described {
    /// Copies what a pointer points at. 500 for NULL.
    ///
    /// # Safety
    /// NULL, or a message whose pointers are NULL or good for the call.
    pub(crate) unsafe fn read(message: *const LacunaMessage) -> Result<Self> {
        // SAFETY: the caller vouches for it.
        let message = unsafe { message.as_ref() }.ok_or_else(|| {
            lacuna_sdk::Error::new(ErrorCode::MessageInvalid, "the message is missing")
        })?;
        // SAFETY: as above, for each pointer.
        let (id, conversation, from, data) = unsafe {
            (
                Text::new(message.id),
                Text::new(message.conversation),
                Text::new(message.from),
                Text::new(message.ext),
            )
        };
        // SAFETY: as above.
        let receivers = unsafe { texts(message.receivers, message.receiver_count) }?;
        // SAFETY: as above.
        let body = unsafe { read_body(&message.body) }?;
        let from = from.filled()?.map(|name| user(&name)).transpose()?;
        Ok(Self {
            id: id.filled()?.and_then(|id| id.parse().ok()),
            target: target(message.chat_type, conversation)?,
            from,
            time: instant(message.timestamp),
            side: if message.direction == LACUNA_RECEIVED {
                Side::Received
            } else {
                Side::Sent
            },
            status: status(message.status),
            local_time: instant(message.local_time),
            is_read: message.is_read,
            is_read_acked: message.is_read_acked,
            is_delivery_acked: message.is_delivery_acked,
            online_only: message.online_only,
            receivers: receivers
                .iter()
                .map(|name| user(name))
                .collect::<Result<_>>()?,
            ext: ext(data)?,
            body,
        })
    }

    /// As a message to send or to insert.
    pub(crate) fn into_new(self) -> NewMessage {
        NewMessage {
            id: self.id,
            to: self.target,
            body: self.body,
            ext: self.ext,
            online_only: self.online_only,
            receivers: self.receivers,
        }
    }

    /// As a message that was sent or received before, by this user.
    pub(crate) fn into_message(self, me: &Name, regard_read: bool) -> Result<Message> {
        let id = self.id.ok_or_else(|| invalid("the message has no id"))?;
        let from = self.from.unwrap_or_else(|| me.clone());
        let side = if from == *me { Side::Sent } else { self.side };
        Ok(Message {
            id,
            conversation: self.target,
            from,
            side,
            status: self.status,
            time: self.time,
            local_time: self.local_time,
            body: self.body,
            ext: self.ext,
            is_read: self.is_read || regard_read,
            is_read_acked: self.is_read_acked,
            is_delivery_acked: self.is_delivery_acked,
        })
    }
}

/// A time from C: what lies before 1970 counts as then.
pub(crate) fn instant(milliseconds: i64) -> Millis {
    Millis(u64::try_from(milliseconds).unwrap_or_default())
}

fn status(number: i32) -> Status {
    match number {
        LACUNA_STATUS_PENDING => Status::Pending,
        LACUNA_STATUS_DELIVERING => Status::Sending,
        LACUNA_STATUS_FAILED => Status::Failed,
        _ => Status::Sent,
    }
}

/// # Safety
/// The body's pointers are NULL or good for the call.
unsafe fn read_body(body: &LacunaBody) -> Result<Body> {
    // SAFETY: the caller vouches for every pointer.
    let text = |text: *const c_char| unsafe { Text::new(text) }.or_empty();
    // SAFETY: as above.
    let file = || unsafe { read_file(&body.file) };
    Ok(match body.kind {
        LACUNA_BODY_TEXT => Body::Text(text(body.text)?),
        LACUNA_BODY_IMAGE => Body::Image(file()?),
        LACUNA_BODY_VIDEO => Body::Video(file()?),
        LACUNA_BODY_VOICE => Body::Voice(file()?),
        LACUNA_BODY_FILE => Body::File(file()?),
        LACUNA_BODY_LOCATION => Body::Location {
            latitude: body.latitude,
            longitude: body.longitude,
            address: text(body.address)?,
            building: text(body.building)?,
        },
        LACUNA_BODY_COMMAND => Body::Command {
            action: text(body.action)?,
        },
        LACUNA_BODY_CUSTOM => {
            // SAFETY: as above.
            let (names, values) = unsafe {
                (
                    texts(body.field_names, body.field_count)?,
                    texts(body.field_values, body.field_count)?,
                )
            };
            let fields: BTreeMap<String, String> = names.into_iter().zip(values).collect();
            Body::Custom {
                event: text(body.event)?,
                fields,
            }
        }
        LACUNA_BODY_COMBINE => Body::Combine {
            title: text(body.title)?,
            summary: text(body.summary)?,
            file: file()?,
        },
        kind => return Err(invalid(format!("{kind} is no kind of body"))),
    })
}

/// # Safety
/// As for [`read_body`].
unsafe fn read_file(file: &LacunaFile) -> Result<Attachment> {
    // SAFETY: the caller vouches for every pointer.
    let text = |text: *const c_char| unsafe { Text::new(text) };
    let size = (file.width, file.height);
    Ok(Attachment {
        name: text(file.name).or_empty()?,
        local_path: text(file.local_path).filled()?.map(Into::into),
        remote_path: text(file.remote_path).or_empty()?,
        secret: text(file.secret).or_empty()?,
        length: u32::try_from(file.length).unwrap_or_default(),
        duration: u32::try_from(file.duration).unwrap_or_default(),
        size: (size != (0.0, 0.0)).then_some(size),
        thumbnail_remote_path: text(file.thumbnail_remote_path).or_empty()?,
        thumbnail_secret: text(file.thumbnail_secret).or_empty()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Texts;
    use crate::view;
    use serde_json::json;

    fn file(name: &str) -> Attachment {
        Attachment {
            name: name.to_owned(),
            local_path: Some("/tmp/照片.jpg".into()),
            remote_path: "http://x/1".to_owned(),
            secret: "s".to_owned(),
            length: 7,
            duration: 3,
            size: Some((640.0, 480.5)),
            thumbnail_remote_path: "http://x/2".to_owned(),
            thumbnail_secret: "t".to_owned(),
        }
    }

    fn bodies() -> Vec<Body> {
        let fields = [("a", "1"), ("b", "")];
        vec![
            Body::Text("你好 🌍".to_owned()),
            Body::Image(file("i")),
            Body::Video(file("v")),
            Body::Voice(file("o")),
            Body::File(Attachment::default()),
            Body::Location {
                latitude: 47.5,
                longitude: -8.25,
                address: "here".to_owned(),
                building: String::new(),
            },
            Body::Command {
                action: "wave".to_owned(),
            },
            Body::Custom {
                event: "gift".to_owned(),
                fields: fields.map(|(k, v)| (k.to_owned(), v.to_owned())).into(),
            },
            Body::Combine {
                title: "t".to_owned(),
                summary: "s".to_owned(),
                file: file("c"),
            },
        ]
    }

    #[test]
    fn messages_come_back_as_they_went() {
        let me = Name::new("anna").unwrap();
        let ben = Target::Peer(Name::new("ben").unwrap());
        let group = Target::Group(GroupId::new("42"));
        let ext = json!({"n": 1, "f": 1.5, "yes": true, "deep": {"list": [null, "x"]}});
        for (index, body) in bodies().into_iter().enumerate() {
            let sent = index % 2 == 0;
            let message = Message {
                id: Pos(7_000_000_000_000 + u64::try_from(index).unwrap()),
                conversation: if sent { ben.clone() } else { group.clone() },
                from: Name::new(if sent { "anna" } else { "carl" }).unwrap(),
                side: if sent { Side::Sent } else { Side::Received },
                status: [
                    Status::Sent,
                    Status::Failed,
                    Status::Sending,
                    Status::Pending,
                ][index % 4],
                time: Millis(1_800_000_000_000),
                local_time: Millis(1_800_000_000_001),
                body,
                ext: ext.as_object().unwrap().clone(),
                is_read: sent,
                is_read_acked: !sent,
                is_delivery_acked: sent,
            };
            let mut texts = Texts::default();
            let seen = view::message(&message, me.as_str(), &mut texts);
            // SAFETY: the view's texts live.
            let read = unsafe { Described::read(&raw const seen) }.unwrap();
            assert_eq!(read.into_message(&me, false).unwrap(), message);
        }
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        let check = |chat_type, id: &str, want: ErrorCode| {
            let refused = target(chat_type, Text::of(id.to_owned()));
            assert_eq!(refused.unwrap_err().code(), want, "{chat_type} {id}");
        };
        check(LACUNA_CHAT, "", ErrorCode::InvalidParam);
        check(LACUNA_GROUP, "", ErrorCode::InvalidParam);
        check(LACUNA_CHAT, "no such name!", ErrorCode::InvalidParam);
        check(LACUNA_ROOM, "1", ErrorCode::ServiceNotEnabled);
        check(7, "1", ErrorCode::InvalidParam);
        // SAFETY: NULL is allowed.
        let none = unsafe { Described::read(std::ptr::null()) };
        assert_eq!(none.unwrap_err().code(), ErrorCode::MessageInvalid);
        for bad in ["[1]", "7", "{"] {
            assert!(ext(Text::of(bad.to_owned())).is_err(), "{bad}");
        }
    }
}
