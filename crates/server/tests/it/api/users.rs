//! Accounts and tokens.

use super::Server;
use serde_json::json;

const UNAUTHORIZED: &str = "Unable to authenticate (OAuth)";
const MALFORMED: &str = "Request body is invalid. Please check body is correct.";

#[tokio::test]
async fn a_user_registers_and_logs_in() {
    let server = Server::new().await;
    let answer = server
        .post(
            "users",
            "stale-token",
            json!({"username": "Alice", "password": "pw", "nickname": "", "new": 1}),
        )
        .await;
    let entity = &answer.ok()["entities"][0];
    assert_eq!(
        (&entity["username"], &entity["type"], &entity["activated"]),
        (&json!("Alice"), &json!("user"), &json!(true))
    );
    assert_eq!(
        (
            &answer.json["organization"],
            &answer.json["applicationName"]
        ),
        (&json!("acme"), &json!("demo"))
    );
    assert_eq!(
        (&answer.json["uri"], &answer.json["path"]),
        (&json!("/acme/demo/users"), &json!("/users"))
    );
    let login = json!({"grant_type": "password", "username": "ALICE", "password": "pw", "timestamp": 5, "ttl": "60"});
    let answer = server.post("token", "", login).await;
    assert_eq!(
        (&answer.ok()["expires_in"], &answer.json["user"]["username"]),
        (&json!(60), &json!("Alice"))
    );
    let token = answer.json["access_token"].as_str().unwrap().to_owned();
    let expires = server.get("sdk/users/alice/token/expires", &token).await;
    assert_eq!(
        expires.ok()["expire_timestamp"],
        json!(super::START_MS + 60_000)
    );
    server.pass_ms(60_000);
    server
        .get("users/alice", &token)
        .await
        .refused(401, "unauthorized", UNAUTHORIZED);
}

#[tokio::test]
async fn bad_registrations_change_nothing() {
    let server = Server::new().await;
    let app = server.app_token().await;
    server.user("alice").await;
    let taken = "Application or user with this name exists already";
    let check = async |body: serde_json::Value, error: &str, text: &str| {
        server
            .post("users", "", body)
            .await
            .refused(400, error, text);
    };
    for body in [
        json!({"username": "ALICE", "password": "x"}),
        json!([{"username": "bob", "password": "x"}, {"username": "alice", "password": "x"}]),
        json!([{"username": "bob", "password": "x"}, {"username": "Bob", "password": "x"}]),
    ] {
        check(body, "duplicate_unique_property_exists", taken).await;
    }
    check(
        json!({"username": "a b", "password": "x"}),
        "illegal_argument",
        "username [a b] is not legal",
    )
    .await;
    check(
        json!({"username": "admin", "password": "x"}),
        "illegal_argument",
        "username [admin] is not legal",
    )
    .await;
    check(
        json!({"username": "x".repeat(65), "password": "x"}),
        "illegal_argument",
        "USERNAME_TOO_LONG",
    )
    .await;
    check(
        json!({"username": "bob"}),
        "illegal_argument",
        "password or pin must provided",
    )
    .await;
    check(
        json!({"password": "x"}),
        "illegal_argument",
        "username must be provided",
    )
    .await;
    check(json!([]), "illegal_argument", "Request body array is empty").await;
    for body in [
        json!("bob"),
        json!([["bob", "x"]]),
        json!({"username": 5, "password": "x"}),
    ] {
        check(body, "invalid_request_body", MALFORMED).await;
    }
    let many: Vec<_> = (0..61)
        .map(|n| json!({"username": format!("u{n}"), "password": "x"}))
        .collect();
    let text = "Request body array size[61] had almost reached the max limit 60";
    check(json!(many), "illegal_argument", text).await;
    server
        .raw("POST", "users", "", "{")
        .await
        .refused(400, "invalid_request_body", MALFORMED);
    let users = server.get("users?limit=100", &app).await;
    assert_eq!(users.ok()["count"], 1, "{}", users.text);
}

#[tokio::test]
async fn closed_registration_needs_the_app() {
    let server = Server::with(|_, app| app.open_registration = false).await;
    let body = json!({"username": "alice", "password": "pw"});
    server.post("users", "", body.clone()).await.refused(
        401,
        "unauthorized",
        "registration is not open",
    );
    server
        .post("users", &server.app_token().await, body)
        .await
        .ok();
}

#[tokio::test]
async fn bad_token_requests() {
    let server = Server::new().await;
    let alice = server.user("alice").await;
    let check = async |body: serde_json::Value, status: u16, error: &str, text: &str| {
        server
            .post("token", &alice, body)
            .await
            .refused(status, error, text);
    };
    check(
        json!({"grant_type": "password", "username": "alice", "password": "no"}),
        400,
        "invalid_grant",
        "invalid username or password",
    )
    .await;
    check(
        json!({"grant_type": "password", "username": "nobody", "password": "x"}),
        404,
        "invalid_grant",
        "user not found",
    )
    .await;
    check(
        json!({"grant_type": "password", "username": "alice"}),
        400,
        "invalid_grant",
        "password must be provided",
    )
    .await;
    check(
        json!({"grant_type": "magic"}),
        400,
        "invalid_grant",
        "grant_type is not supported",
    )
    .await;
    check(
        json!({}),
        400,
        "invalid_grant",
        "grant_type must be provided",
    )
    .await;
    check(
        json!({"grant_type": "inherit", "username": "alice"}),
        403,
        "forbidden_op",
        "this needs an app token",
    )
    .await;
    let no_match = "client_id or client_secret does not match";
    check(
        json!({"grant_type": "client_credentials", "client_id": "acme-id", "client_secret": "x"}),
        400,
        "invalid_grant",
        no_match,
    )
    .await;
    for ttl in [json!(-1), json!("x"), json!(1.5), json!(1_u64 << 33)] {
        let body =
            json!({"grant_type": "password", "username": "alice", "password": "pw", "ttl": ttl});
        let text = "parameter 'ttl' is not legal";
        check(body, 400, "illegal_argument", text).await;
    }
}

