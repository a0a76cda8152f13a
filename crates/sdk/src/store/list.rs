//! The conversation list.

use super::rows::{self, Conv};
use super::{Store, unsigned};
use crate::error::{Error, Result};
use crate::types::{Conversation, Ext, Message};
use lacuna_domain::{Millis, Pos, Target};
use lacuna_sqlite::Pending;
use rusqlite::{Connection, OptionalExtension, Row, params};
use std::collections::BTreeMap;

const COLUMNS: &str = "SELECT c.id, c.kind, c.name, c.last, c.unread, c.pinned_at, e.bytes FROM conversation c \
    LEFT JOIN body e ON e.id = c.ext";
/// Listed: something is above the point where it was taken off, or it is empty, kept, and empty ones are wanted.
const LISTED: &str = " WHERE (c.last > c.unlisted OR (?1 AND c.kept = 1)) \
    ORDER BY c.pinned_at DESC, c.last DESC, c.id DESC LIMIT ?2 OFFSET ?3";
const ONE: &str = " WHERE c.kind = ?1 AND c.name = ?2 AND (c.last > c.unlisted OR c.kept = 1)";
const OF_IDS: &str = " WHERE m.id IN (SELECT value FROM json_each(?1))";
const KEEP: &str = "UPDATE conversation SET kept = 1, unlisted = 0 WHERE id = ?1";
const UNREAD: &str =
    "SELECT sum(unread) FROM conversation INDEXED BY conversation_order WHERE unread > 0";
const COUNT: &str = "SELECT count(*) FROM message";
const COUNT_IN: &str = "SELECT count(*) FROM message WHERE conversation = ?1";
const CURSOR_OF: &str = "SELECT cursor FROM conversation WHERE kind = ?1 AND name = ?2";

impl Store {
    /// Conversations, pinned ones first, then by their newest message. Empty ones only if they are wanted.
    pub(crate) fn conversations(
        &self,
        with_empty: bool,
        limit: u32,
        offset: u32,
    ) -> Pending<Vec<Conversation>, Error> {
        self.read(move |conn| {
            let sql = format!("{COLUMNS}{LISTED}");
            let mut statement = conn.prepare_cached(&sql)?;
            let found = statement.query_map(params![with_empty, limit, offset], row)?;
            let found = found.collect::<rusqlite::Result<Vec<_>>>()?;
            with_latest(conn, found)
        })
    }

    /// One conversation; made if there is none and `create` says so.
    pub(crate) fn conversation(
        &self,
        target: Target,
        create: bool,
    ) -> Pending<Option<Conversation>, Error> {
        if !create {
            return self.read(move |conn| find(conn, &target));
        }
        self.act(move |conn, _| {
            if let Some(found) = find(conn, &target)? {
                return Ok(Some(found));
            }
            let Conv(conversation) = rows::ensure_conversation(conn, &target, true)?;
            conn.prepare_cached(KEEP)?.execute([conversation])?;
            find(conn, &target)
        })
    }

    /// Unread messages of all conversations.
    pub(crate) fn unread(&self) -> Pending<u64, Error> {
        self.read(|conn| rows::number(conn, UNREAD, []).map(unsigned))
    }

    /// Messages in a conversation, or in all.
    pub(crate) fn count(&self, target: Option<Target>) -> Pending<u64, Error> {
        self.read(move |conn| {
            let count = match target {
                None => rows::number(conn, COUNT, [])?,
                Some(target) => match rows::conversation(conn, &target)? {
                    Some(Conv(conversation)) => rows::number(conn, COUNT_IN, [conversation])?,
                    None => 0,
                },
            };
            Ok(unsigned(count))
        })
    }

    /// Up to where the queue of each of these conversations was delivered to this device.
    pub(crate) fn cursors(&self, targets: Vec<Target>) -> Pending<Vec<Pos>, Error> {
        self.read(move |conn| {
            let mut statement = conn.prepare_cached(CURSOR_OF)?;
            let cursor = |target: &Target| {
                let found = statement
                    .query_row(params![rows::kind(target), target.id()], |row| row.get(0))
                    .optional()?;
                Ok(Pos(found.map_or(0, unsigned)))
            };
            targets.iter().map(cursor).collect()
        })
    }
}

fn find(conn: &Connection, target: &Target) -> Result<Option<Conversation>> {
    let sql = format!("{COLUMNS}{ONE}");
    let found = conn
        .prepare_cached(&sql)?
        .query_row(params![rows::kind(target), target.id()], row)
        .optional()?;
    found
        .map(|(found, last)| filled(conn, found, last))
        .transpose()
}

fn row(row: &Row<'_>) -> rusqlite::Result<(Conversation, Pos)> {
    let ext: Option<Vec<u8>> = row.get(6)?;
    let conversation = Conversation {
        target: rows::target(row, 1)?,
        latest: None,
        unread: unsigned(row.get(4)?),
        pinned_at: Millis(unsigned(row.get(5)?)),
        ext: ext.map_or_else(Ext::new, |text| {
            serde_json::from_slice(&text).unwrap_or_default()
        }),
    };
    Ok((conversation, Pos(unsigned(row.get(3)?))))
}

/// Fills in the newest messages, all of them by one query.
fn with_latest(conn: &Connection, found: Vec<(Conversation, Pos)>) -> Result<Vec<Conversation>> {
    let ids: Vec<String> = found.iter().map(|(_, last)| last.to_string()).collect();
    let sql = format!("{}{OF_IDS}", rows::MESSAGES);
    let messages = rows::messages(conn, &sql, [format!("[{}]", ids.join(","))])?;
    let mut messages: BTreeMap<Pos, Message> = messages
        .into_iter()
        .map(|message| (message.id, message))
        .collect();
    let filled = found.into_iter().map(|(conversation, last)| Conversation {
        latest: messages.remove(&last),
        ..conversation
    });
    Ok(filled.collect())
}

fn filled(conn: &Connection, mut found: Conversation, last: Pos) -> Result<Conversation> {
    if last > Pos::ZERO {
        found.latest = super::outbox::one(conn, last)?;
    }
    Ok(found)
}
