//! The calls of the API that a client makes.

pub use super::history::{HistoryQuery, Rows};
use super::http::{Call, Http, malformed};
use crate::chat::{ServerConversation, ServerConversations};
use crate::error::Result;
use crate::types::Device;
use crate::wire::facts::{self, number};
use lacuna_domain::{Millis, Name, Pos, Target};
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

    /// Ends every session of a user.
    pub async fn kick_all_devices(&self, name: &Name, token: &str) -> Result<()> {
        let path = ["users", name.as_str(), "disconnect"];
        let call = Call {
            token: Some(token),
            ..Call::new(Method::GET, &path)
        };
        self.http.call(call).await.map(drop)
    }
}

/// What the list calls a kind of conversation.
pub(super) fn list_kind(target: &Target) -> &'static str {
    match target {
        Target::Peer(_) => "chat",
        Target::Group(_) => "groupChat",
    }
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
    use crate::net::http::exchange;

    fn phone() -> Caller {
        Caller {
            name: Name::new("alice").unwrap(),
            token: "t".to_owned(),
            resource: "phone".to_owned(),
        }
    }

    fn line(request: &str) -> &str {
        request.lines().next().unwrap_or_default()
    }

    #[tokio::test]
    async fn tokens_are_asked_for_and_read() {
        let alice = Name::new("alice").unwrap();
        let answer = r#"{"access_token":"t","expires_in":86400}"#;
        let (request, token) = exchange(answer, async |rest| rest.token(&alice, "pw").await).await;
        assert_eq!(line(&request), "POST /org/app/token HTTP/1.1");
        let body = r#"{"grant_type":"password","password":"pw","username":"alice"}"#;
        assert!(request.ends_with(body), "{request}");
        let token = token.unwrap();
        assert_eq!((token.token.as_str(), token.ttl_seconds), ("t", 86400));
        let (_, none) = exchange("{}", async |rest| rest.token(&alice, "pw").await).await;
        assert!(none.is_err());
        let answer = r#"{"expire_timestamp":7}"#;
        let (request, ends) =
            exchange(answer, async |rest| rest.token_expires(&alice, "t").await).await;
        let want = "GET /org/app/sdk/users/alice/token/expires HTTP/1.1";
        assert_eq!((line(&request), ends), (want, Ok(Some(Millis(7)))));
    }

    #[tokio::test]
    async fn conversations_are_pinned_and_unpinned() {
        let bob = Target::Peer(Name::new("bob").unwrap());
        let answer = r#"{"data":{"is_top":true,"update_top_status_time":5}}"#;
        let (request, at) =
            exchange(answer, async |rest| rest.pin(&phone(), &bob, true).await).await;
        let path = "/org/app/sdk/user/alice/user_channel/top";
        let want = format!("POST {path}?resource=phone HTTP/1.1");
        assert_eq!((line(&request), at), (want.as_str(), Ok(Millis(5))));
        assert!(request.ends_with(r#"{"to":"bob","type":"chat"}"#));
        let (request, at) =
            exchange(answer, async |rest| rest.pin(&phone(), &bob, false).await).await;
        let want = format!("DELETE {path}?type=chat&to=bob&resource=phone HTTP/1.1");
        assert_eq!((line(&request), at), (want.as_str(), Ok(Millis(0))));
    }

    #[tokio::test]
    async fn devices_are_listed_and_kicked() {
        let alice = Name::new("alice").unwrap();
        let answer = r#"{"data":[{"res":"phone","device_name":"n","device_uuid":"u"},{}]}"#;
        let (request, devices) =
            exchange(answer, async |rest| rest.devices(&alice, "t").await).await;
        assert_eq!(
            line(&request),
            "GET /org/app/users/alice/resources HTTP/1.1"
        );
        let device = devices.unwrap().swap_remove(0);
        assert_eq!(
            (device.resource.as_str(), device.uuid.as_str()),
            ("phone", "u")
        );
        let (request, done) = exchange("{}", async |rest| {
            rest.kick_device(&alice, "t", "my/phone").await
        })
        .await;
        let want = "DELETE /org/app/users/alice/disconnect/my%2Fphone HTTP/1.1";
        assert_eq!((line(&request), done), (want, Ok(())));
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
