//! What a deleted account wrote goes under another name, in bounded steps.

use super::audit::is_held;
use super::files;
use super::message::replace_body;
use super::state::State;
use super::values::{all, conversation_id, count, int, millis, name, one, pos, run, seq};
use crate::act::Result;
use crate::rows::{AUTHORED, RecordKind, Rename, RenameStep, reaction_by};
use bytes::Bytes;
use lacuna_domain::{ConversationId, Millis, Name, Pos, Seq};
use rusqlite::{Connection, Row, params};

const LEAVE: &str = "INSERT INTO renaming (conversation, name, alias, at, next_seq, last_seq) \
    SELECT id, ?2, ?3, ?4, 1, last_seq FROM conversation WHERE id = ?1 AND kind = 1";

const SET_OWNER: &str = "UPDATE group_info SET owner = ?3 WHERE conversation = ?1 AND owner = ?2";

const NEXT: &str = "SELECT id, conversation, name, alias, at, next_seq, last_seq, kind, key FROM renaming \
    WHERE held = 0 ORDER BY id LIMIT 1";

const HOLD: &str = "UPDATE renaming SET held = 1 WHERE id = ?1";

const GO_ON: &str = "UPDATE renaming SET next_seq = ?2, kind = ?3, key = ?4 WHERE id = ?1";

const DONE: &str = "DELETE FROM renaming WHERE id = ?1";

/// The messages of a stretch, each with its sender, and with its body if it is of the name and is not purged.
const MESSAGES: &str = "SELECT e.seq, e.pos, e.body_id, e.sender, b.bytes FROM entry e \
    LEFT JOIN body b ON b.id = e.body_id AND e.purged = 0 AND e.sender = ?5 \
    WHERE e.conversation = ?1 AND e.seq >= ?2 AND e.seq <= ?3 ORDER BY e.seq LIMIT ?4";

const SET_SENDER: &str = "UPDATE entry SET sender = ?3 WHERE conversation = ?1 AND pos = ?2";

/// The signal of the edit that brought a body says which it was. 201 is [`MessageKind::Edit`](lacuna_domain::MessageKind).
const SET_BROUGHT: &str = "UPDATE body SET bytes = ?4 WHERE bytes = ?3 AND id IN \
    (SELECT body_id FROM entry INDEXED BY entry_edit WHERE conversation = ?1 AND ref_seq = ?2 AND seq IS NULL AND kind = 201)";

/// 28, 41, 43 and 60 are [`AUTHORED`].
const RECORDS: &str = "SELECT kind, key, value, changed FROM record \
    WHERE owner_kind = 1 AND owner = ?1 AND (kind, key) > (?2, ?3) AND kind IN (28, 41, 43, 60) ORDER BY kind, key LIMIT ?4";

const REACTION: &str =
    "SELECT value FROM record WHERE owner_kind = 1 AND owner = ?1 AND kind = 42 AND key = ?2";

const SET_RECORD: &str = "UPDATE record SET key = ?4, value = ?5 \
    WHERE owner_kind = 1 AND owner = ?1 AND kind = ?2 AND key = ?3";

#[cfg(test)]
pub(super) const QUERIES: &[&str] = &[
    LEAVE,
    SET_OWNER,
    NEXT,
    HOLD,
    GO_ON,
    DONE,
    MESSAGES,
    SET_SENDER,
    SET_BROUGHT,
    RECORDS,
    REACTION,
    SET_RECORD,
];

/// Leaves what an account did in a group to be renamed. A thread that it made is renamed at once.
pub(super) fn leave(
    conn: &Connection,
    conversation: ConversationId,
    (name, alias): (&Name, &Name),
    now: Millis,
) -> Result<()> {
    let of = params![conversation.0, name.as_str(), alias.as_str(), int(now.0)];
    run(conn, LEAVE, of)?;
    let of = params![conversation.0, name.as_str(), alias.as_str()];
    run(conn, SET_OWNER, of)?;
    Ok(())
}

/// What is left to do in a log.
struct Renaming {
    id: i64,
    conversation: ConversationId,
    name: Name,
    alias: Name,
    at: Millis,
    next: Seq,
    last: Seq,
    /// The last record that was looked at.
    record: (u8, String),
}

fn read(row: &Row<'_>) -> rusqlite::Result<Renaming> {
    Ok(Renaming {
        id: row.get(0)?,
        conversation: conversation_id(row, 1)?,
        name: name(row, 2)?,
        alias: name(row, 3)?,
        at: millis(row, 4)?,
        next: seq(row, 5)?,
        last: seq(row, 6)?,
        record: (row.get(7)?, row.get(8)?),
    })
}

