//! Devices that are connected.

use super::extract::Own;
use crate::delivery::Kick;
use crate::service::Reply;
use axum::Json;
use lacuna_domain::DeviceId;
use serde_json::{Value, json};

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

/// Ends every session of a user.
pub(super) async fn disconnect_all(own: Own) -> Json<Value> {
    let ended = own
        .call
        .service
        .delivery
        .kick(own.actor.id(), None, &Kick::ByOtherDevice);
    own.audit_act("device.disconnect", None, ended).await;
    own.call.data(json!({"result": ended > 0}))
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
    own.audit_act("device.disconnect", None, ended).await;
    Ok(own.call.data(json!({"result": ended > 0})))
}
