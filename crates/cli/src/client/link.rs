//! One connection of one device.

use super::pulls::{Pull, Pulls};
use super::wire::{self, Downstream, Incoming};
use super::{ANSWER_WAIT, timeline};
use anyhow::{Context, bail, ensure};
use bytes::Bytes;
use futures_util::{FutureExt, SinkExt, StreamExt};
use lacuna_proto::pb::{CommSyncDl, Status};
use std::collections::VecDeque;
use std::future::poll_fn;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

/// Silence after which the client asks whether there is something.
const KEEPALIVE: Duration = Duration::from_secs(30);
/// Frames read in a row before what they call for is written.
const FRAMES_PER_TURN_MAX: usize = 64;
/// Small, so that many thousand connections fit into one process.
const READ_BUFFER_BYTES: usize = 8 * 1024;

/// Who connects.
#[derive(Clone, Debug)]
pub(crate) struct Identity {
    /// The user.
    pub(crate) name: String,
    /// The device.
    pub(crate) resource: String,
}

impl Identity {
    /// A device of a user.
    pub(crate) fn new(name: &str, resource: &str) -> Self {
        Self {
            name: name.to_owned(),
            resource: resource.to_owned(),
        }
    }
}

/// Something that happened on the connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Happened {
    /// A message that this device sent is stored.
    Acked {
        /// The client's id of it.
        id: u64,
        /// The server's.
        message: u64,
        /// When, by the server's clock.
        time_ms: u64,
    },
    /// A message that this device sent is refused.
    Refused {
        /// The client's id of it.
        id: u64,
        /// The status code.
        code: i32,
        /// What the server says.
        reason: String,
    },
    /// A message or event came.
    Came(Incoming),
    /// Everything that was due is here.
    CaughtUp,
}

/// A logged-in connection. It pulls and acknowledges by itself while [`Link::next`] is awaited.
#[derive(Debug)]
pub(crate) struct Link {
    socket: WebSocketStream<TcpStream>,
    who: Identity,
    pulls: Pulls,
    happened: VecDeque<Happened>,
    outbox: VecDeque<Bytes>,
    /// Whether the socket holds bytes that are not written out.
    unflushed: bool,
    next_id: u64,
}

impl Link {
    /// Connects, logs in and asks what is due. `source` is the local address, for when one has no ports left.
    pub(crate) async fn connect(
        addr: SocketAddr,
        who: Identity,
        token: &str,
        source: Option<IpAddr>,
    ) -> anyhow::Result<Self> {
        let login = Self::login(addr, who, token, source);
        timeout(ANSWER_WAIT, login)
            .await
            .context("login takes too long")?
    }

    async fn login(
        addr: SocketAddr,
        who: Identity,
        token: &str,
        source: Option<IpAddr>,
    ) -> anyhow::Result<Self> {
        let tcp = TcpSocket::new_v4()?;
        if let Some(source) = source {
            tcp.bind(SocketAddr::new(source, 0))
                .context("bind source address")?;
        }
        let tcp = tcp
            .connect(addr)
            .await
            .with_context(|| format!("connect to {addr}"))?;
        tcp.set_nodelay(true)?;
        let config = WebSocketConfig::default().read_buffer_size(READ_BUFFER_BYTES);
        let url = format!("ws://{addr}/websocket");
        let (socket, _) = tokio_tungstenite::client_async_with_config(url, tcp, Some(config))
            .await
            .context("open websocket")?;
        let mut link = Self {
            socket,
            who,
            pulls: Pulls::default(),
            happened: VecDeque::new(),
            outbox: VecDeque::new(),
            unflushed: false,
            next_id: 1,
        };
        link.outbox.push_back(wire::provision(&link.who, token));
        link.flush().await?;
        let Downstream::Provision(reply) = link.read().await? else {
            bail!("the first frame is no login reply");
        };
        let (code, reason) = refusal(reply.status);
        ensure!(
            code == 0,
            "login of {} refused: status {code}, {reason}",
            link.who.name
        );
        link.outbox.push_back(wire::unread());
        while link.next_id == 1 {
            link.flush().await?;
            let frame = link.read().await?;
            link.take(frame)?;
        }
        Ok(link)
    }

    /// Puts a text on its way and returns the client's id of it; the answer comes as [`Happened`]. It is written with the next
    /// [`Link::next`] or [`Link::flush`].
    pub(crate) fn send_text(&mut self, to: &str, text: &str) -> u64 {
        let id = self.next_id;
        self.next_id += 1;
        self.outbox
            .push_back(wire::text(id, &self.who.name, to, text));
        id
    }

