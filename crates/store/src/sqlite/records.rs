//! Records: small facts about an account or a conversation.

use super::files;
use super::stream::push_event;
use super::values::{all, count, int, millis, one, run};
use crate::act::{Error, Result};
use crate::rows::{
    DISABLED, MUTE_ALL, Record, RecordCheck, RecordId, RecordKind, RecordOwner, RecordQuery,
    RecordWrite, hanging, marks,
};
use bytes::Bytes;
use lacuna_domain::{AccountId, AppId, ConversationId, Millis, Name, Pos, Target, Version};
use rusqlite::{Connection, Row, ToSql, params};

/// Records of a kind that hang on one message and go in one step.
pub(super) const HANGING_STEP_MAX: usize = 1_000;

const ONE: &str = "SELECT key, value, changed, expires FROM record \
    WHERE owner_kind = ?1 AND owner = ?2 AND kind = ?3 AND key = ?4 AND (expires IS NULL OR expires > ?5)";

const PAGE: &str = "SELECT key, value, changed, expires FROM record \
    WHERE owner_kind = ?1 AND owner = ?2 AND kind = ?3 AND key > ?4 AND (expires IS NULL OR expires > ?5) ORDER BY key LIMIT ?6";

const COUNT: &str = "SELECT count(*) FROM record \
    WHERE owner_kind = ?1 AND owner = ?2 AND kind = ?3 AND (expires IS NULL OR expires > ?4)";

const PUT: &str = "INSERT INTO record (owner_kind, owner, kind, key, app, named, value, changed, expires) \
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) \
    ON CONFLICT (owner_kind, owner, kind, key) DO UPDATE SET value = excluded.value, changed = excluded.changed, expires = excluded.expires";

const REMOVE: &str =
    "DELETE FROM record WHERE owner_kind = ?1 AND owner = ?2 AND kind = ?3 AND key = ?4";

const REMOVE_OWNED: &str =
    "DELETE FROM record WHERE owner_kind = ?1 AND owner = ?2 RETURNING kind, key";

/// What hangs on a message, of one kind: the keys between two.
const REMOVE_BETWEEN: &str = "DELETE FROM record WHERE owner_kind = ?1 AND owner = ?2 AND kind = ?3 AND key IN \
    (SELECT key FROM record WHERE owner_kind = ?1 AND owner = ?2 AND kind = ?3 AND key >= ?4 AND key < ?5 ORDER BY key LIMIT ?6)";

const ANY: &str = "SELECT 1 FROM record WHERE owner_kind = ?1 AND owner = ?2 AND kind = ?3 LIMIT 1";

const REMOVE_NAMED: &str = "DELETE FROM record WHERE app = ?1 AND key = ?2 AND named = 1";

const REMOVE_OLD: &str = "DELETE FROM record WHERE (owner_kind, owner, kind, key) IN \
    (SELECT owner_kind, owner, kind, key FROM record WHERE expires <= ?1 ORDER BY expires LIMIT ?2) RETURNING kind, key";

const OWNER_EXISTS: &str = "SELECT 1 FROM account WHERE id = ?1";

const PARENT: &str = "SELECT parent FROM group_info WHERE conversation = ?1 AND parent IS NOT NULL";

const OWNS_GROUP: &str = "SELECT 1 FROM group_info WHERE conversation = ?1 AND owner = ?2";

#[cfg(test)]
pub(super) const QUERIES: &[&str] = &[
    ONE,
    PAGE,
    COUNT,
    PUT,
    REMOVE,
    REMOVE_OWNED,
    REMOVE_BETWEEN,
    ANY,
    REMOVE_NAMED,
    REMOVE_OLD,
    OWNER_EXISTS,
    PARENT,
    OWNS_GROUP,
];

fn columns(owner: RecordOwner) -> (i64, i64) {
    match owner {
        RecordOwner::Account(account) => (0, account.0),
        RecordOwner::Conversation(conversation) => (1, conversation.0),
    }
}

fn read_record(row: &Row<'_>) -> rusqlite::Result<Record> {
    let expires: Option<i64> = row.get(3)?;
    Ok(Record {
        key: row.get(0)?,
        value: Bytes::from(row.get::<_, Vec<u8>>(1)?),
        changed: millis(row, 2)?,
        expires: expires.map(|end| Millis(end.max(0).cast_unsigned())),
    })
}

