//! Which server, which user, which device: what every client command has in common.

use super::saved::{self, Saved};
use super::told::{self, Told};
use crate::output::{self, Usage};
use anyhow::{Context, bail};
use lacuna_sdk::{Client, GroupId, Name, Options, Target};
use std::env;
use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout_at};

const SERVER: &str = "http://127.0.0.1:8080";
const APP: &str = "lacuna#demo";
/// How long it is waited for what came while the device was away.
const SYNC_WAIT: Duration = Duration::from_mins(5);
/// How long, and with which pause, a command that needs no server looks whether there is one.
const CONNECT_WAIT: Duration = Duration::from_secs(2);
const CONNECT_PAUSE: Duration = Duration::from_millis(10);
/// Bytes of a password file at most.
const PASSWORD_BYTES_MAX: usize = 4096;

/// Which server, user and device. What is not given comes from `lacuna login`.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct At {
    /// The server [default: the one logged in to, or port 8080 of this machine].
    #[arg(long, value_name = "URL")]
    pub(crate) server: Option<String>,
    /// The application [default: the one logged in to, or lacuna#demo].
    #[arg(long, value_name = "ORG#NAME")]
    pub(crate) app: Option<String>,
    /// The user [default: who is logged in].
    #[arg(long, value_name = "NAME")]
    pub(crate) user: Option<String>,
    /// The user's password. Not needed after `lacuna login`. Others on this machine may see it: a file or the variable is
    /// better.
    #[arg(long, env = "LACUNA_PASSWORD", hide_env_values = true)]
    pub(crate) password: Option<String>,
    /// A file with the password in its first line.
    #[arg(long, value_name = "FILE", conflicts_with = "password")]
    pub(crate) password_file: Option<PathBuf>,
    /// The folder of the local store: one folder is one device [default: ~/.local/share/lacuna].
    #[arg(long, value_name = "DIR")]
    pub(crate) store: Option<PathBuf>,
    /// What this device is called; chosen once, when its store is new.
    #[arg(long, value_name = "NAME")]
    pub(crate) device: Option<String>,
    /// Print JSON, one object a line.
    #[arg(long)]
    pub(crate) json: bool,
}

/// A conversation on the command line.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct To {
    /// The other user; with --group, the group's id.
    pub(crate) to: String,
    /// It is a group.
    #[arg(long)]
    pub(crate) group: bool,
}

impl To {
    /// The conversation.
    pub(crate) fn target(&self) -> anyhow::Result<Target> {
        target(&self.to, self.group)
    }
}

/// A conversation by its name.
pub(crate) fn target(name: &str, group: bool) -> anyhow::Result<Target> {
    if group {
        return Ok(Target::Group(GroupId::new(name)));
    }
    let checked = Name::new(name);
    Ok(Target::Peer(checked.map_err(|error| {
        Usage::new(format!("{name:?} is no user: {error}"))
    })?))
}

/// How a user shows who they are.
#[derive(Clone, Debug)]
pub(crate) enum Proof {
    /// By the password.
    Password(String),
    /// By a token that `lacuna login` saved.
    Token(String),
}

/// What the command line and the saved login come to.
#[derive(Clone, Debug)]
pub(crate) struct Who {
    pub(crate) server: String,
    pub(crate) app: String,
    pub(crate) user: String,
    pub(crate) store: PathBuf,
    pub(crate) device: Option<String>,
    /// None if no password is given and nobody is logged in.
    pub(crate) proof: Option<Proof>,
}

impl At {
    /// Puts the command line, the saved login and the defaults together, in this order.
    pub(crate) fn who(&self) -> anyhow::Result<Who> {
        let store = match &self.store {
            Some(store) => store.clone(),
            None => data_folder()?,
        };
        let saved = saved::load(&store)?;
        self.with(store, saved.as_ref(), self.given_password()?)
    }

    fn with(
        &self,
        store: PathBuf,
        saved: Option<&Saved>,
        password: Option<String>,
    ) -> anyhow::Result<Who> {
        let pick =
            |given: &Option<String>, saved: Option<&String>| given.clone().or(saved.cloned());
        let server = pick(&self.server, saved.map(|saved| &saved.server));
        let server = server.unwrap_or_else(|| SERVER.to_owned());
        let app = pick(&self.app, saved.map(|saved| &saved.app)).unwrap_or_else(|| APP.to_owned());
        let Some(user) = pick(&self.user, saved.map(|saved| &saved.user)) else {
            let text = "nobody is logged in: name a --user, or use `lacuna login`";
            bail!(Usage::new(text.to_owned()));
        };
        // A token is good for whom it was made, and is shown to nobody else's server.
        let mine = saved.filter(|saved| {
            saved.server == server && saved.app == app && saved.user.eq_ignore_ascii_case(&user)
        });
        let token = mine.map(|saved| Proof::Token(saved.token.clone()));
        let device = self.device.clone();
        Ok(Who {
            device: device.or_else(|| mine.and_then(|saved| saved.device.clone())),
            proof: password.map(Proof::Password).or(token),
            server,
            app,
            user,
            store,
        })
    }

    fn given_password(&self) -> anyhow::Result<Option<String>> {
        let Some(file) = &self.password_file else {
            return Ok(self.password.clone());
        };
        let text = std::fs::read_to_string(file)
            .with_context(|| format!("read the password in {}", file.display()))?;
        let line = text.lines().next().unwrap_or_default();
        if line.is_empty() || line.len() > PASSWORD_BYTES_MAX {
            bail!("there is no password in {}", file.display());
        }
        Ok(Some(line.to_owned()))
    }
}

