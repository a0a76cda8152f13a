//! The REST calls of a client.

use super::timeline::Message;
use super::wire::{self, Incoming};
use super::{ANSWER_WAIT, APP_PATH};
use anyhow::{Context, ensure};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use lacuna_proto::pb::Meta;
use prost::Message as _;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use std::net::SocketAddr;

/// Pages that a client reads of one history before it gives up.
const HISTORY_PAGES_MAX: usize = 1_000;

/// The API of one server. Cloning shares the connections.
#[derive(Clone, Debug)]
pub(crate) struct Rest {
    http: reqwest::Client,
    base: String,
}

/// A user who calls: the name and a token.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Caller<'a> {
    /// The user.
    pub(crate) name: &'a str,
    /// The token.
    pub(crate) token: &'a str,
    /// The device that calls; it is not told of its own deletions.
    pub(crate) resource: &'a str,
}

impl Rest {
    /// The development application of the server at `addr`.
    pub(crate) fn new(addr: SocketAddr) -> anyhow::Result<Self> {
        let http = reqwest::Client::builder()
            .timeout(ANSWER_WAIT)
            .no_proxy()
            .tcp_nodelay(true)
            .build()?;
        Ok(Self {
            http,
            base: format!("http://{addr}/{APP_PATH}"),
        })
    }

    /// Registers a user.
    pub(crate) async fn register(&self, name: &str, password: &str) -> anyhow::Result<()> {
        let body = json!({"username": name, "password": password, "nickname": ""});
        self.call(Method::POST, "/users", None, Some(&body))
            .await
            .with_context(|| format!("register {name}"))?;
        Ok(())
    }

    /// A token of a user.
    pub(crate) async fn token(&self, name: &str, password: &str) -> anyhow::Result<String> {
        let body = json!({"grant_type": "password", "username": name, "password": password});
        let reply = self
            .call(Method::POST, "/token", None, Some(&body))
            .await
            .with_context(|| format!("get token of {name}"))?;
        let reply: Value = serde_json::from_slice(&reply)?;
        let token = reply
            .get("access_token")
            .and_then(Value::as_str)
            .context("reply has no access_token")?;
        Ok(token.to_owned())
    }

    /// One page of history as it comes, newest first; `before` is exclusive.
    pub(crate) async fn history_page(
        &self,
        caller: Caller<'_>,
        peer: &str,
        before: Option<u64>,
        rows: usize,
    ) -> anyhow::Result<Bytes> {
        let start = before.map_or(json!(-1), |before| json!(before.to_string()));
        let body = json!({
            "queue": format!("{peer}@easemob.com"), "start": start, "end": -1, "pull_number": rows, "is_positive": false,
        });
        let path = format!("/users/{}/messageroaming", caller.name);
        self.call(Method::POST, &path, Some(caller.token), Some(&body))
            .await
            .context("read history")
    }

    /// The whole history with a user, oldest first.
    pub(crate) async fn history(
        &self,
        caller: Caller<'_>,
        peer: &str,
    ) -> anyhow::Result<Vec<Message>> {
        let (mut messages, mut before) = (Vec::new(), None);
        for _ in 0..HISTORY_PAGES_MAX {
            let page = HistoryPage::read(
                &self.history_page(caller, peer, before, 50).await?,
                caller.name,
            )?;
            messages.extend(page.messages);
            before = page.next;
            if before.is_none() {
                messages.reverse();
                return Ok(messages);
            }
        }
        anyhow::bail!("the history does not end")
    }

    /// Deletes messages by id, for the caller alone.
    pub(crate) async fn delete_ids(
        &self,
        caller: Caller<'_>,
        peer: &str,
        ids: &[u64],
    ) -> anyhow::Result<()> {
        let ids: Vec<String> = ids.iter().map(u64::to_string).collect();
        let Caller { name, resource, .. } = caller;
        let path = format!(
            "/sdk/message/roaming/chat/user/{name}?userId={peer}&msgIdList={}&resource={resource}",
            ids.join(",")
        );
        self.call(Method::DELETE, &path, Some(caller.token), None)
            .await
            .context("delete by ids")?;
        Ok(())
    }

    /// Deletes everything at or before a time, for the caller alone.
    pub(crate) async fn delete_through(
        &self,
        caller: Caller<'_>,
        peer: &str,
        time_ms: u64,
    ) -> anyhow::Result<()> {
        let Caller { name, resource, .. } = caller;
        let path = format!(
            "/sdk/message/roaming/chat/user/{name}/time?userId={peer}&delTime={time_ms}&&resource={resource}"
        );
        self.call(Method::DELETE, &path, Some(caller.token), None)
            .await
            .context("delete by time")?;
        Ok(())
    }

