//! The configuration: one struct; defaults, then a TOML file, then `LACUNA__SECTION__KEY`. Unknown keys are errors.

mod files;
mod hooks;
mod network;

pub use files::{FilesConfig, FilesUrl};
pub use hooks::{Fail, PreSendConfig, WebhookConfig};
pub use network::{Network, NotANetwork};

use lacuna_domain::NODE_LOCAL;
use lacuna_domain::limits::DEVICES_PER_PLATFORM_DEFAULT;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// The effective configuration of a server.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The listener.
    pub server: ServerConfig,
    /// Where data is kept.
    pub store: StoreConfig,
    /// Where the bytes of uploaded files are kept.
    pub files: FilesConfig,
    /// Limits that operators may change.
    pub limits: LimitsConfig,
    /// Applications to create at the start if they do not exist, by `org#name`.
    pub apps: BTreeMap<String, AppConfig>,
}

/// The listener.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ServerConfig {
    /// Where to listen; port 0 picks one.
    pub listen: SocketAddr,
    /// Development mode: loopback only, the app `lacuna#demo` with published credentials, no rate limits.
    pub development: bool,
    /// Origins that browsers may call from, in production; in development loopback origins are allowed.
    pub origins: Vec<String>,
    /// The token that `/metrics` asks for in production; without one it is not served there.
    pub metrics_token: Secret,
    /// This node's number, 0–1022; 1023 is what clients use ([`NODE_LOCAL`]).
    pub node: u16,
    /// The certificate to speak TLS with; without one the server speaks plain HTTP, to a proxy or in development.
    pub tls: Option<TlsConfig>,
    /// The proxies that are believed what they say of clients (`X-Forwarded-For`, `X-Forwarded-Proto`).
    pub trusted_proxies: Vec<Network>,
}

/// A certificate; read at the start, and again on SIGHUP.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsConfig {
    /// The PEM file of the certificate, its chain after it.
    pub cert: PathBuf,
    /// The PEM file of its key.
    pub key: PathBuf,
}

impl Default for ServerConfig {
    fn default() -> Self {
        let listen = SocketAddr::from(([127, 0, 0, 1], 8080));
        Self {
            listen,
            development: true,
            origins: Vec::new(),
            metrics_token: Secret::default(),
            node: 0,
            tls: None,
            trusted_proxies: Vec::new(),
        }
    }
}

/// Where data is kept.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StoreConfig {
    /// The store: `sqlite:DIR`.
    pub url: String,
    /// Connections that read at the same time.
    pub readers: usize,
    /// How often purge and retention look for work, in milliseconds.
    pub job_interval_ms: u64,
}

impl Default for StoreConfig {
    fn default() -> Self {
        Self {
            url: "sqlite:data".into(),
            readers: 4,
            job_interval_ms: 1_000,
        }
    }
}

/// Limits that operators may change.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LimitsConfig {
    /// REST calls a second and application; 0 for no limit (the default in development mode).
    pub requests_per_second: u32,
    /// REST calls a second and user, twice as many at once; 0 for no limit (the default in development mode).
    pub requests_per_second_per_user: u32,
    /// Conversations a minute that a user takes off the list; 0 for no limit.
    pub conversation_deletes_per_minute: u32,
    /// Messages a second that a user sends over its sockets; 0 for no limit.
    pub messages_per_second: u32,
    /// Failed logins in a quarter of an hour, to one name or from one address, after which neither is heard; 0 for no limit
    /// (the default in development mode).
    pub failed_logins: u32,
}

impl Default for LimitsConfig {
    fn default() -> Self {
        Self {
            requests_per_second: 100,
            requests_per_second_per_user: 20,
            conversation_deletes_per_minute: 0,
            messages_per_second: 0,
            failed_logins: 10,
        }
    }
}

/// An application that the configuration names.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent switches, as operators set them"
)]
pub struct AppConfig {
    /// The integrator's id.
    pub client_id: String,
    /// The integrator's secret.
    pub client_secret: Secret,
    /// Whether anybody may register.
    pub open_registration: bool,
    /// Whether one-way deletion on the server is offered.
    pub roaming_delete: bool,
    /// How long messages are kept, in days; 0 for ever.
    pub retention_days: u32,
    /// Whether users take messages from their contacts only.
    pub friends_only: bool,
    /// Whether the members of a chat room read its history and delete from it for themselves.
    pub room_roaming: bool,
    /// After how long without any connection a member of a chat room has left it, in seconds.
    pub room_leave_seconds: u64,
    /// For how long a message can be recalled, in seconds; 0 for not at all. The server API's `force` is not bound by it.
    pub recall_window_seconds: u64,
    /// How often a message can be edited; 0 for not at all.
    pub edits_max: u64,
    /// Devices of one user and platform that may be connected at the same time, at least 1.
    pub devices_per_platform: usize,
    /// What happens when one more logs in: `kick` ends the session that is connected longest, `refuse` turns the new one away.
    pub too_many_devices: TooManyDevices,
    /// What becomes of what a deleted user sent to others: `keep` leaves it under its name, `anonymise` puts what it wrote in
    /// groups, rooms and threads under the name of a deleted user.
    pub deleted_users: DeletedUsers,
    /// Whom to tell what happens.
    pub webhooks: Option<WebhookConfig>,
    /// Whom to ask before a message is sent.
    pub pre_send: Option<PreSendConfig>,
}

