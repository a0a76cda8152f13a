//! `lacuna tail`: prints what comes, until Ctrl-C.

use super::at::{At, Session};
use super::told::Told;
use super::{show, time};
use crate::output;
use anyhow::bail;
use lacuna_sdk::{Message, Receipt, ReceiptKind};
use serde_json::{Value, json};
use std::process::ExitCode;

/// What `lacuna tail` takes.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct TailArgs {
    #[command(flatten)]
    pub(super) at: At,
}

/// Prints what comes.
pub(super) async fn run(args: &TailArgs, session: &mut Session) -> anyhow::Result<ExitCode> {
    while let Some(told) = session.told.recv().await {
        if let Told::Kicked(why) = told {
            bail!("the server logged this device out: {why:?}");
        }
        if args.at.json {
            for row in json_of(&told) {
                output::line(&row.to_string());
            }
        } else {
            for line in lines_of(&told) {
                output::line(&line);
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// What happened, for people. Nothing for what only says "look again".
fn lines_of(told: &Told) -> Vec<String> {
    match told {
        Told::Messages(messages) => {
            let line = |message: &Message| {
                let place = show::name(&message.conversation);
                format!("[{place}] {}", show::message(message))
            };
            messages.iter().map(line).collect()
        }
        Told::Removed(removed) => vec![format!("-- {}", show::removed(removed))],
        Told::Conversation(target, change, device) => {
            let (place, device) = (show::name(target), show::one_line(device));
            let change = format!("{change:?}").to_lowercase();
            vec![format!("-- {place} was {change} on {device}")]
        }
        Told::Receipts(receipts) => receipts.iter().map(receipt).collect(),
        Told::Recalled(recall) => vec![format!(
            "-- {} took message {} back ({})",
            recall.by,
            recall.id,
            show::name(&recall.conversation)
        )],
        Told::Edited(edit) => vec![format!(
            "-- {} changed {}",
            edit.by,
            show::message(&edit.message)
        )],
        Told::Connection(state) => vec![format!("-- {state:?}").to_lowercase()],
        Told::SyncFinished => vec!["-- everything is here".to_owned()],
        Told::SyncStarted | Told::Changed | Told::Kicked(_) => Vec::new(),
    }
}

fn receipt(receipt: &Receipt) -> String {
    let what = match receipt.message {
        Some(id) => format!("message {id}"),
        None => "everything".to_owned(),
    };
    let kind = match receipt.kind {
        ReceiptKind::Delivered => "got",
        ReceiptKind::Read | ReceiptKind::ConversationRead => "read",
    };
    let place = show::name(&receipt.conversation);
    format!("-- {} has {kind} {what} ({place})", receipt.from)
}

fn json_of(told: &Told) -> Vec<Value> {
    let event = |name: &str, mut fields: Value| {
        if let Some(object) = fields.as_object_mut() {
            object.insert("event".to_owned(), name.into());
        }
        fields
    };
    match told {
        Told::Messages(messages) => {
            let row = |message| event("message", show::message_json(message));
            messages.iter().map(row).collect()
        }
        Told::Removed(removed) => vec![event("deleted", show::removed_json(removed))],
        Told::Conversation(target, change, device) => {
            let (kind, name) = show::conversation_json(target);
            let change = format!("{change:?}").to_lowercase();
            let fields =
                json!({"type": kind, "conversation": name, "change": change, "device": device});
            vec![event("conversation", fields)]
        }
        Told::Receipts(receipts) => {
            let row = |receipt: &Receipt| event("receipt", receipt_json(receipt));
            receipts.iter().map(row).collect()
        }
        Told::Recalled(recall) => {
            let (kind, name) = show::conversation_json(&recall.conversation);
            let fields = json!({"type": kind, "conversation": name, "id": recall.id.to_string(), "by": recall.by.as_str()});
            vec![event("recalled", fields)]
        }
        Told::Edited(edit) => vec![event("edited", show::message_json(&edit.message))],
        Told::Connection(state) => {
            let state = format!("{state:?}").to_lowercase();
            vec![event("connection", json!({"state": state}))]
        }
        Told::SyncFinished => vec![event("synced", json!({}))],
        Told::SyncStarted | Told::Changed | Told::Kicked(_) => Vec::new(),
    }
}

fn receipt_json(receipt: &Receipt) -> Value {
    let (kind, name) = show::conversation_json(&receipt.conversation);
    json!({
        "type": kind, "conversation": name, "receipt": format!("{:?}", receipt.kind).to_lowercase(),
        "from": receipt.from.as_str(), "id": receipt.message.map(|id| id.to_string()),
        "time": time::rfc3339(receipt.time),
    })
}
