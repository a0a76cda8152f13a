//! Encrypted local stores.
#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests may panic like the tests themselves"
)]

use lacuna_sdk::{Client, ErrorCode, Name, NewMessage, Options, StoreKey, Target};
use lacuna_testing::TestServer;
use std::path::Path;

const MARKER: &str = "marker-5f1c9a";

fn client(server: &TestServer, folder: &Path, key: Option<[u8; 32]>) -> Client {
    let url = format!("http://{}", server.server.addr());
    let options = Options {
        store_key: key.map(StoreKey::new),
        ..Options::new("lacuna#demo", &url, folder)
    };
    Client::new(options).unwrap()
}

fn on_disk(folder: &Path) -> bool {
    std::fs::read_dir(folder).unwrap().any(|entry| {
        let path = entry.unwrap().path();
        if path.is_dir() {
            return on_disk(&path);
        }
        let bytes = std::fs::read(path).unwrap();
        bytes
            .windows(MARKER.len())
            .any(|part| part == MARKER.as_bytes())
    })
}

#[tokio::test]
async fn a_store_opens_with_its_key_alone() {
    let server = TestServer::running().await.unwrap();
    let (plain, secret) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let bob = Target::Peer(Name::new("bob").unwrap());
    let first = client(&server, secret.path(), Some([1; 32]));
    for name in ["alice", "bob"] {
        first.register(name, "x").await.unwrap();
    }
    for (folder, key) in [(plain.path(), None), (secret.path(), Some([1; 32]))] {
        let client = client(&server, folder, key);
        client.login("alice", "x").await.unwrap();
        let sent = NewMessage::text(bob.clone(), format!("the code is {MARKER}"));
        client.chat().send(sent).await.unwrap();
        // While the log still holds it, and after it was closed.
        assert_eq!(on_disk(folder), key.is_none());
        client.close();
        assert_eq!(on_disk(folder), key.is_none());
    }
    for key in [None, Some([2; 32])] {
        let client = client(&server, secret.path(), key);
        let refused = client.login("alice", "x").await.unwrap_err();
        assert_eq!(refused.code(), ErrorCode::DatabaseFailed, "{refused}");
        client.close();
    }
    let again = client(&server, secret.path(), Some([1; 32]));
    again.login("alice", "x").await.unwrap();
    assert_eq!(
        again.chat().count(Some(&bob)).unwrap(),
        1,
        "nothing was lost on the way"
    );
    again.close();
}
