//! The store: accounts, conversations' logs, and each account's views of them.
//!
//! [`Store`] names the acts. Each is one transaction: done whole or not at all, durable when it returns. [`memory`] is the
//! reference, written to be read; [`sqlite`] is the embedded default. Both pass the same contract.
#![warn(clippy::wildcard_enum_match_arm)]

mod act;
#[cfg(feature = "contract")]
pub mod contract;
pub mod memory;
mod rows;
pub mod sqlite;

pub use act::{AuditStore, Error, FileStore, HookStore, Result, Started, Store};
pub use rows::*;
