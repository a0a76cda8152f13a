//! L7 of attachments: a file is off the disk when the last who sees its message deleted it, whatever stops between.

use lacuna_domain::Name;
use lacuna_domain::limits::PURGE_STEP_MAX;
use lacuna_server::config::Config;
use lacuna_server::{Server, open_store};
use lacuna_store::{Hide, Scope};
use lacuna_testing::ManualClock;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep};

/// What the law allows.
const PATIENCE: Duration = Duration::from_mins(1);
const MARKER: &[u8] = b"<the bytes of a file that nobody may find again>";
const BOUNDARY: &str = "boundary";

/// A server on a folder, spoken to over its socket.
pub(crate) struct World {
    folder: tempfile::TempDir,
    pub(crate) server: Server,
    pub(crate) app_token: String,
}

async fn start(folder: &Path) -> Server {
    let mut config = Config::load(None).unwrap();
    config.server.listen = SocketAddr::from(([127, 0, 0, 1], 0));
    config.store.url = format!("sqlite:{}", folder.display());
    config.store.job_interval_ms = 20;
    let clock = ManualClock::running();
    let store = open_store(&config, &*clock).unwrap();
    Server::start(config, store, clock).await.unwrap()
}

async fn request(
    addr: SocketAddr,
    (method, path, token): (&str, &str, &str),
    kind: &str,
    body: &[u8],
) -> Value {
    let mut socket = TcpStream::connect(addr).await.unwrap();
    let head = format!(
        "{method} /lacuna/demo/{path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\nauthorization: Bearer {token}\r\n\
         content-type: {kind}\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    socket.write_all(head.as_bytes()).await.unwrap();
    socket.write_all(body).await.unwrap();
    let mut answer = Vec::new();
    socket.read_to_end(&mut answer).await.unwrap();
    let answer = String::from_utf8(answer).unwrap();
    assert!(
        answer.starts_with("HTTP/1.1 200"),
        "{method} {path}: {answer}"
    );
    serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
}

impl World {
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let server = start(folder.path()).await;
        let mut world = Self {
            folder,
            server,
            app_token: String::new(),
        };
        let body = json!({"grant_type": "client_credentials", "client_id": "demo", "client_secret": "demo-secret"});
        let answer = world.post("token", body).await;
        answer["access_token"]
            .as_str()
            .unwrap()
            .clone_into(&mut world.app_token);
        for name in ["alice", "bob"] {
            world
                .post("users", json!({"username": name, "password": "pw"}))
                .await;
        }
        world
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Value {
        let body = body.to_string();
        let call = ("POST", path, self.app_token.as_str());
        request(
            self.server.addr(),
            call,
            "application/json",
            body.as_bytes(),
        )
        .await
    }

    /// Uploads a file full of the marker, and sends it from alice to bob. Gives its id.
    async fn send(&self, kind: &str) -> String {
        let mut form = format!(
            "--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a\"\r\ncontent-type: {kind}\r\n\r\n"
        )
        .into_bytes();
        form.extend(MARKER.repeat(20_000));
        form.extend(format!("\r\n--{BOUNDARY}--\r\n").into_bytes());
        let call = ("POST", "chatfiles", self.app_token.as_str());
        let kind = format!("multipart/form-data; boundary={BOUNDARY}");
        let uploaded = request(self.server.addr(), call, &kind, &form).await;
        let id = uploaded["entities"][0]["uuid"].as_str().unwrap().to_owned();
        let url = format!("http://localhost/lacuna/demo/chatfiles/{id}");
        let body = json!({
            "from": "alice", "to": ["bob"], "type": "file", "sync_device": true,
            "body": {"url": url, "filename": "a"},
        });
        self.post("messages/users", body).await;
        id
    }

    async fn delete_all(&self, user: &str) {
        let path = format!("rest/message/roaming/user/{user}/delete/all");
        self.post(&path, json!({})).await;
    }

    fn file(&self, id: &str) -> PathBuf {
        self.folder.path().join("files").join(id)
    }
}

/// The files of a folder, and of those in it, that have the marker in them.
fn marked(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(marked(&path));
        // A file that is removed meanwhile has nothing in it.
        } else if std::fs::read(&path)
            .is_ok_and(|bytes| bytes.windows(MARKER.len()).any(|at| at == MARKER))
        {
            found.push(path);
        }
    }
    found
}

