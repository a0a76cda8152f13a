//! One WebSocket: frames go out and come in, and nothing is known of what they mean.

use super::tls::{Stream, Trust};
use super::{code_of, failed};
use crate::error::{Error, Result};
use crate::wire::frames::{self, Downstream};
use bytes::Bytes;
use futures_util::{FutureExt, SinkExt, StreamExt};
use lacuna_domain::ErrorCode;
use reqwest::Url;
use std::collections::VecDeque;
use std::future::poll_fn;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error as SocketError, Message};

/// Small, so that many thousand connections fit into one process.
const READ_BUFFER_BYTES: usize = 8 * 1024;
/// Bytes of one frame at most: what a server of ours sends is cut well below.
const FRAME_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Frames that may wait to be written.
const OUTBOX_FRAMES_MAX: usize = 4096;
/// Addresses of one name that are tried, and how long each may take: the next may be of a network that works.
const ADDRESSES_MAX: usize = 4;
const ADDRESS_WAIT: Duration = Duration::from_secs(5);
/// How long TLS and the WebSocket's own handshake may take.
const OPEN_WAIT: Duration = Duration::from_secs(10);

/// A connected socket.
#[derive(Debug)]
pub struct Socket {
    stream: Stream,
    outbox: VecDeque<Bytes>,
    /// Whether the stream holds bytes that are not written out.
    unflushed: bool,
}

impl Socket {
    /// Connects to a `ws://` or `wss://` address. `source` is the local address to connect from, for when one has no ports
    /// left. 2, 110, 300, 301.
    pub async fn connect(url: &str, source: Option<IpAddr>) -> Result<Self> {
        let address = Address::read(url)?;
        Self::open(&address, source, Trust::for_scheme(address.url.scheme())?).await
    }

    async fn open(address: &Address, source: Option<IpAddr>, trust: Trust) -> Result<Self> {
        let tcp = address.connect(source).await?;
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER_BYTES)
            .max_message_size(Some(FRAME_BYTES_MAX))
            .max_frame_size(Some(FRAME_BYTES_MAX));
        let open = trust.open(address.url.as_str(), tcp, config);
        let stream = timeout(OPEN_WAIT, open).await.map_err(|_| late())?;
        Ok(Self {
            stream: stream.map_err(|error| lost(&error))?,
            outbox: VecDeque::new(),
            unflushed: false,
        })
    }

    /// Queues a frame; it is written with the next [`Socket::recv`] or [`Socket::flush`]. 509 if too many wait already.
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

    /// Waits for a frame for as long as it takes, and meanwhile writes what waits. 300 when the connection is lost, 303 for
    /// a frame that is none.
    ///
    /// # Cancellation
    /// Nothing is lost when the future is dropped.
    pub async fn recv(&mut self) -> Result<Downstream> {
        frames::decode(poll_fn(|cx| self.poll_both(cx)).await?)
    }

    /// A frame that is here already. Writes nothing: what a burst of frames calls for goes out in one piece afterwards.
    pub fn try_recv(&mut self) -> Result<Option<Downstream>> {
        let here = poll_fn(|cx| self.poll_read(cx)).now_or_never();
        here.transpose()?.map(frames::decode).transpose()
    }

    /// Writes what waits.
    ///
    /// # Cancellation
    /// A frame leaves the outbox only when the socket has it.
    pub async fn flush(&mut self) -> Result<()> {
        poll_fn(|cx| self.poll_write(cx)).await
    }

    /// Writes what waits, and closes.
    pub async fn close(&mut self) -> Result<()> {
        self.flush().await?;
        self.stream.close(None).await.map_err(|error| lost(&error))
    }

    /// Both ways at once: a server that waits until its own frames are read must not wait for one that waits to write.
    fn poll_both(&mut self, cx: &mut Context<'_>) -> Poll<Result<Bytes>> {
        let read = self.poll_read(cx);
        match (read, self.poll_write(cx)) {
            // What came before the connection broke still counts: it may say why.
            (Poll::Ready(frame), _) => Poll::Ready(frame),
            (Poll::Pending, Poll::Ready(Err(error))) => Poll::Ready(Err(error)),
            (Poll::Pending, Poll::Ready(Ok(())) | Poll::Pending) => Poll::Pending,
        }
    }

    fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<Result<Bytes>> {
        loop {
            let Some(frame) = ready!(self.stream.poll_next_unpin(cx)) else {
                return Poll::Ready(Err(closed()));
            };
            match frame.map_err(|error| lost(&error))? {
                Message::Binary(frame) => return Poll::Ready(Ok(frame)),
                Message::Close(_) => return Poll::Ready(Err(closed())),
                // The stream has queued the answer.
                Message::Ping(_) => self.unflushed = true,
                Message::Text(_) | Message::Pong(_) | Message::Frame(_) => {}
            }
        }
    }

    fn poll_write(&mut self, cx: &mut Context<'_>) -> Poll<Result<()>> {
        while !self.outbox.is_empty() {
            ready!(self.stream.poll_ready_unpin(cx)).map_err(|error| lost(&error))?;
            if let Some(frame) = self.outbox.pop_front() {
                let queued = self.stream.start_send_unpin(Message::Binary(frame));
                queued.map_err(|error| lost(&error))?;
                self.unflushed = true;
            }
        }
        if self.unflushed {
            ready!(self.stream.poll_flush_unpin(cx)).map_err(|error| lost(&error))?;
            self.unflushed = false;
        }
        Poll::Ready(Ok(()))
    }
}

