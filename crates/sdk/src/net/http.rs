//! One call of the API: its URL, its answer, and what its errors mean.

use super::code_of;
use super::tls::Trust;
use crate::error::{Error, Result};
use lacuna_domain::ErrorCode;
use reqwest::redirect::Policy;
use reqwest::{Method, StatusCode, Url};
use serde_json::Value;
use std::time::Duration;

/// Bytes of an answer at most.
const ANSWER_BYTES_MAX: usize = 16 * 1024 * 1024;

/// The API of one application. Cloning shares the connections.
#[derive(Clone, Debug)]
pub(crate) struct Http {
    http: reqwest::Client,
    base: Url,
}

/// A call to be made.
#[derive(Debug)]
pub(crate) struct Call<'a> {
    pub(crate) method: Method,
    /// The parts of the path below the application; each is escaped.
    pub(crate) path: &'a [&'a str],
    pub(crate) query: &'a [(&'a str, &'a str)],
    pub(crate) token: Option<&'a str>,
    pub(crate) body: Option<Value>,
}

impl<'a> Call<'a> {
    /// A call without anything beside its path.
    pub(crate) fn new(method: Method, path: &'a [&'a str]) -> Self {
        Self {
            method,
            path,
            query: &[],
            token: None,
            body: None,
        }
    }
}

impl Http {
    /// The application `org/app` of the server at `base`, an `http://` or `https://` address. 110 for any other.
    pub(crate) fn new(base: &str, org: &str, app: &str, wait: Duration) -> Result<Self> {
        let url = address(base, org, app)?;
        let trust = Trust::for_scheme(url.scheme())?;
        Self::build(url, wait, &trust)
    }

    /// The same, with trust in others than the system trusts.
    #[cfg(all(test, feature = "tls"))]
    pub(super) fn trusting(base: &str, wait: Duration, trust: &Trust) -> Result<Self> {
        Self::build(address(base, "org", "app")?, wait, trust)
    }

    fn build(base: Url, wait: Duration, trust: &Trust) -> Result<Self> {
        let builder = reqwest::Client::builder()
            .timeout(wait)
            // A token goes to the server that it was meant for and nowhere else.
            .redirect(Policy::none())
            .no_proxy()
            .tcp_nodelay(true);
        let http = trust
            .apply(builder)
            .build()
            .map_err(|error| failed(&error))?;
        Ok(Self { http, base })
    }

    /// Makes a call. The answer is JSON.
    pub(crate) async fn call(&self, call: Call<'_>) -> Result<Value> {
        let bytes = self.fetch(call).await?;
        serde_json::from_slice(&bytes).map_err(|_| malformed("it is no JSON"))
    }

    /// Makes a call. The answer is what came.
    pub(crate) async fn fetch(&self, call: Call<'_>) -> Result<Vec<u8>> {
        let url = below(&self.base, call.path, call.query)?;
        let mut request = self.http.request(call.method, url);
        if let Some(token) = call.token {
            request = request.bearer_auth(token);
        }
        if let Some(body) = &call.body {
            request = request.json(body);
        }
        let mut answer = request.send().await.map_err(|error| failed(&error))?;
        let status = answer.status();
        let mut bytes = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(|error| failed(&error))? {
            if bytes.len() + chunk.len() > ANSWER_BYTES_MAX {
                return Err(Error::new(
                    ErrorCode::Internal,
                    "the server's answer has no end",
                ));
            }
            bytes.extend_from_slice(&chunk);
        }
        if status == StatusCode::OK {
            return Ok(bytes);
        }
        Err(refused(
            status,
            &serde_json::from_slice(&bytes).unwrap_or_default(),
        ))
    }
}

fn address(base: &str, org: &str, app: &str) -> Result<Url> {
    let bad = || Error::invalid(format!("{base:?} is no address of a server"));
    let url = Url::parse(base).map_err(|_| bad())?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(bad());
    }
    below(&url, &[org, app], &[])
}

/// The address of something below another. Everything that an address gives a meaning to is escaped.
fn below(base: &Url, path: &[&str], query: &[(&str, &str)]) -> Result<Url> {
    // An address with these is another address, escaped or not.
    if let Some(part) = path.iter().find(|part| matches!(**part, "." | ".." | "")) {
        return Err(Error::invalid(format!(
            "{part:?} cannot stand in an address"
        )));
    }
    let mut url = base.clone();
    url.path_segments_mut()
        .map_err(|()| Error::invalid(format!("{base} is no address of a server")))?
        .pop_if_empty()
        .extend(path);
    if !query.is_empty() {
        url.query_pairs_mut().extend_pairs(query);
    }
    Ok(url)
}

