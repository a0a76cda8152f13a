//! The client of Lacuna.
#![warn(clippy::wildcard_enum_match_arm)]

mod error;
mod store;
mod types;

pub use error::{Error, Result};
pub use lacuna_domain::{Direction, ErrorCode, GroupId, MessageKind, Millis, Name, Pos, Target};
pub use types::*;
