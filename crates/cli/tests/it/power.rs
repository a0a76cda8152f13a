//! The power goes while a server runs: what it had answered is there when it starts from what is left of its disk. How the disk
//! is taken apart is told by the tests of package `sqlite`, which look at many more cuts of fewer files.

use crate::faults::Faults;
use crate::image::{Disk, Journal, Left};
use crate::pairs::Pair;
use crate::rest::Caller;
use crate::serving::Server;
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::Path;

const ACTS: usize = 60;
/// Every so many acts the power goes.
const EVERY: usize = 6;
const SEED: u64 = 11;

/// What was answered when the journal had come so far.
struct Moment {
    journal_bytes: u64,
    sent: BTreeSet<u64>,
    gone: [BTreeSet<u64>; 2],
}

fn any() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 0))
}

/// A server, two people, and what was answered after each of their acts.
async fn play(data: &Path, journal: &Path) -> (Pair, Vec<Moment>) {
    let faults = Faults {
        folder: data.to_owned(),
        journal: Some(journal.to_owned()),
        ..Faults::default()
    };
    let mut server = Server::start_with(data, any(), |command| faults.put(command));
    let app = Caller::app(server.addr()).await;
    let mut pair = Pair::new(&app, 0, SEED).await;
    let mut moments = Vec::new();
    for _ in 0..ACTS {
        pair.act().await.expect("it answers");
        moments.push(Moment {
            journal_bytes: journal.metadata().unwrap().len(),
            sent: pair.sent.clone(),
            gone: pair.gone.clone(),
        });
    }
    server.kill();
    (pair, moments)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_power_cut_takes_nothing_that_the_server_answered() {
    let (data, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let path = other.path().join("journal");
    let (pair, moments) = play(data.path(), &path).await;
    let journal = Journal::read(&path);
    let (mut disk, mut notes) = (Disk::new(SEED), journal.notes.iter().peekable());
    for (nth, moment) in moments.iter().enumerate() {
        while let Some(note) = notes.next_if(|note| note.end <= moment.journal_bytes) {
            if !note.is_shared_memory() {
                disk.take(note);
            }
        }
        if nth % EVERY > 0 {
            continue;
        }
        for left in [Left::Nothing, Left::Shuffled] {
            let image = disk.image(left);
            let server = Server::start(image.path(), any());
            for side in [0, 1] {
                let (me, peer) = (&pair.names[side], &pair.names[1 - side]);
                let caller = pair.callers[side].at(server.addr());
                let sees = caller.history(me, peer).await;
                let due: BTreeSet<u64> = moment
                    .sent
                    .difference(&moment.gone[side])
                    .copied()
                    .collect();
                assert_eq!(sees, due, "act {nth}, {left:?}, {me}");
            }
        }
    }
}
