//! One call of the API: its URL, its answer, and what its errors mean.

use crate::error::{Error, Result};
use lacuna_domain::ErrorCode;
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
    /// The application `org/app` of the server at `base`.
    pub(crate) fn new(base: &str, org: &str, app: &str, wait: Duration) -> Result<Self> {
        let bad = || Error::invalid(format!("{base:?} is no address of a server"));
        let mut url = Url::parse(base).map_err(|_| bad())?;
        url.path_segments_mut()
            .map_err(|()| bad())?
            .pop_if_empty()
            .extend([org, app]);
        let http = reqwest::Client::builder()
            .timeout(wait)
            .no_proxy()
            .tcp_nodelay(true)
            .build()
            .map_err(|error| failed(&error))?;
        Ok(Self { http, base: url })
    }

    /// Makes a call. The answer is a JSON object.
    pub(crate) async fn call(&self, call: Call<'_>) -> Result<Value> {
        let mut url = self.base.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.extend(call.path);
        }
        if !call.query.is_empty() {
            url.query_pairs_mut().extend_pairs(call.query);
        }
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
        let json = serde_json::from_slice(&bytes);
        if status == StatusCode::OK {
            return json.map_err(|_| malformed("it is no JSON"));
        }
        Err(refused(status, &json.unwrap_or_default()))
    }
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
        Error::new(ErrorCode::ServerTimeout, "the server does not answer")
    } else if error.is_connect() {
        Error::new(
            ErrorCode::NetworkUnavailable,
            "the server cannot be reached",
        )
    } else {
        Error::new(
            ErrorCode::Unavailable,
            format!("the call to the server failed: {error}"),
        )
    }
}

/// The server refused. Its own code counts; another server of this kind is understood by its status and its words.
fn refused(status: StatusCode, answer: &Value) -> Error {
    let text = |key: &str| answer.get(key).and_then(Value::as_str).unwrap_or_default();
    let words = text("error_description");
    let named = ErrorCode::all().find(|code| code.name() == text("code"));
    let code = named.unwrap_or_else(|| by_status(status.as_u16(), words));
    let words = if words.is_empty() {
        status.as_str()
    } else {
        words
    };
    Error::new(code, words.to_owned())
}

fn by_status(status: u16, words: &str) -> ErrorCode {
    match status {
        _ if words.contains("not open message roaming") => ErrorCode::ServiceNotEnabled,
        _ if words.contains("user not found") => ErrorCode::UserNotFound,
        400 if words.contains("password") => ErrorCode::AuthenticationFailed,
        400 => ErrorCode::InvalidParam,
        401 if words.contains("expired") => ErrorCode::TokenExpired,
        401 => ErrorCode::InvalidToken,
        403 => ErrorCode::PermissionDenied,
        404 => ErrorCode::NotFound,
        413 => ErrorCode::BodyTooLarge,
        429 => ErrorCode::ServerBusy,
        502..=504 => ErrorCode::Unavailable,
        _ => ErrorCode::Internal,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn refusals_have_codes() {
        let check = |status: u16, answer: Value, want: ErrorCode| {
            let status = StatusCode::from_u16(status).unwrap();
            assert_eq!(refused(status, &answer).code(), want, "{answer}");
        };
        let said = |words: &str| json!({"error_description": words});
        check(
            400,
            json!({"code": "too_many_ids", "error_description": "x"}),
            ErrorCode::TooManyIds,
        );
        check(
            400,
            said("this appKey not open message roaming"),
            ErrorCode::ServiceNotEnabled,
        );
        check(
            400,
            said("invalid password"),
            ErrorCode::AuthenticationFailed,
        );
        check(404, said("user not found"), ErrorCode::UserNotFound);
        check(
            401,
            said("Unable to authenticate due to expired access token"),
            ErrorCode::TokenExpired,
        );
        check(401, json!({}), ErrorCode::InvalidToken);
        check(429, json!({}), ErrorCode::ServerBusy);
        check(502, Value::Null, ErrorCode::Unavailable);
        check(500, Value::Null, ErrorCode::Internal);
    }

    #[test]
    fn an_address_is_checked() {
        let check = |base: &str| Http::new(base, "org", "app", Duration::from_secs(1)).is_ok();
        assert!(check("http://127.0.0.1:8080") && check("http://127.0.0.1:8080/below/"));
        assert!(!check("nonsense") && !check("mailto:a@b"));
    }
}
