//! What runs by itself, in bounded steps: the purge and the sweep.

use super::audit::{held_by_viewer, is_held};
use super::devices::forget_device;
use super::files::release;
use super::hide::leave_marker;
use super::records::{self, HANGING_STEP_MAX};
use super::state::State;
use super::values::{
    all, conversation_id, count, device_id, int, marked_runs, number, one, pos, run, runs_column,
    seq,
};
use super::views::{each_view, viewed};
use crate::act::Result;
use crate::rows::{PurgeStep, Sweep, Swept};
use lacuna_domain::limits::{
    AUDIT_MS, DEVICE_FORGET_MS, SEND_REPEAT_WINDOW_MS, SIGNAL_RETENTION_MS,
};
use lacuna_domain::{AccountId, ConversationId, Millis, Pos, Seq, SeqSet};
use rusqlite::{Connection, params};

const DAY_MS: u64 = 24 * 3600 * 1000;
/// Seqs that are held against the views at once.
const SPAN: u64 = 4_096;
/// Spans that one step looks at.
const SPANS_MAX: usize = 64;
/// Hidden ranges below a floor that one step drops.
const REAP_MAX: usize = 500;

const MARKER: &str =
    "SELECT id, conversation, account, runs FROM purge WHERE held = 0 ORDER BY id LIMIT 1";

const MARKER_SHRINK: &str = "UPDATE purge SET runs = ?2 WHERE id = ?1";

const MARKER_HOLD: &str = "UPDATE purge SET held = 1 WHERE id = ?1";

const MARKER_DROP: &str = "DELETE FROM purge WHERE id = ?1";

const UNPURGED: &str = "SELECT pos, body_id, seq FROM entry WHERE conversation = ?1 AND seq >= ?2 AND seq <= ?3 AND purged = 0 \
    ORDER BY seq LIMIT ?4";

/// In place: a body of zeros has the length of what it covers, so no page is split, merged or moved.
const OVERWRITE: &str = "UPDATE body SET bytes = zeroblob(length(bytes)) WHERE id = ?1";

const STALE: &str = "SELECT id, conversation FROM stale_body WHERE held = 0 ORDER BY id LIMIT ?1";

const STALE_HOLD: &str = "UPDATE stale_body SET held = 1 WHERE id = ?1";

const STALE_DROP: &str = "DELETE FROM stale_body WHERE id = ?1";

const PURGED: &str = "UPDATE entry SET purged = 1 WHERE conversation = ?1 AND pos = ?2";

const REAP: &str = "DELETE FROM hidden WHERE account = ?1 AND conversation = ?2 AND from_seq IN \
    (SELECT from_seq FROM hidden WHERE account = ?1 AND conversation = ?2 AND from_seq <= ?3 AND to_seq <= ?3 ORDER BY from_seq LIMIT ?4)";

const OLD_SIGNALS: &str = concat!(
    "SELECT conversation, pos, body_id FROM entry INDEXED BY entry_signal_age \
    WHERE seq IS NULL AND pos < ?1 AND NOT EXISTS (SELECT 1 FROM hold WHERE kind = 1 AND id = entry.conversation) \
    AND NOT EXISTS (",
    held_by_viewer!("entry.conversation"),
    ") ORDER BY pos LIMIT ?2"
);

const ENTRY_DROP: &str = "DELETE FROM entry WHERE conversation = ?1 AND pos = ?2";

/// A key in order, and a column that nearly follows it: the first that is young ends it.
const SENDS: &str = "SELECT id, at FROM recent_send ORDER BY id LIMIT ?1";

const SENDS_DROP: &str = "DELETE FROM recent_send WHERE id <= ?1";

const OLD_EVENTS: &str = "DELETE FROM event WHERE (account, version) IN \
    (SELECT account, version FROM event WHERE at <= ?1 ORDER BY at LIMIT ?2)";

const OLD_TOKENS: &str = "DELETE FROM token WHERE sha256 IN \
    (SELECT sha256 FROM token WHERE expires IS NOT NULL AND expires <= ?1 ORDER BY expires LIMIT ?2)";

