//! Rows as the types of the SDK, and the small tables that rows refer to.

use super::{int, unsigned};
use crate::error::Result;
use crate::types::{Message, Side, Status};
use crate::wire::body;
use lacuna_domain::{GroupId, Millis, Name, Pos, Target};
use rusqlite::{Connection, OptionalExtension, Params, Row, params};
use std::path::PathBuf;

/// A row of `conversation`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Conv(pub(super) i64);

/// The columns that [`message`] reads, and where they come from. A condition and an order follow.
pub(super) const MESSAGES: &str = "SELECT m.id, m.sent, m.status, m.unread, m.acks, m.local_time, c.kind, c.name, n.text, b.bytes, f.bytes \
    FROM message m CROSS JOIN conversation c ON c.id = m.conversation CROSS JOIN name n ON n.id = m.sender \
    CROSS JOIN body b ON b.id = m.body LEFT JOIN body f ON f.id = m.file";

const CONVERSATION: &str = "SELECT id FROM conversation WHERE kind = ?1 AND name = ?2";
const ADD_CONVERSATION: &str = "INSERT INTO conversation (kind, name, kept) VALUES (?1, ?2, ?3)";
const NAME: &str = "SELECT id FROM name WHERE text = ?1";
const ADD_NAME: &str = "INSERT INTO name (text) VALUES (?1)";
const ADD_BODY: &str = "INSERT INTO body (bytes) VALUES (?1)";
const ZERO_BODY: &str = "UPDATE body SET bytes = zeroblob(length(bytes)) WHERE id = ?1";

/// Bits of `acks`.
pub(super) const READ_ACKED: i64 = 1;
pub(super) const DELIVERY_ACKED: i64 = 2;

/// Reads a row of [`MESSAGES`].
pub(super) fn message(row: &Row<'_>) -> rusqlite::Result<Message> {
    let id = Pos(unsigned(row.get(0)?));
    let acks: i64 = row.get(4)?;
    let path: Option<Vec<u8>> = row.get(10)?;
    let (mut content, ext) = body::read(blob(row, 9)?);
    if let (Some(file), Some(path)) = (content.attachment_mut(), path) {
        file.local_path = Some(PathBuf::from(String::from_utf8_lossy(&path).into_owned()));
    }
    let sender: String = row.get(8)?;
    let sent: bool = row.get(1)?;
    Ok(Message {
        id,
        conversation: target(row, 6)?,
        from: name(&sender),
        side: if sent { Side::Sent } else { Side::Received },
        status: status(row.get(2)?),
        time: id.time(),
        local_time: Millis(unsigned(row.get(5)?)),
        body: content,
        ext,
        is_read: !row.get::<_, bool>(3)?,
        is_read_acked: acks & READ_ACKED != 0,
        is_delivery_acked: acks & DELIVERY_ACKED != 0,
    })
}