/// Where a socket is.
#[derive(Debug)]
struct Address {
    url: Url,
    host: String,
    port: u16,
}

impl Address {
    fn read(text: &str) -> Result<Self> {
        let bad = || Error::invalid(format!("{text:?} is no address of a socket"));
        let url = Url::parse(text).map_err(|_| bad())?;
        if !matches!(url.scheme(), "ws" | "wss") {
            return Err(bad());
        }
        let host = url.host_str().ok_or_else(bad)?.trim_matches(['[', ']']);
        Ok(Self {
            host: host.to_owned(),
            port: url.port_or_known_default().ok_or_else(bad)?,
            url,
        })
    }

    /// Connects to the first address of the host that can be reached.
    async fn connect(&self, source: Option<IpAddr>) -> Result<TcpStream> {
        let found = tokio::net::lookup_host((self.host.as_str(), self.port)).await;
        let found = found.map_err(|error| failed(&error))?;
        let fits = |addr: &SocketAddr| source.is_none_or(|ip| ip.is_ipv4() == addr.is_ipv4());
        let mut last = Error::new(
            ErrorCode::NetworkUnavailable,
            format!("{} has no address that can be used", self.host),
        );
        for addr in found.filter(fits).take(ADDRESSES_MAX) {
            match timeout(ADDRESS_WAIT, connect(addr, source)).await {
                Ok(Ok(tcp)) => return Ok(tcp),
                Ok(Err(error)) => last = failed(&error),
                Err(_) => last = late(),
            }
        }
        Err(last)
    }
}

async fn connect(addr: SocketAddr, source: Option<IpAddr>) -> io::Result<TcpStream> {
    let tcp = if addr.is_ipv4() {
        TcpSocket::new_v4()?
    } else {
        TcpSocket::new_v6()?
    };
    if let Some(source) = source {
        tcp.bind(SocketAddr::new(source, 0))?;
    }
    let tcp = tcp.connect(addr).await?;
    tcp.set_nodelay(true)?;
    Ok(tcp)
}

fn lost(error: &SocketError) -> Error {
    let code = code_of(error).unwrap_or(ErrorCode::Unavailable);
    Error::new(code, format!("the connection failed: {error}"))
}

fn closed() -> Error {
    Error::new(ErrorCode::Unavailable, "the server closed the connection")
}

