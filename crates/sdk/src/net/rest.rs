//! The calls of the API that a client makes.

use super::http::{Call, Http, malformed};
use crate::chat::{ServerConversation, ServerConversations};
use crate::error::Result;
use crate::types::Device;
use crate::wire::facts::{self, FactPage, number};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use lacuna_domain::limits::{FACTS_PAGE_MAX, HISTORY_PAGE_DEFAULT};
use lacuna_domain::{Direction, MessageKind, Millis, Name, Pos, Target};
use lacuna_proto::pb::Meta;
use lacuna_proto::{DOMAIN_CONFERENCE, DOMAIN_USER};
use prost::Message as _;
use reqwest::Method;
use serde_json::{Value, json};
use std::time::Duration;

/// The API of one application. Cloning shares the connections.
#[derive(Clone, Debug)]
pub struct Rest {
    pub(super) http: Http,
}

/// A user who calls.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The user.
    pub name: Name,
    /// The token.
    pub token: String,
    /// The device: it is not told of its own deletions.
    pub resource: String,
}

/// A token of a user.
#[derive(Clone, Debug)]
pub struct Token {
    /// The token.
    pub token: String,
    /// For how long it is good, in seconds; zero for ever.
    pub ttl_seconds: u64,
}

/// Which page of history to read.
#[derive(Clone, Debug)]
pub struct HistoryQuery {
    /// Which conversation.
    pub target: Target,
    /// Start beyond this position, exclusive; none for the end of the direction.
    pub from: Option<Pos>,
    /// Which way.
    pub direction: Direction,
    /// Rows at most.
    pub limit: usize,
    /// Only in this span of time, both ends included.
    pub window: Option<(Millis, Millis)>,
    /// Only of these kinds; empty for all.
    pub kinds: Vec<MessageKind>,
    /// Only from this sender.
    pub sender: Option<Name>,
}

impl HistoryQuery {
    /// The newest page of a conversation.
    #[must_use]
    pub fn of(target: Target) -> Self {
        Self {
            target,
            from: None,
            direction: Direction::Older,
            limit: HISTORY_PAGE_DEFAULT,
            window: None,
            kinds: Vec::new(),
            sender: None,
        }
    }
}

/// A page of history.
#[derive(Clone, Debug)]
pub struct Rows {
    /// Its messages, in the direction asked for.
    pub metas: Vec<Meta>,
    /// Where the next page starts; none for the last one.
    pub next: Option<Pos>,
}

impl Rest {
    /// The application `org/app` of the server at `base`.
    pub fn new(base: &str, org: &str, app: &str, wait: Duration) -> Result<Self> {
        Ok(Self {
            http: Http::new(base, org, app, wait)?,
        })
    }

    /// Registers a user.
    pub async fn register(&self, name: &Name, password: &str) -> Result<()> {
        let body = json!({"username": name.as_str(), "password": password, "nickname": ""});
        let call = Call {
            body: Some(body),
            ..Call::new(Method::POST, &["users"])
        };
        self.http.call(call).await.map(drop)
    }

    /// A token of a user.
    pub async fn token(&self, name: &Name, password: &str) -> Result<Token> {
        let body =
            json!({"grant_type": "password", "username": name.as_str(), "password": password});
        let call = Call {
            body: Some(body),
            ..Call::new(Method::POST, &["token"])
        };
        let answer = self.http.call(call).await?;
        let token = answer
            .get("access_token")
            .and_then(Value::as_str)
            .ok_or_else(|| malformed("no access_token"))?;
        let ttl = answer.get("expires_in").and_then(number);
        Ok(Token {
            token: token.to_owned(),
            ttl_seconds: ttl.unwrap_or_default(),
        })
    }

    /// When a token of a user ends.
    pub async fn token_expires(&self, name: &Name, token: &str) -> Result<Option<Millis>> {
        let path = ["sdk", "users", name.as_str(), "token", "expires"];
        let call = Call {
            token: Some(token),
            ..Call::new(Method::GET, &path)
        };
        let answer = self.http.call(call).await?;
        Ok(answer.get("expire_timestamp").and_then(number).map(Millis))
    }

