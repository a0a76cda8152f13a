//! L7 across the end of a process: what it had purged and not erased yet, the next one erases.

use crate::canary::{self, Canary};
use crate::people::People;
use lacuna_domain::limits::PURGE_STEP_MAX;
use lacuna_server::config::Config;
use lacuna_server::{Server, open_store};
use lacuna_store::Scope;
use lacuna_testing::ManualClock;
use std::collections::HashSet;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;
use tokio::time::{Instant, sleep};

const PATIENCE: Duration = Duration::from_secs(10);

/// The files of a folder, as they are at this moment: what a process leaves that is killed now.
fn copy(from: &Path, to: &Path) {
    for file in std::fs::read_dir(from).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), to.join(file.file_name())).unwrap();
    }
}

async fn server(folder: &Path) -> Server {
    let mut config = Config::load(None).unwrap();
    config.server.listen = SocketAddr::from(([127, 0, 0, 1], 0));
    config.store.url = format!("sqlite:{}", folder.display());
    config.store.job_interval_ms = 20;
    let clock = ManualClock::running();
    let store = open_store(&config, &*clock).unwrap();
    Server::start(config, store, clock).await.unwrap()
}

#[tokio::test]
async fn a_server_that_starts_erases_what_the_last_one_had_purged() {
    let people = People::new(1).await;
    let pair = &people.pairs[0];
    let sent = people.send(pair, 60).await;
    let gone: HashSet<Canary> = sent.iter().map(|sent| sent.canary).collect();
    for side in [0, 1] {
        people.hide(pair, side, Scope::Conversation).await;
    }
    // All of it is purged, and the log not emptied yet.
    while people.store.purge_step(PURGE_STEP_MAX).await.unwrap().more {}
    let left = tempfile::tempdir().unwrap();
    copy(people.folder(), left.path());
    assert!(gone.is_subset(&canary::anywhere(left.path())), "in the log");

    let server = server(left.path()).await;
    let end = Instant::now() + PATIENCE;
    loop {
        let there = canary::anywhere(left.path());
        if there.is_disjoint(&gone) {
            break;
        }
        assert!(Instant::now() < end, "{} are still there", there.len());
        sleep(Duration::from_millis(20)).await;
    }
    server.stop().await.unwrap();
}
