//! Request bodies: JSON, whatever the content type says. Keys that nobody knows are let through.

use crate::service::{Refusal, Reply};
use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use lacuna_domain::ErrorCode;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Whatever there is.
#[derive(Debug)]
pub(super) struct RawBody(pub(super) Bytes);

impl<S: Send + Sync> FromRequest<S> for RawBody {
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &S) -> Reply<Self> {
        let bytes = Bytes::from_request(request, state).await;
        bytes.map(Self).map_err(|rejection| {
            if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
                Refusal::new(
                    ErrorCode::BodyTooLarge,
                    "request_entity_too_large",
                    "the request's body is too large",
                )
            } else {
                malformed()
            }
        })
    }
}

/// Any JSON.
#[derive(Debug)]
pub(super) struct AnyBody(pub(super) Value);

impl<S: Send + Sync> FromRequest<S> for AnyBody {
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &S) -> Reply<Self> {
        let RawBody(bytes) = RawBody::from_request(request, state).await?;
        serde_json::from_slice(&bytes)
            .map(Self)
            .map_err(|_| malformed())
    }
}

/// A JSON object that says what a `T` says, or nothing at all.
#[derive(Debug)]
pub(super) struct MaybeBody<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned + Default> FromRequest<S> for MaybeBody<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &S) -> Reply<Self> {
        let RawBody(bytes) = RawBody::from_request(request, state).await?;
        if bytes.is_empty() {
            return Ok(Self(T::default()));
        }
        let value = serde_json::from_slice(&bytes).map_err(|_| malformed())?;
        of(value).map(Self)
    }
}

/// A JSON object that says what a `T` says.
#[derive(Debug)]
pub(super) struct Body<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &S) -> Reply<Self> {
        let AnyBody(value) = AnyBody::from_request(request, state).await?;
        of(value).map(Self)
    }
}

/// What a JSON object says.
pub(super) fn of<T: DeserializeOwned>(value: Value) -> Reply<T> {
    if !value.is_object() {
        return Err(malformed()); // an array would be read field by field
    }
    serde_json::from_value(value).map_err(|_| malformed())
}

/// The body is no JSON, or not the JSON that is asked for.
pub(super) fn malformed() -> Refusal {
    let text = "Request body is invalid. Please check body is correct.";
    Refusal::new(ErrorCode::InvalidParam, "invalid_request_body", text)
}

/// A whole number, bare or as text: callers do both. None for anything else.
pub(super) fn whole(value: &Value) -> Option<i128> {
    match value {
        Value::Number(number) => number
            .as_i64()
            .map(i128::from)
            .or_else(|| number.as_u64().map(i128::from)),
        Value::String(text) => text.parse().ok(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}
