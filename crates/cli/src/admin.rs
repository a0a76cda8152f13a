//! `lacuna app`, `lacuna migrate` and `lacuna check-config`.

use crate::serve::{config, store};
use crate::{ConfigArgs, output};
use anyhow::{Context, bail};
use base64::Engine;
use clap::{Args, Subcommand};
use lacuna_server::config::{AppConfig, Secret, split_app_key};
use lacuna_server::new_app;
use std::process::ExitCode;

/// What `lacuna app` takes.
#[derive(Debug, Args)]
pub(crate) struct AppArgs {
    #[command(subcommand)]
    act: AppAct,
}

#[derive(Debug, Subcommand)]
enum AppAct {
    /// Create an application and print its credentials.
    Create {
        /// The app key, `org#name`.
        key: String,
        /// The integrator's id; made up if not given.
        #[arg(long)]
        client_id: Option<String>,
        /// A file that holds the integrator's secret; made up and printed once if not given.
        #[arg(long, value_name = "FILE")]
        client_secret_file: Option<std::path::PathBuf>,
        /// Let anybody register.
        #[arg(long)]
        open_registration: bool,
        /// Keep messages for so many days; 0 for ever.
        #[arg(long, default_value_t = 0)]
        retention_days: u32,
        /// Do not offer one-way deletion on the server.
        #[arg(long)]
        no_roaming_delete: bool,
        #[command(flatten)]
        config: ConfigArgs,
    },
    /// List the applications.
    List {
        /// Print JSON.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        config: ConfigArgs,
    },
}

/// Creates or lists applications.
pub(crate) async fn app(args: AppArgs) -> anyhow::Result<ExitCode> {
    match args.act {
        AppAct::Create {
            key,
            client_id,
            client_secret_file,
            open_registration,
            retention_days,
            no_roaming_delete,
            config: at,
        } => {
            if split_app_key(&key).is_none() {
                bail!("app key {key:?} is not of the form org#name");
            }
            let (client_id, made_up) = (
                client_id.map_or_else(|| random_text(12), Ok)?,
                random_text(24)?,
            );
            let secret = match &client_secret_file {
                Some(file) => format!("file:{}", file.display()),
                None => made_up.clone(),
            };
            let app = AppConfig {
                client_id: client_id.clone(),
                client_secret: Secret::from(secret),
                open_registration,
                roaming_delete: !no_roaming_delete,
                retention_days,
                ..AppConfig::default()
            };
            let store = store(&config(&at)?)?;
            let created = store.create_app(new_app(&key, &app)?).await;
            store.close().await?;
            created.with_context(|| format!("cannot create app {key}"))?;
            output::line(&format!("app           {key}"));
            output::line(&format!("client id     {client_id}"));
            if client_secret_file.is_none() {
                output::line(&format!("client secret {made_up}"));
                output::note("the secret is not stored and not shown again");
            }
        }
        AppAct::List { json, config: at } => {
            let store = store(&config(&at)?)?;
            let apps = store.apps().await;
            store.close().await?;
            for app in apps?.into_iter().map(|app| app.settings) {
                let key = app.key();
                let (open, days) = (app.open_registration, app.retention_days);
                if json {
                    let row = serde_json::json!({
                        "app": key, "client_id": app.client_id, "open_registration": open,
                        "roaming_delete": app.roaming_delete, "retention_days": days,
                    });
                    output::line(&row.to_string());
                } else {
                    output::line(&format!(
                        "{key}  client id {}  open registration {open}  retention days {days}",
                        app.client_id
                    ));
                }
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn random_text(bytes: usize) -> anyhow::Result<String> {
    let mut random = vec![0u8; bytes];
    getrandom::fill(&mut random).context("no randomness")?;
    Ok(base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(random))
}

/// Opens the store, which migrates it, and closes it.
pub(crate) async fn migrate(args: ConfigArgs) -> anyhow::Result<ExitCode> {
    let config = config(&args)?;
    store(&config)?.close().await?;
    output::note(&format!(
        "the store in {} is up to date",
        config.data_dir()?.display()
    ));
    Ok(ExitCode::SUCCESS)
}

/// Prints the effective configuration.
pub(crate) fn check_config(args: &ConfigArgs) -> anyhow::Result<ExitCode> {
    let config = config(args)?;
    config.check().context("the configuration is refused")?;
    output::line(toml::to_string(&config)?.trim_end());
    Ok(ExitCode::SUCCESS)
}

/// Prints the OpenAPI document.
pub(crate) fn openapi() -> ExitCode {
    output::line(lacuna_server::api::openapi().trim_end());
    ExitCode::SUCCESS
}