async fn until(what: &str, done: impl Fn() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !done() {
        assert!(Instant::now() < end, "{what}");
        sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn files_go_with_their_messages() {
    let world = World::new().await;
    let (first, second) = (
        world.send("text/plain").await,
        world.send("image/png").await,
    );
    assert_eq!(marked(world.folder.path()).len(), 2);
    world.delete_all("alice").await;
    world.delete_all("bob").await;
    let there = || world.file(&first).exists() || world.file(&second).exists();
    until("the files are still there", || !there()).await;
    assert_eq!(marked(world.folder.path()), Vec::<PathBuf>::new());
    let left = std::fs::read_dir(world.folder.path().join("files"));
    assert_eq!(left.unwrap().count(), 0);
    world.server.stop().await.unwrap();
    assert_eq!(marked(world.folder.path()), Vec::<PathBuf>::new());
}

#[tokio::test]
async fn a_file_stays_while_one_side_sees_its_message() {
    let world = World::new().await;
    let kept = world.send("text/plain").await;
    world.delete_all("alice").await;
    // Another message, which both delete: when its file is gone, a purge has passed since.
    let bob = json!({"from": "bob", "to": ["alice"], "type": "txt", "body": {"msg": "kept"}, "sync_device": true});
    world.post("messages/users", bob).await;
    let gone = world.send("text/plain").await;
    let list = json!({"queue": "alice@easemob.com", "start": -1, "pull_number": 1});
    let page = world.post("users/bob/messageroaming", list).await;
    let id = page["data"]["msgs"][0]["msg_id"]
        .as_str()
        .unwrap()
        .to_owned();
    for (user, peer) in [("alice", "bob"), ("bob", "alice")] {
        let path = format!("rest/message/roaming/chat/user/{user}?userId={peer}&msgIdList={id}");
        let call = ("DELETE", path.as_str(), world.app_token.as_str());
        request(world.server.addr(), call, "application/json", b"").await;
    }
    until("the other file is still there", || {
        !world.file(&gone).exists()
    })
    .await;
    assert!(world.file(&kept).exists());
    assert_eq!(marked(world.folder.path()).len(), 1);
    world.server.stop().await.unwrap();
}

/// The body is purged and the process ends: the next one removes the file.
#[tokio::test]
async fn a_server_that_starts_removes_what_the_last_one_had_doomed() {
    let world = World::new().await;
    let id = world.send("text/plain").await;
    let path = world.file(&id);
    world.server.stop().await.unwrap();
    let mut config = Config::load(None).unwrap();
    config.store.url = format!("sqlite:{}", world.folder.path().display());
    let store = open_store(&config, &*ManualClock::running()).unwrap();
    let app = store.apps().await.unwrap()[0].id;
    for name in ["alice", "bob"] {
        let name = Name::new(name).unwrap();
        let account = store.account(app, &name).await.unwrap().unwrap();
        let hide = Hide {
            account: account.id,
            app,
            name,
            scope: Scope::All,
            device: lacuna_domain::DeviceId::NONE,
            notice: false,
        };
        let now = lacuna_domain::Millis(u64::MAX / 4);
        store.hide(hide, now).await.unwrap();
    }
    while store.purge_step(PURGE_STEP_MAX).await.unwrap().more {}
    store.close().await.unwrap();
    drop(store);
    assert!(path.exists(), "nobody removed it yet");
    let server = start(world.folder.path()).await;
    until("the file is still there", || !path.exists()).await;
    assert_eq!(marked(world.folder.path()), Vec::<PathBuf>::new());
    server.stop().await.unwrap();
}
