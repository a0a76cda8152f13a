//! What can go wrong, by what the caller can do about it.

use rusqlite::ErrorCode;

/// The result of everything in this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong, by what the caller can do about it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The queue is full: try again later, or tell the client to.
    #[error("the queue is full")]
    Busy,
    /// The database was closed, before or while this was waiting.
    #[error("the database is closed")]
    Closed,
    /// The closure panicked. What it had written was rolled back.
    #[error("the act panicked and was rolled back")]
    Panicked,
    /// Another act took the shared transaction down with it. Nothing of this one was kept: it may be tried again.
    #[error("the transaction was rolled back under the act")]
    RolledBack,
    /// The read held its snapshot for longer than a read may.
    #[error("the read took too long")]
    Timeout,
    /// The file was written by a later version of the program.
    #[error("the schema has version {found}, this program knows {known}")]
    TooNew {
        /// The version of the file.
        found: u32,
        /// The last version that this program knows.
        known: u32,
    },
    /// The migrations are not numbered 1, 2, 3 …
    #[error("migration {found} stands where {expected} belongs")]
    MigrationOrder {
        /// The number that belongs there.
        expected: u32,
        /// The number that stands there.
        found: u32,
    },
    /// A migration failed. The file is as the one before left it.
    #[error("migration {number} ({name}) failed")]
    Migration {
        /// Its number.
        number: u32,
        /// Its name.
        name: &'static str,
        /// Why.
        source: rusqlite::Error,
    },
    /// The file cannot be put in WAL mode (a network file system, or no file at all).
    #[error("the database cannot use a write-ahead log: its journal mode stays {0}")]
    NoWal(String),
    /// A key was given, and this build cannot encrypt. Nothing was opened or created.
    #[error("this build has no encryption and takes no key")]
    NoEncryption,
    /// The file is encrypted with another key, or is encrypted and no key was given, or is not encrypted and one was.
    ///
    /// Only builds with encryption say so. A file that is damaged at its very beginning looks the same: both are noise.
    #[error("the key is not that of the file")]
    WrongKey(#[source] rusqlite::Error),
    /// A thread could not be started.
    #[error("a database thread could not be started")]
    Thread(#[source] std::io::Error),
    /// `SQLite` refused. [`Error::is_full`], [`Error::is_read_only`], [`Error::is_io`] and
    /// [`Error::is_damaged`] say more.
    #[error("sqlite failed")]
    Sqlite(#[from] rusqlite::Error),
}

impl Error {
    /// `SQLite`'s own code, where the error comes from `SQLite`.
    pub fn sqlite_code(&self) -> Option<ErrorCode> {
        match self {
            Self::Sqlite(source) | Self::Migration { source, .. } => source.sqlite_error_code(),
            _ => None,
        }
    }

    /// The disk is full.
    pub fn is_full(&self) -> bool {
        self.sqlite_code() == Some(ErrorCode::DiskFull)
    }

    /// The file, its directory or its file system cannot be written.
    pub fn is_read_only(&self) -> bool {
        matches!(
            self.sqlite_code(),
            Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied)
        )
    }

    /// The file is damaged, or no database at all. A file with another key ([`Error::WrongKey`]) is not damaged.
    pub fn is_damaged(&self) -> bool {
        matches!(
            self.sqlite_code(),
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)
        )
    }

    /// The disk failed, or the file is damaged.
    pub fn is_io(&self) -> bool {
        self.is_damaged() || self.sqlite_code() == Some(ErrorCode::SystemIoFailure)
    }

    /// What the first read of a file says. With encryption, a file that cannot be read as one is taken to have another key.
    pub(crate) fn of_first_read(error: rusqlite::Error) -> Self {
        let not_one = error.sqlite_error_code() == Some(ErrorCode::NotADatabase);
        if not_one && cfg!(feature = "encryption") {
            Self::WrongKey(error)
        } else {
            Self::Sqlite(error)
        }
    }
}

/// One failed `COMMIT` fails many acts, and the error of rusqlite is not `Clone`. The code and the text are kept.
pub(crate) fn duplicate(error: &rusqlite::Error) -> rusqlite::Error {
    match error {
        rusqlite::Error::SqliteFailure(cause, text) => {
            rusqlite::Error::SqliteFailure(*cause, text.clone())
        }
        other => {
            let cause = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_ERROR);
            rusqlite::Error::SqliteFailure(cause, Some(other.to_string()))
        }
    }
}

/// An error as a log takes it.
pub(crate) fn cause(
    error: &(impl std::error::Error + 'static),
) -> &(dyn std::error::Error + 'static) {
    error
}
