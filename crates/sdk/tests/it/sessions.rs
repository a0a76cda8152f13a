//! Logging in and out, being logged out by the server, tokens, and what is left when a client is closed.

use crate::child::Child;
use crate::proxy::{Proxy, Way};
use crate::record::Told;
use crate::stage::{Device, Stage, peer, until};
use lacuna_sdk::{Client, ConnectionState, Credential, ErrorCode, Kick, NewMessage};
use std::sync::Arc;
use std::time::Duration;

/// The device was told so, its connection ended, and it makes no other one.
async fn logged_out(stage: &Stage, device: &Device, why: Kick) {
    device
        .until("why it is logged out", |told| *told == Told::Kicked(why))
        .await;
    until("the connection to end", || !device.client.is_connected()).await;
    assert_eq!(device.client.current_user(), None);
    let answer = device.chat().delete_everything(true).await;
    assert_eq!(answer.unwrap_err().code(), ErrorCode::NotLoggedIn);
    let connections = || stage.server.server.service().metrics.connections.get();
    let before = connections();
    // Longer than the first try to reconnect would take: another device comes and goes meanwhile.
    for _ in 0..3 {
        drop(stage.device("somebody").await);
    }
    let last = device.told.all().into_iter().filter(|told| {
        let connected = Told::Connection(ConnectionState::Connected);
        matches!(told, Told::Kicked(_)) || *told == connected
    });
    assert_eq!(last.collect::<Vec<_>>().pop(), Some(Told::Kicked(why)));
    assert_eq!(connections(), before + 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn kicked_by_another_device() {
    let stage = Stage::new().await;
    let folder = tempfile::tempdir().unwrap();
    let other = Client::new(stage.options(folder.path())).unwrap();
    other.register("anna", "secret").await.unwrap();
    let anna = stage.device("anna").await;
    let stays = stage.device("anna").await;
    let resource = anna.resource();
    let devices = other
        .devices("anna", Credential::Password("secret"))
        .await
        .unwrap();
    assert!(devices.iter().any(|device| device.resource == resource));
    other
        .kick_device("anna", Credential::Password("secret"), &resource)
        .await
        .unwrap();
    logged_out(&stage, &anna, Kick::ByOtherDevice).await;
    assert!(stays.client.is_connected());
    let wrong = other
        .kick_device("anna", Credential::Password("wrong"), &stays.resource())
        .await;
    let code = wrong.unwrap_err().code();
    assert_eq!(code, ErrorCode::AuthenticationFailed);
    other.close();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_device_logs_in_elsewhere() {
    let stage = Stage::new().await;
    let named = |options: &mut lacuna_sdk::Options| {
        options.resource = Some("phone".to_owned());
    };
    let first = stage.device_with("anna", named).await;
    let second = stage.device_with("anna", named).await;
    logged_out(&stage, &first, Kick::LoggedInElsewhere).await;
    assert!(second.client.is_connected());
    second.text(&peer("somebody"), "it works").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_password_is_changed() {
    let stage = Stage::new().await;
    let anna = stage.device("anna").await;
    let body = serde_json::json!({"newpassword": "another"});
    let path = "users/anna/password";
    stage.server_api("PUT", path, Some(body)).await;
    logged_out(&stage, &anna, Kick::PasswordChanged).await;
    let Device { client, .. } = &anna;
    client.login("anna", "another").await.unwrap();
    assert!(client.is_connected(), "with the new one it is let in");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_account_is_removed() {
    let stage = Stage::new().await;
    let anna = stage.device("anna").await;
    stage.server_api("DELETE", "users/anna", None).await;
    logged_out(&stage, &anna, Kick::UserRemoved).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_comes_once() {
    let stage = Stage::new().await;
    let anna = stage.device("anna").await;
    let token = stage.token("anna", None).await;
    let again = anna.client.login_with_token("anna", &token).await;
    assert_eq!(again.unwrap_err().code(), ErrorCode::AlreadyLoggedIn);
    let again = anna.client.login("anna", "whatever").await;
    assert_eq!(again.unwrap_err().code(), ErrorCode::AlreadyLoggedIn);
    let token = stage.token("ben", None).await;
    let other = anna.client.login_with_token("ben", &token).await;
    assert_eq!(other.unwrap_err().code(), ErrorCode::OtherUserLoggedIn);
    assert_eq!(anna.client.current_user().unwrap().as_str(), "anna");
    anna.client.logout().await.unwrap();
    anna.client.logout().await.unwrap();
    anna.client.login_with_token("ben", &token).await.unwrap();
    assert_eq!(anna.client.current_user().unwrap().as_str(), "ben");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_is_open_once() {
    let stage = Stage::new().await;
    let anna = stage.device("anna").await;
    let second = Client::new(stage.options(anna.folder())).unwrap();
    let token = stage.token("anna", None).await;
    let login = second.login_with_token("anna", &token).await;
    assert_eq!(login.unwrap_err().code(), ErrorCode::AlreadyLoggedIn);
    // Another user has another file.
    let token_of_ben = stage.token("ben", None).await;
    second.login_with_token("ben", &token_of_ben).await.unwrap();
    second.logout().await.unwrap();
    anna.client.logout().await.unwrap();
    second.login_with_token("anna", &token).await.unwrap();
    second.close();
}

#[tokio::test(flavor = "multi_thread")]
async fn logins_that_are_refused() {
    let stage = Stage::new().await;
    let folder = tempfile::tempdir().unwrap();
    let client = Client::new(stage.options(folder.path())).unwrap();
    client.register("anna", "secret").await.unwrap();
    let code = |answer: Result<(), lacuna_sdk::Error>| answer.unwrap_err().code();
    let check = |found, want: ErrorCode| assert_eq!(found, want);
    let again = client.register("anna", "other").await;
    check(code(again), ErrorCode::UserAlreadyExists);
    let wrong = client.login("anna", "wrong").await;
    check(code(wrong), ErrorCode::AuthenticationFailed);
    let unknown = client.login("nobody", "secret").await;
    check(code(unknown), ErrorCode::UserNotFound);
    let odd = client.login("not a name", "secret").await;
    check(code(odd), ErrorCode::InvalidUsername);
    let empty = client.login_with_token("anna", "").await;
    check(code(empty), ErrorCode::InvalidToken);
    let of_ben = stage.token("ben", None).await;
    let foreign = client.login_with_token("anna", &of_ben).await;
    assert!(foreign.is_err(), "a token of somebody else");
    assert_eq!(client.current_user(), None);
    client.login("Anna", "secret").await.unwrap();
    assert_eq!(client.current_user().unwrap().as_str(), "anna");
    client.close();
    let later = client.login("anna", "secret").await;
    check(code(later), ErrorCode::NotLoggedIn);
}

/// The old token ends; the login goes on with the new one.
#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_renewed() {
    let stage = Stage::new().await;
    let folder = tempfile::tempdir().unwrap();
    let options = stage.options(folder.path());
    let token = stage.token("anna", Some(3)).await;
    let anna = Device::enter("anna", folder, options, &token).await;
    anna.until("that its token ends soon", |told| {
        *told == Told::TokenWillExpire
    })
    .await;
    let bad = anna.client.renew_token("nonsense").await;
    assert_eq!(bad.unwrap_err().code(), ErrorCode::InvalidToken);
    let token = stage.token("anna", None).await;
    anna.client.renew_token(&token).await.unwrap();
    let ended = lacuna_sdk::Clock::now(&*stage.server.clock).0 + 1_500;
    until("the old token to end", || {
        lacuna_sdk::Clock::now(&*stage.server.clock).0 > ended
    })
    .await;
    assert!(anna.client.is_connected());
    anna.server_list().await;
    let expired = anna.told.pick(|told| match told {
        Told::TokenExpired | Told::Kicked(_) => Some(told),
        _ => None,
    });
    assert_eq!(expired, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_expires() {
    let stage = Stage::new().await;
    let folder = tempfile::tempdir().unwrap();
    let options = stage.options(folder.path());
    let token = stage.token("anna", Some(2)).await;
    let anna = Device::enter("anna", folder, options, &token).await;
    logged_out(&stage, &anna, Kick::TokenRefused).await;
    let told = anna.told.pick(|told| match told {
        Told::TokenWillExpire | Told::TokenExpired | Told::Kicked(_) => Some(told),
        _ => None,
    });
    let want = [
        Told::TokenWillExpire,
        Told::TokenExpired,
        Told::Kicked(Kick::TokenRefused),
    ];
    assert_eq!(told, want);
}

/// The server says that nobody has the name, or is not there: the login fails, and can be tried again.
#[tokio::test(flavor = "multi_thread")]
async fn a_login_without_a_server() {
    let stage = Stage::new().await;
    let proxy = Proxy::to(stage.server.server.addr()).await;
    let folder = tempfile::tempdir().unwrap();
    let mut options = stage.options(folder.path());
    options.socket_url = format!("ws://{}/websocket", proxy.addr());
    options.answer_wait = Duration::from_millis(300);
    let token = stage.token("anna", None).await;
    let client = Client::new(options).unwrap();
    proxy.set(Way::Deaf);
    let deaf = client.login_with_token("anna", &token).await;
    assert_eq!(deaf.unwrap_err().code(), ErrorCode::ServerTimeout);
    proxy.set(Way::Cut);
    let cut = client.login_with_token("anna", &token).await;
    assert_eq!(cut.unwrap_err().code(), ErrorCode::Unavailable);
    assert_eq!(client.current_user(), None);
    proxy.set(Way::Open);
    client.login_with_token("anna", &token).await.unwrap();
    client.close();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_client_answers_201_and_who_waits_is_answered() {
    let stage = Stage::new().await;
    let proxy = Proxy::to(stage.server.server.addr()).await;
    stage.token("ben", None).await;
    let anna = stage
        .device_with("anna", |options| {
            options.socket_url = format!("ws://{}/websocket", proxy.addr());
        })
        .await;
    proxy.set(Way::Deaf);
    let chat = anna.chat();
    let sending = chat.send(NewMessage::text(peer("ben"), "on its way"));
    let client = anna.client.clone();
    let closing = async {
        until("the message to be kept", || {
            anna.held(&peer("ben")).len() == 1
        })
        .await;
        let closed = tokio::task::spawn_blocking(move || client.close());
        closed.await.unwrap();
    };
    let (sent, ()) = tokio::join!(sending, closing);
    assert_eq!(sent.unwrap_err().code(), ErrorCode::NotLoggedIn);
    let later = anna.chat().count(None);
    assert_eq!(later.unwrap_err().code(), ErrorCode::NotLoggedIn);
    assert_eq!(anna.client.current_user(), None);
}

/// In a process of its own: in this one other tests have threads of the same names.
#[tokio::test(flavor = "multi_thread")]
async fn closing_a_client_ends_all_of_its_threads() {
    let stage = Stage::new().await;
    let folder = tempfile::tempdir().unwrap();
    let mut child = Child::start(&stage, "anna", folder.path(), &stage.url(), "close").await;
    child.says("DONE").await;
}

/// An observer may close the client that calls it.
#[tokio::test(flavor = "multi_thread")]
async fn an_observer_closes_the_client() {
    struct Closes(Client);
    impl lacuna_sdk::Observer for Closes {
        fn kicked(&self, _: Kick) {
            self.0.close();
        }
    }
    let stage = Stage::new().await;
    let anna = stage.device("anna").await;
    anna.client
        .add_observer(Arc::new(Closes(anna.client.clone())));
    stage.server_api("DELETE", "users/anna", None).await;
    let client = anna.client.clone();
    until("the store to be free", || {
        client.chat().count(None).is_err()
    })
    .await;
    let left = anna.close();
    assert!(left.folder.path().exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn kicked_with_all_the_others() {
    let stage = Stage::new().await;
    let folder = tempfile::tempdir().unwrap();
    let other = Client::new(stage.options(folder.path())).unwrap();
    other.register("anna", "secret").await.unwrap();
    let (anna, too) = (stage.device("anna").await, stage.device("anna").await);
    let ben = stage.device("ben").await;

    let seen = anna.client.other_devices().await.unwrap();
    let resources: Vec<_> = seen.into_iter().map(|device| device.resource).collect();
    assert_eq!(resources, [too.resource()], "its own is not among them");

    let token = other.fetch_token("anna", "secret").await.unwrap();
    let known = other.devices("anna", Credential::Token(&token)).await;
    assert_eq!(known.unwrap().len(), 2);
    let wrong = other
        .kick_all_devices("ben", Credential::Token(&token))
        .await;
    assert!(wrong.is_err(), "a token is good for its own user only");
    let all = other
        .kick_all_devices("anna", Credential::Token(&token))
        .await;
    all.unwrap();
    for device in [&anna, &too] {
        let kicked = Told::Kicked(Kick::ByOtherDevice);
        device
            .until("to be logged out", |told| *told == kicked)
            .await;
    }
    assert!(ben.client.is_connected());
    let wrong = other.fetch_token("anna", "wrong").await.unwrap_err();
    assert_eq!(wrong.code(), ErrorCode::AuthenticationFailed);
    other.close();
}
