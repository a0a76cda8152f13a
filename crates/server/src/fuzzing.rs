//! Bodies of the fuzz targets of this package, replayed by its tests; see `fuzz/README.md`.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a body of a fuzz target panics to say that something is wrong"
)]

use crate::config::Config;
use crate::service::Service;
use crate::{Metrics, api};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Method, Request, Uri};
use lacuna_domain::{Clock, Millis};
use lacuna_proto::{DOMAIN_CONFERENCE, DOMAIN_USER};
use lacuna_store::memory::MemoryStore;
use lacuna_store::{NewApp, Store};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::sync::Arc;
use tokio::runtime::Builder;
use tower::ServiceExt;

pub use crate::gateway::play::session;

/// Requests that one input may make.
const REQUESTS_MAX: usize = 12;
const USERS: [&str; 2] = ["alice", "bob"];

/// Methods and paths below the application. `{}` is replaced by what the input says.
#[rustfmt::skip] // a route is a line
const ROUTES: &[(&str, &str)] = &[
    ("POST", "token"),
    ("GET", "sdk/users/alice/token/expires"),
    ("POST", "users"),
    ("GET", "users"),
    ("GET", "users/{}"),
    ("PUT", "users/alice"),
    ("DELETE", "users/{}"),
    ("PUT", "users/alice/password"),
    ("GET", "users/alice/resources"),
    ("GET", "users/alice/status"),
    ("GET", "users/alice/disconnect"),
    ("DELETE", "users/alice/disconnect/{}"),
    ("POST", "users/alice/messageroaming"),
    ("GET", "sdk/user/alice/deletions"),
    ("GET", "sdk/user/alice/user_channels/list"),
    ("POST", "sdk/user/alice/user_channel/top"),
    ("DELETE", "sdk/user/alice/user_channel/top"),
    ("GET", "users/alice/user_channels"),
    ("GET", "users/alice/user_channels/page"),
    ("DELETE", "users/alice/user_channel"),
    ("DELETE", "user/bob/user_channel"),
    ("GET", "users/alice/joined_chatgroups"),
    ("GET", "chatgroups/user/alice"),
    ("POST", "chatgroups"),
    ("GET", "chatgroups/{}"),
    ("DELETE", "chatgroups/{}"),
    ("GET", "chatgroups/{group}/users"),
    ("POST", "chatgroups/{group}/users"),
    ("POST", "chatgroups/{group}/users/{}"),
    ("DELETE", "chatgroups/{group}/users/{}"),
    ("GET", "chatgroups/{group}/user/{}/is_joined"),
    ("POST", "chatgroups/{group}/invite"),
    ("POST", "chatgroups/{group}/apply"),
    ("DELETE", "chatgroups/{group}/quit"),
    ("POST", "messages/users"),
    ("POST", "messages/chatgroups"),
    ("DELETE", "sdk/message/roaming/chat/user/alice"),
    ("DELETE", "rest/message/roaming/{}/user/alice"),
    ("DELETE", "message/roaming/chat/user/alice/time"),
    ("POST", "sdk/message/roaming/{}/user/bob/time"),
    ("POST", "sdk/message/roaming/user/alice/delete/all"),
    ("POST", "{}"),
    ("GET", "{}"),
];

#[derive(Debug)]
struct Still;

impl Clock for Still {
    fn now(&self) -> Millis {
        Millis(1_795_000_000_000)
    }
}

/// Makes requests to a fresh server over a memory store with two users and a group. A line is a request: the route's place in
/// [`ROUTES`] as a character from `0` on, the caller (`A` the application, `a` alice, `b` bob, else nobody), what stands for
/// `{}` with the query, a tab, and the body. In query and body `$1`, `$2` … are the ids of the messages there are.
///
/// # Panics
/// If an answer is no JSON or says that something failed inside, if a message that was gone from a history comes back (L1), or
/// if what one user does takes a message from another's history (L3).
pub fn rest(input: &[u8]) {
    let runtime = Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let Ok(text) = std::str::from_utf8(input) else {
            return;
        };
        let mut site = Site::new().await;
        for line in text.lines().take(REQUESTS_MAX) {
            site.request(line).await;
        }
    });
}

struct Site {
    router: Router,
    tokens: Vec<(char, String)>,
    group: String,
    /// The ids of all messages that were ever in a history.
    ids: Vec<String>,
    /// What each user sees, and what it does not see any more.
    seen: [BTreeSet<String>; 2],
    gone: [BTreeSet<String>; 2],
}

