//! A server that is killed again and again while people write and delete: nothing that it had answered is lost, and nothing
//! that was deleted comes back. `LACUNA_CRASH_ROUNDS` and `LACUNA_CRASH_SEED` make it longer and different.

use crate::device::{Device, peer, text_of};
use crate::pairs::{Numbers, Pair};
use crate::rest::Caller;
use crate::serving::Server;
use lacuna_sdk::{Options, Target};
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::time::{Instant, sleep};

const ROUNDS: u64 = 4;
const SEED: u64 = 20_261_124;
const PAIRS: usize = 3;
/// Longer than any restart.
const PATIENCE: Duration = Duration::from_secs(30);

fn setting(name: &str, default: u64) -> u64 {
    let text = std::env::var_os(name).and_then(|text| text.into_string().ok());
    text.map_or(default, |text| text.parse().expect(name))
}

/// A device of the first pair's first one, which stays connected through all of it.
async fn device(server: &Server, app: &Caller) -> Device {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("http://{}", server.addr());
    let mut options = Options::new("lacuna#demo", &url, folder.path());
    options.answer_wait = PATIENCE;
    options.send_wait = PATIENCE;
    let user = app.user("a0").await;
    Device::enter("a0", folder, options, user.token()).await
}

/// What the device holds is what the server shows its user, and each text is there once.
async fn in_step(device: &Device, pair: &Pair, with: &Target) {
    let sees = pair.callers[0]
        .history(&pair.names[0], &pair.names[1])
        .await;
    let end = Instant::now() + PATIENCE;
    loop {
        let holds: BTreeSet<u64> = device.ids(with).iter().map(|id| id.0).collect();
        if holds == sees {
            break;
        }
        let (lacks, has) = (sees.difference(&holds), holds.difference(&sees));
        let differs = (lacks.count(), has.count());
        assert!(Instant::now() < end, "lacks and has too many: {differs:?}");
        sleep(Duration::from_millis(20)).await;
    }
    let texts: Vec<String> = device.held(with).iter().map(text_of).collect();
    let once: BTreeSet<&String> = texts.iter().collect();
    assert_eq!(once.len(), texts.len(), "a text stands twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_killed_under_load_loses_and_returns_nothing() {
    let (rounds, seed) = (
        setting("LACUNA_CRASH_ROUNDS", ROUNDS),
        setting("LACUNA_CRASH_SEED", SEED),
    );
    let mut numbers = Numbers(seed);
    let data = tempfile::tempdir().unwrap();
    let mut server = Server::start(data.path(), SocketAddr::from(([127, 0, 0, 1], 0)));
    let addr = server.addr();
    let app = Caller::app(addr).await;
    let mut pairs = Vec::new();
    for nth in 0..PAIRS {
        pairs.push(Pair::new(&app, nth, numbers.next()).await);
    }
    let (device, other) = (device(&server, &app).await, peer("b0"));
    for round in 1..=rounds {
        let mine = device.text(&other, &format!("in time for {round}")).await;
        pairs[0].sent.insert(mine.0);
        let first: Vec<_> = device.ids(&other).into_iter().take(2).collect();
        let chat = device.chat();
        chat.delete_from_server(&other, &first).await.unwrap();
        pairs[0].gone[0].extend(first.iter().map(|id| id.0));

        let alive = Duration::from_millis(20 + numbers.below(700));
        let kill = async {
            sleep(alive).await;
            server.kill();
            sleep(Duration::from_millis(numbers.below(100))).await;
            server = Server::start(data.path(), addr);
        };
        // Begun before the end of one server, and answered by it or by the next: the SDK sends it again if need be.
        let text = format!("across {round}");
        let across = device.text(&other, &text);
        let (one, rest) = pairs.split_at_mut(1);
        let (two, three) = rest.split_at_mut(1);
        let ((), across, (), (), ()) =
            tokio::join!(kill, across, one[0].work(), two[0].work(), three[0].work());
        pairs[0].sent_meanwhile(across.0);
        for pair in &mut pairs {
            pair.check().await;
        }
        in_step(&device, &pairs[0], &other).await;
        let acts: u64 = pairs.iter().map(Pair::acts).sum();
        eprintln!(
            "seed {seed}, round {round}: killed after {alive:?}, {acts} acts answered so far"
        );
    }
}
