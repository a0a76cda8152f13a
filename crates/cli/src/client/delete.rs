//! `lacuna delete`.

use super::at::{At, Session, target};
use super::{show, time};
use crate::output::{self, Usage};
use anyhow::bail;
use lacuna_domain::limits::DELETE_IDS_MAX;
use lacuna_sdk::{Chat, Millis, Pos, Target, Window};
use serde_json::json;
use std::process::ExitCode;

/// What `lacuna delete` takes.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of the command line"
)]
#[derive(Clone, Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("what").required(true))]
pub(crate) struct DeleteArgs {
    /// The other user; with --group, the group's id.
    #[arg(required_unless_present = "everything", conflicts_with = "everything")]
    to: Option<String>,
    /// It is a group.
    #[arg(long)]
    group: bool,
    /// These messages.
    #[arg(long = "id", value_name = "ID", num_args = 1.., group = "what")]
    ids: Vec<u64>,
    /// Everything up to this time, included: milliseconds since 1970, an RFC 3339 time, or a date (its first moment, UTC).
    #[arg(long, value_name = "TIME", group = "what", value_parser = time::parse)]
    through: Option<Millis>,
    /// Every message.
    #[arg(long, group = "what")]
    all: bool,
    /// Every message, and the conversation leaves the list.
    #[arg(long, group = "what")]
    conversation: bool,
    /// With --conversation: only the list forgets it, the messages stay.
    #[arg(long, requires = "conversation", conflicts_with_all = ["ids", "through", "all", "everything"])]
    keep_messages: bool,
    /// Every message of every conversation, and the whole list.
    #[arg(long, group = "what")]
    everything: bool,
    /// On this device alone; history that is fetched from the server brings it back.
    #[arg(long)]
    pub(super) local: bool,
    /// Yes, delete.
    #[arg(long)]
    yes: bool,
    /// Only say what would be deleted.
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    pub(super) at: At,
}

/// What is to be deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Doomed {
    Ids(Target, Vec<Pos>),
    Through(Target, Millis),
    All(Target),
    Conversation(Target, bool),
    Everything,
}

impl DeleteArgs {
    /// Refuses a command line that would destroy without having been told to.
    pub(super) fn check(&self) -> anyhow::Result<()> {
        self.doomed()?;
        if !self.yes && !self.dry_run {
            bail!(Usage::new(
                "nothing was deleted: say --yes, or look with --dry-run"
            ));
        }
        Ok(())
    }

    fn doomed(&self) -> anyhow::Result<Doomed> {
        let Some(to) = &self.to else {
            return Ok(Doomed::Everything);
        };
        let to = target(to, self.group)?;
        Ok(if let Some(time) = self.through {
            Doomed::Through(to, time)
        } else if self.all {
            Doomed::All(to)
        } else if self.conversation {
            Doomed::Conversation(to, !self.keep_messages)
        } else {
            Doomed::Ids(to, self.ids.iter().map(|id| Pos(*id)).collect())
        })
    }
}

/// Deletes, or says what would be deleted.
pub(super) async fn run(args: &DeleteArgs, session: &mut Session) -> anyhow::Result<ExitCode> {
    let doomed = args.doomed()?;
    if args.local {
        session.synced_if_connected().await?;
    } else {
        session.synced().await?;
    }
    let chat = session.client.chat();
    let before = chat.count(None)?;
    if args.dry_run {
        let count = count(&chat, &doomed)?;
        tell(args, &doomed, "would delete", count);
        return Ok(ExitCode::SUCCESS);
    }
    if args.local {
        here(&chat, &doomed).await?;
    } else {
        everywhere(&chat, &doomed).await?;
    }
    let gone = before.saturating_sub(chat.count(None)?);
    tell(args, &doomed, "deleted", gone);
    Ok(ExitCode::SUCCESS)
}

fn tell(args: &DeleteArgs, doomed: &Doomed, did: &str, count: u64) {
    if args.at.json {
        let row =
            json!({"dry_run": args.dry_run, "local": args.local, "messages_on_this_device": count});
        output::line(&row.to_string());
        return;
    }
    let place = if args.local {
        "on this device alone"
    } else {
        "on the server and on every device of yours"
    };
    let what = match doomed {
        Doomed::Ids(to, ids) => {
            let count = show::count(u64::try_from(ids.len()).unwrap_or(u64::MAX));
            format!("{count} of {}", show::name(to))
        }
        Doomed::Through(to, time) => {
            let time = time::local(*time);
            format!("everything of {} up to {time}", show::name(to))
        }
        Doomed::All(to) => format!("every message of {}", show::name(to)),
        Doomed::Conversation(to, true) => format!("the conversation with {}", show::name(to)),
        Doomed::Conversation(to, false) => format!("{} from the list", show::name(to)),
        Doomed::Everything => "everything".to_owned(),
    };
    output::note(&format!("{did} {what}, {place}; messages here: {count}"));
}

