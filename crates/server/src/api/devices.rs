//! Devices that are connected.

use super::body::Body;
use super::extract::{ByApp, Own};
use crate::delivery::Kick;
use crate::service::{Refusal, Reply};
use axum::Json;
use lacuna_domain::limits::PRESENCE_USERS_MAX;
use lacuna_domain::{DeviceId, ErrorCode};
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// The connected devices of a user.
pub(super) async fn list(own: Own) -> Reply<Json<Value>> {
    let online = own.call.service.delivery.online_devices(own.actor.id());
    let devices = own.call.service.store.devices(own.actor.id()).await?;
    let rows = devices
        .iter()
        .filter(|device| online.contains(&device.id))
        .map(|device| {
            let login = &device.login;
            json!({"res": login.resource, "device_uuid": login.uuid, "device_name": login.name})
        });
    Ok(own.call.data(rows.collect()))
}

/// Whether a user is connected.
pub(super) async fn status(own: Own) -> Json<Value> {
    let online = !own
        .call
        .service
        .delivery
        .online_devices(own.actor.id())
        .is_empty();
    let word = if online { "online" } else { "offline" };
    std::future::ready(
        own.call
            .data(json!({own.actor.account.profile.display.as_str(): word})),
    )
    .await
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct StatusBody {
    usernames: Vec<String>,
}

/// Whether each of several users is connected; who does not exist is not.
pub(super) async fn statuses(by: ByApp, Body(body): Body<StatusBody>) -> Reply<Json<Value>> {
    if body.usernames.is_empty() {
        return Err(Refusal::missing("usernames"));
    }
    if body.usernames.len() > PRESENCE_USERS_MAX {
        let text = format!("usernames size is more than max limit : {PRESENCE_USERS_MAX}");
        return Err(Refusal::illegal(text));
    }
    let service = &by.call.service;
    let mut rows = Vec::with_capacity(body.usernames.len());
    for name in body.usernames {
        let online = match service.account(&by.call.app, &name).await {
            Ok(account) => service.delivery.is_online(account.id),
            Err(refusal) if refusal.code == ErrorCode::UserNotFound => false,
            Err(refusal) => return Err(refusal),
        };
        let word = if online { "online" } else { "offline" };
        rows.push(Value::Object(Map::from_iter([(name, word.into())])));
    }
    Ok(by.call.data(Value::Array(rows)))
}

/// Ends every session of a user.
pub(super) async fn disconnect_all(own: Own) -> Json<Value> {
    let ended = own
        .call
        .service
        .delivery
        .kick(own.actor.id(), None, &Kick::ByOtherDevice);
    std::future::ready(own.call.data(json!({"result": ended > 0}))).await
}

/// Ends the session of one device.
pub(super) async fn disconnect(own: Own) -> Reply<Json<Value>> {
    let service = &own.call.service;
    let ended = match service
        .device(own.actor.id(), own.call.part("resource"))
        .await?
    {
        DeviceId::NONE => 0,
        device => service
            .delivery
            .kick(own.actor.id(), Some(device), &Kick::ByOtherDevice),
    };
    Ok(own.call.data(json!({"result": ended > 0})))
}
