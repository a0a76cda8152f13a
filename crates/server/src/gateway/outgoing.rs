//! What a client sends: read, checked for sense, and turned into an act of the service. Pure.

use super::session::Identity;
use crate::service::{Change, ChangeAct, GroupAck, Outgoing, Receipt, Refusal, RoomAct, Route};
use bytes::Bytes;
use lacuna_domain::{ErrorCode, GroupId, Name, Pos, Target};
use lacuna_proto::meta::chat_meta_body;
use lacuna_proto::pb::message_body::Type;
use lacuna_proto::pb::meta::{NameSpace, RouteType};
use lacuna_proto::pb::muc_body::Operation;
use lacuna_proto::pb::status::ErrorCode as Code;
use lacuna_proto::pb::{Jid, MessageBody, Meta, MucBody};
use lacuna_proto::{files_of, message_kind};
use lacuna_store::Sender;
use prost::Message;
use std::borrow::Cow;

/// An act that a client asks for.
#[derive(Clone, Debug)]
pub(super) enum Submission {
    /// A message to send.
    Send(Outgoing),
    /// A message to change for everybody.
    Change(Change),
    /// A receipt to pass on.
    Receipt(Receipt),
    /// An acknowledgement of a group message.
    GroupAck(GroupAck),
    /// Joining or leaving a chat room.
    Room(RoomAct),
}

/// What becomes of a meta.
#[derive(Clone, Debug)]
pub(super) enum Intake {
    /// Acknowledged, and nothing else happens.
    Taken,
    /// An act.
    Submit(Box<Submission>),
    /// Not done.
    Refused(Refused),
}

/// Why a meta is not accepted, in the words that clients know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refused {
    /// The status code.
    pub code: Code,
    /// The reason: clients tell causes apart by this text.
    pub reason: Cow<'static, str>,
}

/// The bytes are no message of the schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Garbage;

impl Refused {
    fn new(code: Code, reason: impl Into<Cow<'static, str>>) -> Self {
        Self {
            code,
            reason: reason.into(),
        }
    }

    fn fail(reason: &'static str) -> Intake {
        Intake::Refused(Self::new(Code::Fail, reason))
    }

    /// Why a chat room was not joined or left.
    pub(super) fn of_room(refusal: Refusal) -> Self {
        match refusal.code {
            ErrorCode::GroupNotFound | ErrorCode::GroupFull => Self::new(Code::Fail, refusal.text),
            ErrorCode::LimitReached => Self::new(Code::Fail, "u has joined too many chatrooms"),
            ErrorCode::InvalidParam => Self::new(Code::Fail, "group ID illegal, please check it"),
            ErrorCode::GroupUserBlocked => {
                let reason = "the user can not join this group the user is in the blacklist";
                Self::new(Code::Fail, reason)
            }
            _ => refusal.into(),
        }
    }

    /// Too much of this session waits already.
    pub(super) fn busy() -> Self {
        Self::new(Code::PermissionDenied, "traffic limit")
    }
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        match refusal.code {
            ErrorCode::MessageTooLarge => {
                Self::new(Code::PermissionDenied, "Sorry, data is too large")
            }
            ErrorCode::GroupNotJoined => Self::new(Code::Fail, "not in group or chatroom"),
            ErrorCode::GroupNotFound => Self::new(Code::Fail, "group not found"),
            ErrorCode::PermissionDenied if refusal.text.starts_with("Sorry") => {
                Self::new(Code::Fail, refusal.text)
            }
            ErrorCode::PermissionDenied => Self::new(Code::Fail, "blocked"),
            ErrorCode::ServiceNotEnabled if refusal.text.contains("recall") => {
                Self::new(Code::Fail, "message recall disabled")
            }
            ErrorCode::UserNotFound
            | ErrorCode::ServiceNotEnabled
            | ErrorCode::RecallTimeLimit
            | ErrorCode::MessageInvalid
            | ErrorCode::EditFailed => Self::new(Code::Fail, refusal.text),
            ErrorCode::NotOnRoster => Self::new(Code::Fail, "nonroster"),
            ErrorCode::GroupDisabled => Self::new(Code::Fail, "group is disabled"),
            ErrorCode::UserMuted => Self::new(Code::UserMuted, refusal.text),
            ErrorCode::LimitReached => Self::new(Code::Fail, "limit directed users"),
            ErrorCode::MessageBlocked => Self::new(Code::PermissionDeniedExternal, refusal.text),
            ErrorCode::ServerBusy | ErrorCode::RateLimited => Self::busy(),
            _ => Self::new(Code::Fail, "internal error"),
        }
    }
}

