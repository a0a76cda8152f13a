//! `lacuna history` and `lacuna search`.

use super::at::{At, Session, To, target};
use super::show;
use crate::output;
use lacuna_domain::limits::HISTORY_PAGE_MAX;
use lacuna_sdk::{Chat, Find, HistoryOptions, Keyword, Message, Target};
use std::process::ExitCode;

/// Messages of one local lookup.
const FIND_MAX: usize = 400;

/// What `lacuna history` takes.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct HistoryArgs {
    #[command(flatten)]
    to: To,
    /// The newest so many messages.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..), conflicts_with = "all")]
    limit: u32,
    /// Every message.
    #[arg(long)]
    all: bool,
    /// Keep them in the local store. What was deleted from this device alone comes back by this.
    #[arg(long, conflicts_with = "local")]
    save: bool,
    /// Read the local store instead of the server.
    #[arg(long)]
    pub(super) local: bool,
    #[command(flatten)]
    pub(super) at: At,
}

/// What `lacuna search` takes.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct SearchArgs {
    /// What to look for.
    keyword: String,
    /// Only in this conversation.
    #[arg(long, value_name = "TO")]
    r#in: Option<String>,
    /// The conversation is a group.
    #[arg(long, requires = "in")]
    group: bool,
    /// Messages at most, the newest first.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=400))]
    limit: u32,
    #[command(flatten)]
    pub(super) at: At,
}

/// Prints messages of a conversation, oldest first.
pub(super) async fn history(args: &HistoryArgs, session: &mut Session) -> anyhow::Result<ExitCode> {
    let target = args.to.target()?;
    let wanted = if args.all {
        usize::MAX
    } else {
        usize::try_from(args.limit)?
    };
    let chat = session.client.chat();
    let mut messages = if args.local {
        session.synced_if_connected().await?;
        local(&chat, &target, wanted)?
    } else {
        fetch(&chat, &target, wanted, args.save).await?
    };
    messages.reverse();
    print(&messages, args.at.json);
    Ok(ExitCode::SUCCESS)
}

async fn fetch(
    chat: &Chat,
    target: &Target,
    wanted: usize,
    save: bool,
) -> anyhow::Result<Vec<Message>> {
    let bar = output::progress("messages read");
    let (mut messages, mut cursor) = (Vec::new(), None);
    while messages.len() < wanted {
        let options = HistoryOptions {
            cursor,
            limit: (wanted - messages.len()).min(HISTORY_PAGE_MAX),
            save,
            ..HistoryOptions::default()
        };
        let page = chat.fetch_history(target, options).await?;
        messages.extend(page.messages);
        bar.set_position(u64::try_from(messages.len())?);
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    bar.finish_and_clear();
    Ok(messages)
}

fn local(chat: &Chat, target: &Target, wanted: usize) -> anyhow::Result<Vec<Message>> {
    let mut messages: Vec<Message> = Vec::new();
    while messages.len() < wanted {
        let limit = (wanted - messages.len()).min(FIND_MAX);
        let find = Find {
            conversation: Some(target.clone()),
            beyond: messages.last().map(|message| message.id),
            limit: u32::try_from(limit)?,
            ..Find::default()
        };
        let found = chat.find(find)?;
        let last = found.len() < limit;
        messages.extend(found);
        if last {
            break;
        }
    }
    Ok(messages)
}

/// Prints messages of the local store that hold a keyword, newest first.
pub(super) async fn search(args: &SearchArgs, session: &mut Session) -> anyhow::Result<ExitCode> {
    session.synced_if_connected().await?;
    let within = args.r#in.as_deref();
    let find = Find {
        conversation: within.map(|name| target(name, args.group)).transpose()?,
        keyword: Some(Keyword(args.keyword.clone())),
        limit: args.limit,
        ..Find::default()
    };
    let found = session.client.chat().find(find)?;
    print(&found, args.at.json);
    Ok(ExitCode::SUCCESS)
}

fn print(messages: &[Message], json: bool) {
    for message in messages {
        output::line(&if json {
            show::message_json(message).to_string()
        } else {
            show::message(message)
        });
    }
}
