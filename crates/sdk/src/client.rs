//! The client: who is logged in, and the way to everything else.

use crate::chat::Chat;
use crate::error::{Error, Result};
use crate::groups::Groups;
use crate::login::{self, Login};
use crate::net::rest::Rest;
use crate::observer::{Dispatcher, Observer, ObserverId};
use crate::options::Options;
use crate::runtime::Runtime;
use crate::session;
use crate::store::{Opening, Store};
use crate::types::{ConnectionState, Device, Happening};
use lacuna_domain::{ErrorCode, Name};
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::oneshot;
use tokio_util::task::TaskTracker;

/// The client of one app. Cloning shares it.
///
/// It has two threads of its own: one for the network, one that calls the observers; an open store has a few more.
/// [`Client::close`] ends them all. Its asynchronous methods can be awaited on any executor.
#[derive(Clone, Debug)]
pub struct Client {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    options: Arc<Options>,
    rest: Rest,
    observers: Arc<Dispatcher>,
    runtime: Runtime,
    /// Whoever logs in or out holds it for as long as that takes.
    turn: tokio::sync::Mutex<()>,
    login: Mutex<Option<Active>>,
}

/// A login and the tasks that belong to it.
#[derive(Debug)]
struct Active {
    login: Arc<Login>,
    tasks: TaskTracker,
}

impl Client {
    /// A client that nobody is logged in with yet. 100 for an application's key that makes no sense.
    pub fn new(options: Options) -> Result<Self> {
        let (org, app) = options.app()?;
        let rest = Rest::new(&options.rest_url, org, app, options.answer_wait)?;
        let no_thread = |error: std::io::Error| {
            Error::new(
                ErrorCode::General,
                format!("cannot start a thread: {error}"),
            )
        };
        Ok(Self {
            inner: Arc::new(Inner {
                options: Arc::new(options),
                rest,
                observers: Arc::new(Dispatcher::start().map_err(no_thread)?),
                runtime: Runtime::start().map_err(no_thread)?,
                turn: tokio::sync::Mutex::new(()),
                login: Mutex::new(None),
            }),
        })
    }

    /// Adds an observer: it is told what happens from now on.
    pub fn add_observer(&self, observer: Arc<dyn Observer>) -> ObserverId {
        self.inner.observers.add(observer)
    }

    /// Removes an observer.
    pub fn remove_observer(&self, id: ObserverId) {
        self.inner.observers.remove(id);
    }

    /// Registers a user, if the application allows that to everybody. 101, 102, 203, 208.
    pub async fn register(&self, name: &str, password: &str) -> Result<()> {
        let name = user_name(name)?;
        let (rest, password) = (self.inner.rest.clone(), password.to_owned());
        self.on_runtime(async move { rest.register(&name, &password).await })
            .await
    }

    /// Logs a user in with a password: opens the local store, connects, and catches up in the background. 101, 102, 200,
    /// 202, 204, 218, 300, 301.
    pub async fn login(&self, name: &str, password: &str) -> Result<()> {
        let name = user_name(name)?;
        self.must_be_free(&name)?;
        let (rest, password) = (self.inner.rest.clone(), password.to_owned());
        let user = name.clone();
        let token = self
            .on_runtime(async move { rest.token(&user, &password).await })
            .await?;
        self.enter(name, token.token, Enter::Connected).await
    }

    /// Logs a user in with a token. 101, 104, 200, 218, 300, 301.
    pub async fn login_with_token(&self, name: &str, token: &str) -> Result<()> {
        let name = user_name(name)?;
        self.enter(name, given(token)?, Enter::Connected).await
    }

    /// Takes up the login of a user who was logged in on this device before, without waiting for the server: the local store
    /// is open when this returns, and the connection is made as soon as it can be. For an app that starts, perhaps without a
    /// network. If the server refuses the token, observers are told ([`Observer::kicked`]). 101, 104, 200, 218.
    pub async fn resume(&self, name: &str, token: &str) -> Result<()> {
        let name = user_name(name)?;
        self.enter(name, given(token)?, Enter::Offline).await
    }

    /// Replaces the token of the login before it expires. 104, 201.
    pub async fn renew_token(&self, token: &str) -> Result<()> {
        let login = self.logged_in()?;
        let token = token.to_owned();
        self.on_runtime(async move {
            let expires = login.rest.token_expires(login.me(), &token).await?;
            login.renew(token, expires);
            Ok(())
        })
        .await
    }

