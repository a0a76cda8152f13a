//! Accounts and tokens.

use super::{Actor, Refusal, Reply, Service};
use crate::delivery::Kick;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Argon2, PasswordHash};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use lacuna_domain::limits::{
    HASH_QUEUE_MAX, NICKNAME_CHARS_MAX, PASSWORD_CHARS_MAX, REGISTER_BATCH_MAX, TOKEN_TTL_SECONDS,
};
use lacuna_domain::{DeviceId, ErrorCode, InvalidName, Name};
use lacuna_store::{Account, AccountChange, App, NewAccount, Token, TokenOwner};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use subtle::ConstantTimeEq;
use tokio::sync::Semaphore;

/// An account to register.
#[derive(Clone, Debug)]
pub struct Registration {
    /// The name as given.
    pub username: String,
    /// The password.
    pub password: String,
    /// The nickname; may be empty.
    pub nickname: String,
}

/// Who asks for a token.
#[derive(Clone, Debug)]
pub enum TokenRequest {
    /// A user with its password.
    Password {
        /// The name.
        username: String,
        /// The password.
        password: String,
    },
    /// The integrator with its secret.
    Client {
        /// The client id.
        id: String,
        /// The client secret.
        secret: String,
    },
    /// The integrator, for a user: without a password. Needs an app token, which the caller has checked.
    Inherit {
        /// The name.
        username: String,
        /// Whether to register the name if nobody has.
        create: bool,
    },
}

/// A token that was issued.
#[derive(Clone, Debug)]
pub struct Issued {
    /// The token's text; only its SHA-256 is stored.
    pub token: String,
    /// Its life in seconds; 0 for ever.
    pub ttl_seconds: u64,
    /// The account it speaks for, or none for the application.
    pub account: Option<Account>,
}

/// Hashes passwords on blocking threads, two at a time, with a bounded queue.
#[derive(Debug)]
pub(super) struct Hasher {
    waiting: Semaphore,
    working: Arc<Semaphore>,
}