/// Renames in one log, of at most as many messages or records as the step looks at.
pub(super) fn rename_step(
    conn: &Connection,
    state: &mut State,
    step: Rename,
) -> Result<RenameStep> {
    let Some(mut renaming) = one(conn, NEXT, [], read)? else {
        return Ok(RenameStep::default());
    };
    if is_held(conn, renaming.conversation)? {
        run(conn, HOLD, [renaming.id])?;
        return left(conn, 0);
    }
    let (renamed, done) = if renaming.next <= renaming.last {
        (messages(conn, state, &mut renaming, step)?, false)
    } else {
        records(conn, &mut renaming, step)?
    };
    if done {
        run(conn, DONE, [renaming.id])?;
    } else {
        let (kind, key) = &renaming.record;
        let of = params![renaming.id, int(renaming.next.0), kind, key];
        run(conn, GO_ON, of)?;
    }
    left(conn, renamed)
}

fn left(conn: &Connection, renamed: usize) -> Result<RenameStep> {
    let more = one(conn, NEXT, [], |_| Ok(()))?.is_some();
    Ok(RenameStep { renamed, more })
}

/// Renames senders. Says how many messages were of the name.
fn messages(
    conn: &Connection,
    state: &mut State,
    renaming: &mut Renaming,
    step: Rename,
) -> Result<usize> {
    let (conversation, alias) = (renaming.conversation, &renaming.alias);
    let of = params![
        conversation.0,
        int(renaming.next.0),
        int(renaming.last.0),
        count(step.limit),
        renaming.name.as_str()
    ];
    let looked = all(conn, MESSAGES, of, |row| {
        let (at, body) = ((seq(row, 0)?, pos(row, 1)?, pos(row, 2)?), row.get(4)?);
        Ok((at, name(row, 3)?, body))
    })?;
    renaming.next = match looked.last() {
        Some(((seq, ..), ..)) if looked.len() >= step.limit => seq.next(),
        _ => renaming.last.next(),
    };
    let mut renamed = 0;
    for ((seq, at, body_id), sender, body) in looked {
        if sender != renaming.name {
            continue;
        }
        let of = params![conversation.0, int(at.0), alias.as_str()];
        run(conn, SET_SENDER, of)?;
        renamed += 1;
        let body: Option<Vec<u8>> = body;
        let new = body.and_then(|body| (step.body)(&body, &sender, alias));
        if let Some(new) = new {
            let id = state.next_pos(step.now);
            rebody(conn, conversation, (seq, at, body_id), (id, &new))?;
        }
    }
    Ok(renamed)
}

/// Gives a message a body that says the same, with its files and the edit that brought the old one.
fn rebody(
    conn: &Connection,
    conversation: ConversationId,
    (seq, at, old): (Seq, Pos, Pos),
    (id, body): (Pos, &Bytes),
) -> Result<()> {
    replace_body(conn, conversation, (at, old), (id, body))?;
    files::move_refs(conn, old, id)?;
    if old != at {
        let (was, is) = (old.0.to_le_bytes(), id.0.to_le_bytes());
        let of = params![conversation.0, int(seq.0), was, is];
        run(conn, SET_BROUGHT, of)?;
    }
    Ok(())
}

/// Renames who wrote records. Says how many were of the name, and whether that was all.
fn records(conn: &Connection, renaming: &mut Renaming, step: Rename) -> Result<(usize, bool)> {
    let of = params![
        renaming.conversation.0,
        renaming.record.0,
        renaming.record.1,
        count(step.limit)
    ];
    let looked: Vec<(u8, String, Vec<u8>, Millis)> = all(conn, RECORDS, of, |row| {
        Ok((row.get(0)?, row.get(1)?, row.get(2)?, millis(row, 3)?))
    })?;
    let (done, mut renamed) = (looked.len() < step.limit, 0);
    if let Some((kind, key, ..)) = looked.last() {
        renaming.record = (*kind, key.clone());
    }
    let old = looked
        .into_iter()
        .filter(|(.., changed)| *changed <= renaming.at);
    for (code, key, value, _) in old {
        let Some(kind) = AUTHORED.into_iter().find(|kind| kind.code() == code) else {
            continue;
        };
        renamed += usize::from(record(conn, renaming, step, (kind, key, value))?);
    }
    Ok((renamed, done))
}

/// Renames who wrote a record, if it was the account.
fn record(
    conn: &Connection,
    renaming: &Renaming,
    step: Rename,
    (kind, key, value): (RecordKind, String, Vec<u8>),
) -> Result<bool> {
    let (id, name, alias) = (renaming.conversation.0, &renaming.name, &renaming.alias);
    let set = |kind: RecordKind, old: &str, new: &str, value: &[u8]| {
        run(conn, SET_RECORD, params![id, kind.code(), old, new, value])
    };
    if kind != RecordKind::ReactionBy {
        let new = (step.value)(kind, &value, name, alias);
        if let Some(new) = &new {
            set(kind, &key, &key, new)?;
        }
        return Ok(new.is_some());
    }
    let Some((by, reaction)) = reaction_by(&key, name, alias) else {
        return Ok(false);
    };
    set(kind, &key, &by, &value)?;
    let first = one(conn, REACTION, params![id, reaction], |row| {
        row.get::<_, Vec<u8>>(0)
    })?;
    let kind = RecordKind::Reaction;
    let new = first.and_then(|value| (step.value)(kind, &value, name, alias));
    if let Some(new) = new {
        set(kind, &reaction, &reaction, &new)?;
    }
    Ok(true)
}
