//! The listener: plain, or with TLS by a certificate of the configuration.
//!
//! A handshake is done by its connection's own task, when that first reads: a client that dawdles keeps no other waiting.

use crate::config::TlsConfig;
use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use lacuna_domain::limits::TLS_HANDSHAKE_MS;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::{Arc, PoisonError, RwLock};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Sleep, sleep};
use tokio_rustls::server::TlsStream;
use tokio_rustls::{Accept, TlsAcceptor};

/// Why a certificate is not used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read as what it should be.
    #[error("cannot read {}", .0.display())]
    Pem(PathBuf, #[source] rustls::pki_types::pem::Error),
    /// The certificate and its key do not make a server.
    #[error("the certificate and its key are refused")]
    Refused(#[from] rustls::Error),
}

/// A certificate and its key, as the files had them when they were last read.
#[derive(Debug)]
pub(crate) struct Tls {
    files: TlsConfig,
    current: RwLock<Arc<ServerConfig>>,
}

impl Tls {
    /// Reads the files.
    pub(crate) fn load(files: &TlsConfig) -> Result<Self, TlsError> {
        Ok(Self {
            files: files.clone(),
            current: RwLock::new(read(files)?),
        })
    }

    /// Reads the files again, for connections to come. If they are refused, those of before stay.
    pub(crate) fn reload(&self) -> Result<(), TlsError> {
        let fresh = read(&self.files)?;
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        Ok(())
    }

    fn accept(&self, stream: TcpStream) -> Accept<TcpStream> {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        TlsAcceptor::from(Arc::clone(&current)).accept(stream)
    }
}

fn read(files: &TlsConfig) -> Result<Arc<ServerConfig>, TlsError> {
    let certificates = CertificateDer::pem_file_iter(&files.cert)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| TlsError::Pem(files.cert.clone(), error))?;
    let key = PrivateKeyDer::from_pem_file(&files.key)
        .map_err(|error| TlsError::Pem(files.key.clone(), error))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(certificates, key)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

/// Who is at the other end of a connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer {
    /// The address; a proxy's, if there is one.
    pub(crate) address: SocketAddr,
    /// Whether the connection speaks TLS.
    pub(crate) https: bool,
}

impl Connected<IncomingStream<'_, Door>> for Peer {
    fn connect_info(stream: IncomingStream<'_, Door>) -> Self {
        *stream.remote_addr()
    }
}

/// The listener.
#[derive(Debug)]
pub(crate) struct Door {
    pub(crate) listener: TcpListener,
    pub(crate) tls: Option<Arc<Tls>>,
}

impl Listener for Door {
    type Io = Io;
    type Addr = Peer;

    async fn accept(&mut self) -> (Io, Peer) {
        let (stream, address) = Listener::accept(&mut self.listener).await;
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "cannot switch Nagle's algorithm off");
        }
        let https = self.tls.is_some();
        let io = match &self.tls {
            None => Io::Plain(stream),
            Some(tls) => {
                let until = Box::pin(sleep(Duration::from_millis(TLS_HANDSHAKE_MS)));
                Io::Handshake(Box::new((tls.accept(stream), until)))
            }
        };
        (io, Peer { address, https })
    }

    fn local_addr(&self) -> io::Result<Peer> {
        let https = self.tls.is_some();
        let address = self.listener.local_addr()?;
        Ok(Peer { address, https })
    }
}

/// A connection.
pub(crate) enum Io {
    /// Without TLS.
    Plain(TcpStream),
    /// With TLS to come, until when.
    Handshake(Box<(Accept<TcpStream>, Pin<Box<Sleep>>)>),
    /// With TLS.
    Secure(Box<TlsStream<TcpStream>>),
}

impl Io {
    /// Brings the handshake to its end. A connection for which it fails is at its end too.
    fn poll_open(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Self::Handshake(pending) = self else {
            return Poll::Ready(Ok(()));
        };
        let (accept, until) = &mut **pending;
        if let Poll::Ready(opened) = Pin::new(accept).poll(cx) {
            *self = Self::Secure(Box::new(opened?));
            return Poll::Ready(Ok(()));
        }
        ready!(until.as_mut().poll(cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

/// What of a connection is not open yet when it is polled: nothing, after [`Io::poll_open`].
fn not_open<T>() -> Poll<io::Result<T>> {
    Poll::Ready(Err(io::ErrorKind::NotConnected.into()))
}

impl AsyncRead for Io {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let io = self.get_mut();
        ready!(io.poll_open(cx))?;
        match io {
            Self::Plain(stream) => Pin::new(stream).poll_read(cx, buf),
            Self::Secure(stream) => Pin::new(stream).poll_read(cx, buf),
            Self::Handshake(_) => not_open(),
        }
    }
}

impl AsyncWrite for Io {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let io = self.get_mut();
        ready!(io.poll_open(cx))?;
        match io {
            Self::Plain(stream) => Pin::new(stream).poll_write(cx, buf),
            Self::Secure(stream) => Pin::new(stream).poll_write(cx, buf),
            Self::Handshake(_) => not_open(),
        }
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let io = self.get_mut();
        ready!(io.poll_open(cx))?;
        match io {
            Self::Plain(stream) => Pin::new(stream).poll_write_vectored(cx, bufs),
            Self::Secure(stream) => Pin::new(stream).poll_write_vectored(cx, bufs),
            Self::Handshake(_) => not_open(),
        }
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Self::Secure(stream) => Pin::new(stream).poll_flush(cx),
            Self::Handshake(_) => Poll::Ready(Ok(())),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Secure(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Handshake(_) => Poll::Ready(Ok(())),
        }
    }
}
