//! Messages on their way: kept before they are sent, so that a crash loses none.

use super::hidden::is_hidden;
use super::rows::{self, Conv, NewRow};
use super::{Store, arrive, int, remove, unsigned};
use crate::error::{Error, Result};
use crate::types::{Message, NewMessage, Status};
use crate::wire::body;
use bytes::Bytes;
use lacuna_domain::limits::SEND_REPEAT_WINDOW_MS;
use lacuna_domain::{MessageKind, Millis, Name, Pos, Target};
use lacuna_sqlite::Pending;
use rusqlite::{Connection, OptionalExtension, params};

/// A message that waits for its acknowledgement.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Outgoing {
    /// Its local id, which is the client id that the wire knows it by: a repeat gets the first answer.
    pub(crate) id: Pos,
    /// Where to.
    pub(crate) to: Target,
    /// The serialized message.
    pub(crate) payload: Bytes,
    /// 0 to all, 1 to who is online, 2 directed.
    pub(crate) route: u8,
    /// Whom a directed one is for.
    pub(crate) receivers: Vec<Name>,
}

/// What became of a message that the server has.
#[derive(Clone, Debug, Default)]
pub(crate) struct Acknowledged {
    /// As it is here now; none if it is not here any more.
    pub(crate) message: Option<Message>,
    /// Whether a body was overwritten, so that the log has to be emptied.
    pub(crate) erased: bool,
}

/// What is on its way.
#[derive(Clone, Debug, Default)]
pub(crate) struct Waiting {
    /// To be sent (again).
    pub(crate) again: Vec<Outgoing>,
    /// Too old for a repeat to be recognised: failed now.
    pub(crate) failed: Vec<Message>,
}

const UNSENT: &str = "SELECT m.id, c.kind, c.name, b.bytes, m.route FROM message m CROSS JOIN conversation c ON c.id = m.conversation \
    CROSS JOIN body b ON b.id = m.body WHERE m.id = ?1 AND m.route < 2";
const SENDING: &str =
    "SELECT id FROM message INDEXED BY message_outbox WHERE status < 2 ORDER BY id";
const SET_STATUS: &str = "UPDATE message SET status = ?2 WHERE id = ?1";
const PLACE: &str =
    "SELECT m.conversation, b.bytes FROM message m JOIN body b ON b.id = m.body WHERE m.id = ?1";
const MOVE: &str = "UPDATE message SET id = ?2, status = 2 WHERE id = ?1";

impl Store {
    /// Keeps a message that is to be sent. A command is given an id and is not kept.
    pub(crate) fn prepare(&self, new: NewMessage) -> Pending<(Outgoing, Option<Message>), Error> {
        let (me, key, now) = (self.me.clone(), self.key.clone(), self.clock.now());
        self.act(move |conn, state| {
            let id = match new.id {
                Some(id) if id.is_local() && !rows::exists(conn, id)? => id,
                Some(_) | None => free_id(conn, state, now)?,
            };
            let path = super::insert::local_path(&new.body);
            let payload = body::write(&new.body, &new.ext, &me, &new.to);
            let route = match (new.online_only, new.receivers.is_empty()) {
                (true, _) => 1,
                (false, true) => 0,
                (false, false) => 2,
            };
            let outgoing = Outgoing {
                id,
                to: new.to.clone(),
                payload: payload.clone(),
                route,
                receivers: new.receivers,
            };
            if new.body.kind() == MessageKind::Command {
                return Ok((outgoing, None));
            }
            let conversation = rows::ensure_conversation(conn, &new.to, true)?;
            let row = NewRow {
                id,
                conversation,
                sender: me.as_str(),
                kind: new.body.kind().code(),
                sent: true,
                status: Status::Sending,
                unread: false,
                local_time: now,
                route,
                payload: &payload,
                path: path.as_deref(),
            };
            rows::add_message(conn, &row)?;
            arrive::index(conn, &key, conversation, id, &payload)?;
            rows::raise(conn, conversation, id, 0)?;
            Ok((outgoing, one(conn, id)?))
        })
    }

