//! One connection of one device, as light as it can be: it keeps nothing of what comes.

use crate::bench::prepare::{APP_KEY, User};
use anyhow::{Context, bail, ensure};
use lacuna_domain::{Pos, Target};
use lacuna_sdk::transport::frames::{self, Device, Downstream};
use lacuna_sdk::transport::{CommSyncDl, Pulls, Socket, TextMessage, read_text};
use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;
use tokio::time::{Instant, timeout, timeout_at};

/// How long a login is waited for.
const LOGIN_WAIT: Duration = Duration::from_secs(10);
/// Silence after which the client asks whether there is something.
const KEEPALIVE: Duration = Duration::from_secs(30);
/// Frames read in a row before what they call for is written.
const FRAMES_PER_TURN_MAX: usize = 64;

/// Something that happened on the connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Happened {
    /// A message that this device sent is stored. Names the client's id of it.
    Acked(Pos),
    /// A message that this device sent is refused.
    Refused {
        /// The client's id of it.
        id: Pos,
        /// Why.
        why: lacuna_sdk::Error,
    },
    /// A text came.
    Came(TextMessage),
}

/// A logged-in connection. It pulls and acknowledges by itself while [`Link::next`] is awaited.
#[derive(Debug)]
pub(super) struct Link {
    socket: Socket,
    user: User,
    pulls: Pulls,
    happened: VecDeque<Happened>,
    next_id: u64,
}

impl Link {
    /// Connects, logs in and asks what is due. `source` is the local address, for when one has no ports left.
    pub(super) async fn connect(
        addr: SocketAddr,
        user: &User,
        resource: &str,
        source: Option<IpAddr>,
    ) -> anyhow::Result<Self> {
        let login = Self::login(addr, user, resource, source);
        timeout(LOGIN_WAIT, login)
            .await
            .context("login takes too long")?
            .with_context(|| format!("log in as {}", user.name))
    }

    async fn login(
        addr: SocketAddr,
        user: &User,
        resource: &str,
        source: Option<IpAddr>,
    ) -> anyhow::Result<Self> {
        let socket = Socket::connect(&format!("ws://{addr}/websocket"), source).await?;
        let mut link = Self {
            socket,
            user: user.clone(),
            pulls: Pulls::default(),
            happened: VecDeque::new(),
            next_id: 0,
        };
        let device = Device {
            app_key: APP_KEY.to_owned(),
            user: user.name.clone(),
            resource: resource.to_owned(),
            name: resource.to_owned(),
        };
        let login = frames::provision(&device, &user.token, lacuna_domain::Millis(0));
        link.socket.send(login)?;
        let Downstream::Provision(reply) = link.socket.recv().await? else {
            bail!("the first frame is no login reply");
        };
        frames::admission(&reply)?;
        link.socket.send(frames::unread())?;
        while link.next_id == 0 {
            let frame = link.socket.recv().await?;
            link.take(frame)?;
        }
        link.socket.flush().await?;
        Ok(link)
    }

    /// Puts a text on its way and returns the client's id of it; the answer comes as [`Happened`]. It is written with the next
    /// [`Link::next`].
    pub(super) fn send_text(&mut self, to: &Target, text: &str) -> anyhow::Result<Pos> {
        let id = Pos(self.next_id);
        self.next_id += 1;
        self.socket
            .send(frames::text(APP_KEY, id, &self.user.name, to, text))?;
        Ok(id)
    }

    /// Waits for the next thing to happen, for as long as it takes.
    ///
    /// # Cancellation
    /// Nothing is lost when the future is dropped.
    pub(super) async fn next(&mut self) -> anyhow::Result<Happened> {
        loop {
            self.socket.flush().await?;
            if let Some(happened) = self.happened.pop_front() {
                return Ok(happened);
            }
            match timeout(KEEPALIVE, self.socket.recv()).await {
                Ok(frame) => self.take(frame?)?,
                Err(_) => self.socket.send(frames::unread())?,
            }
            for _ in 1..FRAMES_PER_TURN_MAX {
                let Some(frame) = self.socket.try_recv()? else {
                    break;
                };
                self.take(frame)?;
            }
        }
    }

    /// What happened already and was not asked for yet.
    pub(super) fn happened(&mut self) -> Option<Happened> {
        self.happened.pop_front()
    }

    /// Whether the server still answers, within a time.
    pub(super) async fn answers(&mut self, wait: Duration) -> bool {
        let deadline = Instant::now() + wait;
        if self.socket.send(frames::unread()).is_err() {
            return false;
        }
        loop {
            match timeout_at(deadline, self.socket.recv()).await {
                Ok(Ok(Downstream::Unread(_))) => return true,
                Ok(Ok(_)) => {}
                Ok(Err(_)) | Err(_) => return false,
            }
        }
    }

    fn take(&mut self, frame: Downstream) -> anyhow::Result<()> {
        match frame {
            Downstream::Unread(reply) => {
                // Ids of one device differ between its connections: they start at the server's time.
                if self.next_id == 0 {
                    self.next_id = reply.timestamp().max(1).saturating_mul(1_000);
                }
                for pull in self.pulls.unread(reply.unread) {
                    self.socket.send(frames::pull(&pull))?;
                }
            }
            Downstream::Notice(queue) => {
                if let Some(pull) = self.pulls.notice(queue) {
                    self.socket.send(frames::pull(&pull))?;
                }
            }
            Downstream::Sync(answer) if answer.meta_id() > 0 => self.take_answer(answer)?,
            Downstream::Sync(page) => self.take_page(page)?,
            Downstream::Provision(_) | Downstream::Other => {}
        }
        Ok(())
    }

    fn take_answer(&mut self, answer: CommSyncDl) -> anyhow::Result<()> {
        let id = Pos(answer.meta_id());
        let status = answer.status.context("an answer without a status")?;
        let code = status.error_code.unwrap_or_default();
        self.happened.push_back(if code == 0 {
            Happened::Acked(id)
        } else {
            let why = frames::refusal(code, status.reason());
            Happened::Refused { id, why }
        });
        Ok(())
    }

    fn take_page(&mut self, page: CommSyncDl) -> anyhow::Result<()> {
        if let Some(pull) = self.pulls.page(&page) {
            self.socket.send(frames::pull(&pull))?;
        }
        for meta in page.metas {
            let is_kick = meta.ns.unwrap_or_default() == 0;
            ensure!(!is_kick, "{} was logged out by the server", self.user.name);
            if let Some(text) = read_text(meta, &self.user.name) {
                self.happened.push_back(Happened::Came(text));
            }
        }
        Ok(())
    }
}
