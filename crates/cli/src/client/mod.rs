//! The commands of a client: each logs one device in, does one thing on the SDK, and ends.

pub(crate) mod at;
mod delete;
mod history;
mod list;
mod login;
mod saved;
mod send;
pub(crate) mod show;
mod tail;
pub(crate) mod time;
pub(crate) mod told;

use crate::chat::{self, ChatArgs};
use crate::output::INTERRUPTED;
use at::Session;
use std::process::ExitCode;

/// A client command.
#[derive(Clone, Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Log a device in, and remember it: the other commands then need no password.
    Login(login::LoginArgs),
    /// Forget the login of this device.
    Logout(login::LogoutArgs),
    /// Send a text.
    Send(send::SendArgs),
    /// Print messages of a conversation.
    History(history::HistoryArgs),
    /// Search the messages of this device.
    Search(history::SearchArgs),
    /// Delete messages: for oneself, everywhere one is, or on this device alone.
    Delete(delete::DeleteArgs),
    /// Print what comes, until Ctrl-C.
    Tail(tail::TailArgs),
    /// Print the conversation list.
    Conversations(list::ConversationsArgs),
    /// Talk, in the whole terminal.
    Chat(ChatArgs),
}

impl Command {
    /// Whether it can do without the server.
    fn is_local(&self) -> bool {
        match self {
            Self::Search(_) | Self::Chat(_) => true,
            Self::History(args) => args.local,
            Self::Delete(args) => args.local,
            Self::Conversations(args) => !args.from_server,
            Self::Login(_) | Self::Logout(_) | Self::Send(_) | Self::Tail(_) => false,
        }
    }
}

/// Runs a client command.
pub(crate) async fn run(command: Command) -> anyhow::Result<ExitCode> {
    let at = match &command {
        Command::Login(args) => return login::login(args.clone()).await,
        Command::Logout(args) => return login::logout(args),
        Command::Send(args) => &args.at,
        Command::History(args) => &args.at,
        Command::Search(args) => &args.at,
        Command::Delete(args) => {
            args.check()?;
            &args.at
        }
        Command::Tail(args) => &args.at,
        Command::Conversations(args) => &args.at,
        Command::Chat(args) => {
            args.check()?;
            &args.at
        }
    };
    let mut session = at.who()?.open(command.is_local()).await?;
    let done = tokio::select! {
        done = act(&command, &mut session) => done,
        _ = tokio::signal::ctrl_c() => Ok(ExitCode::from(INTERRUPTED)),
    };
    session.close().await;
    done
}

async fn act(command: &Command, session: &mut Session) -> anyhow::Result<ExitCode> {
    match command {
        Command::Send(args) => send::run(args, session).await,
        Command::History(args) => history::history(args, session).await,
        Command::Search(args) => history::search(args, session).await,
        Command::Delete(args) => delete::run(args, session).await,
        Command::Tail(args) => tail::run(args, session).await,
        Command::Conversations(args) => list::run(args, session).await,
        Command::Chat(args) => chat::run(args, session).await,
        Command::Login(_) | Command::Logout(_) => Ok(ExitCode::SUCCESS),
    }
}