    /// Deletes a conversation and its messages, for the caller alone.
    pub(crate) async fn delete_conversation(
        &self,
        caller: Caller<'_>,
        peer: &str,
    ) -> anyhow::Result<()> {
        let path = format!(
            "/user/{}/user_channel?resource={}",
            caller.name, caller.resource
        );
        let body = json!({"channel": peer, "type": "chat", "delete_roam": true});
        self.call(Method::DELETE, &path, Some(caller.token), Some(&body))
            .await
            .context("delete conversation")?;
        Ok(())
    }

    /// Deletes every message and conversation, for the caller alone.
    pub(crate) async fn delete_everything(&self, caller: Caller<'_>) -> anyhow::Result<()> {
        let path = format!(
            "/sdk/message/roaming/user/{}/delete/all?resource={}",
            caller.name, caller.resource
        );
        self.call(Method::POST, &path, Some(caller.token), None)
            .await
            .context("delete everything")?;
        Ok(())
    }

    /// The peers on the caller's conversation list, first page.
    pub(crate) async fn conversations(&self, caller: Caller<'_>) -> anyhow::Result<Vec<String>> {
        let path = format!(
            "/sdk/user/{}/user_channels/list?&limit=20&cursor=&need_mark=true&needEmptySession=false",
            caller.name
        );
        let reply = self
            .call(Method::GET, &path, Some(caller.token), None)
            .await
            .context("list conversations")?;
        let reply: Value = serde_json::from_slice(&reply)?;
        let rows = reply
            .pointer("/data/channel_infos")
            .and_then(Value::as_array)
            .context("reply has no channel_infos")?;
        let peer = |row: &Value| {
            row.get("session_to")
                .and_then(Value::as_str)
                .map(str::to_owned)
        };
        Ok(rows.iter().filter_map(peer).collect())
    }

    async fn call(
        &self,
        method: Method,
        path: &str,
        token: Option<&str>,
        body: Option<&Value>,
    ) -> anyhow::Result<Bytes> {
        let mut request = self.http.request(method, format!("{}{path}", self.base));
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let reply = request.send().await?;
        let status = reply.status();
        let bytes = reply.bytes().await?;
        ensure!(
            status == StatusCode::OK,
            "status {status}: {}",
            String::from_utf8_lossy(&bytes)
        );
        Ok(bytes)
    }
}

/// A page of history.
#[derive(Debug)]
pub(crate) struct HistoryPage {
    /// Newest first.
    pub(crate) messages: Vec<Message>,
    /// Where the next page starts.
    pub(crate) next: Option<u64>,
}

impl HistoryPage {
    /// Reads a page as the user `me` sees it.
    pub(crate) fn read(reply: &[u8], me: &str) -> anyhow::Result<Self> {
        let reply: Value = serde_json::from_slice(reply).context("read history page")?;
        let data = reply.get("data").context("reply has no data")?;
        let rows = data
            .get("msgs")
            .and_then(Value::as_array)
            .context("reply has no msgs")?;
        let mut messages = Vec::with_capacity(rows.len());
        for row in rows {
            let meta = row
                .get("msg")
                .and_then(Value::as_str)
                .context("row has no msg")?;
            let meta = Meta::decode(Bytes::from(STANDARD.decode(meta)?))?;
            if let Incoming::Message(message) = wire::read_meta(meta, me)? {
                messages.push(message);
            }
        }
        let is_last = data
            .get("is_last")
            .and_then(Value::as_bool)
            .unwrap_or(false);
        let next = data
            .get("next_key")
            .and_then(Value::as_str)
            .and_then(|key| key.parse().ok());
        Ok(Self {
            messages,
            next: next.filter(|_| !is_last),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lacuna_proto::pb::Jid;

    #[test]
    fn a_page_of_history_is_read() {
        let meta = Meta {
            id: Some(5),
            from: Some(Jid::user("lacuna#demo", "bob")),
            to: Some(Jid::user("lacuna#demo", "alice")),
            timestamp: Some(9),
            ns: Some(1),
            payload: Some(wire::text_payload("bob", "alice", "hello")),
            ..Meta::default()
        };
        let msg = STANDARD.encode(meta.encode_to_vec());
        let check = |next_key: &str, is_last: bool, want: Option<u64>| {
            let reply =
                json!({"data": {"msgs": [{"msg": msg}], "next_key": next_key, "is_last": is_last}});
            let page = HistoryPage::read(reply.to_string().as_bytes(), "alice").unwrap();
            let texts: Vec<_> = page
                .messages
                .iter()
                .map(|m| (m.id, m.conversation.as_str(), m.text.as_str()))
                .collect();
            assert_eq!((texts, page.next), (vec![(5, "bob", "hello")], want));
        };
        check("5", false, Some(5));
        check("5", true, None);
        check("", true, None);
        assert!(HistoryPage::read(b"{}", "alice").is_err());
    }
}
