//! Files of messages on this device.

use super::{Store, rows};
use crate::error::{Error, Result};
use lacuna_sqlite::Pending;
use rusqlite::{Connection, params};
use std::path::PathBuf;

const GARBAGE: &str =
    "SELECT g.body, b.bytes FROM garbage g JOIN body b ON b.id = g.body ORDER BY g.body LIMIT ?1";
const DROP: &str = "DELETE FROM garbage WHERE body = ?1";
const SET_FILE: &str = "UPDATE message SET file = ?2 WHERE id = ?1";
const FILE_OF: &str = "SELECT file FROM message WHERE id = ?1";

/// Files removed in one step.
const STEP: i64 = 100;

/// Notes the files of messages that are being deleted. They are removed once that is committed.
pub(super) fn discard(
    conn: &Connection,
    condition: &str,
    params: impl rusqlite::Params,
) -> Result<()> {
    let sql = format!(
        "INSERT INTO garbage (body) SELECT file FROM message INDEXED BY message_file WHERE {condition} AND file <> 0"
    );
    conn.prepare_cached(&sql)?.execute(params)?;
    Ok(())
}

impl Store {
    /// Notes where the file of a message lies on this device. Says whether there is such a message.
    pub(crate) fn set_file(&self, id: lacuna_domain::Pos, path: String) -> Pending<bool, Error> {
        self.act(move |conn, _| {
            if !rows::exists(conn, id)? {
                return Ok(false);
            }
            let old = rows::number(conn, FILE_OF, [super::int(id.0)])?;
            rows::zero_body(conn, old)?;
            let file = rows::add_body(conn, path.as_bytes())?;
            conn.prepare_cached(SET_FILE)?
                .execute(params![super::int(id.0), file])?;
            Ok(true)
        })
    }

    /// Some files whose messages are deleted.
    pub(super) fn garbage(&self) -> Pending<Vec<(i64, PathBuf)>, Error> {
        self.read(|conn| {
            let mut statement = conn.prepare_cached(GARBAGE)?;
            let rows = statement.query_map([STEP], |row| {
                let path: Vec<u8> = row.get(1)?;
                let path = PathBuf::from(String::from_utf8_lossy(&path).into_owned());
                Ok((row.get(0)?, path))
            })?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// The files are gone: forget their names.
    pub(super) fn forget_files(&self, bodies: Vec<i64>) -> Pending<(), Error> {
        self.act(move |conn, _| {
            for body in bodies {
                rows::zero_body(conn, body)?;
                conn.prepare_cached(DROP)?.execute([body])?;
            }
            Ok(())
        })
    }
}
