//! The tables of the index: which message is in which, and how one is built anew.

use super::super::{int, unsigned};
use super::TextOf;
use super::tokens::{Key, document};
use crate::error::Result;
use lacuna_domain::Pos;
use rusqlite::{Connection, OptionalExtension, params};

/// Messages of a part. More go into the next one; a part that grew to twice as many, by old history, is split.
pub(super) const PART_DOCS: i64 = 32 * 1024;

const PART_OF: &str =
    "SELECT id, docs, last FROM search_part WHERE first <= ?1 ORDER BY first DESC LIMIT 1";
const NEXT: &str = "SELECT min(first) FROM search_part WHERE first > ?1";
const ADD: &str = "INSERT INTO search_part (first, docs, last, stale) VALUES (?1, 0, 0, 0)";
const COUNT: &str = "UPDATE search_part SET docs = docs + 1, last = max(last, ?2), stale = max(stale, docs >= ?3) WHERE id = ?1";
const MARK: &str = "UPDATE search_part SET stale = 1 WHERE first <= ?2 AND last >= ?1";
const STALE: &str = "SELECT id, first FROM search_part WHERE stale = 1 LIMIT 1";
const EMPTY: &str = "UPDATE search_part SET docs = 0, last = 0, stale = 0 WHERE id = ?1";
const DROP: &str = "DELETE FROM search_part WHERE id = ?1";
const LEFT: &str = "SELECT m.id, m.conversation, b.bytes FROM message m CROSS JOIN body b ON b.id = m.body \
    WHERE m.id >= ?1 AND m.id < ?2 ORDER BY m.id";

/// Puts texts into the index; each with its id and its conversation.
pub(in super::super) fn index(
    conn: &Connection,
    key: &Key,
    docs: &[(Pos, i64, &str)],
) -> Result<()> {
    for (id, conversation, text) in docs {
        put(conn, *id, &document(key, *conversation, text), PART_DOCS)?;
    }
    Ok(())
}

/// Takes texts out of the index, and off its pages. They must be the texts that were put in.
pub(in super::super) fn unindex(
    conn: &Connection,
    key: &Key,
    docs: &[(Pos, i64, &str)],
) -> Result<()> {
    for (id, conversation, text) in docs {
        if let Some(Part { id: part, .. }) = part_of(conn, *id)? {
            let sql = format!(
                "INSERT INTO search_{part} (search_{part}, rowid, t) VALUES ('delete', ?1, ?2)"
            );
            let document = document(key, *conversation, text);
            conn.prepare_cached(&sql)?
                .execute(params![int(id.0), document])?;
        }
    }
    Ok(())
}

/// Notes that messages between two ids are gone whose entries are still there.
pub(in super::super) fn mark_stale(conn: &Connection, first: Pos, last: Pos) -> Result<()> {
    conn.prepare_cached(MARK)?
        .execute(params![int(first.0), int(last.0)])?;
    Ok(())
}

/// Builds one part anew that holds entries of deleted messages, or too many. Says whether there was one.
pub(in super::super) fn rebuild_step(
    conn: &Connection,
    key: &Key,
    text_of: TextOf,
) -> Result<bool> {
    rebuild(conn, key, text_of, PART_DOCS)
}

/// The parts that cover a span of ids, in the order to walk them.
pub(super) fn of_span(
    conn: &Connection,
    first: Pos,
    last: Pos,
    newest_first: bool,
) -> Result<Vec<i64>> {
    const SPAN: &str = "SELECT id FROM search_part WHERE last >= ?1 AND first <= ?2 ORDER BY first";
    let mut statement = conn.prepare_cached(SPAN)?;
    let parts = statement.query_map(params![int(first.0), int(last.0)], |row| row.get(0))?;
    let mut parts = parts.collect::<rusqlite::Result<Vec<i64>>>()?;
    if newest_first {
        parts.reverse();
    }
    Ok(parts)
}

#[derive(Clone, Copy, Debug)]
struct Part {
    id: i64,
    docs: i64,
    last: Pos,
}

