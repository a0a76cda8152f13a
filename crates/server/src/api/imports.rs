//! Bringing messages in that were sent elsewhere, with their times: each conversation's in the order of time.

use super::body::{Body, whole};
use super::extract::{ByApp, Call};
use super::messages::{Draft, outgoing, sender};
use super::params::not_legal;
use super::route::{Operation, Routes, Who, op};
use super::schema::{digits, flag, object, text};
use crate::service::{Refusal, Reply};
use axum::Json;
use lacuna_domain::{GroupId, MessageKind, Millis, Name, Pos, Target};
use lacuna_proto::rest::body_from_json;
use serde::Deserialize;
use serde_json::{Value, json};

/// What is served here.
#[rustfmt::skip] // a route is a row
pub(super) fn routes(t: &mut Routes) {
    t.post("messages/users/import", to_user, import("imports.to_user", "Brings in a message to a user"));
    t.post("messages/chatgroups/import", to_group, import("imports.to_group", "Brings in a message to a group"));
}

fn import(id: &'static str, summary: &'static str) -> Operation {
    op(id, summary, Who::App).body([
        text("target").needed(),
        text("type").needed(),
        object("body").needed(),
        text("from"),
        object("ext"),
        flag("is_ack_read"),
        digits("msg_timestamp"),
        flag("need_download"),
    ])
}

/// A message with its time. Files stay where they are: `need_download` changes nothing.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ImportBody {
    from: Option<String>,
    target: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    body: Option<Value>,
    ext: Option<Value>,
    is_ack_read: Option<bool>,
    msg_timestamp: Value,
}

/// Brings in a message of a 1-1 conversation.
pub(super) async fn to_user(by: ByApp, Body(body): Body<ImportBody>) -> Reply<Json<Value>> {
    let (named, draft, at) = read(&by.call, &body).await?;
    let account = by.call.service.account(&by.call.app, named).await?;
    let target = Target::Peer(account.profile.name);
    bring_in(&by.call, &body, (draft, target, at)).await
}

/// Brings in a message of a group.
pub(super) async fn to_group(by: ByApp, Body(body): Body<ImportBody>) -> Reply<Json<Value>> {
    let (named, draft, at) = read(&by.call, &body).await?;
    let id = GroupId::new(named);
    let group = by.call.service.group(&by.call.app, &id).await?;
    let target = Target::Group(group.id);
    bring_in(&by.call, &body, (draft, target, at)).await
}

async fn bring_in(
    call: &Call,
    body: &ImportBody,
    (draft, target, at): (Draft, Target, Millis),
) -> Reply<Json<Value>> {
    let outgoing = outgoing(&draft, &target);
    let read = body.is_ack_read.unwrap_or(false);
    let from = outgoing.sender.name.clone();
    let sent = call.service.import(&call.app, outgoing, at, read).await?;
    call.audit_message("message.import", &from, &target).await;
    Ok(call.data(json!({"msg_id": sent.pos.to_string()})))
}

/// Whom it is to, what it is, and of when.
async fn read<'a>(call: &Call, body: &'a ImportBody) -> Reply<(&'a str, Draft, Millis)> {
    let given = |field: &'a Option<String>| field.as_deref().filter(|text| !text.is_empty());
    let target = given(&body.target).ok_or_else(|| Refusal::illegal("target not allow empty"))?;
    let kind = given(&body.kind).ok_or_else(|| Refusal::illegal("type not allow empty"))?;
    let empty = || Refusal::illegal("message body not allow empty");
    let content = body.body.as_ref().ok_or_else(empty)?;
    if content.is_null() || content.as_object().is_some_and(serde_json::Map::is_empty) {
        return Err(empty());
    }
    let message = body_from_json(kind, content, body.ext.as_ref())
        .map_err(|why| Refusal::illegal(why.to_string()))?;
    let kind = MessageKind::from_name(kind).unwrap_or(MessageKind::Other);
    if kind == MessageKind::Command {
        return Err(Refusal::illegal("a command is no message to keep"));
    }
    let from = match body.from.as_deref() {
        None => Name::admin(),
        Some(text) => Name::new(text).map_err(|_| not_legal("from"))?,
    };
    let at = time(&body.msg_timestamp, call.service.clock.now())?;
    let draft = Draft {
        sender: sender(call, from).await?,
        kind,
        message,
        online: false,
        echo: true,
        room_level: None,
    };
    Ok((target, draft, at))
}

/// Milliseconds of the past that a message id can carry; the present if there are none.
fn time(value: &Value, now: Millis) -> Reply<Millis> {
    if value.is_null() {
        return Ok(now);
    }
    let at = whole(value).and_then(|number| u64::try_from(number).ok());
    let at = Millis(at.ok_or_else(|| not_legal("msg_timestamp"))?);
    if at > now {
        let text = format!("msg_timestamp is in the future: it is {} now", now.0);
        return Err(Refusal::illegal(text));
    }
    if Pos::first_at(at) == Pos::ZERO {
        return Err(Refusal::illegal("msg_timestamp is before 2014-12-03"));
    }
    Ok(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_of_the_past() {
        let now = Millis(1_795_000_000_000);
        let check = |value: Value, want: Option<u64>| {
            let found = time(&value, now).ok().map(|at| at.0);
            assert_eq!(found, want, "{value}");
        };
        check(Value::Null, Some(now.0));
        check(json!(now.0), Some(now.0));
        check(json!("1795000000000"), Some(now.0));
        check(json!(1_500_000_000_000_u64), Some(1_500_000_000_000));
        for value in [
            json!(now.0 + 1),
            json!(0),
            json!(-1),
            json!(1_417_564_799_999_u64),
            json!(1.5),
            json!("x"),
            json!([]),
            json!(true),
        ] {
            check(value, None);
        }
    }
}
