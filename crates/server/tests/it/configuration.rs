//! The configuration: that every key of it is documented, and that applications are as it says.

use lacuna_server::config::{AppConfig, Config};
use lacuna_server::{Error, Server, SystemClock};
use lacuna_store::Store;
use lacuna_store::memory::MemoryStore;
use serde_json::Value;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

const DOCUMENT: &str = include_str!("../../../../docs/configuration.md");

/// Every optional table, so that its keys are there.
const WHOLE: &str = r#"
[server]
tls = { cert = "a", key = "b" }
[apps."acme#chat"]
client_id = "a"
client_secret = "b"
webhooks = { url = "https://a", secret = "b", events = [] }
pre_send = { url = "https://a", secret = "b" }
"#;

/// The keys of each section, and of a table in one.
fn keys(config: &Value) -> BTreeMap<String, Vec<String>> {
    let mut keys = BTreeMap::new();
    for (section, fields) in config.as_object().unwrap() {
        let (heading, fields) = match section.as_str() {
            "apps" => ("apps.\"org#name\"", &fields["acme#chat"]),
            other => (other, fields),
        };
        let mut found = Vec::new();
        for (key, value) in fields.as_object().unwrap() {
            match value {
                Value::Object(table) => found.extend(table.keys().map(|of| format!("{key}.{of}"))),
                _ => found.push(key.clone()),
            }
        }
        found.sort();
        keys.insert(heading.to_owned(), found);
    }
    keys
}

/// The keys that the tables of the document name, by their headings.
fn documented() -> BTreeMap<String, Vec<String>> {
    let mut keys = BTreeMap::new();
    for section in DOCUMENT.split("\n## `[").skip(1) {
        let (heading, rest) = section.split_once("]`").unwrap();
        let rows = rest.lines().filter(|line| line.starts_with("| `"));
        let cells = rows.filter_map(|row| row.split('|').nth(1));
        let mut found: Vec<String> = cells
            .flat_map(|cell| cell.split(','))
            .map(|key| key.trim().trim_matches('`').to_owned())
            .collect();
        found.sort();
        keys.insert(heading.to_owned(), found);
    }
    keys
}

#[test]
fn every_key_is_documented_and_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("lacuna.toml");
    std::fs::write(&file, WHOLE).unwrap();
    let config = Config::load(Some(&file)).unwrap();
    assert_eq!(documented(), keys(&serde_json::to_value(config).unwrap()));
}

fn configured(apps: &[(&str, &str, &str)]) -> Config {
    let mut config = Config::default();
    config.server.listen = SocketAddr::from(([127, 0, 0, 1], 0));
    for (key, client, secret) in apps {
        let app = AppConfig {
            client_id: (*client).to_owned(),
            client_secret: (*secret).to_owned().into(),
            ..AppConfig::default()
        };
        config.apps.insert((*key).to_owned(), app);
    }
    config
}

/// Starts a server, and lets it go.
async fn start(store: &Arc<MemoryStore>, apps: &[(&str, &str, &str)]) -> Result<(), Error> {
    let shared: Arc<dyn Store> = Arc::<MemoryStore>::clone(store);
    let server = Server::start(configured(apps), shared, Arc::new(SystemClock)).await;
    drop(server?);
    Ok(())
}

#[tokio::test]
async fn an_application_is_as_it_is_configured() {
    let store = Arc::new(MemoryStore::new(0));
    let (one, two) = (("acme#one", "a", "s1"), ("acme#two", "b", "s2"));
    start(&store, &[one, two]).await.unwrap();
    let before = store.apps().await.unwrap();
    start(&store, &[("acme#one", "c", "other")]).await.unwrap();
    let after = store.apps().await.unwrap();
    let (was, is) = (&before[0].settings, &after[0].settings);
    assert_eq!((after[0].id, is.client_id.as_str()), (before[0].id, "c"));
    assert_ne!(is.client_secret_sha256, was.client_secret_sha256);
    assert_eq!(
        after[1].settings, before[1].settings,
        "not named: as it was"
    );
    let refused = start(&store, &[("acme#one", "b", "s1")]).await.unwrap_err();
    let why = std::error::Error::source(&refused).unwrap().to_string();
    let want = "the client id of an application is another's";
    assert_eq!(why, want);
    assert_eq!(store.apps().await.unwrap()[0].settings, *is);
}
