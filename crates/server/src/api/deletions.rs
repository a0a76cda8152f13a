//! One-way deletion: for client SDKs and, with the same parameters, for the server API.

use super::extract::{Call, Own};
use super::params::{Params, digits, group, name, not_legal};
use crate::service::{Refusal, Reply};
use axum::Json;
use lacuna_domain::limits::FACTS_PAGE_MAX;
use lacuna_domain::{ErrorCode, Millis, Pos, Target, Version};
use lacuna_store::Fact;
use serde_json::{Value, json};

/// Deletes messages by id.
pub(super) async fn by_ids(own: Own, params: Params) -> Reply<Json<Value>> {
    let target = target(own.call.part("kind"), &params)?;
    let ids = ids(params.required("msgIdList")?)?;
    let notice = params.flag("isNotify", true)?;
    own.call
        .service
        .delete_ids(&own.actor, target, ids, notice)
        .await?;
    Ok(done(&own.call))
}

/// Deletes everything of a conversation up to a time, that time included.
pub(super) async fn by_time(own: Own, params: Params) -> Reply<Json<Value>> {
    let target = target(own.call.part("kind"), &params)?;
    let time = time(params.required("delTime")?)?;
    let notice = params.flag("isNotify", true)?;
    own.call
        .service
        .delete_through(&own.actor, target, time, notice)
        .await?;
    Ok(done(&own.call))
}

/// Deletes everything.
pub(super) async fn everything(own: Own) -> Reply<Json<Value>> {
    own.call.service.delete_everything(&own.actor).await?;
    Ok(done(&own.call))
}

/// Every deletion after a version, for a client that catches up.
pub(super) async fn facts(own: Own, params: Params) -> Reply<Json<Value>> {
    let since = params
        .text("since")
        .map_or(Some(0), digits)
        .ok_or_else(|| not_legal("since"))?;
    let limit = params.number("limit", FACTS_PAGE_MAX, 1, FACTS_PAGE_MAX)?;
    let page = own
        .call
        .service
        .store
        .facts(own.actor.id(), Version(since), limit)
        .await?;
    let facts: Vec<Value> = page.facts.iter().map(fact).collect();
    Ok(Json(
        json!({"facts": facts, "version": page.version.0.to_string(), "more": page.more}),
    ))
}

fn fact(fact: &Fact) -> Value {
    let kind = match fact.target {
        Target::Peer(_) => "chat",
        Target::Group(_) => "groupchat",
    };
    json!({
        "version": fact.version.0.to_string(),
        "conversation": fact.target.id(),
        "type": kind,
        "from": fact.from.to_string(),
        "to": fact.to.to_string(),
        "resource": fact.resource,
    })
}

/// These calls answer without the envelope.
fn done(call: &Call) -> Json<Value> {
    Json(json!({"requestStatusCode": "ok", "timestamp": call.service.clock.now().0}))
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
