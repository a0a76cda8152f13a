//! The server: REST API, gateway, services, delivery and jobs.
//!
//! Calls go one way: `api` or `gateway`, then `service`, then the store; after the commit `delivery`, then the sessions.

pub mod api;
mod clock;
pub mod config;
pub mod delivery;
mod door;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
pub mod gateway;
mod jobs;
mod metrics;
pub mod service;
pub mod storage;

pub use clock::SystemClock;
pub use door::TlsError;
pub use metrics::Metrics;

use config::{AppConfig, Config, ConfigError, split_app_key};
use door::{Door, Peer, Tls};
use lacuna_domain::{Clock, Version};
use lacuna_store::sqlite::{Options, SqliteStore};
use lacuna_store::{App, NewApp, Store};
use service::Service;
use sha2::{Digest, Sha256};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// How long sessions and requests may take to end when the server stops.
const DRAIN: Duration = Duration::from_secs(10);

/// Why a server does not start, or ends.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The configuration is refused.
    #[error("the configuration is refused")]
    Config(#[from] ConfigError),
    /// The address cannot be listened on.
    #[error("cannot listen on {0}")]
    Listen(SocketAddr, #[source] std::io::Error),
    /// A secret's file cannot be read.
    #[error("cannot read the secret of app {0}")]
    Secret(String, #[source] std::io::Error),
    /// The store does not open or fails.
    #[error("the store failed")]
    Store(#[from] lacuna_store::Error),
    /// The storage of files does not open.
    #[error("the storage of files does not open")]
    Files(#[source] storage::StorageError),
    /// The webhooks cannot be read from the configuration.
    #[error("the webhooks cannot be read")]
    Hooks(#[source] service::Refusal),
    /// The certificate is not used.
    #[error("the server has no certificate")]
    Tls(#[from] TlsError),
    /// Serving failed.
    #[error("serving failed")]
    Serve(#[source] std::io::Error),
}

/// A server that runs until it is stopped.
#[derive(Debug)]
pub struct Server {
    addr: SocketAddr,
    service: Arc<Service>,
    tls: Option<Arc<Tls>>,
    stop: CancellationToken,
    running: JoinHandle<Result<(), Error>>,
}

/// Makes TLS ready for calls from here (S3, webhooks): it computes with `ring`, as the client's does. Whoever was first stays.
pub(crate) fn ready_tls() {
    drop(rustls::crypto::ring::default_provider().install_default());
}

/// Opens the embedded store of a configuration for a server that starts now, creating and migrating it as needed.
pub fn open_store(config: &Config, clock: &dyn Clock) -> Result<Arc<dyn Store>, Error> {
    let dir = config.data_dir()?;
    let options = Options {
        node: config.server.node,
        readers: config.store.readers,
        versions_from: Version::starting(clock.now()),
        ..Options::default()
    };
    Ok(Arc::new(SqliteStore::open(&dir, options)?))
}

/// What the store keeps of an application's configuration.
pub fn new_app(key: &str, app: &AppConfig) -> Result<NewApp, Error> {
    let refused = || ConfigError::Refused(format!("app key {key:?} is not of the form org#name"));
    let (org, name) = split_app_key(key).ok_or_else(refused)?;
    let secret = app
        .client_secret
        .reveal()
        .map_err(|error| Error::Secret(key.to_owned(), error))?;
    Ok(NewApp {
        org: org.to_owned(),
        name: name.to_owned(),
        client_id: app.client_id.clone(),
        client_secret_sha256: Sha256::digest(secret.as_bytes()).into(),
        open_registration: app.open_registration,
        roaming_delete: app.roaming_delete,
        retention_days: app.retention_days,
    })
}

/// Creates the configured applications, and changes those that there are to be as they are configured now.
async fn put_apps(store: &dyn Store, config: &Config) -> Result<(), Error> {
    let there = store.apps().await?;
    let (mut changed, mut created) = (Vec::new(), Vec::new());
    for (key, app) in &config.apps {
        let settings = new_app(key, app)?;
        match there.iter().find(|old| old.settings.key() == *key) {
            Some(old) if old.settings == settings => {}
            Some(old) => changed.push(App {
                id: old.id,
                settings,
            }),
            None => created.push(settings),
        }
    }
    let taken = |error| match error {
        lacuna_store::Error::NameTaken => {
            ConfigError::Refused("the client id of an application is another's".to_owned()).into()
        }
        error => Error::from(error),
    };
    if !changed.is_empty() {
        store.change_apps(changed).await.map_err(taken)?;
    }
    for app in created {
        store.create_app(app).await.map_err(taken)?;
    }
    Ok(())
}

impl Server {
    /// Starts to serve a store: binds the address, sets the configured applications, accepts, and runs the jobs.
    pub async fn start(
        config: Config,
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, Error> {
        config.check()?;
        let tls = config.server.tls.as_ref().map(Tls::load).transpose()?;
        let tls = tls.map(Arc::new);
        put_apps(&*store, &config).await?;
        let listen = config.server.listen;
        let listener = TcpListener::bind(listen)
            .await
            .map_err(|error| Error::Listen(listen, error))?;
        let addr = listener
            .local_addr()
            .map_err(|error| Error::Listen(listen, error))?;
        let service = Arc::new(Service::new(
            store,
            Arc::new(config),
            clock,
            Arc::new(Metrics::new()),
        ));
        if !service.config.files.url.is_empty() {
            // One that cannot be opened is found now, and not by the first upload.
            service.storage().await.map_err(Error::Files)?;
        }
        if let Err(refusal) = service.load_hooks().await {
            return Err(Error::Hooks(refusal));
        }
        let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
        let gateway = gateway::Gateway::new(Arc::clone(&service), tasks.clone(), stop.clone());
        tasks.spawn(jobs::run(Arc::clone(&service), stop.clone()));
        for app in service.told_apps() {
            tasks.spawn(jobs::tell(Arc::clone(&service), app, stop.clone()));
        }
        let app = api::router(Arc::clone(&service))
            .merge(api::guarded(gateway.router(), Arc::clone(&service)));
        let running = TaskTracker::new().spawn(run(
            Door {
                listener,
                tls: tls.clone(),
            },
            app,
            gateway,
            tasks,
            Arc::clone(&service),
            stop.clone(),
        ));
        Ok(Self {
            addr,
            service,
            tls,
            stop,
            running,
        })
    }

    /// Where it listens.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Reads its certificate again, if it has one, for connections to come.
    ///
    /// # Errors
    /// The files are refused: then it goes on with what it has.
    pub fn reload_tls(&self) -> Result<(), TlsError> {
        self.tls.as_ref().map_or(Ok(()), |tls| tls.reload())
    }

    /// What it serves with.
    #[must_use]
    pub fn service(&self) -> &Arc<Service> {
        &self.service
    }

    /// Stops: refuses what is new, ends sessions, finishes requests, and closes the store.
    pub async fn stop(self) -> Result<(), Error> {
        self.stop.cancel();
        self.wait().await
    }

    /// Waits until it ends by itself.
    pub async fn wait(self) -> Result<(), Error> {
        self.running
            .await
            .unwrap_or_else(|panic| Err(Error::Serve(std::io::Error::other(panic))))
    }
}

async fn run(
    door: Door,
    app: axum::Router,
    gateway: gateway::Gateway,
    tasks: TaskTracker,
    service: Arc<Service>,
    stop: CancellationToken,
) -> Result<(), Error> {
    let app = app.into_make_service_with_connect_info::<Peer>();
    let served = axum::serve(door, app).with_graceful_shutdown(stop.clone().cancelled_owned());
    let graceful = async {
        let result = served.await;
        stop.cancel();
        result
    };
    let deadline = async {
        stop.cancelled().await;
        service.delivery.drain();
        tokio::time::sleep(DRAIN).await;
    };
    let result = tokio::select! {
        result = graceful => result.map_err(Error::Serve),
        () = deadline => Ok(()),
    };
    for (what, running) in [("sessions", &tasks), ("calls", &service.calls)] {
        running.close();
        if tokio::time::timeout(DRAIN, running.wait()).await.is_err() {
            tracing::warn!("{what} did not end in time");
        }
    }
    gateway.flush().await;
    service.store.close().await?;
    tracing::info!("stopped");
    result
}
