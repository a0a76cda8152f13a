//! `lacuna serve`, and a server inside this process for the demo.

use crate::output;
use crate::{ConfigArgs, ServeArgs};
use anyhow::Context;
use lacuna_server::config::Config;
use lacuna_server::{Server, SystemClock, open_store};
use lacuna_store::Store;
use std::io::IsTerminal;
use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

/// The configuration of a command line.
pub(crate) fn config(args: &ConfigArgs) -> anyhow::Result<Config> {
    let mut config =
        Config::load(args.config.as_deref()).context("cannot read the configuration")?;
    if let Some(data) = &args.data {
        config.store.url = format!("sqlite:{}", data.display());
    }
    Ok(config)
}

/// Opens the embedded store. What goes wrong is told with the folder's name.
pub(crate) fn store(config: &Config) -> anyhow::Result<Arc<dyn Store>> {
    open_store(config, &SystemClock)
        .with_context(|| format!("cannot open the store {}", config.store.url))
}

/// Runs the server until SIGTERM or SIGINT.
pub(crate) async fn run(args: ServeArgs) -> anyhow::Result<ExitCode> {
    let mut config = config(&args.config)?;
    if let Some(listen) = args.listen {
        config.server.listen = listen;
    }
    config.check().context("the configuration is refused")?;
    start_logging(config.server.development);
    let server = Server::start(config.clone(), store(&config)?, Arc::new(SystemClock)).await?;
    output::line(&format!("listening on http://{}", server.addr()));
    let (mut terminate, mut interrupt) = (
        signal(SignalKind::terminate())?,
        signal(SignalKind::interrupt())?,
    );
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    tracing::info!("draining");
    server.stop().await?;
    Ok(ExitCode::SUCCESS)
}

/// Logs to stderr: for people in development, as JSON in production. `RUST_LOG` filters.
fn start_logging(development: bool) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let logs = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    if development {
        logs.init();
    } else {
        logs.json().init();
    }
}

/// A server inside this process, for the demo.
#[derive(Debug)]
pub(crate) struct Embedded {
    /// Where it listens.
    pub(crate) addr: SocketAddr,
    server: Server,
}

impl Embedded {
    /// Stops it.
    pub(crate) async fn stop(self) -> anyhow::Result<()> {
        Ok(self.server.stop().await?)
    }
}

/// Starts a development server on a free loopback port, with its store in `data`.
pub(crate) async fn start_embedded(data: &Path) -> anyhow::Result<Embedded> {
    let mut config = Config::load(None)?;
    config.server.listen = SocketAddr::from(([127, 0, 0, 1], 0));
    config.store.url = format!("sqlite:{}", data.display());
    let server = Server::start(
        config.clone(),
        open_store(&config, &SystemClock)?,
        Arc::new(SystemClock),
    )
    .await?;
    Ok(Embedded {
        addr: server.addr(),
        server,
    })
}
