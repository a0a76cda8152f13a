//! What is due to a device: visible messages by seq and signals by position, merged.

use super::records;
use super::values::{audience, conversation_id, device_id, int, maybe_seq, name, one, pos};
use super::views::{Viewed, name_and_version, target, viewed};
use super::walk::{Found, walk};
use crate::act::Result;
use crate::rows::{Entry, InboxPage, InboxQuery, QueueUnread};
use bytes::Bytes;
use lacuna_domain::limits::INBOX_PAGE_MAX;
use lacuna_domain::{
    AccountId, ConversationId, DeviceId, Direction, GroupId, MessageKind, Pos, Reader, SignalRef,
    Target,
};
use rusqlite::{Connection, Row, params};
use std::borrow::Cow;

/// Entries that a page looks at, of each sort, before it answers with what it found.
const SCAN_MAX: usize = 4_096;

/// Everything after a position that is no message.
const SIGNALS: &str = "SELECT pos, ref_seq, kind, sender, device, audience, body_id FROM entry INDEXED BY entry_signal \
    WHERE conversation = ?1 AND pos > ?2 AND seq IS NULL ORDER BY pos";

const EDITED: &str = "SELECT e.pos, e.body_id, b.bytes FROM entry e JOIN body b ON b.id = ?3 \
    WHERE e.conversation = ?1 AND e.seq = ?2 AND e.purged = 0";

const ENTRY_BEFORE: &str =
    "SELECT pos FROM entry WHERE conversation = ?1 AND pos < ?2 ORDER BY pos DESC LIMIT 1";

const CURSOR: &str = "SELECT coalesce((SELECT pos FROM cursor WHERE device = ?1 AND conversation = ?2), 0), \
    coalesce((SELECT since_pos FROM device WHERE id = ?1), 0)";

const LOG: &str = "SELECT last_pos, kind, key FROM conversation WHERE id = ?1";

/// The account's conversations with an entry after the device's cursor, whoever it is for.
const MOVED: &str = "SELECT v.conversation, max(v.joined_pos, coalesce(k.pos, 0), \
    coalesce((SELECT since_pos FROM device WHERE id = ?2), 0)) AS cursor \
    FROM view v JOIN conversation c ON c.id = v.conversation \
    LEFT JOIN cursor k ON k.device = ?2 AND k.conversation = v.conversation \
    WHERE v.account = ?1 AND c.last_pos > cursor ORDER BY c.last_pos, v.conversation";

#[cfg(test)]
pub(super) const QUERIES: &[&str] = &[SIGNALS, EDITED, ENTRY_BEFORE, CURSOR, LOG];

/// Sorts the few conversations it finds; everything else about it is checked.
#[cfg(test)]
pub(super) const SORTING_QUERIES: &[&str] = &[MOVED];

pub(super) fn inbox(conn: &Connection, query: &InboxQuery) -> Result<InboxPage> {
    let Some(viewed) = viewed(conn, query.account, query.conversation)? else {
        return no_view(conn, query);
    };
    let reader = Reader {
        account: query.account,
        device: query.device,
    };
    let from = match query.after {
        Some(after) => after,
        None => viewed
            .view
            .joined
            .pos
            .max(cursor(conn, query.device, query.conversation)?),
    };
    let account = name_and_version(conn, query.account)?;
    let mut page = InboxPage {
        entries: Vec::new(),
        scanned: from.max(viewed.log.last_pos),
        more: false,
        member: viewed.is_member(),
        version: account
            .as_ref()
            .map(|(_, version)| *version)
            .unwrap_or_default(),
        end: viewed.log.last_pos,
        target: target(&viewed.key, account.as_ref().map(|(name, _)| name)),
    };
    let due = due(conn, &viewed, reader, from, query.limit)?;
    if let Some(frontier) = due.frontier {
        (page.more, page.scanned) = (true, frontier);
    }
    let mut bytes = 0;
    for found in due.found {
        let at = found.entry.pos;
        let full = page.entries.len() >= query.limit;
        let entry = if full {
            found.entry
        } else {
            found.with_body(conn)?
        };
        bytes += entry.body.len();
        if full || (bytes > query.bytes_max && !page.entries.is_empty()) {
            let before = one(
                conn,
                ENTRY_BEFORE,
                params![query.conversation.0, int(at.0)],
                |row| pos(row, 0),
            )?;
            (page.more, page.scanned) = (true, before.unwrap_or_default().max(from));
            break;
        }
        page.entries.push(entry);
    }
    Ok(page)
}

