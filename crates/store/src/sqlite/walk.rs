//! Walking the visible messages of a log by seq, jumping over what is hidden.

use super::values::{audience, device_id, int, mark, name, pos};
use super::views::Viewed;
use crate::act::Result;
use crate::rows::Entry;
use bytes::Bytes;
use lacuna_domain::{
    Audience, DeviceId, Direction, Hidden, Log, Mark, MessageKind, Pos, Run, Seq, runs,
};
use rusqlite::{Connection, Row, params};

const OLDER: &str = "SELECT seq, pos, kind, sender, device, audience, body_id FROM entry \
    WHERE conversation = ?1 AND seq >= ?2 AND seq <= ?3 AND purged = 0 ORDER BY seq DESC";

const NEWER: &str = "SELECT seq, pos, kind, sender, device, audience, body_id FROM entry \
    WHERE conversation = ?1 AND seq >= ?2 AND seq <= ?3 AND purged = 0 ORDER BY seq";

const BODY: &str = "SELECT bytes FROM body WHERE id = ?1";

#[cfg(test)]
pub(super) const QUERIES: &[&str] = &[OLDER, NEWER, BODY];

/// Seqs that the first stretch of a walk spans: a page and what is hidden between its messages.
const SPAN_FIRST: u64 = 64;
/// Seqs that a stretch spans at most.
const SPAN_MAX: u64 = 4_096;
/// Hidden ranges read at once.
const RANGES_MAX: usize = 128;

/// A message on the way, its columns still to be read.
pub(super) struct Met<'r, 's> {
    row: &'r Row<'s>,
    pub(super) mark: Mark,
}

impl Met<'_, '_> {
    pub(super) fn kind(&self) -> Result<MessageKind> {
        Ok(MessageKind::from_code(self.row.get(2)?))
    }

    pub(super) fn is_from(&self, name: &str) -> Result<bool> {
        let sender = self
            .row
            .get_ref(3)?
            .as_str()
            .map_err(rusqlite::Error::from)?;
        Ok(sender == name)
    }

    pub(super) fn device(&self) -> Result<DeviceId> {
        Ok(device_id(self.row, 4)?)
    }

    pub(super) fn audience(&self) -> Result<Audience> {
        Ok(audience(self.row, 5)?)
    }

    /// The message, less its body.
    pub(super) fn found(&self) -> Result<Found> {
        let sender = name(self.row, 3)?;
        let entry = Entry {
            pos: self.mark.pos,
            seq: Some(self.mark.seq),
            sender,
            kind: self.kind()?,
            body: Bytes::new(),
            edits: None,
        };
        Ok(Found {
            entry,
            body_id: pos(self.row, 6)?,
        })
    }
}

/// An entry whose body is still to be read.
pub(super) struct Found {
    pub(super) entry: Entry,
    pub(super) body_id: Pos,
}

impl Found {
    /// The entry with its body.
    pub(super) fn with_body(mut self, conn: &Connection) -> Result<Entry> {
        let mut statement = conn.prepare_cached(BODY)?;
        let mut rows = statement.query([int(self.body_id.0)])?;
        if let Some(row) = rows.next()? {
            self.entry.body =
                Bytes::copy_from_slice(row.get_ref(0)?.as_blob().map_err(rusqlite::Error::from)?);
        }
        Ok(self.entry)
    }
}

/// Gives the visible messages of `low..=high` to `each`, in order, for as long as it answers true. Says whether it came to
/// the end. A stretch at a time, so its cost is that of what it gives, whatever is hidden before, between and beyond.
pub(super) fn walk(
    conn: &Connection,
    viewed: &Viewed,
    (low, high): (Seq, Seq),
    direction: Direction,
    mut each: impl FnMut(&Met<'_, '_>) -> Result<bool>,
) -> Result<bool> {
    let (window_low, window_high) = viewed.view.window(&viewed.log);
    let (mut low, mut high) = (low.max(window_low), high.min(window_high));
    let mut span = SPAN_FIRST;
    while low <= high {
        let (stretch, hidden) = match direction {
            Direction::Older => stretch_down(conn, viewed, low, high, span)?,
            Direction::Newer => stretch_up(conn, viewed, low, high, span)?,
        };
        let log = viewed.log_over(conn, stretch.low, stretch.high)?;
        for run in runs(stretch.low, stretch.high, hidden.iter(), direction) {
            if !walk_run(conn, viewed, (run, direction), (&log, &hidden), &mut each)? {
                return Ok(false);
            }
        }
        match direction {
            Direction::Older => high = stretch.low.prev(),
            Direction::Newer => low = stretch.high.next(),
        }
        span = (span * 2).min(SPAN_MAX);
    }
    Ok(true)
}

/// The next stretch below `high`, with every range that overlaps it.
fn stretch_down(
    conn: &Connection,
    viewed: &Viewed,
    low: Seq,
    high: Seq,
    span: u64,
) -> Result<(Run, Hidden)> {
    let from = low.max(Seq(high.0.saturating_sub(span - 1)));
    let ranges = viewed.hidden_down(conn, from, high, RANGES_MAX)?;
    let from = match ranges.last() {
        // More may lie between: the stretch ends with the last range that was read.
        Some(lowest) if ranges.len() == RANGES_MAX => lowest.from.seq,
        // A range that reaches further is jumped over whole.
        Some(lowest) => from.min(lowest.from.seq),
        None => from,
    };
    Ok((
        Run {
            low: from.max(low),
            high,
        },
        ranges.into_iter().collect(),
    ))
}

/// The next stretch above `low`, with every range that overlaps it.
fn stretch_up(
    conn: &Connection,
    viewed: &Viewed,
    low: Seq,
    high: Seq,
    span: u64,
) -> Result<(Run, Hidden)> {
    let to = high.min(Seq(low.0.saturating_add(span - 1)));
    let ranges = viewed.hidden_up(conn, low, to, RANGES_MAX)?;
    let to = match ranges.last() {
        Some(highest) if ranges.len() == RANGES_MAX => highest.to.seq,
        Some(highest) => to.max(highest.to.seq),
        None => to,
    };
    Ok((
        Run {
            low,
            high: to.min(high),
        },
        ranges.into_iter().collect(),
    ))
}

fn walk_run(
    conn: &Connection,
    viewed: &Viewed,
    (run, direction): (Run, Direction),
    (log, hidden): (&Log, &Hidden),
    each: &mut impl FnMut(&Met<'_, '_>) -> Result<bool>,
) -> Result<bool> {
    let sql = match direction {
        Direction::Older => OLDER,
        Direction::Newer => NEWER,
    };
    let mut statement = conn.prepare_cached(sql)?;
    let mut rows = statement.query(params![
        viewed.conversation.0,
        int(run.low.0),
        int(run.high.0)
    ])?;
    while let Some(row) = rows.next()? {
        let met = Met {
            row,
            mark: mark(row, 0)?,
        };
        // INVARIANT L2: nothing goes out that the view does not see.
        if viewed.view.sees(met.mark.seq, log, hidden) && !each(&met)? {
            return Ok(false);
        }
    }
    Ok(true)
}
