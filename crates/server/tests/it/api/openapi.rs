//! The document of what is served.

use super::Server;
use lacuna_server::api;
use serde_json::Value;
use std::path::Path;

#[test]
fn the_committed_document_is_fresh() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json");
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        committed == api::openapi(),
        "docs/openapi.json is stale: cargo run -- openapi > docs/openapi.json"
    );
}

#[tokio::test]
async fn the_document_is_served() {
    let server = Server::new().await;
    let answer = server.get("/openapi.json", "").await;
    let document: Value = serde_json::from_str(&api::openapi()).unwrap();
    assert_eq!(answer.ok(), &document);
    assert_eq!(answer.headers["content-type"], "application/json");
}
