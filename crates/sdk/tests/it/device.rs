//! Devices that are logged in, wherever their server is.

use crate::record::{Recorder, Told};
use lacuna_sdk::{
    Body, Chat, Client, Conversation, Direction, Find, GroupId, HistoryOptions, Message, Name,
    NewMessage, Options, Pos, ServerConversation, Target,
};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use tokio::time::{Instant, sleep};

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
