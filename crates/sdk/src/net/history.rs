//! Pages of a user's history.

use super::http::{Call, malformed};
use super::rest::{Caller, Rest};
use crate::error::Result;
use crate::wire::facts::number;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use lacuna_domain::limits::HISTORY_PAGE_DEFAULT;
use lacuna_domain::{Direction, MessageKind, Millis, Name, Pos, Target};
use lacuna_proto::pb::Meta;
use lacuna_proto::{DOMAIN_CONFERENCE, DOMAIN_USER};
use prost::Message as _;
use reqwest::Method;
use serde_json::{Value, json};

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
#[derive(Clone, Debug, PartialEq)]
pub struct Rows {
    /// Its messages, in the direction asked for.
    pub metas: Vec<Meta>,
    /// Where the next page starts; none for the last one.
    pub next: Option<Pos>,
}

impl Rows {
    /// Reads a page as it came. 303 for one that makes no sense.
    pub fn read(answer: &[u8]) -> Result<Self> {
        let answer = serde_json::from_slice(answer).map_err(|_| malformed("it is no JSON"))?;
        read_rows(&answer)
    }
}

impl Rest {
    /// A page of history.
    pub async fn history(&self, caller: &Caller, query: &HistoryQuery) -> Result<Rows> {
        Rows::read(&self.fetch_history(caller, query).await?)
    }

    /// A page of history as it came, for [`Rows::read`]: what takes the server's time is apart from what takes one's own.
    pub async fn fetch_history(&self, caller: &Caller, query: &HistoryQuery) -> Result<Vec<u8>> {
        let path = ["users", caller.name.as_str(), "messageroaming"];
        let call = Call {
            token: Some(&caller.token),
            body: Some(history_body(query)),
            ..Call::new(Method::POST, &path)
        };
        self.http.fetch(call).await
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
}
