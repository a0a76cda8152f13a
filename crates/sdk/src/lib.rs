//! The client of Lacuna: what an app embeds to log in, keep its messages, send, receive and delete.
//!
//! A [`Client`] has one user logged in at a time, a local store on the disk, and a connection that it makes again by itself.
//! [`Chat`] is the way to messages and conversations, [`Groups`] to groups; an [`Observer`] is told what happens.
//!
//! ```
//! use lacuna_sdk::{Client, Name, NewMessage, Options, Target};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let server = lacuna_testing::TestServer::running().await?;
//! # let url = format!("http://{}", server.server.addr());
//! # let folder = tempfile::tempdir()?;
//! # let folder = folder.path();
//! let client = Client::new(Options::new("lacuna#demo", &url, folder))?;
//! client.register("alice", "secret").await?;
//! # client.register("bob", "secret").await?;
//! client.login("alice", "secret").await?;
//!
//! let bob = Target::Peer(Name::new("bob")?);
//! let chat = client.chat();
//! let message = chat.send(NewMessage::text(bob.clone(), "My door code is 4711")).await?;
//!
//! // Gone for Alice: on the server, on this device and on all her devices. Bob keeps his copy.
//! chat.delete_from_server(&bob, &[message.id]).await?;
//! assert_eq!(chat.message(message.id)?, None);
//! client.close();
//! # Ok(())
//! # }
//! ```
//!
//! # Which delete
//!
//! [`Chat::delete_from_server`] and its kin delete one-way on the server and on every device of the user, however long it
//! is away; what they delete never comes back. [`Chat::delete_message`] and its kin delete from this device alone; history
//! that is fetched later brings that back.
//!
//! # Searching
//!
//! [`Find::keyword`] finds messages by text: each word of a [`Keyword`] begins a word of theirs, in any order and whatever
//! the case; each run of a script that is written without spaces (Han, Kana, Hangul, Thai …) stands in them as it is.
//!
//! # Threads
//!
//! Asynchronous methods can be awaited on any executor: the work is done on a thread of the SDK's own. The others block for
//! as long as the disk takes. Observers are called on one more thread, one call at a time. [`Client::close`] ends all of them.
#![warn(clippy::wildcard_enum_match_arm)]

mod chat;
mod client;
mod error;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
mod groups;
mod login;
mod net;
mod observer;
mod options;
mod runtime;
mod session;
#[cfg(feature = "simulation")]
pub mod simulation;
mod store;
mod sync;
pub mod transport;
mod types;
mod wire;

pub use chat::*;
pub use client::{Client, Credential};
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
