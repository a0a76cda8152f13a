//! What goes with an entry: records, a change of a message, files, and what integrators are told.

use super::append::{NewEntry, directed, put_at};
use super::files::refer;
use super::state::{LogEnd, State};
use super::{hooks, message, records};
use crate::act::Result;
use crate::rows::{Append, Appended, MessageAct, NewHook};
use bytes::Bytes;
use lacuna_domain::{ConversationId, Pos};
use rusqlite::Connection;

/// Puts an entry at a log's end, at a place of it and with a position for its body, and does what goes with it.
pub(super) fn put_with(
    conn: &Connection,
    state: &mut State,
    (end, place, taken): (LogEnd, Pos, Pos),
    append: &Append,
    kept: Option<&(message::Kept, &MessageAct)>,
) -> Result<(Appended, LogEnd)> {
    let audience = directed(conn, state, append)?;
    if let Some(write) = &append.write {
        records::write(conn, write, append.now)?;
    }
    let Some((kept, act)) = kept else {
        let entry = NewEntry {
            kind: append.kind.into(),
            sender: &append.sender,
            audience,
            body: &append.body,
        };
        let put = put_at(conn, end, (place, taken), entry)?;
        attach(conn, append, (end.id, place), taken)?;
        return Ok(put);
    };
    let brought = match act {
        MessageAct::Recall => None,
        MessageAct::Edit { body, .. } => Some((state.next_pos(append.now), body)),
    };
    // The signal of an edit never repeats what it speaks of: it says which body the edit brought.
    let which = brought.map(|(id, _)| Bytes::copy_from_slice(&id.0.to_le_bytes()));
    let entry = NewEntry {
        kind: message::kind(kept, act),
        sender: &append.sender,
        audience,
        body: which.as_ref().unwrap_or(&append.body),
    };
    let put = put_at(conn, end, (place, taken), entry)?;
    let body = brought.map_or(taken, |(id, _)| id);
    match brought {
        // After the signal, whose body has the lower position.
        Some((id, body)) => {
            message::replace_body(conn, end.id, (kept.pos, kept.body_id), (id, body))?;
        }
        None => message::recall(conn, end.id, kept)?,
    }
    attach(conn, append, (end.id, place), body)?;
    Ok(put)
}

/// What comes with an entry: the files that its body speaks of, or the one that it brought, and what integrators are told.
fn attach(
    conn: &Connection,
    append: &Append,
    entry: (ConversationId, Pos),
    body: Pos,
) -> Result<()> {
    refer(conn, body, append.app, &append.files)?;
    let Some(detail) = append.hook.clone() else {
        return Ok(());
    };
    let hook = NewHook {
        app: append.app,
        detail,
        entry: Some(entry),
    };
    hooks::add(conn, &hook, append.now)
}
