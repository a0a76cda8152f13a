//! Changes to what is there: read marks, receipts, edits, pins, the app's own data.

use super::rows::{self, Conv, DELIVERY_ACKED, READ_ACKED};
use super::{Store, arrive, int, remove, search};
use crate::error::{Error, Result};
use crate::types::{Body, Ext, Receipt, ReceiptKind};
use crate::wire::body;
use lacuna_domain::{GroupId, Millis, Name, Pos, Target};
use lacuna_sqlite::Pending;
use rusqlite::{Connection, OptionalExtension, params};

const READ_ONE: &str =
    "UPDATE message SET unread = 0 WHERE id = ?1 AND unread = 1 RETURNING conversation";
const READ_ALL: &str =
    "UPDATE message SET unread = 0 WHERE conversation = ?1 AND unread = 1 AND id <= ?2";
const UNREAD_CONVERSATIONS: &str = "SELECT id FROM conversation WHERE unread > 0";
const ACK: &str = "UPDATE message SET acks = acks | ?2 WHERE id = ?1 AND conversation = ?3 AND sent = 1 AND acks & ?2 <> ?2";
const ACK_ALL: &str = "UPDATE message SET acks = acks | ?2 WHERE conversation = ?1 AND sent = 1 AND acks & ?2 <> ?2 AND id <= ?3";
const BODY_OF: &str = "SELECT kind, body FROM message WHERE id = ?1 AND conversation = ?2";
const SET_BODY: &str = "UPDATE message SET kind = ?2, body = ?3 WHERE id = ?1";
const SET_PINNED: &str = "UPDATE conversation SET pinned_at = ?2 WHERE id = ?1";
const UNLIST: &str = "UPDATE conversation SET kept = 0, unlisted = coalesce(?2, last), pinned_at = 0, ext = 0 WHERE id = ?1";
const EXT_OF: &str = "SELECT ext FROM conversation WHERE id = ?1";
const SET_EXT: &str = "UPDATE conversation SET ext = ?2 WHERE id = ?1";
const PAYLOAD: &str = "SELECT m.kind, b.bytes, m.conversation FROM message m JOIN body b ON b.id = m.body WHERE m.id = ?1";

impl Store {
    /// Marks one message as read here. Says whether it was unread.
    pub(crate) fn mark_read(&self, id: Pos) -> Pending<bool, Error> {
        self.act(move |conn, _| {
            let read = conn
                .prepare_cached(READ_ONE)?
                .query_row([int(id.0)], |row| row.get(0).map(Conv))
                .optional()?;
            if let Some(conversation) = read {
                rows::recount(conn, conversation)?;
            }
            Ok(read.is_some())
        })
    }

    /// Marks a conversation, or all of them, as read here. Returns how many messages were unread.
    pub(crate) fn mark_all_read(&self, target: Option<Target>) -> Pending<u64, Error> {
        self.act(move |conn, _| {
            let which = match target {
                Some(target) => rows::conversation(conn, &target)?.into_iter().collect(),
                None => rows::numbers(conn, UNREAD_CONVERSATIONS, [])?
                    .into_iter()
                    .map(Conv)
                    .collect::<Vec<_>>(),
            };
            let mut count = 0;
            for conversation in which {
                count += read_through(conn, conversation, Pos::MAX)?;
            }
            Ok(count)
        })
    }

    /// Replaces the content of a message here. The id and the names stay. Says whether there is such a message.
    pub(crate) fn update(&self, id: Pos, content: Body, ext: Ext) -> Pending<bool, Error> {
        let key = self.key.clone();
        self.act(move |conn, _| {
            let found = conn
                .prepare_cached(PAYLOAD)?
                .query_row([int(id.0)], |row| {
                    let payload = body::replace(rows::blob(row, 1)?, &content, &ext);
                    Ok((payload, Conv(row.get(2)?)))
                })
                .optional()?;
            match found {
                Some((payload, conversation)) => {
                    replace_body(conn, &key, conversation, id, &payload)
                }
                None => Ok(false),
            }
        })
    }

    /// Notes when a conversation was pinned; zero for unpinned.
    pub(crate) fn set_pinned(&self, target: Target, at: Millis) -> Pending<(), Error> {
        self.act(move |conn, _| set_pinned(conn, &target, at))
    }