/// An answer without something that belongs there.
pub(crate) fn malformed(what: &str) -> Error {
    Error::new(
        ErrorCode::Internal,
        format!("the server's answer makes no sense: {what}"),
    )
}

/// No answer came.
fn failed(error: &reqwest::Error) -> Error {
    if error.is_timeout() {
        return Error::new(ErrorCode::ServerTimeout, "the server does not answer");
    }
    // Only the last cause says what happened.
    let mut cause: &dyn std::error::Error = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    let code = code_of(error).unwrap_or(ErrorCode::Unavailable);
    Error::new(code, format!("the call to the server failed: {cause}"))
}

/// The server refused. Its own code counts; another server of this kind is understood by its status and its words.
fn refused(status: StatusCode, answer: &Value) -> Error {
    let text = |key: &str| answer.get(key).and_then(Value::as_str).unwrap_or_default();
    let words = text("error_description");
    let named = ErrorCode::all().find(|code| code.name() == text("code"));
    let code = named.unwrap_or_else(|| by_status(status.as_u16(), text("error"), words));
    let words = [words, text("error")]
        .into_iter()
        .find(|words| !words.is_empty());
    let words = words.unwrap_or(status.as_str());
    Error::new(code, format!("the server refused: {words}"))
}

fn by_status(status: u16, error: &str, words: &str) -> ErrorCode {
    let has = |part: &str| words.contains(part);
    match status {
        _ if has("not open message roaming") || has("roaming function not open") => {
            ErrorCode::ServiceNotEnabled
        }
        404 if has("user not found") || has("username") => ErrorCode::UserNotFound,
        404 if has("grpID") => ErrorCode::GroupNotFound,
        400 | 403 if has("already in group") => ErrorCode::GroupAlreadyJoined,
        400 | 403 if has("not members of this group") => ErrorCode::GroupNotJoined,
        403 if has("member list is full") => ErrorCode::GroupFull,
        400 if error == "duplicate_unique_property_exists" => ErrorCode::UserAlreadyExists,
        400 if error == "invalid_grant" || has("password") => ErrorCode::AuthenticationFailed,
        400 => ErrorCode::InvalidParam,
        401 if has("expired") => ErrorCode::TokenExpired,
        401 => ErrorCode::InvalidToken,
        403 => ErrorCode::PermissionDenied,
        404 => ErrorCode::NotFound,
        413 => ErrorCode::BodyTooLarge,
        429 => ErrorCode::ServerBusy,
        502..=504 => ErrorCode::Unavailable,
        _ => ErrorCode::Internal,
    }
}

/// A server that answers one call as it is told to.
#[cfg(test)]
mod testing {
    use crate::net::rest::Rest;
    use std::time::Duration;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    /// An answer as it stands on the wire.
    pub(super) fn http(status: &str, body: &str) -> String {
        let length = body.len();
        format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}")
    }

    /// Makes a call that is answered with these bytes, and says what was asked.
    pub(super) async fn serve<T>(answer: &str, call: impl AsyncFnOnce(Rest) -> T) -> (String, T) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let serve = async {
            let (mut tcp, _) = listener.accept().await.unwrap();
            let mut request = String::new();
            let mut piece = [0; 4096];
            while !whole(&request) {
                let read = tcp.read(&mut piece).await.unwrap();
                request.push_str(&String::from_utf8_lossy(&piece[..read]));
            }
            tcp.write_all(answer.as_bytes()).await.unwrap();
            request
        };
        let rest = Rest::new(&base, "org", "app", Duration::from_secs(10)).unwrap();
        tokio::join!(serve, call(rest))
    }

    fn whole(request: &str) -> bool {
        let Some((head, body)) = request.split_once("\r\n\r\n") else {
            return false;
        };
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "))
            .map_or(0, |length| length.parse().unwrap());
        body.len() >= length
    }

    /// Makes a call that succeeds with this JSON, and says what was asked.
    pub(in crate::net) async fn exchange<T>(
        body: &str,
        call: impl AsyncFnOnce(Rest) -> T,
    ) -> (String, T) {
        serve(&http("200 OK", body), call).await
    }
}
#[cfg(test)]
pub(super) use testing::exchange;

#[cfg(test)]
mod tests {
    use super::testing::{http, serve};
    use super::*;
    use crate::net::rest::Rest;
    use serde_json::json;
    use tokio::net::TcpListener;