fn late() -> Error {
    Error::new(
        ErrorCode::ServerTimeout,
        "the server does not answer in time",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use lacuna_proto::page::unread_reply;
    use tokio::net::TcpListener;
    use tokio_tungstenite::{WebSocketStream, accept_async};

    type Server = WebSocketStream<TcpStream>;

    /// A client and the server's end of its socket.
    async fn pair() -> (Socket, Server) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("ws://{}/websocket", listener.local_addr().unwrap());
        let accept = async {
            accept_async(listener.accept().await.unwrap().0)
                .await
                .unwrap()
        };
        let (socket, server) = tokio::join!(Socket::connect(&url, None), accept);
        (socket.unwrap(), server)
    }

    fn frame(time_ms: u64) -> Message {
        Message::Binary(unread_reply(&[], time_ms))
    }

    fn time_of(frame: &Downstream) -> u64 {
        let Downstream::Unread(reply) = frame else {
            panic!("not what was sent: {frame:?}");
        };
        reply.timestamp()
    }

    #[tokio::test]
    async fn frames_come_and_go_in_order() {
        let (mut socket, mut server) = pair().await;
        for byte in 0..3 {
            socket.send(Bytes::from(vec![byte])).unwrap();
        }
        // A wait that is given up writes what waits, and loses nothing that comes later.
        assert!(socket.recv().now_or_never().is_none());
        for byte in 0..3 {
            let got = server.next().await.unwrap().unwrap();
            assert_eq!(got.into_data().as_ref(), [byte]);
        }
        server.send(Message::Text("ignored".into())).await.unwrap();
        for time_ms in 1..=3 {
            server.send(frame(time_ms)).await.unwrap();
        }
        assert_eq!(time_of(&socket.recv().await.unwrap()), 1);
        assert_eq!(time_of(&socket.recv().await.unwrap()), 2);
        assert_eq!(time_of(&socket.recv().await.unwrap()), 3);
        assert_eq!(socket.try_recv(), Ok(None));
    }

    #[tokio::test]
    async fn looking_writes_nothing() {
        let (mut socket, mut server) = pair().await;
        socket.send(Bytes::from_static(b"x")).unwrap();
        assert_eq!(socket.try_recv(), Ok(None));
        assert_eq!(socket.outbox.len(), 1);
        socket.flush().await.unwrap();
        assert_eq!(server.next().await.unwrap().unwrap().len(), 1);
    }

    #[tokio::test]
    async fn a_server_that_writes_before_it_reads_is_no_deadlock() {
        let (mut socket, mut server) = pair().await;
        let (frames, bytes) = (300, Bytes::from(vec![0; 64 * 1024]));
        for _ in 0..frames {
            socket.send(bytes.clone()).unwrap();
        }
        let talk = async {
            let queues = vec![(lacuna_proto::pb::Jid::user("a#b", "bob"), 1); 1_000];
            for time_ms in 1..=frames {
                let reply = Message::Binary(unread_reply(&queues, time_ms));
                server.send(reply).await.unwrap();
            }
            for _ in 0..frames {
                assert_eq!(server.next().await.unwrap().unwrap().len(), bytes.len());
            }
            server.send(frame(frames + 1)).await.unwrap();
        };
        let listen = async {
            for time_ms in 1..=frames + 1 {
                assert_eq!(time_of(&socket.recv().await.unwrap()), time_ms);
            }
        };
        tokio::join!(talk, listen);
    }

    #[tokio::test]
    async fn what_waits_has_a_bound() {
        let (mut socket, _server) = pair().await;
        for _ in 0..OUTBOX_FRAMES_MAX {
            socket.send(Bytes::new()).unwrap();
        }
        let refused = socket.send(Bytes::new()).unwrap_err();
        assert_eq!(refused.code(), ErrorCode::RateLimited);
    }

    #[tokio::test]
    async fn frames_that_make_no_sense_are_errors() {
        let (mut socket, mut server) = pair().await;
        server
            .send(Message::Binary(Bytes::from_static(b"\xff")))
            .await
            .unwrap();
        let error = socket.recv().await.unwrap_err();
        assert_eq!(error.code(), ErrorCode::Internal);
        let huge = Message::Binary(vec![0; FRAME_BYTES_MAX + 1].into());
        let received = tokio::select! {
            received = socket.recv() => received,
            sent = server.send(huge) => panic!("more than a frame may hold: {sent:?}"),
        };
        assert_eq!(received.unwrap_err().code(), ErrorCode::Unavailable);
    }

    #[tokio::test]
    async fn either_side_closes() {
        let (mut socket, mut server) = pair().await;
        socket.send(Bytes::from_static(b"last")).unwrap();
        socket.close().await.unwrap();
        let got = server.next().await.unwrap().unwrap();
        assert_eq!(got.into_data().as_ref(), b"last");
        let got = server.next().await.unwrap().unwrap();
        assert!(matches!(got, Message::Close(_)));

        let (mut socket, mut server) = pair().await;
        server.send(frame(1)).await.unwrap();
        server.close(None).await.unwrap();
        assert_eq!(time_of(&socket.recv().await.unwrap()), 1);
        let error = socket.recv().await.unwrap_err();
        assert_eq!(error.code(), ErrorCode::Unavailable);
    }

    #[tokio::test]
    async fn every_address_of_a_name_is_tried() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let url = format!("ws://localhost:{port}/websocket");
        let source = Some([127, 0, 0, 1].into());
        let accept = async { accept_async(listener.accept().await.unwrap().0).await };
        let (socket, server) = tokio::join!(Socket::connect(&url, None), accept);
        assert!(socket.is_ok() && server.is_ok());
        let accept = async { accept_async(listener.accept().await.unwrap().0).await };
        let (socket, server) = tokio::join!(Socket::connect(&url, source), accept);
        assert!(socket.is_ok() && server.is_ok());
        drop(listener);
        let error = Socket::connect(&url, source).await.unwrap_err();
        assert_eq!(error.code(), ErrorCode::Unavailable, "nobody listens");
    }

    #[test]
    fn an_address_is_checked() {
        let check = |text: &str, want: Option<(&str, u16)>| {
            let found = Address::read(text).ok();
            let found = found
                .as_ref()
                .map(|address| (address.host.as_str(), address.port));
            assert_eq!(found, want, "{text}");
        };
        check(
            "ws://chat.example.org/websocket",
            Some(("chat.example.org", 80)),
        );
        check("wss://chat.example.org", Some(("chat.example.org", 443)));
        check("ws://[::1]:8080/websocket", Some(("::1", 8080)));
        check("http://chat.example.org", None);
        check("chat.example.org", None);
        check("", None);
    }
}
