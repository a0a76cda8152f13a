//! The REST API of a server that may not answer.

use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const APP: &str = "/lacuna/demo";

/// What a server answered: a status, and JSON.
pub(crate) type Answer = (u16, Value);

/// Calls of one user, or of the application.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    addr: SocketAddr,
    token: String,
}

impl Caller {
    /// The server API.
    pub(crate) async fn app(addr: SocketAddr) -> Self {
        let nobody = Self {
            addr,
            token: String::new(),
        };
        let ask = json!({"grant_type": "client_credentials", "client_id": "demo", "client_secret": "demo-secret"});
        let answer = nobody.fine("POST", "token", Some(&ask)).await;
        nobody.with(&answer)
    }

    /// A user, who is registered if need be.
    pub(crate) async fn user(&self, name: &str) -> Self {
        let ask = json!({"grant_type": "inherit", "username": name, "autoCreateUser": true});
        let answer = self.fine("POST", "token", Some(&ask)).await;
        self.with(&answer)
    }

    /// The same at another server, which knows the token.
    pub(crate) fn at(&self, addr: SocketAddr) -> Self {
        Self {
            addr,
            token: self.token.clone(),
        }
    }

    fn with(&self, answer: &Value) -> Self {
        Self {
            addr: self.addr,
            token: answer["access_token"].as_str().unwrap().to_owned(),
        }
    }

    pub(crate) fn token(&self) -> &str {
        &self.token
    }

    /// Calls. None if the connection ended before the answer was whole: then nobody knows what became of it.
    pub(crate) async fn ask(
        &self,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> Option<Answer> {
        let body = body.map_or_else(String::new, Value::to_string);
        let request = format!(
            "{method} {APP}/{path} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
            self.addr,
            self.token,
            body.len()
        );
        let mut stream = TcpStream::connect(self.addr).await.ok()?;
        stream.write_all(request.as_bytes()).await.ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.ok()?;
        let (head, body) = answer.split_once("\r\n\r\n")?;
        let status = head.split(' ').nth(1)?.parse().ok()?;
        Some((status, serde_json::from_str(body).ok()?))
    }

    /// Calls; the call must succeed.
    pub(crate) async fn fine(&self, method: &str, path: &str, body: Option<&Value>) -> Value {
        let (status, answer) = self.ask(method, path, body).await.expect(path);
        assert_eq!(status, 200, "{path}: {answer}");
        answer
    }

    /// Sends a text by the server API. The id, the refusal, or nothing.
    pub(crate) async fn send(
        &self,
        from: &str,
        to: &str,
        text: &str,
    ) -> Option<Result<u64, Answer>> {
        let body = json!({"from": from, "to": [to], "type": "txt", "body": {"msg": text}, "sync_device": true});
        let answer = self.ask("POST", "messages/users", Some(&body)).await?;
        let id = |answer: &Value| answer["data"][to].as_str()?.parse().ok();
        Some(id(&answer.1).ok_or(answer))
    }

    /// Deletes messages from a user's side of a conversation. Whether the server said so.
    pub(crate) async fn delete_ids(&self, me: &str, peer: &str, ids: &[u64]) -> Option<bool> {
        let list = ids.iter().map(u64::to_string).collect::<Vec<_>>().join(",");
        let path = format!("sdk/message/roaming/chat/user/{me}?userId={peer}&msgIdList={list}");
        Some(self.ask("DELETE", &path, None).await?.0 == 200)
    }

    /// Deletes everything up to a time, in milliseconds.
    pub(crate) async fn delete_through(&self, me: &str, peer: &str, ms: u64) -> Option<bool> {
        let path = format!("sdk/message/roaming/chat/user/{me}/time?userId={peer}&delTime={ms}");
        Some(self.ask("DELETE", &path, None).await?.0 == 200)
    }

    /// The ids of a user's history with a peer.
    pub(crate) async fn history(&self, me: &str, peer: &str) -> BTreeSet<u64> {
        let (mut ids, mut start) = (BTreeSet::new(), json!(-1));
        let path = format!("users/{me}/messageroaming");
        loop {
            let ask =
                json!({"queue": format!("{peer}@easemob.com"), "start": start, "pull_number": 50});
            let answer = self.fine("POST", &path, Some(&ask)).await;
            for row in answer["data"]["msgs"].as_array().unwrap() {
                let id = row["msg_id"].as_str().unwrap().parse().unwrap();
                assert!(ids.insert(id), "{id} stands twice in a history");
            }
            if answer["data"]["is_last"] == true {
                return ids;
            }
            start = answer["data"]["next_key"].clone();
        }
    }
}
