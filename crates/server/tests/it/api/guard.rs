//! What holds for every request.

use super::Server;
use axum::Router;
use axum::body::Body;
use axum::http::Request;
use axum::routing::get;
use lacuna_domain::limits::REQUEST_BYTES_MAX;
use lacuna_server::api;
use serde_json::json;

fn request(method: &str, path: &str, host: &str, origin: &str) -> Request<Body> {
    let mut request = Request::builder().method(method).uri(path);
    if !host.is_empty() {
        request = request.header("host", host);
    }
    if !origin.is_empty() {
        request = request.header("origin", origin);
    }
    request.body(Body::empty()).unwrap()
}

#[tokio::test]
async fn a_development_server_answers_to_loopback_only() {
    let server = Server::new().await;
    let text = "a development server answers to loopback names only";
    for host in ["", "evil.example", "localhost.evil.example:80", "10.0.0.1"] {
        server
            .send(request("GET", "/healthz", host, ""))
            .await
            .refused(403, "forbidden_op", text);
    }
    let text = "a development server answers to pages from loopback only";
    for origin in ["https://evil.example", "null"] {
        let answer = server
            .send(request("GET", "/healthz", "localhost", origin))
            .await;
        answer.refused(403, "forbidden_op", text);
        assert!(!answer.headers.contains_key("access-control-allow-origin"));
    }
    for host in ["localhost", "127.0.0.1:9", "[::1]:9"] {
        let answer = server
            .send(request("GET", "/healthz", host, "http://localhost:3000"))
            .await;
        assert_eq!(
            (answer.ok(), &answer.headers["access-control-allow-origin"]),
            (
                &json!({"status": "ok"}),
                &"http://localhost:3000".parse().unwrap()
            )
        );
    }
}

#[tokio::test]
async fn preflights_and_refusals_tell_browsers_what_is_allowed() {
    let server = Server::with(|config, _| {
        config.server.development = false;
        config.server.origins = vec!["https://chat.example".into()];
    })
    .await;
    let answer = server
        .send(request(
            "OPTIONS",
            "/acme/demo/token",
            "im.example",
            "https://chat.example",
        ))
        .await;
    assert_eq!((answer.status, answer.text.as_str()), (204, ""));
    assert_eq!(
        answer.headers["access-control-allow-methods"],
        "GET,POST,PUT,DELETE,OPTIONS"
    );
    assert!(
        answer.headers["access-control-allow-headers"]
            .to_str()
            .unwrap()
            .contains("Authorization")
    );
    let answer = server
        .send(request(
            "GET",
            "/acme/demo/users/a",
            "im.example",
            "https://chat.example",
        ))
        .await;
    answer.refused(401, "unauthorized", "Unable to authenticate (OAuth)");
    assert_eq!(
        answer.headers["access-control-allow-origin"],
        "https://chat.example"
    );
    let answer = server
        .send(request(
            "OPTIONS",
            "/acme/demo/token",
            "im.example",
            "https://else.example",
        ))
        .await;
    assert!(!answer.headers.contains_key("access-control-allow-origin"));
}

#[tokio::test]
async fn unknown_paths_and_methods_are_404() {
    let server = Server::new().await;
    for (method, path) in [
        ("GET", "/"),
        ("GET", "/acme/demo/nothing"),
        ("PATCH", "/acme/demo/users"),
        ("GET", "/acme/demo/token"),
        ("TRACE", "/healthz"),
    ] {
        let answer = server.send(request(method, path, "localhost", "")).await;
        answer.refused(
            404,
            "resource_not_found",
            &format!("Nothing is served under {method} {path}"),
        );
    }
}

#[tokio::test]
async fn large_bodies_are_413() {
    let server = Server::new().await;
    let body = json!({"username": "alice", "password": "x".repeat(REQUEST_BYTES_MAX)}).to_string();
    let answer = server.raw("POST", "users", "", body).await;
    answer.refused(
        413,
        "request_entity_too_large",
        "the request's body is too large",
    );
    let deep = "[".repeat(100_000);
    server.raw("POST", "users", "", deep).await.refused(
        400,
        "invalid_request_body",
        "Request body is invalid. Please check body is correct.",
    );
}

#[tokio::test]
async fn an_app_has_a_rate() {
    let server = Server::with(|config, _| config.limits.requests_per_second = 3).await;
    for _ in 0..3 {
        assert_eq!(server.get("users/a", "x").await.status, 401);
    }
    let answer = server.get("users/a", "x").await;
    answer.refused(
        429,
        "resource_limited",
        "This request has reached api limit",
    );
    assert_eq!(answer.headers["retry-after"], "1");
    assert!(
        answer.json["retry_after_ms"]
            .as_u64()
            .is_some_and(|wait| (1..1000).contains(&wait))
    );
    assert_eq!(
        server.get("/other/app/users/a", "x").await.status,
        401,
        "another app has its own"
    );
    server.pass_ms(1000);
    assert_eq!(server.get("users/a", "x").await.status, 401);
}

#[tokio::test]
async fn metrics_are_for_operators() {
    let server = Server::new().await;
    assert!(
        server
            .get("/metrics", "")
            .await
            .text
            .contains("lacuna_messages_total")
    );
    let server = Server::with(|config, _| config.server.development = false).await;
    server.get("/metrics", "x").await.refused(
        404,
        "resource_not_found",
        "metrics are not served here",
    );
    let server = Server::with(|config, _| {
        config.server.development = false;
        config.server.metrics_token = "let-me-in".to_owned().into();
    })
    .await;
    for token in ["", "x"] {
        server.get("/metrics", token).await.refused(
            401,
            "unauthorized",
            "Unable to authenticate (OAuth)",
        );
    }
    assert_eq!(server.get("/metrics", "let-me-in").await.status, 200);
}

#[tokio::test]
async fn a_panic_is_an_answer() {
    let mut server = Server::new().await;
    let panics = Router::new().route("/boom", get(async || -> &'static str { panic!("a bug") }));
    server.router = api::guarded(panics, std::sync::Arc::clone(&server.service));
    let answer = server.send(request("GET", "/boom", "localhost", "")).await;
    answer.refused(500, "internal_server_error", "internal error");
    assert!(!answer.text.contains("a bug"));
}