impl Who {
    /// How the SDK is set up for it.
    pub(crate) fn options(&self) -> Options {
        let host = env::var_os("HOSTNAME").and_then(|host| host.into_string().ok());
        Options {
            device_name: self
                .device
                .clone()
                .or(host)
                .unwrap_or_else(|| "lacuna command".to_owned()),
            resource: self.device.clone(),
            ..Options::new(&self.app, &self.server, &self.store)
        }
    }

    /// Logs in; a command that reads or changes this device alone (`here`) does not wait for the server.
    pub(crate) async fn open(&self, here: bool) -> anyhow::Result<Session> {
        let Some(proof) = &self.proof else {
            bail!(Usage::new(format!(
                "{} is not logged in on {}: give a --password-file, or use `lacuna login`",
                self.user, self.server
            )));
        };
        private_folder(&self.store)?;
        let client = Client::new(self.options())?;
        let (observer, told) = told::queue();
        client.add_observer(observer);
        let session = Session { client, told };
        let entered = match proof {
            Proof::Password(password) => session.client.login(&self.user, password).await,
            Proof::Token(token) if here => session.client.resume(&self.user, token).await,
            Proof::Token(token) => session.client.login_with_token(&self.user, token).await,
        };
        match entered {
            Ok(()) => Ok(session),
            Err(error) => {
                session.close().await;
                Err(error).with_context(|| format!("log in as {} on {}", self.user, self.server))
            }
        }
    }
}

/// A client that is logged in, and what it is told.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) client: Client,
    pub(crate) told: mpsc::Receiver<Told>,
}

impl Session {
    /// Waits until everything that came while the device was away is here.
    pub(crate) async fn synced(&mut self) -> anyhow::Result<()> {
        let deadline = Instant::now() + SYNC_WAIT;
        loop {
            let told = timeout_at(deadline, self.told.recv());
            match told.await.context("catching up takes too long")? {
                Some(Told::SyncFinished) => return Ok(()),
                Some(Told::Kicked(why)) => bail!("the server logged this device out: {why:?}"),
                Some(_) => {}
                None => bail!("the client has ended"),
            }
        }
    }

    /// The same for a command that reads or changes this device alone: without a connection it takes what the device has.
    pub(crate) async fn synced_if_connected(&mut self) -> anyhow::Result<()> {
        let deadline = Instant::now() + CONNECT_WAIT;
        while !self.client.is_connected() {
            if Instant::now() >= deadline {
                output::note("not connected: this is what the device has");
                return Ok(());
            }
            tokio::time::sleep(CONNECT_PAUSE).await;
        }
        self.synced().await
    }

    /// Ends the client and its threads.
    pub(crate) async fn close(self) {
        let Self { client, told } = self;
        // Nobody reads any more: an observer must not wait for that.
        drop(told);
        drop(tokio::task::spawn_blocking(move || client.close()).await);
    }
}

/// Makes the folder of a store, if there is none: for its owner alone.
fn private_folder(store: &Path) -> anyhow::Result<()> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(store);
    made.with_context(|| format!("make {}", store.display()))
}

/// Where programs keep a user's data (the XDG base directories).
fn data_folder() -> anyhow::Result<PathBuf> {
    let absolute = |path: PathBuf| path.is_absolute().then_some(path);
    if let Some(data) = env::var_os("XDG_DATA_HOME").and_then(|path| absolute(path.into())) {
        return Ok(data.join("lacuna"));
    }
    let home = env::home_dir().and_then(absolute);
    let home = home.context("there is no home folder: name a --store")?;
    Ok(home.join(Path::new(".local/share/lacuna")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn saved() -> Saved {
        Saved {
            server: "http://one".to_owned(),
            app: "a#b".to_owned(),
            user: "alice".to_owned(),
            token: "t".to_owned(),
            device: Some("phone".to_owned()),
        }
    }

    fn who(at: &At, saved: Option<&Saved>, password: Option<&str>) -> anyhow::Result<Who> {
        at.with(PathBuf::from("x"), saved, password.map(str::to_owned))
    }

    #[test]
    fn what_is_not_given_is_what_was_saved() {
        let found = who(&At::default(), Some(&saved()), None).unwrap();
        assert_eq!(
            (found.server.as_str(), found.app.as_str()),
            ("http://one", "a#b")
        );
        assert_eq!(found.device.as_deref(), Some("phone"));
        assert!(matches!(found.proof, Some(Proof::Token(token)) if token == "t"));
        let error = who(&At::default(), None, None).unwrap_err();
        assert!(error.is::<Usage>());
    }

    #[test]
    fn a_token_goes_to_nobody_else() {
        let check = |at: At| {
            let found = who(&at, Some(&saved()), None).unwrap();
            assert!(found.proof.is_none(), "{at:?}");
        };
        let other = |text: &str| Some(text.to_owned());
        check(At {
            server: other("http://two"),
            ..At::default()
        });
        check(At {
            app: other("c#d"),
            ..At::default()
        });
        check(At {
            user: other("bob"),
            ..At::default()
        });
        let found = who(&At::default(), Some(&saved()), Some("p")).unwrap();
        assert!(matches!(found.proof, Some(Proof::Password(_))));
    }

    #[test]
    fn a_conversation_is_a_user_or_a_group() {
        assert_eq!(target("Bob", false).unwrap().id(), "bob");
        assert!(matches!(target("7", true).unwrap(), Target::Group(_)));
        assert!(target("no user", false).unwrap_err().is::<Usage>());
    }
}
