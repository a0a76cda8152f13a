//! Who has read a message of a group.

use super::Api;
use super::extract::Caller;
use super::params::{self, Params, digits, not_legal};
use crate::service::Reply;
use axum::routing::get;
use axum::{Json, Router};
use lacuna_domain::Pos;
use lacuna_domain::limits::ACK_PAGE_MAX;
use serde_json::{Value, json};
use std::sync::Arc;

/// The route.
pub(super) fn routes() -> Router<Arc<Api>> {
    Router::new().route("/{org}/{app}/chatgroups/{group}/acks/{message}", get(list))
}

/// A page of the acknowledgements of a message, by name. The key is the last name of the page before; official clients send
/// `undefined` for none.
async fn list(caller: Caller, params: Params) -> Reply<Json<Value>> {
    let actor = caller.user()?;
    let call = &caller.call;
    let limit = params.number("limit", ACK_PAGE_MAX, 1, ACK_PAGE_MAX)?;
    let after = params.text("key").filter(|key| *key != "undefined");
    let group = params::group("groupid", call.part("group"))?;
    let message = digits(call.part("message")).ok_or_else(|| not_legal("msgid"))?;
    let all = call.service.acks(actor, &group, Pos(message)).await?;
    let rest: Vec<_> = all
        .iter()
        .filter(|ack| after.is_none_or(|after| ack.name.as_str() > after))
        .collect();
    let is_last = rest.len() <= limit;
    let rows: Vec<Value> = rest
        .iter()
        .take(limit)
        .map(|ack| {
            json!({
                "username": ack.name,
                "meta_id": message.to_string(),
                "timestamp": ack.at,
                "ack_content": ack.content,
            })
        })
        .collect();
    let last = rest.iter().take(limit).next_back().filter(|_| !is_last);
    Ok(call.data(json!({
        "ackmid": message.to_string(),
        "userlist": rows,
        "total": all.len(),
        "next_key": last.map_or("", |ack| ack.name.as_str()),
        "is_last": is_last,
        "timestamp": call.service.clock.now().0,
    })))
}
