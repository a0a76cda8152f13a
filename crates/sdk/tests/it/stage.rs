//! A server, and devices that are logged in to it.

use crate::record::{Recorder, Told};
use lacuna_sdk::{
    Body, Chat, Client, Clock, Conversation, Direction, Find, GroupId, HistoryOptions, Message,
    Name, NewMessage, Options, Pos, ServerConversation, Target,
};
use lacuna_server::service::TokenRequest;
use lacuna_testing::TestServer;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use tokio::time::{Instant, sleep};

/// The application of development mode.
pub(crate) const APP: (&str, &str) = ("lacuna", "demo");
/// How long anything may take to happen.
const PATIENCE: Duration = Duration::from_secs(15);

/// Waits until something holds.
#[track_caller]
pub(crate) fn until(
    what: impl std::fmt::Display,
    mut holds: impl FnMut() -> bool,
) -> impl Future<Output = ()> {
    let at = std::panic::Location::caller();
    async move {
        let end = Instant::now() + PATIENCE;
        while !holds() {
            assert!(Instant::now() < end, "{at}: waited in vain for {what}");
            sleep(Duration::from_millis(5)).await;
        }
    }
}

pub(crate) fn peer(name: &str) -> Target {
    Target::Peer(Name::new(name).unwrap())
}

pub(crate) fn group(id: &GroupId) -> Target {
    Target::Group(id.clone())
}

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
        let url = format!("{}/{}/{}/{path}", self.url(), APP.0, APP.1);
        let method = method.parse::<reqwest::Method>().unwrap();
        let mut call = reqwest::Client::new()
            .request(method, url)
            .bearer_auth(token.token);
        if let Some(body) = body {
            call = call.json(&body);
        }
        let answer = call.send().await.unwrap();
        let status = answer.status();
        let text = answer.text().await.unwrap();
        assert!(status.is_success(), "{path}: {status} {text}");
        serde_json::from_str(&text).unwrap()
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

/// A device that is logged in.
#[derive(Debug)]
pub(crate) struct Device {
    pub(crate) user: String,
    pub(crate) client: Client,
    pub(crate) told: Arc<Recorder>,
    options: Options,
    folder: Option<TempDir>,
}

/// What is left of a device that was closed.
#[derive(Debug)]
pub(crate) struct Left {
    pub(crate) user: String,
    pub(crate) folder: TempDir,
    pub(crate) options: Options,
}

impl Device {
    pub(crate) async fn enter(user: &str, folder: TempDir, options: Options, token: &str) -> Self {
        let client = Client::new(options.clone()).unwrap();
        let told = Arc::new(Recorder::default());
        told.looks_into(client.clone());
        client.add_observer(Arc::<Recorder>::clone(&told));
        client.login_with_token(user, token).await.unwrap();
        let device = Self {
            user: user.to_owned(),
            client,
            told,
            options,
            folder: Some(folder),
        };
        device.synced().await;
        device
    }

    pub(crate) fn chat(&self) -> Chat {
        self.client.chat()
    }

    pub(crate) fn me(&self) -> Target {
        peer(&self.user)
    }

    pub(crate) fn resource(&self) -> String {
        self.client.resource().unwrap()
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.as_ref().unwrap().path()
    }

    /// Waits until something was told.
    #[track_caller]
    pub(crate) fn until(
        &self,
        what: &str,
        holds: impl Fn(&Told) -> bool,
    ) -> impl Future<Output = ()> {
        let told = Arc::clone(&self.told);
        until(format!("{} to be told {what}", self.user), move || {
            told.all().iter().any(&holds)
        })
    }

    #[track_caller]
    pub(crate) fn synced(&self) -> impl Future<Output = ()> {
        self.until("that it is in step", |told| *told == Told::SyncFinished)
    }

    /// Sends a text; returns its id.
    pub(crate) async fn text(&self, to: &Target, text: &str) -> Pos {
        let new = NewMessage::text(to.clone(), text);
        self.chat().send(new).await.unwrap().id
    }

    /// Sends a command, which nobody keeps.
    pub(crate) async fn signal(&self, to: &Target, action: &str) {
        let body = Body::Command {
            action: action.to_owned(),
        };
        let new = NewMessage::new(to.clone(), body);
        self.chat().send(new).await.unwrap();
    }

    /// The messages of a conversation that this device holds, oldest first.
    pub(crate) fn held(&self, target: &Target) -> Vec<Message> {
        let mut find = Find {
            conversation: Some(target.clone()),
            direction: Some(Direction::Newer),
            limit: 400,
            ..Find::default()
        };
        let mut all: Vec<Message> = Vec::new();
        loop {
            let found = self.chat().find(find.clone()).unwrap();
            let Some(last) = found.last() else {
                return all;
            };
            find.beyond = Some(last.id);
            all.extend(found);
        }
    }

    pub(crate) fn ids(&self, target: &Target) -> Vec<Pos> {
        self.held(target).iter().map(|held| held.id).collect()
    }

    pub(crate) fn texts(&self, target: &Target) -> Vec<String> {
        self.held(target).iter().map(text_of).collect()
    }

    /// The user's history on the server, oldest first.
    pub(crate) async fn history(&self, target: &Target) -> Vec<Message> {
        let mut all = Vec::new();
        let mut cursor = None;
        loop {
            let options = HistoryOptions {
                cursor,
                limit: 50,
                direction: Direction::Newer,
                ..HistoryOptions::default()
            };
            let page = self.chat().fetch_history(target, options).await.unwrap();
            all.extend(page.messages);
            if page.next.is_none() {
                return all;
            }
            cursor = page.next;
        }
    }

    pub(crate) async fn history_ids(&self, target: &Target) -> Vec<Pos> {
        let history = self.history(target).await;
        history.iter().map(|message| message.id).collect()
    }

    pub(crate) fn list(&self) -> Vec<Conversation> {
        self.chat().conversations(100, 0).unwrap()
    }

    pub(crate) async fn server_list(&self) -> Vec<ServerConversation> {
        let page = self.chat().fetch_conversations(None, 50).await.unwrap();
        assert_eq!(page.next, None);
        page.rows
    }

    /// Waits until it holds as many messages of a conversation.
    #[track_caller]
    pub(crate) fn holds(&self, target: &Target, count: u64) -> impl Future<Output = ()> {
        let (chat, target) = (self.chat(), target.clone());
        let what = format!("{} to hold {count} messages of {}", self.user, target.id());
        until(what, move || chat.count(Some(&target)).unwrap() == count)
    }

    /// Logs out, and ends everything.
    pub(crate) fn close(mut self) -> Left {
        self.client.close();
        Left {
            user: self.user.clone(),
            folder: self.folder.take().unwrap(),
            options: self.options.clone(),
        }
    }
}

impl Drop for Device {
    fn drop(&mut self) {
        // The observer holds the client that holds it: only this ends them.
        self.client.close();
    }
}

pub(crate) fn text_of(message: &Message) -> String {
    match &message.body {
        Body::Text(text) => text.clone(),
        other => format!("{other:?}"),
    }
}