#[tokio::test]
async fn the_app_acts_for_its_users() {
    let server = Server::new().await;
    let app = server.app_token().await;
    let inherit =
        json!({"grant_type": "inherit", "username": "carol", "autoCreateUser": false, "ttl": 0});
    server
        .post("token", &app, inherit)
        .await
        .refused(404, "invalid_grant", "user not found");
    let inherit =
        json!({"grant_type": "inherit", "username": "carol", "autoCreateUser": true, "ttl": 0});
    let carol = server.post("token", &app, inherit).await.ok()["access_token"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(
        server
            .get("sdk/users/carol/token/expires", &carol)
            .await
            .ok()["expire_timestamp"],
        json!(253_402_300_799_000_u64)
    );
    server
        .put(
            "users/carol",
            &carol,
            json!({"nickname": "C", "device_id": "x"}),
        )
        .await
        .ok();
    assert_eq!(
        server.get("users/CAROL", &app).await.ok()["entities"][0]["nickname"],
        "C"
    );
    server
        .put("users/carol/password", &carol, json!({"newpassword": "n"}))
        .await
        .refused(403, "forbidden_op", "this needs an app token");
    server
        .put("users/carol/password", &app, json!({"newpassword": "new"}))
        .await
        .ok();
    server
        .get("users/carol", &carol)
        .await
        .refused(401, "unauthorized", UNAUTHORIZED);
    let missing = server.get("users/nobody", &app).await;
    missing.refused(
        404,
        "service_resource_not_found",
        "Service resource not found: user nobody",
    );
    assert_eq!(missing.json["exception"], "UserNotFoundException");
    server.delete("users/carol", &app).await.ok();
    server.get("users/carol", &app).await.refused(
        404,
        "service_resource_not_found",
        "Service resource not found: user carol",
    );
}

#[tokio::test]
async fn tokens_open_only_their_own_doors() {
    let server = Server::new().await;
    let (alice, other) = (
        server.user("alice").await,
        server.app_token_of("other/app", "other-id").await,
    );
    server.user("bob").await;
    for token in ["", "garbage", other.as_str()] {
        server
            .get("users/alice", token)
            .await
            .refused(401, "unauthorized", UNAUTHORIZED);
    }
    server.get("users/ALICE", &alice).await.ok();
    for path in [
        "users/bob",
        "users/bob/resources",
        "users/nobody",
        "sdk/user/bob/user_channels/list",
        "sdk/user/bob/deletions",
    ] {
        let name = if path.contains("nobody") {
            "nobody"
        } else {
            "bob"
        };
        server.get(path, &alice).await.refused(
            403,
            "forbidden_op",
            &format!("the token does not speak for {name}"),
        );
    }
    for path in ["users", "users?limit=5"] {
        server
            .get(path, &alice)
            .await
            .refused(403, "forbidden_op", "this needs an app token");
    }
    let answer = server.get("/nobody/here/users/alice", &alice).await;
    assert_eq!(
        (answer.status, &answer.json["error"]),
        (404, &json!("organization_application_not_found"))
    );
}

#[tokio::test]
async fn users_come_in_pages() {
    let server = Server::new().await;
    let app = server.app_token().await;
    for name in ["a", "b", "c"] {
        server
            .post("users", &app, json!([{"username": name, "password": "x"}]))
            .await
            .ok();
    }
    let first = server.get("users?limit=2", &app).await;
    let cursor = first.ok()["cursor"].as_str().unwrap().to_owned();
    let second = server
        .get(&format!("users?limit=2&cursor={cursor}"), &app)
        .await;
    assert_eq!(
        (
            &first.json["count"],
            &second.ok()["count"],
            &second.json["cursor"]
        ),
        (&json!(2), &json!(1), &json!(null))
    );
    for query in ["limit=0", "limit=101", "limit=x"] {
        server.get(&format!("users?{query}"), &app).await.refused(
            400,
            "illegal_argument",
            "parameter 'limit' is not legal",
        );
    }
    server.get("users?cursor=x", &app).await.refused(
        400,
        "illegal_argument",
        "parameter 'cursor' is not legal",
    );
}

#[tokio::test]
async fn nobody_is_connected() {
    let server = Server::new().await;
    let alice = server.user("alice").await;
    assert_eq!(
        server.get("users/alice/resources", &alice).await.ok()["data"],
        json!([])
    );
    assert_eq!(
        server.get("users/alice/status", &alice).await.ok()["data"],
        json!({"alice": "offline"})
    );
    assert_eq!(
        server.get("users/alice/disconnect", &alice).await.ok()["data"],
        json!({"result": false})
    );
    assert_eq!(
        server
            .delete("users/alice/disconnect/web_1", &alice)
            .await
            .ok()["data"],
        json!({"result": false})
    );
}
