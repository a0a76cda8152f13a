//! Recall, by the server API.

use super::body::Body;
use super::extract::{ByApp, Call};
use super::route::{Routes, Who, op};
use super::schema::{flag, text, words};
use crate::service::{Change, ChangeAct, Refusal, Reply};
use axum::Json;
use lacuna_domain::{DeviceId, ErrorCode, GroupId, Name, Pos, Target};
use lacuna_proto::pb::message_body::Type;
use lacuna_proto::pb::{Jid, KeyValue, MessageBody, key_value::ValueType};
use lacuna_proto::{chat_body, with_ext};
use lacuna_store::Sender;
use prost::Message;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// What the SDKs call the text that a recall may carry.
const EXT_KEY: &str = "recallMessageExtensionInfo";

/// The routes of this file.
#[rustfmt::skip] // a route is a row, so that all of them are seen at once
pub(super) fn routes(t: &mut Routes) {
    for (path, id) in [("messages/msg_recall", "recall.recall"), ("messages/recall", "recall.recall.older")] {
        t.post(path, recall, op(id, "Recalls a message for everybody", Who::App)
            .body([text("msg_id").needed(), text("to").needed(), words("chat_type", &["chat", "groupchat", "chatroom"]).needed(), text("from"),
                   flag("sync_device"), flag("force"), text("recallMessageExtensionInfo")]));
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct RecallBody {
    msg_id: Option<String>,
    to: Option<String>,
    chat_type: Option<String>,
    from: Option<String>,
    sync_device: Option<bool>,
    force: Option<bool>,
    #[serde(rename = "recallMessageExtensionInfo")]
    ext: Option<String>,
}

/// Recalls a message for everybody. Bound by the application's window unless `force` says not.
async fn recall(by: ByApp, Body(body): Body<RecallBody>) -> Reply<Json<Value>> {
    let call = &by.call;
    let given = |text: Option<String>, name: &str| {
        text.filter(|text| !text.is_empty())
            .ok_or_else(|| refused(format!("param {name} can't be empty")))
    };
    let id = given(body.msg_id, "msg_id")?;
    let to = given(body.to, "to")?;
    let kind = given(body.chat_type, "chat_type")?;
    let pos = id.parse().map_err(|_| not_found())?;
    let mut sender = sender(call, body.from.unwrap_or_default()).await?;
    let by = sender.name.clone();
    let (target, kind) = match kind.as_str() {
        "chat" => {
            let name = Name::new(&to).map_err(|_| refused("can't find msg to".to_owned()))?;
            let mut target = Target::Peer(name.clone());
            if by == Name::admin() {
                let found = call.service.conversation_with(&call.app, &name, Pos(pos));
                (sender, target) = found.await?;
            }
            (target, Type::Chat)
        }
        "groupchat" => {
            let id = GroupId::new(&to);
            let group = call.service.group_or_thread(&call.app, &id).await?;
            (Target::Group(group.id), Type::Groupchat)
        }
        "chatroom" => {
            let room = call.service.room(&call.app, &GroupId::new(&to)).await?;
            (Target::Group(room.id), Type::Chatroom)
        }
        _ => return Err(refused("param chat_type is not legal".to_owned())),
    };
    let message = MessageBody {
        r#type: Some(Type::Recall.into()),
        from: Some(Jid::named(by.as_str())),
        to: Some(Jid::named(target.id())),
        ack_message_id: Some(pos),
        ..MessageBody::default()
    };
    let ext = body.ext.map(ext);
    let change = Change {
        // It is about the devices of who recalls, not of whose side of the conversation is taken.
        echo: body.sync_device.unwrap_or(true) || by != sender.name,
        by: Some(by).filter(|by| *by != sender.name),
        sender,
        target,
        pos: Pos(pos),
        act: ChangeAct::Recall {
            force: body.force.unwrap_or(false),
        },
        body: with_ext(chat_body(message.encode_to_vec().into(), None), ext),
        client_id: None,
    };
    let who = change.by.as_ref().unwrap_or(&change.sender.name).clone();
    let target = change.target.clone();
    let service = Arc::clone(&call.service);
    service.change(Arc::clone(&call.app), change).await?;
    call.audit_message("message.recall", &who, &target).await;
    let chat_type = match kind {
        Type::Chat => "chat",
        Type::Chatroom => "chatroom",
        _ => "groupchat",
    };
    Ok(call.data(
        json!({"recalled": "yes", "chattype": chat_type, "from": who.as_str(), "to": to, "msg_id": id}),
    ))
}

/// The text that a recall carries.
fn ext(text: String) -> KeyValue {
    KeyValue {
        key: Some(EXT_KEY.to_owned()),
        r#type: Some(ValueType::String.into()),
        string_value: Some(text),
        ..KeyValue::default()
    }
}

/// Who recalls: the user that is named, or the application. A 1-1 conversation is found by its sides; the application's message
/// is in any of those of `to`.
async fn sender(call: &Call, from: String) -> Reply<Sender> {
    let name = if from.is_empty() {
        Name::admin()
    } else {
        Name::new(&from).map_err(|_| refused("param from is not legal".to_owned()))?
    };
    let account = call.service.store.account(call.app.id, &name).await?;
    Ok(Sender {
        name,
        account: account.map(|account| account.id),
        device: DeviceId::NONE,
    })
}

fn refused(text: String) -> Refusal {
    Refusal::new(ErrorCode::InvalidParam, "message_recall_error", text)
}

fn not_found() -> Refusal {
    Refusal::new(
        ErrorCode::MessageInvalid,
        "message_recall_error",
        "not_found msg",
    )
}
