//! One-way deletion: for client SDKs and, with the same parameters, for the server API.
//!
//! With the parameter `since`, a version, the answer to a deletion also carries what `GET …/deletions?since=` answers: our own
//! SDK learns in the same round trip exactly what the deletion, and every one before it that it had not heard of, took away.
//! Without it the answers are those that official clients know.

use super::extract::Own;
use super::params::{Params, digits, group, name, not_legal};
use crate::service::{Refusal, Reply};
use axum::Json;
use lacuna_domain::limits::FACTS_PAGE_MAX;
use lacuna_domain::{ErrorCode, Millis, Pos, Target, Version};
use lacuna_proto::chat_type;
use lacuna_store::Fact;
use serde_json::{Map, Value, json};

/// Deletes messages by id.
pub(super) async fn by_ids(own: Own, params: Params) -> Reply<Json<Value>> {
    let target = target(own.call.part("kind"), &params)?;
    let ids = ids(params.required("msgIdList")?)?;
    let notice = params.flag("isNotify", true)?;
    let since = since(&params)?;
    let count = ids.len();
    own.call
        .service
        .delete_ids(&own.actor, target.clone(), ids, notice)
        .await?;
    own.audit_act("history.delete_ids", Some(&target), count)
        .await;
    done(&own, since).await
}

/// Deletes everything of a conversation up to a time, that time included.
pub(super) async fn by_time(own: Own, params: Params) -> Reply<Json<Value>> {
    let target = target(own.call.part("kind"), &params)?;
    let time = time(params.required("delTime")?)?;
    let notice = params.flag("isNotify", true)?;
    let since = since(&params)?;
    own.call
        .service
        .delete_through(&own.actor, target.clone(), time, notice)
        .await?;
    own.audit_act("history.delete_through", Some(&target), 1)
        .await;
    done(&own, since).await
}

/// Deletes everything.
pub(super) async fn everything(own: Own, params: Params) -> Reply<Json<Value>> {
    let since = since(&params)?;
    own.call.service.delete_everything(&own.actor).await?;
    own.audit_act("history.delete_all", None, 1).await;
    done(&own, since).await
}

/// Every deletion after a version, for a client that catches up.
pub(super) async fn facts(own: Own, params: Params) -> Reply<Json<Value>> {
    let since = since(&params)?.unwrap_or_default();
    let limit = params.number("limit", FACTS_PAGE_MAX, 1, FACTS_PAGE_MAX)?;
    Ok(Json(Value::Object(facts_after(&own, since, limit).await?)))
}

/// The version that the caller has every deletion up to, if it names one. To be read before anything is deleted.
pub(super) fn since(params: &Params) -> Reply<Option<Version>> {
    let version = |text| digits(text).map(Version);
    let given = params.text("since").map(version);
    given
        .map(|version| version.ok_or_else(|| not_legal("since")))
        .transpose()
}

/// What the caller is told along with the answer to a deletion: nothing, or every deletion after the version that it named.
///
/// Called after the commit. If it is refused, the deletion is done nevertheless; repeating the call changes nothing more.
pub(super) async fn told(own: &Own, since: Option<Version>) -> Reply<Map<String, Value>> {
    match since {
        Some(since) => facts_after(own, since, FACTS_PAGE_MAX).await,
        None => Ok(Map::new()),
    }
}

/// The first deletions after a version: `facts`, the account's `version`, and whether there are `more` facts.
async fn facts_after(own: &Own, since: Version, limit: usize) -> Reply<Map<String, Value>> {
    let store = &own.call.service.store;
    let page = store.facts(own.actor.id(), since, limit).await?;
    let facts: Vec<Value> = page.facts.iter().map(fact).collect();
    Ok(Map::from_iter([
        ("facts".to_owned(), facts.into()),
        ("version".to_owned(), page.version.0.to_string().into()),
        ("more".to_owned(), page.more.into()),
    ]))
}

fn fact(fact: &Fact) -> Value {
    json!({
        "version": fact.version.0.to_string(),
        "conversation": fact.target.id(),
        "type": chat_type(&fact.target),
        "from": fact.from.to_string(),
        "to": fact.to.to_string(),
        "resource": fact.resource,
    })
}

/// These calls answer without the envelope.
async fn done(own: &Own, since: Option<Version>) -> Reply<Json<Value>> {
    let mut answer = told(own, since).await?;
    answer.insert("requestStatusCode".to_owned(), "ok".into());
    let now = own.call.service.clock.now();
    answer.insert("timestamp".to_owned(), now.0.into());
    Ok(Json(Value::Object(answer)))
}

fn target(kind: &str, params: &Params) -> Reply<Target> {
    match kind {
        "chat" => Ok(Target::Peer(name("userId", params.required("userId")?)?)),
        "group" => Ok(Target::Group(group(
            "groupId",
            params.required("groupId")?,
        )?)),
        _ => Err(Refusal::new(
            ErrorCode::NotFound,
            "resource_not_found",
            format!("no kind of conversation is called {kind}"),
        )),
    }
}

fn ids(list: &str) -> Reply<Vec<Pos>> {
    let id = |text: &str| digits(text.trim()).map(|id| Pos(id.min(Pos::MAX.0)));
    list.split(',')
        .map(id)
        .collect::<Option<_>>()
        .ok_or_else(|| not_legal("msgIdList"))
}

/// Milliseconds above zero. A time to come is legal and means everything so far; a number beyond 64 bits is no time.
fn time(text: &str) -> Reply<Millis> {
    if text.bytes().any(|byte| !byte.is_ascii_digit()) {
        return Err(not_legal("delTime"));
    }
    match digits(text) {
        Some(ms) if ms > 0 => Ok(Millis(ms)),
        _ => Err(not_legal("delTime")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_numbers() {
        let check = |list: &str, want: Option<&[u64]>| {
            let found = ids(list)
                .ok()
                .map(|ids| ids.iter().map(|id| id.0).collect::<Vec<_>>());
            assert_eq!(found.as_deref(), want, "{list}");
        };
        check("1", Some(&[1]));
        check("1, 2,1", Some(&[1, 2, 1]));
        check("18446744073709551615", Some(&[Pos::MAX.0]));
        for list in [
            "18446744073709551616",
            "a",
            "1,",
            ",",
            "1,,2",
            "-1",
            "1.0",
            "0x1",
        ] {
            check(list, None);
        }
    }

    #[test]
    fn times_are_above_zero() {
        let check = |text: &str, want: Option<u64>| {
            assert_eq!(time(text).ok().map(|time| time.0), want, "{text}");
        };
        check("1", Some(1));
        check("99999999999999999999999999", None);
        check("18446744073709551615", Some(u64::MAX));
        for text in ["0", "000", "-5", "+5", "x", "1e9", "1.5", " 1"] {
            check(text, None);
        }
    }

    #[test]
    fn targets_need_their_own_parameter() {
        let check = |kind: &str, query: &str, want: Option<&str>| {
            assert_eq!(
                target(kind, &Params::of(query))
                    .ok()
                    .as_ref()
                    .map(Target::id),
                want,
                "{kind} {query}"
            );
        };
        check("chat", "userId=Bob", Some("bob"));
        check("chat", "groupId=1", None);
        check("chat", "userId=b%20b", None);
        check("group", "groupId=12", Some("12"));
        check("group", "groupId=x", None);
        check("room", "groupId=1", None);
    }
}