/// How many messages of this device it is.
fn count(chat: &Chat, doomed: &Doomed) -> anyhow::Result<u64> {
    Ok(match doomed {
        Doomed::Ids(to, ids) => {
            let mut count = 0;
            for id in ids {
                let message = chat.message(*id)?;
                count += u64::from(message.is_some_and(|message| message.conversation == *to));
            }
            count
        }
        Doomed::Through(to, time) => chat.count_between(
            to,
            Window {
                from: Millis(0),
                to: *time,
            },
        )?,
        Doomed::All(to) | Doomed::Conversation(to, true) => chat.count(Some(to))?,
        Doomed::Conversation(_, false) => 0,
        Doomed::Everything => chat.count(None)?,
    })
}

async fn everywhere(chat: &Chat, doomed: &Doomed) -> anyhow::Result<()> {
    match doomed {
        Doomed::Ids(to, ids) => {
            let bar = output::progress("messages deleted");
            for ids in ids.chunks(DELETE_IDS_MAX) {
                chat.delete_from_server(to, ids).await?;
                bar.inc(u64::try_from(ids.len())?);
            }
            bar.finish_and_clear();
        }
        Doomed::Through(to, time) => chat.delete_from_server_through(to, *time).await?,
        // The last moment that an id can have: everything so far.
        Doomed::All(to) => {
            chat.delete_from_server_through(to, Pos::MAX.time()).await?;
        }
        Doomed::Conversation(to, with_messages) => {
            chat.delete_server_conversation(to, *with_messages).await?;
        }
        Doomed::Everything => chat.delete_everything(true).await?,
    }
    Ok(())
}

async fn here(chat: &Chat, doomed: &Doomed) -> anyhow::Result<()> {
    match doomed {
        Doomed::Ids(to, ids) => {
            for id in ids {
                if chat
                    .message(*id)?
                    .is_some_and(|message| message.conversation == *to)
                {
                    chat.delete_message(*id)?;
                }
            }
        }
        Doomed::Through(to, time) => {
            chat.delete_messages_between(to, Millis(0), *time)?;
        }
        Doomed::All(to) => {
            chat.delete_all_messages(to)?;
        }
        Doomed::Conversation(to, with_messages) => {
            chat.delete_conversations(std::slice::from_ref(to), *with_messages)?;
        }
        Doomed::Everything => chat.delete_everything(false).await?,
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        delete: DeleteArgs,
    }

    fn parse(line: &str) -> Result<DeleteArgs, clap::Error> {
        let words = std::iter::once("delete").chain(line.split_whitespace());
        Line::try_parse_from(words).map(|line| line.delete)
    }

    #[test]
    fn a_line_says_what_to_delete() {
        let bob = || target("bob", false).unwrap();
        let check = |line: &str, want: Doomed| {
            assert_eq!(parse(line).unwrap().doomed().unwrap(), want, "{line}");
        };
        check("bob --id 5 6", Doomed::Ids(bob(), vec![Pos(5), Pos(6)]));
        check(
            "bob --id 5 --id 6",
            Doomed::Ids(bob(), vec![Pos(5), Pos(6)]),
        );
        check("bob --through 7", Doomed::Through(bob(), Millis(7)));
        check("bob --all", Doomed::All(bob()));
        check("bob --conversation", Doomed::Conversation(bob(), true));
        check(
            "bob --conversation --keep-messages",
            Doomed::Conversation(bob(), false),
        );
        check("--everything --local", Doomed::Everything);
    }

    #[test]
    fn a_line_that_says_too_little_or_too_much_is_refused() {
        for line in [
            "",
            "bob",
            "--all",
            "bob --everything",
            "bob --all --conversation",
            "bob --all --keep-messages",
            "bob --through soon",
            "bob --id x",
        ] {
            assert!(parse(line).is_err(), "{line}");
        }
    }

    #[test]
    fn destroying_needs_a_word_more() {
        let check = |line: &str| parse(line).unwrap().check();
        assert!(check("bob --all").unwrap_err().is::<Usage>());
        assert!(check("bob --all --yes").is_ok());
        assert!(check("bob --all --dry-run").is_ok());
    }
}
