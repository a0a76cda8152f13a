//! Messages that an app puts into the store itself.

use super::hidden::is_hidden;
use super::rows::{self, NewRow};
use super::{Store, arrive, outbox};
use crate::error::{Error, Result};
use crate::types::{Message, NewMessage, Side, Status};
use crate::wire::body;
use lacuna_domain::{Millis, Name, Pos};
use lacuna_sqlite::Pending;
use rusqlite::Connection;

/// What an import did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// Messages that are new here.
    pub added: usize,
    /// Messages that were here already.
    pub known: usize,
    /// Messages that the user has deleted: they do not come back by this way either.
    pub deleted: usize,
}

impl Store {
    /// Keeps a message that is never sent, at its place in time.
    pub(crate) fn insert(
        &self,
        new: NewMessage,
        from: Name,
        time: Millis,
    ) -> Pending<Option<Message>, Error> {
        let (me, key, now) = (self.me.clone(), self.key.clone(), self.clock.now());
        self.act(move |conn, _| {
            let id = local_id_at(conn, time)?;
            let payload = body::write(&new.body, &new.ext, &from, &new.to);
            let conversation = rows::ensure_conversation(conn, &new.to, true)?;
            let path = local_path(&new.body);
            let row = NewRow {
                id,
                conversation,
                sender: from.as_str(),
                kind: new.body.kind().code(),
                sent: from == me,
                status: Status::Sent,
                unread: false,
                local_time: now,
                route: 0,
                payload: &payload,
                path: path.as_deref(),
            };
            rows::add_message(conn, &row)?;
            arrive::index(conn, &key, conversation, id, &payload)?;
            rows::raise(conn, conversation, id, 0)?;
            outbox::one(conn, id)
        })
    }

    /// Takes over messages from elsewhere under the ids they have. Checked before: their times are those of their ids.
    pub(crate) fn import(&self, messages: Vec<Message>) -> Pending<Imported, Error> {
        let key = self.key.clone();
        self.act(move |conn, _| {
            let mut done = Imported::default();
            for message in messages {
                import_one(conn, &key, &message, &mut done)?;
            }
            Ok(done)
        })
    }
}

/// INVARIANT L1: a copy from an app's own backup brings nothing back that was deleted.
fn import_one(
    conn: &Connection,
    key: &super::search::Key,
    message: &Message,
    done: &mut Imported,
) -> Result<()> {
    let conversation = rows::ensure_conversation(conn, &message.conversation, true)?;
    if is_hidden(conn, conversation, message.id)? {
        done.deleted += 1;
        return Ok(());
    }
    if rows::exists(conn, message.id)? {
        done.known += 1;
        return Ok(());
    }
    let to = &message.conversation;
    let payload = body::write(&message.body, &message.ext, &message.from, to);
    let path = local_path(&message.body);
    let received = message.side == Side::Received;
    let row = NewRow {
        id: message.id,
        conversation,
        sender: message.from.as_str(),
        kind: message.body.kind().code(),
        sent: !received,
        status: message.status,
        unread: received && !message.is_read,
        local_time: message.local_time,
        route: 0,
        payload: &payload,
        path: path.as_deref(),
    };
    rows::add_message(conn, &row)?;
    arrive::index(conn, key, conversation, message.id, &payload)?;
    rows::raise(conn, conversation, message.id, u64::from(row.unread))?;
    done.added += 1;
    Ok(())
}

/// Where the file of a body lies on this device.
pub(super) fn local_path(body: &crate::types::Body) -> Option<String> {
    let file = body.attachment()?;
    let path = file.local_path.as_ref()?;
    Some(path.to_string_lossy().into_owned())
}

/// A local id that is not taken, at a time or, if that millisecond is full, right after it.
fn local_id_at(conn: &Connection, time: Millis) -> Result<Pos> {
    let mut ids = lacuna_domain::PosAllocator::new(lacuna_domain::NODE_LOCAL, Pos::ZERO);
    loop {
        let id = ids.next(time);
        if !rows::exists(conn, id)? {
            return Ok(id);
        }
    }
}
