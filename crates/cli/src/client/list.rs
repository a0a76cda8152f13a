//! `lacuna conversations`.

use super::at::{At, Session};
use super::show;
use crate::output;
use lacuna_domain::limits::CONVERSATION_PAGE_MAX;
use lacuna_sdk::{Chat, Conversation, ServerConversation};
use serde_json::{Value, json};
use std::process::ExitCode;

/// Rows of one local page.
const PAGE: u32 = 100;

/// What `lacuna conversations` takes.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct ConversationsArgs {
    /// Show the list that the server keeps instead of this device's.
    #[arg(long)]
    pub(super) from_server: bool,
    #[command(flatten)]
    pub(super) at: At,
}

/// Prints the conversation list: pinned ones first, then by the newest message.
pub(super) async fn run(
    args: &ConversationsArgs,
    session: &mut Session,
) -> anyhow::Result<ExitCode> {
    let (chat, json) = (session.client.chat(), args.at.json);
    if args.from_server {
        print_server(&chat, json).await?;
    } else {
        session.synced_if_connected().await?;
        print_local(&chat, json)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn print_local(chat: &Chat, json: bool) -> anyhow::Result<()> {
    let mut offset = 0;
    loop {
        let rows = chat.conversations(PAGE, offset)?;
        for row in &rows {
            output::line(&if json {
                local_json(row).to_string()
            } else {
                show::conversation(row)
            });
        }
        if rows.len() < usize::try_from(PAGE)? {
            return Ok(());
        }
        offset += PAGE;
    }
}

async fn print_server(chat: &Chat, json: bool) -> anyhow::Result<()> {
    let mut cursor = None;
    loop {
        let page = chat
            .fetch_conversations(cursor.as_deref(), CONVERSATION_PAGE_MAX)
            .await?;
        for row in &page.rows {
            output::line(&if json {
                server_json(row).to_string()
            } else {
                format!("{}  {} unread", show::name(&row.target), row.unread)
            });
        }
        cursor = page.next;
        if cursor.is_none() {
            return Ok(());
        }
    }
}

fn local_json(row: &Conversation) -> Value {
    let (kind, name) = show::conversation_json(&row.target);
    json!({
        "type": kind, "conversation": name, "unread": row.unread, "pinned": row.is_pinned(),
        "latest": row.latest.as_ref().map(show::message_json),
    })
}

fn server_json(row: &ServerConversation) -> Value {
    let (kind, name) = show::conversation_json(&row.target);
    json!({
        "type": kind, "conversation": name, "unread": row.unread, "pinned": row.pinned_at.0 > 0,
        "latest_id": row.last.map(|id| id.to_string()),
    })
}