    /// A page of history.
    pub async fn history(&self, caller: &Caller, query: &HistoryQuery) -> Result<Rows> {
        let path = ["users", caller.name.as_str(), "messageroaming"];
        let call = Call {
            token: Some(&caller.token),
            body: Some(history_body(query)),
            ..Call::new(Method::POST, &path)
        };
        read_rows(&self.http.call(call).await?)
    }

    /// What was deleted since a version.
    pub async fn facts(&self, caller: &Caller, since: u64) -> Result<FactPage> {
        let (since, limit) = (since.to_string(), FACTS_PAGE_MAX.to_string());
        let path = ["sdk", "user", caller.name.as_str(), "deletions"];
        let query = [("since", since.as_str()), ("limit", limit.as_str())];
        let call = Call {
            token: Some(&caller.token),
            query: &query,
            ..Call::new(Method::GET, &path)
        };
        let answer = self.http.call(call).await?;
        facts::read(&answer).ok_or_else(|| malformed("no deletions"))
    }

    /// Deletes messages by id, for the caller alone. With a version to start `since`, the answer is what was deleted after
    /// it, this deletion included; none if that is not asked for, or the server does not say.
    pub async fn delete_ids(
        &self,
        caller: &Caller,
        target: &Target,
        ids: &[Pos],
        since: Option<u64>,
    ) -> Result<Option<FactPage>> {
        let ids: Vec<String> = ids.iter().map(Pos::to_string).collect();
        let ids = ids.join(",");
        let (kind, key) = roaming(target);
        let path = [
            "sdk",
            "message",
            "roaming",
            kind,
            "user",
            caller.name.as_str(),
        ];
        let query = [(key, target.id()), ("msgIdList", ids.as_str())];
        self.delete(
            caller,
            Call {
                query: &query,
                ..Call::new(Method::DELETE, &path)
            },
            since,
        )
        .await
    }

    /// Deletes everything of a conversation up to a time, that time included, for the caller alone.
    pub async fn delete_through(
        &self,
        caller: &Caller,
        target: &Target,
        time: Millis,
        since: Option<u64>,
    ) -> Result<Option<FactPage>> {
        let time = time.to_string();
        let (kind, key) = roaming(target);
        let name = caller.name.as_str();
        let path = ["sdk", "message", "roaming", kind, "user", name, "time"];
        let query = [(key, target.id()), ("delTime", time.as_str())];
        self.delete(
            caller,
            Call {
                query: &query,
                ..Call::new(Method::DELETE, &path)
            },
            since,
        )
        .await
    }

    /// Deletes every message and conversation, for the caller alone.
    pub async fn delete_everything(
        &self,
        caller: &Caller,
        since: Option<u64>,
    ) -> Result<Option<FactPage>> {
        let name = caller.name.as_str();
        let path = ["sdk", "message", "roaming", "user", name, "delete", "all"];
        self.delete(
            caller,
            Call {
                query: &[],
                ..Call::new(Method::POST, &path)
            },
            since,
        )
        .await
    }

    /// Takes a conversation off the caller's list, with its messages or without.
    pub async fn delete_conversation(
        &self,
        caller: &Caller,
        target: &Target,
        with_messages: bool,
        since: Option<u64>,
    ) -> Result<Option<FactPage>> {
        let body = json!({"channel": target.id(), "type": list_kind(target), "delete_roam": with_messages});
        let path = ["user", caller.name.as_str(), "user_channel"];
        self.delete(
            caller,
            Call {
                query: &[],
                body: Some(body),
                ..Call::new(Method::DELETE, &path)
            },
            since,
        )
        .await
    }

    async fn delete(
        &self,
        caller: &Caller,
        call: Call<'_>,
        since: Option<u64>,
    ) -> Result<Option<FactPage>> {
        let since = since.map(|since| since.to_string());
        let mut query = call.query.to_vec();
        query.push(("resource", caller.resource.as_str()));
        query.extend(since.as_deref().map(|since| ("since", since)));
        let call = Call {
            query: &query,
            token: Some(&caller.token),
            ..call
        };
        Ok(facts::read(&self.http.call(call).await?))
    }

