//! A way to the server that can be cut, and that can lose what the server answers.

use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

/// What becomes of connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// Everything passes.
    Open,
    /// Connections are ended, new ones at once.
    Cut,
    /// Connections last and nothing passes in either direction: it is lost.
    Deaf,
    /// What the server says is lost; what it is told arrives.
    Mute,
    /// What the server says waits; what it is told arrives.
    Held,
}

/// Stands between devices and a server.
#[derive(Debug)]
pub(crate) struct Proxy {
    addr: SocketAddr,
    way: watch::Sender<Way>,
    _stop: DropGuard,
}

impl Proxy {
    pub(crate) async fn to(server: SocketAddr) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let addr = listener.local_addr().unwrap();
        let way = watch::Sender::new(Way::Open);
        let stop = CancellationToken::new();
        let tasks = TaskTracker::new();
        let (of_connections, stopped) = (way.clone(), stop.clone());
        tasks.clone().spawn(async move {
            loop {
                let accepted = tokio::select! {
                    accepted = listener.accept() => accepted,
                    () = stopped.cancelled() => return,
                };
                let (client, _) = accepted.unwrap();
                if *of_connections.borrow() == Way::Cut {
                    continue;
                }
                let (way, stopped) = (of_connections.subscribe(), stopped.clone());
                tasks.spawn(async move {
                    tokio::select! {
                        () = pass(client, server, way) => {}
                        () = stopped.cancelled() => {}
                    }
                });
            }
        });
        Self {
            addr,
            way,
            _stop: stop.drop_guard(),
        }
    }

    pub(crate) fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// From now on.
    pub(crate) fn set(&self, way: Way) {
        self.way.send_replace(way);
    }
}

async fn pass(client: TcpStream, server: SocketAddr, mut way: watch::Receiver<Way>) {
    let Ok(server) = TcpStream::connect(server).await else {
        return;
    };
    let (client, server) = (client.into_split(), server.into_split());
    let hears = &[Way::Open, Way::Mute, Way::Held];
    let up = copy(client.0, server.1, way.clone(), hears, None);
    let down = copy(
        server.0,
        client.1,
        way.clone(),
        &[Way::Open],
        Some(Way::Held),
    );
    tokio::select! {
        () = up => {}
        () = down => {}
        _ = way.wait_for(|way| *way == Way::Cut) => {}
    }
}

async fn copy(
    mut from: impl AsyncReadExt + Unpin,
    mut to: impl AsyncWriteExt + Unpin,
    mut way: watch::Receiver<Way>,
    passes: &[Way],
    waits: Option<Way>,
) {
    let mut buffer = vec![0; 16 * 1024];
    while let Ok(read @ 1..) = from.read(&mut buffer).await {
        if way.wait_for(|way| Some(*way) != waits).await.is_err() {
            return;
        }
        let open = passes.contains(&way.borrow());
        if open && to.write_all(&buffer[..read]).await.is_err() {
            return;
        }
    }
}
