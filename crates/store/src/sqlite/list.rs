//! The conversation list. The log's end is an upper bound of a view's last visible message, so only those conversations are
//! looked into that may be on the page.

use super::values::{conversation_id, int, maybe_seq, number, one, pos, seq};
use super::views::{Viewed, name_and_version, target, viewed, views_after};
use super::walk::Found;
use crate::act::Result;
use crate::rows::{
    ConversationCursor, ConversationPage, ConversationQuery, ConversationRow, Entry,
};
use bytes::Bytes;
use lacuna_domain::{AccountId, ConversationId, Mark, MessageKind, Name, Pos};
use rusqlite::{Connection, Row, params};
use std::collections::BinaryHeap;

const LISTED: &str = "SELECT v.conversation, v.pinned_at, c.last_seq, c.last_seq_pos, v.floor_seq, v.until_seq, v.until_pos \
    FROM view v JOIN conversation c ON c.id = v.conversation LEFT JOIN group_info g ON g.conversation = v.conversation \
    WHERE v.account = ?1 AND g.parent IS NULL AND coalesce(g.room, 0) = 0";

const PINNED: &str = "SELECT v.conversation, v.pinned_at, c.last_seq, c.last_seq_pos, v.floor_seq, v.until_seq, v.until_pos \
    FROM view v JOIN conversation c ON c.id = v.conversation LEFT JOIN group_info g ON g.conversation = v.conversation \
    WHERE v.account = ?1 AND v.pinned_at > 0 AND g.parent IS NULL AND coalesce(g.room, 0) = 0";

const MESSAGE: &str =
    "SELECT kind, sender, body_id FROM entry WHERE conversation = ?1 AND pos = ?2";

#[cfg(test)]
pub(super) const QUERIES: &[&str] = &[LISTED, PINNED, MESSAGE];

/// A conversation that may be on the page. Of two at one place the refined one goes first: the other can only fall behind.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Candidate {
    /// Where it stands, or the best place that it may have.
    place: ConversationCursor,
    /// Whether `place` is where it stands.
    refined: bool,
}

pub(super) fn conversation_page(
    conn: &Connection,
    query: &ConversationQuery,
) -> Result<ConversationPage> {
    let me = name_and_version(conn, query.account)?.map(|(name, _)| name);
    let sql = if query.pinned_only { PINNED } else { LISTED };
    let candidates = super::values::all(conn, sql, [query.account.0], |row| {
        candidate(row, query.with_empty)
    })?;
    let mut heap: BinaryHeap<Candidate> = candidates.into_iter().flatten().collect();

    let mut page = ConversationPage {
        rows: Vec::new(),
        next: None,
    };
    let mut place = None;
    while let Some(candidate) = heap.pop() {
        // A bound that is not after the cursor may belong to a place that is.
        if candidate.refined && query.cursor.is_some_and(|cursor| candidate.place >= cursor) {
            continue;
        }
        let id = candidate.place.conversation;
        let Some(viewed) = viewed(conn, query.account, id)? else {
            continue;
        };
        let last = viewed.last_visible(conn)?;
        if !candidate.refined {
            let listed = viewed.view.listed(last.map(|mark| mark.seq))
                || (query.with_empty && last.is_none());
            if listed {
                let place = ConversationCursor {
                    last: last.map_or(Pos::ZERO, |mark| mark.pos),
                    ..candidate.place
                };
                heap.push(Candidate {
                    place,
                    refined: true,
                });
            }
            continue;
        }
        if page.rows.len() >= query.limit {
            page.next = place;
            break;
        }
        place = Some(candidate.place);
        page.rows.push(row(conn, &viewed, me.as_ref(), last)?);
    }
    Ok(page)
}

/// What an account has a view of, by id, after a conversation.
pub(super) fn conversations_of(
    conn: &Connection,
    account: AccountId,
    after: ConversationId,
    limit: usize,
) -> Result<Vec<ConversationRow>> {
    let me = name_and_version(conn, account)?.map(|(name, _)| name);
    let all = views_after(conn, account, after, limit)?;
    let rows = all.iter().map(|viewed| {
        let last = viewed.last_visible(conn)?;
        row(conn, viewed, me.as_ref(), last)
    });
    rows.collect()
}

fn row(
    conn: &Connection,
    viewed: &Viewed,
    me: Option<&Name>,
    last: Option<Mark>,
) -> Result<ConversationRow> {
    let unread = viewed.unread(conn)?;
    let last = match last {
        Some(mark) => read_message(conn, viewed.conversation, mark)?,
        None => None,
    };
    Ok(ConversationRow {
        conversation: viewed.conversation,
        target: target(&viewed.key, me),
        last,
        unread,
        pinned_at: viewed.view.pinned_at,
    })
}

/// A row of the list's query, unless nothing in it can be visible.
fn candidate(row: &Row<'_>, with_empty: bool) -> rusqlite::Result<Option<Candidate>> {
    let (last, floor) = (
        Mark {
            seq: seq(row, 2)?,
            pos: pos(row, 3)?,
        },
        seq(row, 4)?,
    );
    let until = maybe_seq(row, 5)?.unwrap_or(last.seq);
    let bound = match row.get::<_, Option<i64>>(6)? {
        Some(_) => last.pos.min(pos(row, 6)?),
        None => last.pos,
    };
    if last.seq.min(until) <= floor && !with_empty {
        return Ok(None);
    }
    let place = ConversationCursor {
        pinned_at: number(row, 1)?,
        last: bound,
        conversation: conversation_id(row, 0)?,
    };
    Ok(Some(Candidate {
        place,
        refined: false,
    }))
}

fn read_message(
    conn: &Connection,
    conversation: ConversationId,
    mark: Mark,
) -> Result<Option<Entry>> {
    let found = one(
        conn,
        MESSAGE,
        params![conversation.0, int(mark.pos.0)],
        |row| {
            let (kind, sender) = (
                MessageKind::from_code(row.get(0)?),
                super::values::name(row, 1)?,
            );
            let entry = Entry {
                pos: mark.pos,
                seq: Some(mark.seq),
                sender,
                kind,
                body: Bytes::new(),
                edits: None,
            };
            Ok(Found {
                entry,
                body_id: pos(row, 2)?,
            })
        },
    )?;
    found.map(|found| found.with_body(conn)).transpose()
}