/// The page of an account that has no view of the conversation.
fn no_view(conn: &Connection, query: &InboxQuery) -> Result<InboxPage> {
    let account = name_and_version(conn, query.account)?;
    let log = one(conn, LOG, [query.conversation.0], |row| {
        Ok((pos(row, 0)?, super::values::key(row, 1)?))
    })?;
    let from = match query.after {
        Some(after) => after,
        None => cursor(conn, query.device, query.conversation)?,
    };
    let end = log.as_ref().map_or(Pos::ZERO, |(end, _)| *end);
    Ok(InboxPage {
        entries: Vec::new(),
        scanned: from.max(end),
        more: false,
        member: false,
        version: account
            .as_ref()
            .map(|(_, version)| *version)
            .unwrap_or_default(),
        end,
        target: match log {
            Some((_, key)) => target(&key, account.as_ref().map(|(name, _)| name)),
            None => Target::Group(GroupId::new("")),
        },
    })
}

/// What the device has saved, or where it started.
fn cursor(conn: &Connection, device: DeviceId, conversation: ConversationId) -> Result<Pos> {
    let saved = one(conn, CURSOR, params![device.0, conversation.0], |row| {
        Ok(pos(row, 0)?.max(pos(row, 1)?))
    })?;
    Ok(saved.unwrap_or_default())
}

/// The first entries that are due.
struct Due {
    /// One more than was asked for, if there are as many.
    found: Vec<Found>,
    /// The position up to which everything due is in `found`; none if everything is.
    frontier: Option<Pos>,
}

fn due(conn: &Connection, viewed: &Viewed, reader: Reader, from: Pos, limit: usize) -> Result<Due> {
    let (mut found, messages_to) = due_messages(conn, viewed, reader, from, limit)?;
    let (signals, signals_to) = due_signals(conn, viewed, reader, from, limit)?;
    found.extend(signals);
    found.sort_unstable_by_key(|found| found.entry.pos);
    let frontier = [messages_to, signals_to].into_iter().flatten().min();
    if let Some(frontier) = frontier {
        found.retain(|found| found.entry.pos <= frontier);
    }
    Ok(Due { found, frontier })
}

/// Whether it was sent by the very device that reads.
fn own(device: DeviceId, reader: Reader) -> bool {
    device == reader.device && device != DeviceId::NONE
}

fn due_messages(
    conn: &Connection,
    viewed: &Viewed,
    reader: Reader,
    from: Pos,
    limit: usize,
) -> Result<(Vec<Found>, Option<Pos>)> {
    let low = viewed.seq_through(conn, from)?.next();
    let (mut found, mut looked, mut last) = (Vec::new(), 0, from);
    let all = walk(
        conn,
        viewed,
        (low, viewed.log.last.seq),
        Direction::Newer,
        |met| {
            if found.len() > limit || looked >= SCAN_MAX {
                return Ok(false);
            }
            if !own(met.device()?, reader) && met.audience()?.admits(reader) {
                found.push(met.found()?);
            }
            looked += 1;
            last = met.mark.pos;
            Ok(true)
        },
    )?;
    Ok((found, (!all).then_some(last)))
}