/// A record that has not ended.
pub(super) fn record(conn: &Connection, id: &RecordId, now: Millis) -> Result<Option<Record>> {
    let (owner_kind, owner) = columns(id.owner);
    let of = params![owner_kind, owner, id.kind.code(), id.key, int(now.0)];
    one(conn, ONE, of, read_record)
}

/// Records of one kind, by key.
pub(super) fn records(conn: &Connection, query: &RecordQuery, now: Millis) -> Result<Vec<Record>> {
    let (owner_kind, owner) = columns(query.owner);
    let after = query.after.as_deref().unwrap_or_default();
    let of = params![
        owner_kind,
        owner,
        query.kind.code(),
        after,
        int(now.0),
        count(query.limit)
    ];
    all(conn, PAGE, of, read_record)
}

/// Writes records, and tells the accounts that are to be told.
pub(super) fn write(
    conn: &Connection,
    write: &RecordWrite,
    now: Millis,
) -> Result<Vec<(AccountId, Version)>> {
    for (id, check) in &write.checks {
        let found = record(conn, id, now)?;
        let holds = match check {
            RecordCheck::Absent => found.is_none(),
            RecordCheck::Present => found.is_some(),
            RecordCheck::Is(value) => found.is_some_and(|found| found.value == value),
        };
        if !holds {
            return Err(Error::Conflict);
        }
    }
    for (id, change) in &write.changes {
        let (owner_kind, owner) = columns(id.owner);
        let Some(new) = change else {
            run(
                conn,
                REMOVE,
                params![owner_kind, owner, id.kind.code(), id.key],
            )?;
            if id.kind == RecordKind::SharedFile {
                files::unshare(conn, &id.key)?;
            }
            continue;
        };
        if matches!(id.owner, RecordOwner::Account(_))
            && one(conn, OWNER_EXISTS, [owner], |_| Ok(()))?.is_none()
        {
            return Err(Error::Conflict);
        }
        let of = params![
            owner_kind,
            owner,
            id.kind.code(),
            id.key,
            write.app.0,
            id.kind.names_account(),
            &*new.value,
            int(now.0),
            new.expires.map(|end| int(end.0)),
        ];
        run(conn, PUT, of)?;
        if id.kind == RecordKind::SharedFile {
            files::share(conn, write.app, &id.key)?;
        }
    }
    for (owner, kind, max) in &write.limits {
        let (owner_kind, owner) = columns(*owner);
        let of = params![owner_kind, owner, kind.code(), int(now.0)];
        let there = one(conn, COUNT, of, |row| row.get::<_, i64>(0))?;
        if there.unwrap_or_default() > count(*max) {
            return Err(Error::LimitReached);
        }
    }
    let mut told = Vec::with_capacity(write.events.len());
    for (account, event) in &write.events {
        if one(conn, OWNER_EXISTS, [account.0], |_| Ok(()))?.is_some() {
            told.push((*account, push_event(conn, *account, event, now)?));
        }
    }
    Ok(told)
}

/// Drops what is about an account, and what names it.
pub(super) fn drop_account(
    conn: &Connection,
    app: AppId,
    account: AccountId,
    name: &Name,
) -> Result<()> {
    let (owner_kind, owner) = columns(RecordOwner::Account(account));
    drop_each(conn, REMOVE_OWNED, params![owner_kind, owner])?;
    run(conn, REMOVE_NAMED, params![app.0, name.as_str()])?;
    Ok(())
}

/// Drops what is about a conversation.
pub(super) fn drop_conversation(conn: &Connection, conversation: ConversationId) -> Result<()> {
    let (owner_kind, owner) = columns(RecordOwner::Conversation(conversation));
    drop_each(conn, REMOVE_OWNED, params![owner_kind, owner]).map(|_| ())
}

