//! The event stream: events as they were added, deletions as they stand in the views, merged in version order.

use super::state::next_version;
use super::values::{
    conversation_id, count, device_id, int, key, mark, millis, number, one, pos, run, version,
};
use super::views::{hidden_range, name_and_version, target};
use crate::act::Result;
use crate::rows::{EventItem, EventPage, EventQuery, Fact, FactPage, NewEvent};
use bytes::Bytes;
use lacuna_domain::limits::EVENT_IDS_MAX;
use lacuna_domain::{
    AccountId, ConversationId, ConversationKey, DeviceId, HiddenRange, Mark, Millis, Name, Pos,
    Seq, Target, Version,
};
use rusqlite::{Connection, Params, Row, params};
use std::cmp::Reverse;
use std::collections::BTreeMap;

const INSERT: &str =
    "INSERT INTO event (account, version, device, at, body) VALUES (?1, ?2, ?3, ?4, ?5)";

const CURSOR: &str = "SELECT event_cursor FROM device WHERE id = ?1";

const EVENTS: &str = "SELECT version, at, body FROM event \
    WHERE account = ?1 AND version > ?2 AND (device = 0 OR device <> ?3) ORDER BY version";

const NOTICED_FLOORS: &str = "SELECT floor_notice, conversation, floor_device, floor_seq, floor_pos FROM view \
    WHERE account = ?1 AND floor_notice > ?2 AND floor_notice > 0 AND (floor_device = 0 OR floor_device <> ?3) ORDER BY floor_notice";

/// Ranges at or below the floor say nothing; they are only not reaped yet.
const NOTICED_RANGES: &str = "SELECT h.from_seq, h.from_pos, h.to_seq, h.to_pos, h.version, h.device, h.notice, h.conversation \
    FROM hidden h INDEXED BY hidden_version JOIN view v ON v.account = h.account AND v.conversation = h.conversation \
    WHERE h.account = ?1 AND h.version > ?2 AND h.notice = 1 AND (h.device = 0 OR h.device <> ?3) AND h.to_seq > v.floor_seq \
    ORDER BY h.version";

const FLOOR_FACTS: &str = "SELECT v.floor_version, v.floor_pos, c.kind, c.key, d.resource FROM view v \
    JOIN conversation c ON c.id = v.conversation \
    LEFT JOIN device d ON d.id = CASE WHEN v.floor_notice = v.floor_version THEN v.floor_device ELSE 0 END \
    WHERE v.account = ?1 AND v.floor_version > ?2 AND v.floor_version > 0 ORDER BY v.floor_version";

const RANGE_FACTS: &str = "SELECT h.version, h.to_pos, c.kind, c.key, d.resource, h.from_pos \
    FROM hidden h INDEXED BY hidden_version JOIN view v ON v.account = h.account AND v.conversation = h.conversation \
    JOIN conversation c ON c.id = h.conversation LEFT JOIN device d ON d.id = h.device \
    WHERE h.account = ?1 AND h.version > ?2 AND h.to_seq > v.floor_seq ORDER BY h.version";

const RESOURCE: &str = "SELECT resource FROM device WHERE id = ?1";

const KEY: &str = "SELECT c.kind, c.key, coalesce(g.room, 0) FROM conversation c \
    LEFT JOIN group_info g ON g.conversation = c.id WHERE c.id = ?1";

const IDS: &str = "SELECT pos FROM entry WHERE conversation = ?1 AND seq >= ?2 AND seq <= ?3 ORDER BY seq DESC LIMIT ?4";

#[cfg(test)]
pub(super) const QUERIES: &[&str] = &[
    INSERT,
    CURSOR,
    EVENTS,
    NOTICED_FLOORS,
    NOTICED_RANGES,
    FLOOR_FACTS,
    RANGE_FACTS,
    RESOURCE,
    KEY,
    IDS,
];

/// Appends an event to an account's stream.
pub(super) fn push_event(
    conn: &Connection,
    account: AccountId,
    event: &NewEvent,
    now: Millis,
) -> Result<Version> {
    let version = next_version(conn, account)?;
    run(
        conn,
        INSERT,
        params![
            account.0,
            int(version.0),
            event.device.0,
            int(now.0),
            &*event.body
        ],
    )?;
    Ok(version)
}

