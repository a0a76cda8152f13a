//! `lacuna chat`: a client for the terminal.

mod run;
mod state;
#[cfg(test)]
mod tests;
mod view;

use crate::client::at::{At, Session, target};
use crate::output::Usage;
use anyhow::{Context, bail};
use std::io::IsTerminal;
use std::process::ExitCode;

/// What `lacuna chat` takes.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct ChatArgs {
    /// The user to talk to, opened at once; with --group, the group's id.
    to: Option<String>,
    /// It is a group.
    #[arg(long, requires = "to")]
    group: bool,
    #[command(flatten)]
    pub(crate) at: At,
}

impl ChatArgs {
    /// Refuses to start where nothing can be drawn.
    pub(crate) fn check(&self) -> anyhow::Result<()> {
        if self.at.json {
            bail!(Usage::new(
                "chat draws on a terminal: use `lacuna tail --json`"
            ));
        }
        if !std::io::stdout().is_terminal() || !std::io::stdin().is_terminal() {
            bail!(Usage::new(
                "chat needs a terminal: use `lacuna tail` and `lacuna send`"
            ));
        }
        Ok(())
    }
}

/// Runs the client until the user quits. The terminal is as it was afterwards, after a panic too.
pub(crate) async fn run(args: &ChatArgs, session: &mut Session) -> anyhow::Result<ExitCode> {
    let open = args.to.as_deref();
    let open = open.map(|name| target(name, args.group)).transpose()?;
    // It sets the hook that puts the terminal right before a panic is told.
    let mut terminal = ratatui::try_init().context("take the terminal")?;
    let done = run::run(&mut terminal, session, open).await;
    ratatui::restore();
    done.map(|()| ExitCode::SUCCESS)
}
