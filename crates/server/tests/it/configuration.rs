//! The document that lists every key of the configuration.

use lacuna_server::config::Config;
use serde_json::Value;
use std::collections::BTreeMap;

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
