//! Pages of history.

use super::body::{Body, whole};
use super::extract::Own;
use super::params::{group, name, not_legal};
use crate::service::{Refusal, Reply};
use axum::Json;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use lacuna_domain::limits::{HISTORY_PAGE_DEFAULT, HISTORY_PAGE_MAX};
use lacuna_domain::{Direction, MessageKind, Millis, Name, Pos, Target};
use lacuna_proto::meta::full_meta;
use lacuna_proto::pb::Jid;
use lacuna_proto::{DOMAIN_CONFERENCE, DOMAIN_USER, noted};
use lacuna_store::{Entry, HistoryQuery};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct HistoryBody {
    queue: Option<String>,
    start: Value,
    pull_number: Value,
    is_positive: Option<bool>,
    #[serde(rename = "msgType")]
    msg_type: Option<String>,
    #[serde(rename = "startTime")]
    start_time: Value,
    #[serde(rename = "endTime")]
    end_time: Value,
    #[serde(rename = "userId")]
    user_id: Option<String>,
    #[serde(rename = "userIds")]
    user_ids: Value,
}

/// One page of one conversation, as the caller sees it.
pub(super) async fn page(own: Own, Body(body): Body<HistoryBody>) -> Reply<Json<Value>> {
    let app_key = own.call.app.settings.key();
    let target = queue(body.queue.as_deref().unwrap_or_default(), &app_key)?;
    own.call
        .service
        .check_roaming(&own.call.app, &target)
        .await?;
    let me = own.actor.name();
    let query = HistoryQuery {
        account: own.actor.id(),
        name: me.clone(),
        app: own.call.app.id,
        target: target.clone(),
        from: start(&body.start)?,
        direction: if body.is_positive.unwrap_or(false) {
            Direction::Newer
        } else {
            Direction::Older
        },
        limit: limit(&body.pull_number)?,
        since: time("startTime", &body.start_time)?,
        until: time("endTime", &body.end_time)?,
        kinds: kinds(body.msg_type.as_deref().unwrap_or_default())?,
        sender: sender(body.user_id.as_deref(), &body.user_ids)?,
    };
    let service = &own.call.service;
    let page = service.store.history(query).await?;
    let reactions = service.page_reactions(&own.actor, &page).await?;
    let row = |entry: &Entry| {
        let body = match reactions.get(&entry.pos) {
            Some(of_it) => noted(&entry.body, "reaction", of_it.clone().into()),
            None => entry.body.clone(),
        };
        let meta = full_meta(
            entry.pos.0,
            &Jid::user(&app_key, entry.sender.as_str()),
            &to(&app_key, me, &target, entry),
            entry.pos.time().0,
            &body,
        );
        json!({"msg": STANDARD.encode(meta), "msg_id": entry.pos.to_string()})
    };
    let data = json!({
        "user": own.actor.account.profile.display,
        "queue": body.queue,
        "msgs": page.entries.iter().map(row).collect::<Vec<_>>(),
        "next_key": page.next.map_or_else(String::new, |next| next.to_string()),
        "is_last": page.next.is_none(),
        "timestamp": own.call.service.clock.now().0,
    });
    Ok(own
        .call
        .answer(json!({"action": "get message roaming", "data": data})))
}

/// Whom an entry of a conversation was sent to, seen by one of its users.
pub(super) fn to(app_key: &str, me: &Name, target: &Target, entry: &Entry) -> Jid {
    match target {
        Target::Group(id) => Jid::group(app_key, id.as_str()),
        Target::Peer(peer) if entry.sender == *me => Jid::user(app_key, peer.as_str()),
        Target::Peer(_) => Jid::user(app_key, me.as_str()),
    }
}

/// `bob@easemob.com` or `7@conference.easemob.com`, either with `org#app_` before it or not.
fn queue(text: &str, app_key: &str) -> Reply<Target> {
    let (id, domain) = text.split_once('@').ok_or_else(|| not_legal("queue"))?;
    let id = id
        .strip_prefix(app_key)
        .and_then(|rest| rest.strip_prefix('_'))
        .unwrap_or(id);
    match domain {
        DOMAIN_USER => Ok(Target::Peer(name("queue", id)?)),
        DOMAIN_CONFERENCE if !id.is_empty() => Ok(Target::Group(group("queue", id)?)),
        _ => Err(not_legal("queue")),
    }
}

/// Where the page before ended; −1, nothing and the empty text stand for the end of the direction.
fn start(value: &Value) -> Reply<Option<Pos>> {
    Ok(number("start", value)?.map(|pos| Pos(pos.min(Pos::MAX.0))))
}

fn time(name: &str, value: &Value) -> Reply<Option<Millis>> {
    Ok(number(name, value)?.map(Millis))
}

fn number(name: &str, value: &Value) -> Reply<Option<u64>> {
    if value.is_null() || value == "" {
        return Ok(None);
    }
    match whole(value) {
        Some(-1) => Ok(None),
        Some(number) => u64::try_from(number).map(Some).map_err(|_| not_legal(name)),
        None => Err(not_legal(name)),
    }
}

