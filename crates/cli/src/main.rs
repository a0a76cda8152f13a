//! The `lacuna` command.

mod admin;
mod bench;
mod chat;
mod client;
mod demo;
mod output;
mod serve;

use clap::{Parser, Subcommand};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

/// A self-hosted instant-messaging server in which every user owns their own copy of history.
#[derive(Debug, Parser)]
#[command(name = "lacuna", version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server.
    Serve(ServeArgs),
    /// Start a server in a temporary folder and show, with three real clients, who sees what after each deletion.
    Demo(demo::DemoArgs),
    /// Create and list applications.
    App(admin::AppArgs),
    /// Bring the store's schema up to date, and stop.
    Migrate(ConfigArgs),
    /// Print the effective configuration, secrets hidden.
    CheckConfig(ConfigArgs),
    /// Print the OpenAPI document of the REST API.
    Openapi,
    /// Measure: JSON to stdout, a table to stderr.
    Bench(bench::BenchArgs),
    #[command(flatten)]
    Client(client::Command),
}

/// Where the configuration comes from.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct ConfigArgs {
    /// The configuration file. Without one this is a development server on loopback.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// The folder of the embedded store.
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
}

/// What `lacuna serve` takes.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct ServeArgs {
    #[command(flatten)]
    pub(crate) config: ConfigArgs,
    /// Where to listen; port 0 picks one.
    #[arg(long, value_name = "ADDR")]
    pub(crate) listen: Option<SocketAddr>,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return output::failed(&error.into()),
    };
    let done = runtime.block_on(async {
        match cli.command {
            Command::Serve(args) => serve::run(args).await,
            Command::Demo(args) => demo::run(args).await,
            Command::App(args) => admin::app(args).await,
            Command::Migrate(args) => admin::migrate(args).await,
            Command::CheckConfig(args) => admin::check_config(&args),
            Command::Openapi => Ok(admin::openapi()),
            Command::Bench(args) => bench::run(args).await,
            Command::Client(command) => Box::pin(client::run(command)).await,
        }
    });
    done.unwrap_or_else(|error| output::failed(&error))
}
