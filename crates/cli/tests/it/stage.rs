//! A `lacuna serve` of its own for each test, and devices that are logged in to it.

use crate::call::call;
pub(crate) use crate::device::{Device, group, peer, until};
use crate::serving::Server;
use lacuna_sdk::{Millis, Options};
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;
use tempfile::TempDir;

const APP: &str = "lacuna/demo";

/// A server in a process of its own.
#[derive(Debug)]
pub(crate) struct Stage {
    server: Server,
    _data: TempDir,
}

impl Stage {
    pub(crate) async fn new() -> Self {
        let data = tempfile::tempdir().unwrap();
        let server = tokio::task::block_in_place(|| {
            Server::start(data.path(), "127.0.0.1:0".parse().unwrap())
        });
        std::future::ready(Self {
            server,
            _data: data,
        })
        .await
    }

    /// The server's time: that of the machine.
    pub(crate) fn now(&self) -> Millis {
        self.options(Path::new(".")).clock.now()
    }

    fn url(&self) -> String {
        format!("http://{}", self.server.addr())
    }

    fn options(&self, folder: &Path) -> Options {
        let mut options = Options::new("lacuna#demo", &self.url(), folder);
        options.answer_wait = Duration::from_secs(10);
        options.send_wait = Duration::from_secs(10);
        options
    }

    /// A new device of a user, who is registered if need be; logged in and in step.
    pub(crate) async fn device(&self, user: &str) -> Device {
        let folder = tempfile::tempdir().unwrap();
        let options = self.options(folder.path());
        let ask = json!({"grant_type": "inherit", "username": user, "autoCreateUser": true});
        let token = self.server_api("POST", "token", Some(ask)).await;
        let token = token["access_token"].as_str().unwrap();
        Device::enter(user, folder, options, token).await
    }

    /// Calls the server API with the integrator's token. The call must succeed.
    pub(crate) async fn server_api(&self, method: &str, path: &str, body: Option<Value>) -> Value {
        let ask = json!({"grant_type": "client_credentials", "client_id": "demo", "client_secret": "demo-secret"});
        let token = call(
            &self.url(),
            ("POST", &format!("{APP}/token")),
            None,
            Some(&ask),
        )
        .await;
        let token = token["access_token"].as_str();
        let path = format!("{APP}/{path}");
        call(&self.url(), (method, &path), token, body.as_ref()).await
    }
}