fn limit(value: &Value) -> Reply<usize> {
    if value.is_null() {
        return Ok(HISTORY_PAGE_DEFAULT);
    }
    let number = whole(value).and_then(|number| usize::try_from(number).ok());
    number
        .filter(|number| (1..=HISTORY_PAGE_MAX).contains(number))
        .ok_or_else(|| not_legal("pull_number"))
}

fn kinds(list: &str) -> Reply<Vec<MessageKind>> {
    let names = list
        .split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty());
    let mut kinds = names
        .map(MessageKind::from_name)
        .collect::<Option<Vec<_>>>()
        .ok_or_else(|| not_legal("msgType"))?;
    kinds.sort_unstable();
    kinds.dedup();
    Ok(kinds)
}

/// The one sender whose messages are asked for. Newer clients name it in a list.
fn sender(user_id: Option<&str>, user_ids: &Value) -> Reply<Option<Name>> {
    let mut named: Vec<&str> = user_id.into_iter().collect();
    match user_ids {
        Value::Null => {}
        Value::String(text) => named.extend(text.split(',')),
        Value::Array(list) => {
            for user in list {
                named.push(user.as_str().ok_or_else(|| not_legal("userIds"))?);
            }
        }
        Value::Bool(_) | Value::Number(_) | Value::Object(_) => return Err(not_legal("userIds")),
    }
    let mut names = named
        .into_iter()
        .filter(|text| !text.is_empty())
        .map(|text| name("userId", text))
        .collect::<Reply<Vec<_>>>()?;
    names.dedup();
    if names.len() > 1 {
        return Err(Refusal::illegal(
            "messages of one sender can be asked for, or of all",
        ));
    }
    Ok(names.pop())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queues_name_conversations() {
        let check = |text: &str, want: Option<&str>| {
            assert_eq!(
                queue(text, "acme#demo").ok().as_ref().map(Target::id),
                want,
                "{text}"
            );
        };
        check("Bob@easemob.com", Some("bob"));
        check("acme#demo_bob@easemob.com", Some("bob"));
        check("acme#demo_b_c@easemob.com", Some("b_c"));
        check("7@conference.easemob.com", Some("7"));
        check("acme#demo_7@conference.easemob.com", Some("7"));
        for text in [
            "",
            "bob",
            "@easemob.com",
            "@conference.easemob.com",
            "bob@else",
            "other#demo_bob@easemob.com",
            "x@conference.easemob.com",
        ] {
            check(text, None);
        }
    }

    #[test]
    fn the_start_is_a_position_or_the_end() {
        let check = |value: Value, want: Option<Option<u64>>| {
            assert_eq!(
                start(&value).ok().map(|pos| pos.map(|pos| pos.0)),
                want,
                "{value}"
            );
        };
        for value in [json!(null), json!(""), json!(-1), json!("-1")] {
            check(value, Some(None));
        }
        check(json!(5), Some(Some(5)));
        check(
            json!("1234567890123456789"),
            Some(Some(1_234_567_890_123_456_789)),
        );
        for value in [
            json!(-2),
            json!("x"),
            json!(1.5),
            json!("99999999999999999999"),
            json!(true),
            json!([]),
        ] {
            check(value, None);
        }
    }

    #[test]
    fn page_sizes_have_bounds() {
        let check =
            |value: Value, want: Option<usize>| assert_eq!(limit(&value).ok(), want, "{value}");
        check(json!(null), Some(20));
        check(json!(1), Some(1));
        check(json!(50), Some(50));
        for value in [
            json!(0),
            json!(51),
            json!(-1),
            json!(""),
            json!("x"),
            json!(2.5),
            json!(u64::MAX),
        ] {
            check(value, None);
        }
    }

    #[test]
    fn kinds_and_senders() {
        assert_eq!(kinds("").unwrap(), []);
        assert_eq!(
            kinds("img,txt, img").unwrap(),
            [MessageKind::Text, MessageKind::Image]
        );
        assert!(kinds("txt,nonsense").is_err());
        let check = |user: Option<&str>, users: Value, want: Option<Option<&str>>| {
            assert_eq!(
                sender(user, &users)
                    .ok()
                    .as_ref()
                    .map(|name| name.as_ref().map(Name::as_str)),
                want,
                "{user:?} {users}"
            );
        };
        check(None, json!(null), Some(None));
        check(None, json!([]), Some(None));
        check(None, json!(""), Some(None));
        check(Some("Bob"), json!(null), Some(Some("bob")));
        check(None, json!(["bob"]), Some(Some("bob")));
        check(Some("bob"), json!(["BOB"]), Some(Some("bob")));
        check(None, json!(["bob", "eve"]), None);
        check(None, json!([1]), None);
        check(None, json!(7), None);
        check(Some("b b"), json!(null), None);
    }
}