    /// Waits for the next thing to happen, for as long as it takes.
    ///
    /// # Cancellation
    /// Nothing is lost when the future is dropped.
    pub(crate) async fn next(&mut self) -> anyhow::Result<Happened> {
        loop {
            self.flush().await?;
            if let Some(happened) = self.happened.pop_front() {
                return Ok(happened);
            }
            match timeout(KEEPALIVE, self.read()).await {
                Ok(frame) => self.take(frame?)?,
                Err(_) => self.outbox.push_back(wire::unread()),
            }
            for _ in 1..FRAMES_PER_TURN_MAX {
                let Some(frame) = self.read().now_or_never() else {
                    break;
                };
                self.take(frame?)?;
            }
        }
    }

    /// What happened already and was not asked for yet.
    pub(crate) fn happened(&mut self) -> Option<Happened> {
        self.happened.pop_front()
    }

    /// Writes out what waits.
    ///
    /// # Cancellation
    /// A frame leaves the outbox only when the socket has it.
    pub(crate) async fn flush(&mut self) -> anyhow::Result<()> {
        while !self.outbox.is_empty() {
            poll_fn(|cx| self.socket.poll_ready_unpin(cx))
                .await
                .context("write frame")?;
            if let Some(frame) = self.outbox.pop_front() {
                self.socket
                    .start_send_unpin(Message::Binary(frame))
                    .context("write frame")?;
                self.unflushed = true;
            }
        }
        if self.unflushed {
            self.socket.flush().await.context("write frame")?;
            self.unflushed = false;
        }
        Ok(())
    }

    async fn read(&mut self) -> anyhow::Result<Downstream> {
        loop {
            let frame = self
                .socket
                .next()
                .await
                .context("the server closed the connection")?;
            match frame.context("read frame")? {
                Message::Binary(frame) => return wire::decode(frame),
                Message::Close(_) => bail!("the server closed the connection"),
                _ => {}
            }
        }
    }

    fn take(&mut self, frame: Downstream) -> anyhow::Result<()> {
        match frame {
            Downstream::Unread(reply) => {
                // Ids of one device differ between its connections: they start at the server's time.
                if self.next_id == 1 {
                    self.next_id = reply.timestamp().max(1).saturating_mul(1_000);
                }
                for pull in self.pulls.unread(reply.unread) {
                    self.pull(pull);
                }
                self.note_caught_up();
            }
            Downstream::Notice(queue) => {
                if let Some(pull) = self.pulls.notice(queue) {
                    self.pull(pull);
                }
            }
            Downstream::Sync(sync) if sync.meta_id() > 0 => self.take_ack(sync),
            Downstream::Sync(page) => self.take_page(page)?,
            Downstream::Provision(_) | Downstream::Other => {}
        }
        Ok(())
    }

    fn take_ack(&mut self, ack: CommSyncDl) {
        let (id, message, time_ms) = (ack.meta_id(), ack.server_id(), ack.timestamp());
        let (code, reason) = refusal(ack.status);
        self.happened.push_back(if code == 0 {
            Happened::Acked {
                id,
                message,
                time_ms,
            }
        } else {
            Happened::Refused { id, code, reason }
        });
    }

    fn take_page(&mut self, page: CommSyncDl) -> anyhow::Result<()> {
        if let Some(pull) = self.pulls.page(&page) {
            self.pull(pull);
        }
        for meta in page.metas {
            let incoming = wire::read_meta(meta, &self.who.name)?;
            if let Incoming::Kicked(operation) = incoming {
                bail!(
                    "{}'s {} was logged out by the server: operation {operation}",
                    self.who.name,
                    self.who.resource
                );
            }
            self.happened.push_back(Happened::Came(incoming));
        }
        self.note_caught_up();
        Ok(())
    }

    fn note_caught_up(&mut self) {
        if self.pulls.idle() {
            self.happened.push_back(Happened::CaughtUp);
        }
    }

    fn pull(&mut self, pull: Pull) {
        self.outbox.push_back(wire::pull(pull.queue, pull.key));
    }

    /// The message that an acknowledgement makes of a text this device sent.
    pub(crate) fn sent(
        &self,
        to: &str,
        text: &str,
        message: u64,
        time_ms: u64,
    ) -> timeline::Message {
        timeline::Message {
            id: message,
            conversation: to.to_owned(),
            from: self.who.name.clone(),
            text: text.to_owned(),
            time_ms,
        }
    }
}

/// The code and reason of a status; one that is missing is a refusal.
fn refusal(status: Option<Status>) -> (i32, String) {
    let code = status
        .as_ref()
        .map_or(-1, |status| status.error_code.unwrap_or_default());
    let reason = status.and_then(|status| status.reason).unwrap_or_default();
    (code, reason)
}
