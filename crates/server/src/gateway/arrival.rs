//! A device comes online and goes: the registry of sessions knows, and so does who watches the user.

use super::Gateway;
use super::provision::Admitted;
use crate::config::TooManyDevices;
use crate::delivery::{Publication, Room, SessionHandle};
use crate::service::{Actor, Service};
use lacuna_domain::Reader;
use lacuna_domain::limits::PRESENCE_GRACE_MS;
use lacuna_store::App;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;

/// For how many devices of a kind an application has room.
fn room(service: &Service, app: &App) -> Room {
    let switches = service.switches(app);
    Room {
        devices_max: switches.devices_per_platform,
        refuse: switches.too_many_devices == TooManyDevices::Refuse,
    }
}

/// Registers the session of a device that was let in. None if the user has too many of its kind.
pub(super) fn register(
    service: &Service,
    admitted: &Admitted,
    mailbox: mpsc::Sender<Publication>,
) -> Option<u64> {
    let id = service.delivery.session_id();
    let session = SessionHandle {
        id,
        reader: Reader {
            account: admitted.actor.id(),
            device: admitted.state.id,
        },
        client: admitted.client.clone(),
        mailbox,
    };
    let room = room(service, &admitted.actor.app);
    service.delivery.register(session, room).then_some(id)
}

/// Tells who watches the user that it is online, if they do not know.
pub(super) fn announce(gateway: &Gateway, actor: &Arc<Actor>) {
    let (service, actor) = (Arc::clone(&gateway.service), Arc::clone(actor));
    gateway
        .tasks
        .spawn(async move { service.came_online(&actor).await });
}

/// Takes a session offline. Who watches the user is told a while after its last one, unless it comes back.
pub(super) fn leave(gateway: &Gateway, actor: &Arc<Actor>, id: u64, resource: String) {
    if !gateway.service.delivery.unregister(actor.id(), id) {
        return;
    }
    let (service, actor) = (Arc::clone(&gateway.service), Arc::clone(actor));
    let (stop, grace) = (
        gateway.stop.clone(),
        Duration::from_millis(PRESENCE_GRACE_MS),
    );
    gateway.tasks.spawn(async move {
        // A server that stops tells nobody: its users are back in a moment.
        let waited = stop.run_until_cancelled(tokio::time::sleep(grace)).await;
        if waited.is_some() {
            service.stayed_away(&actor, &resource).await;
        }
    });
}
