//! What must not be in any log.

use super::live::{call, connect, log_in, provision, start};
use std::io::Write;
use std::sync::{Arc, Mutex};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

/// Everything that was logged.
#[derive(Clone, Debug, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

const SECRETS: [&str; 5] = [
    "pass-w0rd",
    "wr0ng-guess",
    "new-pass-w0rd",
    "demo-secret",
    "n0-such-token",
];

const APP: &str =
    r#"{"grant_type":"client_credentials","client_id":"demo","client_secret":"demo-secret"}"#;
const GUESS: &str = r#"{"grant_type":"password","username":"alice","password":"wr0ng-guess"}"#;

/// Calls that go well and that do not, each with the token that it carries.
#[rustfmt::skip] // a call is a row
const CALLS: [(&str, &str, &str); 12] = [
    ("POST /lacuna/demo/token", "", APP),
    ("POST /lacuna/demo/token", "", r#"{"grant_type":"client_credentials","client_id":"demo","client_secret":"wr0ng-guess"}"#),
    ("POST /lacuna/demo/token", "", GUESS),
    ("POST /lacuna/demo/token", "", GUESS),
    ("POST /lacuna/demo/token", "", GUESS),
    ("POST /lacuna/demo/token", "", r#"{"grant_type":"password","username":"nobody","password":"wr0ng-guess"}"#),
    ("POST /lacuna/demo/token", "", r#"{"grant_type":"password","password":"wr0ng-guess", n0nsense"#),
    ("POST /lacuna/demo/users", "", r#"{"username":"alice","password":"pass-w0rd"}"#),
    ("GET /lacuna/demo/users/alice", "n0-such-token", ""),
    ("GET /lacuna/demo/users/alice?access_token=n0-such-token", "", ""),
    ("PUT /lacuna/demo/users/alice/password", "ALICE", r#"{"newpassword":"new-pass-w0rd"}"#),
    ("GET /metrics", "n0-such-token", ""),
];

/// The subscriber is the process's: other tests log into it too, which is as well.
#[tokio::test]
async fn passwords_tokens_and_secrets_are_never_logged() {
    let log = Log::default();
    let logs = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(
            "lacuna_server=trace,lacuna_store=trace,lacuna_sqlite=trace,lacuna_proto=trace,lacuna_domain=trace",
        ))
        .with_span_events(tracing_subscriber::fmt::format::FmtSpan::FULL)
        .with_ansi(false)
        .with_writer(log.clone())
        .finish();
    tracing::subscriber::set_global_default(logs).unwrap();
    let server = start(|config| config.limits.failed_logins = 2).await;
    let addr = server.addr();
    let mut secrets = SECRETS.to_vec();
    let token = log_in(addr, None, "alice", "pass-w0rd").await;
    secrets.push(&token);
    let mut app_token = String::new();
    for (line, given, body) in CALLS {
        let bearer = format!("Bearer {}", given.replace("ALICE", &token));
        let headers = [
            ("authorization", bearer.as_str()),
            ("x-request-id", "here-it-is"),
        ];
        let mut stream = connect(addr, None).await.unwrap();
        let (_, _, json) = call(&mut stream, line, &headers, body).await;
        if body == APP {
            app_token = json["access_token"].as_str().unwrap().to_owned();
        }
    }
    secrets.push(&app_token);
    for token in [&token, "n0-such-token"] {
        let stream = connect(addr, None).await.unwrap();
        let done = provision(stream, "alice", token).await;
        assert_eq!(done.is_ok(), token != "n0-such-token", "{done:?}");
    }
    server.stop().await.unwrap();
    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(
        text.contains("here-it-is") && text.contains("refused"),
        "{text}"
    );
    for secret in secrets {
        let line = text.lines().find(|line| line.contains(secret));
        assert_eq!(line, None, "{secret} is in the log");
    }
}