/// Reads a meta that a client sent, decoded and as it was serialized.
pub(super) fn read(who: &Identity, meta: &Meta, raw: &[u8]) -> Result<Intake, Garbage> {
    match NameSpace::try_from(meta.ns.unwrap_or_default()) {
        Ok(NameSpace::Statistic) => Ok(Intake::Taken),
        Ok(NameSpace::Chat) => chat(who, meta, raw),
        Ok(NameSpace::Muc) => room(meta),
        Ok(_) | Err(_) => Ok(Refused::fail("not supported")),
    }
}

fn chat(who: &Identity, meta: &Meta, raw: &[u8]) -> Result<Intake, Garbage> {
    let payload = meta.payload.clone().unwrap_or_default();
    let message = MessageBody::decode(payload).map_err(|_| Garbage)?;
    let to = meta.to.clone().unwrap_or_default();
    let Some(target) = target(&to) else {
        let reason = format!("username {} doesn't exist!", to.name());
        return Ok(Intake::Refused(Refused::new(Code::Fail, reason)));
    };
    let body = chat_meta_body(raw, &who.display, target.id()).map_err(|_| Garbage)?;
    match Type::try_from(message.r#type.unwrap_or_default()) {
        Ok(Type::Normal | Type::Chat | Type::Groupchat) => {}
        Ok(Type::Chatroom) if matches!(target, Target::Group(_)) => {}
        Ok(Type::Chatroom) => return Ok(Refused::fail("group not found")),
        Ok(kind @ (Type::ReadAck | Type::DeliverAck)) => {
            let to = match target {
                Target::Peer(to) => to,
                Target::Group(group) => return Ok(group_ack(kind, group, message)),
            };
            return Ok(Intake::Submit(Box::new(Submission::Receipt(Receipt {
                message: Some(Pos(message.ack_message_id.unwrap_or_default())),
                to: Some(to),
                body,
                reads: None,
            }))));
        }
        Ok(Type::ChannelAck) => {
            // That a group was read is told to the reader's own devices only.
            let to = if let Target::Peer(peer) = &target {
                Some(peer.clone())
            } else {
                None
            };
            return Ok(Intake::Submit(Box::new(Submission::Receipt(Receipt {
                message: None,
                to,
                body,
                reads: Some(target),
            }))));
        }
        Ok(Type::Recall | Type::Edit) => return Ok(change(who, meta, &message, target, body)),
        Err(_) => return Ok(Refused::fail("not supported")),
    }
    let route = match route(meta, &to, &target) {
        Ok(route) => route,
        Err(refused) => return Ok(Intake::Refused(refused)),
    };
    let outgoing = Outgoing {
        sender: sender(who),
        target,
        room: message.r#type == Some(Type::Chatroom.into()),
        kind: message_kind(&message),
        route,
        body,
        files: files_of(&message),
        size: size(meta),
        client_id: meta.id,
        echo: true,
    };
    Ok(Intake::Submit(Box::new(Submission::Send(outgoing))))
}

