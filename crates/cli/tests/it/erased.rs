//! What nobody sees any more is in no file of the data folder a minute later, even if the server is killed on the way.

use crate::rest::Caller;
use crate::serving::Server;
use serde_json::json;
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

/// One deletes, the other's account is removed: nobody is left who sees anything.
#[tokio::test(flavor = "multi_thread")]
async fn a_removed_account_keeps_nothing() {
    let mut scene = Scene::new().await;
    let (me, caller) = &scene.users[0];
    let done = caller.delete_through(me, "ben", u64::MAX / 2).await;
    assert_eq!(done, Some(true));
    sleep(Duration::from_millis(1_500)).await;
    let there = found(scene.folder(), &scene.words);
    assert_eq!(there.values().max(), Some(&MESSAGES), "ben sees them");
    let app = Caller::app(scene.server.addr()).await;
    app.fine("DELETE", "users/ben", None).await;
    scene.restart();
    let took = until_gone(scene.folder(), &scene.words).await;
    eprintln!("off the disk {took:.1?} after the account was removed and the server killed");
}

/// A group's messages go with the last of its members who sees them, a former one included.
#[tokio::test(flavor = "multi_thread")]
async fn a_group_keeps_its_messages_for_the_last_who_sees_them() {
    let scene = Scene::new().await;
    let app = Caller::app(scene.server.addr()).await;
    let new =
        json!({"groupname": "g", "desc": "", "public": true, "owner": "anna", "members": ["ben"]});
    let made = app.fine("POST", "chatgroups", Some(&new)).await;
    let group = made["data"]["groupid"].as_str().unwrap();
    let word = canary(MESSAGES);
    let send = json!({"from": "anna", "to": [group], "type": "txt", "body": {"msg": word}});
    app.fine("POST", "messages/chatgroups", Some(&send)).await;
    let words = [word];
    let path = |me: &str| {
        let all = u64::MAX / 2;
        format!("sdk/message/roaming/group/user/{me}/time?groupId={group}&delTime={all}")
    };
    app.fine("DELETE", &format!("chatgroups/{group}/users/ben"), None)
        .await;
    app.fine("DELETE", &path("anna"), None).await;
    sleep(Duration::from_millis(1_500)).await;
    assert!(!found(scene.folder(), &words).is_empty(), "ben sees it");
    app.fine("DELETE", &path("ben"), None).await;
    let took = until_gone(scene.folder(), &words).await;
    eprintln!("off the disk {took:.1?} after the last deletion");
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
