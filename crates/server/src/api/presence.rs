//! Presence.

use super::Api;
use super::body::{self, AnyBody, Body};
use super::extract::Own;
use super::params::{Params, digits};
use crate::service::{Refusal, Reply};
use axum::routing::{get, post};
use axum::{Json, Router};
use lacuna_domain::limits::{WATCH_PAGE_MAX, WATCHED_MAX};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

const WATCH_PAGE_DEFAULT: usize = 20;

#[rustfmt::skip] // a route is a line, so that all of them are seen at once
pub(super) fn routes() -> Router<Arc<Api>> {
    let at = |path: &str| format!("/{{org}}/{{app}}/{path}");
    Router::new()
        .route(&at("users/{user}/presence"), post(query).delete(unsubscribe))
        .route(&at("users/{user}/presence/sublist"), get(subscriptions))
        .route(&at("users/{user}/presence/{expiry}"), post(subscribe))
        .route(&at("users/{user}/presence/{resource}/{status}"), post(publish))
}

#[derive(Debug, Deserialize)]
struct PublishBody {
    ext: Option<String>,
}

/// Publishes the user's presence. It is one for all of its devices: which of them publishes makes no difference.
async fn publish(own: Own, Body(body): Body<PublishBody>) -> Reply<Json<Value>> {
    if digits(own.call.part("status")).is_none() {
        return Err(Refusal::illegal("status is not legal"));
    }
    let ext = body.ext.unwrap_or_default();
    own.call.service.publish_presence(&own.actor, &ext).await?;
    Ok(own.call.answer(json!({"result": "ok"})))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct NamesBody {
    usernames: Vec<String>,
}

/// Subscribes to the presence of users for so many seconds.
async fn subscribe(own: Own, Body(body): Body<NamesBody>) -> Reply<Json<Value>> {
    let expiry =
        digits(own.call.part("expiry")).ok_or_else(|| Refusal::illegal("expiry is not legal"))?;
    let rows = own
        .call
        .service
        .watch(&own.actor, &body.usernames, expiry)
        .await?;
    Ok(own.call.answer(json!({"result": rows})))
}

/// Ends subscriptions. The body is a list of names, or an object that has one.
async fn unsubscribe(own: Own, AnyBody(value): AnyBody) -> Reply<Json<Value>> {
    let names = match value {
        Value::Array(_) => body::of::<NamesBody>(json!({"usernames": value}))?,
        other => body::of(other)?,
    };
    own.call
        .service
        .unwatch(&own.actor, &names.usernames)
        .await?;
    Ok(own.call.answer(json!({"result": "ok"})))
}

/// The presence of users.
async fn query(own: Own, Body(body): Body<NamesBody>) -> Reply<Json<Value>> {
    let rows = own
        .call
        .service
        .presence_of(&own.actor, &body.usernames)
        .await?;
    Ok(own.call.answer(json!({"result": rows})))
}

/// A page of the user's subscriptions, by name. Pages count from 1; 0 is the first as well.
async fn subscriptions(own: Own, params: Params) -> Reply<Json<Value>> {
    let page = params.number("pageNum", 1, 0, WATCHED_MAX)?.max(1);
    let size = params.number("pageSize", WATCH_PAGE_DEFAULT, 1, WATCH_PAGE_MAX)?;
    let all = own.call.service.watched(own.actor.id()).await?;
    let rows: Vec<Value> = all
        .iter()
        .skip((page - 1) * size)
        .take(size)
        .map(|row| json!({"uid": row.name, "expiry": row.seconds_left}))
        .collect();
    let result = json!({"sublist": rows, "totalnum": all.len()});
    Ok(own.call.answer(json!({"result": result})))
}
