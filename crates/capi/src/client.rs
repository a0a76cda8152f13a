//! The client: made, logged in and out, freed.

use crate::call::{Answer, Callbacks, call, inner, not_logged_in};
use crate::error::LacunaError;
use crate::observer::{Forward, LacunaObserver};
use crate::remembered::Remembered;
use crate::results::{LacunaDone, LacunaTextDone};
use crate::text::{Text, given, invalid};
use lacuna_sdk::{Client, Error, ErrorCode, Name, ObserverId, Options, Result};
use std::ffi::{c_char, c_void};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

/// What a client is made of.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct LacunaOptions {
    /// The application, `org#name`.
    pub app_key: *const c_char,
    /// The base of the server's API: `http://HOST:PORT` or `https://HOST`.
    pub rest_url: *const c_char,
    /// The server's socket, `ws://HOST:PORT/websocket`; NULL for the same host as `rest_url`.
    pub socket_url: *const c_char,
    /// The folder of the local stores; NULL for the usual place for an app's data.
    pub folder: *const c_char,
    /// What this device is called for people; NULL for a default.
    pub device_name: *const c_char,
    /// Whether the login is remembered on this device, for `lacuna_auto_login`.
    pub auto_login: bool,
    /// Whether conversation lists hold empty conversations.
    pub empty_conversations: bool,
    /// Whether the sender of a message is told when it arrives here.
    pub delivery_receipts: bool,
    /// Whether imported messages count as read.
    pub imported_are_read: bool,
    /// Whether the messages of a group go from this device when the user is no longer in it.
    pub delete_on_leaving_group: bool,
    /// Whether the library's log is written to standard error: 0 not, 1 errors, 2 warnings too, 3 everything.
    pub log: i32,
}

/// One app's client on one device. Its functions may be called from any thread.
#[derive(Debug)]
pub struct LacunaClient {
    pub(crate) inner: Arc<Inner>,
}

/// What calls share.
#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) sdk: Client,
    pub(crate) callbacks: Callbacks,
    pub(crate) remembered: Arc<Remembered>,
    pub(crate) imported_are_read: bool,
    pub(crate) delete_on_leaving_group: bool,
    observer: Mutex<Option<ObserverId>>,
}

impl Inner {
    /// Who is logged in. 201 if nobody is: the first check of every call.
    pub(crate) fn me(&self) -> Result<Name> {
        self.sdk.current_user().ok_or_else(not_logged_in)
    }

    fn observe(&self, forward: Option<Forward>) {
        let mut current = self.observer.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = current.take() {
            self.sdk.remove_observer(known);
        }
        *current = forward.map(|forward| self.sdk.add_observer(Arc::new(forward)));
    }
}

/// The library's version. It is not freed.
#[unsafe(no_mangle)]
pub extern "C" fn lacuna_version() -> *const c_char {
    const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), "\0");
    VERSION.as_ptr().cast()
}

/// Makes a client that nobody is logged in with yet. Returns NULL and gives `client`, or an error that is the caller's: 100
/// for an application's key that makes no sense, 110.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacuna_client_new(
    options: *const LacunaOptions,
    client: *mut *mut LacunaClient,
) -> *mut LacunaError {
    let made = crate::call::unwound(|| {
        // SAFETY: NULL, or options that live.
        let options = unsafe { options.as_ref() }.ok_or_else(|| invalid("the options are NULL"))?;
        // SAFETY: its texts are NULL or good for the call.
        unsafe { make(options) }
    });
    let (made, error) = match made {
        Ok(_) if client.is_null() => (None, Some(invalid("there is no place for the client"))),
        Ok(made) => (Some(made), None),
        Err(error) => (None, Some(error)),
    };
    if let Some(made) = made {
        // SAFETY: not NULL, and the caller's to write to.
        unsafe { client.write(Box::into_raw(Box::new(made))) };
    }
    error.map_or(std::ptr::null_mut(), |error| {
        Box::into_raw(Box::new(LacunaError::new(&error)))
    })
}