/// What happens when a user logs in on more devices than allowed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TooManyDevices {
    /// The one that is connected longest has to go.
    #[default]
    Kick,
    /// The new one is turned away.
    Refuse,
}

/// Under which name stays what a deleted user sent to others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeletedUsers {
    /// Under its own.
    #[default]
    Keep,
    /// In groups, rooms and threads under one that says nothing.
    Anonymise,
}

impl Default for AppConfig {
    fn default() -> Self {
        let (client_id, client_secret) = (String::new(), Secret::default());
        Self {
            client_id,
            client_secret,
            open_registration: false,
            roaming_delete: true,
            retention_days: 0,
            friends_only: false,
            room_roaming: false,
            room_leave_seconds: 120,
            recall_window_seconds: 120,
            edits_max: 10,
            devices_per_platform: DEVICES_PER_PLATFORM_DEFAULT,
            too_many_devices: TooManyDevices::Kick,
            deleted_users: DeletedUsers::Keep,
            webhooks: None,
            pre_send: None,
        }
    }
}

/// A text that is never printed. `file:PATH` reads it from a file.
#[derive(Clone, Default, Deserialize)]
#[serde(from = "String")]
pub struct Secret(String);

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl Secret {
    /// The secret, read from its file if it names one.
    pub fn reveal(&self) -> std::io::Result<String> {
        match self.0.strip_prefix("file:") {
            Some(path) => Ok(std::fs::read_to_string(path)?.trim_end().to_owned()),
            None => Ok(self.0.clone()),
        }
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.0.is_empty() { "\"\"" } else { "\"***\"" })
    }
}

impl Serialize for Secret {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(if self.0.is_empty() { "" } else { "***" })
    }
}

/// Why a configuration is refused.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// It does not parse, or has an unknown key.
    #[error("the configuration is not valid")]
    Invalid(#[from] config::ConfigError),
    /// A value makes no sense; the text says which.
    #[error("{0}")]
    Refused(String),
}

/// The app of development mode.
pub const DEMO_APP: &str = "lacuna#demo";

/// The limits that a development server does not have by itself.
const UNLIMITED: [&str; 3] = [
    "limits.requests_per_second",
    "limits.requests_per_second_per_user",
    "limits.failed_logins",
];

impl Config {
    /// Reads the configuration: defaults, then the file, then the environment. Without a file it is a development server, which
    /// has no limits but those that the environment sets.
    pub fn load(file: Option<&Path>) -> Result<Self, ConfigError> {
        let mut config = Self::read(file, false)?;
        if config.server.development && file.is_none() {
            config = Self::read(file, true)?;
        }
        if config.server.development {
            let secret = Secret::from("demo-secret".to_owned());
            let demo = AppConfig {
                client_id: "demo".into(),
                client_secret: secret,
                open_registration: true,
                ..AppConfig::default()
            };
            config.apps.entry(DEMO_APP.into()).or_insert(demo);
        }
        Ok(config)
    }

    fn read(file: Option<&Path>, unlimited: bool) -> Result<Self, ConfigError> {
        let mut sources = config::Config::builder();
        if let Some(file) = file {
            sources = sources
                .set_default("server.development", false)?
                .add_source(config::File::from(file).format(config::FileFormat::Toml));
        }
        if unlimited {
            for limit in UNLIMITED {
                sources = sources.set_default(limit, 0)?;
            }
        }
        let environment = config::Environment::with_prefix("LACUNA")
            .prefix_separator("__")
            .separator("__")
            .try_parsing(true)
            .list_separator(",")
            .with_list_parse_key("server.origins")
            .with_list_parse_key("server.trusted_proxies");
        Ok(sources.add_source(environment).build()?.try_deserialize()?)
    }

    /// Checks what must hold between values. Called before listening, after command line flags were applied.
    pub fn check(&self) -> Result<(), ConfigError> {
        let refuse = |text: String| Err(ConfigError::Refused(text));
        if self.server.development && !self.server.listen.ip().is_loopback() {
            return refuse(format!(
                "a development server has published credentials and listens on loopback only, not on {}; write a configuration file",
                self.server.listen
            ));
        }
        if self.server.node >= NODE_LOCAL {
            return refuse(format!(
                "server.node is {}, the highest is {}; {NODE_LOCAL} is for ids that clients make",
                self.server.node,
                NODE_LOCAL - 1
            ));
        }
        if self.store.readers == 0 || self.store.readers > 64 {
            return refuse(format!(
                "store.readers is {}, it must be 1 to 64",
                self.store.readers
            ));
        }
        self.data_dir()?;
        self.files_url()?;
        for (key, app) in &self.apps {
            if split_app_key(key).is_none() {
                return refuse(format!("app key {key:?} is not of the form org#name"));
            }
            if app.client_id.is_empty() || app.client_secret.is_empty() {
                return refuse(format!("app {key} needs client_id and client_secret"));
            }
            app.check_hooks(key)?;
            if app.devices_per_platform == 0 {
                return refuse(format!(
                    "app {key} lets nobody log in: devices_per_platform is 0"
                ));
            }
            let published = app.client_secret.0 == "demo-secret";
            if published && !self.server.development {
                return refuse(format!(
                    "app {key} has the published development secret; it is for loopback only"
                ));
            }
        }
        Ok(())
    }