impl Hasher {
    pub(super) fn new() -> Self {
        Self {
            waiting: Semaphore::new(HASH_QUEUE_MAX),
            working: Arc::new(Semaphore::new(2)),
        }
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Reply<T> {
        let _waiting = self.waiting.try_acquire().map_err(|_| Refusal::busy())?;
        let working = Arc::clone(&self.working)
            .acquire_owned()
            .await
            .map_err(|_| Refusal::busy())?;
        let done = tokio::task::spawn_blocking(move || {
            let result = work();
            drop(working);
            result
        });
        done.await.map_err(|_| Refusal::internal())
    }

    async fn hash(&self, password: String) -> Reply<String> {
        let hashed = self
            .run(move || {
                argon2()
                    .hash_password(password.as_bytes())
                    .map(|hash| hash.to_string())
            })
            .await?;
        hashed.map_err(|_| {
            Refusal::new(
                ErrorCode::InvalidPassword,
                "illegal_argument",
                "password or pin is not legal",
            )
        })
    }

    async fn verify(&self, password: String, phc: String) -> Reply<bool> {
        self.run(move || {
            let parsed = PasswordHash::new(&phc);
            parsed.is_ok_and(|hash| {
                Argon2::default()
                    .verify_password(password.as_bytes(), &hash)
                    .is_ok()
            })
        })
        .await
    }
}

fn sha256(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

/// Random bytes of the operating system.
fn random_bytes<const N: usize>() -> Reply<[u8; N]> {
    let mut bytes = [0u8; N];
    getrandom::fill(&mut bytes).map_err(|_| Refusal::internal())?;
    Ok(bytes)
}

/// Random bytes, as text for URLs.
fn random_text<const N: usize>() -> Reply<String> {
    Ok(URL_SAFE_NO_PAD.encode(random_bytes::<N>()?))
}

/// A random UUID (RFC 9562, version 4).
fn uuid() -> Reply<String> {
    let bytes = random_bytes::<16>()?;
    let value = (u128::from_be_bytes(bytes) & !(0xf000 << 64) & !(0xc000 << 48))
        | (0x4000 << 64)
        | (0x8000 << 48);
    let hex = format!("{value:032x}");
    let part = |range: std::ops::Range<usize>| hex.get(range).unwrap_or_default().to_owned();
    Ok([
        part(0..8),
        part(8..12),
        part(12..16),
        part(16..20),
        part(20..32),
    ]
    .join("-"))
}

fn legal_name(username: &str) -> Reply<Name> {
    let illegal = |text: String| Refusal::new(ErrorCode::InvalidUsername, "illegal_argument", text);
    let name = Name::new(username).map_err(|why| match why {
        InvalidName::Empty => illegal("username must be provided".into()),
        InvalidName::TooLong => illegal("USERNAME_TOO_LONG".into()),
        InvalidName::Character => illegal(format!("username [{username}] is not legal")),
    })?;
    if name.is_reserved() {
        return Err(illegal(format!("username [{username}] is not legal")));
    }
    Ok(name)
}

fn legal_password(password: &str) -> Reply<()> {
    let illegal = |text| {
        Err(Refusal::new(
            ErrorCode::InvalidPassword,
            "illegal_argument",
            text,
        ))
    };
    match password.chars().count() {
        0 => illegal("password or pin must provided"),
        count if count > PASSWORD_CHARS_MAX => illegal("password is too long"),
        _ => Ok(()),
    }
}

fn legal_nickname(nickname: &str) -> Reply<()> {
    if nickname.chars().count() > NICKNAME_CHARS_MAX {
        return Err(Refusal::illegal("nickname is too long"));
    }
    Ok(())
}

impl Service {
    /// Registers accounts, all or none. `by_app` says that the caller holds an app token.
    pub async fn register(
        &self,
        app: &App,
        registrations: Vec<Registration>,
        by_app: bool,
    ) -> Reply<Vec<Account>> {
        if !by_app && !app.settings.open_registration {
            return Err(Refusal::new(
                ErrorCode::RegistrationClosed,
                "unauthorized",
                "registration is not open",
            ));
        }
        if registrations.is_empty() {
            return Err(Refusal::illegal("Request body array is empty"));
        }
        if registrations.len() > REGISTER_BATCH_MAX {
            let text = format!(
                "Request body array size[{}] had almost reached the max limit {REGISTER_BATCH_MAX}",
                registrations.len()
            );
            return Err(Refusal::illegal(text));
        }
        let mut accounts = Vec::with_capacity(registrations.len());
        for registration in &registrations {
            legal_password(&registration.password)?;
            legal_nickname(&registration.nickname)?;
            let name = legal_name(&registration.username)?;
            if self.store.account(app.id, &name).await?.is_some() {
                return Err(lacuna_store::Error::NameTaken.into());
            }
        }
        for Registration {
            username,
            password,
            nickname,
        } in registrations
        {
            let name = legal_name(&username)?;
            let password_hash = self.hasher.hash(password).await?;
            accounts.push(NewAccount {
                name,
                display: username,
                uuid: uuid()?,
                nickname,
                password_hash,
            });
        }
        let created = self
            .store
            .create_accounts(app.id, accounts, self.clock.now())
            .await?;
        tracing::info!(
            app.id = app.id.0,
            count = created.len(),
            "accounts registered"
        );
        Ok(created)
    }

    /// Issues a token. `ttl` is in seconds; 0 for ever, none for the default.
    pub async fn issue_token(
        &self,
        app: &App,
        request: TokenRequest,
        ttl: Option<u64>,
    ) -> Reply<Issued> {
        let account = match request {
            TokenRequest::Password { username, password } => {
                Some(self.check_password(app, &username, password).await?)
            }
            TokenRequest::Client { id, secret } => {
                let same_id = id == app.settings.client_id;
                let same_secret: bool = sha256(&secret)
                    .ct_eq(&app.settings.client_secret_sha256)
                    .into();
                if !same_id || !same_secret {
                    let text = "client_id or client_secret does not match";
                    return Err(Refusal::new(
                        ErrorCode::AuthenticationFailed,
                        "invalid_grant",
                        text,
                    ));
                }
                None
            }
            TokenRequest::Inherit { username, create } => {
                Some(self.inherit(app, username, create).await?)
            }
        };
        let ttl_seconds = ttl.unwrap_or(TOKEN_TTL_SECONDS);
        let token = random_text::<32>()?;
        let now = self.clock.now();
        let expires = (ttl_seconds > 0).then(|| now.plus(ttl_seconds.saturating_mul(1000)));
        let owner = account.as_ref().map(|account| account.id);
        self.store
            .put_token(Token {
                sha256: sha256(&token),
                app: app.id,
                account: owner,
                expires,
            })
            .await?;
        Ok(Issued {
            token,
            ttl_seconds,
            account,
        })
    }

    async fn check_password(&self, app: &App, username: &str, password: String) -> Reply<Account> {
        let unknown = || Refusal::new(ErrorCode::UserNotFound, "invalid_grant", "user not found");
        let name = Name::new(username).map_err(|_| unknown())?;
        let account = self
            .store
            .account(app.id, &name)
            .await?
            .ok_or_else(unknown)?;
        if password.chars().count() > PASSWORD_CHARS_MAX
            || !self
                .hasher
                .verify(password, account.profile.password_hash.clone())
                .await?
        {
            let text = "invalid username or password";
            return Err(Refusal::new(
                ErrorCode::AuthenticationFailed,
                "invalid_grant",
                text,
            ));
        }
        Ok(account)
    }

    async fn inherit(&self, app: &App, username: String, create: bool) -> Reply<Account> {
        match self.account(app, &username).await {
            Err(refusal) if refusal.code == ErrorCode::UserNotFound && create => {
                let registration = Registration {
                    username,
                    password: random_text::<24>()?,
                    nickname: String::new(),
                };
                let created = self.register(app, vec![registration], true).await?;
                created
                    .into_iter()
                    .next()
                    .ok_or_else(|| Refusal::illegal("nothing to register"))
            }
            Err(refusal) if refusal.code == ErrorCode::UserNotFound => Err(Refusal::new(
                ErrorCode::UserNotFound,
                "invalid_grant",
                "user not found",
            )),
            found => found,
        }
    }

    /// Whom a token speaks for.
    pub async fn authenticate(&self, token: &str) -> Reply<TokenOwner> {
        let owner = self.store.token(sha256(token), self.clock.now()).await?;
        owner.ok_or_else(Refusal::unauthorized)
    }

    /// Changes a password: every token of the account ends, and every session is told why.
    pub async fn change_password(&self, app: &App, username: &str, password: String) -> Reply<()> {
        legal_password(&password)?;
        let account = self.account(app, username).await?;
        let hash = self.hasher.hash(password).await?;
        self.store
            .change_account(
                app.id,
                &account.profile.name,
                AccountChange::Password(hash),
                self.clock.now(),
            )
            .await?;
        self.delivery.kick(account.id, None, &Kick::PasswordChanged);
        Ok(())
    }

    /// Changes a nickname.
    pub async fn change_nickname(
        &self,
        app: &App,
        username: &str,
        nickname: String,
    ) -> Reply<Account> {
        legal_nickname(&nickname)?;
        let account = self.account(app, username).await?;
        Ok(self
            .store
            .change_account(
                app.id,
                &account.profile.name,
                AccountChange::Nickname(nickname),
                self.clock.now(),
            )
            .await?)
    }

    /// Deletes an account: it leaves its groups (those it owns end), its sessions are told, and everything keyed by it goes.
    pub async fn delete_user(&self, app: &Arc<App>, username: &str) -> Reply<Account> {
        let account = self.account(app, username).await?;
        let actor = Actor {
            app: Arc::clone(app),
            account,
            device: DeviceId::NONE,
        };
        for group in self.store.groups_of(actor.id()).await? {
            if group.owner == *actor.name() {
                self.destroy_group(app, &group.id, actor.sender()).await?;
            } else {
                self.leave_group(&actor, &group.id).await?;
            }
        }
        let deleted = self
            .store
            .delete_account(app.id, actor.name(), self.clock.now())
            .await?;
        self.delivery.kick(actor.id(), None, &Kick::UserRemoved);
        tracing::info!(
            app.id = app.id.0,
            account.id = actor.id().0,
            "account deleted"
        );
        Ok(deleted.account)
    }
}

/// How passwords are hashed. Fuzz targets register all the time and guard nothing: there it costs the least that it may.
fn argon2() -> Argon2<'static> {
    #[cfg(fuzzing)]
    if let Ok(least) = argon2::Params::new(8, 1, 1, None) {
        return Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, least);
    }
    Argon2::default()
}
