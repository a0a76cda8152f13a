//! Marks of conversations.

use super::Api;
use super::body::Body;
use super::conversations::{answer, cursor, target};
use super::extract::Own;
use super::params::{Params, not_legal};
use crate::service::Reply;
use axum::routing::{get, post};
use axum::{Json, Router};
use lacuna_domain::limits::{CONVERSATION_PAGE_MAX, HISTORY_PAGE_DEFAULT};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

pub(super) fn routes() -> Router<Arc<Api>> {
    Router::new()
        .route(
            "/{org}/{app}/sdk/user/{user}/user_channels/mark",
            post(mark).delete(unmark),
        )
        .route(
            "/{org}/{app}/sdk/user/{user}/user_channels/mark/search",
            get(search),
        )
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
    let targets = body
        .targets
        .iter()
        .map(|one| target(&one.kind, "targets", &one.to))
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
