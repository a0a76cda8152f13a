//! The outbox.

use super::SqliteStore;
use super::jobs::is_unseen;
use super::values::{all, count, int, maybe_seq, millis, one, run};
use crate::act::{HookStore, Result};
use crate::rows::{DueHook, NewHook};
use async_trait::async_trait;
use bytes::Bytes;
use lacuna_domain::{AppId, ConversationId, Millis, Pos};
use rusqlite::{Connection, params};

const ADD: &str =
    "INSERT INTO hook (app, at, due, detail, conversation, pos) VALUES (?1, ?2, ?2, ?3, ?4, ?5)";

const DUE: &str = "SELECT id, app, at, tries, detail, conversation, pos FROM hook \
    WHERE app = ?1 AND due <= ?2 ORDER BY due, id LIMIT ?3";

const BODY: &str = "SELECT e.seq, b.bytes FROM entry e JOIN body b ON b.id = e.body_id \
    WHERE e.conversation = ?1 AND e.pos = ?2 AND e.purged = 0";

const DONE: &str = "DELETE FROM hook WHERE id = ?1";

const RETRY: &str = "UPDATE hook SET due = ?2, tries = tries + 1 WHERE id = ?1";

/// The newest of those that are too many.
const TOO_OLD: &str = "SELECT id FROM hook WHERE app = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2";

const TRIM: &str = "DELETE FROM hook WHERE app = ?1 AND id <= ?2";

#[cfg(test)]
pub(super) const QUERIES: &[&str] = &[DUE, BODY, DONE, RETRY, TOO_OLD, TRIM];

#[async_trait]
impl HookStore for SqliteStore {
    async fn add_hook(&self, hook: NewHook, now: Millis) -> Result<()> {
        self.act(move |conn, _| add(conn, &hook, now)).await
    }

    async fn due_hooks(&self, app: AppId, now: Millis, limit: usize) -> Result<Vec<DueHook>> {
        self.read(move |conn| due(conn, app, now, limit)).await
    }

    async fn done_hook(&self, id: i64) -> Result<()> {
        self.act(move |conn, _| run(conn, DONE, [id]).map(|_| ()))
            .await
    }

    async fn retry_hook(&self, id: i64, at: Millis) -> Result<()> {
        self.act(move |conn, _| run(conn, RETRY, params![id, int(at.0)]).map(|_| ()))
            .await
    }

    async fn trim_hooks(&self, app: AppId, keep: usize) -> Result<usize> {
        let old = self
            .read(move |conn| {
                let of = [app.0, count(keep)];
                one(conn, TOO_OLD, of, |row| row.get::<_, i64>(0))
            })
            .await?;
        let Some(old) = old else { return Ok(0) };
        self.act(move |conn, _| run(conn, TRIM, [app.0, old])).await
    }
}

pub(super) fn add(conn: &Connection, hook: &NewHook, now: Millis) -> Result<()> {
    let entry = hook.entry;
    let (conversation, pos) = (entry.map(|at| at.0.0), entry.map(|at| int(at.1.0)));
    run(
        conn,
        ADD,
        params![hook.app.0, int(now.0), hook.detail, conversation, pos],
    )?;
    Ok(())
}

fn due(conn: &Connection, app: AppId, now: Millis, limit: usize) -> Result<Vec<DueHook>> {
    let rows = all(conn, DUE, params![app.0, int(now.0), count(limit)], |row| {
        let conversation: Option<i64> = row.get(5)?;
        let pos: Option<i64> = row.get(6)?;
        let hook = DueHook {
            id: row.get(0)?,
            app: AppId(row.get(1)?),
            at: millis(row, 2)?,
            tries: row.get(3)?,
            detail: row.get(4)?,
            pos: pos.map(|pos| Pos(pos.max(0).cast_unsigned())),
            body: None,
        };
        Ok((hook, conversation.map(ConversationId)))
    })?;
    let mut hooks = Vec::with_capacity(rows.len());
    for (mut hook, conversation) in rows {
        if let (Some(conversation), Some(pos)) = (conversation, hook.pos) {
            hook.body = body(conn, conversation, pos)?;
        }
        hooks.push(hook);
    }
    Ok(hooks)
}

/// INVARIANT L2: what nobody sees any more is told to nobody. Test (contract): `deleted_messages_are_told_without_their_bodies`.
fn body(conn: &Connection, conversation: ConversationId, pos: Pos) -> Result<Option<Bytes>> {
    let found = one(conn, BODY, params![conversation.0, int(pos.0)], |row| {
        Ok((maybe_seq(row, 0)?, row.get::<_, Vec<u8>>(1)?))
    })?;
    let Some((seq, bytes)) = found else {
        return Ok(None);
    };
    if let Some(seq) = seq
        && is_unseen(conn, conversation, seq)?
    {
        return Ok(None);
    }
    Ok(Some(bytes.into()))
}