    /// A page of the caller's conversation list.
    pub async fn conversations(
        &self,
        caller: &Caller,
        cursor: Option<&str>,
        limit: usize,
    ) -> Result<ServerConversations> {
        let limit = limit.to_string();
        let path = ["sdk", "user", caller.name.as_str(), "user_channels", "list"];
        let query = [
            ("limit", limit.as_str()),
            ("cursor", cursor.unwrap_or_default()),
            ("need_mark", "true"),
            ("needEmptySession", "false"),
        ];
        let call = Call {
            token: Some(&caller.token),
            query: &query,
            ..Call::new(Method::GET, &path)
        };
        read_conversations(&self.http.call(call).await?)
    }

    /// Pins or unpins a conversation. Returns when it was pinned; zero if it is not.
    pub async fn pin(&self, caller: &Caller, target: &Target, pinned: bool) -> Result<Millis> {
        let path = ["sdk", "user", caller.name.as_str(), "user_channel", "top"];
        let resource = ("resource", caller.resource.as_str());
        let unpin = [("type", list_kind(target)), ("to", target.id()), resource];
        let call = if pinned {
            Call {
                query: &[resource],
                body: Some(json!({"type": list_kind(target), "to": target.id()})),
                token: Some(&caller.token),
                ..Call::new(Method::POST, &path)
            }
        } else {
            Call {
                query: &unpin,
                token: Some(&caller.token),
                ..Call::new(Method::DELETE, &path)
            }
        };
        let answer = self.http.call(call).await?;
        let at = answer
            .pointer("/data/update_top_status_time")
            .and_then(number);
        Ok(Millis(if pinned { at.unwrap_or_default() } else { 0 }))
    }

    /// The connected devices of a user.
    pub async fn devices(&self, name: &Name, token: &str) -> Result<Vec<Device>> {
        let path = ["users", name.as_str(), "resources"];
        let call = Call {
            token: Some(token),
            ..Call::new(Method::GET, &path)
        };
        let answer = self.http.call(call).await?;
        let rows = answer.get("data").and_then(Value::as_array);
        let rows = rows.ok_or_else(|| malformed("no devices"))?;
        let device = |row: &Value| {
            let text = |key: &str| row.get(key).and_then(Value::as_str).unwrap_or_default();
            Device {
                resource: text("res").to_owned(),
                name: text("device_name").to_owned(),
                uuid: text("device_uuid").to_owned(),
            }
        };
        Ok(rows.iter().map(device).collect())
    }

    /// Ends the session of one device of a user.
    pub async fn kick_device(&self, name: &Name, token: &str, resource: &str) -> Result<()> {
        let path = ["users", name.as_str(), "disconnect", resource];
        let call = Call {
            token: Some(token),
            ..Call::new(Method::DELETE, &path)
        };
        self.http.call(call).await.map(drop)
    }
}

/// The two words that the deletion calls have for a kind of conversation: in the path, and for its name.
fn roaming(target: &Target) -> (&'static str, &'static str) {
    match target {
        Target::Peer(_) => ("chat", "userId"),
        Target::Group(_) => ("group", "groupId"),
    }
}

fn list_kind(target: &Target) -> &'static str {
    match target {
        Target::Peer(_) => "chat",
        Target::Group(_) => "groupChat",
    }
}

fn history_body(query: &HistoryQuery) -> Value {
    let domain = match query.target {
        Target::Peer(_) => DOMAIN_USER,
        Target::Group(_) => DOMAIN_CONFERENCE,
    };
    let kinds: Vec<&str> = query.kinds.iter().map(|kind| kind.name()).collect();
    json!({
        "queue": format!("{}@{domain}", query.target.id()),
        "start": query.from.map_or(json!(-1), |from| json!(from.to_string())),
        "end": -1,
        "pull_number": query.limit,
        "is_positive": query.direction == Direction::Newer,
        "msgType": kinds.join(","),
        "startTime": query.window.map(|(since, _)| since.0),
        "endTime": query.window.map(|(_, until)| until.0),
        "userId": query.sender.as_ref().map(Name::as_str),
    })
}

