//! The acts of the server: who may do what, under which limits; then the store, and after its commit the delivery.

mod accounts;
mod acks;
mod attributes;
mod changes;
mod contacts;
mod conversations;
mod deletions;
mod files;
mod gate;
mod group_facts;
mod group_info;
mod groups;
mod hasher;
mod hooks;
mod imports;
mod joining;
mod management;
mod marks;
mod messages;
mod moderation;
mod muc;
mod offline;
mod pins;
mod presence;
mod rates;
mod reactions;
mod records;
mod refusal;
mod renaming;
mod room_attributes;
mod rooms;
mod secret;
mod silence;
mod threads;
mod throttle;

pub use accounts::{Issued, Registration, TokenRequest};
pub use acks::{Acked, GroupAck};
pub use attributes::Attributes;
pub use changes::{Change, ChangeAct};
pub use contacts::Contact;
pub(crate) use files::BYTES_TYPE;
pub use files::{FileOptions, Uploaded, Uploader};
pub use group_facts::{NewSharedFile, SharedFile};
pub use group_info::GroupEdit;
pub use groups::NewGroupRequest;
pub use hooks::Event;
pub use management::{GroupRef, Managed, Role};
pub use marks::Marks;
pub use messages::{Outgoing, Receipt, Route, SendReply, event_id};
pub use moderation::MUTED_FOR_EVER;
pub use pins::PinnedMessage;
pub use presence::Watched;
pub use reactions::{Reaction, reaction_json};
pub use refusal::{Refusal, Reply};
pub use room_attributes::{AttributeResults, AttributeWrite};
pub use rooms::RoomAct;
pub(crate) use secret::{is_secret, sha256};
pub use silence::{Silence, SilenceChange, Silenced};
pub use threads::ThreadRequest;

use crate::config::{AppConfig, Config};
use crate::delivery::Delivery;
use crate::metrics::Metrics;
use lacuna_domain::{AccountId, AppId, Clock, DeviceId, Name};
use lacuna_store::{Account, App, Sender, Store};
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, PoisonError, RwLock};
use tokio_util::task::TaskTracker;

/// The switches of an application that the configuration does not name.
static DEFAULT_SWITCHES: LazyLock<AppConfig> = LazyLock::new(AppConfig::default);

/// Everything an act needs.
#[derive(Debug)]
pub struct Service {
    /// The store.
    pub store: Arc<dyn Store>,
    /// Who is online.
    pub delivery: Arc<Delivery>,
    /// The present.
    pub clock: Arc<dyn Clock>,
    /// The configuration.
    pub config: Arc<Config>,
    /// The counters.
    pub metrics: Arc<Metrics>,
    /// Calls that change something: done to their end, and waited for when the server stops.
    pub(crate) calls: TaskTracker,
    hasher: hasher::Hasher,
    files: files::Files,
    hooks: hooks::Hooks,
    rates: rates::Rates,
    throttle: throttle::Throttle,
    thread_marks: threads::ThreadMarks,
    announced: presence::Announced,
    apps: RwLock<HashMap<(String, String), Arc<App>>>,
}

/// A user that acts, through one of its devices or none.
#[derive(Clone, Debug)]
pub struct Actor {
    /// The application.
    pub app: Arc<App>,
    /// The account.
    pub account: Account,
    /// The device; [`DeviceId::NONE`] for the server API.
    pub device: DeviceId,
}

impl Actor {
    /// The account's id.
    #[must_use]
    pub fn id(&self) -> AccountId {
        self.account.id
    }

    /// The account's name.
    #[must_use]
    pub fn name(&self) -> &Name {
        &self.account.profile.name
    }

    /// The actor as a sender.
    #[must_use]
    pub fn sender(&self) -> Sender {
        Sender {
            name: self.name().clone(),
            account: Some(self.id()),
            device: self.device,
        }
    }
}

impl Service {
    /// A service over a store.
    #[must_use]
    pub fn new(
        store: Arc<dyn Store>,
        config: Arc<Config>,
        clock: Arc<dyn Clock>,
        metrics: Arc<Metrics>,
    ) -> Self {
        let hasher = hasher::Hasher::new();
        Self {
            store,
            delivery: Arc::default(),
            clock,
            config,
            metrics,
            hasher,
            files: files::Files::default(),
            hooks: hooks::Hooks::default(),
            rates: rates::Rates::default(),
            calls: TaskTracker::new(),
            throttle: throttle::Throttle::default(),
            thread_marks: threads::ThreadMarks::default(),
            announced: presence::Announced::default(),
            apps: RwLock::default(),
        }
    }

    /// The application of an app key's two halves. Read from the store once, then remembered.
    pub async fn app(&self, org: &str, name: &str) -> Reply<Arc<App>> {
        let key = (org.to_owned(), name.to_owned());
        let known = self
            .apps
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&key)
            .cloned();
        if let Some(app) = known {
            return Ok(app);
        }
        let found = self
            .store
            .apps()
            .await?
            .into_iter()
            .find(|app| app.settings.org == org && app.settings.name == name);
        let app = Arc::new(found.ok_or_else(|| Refusal::app_not_found(org, name))?);
        self.apps
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(key, Arc::clone(&app));
        Ok(app)
    }

    /// What the configuration says of an application; the defaults for one that it does not name.
    #[must_use]
    pub fn switches(&self, app: &App) -> &AppConfig {
        let key = app.settings.key();
        self.config.apps.get(&key).unwrap_or(&DEFAULT_SWITCHES)
    }

    /// An application that was asked for before, by its id.
    fn known_app(&self, id: AppId) -> Option<Arc<App>> {
        let known = self.apps.read().unwrap_or_else(PoisonError::into_inner);
        known.values().find(|app| app.id == id).cloned()
    }

    /// An application, by its id.
    async fn app_of_id(&self, id: AppId) -> Reply<Arc<App>> {
        if let Some(app) = self.known_app(id) {
            return Ok(app);
        }
        let mut all = self.store.apps().await?.into_iter();
        let found = all.find(|app| app.id == id);
        found.map(Arc::new).ok_or_else(Refusal::internal)
    }

    /// The account registered under a name, or a refusal that names it.
    pub async fn account(&self, app: &App, name: &str) -> Reply<Account> {
        let parsed = Name::new(name).map_err(|_| Refusal::user_not_found(name))?;
        let found = self.store.account(app.id, &parsed).await?;
        found.ok_or_else(|| Refusal::user_not_found(name))
    }

    /// The device of an account that goes by `resource`, or none.
    pub async fn device(&self, account: AccountId, resource: &str) -> Reply<DeviceId> {
        if resource.is_empty() {
            return Ok(DeviceId::NONE);
        }
        let devices = self.store.devices(account).await?;
        Ok(devices
            .iter()
            .find(|device| device.login.resource == resource)
            .map_or(DeviceId::NONE, |device| device.id))
    }
}
