//! Opening the file of a user: made, migrated, locked, and mended if it is damaged.

use super::hidden::hide;
use super::rows::{self, NewRow};
use super::search::Key;
use super::{State, Store, arrive, get, set, unsigned};
use crate::error::{Error, Result};
use crate::types::Status;
use lacuna_domain::{Clock, ErrorCode, Millis, NODE_LOCAL, Name, Pos, PosAllocator};
use lacuna_sqlite::{Database, Migration, Options};
use rusqlite::{Connection, OpenFlags};
use std::fs::{File, OpenOptions};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const MIGRATIONS: &[Migration] = &[Migration {
    number: 1,
    name: "create_tables",
    sql: include_str!("../../migrations/0001_create_tables.sql"),
}];

/// Which store to open.
#[derive(Debug)]
pub(crate) struct Opening<'a> {
    /// The folder of all stores of an app.
    pub(crate) folder: &'a Path,
    /// The server's application.
    pub(crate) app_key: &'a str,
    /// The user.
    pub(crate) user: &'a Name,
    /// The device's name, if the app chooses it.
    pub(crate) resource: Option<&'a str>,
    /// What the file is encrypted with.
    pub(crate) key: Option<lacuna_sqlite::Key>,
    /// The time.
    pub(crate) clock: Arc<dyn Clock>,
}

impl Store {
    /// Opens the store of a user, or makes it. Blocks on the disk.
    pub(crate) fn open(opening: &Opening<'_>) -> Result<Self> {
        let path = path_of(opening.folder, opening.app_key, opening.user);
        std::fs::create_dir_all(path.parent().unwrap_or(opening.folder))
            .map_err(|error| cannot("make the store's folder", &error))?;
        let lock = lock(&path.with_extension("lock"))?;
        let marked = damage_mark(&path).exists();
        let opened = if marked {
            None
        } else {
            Some(open_file(opening, &path))
        };
        let (db, recovered) = match opened {
            Some(Err(error)) if error.is_damaged() => (mend(opening, &path)?, true),
            None => (mend(opening, &path)?, true),
            Some(opened) => (opened?, false),
        };
        let (key, clean) = prepare(&db, opening)?;
        let store = Self {
            db,
            me: opening.user.clone(),
            key,
            path,
            clock: Arc::clone(&opening.clock),
            recovered,
            clean,
            _lock: lock,
        };
        // What a killed process had deleted and not yet erased.
        if !clean {
            store.erase()?;
        }
        Ok(store)
    }

    /// Whether the file is sound, all of it read. One that is not is mended when it is opened next.
    pub(crate) fn check(&self) -> Result<bool> {
        let sound = self.db.check().wait()?;
        if !sound {
            File::create(damage_mark(&self.path))
                .map_err(|error| cannot("mark the damaged store", &error))?;
        }
        Ok(sound)
    }

    /// Whether the process that had the file open before closed it.
    pub(crate) fn was_closed(&self) -> bool {
        self.clean
    }

    /// Notes that the file was closed, and closes it. Closing again does nothing.
    pub(crate) fn close(&self) {
        let noted = self.act(|conn, _| set(conn, "open", 0)).wait();
        if let Err(error) = noted {
            tracing::debug!(%error, "the store was closed before");
        }
        self.db.close();
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        self.close();
    }
}

fn open_file(opening: &Opening<'_>, path: &Path) -> lacuna_sqlite::Result<Database<State>> {
    let options = Options {
        readers: NonZeroUsize::MIN.saturating_add(1),
        queue_acts_max: 1024,
        queue_reads_max: 1024,
        writer_cache_kib: 8 * 1024,
        reader_cache_kib: 4 * 1024,
        key: opening.key.clone(),
        ..Options::default()
    };
    Database::open(path, MIGRATIONS, &options, |_| {
        Ok(State {
            ids: PosAllocator::new(NODE_LOCAL, Pos::ZERO),
        })
    })
}

/// Writes what a new store needs, and reads what an old one has. Also says whether it was closed by its last process.
fn prepare(db: &Database<State>, opening: &Opening<'_>) -> Result<(Key, bool)> {
    let wanted = opening.resource.map(str::to_owned);
    db.submit(move |conn, _| {
        let clean = get::<i64>(conn, "open")?.unwrap_or_default() == 0;
        set(conn, "open", 1)?;
        let known = get::<String>(conn, "resource")?;
        match (wanted, known) {
            (Some(wanted), known) if known.as_ref() != Some(&wanted) => {
                set(conn, "resource", wanted)?;
            }
            (None, None) => set(
                conn,
                "resource",
                format!("lacuna_{:016x}", u64::from_be_bytes(random()?)),
            )?,
            (Some(_) | None, _) => {}
        }
        let key = if let Some(key) = get::<[u8; 16]>(conn, "search_key")? {
            key
        } else {
            let key = random::<16>()?;
            set(conn, "search_key", key)?;
            key
        };
        Ok((Key::new(key), clean))
    })
    .wait()
}

/// Replaces a damaged file by a new one with what can still be read of it, and removes the damaged one: it must not outlive
/// what is deleted from now on. What is lost is read from the server again, and so is everything that was deleted.
fn mend(opening: &Opening<'_>, path: &Path) -> Result<Database<State>> {
    tracing::warn!(path = %path.display(), "the local store is damaged: it is built anew from what can be read");
    let old = path.with_extension("damaged");
    for (from, to) in beside(path).into_iter().zip(beside(&old)) {
        if from.exists() {
            std::fs::rename(&from, &to)
                .map_err(|error| cannot("move the damaged store", &error))?;
        }
    }
    let db = open_file(opening, path)?;
    let (key, _) = prepare(&db, opening)?;
    let from = old.clone();
    let saved = db
        .submit(move |conn, _| salvage(conn, &key, &from))
        .wait()?;
    tracing::warn!(
        messages = saved,
        "messages were saved from the damaged store"
    );
    for file in beside(&old).into_iter().chain([damage_mark(path)]) {
        if file.exists() {
            std::fs::remove_file(&file)
                .map_err(|error| cannot("remove the damaged store", &error))?;
        }
    }
    Ok(db)
}

