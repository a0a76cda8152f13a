//! Which hosts and origins are served.
//!
//! A development server has known credentials, so it must not be reached by a web page from elsewhere: it answers only to
//! loopback names (against DNS rebinding) and only pages that came from loopback. In production the origins are configured.

use crate::service::{Refusal, Service};
use axum::extract::{Request, State};
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, HOST, ORIGIN, VARY,
};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use lacuna_domain::ErrorCode;
use lacuna_domain::limits::REQUEST_HEAD_BYTES_MAX;
use std::net::IpAddr;
use std::sync::Arc;
use tracing::Instrument as _;

const METHODS: HeaderValue = HeaderValue::from_static("GET,POST,PUT,DELETE,OPTIONS");
const HEADERS: HeaderValue = HeaderValue::from_static(
    "Authorization, Content-Type, restrict-access, Accept, X-Requested-With, X-Request-Id, share-secret, thumbnail, Range",
);
/// What pages may read of an answer.
const EXPOSED: HeaderValue = HeaderValue::from_static("X-Request-Id, Retry-After");
const MAX_AGE: HeaderValue = HeaderValue::from_static("600");

/// Refuses hosts and origins that are not served; answers preflights; tells browsers what is allowed.
pub(super) async fn check(
    State(service): State<Arc<Service>>,
    request: Request,
    next: Next,
) -> Response {
    if head_bytes(request.uri(), request.headers()) > REQUEST_HEAD_BYTES_MAX {
        let text = "the request's head is too large";
        return Refusal::new(ErrorCode::BodyTooLarge, "request_entity_too_large", text)
            .into_response();
    }
    let server = &service.config.server;
    if server.development && !host_is_loopback(request.uri(), request.headers()) {
        return Refusal::forbidden("a development server answers to loopback names only")
            .into_response();
    }
    let origin = request.headers().get(ORIGIN).cloned();
    let allowed = origin
        .as_ref()
        .is_some_and(|origin| allows(origin, server.development, &server.origins));
    if server.development && origin.is_some() && !allowed {
        return Refusal::forbidden("a development server answers to pages from loopback only")
            .into_response();
    }
    let mut response = if request.method() == Method::OPTIONS {
        StatusCode::NO_CONTENT.into_response()
    } else {
        next.run(request).await
    };
    let headers = response.headers_mut();
    headers.append(VARY, HeaderValue::from_static("Origin"));
    if let (Some(origin), true) = (origin, allowed) {
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(ACCESS_CONTROL_ALLOW_METHODS, METHODS);
        headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, HEADERS);
        headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
        headers.insert(ACCESS_CONTROL_MAX_AGE, MAX_AGE);
    }
    response
}

fn head_bytes(uri: &Uri, headers: &HeaderMap) -> usize {
    let fields = headers
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len());
    let target = uri.path_and_query().map_or(0, |path| path.as_str().len());
    target + fields.sum::<usize>()
}

fn host_is_loopback(uri: &Uri, headers: &HeaderMap) -> bool {
    let from_header = || headers.get(HOST)?.to_str().ok()?.parse::<Authority>().ok();
    let authority = uri.authority().cloned().or_else(from_header);
    authority.is_some_and(|authority| is_loopback(&authority))
}

fn allows(origin: &HeaderValue, development: bool, origins: &[String]) -> bool {
    let Ok(origin) = origin.to_str() else {
        return false;
    };
    if development {
        return origin.parse::<Uri>().ok().is_some_and(|uri| {
            matches!(uri.scheme_str(), Some("http" | "https"))
                && uri.authority().is_some_and(is_loopback)
        });
    }
    origins
        .iter()
        .any(|allowed| allowed == "*" || allowed.eq_ignore_ascii_case(origin))
}

fn is_loopback(authority: &Authority) -> bool {
    if authority.as_str().contains('@') {
        return false;
    }
    let host = authority.host();
    let bare = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
        .unwrap_or(host);
    host.eq_ignore_ascii_case("localhost")
        || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// What changes something is done to its end, whether or not its caller waits for it.
pub(super) async fn to_its_end(
    State(service): State<Arc<Service>>,
    request: Request,
    next: Next,
) -> Response {
    if request.method().is_safe() {
        return next.run(request).await;
    }
    let call = next.run(request).in_current_span();
    match service.calls.spawn(call).await {
        Ok(response) => response,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => Refusal::busy().into_response(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_is_told_from_its_imitations() {
        let check = |host: &str, want: bool| {
            assert_eq!(
                host.parse::<Authority>()
                    .is_ok_and(|authority| is_loopback(&authority)),
                want,
                "{host}"
            );
        };
        for host in [
            "localhost",
            "LocalHost:80",
            "127.0.0.1",
            "127.8.9.1:5000",
            "[::1]",
            "[::1]:80",
        ] {
            check(host, true);
        }
        for host in [
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "10.0.0.1",
            "[::2]",
            "evil@localhost",
            "localhost@evil",
            "0.0.0.0",
        ] {
            check(host, false);
        }
    }

    #[test]
    fn origins_follow_the_mode() {
        let check = |origin: &'static str, development: bool, want: bool| {
            let origins = ["https://app.example".to_owned()];
            assert_eq!(
                allows(&HeaderValue::from_static(origin), development, &origins),
                want,
                "{origin}"
            );
        };
        check("http://localhost:3000", true, true);
        check("https://127.0.0.1", true, true);
        check("http://[::1]:1", true, true);
        check("null", true, false);
        check("https://app.example", true, false);
        check("file://localhost", true, false);
        check("https://app.example", false, true);
        check("http://localhost:3000", false, false);
        check("https://app.example.evil", false, false);
        check("null", false, false);
    }
}
