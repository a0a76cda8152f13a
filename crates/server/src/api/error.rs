//! Refusals as HTTP answers.

use crate::service::{Refusal, Service};
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use lacuna_domain::ErrorCode;
use serde_json::json;
use std::any::Any;
use std::sync::Arc;

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

/// Fills in the body of every refusal on its way out.
pub(super) async fn render(
    State(service): State<Arc<Service>>,
    request: Request,
    next: Next,
) -> Response {
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let mut response = next.run(request).await;
    service.metrics.requests.inc();
    let Some(refusal) = response.extensions_mut().remove::<Refusal>() else {
        return response;
    };
    let request_id = request_id();
    tracing::debug!(request.id = request_id, code = refusal.code.name(), %method, path, "refused");
    let mut body = json!({
        "error": refusal.error,
        "exception": exception(&refusal),
        "error_description": refusal.text,
        "code": refusal.code.name(),
        "request_id": request_id,
        "timestamp": service.clock.now().0,
        "duration": 0,
    });
    if let (Some(number), Some(fields)) = (vendor_number(refusal.code), body.as_object_mut()) {
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
    response
}

/// 64 random bits: enough to find one request in a log.
fn request_id() -> String {
    let mut bytes = [0u8; 8];
    match getrandom::fill(&mut bytes) {
        Ok(()) => format!("{:016x}", u64::from_be_bytes(bytes)),
        Err(_) => String::new(),
    }
}

/// The number that official clients know a cause by, where they do not go by the text.
const fn vendor_number(code: ErrorCode) -> Option<u32> {
    match code {
        ErrorCode::GroupAttributeKeyTooLong | ErrorCode::GroupAttributeValueTooLong => Some(60_005),
        ErrorCode::GroupAttributesTooLarge => Some(60_006),
        _ => None,
    }
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
