//! What the writer keeps in memory: the allocator of positions, and what a send needs to know of its conversation.

use super::values::{account_id, conversation_id, int, key_columns, mark, one, pos};
use crate::act::{Error, Result};
use lacuna_domain::{
    AccountId, AppId, ConversationId, ConversationKey, Mark, Millis, Name, Pos, PosAllocator, Seq,
    Version,
};
use lacuna_sqlite::WriterState;
use rusqlite::{Connection, params};
use std::collections::HashMap;

/// Names, and conversations, that are remembered; past it everything is forgotten and learnt again.
const REMEMBERED_MAX: usize = 16_384;

/// The last position that was ever given to an entry.
const LAST_POS: &str = "SELECT max(id) FROM body";

const ACCOUNT: &str = "SELECT id FROM account WHERE app = ?1 AND name = ?2";

const END: &str = "SELECT id, last_seq, last_seq_pos, last_pos, first_pos FROM conversation WHERE app = ?1 AND kind = ?2 AND key = ?3";

/// What holds while this process has the file open, in one row: no version that is given out is below `versions_from`.
pub(super) const RUN: &str = "CREATE TEMP TABLE run (id INTEGER PRIMARY KEY, versions_from INTEGER NOT NULL); \
    INSERT INTO run VALUES (1, 0);";
const SET_RUN: &str = "UPDATE run SET versions_from = ?1 WHERE id = 1";

const NEXT_VERSION: &str = "UPDATE account SET version = max(version + 1, (SELECT versions_from FROM run WHERE id = 1)) \
    WHERE id = ?1 RETURNING version";

#[cfg(test)]
pub(super) const QUERIES: &[&str] = &[LAST_POS, ACCOUNT, END, SET_RUN, NEXT_VERSION];

/// The end of a log.
#[derive(Clone, Copy, Debug)]
pub(super) struct LogEnd {
    pub(super) id: ConversationId,
    pub(super) last: Mark,
    pub(super) last_pos: Pos,
    /// Where the first kept message is; zero if none is.
    pub(super) first_pos: Pos,
}

impl LogEnd {
    /// The end as a floor: the last message, with the position of the last entry of any kind.
    pub(super) fn mark(&self) -> Mark {
        Mark {
            seq: self.last.seq,
            pos: self.last_pos,
        }
    }
}

/// A conversation that was sent to.
#[derive(Clone, Debug)]
pub(super) struct Sendable {
    pub(super) end: LogEnd,
    /// Accounts that are known to exist and to have a view of this 1-1 conversation.
    pub(super) accounts: Vec<AccountId>,
}

#[derive(Debug)]
pub(super) struct State {
    allocator: PosAllocator,
    /// The last position that was used: the allocator may be one ahead of it.
    last: Pos,
    /// A position that was taken and not used.
    spare: Option<Pos>,
    names: HashMap<AppId, HashMap<Name, AccountId>>,
    logs: HashMap<AppId, HashMap<ConversationKey, Sendable>>,
}

impl WriterState for State {
    fn rolled_back(&mut self) {
        self.forget();
    }
}

impl State {
    /// Continues after what the file holds.
    pub(super) fn load(
        conn: &Connection,
        node: u16,
        versions_from: Version,
    ) -> lacuna_sqlite::Result<Self> {
        conn.execute_batch(RUN)?;
        conn.execute(SET_RUN, [int(versions_from.0)])?;
        let last: Option<i64> = conn.query_row(LAST_POS, [], |row| row.get(0))?;
        let allocator = PosAllocator::new(node, Pos(last.unwrap_or(0).max(0).cast_unsigned()));
        Ok(Self {
            last: allocator.last(),
            allocator,
            spare: None,
            names: HashMap::new(),
            logs: HashMap::new(),
        })
    }

    /// Forgets what it knows of names and logs.
    pub(super) fn forget(&mut self) {
        self.names.clear();
        self.logs.clear();
    }

    pub(super) fn last_pos(&self) -> Pos {
        self.last
    }

    pub(super) fn next_pos(&mut self, now: Millis) -> Pos {
        // A spare is of the last millisecond used: it serves until the clock has moved on.
        let spare = self.spare.take().filter(|spare| spare.time() >= now);
        self.last = spare.unwrap_or_else(|| self.allocator.next(now));
        self.last
    }

    /// Takes back the last position, which no entry got.
    pub(super) fn unused(&mut self, taken: Pos, before: Pos) {
        self.spare = Some(taken);
        self.last = before;
    }

    /// The account of a name, if it is remembered.
    pub(super) fn known_account(&self, app: AppId, name: &Name) -> Option<AccountId> {
        self.names.get(&app)?.get(name).copied()
    }

