//! What nobody sees any more is in no file of the data folder a minute later, even if the server is killed on the way.

use crate::rest::Caller;
use crate::serving::Server;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// The promise (L7).
const PROMISE: Duration = Duration::from_mins(1);
const MESSAGES: usize = 120;

/// A word that is nowhere else.
fn canary(nth: usize) -> String {
    format!("canary-{:016x}-{nth:04}", std::process::id())
}

/// How often each word stands in each file below a folder.
fn found(folder: &Path, words: &[String]) -> BTreeMap<PathBuf, usize> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        assert!(path.is_file(), "the data folder has files only");
        let bytes = std::fs::read(&path).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        let there = words.iter().filter(|word| text.contains(*word)).count();
        if there > 0 {
            found.insert(path, there);
        }
    }
    found
}

/// Waits until no word is in any file. How long that took.
async fn until_gone(folder: &Path, words: &[String]) -> Duration {
    let start = Instant::now();
    loop {
        let found = found(folder, words);
        if found.is_empty() {
            return start.elapsed();
        }
        assert!(start.elapsed() < PROMISE, "still there: {found:?}");
        sleep(Duration::from_millis(100)).await;
    }
}

struct Scene {
    data: tempfile::TempDir,
    server: Server,
    users: [(&'static str, Caller); 2],
    ids: Vec<u64>,
    words: Vec<String>,
}

impl Scene {
    async fn new() -> Self {
        let data = tempfile::tempdir().unwrap();
        let server = Server::start(data.path(), SocketAddr::from(([127, 0, 0, 1], 0)));
        let app = Caller::app(server.addr()).await;
        let users = [
            ("anna", app.user("anna").await),
            ("ben", app.user("ben").await),
        ];
        let (mut ids, mut words) = (Vec::new(), Vec::new());
        for nth in 0..MESSAGES {
            let word = canary(nth);
            ids.push(app.send("anna", "ben", &word).await.unwrap().unwrap());
            words.push(word);
        }
        let scene = Self {
            data,
            server,
            users,
            ids,
            words,
        };
        assert!(!found(scene.folder(), &scene.words).is_empty());
        scene
    }

    fn folder(&self) -> &Path {
        self.data.path()
    }

    /// Both delete some messages.
    async fn delete(&self, ids: &[u64]) {
        for (nth, (me, caller)) in self.users.iter().enumerate() {
            let peer = self.users[1 - nth].0;
            for ids in ids.chunks(50) {
                assert_eq!(caller.delete_ids(me, peer, ids).await, Some(true));
            }
        }
    }

    fn restart(&mut self) {
        self.server.kill();
        self.server = Server::start(self.data.path(), self.server.addr());
    }
}

/// By ids, scattered; the rest stays readable and on the disk.
#[tokio::test(flavor = "multi_thread")]
async fn what_both_deleted_is_in_no_file_after_a_minute() {
    let scene = Scene::new().await;
    let (gone, kept): (Vec<usize>, Vec<usize>) = (0..MESSAGES).partition(|nth| nth % 3 > 0);
    let ids: Vec<u64> = gone.iter().map(|nth| scene.ids[*nth]).collect();
    let words: Vec<String> = gone.iter().map(|nth| scene.words[*nth].clone()).collect();
    scene.delete(&ids).await;
    let took = until_gone(scene.folder(), &words).await;
    for nth in kept {
        let word = [scene.words[nth].clone()];
        assert!(!found(scene.folder(), &word).is_empty(), "{word:?} is lost");
    }
    eprintln!(
        "{} messages were off the disk after {took:.1?}",
        words.len()
    );
}

/// Killed at once after the deletion, and while it is carried out.
#[tokio::test(flavor = "multi_thread")]
async fn a_kill_does_not_keep_what_was_deleted() {
    let mut scene = Scene::new().await;
    for (part, after_ms) in [0, 30, 200, 600, 1_100, 1_400].into_iter().enumerate() {
        let of_part = part * 20..(part + 1) * 20;
        let (ids, words) = (
            scene.ids[of_part.clone()].to_vec(),
            scene.words[of_part].to_vec(),
        );
        scene.delete(&ids).await;
        sleep(Duration::from_millis(after_ms)).await;
        scene.restart();
        let took = until_gone(scene.folder(), &words).await;
        eprintln!(
            "killed {after_ms} ms after the deletion: off the disk {took:.1?} after the restart"
        );
    }
}