fn read_rows(answer: &Value) -> Result<Rows> {
    let data = answer.get("data").ok_or_else(|| malformed("no data"))?;
    let rows = data.get("msgs").and_then(Value::as_array);
    let row = |row: &Value| {
        let bytes = STANDARD.decode(row.get("msg")?.as_str()?).ok()?;
        Meta::decode(Bytes::from(bytes)).ok()
    };
    let metas: Option<Vec<Meta>> = rows
        .ok_or_else(|| malformed("no messages"))?
        .iter()
        .map(row)
        .collect();
    let is_last = data
        .get("is_last")
        .and_then(Value::as_bool)
        .unwrap_or(false);
    let next = data.get("next_key").and_then(number).map(Pos);
    Ok(Rows {
        metas: metas.ok_or_else(|| malformed("a message is none"))?,
        next: next.filter(|_| !is_last),
    })
}

fn read_conversations(answer: &Value) -> Result<ServerConversations> {
    let data = answer.get("data").ok_or_else(|| malformed("no data"))?;
    let rows = data.get("channel_infos").and_then(Value::as_array);
    let row = |row: &Value| {
        let text = |key: &str| row.get(key).and_then(Value::as_str);
        let count = |key: &str| row.get(key).and_then(number).unwrap_or_default();
        Some(ServerConversation {
            target: facts::target(text("session_type")?, text("session_to")?)?,
            last: row.pointer("/meta/id").and_then(number).map(Pos),
            unread: count("unread_num"),
            pinned_at: Millis(count("update_top_status_time")),
        })
    };
    let rows: Option<Vec<ServerConversation>> = rows
        .ok_or_else(|| malformed("no conversations"))?
        .iter()
        .map(row)
        .collect();
    let next = data.get("cursor").and_then(Value::as_str);
    Ok(ServerConversations {
        rows: rows.ok_or_else(|| malformed("a conversation is none"))?,
        next: next.filter(|next| !next.is_empty()).map(str::to_owned),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bob() -> Target {
        Target::Peer(Name::new("bob").unwrap())
    }

    #[test]
    fn a_page_of_history_is_asked_for_and_read() {
        let query = HistoryQuery {
            from: Some(Pos(9)),
            kinds: vec![MessageKind::Text, MessageKind::Image],
            window: Some((Millis(1), Millis(2))),
            ..HistoryQuery::of(bob())
        };
        let body = history_body(&query);
        assert_eq!(body["queue"], "bob@easemob.com");
        assert_eq!(
            (&body["start"], &body["msgType"]),
            (&json!("9"), &json!("txt,img"))
        );
        assert_eq!(history_body(&HistoryQuery::of(bob()))["start"], json!(-1));
        let msg = STANDARD.encode(
            Meta {
                id: Some(5),
                ..Meta::default()
            }
            .encode_to_vec(),
        );
        let check = |next_key: &str, is_last: bool, want: Option<Pos>| {
            let answer =
                json!({"data": {"msgs": [{"msg": msg}], "next_key": next_key, "is_last": is_last}});
            let rows = read_rows(&answer).unwrap();
            assert_eq!((rows.metas[0].id(), rows.next), (5, want));
        };
        check("5", false, Some(Pos(5)));
        check("5", true, None);
        check("undefined", true, None);
        assert!(read_rows(&json!({"data": {"msgs": [{"msg": "!"}]}})).is_err());
        assert!(read_rows(&json!({})).is_err());
    }

    #[test]
    fn a_page_of_the_list_is_read() {
        let row = json!({"session_to": "7", "session_type": "groupchat", "unread_num": 2, "update_top_status_time": 5, "meta": {"id": "11"}});
        let answer = json!({"data": {"channel_infos": [row], "cursor": "c"}});
        let page = read_conversations(&answer).unwrap();
        let row = &page.rows[0];
        assert_eq!(
            (row.target.id(), row.last, row.unread),
            ("7", Some(Pos(11)), 2)
        );
        assert_eq!(page.next.as_deref(), Some("c"));
        assert!(read_conversations(&json!({"data": {}})).is_err());
    }
}
