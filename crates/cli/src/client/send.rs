//! `lacuna send`.

use super::at::{At, Session, To};
use super::show;
use crate::output;
use lacuna_sdk::NewMessage;
use std::process::ExitCode;

/// What `lacuna send` takes.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct SendArgs {
    #[command(flatten)]
    to: To,
    /// What to say.
    text: String,
    #[command(flatten)]
    pub(super) at: At,
}

/// Sends a text; done when the server has it.
pub(super) async fn run(args: &SendArgs, session: &mut Session) -> anyhow::Result<ExitCode> {
    let message = NewMessage::text(args.to.target()?, args.text.as_str());
    let sent = session.client.chat().send(message).await?;
    output::line(&if args.at.json {
        show::message_json(&sent).to_string()
    } else {
        show::message(&sent)
    });
    Ok(ExitCode::SUCCESS)
}
