//! `lacuna login` and `lacuna logout`.

use super::at::{At, Session, Who};
use super::saved::{self, Saved};
use crate::output::{self, Usage};
use anyhow::{Context, bail};
use lacuna_sdk::{Client, delete_store, store_path};
use serde_json::json;
use std::process::ExitCode;

/// What `lacuna login` takes.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct LoginArgs {
    /// Register the user first, if the application lets anybody do that.
    #[arg(long)]
    register: bool,
    #[command(flatten)]
    at: At,
}

/// What `lacuna logout` takes.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct LogoutArgs {
    /// Remove the local store too: messages, list and settings of this device. The server keeps what it has.
    #[arg(long)]
    delete_store: bool,
    /// Yes, remove it.
    #[arg(long)]
    yes: bool,
    /// Only say what would be done.
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    at: At,
}

/// Logs in, catches up, and remembers the login in the store's folder.
pub(crate) async fn login(args: LoginArgs) -> anyhow::Result<ExitCode> {
    let who = args.at.who()?;
    if args.register {
        register(&who).await?;
    }
    let mut session = who.open(false).await?;
    let done = remember(&who, &mut session, args.at.json).await;
    session.close().await;
    done
}

async fn register(who: &Who) -> anyhow::Result<()> {
    let Some(super::at::Proof::Password(password)) = &who.proof else {
        bail!(Usage::new("--register needs a --password-file"));
    };
    let client = Client::new(who.options())?;
    let registered = client.register(&who.user, password).await;
    tokio::task::spawn_blocking(move || client.close()).await?;
    registered.with_context(|| format!("register {}", who.user))
}

async fn remember(who: &Who, session: &mut Session, json: bool) -> anyhow::Result<ExitCode> {
    session.synced().await?;
    let saved = Saved {
        server: who.server.clone(),
        app: who.app.clone(),
        user: who.user.clone(),
        token: session.client.token()?,
        device: who.device.clone(),
    };
    saved::save(&who.store, &saved)?;
    let device = session.client.resource()?;
    if json {
        let row = json!({"user": who.user, "server": who.server, "app": who.app, "device": device, "store": who.store});
        output::line(&row.to_string());
    } else {
        output::note(&format!(
            "logged in as {} on {}; this device is {device}, its store is in {}",
            who.user,
            who.server,
            who.store.display()
        ));
    }
    Ok(ExitCode::SUCCESS)
}

/// Forgets the login of a folder, and, if asked to, what the device holds.
pub(crate) fn logout(args: &LogoutArgs) -> anyhow::Result<ExitCode> {
    let who = args.at.who()?;
    let options = who.options();
    let store = store_path(&options, &who.user)?;
    if args.dry_run {
        output::note(&format!("would forget the login of {}", who.user));
        if args.delete_store {
            output::note(&format!("would remove {}", store.display()));
        }
        return Ok(ExitCode::SUCCESS);
    }
    if args.delete_store && !args.yes {
        bail!(Usage::new(format!(
            "--delete-store removes {}: say --yes, or look with --dry-run",
            store.display()
        )));
    }
    if args.delete_store && delete_store(&options, &who.user)? {
        output::note(&format!("removed {}", store.display()));
    }
    saved::forget(&who.store)?;
    output::note(&format!("forgot the login of {}", who.user));
    Ok(ExitCode::SUCCESS)
}
