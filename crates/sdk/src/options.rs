//! How an app sets the SDK up.

use crate::error::{Error, Result};
use lacuna_domain::{Clock, ErrorCode, Millis};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// What a [`Client`](crate::Client) is made of.
#[derive(Clone, Debug)]
pub struct Options {
    /// The application, `org#name`.
    pub app_key: String,
    /// The base of the server's API, without a slash at its end: `http://127.0.0.1:8080`.
    pub rest_url: String,
    /// The server's socket: `ws://127.0.0.1:8080/websocket`.
    pub socket_url: String,
    /// The folder of the local stores; one file for each user in it.
    pub folder: PathBuf,
    /// What this device is called for people.
    pub device_name: String,
    /// What this device is called on the wire; none for a name that the store makes up once.
    pub resource: Option<String>,
    /// What the local store is encrypted with. Needs the feature `encryption`.
    pub store_key: Option<lacuna_sqlite::Key>,
    /// Whether the conversation list holds empty conversations.
    pub empty_conversations: bool,
    /// Whether the sender of a message is told when it arrives here.
    pub delivery_receipts: bool,
    /// How long an answer of the server is waited for.
    pub answer_wait: Duration,
    /// How long a message waits for a connection and its acknowledgement before it counts as failed.
    pub send_wait: Duration,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

impl Options {
    /// The usual set-up for a server at `rest_url` (`http://HOST` or `https://HOST`), with its socket at `/websocket`.
    #[must_use]
    pub fn new(app_key: &str, rest_url: &str, folder: impl Into<PathBuf>) -> Self {
        let rest_url = rest_url.trim_end_matches('/');
        let socket = match rest_url.strip_prefix("https://") {
            Some(host) => format!("wss://{host}/websocket"),
            None => format!(
                "ws://{}/websocket",
                rest_url.strip_prefix("http://").unwrap_or(rest_url)
            ),
        };
        Self {
            app_key: app_key.to_owned(),
            rest_url: rest_url.to_owned(),
            socket_url: socket,
            folder: folder.into(),
            device_name: "lacuna".to_owned(),
            resource: None,
            store_key: None,
            empty_conversations: false,
            delivery_receipts: false,
            answer_wait: Duration::from_secs(30),
            send_wait: Duration::from_mins(1),
            clock: Arc::new(SystemClock),
        }
    }

    /// The two halves of the application's key.
    pub(crate) fn app(&self) -> Result<(&str, &str)> {
        let halves = self.app_key.split_once('#');
        halves
            .filter(|(org, app)| !org.is_empty() && !app.is_empty() && !app.contains('#'))
            .ok_or_else(|| {
                Error::new(
                    ErrorCode::AppNotFound,
                    format!("app key {:?} is not of the form org#name", self.app_key),
                )
            })
    }
}

/// The system's wall clock.
#[derive(Clone, Copy, Debug)]
struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that reads the wall clock"
    )]
    fn now(&self) -> Millis {
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Millis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_socket_is_beside_the_api() {
        let check = |rest: &str, want: &str| {
            assert_eq!(Options::new("a#b", rest, "x").socket_url, want, "{rest}");
        };
        check("http://127.0.0.1:1/", "ws://127.0.0.1:1/websocket");
        check(
            "https://chat.example.org",
            "wss://chat.example.org/websocket",
        );
    }

    #[test]
    fn an_app_key_has_two_halves() {
        let check = |key: &str, good: bool| {
            let options = Options::new(key, "http://x", "x");
            assert_eq!(options.app().is_ok(), good, "{key}");
        };
        check("acme#chat", true);
        check("acme", false);
        check("#chat", false);
        check("acme#", false);
        check("a#b#c", false);
    }
}
