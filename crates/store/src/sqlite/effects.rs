//! What goes with an entry: records, a change of a message, files, and what integrators are told.

use super::append::StoredKind;
use super::files::refer;
use super::state::State;
use super::{hooks, message, records};
use crate::act::Result;
use crate::rows::{Append, MessageAct, NewHook};
use lacuna_domain::{ConversationId, Pos};
use rusqlite::Connection;

/// Does what goes with an entry. Gives what the entry is, and the body that an edit brought.
pub(super) fn effects(
    conn: &Connection,
    state: &mut State,
    conversation: ConversationId,
    append: &Append,
    kept: Option<&(message::Kept, &MessageAct)>,
) -> Result<(StoredKind, Option<Pos>)> {
    if let Some(write) = &append.write {
        records::write(conn, write, append.now)?;
    }
    match kept {
        Some((kept, act)) => message::change(conn, state, conversation, (kept, act), append.now),
        None => Ok((append.kind.into(), None)),
    }
}

/// What comes with an entry: the files that its body speaks of, or the one that it brought, and what integrators are told.
pub(super) fn attach(
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
