//! A server that speaks TLS by itself.

use super::live::{call, connect, log_in, provision, start};
use lacuna_server::config::TlsConfig;
use rustls::pki_types::CertificateDer;
use std::path::Path;

/// Writes a new certificate for `localhost`, with its key.
fn certify(dir: &Path) -> CertificateDer<'static> {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let der = made.cert.der().clone();
    std::fs::write(dir.join("cert.pem"), pem("CERTIFICATE", &der)).unwrap();
    let key = made.signing_key.serialize_der();
    std::fs::write(dir.join("key.pem"), pem("PRIVATE KEY", &key)).unwrap();
    der
}

fn pem(label: &str, der: &[u8]) -> String {
    use base64::Engine;
    let text = base64::engine::general_purpose::STANDARD.encode(der);
    format!("-----BEGIN {label}-----\n{text}\n-----END {label}-----\n")
}

fn files(dir: &Path) -> TlsConfig {
    TlsConfig {
        cert: dir.join("cert.pem"),
        key: dir.join("key.pem"),
    }
}

#[tokio::test]
async fn calls_and_sockets_go_over_tls() {
    let dir = tempfile::tempdir().unwrap();
    let trusted = certify(dir.path());
    let server = start(|config| config.server.tls = Some(files(dir.path()))).await;
    let addr = server.addr();
    // Somebody who connects and says nothing keeps nobody waiting.
    let _silent = connect(addr, None).await.unwrap();
    let token = log_in(addr, Some(&trusted), "alice", "pw").await;
    let socket = connect(addr, Some(&trusted)).await.unwrap();
    provision(socket, "alice", &token).await.unwrap();
    let socket = connect(addr, Some(&trusted)).await.unwrap();
    provision(socket, "alice", "wrong").await.unwrap_err();
    let plain = tokio_tungstenite::client_async(
        "ws://localhost/websocket",
        connect(addr, None).await.unwrap(),
    );
    assert!(plain.await.is_err(), "the door speaks TLS only");
    server.stop().await.unwrap();
}

#[tokio::test]
async fn a_certificate_is_renewed_without_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let first = certify(dir.path());
    let server = start(|config| config.server.tls = Some(files(dir.path()))).await;
    let addr = server.addr();
    let second = certify(dir.path());
    assert!(connect(addr, Some(&second)).await.is_err());
    server.reload_tls().unwrap();
    assert!(connect(addr, Some(&first)).await.is_err());
    let mut stream = connect(addr, Some(&second)).await.unwrap();
    assert_eq!(call(&mut stream, "GET /healthz", &[], "").await.0, 200);
    std::fs::write(dir.path().join("key.pem"), "nonsense").unwrap();
    let error = server.reload_tls().unwrap_err();
    assert!(error.to_string().contains("key.pem"), "{error}");
    assert!(connect(addr, Some(&second)).await.is_ok());
    server.stop().await.unwrap();
}

/// Behind a proxy that is named, guesses are counted for whom the proxy names.
#[tokio::test]
async fn addresses_are_throttled_as_proxies_name_them() {
    let server = start(|config| {
        config.server.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
        config.limits.failed_logins = 3;
    })
    .await;
    let guess = async |from: &str, name: &str| {
        let body = format!(r#"{{"grant_type":"password","username":"{name}","password":"x"}}"#);
        let mut stream = connect(server.addr(), None).await.unwrap();
        let headers = [("x-forwarded-for", from)];
        let line = "POST /lacuna/demo/token";
        call(&mut stream, line, &headers, &body).await.0
    };
    for name in ["a", "b", "c"] {
        assert_eq!(guess("1.2.3.4", name).await, 404);
    }
    assert_eq!(guess("1.2.3.4", "d").await, 429);
    assert_eq!(guess("6.6.6.6, 1.2.3.4", "d").await, 429);
    assert_eq!(guess("1.2.3.5", "d").await, 404);
    server.stop().await.unwrap();
}
