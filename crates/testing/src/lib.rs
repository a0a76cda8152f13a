//! Development only: a clock that tests move, servers in the test's process, and the simulator.

pub mod sim;

use lacuna_domain::{Clock, Millis};
use lacuna_server::config::Config;
use lacuna_server::{Server, open_store};
use lacuna_store::Store;
use lacuna_store::memory::MemoryStore;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;
use tempfile::TempDir;

/// A clock that tests move. It stands still between moves, or runs.
#[derive(Debug)]
pub struct ManualClock {
    base_ms: AtomicU64,
    /// When a running clock showed its base.
    started: Option<Instant>,
}

impl ManualClock {
    const START_MS: u64 = 1_767_225_600_000;

    /// A clock that stands still, on 2026-01-01.
    #[must_use]
    pub fn new() -> Arc<Self> {
        Arc::new(Self {
            base_ms: AtomicU64::new(Self::START_MS),
            started: None,
        })
    }

    /// A clock that starts on 2026-01-01 and runs.
    #[must_use]
    #[expect(
        clippy::disallowed_methods,
        reason = "it runs as the machine's own clock does"
    )]
    pub fn running() -> Arc<Self> {
        Arc::new(Self {
            base_ms: AtomicU64::new(Self::START_MS),
            started: Some(Instant::now()),
        })
    }

    /// Moves it forward.
    pub fn advance(&self, ms: u64) {
        self.base_ms.fetch_add(ms, Ordering::SeqCst);
    }

    /// Sets it, back too.
    pub fn set(&self, now: Millis) {
        let base = now.0.saturating_sub(self.run_ms());
        self.base_ms.store(base, Ordering::SeqCst);
    }

    fn run_ms(&self) -> u64 {
        self.started.map_or(0, |started| {
            u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX)
        })
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Millis {
        Millis(self.base_ms.load(Ordering::SeqCst) + self.run_ms())
    }
}

/// A development server on a free loopback port.
#[derive(Debug)]
pub struct TestServer {
    /// The server.
    pub server: Server,
    /// Its clock.
    pub clock: Arc<ManualClock>,
    data: Option<TempDir>,
}

impl TestServer {
    /// Starts one on the memory store. Its clock stands still.
    pub async fn memory() -> anyhow::Result<Self> {
        let store = Arc::new(MemoryStore::new(0));
        Self::start(store, development()?, None, ManualClock::new()).await
    }

    /// Starts one on the embedded store in a temporary folder. Its clock stands still.
    pub async fn embedded() -> anyhow::Result<Self> {
        Self::embedded_with(ManualClock::new(), |_| {}).await
    }

    /// Starts one on the embedded store in a temporary folder. Its clock runs.
    pub async fn running() -> anyhow::Result<Self> {
        Self::embedded_with(ManualClock::running(), |_| {}).await
    }

    /// Starts one on the embedded store in a temporary folder, with changes to its configuration. Its clock runs.
    pub async fn running_with(change: impl FnOnce(&mut Config)) -> anyhow::Result<Self> {
        Self::embedded_with(ManualClock::running(), change).await
    }

    async fn embedded_with(
        clock: Arc<ManualClock>,
        change: impl FnOnce(&mut Config),
    ) -> anyhow::Result<Self> {
        Self::open(tempfile::tempdir()?, clock, change).await
    }

    /// Starts one on the embedded store in a folder that has one.
    pub async fn on(data: TempDir, clock: Arc<ManualClock>) -> anyhow::Result<Self> {
        Self::open(data, clock, |_| {}).await
    }

    async fn open(
        data: TempDir,
        clock: Arc<ManualClock>,
        change: impl FnOnce(&mut Config),
    ) -> anyhow::Result<Self> {
        let mut config = development()?;
        config.store.url = format!("sqlite:{}", data.path().display());
        change(&mut config);
        Self::start(open_store(&config, &*clock)?, config, Some(data), clock).await
    }

    /// Stops it. Leaves its folder, if it has one.
    pub async fn stop(self) -> anyhow::Result<Option<TempDir>> {
        self.server.stop().await?;
        Ok(self.data)
    }

    async fn start(
        store: Arc<dyn Store>,
        config: Config,
        data: Option<TempDir>,
        clock: Arc<ManualClock>,
    ) -> anyhow::Result<Self> {
        let server = Server::start(config, store, Arc::<ManualClock>::clone(&clock)).await?;
        Ok(Self {
            server,
            clock,
            data,
        })
    }
}

fn development() -> anyhow::Result<Config> {
    let mut config = Config::load(None)?;
    config.server.listen = SocketAddr::from(([127, 0, 0, 1], 0));
    config.store.job_interval_ms = 50;
    Ok(config)
}
