//! Who may be connected, who is, and what waits for who is not: for the server API.

use super::answer::user_entity;
use super::body::Body;
use super::extract::{ByApp, Own};
use super::params::digits;
use super::route::{Routes, Who, op};
use super::schema::texts;
use crate::service::{Refusal, Reply};
use axum::Json;
use lacuna_domain::limits::STATUS_USERS_MAX;
use lacuna_domain::{Name, Pos};
use serde::Deserialize;
use serde_json::{Value, json};

/// What is served here.
#[rustfmt::skip] // a route is a row
pub(super) fn routes(t: &mut Routes) {
    t.post("users/{user}/deactivate", deactivate, op("activity.deactivate", "Puts an account out of use", Who::App));
    t.post("users/{user}/activate", activate, op("activity.activate", "Puts an account in use again", Who::App));
    t.post("users/batch/status", statuses, op("activity.statuses", "Which of some users are connected", Who::App).body([texts("usernames").needed()]));
    t.get("users/{user}/offline_msg_count", offline_count, op("activity.offline_count", "How many messages wait for a user", Who::Own));
    t.get("users/{user}/offline_msg_status/{message}", offline_status, op("activity.offline_status", "Whether a message waits for a user", Who::Own));
}

/// Puts an account out of use: its sessions end, and it cannot log in. What is sent to it waits.
pub(super) async fn deactivate(by: ByApp) -> Reply<Json<Value>> {
    set_active(&by, false).await
}

/// Puts an account in use again.
pub(super) async fn activate(by: ByApp) -> Reply<Json<Value>> {
    set_active(&by, true).await
}

async fn set_active(by: &ByApp, active: bool) -> Reply<Json<Value>> {
    let (service, user) = (&by.call.service, by.call.part("user"));
    let account = service.set_active(&by.call.app, user, active).await?;
    let act = if active {
        "user.activate"
    } else {
        "user.deactivate"
    };
    let user = format!("user {}", account.profile.name);
    by.call.audit(&Name::admin(), act, user, 1).await;
    Ok(by.call.answer(json!({"entities": [user_entity(&account)]})))
}

#[derive(Debug, Deserialize)]
pub(super) struct StatusBody {
    usernames: Option<Vec<String>>,
}

/// Which of some users are connected. Who is not registered is not.
pub(super) async fn statuses(by: ByApp, Body(body): Body<StatusBody>) -> Reply<Json<Value>> {
    let names = body.usernames.unwrap_or_default();
    if names.is_empty() {
        return Err(Refusal::illegal("usernames must be provided"));
    }
    if names.len() > STATUS_USERS_MAX {
        let text = format!("usernames size is more than max limit : {STATUS_USERS_MAX}");
        return Err(Refusal::illegal(text));
    }
    let service = &by.call.service;
    let mut rows = Vec::with_capacity(names.len());
    for text in names {
        let account = match Name::new(&text) {
            Ok(name) => service.store.account(by.call.app.id, &name).await?,
            Err(_) => None,
        };
        let online = account.is_some_and(|account| service.delivery.is_online(account.id));
        let word = if online { "online" } else { "offline" };
        rows.push(json!({text: word}));
    }
    Ok(by.call.data(rows.into()))
}

/// How many messages wait for a user: those that none of its devices has got.
pub(super) async fn offline_count(own: Own) -> Reply<Json<Value>> {
    let waiting = own.call.service.undelivered(own.actor.id()).await?;
    let name = own.actor.account.profile.display.as_str();
    Ok(own.call.data(json!({name: waiting.len()})))
}

/// Whether a message waits for a user. One that is not to it, or was deleted, does not.
pub(super) async fn offline_status(own: Own) -> Reply<Json<Value>> {
    let id = own.call.part("message");
    let pos = digits(id).map(Pos).ok_or_else(|| {
        let text = format!("message {id} is not legal");
        Refusal::illegal(text)
    })?;
    let waiting = own.call.service.undelivered(own.actor.id()).await?;
    let word = if waiting.contains(&pos) {
        "undelivered"
    } else {
        "delivered"
    };
    Ok(own.call.data(json!({id: word})))
}
