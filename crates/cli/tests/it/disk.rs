//! A disk that is full, and a folder that cannot be written: a server says so, loses nothing and goes on when it can.

use crate::faults::Faults;
use crate::pairs::Pair;
use crate::rest::Caller;
use crate::serving::Server;
use std::io::Read;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;
use tokio::time::{Instant, sleep};

const NOBODY: u32 = 65_534;

fn any() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 0))
}

/// A small file system of its own, where the test may mount one.
struct Mounted(TempDir);

impl Mounted {
    fn new(size: &str) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"]);
        let done = mount.arg(folder.path()).stderr(Stdio::null()).status();
        done.is_ok_and(|done| done.success()).then(|| Self(folder))
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        drop(
            Command::new("umount")
                .arg("--lazy")
                .arg(self.0.path())
                .status(),
        );
    }
}

/// Makes the disk full, or not any more.
type Fill<'a> = &'a dyn Fn(bool);

/// Writes until the server refuses, then frees the disk.
async fn full_and_free_again(server: &mut Server, data: &Path, log: &Path, fill: Fill<'_>) {
    let app = Caller::app(server.addr()).await;
    let mut pair = Pair::new(&app, 0, 7).await;
    let [me, peer] = pair.names.clone();
    let text = "x".repeat(3_000);
    for _ in 0..20 {
        let id = app.send(&me, &peer, &text).await.unwrap().unwrap();
        pair.sent.insert(id);
    }
    fill(true);
    let mut refused = None;
    for _ in 0..2_000 {
        match app.send(&me, &peer, &text).await.expect("it answers") {
            Ok(id) => drop(pair.sent.insert(id)),
            Err(answer) => {
                refused = Some(answer);
                break;
            }
        }
    }
    let (status, answer) = refused.expect("a full disk is noticed");
    assert!(status >= 500, "{status} {answer}");
    assert_eq!(answer["code"], "unavailable", "{answer}");
    // What can be done without room is done: reading, and saying what is wrong.
    pair.check().await;
    let said = std::fs::read_to_string(log).unwrap();
    assert!(said.contains("full"), "the log says why: {said}");
    fill(false);
    let end = Instant::now() + Duration::from_secs(10);
    loop {
        match app
            .send(&me, &peer, "room again")
            .await
            .expect("it answers")
        {
            Ok(id) => {
                pair.sent.insert(id);
                break;
            }
            Err(answer) => assert!(Instant::now() < end, "no way back: {answer:?}"),
        }
        sleep(Duration::from_millis(50)).await;
    }
    pair.check().await;
    server.kill();
    *server = Server::start(data, server.addr());
    pair.check().await;
}

fn log_to(command: &mut Command, log: &Path) {
    command.stderr(std::fs::File::create(log).unwrap());
    command.env("NO_COLOR", "1");
}

/// With a file system that really is full.
#[tokio::test(flavor = "multi_thread")]
async fn a_full_file_system_is_said_and_outlived() {
    let Some(mounted) = Mounted::new("3m") else {
        eprintln!("cannot mount a file system here: the other test has to do");
        return;
    };
    let logs = tempfile::tempdir().unwrap();
    let log = logs.path().join("log");
    let data = mounted.0.path().join("data");
    let mut server = Server::start_with(&data, any(), |command| log_to(command, &log));
    let ballast = mounted.0.path().join("ballast");
    let fill = |full: bool| {
        if full {
            // As much as there is room for, less what the server needs to come this far at all.
            drop(std::fs::write(&ballast, vec![1; 3 << 20]));
        } else {
            std::fs::remove_file(&ballast).unwrap();
        }
    };
    full_and_free_again(&mut server, &data, &log, &fill).await;
    drop(server);
}

/// With writes that fail as on a full disk, wherever the test runs.
#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_said_and_outlived() {
    let (data, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (log, flag) = (other.path().join("log"), other.path().join("full"));
    let faults = Faults {
        folder: data.path().to_owned(),
        full: Some(flag.clone()),
        ..Faults::default()
    };
    let mut server = Server::start_with(data.path(), any(), |command| {
        faults.put(command);
        log_to(command, &log);
    });
    let fill = |full: bool| {
        if full {
            std::fs::write(&flag, "").unwrap();
        } else {
            std::fs::remove_file(&flag).unwrap();
        }
    };
    full_and_free_again(&mut server, data.path(), &log, &fill).await;
}

/// What a server that does not start says, and that it says it at once.
fn refusal(mut command: Command) -> String {
    let mut process = command.stderr(Stdio::piped()).spawn().unwrap();
    let mut said = String::new();
    let stderr = process.stderr.take().unwrap();
    std::io::BufReader::new(stderr)
        .read_to_string(&mut said)
        .unwrap();
    assert_eq!(process.wait().unwrap().code(), Some(1), "{said}");
    said
}

/// Root writes where nobody may: the server is run as somebody else then.
fn as_anybody(command: &mut Command, folder: &Path) {
    let chown = Command::new("chown")
        .args(["-R", &NOBODY.to_string()])
        .arg(folder)
        .stderr(Stdio::null())
        .status();
    if chown.is_ok_and(|done| done.success()) {
        command.uid(NOBODY).gid(NOBODY);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_cannot_be_written_is_refused_in_plain_words() {
    let data = tempfile::tempdir().unwrap();
    let mut server = Server::start(data.path(), any());
    server.kill();
    drop(server);
    let mut command = Server::command(data.path(), any());
    as_anybody(&mut command, data.path());
    let allow = |mode: u32| {
        let mode = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(data.path(), mode).unwrap();
    };
    for file in std::fs::read_dir(data.path()).unwrap() {
        let mode = std::fs::Permissions::from_mode(0o400);
        std::fs::set_permissions(file.unwrap().path(), mode).unwrap();
    }
    allow(0o500);
    let said = refusal(command);
    allow(0o700);
    let named = said.contains(&data.path().display().to_string());
    assert!(named && said.contains("Permission denied"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_only_file_system_is_refused_in_plain_words() {
    let Some(mounted) = Mounted::new("8m") else {
        eprintln!("cannot mount a file system here: the other test has to do");
        return;
    };
    let data = mounted.0.path().join("data");
    drop(Server::start(&data, any()));
    let mut remount = Command::new("mount");
    let done = remount
        .args(["-o", "remount,ro"])
        .arg(mounted.0.path())
        .status();
    assert!(done.unwrap().success());
    let said = refusal(Server::command(&data, any()));
    let named = said.contains(&data.display().to_string());
    assert!(named && said.contains("Read-only file system"), "{said}");
}
