//! Marks of conversations.

use super::body::Body;
use super::conversations::{answer, cursor, listed, target};
use super::extract::Own;
use super::params::{Params, not_legal};
use super::route::{Routes, Who, op};
use super::schema::{objects, text, whole};
use crate::service::Reply;
use axum::Json;
use lacuna_domain::limits::{CONVERSATION_PAGE_MAX, HISTORY_PAGE_DEFAULT};
use serde::Deserialize;
use serde_json::{Value, json};

/// The routes of this file.
#[rustfmt::skip] // a route is a row, so that all of them are seen at once
pub(super) fn routes(t: &mut Routes) {
    let body = || [text("mark").needed(), objects("targets").needed()];
    t.post("sdk/user/{user}/user_channels/mark", mark, op("marks.mark", "Marks conversations", Who::Own).query([text("resource")]).body(body()));
    t.delete("sdk/user/{user}/user_channels/mark", unmark, op("marks.unmark", "Takes a mark off conversations", Who::Own)
        .query([text("resource")]).body(body()));
    t.get("sdk/user/{user}/user_channels/mark/search", search, op("marks.search", "A page of the conversations with a mark", Who::Own)
        .query([text("mark").needed(), text("cursor"), whole("limit")]));
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct MarkBody {
    mark: String,
    targets: Vec<Marked>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Marked {
    to: String,
    #[serde(rename = "type")]
    kind: String,
}

/// Marks conversations of the caller.
async fn mark(own: Own, Body(body): Body<MarkBody>) -> Reply<Json<Value>> {
    change(own, &body, true).await
}

/// Takes a mark off conversations of the caller.
async fn unmark(own: Own, Body(body): Body<MarkBody>) -> Reply<Json<Value>> {
    change(own, &body, false).await
}

async fn change(own: Own, body: &MarkBody, set: bool) -> Reply<Json<Value>> {
    let read = if set { listed } else { target };
    let targets = body
        .targets
        .iter()
        .map(|one| read(&one.kind, "targets", &one.to))
        .collect::<Reply<Vec<_>>>()?;
    let of = (set, own.resource.as_str());
    own.call
        .service
        .mark(&own.actor, &targets, number(&body.mark)?, of)
        .await?;
    Ok(own.call.data(json!({"ignore": []})))
}

/// A page of the conversations that have a mark.
async fn search(own: Own, params: Params) -> Reply<Json<Value>> {
    let mark = number(params.required("mark")?)?;
    let from = params.text("cursor").map(cursor).transpose()?;
    let limit = params.number("limit", HISTORY_PAGE_DEFAULT, 1, CONVERSATION_PAGE_MAX)?;
    let service = &own.call.service;
    let page = service
        .marked_conversations(&own.actor, mark, from, limit)
        .await?;
    answer(&own, &page).await
}

/// `mark_7` or `7`.
fn number(text: &str) -> Reply<u8> {
    text.strip_prefix("mark_")
        .unwrap_or(text)
        .parse()
        .map_err(|_| not_legal("mark"))
}
