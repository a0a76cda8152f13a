//! Sends that are repeated: a client that got no answer sends again.

use super::state::LogEnd;
use super::values::{audience, int, maybe_seq, one, pos, run};
use crate::act::{Error, Result};
use crate::rows::{Append, Appended, EntryKind};
use lacuna_domain::limits::SEND_REPEAT_WINDOW_MS;
use lacuna_domain::{AccountId, ConversationId, Pos};
use rusqlite::{Connection, params};

/// Takes the place of an older send; one that is recent stays, and then nothing is changed.
const RECENT_INSERT: &str = "INSERT INTO recent_send (conversation, sender, account, device, client_id, body_hash, at, pos, seq, prev_pos) \
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) \
    ON CONFLICT (conversation, client_id, account, device, sender, body_hash) DO UPDATE \
    SET at = excluded.at, pos = excluded.pos, seq = excluded.seq, prev_pos = excluded.prev_pos WHERE recent_send.at + ?11 <= excluded.at";

const RECENT: &str = "SELECT r.pos, r.seq, r.prev_pos, e.audience FROM recent_send r \
    LEFT JOIN entry e ON e.conversation = r.conversation AND e.pos = r.pos \
    WHERE r.conversation = ?1 AND r.sender = ?2 AND r.account = ?3 AND r.device = ?4 AND r.client_id = ?5 AND r.body_hash = ?6 \
    AND r.at + ?8 > ?7";

#[cfg(test)]
pub(super) const QUERIES: &[&str] = &[RECENT_INSERT, RECENT];

/// Notes a send so that a repeat is recognised. False if it is one.
pub(super) fn note_send(
    conn: &Connection,
    append: &Append,
    end: &LogEnd,
    taken: Pos,
) -> Result<bool> {
    let Some((client_id, hash)) = append.client_id else {
        return Ok(true);
    };
    let sender = &append.sender;
    let seq = match append.kind {
        EntryKind::Message(_) => Some(int(end.last.seq.next().0)),
        EntryKind::Signal { .. } => None,
    };
    let account = sender.account.map_or(0, |account| account.0);
    let noted = run(
        conn,
        RECENT_INSERT,
        params![
            end.id.0,
            sender.name.as_str(),
            account,
            sender.device.0,
            client_id.cast_signed(),
            hash,
            int(append.now.0),
            int(taken.0),
            seq,
            int(end.last_pos.0),
            int(SEND_REPEAT_WINDOW_MS),
        ],
    )?;
    Ok(noted > 0)
}

/// The first answer to a send that is repeated.
pub(super) fn sent_before(
    conn: &Connection,
    append: &Append,
    conversation: ConversationId,
    accounts: &[AccountId],
) -> Result<Option<Appended>> {
    let Some((client_id, hash)) = append.client_id else {
        return Ok(None);
    };
    let sender = &append.sender;
    let account = sender.account.map_or(0, |account| account.0);
    let key = params![
        conversation.0,
        sender.name.as_str(),
        account,
        sender.device.0,
        client_id.cast_signed(),
        hash,
        int(append.now.0),
        int(SEND_REPEAT_WINDOW_MS),
    ];
    one(conn, RECENT, key, |row| {
        let (pos, seq, prev_pos, audience) = (
            pos(row, 0)?,
            maybe_seq(row, 1)?,
            pos(row, 2)?,
            audience(row, 3)?,
        );
        Ok(Appended {
            conversation,
            pos,
            seq,
            prev_pos,
            repeat: true,
            audience,
            accounts: accounts.to_vec(),
        })
    })
}

/// The first answer to a send that is known to be repeated.
pub(super) fn first_answer(
    conn: &Connection,
    append: &Append,
    conversation: ConversationId,
    accounts: &[AccountId],
) -> Result<Appended> {
    let first = sent_before(conn, append, conversation, accounts)?;
    first.ok_or_else(|| Error::Storage("a repeated send has no first answer".into()))
}