/// A row of the stream, before rows of one conversation are put together.
enum Told {
    Event(EventItem),
    Floor {
        conversation: ConversationId,
        device: DeviceId,
        at: Mark,
    },
    Range {
        conversation: ConversationId,
        range: HiddenRange,
    },
}

/// Reads rows that come in version order, up to the limit and on to where that version ends, and one more if there is one.
fn stretch<T>(
    conn: &Connection,
    sql: &str,
    params: impl Params,
    limit: usize,
    read: impl Fn(&Row<'_>) -> rusqlite::Result<(Version, T)>,
) -> Result<Vec<(Version, T)>> {
    let mut statement = conn.prepare_cached(sql)?;
    let mut rows = statement.query(params)?;
    let mut found: Vec<(Version, T)> = Vec::new();
    while let Some(row) = rows.next()? {
        let row = read(row)?;
        let beyond = found
            .get(limit.max(1) - 1)
            .is_some_and(|(last, _)| row.0 > *last);
        found.push(row);
        if beyond {
            break;
        }
    }
    Ok(found)
}

/// Cuts rows at the limit, or where the version that the limit falls in ends. Gives the last version if rows are left.
fn cut<T>(rows: &mut Vec<(Version, T)>, limit: usize) -> Option<Version> {
    let (last, _) = rows.get(limit.max(1) - 1)?;
    let last = *last;
    let end = rows.partition_point(|(version, _)| *version <= last);
    let more = end < rows.len();
    rows.truncate(end);
    more.then_some(last)
}

pub(super) fn event_page(conn: &Connection, query: &EventQuery) -> Result<EventPage> {
    let EventQuery {
        account,
        device,
        limit,
        ..
    } = *query;
    let (me, now_at) = name_and_version(conn, account)?.unzip();
    let after = match query.after {
        Some(after) => after,
        None => one(conn, CURSOR, [device.0], |row| version(row, 0))?.unwrap_or_default(),
    };
    let from = params![account.0, int(after.0), device.0];
    let mut rows = stretch(conn, EVENTS, from, limit, |row| {
        let (version, at) = (version(row, 0)?, millis(row, 1)?);
        let body = Bytes::copy_from_slice(row.get_ref(2)?.as_blob()?);
        Ok((version, Told::Event(EventItem::Event { version, at, body })))
    })?;
    rows.extend(stretch(conn, NOTICED_FLOORS, from, limit, |row| {
        let (conversation, device, at) =
            (conversation_id(row, 1)?, device_id(row, 2)?, mark(row, 3)?);
        Ok((
            version(row, 0)?,
            Told::Floor {
                conversation,
                device,
                at,
            },
        ))
    })?);
    rows.extend(stretch(conn, NOTICED_RANGES, from, limit, |row| {
        let (range, conversation) = (hidden_range(row)?, conversation_id(row, 7)?);
        Ok((
            range.version,
            Told::Range {
                conversation,
                range,
            },
        ))
    })?);
    rows.sort_by_key(|(version, _)| *version);
    let last = cut(&mut rows, limit);
    let scanned = last.unwrap_or_else(|| now_at.unwrap_or_default().max(after));
    Ok(EventPage {
        items: items(conn, me.as_ref(), rows)?,
        scanned,
        more: last.is_some(),
    })
}

/// What a page has to tell of one conversation.
#[derive(Default)]
struct Deletions {
    version: Version,
    device: DeviceId,
    through: Option<Mark>,
    ranges: Vec<HiddenRange>,
}

impl Deletions {
    fn newest(&mut self, version: Version, device: DeviceId) {
        if version >= self.version {
            self.version = version;
            self.device = device;
        }
    }
}

/// Puts the rows of each conversation together.
fn items(
    conn: &Connection,
    me: Option<&Name>,
    rows: Vec<(Version, Told)>,
) -> Result<Vec<EventItem>> {
    let mut items: Vec<(Version, EventItem)> = Vec::new();
    let mut told: BTreeMap<ConversationId, Deletions> = BTreeMap::new();
    for (version, row) in rows {
        match row {
            Told::Event(item) => items.push((version, item)),
            Told::Floor {
                conversation,
                device,
                at,
            } => {
                let told = told.entry(conversation).or_default();
                told.through = Some(at);
                told.newest(version, device);
            }
            Told::Range {
                conversation,
                range,
            } => {
                let told = told.entry(conversation).or_default();
                told.ranges.push(range);
                told.newest(version, range.device);
            }
        }
    }
    for (conversation, told) in told {
        let found = one(conn, KEY, [conversation.0], |row| {
            Ok((key(row, 0)?, row.get::<_, bool>(2)?))
        })?;
        if let Some((key, room)) = found {
            let named = (target(&key, me), room);
            items.push((told.version, deletions(conn, conversation, &told, named)?));
        }
    }
    items.sort_by_key(|(version, _)| *version);
    Ok(items.into_iter().map(|(_, item)| item).collect())
}

fn deletions(
    conn: &Connection,
    conversation: ConversationId,
    told: &Deletions,
    (target, room): (Target, bool),
) -> Result<EventItem> {
    let ids = ids(conn, conversation, &told.ranges)?;
    let mut ranges: Vec<(Seq, Pos, Pos)> = told
        .ranges
        .iter()
        .map(|range| (range.from.seq, range.from.pos, range.to.pos))
        .collect();
    ranges.sort_unstable();
    Ok(EventItem::Deletions {
        version: told.version,
        target,
        room,
        resource: one(conn, RESOURCE, [told.device.0], |row| row.get(0))?.unwrap_or_default(),
        through: told.through,
        ranges: ranges.into_iter().map(|(_, from, to)| (from, to)).collect(),
        ids,
    })
}

/// The messages of some ranges, newest first, of the newest ranges first; at most [`EVENT_IDS_MAX`].
fn ids(
    conn: &Connection,
    conversation: ConversationId,
    ranges: &[HiddenRange],
) -> Result<Vec<Pos>> {
    let mut newest: Vec<&HiddenRange> = ranges.iter().collect();
    newest.sort_by_key(|range| Reverse((range.version, range.from.seq)));
    let mut ids: Vec<Pos> = Vec::new();
    for range in newest {
        let room = EVENT_IDS_MAX.saturating_sub(ids.len());
        if room == 0 {
            break;
        }
        let of = params![
            conversation.0,
            int(range.from.seq.0),
            int(range.to.seq.0),
            count(room)
        ];
        ids.extend(super::values::all(conn, IDS, of, |row| pos(row, 0))?);
    }
    ids.sort_unstable_by_key(|pos| Reverse(*pos));
    Ok(ids)
}

pub(super) fn facts(
    conn: &Connection,
    account: AccountId,
    after: Version,
    limit: usize,
) -> Result<FactPage> {
    let (me, now_at) = name_and_version(conn, account)?.unzip();
    let fact = |row: &Row<'_>, from: Pos| {
        let (version, to) = (version(row, 0)?, pos(row, 1)?);
        let key: ConversationKey = key(row, 2)?;
        let resource: Option<String> = row.get(4)?;
        let resource = resource.unwrap_or_default();
        Ok((
            version,
            Fact {
                version,
                target: target(&key, me.as_ref()),
                from,
                to,
                resource,
            },
        ))
    };
    let since = params![account.0, int(after.0)];
    let mut facts = stretch(conn, FLOOR_FACTS, since, limit, |row| fact(row, Pos::ZERO))?;
    facts.extend(stretch(conn, RANGE_FACTS, since, limit, |row| {
        fact(row, Pos(number(row, 5)?))
    })?);
    facts.sort_by_key(|(version, fact)| (*version, fact.from));
    let more = cut(&mut facts, limit).is_some();
    Ok(FactPage {
        facts: facts.into_iter().map(|(_, fact)| fact).collect(),
        version: now_at.unwrap_or_default(),
        more,
    })
}
