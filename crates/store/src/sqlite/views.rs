//! Reading a view with its log, and the ranges it hides, a bounded stretch at a time.

use super::values::{
    conversation_id, device_id, int, key, key_columns, mark, maybe_seq, number, one, pos, seq,
    version,
};
use crate::act::Result;
use lacuna_domain::{
    AccountId, AppId, ConversationId, ConversationKey, Floor, Hidden, HiddenRange, Log, Mark, Name,
    Pos, Seq, SeqSet, Target, Version, View,
};
use rusqlite::{Connection, Row, params};
use std::borrow::Cow;

/// The columns of a [`Viewed`], in its order.
macro_rules! viewed {
    ($from:literal) => {
        concat!(
            "SELECT c.id, c.kind, c.key, c.last_seq, c.last_seq_pos, c.last_pos, c.first_seq, v.joined_seq, v.joined_pos, \
             v.floor_seq, v.floor_pos, v.floor_version, v.floor_notice, v.floor_device, v.until_seq, v.until_pos, v.read_seq, \
             v.unlisted_seq, v.pinned_at, m.last_sent_seq, v.account, c.recalled ",
            $from
        )
    };
}

const BY_ID: &str = viewed!(
    "FROM view v JOIN conversation c ON c.id = v.conversation \
    JOIN member m ON m.conversation = v.conversation AND m.account = v.account WHERE v.account = ?1 AND v.conversation = ?2"
);

const BY_KEY: &str = viewed!(
    "FROM conversation c JOIN view v ON v.account = ?4 AND v.conversation = c.id \
    JOIN member m ON m.conversation = c.id AND m.account = ?4 WHERE c.app = ?1 AND c.kind = ?2 AND c.key = ?3"
);

const BY_ACCOUNT: &str = "SELECT conversation FROM view WHERE account = ?1 ORDER BY conversation";

const BY_ACCOUNT_AFTER: &str = viewed!(
    "FROM view v JOIN conversation c ON c.id = v.conversation \
    JOIN member m ON m.conversation = v.conversation AND m.account = v.account \
    WHERE v.account = ?1 AND v.conversation > ?2 ORDER BY v.conversation LIMIT ?3"
);

/// Every view of a log.
const OF_LOG: &str = viewed!(
    "FROM conversation c JOIN view v ON v.conversation = c.id \
    JOIN member m ON m.conversation = c.id AND m.account = v.account WHERE c.id = ?1"
);

const HIDDEN_DOWN: &str = "SELECT from_seq, from_pos, to_seq, to_pos, version, device, notice FROM hidden \
    WHERE account = ?1 AND conversation = ?2 AND from_seq <= ?3 ORDER BY from_seq DESC";

const HIDDEN_UP: &str = "SELECT from_seq, from_pos, to_seq, to_pos, version, device, notice FROM hidden \
    WHERE account = ?1 AND conversation = ?2 AND from_seq > ?3 AND from_seq <= ?4 ORDER BY from_seq LIMIT ?5";

/// By arithmetic on the ranges' ends; the ranges are disjoint.
const HIDDEN_COUNT: &str = "SELECT coalesce(sum(min(to_seq, ?4) - from_seq + 1), 0) FROM hidden \
    WHERE account = ?1 AND conversation = ?2 AND from_seq >= ?3 AND from_seq <= ?4";

const ACCOUNT: &str = "SELECT name, version FROM account WHERE id = ?1";

const SEQ_THROUGH: &str = "SELECT coalesce(seq, after_seq) FROM entry WHERE conversation = ?1 AND pos <= ?2 ORDER BY pos DESC LIMIT 1";

const GONE: &str = "SELECT seq FROM gone WHERE conversation = ?1 AND seq >= ?2 AND seq <= ?3";

const POS_OF: &str = "SELECT pos FROM entry WHERE conversation = ?1 AND seq = ?2";

#[cfg(test)]
pub(super) const QUERIES: &[&str] = &[
    BY_ID,
    BY_KEY,
    BY_ACCOUNT,
    BY_ACCOUNT_AFTER,
    OF_LOG,
    HIDDEN_DOWN,
    HIDDEN_UP,
    HIDDEN_COUNT,
    ACCOUNT,
    SEQ_THROUGH,
    GONE,
    POS_OF,
];

/// An account's view of a conversation, with its log's state.
#[derive(Clone, Debug)]
pub(super) struct Viewed {
    pub(super) account: AccountId,
    pub(super) conversation: ConversationId,
    pub(super) key: ConversationKey,
    pub(super) view: View,
    /// Its log, less what was recalled: see [`Viewed::log_over`].
    pub(super) log: Log,
    /// Whether anything in it was recalled.
    recalled: bool,
}

