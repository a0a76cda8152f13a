//! The client commands, as a shell would run them.

use super::serving::Server;
use serde_json::Value;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

/// A server, and a folder with a store for each device.
struct Shell {
    folder: TempDir,
    server: Server,
}

/// What a command did.
#[derive(Debug)]
struct Did {
    code: i32,
    rows: Vec<Value>,
    said: String,
}

fn text(row: &Value, key: &str) -> String {
    row.get(key).and_then(Value::as_str).unwrap().to_owned()
}

impl Shell {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let any_port = "127.0.0.1:0".parse().unwrap();
        let server = Server::start(&folder.path().join("data"), any_port);
        std::fs::write(folder.path().join("password"), "secret\n").unwrap();
        Self { folder, server }
    }

    fn store(&self, device: &str) -> std::path::PathBuf {
        self.folder.path().join(device)
    }

    /// Runs a command on a device, with JSON as its answer.
    fn run(&self, device: &str, line: &str) -> Did {
        let output = Command::new(env!("CARGO_BIN_EXE_lacuna"))
            .args(line.split_whitespace())
            .args(["--json", "--store"])
            .arg(self.store(device))
            .env_remove("LACUNA_PASSWORD")
            .output()
            .unwrap();
        let lines = String::from_utf8(output.stdout).unwrap();
        Did {
            code: output.status.code().unwrap(),
            rows: lines
                .lines()
                .map(|line| serde_json::from_str(line).unwrap())
                .collect(),
            said: String::from_utf8(output.stderr).unwrap(),
        }
    }

    fn done(&self, device: &str, line: &str) -> Vec<Value> {
        let did = self.run(device, line);
        assert_eq!(did.code, 0, "{line}: {}", did.said);
        did.rows
    }

    fn login(&self, device: &str, user: &str, more: &str) {
        let server = format!("http://{}", self.server.addr());
        let password = self.folder.path().join("password").display().to_string();
        let line = format!(
            "login --server {server} --user {user} --password-file {password} --device {device} {more}"
        );
        let rows = self.done(device, &line);
        assert_eq!(text(rows.first().unwrap(), "device"), device);
    }

    fn texts(&self, device: &str, line: &str) -> Vec<String> {
        let rows = self.done(device, line);
        rows.iter().map(|row| text(row, "text")).collect()
    }
}

#[test]
fn a_user_deletes_from_the_command_line() {
    let shell = Shell::start();
    shell.login("phone", "alice", "--register");
    shell.login("tablet", "alice", "");
    shell.login("laptop", "bob", "--register");
    let mode = std::fs::metadata(shell.store("phone").join("login.json")).unwrap();
    assert_eq!(mode.permissions().mode() & 0o777, 0o600);
    for word in ["mountains", "code", "train"] {
        shell.done("laptop", &format!("send alice {word}"));
    }
    let all = ["mountains", "code", "train"];
    assert_eq!(shell.texts("tablet", "history bob"), all);
    assert_eq!(shell.texts("tablet", "search moun"), ["mountains"]);
    let found = shell.done("phone", "search code");
    let delete = format!("delete bob --id {}", text(found.first().unwrap(), "id"));
    let did = shell.run("phone", &delete);
    assert_eq!(did.code, 2, "destroying needs a word more");
    shell.done("phone", &format!("{delete} --dry-run"));
    assert_eq!(shell.texts("phone", "history bob"), all);
    shell.done("phone", &format!("{delete} --yes"));
    let left = ["mountains", "train"];
    for line in ["history bob", "history bob --local"] {
        assert_eq!(shell.texts("phone", line), left, "{line}");
        assert_eq!(shell.texts("tablet", line), left, "{line}");
    }
    assert_eq!(shell.texts("laptop", "history alice"), all, "Bob keeps his");
    // On the tablet alone: it comes back with history.
    shell.done("tablet", "delete bob --all --local --yes");
    assert_eq!(shell.texts("tablet", "history bob --local"), [""; 0]);
    assert_eq!(shell.texts("tablet", "history bob --save"), left);
    assert_eq!(shell.texts("tablet", "history bob --local"), left);
    shell.done("phone", "delete --everything --yes");
    assert_eq!(shell.done("tablet", "conversations").len(), 0);
    assert_eq!(shell.done("tablet", "conversations --from-server").len(), 0);
}

#[test]
fn a_login_is_forgotten() {
    let shell = Shell::start();
    assert_eq!(shell.run("phone", "conversations").code, 2);
    shell.login("phone", "alice", "--register");
    shell.done("phone", "conversations");
    let store = shell.store("phone").join("lacuna_demo/alice.db");
    assert_eq!(shell.run("phone", "logout --delete-store").code, 2);
    assert!(store.exists());
    shell.done("phone", "logout --delete-store --yes");
    assert!(!store.exists());
    assert_eq!(shell.run("phone", "conversations").code, 2);
    assert_eq!(shell.run("phone", "chat").code, 2, "there is no terminal");
}

#[test]
fn the_first_app_of_the_page_is_one_that_compiles() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let page = std::fs::read_to_string(root.join("docs/sdk.md")).unwrap();
    let app = std::fs::read_to_string(root.join("crates/sdk/examples/first.rs")).unwrap();
    assert!(page.contains(&format!("```rust\n{app}```\n")));
}

#[test]
fn the_document_of_the_api_is_printed() {
    let output = Command::new(env!("CARGO_BIN_EXE_lacuna"))
        .arg("openapi")
        .output()
        .unwrap();
    let committed = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json");
    let same = output.stdout == std::fs::read(committed).unwrap();
    assert!(
        output.status.success() && same,
        "another document than docs/openapi.json"
    );
}
