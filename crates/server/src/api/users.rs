//! Accounts.

use super::answer::user_entity;
use super::body::{self, AnyBody, Body, malformed};
use super::extract::{ByApp, Call, Own};
use super::params::{Params, cut, digits, not_legal};
use crate::service::{Refusal, Registration, Reply};
use axum::Json;
use lacuna_domain::limits::REGISTER_BATCH_MAX;
use lacuna_domain::{AccountId, Name};
use serde::Deserialize;
use serde_json::{Value, json};

const USERS_PAGE_DEFAULT: usize = 10;
const USERS_PAGE_MAX: usize = 100;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct RegisterBody {
    username: Option<String>,
    password: Option<String>,
    nickname: Option<String>,
}

impl From<RegisterBody> for Registration {
    fn from(body: RegisterBody) -> Self {
        Self {
            username: body.username.unwrap_or_default(),
            password: body.password.unwrap_or_default(),
            nickname: body.nickname.unwrap_or_default(),
        }
    }
}

/// Registers one account (an object) or several (an array): by anybody if registration is open, or by the server API.
pub(super) async fn register(call: Call, AnyBody(value): AnyBody) -> Reply<Json<Value>> {
    let bodies = match value {
        Value::Array(bodies) => bodies,
        body @ Value::Object(_) => vec![body],
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            return Err(malformed());
        }
    };
    if bodies.len() > REGISTER_BATCH_MAX {
        let text = format!(
            "Request body array size[{}] had almost reached the max limit {REGISTER_BATCH_MAX}",
            bodies.len()
        );
        return Err(Refusal::illegal(text));
    }
    // Clients send stale tokens when they register: one that is not good counts as none.
    let by_app = call
        .owner()
        .await
        .is_ok_and(|owner| owner.account.is_none());
    let registrations = bodies
        .into_iter()
        .map(|value| body::of::<RegisterBody>(value).map(Into::into))
        .collect::<Reply<_>>()?;
    let created = call
        .service
        .register(&call.app, registrations, by_app)
        .await?;
    if by_app {
        let names: Vec<&str> = created
            .iter()
            .map(|account| account.profile.name.as_str())
            .collect();
        let users = format!("users {}", names.join(", "));
        call.audit(&Name::admin(), "user.register", users, created.len())
            .await;
    }
    Ok(call.answer(json!({"entities": created.iter().map(user_entity).collect::<Vec<_>>()})))
}

/// A page of all accounts.
pub(super) async fn list(by: ByApp, params: Params) -> Reply<Json<Value>> {
    let limit = params.number("limit", USERS_PAGE_DEFAULT, 1, USERS_PAGE_MAX)?;
    let after = match params.text("cursor") {
        None => AccountId::default(),
        Some(cursor) => digits(cursor)
            .and_then(|id| i64::try_from(id).ok())
            .map(AccountId)
            .ok_or_else(|| not_legal("cursor"))?,
    };
    let mut accounts = by
        .call
        .service
        .store
        .accounts(by.call.app.id, after, limit + 1)
        .await?;
    let more = cut(&mut accounts, limit);
    let mut fields = json!({"entities": accounts.iter().map(user_entity).collect::<Vec<_>>(), "count": accounts.len()});
    if let (true, Some(last), Some(fields)) = (more, accounts.last(), fields.as_object_mut()) {
        fields.insert("cursor".to_owned(), last.id.to_string().into());
    }
    Ok(by.call.answer(fields))
}

/// One account.
pub(super) async fn show(own: Own) -> Json<Value> {
    std::future::ready(
        own.call
            .answer(json!({"entities": [user_entity(&own.actor.account)]})),
    )
    .await
}

#[derive(Debug, Deserialize)]
pub(super) struct ChangeBody {
    nickname: Option<String>,
    /// Facts by key; of these only which groups the user shields itself from are known.
    entities: Option<Vec<serde_json::Map<String, Value>>>,
}

/// Changes the nickname, or which groups the user shields itself from. What else clients put here (their push tokens) is let
/// through without effect.
pub(super) async fn change(own: Own, Body(body): Body<ChangeBody>) -> Reply<Json<Value>> {
    super::group_managing::ignore(&own, &body.entities.unwrap_or_default()).await?;
    let account = match body.nickname {
        Some(nickname) => {
            own.call
                .service
                .change_nickname(&own.call.app, own.actor.name().as_str(), nickname)
                .await?
        }
        None => own.actor.account,
    };
    Ok(own
        .call
        .answer(json!({"entities": [user_entity(&account)]})))
}

/// Deletes an account.
pub(super) async fn remove(by: ByApp) -> Reply<Json<Value>> {
    let deleted = by
        .call
        .service
        .delete_user(&by.call.app, by.call.part("user"))
        .await?;
    let user = format!("user {}", deleted.profile.name);
    by.call.audit(&Name::admin(), "user.delete", user, 1).await;
    Ok(by.call.answer(json!({"entities": [user_entity(&deleted)]})))
}

#[derive(Debug, Deserialize)]
pub(super) struct PasswordBody {
    newpassword: Option<String>,
}

/// Changes a password; every token and session of the account ends.
pub(super) async fn change_password(
    by: ByApp,
    Body(body): Body<PasswordBody>,
) -> Reply<Json<Value>> {
    let password = body.newpassword.unwrap_or_default();
    by.call
        .service
        .change_password(&by.call.app, by.call.part("user"), password)
        .await?;
    let user = format!("user {}", by.call.part("user").to_ascii_lowercase());
    by.call
        .audit(&Name::admin(), "user.change_password", user, 1)
        .await;
    Ok(by.call.answer(json!({})))
}
