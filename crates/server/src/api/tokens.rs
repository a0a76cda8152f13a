//! Tokens.

use super::answer::user_entity;
use super::body::{Body, whole};
use super::extract::{Call, Own};
use super::params::not_legal;
use crate::service::{Refusal, Reply, TokenRequest};
use axum::Json;
use lacuna_domain::{ErrorCode, Name};
use serde::Deserialize;
use serde_json::{Value, json};

/// What a token that never ends is said to end at: the last second of the year 9999.
const NEVER_MS: u64 = 253_402_300_799_000;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct TokenBody {
    grant_type: Option<String>,
    username: Option<String>,
    password: Option<String>,
    client_id: Option<String>,
    client_secret: Option<String>,
    #[serde(rename = "autoCreateUser")]
    auto_create_user: Option<bool>,
    ttl: Option<Value>,
}

/// Issues a token: to a user, to the integrator, or to the integrator for a user.
pub(super) async fn issue(call: Call, Body(body): Body<TokenBody>) -> Reply<Json<Value>> {
    let ttl = body.ttl.as_ref().map(ttl).transpose()?;
    let given = |field: Option<String>, name: &str| {
        field
            .filter(|text| !text.is_empty())
            .ok_or_else(|| not_given(name))
    };
    let request = match body.grant_type.as_deref() {
        Some("password") => TokenRequest::Password {
            username: given(body.username, "username")?,
            password: given(body.password, "password")?,
            address: call.address,
        },
        Some("client_credentials") => TokenRequest::Client {
            id: given(body.client_id, "client_id")?,
            secret: given(body.client_secret, "client_secret")?,
        },
        Some("inherit") => {
            if call.owner().await?.account.is_some() {
                return Err(Refusal::forbidden("this needs an app token"));
            }
            TokenRequest::Inherit {
                username: given(body.username, "username")?,
                create: body.auto_create_user.unwrap_or(false),
            }
        }
        None => return Err(not_given("grant_type")),
        Some(_) => return Err(invalid_grant("grant_type is not supported")),
    };
    let issued = call.service.issue_token(&call.app, request, ttl).await?;
    if let (true, Some(account)) = (issued.created, &issued.account) {
        let users = format!("users {}", account.profile.name);
        call.audit(&Name::admin(), "user.register", users, 1).await;
    }
    let mut answer = json!({"access_token": issued.token, "expires_in": issued.ttl_seconds, "application": call.app.id.to_string()});
    if let (Some(account), Some(fields)) = (&issued.account, answer.as_object_mut()) {
        fields.insert("user".to_owned(), user_entity(account));
    }
    Ok(Json(answer))
}

/// When the token of the call ends.
pub(super) async fn expires(own: Own) -> Reply<Json<Value>> {
    let expires = own.call.owner().await?.expires.map_or(NEVER_MS, |at| at.0);
    Ok(own.call.answer(json!({"expire_timestamp": expires})))
}

/// Seconds, at most 136 years; the default for null.
fn ttl(value: &Value) -> Reply<u64> {
    whole(value)
        .and_then(|seconds| u32::try_from(seconds).ok())
        .map(u64::from)
        .ok_or_else(|| not_legal("ttl"))
}

fn not_given(name: &str) -> Refusal {
    invalid_grant(format!("{name} must be provided"))
}

fn invalid_grant(text: impl Into<std::borrow::Cow<'static, str>>) -> Refusal {
    Refusal::new(ErrorCode::InvalidParam, "invalid_grant", text)
}