const OLD_AUDIT: &str =
    "DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE at <= ?1 ORDER BY at LIMIT ?2)";

const OLD_DEVICES: &str = "SELECT id FROM device WHERE last_seen <= ?1 ORDER BY last_seen LIMIT ?2";

const RETAINING: &str = "SELECT id, retention_days FROM app WHERE retention_days > 0";

const OLD_LOGS: &str = "SELECT id, first_seq, last_seq FROM conversation \
    WHERE app = ?1 AND first_pos > 0 AND first_pos < ?2 ORDER BY first_pos LIMIT ?3";

/// The last message before a position; the log's own columns say whether there is one.
const LAST_BEFORE: &str = "SELECT coalesce(seq, after_seq) FROM entry WHERE conversation = ?1 AND pos < ?2 ORDER BY pos DESC LIMIT 1";

const POS_OF: &str = "SELECT pos FROM entry WHERE conversation = ?1 AND seq = ?2";

const RAISE_FIRST: &str = "UPDATE conversation SET first_seq = ?2, first_pos = ?3 WHERE id = ?1";

#[cfg(test)]
pub(super) const QUERIES: &[&str] = &[
    MARKER,
    MARKER_SHRINK,
    MARKER_HOLD,
    MARKER_DROP,
    UNPURGED,
    OVERWRITE,
    STALE,
    STALE_HOLD,
    STALE_DROP,
    PURGED,
    REAP,
    OLD_SIGNALS,
    ENTRY_DROP,
    SENDS_DROP,
    OLD_EVENTS,
    OLD_TOKENS,
    OLD_AUDIT,
    OLD_DEVICES,
    OLD_LOGS,
    LAST_BEFORE,
    POS_OF,
    RAISE_FIRST,
];

/// A mark of what to look at: the rest of a marker.
struct Marker {
    id: i64,
    conversation: ConversationId,
    account: AccountId,
    runs: Vec<(Seq, Seq)>,
}

/// Overwrites the bodies of marked messages that no view sees any more. A message that somebody sees is left: whoever deletes
/// it last leaves a marker of their own.
pub(super) fn purge_step(conn: &Connection, limit: usize) -> Result<PurgeStep> {
    let (mut purged, mut spans) = (purge_stale(conn, limit)?, 0);
    while purged < limit && spans < SPANS_MAX {
        let marker = one(conn, MARKER, [], |row| {
            let (conversation, account) = (conversation_id(row, 1)?, AccountId(row.get(2)?));
            Ok(Marker {
                id: row.get(0)?,
                conversation,
                account,
                runs: marked_runs(row, 3)?,
            })
        })?;
        let Some(mut marker) = marker else { break };
        if is_held(conn, marker.conversation)? {
            spans += 1;
            run(conn, MARKER_HOLD, [marker.id])?;
            continue;
        }
        marker.runs.reverse();
        while purged < limit
            && spans < SPANS_MAX
            && let Some((from, to)) = marker.runs.pop()
        {
            spans += 1;
            let end = to.min(Seq(from.0.saturating_add(SPAN - 1)));
            let (done, next) = purge_span(conn, marker.conversation, (from, end), limit - purged)?;
            purged += done;
            if next <= to {
                marker.runs.push((next, to));
            }
        }
        marker.runs.reverse();
        finish(conn, &marker)?;
        if !marker.runs.is_empty() {
            break;
        }
    }
    let more = one(conn, MARKER, [], |_| Ok(()))?.is_some()
        || one(conn, STALE, [1], |_| Ok(()))?.is_some();
    Ok(PurgeStep { purged, more })
}

/// Overwrites bodies that edits replaced, of at most `limit` that it looks at. Says how many.
fn purge_stale(conn: &Connection, limit: usize) -> Result<usize> {
    let stale = all(conn, STALE, [count(limit)], |row| {
        Ok((pos(row, 0)?, conversation_id(row, 1)?))
    })?;
    let mut purged = 0;
    for (id, conversation) in stale {
        if is_held(conn, conversation)? {
            run(conn, STALE_HOLD, [int(id.0)])?;
            continue;
        }
        overwrite(conn, id)?;
        run(conn, STALE_DROP, [int(id.0)])?;
        purged += 1;
    }
    Ok(purged)
}