/// Whether anything hangs on messages of a conversation.
pub(super) fn hang_on_messages(conn: &Connection, conversation: ConversationId) -> Result<bool> {
    let (owner_kind, owner) = columns(RecordOwner::Conversation(conversation));
    for (kind, _) in hanging(Pos::ZERO) {
        if one(conn, ANY, params![owner_kind, owner, kind.code()], |_| {
            Ok(())
        })?
        .is_some()
        {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Drops what hangs on a message, at most `limit` records of a kind. Says whether there may be more.
pub(super) fn drop_hanging(
    conn: &Connection,
    conversation: ConversationId,
    pos: Pos,
    limit: usize,
) -> Result<bool> {
    let (owner_kind, owner) = columns(RecordOwner::Conversation(conversation));
    let mut more = false;
    for (kind, (from, to)) in hanging(pos) {
        let of = params![owner_kind, owner, kind.code(), from, to, count(limit)];
        more |= run(conn, REMOVE_BETWEEN, of)? >= limit;
    }
    Ok(more)
}

/// Whether an account has marked any conversation.
pub(super) fn has_marks(conn: &Connection, account: AccountId) -> Result<bool> {
    let (owner_kind, owner) = columns(RecordOwner::Account(account));
    let of = params![owner_kind, owner, RecordKind::Mark.code()];
    Ok(one(conn, ANY, of, |_| Ok(()))?.is_some())
}

/// Drops an account's marks of a conversation.
pub(super) fn unmark(conn: &Connection, account: AccountId, target: &Target) -> Result<()> {
    let (owner_kind, owner) = columns(RecordOwner::Account(account));
    for key in marks(target) {
        let of = params![owner_kind, owner, RecordKind::Mark.code(), key];
        run(conn, REMOVE, of)?;
    }
    Ok(())
}

/// Drops records that have ended, at most `limit`. Says whether there may be more.
pub(super) fn drop_old(conn: &Connection, now: Millis, limit: usize) -> Result<bool> {
    Ok(drop_each(conn, REMOVE_OLD, params![int(now.0), count(limit)])? >= limit)
}

/// Drops records, and with them the files that they share. Says how many went.
fn drop_each(conn: &Connection, sql: &'static str, of: &[&dyn ToSql]) -> Result<usize> {
    let gone = all(conn, sql, of, |row| {
        Ok((row.get::<_, u8>(0)?, row.get::<_, String>(1)?))
    })?;
    let shared = RecordKind::SharedFile.code();
    for (_, file) in gone.iter().filter(|(kind, _)| *kind == shared) {
        files::unshare(conn, file)?;
    }
    Ok(gone.len())
}

/// Whether a receiver lets a sender write to it.
pub(super) fn may_write_to(
    conn: &Connection,
    receiver: AccountId,
    sender: &Name,
    friends_only: bool,
    now: Millis,
) -> Result<Result<()>> {
    let owner = RecordOwner::Account(receiver);
    let of = |kind| record(conn, &RecordId::new(owner, kind, sender.as_str()), now);
    if of(RecordKind::Blocked)?.is_some() {
        return Ok(Err(Error::Blocked(sender.clone())));
    }
    if friends_only && of(RecordKind::Contact)?.is_none() {
        return Ok(Err(Error::NotContact(sender.clone())));
    }
    Ok(Ok(()))
}

/// Whether an account wants nothing of a conversation delivered.
pub(super) fn shields(
    conn: &Connection,
    conversation: ConversationId,
    name: &Name,
) -> Result<bool> {
    let owner = RecordOwner::Conversation(conversation);
    let id = RecordId::new(owner, RecordKind::Shielded, name.as_str());
    Ok(record(conn, &id, Millis(0))?.is_some())
}

/// Whether a group lets a member write, and the group that it is a thread of.
pub(super) fn may_write_in(
    conn: &Connection,
    conversation: ConversationId,
    sender: &Name,
    now: Millis,
) -> Result<Result<()>> {
    let parent = one(conn, PARENT, [conversation.0], |row| {
        super::values::conversation_id(row, 0)
    })?;
    for group in parent.into_iter().chain([conversation]) {
        if let Err(refused) = lets_write(conn, group, sender, now)? {
            return Ok(Err(refused));
        }
    }
    Ok(Ok(()))
}

/// Whether a group lets a member write: it is not muted, and not all are, from which the allowed and the admins are left out.
/// Its owner always may.
fn lets_write(
    conn: &Connection,
    conversation: ConversationId,
    sender: &Name,
    now: Millis,
) -> Result<Result<()>> {
    let owner = RecordOwner::Conversation(conversation);
    let is = |kind, key: &str| {
        record(conn, &RecordId::new(owner, kind, key), now).map(|found| found.is_some())
    };
    let name = sender.as_str();
    if is(RecordKind::Setting, DISABLED)? {
        return Ok(Err(Error::GroupDisabled));
    }
    let silenced = is(RecordKind::Muted, name)?
        || (is(RecordKind::Setting, MUTE_ALL)?
            && !is(RecordKind::Allowed, name)?
            && !is(RecordKind::Admin, name)?);
    if !silenced {
        return Ok(Ok(()));
    }
    let owns = one(conn, OWNS_GROUP, params![conversation.0, name], |_| Ok(()))?;
    Ok(owns.map_or_else(|| Err(Error::Muted(sender.clone())), |()| Ok(())))
}
