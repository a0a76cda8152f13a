//! A call of the server's API by hand: the SDK does not speak the server API.

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Calls `method path` at `http://HOST`, with a token and a body if there are. The call must succeed.
pub(crate) async fn call(
    url: &str,
    (method, path): (&str, &str),
    token: Option<&str>,
    body: Option<&Value>,
) -> Value {
    let host = url.strip_prefix("http://").unwrap();
    let body = body.map_or_else(String::new, Value::to_string);
    let token = token.map_or_else(String::new, |token| {
        format!("Authorization: Bearer {token}\r\n")
    });
    let length = body.len();
    let request = format!(
        "{method} /{path} HTTP/1.1\r\nHost: {host}\r\n{token}Content-Type: application/json\r\n\
         Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    );
    let mut stream = TcpStream::connect(host).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200"), "{path}: {answer}");
    serde_json::from_str(body).unwrap()
}
