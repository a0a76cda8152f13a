//! Do not disturb.

use super::body::{Body, whole};
use super::extract::Own;
use super::params::{self, Params, not_legal};
use super::route::{Routes, Who, op};
use super::schema::{self, digits, text};
use crate::service::{Refusal, Reply, SilenceChange, Silenced};
use axum::Json;
use lacuna_domain::Target;
use lacuna_domain::limits::SILENCE_PAGE_MAX;
use serde::Deserialize;
use serde_json::{Map, Value, json};

const SILENCE_PAGE_DEFAULT: usize = 10;

/// The routes of this file.
#[rustfmt::skip] // a route is a row, so that all of them are seen at once
pub(super) fn routes(t: &mut Routes) {
    t.get("users/{user}/notification", several, op("silence.several", "How a user is notified of several conversations", Who::Own)
        .query([text("user"), text("group")]));
    t.get("users/{user}/notification/language", language, op("silence.language", "The language of notifications", Who::Own));
    t.put("users/{user}/notification/language", set_language, op("silence.set_language", "Sets the language of notifications", Who::Own)
        .body([text("translationLanguage")]));
    t.get("users/{user}/notification/mute/type", silenced, op("silence.silenced", "A page of the conversations with a kind of their own", Who::Own)
        .query([schema::whole("limit"), text("cursor")]));
    t.get("users/{user}/notification/{kind}/{target}", show, op("silence.show", "How a user is notified of a conversation", Who::Own));
    t.put("users/{user}/notification/{kind}/{target}", set, op("silence.set", "Sets how a user is notified of a conversation", Who::Own)
        .query([text("resource")]).body([text("type"), text("ignoreInterval"), digits("ignoreDuration")]));
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct SilenceBody {
    #[serde(rename = "type")]
    kind: Option<String>,
    #[serde(rename = "ignoreInterval")]
    interval: Option<String>,
    #[serde(rename = "ignoreDuration")]
    pause_ms: Value,
}

/// What the path names: none for everything.
fn target(own: &Own) -> Reply<Option<Target>> {
    let text = own.call.part("target");
    match own.call.part("kind") {
        "user" => {
            let name = params::name("user", text)?;
            Ok((name != *own.actor.name()).then_some(Target::Peer(name)))
        }
        "chatgroup" => Ok(Some(Target::Group(params::group("chatgroup", text)?))),
        _ => Err(not_legal("type")),
    }
}

/// Sets how the user is notified of a conversation, or of everything.
async fn set(own: Own, Body(body): Body<SilenceBody>) -> Reply<Json<Value>> {
    let target = target(&own)?;
    let pause_ms = match &body.pause_ms {
        Value::Null => None,
        value => {
            let ms = whole(value).and_then(|ms| u64::try_from(ms).ok());
            Some(ms.ok_or_else(|| Refusal::illegal("ignoreDuration is not legal"))?)
        }
    };
    let change = SilenceChange {
        kind: body.kind,
        interval: body.interval,
        pause_ms,
    };
    let silence = own
        .call
        .service
        .set_silence(&own.actor, target.as_ref(), &change, &own.resource)
        .await?;
    Ok(own.call.data(json!(silence)))
}

/// How the user is notified of a conversation, or of everything.
async fn show(own: Own) -> Reply<Json<Value>> {
    let target = target(&own)?;
    let mut silence = own
        .call
        .service
        .silence(own.actor.id(), target.as_ref())
        .await?;
    if target.is_none() {
        silence.kind.get_or_insert_with(|| "ALL".to_owned());
    }
    Ok(own.call.data(json!(silence)))
}

/// How the user is notified of several conversations.
async fn several(own: Own, params: Params) -> Reply<Json<Value>> {
    let list = |name: &str| {
        let text = params.text(name).unwrap_or_default();
        text.split(',')
            .filter(|part| !part.is_empty())
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let mut targets = Vec::new();
    for name in list("user") {
        targets.push(Target::Peer(params::name("user", &name)?));
    }
    for id in list("group") {
        targets.push(Target::Group(params::group("group", &id)?));
    }
    let found = own.call.service.silences(own.actor.id(), &targets).await?;
    let (mut users, mut groups) = (Map::new(), Map::new());
    for (target, silence) in targets.iter().zip(found) {
        let place = match target {
            Target::Peer(_) => &mut users,
            Target::Group(_) => &mut groups,
        };
        place.insert(target.id().to_owned(), json!(silence));
    }
    Ok(own.call.data(json!({"user": users, "group": groups})))
}

/// A page of the conversations that have a kind of their own. The cursor names the last one of the page before.
async fn silenced(own: Own, params: Params) -> Reply<Json<Value>> {
    let limit = params.number("limit", SILENCE_PAGE_DEFAULT, 1, SILENCE_PAGE_MAX)?;
    let after = params.text("cursor").map(cursor).transpose()?;
    let mut rows = own
        .call
        .service
        .silenced(own.actor.id(), after, limit + 1)
        .await?;
    let more = params::cut(&mut rows, limit);
    let last = rows.last().filter(|_| more);
    let cursor = last.map_or_else(String::new, |row| {
        format!("{}:{}", place(&row.target), row.target.id())
    });
    let data: Vec<Value> = rows.iter().map(row).collect();
    Ok(own.call.answer(json!({"data": data, "cursor": cursor})))
}

fn cursor(text: &str) -> Reply<Target> {
    match text.split_once(':') {
        Some(("user", name)) => Ok(Target::Peer(params::name("cursor", name)?)),
        Some(("group", id)) => Ok(Target::Group(params::group("cursor", id)?)),
        _ => Err(not_legal("cursor")),
    }
}

const fn place(target: &Target) -> &'static str {
    match target {
        Target::Peer(_) => "user",
        Target::Group(_) => "group",
    }
}

fn row(silenced: &Silenced) -> Value {
    json!({place(&silenced.target): silenced.target.id(), "value": silenced.kind})
}

#[derive(Debug, Deserialize)]
struct LanguageBody {
    #[serde(rename = "translationLanguage")]
    language: Option<String>,
}

/// Sets the language that notifications are translated to.
async fn set_language(own: Own, Body(body): Body<LanguageBody>) -> Reply<Json<Value>> {
    let language = body.language.unwrap_or_default();
    own.call.service.set_language(&own.actor, &language).await?;
    Ok(own.call.data(json!({"language": language})))
}

/// The language that notifications are translated to.
async fn language(own: Own) -> Reply<Json<Value>> {
    let language = own.call.service.language(own.actor.id()).await?;
    Ok(own.call.data(json!({"language": language})))
}