    /// The folder of the embedded store.
    pub fn data_dir(&self) -> Result<PathBuf, ConfigError> {
        match self.store.url.strip_prefix("sqlite:") {
            Some(dir) if !dir.is_empty() => Ok(PathBuf::from(dir)),
            _ => Err(ConfigError::Refused(format!(
                "store.url is {:?}; this build knows sqlite:DIR",
                self.store.url
            ))),
        }
    }
}

/// The two halves of an app key: letters, digits, `-`, `_` and `.`, each.
#[must_use]
pub fn split_app_key(key: &str) -> Option<(&str, &str)> {
    let (org, name) = key.split_once('#')?;
    let legal = |text: &str| {
        !text.is_empty()
            && text.len() <= 64
            && text
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
    };
    (legal(org) && legal(name)).then_some((org, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn load(toml: &str) -> Result<Config, ConfigError> {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("lacuna.toml");
        std::fs::write(&file, toml).unwrap();
        let config = Config::load(Some(&file))?;
        config.check()?;
        Ok(config)
    }

    #[test]
    fn without_a_file_it_is_a_development_server() {
        let config = Config::load(None).unwrap();
        assert!(config.server.development && config.apps.contains_key(DEMO_APP));
        let limits = &config.limits;
        assert_eq!(
            (
                limits.requests_per_second,
                limits.requests_per_second_per_user,
                limits.failed_logins
            ),
            (0, 0, 0)
        );
        config.check().unwrap();
        let mut open = config;
        open.server.listen = SocketAddr::from(([0, 0, 0, 0], 8080));
        assert!(open.check().is_err());
    }

    #[test]
    fn a_file_makes_it_production() {
        let text = "[apps.\"acme#chat\"]\nclient_id = \"a\"\nclient_secret = \"s3cret\"\n";
        let config = load(text).unwrap();
        assert!(!config.server.development && !config.apps.contains_key(DEMO_APP));
        let limits = &config.limits;
        assert_eq!(
            (
                limits.requests_per_second,
                limits.requests_per_second_per_user,
                limits.failed_logins
            ),
            (100, 20, 10)
        );
        assert!(!format!("{config:?}").contains("s3cret"));
        assert!(!toml::to_string(&config).unwrap().contains("s3cret"));
    }

    #[test]
    fn a_server_behind_a_proxy_with_a_certificate() {
        let text = "[server]\ntrusted_proxies = [\"127.0.0.1/32\", \"::1\"]\n[server.tls]\ncert = \"c.pem\"\nkey = \"k.pem\"\n";
        let config = load(text).unwrap();
        assert_eq!(config.server.tls.as_ref().unwrap().key, Path::new("k.pem"));
        assert_eq!(config.server.trusted_proxies.len(), 2);
        // What is printed reads back.
        load(&toml::to_string(&config).unwrap()).unwrap();
        assert!(load("[server]\ntrusted_proxies = [\"proxy\"]\n").is_err());
        assert!(load("[server.tls]\ncert = \"c.pem\"\n").is_err());
    }

    #[test]
    fn the_node_of_clients_is_refused_by_name() {
        assert_eq!(load("[server]\nnode = 1022\n").unwrap().server.node, 1022);
        let text = load("[server]\nnode = 1023\n").unwrap_err().to_string();
        assert_eq!(
            text,
            "server.node is 1023, the highest is 1022; 1023 is for ids that clients make"
        );
    }

    #[test]
    fn refuses_what_makes_no_sense() {
        let refused = |toml: &str| assert!(load(toml).is_err(), "{toml}");
        refused("[server]\nlisen = \"127.0.0.1:1\"\n");
        refused("[server]\nnode = 5000\n");
        refused("[server]\nnode = 1023\n");
        refused("[store]\nurl = \"mysql:x\"\n");
        refused("[files]\nurl = \"ftp://x\"\n");
        refused("[files]\nurl = \"s3://\"\n");
        refused("[apps.acme]\nclient_id = \"a\"\nclient_secret = \"b\"\n");
        refused("[apps.\"acme#chat\"]\nclient_id = \"a\"\nclient_secret = \"demo-secret\"\n");
        let app = "[apps.\"acme#chat\"]\nclient_id = \"a\"\nclient_secret = \"b\"\n";
        refused(&format!("{app}devices_per_platform = 0\n"));
        refused(&format!("{app}too_many_devices = \"never\"\n"));
        let config = load(&format!("{app}too_many_devices = \"refuse\"\n")).unwrap();
        let app = config.apps.get("acme#chat").unwrap();
        assert_eq!(app.too_many_devices, TooManyDevices::Refuse);
        assert_eq!(app.devices_per_platform, 4);
    }
}
