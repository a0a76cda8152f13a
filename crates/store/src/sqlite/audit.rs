//! The audit of acts, and holds.

use super::SqliteStore;
use super::state::{State, find_end};
use super::values::{all, count, int, millis, name, number, one, run};
use crate::act::{AuditStore, Error, Result};
use crate::rows::{AuditRow, Hold, NewAudit};
use async_trait::async_trait;
use lacuna_domain::{AccountId, AppId, ConversationId, Millis};
use rusqlite::{Connection, params};

const ACCOUNT: i64 = 0;
const CONVERSATION: i64 = 1;

const ADD: &str =
    "INSERT INTO audit (app, at, actor, act, target, count) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";

const PAGE: &str = "SELECT id, at, actor, act, target, count FROM audit WHERE app = ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3";

const HOLD: &str = "INSERT OR IGNORE INTO hold (kind, id, at) VALUES (?1, ?2, ?3)";

const RELEASE: &str = "DELETE FROM hold WHERE kind = ?1 AND id = ?2";

const HELD: &str = "SELECT 1 FROM hold WHERE kind = ?1 AND id = ?2";

/// Whether somebody on hold has or had a part in a conversation. The holds on accounts are few; each is one look into the views.
macro_rules! held_by_viewer {
    ($conversation:literal) => {
        concat!(
            "SELECT 1 FROM hold h WHERE h.kind = 0 AND (EXISTS (SELECT 1 FROM view v WHERE v.account = h.id AND v.conversation = ",
            $conversation,
            ") OR EXISTS (SELECT 1 FROM room_past p WHERE p.account = h.id AND p.conversation = ",
            $conversation,
            ")) LIMIT 1"
        )
    };
}
pub(super) use held_by_viewer;

const HELD_BY_VIEWER: &str = held_by_viewer!("?1");

const LOOK_AGAIN: &str = "UPDATE purge SET held = 0 WHERE held = 1";

const LOOK_AGAIN_STALE: &str = "UPDATE stale_body SET held = 0 WHERE held = 1";

const LOOK_AGAIN_RENAMING: &str = "UPDATE renaming SET held = 0 WHERE held = 1";

#[cfg(test)]
pub(super) const QUERIES: &[&str] = &[
    PAGE,
    RELEASE,
    HELD,
    HELD_BY_VIEWER,
    LOOK_AGAIN,
    LOOK_AGAIN_STALE,
    LOOK_AGAIN_RENAMING,
];

#[async_trait]
impl AuditStore for SqliteStore {
    async fn add_audit(&self, act: NewAudit, now: Millis) -> Result<()> {
        self.act(move |conn, _| {
            let NewAudit {
                app,
                actor,
                act,
                target,
                count,
            } = &act;
            let row = params![app.0, int(now.0), actor.as_str(), act, target, int(*count)];
            run(conn, ADD, row).map(|_| ())
        })
        .await
    }

    async fn audit(&self, app: AppId, before: Option<i64>, limit: usize) -> Result<Vec<AuditRow>> {
        self.read(move |conn| {
            let of = params![app.0, before.unwrap_or(i64::MAX), count(limit)];
            all(conn, PAGE, of, |row| {
                Ok(AuditRow {
                    id: row.get(0)?,
                    at: millis(row, 1)?,
                    act: NewAudit {
                        app,
                        actor: name(row, 2)?,
                        act: row.get(3)?,
                        target: row.get(4)?,
                        count: number(row, 5)?,
                    },
                })
            })
        })
        .await
    }

    async fn hold(&self, app: AppId, hold: Hold, now: Millis) -> Result<bool> {
        self.act(move |conn, state| {
            let Some((kind, id)) = held_row(conn, state, app, &hold)? else {
                return Ok(false);
            };
            run(conn, HOLD, params![kind, id, int(now.0)])?;
            Ok(true)
        })
        .await
    }

    async fn is_held(&self, account: AccountId) -> Result<bool> {
        self.read(move |conn| is_account_held(conn, account)).await
    }

    async fn release(&self, app: AppId, hold: Hold) -> Result<bool> {
        self.act(move |conn, state| {
            let Some((kind, id)) = held_row(conn, state, app, &hold)? else {
                return Ok(false);
            };
            let released = run(conn, RELEASE, [kind, id])? > 0;
            if released {
                run(conn, LOOK_AGAIN, [])?;
                run(conn, LOOK_AGAIN_STALE, [])?;
                run(conn, LOOK_AGAIN_RENAMING, [])?;
            }
            Ok(released)
        })
        .await
    }
}

/// The row of a hold; none if there is no such conversation.
fn held_row(
    conn: &Connection,
    state: &mut State,
    app: AppId,
    hold: &Hold,
) -> Result<Option<(i64, i64)>> {
    match hold {
        Hold::User(user) => match state.account(conn, app, user)? {
            Some(account) => Ok(Some((ACCOUNT, account.0))),
            None => Err(Error::NoAccount(user.clone())),
        },
        Hold::Conversation(key) => {
            Ok(find_end(conn, app, key)?.map(|end| (CONVERSATION, end.id.0)))
        }
    }
}

/// Whether an account is on hold.
pub(super) fn is_account_held(conn: &Connection, account: AccountId) -> Result<bool> {
    Ok(one(conn, HELD, [ACCOUNT, account.0], |_| Ok(()))?.is_some())
}

/// Whether the bodies of a conversation are on hold: by itself, or by one who has a view of it or has written in that room.
pub(super) fn is_held(conn: &Connection, conversation: ConversationId) -> Result<bool> {
    let itself = one(conn, HELD, [CONVERSATION, conversation.0], |_| Ok(()))?;
    Ok(itself.is_some() || one(conn, HELD_BY_VIEWER, [conversation.0], |_| Ok(()))?.is_some())
}
