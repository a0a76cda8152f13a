//! The client of Lacuna: what an app embeds to log in, keep its messages, send, receive and delete.
#![warn(clippy::wildcard_enum_match_arm)]

mod chat;
mod client;
mod error;
mod groups;
mod login;
mod net;
mod observer;
mod options;
mod runtime;
mod session;
mod store;
mod sync;
pub mod transport;
mod types;
mod wire;

pub use chat::*;
pub use client::Client;
pub use error::{Error, Result};
pub use groups::Groups;
pub use lacuna_domain::{
    Clock, Direction, ErrorCode, GroupId, MessageKind, Millis, Name, Pos, Target,
};
pub use lacuna_sqlite::Key as StoreKey;
pub use observer::{Observer, ObserverId};
pub use options::Options;
pub use store::{Find, Imported, Keyword, Window, delete_store, store_path};
pub use types::*;
