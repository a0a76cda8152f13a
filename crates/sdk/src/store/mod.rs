//! The local store: one `SQLite` file for each user of a device.
//!
//! It holds what this device was given and what it made itself, and a copy of the user's deletions: a *floor* and hidden
//! runs for each conversation. INVARIANT L1: whatever brings a message (a queue, history, an import, a late
//! acknowledgement) asks [`hidden::is_hidden`] before it is kept. Test: `nothing_deleted_comes_back`.
//!
//! Deleting overwrites bodies in place and empties the write-ahead log before it answers (`erase`).

mod arrive;
mod belong;
mod change;
mod delete;
mod erase;
mod files;
mod hidden;
mod insert;
mod list;
mod open;
mod outbox;
#[cfg(test)]
mod plans;
mod query;
mod remove;
mod rows;
mod search;

pub(crate) use arrive::{Page, Source, as_message};
pub use delete::{delete_store, store_path};
pub use hidden::Fact;
pub use insert::Imported;
pub(crate) use open::Opening;
pub(crate) use outbox::Outgoing;
pub use query::{Find, Keyword, Window};
pub(crate) use remove::{Facts, Own, Scope};

use crate::error::{Error, Result};
use lacuna_domain::{Clock, Name, Pos, PosAllocator};
use lacuna_sqlite::{Database, Pending, WriterState};
use rusqlite::{Connection, OptionalExtension, params};
use search::Key;
use std::path::PathBuf;
use std::sync::Arc;

/// An open store. Closing it ends its threads.
#[derive(Debug)]
pub(crate) struct Store {
    db: Database<State>,
    me: Name,
    key: Key,
    path: PathBuf,
    clock: Arc<dyn Clock>,
    /// Whether a damaged file was found, and what could be read of it moved into this one.
    recovered: bool,
    /// Whether the file was closed by the process that had it open before.
    clean: bool,
    _lock: std::fs::File,
}

/// What the writer keeps in memory.
#[derive(Debug)]
struct State {
    /// Ids of messages that no server has yet.
    ids: PosAllocator,
}

impl WriterState for State {}

/// What a store remembers of its account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Progress {
    /// The account's version whose deletions are applied.
    pub(crate) version: u64,
    /// The highest position that this device acknowledged or sent, when it had all that was due to it up to there.
    pub(crate) acked: Pos,
    /// Whether it was ever in step with a server.
    pub(crate) synced: bool,
}

const GET: &str = "SELECT value FROM state WHERE key = ?1";
const SET: &str = "INSERT INTO state (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = excluded.value";

impl Store {
    /// Whose store it is.
    pub(crate) fn me(&self) -> &Name {
        &self.me
    }

    /// Whether the file was damaged when it was opened, and is a new one now.
    pub(crate) fn recovered(&self) -> bool {
        self.recovered
    }

    /// The name of this device, chosen once for each file.
    pub(crate) fn resource(&self) -> Pending<String, Error> {
        self.read(|conn| Ok(get::<String>(conn, "resource")?.unwrap_or_default()))
    }

    /// How far the store has come.
    pub(crate) fn progress(&self) -> Pending<Progress, Error> {
        self.read(|conn| {
            Ok(Progress {
                version: unsigned(get(conn, "version")?.unwrap_or_default()),
                acked: Pos(unsigned(get(conn, "acked")?.unwrap_or_default())),
                synced: get::<i64>(conn, "synced")?.is_some(),
            })
        })
    }

    /// Notes that everything up to a position was delivered to this device, and that it was admitted once.
    pub(crate) fn set_synced(&self, acked: Pos) -> Pending<(), Error> {
        self.act(move |conn, _| {
            set(conn, "synced", 1)?;
            raise(conn, "acked", acked.0)
        })
    }

    fn act<T: Send + 'static>(
        &self,
        act: impl FnOnce(&Connection, &mut State) -> Result<T> + Send + 'static,
    ) -> Pending<T, Error> {
        self.db.submit(act)
    }

    fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T> + Send + 'static,
    ) -> Pending<T, Error> {
        self.db.read(read)
    }
}

fn get<T: rusqlite::types::FromSql>(conn: &Connection, key: &str) -> Result<Option<T>> {
    Ok(conn
        .prepare_cached(GET)?
        .query_row([key], |row| row.get(0))
        .optional()?)
}

fn set(conn: &Connection, key: &str, value: impl rusqlite::ToSql) -> Result<()> {
    conn.prepare_cached(SET)?.execute(params![key, value])?;
    Ok(())
}

/// Moves a number forward; never back.
fn raise(conn: &Connection, key: &str, value: u64) -> Result<()> {
    let known = get::<i64>(conn, key)?.unwrap_or_default();
    if int(value) > known {
        set(conn, key, int(value))?;
    }
    Ok(())
}

/// A number as a column holds it; numbers above the largest that fits become that.
fn int(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// A column's number; columns hold none below zero.
fn unsigned(value: i64) -> u64 {
    u64::try_from(value).unwrap_or_default()
}