impl Viewed {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let log = Log {
            last: mark(row, 3)?,
            last_pos: pos(row, 5)?,
            first_seq: seq(row, 6)?,
            gone: SeqSet::new(),
        };
        let floor = Floor {
            at: mark(row, 9)?,
            version: version(row, 11)?,
            notice: version(row, 12)?,
            device: device_id(row, 13)?,
        };
        let until = match maybe_seq(row, 14)? {
            Some(seq) => Some(Mark {
                seq,
                pos: pos(row, 15)?,
            }),
            None => None,
        };
        let view = View {
            joined: mark(row, 7)?,
            floor,
            until,
            read_seq: seq(row, 16)?,
            last_sent_seq: seq(row, 19)?,
            unlisted_seq: seq(row, 17)?,
            pinned_at: number(row, 18)?,
        };
        let account = AccountId(row.get(20)?);
        Ok(Self {
            account,
            conversation: conversation_id(row, 0)?,
            key: key(row, 1)?,
            view,
            log,
            recalled: row.get::<_, i64>(21)? > 0,
        })
    }

    /// Whether the account is in the conversation now.
    pub(super) fn is_member(&self) -> bool {
        matches!(self.key, ConversationKey::Direct(..)) || self.view.until.is_none()
    }

    /// The hidden ranges that overlap `low..=high`, highest first, at most `limit`.
    pub(super) fn hidden_down(
        &self,
        conn: &Connection,
        low: Seq,
        high: Seq,
        limit: usize,
    ) -> Result<Vec<HiddenRange>> {
        let mut statement = conn.prepare_cached(HIDDEN_DOWN)?;
        let mut rows =
            statement.query(params![self.account.0, self.conversation.0, int(high.0)])?;
        let low = low.max(self.view.floor.at.seq.next());
        let mut ranges = Vec::new();
        while ranges.len() < limit
            && let Some(row) = rows.next()?
        {
            // The ranges are disjoint: below one that ends too low there is none that does not.
            let range = hidden_range(row)?;
            if range.to.seq < low {
                break;
            }
            ranges.push(range);
        }
        Ok(ranges)
    }

    /// The hidden ranges that overlap `low..=high`, lowest first, at most `limit`.
    pub(super) fn hidden_up(
        &self,
        conn: &Connection,
        low: Seq,
        high: Seq,
        limit: usize,
    ) -> Result<Vec<HiddenRange>> {
        let mut ranges = self.hidden_down(conn, low, low, 1)?;
        let from = params![
            self.account.0,
            self.conversation.0,
            int(low.0),
            int(high.0),
            super::values::count(limit)
        ];
        ranges.extend(super::values::all(conn, HIDDEN_UP, from, hidden_range)?);
        ranges.truncate(limit);
        Ok(ranges)
    }

    /// The hidden range that holds a message, if any: enough to ask whether that message is visible.
    pub(super) fn hidden_at(&self, conn: &Connection, seq: Seq) -> Result<Hidden> {
        Ok(self.hidden_down(conn, seq, seq, 1)?.into_iter().collect())
    }

    /// The log, with what was recalled of `low..=high`: enough to ask about the messages in there.
    pub(super) fn log_over(&self, conn: &Connection, low: Seq, high: Seq) -> Result<Cow<'_, Log>> {
        if !self.recalled {
            return Ok(Cow::Borrowed(&self.log));
        }
        let mut log = self.log.clone();
        let of = params![self.conversation.0, int(low.0), int(high.0)];
        for gone in super::values::all(conn, GONE, of, |row| seq(row, 0))? {
            log.gone.insert(gone, gone);
        }
        Ok(Cow::Owned(log))
    }

    /// The highest visible message.
    pub(super) fn last_visible(&self, conn: &Connection) -> Result<Option<Mark>> {
        let (low, mut high) = self.view.window(&self.log);
        while let Some(last) = self.last_kept(conn, low, high)? {
            if !self.log_over(conn, last, last)?.gone.contains(last) {
                return self.mark_of(conn, last);
            }
            high = last.prev();
        }
        Ok(None)
    }

    /// The highest message of `low..=high` that is in no hidden range.
    fn last_kept(&self, conn: &Connection, low: Seq, mut high: Seq) -> Result<Option<Seq>> {
        let mut chunk = 1;
        while low <= high {
            let ranges = self.hidden_down(conn, low, high, chunk)?;
            let reaches = |range: &&HiddenRange| range.to.seq >= high;
            let Some(top) = ranges.first().filter(reaches) else {
                break;
            };
            // Ranges of different origins may touch: down to the first gap.
            high = ranges.iter().fold(top.to.seq, |high, range| {
                if range.to.seq >= high {
                    range.from.seq.prev()
                } else {
                    high
                }
            });
            chunk = 64;
        }
        Ok((low <= high).then_some(high))
    }

    /// A message with its position.
    pub(super) fn mark_of(&self, conn: &Connection, seq: Seq) -> Result<Option<Mark>> {
        if seq == self.log.last.seq {
            return Ok((seq.0 > 0).then_some(self.log.last));
        }
        let pos = one(
            conn,
            POS_OF,
            params![self.conversation.0, int(seq.0)],
            |row| pos(row, 0),
        )?;
        Ok(pos.map(|pos| Mark { seq, pos }))
    }

    /// The last message at or before a position, by the log alone; 0 if there is none.
    pub(super) fn seq_through(&self, conn: &Connection, through: Pos) -> Result<Seq> {
        if through >= self.log.last_pos {
            return Ok(self.log.last.seq);
        }
        let found = one(
            conn,
            SEQ_THROUGH,
            params![self.conversation.0, int(through.0)],
            |row| seq(row, 0),
        )?;
        Ok(found.unwrap_or_default())
    }

    /// The last message before a position.
    pub(super) fn seq_before(&self, conn: &Connection, before: Pos) -> Result<Seq> {
        match before.0.checked_sub(1) {
            Some(through) => self.seq_through(conn, Pos(through)),
            None => Ok(Seq(0)),
        }
    }

    /// How many messages of `low..=high`, above the floor, are in hidden ranges.
    fn hidden_count(&self, conn: &Connection, low: Seq, high: Seq) -> Result<u64> {
        let Some(lowest) = self.hidden_down(conn, low, low, 1)?.pop() else {
            return self.hidden_from(conn, low, high);
        };
        // The range that holds `low` begins before it.
        let inside = lowest.to.seq.min(high).0 - low.0 + 1;
        Ok(inside + self.hidden_from(conn, lowest.to.seq.next(), high)?)
    }

    /// How many messages are in the hidden ranges that begin in `low..=high`, as far as `high`.
    fn hidden_from(&self, conn: &Connection, low: Seq, high: Seq) -> Result<u64> {
        let of = params![self.account.0, self.conversation.0, int(low.0), int(high.0)];
        Ok(one(conn, HIDDEN_COUNT, of, |row| number(row, 0))?.unwrap_or_default())
    }

    /// How many messages are visible and not read.
    pub(super) fn unread(&self, conn: &Connection) -> Result<u64> {
        let Some((low, high)) = lacuna_domain::unread_window(&self.view, &self.log) else {
            return Ok(0);
        };
        let log = self.log_over(conn, low, high)?;
        let mut failed = None;
        let unread = lacuna_domain::unread(&self.view, &log, |low, high| {
            self.hidden_count(conn, low, high).unwrap_or_else(|error| {
                failed = Some(error);
                0
            })
        });
        failed.map_or(Ok(unread), Err)
    }
}

