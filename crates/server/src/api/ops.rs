//! What operators look at.

use super::extract::bearer;
use crate::service::{Refusal, Reply, Service};
use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use lacuna_domain::ErrorCode;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use subtle::ConstantTimeEq;

/// The server answers.
pub(super) async fn health() -> Json<Value> {
    std::future::ready(Json(json!({"status": "ok"}))).await
}

/// The counters, for Prometheus. They tell of every application: in production they ask for a token of their own.
pub(super) async fn metrics(
    State(service): State<Arc<Service>>,
    headers: HeaderMap,
) -> Reply<impl IntoResponse> {
    let server = &service.config.server;
    if !server.development {
        let hidden = || {
            Refusal::new(
                ErrorCode::NotFound,
                "resource_not_found",
                "metrics are not served here",
            )
        };
        let expected = server
            .metrics_token
            .reveal()
            .ok()
            .filter(|token| !token.is_empty())
            .ok_or_else(hidden)?;
        let given = bearer(&headers).ok_or_else(Refusal::unauthorized)?;
        let same: bool = Sha256::digest(given)
            .as_slice()
            .ct_eq(Sha256::digest(expected).as_slice())
            .into();
        if !same {
            return Err(Refusal::unauthorized());
        }
    }
    let text = service.metrics.render();
    Ok(std::future::ready((
        [(
            CONTENT_TYPE,
            "application/openmetrics-text; version=1.0.0; charset=utf-8",
        )],
        text,
    ))
    .await)
}
