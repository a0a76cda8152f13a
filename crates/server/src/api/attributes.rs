//! Users' attributes.

use super::Api;
use super::body::{Body, malformed};
use super::extract::{Caller, Own};
use crate::service::{Attributes, Refusal, Reply};
use axum::extract::Query;
use axum::routing::{post, put};
use axum::{Json, Router};
use lacuna_domain::limits::{ATTRIBUTES_BYTES_MAX, NAME_BYTES_MAX};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::sync::Arc;

#[rustfmt::skip] // a route is a line, so that all of them are seen at once
pub(super) fn routes() -> Router<Arc<Api>> {
    let at = |path: &str| format!("/{{org}}/{{app}}/{path}");
    Router::new()
        .route(&at("metadata/user/get"), post(get_many))
        .route(&at("metadata/user/{user}"), put(set).get(show).delete(remove))
}

/// Sets attributes: a form, as client SDKs send it, or a JSON object. What is not named stays.
async fn set(own: Own, body: String) -> Reply<Json<Value>> {
    let attributes = read(&body)?;
    if attributes.is_empty() {
        return Err(Refusal::illegal("no attribute is named"));
    }
    if attributes
        .keys()
        .any(|key| key.is_empty() || key.len() > NAME_BYTES_MAX)
    {
        return Err(Refusal::illegal("the name of an attribute is not legal"));
    }
    let all = own
        .call
        .service
        .set_attributes(&own.actor, &attributes)
        .await?;
    Ok(own.call.data(json!(all)))
}

/// The attributes that a body names. Numbers and truth values become texts, as in a form.
fn read(body: &str) -> Reply<Attributes> {
    if !body.trim_start().starts_with('{') {
        // A form is written as a query is, but clients leave characters in it that no query may have.
        let uri = format!("/?{}", escaped(body))
            .parse()
            .map_err(|_| malformed())?;
        let Query(attributes) = Query::try_from_uri(&uri).map_err(|_| malformed())?;
        return Ok(attributes);
    }
    let fields: Map<String, Value> = serde_json::from_str(body).map_err(|_| malformed())?;
    let texts = fields.into_iter().map(|(key, value)| match value {
        Value::String(text) => Ok((key, text)),
        Value::Number(_) | Value::Bool(_) => Ok((key, value.to_string())),
        Value::Null | Value::Array(_) | Value::Object(_) => Err(malformed()),
    });
    texts.collect()
}

/// A form whose every byte may stand in a query.
fn escaped(form: &str) -> String {
    let escape = |byte: u8| {
        if byte.is_ascii_alphanumeric() || b"&=%+-_.~".contains(&byte) {
            char::from(byte).to_string()
        } else {
            format!("%{byte:02X}")
        }
    };
    form.bytes().map(escape).collect()
}

/// A user's attributes, for everybody.
async fn show(caller: Caller) -> Reply<Json<Value>> {
    let call = &caller.call;
    let account = call.service.account(&call.app, call.part("user")).await?;
    let all = call.service.attributes(account.id).await?;
    debug_assert!(
        all.values().map(String::len).sum::<usize>() <= ATTRIBUTES_BYTES_MAX,
        "bounded when they were written"
    );
    Ok(call.data(json!(all)))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct GetBody {
    targets: Vec<String>,
    properties: Vec<String>,
}

/// Attributes of several users, for everybody.
async fn get_many(caller: Caller, Body(body): Body<GetBody>) -> Reply<Json<Value>> {
    if body.targets.is_empty() {
        return Err(Refusal::missing("targets"));
    }
    let call = &caller.call;
    let found = call
        .service
        .attributes_of(&call.app, &body.targets, &body.properties)
        .await?;
    Ok(call.data(Value::Object(found)))
}

/// Deletes all attributes of a user.
async fn remove(own: Own) -> Reply<Json<Value>> {
    own.call.service.delete_attributes(&own.actor).await?;
    Ok(own.call.data(json!(true)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_and_objects_say_the_same() {
        let form = read("nickname=Tom%20%26%20x&gender=1").unwrap();
        let object = read(r#" {"nickname": "Tom & x", "gender": 1}"#).unwrap();
        assert_eq!(form, object);
        assert_eq!(form.get("nickname").map(String::as_str), Some("Tom & x"));
        let raw = read("sign=a#b ?\u{e4}\"<").unwrap();
        assert_eq!(raw.get("sign").map(String::as_str), Some("a#b ?\u{e4}\"<"));
        assert!(read(r#"{"nickname": null}"#).is_err());
        assert!(read("{").is_err());
    }
}
