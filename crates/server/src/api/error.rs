//! Refusals as HTTP answers.

use super::client::Client;
use crate::service::{Refusal, Service};
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use lacuna_domain::limits::REQUEST_ID_CHARS_MAX;
use lacuna_domain::{ErrorCode, Millis};
use serde_json::json;
use std::any::Any;
use std::sync::Arc;
use tracing::Instrument;

/// A status with the refusal beside it; `render` makes the JSON, which needs a request id and the time.
impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        // A code without a status is one that no server answers with: a bug of ours.
        let status = self.code.http_status();
        let status = status
            .and_then(|status| StatusCode::from_u16(status).ok())
            .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// Nothing is served under the path, or not by this method: one answer, since clients stumble over 405.
pub(super) async fn not_found(request: Request) -> Refusal {
    std::future::ready(()).await;
    let text = format!(
        "Nothing is served under {} {}",
        request.method(),
        request.uri().path()
    );
    Refusal::new(ErrorCode::NotFound, "resource_not_found", text)
}

/// A handler panicked. Its message went to the log by the panic hook.
pub(super) fn panicked(_: Box<dyn Any + Send + 'static>) -> Response {
    Refusal::internal().into_response()
}

/// Gives every request an id and a span for what is logged of it, and fills in the body of every refusal on its way out.
pub(super) async fn render(
    State(service): State<Arc<Service>>,
    mut request: Request,
    next: Next,
) -> Response {
    let trusted = &service.config.server.trusted_proxies;
    let client = Client::of(request.extensions(), request.headers(), trusted);
    let id = given_id(request.headers()).unwrap_or_else(new_id);
    let span = tracing::info_span!(
        "request",
        request.id = id,
        client.https = client.https,
        method = %request.method(),
        path = request.uri().path(),
    );
    if let Some(address) = client.address {
        span.in_scope(|| tracing::trace!(client.address = %address, "asked"));
    }
    request.extensions_mut().insert(client);
    let mut response = next.run(request).instrument(span.clone()).await;
    service.metrics.requests.inc();
    if let Some(refusal) = response.extensions_mut().remove::<Refusal>() {
        span.in_scope(|| tracing::debug!(code = refusal.code.name(), "refused"));
        fill(&mut response, &refusal, &id, service.clock.now());
    }
    if let Ok(id) = HeaderValue::try_from(id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}

/// Writes a refusal as JSON.
fn fill(response: &mut Response, refusal: &Refusal, id: &str, now: Millis) {
    let mut body = json!({
        "error": refusal.error,
        "exception": exception(refusal),
        "error_description": refusal.text,
        "code": refusal.code.name(),
        "request_id": id,
        "timestamp": now.0,
        "duration": 0,
    });
    if let (Some(number), Some(fields)) = (vendor_number(refusal), body.as_object_mut()) {
        fields.insert("error_code".to_owned(), number.into());
    }
    let headers = response.headers_mut();
    if let Some(wait_ms) = refusal.retry_after_ms {
        headers.insert(
            RETRY_AFTER,
            HeaderValue::from(wait_ms.div_ceil(1000).max(1)),
        );
        if let Some(fields) = body.as_object_mut() {
            fields.insert("retry_after_ms".to_owned(), wait_ms.into());
        }
    }
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.remove(CONTENT_LENGTH);
    *response.body_mut() = Body::from(body.to_string());
}

/// The header that carries a request's id, both ways.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The id that the caller gave, if it may stand in a log.
fn given_id(headers: &HeaderMap) -> Option<String> {
    let legal = |id: &&str| {
        (1..=REQUEST_ID_CHARS_MAX).contains(&id.len())
            && id
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    let id = headers.get(REQUEST_ID)?.to_str().ok().filter(legal)?;
    Some(id.to_owned())
}

/// 64 random bits: enough to find one request in a log.
fn new_id() -> String {
    let mut bytes = [0u8; 8];
    match getrandom::fill(&mut bytes) {
        Ok(()) => format!("{:016x}", u64::from_be_bytes(bytes)),
        Err(_) => String::new(),
    }
}

/// The number that official clients know a cause by, where they do not go by the text.
fn vendor_number(refusal: &Refusal) -> Option<u32> {
    let of_code = match refusal.code {
        ErrorCode::GroupAttributeKeyTooLong | ErrorCode::GroupAttributeValueTooLong => Some(60_005),
        ErrorCode::GroupAttributesTooLarge => Some(60_006),
        ErrorCode::ThreadNotFound => Some(40_011),
        ErrorCode::ThreadExists => Some(40_003),
        ErrorCode::LimitReached => Some(91_101),
        _ => None,
    };
    refusal.number.or(of_code)
}

/// The class-like word that clients of this ecosystem see beside the error: they match on a few of them.
fn exception(refusal: &Refusal) -> String {
    match (refusal.code, refusal.error) {
        (ErrorCode::UserNotFound, "service_resource_not_found") => {
            "UserNotFoundException".to_owned()
        }
        (_, "forbidden_op") => "EasemobForbiddenOpException".to_owned(),
        (_, "unauthorized") => "EasemobSecurityException".to_owned(),
        (_, error) => {
            let mut name = String::with_capacity(error.len() + 9);
            for word in error.split(['_', ' ']) {
                let mut letters = word.chars();
                name.extend(letters.next().map(|first| first.to_ascii_uppercase()));
                name.extend(letters);
            }
            if !name.ends_with("Exception") {
                name.push_str("Exception");
            }
            name
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_become_classes() {
        let check = |refusal: Refusal, want: &str| assert_eq!(exception(&refusal), want);
        check(Refusal::unauthorized(), "EasemobSecurityException");
        check(Refusal::forbidden("x"), "EasemobForbiddenOpException");
        check(Refusal::illegal("x"), "IllegalArgumentException");
        check(Refusal::missing("x"), "BadRequestException");
        check(Refusal::user_not_found("x"), "UserNotFoundException");
        check(
            Refusal::new(ErrorCode::TooManyIds, "param exception", "x"),
            "ParamException",
        );
    }
}