fn part_of(conn: &Connection, id: Pos) -> Result<Option<Part>> {
    Ok(conn
        .prepare_cached(PART_OF)?
        .query_row([int(id.0)], |row| {
            Ok(Part {
                id: row.get(0)?,
                docs: row.get(1)?,
                last: Pos(unsigned(row.get(2)?)),
            })
        })
        .optional()?)
}

/// Puts a document where it belongs. A full part is followed by a new one if the document is newer than all in it.
pub(super) fn put(conn: &Connection, id: Pos, document: &str, part_docs: i64) -> Result<()> {
    let part = match part_of(conn, id)? {
        Some(part) if part.docs < part_docs || id <= part.last || has_next(conn, id)? => part.id,
        Some(_) => add(conn, id)?,
        None => add(conn, Pos::ZERO)?,
    };
    put_into(conn, part, id, document, part_docs)
}

fn put_into(conn: &Connection, part: i64, id: Pos, document: &str, part_docs: i64) -> Result<()> {
    let sql = format!("INSERT INTO search_{part} (rowid, t) VALUES (?1, ?2)");
    conn.prepare_cached(&sql)?
        .execute(params![int(id.0), document])?;
    conn.prepare_cached(COUNT)?
        .execute(params![part, int(id.0), 2 * part_docs])?;
    Ok(())
}

fn has_next(conn: &Connection, id: Pos) -> Result<bool> {
    Ok(next(conn, id)?.is_some())
}

fn next(conn: &Connection, id: Pos) -> Result<Option<i64>> {
    Ok(conn
        .prepare_cached(NEXT)?
        .query_row([int(id.0)], |row| row.get(0))?)
}

/// Makes a part that begins at an id.
fn add(conn: &Connection, first: Pos) -> Result<i64> {
    conn.prepare_cached(ADD)?.execute([int(first.0)])?;
    let part = conn.last_insert_rowid();
    // No positions and no sizes: a search asks whether a text has a token, and reads the text to be sure.
    // secure-delete: what is taken out is taken off the pages, and not marked as gone beside it.
    conn.execute_batch(&format!(
        "CREATE VIRTUAL TABLE search_{part} USING fts5 (t, content='', columnsize=0, detail=none, tokenize='ascii'); \
         INSERT INTO search_{part} (search_{part}, rank) VALUES ('secure-delete', 1);"
    ))?;
    Ok(part)
}

pub(super) fn rebuild(
    conn: &Connection,
    key: &Key,
    text_of: TextOf,
    part_docs: i64,
) -> Result<bool> {
    let stale = conn
        .prepare_cached(STALE)?
        .query_row([], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)))
        .optional()?;
    let Some((part, first)) = stale else {
        return Ok(false);
    };
    let end = next(conn, Pos(unsigned(first)))?.unwrap_or(i64::MAX);
    conn.execute_batch(&format!(
        "INSERT INTO search_{part} (search_{part}) VALUES ('delete-all')"
    ))?;
    conn.prepare_cached(EMPTY)?.execute([part])?;
    let (mut into, mut held, mut all) = (part, 0, 0);
    let mut statement = conn.prepare_cached(LEFT)?;
    let mut rows = statement.query(params![first, end])?;
    while let Some(row) = rows.next()? {
        let Some(text) = text_of(super::super::rows::blob(row, 2)?) else {
            continue;
        };
        let id = Pos(unsigned(row.get(0)?));
        if held == part_docs {
            into = add(conn, id)?;
            held = 0;
        }
        put_into(
            conn,
            into,
            id,
            &document(key, row.get(1)?, &text),
            part_docs,
        )?;
        held += 1;
        all += 1;
    }
    // The first part stays: it covers whatever is older than all.
    if all == 0 && first > 0 {
        conn.execute_batch(&format!("DROP TABLE search_{part}"))?;
        conn.prepare_cached(DROP)?.execute([part])?;
    }
    Ok(true)
}
