//! Development only: a clock that tests move, and servers in the test's process.

use lacuna_domain::{Clock, Millis};
use lacuna_server::config::Config;
use lacuna_server::{Server, open_store};
use lacuna_store::Store;
use lacuna_store::memory::MemoryStore;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tempfile::TempDir;

/// A clock that stands still until a test moves it.
#[derive(Debug)]
pub struct ManualClock(AtomicU64);

impl ManualClock {
    /// A clock that starts on 2026-01-01.
    #[must_use]
    pub fn new() -> Arc<Self> {
        Arc::new(Self(AtomicU64::new(1_767_225_600_000)))
    }

    /// Moves it forward.
    pub fn advance(&self, ms: u64) {
        self.0.fetch_add(ms, Ordering::SeqCst);
    }

    /// Sets it, back too.
    pub fn set(&self, now: Millis) {
        self.0.store(now.0, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Millis {
        Millis(self.0.load(Ordering::SeqCst))
    }
}

/// A development server on a free loopback port.
#[derive(Debug)]
pub struct TestServer {
    /// The server.
    pub server: Server,
    /// Its clock.
    pub clock: Arc<ManualClock>,
    _data: Option<TempDir>,
}

impl TestServer {
    /// Starts one on the memory store.
    pub async fn memory() -> anyhow::Result<Self> {
        Self::start(Arc::new(MemoryStore::new(0)), development()?, None).await
    }

    /// Starts one on the embedded store in a temporary folder.
    pub async fn embedded() -> anyhow::Result<Self> {
        let data = tempfile::tempdir()?;
        let mut config = development()?;
        config.store.url = format!("sqlite:{}", data.path().display());
        Self::start(open_store(&config)?, config, Some(data)).await
    }

    async fn start(
        store: Arc<dyn Store>,
        config: Config,
        data: Option<TempDir>,
    ) -> anyhow::Result<Self> {
        let clock = ManualClock::new();
        let server = Server::start(config, store, Arc::<ManualClock>::clone(&clock)).await?;
        Ok(Self {
            server,
            clock,
            _data: data,
        })
    }
}

fn development() -> anyhow::Result<Config> {
    let mut config = Config::load(None)?;
    config.server.listen = SocketAddr::from(([127, 0, 0, 1], 0));
    config.store.job_interval_ms = 50;
    Ok(config)
}
