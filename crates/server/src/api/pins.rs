//! Pinned messages.

use super::body::Body;
use super::conversations::{message_json, target};
use super::extract::Own;
use super::params::{Params, digits, not_legal};
use super::route::{Routes, Who, op};
use super::schema::{self, text, whole};
use crate::service::Reply;
use axum::Json;
use lacuna_domain::Pos;
use lacuna_domain::limits::CONVERSATION_PAGE_MAX;
use lacuna_store::Entry;
use serde::Deserialize;
use serde_json::{Value, json};

const PAGE_DEFAULT: usize = 10;

/// The routes of this file.
#[rustfmt::skip] // a route is a row, so that all of them are seen at once
pub(super) fn routes(t: &mut Routes) {
    let path = "sdk/user/{user}/user_channel/pin";
    let body = || [text("to").needed(), text("type").needed(), schema::digits("pin_msg_id").needed()];
    t.post(path, pin, op("pins.pin", "Pins a message for everybody", Who::Own).query([text("resource")]).body(body()));
    t.delete(path, unpin, op("pins.unpin", "Unpins a message", Who::Own).query([text("resource")]).body(body()));
    t.get(path, list, op("pins.list", "A page of the pinned messages of a conversation", Who::Own)
        .query([text("type").needed(), text("to").needed(), whole("limit"), whole("cursor")]));
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct PinBody {
    to: String,
    #[serde(rename = "type")]
    kind: String,
    pin_msg_id: Value,
}

/// Pins a message for everybody in its conversation.
async fn pin(own: Own, Body(body): Body<PinBody>) -> Reply<Json<Value>> {
    change(own, &body, true).await
}

/// Unpins a message.
async fn unpin(own: Own, Body(body): Body<PinBody>) -> Reply<Json<Value>> {
    change(own, &body, false).await
}

async fn change(own: Own, body: &PinBody, pin: bool) -> Reply<Json<Value>> {
    let target = target(&body.kind, "to", &body.to)?;
    let id = body
        .pin_msg_id
        .as_str()
        .map_or_else(|| body.pin_msg_id.to_string(), str::to_owned);
    let pos = digits(&id)
        .map(Pos)
        .ok_or_else(|| not_legal("pin_msg_id"))?;
    own.call
        .service
        .pin_message(&own.actor, target, pos, (pin, &own.resource))
        .await?;
    Ok(own.call.data(json!({"result": "ok"})))
}

/// The pinned messages of a conversation, the last pinned first. The cursor is how many came before.
async fn list(own: Own, params: Params) -> Reply<Json<Value>> {
    let target = target(params.required("type")?, "to", params.required("to")?)?;
    let limit = params.number("limit", PAGE_DEFAULT, 1, CONVERSATION_PAGE_MAX)?;
    let skip = params.number("cursor", 0, 0, usize::MAX)?;
    let pinned = own
        .call
        .service
        .pinned_messages(&own.actor, &target)
        .await?;
    let room = own.call.service.is_room(&own.call.app, &target).await?;
    let app_key = own.call.app.settings.key();
    let rows = pinned.iter().skip(skip).take(limit).map(|one| {
        let entry = Entry {
            pos: one.pos,
            seq: Some(one.message.seq),
            sender: one.message.sender.clone(),
            kind: one.message.kind,
            body: one.message.body.clone(),
            edits: None,
        };
        json!({
            "message": message_json(&entry, &app_key, own.actor.name(), (&target, room)),
            "pin_opt_at": one.at.0,
            "pin_operator": one.operator,
        })
    });
    let rows: Vec<Value> = rows.collect();
    let more = pinned.len() > skip.saturating_add(limit);
    let cursor = if more {
        (skip + limit).to_string()
    } else {
        String::new()
    };
    Ok(own.call.data(json!({"cursor": cursor, "msg_infos": rows})))
}