    /// The server has a message: it gets the server's id. `acked` is as in [`super::Page`]. None if it is not here any more.
    pub(crate) fn sent(&self, local: Pos, server: Pos, acked: Pos) -> Pending<Acknowledged, Error> {
        let key = self.key.clone();
        self.act(move |conn, _| {
            // Whatever becomes of it here: the server counts it as known to this device.
            super::raise(conn, "acked", acked.0)?;
            let Some((conversation, payload)) = place(conn, local)? else {
                return Ok(Acknowledged::default());
            };
            // It was deleted, or brought by history, before its acknowledgement was.
            let gone = is_hidden(conn, conversation, server)?;
            if gone || rows::exists(conn, server)? {
                remove::ids(conn, &key, conversation, &[local])?;
                return Ok(Acknowledged {
                    message: one(conn, server)?,
                    erased: true,
                });
            }
            remove::unindex(conn, &key, conversation, local)?;
            conn.prepare_cached(MOVE)?
                .execute(params![int(local.0), int(server.0)])?;
            arrive::index(conn, &key, conversation, server, &payload)?;
            rows::recount(conn, conversation)?;
            Ok(Acknowledged {
                message: one(conn, server)?,
                erased: false,
            })
        })
    }

    /// A message was refused or not sent in time. None if it is not here any more.
    pub(crate) fn failed(&self, local: Pos) -> Pending<Option<Message>, Error> {
        self.act(move |conn, _| {
            set_status(conn, local, Status::Failed)?;
            one(conn, local)
        })
    }

    /// Takes up a message that failed, to be sent under the same client id. None if it is not here, is sent, or was
    /// directed: whom it was for is not kept.
    pub(crate) fn resend(&self, local: Pos) -> Pending<Option<Outgoing>, Error> {
        self.act(move |conn, _| {
            let found = unsent(conn, local)?;
            if found.is_some() {
                set_status(conn, local, Status::Sending)?;
            }
            Ok(found)
        })
    }

    /// What was on its way when the connection, or the process, ended.
    pub(crate) fn waiting(&self) -> Pending<Waiting, Error> {
        let now = self.clock.now();
        self.act(move |conn, _| {
            let mut waiting = Waiting::default();
            for id in rows::numbers(conn, SENDING, [])? {
                let id = Pos(unsigned(id));
                let outgoing = unsent(conn, id)?;
                if outgoing.is_some() && id.time().plus(SEND_REPEAT_WINDOW_MS) > now {
                    waiting.again.extend(outgoing);
                } else {
                    set_status(conn, id, Status::Failed)?;
                    waiting.failed.extend(one(conn, id)?);
                }
            }
            Ok(waiting)
        })
    }
}

/// An id that no message has. Those of the last run are not taken again: ids also go by the clock, and clocks go back.
pub(super) fn free_id(conn: &Connection, state: &mut super::State, now: Millis) -> Result<Pos> {
    loop {
        let id = state.ids.next(now);
        if !rows::exists(conn, id)? {
            return Ok(id);
        }
    }
}

fn set_status(conn: &Connection, id: Pos, status: Status) -> Result<()> {
    conn.prepare_cached(SET_STATUS)?
        .execute(params![int(id.0), rows::status_code(status)])?;
    Ok(())
}

fn place(conn: &Connection, id: Pos) -> Result<Option<(Conv, Vec<u8>)>> {
    Ok(conn
        .prepare_cached(PLACE)?
        .query_row([int(id.0)], |row| Ok((Conv(row.get(0)?), row.get(1)?)))
        .optional()?)
}

fn unsent(conn: &Connection, id: Pos) -> Result<Option<Outgoing>> {
    if id.is_local() {
        let read = |row: &rusqlite::Row<'_>| {
            Ok(Outgoing {
                id,
                to: rows::target(row, 1)?,
                payload: Bytes::from(row.get::<_, Vec<u8>>(3)?),
                route: row.get(4)?,
                receivers: Vec::new(),
            })
        };
        return Ok(conn
            .prepare_cached(UNSENT)?
            .query_row([int(id.0)], read)
            .optional()?);
    }
    Ok(None)
}

/// A message by id.
pub(super) fn one(conn: &Connection, id: Pos) -> Result<Option<Message>> {
    let sql = format!("{} WHERE m.id = ?1", rows::MESSAGES);
    Ok(rows::messages(conn, &sql, [int(id.0)])?.pop())
}
