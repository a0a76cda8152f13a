//! Applications, accounts, tokens and devices.

use lacuna_domain::{AccountId, AppId, ConversationId, DeviceId, Millis, Name, Pos, Version};

/// An application to create.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewApp {
    /// The organisation's part of the app key.
    pub org: String,
    /// The application's part of the app key.
    pub name: String,
    /// The integrator's id.
    pub client_id: String,
    /// SHA-256 of the integrator's secret.
    pub client_secret_sha256: [u8; 32],
    /// Whether anybody may register.
    pub open_registration: bool,
    /// Whether one-way deletion on the server is offered.
    pub roaming_delete: bool,
    /// How long messages are kept, in days; 0 for ever.
    pub retention_days: u32,
}

impl NewApp {
    /// The key: `org#name`.
    #[must_use]
    pub fn key(&self) -> String {
        format!("{}#{}", self.org, self.name)
    }
}

/// An application (tenant).
#[derive(Clone, Debug)]
pub struct App {
    /// Its id.
    pub id: AppId,
    /// What it was created with.
    pub settings: NewApp,
}

/// An account to register.
#[derive(Clone, Debug)]
pub struct NewAccount {
    /// Its name.
    pub name: Name,
    /// The name as it was given, case kept.
    pub display: String,
    /// A UUID for the API.
    pub uuid: String,
    /// Its nickname; may be empty.
    pub nickname: String,
    /// The password's PHC string.
    pub password_hash: String,
}

/// A registered account.
#[derive(Clone, Debug)]
pub struct Account {
    /// Its id; a name registered again gets another.
    pub id: AccountId,
    /// Its application.
    pub app: AppId,
    /// What it was registered with (and its present password and nickname).
    pub profile: NewAccount,
    /// When it was registered.
    pub created: Millis,
    /// When it was last changed.
    pub modified: Millis,
    /// Whether it is in use: else no token speaks for it, and it cannot log in.
    pub active: bool,
}

/// A change of an account.
#[derive(Clone, Debug)]
pub enum AccountChange {
    /// A new password, as a PHC string.
    Password(String),
    /// A new nickname.
    Nickname(String),
    /// Puts the account in use or out of it. Out of use it loses its tokens.
    Active(bool),
}

/// What deleting an account left to do.
#[derive(Clone, Debug)]
pub struct Deleted {
    /// The account that is no more, as it was.
    pub account: Account,
}

/// A token, by its hash.
#[derive(Clone, Copy, Debug)]
pub struct Token {
    /// SHA-256 of the token's text.
    pub sha256: [u8; 32],
    /// Whom it speaks for.
    pub app: AppId,
    /// The account, or none for the application itself.
    pub account: Option<AccountId>,
    /// When it ends; none for never.
    pub expires: Option<Millis>,
}

/// Whom a token speaks for.
#[derive(Clone, Debug)]
pub struct TokenOwner {
    /// The application.
    pub app: AppId,
    /// The account, or none for the application itself.
    pub account: Option<Account>,
    /// When it ends.
    pub expires: Option<Millis>,
}

/// A device that logs in.
#[derive(Clone, Debug)]
pub struct DeviceLogin {
    /// Its account.
    pub account: AccountId,
    /// What the client calls it; one device per account and resource.
    pub resource: String,
    /// Its name for people.
    pub name: String,
    /// Its own unique id.
    pub uuid: String,
}

/// A device.
#[derive(Clone, Debug)]
pub struct Device {
    /// Its id.
    pub id: DeviceId,
    /// What it logged in with.
    pub login: DeviceLogin,
    /// When it was last used.
    pub last_seen: Millis,
}

/// Where a device stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeviceState {
    /// Its id.
    pub id: DeviceId,
    /// The last version it has acknowledged.
    pub event_cursor: Version,
    /// The account's version now.
    pub version: Version,
    /// The highest position that it acknowledged itself, in any conversation, or sent itself as far as that is saved, or the
    /// position it started at if that is higher: zero for an account's first device that did neither. A device that knows of
    /// less lost something.
    pub acked: Pos,
}

/// A cursor to move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CursorSave {
    /// Whose.
    pub device: DeviceId,
    /// Which, and to where.
    pub cursor: Cursor,
}

/// The kinds of cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cursor {
    /// A conversation's.
    Conversation {
        /// Which conversation.
        conversation: ConversationId,
        /// Everything at or before this is delivered, or not due to the device.
        pos: Pos,
        /// The last entry there that the device itself acknowledged; zero for none. It is at or before `pos`, which goes past
        /// what is not due as well: of that the device knows nothing.
        acked: Pos,
    },
    /// Everything at or before the version is delivered.
    Events(Version),
    /// The last message that the device sent itself, in any conversation: that is never delivered to it.
    Sent(Pos),
}
