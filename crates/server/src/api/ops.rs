//! What operators look at.

use super::Api;
use super::extract::bearer;
use crate::service::{Refusal, Reply, is_secret, sha256};
use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use lacuna_domain::ErrorCode;
use serde_json::{Value, json};
use std::sync::Arc;

/// The media type of the counters.
pub(super) const METRICS_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The server answers.
pub(super) async fn health() -> Json<Value> {
    std::future::ready(Json(json!({"status": "ok"}))).await
}

/// The counters, for Prometheus. They tell of every application: in production they ask for a token of their own.
pub(super) async fn metrics(
    State(api): State<Arc<Api>>,
    headers: HeaderMap,
) -> Reply<impl IntoResponse> {
    let server = &api.service.config.server;
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
        if !is_secret(&given, &sha256(&expected)) {
            return Err(Refusal::unauthorized());
        }
    }
    let text = api.service.metrics.render();
    Ok(std::future::ready(([(CONTENT_TYPE, METRICS_TYPE)], text)).await)
}

/// The OpenAPI document of what is served.
pub(super) async fn openapi(State(api): State<Arc<Api>>) -> impl IntoResponse {
    let document = api.document.clone();
    std::future::ready(([(CONTENT_TYPE, "application/json")], document)).await
}
