//! Moving the log into the file, off the writer.

use crate::error::cause;
use crate::{Error, Options, Result, pragmas};
use rusqlite::Connection;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime};

/// How long a truncating checkpoint waits for readers. Short, because the writer stands still meanwhile.
const TRUNCATE_LOCK_WAIT: Duration = Duration::from_millis(250);

/// How long a full checkpoint in the background waits. Shorter, because nobody asked for it and it is tried again.
const FULL_LOCK_WAIT: Duration = Duration::from_millis(50);

/// A writer that never rests is always a few pages ahead of passive checkpoints, and a log that was not moved to its last
/// page cannot be started anew: above this many times its bound, it is moved with the writer held.
const FULL_AT: u64 = 4;

const PASSIVE: &str = "PRAGMA wal_checkpoint(PASSIVE)";
const FULL: &str = "PRAGMA wal_checkpoint(FULL)";
const TRUNCATE: &str = "PRAGMA wal_checkpoint(TRUNCATE)";

/// What a checkpoint did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Checkpoint {
    /// Pages in the log.
    pub log_pages: i64,
    /// How many of them are now in the file too. Fewer than `log_pages` when a reader still needs the older ones.
    pub moved_pages: i64,
    /// Something stood in the way of what was asked.
    pub blocked: bool,
}

/// Runs checkpoints on a connection of its own: in the background when the log has grown, and when asked.
#[derive(Debug)]
pub(crate) struct Checkpointer {
    shared: Arc<Shared>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

#[derive(Debug)]
struct Shared {
    conn: Mutex<Option<Connection>>,
    wal_path: PathBuf,
    stopping: Mutex<bool>,
    wake: Condvar,
}

impl Checkpointer {
    pub(crate) fn start(path: &Path, options: &Options) -> Result<Self> {
        let (wal_bytes_max, interval) = (options.wal_bytes_max, options.checkpoint_interval);
        let mut wal_path = path.as_os_str().to_owned();
        wal_path.push("-wal");
        let shared = Arc::new(Shared {
            conn: Mutex::new(Some(pragmas::open_checkpointer(path, options)?)),
            wal_path: PathBuf::from(wal_path),
            stopping: Mutex::new(false),
            wake: Condvar::new(),
        });
        let for_thread = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name("db-checkpoint".into())
            .spawn(move || for_thread.run(u64::from(wal_bytes_max), interval))
            .map_err(Error::Thread)?;
        Ok(Self {
            shared,
            thread: Mutex::new(Some(thread)),
        })
    }

    pub(crate) fn passive(&self) -> Result<Checkpoint> {
        self.shared.checkpoint(PASSIVE, Duration::ZERO)
    }

    pub(crate) fn truncate(&self) -> Result<bool> {
        Ok(!self
            .shared
            .checkpoint(TRUNCATE, TRUNCATE_LOCK_WAIT)?
            .blocked)
    }

    /// Stops the thread and closes the connection. Later calls do nothing.
    pub(crate) fn close(&self) {
        *self
            .shared
            .stopping
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = true;
        self.shared.wake.notify_all();
        let thread = self
            .thread
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if thread.is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the checkpoint thread had panicked");
        }
        self.shared
            .conn
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
    }
}

impl Drop for Checkpointer {
    fn drop(&mut self) {
        self.close();
    }
}

impl Shared {
    fn checkpoint(&self, sql: &str, lock_wait: Duration) -> Result<Checkpoint> {
        let conn = self.conn.lock().unwrap_or_else(PoisonError::into_inner);
        let conn = conn.as_ref().ok_or(Error::Closed)?;
        conn.busy_timeout(lock_wait)?;
        let done = conn.query_row(sql, [], |row| {
            Ok(Checkpoint {
                blocked: row.get::<_, i64>(0)? != 0,
                log_pages: row.get(1)?,
                moved_pages: row.get(2)?,
            })
        })?;
        Ok(done)
    }

    fn run(&self, wal_bytes_max: u64, interval: Duration) {
        // The log keeps its size after it was moved, until the writer starts it anew: one that has not changed since is
        // not moved again.
        let mut moved: Option<(u64, SystemTime)> = None;
        while !self.sleep(interval) {
            let Some(state) = self.wal_state() else {
                continue;
            };
            if state.0 <= wal_bytes_max || moved == Some(state) {
                continue;
            }
            match self.move_log(state.0 > wal_bytes_max.saturating_mul(FULL_AT)) {
                Ok(done) if done.moved_pages == done.log_pages => moved = Some(state),
                Ok(_) => {}
                Err(error) => tracing::error!(error = cause(&error), "the checkpoint failed"),
            }
        }
    }

    /// Moves what can be moved without the writer, then, if it must be all, the few pages that remain.
    fn move_log(&self, all: bool) -> Result<Checkpoint> {
        let done = self.checkpoint(PASSIVE, Duration::ZERO)?;
        if all {
            self.checkpoint(FULL, FULL_LOCK_WAIT)
        } else {
            Ok(done)
        }
    }

    /// The log's size and time of its last change. Taken before a checkpoint, so a write during it counts as new.
    fn wal_state(&self) -> Option<(u64, SystemTime)> {
        let metadata = std::fs::metadata(&self.wal_path).ok()?;
        Some((metadata.len(), metadata.modified().ok()?))
    }

    /// Waits for the interval, or less when told to stop. Returns whether it was.
    fn sleep(&self, interval: Duration) -> bool {
        let stopping = self.stopping.lock().unwrap_or_else(PoisonError::into_inner);
        let (stopping, _) = self
            .wake
            .wait_timeout_while(stopping, interval, |stopping| !*stopping)
            .unwrap_or_else(PoisonError::into_inner);
        *stopping
    }
}
