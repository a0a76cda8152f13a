//! A device of a user: a connection, the API, and the messages it keeps.

use super::rest::Caller;
use super::{ANSWER_WAIT, Deletion, Happened, Identity, Incoming, Link, Message, Rest, Timeline};
use anyhow::{Context, bail};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::time::{Instant, timeout, timeout_at};

/// A device. What comes is taken in while one of its methods is awaited.
#[derive(Debug)]
pub(crate) struct Device {
    who: Identity,
    token: String,
    addr: SocketAddr,
    rest: Rest,
    link: Option<Link>,
    timeline: Timeline,
}

impl Device {
    /// Connects a device of a registered user.
    pub(crate) async fn connect(
        addr: SocketAddr,
        rest: &Rest,
        who: Identity,
        token: &str,
    ) -> anyhow::Result<Self> {
        let mut device = Self {
            who,
            token: token.to_owned(),
            addr,
            rest: rest.clone(),
            link: None,
            timeline: Timeline::default(),
        };
        device.go_online().await?;
        Ok(device)
    }

    /// Connects and takes in what was missed.
    pub(crate) async fn go_online(&mut self) -> anyhow::Result<()> {
        let mut link = Link::connect(self.addr, self.who.clone(), &self.token, None).await?;
        let deadline = Instant::now() + ANSWER_WAIT;
        loop {
            let happened = timeout_at(deadline, link.next())
                .await
                .context("catching up takes too long")??;
            if happened == Happened::CaughtUp {
                break;
            }
            self.take(happened);
        }
        self.link = Some(link);
        Ok(())
    }

    /// Drops the connection. What the device keeps stays.
    pub(crate) fn go_offline(&mut self) {
        self.link = None;
    }

    /// Sends a text and waits until it is stored.
    pub(crate) async fn send(&mut self, to: &str, text: &str) -> anyhow::Result<Message> {
        let id = self.online()?.send_text(to, text);
        let deadline = Instant::now() + ANSWER_WAIT;
        loop {
            let happened = timeout_at(deadline, self.online()?.next())
                .await
                .context("no answer to a send")??;
            match happened {
                Happened::Acked {
                    id: acked,
                    message,
                    time_ms,
                } if acked == id => {
                    let message = self.online()?.sent(to, text, message, time_ms);
                    self.timeline.keep(message.clone());
                    return Ok(message);
                }
                Happened::Refused {
                    id: refused,
                    code,
                    reason,
                } if refused == id => {
                    bail!("send refused: status {code}, {reason}");
                }
                other => self.take(other),
            }
        }
    }

    /// Takes in what comes until the device holds exactly `ids`, or `wait` is over; then for `quiet` more, to see what should
    /// not come.
    pub(crate) async fn settle(
        &mut self,
        ids: &[u64],
        wait: Duration,
        quiet: Duration,
    ) -> anyhow::Result<()> {
        let deadline = Instant::now() + wait;
        while self.link.is_some() && self.timeline.ids() != ids {
            match timeout_at(deadline, self.online()?.next()).await {
                Ok(happened) => self.take(happened?),
                Err(_) => break,
            }
        }
        let deadline = Instant::now() + quiet;
        while let Some(link) = &mut self.link {
            match timeout_at(deadline, link.next()).await {
                Ok(happened) => self.take(happened?),
                Err(_) => break,
            }
        }
        Ok(())
    }

    /// Deletes messages by id: on the server, here, and on the user's other devices.
    pub(crate) async fn delete_ids(&mut self, peer: &str, ids: &[u64]) -> anyhow::Result<()> {
        self.rest.delete_ids(self.caller(), peer, ids).await?;
        self.timeline.apply(&Deletion {
            ids: ids.to_vec(),
            ..deletion(peer)
        });
        Ok(())
    }

    /// Deletes everything at or before a time: on the server, here, and on the user's other devices.
    pub(crate) async fn delete_through(&mut self, peer: &str, time_ms: u64) -> anyhow::Result<()> {
        self.rest
            .delete_through(self.caller(), peer, time_ms)
            .await?;
        self.timeline.apply(&Deletion {
            through_ms: Some(time_ms),
            ..deletion(peer)
        });
        Ok(())
    }

    /// Deletes a conversation: on the server, here, and on the user's other devices.
    pub(crate) async fn delete_conversation(&mut self, peer: &str) -> anyhow::Result<()> {
        self.rest.delete_conversation(self.caller(), peer).await?;
        self.timeline.apply(&Deletion {
            through_ms: Some(u64::MAX),
            ..deletion(peer)
        });
        Ok(())
    }

    /// Deletes everything: on the server, here, and on the user's other devices.
    pub(crate) async fn delete_everything(&mut self) -> anyhow::Result<()> {
        self.rest.delete_everything(self.caller()).await?;
        self.timeline.clear();
        Ok(())
    }

    /// Drops messages from this device alone. Nobody is told, the server neither.
    pub(crate) fn forget(&mut self, peer: &str, ids: &[u64]) {
        self.timeline.apply(&Deletion {
            ids: ids.to_vec(),
            ..deletion(peer)
        });
    }

    /// Reads the history from the server and keeps what it holds.
    pub(crate) async fn reload(&mut self, peer: &str) -> anyhow::Result<()> {
        for message in self.server_history(peer).await? {
            self.timeline.keep(message);
        }
        Ok(())
    }

    /// The user's history on the server, oldest first.
    pub(crate) async fn server_history(&self, peer: &str) -> anyhow::Result<Vec<Message>> {
        let read = self.rest.history(self.caller(), peer);
        timeout(ANSWER_WAIT, read)
            .await
            .context("reading history takes too long")?
    }

    /// The user's conversation list on the server.
    pub(crate) async fn server_conversations(&self) -> anyhow::Result<Vec<String>> {
        self.rest.conversations(self.caller()).await
    }

    /// The ids of the messages it keeps, in order.
    pub(crate) fn ids(&self) -> Vec<u64> {
        self.timeline.ids()
    }

    fn take(&mut self, happened: Happened) {
        match happened {
            Happened::Came(Incoming::Message(message)) => {
                self.timeline.keep(message);
            }
            Happened::Came(Incoming::Deleted(deletion)) => self.timeline.apply(&deletion),
            Happened::Came(Incoming::Kicked(_) | Incoming::Other)
            | Happened::Acked { .. }
            | Happened::Refused { .. }
            | Happened::CaughtUp => {}
        }
    }

    fn online(&mut self) -> anyhow::Result<&mut Link> {
        self.link.as_mut().context("the device is offline")
    }

    fn caller(&self) -> Caller<'_> {
        Caller {
            name: &self.who.name,
            token: &self.token,
            resource: &self.who.resource,
        }
    }
}

fn deletion(peer: &str) -> Deletion {
    Deletion {
        conversation: peer.to_owned(),
        ..Deletion::default()
    }
}
