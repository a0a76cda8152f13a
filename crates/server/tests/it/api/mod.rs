//! The REST API over a memory store, without sockets.

mod acks;
mod activity;
mod annotations;
mod audit;
mod contacts;
mod conversations;
mod deletions;
mod facts;
mod files;
mod group_facts;
mod group_info;
mod groups;
mod guard;
mod history;
mod hooks;
mod imports;
mod isolation;
mod joining;
mod limits;
mod managing;
mod messages;
mod moderating;
mod openapi;
mod presence;
mod room_managing;
mod room_stays;
mod rooms;
mod settings;
mod shared_files;
mod threads;
mod users;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request};
use lacuna_domain::{Clock, Millis};
use lacuna_server::config::Config;
use lacuna_server::service::Service;
use lacuna_server::{Metrics, api};
use lacuna_store::memory::MemoryStore;
use lacuna_store::{NewApp, Store};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tower::ServiceExt;

pub(crate) const START_MS: u64 = 1_795_000_000_000;

/// A clock that is set by hand.
#[derive(Debug)]
pub(crate) struct HandClock(pub(crate) AtomicU64);

impl Clock for HandClock {
    fn now(&self) -> Millis {
        Millis(self.0.load(Ordering::Relaxed))
    }
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
    pub(crate) json: Value,
}

impl Answer {
    /// The answer must be this refusal.
    #[track_caller]
    pub(crate) fn refused(&self, status: u16, error: &str, description: &str) -> &Self {
        let found = (
            self.status,
            self.json["error"].as_str(),
            self.json["error_description"].as_str(),
        );
        assert_eq!(
            found,
            (status, Some(error), Some(description)),
            "{}",
            self.text
        );
        for field in ["exception", "code", "request_id"] {
            assert!(
                self.json[field]
                    .as_str()
                    .is_some_and(|text| !text.is_empty()),
                "{field} in {}",
                self.text
            );
        }
        assert!(
            self.json["timestamp"].is_u64() && self.json["duration"] == 0,
            "{}",
            self.text
        );
        assert_eq!(self.headers["content-type"], "application/json");
        self
    }

    /// The answer must be a success.
    #[track_caller]
    pub(crate) fn ok(&self) -> &Value {
        assert_eq!(self.status, 200, "{}", self.text);
        &self.json
    }
}

/// A server without sockets: one app `acme#demo`, and `other#app`, both open.
pub(crate) struct Server {
    pub(crate) router: Router,
    pub(crate) service: Arc<Service>,
    pub(crate) clock: Arc<HandClock>,
}

impl Server {
    pub(crate) async fn new() -> Self {
        Self::with(|_, _| {}).await
    }

    /// With changes to the configuration and to the apps.
    pub(crate) async fn with(change: impl Fn(&mut Config, &mut NewApp)) -> Self {
        let mut config = Config::default();
        config.limits.requests_per_second = 0;
        config.limits.requests_per_second_per_user = 0;
        let store = MemoryStore::new(0);
        for (org, name) in [("acme", "demo"), ("other", "app")] {
            let mut app = NewApp {
                org: org.into(),
                name: name.into(),
                client_id: format!("{org}-id"),
                client_secret_sha256: Sha256::digest("secret").into(),
                open_registration: true,
                roaming_delete: true,
                retention_days: 0,
            };
            change(&mut config, &mut app);
            store.create_app(app).await.unwrap();
        }
        let clock = Arc::new(HandClock(AtomicU64::new(START_MS)));
        let service = Arc::new(Service::new(
            Arc::new(store),
            Arc::new(config),
            Arc::<HandClock>::clone(&clock),
            Arc::new(Metrics::new()),
        ));
        Self {
            router: api::router(Arc::clone(&service)),
            service,
            clock,
        }
    }

    pub(crate) fn pass_ms(&self, ms: u64) {
        self.clock.0.fetch_add(ms, Ordering::Relaxed);
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        let json = serde_json::from_str(&text).unwrap_or(Value::Null);
        Answer {
            status,
            headers,
            text,
            json,
        }
    }

    /// A request to `acme/demo` with a body as it is.
    pub(crate) async fn raw(
        &self,
        method: &str,
        path: &str,
        token: &str,
        body: impl Into<Body>,
    ) -> Answer {
        let uri = if path.starts_with('/') {
            path.to_owned()
        } else {
            format!("/acme/demo/{path}")
        };
        let mut request = Request::builder()
            .method(method)
            .uri(uri)
            .header("host", "localhost:8080");
        if !token.is_empty() {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        self.send(request.body(body.into()).unwrap()).await
    }

    pub(crate) async fn get(&self, path: &str, token: &str) -> Answer {
        self.raw("GET", path, token, Body::empty()).await
    }

    pub(crate) async fn delete(&self, path: &str, token: &str) -> Answer {
        self.raw("DELETE", path, token, Body::empty()).await
    }

    pub(crate) async fn post(&self, path: &str, token: &str, body: Value) -> Answer {
        self.raw("POST", path, token, body.to_string()).await
    }

    pub(crate) async fn put(&self, path: &str, token: &str, body: Value) -> Answer {
        self.raw("PUT", path, token, body.to_string()).await
    }

    /// An app token of `acme#demo`.
    pub(crate) async fn app_token(&self) -> String {
        self.app_token_of("acme/demo", "acme-id").await
    }

    pub(crate) async fn app_token_of(&self, app: &str, id: &str) -> String {
        let body =
            json!({"grant_type": "client_credentials", "client_id": id, "client_secret": "secret"});
        let answer = self.post(&format!("/{app}/token"), "", body).await;
        answer.ok()["access_token"].as_str().unwrap().to_owned()
    }

    /// Registers a user and logs it in.
    pub(crate) async fn user(&self, name: &str) -> String {
        self.post("users", "", json!({"username": name, "password": "pw"}))
            .await
            .ok();
        let answer = self
            .post(
                "token",
                "",
                json!({"grant_type": "password", "username": name, "password": "pw"}),
            )
            .await;
        answer.ok()["access_token"].as_str().unwrap().to_owned()
    }

    /// Sends a text from one user to another. Answers its id.
    pub(crate) async fn text(&self, app_token: &str, from: &str, to: &str, text: &str) -> String {
        let body = json!({"from": from, "to": [to], "type": "txt", "body": {"msg": text}, "sync_device": true});
        let path = if to.bytes().all(|byte| byte.is_ascii_digit()) {
            "messages/chatgroups"
        } else {
            "messages/users"
        };
        let answer = self.post(path, app_token, body).await;
        answer.ok()["data"][to].as_str().unwrap().to_owned()
    }

    /// The ids of a user's history with a queue, newest first.
    pub(crate) async fn history(&self, token: &str, me: &str, queue: &str) -> Vec<String> {
        let answer = self
            .post(
                &format!("users/{me}/messageroaming"),
                token,
                json!({"queue": queue, "start": -1, "pull_number": 50}),
            )
            .await;
        let rows = answer.ok()["data"]["msgs"].as_array().unwrap().clone();
        rows.iter()
            .map(|row| row["msg_id"].as_str().unwrap().to_owned())
            .collect()
    }
}
