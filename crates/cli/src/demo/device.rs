//! A device of the story: a real client with a real local store in a folder of its own.

use anyhow::{Context, bail};
use lacuna_sdk::{
    Client, Direction, Find, HistoryOptions, Message, NewMessage, Observer, Options, Pos, Removed,
    Target,
};
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};

/// Messages of the story at most.
const MESSAGES_MAX: u32 = 400;
/// Pages of one history at most.
const PAGES_MAX: usize = 100;

/// A device.
#[derive(Debug)]
pub(super) struct Device {
    client: Client,
    user: &'static str,
    password: &'static str,
    peer: Target,
    changed: watch::Receiver<u64>,
    /// What its store held when it was closed; none while it is open.
    closed_with: Option<BTreeSet<u64>>,
    _folder: TempDir,
}

/// Counts whatever changes what a device holds.
#[derive(Debug)]
struct Watcher(watch::Sender<u64>);

impl Watcher {
    fn note(&self) {
        self.0.send_modify(|count| *count += 1);
    }
}

impl Observer for Watcher {
    fn messages_received(&self, _: &[Message]) {
        self.note();
    }

    fn messages_removed(&self, _: &Target, _: &str, _: &Removed) {
        self.note();
    }

    fn conversations_changed(&self) {
        self.note();
    }

    fn sync_finished(&self) {
        self.note();
    }
}

impl Device {
    /// Logs a device of a registered user in, with an empty store. It talks with `peer`.
    pub(super) async fn start(
        addr: SocketAddr,
        (user, password): (&'static str, &'static str),
        resource: &str,
        peer: Target,
    ) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir().context("make a temporary folder")?;
        let options = Options {
            device_name: format!("{user}'s {resource}"),
            resource: Some(resource.to_owned()),
            ..Options::new("lacuna#demo", &format!("http://{addr}"), folder.path())
        };
        let client = Client::new(options)?;
        let (count, changed) = watch::channel(0);
        client.add_observer(Arc::new(Watcher(count)));
        client.login(user, password).await?;
        Ok(Self {
            client,
            user,
            password,
            peer,
            changed,
            closed_with: None,
            _folder: folder,
        })
    }

    /// Comes back: opens the store that it left, and catches up.
    pub(super) async fn go_online(&mut self) -> anyhow::Result<()> {
        self.client.login(self.user, self.password).await?;
        self.closed_with = None;
        Ok(())
    }

    /// Goes away. Its store stays on the disk, closed.
    pub(super) async fn go_offline(&mut self) -> anyhow::Result<()> {
        let held = self.held()?;
        self.client.logout().await?;
        self.closed_with = Some(held);
        Ok(())
    }

    /// Ends the client and its threads.
    pub(super) async fn close(self) -> anyhow::Result<()> {
        // It blocks until its threads have ended.
        Ok(tokio::task::spawn_blocking(move || self.client.close()).await?)
    }

    /// Sends a text and waits until it is stored.
    pub(super) async fn send(&self, text: &str) -> anyhow::Result<Message> {
        let message = NewMessage::text(self.peer.clone(), text);
        Ok(self.client.chat().send(message).await?)
    }

    /// Waits until the device holds exactly `ids`, or `wait` is over; then for `quiet` more, to see what should not come.
    pub(super) async fn settle(
        &self,
        ids: &BTreeSet<u64>,
        wait: Duration,
        quiet: Duration,
    ) -> anyhow::Result<()> {
        if self.closed_with.is_some() {
            return Ok(());
        }
        let mut changed = self.changed.clone();
        let deadline = Instant::now() + wait;
        while self.held()? != *ids {
            if timeout_at(deadline, changed.changed()).await.is_err() {
                break;
            }
        }
        let deadline = Instant::now() + quiet;
        while timeout_at(deadline, changed.changed()).await.is_ok() {}
        Ok(())
    }

    /// The ids of the messages that its local store really holds.
    pub(super) fn held(&self) -> anyhow::Result<BTreeSet<u64>> {
        if let Some(held) = &self.closed_with {
            return Ok(held.clone());
        }
        let find = Find {
            conversation: Some(self.peer.clone()),
            limit: MESSAGES_MAX,
            ..Find::default()
        };
        let found = self.client.chat().find(find)?;
        Ok(found.iter().map(|message| message.id.0).collect())
    }

    /// Deletes messages by id: on the server, here, and on the user's other devices.
    pub(super) async fn delete_ids(&self, ids: &[Pos]) -> anyhow::Result<()> {
        let chat = self.client.chat();
        Ok(chat.delete_from_server(&self.peer, ids).await?)
    }

    /// Deletes everything up to the time of a message: on the server, here, and on the user's other devices.
    pub(super) async fn delete_through(&self, message: Pos) -> anyhow::Result<()> {
        let chat = self.client.chat();
        Ok(chat
            .delete_from_server_through(&self.peer, message.time())
            .await?)
    }

    /// Deletes the conversation: on the server, here, and on the user's other devices.
    pub(super) async fn delete_conversation(&self) -> anyhow::Result<()> {
        let chat = self.client.chat();
        Ok(chat.delete_server_conversation(&self.peer, true).await?)
    }

    /// Deletes everything: on the server, here, and on the user's other devices.
    pub(super) async fn delete_everything(&self) -> anyhow::Result<()> {
        Ok(self.client.chat().delete_everything(true).await?)
    }

    /// Drops messages from this device alone. Nobody is told, the server neither.
    pub(super) fn delete_here(&self, ids: &[Pos]) -> anyhow::Result<()> {
        for id in ids {
            self.client.chat().delete_message(*id)?;
        }
        Ok(())
    }

    /// Reads the history from the server and keeps what it holds.
    pub(super) async fn reload(&self) -> anyhow::Result<()> {
        self.history(true).await.map(drop)
    }

    /// The ids of the user's history on the server.
    pub(super) async fn server_history(&self) -> anyhow::Result<BTreeSet<u64>> {
        self.history(false).await
    }

    /// The names on the user's conversation list on the server.
    pub(super) async fn server_conversations(&self) -> anyhow::Result<Vec<String>> {
        let page = self.client.chat().fetch_conversations(None, 20).await?;
        let names = page.rows.iter().map(|row| row.target.id().to_owned());
        Ok(names.collect())
    }

    async fn history(&self, save: bool) -> anyhow::Result<BTreeSet<u64>> {
        let (chat, mut ids, mut cursor) = (self.client.chat(), BTreeSet::new(), None);
        for _ in 0..PAGES_MAX {
            let options = HistoryOptions {
                cursor,
                direction: Direction::Older,
                save,
                ..HistoryOptions::default()
            };
            let page = chat.fetch_history(&self.peer, options).await?;
            ids.extend(page.messages.iter().map(|message| message.id.0));
            cursor = page.next;
            if cursor.is_none() {
                return Ok(ids);
            }
        }
        bail!("the history does not end")
    }
}
