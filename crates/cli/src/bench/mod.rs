//! `lacuna bench`: load from the parts of the product's own client on a server process of its own, over loopback.
//!
//! Every scenario makes a store in a temporary folder, preloads it through the store (with no server running), starts
//! `lacuna serve` on it as a child process and measures from outside. JSON goes to stdout, a table to stderr.

mod child;
mod delete_ids;
mod delete_time;
mod idle;
mod latency;
mod link;
mod page;
mod prepare;
mod report;
mod room;
mod scatter;
mod send;

use crate::output::INTERRUPTED;
use report::Report;
use std::path::PathBuf;
use std::process::ExitCode;

/// What `lacuna bench` takes.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct BenchArgs {
    #[command(subcommand)]
    scenario: Scenario,
    /// Where to make the store's temporary folder. Durability is only measured if this is a real disk.
    #[arg(long, global = true, value_name = "DIR")]
    folder: Option<PathBuf>,
}

#[derive(Clone, Debug, clap::Subcommand)]
enum Scenario {
    /// Pairs of users send to each other: messages a second, send to acknowledgement, send to delivery.
    Send(send::SendArgs),
    /// History pages of 50 at random places of a conversation in which more and more is deleted.
    Page(page::PageArgs),
    /// Deletions of 50 scattered messages each: one after the other, then many at once.
    DeleteIds(delete_ids::DeleteIdsArgs),
    /// Deletions through a time in conversations of two sizes.
    DeleteTime(delete_time::DeleteTimeArgs),
    /// Memory of the server for each connection that does nothing.
    Idle(idle::IdleArgs),
    /// A message to a room full of people, in this process: telling them, and who waits meanwhile.
    Room(room::RoomArgs),
}

/// Runs a scenario.
pub(crate) async fn run(args: BenchArgs) -> anyhow::Result<ExitCode> {
    let report = tokio::select! {
        report = measure(&args) => report?,
        // Dropping the scenario ends the server and removes its folder.
        _ = tokio::signal::ctrl_c() => return Ok(ExitCode::from(INTERRUPTED)),
    };
    report.print();
    Ok(if report.passed() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

async fn measure(args: &BenchArgs) -> anyhow::Result<Report> {
    let folder = args.folder.as_deref();
    match &args.scenario {
        Scenario::Send(args) => Box::pin(send::run(args, folder)).await,
        Scenario::Page(args) => Box::pin(page::run(args, folder)).await,
        Scenario::DeleteIds(args) => Box::pin(delete_ids::run(args, folder)).await,
        Scenario::DeleteTime(args) => Box::pin(delete_time::run(args, folder)).await,
        Scenario::Idle(args) => Box::pin(idle::run(args, folder)).await,
        Scenario::Room(args) => Box::pin(room::run(args)).await,
    }
}