    /// Logs out: ends the connection and closes the local store, which stays on the disk. Nothing is left to be done after
    /// it. Without a login it does nothing.
    pub async fn logout(&self) -> Result<()> {
        let client = self.clone();
        self.on_runtime(async move {
            let _turn = client.inner.turn.lock().await;
            client.leave().await;
            Ok(())
        })
        .await
    }

    /// Logs out and ends every thread. Later calls answer 201. Blocks until all is ended.
    pub fn close(&self) {
        let client = self.clone();
        self.inner.runtime.finish(async move {
            let _turn = client.inner.turn.lock().await;
            client.leave().await;
        });
        self.inner.observers.close();
    }

    /// The user who is logged in.
    #[must_use]
    pub fn current_user(&self) -> Option<Name> {
        self.logged_in().ok().map(|login| login.me().clone())
    }

    /// The token of the login: with it, [`Client::login_with_token`] logs in again without a password. 201.
    pub fn token(&self) -> Result<String> {
        Ok(self.logged_in()?.token())
    }

    /// What this device is called on the wire. 201.
    pub fn resource(&self) -> Result<String> {
        Ok(self.logged_in()?.resource.clone())
    }

    /// Whether there is a connection right now.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        self.logged_in()
            .is_ok_and(|login| *login.state.borrow() == ConnectionState::Connected)
    }

    /// Messages, conversations, deletions and history.
    #[must_use]
    pub fn chat(&self) -> Chat {
        Chat::new(self.clone())
    }

    /// Groups.
    #[must_use]
    pub fn groups(&self) -> Groups {
        Groups::new(self.clone())
    }

    /// A token of a user, for [`Client::login_with_token`]. Works without a login. 101, 202, 204.
    pub async fn fetch_token(&self, name: &str, password: &str) -> Result<String> {
        self.as_user(name, Credential::Password(password), |_, _, token| async {
            Ok(token)
        })
        .await
    }

    /// The connected devices of a user, this one included. Works without a login. 202, 204; 104 for a token.
    pub async fn devices(&self, name: &str, credential: Credential<'_>) -> Result<Vec<Device>> {
        self.as_user(name, credential, |rest, name, token| async move {
            rest.devices(&name, &token).await
        })
        .await
    }

    /// Logs a device of a user out; it is told 217. Works without a login. 202, 204; 104 for a token.
    pub async fn kick_device(
        &self,
        name: &str,
        credential: Credential<'_>,
        resource: &str,
    ) -> Result<()> {
        let resource = resource.to_owned();
        self.as_user(name, credential, |rest, name, token| async move {
            rest.kick_device(&name, &token, &resource).await
        })
        .await
    }

    /// Logs every device of a user out; they are told 217. Works without a login. 202, 204; 104 for a token.
    pub async fn kick_all_devices(&self, name: &str, credential: Credential<'_>) -> Result<()> {
        self.as_user(name, credential, |rest, name, token| async move {
            rest.kick_all_devices(&name, &token).await
        })
        .await
    }

    /// The devices of the user who is logged in that are connected beside this one. 201.
    pub async fn other_devices(&self) -> Result<Vec<Device>> {
        let login = self.logged_in()?;
        self.on_runtime(async move {
            let mut devices = login.rest.devices(login.me(), &login.token()).await?;
            devices.retain(|device| device.resource != login.resource);
            Ok(devices)
        })
        .await
    }

    /// Runs something on the thread where the SDK's own asynchronous work runs: for bindings, which have no executor. It must
    /// not block. When the client is closed, what has not ended is dropped.
    pub fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        self.inner.runtime.spawn(work);
    }

    // --- for the managers -------------------------------------------------------------------------------------------

    /// The login. 201 if there is none: checked before everything else.
    pub(crate) fn logged_in(&self) -> Result<Arc<Login>> {
        let active = self.inner.login.lock();
        let active = active.unwrap_or_else(PoisonError::into_inner);
        active
            .as_ref()
            .filter(|active| !active.login.stop.is_cancelled())
            .map(|active| Arc::clone(&active.login))
            .ok_or_else(Error::not_logged_in)
    }

    /// Runs something on the SDK's own runtime, whatever executor waits for it.
    pub(crate) async fn on_runtime<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T>> + Send + 'static,
    ) -> Result<T> {
        let (sender, receiver) = oneshot::channel();
        self.inner.runtime.spawn(async move {
            drop(sender.send(work.await));
        });
        receiver
            .await
            .unwrap_or_else(|_| Err(Error::not_logged_in()))
    }

    /// Calls the API as somebody who need not be logged in.
    async fn as_user<T, F>(
        &self,
        name: &str,
        credential: Credential<'_>,
        call: impl FnOnce(Rest, Name, String) -> F + Send + 'static,
    ) -> Result<T>
    where
        T: Send + 'static,
        F: Future<Output = Result<T>> + Send,
    {
        let name = user_name(name)?;
        let rest = self.inner.rest.clone();
        let (password, token) = match credential {
            Credential::Password(password) => (password.to_owned(), None),
            Credential::Token(token) => (String::new(), Some(given(token)?)),
        };
        self.on_runtime(async move {
            let token = match token {
                Some(token) => token,
                None => rest.token(&name, &password).await?.token,
            };
            call(rest, name, token).await
        })
        .await
    }

    // --- logging in and out -----------------------------------------------------------------------------------------

    fn must_be_free(&self, name: &Name) -> Result<()> {
        match self.current_user() {
            None => Ok(()),
            Some(user) if user == *name => Err(Error::new(
                ErrorCode::AlreadyLoggedIn,
                "the user is logged in already",
            )),
            Some(_) => Err(Error::new(
                ErrorCode::OtherUserLoggedIn,
                "another user is logged in",
            )),
        }
    }

    async fn enter(&self, name: Name, token: String, enter: Enter) -> Result<()> {
        let client = self.clone();
        self.on_runtime(async move {
            let _turn = client.inner.turn.lock().await;
            client.must_be_free(&name)?;
            // A login that the server ended leaves its store behind.
            client.leave().await;
            let (told, first) = oneshot::channel();
            let told = (enter == Enter::Connected).then_some(told);
            let (login, tasks) = client.begin(name, token, told).await?;
            client.set_login(Some(Active { login, tasks }));
            if enter == Enter::Offline {
                return Ok(());
            }
            let entered = first.await.unwrap_or_else(|_| Err(Error::not_logged_in()));
            if entered.is_err() {
                client.leave().await;
            }
            entered
        })
        .await
    }

    async fn begin(
        &self,
        name: Name,
        token: String,
        first: Option<oneshot::Sender<Result<()>>>,
    ) -> Result<(Arc<Login>, TaskTracker)> {
        let options = Arc::clone(&self.inner.options);
        let opened = tokio::task::spawn_blocking(move || {
            Store::open(&Opening {
                folder: &options.folder,
                app_key: &options.app_key,
                user: &name,
                resource: options.resource.as_deref(),
                key: options.store_key.clone(),
                clock: Arc::clone(&options.clock),
            })
        });
        let store = opened
            .await
            .map_err(|_| Error::new(ErrorCode::General, "opening the store was interrupted"))??;
        let store = Arc::new(store);
        let resource = store.resource().await?;
        if store.recovered() {
            self.inner.observers.tell(Happening::StoreRecovered).await;
        }
        let (login, commands) = Login::new(
            Arc::clone(&self.inner.options),
            self.inner.rest.clone(),
            store,
            Arc::clone(&self.inner.observers),
            (resource, token),
        );
        let tasks = TaskTracker::new();
        tasks.spawn(session::run(Arc::clone(&login), commands, first));
        tasks.spawn(login::tidy(Arc::clone(&login)));
        tasks.close();
        Ok((login, tasks))
    }

    /// Ends the login, if there is one, and waits until nothing of it is left.
    async fn leave(&self) {
        let Some(Active { login, tasks }) = self.set_login(None) else {
            return;
        };
        login.stop.cancel();
        tasks.wait().await;
        let store = Arc::clone(&login.store);
        // Its threads are joined there, and that blocks.
        drop(tokio::task::spawn_blocking(move || store.close()).await);
    }

    fn set_login(&self, login: Option<Active>) -> Option<Active> {
        let mut active = self
            .inner
            .login
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut *active, login)
    }
}

/// What somebody who is not logged in shows.
#[derive(Clone, Copy, Debug)]
pub enum Credential<'a> {
    /// The password.
    Password(&'a str),
    /// A token.
    Token(&'a str),
}

/// When a login counts as done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Enter {
    /// When the server has let the device in.
    Connected,
    /// When the local store is open.
    Offline,
}

fn given(token: &str) -> Result<String> {
    if token.is_empty() {
        return Err(Error::new(ErrorCode::InvalidToken, "the token is empty"));
    }
    Ok(token.to_owned())
}

/// A user's name as the product spells it. 101, 105.
pub(crate) fn user_name(name: &str) -> Result<Name> {
    Name::new(name).map_err(|error| Error::new(ErrorCode::InvalidUsername, error.to_string()))
}