const OLD_CONVERSATIONS: &str = "SELECT kind, name, floor FROM conversation";
const OLD_HIDDEN: &str = "SELECT c.kind, c.name, h.first, h.last FROM hidden h JOIN conversation c ON c.id = h.conversation";
const OLD_MESSAGES: &str = "SELECT c.kind, c.name, m.id, n.text, m.kind, m.sent, m.status, m.unread, m.local_time, m.route, b.bytes \
    FROM message m JOIN conversation c ON c.id = m.conversation JOIN name n ON n.id = m.sender JOIN body b ON b.id = m.body";
const OLD_STATE: &str = "SELECT key, value FROM state WHERE key IN ('account', 'resource')";

/// Copies what can be read. Returns how many messages that was. Each part ends where it cannot be read on.
fn salvage(conn: &Connection, key: &Key, old: &Path) -> Result<usize> {
    // In step once, and now behind: what is missing is read from history.
    set(conn, "synced", 1)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let Ok(old) = Connection::open_with_flags(old, flags) else {
        return Ok(0);
    };
    let each = |sql: &str, take: &mut dyn FnMut(&rusqlite::Row<'_>) -> Result<()>| {
        let mut read = || -> Result<()> {
            let mut statement = old.prepare(sql)?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                take(row)?;
            }
            Ok(())
        };
        if let Err(error) = read() {
            tracing::warn!(%error, "a part of the damaged store cannot be read");
        }
    };
    // Whose messages these are. A device that keeps its name keeps its place on the server; without it, it is a new one.
    each(OLD_STATE, &mut |row| {
        set(conn, &row.get::<_, String>(0)?, row.get::<_, String>(1)?)
    });
    each(OLD_CONVERSATIONS, &mut |row| {
        let conversation = rows::ensure_conversation(conn, &rows::target(row, 0)?, true)?;
        hide(conn, conversation, Pos::ZERO, Pos(unsigned(row.get(2)?)))
    });
    each(OLD_HIDDEN, &mut |row| {
        let conversation = rows::ensure_conversation(conn, &rows::target(row, 0)?, true)?;
        hide(
            conn,
            conversation,
            Pos(unsigned(row.get(2)?)),
            Pos(unsigned(row.get(3)?)),
        )
    });
    let mut saved = 0;
    each(OLD_MESSAGES, &mut |row| {
        saved += usize::from(salvage_one(conn, key, row)?);
        Ok(())
    });
    Ok(saved)
}

fn salvage_one(conn: &Connection, key: &Key, row: &rusqlite::Row<'_>) -> Result<bool> {
    let conversation = rows::ensure_conversation(conn, &rows::target(row, 0)?, true)?;
    let id = Pos(unsigned(row.get(2)?));
    let (sender, payload): (String, Vec<u8>) = (row.get(3)?, row.get(10)?);
    if super::hidden::is_hidden(conn, conversation, id)? || rows::exists(conn, id)? {
        return Ok(false);
    }
    let unread: bool = row.get(7)?;
    let new = NewRow {
        id,
        conversation,
        sender: &sender,
        kind: row.get(4)?,
        sent: row.get(5)?,
        status: match row.get::<_, i64>(6)? {
            0 | 1 => Status::Sending,
            2 => Status::Sent,
            _ => Status::Failed,
        },
        unread,
        local_time: Millis(unsigned(row.get(8)?)),
        route: row.get(9)?,
        payload: &payload,
        path: None,
    };
    rows::add_message(conn, &new)?;
    arrive::index(conn, key, conversation, id, &payload)?;
    rows::raise(conn, conversation, id, u64::from(unread))?;
    Ok(true)
}

/// Where the store of a user lies.
pub(super) fn path_of(folder: &Path, app_key: &str, user: &Name) -> PathBuf {
    folder.join(file_name(app_key)).join(format!("{user}.db"))
}

/// A file and what `SQLite` keeps beside it.
pub(super) fn beside(path: &Path) -> [PathBuf; 3] {
    let with = |end: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(end);
        PathBuf::from(name)
    };
    [path.to_path_buf(), with("-wal"), with("-shm")]
}

pub(super) fn damage_mark(path: &Path) -> PathBuf {
    path.with_extension("is-damaged")
}

/// Keeps other processes from the store: they would be the same device.
pub(super) fn lock(path: &Path) -> Result<File> {
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path)
        .map_err(|error| cannot("open the store's lock", &error))?;
    file.try_lock().map_err(|_| {
        Error::new(
            ErrorCode::AlreadyLoggedIn,
            "the user is logged in already with this store",
        )
    })?;
    Ok(file)
}

/// An application's key as the name of a folder.
fn file_name(app_key: &str) -> String {
    let legal = |c: char| {
        if c.is_ascii_alphanumeric() || "._-".contains(c) {
            c
        } else {
            '_'
        }
    };
    app_key.chars().map(legal).collect()
}

fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)
        .map_err(|_| Error::new(ErrorCode::General, "the system gives no random bytes"))?;
    Ok(bytes)
}

fn cannot(act: &str, error: &std::io::Error) -> Error {
    Error::new(ErrorCode::DatabaseFailed, format!("cannot {act}: {error}"))
}