/// Joining and leaving a chat room: the rest of what there is to do in groups comes over REST.
fn room(meta: &Meta) -> Result<Intake, Garbage> {
    let payload = meta.payload.clone().unwrap_or_default();
    let asked = MucBody::decode(payload).map_err(|_| Garbage)?;
    let id = GroupId::new(asked.muc_id.as_ref().map_or("", Jid::name));
    let act = match Operation::try_from(asked.operation.unwrap_or_default()) {
        Ok(Operation::Join) => RoomAct::Join {
            id,
            ext: asked.ext.clone().filter(|ext| !ext.is_empty()),
            leave_others: asked.leave_other_rooms(),
        },
        Ok(Operation::Leave) => RoomAct::Leave { id },
        Ok(_) | Err(_) => return Ok(Refused::fail("not supported")),
    };
    if !asked.is_chatroom() {
        return Ok(Refused::fail("group not found"));
    }
    Ok(Intake::Submit(Box::new(Submission::Room(act))))
}

fn change(
    who: &Identity,
    meta: &Meta,
    message: &MessageBody,
    target: Target,
    body: Bytes,
) -> Intake {
    let recall = message.r#type() == Type::Recall;
    let (pos, act) = if recall {
        (message.ack_message_id(), ChangeAct::Recall { force: false })
    } else {
        let edit = ChangeAct::Edit {
            payload: meta.payload.clone().unwrap_or_default(),
            kind: message_kind(message),
        };
        (message.edit_message_id(), edit)
    };
    Intake::Submit(Box::new(Submission::Change(Change {
        sender: sender(who),
        by: None,
        target,
        pos: Pos(pos),
        act,
        body,
        client_id: meta.id,
        echo: true,
    })))
}

fn sender(who: &Identity) -> Sender {
    Sender {
        name: who.name.clone(),
        account: Some(who.account),
        device: who.device,
    }
}

/// A receipt in a group. Only one that its sender asked for is more than taken.
fn group_ack(kind: Type, group: GroupId, message: MessageBody) -> Intake {
    let is_asked = message
        .msg_config
        .is_some_and(|config| config.allow_group_ack());
    match message.ack_message_id {
        Some(id) if is_asked && kind == Type::ReadAck => {
            Intake::Submit(Box::new(Submission::GroupAck(GroupAck {
                group,
                message: Pos(id),
                content: message.ack_content.unwrap_or_default(),
            })))
        }
        _ => Intake::Taken,
    }
}

fn target(to: &Jid) -> Option<Target> {
    if to.is_group() {
        return Some(Target::Group(GroupId::new(to.name())));
    }
    Name::new(to.name()).ok().map(Target::Peer)
}

fn route(meta: &Meta, to: &Jid, target: &Target) -> Result<Route, Refused> {
    let directed =
        meta.routetype == Some(RouteType::RouteDirect.into()) || !meta.directed_users.is_empty();
    if directed && matches!(target, Target::Group(_)) {
        let mut names = Vec::with_capacity(meta.directed_users.len());
        for user in &meta.directed_users {
            let unknown = |_| Refused::new(Code::Fail, format!("username {user} doesn't exist!"));
            names.push(Name::new(user).map_err(unknown)?);
        }
        // A message that is directed to nobody must not go to everybody.
        return if names.is_empty() {
            Err(Refused::new(Code::Fail, "limit directed users"))
        } else {
            Ok(Route::Directed(names))
        };
    }
    if meta.routetype == Some(RouteType::RouteOnline.into()) {
        return Ok(Route::Online);
    }
    if matches!(target, Target::Peer(_)) && !to.client_resource().is_empty() {
        return Ok(Route::Device(to.client_resource().to_owned()));
    }
    Ok(Route::All)
}

fn size(meta: &Meta) -> usize {
    let bytes = |field: &Option<Bytes>| field.as_ref().map_or(0, Bytes::len);
    bytes(&meta.payload)
        + bytes(&meta.meta)
        + meta.ext.iter().map(Message::encoded_len).sum::<usize>()
}
