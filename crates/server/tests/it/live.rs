//! A server with sockets, in this process, on a free port.

use futures_util::{SinkExt, StreamExt};
use lacuna_proto::pb::{Jid, MSync, Provision};
use lacuna_server::config::{Config, DEMO_APP};
use lacuna_server::{Server, SystemClock};
use lacuna_store::memory::MemoryStore;
use prost::Message as _;
use rustls::pki_types::CertificateDer;
use serde_json::Value;
use std::fmt::Write;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_tungstenite::tungstenite::Message;

/// A connection, whatever it speaks.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

pub(crate) async fn start(change: impl FnOnce(&mut Config)) -> Server {
    let mut config = Config::load(None).unwrap();
    config.server.listen = SocketAddr::from(([127, 0, 0, 1], 0));
    change(&mut config);
    let store = Arc::new(MemoryStore::new(0));
    Server::start(config, store, Arc::new(SystemClock))
        .await
        .unwrap()
}

/// A connection to a server, with TLS if its certificate is to be trusted.
pub(crate) async fn connect(
    addr: SocketAddr,
    trusted: Option<&CertificateDer<'static>>,
) -> std::io::Result<Box<dyn Stream>> {
    let tcp = TcpStream::connect(addr).await?;
    let Some(trusted) = trusted else {
        return Ok(Box::new(tcp));
    };
    let mut roots = rustls::RootCertStore::empty();
    roots.add(trusted.clone()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let client = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let connector = TlsConnector::from(Arc::new(client));
    let name = "localhost".try_into().unwrap();
    Ok(Box::new(connector.connect(name, tcp).await?))
}

/// One call over a connection: the status, the head, and the JSON.
pub(crate) async fn call(
    stream: &mut dyn Stream,
    line: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> (u16, String, Value) {
    let mut request = format!("{line} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n");
    for (name, value) in headers {
        write!(request, "{name}: {value}\r\n").unwrap();
    }
    write!(request, "content-length: {}\r\n\r\n{body}", body.len()).unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    // Who has said everything may just go: TLS calls it an end that was not announced.
    drop(stream.read_to_end(&mut answer).await);
    let answer = String::from_utf8(answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    let json = serde_json::from_str(body).unwrap_or(Value::Null);
    (status, head.to_owned(), json)
}

/// Registers a user at the demo application, if need be, and answers a token.
pub(crate) async fn log_in(
    addr: SocketAddr,
    trusted: Option<&CertificateDer<'static>>,
    name: &str,
    password: &str,
) -> String {
    let user = format!(r#"{{"username":"{name}","password":"{password}"}}"#);
    let mut stream = connect(addr, trusted).await.unwrap();
    call(&mut stream, "POST /lacuna/demo/users", &[], &user).await;
    let ask = user.replacen('{', r#"{"grant_type":"password","#, 1);
    let mut stream = connect(addr, trusted).await.unwrap();
    let (status, head, json) = call(&mut stream, "POST /lacuna/demo/token", &[], &ask).await;
    assert_eq!(status, 200, "{head} {json}");
    json["access_token"].as_str().unwrap().to_owned()
}

/// Logs a device in over a socket. Answers the status' reason, if it was refused.
pub(crate) async fn provision(
    stream: Box<dyn Stream>,
    name: &str,
    token: &str,
) -> Result<(), String> {
    let url = "ws://localhost/websocket";
    let (mut socket, _) = tokio_tungstenite::client_async(url, stream).await.unwrap();
    let provision = Provision {
        resource: Some("phone".into()),
        auth: Some(token.to_owned()),
        ..Provision::default()
    };
    let frame = MSync {
        command: Some(3),
        guid: Some(Jid::user(DEMO_APP, name)),
        auth: provision.auth.clone(),
        payload: Some(provision.encode_to_vec().into()),
        ..MSync::default()
    };
    let frame = Message::Binary(frame.encode_to_vec().into());
    socket.send(frame).await.unwrap();
    let answer = socket.next().await.unwrap().unwrap().into_data();
    let answer = MSync::decode(answer).unwrap().payload.unwrap();
    let status = Provision::decode(answer).unwrap().status.unwrap();
    match status.error_code {
        None | Some(0) => Ok(()),
        Some(_) => Err(status.reason.unwrap_or_default()),
    }
}
