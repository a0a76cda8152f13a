//! A server that is killed and started again, while clients are connected to it.

use crate::serving::Server;
use lacuna_sdk::{Client, Message, Millis, Name, NewMessage, Observer, Options, Target};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tempfile::TempDir;
use tokio::time::{Instant, sleep};

/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(30);

async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < end, "waited in vain for {what}");
        sleep(Duration::from_millis(10)).await;
    }
}

/// Counts messages that it was told of.
#[derive(Default)]
struct Counter(Mutex<Vec<Message>>);

impl Observer for Counter {
    fn messages_received(&self, messages: &[Message]) {
        self.0.lock().unwrap().extend_from_slice(messages);
    }
}

struct Device {
    client: Client,
    told: Arc<Counter>,
    _folder: TempDir,
}

impl Device {
    async fn of(user: &str, server: &Server, register: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("http://{}", server.addr());
        let client = Client::new(Options::new("lacuna#demo", &url, folder.path())).unwrap();
        let told = Arc::<Counter>::default();
        client.add_observer(Arc::<Counter>::clone(&told));
        if register {
            client.register(user, "secret").await.unwrap();
        }
        client.login(user, "secret").await.unwrap();
        Self {
            client,
            told,
            _folder: folder,
        }
    }

    async fn holds(&self, count: u64) {
        let chat = self.client.chat();
        let what = format!("{count} messages");
        until(&what, || chat.count(None).unwrap() == count).await;
    }

    async fn send(&self, to: &Target, text: &str) -> Message {
        let new = NewMessage::text(to.clone(), text);
        self.client.chat().send(new).await.unwrap()
    }
}

impl Drop for Device {
    fn drop(&mut self) {
        self.client.close();
    }
}

fn peer(name: &str) -> Target {
    Target::Peer(Name::new(name).unwrap())
}

/// The clients connect again by themselves; what was acknowledged is there, and nothing comes twice.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_is_killed_and_started_again_under_its_clients() {
    let data = tempfile::tempdir().unwrap();
    let any = SocketAddr::from(([127, 0, 0, 1], 0));
    let mut server = Server::start(data.path(), any);
    let anna = Device::of("anna", &server, true).await;
    let other = Device::of("anna", &server, false).await;
    let ben = Device::of("ben", &server, true).await;
    let (to_anna, to_ben) = (peer("anna"), peer("ben"));
    let mut ids = Vec::new();
    for nth in 0..5 {
        ids.push(ben.send(&to_anna, &format!("before {nth}")).await.id);
    }
    for device in [&anna, &other] {
        device.holds(5).await;
    }
    let chat = anna.client.chat();
    chat.delete_from_server(&to_ben, &ids[..2]).await.unwrap();
    other.holds(3).await;
    let last = ben.send(&to_anna, "just before").await;
    // It was acknowledged; whether it was delivered by now nobody knows.
    server.kill();
    until("the loss", || !ben.client.is_connected()).await;
    let waits = async {
        let (first, second) = tokio::join!(
            ben.send(&to_anna, "meanwhile"),
            anna.send(&to_ben, "meanwhile, too"),
        );
        [first, second]
    };
    let again = async {
        let chat = ben.client.chat();
        until("the message to be kept", || chat.count(None).unwrap() == 7).await;
        Server::start(data.path(), server.addr())
    };
    let (_, _again) = tokio::join!(waits, again);
    for device in [&anna, &other] {
        device.holds(6).await;
        let told = device.told.0.lock().unwrap().clone();
        let times = |id| told.iter().filter(|told| told.id == id).count();
        assert!(ids.iter().all(|id| times(*id) == 1));
        assert_eq!(times(last.id), 1);
    }
    // Deleted is deleted, and a deletion made now reaches everybody.
    let to_come = Millis(2_000_000_000_000);
    chat.delete_from_server_through(&to_ben, to_come)
        .await
        .unwrap();
    other.holds(0).await;
    ben.holds(8).await;
    assert_eq!(chat.count(None).unwrap(), 0);
}
