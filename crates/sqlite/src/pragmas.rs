//! Every setting of every connection, with its reason. No other file sets one.

use crate::{Error, Options, Result};
use rusqlite::{Connection, OpenFlags};
use std::path::Path;
use std::time::Duration;

/// How long the writer waits for a lock. Within the process only a truncating checkpoint or a migration holds one; the
/// rest is for another process (a backup, a shell).
const WRITER_LOCK_WAIT: Duration = Duration::from_secs(10);

/// How long a reader waits for a lock. In WAL mode it needs one only while the log is being recovered.
const READER_LOCK_WAIT: Duration = Duration::from_secs(2);

/// Prepared statements that a connection keeps. More than a store has queries, so none is ever compiled twice.
const STATEMENTS_MAX: usize = 256;

/// Reads the first page and the schema: another key and a damaged beginning show here, before anything is set or written.
const FIRST_READ: &str = "SELECT count(*) FROM sqlite_schema";

/// Opens a connection and gives it the key, before any other statement: what is read or set earlier fails on an encrypted file.
fn open(path: &Path, flags: OpenFlags, options: &Options) -> Result<Connection> {
    if options.key.is_some() && !cfg!(feature = "encryption") {
        return Err(Error::NoEncryption);
    }
    let conn = Connection::open_with_flags(path, flags)?;
    if let Some(key) = &options.key {
        conn.execute_batch(&key.pragma())?;
    }
    Ok(conn)
}

/// The connection that writes.
pub(crate) fn open_writer(path: &Path, options: &Options) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = open(path, flags, options)?;
    conn.busy_timeout(WRITER_LOCK_WAIT)?;
    conn.query_row(FIRST_READ, [], |_| Ok(()))
        .map_err(Error::of_first_read)?;
    set_wal(&conn)?;
    set_common(&conn, options.writer_cache_kib)?;
    // FULL: every COMMIT syncs the log. With NORMAL a power cut takes back what was acknowledged.
    conn.pragma_update(None, "synchronous", "FULL")?;
    // 0: a checkpoint inside COMMIT would make one unlucky batch wait for it. Ours runs on its own thread.
    conn.pragma_update(None, "wal_autocheckpoint", 0)?;
    // After a full checkpoint the log is cut back to the size that starts one: it does not keep its worst size for ever.
    conn.pragma_update(None, "journal_size_limit", options.wal_bytes_max)?;
    // ON: what a DELETE or a shrinking UPDATE frees is overwritten with zeros, so that deleted text is not left lying in
    // free pages. FAST would skip pages that are freed whole, which is where long bodies lie. It is not enough by itself:
    // page splits leave stale copies, so what must be gone is overwritten in place in a table that only appends.
    conn.pragma_update(None, "secure_delete", "ON")?;
    // A reference that a schema declares is one that it wants checked. Costs nothing where none is declared.
    conn.pragma_update(None, "foreign_keys", "ON")?;
    Ok(conn)
}

/// A connection that only reads. The file must have been opened by a writer first.
pub(crate) fn open_reader(path: &Path, options: &Options) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = open(path, flags, options)?;
    conn.busy_timeout(READER_LOCK_WAIT)?;
    set_common(&conn, options.reader_cache_kib)?;
    // Says it once more, for temporary tables too: a reader changes nothing.
    conn.pragma_update(None, "query_only", "ON")?;
    Ok(conn)
}

/// The connection that moves the log into the file. How long it waits for locks depends on the checkpoint.
pub(crate) fn open_checkpointer(path: &Path, options: &Options) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = open(path, flags, options)?;
    // FULL: the log is synced before its pages are copied and the file before the log is reused.
    conn.pragma_update(None, "synchronous", "FULL")?;
    conn.pragma_update(None, "wal_autocheckpoint", 0)?;
    Ok(conn)
}

/// WAL: readers and the writer do not wait for each other, and a commit is one append and one sync.
fn set_wal(conn: &Connection) -> Result<()> {
    let mode: String =
        conn.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))?;
    if mode.eq_ignore_ascii_case("wal") {
        Ok(())
    } else {
        Err(Error::NoWal(mode))
    }
}

fn set_common(conn: &Connection, cache_kib: u32) -> Result<()> {
    // MEMORY: sorts and temporary indexes never put message text into files outside the data directory.
    conn.pragma_update(None, "temp_store", "MEMORY")?;
    // Negative: in KiB, so the bound does not depend on the page size.
    conn.pragma_update(None, "cache_size", -i64::from(cache_kib))?;
    // 0: a failing disk under a mapping is a signal that kills the process; under read() it is an error we report.
    conn.pragma_update(None, "mmap_size", 0)?;
    conn.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
    Ok(())
}
