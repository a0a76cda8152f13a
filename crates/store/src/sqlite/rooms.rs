//! What chat rooms and threads do otherwise than groups: a room is forgotten by who leaves it, a thread hangs on a message of
//! a group and is left with that group.

use super::append::is_member;
use super::groups::{END, MEMBER_IDS, ONE_LESS, group, leave, read_group, select_groups};
use super::hide::leave_marker;
use super::records;
use super::state::LogEnd;
use super::values::{account_id, all, conversation_id, count, int, mark, one, pos, run, seq};
use super::views::viewed;
use crate::act::{Error, Result};
use crate::rows::{Group, GroupKind, ThreadParent};
use lacuna_domain::limits::GROUPS_PER_ACCOUNT_MAX;
use lacuna_domain::{AccountId, AppId, ConversationId, Name};
use rusqlite::{Connection, params};

const ROOMS: &str = select_groups!(
    "FROM group_info g JOIN conversation c ON c.id = g.conversation LEFT JOIN conversation p ON p.id = g.parent \
    WHERE g.room = 1 AND g.ended = 0 AND c.app = ?1 ORDER BY g.conversation DESC LIMIT ?3 OFFSET ?2"
);

const PAGE_OF_THREADS: &str = select_groups!(
    "FROM group_info g JOIN conversation c ON c.id = g.conversation LEFT JOIN conversation p ON p.id = g.parent \
    WHERE g.parent = ?1 AND g.ended = 0 AND g.conversation < ?2 ORDER BY g.conversation DESC LIMIT ?3"
);

/// How many groups of a sort an account is in.
const GROUPS_OF: &str = "SELECT count(*) FROM view v JOIN group_info g ON g.conversation = v.conversation \
    WHERE v.account = ?1 AND v.until_seq IS NULL AND g.ended = 0 AND g.room = ?2 AND (g.parent IS NOT NULL) = ?3";

const FORGET_CURSORS: &str = "DELETE FROM cursor WHERE conversation = ?2 AND device IN (SELECT id FROM device WHERE account = ?1)";

const FORGET_HIDDEN: &str = "DELETE FROM hidden WHERE account = ?1 AND conversation = ?2";

const FORGET_MEMBER: &str = "DELETE FROM member WHERE conversation = ?2 AND account = ?1";

const FORGET_VIEW: &str = "DELETE FROM view WHERE account = ?1 AND conversation = ?2";

const FORGET: &[&str] = &[FORGET_CURSORS, FORGET_HIDDEN, FORGET_MEMBER, FORGET_VIEW];

const SEQ_AT: &str =
    "SELECT seq FROM entry WHERE conversation = ?1 AND pos = ?2 AND seq IS NOT NULL";

const THREAD_ON: &str =
    "SELECT 1 FROM group_info WHERE parent = ?1 AND parent_pos = ?2 AND ended = 0";

const THREADS: &str = "SELECT c.id, c.last_seq, c.last_seq_pos, c.last_pos, c.first_pos FROM group_info g \
    JOIN conversation c ON c.id = g.conversation WHERE g.parent = ?1 AND g.ended = 0";

const PAST: &str = "INSERT OR IGNORE INTO room_past (account, conversation) \
    SELECT account, conversation FROM member WHERE conversation = ?2 AND account = ?1 AND last_sent_seq > 0";

#[cfg(test)]
pub(super) const QUERIES: &[&str] = &[
    ROOMS,
    PAGE_OF_THREADS,
    GROUPS_OF,
    FORGET_CURSORS,
    FORGET_HIDDEN,
    FORGET_MEMBER,
    FORGET_VIEW,
    SEQ_AT,
    THREAD_ON,
    THREADS,
    PAST,
];

/// The chat rooms of an application, newest first.
pub(super) fn rooms(
    conn: &Connection,
    app: AppId,
    after: usize,
    limit: usize,
) -> Result<Vec<Group>> {
    let of = params![app.0, count(after), count(limit)];
    all(conn, ROOMS, of, read_group)
}

/// The threads of a group, newest first.
pub(super) fn threads(
    conn: &Connection,
    parent: ConversationId,
    before: Option<ConversationId>,
    limit: usize,
) -> Result<Vec<Group>> {
    let before = before.map_or(i64::MAX, |id| id.0);
    let of = params![parent.0, before, count(limit)];
    all(conn, PAGE_OF_THREADS, of, read_group)
}

