//! `lacuna demo`: a server and three real clients, and who sees what after each deletion.

mod cast;
mod device;
mod story;
mod table;

use crate::output::{self, INTERRUPTED, Paint};
use crate::serve;
use anyhow::Context;
use cast::Cast;
use serde_json::{Value, json};
use std::process::ExitCode;
use std::time::Duration;
use tokio::time::{Instant, timeout};

/// How long the whole story may take.
const STORY_WAIT: Duration = Duration::from_mins(1);

/// What `lacuna demo` takes.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct DemoArgs {
    /// Leave the server up afterwards, until Ctrl-C.
    #[arg(long)]
    pub(crate) keep: bool,
    /// Print one JSON object instead of the tables.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Runs the demo. Success only if everybody saw what they should.
pub(crate) async fn run(args: DemoArgs) -> anyhow::Result<ExitCode> {
    let folder = tempfile::tempdir().context("make a temporary folder")?;
    let server = serve::start_embedded(folder.path()).await?;
    let started = Instant::now();
    let mut stage = Stage::new(args.json);
    let told = tokio::select! {
        told = timeout(STORY_WAIT, tell(&mut stage, &server)) => told.context("the demo takes too long").flatten(),
        _ = tokio::signal::ctrl_c() => {
            server.stop().await?;
            return Ok(ExitCode::from(INTERRUPTED));
        }
    };
    let passed = told.is_ok() && stage.passed;
    stage.close(passed, started.elapsed());
    if args.keep && told.is_ok() {
        keep(&server).await?;
    }
    server.stop().await?;
    told?;
    Ok(if passed {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

async fn tell(stage: &mut Stage, server: &serve::Embedded) -> anyhow::Result<()> {
    stage.open(server);
    let mut cast = Cast::assemble(server.addr).await?;
    let told = story::tell(&mut cast, stage).await;
    cast.leave().await?;
    told
}

async fn keep(server: &serve::Embedded) -> anyhow::Result<()> {
    output::note("");
    output::note(&format!(
        "The server is still up: http://{} and ws://{}/websocket, app key lacuna#demo",
        server.addr, server.addr
    ));
    for (name, password) in cast::USERS {
        output::note(&format!("  user {name:<6} password {password}"));
    }
    output::note("Ctrl-C ends it and removes its data.");
    tokio::signal::ctrl_c().await.context("wait for Ctrl-C")
}

/// Where the story is shown: as tables for people, or as JSON at the end.
#[derive(Debug)]
struct Stage {
    json: bool,
    paint: Paint,
    steps: Vec<Value>,
    passed: bool,
}

impl Stage {
    fn new(json: bool) -> Self {
        Self {
            json,
            paint: Paint::for_stdout(),
            steps: Vec::new(),
            passed: true,
        }
    }

    fn open(&self, server: &serve::Embedded) {
        if self.json {
            return;
        }
        let paint = self.paint;
        output::line(&paint.bold("Lacuna: everyone owns their own copy of history."));
        output::line("");
        output::line(
            "Alice has a phone and a tablet, Bob has a phone. All three are real clients on",
        );
        output::line(&format!(
            "one real server (http://{}), which started a moment ago.",
            server.addr
        ));
        output::line("Each table shows who still has which message: on each device, and in the");
        output::line("history that the server keeps for each user.");
        output::line(&paint.dim("  \u{25cf} there    \u{b7} gone    ! not as it should be"));
    }

    /// Shows a step: its title, what was done, the table, and whether it is as expected.
    fn show(&mut self, step: &story::Step, table: &table::Table) {
        let (passed, number) = (
            table.passed() && step.also.iter().all(|(_, passed)| *passed),
            self.steps.len() + 1,
        );
        self.passed &= passed;
        self.steps.push(json!({
            "step": number, "title": step.title, "call": step.call, "expected": step.expected, "passed": passed,
            "also": step.also.iter().map(|(what, passed)| json!({"expected": what, "passed": passed})).collect::<Vec<_>>(),
            "messages": table.json(),
        }));
        if self.json {
            return;
        }
        let paint = self.paint;
        output::line("");
        output::line(&paint.bold(&format!("{number}. {}", step.title)));
        if !step.call.is_empty() {
            output::line(&paint.dim(&format!("   {}", step.call)));
        }
        output::line(&table.draw(paint));
        let verdict = |passed: bool| {
            if passed {
                paint.good("\u{2713}")
            } else {
                paint.bad("\u{2717}")
            }
        };
        output::line(&format!("   {} {}", verdict(table.passed()), step.expected));
        for (what, passed) in &step.also {
            output::line(&format!("   {} {what}", verdict(*passed)));
        }
    }

    fn close(&self, passed: bool, took: Duration) {
        if self.json {
            output::line(&json!({"passed": passed, "took_ms": u64::try_from(took.as_millis()).unwrap_or(u64::MAX), "steps": self.steps}).to_string());
            return;
        }
        output::line("");
        let took = format!("{} steps in {:.1} s", self.steps.len(), took.as_secs_f64());
        if passed {
            output::line(
                &self
                    .paint
                    .good(&format!("Everybody saw exactly what they should ({took}).")),
            );
        } else {
            output::line(
                &self
                    .paint
                    .bad(&format!("Not everything is as it should be ({took}).")),
            );
        }
    }
}