/// Keeps what is left of a marker, or drops it, with the ranges that its floor has made meaningless.
fn finish(conn: &Connection, marker: &Marker) -> Result<()> {
    if marker.runs.is_empty() {
        let floor = viewed(conn, marker.account, marker.conversation)?
            .map(|viewed| viewed.view.floor.at.seq);
        let reaped = match floor {
            Some(floor) => run(
                conn,
                REAP,
                params![
                    marker.account.0,
                    marker.conversation.0,
                    int(floor.0),
                    count(REAP_MAX)
                ],
            )?,
            None => 0,
        };
        if reaped < REAP_MAX {
            run(conn, MARKER_DROP, [marker.id])?;
            return Ok(());
        }
    }
    run(
        conn,
        MARKER_SHRINK,
        params![marker.id, runs_column(marker.runs.iter().copied())],
    )?;
    Ok(())
}

/// Purges at most `room` messages of a span. Gives how many, and the seq to go on from.
fn purge_span(
    conn: &Connection,
    conversation: ConversationId,
    (from, end): (Seq, Seq),
    room: usize,
) -> Result<(usize, Seq)> {
    let mut purged = 0;
    let hanging = records::hang_on_messages(conn, conversation)?;
    for (low, high) in unseen(conn, conversation, from, end)?.iter() {
        let left = room - purged;
        let of = params![conversation.0, int(low.0), int(high.0), count(left)];
        let rows = all(conn, UNPURGED, of, |row| {
            Ok((pos(row, 0)?, pos(row, 1)?, seq(row, 2)?))
        })?;
        for (pos, body, seq) in &rows {
            // With very much on it, the message is purged when all of that is gone.
            if hanging && records::drop_hanging(conn, conversation, *pos, HANGING_STEP_MAX)? {
                return Ok((purged, *seq));
            }
            overwrite(conn, *body)?;
            run(conn, PURGED, params![conversation.0, int(pos.0)])?;
            purged += 1;
        }
        if rows.len() >= left {
            return Ok((purged, rows.last().map_or(high, |(_, _, seq)| *seq).next()));
        }
    }
    Ok((purged, end.next()))
}

/// Overwrites a body, in place. What belongs to it goes with it: every body that goes, goes here.
fn overwrite(conn: &Connection, body: Pos) -> Result<()> {
    run(conn, OVERWRITE, [int(body.0)])?;
    // INVARIANT L7: a file goes with the last body that speaks of it. Test (package testing): `files_go_with_their_messages`.
    release(conn, body)
}

/// Whether no view of the log sees a message.
pub(super) fn is_unseen(conn: &Connection, conversation: ConversationId, seq: Seq) -> Result<bool> {
    Ok(!unseen(conn, conversation, seq, seq)?.is_empty())
}

/// The messages of a span that no view of the log sees. Stops at the first view that leaves none.
fn unseen(conn: &Connection, conversation: ConversationId, from: Seq, end: Seq) -> Result<SeqSet> {
    let mut unseen = SeqSet::new();
    unseen.insert(from, end);
    each_view(conn, conversation, |viewed| {
        let (low, high) = viewed.view.window(&viewed.log);
        let mut out = viewed.log_over(conn, from, end)?.gone.clone();
        out.insert(from, low.prev().min(end));
        out.insert(high.next().max(from), end);
        for range in viewed.hidden_down(conn, from, end, usize::MAX)? {
            out.insert(range.from.seq, range.to.seq);
        }
        unseen = unseen.intersection(&out);
        Ok(!unseen.is_empty())
    })?;
    Ok(unseen)
}

