//! Frames: those that a client writes, and those that it reads.

use super::refusal;
pub use super::refusal::of_message as refusal;
use crate::error::{Error, Result};
use crate::store::Outgoing;
use crate::sync::pulls::Pull;
use crate::types::{Body, Ext, Message, Side};
use crate::wire::body;
use bytes::Bytes;
use lacuna_domain::{ErrorCode, Millis, Name, Pos, Target};
use lacuna_proto::Standing;
use lacuna_proto::pb::m_sync::Command;
use lacuna_proto::pb::message_body::Type;
use lacuna_proto::pb::meta::{NameSpace, RouteType};
use lacuna_proto::pb::provision::OsType;
use lacuna_proto::pb::{
    CommNotice, CommSyncDl, CommSyncUl, CommUnreadDl, Jid, Logout, MSync, MessageBody, Meta,
    Provision, Status,
};
use prost::Message as _;
use serde_json::Value;

/// A frame that a server sends.
#[derive(Clone, Debug, PartialEq)]
pub enum Downstream {
    /// The answer to a login.
    Provision(Box<Provision>),
    /// Which queues have something.
    Unread(CommUnreadDl),
    /// A queue has something.
    Notice(Jid),
    /// An answer to a message, or a page.
    Sync(CommSyncDl),
    /// Anything else; to be ignored.
    Other,
}

/// The device that logs in.
#[derive(Clone, Debug)]
pub struct Device {
    /// The application, `org#name`.
    pub app_key: String,
    /// The user.
    pub user: Name,
    /// What the device is called on the wire.
    pub resource: String,
    /// What it is called for people.
    pub name: String,
}

/// A login that the server accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Admission {
    /// The account that the name belongs to now, as no other is called; none if the server does not say.
    pub account: Option<String>,
    /// What the device is called from now on.
    pub resource: String,
    /// When its token ends.
    pub expires: Option<Millis>,
    /// The highest position that the device has acknowledged; none if the server does not say.
    pub acked: Option<Pos>,
    /// The account's version; none if the server does not say.
    pub version: Option<u64>,
}

/// Reads a frame. 303 for bytes that are none.
pub fn decode(frame: Bytes) -> Result<Downstream> {
    read(frame).map_err(|_| Error::new(ErrorCode::Internal, "the server sent a frame that is none"))
}

fn read(frame: Bytes) -> std::result::Result<Downstream, prost::DecodeError> {
    let frame = MSync::decode(frame)?;
    let payload = frame.payload.unwrap_or_default();
    Ok(match Command::try_from(frame.command.unwrap_or_default()) {
        Ok(Command::Provision) => Downstream::Provision(Box::new(Provision::decode(payload)?)),
        Ok(Command::Unread) => Downstream::Unread(CommUnreadDl::decode(payload)?),
        Ok(Command::Notice) => {
            Downstream::Notice(CommNotice::decode(payload)?.queue.unwrap_or_default())
        }
        Ok(Command::Sync) => Downstream::Sync(CommSyncDl::decode(payload)?),
        Ok(Command::Logout) | Err(_) => Downstream::Other,
    })
}

/// What the server says to a login. A refusal has the code that clients of this ecosystem know for its cause.
pub fn admission(reply: &Provision) -> Result<Admission> {
    let status = reply.status.as_ref();
    // A refusal without a word is one all the same.
    let code = status.map_or(-1, |status| status.error_code.unwrap_or_default());
    if code != 0 {
        let reason = status.map(Status::reason).unwrap_or_default();
        return Err(refusal::of_login(code, reason));
    }
    let told = Standing::of(reply);
    let standing = told.as_ref();
    let expires = standing.map_or_else(|| ends(reply), |standing| standing.token_expires_ms);
    Ok(Admission {
        resource: reply.resource().to_owned(),
        expires: expires.map(Millis),
        acked: standing.map(|standing| Pos(standing.acked.min(Pos::MAX.0))),
        version: standing.map(|standing| standing.version),
        account: told.map(|standing| standing.account),
    })
}

/// When the token ends, by a server that says nothing else of the device.
fn ends(reply: &Provision) -> Option<u64> {
    let told: Value = serde_json::from_str(reply.auth_token()).ok()?;
    told.get("expires_in").and_then(super::facts::number)
}

/// The login, the first frame of a connection.
#[must_use]
pub fn provision(device: &Device, token: &str, now: Millis) -> Bytes {
    let provision = Provision {
        os_type: Some(OsType::OsOther.into()),
        version: Some(env!("CARGO_PKG_VERSION").to_owned()),
        device_uuid: Some(device.resource.clone()),
        device_name: Some(device.name.clone()),
        resource: Some(device.resource.clone()),
        session_id: Some(format!("{now}:")),
        ..Provision::default()
    };
    let guid = Jid::user(&device.app_key, device.user.as_str()).on_device(&device.resource);
    let frame = MSync {
        guid: Some(guid),
        auth: Some(format!("$t${token}")),
        ..envelope(Command::Provision, Some(provision.encode_to_vec()))
    };
    frame.encode_to_vec().into()
}

