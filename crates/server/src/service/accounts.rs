//! Accounts and tokens.

use super::hasher::NOBODY;
use super::secret::{random_number, random_text, random_uuid};
use super::throttle::Attempt;
use super::{Actor, Event, Refusal, Reply, Service, is_secret, sha256};
use crate::config::DeletedUsers;
use crate::delivery::Kick;
use lacuna_domain::limits::{
    NICKNAME_CHARS_MAX, PASSWORD_CHARS_MAX, REGISTER_BATCH_MAX, TOKEN_TTL_SECONDS,
};
use lacuna_domain::{DeviceId, ErrorCode, InvalidName, Name};
use lacuna_store::{Account, AccountChange, App, GroupKind, NewAccount, Token, TokenOwner};
use std::net::IpAddr;
use std::sync::Arc;

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
        /// Where from, if that is known.
        address: Option<IpAddr>,
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
    /// Whether the account was registered for it.
    pub created: bool,
}

/// A random UUID, as text.
fn uuid() -> Reply<String> {
    let hex = format!("{:032x}", random_uuid()?);
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
        for account in &created {
            self.tell_user(app.id, Event::UserRegistered, account).await;
        }
        Ok(created)
    }

    /// Issues a token. `ttl` is in seconds; 0 for ever, none for the default.
    pub async fn issue_token(
        &self,
        app: &App,
        request: TokenRequest,
        ttl: Option<u64>,
    ) -> Reply<Issued> {
        let mut created = false;
        let account = match request {
            TokenRequest::Password {
                username,
                password,
                address,
            } => Some(
                self.check_password(app, &username, password, address)
                    .await?,
            ),
            TokenRequest::Client { id, secret } => {
                let same_id = id == app.settings.client_id;
                let same_secret = is_secret(&secret, &app.settings.client_secret_sha256);
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
                let (account, new) = self.inherit(app, username, create).await?;
                created = new;
                Some(account)
            }
        };
        if account.as_ref().is_some_and(|account| !account.active) {
            let text = "user not activated";
            let code = ErrorCode::AuthenticationFailed;
            return Err(Refusal::new(code, "invalid_grant", text));
        }
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
            created,
        })
    }

    async fn check_password(
        &self,
        app: &App,
        username: &str,
        password: String,
        address: Option<IpAddr>,
    ) -> Reply<Account> {
        let unknown = || Refusal::new(ErrorCode::UserNotFound, "invalid_grant", "user not found");
        let name = Name::new(username).map_err(|_| unknown())?;
        let attempt = Attempt {
            app: app.id,
            name: &name,
            address,
        };
        let failures_max = self.config.limits.failed_logins;
        self.throttle
            .begin(&attempt, self.clock.now(), failures_max)
            .map_err(|wait_ms| self.limited("too many failed logins", wait_ms))?;
        let account = self.store.account(app.id, &name).await?;
        // An unknown name costs the same as a known one.
        let hash = account
            .as_ref()
            .map_or(NOBODY, |account| account.profile.password_hash.as_str());
        let short = password.chars().count() <= PASSWORD_CHARS_MAX;
        let right = short && self.hasher.verify(password, hash.to_owned()).await?;
        let account = account.ok_or_else(unknown)?;
        if !right {
            let text = "invalid username or password";
            return Err(Refusal::new(
                ErrorCode::AuthenticationFailed,
                "invalid_grant",
                text,
            ));
        }
        self.throttle.succeeded(&attempt);
        Ok(account)
    }

    /// The account of a name, and whether it was registered just now.
    async fn inherit(&self, app: &App, username: String, create: bool) -> Reply<(Account, bool)> {
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
                    .map(|account| (account, true))
                    .ok_or_else(|| Refusal::illegal("nothing to register"))
            }
            Err(refusal) if refusal.code == ErrorCode::UserNotFound => Err(Refusal::new(
                ErrorCode::UserNotFound,
                "invalid_grant",
                "user not found",
            )),
            found => found.map(|account| (account, false)),
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

    /// Puts an account out of use: it has no tokens and gets none, and its sessions end. Or in use again.
    pub async fn set_active(&self, app: &App, username: &str, active: bool) -> Reply<Account> {
        let account = self.account(app, username).await?;
        let change = AccountChange::Active(active);
        let now = self.clock.now();
        let changed = self
            .store
            .change_account(app.id, &account.profile.name, change, now)
            .await?;
        if !active {
            self.delivery.kick(account.id, None, &Kick::ByOtherDevice);
        }
        tracing::info!(
            app.id = app.id.0,
            account.id = account.id.0,
            active,
            "account in use or out of it"
        );
        Ok(changed)
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

    /// Deletes an account: it leaves its groups (those it owns end), its sessions are told, and everything keyed by it goes. What
    /// it wrote in groups goes under another name if the application says so.
    pub async fn delete_user(&self, app: &Arc<App>, username: &str) -> Reply<Account> {
        let account = self.account(app, username).await?;
        if self.store.is_held(account.id).await? {
            // Before it leaves its groups: a refusal changes nothing.
            return Err(lacuna_store::Error::Held(account.profile.name).into());
        }
        let alias = match self.switches(app).deleted_users {
            DeletedUsers::Keep => None,
            DeletedUsers::Anonymise => Some(Name::of_deleted(random_number()?)),
        };
        let actor = Actor {
            app: Arc::clone(app),
            account,
            device: DeviceId::NONE,
        };
        for group in self.store.groups_of(actor.id()).await? {
            let owns = group.owner == *actor.name();
            match group.settings.kind() {
                GroupKind::Group if owns => {
                    self.destroy_group(app, &group, actor.sender()).await?;
                }
                GroupKind::Group => {
                    self.leave_group(&actor, &group.id).await?;
                }
                // Rooms that it owns and is not in end below; a thread is left with its group.
                GroupKind::Room if !owns => {
                    self.leave_room(app, &group.id, actor.sender()).await?;
                }
                GroupKind::Room | GroupKind::Thread => {}
            }
        }
        self.destroy_rooms_of(app, actor.sender()).await?;
        let deleted = self
            .store
            .delete_account(app.id, actor.name(), alias, self.clock.now())
            .await?;
        self.delivery.kick(actor.id(), None, &Kick::UserRemoved);
        self.tell_user(app.id, Event::UserDeleted, &deleted.account)
            .await;
        tracing::info!(
            app.id = app.id.0,
            account.id = actor.id().0,
            "account deleted"
        );
        Ok(deleted.account)
    }
}