impl Site {
    async fn new() -> Self {
        let mut config = Config::default();
        config.limits.requests_per_second = 0;
        config.limits.requests_per_second_per_user = 0;
        config.limits.failed_logins = 0;
        let store = MemoryStore::new(0);
        let app = NewApp {
            org: "acme".into(),
            name: "demo".into(),
            client_id: "id".into(),
            client_secret_sha256: Sha256::digest("secret").into(),
            open_registration: true,
            roaming_delete: true,
            retention_days: 0,
        };
        store.create_app(app).await.unwrap();
        let (config, metrics) = (Arc::new(config), Arc::new(Metrics::new()));
        let service = Service::new(Arc::new(store), config, Arc::new(Still), metrics);
        let mut site = Self {
            router: api::router(Arc::new(service)),
            tokens: Vec::new(),
            group: String::new(),
            ids: Vec::new(),
            seen: Default::default(),
            gone: Default::default(),
        };
        let ask = json!({"grant_type": "client_credentials", "client_id": "id", "client_secret": "secret"});
        site.token('A', &ask).await;
        for user in USERS {
            let ask = json!({"grant_type": "inherit", "username": user, "autoCreateUser": true});
            site.token(user.chars().next().unwrap(), &ask).await;
        }
        let group = json!({"groupname": "g", "desc": "", "public": true, "owner": "alice", "members": ["bob"]});
        let made = site
            .call("POST", "chatgroups", 'A', group.to_string())
            .await;
        site.group = made["data"]["groupid"].as_str().unwrap().to_owned();
        for (from, to) in [("alice", "bob"), ("bob", "alice"), ("bob", "alice")] {
            let send = json!({"from": from, "to": [to], "type": "txt", "body": {"msg": "hi"}});
            site.call("POST", "messages/users", 'A', send.to_string())
                .await;
        }
        site.look('A').await;
        assert_eq!(site.ids.len(), 3, "what was sent is in the histories");
        site
    }

    async fn token(&mut self, who: char, ask: &Value) {
        let caller = if who == 'A' { '-' } else { 'A' };
        let answer = self.call("POST", "token", caller, ask.to_string()).await;
        let token = answer["access_token"].as_str().unwrap().to_owned();
        self.tokens.push((who, token));
    }

    async fn request(&mut self, line: &str) {
        let mut chars = line.chars();
        let (Some(route), Some(who)) = (chars.next(), chars.next()) else {
            return;
        };
        let place = usize::try_from(u32::from(route)).unwrap().wrapping_sub(48);
        let Some((method, path)) = ROUTES.get(place) else {
            return;
        };
        let (rest, body) = chars
            .as_str()
            .split_once('\t')
            .unwrap_or((chars.as_str(), ""));
        let (part, query) = rest.split_once('?').unwrap_or((rest, ""));
        let path = path.replace("{group}", &self.group).replace("{}", part);
        let path = self.with_ids(&format!("{path}?{query}"));
        let body = self.with_ids(body);
        self.call(method, &path, who, body).await;
        self.look(who).await;
    }

    fn with_ids(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (nth, id) in self.ids.iter().enumerate().take(9) {
            text = text.replace(&format!("${}", nth + 1), id);
        }
        text.replace("$g", &self.group)
    }

    /// The answer to a request; nothing if it cannot be made.
    async fn call(&self, method: &str, path: &str, who: char, body: String) -> Value {
        let Ok(uri) = format!("/acme/demo/{path}").parse::<Uri>() else {
            return Value::Null;
        };
        let method: Method = method.parse().unwrap();
        let mut request = Request::builder()
            .method(method)
            .uri(uri)
            .header("host", "localhost");
        if let Some((_, token)) = self.tokens.iter().find(|(owner, _)| *owner == who) {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let request = request.body(Body::from(body)).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        let answer = serde_json::from_slice(&bytes);
        let text = String::from_utf8_lossy(&bytes);
        assert!(status < 500, "{path}: {status} {text}");
        answer.unwrap_or_else(|_| panic!("{path}: {status} is no JSON: {text}"))
    }

    /// Reads the histories of both users after `who` did something.
    async fn look(&mut self, who: char) {
        for (nth, user) in USERS.iter().enumerate() {
            let sees = self.history(user).await;
            if let Some(back) = sees.intersection(&self.gone[nth]).next() {
                panic!("{back} comes back to {user}");
            }
            let lost: Vec<String> = self.seen[nth].difference(&sees).cloned().collect();
            let other = who != 'A' && who != user.chars().next().unwrap();
            assert!(!other || lost.is_empty(), "{who} took {lost:?} from {user}");
            self.gone[nth].extend(lost);
            for id in &sees {
                if !self.ids.contains(id) {
                    self.ids.push(id.clone());
                }
            }
            self.seen[nth] = sees;
        }
    }

    /// What a user sees in its conversation with the other and in the group.
    async fn history(&self, user: &str) -> BTreeSet<String> {
        let peer = if user == "alice" { "bob" } else { "alice" };
        let mut ids = BTreeSet::new();
        for queue in [
            format!("{peer}@{DOMAIN_USER}"),
            format!("{}@{DOMAIN_CONFERENCE}", self.group),
        ] {
            let ask = json!({"queue": queue, "start": -1, "pull_number": 50});
            let path = format!("users/{user}/messageroaming");
            let answer = self.call("POST", &path, 'A', ask.to_string()).await;
            let rows = answer["data"]["msgs"].as_array().into_iter().flatten();
            ids.extend(rows.filter_map(|row| row["msg_id"].as_str().map(str::to_owned)));
        }
        ids
    }
}

#[cfg(test)]
#[path = "../../../fuzz/replay.rs"]
mod replay;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_corpora_are_replayed() {
        replay::corpus("session", session);
        replay::corpus("rest", rest);
    }

    proptest! {
        #[test]
        fn any_steps_of_a_session(input in prop::collection::vec(any::<u8>(), 0..400)) {
            session(&input);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]
        #[test]
        fn any_requests(input in prop::collection::vec("[0-Z][Aab][a-z$0-9]{0,3}\\?[a-z=&$0-9]{0,12}\t.{0,30}", 1..6)) {
            rest(input.join("\n").as_bytes());
        }
    }
}