pub(super) fn hidden_range(row: &Row<'_>) -> rusqlite::Result<HiddenRange> {
    let notice: i64 = row.get(6)?;
    let (version, device) = (version(row, 4)?, device_id(row, 5)?);
    Ok(HiddenRange {
        from: mark(row, 0)?,
        to: mark(row, 2)?,
        version,
        device,
        notice: notice != 0,
    })
}

/// The account's view of a conversation.
pub(super) fn viewed(
    conn: &Connection,
    account: AccountId,
    conversation: ConversationId,
) -> Result<Option<Viewed>> {
    one(
        conn,
        BY_ID,
        params![account.0, conversation.0],
        Viewed::read,
    )
}

/// The account's views, by conversation, after one.
pub(super) fn views_after(
    conn: &Connection,
    account: AccountId,
    after: ConversationId,
    limit: usize,
) -> Result<Vec<Viewed>> {
    let of = params![account.0, after.0, super::values::count(limit)];
    super::values::all(conn, BY_ACCOUNT_AFTER, of, Viewed::read)
}

/// The account's view of the conversation kept under a key.
pub(super) fn viewed_by_key(
    conn: &Connection,
    account: AccountId,
    app: AppId,
    key: &ConversationKey,
) -> Result<Option<Viewed>> {
    let (kind, text) = key_columns(key);
    one(
        conn,
        BY_KEY,
        params![app.0, kind, text, account.0],
        Viewed::read,
    )
}

/// The conversations that an account has a view of, in order.
pub(super) fn conversations_of(
    conn: &Connection,
    account: AccountId,
) -> Result<Vec<ConversationId>> {
    super::values::all(conn, BY_ACCOUNT, [account.0], |row| conversation_id(row, 0))
}

/// Goes through the views of a log for as long as `each` answers true.
pub(super) fn each_view(
    conn: &Connection,
    log: ConversationId,
    mut each: impl FnMut(Viewed) -> Result<bool>,
) -> Result<()> {
    let mut statement = conn.prepare_cached(OF_LOG)?;
    let mut rows = statement.query([log.0])?;
    while let Some(row) = rows.next()? {
        if !each(Viewed::read(row)?)? {
            break;
        }
    }
    Ok(())
}

/// An account's name and version.
pub(super) fn name_and_version(
    conn: &Connection,
    account: AccountId,
) -> Result<Option<(Name, Version)>> {
    one(conn, ACCOUNT, [account.0], |row| {
        Ok((super::values::name(row, 0)?, version(row, 1)?))
    })
}

/// The account's version; 0 of one that is not known.
pub(super) fn account_version(conn: &Connection, account: AccountId) -> Result<Version> {
    Ok(name_and_version(conn, account)?.map_or(Version(0), |(_, version)| version))
}

/// How an account of this name calls the conversation; without a name, as the first of its two would.
pub(super) fn target(key: &ConversationKey, me: Option<&Name>) -> Target {
    match (key, me) {
        (key, Some(me)) => key.target(me),
        (ConversationKey::Direct(a, _), None) => key.target(a),
        (ConversationKey::Group(id), None) => Target::Group(id.clone()),
    }
}
