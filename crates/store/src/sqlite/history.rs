//! Pages of history.

use super::views::{Viewed, viewed_by_key};
use super::walk::{Found, walk};
use crate::act::Result;
use crate::rows::{HistoryPage, HistoryQuery};
use lacuna_domain::limits::HISTORY_SCAN_MAX;
use lacuna_domain::{Direction, Pos, Seq};
use rusqlite::Connection;

pub(super) fn history(conn: &Connection, query: &HistoryQuery) -> Result<HistoryPage> {
    let key = query.target.key(&query.name);
    let Some(viewed) = viewed_by_key(conn, query.account, query.app, &key)? else {
        return Ok(HistoryPage {
            entries: Vec::new(),
            next: None,
            conversation: None,
        });
    };
    let bounds = bounds(conn, &viewed, query)?;
    let mut page: Vec<Found> = Vec::new();
    let mut next = None;
    let (mut looked, mut looked_at) = (0, Pos::ZERO);
    walk(conn, &viewed, bounds, query.direction, |met| {
        if looked >= HISTORY_SCAN_MAX {
            next = Some(looked_at);
            return Ok(false);
        }
        let wanted_kind = query.kinds.is_empty() || query.kinds.contains(&met.kind()?);
        let wanted = wanted_kind
            && query
                .sender
                .as_ref()
                .map_or(Ok(true), |sender| met.is_from(sender.as_str()))?;
        if wanted {
            if page.len() >= query.limit {
                next = page.last().map(|last| last.entry.pos);
                return Ok(false);
            }
            page.push(met.found()?);
        }
        looked += 1;
        looked_at = met.mark.pos;
        Ok(true)
    })?;
    let entries = page
        .into_iter()
        .map(|found| found.with_body(conn))
        .collect::<Result<_>>()?;
    Ok(HistoryPage {
        entries,
        next,
        conversation: Some(viewed.conversation),
    })
}

/// The seqs that the query's positions and times leave.
fn bounds(conn: &Connection, viewed: &Viewed, query: &HistoryQuery) -> Result<(Seq, Seq)> {
    let (mut low, mut high) = viewed.view.window(&viewed.log);
    match (query.from, query.direction) {
        (Some(from), Direction::Older) => high = high.min(viewed.seq_before(conn, from)?),
        (Some(from), Direction::Newer) => low = low.max(viewed.seq_through(conn, from)?.next()),
        (None, _) => {}
    }
    if let Some(since) = query.since {
        low = low.max(viewed.seq_before(conn, Pos::first_at(since))?.next());
    }
    if let Some(until) = query.until {
        high = high.min(viewed.seq_through(conn, Pos::last_at(until))?);
    }
    Ok((low, high))
}
