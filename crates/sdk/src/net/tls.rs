//! TLS, if the feature `tls` is on: the trusted roots are the system's, the same for calls and for sockets.

use crate::error::{Error, Result};
use lacuna_domain::ErrorCode;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Error as SocketError;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

/// Whom the client trusts. Cloning shares it.
#[derive(Clone, Debug)]
pub(crate) struct Trust(#[cfg(feature = "tls")] std::sync::Arc<rustls::ClientConfig>);

/// An opened WebSocket.
pub(crate) type Stream = WebSocketStream<MaybeTlsStream<TcpStream>>;

impl Trust {
    /// What an address of that scheme needs: the system's roots for `https` and `wss`, nobody for the others.
    pub(crate) fn for_scheme(scheme: &str) -> Result<Self> {
        if matches!(scheme, "https" | "wss") {
            Self::system()
        } else {
            Ok(Self::nobody())
        }
    }
}

#[cfg(feature = "tls")]
impl Trust {
    /// The roots that the system trusts; read once in a process.
    fn system() -> Result<Self> {
        use rustls_platform_verifier::BuilderVerifierExt as _;
        use std::sync::OnceLock;

        static SYSTEM: OnceLock<Trust> = OnceLock::new();
        if let Some(trust) = SYSTEM.get() {
            return Ok(trust.clone());
        }
        let config = builder().with_platform_verifier().map_err(|error| {
            let text = format!("the system's trusted certificates cannot be used: {error}");
            Error::new(ErrorCode::General, text)
        })?;
        let trust = Self(config.with_no_client_auth().into());
        Ok(SYSTEM.get_or_init(|| trust).clone())
    }

    /// No root: every certificate is refused.
    fn nobody() -> Self {
        Self::roots(rustls::RootCertStore::empty())
    }

    /// These roots and no others.
    pub(crate) fn roots(roots: rustls::RootCertStore) -> Self {
        let config = builder().with_root_certificates(roots);
        Self(config.with_no_client_auth().into())
    }

    /// A client of the API that trusts the same.
    pub(crate) fn apply(&self, builder: reqwest::ClientBuilder) -> reqwest::ClientBuilder {
        builder.tls_backend_preconfigured(rustls::ClientConfig::clone(&self.0))
    }

    /// Opens a WebSocket on a connection.
    pub(crate) async fn open(
        self,
        url: &str,
        tcp: TcpStream,
        config: WebSocketConfig,
    ) -> Result<Stream, SocketError> {
        let connector = tokio_tungstenite::Connector::Rustls(self.0);
        let open = tokio_tungstenite::client_async_tls_with_config(
            url,
            tcp,
            Some(config),
            // A plain address stays plain: the connector is only asked for the others.
            url.starts_with("wss:").then_some(connector),
        );
        Ok(Box::pin(open).await?.0)
    }
}

#[cfg(feature = "tls")]
fn builder() -> rustls::ConfigBuilder<rustls::ClientConfig, rustls::WantsVerifier> {
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("the provider knows the versions that are on by default")
}

#[cfg(not(feature = "tls"))]
impl Trust {
    fn system() -> Result<Self> {
        let text = "this build speaks no TLS: it was made without the feature `tls`";
        Err(Error::new(ErrorCode::InvalidParam, text))
    }

    fn nobody() -> Self {
        Self()
    }

    #[expect(clippy::unused_self, reason = "there is nothing to trust with")]
    pub(crate) fn apply(&self, builder: reqwest::ClientBuilder) -> reqwest::ClientBuilder {
        builder
    }

    pub(crate) async fn open(
        self,
        url: &str,
        tcp: TcpStream,
        config: WebSocketConfig,
    ) -> Result<Stream, SocketError> {
        let tcp = MaybeTlsStream::Plain(tcp);
        let open = tokio_tungstenite::client_async_with_config(url, tcp, Some(config));
        Ok(Box::pin(open).await?.0)
    }
}

#[cfg(test)]
#[cfg(feature = "tls")]
mod tests {
    use super::*;
    use crate::net::http::{Call, Http};
    use crate::net::socket::Socket;
    use reqwest::Method;
    use rustls::pki_types::{CertificateDer, PrivateKeyDer};
    use std::net::SocketAddr;
    use std::sync::Arc;
    use std::time::Duration;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;
    use tokio::task::JoinSet;
    use tokio_rustls::TlsAcceptor;

    /// A server's certificate for `localhost`, and what makes a server of it.
    fn certificate() -> (CertificateDer<'static>, TlsAcceptor) {
        let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
        let certificate = made.cert.der().clone();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let server = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.clone()], key)
            .unwrap();
        (certificate, TlsAcceptor::from(Arc::new(server)))
    }

    fn trusting(certificate: CertificateDer<'static>) -> Trust {
        let mut roots = rustls::RootCertStore::empty();
        roots.add(certificate).unwrap();
        Trust::roots(roots)
    }

    /// Answers every connection with a WebSocket's handshake, or every call with an empty object.
    async fn serve(acceptor: TlsAcceptor, websocket: bool) -> (JoinSet<()>, SocketAddr) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            loop {
                let (tcp, _) = listener.accept().await.unwrap();
                let Ok(mut tls) = acceptor.accept(tcp).await else {
                    continue;
                };
                if websocket {
                    let mut socket = tokio_tungstenite::accept_async(tls).await.unwrap();
                    drop(socket.close(None).await);
                } else {
                    let mut request = [0; 4096];
                    assert!(tls.read(&mut request).await.unwrap() > 0);
                    let answer =
                        b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}";
                    tls.write_all(answer).await.unwrap();
                    drop(tls.shutdown().await);
                }
            }
        });
        (tasks, addr)
    }

    #[tokio::test]
    async fn a_socket_is_opened_where_the_certificate_is_trusted() {
        let (certificate, acceptor) = certificate();
        let (_server, addr) = serve(acceptor, true).await;
        let open = |trust: Trust| async move {
            let url = format!("wss://localhost:{}/websocket", addr.port());
            let tcp = TcpStream::connect(addr).await.unwrap();
            trust.open(&url, tcp, WebSocketConfig::default()).await
        };
        assert!(open(trusting(certificate)).await.is_ok());
        assert!(open(Trust::nobody()).await.is_err());
        let url = format!("wss://localhost:{}/websocket", addr.port());
        let refused = Socket::connect(&url, None).await.unwrap_err();
        assert_eq!(refused.code(), ErrorCode::Unavailable, "{refused}");
    }

    #[tokio::test]
    async fn a_call_is_made_where_the_certificate_is_trusted() {
        let (certificate, acceptor) = certificate();
        let (_server, addr) = serve(acceptor, false).await;
        let call = |trust: Trust| async move {
            let base = format!("https://localhost:{}", addr.port());
            let wait = Duration::from_secs(10);
            let http = Http::trusting(&base, wait, &trust).unwrap();
            http.call(Call::new(Method::GET, &["x"])).await
        };
        assert!(call(trusting(certificate)).await.is_ok());
        assert!(call(Trust::nobody()).await.is_err());
        assert!(call(Trust::system().unwrap()).await.is_err());
    }
}
