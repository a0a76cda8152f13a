//! Who is in a chat room, and who has stayed away from it for too long.

use super::rooms::{actor, room};
use lacuna_domain::Reader;
use lacuna_server::Metrics;
use lacuna_server::delivery::{self, ClientInfo, Publication, SessionHandle};
use lacuna_server::service::Service;
use std::sync::Arc;
use tokio::sync::mpsc;

/// Brings a user online with a session that nobody reads.
pub(super) async fn come(service: &Arc<Service>, name: &str) -> (u64, mpsc::Receiver<Publication>) {
    let who = actor(service, name).await;
    let (mailbox, told) = mpsc::channel(64);
    let id = service.delivery.session_id();
    let session = SessionHandle {
        id,
        reader: Reader {
            account: who.id(),
            device: who.device,
        },
        client: ClientInfo::default(),
        mailbox,
    };
    let alone = delivery::Room {
        devices_max: 1,
        refuse: false,
    };
    service.delivery.register(session, alone);
    let groups = service.store.groups_of(who.id()).await.unwrap();
    service.subscribe(&who, &groups);
    (id, told)
}

async fn go(service: &Arc<Service>, name: &str, session: u64) {
    let account = actor(service, name).await.id();
    service.delivery.unregister(account, session);
}

#[tokio::test]
async fn who_has_no_session_for_two_minutes_has_left() {
    let room = room().await;
    let (server, service) = (&room.server, &room.server.service);
    let (alice, _alice_is_told) = come(service, "alice").await;
    let (bob, _bob_is_told) = come(service, "bob").await;
    server.pass_ms(600_000);
    assert_eq!(service.leave_absent().await, 0, "both are there");
    go(service, "bob", bob).await;
    service.leave_absent().await;
    server.pass_ms(119_999);
    assert_eq!(service.leave_absent().await, 0);
    let (bob, _bob_is_told_again) = come(service, "bob").await;
    server.pass_ms(1);
    assert_eq!(service.leave_absent().await, 0, "bob came back");
    go(service, "bob", bob).await;
    service.leave_absent().await;
    server.pass_ms(120_000);
    assert_eq!(service.leave_absent().await, 1);
    assert_eq!(room.members().await, ["alice"]);
    go(service, "alice", alice).await;
    service.leave_absent().await;
    server.pass_ms(120_000);
    service.leave_absent().await;
    assert!(room.members().await.is_empty(), "an owner leaves as well");
    server.get(&room.path(""), &room.alice).await.ok();
}

#[tokio::test]
async fn after_a_restart_the_two_minutes_begin_anew() {
    let room = room().await;
    let old = &room.server.service;
    let (_session, _told) = come(old, "alice").await;
    // A new process on the same store: nobody has a session with it.
    let service = Arc::new(Service::new(
        Arc::clone(&old.store),
        Arc::clone(&old.config),
        Arc::clone(&old.clock),
        Arc::new(Metrics::new()),
    ));
    service.watch_rooms().await.unwrap();
    assert_eq!(service.leave_absent().await, 0);
    let (_session, _told) = come(&service, "alice").await;
    room.server.pass_ms(119_999);
    assert_eq!(service.leave_absent().await, 0);
    room.server.pass_ms(1);
    assert_eq!(service.leave_absent().await, 1);
    assert_eq!(room.members().await, ["alice"], "bob did not come back");
}

#[tokio::test]
async fn whoever_is_put_in_and_never_comes_leaves() {
    let room = room().await;
    let service = &room.server.service;
    service.leave_absent().await;
    room.server.pass_ms(120_000);
    assert_eq!(service.leave_absent().await, 2);
    assert!(room.members().await.is_empty());
}