fn due_signals(
    conn: &Connection,
    viewed: &Viewed,
    reader: Reader,
    from: Pos,
    limit: usize,
) -> Result<(Vec<Found>, Option<Pos>)> {
    let mut statement = conn.prepare_cached(SIGNALS)?;
    let mut rows = statement.query(params![viewed.conversation.0, int(from.0)])?;
    let (mut found, mut looked, mut last) = (Vec::new(), 0, from);
    while let Some(row) = rows.next()? {
        if found.len() > limit || looked >= SCAN_MAX {
            return Ok((found, Some(last)));
        }
        last = pos(row, 0)?;
        looked += 1;
        if !own(device_id(row, 4)?, reader) && sees_signal(conn, viewed, reader, row)? {
            let (sender, kind) = (name(row, 3)?, MessageKind::from_code(row.get(2)?));
            let (edits, body_id) = match (kind, maybe_seq(row, 1)?) {
                (MessageKind::Edit, Some(seq)) => match edited(conn, viewed, seq, pos(row, 6)?)? {
                    Some((message, body_id)) => (Some(message), body_id),
                    // A later edit says it all.
                    None => continue,
                },
                (_, _) => (None, pos(row, 6)?),
            };
            let entry = Entry {
                pos: last,
                seq: None,
                sender,
                kind,
                body: Bytes::new(),
                edits,
            };
            found.push(Found { entry, body_id });
        }
    }
    Ok((found, None))
}

/// The message that an edit speaks of, and the body it has now; none if that is not the one that the edit brought.
fn edited(
    conn: &Connection,
    viewed: &Viewed,
    seq: lacuna_domain::Seq,
    signal: Pos,
) -> Result<Option<(Pos, Pos)>> {
    let of = params![viewed.conversation.0, int(seq.0), int(signal.0)];
    let found = one(conn, EDITED, of, |row| {
        Ok((pos(row, 0)?, pos(row, 1)?, row.get::<_, Vec<u8>>(2)?))
    })?;
    Ok(found
        .filter(|(_, body, brought)| *brought == body.0.to_le_bytes())
        .map(|(message, body, _)| (message, body)))
}

fn sees_signal(conn: &Connection, viewed: &Viewed, reader: Reader, row: &Row<'_>) -> Result<bool> {
    let (audience, ref_seq) = (audience(row, 5)?, maybe_seq(row, 1)?);
    let hidden = match ref_seq {
        Some(seq) => viewed.hidden_at(conn, seq)?,
        None => lacuna_domain::Hidden::default(),
    };
    let log = match ref_seq {
        Some(seq) => viewed.log_over(conn, seq, seq)?,
        None => Cow::Borrowed(&viewed.log),
    };
    let signal = SignalRef {
        pos: pos(row, 0)?,
        ref_seq,
        recall: MessageKind::from_code(row.get(2)?) == MessageKind::Recall,
        audience: &audience,
        reader,
    };
    Ok(viewed.view.sees_signal(&signal, &log, &hidden))
}

pub(super) fn queues(
    conn: &Connection,
    account: AccountId,
    device: DeviceId,
) -> Result<Vec<QueueUnread>> {
    let reader = Reader { account, device };
    let me = name_and_version(conn, account)?.map(|(name, _)| name);
    let moved = super::values::all(conn, MOVED, params![account.0, device.0], |row| {
        Ok((conversation_id(row, 0)?, pos(row, 1)?))
    })?;
    let mut queues = Vec::new();
    for (conversation, from) in moved {
        if let Some(me) = &me
            && records::shields(conn, conversation, me)?
        {
            continue;
        }
        let Some(viewed) = viewed(conn, account, conversation)? else {
            continue;
        };
        let due = due(conn, &viewed, reader, from, INBOX_PAGE_MAX)?;
        // Where the scan ended before anything was found, something may be due.
        let count = due
            .found
            .len()
            .min(INBOX_PAGE_MAX)
            .max(usize::from(due.frontier.is_some()));
        if count > 0 {
            queues.push(QueueUnread {
                conversation,
                target: target(&viewed.key, me.as_ref()),
                count,
            });
        }
    }
    Ok(queues)
}
