//! Races of a connection that the simulator found, each by itself.

use bytes::Bytes;
use lacuna_domain::{DeviceId, Name, Target, Version};
use lacuna_sdk::NewMessage;
use lacuna_sdk::simulation::{Device, Place};
use lacuna_sdk::transport::frames::{self, Downstream};
use lacuna_sdk::transport::{Jid, Pull};
use lacuna_server::Metrics;
use lacuna_server::config::Config;
use lacuna_server::gateway::steps::{Link, Node};
use lacuna_server::service::{Actor, NewGroupRequest, Receipt, Service, TokenRequest};
use lacuna_store::memory::MemoryStore;
use lacuna_store::{EventQuery, GroupSettings, NewAccount, NewApp, Store};
use lacuna_testing::ManualClock;
use std::sync::Arc;
use tempfile::TempDir;

struct Stage {
    node: Node,
    clock: Arc<ManualClock>,
    folder: TempDir,
}

impl Stage {
    async fn new() -> Self {
        let (store, clock) = (Arc::new(MemoryStore::new(0)), ManualClock::new());
        let app = NewApp {
            org: "test".to_owned(),
            name: "app".to_owned(),
            client_id: "c".to_owned(),
            client_secret_sha256: [0; 32],
            open_registration: true,
            roaming_delete: true,
            retention_days: 0,
        };
        let app = store.create_app(app).await.unwrap().id;
        let account = |text: &str| NewAccount {
            name: Name::new(text).unwrap(),
            display: text.to_owned(),
            password_hash: String::new(),
            nickname: String::new(),
            uuid: text.to_owned(),
        };
        let accounts = vec![account("alice"), account("bob")];
        store
            .create_accounts(app, accounts, lacuna_domain::Millis(1))
            .await
            .unwrap();
        let (config, metrics) = (Arc::new(Config::default()), Arc::new(Metrics::new()));
        let present = Arc::<ManualClock>::clone(&clock);
        let service = Service::new(store, config, present, metrics);
        Self {
            node: Node::new(Arc::new(service)),
            clock,
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn device(&self, user: &str) -> Device {
        let place = Place {
            folder: self.folder.path(),
            app_key: "test#app",
            user: &Name::new(user).unwrap(),
            resource: "phone",
            clock: Arc::<ManualClock>::clone(&self.clock),
        };
        Device::open(&place).unwrap()
    }

    async fn actor(&self, user: &str) -> Actor {
        let service = self.node.service();
        let app = service.app("test", "app").await.unwrap();
        Actor {
            account: service.account(&app, user).await.unwrap(),
            app,
            device: DeviceId::NONE,
        }
    }

    async fn token(&self, user: &str) -> String {
        let service = self.node.service();
        let app = service.app("test", "app").await.unwrap();
        let request = TokenRequest::Inherit {
            username: user.to_owned(),
            create: false,
        };
        service
            .issue_token(&app, request, None)
            .await
            .unwrap()
            .token
    }

    async fn connect(&self, device: &Device, user: &str, mailbox_max: usize) -> Link {
        let first = device.provision(&self.token(user).await);
        let admitted = self.node.admit(&first).await.unwrap();
        self.node.open(admitted, mailbox_max).await.unwrap()
    }

    /// Bob writes to alice.
    async fn write(&self, bob: &mut (Device, Link)) {
        let to_alice = Target::Peer(Name::new("alice").unwrap());
        self.clock.advance(1);
        let frame = bob.0.send(NewMessage::text(to_alice, "hello")).unwrap();
        bob.1.frame(&frame);
        run(&mut bob.1).await;
    }
}

/// Lets a session do all that it asks for.
async fn run(link: &mut Link) {
    while link.work() > 0 {
        link.advance(0, 50).await;
    }
}

/// What its frames are: the pages' queues and how many messages each has.
fn pages(frames: &[Bytes]) -> Vec<(String, usize)> {
    let decoded = frames
        .iter()
        .map(|frame| frames::decode(frame.clone()).unwrap());
    let pages = decoded.filter_map(|frame| match frame {
        Downstream::Sync(page) if page.meta_id() == 0 => {
            let queue = page.queue.as_ref().unwrap().name().to_owned();
            Some((queue, page.metas.len()))
        }
        _ => None,
    });
    pages.collect()
}

#[tokio::test]
async fn a_deletion_while_a_device_is_let_in_is_told() {
    let stage = Stage::new().await;
    let bob = stage.device("bob");
    let link = stage.connect(&bob, "bob", 256).await;
    let mut bob = (bob, link);
    stage.write(&mut bob).await;

    let phone = stage.device("alice");
    let first = phone.provision(&stage.token("alice").await);
    let admitted = stage.node.admit(&first).await.unwrap();
    let alice = stage.actor("alice").await;
    let service = stage.node.service();
    service.delete_everything(&alice).await.unwrap();
    let mut link = stage.node.open(admitted, 256).await.unwrap();
    run(&mut link).await;
    assert_eq!(pages(&link.take_frames()), [(String::new(), 1)]);
}

#[tokio::test]
async fn a_session_that_was_let_go_pushes_nothing() {
    let stage = Stage::new().await;
    let bob = stage.device("bob");
    let link = stage.connect(&bob, "bob", 256).await;
    let mut bob = (bob, link);
    stage.write(&mut bob).await;

    // Alice's phone is in step, and then does not listen.
    let mut link = in_step(&stage, 1).await;
    stage.write(&mut bob).await;
    let alice = stage.actor("alice").await;
    let service = stage.node.service();
    service.delete_everything(&alice).await.unwrap();
    link.hear();
    assert!(pages(&link.take_frames()).is_empty());
    assert!(link.is_closing());
}

#[tokio::test]
async fn a_session_that_was_let_go_sends_nothing_that_it_read() {
    let stage = Stage::new().await;
    let bob = stage.device("bob");
    let link = stage.connect(&bob, "bob", 256).await;
    let mut bob = (bob, link);
    stage.write(&mut bob).await;
    let phone = stage.device("alice");
    let mut link = stage.connect(&phone, "alice", 1).await;
    link.frame(&frames::unread());
    run(&mut link).await;
    link.take_frames();

    // What it reads is on its way while its mailbox runs over, and the deletion is not told.
    link.frame(&pull(None));
    assert!(!link.advance(0, 50).await, "the store's half");
    stage.write(&mut bob).await;
    stage.write(&mut bob).await;
    let alice = stage.actor("alice").await;
    let service = stage.node.service();
    service.delete_everything(&alice).await.unwrap();
    run(&mut link).await;
    assert!(
        pages(&link.take_frames())
            .iter()
            .all(|(_, messages)| *messages == 0)
    );
    assert!(link.is_closing());
}

/// A receipt is told to the one account that it is for; whoever comes to a group later has none of the old ones.
#[tokio::test]
async fn a_joiner_is_not_told_of_old_receipts() {
    let stage = Stage::new().await;
    let service = stage.node.service();
    let (alice, bob) = (stage.actor("alice").await, stage.actor("bob").await);
    let settings = GroupSettings {
        members_max: 9,
        ..GroupSettings::default()
    };
    let request = NewGroupRequest {
        owner: alice.name().clone(),
        members: Vec::new(),
        settings,
    };
    let group = service
        .create_group(&alice.app, alice.sender(), request)
        .await
        .unwrap();
    let receipt = Receipt {
        message: None,
        to: None,
        body: Bytes::from_static(b"\x28\x05"),
        reads: Some(Target::Group(group.id.clone())),
    };
    service.receipt(&alice, receipt).await.unwrap();
    let names = vec![bob.name().clone()];
    service
        .add_members(&bob.app, &group.id, alice.sender(), names)
        .await
        .unwrap();
    // Alice has that she created the group, and the receipt.
    for (account, count) in [(alice.id(), 2), (bob.id(), 0)] {
        let query = EventQuery {
            account,
            device: DeviceId::NONE,
            after: Some(Version(0)),
            limit: 10,
        };
        let page = service.store.events(query).await.unwrap();
        assert_eq!(page.items.len(), count);
    }
}

/// A session of alice's that has taken what bob wrote.
async fn in_step(stage: &Stage, mailbox_max: usize) -> Link {
    let phone = stage.device("alice");
    let mut link = stage.connect(&phone, "alice", mailbox_max).await;
    link.frame(&frames::unread());
    run(&mut link).await;
    link.frame(&pull(None));
    run(&mut link).await;
    let came = link.take_frames();
    assert_eq!(pages(&came), [("bob".to_owned(), 1)]);
    link.frame(&pull(key_of(&came)));
    run(&mut link).await;
    link.take_frames();
    link
}

fn pull(key: Option<u64>) -> Bytes {
    let queue = Jid::user("test#app", "bob");
    frames::pull(&Pull { queue, key })
}

/// The key of the last page.
fn key_of(frames: &[Bytes]) -> Option<u64> {
    match frames::decode(frames.last()?.clone()) {
        Ok(Downstream::Sync(page)) => page.next_key,
        _ => None,
    }
}