/// # Safety
/// The texts are NULL or good for the call.
unsafe fn make(options: &LacunaOptions) -> Result<LacunaClient> {
    // SAFETY: the caller vouches for the texts.
    let text = |text: *const c_char| unsafe { Text::new(text) };
    let app_key = text(options.app_key).required("the app key")?;
    let rest_url = text(options.rest_url).required("the server's address")?;
    let folder = match text(options.folder).filled()? {
        Some(folder) => PathBuf::from(folder),
        None => usual_folder()?,
    };
    let mut set = Options::new(&app_key, &rest_url, &folder);
    if let Some(url) = text(options.socket_url).filled()? {
        set.socket_url = url;
    }
    if let Some(name) = text(options.device_name).filled()? {
        set.device_name = name;
    }
    set.empty_conversations = options.empty_conversations;
    set.delivery_receipts = options.delivery_receipts;
    log(options.log);
    let no_thread = |error| {
        Error::new(
            ErrorCode::General,
            format!("cannot start a thread: {error}"),
        )
    };
    let inner = Inner {
        sdk: Client::new(set)?,
        callbacks: Callbacks::start().map_err(no_thread)?,
        remembered: Arc::new(Remembered::new(&folder, &app_key, options.auto_login)),
        imported_are_read: options.imported_are_read,
        delete_on_leaving_group: options.delete_on_leaving_group,
        observer: Mutex::new(None),
    };
    let inner = Arc::new(inner);
    inner.observe(Some(Forward::new(&inner, None)));
    Ok(LacunaClient { inner })
}

/// Where apps keep their data, by the customs of the system.
fn usual_folder() -> Result<PathBuf> {
    let home = std::env::home_dir().filter(|home| !home.as_os_str().is_empty());
    let home = home.ok_or_else(|| invalid("there is no home folder: name a folder"))?;
    Ok(if cfg!(target_vendor = "apple") {
        home.join("Library/Application Support/Lacuna")
    } else {
        home.join(".local/share/lacuna")
    })
}

fn log(level: i32) {
    let level = match level {
        ..=0 => return,
        1 => tracing::Level::ERROR,
        2 => tracing::Level::WARN,
        _ => tracing::Level::DEBUG,
    };
    let log = tracing_subscriber::fmt()
        .with_max_level(level)
        .with_writer(std::io::stderr);
    // It fails when the app has a log of its own, or this library has been asked before.
    drop(log.try_init());
}

/// Logs out, ends every thread of the client and frees it. Completions that are still owed are called first, with 201. NULL
/// does nothing. A completion or an observer may call it; it then returns without waiting for itself.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacuna_client_free(client: *mut LacunaClient) {
    if client.is_null() {
        return;
    }
    // SAFETY: it came from `lacuna_client_new` and is freed once.
    let client = unsafe { Box::from_raw(client) };
    let freed = crate::call::unwound(|| {
        client.inner.sdk.close();
        client.inner.observe(None);
        client.inner.callbacks.finish();
        Ok(())
    });
    if freed.is_err() {
        tracing::error!("freeing the client panicked");
    }
}

/// Sets who is told what happens, in the place of whoever was; NULL for nobody. The struct is copied; `release` is called once
/// with its `context` when it is told nothing more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacuna_client_set_observer(
    client: *const LacunaClient,
    observer: *const LacunaObserver,
) {
    let Some(inner) = inner(client) else { return };
    // SAFETY: NULL, or an observer that lives during the call.
    let observer = unsafe { observer.as_ref() }.copied();
    inner.observe(Some(Forward::new(&inner, observer)));
}

// --- who is logged in ------------------------------------------------------------------------------------------------

/// The user who is logged in, or NULL. The caller frees it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacuna_current_user(client: *const LacunaClient) -> *mut c_char {
    let user = inner(client).and_then(|inner| inner.sdk.current_user());
    user.map_or(std::ptr::null_mut(), |user| given(user.as_str()))
}

/// The token of the login, or NULL. The caller frees it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacuna_token(client: *const LacunaClient) -> *mut c_char {
    let token = inner(client).and_then(|inner| inner.sdk.token().ok());
    token.map_or(std::ptr::null_mut(), |token| given(&token))
}

/// What this device is called on the wire while somebody is logged in, or NULL. The caller frees it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacuna_resource(client: *const LacunaClient) -> *mut c_char {
    let resource = inner(client).and_then(|inner| inner.sdk.resource().ok());
    resource.map_or(std::ptr::null_mut(), |resource| given(&resource))
}

