//! Sending, by the server API.

use super::body::Body;
use super::extract::{ByApp, Call};
use crate::service::{Outgoing, Refusal, Reply, Route};
use axum::Json;
use bytes::Bytes;
use futures_util::future::join_all;
use lacuna_domain::limits::{SEND_GROUPS_MAX, SEND_ROOMS_MAX, SEND_USERS_MAX};
use lacuna_domain::{DeviceId, ErrorCode, GroupId, MessageKind, Name, Target};
use lacuna_proto::pb::message_body::Type;
use lacuna_proto::pb::meta::RouteType;
use lacuna_proto::pb::{Jid, MessageBody};
use lacuna_proto::rest::body_from_json;
use lacuna_proto::{chat_body, files_of, with_room_level};
use lacuna_store::Sender;
use prost::Message;
use serde::Deserialize;
use serde_json::{Map, Value};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct SendBody {
    from: Option<String>,
    to: Option<Vec<String>>,
    #[serde(rename = "type")]
    kind: Option<String>,
    body: Option<Value>,
    ext: Option<Value>,
    sync_device: Option<bool>,
    routetype: Option<String>,
    chatroom_msg_level: Option<String>,
}

/// A message that was checked, but for whom it is to.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) sender: Sender,
    pub(super) kind: MessageKind,
    pub(super) message: MessageBody,
    pub(super) online: bool,
    pub(super) echo: bool,
    /// How important it is, if it goes to chat rooms.
    pub(super) room_level: Option<i32>,
}

/// Sends to users. The sender's own devices get it if `sync_device` says so.
pub(super) async fn to_users(by: ByApp, Body(body): Body<SendBody>) -> Reply<Json<Value>> {
    let (named, draft) = draft(&by.call, body, SEND_USERS_MAX, false).await?;
    let mut targets: Vec<(String, Target)> = Vec::with_capacity(named.len());
    for text in named {
        let account = by.call.service.account(&by.call.app, &text).await?;
        targets.push((text, Target::Peer(account.profile.name)));
    }
    send(&by.call, targets, &draft).await
}

/// Sends to groups and threads. The sender's own devices get it unless `sync_device` says no.
pub(super) async fn to_groups(by: ByApp, Body(body): Body<SendBody>) -> Reply<Json<Value>> {
    let (named, draft) = draft(&by.call, body, SEND_GROUPS_MAX, true).await?;
    let mut targets: Vec<(String, Target)> = Vec::with_capacity(named.len());
    for text in named {
        let group = by
            .call
            .service
            .group_or_thread(&by.call.app, &GroupId::new(&text))
            .await?;
        targets.push((text, Target::Group(group.id)));
    }
    send(&by.call, targets, &draft).await
}

/// Sends to chat rooms. The sender's own devices get it only if `sync_device` says so.
pub(super) async fn to_rooms(by: ByApp, Body(body): Body<SendBody>) -> Reply<Json<Value>> {
    let level = match body.chatroom_msg_level.as_deref() {
        Some("high") => 0,
        None | Some("" | "normal") => 1,
        Some("low") => 2,
        Some(_) => return Err(refused("param chatroom_msg_level is not legal")),
    };
    let (named, mut draft) = draft(&by.call, body, SEND_ROOMS_MAX, false).await?;
    draft.room_level = Some(level);
    let mut targets: Vec<(String, Target)> = Vec::with_capacity(named.len());
    for text in named {
        let id = GroupId::new(&text);
        let room = by.call.service.room(&by.call.app, &id).await?;
        targets.push((text, Target::Group(room.id)));
    }
    send(&by.call, targets, &draft).await
}

/// What is sent, and to which names. In the order in which the vendor checks.
async fn draft(
    call: &Call,
    body: SendBody,
    to_max: usize,
    echo: bool,
) -> Reply<(Vec<String>, Draft)> {
    let from = body
        .from
        .unwrap_or_else(|| Name::admin().as_str().to_owned());
    if from.is_empty() {
        return Err(refused("param from can't be empty"));
    }
    let to = body
        .to
        .filter(|to| !to.is_empty())
        .ok_or_else(|| refused("param to can't be empty"))?;
    if to.len() > to_max {
        return Err(refused(format!(
            "params to's size can't exceed limit {to_max}"
        )));
    }
    let kind = body
        .kind
        .filter(|kind| !kind.is_empty())
        .ok_or_else(|| refused("param type can't be empty"))?;
    let content = body
        .body
        .filter(|body| !body.is_null())
        .ok_or_else(|| refused("param body can't be empty"))?;
    let message = body_from_json(&kind, &content, body.ext.as_ref())
        .map_err(|why| refused(why.to_string()))?;
    let online = match body.routetype.as_deref() {
        None | Some("" | "ROUTE_ALL") => false,
        Some("ROUTE_ONLINE") => true,
        Some(_) => return Err(refused("param routetype is not legal")),
    };
    let name = Name::new(&from).map_err(|_| refused("param from is not legal"))?;
    let sender = sender(call, name).await?;
    let kind = MessageKind::from_name(&kind).unwrap_or(MessageKind::Other);
    Ok((
        to,
        Draft {
            sender,
            kind,
            message,
            online,
            echo: body.sync_device.unwrap_or(echo),
            room_level: None,
        },
    ))
}

/// Who the server API sends as: a name, registered or not.
pub(super) async fn sender(call: &Call, name: Name) -> Reply<Sender> {
    let account = call.service.store.account(call.app.id, &name).await?;
    Ok(Sender {
        name,
        account: account.map(|account| account.id),
        device: DeviceId::NONE,
    })
}

/// Submits every message before it waits for the first: the store commits them together.
async fn send(
    call: &Call,
    mut targets: Vec<(String, Target)>,
    draft: &Draft,
) -> Reply<Json<Value>> {
    let mut seen = std::collections::HashSet::new();
    targets.retain(|(_, target)| seen.insert(target.clone()));
    let sends: Vec<_> = targets
        .iter()
        .map(|(_, target)| call.service.send(&call.app, outgoing(draft, target)))
        .collect();
    let mut ids = Map::new();
    for ((text, _), sent) in targets.into_iter().zip(join_all(sends).await) {
        ids.insert(text, sent?.pos.to_string().into());
    }
    Ok(call.data(Value::Object(ids)))
}

/// A draft with whom it is to.
pub(super) fn outgoing(draft: &Draft, target: &Target) -> Outgoing {
    let mut message = draft.message.clone();
    let kind = match target {
        Target::Peer(_) => Type::Chat,
        Target::Group(_) if draft.room_level.is_some() => Type::Chatroom,
        Target::Group(_) => Type::Groupchat,
    };
    message.r#type = Some(kind.into());
    let size = message.encoded_len();
    message.from = Some(Jid::named(draft.sender.name.as_str()));
    message.to = Some(Jid::named(target.id()));
    let payload = Bytes::from(message.encode_to_vec());
    let body = chat_body(payload, draft.online.then_some(RouteType::RouteOnline));
    Outgoing {
        sender: draft.sender.clone(),
        target: target.clone(),
        room: draft.room_level.is_some(),
        kind: draft.kind,
        route: if draft.online {
            Route::Online
        } else {
            Route::All
        },
        body: with_room_level(body, draft.room_level),
        files: files_of(&message),
        size,
        client_id: None,
        echo: draft.echo,
    }
}

fn refused(text: impl Into<std::borrow::Cow<'static, str>>) -> Refusal {
    Refusal::new(ErrorCode::InvalidParam, "message_send_error", text)
}