pub(super) fn sweep(conn: &Connection, state: &mut State, sweep: Sweep) -> Result<Swept> {
    let Sweep { now, limit } = sweep;
    let mut swept = Swept::default();
    (swept.signals, swept.more) = drop_signals(conn, now, limit)?;
    swept.more |= drop_sends(conn, now, limit)?;
    swept.more |= records::drop_old(conn, now, limit)?;
    let aged = [
        (OLD_EVENTS, SIGNAL_RETENTION_MS),
        (OLD_TOKENS, 0),
        (OLD_AUDIT, AUDIT_MS),
    ];
    for (sql, age) in aged {
        let Some(before) = now.0.checked_sub(age) else {
            continue;
        };
        swept.more |= run(conn, sql, params![int(before), count(limit)])? >= limit;
    }
    if let Some(before) = now.0.checked_sub(DEVICE_FORGET_MS) {
        let unused = all(
            conn,
            OLD_DEVICES,
            params![int(before), count(limit)],
            |row| device_id(row, 0),
        )?;
        swept.more |= unused.len() >= limit;
        unused
            .into_iter()
            .try_for_each(|id| forget_device(conn, id))?;
    }
    for (app, days) in all(conn, RETAINING, [], |row| {
        Ok((row.get::<_, i64>(0)?, number(row, 1)?))
    })? {
        let kept = Pos::first_at(now.minus(days.saturating_mul(DAY_MS)));
        let (retired, more) = retire(conn, app, kept, limit)?;
        swept.retired += retired;
        swept.more |= more;
    }
    if swept.retired > 0 {
        // Where the logs begin is remembered with their ends.
        state.forget();
    }
    Ok(swept)
}

/// Drops signals past their time. Their bodies are overwritten and stay where they are.
fn drop_signals(conn: &Connection, now: Millis, limit: usize) -> Result<(usize, bool)> {
    let kept = Pos::first_at(now.minus(SIGNAL_RETENTION_MS));
    let of = params![int(kept.0), count(limit.saturating_add(1))];
    let old = all(conn, OLD_SIGNALS, of, |row| {
        Ok((conversation_id(row, 0)?, pos(row, 1)?, pos(row, 2)?))
    })?;
    for (conversation, pos, body) in old.iter().take(limit) {
        overwrite(conn, *body)?;
        run(conn, ENTRY_DROP, params![conversation.0, int(pos.0)])?;
    }
    Ok((old.len().min(limit), old.len() > limit))
}

fn drop_sends(conn: &Connection, now: Millis, limit: usize) -> Result<bool> {
    let sends = all(conn, SENDS, [count(limit)], |row| {
        Ok((row.get::<_, i64>(0)?, number(row, 1)?))
    })?;
    let old = sends
        .iter()
        .take_while(|(_, at)| Millis(*at).plus(SEND_REPEAT_WINDOW_MS) <= now);
    let (dropped, last) = old.fold((0, None), |(dropped, _), (id, _)| (dropped + 1, Some(*id)));
    if let Some(last) = last {
        run(conn, SENDS_DROP, [last])?;
    }
    Ok(dropped >= limit)
}

/// Takes the messages before a position from everybody, in at most `limit` logs: one row each, and a marker. Says how many.
fn retire(conn: &Connection, app: i64, kept: Pos, limit: usize) -> Result<(u64, bool)> {
    let of = params![app, int(kept.0), count(limit)];
    let logs = all(conn, OLD_LOGS, of, |row| {
        Ok((conversation_id(row, 0)?, seq(row, 1)?, seq(row, 2)?))
    })?;
    let mut retired = 0;
    for (id, before, last) in &logs {
        let old = one(conn, LAST_BEFORE, params![id.0, int(kept.0)], |row| {
            seq(row, 0)
        })?
        .unwrap_or_default()
        .min(*last);
        let first = old.next().max(*before);
        let first_pos =
            one(conn, POS_OF, params![id.0, int(first.0)], |row| pos(row, 0))?.unwrap_or_default();
        run(
            conn,
            RAISE_FIRST,
            params![id.0, int(first.0), int(first_pos.0)],
        )?;
        if first > *before {
            leave_marker(conn, AccountId(0), *id, [(*before, first.prev())])?;
        }
        retired += first.0 - before.0;
    }
    Ok((retired, logs.len() >= limit))
}