/// Asks which queues have something; also the keepalive.
#[must_use]
pub fn unread() -> Bytes {
    envelope(Command::Unread, None).encode_to_vec().into()
}

/// Pulls a queue; a key acknowledges everything up to it.
#[must_use]
pub fn pull(pull: &Pull) -> Bytes {
    sync(&CommSyncUl {
        key: pull.key,
        queue: Some(pull.queue.clone()),
        ..CommSyncUl::default()
    })
}

/// The end of a session.
#[must_use]
pub fn logout(reason: &str) -> Bytes {
    let logout = Logout {
        reason: Some(reason.to_owned()),
        ..Logout::default()
    };
    envelope(Command::Logout, Some(logout.encode_to_vec()))
        .encode_to_vec()
        .into()
}

/// A message on its way.
#[must_use]
pub(crate) fn message(app_key: &str, outgoing: &Outgoing) -> Bytes {
    let route = match outgoing.route {
        1 => Some(RouteType::RouteOnline.into()),
        2 => Some(RouteType::RouteDirect.into()),
        _ => None,
    };
    let directed = outgoing.receivers.iter().map(Name::to_string).collect();
    chat(Meta {
        id: Some(outgoing.id.0),
        to: Some(jid(app_key, &outgoing.to)),
        payload: Some(outgoing.payload.clone()),
        routetype: route,
        directed_users: directed,
        ..Meta::default()
    })
}

/// A text on its way, under a client's id.
#[must_use]
pub fn text(app_key: &str, id: Pos, from: &Name, to: &Target, text: &str) -> Bytes {
    chat(Meta {
        id: Some(id.0),
        to: Some(jid(app_key, to)),
        payload: Some(text_payload(from, to, text)),
        ..Meta::default()
    })
}

/// The serialized body of a text.
#[must_use]
pub fn text_payload(from: &Name, to: &Target, text: &str) -> Bytes {
    body::write(&Body::Text(text.to_owned()), &Ext::new(), from, to)
}

/// Tells the sender of a message that it was read. None for one's own.
#[must_use]
pub(crate) fn read_receipt(
    app_key: &str,
    me: &Name,
    message: &Message,
    now: Millis,
) -> Option<Bytes> {
    let receipt = (message.side == Side::Received).then_some(Type::ReadAck)?;
    Some(ack(
        app_key,
        me,
        &message.conversation,
        (receipt, Some(message.id)),
        now,
    ))
}

/// Tells the sender of a 1-1 message that it arrived. None for one's own, and for groups.
#[must_use]
pub(crate) fn delivery_receipt(
    app_key: &str,
    me: &Name,
    message: &Message,
    now: Millis,
) -> Option<Bytes> {
    let direct = matches!(message.conversation, Target::Peer(_));
    let receipt = (direct && message.side == Side::Received).then_some(Type::DeliverAck)?;
    Some(ack(
        app_key,
        me,
        &message.conversation,
        (receipt, Some(message.id)),
        now,
    ))
}

/// Tells that a whole conversation was read.
#[must_use]
pub(crate) fn conversation_read(app_key: &str, me: &Name, to: &Target, now: Millis) -> Bytes {
    ack(app_key, me, to, (Type::ChannelAck, None), now)
}

fn ack(
    app_key: &str,
    me: &Name,
    to: &Target,
    (kind, message): (Type, Option<Pos>),
    now: Millis,
) -> Bytes {
    let body = MessageBody {
        r#type: Some(kind.into()),
        from: Some(Jid::named(me.as_str())),
        to: Some(Jid::named(to.id())),
        ack_message_id: message.map(|id| id.0),
        ..MessageBody::default()
    };
    chat(Meta {
        // Nobody waits for its answer: any id will do that is no message's.
        id: Some(now.0.max(1)),
        to: Some(jid(app_key, to)),
        payload: Some(body.encode_to_vec().into()),
        ..Meta::default()
    })
}

fn chat(meta: Meta) -> Bytes {
    sync(&CommSyncUl {
        meta: Some(Meta {
            ns: Some(NameSpace::Chat.into()),
            ..meta
        }),
        ..CommSyncUl::default()
    })
}

fn jid(app_key: &str, target: &Target) -> Jid {
    match target {
        Target::Peer(name) => Jid::user(app_key, name.as_str()),
        Target::Group(id) => Jid::group(app_key, id.as_str()),
    }
}

fn sync(payload: &CommSyncUl) -> Bytes {
    envelope(Command::Sync, Some(payload.encode_to_vec()))
        .encode_to_vec()
        .into()
}

