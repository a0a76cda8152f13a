//! What a device is told about itself when it is let in.

use crate::pb::Provision;
use serde_json::{Map, Value};

/// Where a device stands when it is let in.
///
/// One that remembers less than `acked` was restored from an old copy, or was away for so long that it was forgotten.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Its account, by an id that no other account ever has: a name that is registered again has another.
    pub account: String,
    /// When its token ends, in milliseconds since 1970; none for never.
    pub token_expires_ms: Option<u64>,
    /// The highest message id that it acknowledged, or the one that it started at; 0 for neither.
    pub acked: u64,
    /// Its account's version.
    pub version: u64,
}

impl Standing {
    /// Says it in a reply, as a JSON text: `{"account": "1c8a…", "acked": "7", "version": "8", "expires_in": 1767225600000}`.
    ///
    /// The text stands in `auth_token`, of which official clients read `expires_in`, an absolute time in spite of its name. If
    /// the token never ends there is no such time, and the text stands in a field that they do not know: an official client
    /// that finds an `auth_token` without a time takes the token for expired and logs out.
    pub(crate) fn put(self, reply: &mut Provision) {
        let mut fields = Map::new();
        fields.insert("account".to_owned(), self.account.into());
        fields.insert("acked".to_owned(), self.acked.to_string().into());
        fields.insert("version".to_owned(), self.version.to_string().into());
        if let Some(ms) = self.token_expires_ms {
            fields.insert("expires_in".to_owned(), ms.into());
            reply.auth_token = Some(Value::Object(fields).to_string());
        } else {
            reply.standing = Some(Value::Object(fields).to_string());
        }
    }

    /// Reads it from a reply; none if the server did not say, or not in this form.
    #[must_use]
    pub fn of(reply: &Provision) -> Option<Self> {
        let text = reply.auth_token.as_ref().or(reply.standing.as_ref())?;
        let json: Value = serde_json::from_str(text).ok()?;
        let number = |key: &str| json.get(key)?.as_str()?.parse().ok();
        Some(Self {
            account: json.get("account")?.as_str()?.to_owned(),
            token_expires_ms: json.get("expires_in").and_then(Value::as_u64),
            acked: number("acked")?,
            version: number("version")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn reply(token_expires_ms: Option<u64>) -> (Standing, Provision) {
        let standing = Standing {
            account: "uuid".to_owned(),
            token_expires_ms,
            acked: u64::MAX,
            version: 7,
        };
        let mut reply = Provision::default();
        standing.clone().put(&mut reply);
        (standing, reply)
    }

    #[test]
    fn an_official_client_is_given_a_time_or_nothing() {
        let text: Value = serde_json::from_str(reply(Some(99)).1.auth_token()).unwrap();
        let acked = u64::MAX.to_string();
        assert_eq!(
            text,
            json!({"account": "uuid", "acked": acked, "version": "7", "expires_in": 99})
        );
        assert_eq!(
            reply(None).1.auth_token,
            None,
            "it would take the token for expired"
        );
    }

    #[test]
    fn our_own_client_reads_it_in_both_cases() {
        for expires in [Some(99), None] {
            let (standing, reply) = reply(expires);
            assert_eq!(Standing::of(&reply), Some(standing));
        }
    }

    #[test]
    fn a_reply_that_does_not_say_is_none() {
        let check = |text: Option<&str>| {
            let reply = Provision {
                auth_token: text.map(str::to_owned),
                ..Provision::default()
            };
            assert_eq!(Standing::of(&reply), None, "{text:?}");
        };
        check(None);
        check(Some(""));
        check(Some("{\"expires_in\":99}"));
        check(Some("{\"acked\":\"7\"}"));
        check(Some("{\"acked\":\"7\",\"version\":\"8\"}"));
        check(Some("{\"account\":\"a\",\"acked\":7,\"version\":8}"));
        check(Some(
            "{\"account\":\"a\",\"acked\":\"-1\",\"version\":\"8\"}",
        ));
    }
}