/// The rows of [`MESSAGES`] under a condition.
pub(super) fn messages(conn: &Connection, sql: &str, params: impl Params) -> Result<Vec<Message>> {
    let mut statement = conn.prepare_cached(sql)?;
    let rows = statement.query_map(params, message)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// The bytes of a column, without a copy.
pub(super) fn blob<'r>(row: &'r Row<'_>, at: usize) -> rusqlite::Result<&'r [u8]> {
    Ok(row.get_ref(at)?.as_blob()?)
}

/// One number that is always there.
pub(super) fn number(conn: &Connection, sql: &str, params: impl Params) -> Result<i64> {
    let number: Option<i64> = conn
        .prepare_cached(sql)?
        .query_row(params, |row| row.get(0))?;
    Ok(number.unwrap_or_default())
}

/// Numbers, one for each row.
pub(super) fn numbers(conn: &Connection, sql: &str, params: impl Params) -> Result<Vec<i64>> {
    let mut statement = conn.prepare_cached(sql)?;
    let rows = statement.query_map(params, |row| row.get(0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// The row of a conversation, if there is one.
pub(super) fn conversation(conn: &Connection, target: &Target) -> Result<Option<Conv>> {
    let key = params![kind(target), target.id()];
    Ok(conn
        .prepare_cached(CONVERSATION)?
        .query_row(key, |row| row.get(0).map(Conv))
        .optional()?)
}

/// The row of a conversation, made if there is none. `kept` says whether the app is to see it while it is empty.
pub(super) fn ensure_conversation(conn: &Connection, target: &Target, kept: bool) -> Result<Conv> {
    if let Some(found) = conversation(conn, target)? {
        return Ok(found);
    }
    conn.prepare_cached(ADD_CONVERSATION)?
        .execute(params![kind(target), target.id(), kept])?;
    Ok(Conv(conn.last_insert_rowid()))
}

/// The row of a name, made if there is none.
pub(super) fn ensure_name(conn: &Connection, name: &str) -> Result<i64> {
    let found = conn
        .prepare_cached(NAME)?
        .query_row([name], |row| row.get(0))
        .optional()?;
    if let Some(found) = found {
        return Ok(found);
    }
    conn.prepare_cached(ADD_NAME)?.execute([name])?;
    Ok(conn.last_insert_rowid())
}

/// The row of a name, if there is one.
pub(super) fn find_name(conn: &Connection, name: &Name) -> Result<Option<i64>> {
    Ok(conn
        .prepare_cached(NAME)?
        .query_row([name.as_str()], |row| row.get(0))
        .optional()?)
}

/// Appends a body.
pub(super) fn add_body(conn: &Connection, bytes: &[u8]) -> Result<i64> {
    conn.prepare_cached(ADD_BODY)?.execute([bytes])?;
    Ok(conn.last_insert_rowid())
}

/// Overwrites a body in place.
pub(super) fn zero_body(conn: &Connection, body: i64) -> Result<()> {
    conn.prepare_cached(ZERO_BODY)?.execute([body])?;
    Ok(())
}

/// The stored number of a conversation's kind.
pub(super) fn kind(target: &Target) -> i64 {
    match target {
        Target::Peer(_) => 0,
        Target::Group(_) => 1,
    }
}

/// The conversation in two columns, its kind and its name.
pub(super) fn target(row: &Row<'_>, at: usize) -> rusqlite::Result<Target> {
    let (kind, text): (i64, String) = (row.get(at)?, row.get(at + 1)?);
    Ok(if kind == 0 {
        Target::Peer(name(&text))
    } else {
        Target::Group(GroupId::new(&text))
    })
}

/// A name that the store holds: it was checked when it was written.
fn name(text: &str) -> Name {
    Name::new(text).unwrap_or_else(|_| Name::admin())
}

fn status(code: i64) -> Status {
    match code {
        0 => Status::Pending,
        1 => Status::Sending,
        2 => Status::Sent,
        _ => Status::Failed,
    }
}

/// The stored number of a status.
pub(super) fn status_code(status: Status) -> i64 {
    match status {
        Status::Pending => 0,
        Status::Sending => 1,
        Status::Sent => 2,
        Status::Failed => 3,
    }
}

/// A row to insert.
#[derive(Debug)]
pub(super) struct NewRow<'a> {
    pub(super) id: Pos,
    pub(super) conversation: Conv,
    pub(super) sender: &'a str,
    pub(super) kind: u8,
    pub(super) sent: bool,
    pub(super) status: Status,
    pub(super) unread: bool,
    pub(super) local_time: Millis,
    pub(super) route: u8,
    pub(super) payload: &'a [u8],
    pub(super) path: Option<&'a str>,
}

const ADD_MESSAGE: &str = "INSERT INTO message (id, conversation, sender, kind, sent, status, unread, acks, local_time, route, body, file) \
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0, ?8, ?9, ?10, ?11)";

/// Inserts a message with its body.
pub(super) fn add_message(conn: &Connection, row: &NewRow<'_>) -> Result<()> {
    let sender = ensure_name(conn, row.sender)?;
    let body = add_body(conn, row.payload)?;
    let file = match row.path {
        Some(path) => add_body(conn, path.as_bytes())?,
        None => 0,
    };
    conn.prepare_cached(ADD_MESSAGE)?.execute(params![
        int(row.id.0),
        row.conversation.0,
        sender,
        row.kind,
        row.sent,
        status_code(row.status),
        row.unread,
        int(row.local_time.0),
        row.route,
        body,
        file,
    ])?;
    Ok(())
}

const EXISTS: &str = "SELECT count(*) FROM message WHERE id = ?1";

/// Whether a message is there.
pub(super) fn exists(conn: &Connection, id: Pos) -> Result<bool> {
    Ok(number(conn, EXISTS, [int(id.0)])? > 0)
}

const RECOUNT: &str = "UPDATE conversation SET \
    last = ifnull((SELECT max(id) FROM message WHERE conversation = ?1), 0), \
    unread = (SELECT count(*) FROM message INDEXED BY message_unread WHERE conversation = ?1 AND unread = 1) \
    WHERE id = ?1";
const RAISE: &str =
    "UPDATE conversation SET kept = 1, last = max(last, ?2), unread = unread + ?3 WHERE id = ?1";

/// INVARIANT L6: the newest message and the unread count follow every change, in the same transaction.
pub(super) fn recount(conn: &Connection, conversation: Conv) -> Result<()> {
    conn.prepare_cached(RECOUNT)?.execute([conversation.0])?;
    Ok(())
}

/// The same for messages that came and nothing that went.
pub(super) fn raise(conn: &Connection, conversation: Conv, last: Pos, unread: u64) -> Result<()> {
    conn.prepare_cached(RAISE)?
        .execute(params![conversation.0, int(last.0), int(unread)])?;
    Ok(())
}
