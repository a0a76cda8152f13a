//! Whom an application tells, and whom it asks.

use super::{AppConfig, ConfigError, Secret};
use crate::service::Event;
use lacuna_domain::limits::PRE_SEND_MS_MAX;
use serde::{Deserialize, Serialize};

/// Whom to tell what happens.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebhookConfig {
    /// Where to post to.
    pub url: String,
    /// What calls are signed with.
    pub secret: Secret,
    /// Which events, by their names.
    pub events: Vec<String>,
}

/// Whom to ask before a message is sent.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PreSendConfig {
    /// Where to post to.
    pub url: String,
    /// What calls are signed with.
    pub secret: Secret,
    /// How long the answer may take, in milliseconds.
    #[serde(default = "pre_send_timeout_ms")]
    pub timeout_ms: u64,
    /// What becomes of a message if there is no answer.
    #[serde(default)]
    pub fail: Fail,
}

fn pre_send_timeout_ms() -> u64 {
    200
}

/// What becomes of a message if there is no answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Fail {
    /// It is sent.
    #[default]
    Open,
    /// It is refused.
    Closed,
}

impl AppConfig {
    pub(super) fn check_hooks(&self, key: &str) -> Result<(), ConfigError> {
        let refuse = |text: String| Err(ConfigError::Refused(format!("app {key}: {text}")));
        let told = self.webhooks.iter().map(|told| (&told.url, &told.secret));
        let asked = self
            .pre_send
            .iter()
            .map(|asked| (&asked.url, &asked.secret));
        for (url, secret) in told.chain(asked) {
            if !url.starts_with("https://") && !url.starts_with("http://") {
                return refuse(format!("the webhook {url:?} is no http address"));
            }
            if secret.is_empty() {
                return refuse("a webhook needs a secret".to_owned());
            }
        }
        let events = self.webhooks.iter().flat_map(|told| &told.events);
        for event in events {
            if !Event::ALL.iter().any(|(_, text)| text == event) {
                return refuse(format!("there is no event {event:?}"));
            }
        }
        match &self.pre_send {
            Some(asked) if !(1..=PRE_SEND_MS_MAX).contains(&asked.timeout_ms) => refuse(format!(
                "pre_send.timeout_ms must be 1 to {PRE_SEND_MS_MAX}"
            )),
            Some(_) | None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::tests::load;

    #[test]
    fn webhooks_make_sense() {
        let app = "[apps.\"acme#chat\"]\nclient_id = \"a\"\nclient_secret = \"s3cret\"\n";
        let hooks = |url: &str, event: &str| {
            format!(
                "{app}webhooks = {{ url = \"{url}\", secret = \"h1dden\", events = [\"{event}\"] }}\n"
            )
        };
        let config = load(&hooks("https://a/b", "message.sent")).unwrap();
        assert!(!format!("{config:?}").contains("h1dden"));
        assert!(load(&hooks("file:///etc", "message.sent")).is_err());
        assert!(load(&hooks("https://a/b", "message.read")).is_err());
        let asked = |more: &str| {
            format!("{app}pre_send = {{ url = \"http://a\", secret = \"b\"{more} }}\n")
        };
        let config = load(&asked(", fail = \"closed\"")).unwrap();
        let asked_there = config.apps["acme#chat"].pre_send.clone().unwrap();
        assert_eq!(
            (asked_there.timeout_ms, asked_there.fail),
            (200, Fail::Closed)
        );
        assert!(load(&asked(", timeout_ms = 60000")).is_err());
        assert!(load(&asked(", fail = \"maybe\"")).is_err());
    }
}
