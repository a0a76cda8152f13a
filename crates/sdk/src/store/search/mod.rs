//! Full-text search over what a store holds.
//!
//! The index is a row of FTS5 tables, each over a span of ids, so that a search walks messages in their order and can stop,
//! and so that what is left of large deletions is removed by building a few small tables anew: FTS5's own secure deletion
//! needs 16 s for 100,000 of 1,000,000 short messages, where the messages themselves are gone in 0.1 s (measured).
//!
//! The index holds keyed hashes and never text ([`tokens`]). Deletions of a few messages take their entries out at once; larger
//! ones mark the tables, and [`rebuild_step`] does it in the background, at the next start at the latest.

mod parts;
#[cfg(test)]
mod tests;
mod tokens;

pub(super) use parts::{index, mark_stale, rebuild_step, unindex};
pub(crate) use tokens::Key;

use super::{int, unsigned};
use crate::error::Result;
use lacuna_domain::Pos;
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};
use tokens::Wanted;

/// What a message can be found by, from its stored body.
pub(super) type TextOf = fn(&[u8]) -> Option<String>;

/// What to search for.
#[derive(Clone, Debug)]
pub(super) struct Query {
    pub(super) keyword: String,
    /// Only in this conversation.
    pub(super) conversation: Option<i64>,
    /// Only from these senders; empty for all.
    pub(super) senders: Vec<i64>,
    /// Only of these kinds; empty for all.
    pub(super) kinds: Vec<u8>,
    /// Only sent by this user, or only received.
    pub(super) sent: Option<bool>,
    /// The span of ids, both ends included.
    pub(super) first: Pos,
    pub(super) last: Pos,
    pub(super) newest_first: bool,
    pub(super) limit: usize,
}

/// The messages with a keyword, in order: each word of it begins a word of theirs, and each run of a script without spaces
/// stands in them. Nothing is found by a keyword without a letter or digit.
pub(super) fn search(
    conn: &Connection,
    key: &Key,
    query: &Query,
    text_of: TextOf,
) -> Result<Vec<Pos>> {
    let Some(wanted) = Wanted::of(&query.keyword) else {
        return Ok(Vec::new());
    };
    let terms = wanted.query(key, query.conversation);
    let mut found = Vec::new();
    for part in parts::of_span(conn, query.first, query.last, query.newest_first)? {
        let (sql, values) = in_part(part, &terms, query);
        let mut statement = conn.prepare_cached(&sql)?;
        let mut rows = statement.query(params_from_iter(values))?;
        while let Some(row) = rows.next()? {
            if found.len() == query.limit {
                return Ok(found);
            }
            // Tokens are hashes, and pairs of characters need not stand side by side: the text decides.
            let text = text_of(super::rows::blob(row, 1)?);
            if text.is_some_and(|text| wanted.is_in(&text)) {
                found.push(Pos(unsigned(row.get(0)?)));
            }
        }
    }
    Ok(found)
}

/// The statement that walks one part, and its parameters. What is deleted is not joined.
fn in_part(part: i64, terms: &str, query: &Query) -> (String, Vec<Value>) {
    let mut sql = format!(
        "SELECT m.id, b.bytes FROM search_{part} CROSS JOIN message m ON m.id = search_{part}.rowid \
         CROSS JOIN body b ON b.id = m.body WHERE search_{part} MATCH ?1 AND search_{part}.rowid BETWEEN ?2 AND ?3"
    );
    let mut values = vec![
        Value::from(terms.to_owned()),
        int(query.first.0).into(),
        int(query.last.0).into(),
    ];
    if let Some(conversation) = query.conversation {
        sql.push_str(" AND m.conversation = ?");
        values.push(conversation.into());
    }
    if let Some(sent) = query.sent {
        sql.push_str(" AND m.sent = ?");
        values.push(i64::from(sent).into());
    }
    let kinds = query.kinds.iter().map(|kind| i64::from(*kind));
    super::query::push_list(&mut sql, &mut values, "m.kind", kinds);
    super::query::push_list(
        &mut sql,
        &mut values,
        "m.sender",
        query.senders.iter().copied(),
    );
    let order = if query.newest_first { "DESC" } else { "ASC" };
    sql.push_str(&format_args!(" ORDER BY search_{part}.rowid {order}").to_string());
    (sql, values)
}