/// Whether there is a connection right now.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacuna_is_connected(client: *const LacunaClient) -> bool {
    inner(client).is_some_and(|inner| inner.sdk.is_connected())
}

// --- logging in and out ----------------------------------------------------------------------------------------------

/// Registers a user. 101, 102, 203, 208, 300, 301.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacuna_register(
    client: *const LacunaClient,
    name: *const c_char,
    password: *const c_char,
    mode: i32,
    context: *mut c_void,
    done: LacunaDone,
) -> i32 {
    // SAFETY: texts as the contract says.
    let (name, password) = unsafe { (Text::new(name), Text::new(password)) };
    call(
        client,
        Answer::new(mode, context, done),
        async move |inner| {
            let (name, password) = (name.or_empty()?, password.or_empty()?);
            inner.sdk.register(&name, &password).await
        },
    )
}

/// Logs a user in, with a password or (`is_token`) a token. The local store is open and the device connected when `done` is
/// called. 101, 102, 104, 200, 202, 204, 218, 300, 301.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacuna_login(
    client: *const LacunaClient,
    name: *const c_char,
    secret: *const c_char,
    is_token: bool,
    mode: i32,
    context: *mut c_void,
    done: LacunaDone,
) -> i32 {
    // SAFETY: texts as the contract says.
    let (name, secret) = unsafe { (Text::new(name), Text::new(secret)) };
    call(
        client,
        Answer::new(mode, context, done),
        async move |inner| {
            let (name, secret) = (name.or_empty()?, secret.or_empty()?);
            if is_token {
                inner.sdk.login_with_token(&name, &secret).await?;
            } else {
                inner.sdk.login(&name, &secret).await?;
            }
            inner.remember();
            Ok(())
        },
    )
}

/// Takes up the login that was remembered on this device, without waiting for the server: the local store is open when `done`
/// is called, with the user's name. Without such a login `done` is given neither a name nor an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacuna_auto_login(
    client: *const LacunaClient,
    mode: i32,
    context: *mut c_void,
    done: LacunaTextDone,
) -> i32 {
    call(
        client,
        Answer::new(mode, context, done),
        async move |inner| {
            let Some((name, token)) = inner.remembered.read() else {
                return Ok(None);
            };
            inner.sdk.resume(&name, &token).await?;
            Ok(Some(name))
        },
    )
}

/// Whether a login is remembered on this device.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacuna_has_auto_login(client: *const LacunaClient) -> bool {
    inner(client).is_some_and(|inner| inner.remembered.read().is_some())
}

/// Gets a token of a user from the server. Works without a login. 101, 202, 204.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacuna_fetch_token(
    client: *const LacunaClient,
    name: *const c_char,
    password: *const c_char,
    mode: i32,
    context: *mut c_void,
    done: LacunaTextDone,
) -> i32 {
    // SAFETY: texts as the contract says.
    let (name, password) = unsafe { (Text::new(name), Text::new(password)) };
    call(
        client,
        Answer::new(mode, context, done),
        async move |inner| {
            let (name, password) = (name.or_empty()?, password.or_empty()?);
            inner.sdk.fetch_token(&name, &password).await.map(Some)
        },
    )
}

/// Replaces the token of the login. 201, 104.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacuna_renew_token(
    client: *const LacunaClient,
    token: *const c_char,
    mode: i32,
    context: *mut c_void,
    done: LacunaDone,
) -> i32 {
    // SAFETY: a text as the contract says.
    let token = unsafe { Text::new(token) };
    call(
        client,
        Answer::new(mode, context, done),
        async move |inner| {
            inner.me()?;
            inner.sdk.renew_token(&token.or_empty()?).await?;
            inner.remember();
            Ok(())
        },
    )
}

/// Logs out and closes the local store, which stays on the disk. Without a login it does nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacuna_logout(
    client: *const LacunaClient,
    mode: i32,
    context: *mut c_void,
    done: LacunaDone,
) -> i32 {
    call(
        client,
        Answer::new(mode, context, done),
        async move |inner| {
            inner.remembered.forget();
            inner.sdk.logout().await
        },
    )
}

impl Inner {
    /// Remembers the login, if the app wants that.
    fn remember(&self) {
        if let (Some(name), Ok(token)) = (self.sdk.current_user(), self.sdk.token()) {
            self.remembered.write(name.as_str(), &token);
        }
    }
}
