//! What the user deleted: a floor and runs above it, as the server has them.

use super::rows::{self, Conv};
use super::{int, unsigned};
use crate::error::Result;
use lacuna_domain::{Pos, Target};
use rusqlite::{Connection, OptionalExtension, params};

/// A deletion as the server tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// The account's version at which it was made.
    pub version: u64,
    /// Where.
    pub conversation: Target,
    /// The first message of the run; zero for a prefix.
    pub first: Pos,
    /// The last message of the run, included.
    pub last: Pos,
    /// The resource of the device that it came from; empty for the server API.
    pub device: String,
}

const FLOOR: &str = "SELECT floor FROM conversation WHERE id = ?1";
const RAISE_FLOOR: &str = "UPDATE conversation SET floor = ?2 WHERE id = ?1 AND floor < ?2";
const DROP_BELOW: &str = "DELETE FROM hidden WHERE conversation = ?1 AND last <= ?2";
const BEFORE: &str = "SELECT first, last FROM hidden WHERE conversation = ?1 AND first <= ?2 ORDER BY first DESC LIMIT 1";
const WITHIN: &str =
    "SELECT max(last) FROM hidden WHERE conversation = ?1 AND first BETWEEN ?2 AND ?3";
const DROP_WITHIN: &str = "DELETE FROM hidden WHERE conversation = ?1 AND first BETWEEN ?2 AND ?3";
const INSERT: &str = "INSERT INTO hidden (conversation, first, last) VALUES (?1, ?2, ?3)";

/// Whether the user deleted the message. Asked of every message that comes, from wherever.
pub(super) fn is_hidden(conn: &Connection, conversation: Conv, id: Pos) -> Result<bool> {
    if id.0 <= floor(conn, conversation)? {
        return Ok(true);
    }
    Ok(run_before(conn, conversation, id)?.is_some_and(|(_, last)| last >= id.0))
}

/// Adds a run to what is hidden: the floor goes by max, runs by union, so that no order of calls takes one back.
pub(super) fn hide(conn: &Connection, conversation: Conv, first: Pos, last: Pos) -> Result<()> {
    if first > last {
        return Ok(());
    }
    if first == Pos::ZERO {
        conn.prepare_cached(RAISE_FLOOR)?
            .execute(params![conversation.0, int(last.0)])?;
        conn.prepare_cached(DROP_BELOW)?
            .execute(params![conversation.0, int(last.0)])?;
        return Ok(());
    }
    if last.0 <= floor(conn, conversation)? {
        return Ok(());
    }
    let (mut low, mut high) = (first.0, last.0);
    if let Some((start, end)) = run_before(conn, conversation, first)?
        && end >= first.0
    {
        low = start;
        high = high.max(end);
    }
    let span = params![conversation.0, int(low), int(high)];
    let within: Option<i64> = conn
        .prepare_cached(WITHIN)?
        .query_row(span, |row| row.get(0))?;
    conn.prepare_cached(DROP_WITHIN)?.execute(span)?;
    high = high.max(within.map_or(0, unsigned));
    conn.prepare_cached(INSERT)?
        .execute(params![conversation.0, int(low), int(high)])?;
    Ok(())
}

/// Adds one message to what is hidden.
pub(super) fn hide_one(conn: &Connection, conversation: Conv, id: Pos) -> Result<()> {
    hide(conn, conversation, id, id)
}

fn floor(conn: &Connection, conversation: Conv) -> Result<u64> {
    rows::number(conn, FLOOR, [conversation.0]).map(unsigned)
}

fn run_before(conn: &Connection, conversation: Conv, id: Pos) -> Result<Option<(u64, u64)>> {
    let found = conn
        .prepare_cached(BEFORE)?
        .query_row(params![conversation.0, int(id.0)], |row| {
            Ok((unsigned(row.get(0)?), unsigned(row.get(1)?)))
        })
        .optional()?;
    Ok(found)
}
