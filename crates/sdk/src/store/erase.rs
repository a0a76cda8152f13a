//! Making deleted bytes leave the disk, and the background work that deletions leave behind.

use super::{Store, search};
use crate::error::{Error, Result};
use crate::wire::body;
use lacuna_domain::ErrorCode;
use lacuna_sqlite::Pending;
use std::thread::sleep;
use std::time::Duration;

/// How often, and with which pause, the log is tried to be emptied while a reader is in the way.
const ROUNDS: u32 = 50;
const PAUSE: Duration = Duration::from_millis(20);

impl Store {
    /// Moves what was overwritten into the file and empties the log. When this returns, the bytes of what was deleted
    /// before it was called are nowhere in the store's files. Blocks on the disk.
    pub(crate) fn erase(&self) -> Result<()> {
        for _ in 0..ROUNDS {
            if self.db.checkpoint_truncate()? {
                return Ok(());
            }
            sleep(PAUSE);
        }
        let text = "deleted, but a reader keeps the log from being emptied; the next deletion or start does it";
        Err(Error::new(ErrorCode::DatabaseFailed, text))
    }

    /// One step of what deletions leave to be done: files to remove, a part of the search index to build anew. Says
    /// whether there may be more. Blocks on the disk.
    pub(crate) fn tidy_step(&self) -> Result<bool> {
        let files = self.garbage().wait()?;
        if !files.is_empty() {
            let mut gone = Vec::with_capacity(files.len());
            for (body, path) in files {
                match std::fs::remove_file(&path) {
                    Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                        tracing::warn!(%error, "the file of a deleted message cannot be removed");
                    }
                    Ok(()) | Err(_) => {}
                }
                gone.push(body);
            }
            self.forget_files(gone).wait()?;
            // Their paths say something of the messages, too.
            self.erase()?;
            return Ok(true);
        }
        let key = self.key.clone();
        let rebuilt: Pending<bool, Error> =
            self.act(move |conn, _| search::rebuild_step(conn, &key, body::searchable_text));
        rebuilt.wait()
    }

    /// Gives the room of deleted messages back to the store, by writing the bodies that are left once more in order. Blocks;
    /// takes as long as copying them does.
    pub(crate) fn compact(&self) -> Pending<(), Error> {
        self.act(|conn, _| Ok(conn.execute_batch(COMPACT)?))
    }
}

/// No row of `body` is ever deleted by itself: a table that moves rows leaves copies of those that stay, and they would
/// outlive them. A dropped table leaves none, since its pages are zeroed as they are freed.
const COMPACT: &str = "CREATE TABLE body_left (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL); \
    INSERT INTO body_left SELECT id, bytes FROM body WHERE id IN (SELECT body FROM message \
        UNION ALL SELECT file FROM message WHERE file <> 0 UNION ALL SELECT ext FROM conversation UNION ALL SELECT body FROM garbage) \
        ORDER BY id; \
    DROP TABLE body; \
    ALTER TABLE body_left RENAME TO body;";
