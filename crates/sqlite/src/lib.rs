//! Our way to use `SQLite`: pragmas with reasons, one writer with group commit, a pool of readers, migrations.
//!
//! A [`Database`] is one file. Every change is an *act*: a closure that the one writer thread runs, many to a
//! transaction; its result is released after `COMMIT`, so whoever holds it holds something durable. Every read is a
//! closure that runs on one of a few read-only connections, in a snapshot of its own.
//!
//! `pragmas` holds every setting with its reason, [`migrate`] brings the schema up to date, [`writer`] and [`readers`]
//! are the two ways in, [`checkpoint`] moves the log into the file.

pub mod checkpoint;
mod database;
mod error;
mod key;
pub mod migrate;
mod pending;
mod pragmas;
pub mod readers;
pub mod writer;

pub use database::{Database, Options};
pub use error::{Error, Result};
pub use key::Key;
pub use migrate::Migration;
pub use pending::Pending;
pub use rusqlite;
pub use writer::WriterState;
