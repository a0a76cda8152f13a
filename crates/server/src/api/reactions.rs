//! Reactions to messages.

use super::Api;
use super::body::Body;
use super::extract::Own;
use super::params::{Params, digits, not_legal};
use crate::service::{Reply, reaction_json};
use axum::routing::{get, post};
use axum::{Json, Router};
use lacuna_domain::Pos;
use lacuna_domain::limits::{HISTORY_PAGE_DEFAULT, REACTION_MESSAGES_MAX};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

const USERS_PAGE_MAX: usize = 100;

pub(super) fn routes() -> Router<Arc<Api>> {
    Router::new()
        .route(
            "/{org}/{app}/reaction/user/{user}",
            post(add).delete(remove).get(list),
        )
        .route("/{org}/{app}/reaction/user/{user}/detail", get(detail))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct AddBody {
    #[serde(rename = "msgId")]
    msg_id: Value,
    message: String,
}

/// Adds the caller's reaction to a message.
async fn add(own: Own, Body(body): Body<AddBody>) -> Reply<Json<Value>> {
    let text = body
        .msg_id
        .as_str()
        .map_or_else(|| body.msg_id.to_string(), str::to_owned);
    let pos = message("msgId", &text)?;
    own.call
        .service
        .react(&own.actor, pos, &body.message, true)
        .await?;
    Ok(own.call.data(json!({"msgId": pos.to_string()})))
}

/// Takes the caller's reaction back.
async fn remove(own: Own, params: Params) -> Reply<Json<Value>> {
    let pos = message("msgId", params.required("msgId")?)?;
    own.call
        .service
        .react(&own.actor, pos, params.required("message")?, false)
        .await?;
    Ok(own.call.data(json!({"msgId": pos.to_string()})))
}

/// The reactions to some messages; those that the caller does not see are left out.
async fn list(own: Own, params: Params) -> Reply<Json<Value>> {
    let service = &own.call.service;
    let ids = params
        .required("msgIdList")?
        .split(',')
        .filter(|id| !id.is_empty());
    let ids = ids
        .map(|id| message("msgIdList", id))
        .collect::<Reply<Vec<Pos>>>()?;
    if ids.len() > REACTION_MESSAGES_MAX {
        return Err(not_legal("msgIdList"));
    }
    let mut rows = Vec::with_capacity(ids.len());
    for pos in ids {
        let Ok(found) = service.visible_message(&own.actor, None, pos).await else {
            continue;
        };
        let all = service.reactions(&found, pos).await?;
        let mine = service.reacted(&own.actor, &found, pos, &all).await?;
        let list: Vec<Value> = all
            .iter()
            .zip(mine)
            .map(|(one, mine)| reaction_json(one, Some(mine)))
            .collect();
        rows.push(json!({"msgId": pos.to_string(), "reactionList": list}));
    }
    Ok(own.call.data(rows.into()))
}

/// Who reacted so, a page of names.
async fn detail(own: Own, params: Params) -> Reply<Json<Value>> {
    let service = &own.call.service;
    let pos = message("msgId", params.required("msgId")?)?;
    let reaction = params.required("message")?;
    let limit = params.number("pageSize", HISTORY_PAGE_DEFAULT, 1, USERS_PAGE_MAX)?;
    // Without a cursor the official SDK writes out what JavaScript calls nothing.
    let after = params.text("currentPage").or(params.text("cursor"));
    let after = after
        .filter(|text| !matches!(*text, "undefined" | "null"))
        .unwrap_or_default();
    let found = service.visible_message(&own.actor, None, pos).await?;
    let all = service.reactions(&found, pos).await?;
    let mine = service.reacted(&own.actor, &found, pos, &all).await?;
    let (count, mine) = all
        .iter()
        .zip(mine)
        .find(|(one, _)| one.text == reaction)
        .map_or((0, false), |(one, mine)| (one.count, mine));
    let users = service
        .reaction_users(&found, (pos, reaction), after, limit)
        .await?;
    let cursor = users.last().filter(|_| users.len() == limit).cloned();
    Ok(own.call.data(json!({
        "reaction": reaction, "isAddedBySelf": mine, "state": mine, "userCount": count, "count": count, "userList": users,
        "cursor": cursor,
    })))
}

fn message(parameter: &str, text: &str) -> Reply<Pos> {
    digits(text).map(Pos).ok_or_else(|| not_legal(parameter))
}
