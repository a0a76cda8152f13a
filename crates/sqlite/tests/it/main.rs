//! The crate as its users see it: one file on disk, acts, reads and checkpoints.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests may panic like the tests themselves"
)]

mod acts;
mod damage;
mod encryption;
mod files;
#[cfg(target_os = "linux")]
mod power;
mod reads;

#[cfg(target_os = "linux")]
#[path = "../../../testing/faults/faults.rs"]
mod faults;
#[cfg(target_os = "linux")]
#[path = "../../../testing/faults/image.rs"]
mod image;

use lacuna_sqlite::rusqlite::{Connection, params};
use lacuna_sqlite::{Database, Error, Migration, Options, WriterState};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender, channel};
use tempfile::TempDir;

pub(crate) const MIGRATIONS: &[Migration] = &[
    Migration {
        number: 1,
        name: "create_notes",
        sql: "CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT) STRICT",
    },
    Migration {
        number: 2,
        name: "create_links",
        sql: "CREATE TABLE link (note INTEGER REFERENCES note (id) DEFERRABLE INITIALLY DEFERRED) STRICT",
    },
];

/// Counts how often it was told to forget.
#[derive(Debug, Default)]
pub(crate) struct Forgets(pub(crate) u32);

impl WriterState for Forgets {
    fn rolled_back(&mut self) {
        self.0 += 1;
    }
}

pub(crate) struct Fixture {
    pub(crate) db: Database<Forgets>,
    pub(crate) dir: TempDir,
}

impl Fixture {
    pub(crate) fn new() -> Self {
        Self::with(&Options::default())
    }

    pub(crate) fn with(options: &Options) -> Self {
        let dir = TempDir::new().expect("a directory");
        let db = open(&dir, options).expect("a database");
        Self { db, dir }
    }

    pub(crate) fn wal_bytes(&self) -> u64 {
        self.path("db-wal")
            .metadata()
            .map_or(0, |metadata| metadata.len())
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// What readers see, in order of id.
    pub(crate) fn texts(&self) -> Vec<String> {
        self.db.read::<_, Error, _>(texts).wait().expect("a read")
    }

    pub(crate) fn forgets(&self) -> u32 {
        self.db
            .submit::<_, Error, _>(|_, forgets| Ok(forgets.0))
            .wait()
            .expect("an act")
    }

    /// Keeps the writer busy, so that what is submitted next gathers into one batch. Returns what lets it go on.
    pub(crate) fn hold_writer(&self) -> Sender<()> {
        let (go, wait): (Sender<()>, Receiver<()>) = channel();
        let (begun, has_begun) = channel();
        drop(self.db.submit::<_, Error, _>(move |_, _| {
            begun.send(()).expect("the test waits");
            wait.recv().ok();
            Ok(())
        }));
        has_begun.recv().expect("the act runs");
        go
    }
}

pub(crate) fn open(dir: &TempDir, options: &Options) -> Result<Database<Forgets>, Error> {
    Database::open(&dir.path().join("db"), MIGRATIONS, options, |_| {
        Ok(Forgets::default())
    })
}

pub(crate) fn insert(conn: &Connection, text: &str) -> Result<i64, Error> {
    conn.prepare_cached("INSERT INTO note (text) VALUES (?1)")?
        .execute([text])?;
    Ok(conn.last_insert_rowid())
}

/// Refers to a note that does not exist, which only `COMMIT` notices.
pub(crate) fn insert_dangling(conn: &Connection) -> Result<(), Error> {
    conn.execute("INSERT INTO link (note) VALUES (?1)", params![-1])?;
    Ok(())
}

pub(crate) fn texts(conn: &Connection) -> Result<Vec<String>, Error> {
    let mut query = conn.prepare_cached("SELECT text FROM note ORDER BY id")?;
    let rows = query.query_map([], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

const fn assert_shared<T: Send + Sync>() {}
const _: () = assert_shared::<Database<Forgets>>();