fn envelope(command: Command, payload: Option<Vec<u8>>) -> MSync {
    MSync {
        version: Some(0),
        command: Some(command.into()),
        payload: payload.map(Bytes::from),
        encrypt_type: vec![0],
        ..MSync::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lacuna_proto::frame::{self, Upstream};
    use lacuna_proto::page::{provision_error, unread_reply};
    use lacuna_proto::pb::status::ErrorCode as Code;
    use serde_json::json;

    const APP: &str = "lacuna#demo";

    fn alice() -> Name {
        Name::new("alice").unwrap()
    }

    #[test]
    fn the_server_reads_what_the_client_writes() {
        let device = Device {
            app_key: APP.to_owned(),
            user: alice(),
            resource: "phone".to_owned(),
            name: "Alice's phone".to_owned(),
        };
        let Ok(Upstream::Provision {
            guid,
            auth,
            provision,
        }) = frame::decode(&provision(&device, "secret", Millis(5)))
        else {
            panic!("a login was written");
        };
        assert_eq!((guid.name(), auth.as_str()), ("alice", "$t$secret"));
        assert_eq!(
            (provision.resource(), provision.session_id()),
            ("phone", "5:")
        );
        assert_eq!(frame::decode(&unread()), Ok(Upstream::Unread));
        let queue = Jid::user(APP, "bob");
        let written = pull(&Pull {
            queue: queue.clone(),
            key: Some(7),
        });
        let pulled = Upstream::Sync {
            meta: None,
            key: Some(7),
            queue: Some(queue),
        };
        assert_eq!(frame::decode(&written), Ok(pulled));
        let Ok(Upstream::Logout(logout)) = frame::decode(&logout("inner:logout")) else {
            panic!("a logout was written");
        };
        assert_eq!(logout.reason(), "inner:logout");
    }

    #[test]
    fn a_message_has_its_local_id_and_its_route() {
        let check = |route: u8, receivers: Vec<Name>, want: Option<i32>| {
            let outgoing = Outgoing {
                id: Pos(9),
                to: Target::Group(lacuna_domain::GroupId::new("7")),
                payload: Bytes::from_static(b"\x08\x02"),
                route,
                receivers,
            };
            let Ok(Upstream::Sync {
                meta: Some(meta), ..
            }) = frame::decode(&message(APP, &outgoing))
            else {
                panic!("a message was written");
            };
            assert_eq!((meta.0.id(), meta.0.routetype), (9, want));
            assert!(meta.0.to.unwrap().is_group());
        };
        check(0, Vec::new(), None);
        check(1, Vec::new(), Some(1));
        check(2, vec![alice()], Some(2));
    }

    #[test]
    fn an_admission_says_where_the_device_stands() {
        let reply = |auth_token: Option<String>| Provision {
            status: Some(Status::default()),
            resource: Some("phone".to_owned()),
            auth_token,
            ..Provision::default()
        };
        let check = |reply: &Provision, expires: Option<u64>, stands: Option<(u64, u64)>| {
            let told = admission(reply).unwrap();
            assert_eq!(told.resource, "phone");
            assert_eq!(told.expires, expires.map(Millis), "{reply:?}");
            assert_eq!(told.account, stands.map(|_| "uuid".to_owned()));
            assert_eq!(told.acked, stands.map(|(acked, _)| Pos(acked)), "{reply:?}");
            assert_eq!(
                told.version,
                stands.map(|(_, version)| version),
                "{reply:?}"
            );
        };
        let ends = 1_800_000_000_000;
        let text = |acked: &str, expires: Option<u64>| {
            let json =
                json!({"account": "uuid", "acked": acked, "version": "4", "expires_in": expires});
            json.to_string()
        };
        let stands = Some((9_007_199_254_740_993, 4));
        let with_end = reply(Some(text("9007199254740993", Some(ends))));
        check(&with_end, Some(ends), stands);
        let endless = Provision {
            standing: Some(text("9007199254740993", None)),
            ..reply(None)
        };
        check(&endless, None, stands);
        let beyond = reply(Some(text(&u64::MAX.to_string(), None)));
        check(&beyond, None, Some((Pos::MAX.0, 4)));
        // Other servers.
        let plain = json!({"expires_in": ends}).to_string();
        check(&reply(Some(plain)), Some(ends), None);
        check(&reply(Some("none".to_owned())), None, None);
        check(&reply(None), None, None);
    }

    #[test]
    fn a_login_is_refused_with_a_reason_or_without() {
        let refused = |frame| {
            let Ok(Downstream::Provision(reply)) = decode(frame) else {
                panic!("an answer to a login");
            };
            admission(&reply).unwrap_err().code()
        };
        let frame = provision_error(Code::Fail, "Sorry, user not found");
        assert_eq!(refused(frame), ErrorCode::UserNotFound);
        let frame = provision_error(Code::TooManyDevices, "x");
        assert_eq!(refused(frame), ErrorCode::TooManyDevices);
        let silent = envelope(Command::Provision, Some(Vec::new()));
        let frame = silent.encode_to_vec().into();
        assert_eq!(refused(frame), ErrorCode::AuthenticationFailed);
    }

    #[test]
    fn frames_of_the_server_are_read() {
        let frame = decode(unread_reply(&[(Jid::user(APP, "bob"), 2)], 5)).unwrap();
        assert!(matches!(frame, Downstream::Unread(reply) if reply.unread.len() == 1));
        assert_eq!(
            decode(Bytes::from_static(b"\xff")).unwrap_err().code(),
            ErrorCode::Internal
        );
        let unknown = MSync {
            command: Some(9),
            ..MSync::default()
        };
        assert_eq!(
            decode(unknown.encode_to_vec().into()).unwrap(),
            Downstream::Other
        );
    }
}