/// Whether an account is in as many groups of a sort as it may be.
pub(super) fn in_too_many(conn: &Connection, account: AccountId, kind: GroupKind) -> Result<bool> {
    let of = params![
        account.0,
        kind == GroupKind::Room,
        kind == GroupKind::Thread
    ];
    let groups = one(conn, GROUPS_OF, of, |row| row.get::<_, i64>(0))?;
    Ok(groups.unwrap_or_default() >= count(GROUPS_PER_ACCOUNT_MAX))
}

/// Makes an account leave a chat room: its view is forgotten, and what only it could still see is left to the purge.
///
/// INVARIANT L1: a later view begins at the log's end, so nothing that was deleted in this one comes back. Test (contract):
/// `who_leaves_a_room_keeps_nothing`.
pub(super) fn forget(conn: &Connection, account: AccountId, end: &LogEnd) -> Result<()> {
    let Some(viewed) = viewed(conn, account, end.id)? else {
        return Ok(());
    };
    let (low, high) = viewed.view.window(&viewed.log);
    if low <= high {
        leave_marker(conn, account, end.id, [(low, high)])?;
    }
    run(conn, ONE_LESS, [end.id.0])?;
    run(conn, PAST, [account.0, end.id.0])?;
    for sql in FORGET {
        run(conn, sql, params![account.0, end.id.0])?;
    }
    Ok(())
}

/// The log of the group that a thread is to hang on, if its owner may start it there.
pub(super) fn parent_log(
    conn: &Connection,
    app: AppId,
    (account, owner): (AccountId, &Name),
    parent: &ThreadParent,
) -> Result<ConversationId> {
    let found = group(conn, app, &parent.group)?;
    let found = found.filter(|group| group.settings.kind() == GroupKind::Group);
    let id = found
        .ok_or_else(|| Error::NoGroup(parent.group.clone()))?
        .conversation;
    let viewed = viewed(conn, account, id)?.filter(|viewed| viewed.view.until.is_none());
    let viewed = viewed.ok_or_else(|| Error::NotMember(owner.clone()))?;
    let at = params![id.0, int(parent.message.0)];
    let message = one(conn, SEQ_AT, at, |row| seq(row, 0))?;
    let seen = match message {
        Some(seq) => viewed
            .view
            .sees(seq, &viewed.log, &viewed.hidden_at(conn, seq)?),
        None => false,
    };
    if !seen {
        return Err(Error::NoParent(parent.message));
    }
    if one(conn, THREAD_ON, at, |_| Ok(()))?.is_some() {
        return Err(Error::HasThread(parent.message));
    }
    Ok(id)
}

fn thread_ends(conn: &Connection, parent: ConversationId) -> Result<Vec<LogEnd>> {
    all(conn, THREADS, [parent.0], |row| {
        Ok(LogEnd {
            id: conversation_id(row, 0)?,
            last: mark(row, 1)?,
            last_pos: pos(row, 3)?,
            first_pos: pos(row, 4)?,
        })
    })
}

/// Makes accounts that left a group leave its threads. Says who left which.
pub(super) fn leave_threads(
    conn: &Connection,
    parent: ConversationId,
    accounts: &[AccountId],
) -> Result<Vec<(ConversationId, Vec<AccountId>)>> {
    let mut left = Vec::new();
    for end in thread_ends(conn, parent)? {
        let mut from_it = Vec::new();
        for account in accounts {
            if is_member(conn, end.id, Some(*account))? {
                leave(conn, *account, &end)?;
                from_it.push(*account);
            }
        }
        if !from_it.is_empty() {
            left.push((end.id, from_it));
        }
    }
    Ok(left)
}

/// Ends the threads of a group that ended. Says who left which.
pub(super) fn end_threads(
    conn: &Connection,
    parent: ConversationId,
) -> Result<Vec<(ConversationId, Vec<AccountId>)>> {
    let mut left = Vec::new();
    for end in thread_ends(conn, parent)? {
        let accounts = all(conn, MEMBER_IDS, [end.id.0], |row| account_id(row, 0))?;
        for account in &accounts {
            leave(conn, *account, &end)?;
        }
        run(conn, END, [end.id.0])?;
        records::drop_conversation(conn, end.id)?;
        left.push((end.id, accounts));
    }
    Ok(left)
}
