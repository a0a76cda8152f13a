//! Deletion, for the caller alone.
//!
//! A call can name the version up to which the caller knows all deletions, and is answered with those after it: what was
//! deleted is known exactly, in one round trip. A server of another kind does not say; then the answer is none.

use super::http::{Call, malformed};
use super::rest::{Caller, Rest, list_kind};
use crate::error::Result;
use crate::wire::facts::{self, FactPage};
use lacuna_domain::limits::FACTS_PAGE_MAX;
use lacuna_domain::{Millis, Pos, Target};
use reqwest::Method;
use serde_json::json;

impl Rest {
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
        let call = Call {
            query: &query,
            ..Call::new(Method::DELETE, &path)
        };
        self.delete(caller, call, since).await
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
        let call = Call {
            query: &query,
            ..Call::new(Method::DELETE, &path)
        };
        self.delete(caller, call, since).await
    }

    /// Deletes every message and conversation, for the caller alone.
    pub async fn delete_everything(
        &self,
        caller: &Caller,
        since: Option<u64>,
    ) -> Result<Option<FactPage>> {
        let name = caller.name.as_str();
        let path = ["sdk", "message", "roaming", "user", name, "delete", "all"];
        let call = Call::new(Method::POST, &path);
        self.delete(caller, call, since).await
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
        let call = Call {
            body: Some(body),
            ..Call::new(Method::DELETE, &path)
        };
        self.delete(caller, call, since).await
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
}

/// The two words that the deletion calls have for a kind of conversation: in the path, and for its name.
fn roaming(target: &Target) -> (&'static str, &'static str) {
    match target {
        Target::Peer(_) => ("chat", "userId"),
        Target::Group(_) => ("group", "groupId"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::http::exchange;
    use lacuna_domain::{GroupId, Name};

    fn phone() -> Caller {
        Caller {
            name: Name::new("alice").unwrap(),
            token: "t".to_owned(),
            resource: "my phone".to_owned(),
        }
    }

    fn bob() -> Target {
        Target::Peer(Name::new("bob").unwrap())
    }

    fn group() -> Target {
        Target::Group(GroupId::new("7"))
    }

    const FACTS: &str = r#"{"facts":[],"version":"8","more":false}"#;
    const SILENT: &str = r#"{"requestStatusCode":"ok"}"#;

    #[tokio::test]
    async fn deletions_are_asked_for_as_the_server_reads_them() {
        let check = |request: String, want: &str| {
            let line = request.lines().next().unwrap_or_default().to_owned();
            assert_eq!(line, format!("{want} HTTP/1.1"));
        };
        let (request, told) = exchange(FACTS, async |rest| {
            rest.delete_ids(&phone(), &bob(), &[Pos(5), Pos(6)], Some(7))
                .await
        })
        .await;
        check(
            request,
            "DELETE /org/app/sdk/message/roaming/chat/user/alice?userId=bob&msgIdList=5%2C6&resource=my+phone&since=7",
        );
        assert_eq!(told.unwrap().unwrap().version, 8);
        let (request, told) = exchange(SILENT, async |rest| {
            rest.delete_through(&phone(), &group(), Millis(9), None)
                .await
        })
        .await;
        check(
            request,
            "DELETE /org/app/sdk/message/roaming/group/user/alice/time?groupId=7&delTime=9&resource=my+phone",
        );
        assert_eq!(told, Ok(None));
        let (request, told) = exchange(SILENT, async |rest| {
            rest.delete_everything(&phone(), Some(0)).await
        })
        .await;
        check(
            request,
            "POST /org/app/sdk/message/roaming/user/alice/delete/all?resource=my+phone&since=0",
        );
        assert_eq!(told, Ok(None), "another kind of server does not say");
        let (request, told) = exchange(FACTS, async |rest| {
            rest.delete_conversation(&phone(), &group(), true, Some(7))
                .await
        })
        .await;
        assert!(request.ends_with(r#"{"channel":"7","delete_roam":true,"type":"groupChat"}"#));
        check(
            request,
            "DELETE /org/app/user/alice/user_channel?resource=my+phone&since=7",
        );
        assert_eq!(told.unwrap().unwrap().version, 8);
    }

    #[tokio::test]
    async fn facts_are_read_or_an_error() {
        let read = async |rest: Rest| rest.facts(&phone(), 3).await;
        let (request, page) = exchange(FACTS, read).await;
        assert!(request.starts_with("GET /org/app/sdk/user/alice/deletions?since=3&limit=1000 "));
        assert_eq!(page.unwrap().version, 8);
        let (_, page) = exchange(SILENT, read).await;
        assert!(page.is_err(), "a version must not be made up");
    }
}
