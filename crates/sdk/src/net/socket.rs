//! One WebSocket: frames go out and come in, and nothing is known of what they mean.

use crate::error::{Error, Result};
use crate::wire::frames::{self, Downstream};
use bytes::Bytes;
use futures_util::{FutureExt, SinkExt, StreamExt};
use lacuna_domain::ErrorCode;
use reqwest::Url;
use std::collections::VecDeque;
use std::future::poll_fn;
use std::net::{IpAddr, SocketAddr};
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

/// Small, so that many thousand connections fit into one process.
const READ_BUFFER_BYTES: usize = 8 * 1024;
/// Bytes of one frame at most: a page of history is cut well below.
const FRAME_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Frames that may wait to be written.
const OUTBOX_FRAMES_MAX: usize = 4096;

/// A connected socket.
#[derive(Debug)]
pub struct Socket {
    stream: WebSocketStream<TcpStream>,
    outbox: VecDeque<Bytes>,
    /// Whether the stream holds bytes that are not written out.
    unflushed: bool,
}

impl Socket {
    /// Connects to a `ws://` address. `source` is the local address to connect from, for when one has no ports left.
    pub async fn connect(url: &str, source: Option<IpAddr>) -> Result<Self> {
        let addr = resolve(url).await?;
        let tcp = if addr.is_ipv4() {
            TcpSocket::new_v4()
        } else {
            TcpSocket::new_v6()
        };
        let tcp = tcp.map_err(|error| unreachable(&error))?;
        if let Some(source) = source {
            let source = SocketAddr::new(source, 0);
            tcp.bind(source).map_err(|error| unreachable(&error))?;
        }
        let tcp = tcp
            .connect(addr)
            .await
            .map_err(|error| unreachable(&error))?;
        tcp.set_nodelay(true).map_err(|error| unreachable(&error))?;
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER_BYTES)
            .max_message_size(Some(FRAME_BYTES_MAX));
        let (stream, _) = tokio_tungstenite::client_async_with_config(url, tcp, Some(config))
            .await
            .map_err(|error| unreachable(&error))?;
        Ok(Self {
            stream,
            outbox: VecDeque::new(),
            unflushed: false,
        })
    }

    /// Queues a frame; it is written with the next [`Socket::recv`] or [`Socket::flush`].
    pub fn send(&mut self, frame: Bytes) -> Result<()> {
        if self.outbox.len() >= OUTBOX_FRAMES_MAX {
            return Err(Error::new(
                ErrorCode::RateLimited,
                "too many frames wait to be sent",
            ));
        }
        self.outbox.push_back(frame);
        Ok(())
    }

    /// Writes what waits, then waits for a frame for as long as it takes.
    ///
    /// # Cancellation
    /// Nothing is lost when the future is dropped.
    pub async fn recv(&mut self) -> Result<Downstream> {
        self.flush().await?;
        self.read().await
    }

    /// A frame that is here already. Nothing is written.
    pub fn try_recv(&mut self) -> Result<Option<Downstream>> {
        self.read().now_or_never().transpose()
    }

    async fn read(&mut self) -> Result<Downstream> {
        loop {
            let frame = self.stream.next().await.ok_or_else(closed)?;
            match frame.map_err(|error| unreachable(&error))? {
                Message::Binary(frame) => return frames::decode(frame),
                Message::Close(_) => return Err(closed()),
                // An answer to a ping is written with the next flush.
                Message::Ping(_) => self.unflushed = true,
                Message::Text(_) | Message::Pong(_) | Message::Frame(_) => {}
            }
        }
    }

    /// Writes what waits.
    ///
    /// # Cancellation
    /// A frame leaves the outbox only when the socket has it.
    pub async fn flush(&mut self) -> Result<()> {
        while !self.outbox.is_empty() {
            poll_fn(|cx| self.stream.poll_ready_unpin(cx))
                .await
                .map_err(|error| unreachable(&error))?;
            if let Some(frame) = self.outbox.pop_front() {
                self.stream
                    .start_send_unpin(Message::Binary(frame))
                    .map_err(|error| unreachable(&error))?;
                self.unflushed = true;
            }
        }
        if self.unflushed {
            self.stream
                .flush()
                .await
                .map_err(|error| unreachable(&error))?;
            self.unflushed = false;
        }
        Ok(())
    }

    /// Writes what waits, and closes.
    pub async fn close(&mut self) -> Result<()> {
        self.flush().await?;
        self.stream
            .close(None)
            .await
            .map_err(|error| unreachable(&error))
    }
}

/// The address behind a `ws://` URL.
async fn resolve(url: &str) -> Result<SocketAddr> {
    let bad = || Error::invalid(format!("{url:?} is no address of a socket"));
    let parsed = Url::parse(url).map_err(|_| bad())?;
    if parsed.scheme() != "ws" {
        let text = format!("{url:?}: only ws:// is spoken; TLS belongs to a proxy on this machine");
        return Err(Error::new(ErrorCode::InvalidParam, text));
    }
    let host = parsed
        .host_str()
        .ok_or_else(bad)?
        .trim_matches(['[', ']'])
        .to_owned();
    let port = parsed.port_or_known_default().unwrap_or(80);
    let mut found = tokio::net::lookup_host((host, port))
        .await
        .map_err(|error| unreachable(&error))?;
    found.next().ok_or_else(bad)
}

fn unreachable(error: &dyn std::error::Error) -> Error {
    Error::new(
        ErrorCode::Unavailable,
        format!("the connection failed: {error}"),
    )
}

fn closed() -> Error {
    Error::new(ErrorCode::Unavailable, "the server closed the connection")
}
