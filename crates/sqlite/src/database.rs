//! One file: its writer, its readers, its checkpoints.

use crate::checkpoint::{Checkpoint, Checkpointer};
use crate::error::cause;
use crate::readers::Readers;
use crate::writer::{Writer, WriterState};
use crate::{Error, Key, Migration, Pending, Result, migrate, pragmas};
use rusqlite::Connection;
use std::num::NonZeroUsize;
use std::path::Path;
use std::time::Duration;

/// The bounds of a database, and its key.
#[derive(Debug, Clone)]
pub struct Options {
    /// Acts that may wait for the writer.
    pub queue_acts_max: usize,
    /// Acts that share a transaction.
    pub batch_acts_max: usize,
    /// Read-only connections, each with a thread.
    pub readers: NonZeroUsize,
    /// Reads that may wait for a reader.
    pub queue_reads_max: usize,
    /// How long a read may hold its snapshot.
    pub read_time_max: Duration,
    /// The writer's page cache, in KiB.
    pub writer_cache_kib: u32,
    /// Each reader's page cache, in KiB.
    pub reader_cache_kib: u32,
    /// The size of the log, in bytes, above which it is moved into the file.
    pub wal_bytes_max: u32,
    /// How often the size of the log is looked at.
    pub checkpoint_interval: Duration,
    /// What the file, its log included, is encrypted with; none for a plain file. Needs the feature `encryption`.
    pub key: Option<Key>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            queue_acts_max: 4096,
            batch_acts_max: 256,
            readers: NonZeroUsize::MIN.saturating_add(3),
            queue_reads_max: 4096,
            read_time_max: Duration::from_secs(5),
            writer_cache_kib: 32 * 1024,
            reader_cache_kib: 8 * 1024,
            wal_bytes_max: 4 * 1024 * 1024,
            checkpoint_interval: Duration::from_millis(200),
            key: None,
        }
    }
}

/// Without a look at every entry of every index, which takes many times as long. The first finding is enough.
const CHECK: &str = "PRAGMA quick_check(1)";

/// An open file. `S` is what its writer keeps in memory. Share it in an `Arc`.
///
/// Dropping it closes it, and that waits for its threads.
#[derive(Debug)]
pub struct Database<S: WriterState = ()> {
    writer: Writer<S>,
    readers: Readers,
    checkpointer: Checkpointer,
}

impl<S: WriterState> Database<S> {
    /// Opens or creates the file, applies the migrations it lacks, builds the writer's state from what it holds, and
    /// starts the threads. Blocks. [`Error::is_damaged`] tells a file that is no good.
    pub fn open(
        path: &Path,
        migrations: &[Migration],
        options: &Options,
        state: impl FnOnce(&Connection) -> Result<S>,
    ) -> Result<Self> {
        let mut conn = pragmas::open_writer(path, options)?;
        migrate::apply(&mut conn, migrations)?;
        let state = state(&conn)?;
        let conns = (0..options.readers.get())
            .map(|_| pragmas::open_reader(path, options))
            .collect::<Result<_>>()?;
        let checkpointer = Checkpointer::start(path, options)?;
        let readers = Readers::start(conns, options.queue_reads_max, options.read_time_max)?;
        let writer = Writer::start(conn, state, options.queue_acts_max, options.batch_acts_max)?;
        Ok(Self {
            writer,
            readers,
            checkpointer,
        })
    }

    /// Queues an act: see [`Writer::submit`].
    pub fn submit<T, E, F>(&self, act: F) -> Pending<T, E>
    where
        F: FnOnce(&Connection, &mut S) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        self.writer.submit(act)
    }

    /// Queues a read: see [`Readers::read`].
    pub fn read<T, E, F>(&self, read: F) -> Pending<T, E>
    where
        F: FnOnce(&Connection) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        self.readers.read(read)
    }

    /// Queues a look at the whole file: `true` if it is sound, `false` if it is damaged.
    ///
    /// It reads every page, which takes about a second for each gigabyte, keeps a reader for that long, and has no time limit
    /// but waits in the readers' queue like any other read. Closing waits for it.
    pub fn check(&self) -> Pending<bool, Error> {
        self.readers.read_unbounded(|conn| {
            let found = conn.query_row(CHECK, [], |row| row.get::<_, String>(0));
            match found.map_err(Error::from) {
                Ok(found) => Ok(found == "ok"),
                Err(error) if error.is_damaged() => Ok(false),
                Err(error) => Err(error),
            }
        })
    }

    /// The writer, for its counts.
    pub fn writer(&self) -> &Writer<S> {
        &self.writer
    }

    /// Moves what it can of the log into the file; waits for nobody and nobody waits for it. Blocks on the disk.
    pub fn checkpoint_passive(&self) -> Result<Checkpoint> {
        self.checkpointer.passive()
    }

    /// Moves all of the log into the file and cuts the log to nothing. Returns `false` if a reader or the writer was in
    /// the way for longer than a moment: try again. Acts wait meanwhile. Blocks on the disk.
    pub fn checkpoint_truncate(&self) -> Result<bool> {
        self.checkpointer.truncate()
    }

    /// Finishes what is queued, ends the threads and empties the log. Blocks. Later calls fail with `Closed`; closing
    /// again does nothing.
    pub fn close(&self) {
        self.writer.close();
        self.readers.close();
        match self.checkpointer.truncate() {
            Ok(true) | Err(Error::Closed) => {}
            Ok(false) => tracing::warn!(
                "the log was in use when the database was closed; the next start reads it"
            ),
            Err(error) => tracing::error!(error = cause(&error), "the last checkpoint failed"),
        }
        self.checkpointer.close();
    }
}

impl<S: WriterState> Drop for Database<S> {
    fn drop(&mut self) {
        self.close();
    }
}
