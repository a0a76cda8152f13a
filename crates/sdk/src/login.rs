//! A login: who it is, its store, and what it does beside its connection.

use crate::error::{Error, Result};
use crate::net::rest::{Caller, Rest};
use crate::observer::Dispatcher;
use crate::options::Options;
use crate::store::{Facts, Outgoing, Own, Store};
use crate::types::{ConnectionState, Happening};
use crate::wire::frames::{self, Admission};
use bytes::Bytes;
use lacuna_domain::{ErrorCode, Millis, Name, Pos};
use lacuna_proto::pb::Provision;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;

/// How long after a login a file that was not closed is looked at.
const LOOK_DELAY: Duration = Duration::from_secs(10);
/// Messages that may wait for the connection.
const COMMANDS_MAX: usize = 1024;

/// What the rest of the SDK asks of the connection.
#[derive(Debug)]
pub(crate) enum Command {
    /// Send a message and say what became of it.
    Send(Box<Outgoing>, oneshot::Sender<Result<Pos>>),
    /// Send a receipt. Nobody waits.
    Receipt(Bytes),
}

/// Everything that belongs to one login.
#[derive(Debug)]
pub(crate) struct Login {
    pub(crate) options: Arc<Options>,
    pub(crate) rest: Rest,
    pub(crate) store: Arc<Store>,
    pub(crate) observers: Arc<Dispatcher>,
    pub(crate) resource: String,
    pub(crate) commands: mpsc::Sender<Command>,
    pub(crate) state: watch::Sender<ConnectionState>,
    /// There is something to tidy up in the store.
    pub(crate) untidy: Notify,
    pub(crate) stop: CancellationToken,
    token: Mutex<String>,
    /// Whose login it is, once the server has said it.
    account: OnceLock<String>,
    pub(crate) expires: watch::Sender<Option<Millis>>,
}

impl Login {
    /// A login that is not connected yet, and the commands it will be given.
    pub(crate) fn new(
        options: Arc<Options>,
        rest: Rest,
        store: Arc<Store>,
        observers: Arc<Dispatcher>,
        (resource, token): (String, String),
    ) -> (Arc<Self>, mpsc::Receiver<Command>) {
        let (commands, receiver) = mpsc::channel(COMMANDS_MAX);
        let login = Self {
            options,
            rest,
            store,
            observers,
            resource,
            commands,
            state: watch::Sender::new(ConnectionState::Disconnected),
            untidy: Notify::new(),
            stop: CancellationToken::new(),
            token: Mutex::new(token),
            account: OnceLock::new(),
            expires: watch::Sender::new(None),
        };
        (Arc::new(login), receiver)
    }

    /// The user.
    pub(crate) fn me(&self) -> &Name {
        self.store.me()
    }

    /// The token of the login.
    pub(crate) fn token(&self) -> String {
        self.token
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Replaces the token; it ends when the server says.
    pub(crate) fn renew(&self, token: String, expires: Option<Millis>) {
        *self.token.lock().unwrap_or_else(PoisonError::into_inner) = token;
        self.expires.send_replace(expires);
    }

    /// Who calls the API.
    pub(crate) fn caller(&self) -> Caller {
        Caller {
            name: self.me().clone(),
            token: self.token(),
            resource: self.resource.clone(),
        }
    }

    /// Makes what was deleted leave the disk, and has the rest tidied up.
    pub(crate) async fn erase(&self) -> Result<()> {
        let store = Arc::clone(&self.store);
        let erased = tokio::task::spawn_blocking(move || store.erase()).await;
        self.untidy.notify_one();
        erased.unwrap_or_else(|_| Err(Error::new(ErrorCode::General, "erasing was interrupted")))
    }

    /// Reads the answer to the login, and makes the store that of the account which the server let in. If it held another
    /// one's messages, they are erased: a name can be registered again by somebody else.
    pub(crate) async fn admitted(&self, reply: &Provision) -> Result<Admission> {
        let admission = frames::admission(reply)?;
        let (Some(account), Some(version)) = (&admission.account, admission.version) else {
            return Ok(admission);
        };
        // Another one than this login was for: whoever has it logs in themselves.
        if self.account.get_or_init(|| account.clone()) != account {
            let text = "the account is gone, and its name has another one";
            return Err(Error::new(ErrorCode::UserRemoved, text));
        }
        if self.store.belong(account.clone(), version).await? {
            tracing::info!("the local store held another account of this name: it begins anew");
            self.erase().await?;
            self.observers.tell(Happening::ListChanged).await;
        }
        Ok(admission)
    }

    /// Applies facts to the store, erases, and tells what other devices deleted.
    pub(crate) async fn apply(&self, facts: Facts, own: Option<Own>) -> Result<u64> {
        let (mine, told_list) = (own.is_some(), own.is_some() || !facts.list.is_empty());
        let applied = self.store.apply(facts, self.resource.clone(), own).await?;
        // Also without a message: a conversation that leaves the list takes the app's own data with it.
        if applied.count > 0 || mine {
            self.erase().await?;
        }
        for removed in applied.elsewhere {
            self.observers.tell(Happening::Removed(removed)).await;
        }
        if told_list {
            self.observers.tell(Happening::ListChanged).await;
        }
        Ok(applied.count)
    }
}

/// Does what deletions leave to be done in the store, whenever there is something, until the login ends. If the process before
/// did not close the file, it is also looked whether it is sound: all of it is read for that, so not while the app starts.
pub(crate) async fn tidy(login: Arc<Login>) {
    // What the last process left.
    login.untidy.notify_one();
    let mut look = std::pin::pin!(tokio::time::sleep(LOOK_DELAY));
    let mut looked = login.store.was_closed();
    loop {
        tokio::select! {
            () = login.stop.cancelled() => return,
            () = login.untidy.notified() => tidy_up(&login).await,
            () = &mut look, if !looked => {
                looked = true;
                look_at_file(&login).await;
            }
        }
    }
}

async fn look_at_file(login: &Login) {
    let store = Arc::clone(&login.store);
    match tokio::task::spawn_blocking(move || store.check()).await {
        Ok(Ok(true)) | Err(_) => {}
        Ok(Ok(false)) => {
            tracing::error!("the local store is damaged; it is mended at the next login");
        }
        Ok(Err(error)) => tracing::warn!(%error, "the local store could not be checked"),
    }
}

async fn tidy_up(login: &Login) {
    while !login.stop.is_cancelled() {
        let store = Arc::clone(&login.store);
        match tokio::task::spawn_blocking(move || store.tidy_step()).await {
            Ok(Ok(true)) => {}
            Ok(Ok(false)) | Err(_) => return,
            Ok(Err(error)) => {
                tracing::warn!(%error, "the local store could not be tidied up");
                return;
            }
        }
    }
}