    /// Replaces the app's own data of a conversation.
    pub(crate) fn set_ext(&self, target: Target, ext: Ext) -> Pending<(), Error> {
        self.act(move |conn, _| {
            let conversation = rows::ensure_conversation(conn, &target, true)?;
            rows::zero_body(conn, rows::number(conn, EXT_OF, [conversation.0])?)?;
            let new = if ext.is_empty() {
                0
            } else {
                let text = serde_json::Value::Object(ext).to_string();
                rows::add_body(conn, text.as_bytes())?
            };
            conn.prepare_cached(SET_EXT)?
                .execute(params![conversation.0, new])?;
            Ok(())
        })
    }
}

fn read_through(conn: &Connection, conversation: Conv, last: Pos) -> Result<u64> {
    let read = conn
        .prepare_cached(READ_ALL)?
        .execute(params![conversation.0, int(last.0)])?;
    rows::recount(conn, conversation)?;
    Ok(u64::try_from(read).unwrap_or_default())
}

/// The receipt with its conversation: events say of a group only its id, which looks like a name. Ids and names are in one
/// namespace.
pub(super) fn located(conn: &Connection, receipt: Receipt) -> Result<Receipt> {
    let group = Target::Group(GroupId::new(receipt.conversation.id()));
    let is_group = rows::conversation(conn, &receipt.conversation)?.is_none()
        && rows::conversation(conn, &group)?.is_some();
    Ok(Receipt {
        conversation: if is_group {
            group
        } else {
            receipt.conversation
        },
        ..receipt
    })
}

/// Takes a receipt. Says whether it changed anything: one for a message that is not here does not.
pub(super) fn receipt(conn: &Connection, me: &Name, receipt: &Receipt) -> Result<bool> {
    let Some(conversation) = rows::conversation(conn, &receipt.conversation)? else {
        return Ok(false);
    };
    let through = Pos::last_at(receipt.time);
    let bit = match receipt.kind {
        ReceiptKind::Read | ReceiptKind::ConversationRead => READ_ACKED,
        ReceiptKind::Delivered => DELIVERY_ACKED,
    };
    let changed = match receipt.message {
        Some(id) => conn
            .prepare_cached(ACK)?
            .execute(params![int(id.0), bit, conversation.0])?,
        None if receipt.from == *me => {
            usize::try_from(read_through(conn, conversation, through)?).unwrap_or(usize::MAX)
        }
        None => {
            conn.prepare_cached(ACK_ALL)?
                .execute(params![conversation.0, bit, int(through.0)])?
        }
    };
    Ok(changed > 0)
}

/// Gives a message another body and overwrites the one it had. Says whether the message is there.
pub(super) fn replace_body(
    conn: &Connection,
    key: &search::Key,
    conversation: Conv,
    id: Pos,
    payload: &[u8],
) -> Result<bool> {
    let old = conn
        .prepare_cached(BODY_OF)?
        .query_row(params![int(id.0), conversation.0], |row| {
            row.get::<_, i64>(1)
        })
        .optional()?;
    let Some(old) = old else {
        return Ok(false);
    };
    remove::unindex(conn, key, conversation, id)?;
    rows::zero_body(conn, old)?;
    let new = rows::add_body(conn, payload)?;
    let kind = body::kind(payload).code();
    conn.prepare_cached(SET_BODY)?
        .execute(params![int(id.0), kind, new])?;
    arrive::index(conn, key, conversation, id, payload)?;
    Ok(true)
}

/// Notes when a conversation was pinned; zero for unpinned.
pub(super) fn set_pinned(conn: &Connection, target: &Target, at: Millis) -> Result<()> {
    let conversation = rows::ensure_conversation(conn, target, true)?;
    conn.prepare_cached(SET_PINNED)?
        .execute(params![conversation.0, int(at.0)])?;
    Ok(())
}

/// Takes a conversation off the list until something comes: above the newest message that is here, or above a position. Its
/// row stays: it holds what was deleted.
pub(super) fn unlist(conn: &Connection, conversation: Conv, through: Option<Pos>) -> Result<()> {
    rows::zero_body(conn, rows::number(conn, EXT_OF, [conversation.0])?)?;
    let through = through.map(|through| int(through.0));
    conn.prepare_cached(UNLIST)?
        .execute(params![conversation.0, through])?;
    Ok(())
}