    #[test]
    fn refusals_have_codes() {
        let check = |status: u16, answer: Value, want: ErrorCode| {
            let status = StatusCode::from_u16(status).unwrap();
            assert_eq!(refused(status, &answer).code(), want, "{answer}");
        };
        let said = |words: &str| json!({"error_description": words});
        let named = json!({"code": "too_many_ids", "error_description": "x"});
        check(400, named, ErrorCode::TooManyIds);
        check(
            400,
            said("this appKey not open message roaming"),
            ErrorCode::ServiceNotEnabled,
        );
        check(
            403,
            said("messageroaming function not open"),
            ErrorCode::ServiceNotEnabled,
        );
        let taken = json!({"error": "duplicate_unique_property_exists"});
        check(400, taken, ErrorCode::UserAlreadyExists);
        check(
            400,
            said("invalid password"),
            ErrorCode::AuthenticationFailed,
        );
        check(
            400,
            json!({"error": "invalid_grant"}),
            ErrorCode::AuthenticationFailed,
        );
        check(400, json!({}), ErrorCode::InvalidParam);
        check(404, said("user not found"), ErrorCode::UserNotFound);
        check(
            404,
            said("grpID 1 does not exist!"),
            ErrorCode::GroupNotFound,
        );
        check(404, said("any"), ErrorCode::NotFound);
        let expired = said("Unable to authenticate due to expired access token");
        check(401, expired, ErrorCode::TokenExpired);
        check(401, json!({}), ErrorCode::InvalidToken);
        check(
            403,
            said("group member list is full!"),
            ErrorCode::GroupFull,
        );
        check(
            403,
            said("users [a] are not members of this group"),
            ErrorCode::GroupNotJoined,
        );
        check(403, json!([]), ErrorCode::PermissionDenied);
        check(413, json!({}), ErrorCode::BodyTooLarge);
        check(429, json!({}), ErrorCode::ServerBusy);
        check(502, Value::Null, ErrorCode::Unavailable);
        check(500, Value::Null, ErrorCode::Internal);
        check(302, Value::Null, ErrorCode::Internal);
    }

    #[test]
    fn addresses_are_checked_and_escaped() {
        let check = |base: &str, want: Option<&str>| {
            let url = address(base, "org", "app").ok();
            assert_eq!(url.as_ref().map(Url::as_str), want, "{base}");
        };
        check(
            "http://127.0.0.1:8080",
            Some("http://127.0.0.1:8080/org/app"),
        );
        check("https://x/below/", Some("https://x/below/org/app"));
        for base in ["nonsense", "mailto:a@b", "ws://x", ""] {
            check(base, None);
        }
        let base = address("http://x", "org", "app").unwrap();
        let url = below(&base, &["a/b?c#d%", "e f"], &[("k&", "1,2 =&+%\u{e9}")]).unwrap();
        let want = "http://x/org/app/a%2Fb%3Fc%23d%25/e%20f?k%26=1%2C2+%3D%26%2B%25%C3%A9";
        assert_eq!(url.as_str(), want);
        for part in [".", "..", ""] {
            let refused = below(&base, &["users", part, "messageroaming"], &[]);
            assert_eq!(refused.unwrap_err().code(), ErrorCode::InvalidParam);
        }
    }

    /// What a call makes of an answer, as it stands on the wire.
    async fn answered(answer: &str) -> Result<Value> {
        let (request, answer) = serve(answer, async |rest: Rest| {
            let call = Call {
                token: Some("t"),
                ..Call::new(Method::GET, &["users"])
            };
            rest.http.call(call).await
        })
        .await;
        assert!(request.starts_with("GET /org/app/users HTTP/1.1\r\n"));
        assert!(request.contains("authorization: Bearer t"), "{request}");
        answer
    }

    #[tokio::test]
    async fn every_answer_is_a_value_or_an_error() {
        let ok = answered(&http("200 OK", "{\"a\":1}")).await;
        assert_eq!(ok, Ok(json!({"a": 1})));
        let cases = [
            (http("200 OK", "<html>"), ErrorCode::Internal),
            (http("200 OK", ""), ErrorCode::Internal),
            (http("502 Bad Gateway", "<html>"), ErrorCode::Unavailable),
            (http("400 Bad Request", "\"text\""), ErrorCode::InvalidParam),
            (
                "HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n"
                    .to_owned(),
                ErrorCode::Internal,
            ),
            (
                "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\ncut".to_owned(),
                ErrorCode::Unavailable,
            ),
            (String::new(), ErrorCode::Unavailable),
        ];
        for (answer, want) in cases {
            let error = answered(&answer).await.unwrap_err();
            assert_eq!(error.code(), want, "{answer}: {error}");
        }
    }

    #[tokio::test]
    async fn a_server_that_is_not_there_is_an_error() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let http = Http::new(&base, "org", "app", Duration::from_millis(50)).unwrap();
        let silent = http.call(Call::new(Method::GET, &["x"])).await;
        assert_eq!(silent.unwrap_err().code(), ErrorCode::ServerTimeout);
        drop(listener);
        let gone = http.call(Call::new(Method::GET, &["x"])).await;
        assert_eq!(gone.unwrap_err().code(), ErrorCode::Unavailable);
    }
}
