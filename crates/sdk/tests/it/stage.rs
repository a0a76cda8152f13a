//! A server, and devices that are logged in to it.

use crate::call::call;
pub(crate) use crate::device::{Device, Left, group, peer, text_of, until};
use lacuna_sdk::{Clock, Millis, Options};
use lacuna_server::service::TokenRequest;
use lacuna_testing::TestServer;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;

/// The application of development mode.
pub(crate) const APP: (&str, &str) = ("lacuna", "demo");
/// A server.
#[derive(Debug)]
pub(crate) struct Stage {
    pub(crate) server: TestServer,
}

impl Stage {
    pub(crate) async fn new() -> Self {
        Self::on(TestServer::running().await.unwrap())
    }

    pub(crate) fn on(server: TestServer) -> Self {
        Self { server }
    }

    /// The server's time.
    pub(crate) fn now(&self) -> Millis {
        self.server.clock.now()
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.server.server.addr())
    }

    /// A token of a user, who is registered if need be. `ttl` is in seconds.
    pub(crate) async fn token(&self, user: &str, ttl: Option<u64>) -> String {
        let service = self.server.server.service();
        let app = service.app(APP.0, APP.1).await.unwrap();
        let request = TokenRequest::Inherit {
            username: user.to_owned(),
            create: true,
        };
        service.issue_token(&app, request, ttl).await.unwrap().token
    }

    /// The usual options of a device whose store is in a folder. Its clock is the server's.
    pub(crate) fn options(&self, folder: &Path) -> Options {
        let clock: Arc<dyn Clock> = Arc::<lacuna_testing::ManualClock>::clone(&self.server.clock);
        let mut options = Options::new(&format!("{}#{}", APP.0, APP.1), &self.url(), folder);
        options.clock = clock;
        options.answer_wait = Duration::from_secs(10);
        options.send_wait = Duration::from_secs(10);
        options
    }

    /// A new device of a user, logged in and in step.
    pub(crate) async fn device(&self, user: &str) -> Device {
        self.device_with(user, |_| {}).await
    }

    pub(crate) async fn device_with(
        &self,
        user: &str,
        change: impl FnOnce(&mut Options),
    ) -> Device {
        let folder = tempfile::tempdir().unwrap();
        let mut options = self.options(folder.path());
        change(&mut options);
        let token = self.token(user, None).await;
        Device::enter(user, folder, options, &token).await
    }

    /// The same device, started again.
    pub(crate) async fn again(&self, left: Left) -> Device {
        let token = self.token(&left.user, None).await;
        Device::enter(&left.user, left.folder, left.options, &token).await
    }

    /// The same device, started again, with this server.
    pub(crate) async fn takes(&self, mut left: Left) -> Device {
        left.options.rest_url = self.url();
        left.options.socket_url = format!("ws://{}/websocket", self.server.server.addr());
        self.again(left).await
    }

    /// The server stops. Leaves its folder.
    pub(crate) async fn stop(self) -> TempDir {
        self.server.stop().await.unwrap().unwrap()
    }

    /// Calls the server API with the integrator's token. The call must succeed.
    pub(crate) async fn server_api(
        &self,
        method: &str,
        path: &str,
        body: Option<serde_json::Value>,
    ) -> serde_json::Value {
        let service = self.server.server.service();
        let app = service.app(APP.0, APP.1).await.unwrap();
        let request = TokenRequest::Client {
            id: "demo".to_owned(),
            secret: "demo-secret".to_owned(),
        };
        let token = service.issue_token(&app, request, None).await.unwrap();
        // Which cryptography a process uses is not for a library to choose, and here it is not the SDK that calls.
        drop(rustls::crypto::ring::default_provider().install_default());
        let path = format!("{}/{}/{path}", APP.0, APP.1);
        let token = Some(token.token.as_str());
        call(&self.url(), (method, &path), token, body.as_ref()).await
    }

    /// Sweeps what has had its day from the server, all of it.
    pub(crate) async fn sweep(&self) {
        let service = self.server.server.service();
        loop {
            let sweep = lacuna_store::Sweep {
                now: service.clock.now(),
                limit: 500,
            };
            if !service.store.sweep(sweep).await.unwrap().more {
                return;
            }
        }
    }
}