    /// The account of a name.
    pub(super) fn account(
        &mut self,
        conn: &Connection,
        app: AppId,
        name: &Name,
    ) -> Result<Option<AccountId>> {
        if let Some(id) = self.known_account(app, name) {
            return Ok(Some(id));
        }
        let found = one(conn, ACCOUNT, params![app.0, name.as_str()], |row| {
            account_id(row, 0)
        })?;
        if let Some(id) = found {
            let names = self.names.entry(app).or_default();
            if names.len() >= REMEMBERED_MAX {
                names.clear();
            }
            names.insert(name.clone(), id);
        }
        Ok(found)
    }

    /// The account of a name that must be registered.
    pub(super) fn registered(
        &mut self,
        conn: &Connection,
        app: AppId,
        name: &Name,
    ) -> Result<AccountId> {
        self.account(conn, app, name)?
            .ok_or_else(|| Error::NoAccount(name.clone()))
    }

    /// The accounts of those names that are registered, each once.
    pub(super) fn resolve(
        &mut self,
        conn: &Connection,
        app: AppId,
        names: &[Name],
    ) -> Result<Vec<AccountId>> {
        let mut accounts = Vec::new();
        for name in names {
            if let Some(id) = self
                .account(conn, app, name)?
                .filter(|id| !accounts.contains(id))
            {
                accounts.push(id);
            }
        }
        Ok(accounts)
    }

    /// What is remembered of a conversation.
    pub(super) fn sendable(&self, app: AppId, key: &ConversationKey) -> Option<&Sendable> {
        self.logs.get(&app)?.get(key)
    }

    /// Remembers a conversation as it is now.
    pub(super) fn remember(&mut self, app: AppId, key: ConversationKey, sendable: Sendable) {
        let logs = self.logs.entry(app).or_default();
        if logs.len() >= REMEMBERED_MAX && !logs.contains_key(&key) {
            logs.clear();
        }
        logs.insert(key, sendable);
    }

    /// Remembers a log's new end.
    pub(super) fn moved(&mut self, app: AppId, key: &ConversationKey, end: LogEnd) {
        if let Some(known) = self.logs.get_mut(&app).and_then(|logs| logs.get_mut(key)) {
            known.end = end;
        }
    }
}

/// The end of the log kept under a key.
pub(super) fn find_end(
    conn: &Connection,
    app: AppId,
    key: &ConversationKey,
) -> Result<Option<LogEnd>> {
    let (kind, text) = key_columns(key);
    one(conn, END, params![app.0, kind, text], |row| {
        Ok(LogEnd {
            id: conversation_id(row, 0)?,
            last: mark(row, 1)?,
            last_pos: pos(row, 3)?,
            first_pos: pos(row, 4)?,
        })
    })
}

/// Counts one more event or fact of an account.
pub(super) fn next_version(conn: &Connection, account: AccountId) -> Result<Version> {
    let next = one(conn, NEXT_VERSION, [account.0], |row| {
        super::values::version(row, 0)
    })?;
    Ok(next.unwrap_or_default())
}

/// Adds a log that is empty.
pub(super) fn create_log(conn: &Connection, app: AppId, key: &ConversationKey) -> Result<LogEnd> {
    const INSERT: &str = "INSERT INTO conversation (app, kind, key) VALUES (?1, ?2, ?3)";
    let (kind, text) = key_columns(key);
    super::values::run(conn, INSERT, params![app.0, kind, text])?;
    let id = ConversationId(conn.last_insert_rowid());
    Ok(LogEnd {
        id,
        last: Mark {
            seq: Seq(0),
            pos: Pos::ZERO,
        },
        last_pos: Pos::ZERO,
        first_pos: Pos::ZERO,
    })
}

/// Writes the account's view of a log at its end, and its place in the log, if it has none.
pub(super) fn ensure_view(conn: &Connection, account: AccountId, end: &LogEnd) -> Result<()> {
    const VIEW: &str = "INSERT INTO view (account, conversation, joined_seq, joined_pos, floor_seq, floor_pos) \
        VALUES (?1, ?2, ?3, ?4, ?3, ?4) ON CONFLICT DO NOTHING";
    const MEMBER: &str = "INSERT INTO member (conversation, account, joined_at, place, until_pos, last_sent_seq) \
        VALUES (?1, ?2, 0, 0, NULL, 0) ON CONFLICT DO NOTHING";
    let (seq, pos) = (int(end.last.seq.0), int(end.last_pos.0));
    super::values::run(conn, VIEW, params![account.0, end.id.0, seq, pos])?;
    super::values::run(conn, MEMBER, params![end.id.0, account.0])?;
    Ok(())
}
