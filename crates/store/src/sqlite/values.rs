//! How values are kept in columns, and how statements are run.

use crate::act::{Error, Result};
use lacuna_domain::{
    AccountId, Audience, ConversationId, ConversationKey, DeviceId, GroupId, Mark, Millis, Name,
    Pos, Seq, Version,
};
use rusqlite::types::{FromSqlError, Type};
use rusqlite::{Connection, OptionalExtension as _, Params, Row};

impl From<lacuna_sqlite::Error> for Error {
    fn from(error: lacuna_sqlite::Error) -> Self {
        if matches!(error, lacuna_sqlite::Error::Busy) {
            Self::Busy
        } else if matches!(error, lacuna_sqlite::Error::Closed) {
            Self::Closed
        } else if error.is_full() {
            Self::Full(Box::new(error))
        } else {
            Self::Storage(Box::new(error))
        }
    }
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        lacuna_sqlite::Error::from(error).into()
    }
}

/// Runs a statement that gives no rows. Says how many rows it changed.
pub(super) fn run(conn: &Connection, sql: &str, params: impl Params) -> Result<usize> {
    Ok(conn.prepare_cached(sql)?.execute(params)?)
}

/// The first row of a query.
pub(super) fn one<T>(
    conn: &Connection,
    sql: &str,
    params: impl Params,
    read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Option<T>> {
    Ok(conn
        .prepare_cached(sql)?
        .query_row(params, read)
        .optional()?)
}

/// Every row of a query.
pub(super) fn all<T>(
    conn: &Connection,
    sql: &str,
    params: impl Params,
    read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Vec<T>> {
    let mut statement = conn.prepare_cached(sql)?;
    let rows = statement
        .query_map(params, read)?
        .collect::<rusqlite::Result<_>>()?;
    Ok(rows)
}

/// A number as a column keeps it; what does not fit is the largest.
pub(super) fn int(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A count as `LIMIT` and `OFFSET` take it.
pub(super) fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A number from a column.
pub(super) fn number(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    let value: i64 = row.get(column)?;
    u64::try_from(value).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(column, value))
}

pub(super) fn seq(row: &Row<'_>, column: usize) -> rusqlite::Result<Seq> {
    number(row, column).map(Seq)
}

pub(super) fn maybe_seq(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Seq>> {
    let value: Option<i64> = row.get(column)?;
    Ok(value.map(|value| Seq(value.max(0).cast_unsigned())))
}

pub(super) fn pos(row: &Row<'_>, column: usize) -> rusqlite::Result<Pos> {
    number(row, column).map(Pos)
}

pub(super) fn version(row: &Row<'_>, column: usize) -> rusqlite::Result<Version> {
    number(row, column).map(Version)
}

pub(super) fn millis(row: &Row<'_>, column: usize) -> rusqlite::Result<Millis> {
    number(row, column).map(Millis)
}

/// A seq and the pos in the column after it.
pub(super) fn mark(row: &Row<'_>, column: usize) -> rusqlite::Result<Mark> {
    Ok(Mark {
        seq: seq(row, column)?,
        pos: pos(row, column + 1)?,
    })
}

pub(super) fn account_id(row: &Row<'_>, column: usize) -> rusqlite::Result<AccountId> {
    row.get(column).map(AccountId)
}

pub(super) fn conversation_id(row: &Row<'_>, column: usize) -> rusqlite::Result<ConversationId> {
    row.get(column).map(ConversationId)
}

pub(super) fn device_id(row: &Row<'_>, column: usize) -> rusqlite::Result<DeviceId> {
    row.get(column).map(DeviceId)
}

fn text_error(
    column: usize,
    error: impl std::error::Error + Send + Sync + 'static,
) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(error))
}

pub(super) fn name(row: &Row<'_>, column: usize) -> rusqlite::Result<Name> {
    let text = row
        .get_ref(column)?
        .as_str()
        .map_err(|error| text_error(column, error))?;
    Name::new(text).map_err(|error| text_error(column, error))
}

/// A fixed number of bytes.
pub(super) fn hash(row: &Row<'_>, column: usize) -> rusqlite::Result<[u8; 32]> {
    row.get(column)
}

/// The two columns of a conversation's key.
pub(super) fn key_columns(key: &ConversationKey) -> (i64, String) {
    match key {
        ConversationKey::Direct(a, b) => (0, format!("{a} {b}")),
        ConversationKey::Group(id) => (1, id.as_str().into()),
    }
}

/// A conversation's key from its two columns.
pub(super) fn key(row: &Row<'_>, column: usize) -> rusqlite::Result<ConversationKey> {
    let kind: i64 = row.get(column)?;
    let text = row
        .get_ref(column + 1)?
        .as_str()
        .map_err(|error| text_error(column + 1, error))?;
    if kind == 1 {
        return Ok(ConversationKey::Group(GroupId::new(text)));
    }
    let (a, b) = text
        .split_once(' ')
        .ok_or_else(|| text_error(column + 1, FromSqlError::InvalidType))?;
    let name = |text: &str| Name::new(text).map_err(|error| text_error(column + 1, error));
    Ok(ConversationKey::Direct(name(a)?, name(b)?))
}

const ONLY: u8 = 1;
const EXCEPT: u8 = 2;
const DEVICE: u8 = 3;

/// An audience: null for everyone, otherwise a byte that says which, and the ids, 8 bytes each, little-endian.
pub(super) fn audience_column(audience: &Audience) -> Option<Vec<u8>> {
    let tagged = |tag: u8, ids: &mut dyn Iterator<Item = i64>| {
        let mut bytes = vec![tag];
        ids.for_each(|id| bytes.extend(id.to_le_bytes()));
        Some(bytes)
    };
    match audience {
        Audience::All => None,
        Audience::Only(accounts) => tagged(ONLY, &mut accounts.iter().map(|account| account.0)),
        Audience::Except(accounts) => tagged(EXCEPT, &mut accounts.iter().map(|account| account.0)),
        Audience::Device(device) => tagged(DEVICE, &mut std::iter::once(device.0)),
    }
}

/// An audience from its column. One that makes no sense is nobody's.
pub(super) fn audience(row: &Row<'_>, column: usize) -> rusqlite::Result<Audience> {
    let bytes = row
        .get_ref(column)?
        .as_blob_or_null()
        .map_err(|error| text_error(column, error))?;
    let Some(bytes) = bytes else {
        return Ok(Audience::All);
    };
    let (tag, ids) = bytes.split_first().unwrap_or((&0, &[]));
    let mut ids = words(ids).map(u64::cast_signed);
    Ok(match *tag {
        EXCEPT => Audience::Except(ids.map(AccountId).collect()),
        DEVICE => Audience::Device(DeviceId(ids.next().unwrap_or(-1))),
        _ => Audience::Only(ids.map(AccountId).collect()),
    })
}

fn words(bytes: &[u8]) -> impl Iterator<Item = u64> {
    bytes
        .as_chunks::<8>()
        .0
        .iter()
        .map(|word| u64::from_le_bytes(*word))
}

/// Runs of seqs, as a purge marker keeps them.
pub(super) fn runs_column(runs: impl IntoIterator<Item = (Seq, Seq)>) -> Vec<u8> {
    runs.into_iter()
        .flat_map(|(from, to)| [from.0.to_le_bytes(), to.0.to_le_bytes()])
        .flatten()
        .collect()
}

/// Runs of seqs from a purge marker.
pub(super) fn marked_runs(row: &Row<'_>, column: usize) -> rusqlite::Result<Vec<(Seq, Seq)>> {
    let bytes = row
        .get_ref(column)?
        .as_blob()
        .map_err(|error| text_error(column, error))?;
    let words: Vec<u64> = words(bytes).collect();
    Ok(words
        .as_chunks::<2>()
        .0
        .iter()
        .map(|[from, to]| (Seq(*from), Seq(*to)))
        .collect())
}
