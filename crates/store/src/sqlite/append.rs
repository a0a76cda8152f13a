//! Appending to a log.

use super::effects::put_with;
use super::message;
use super::records::{may_write_in, may_write_to};
use super::repeats::{first_answer, note_send, sent_before};
use super::state::{LAST_POS, LogEnd, Sendable, State, create_log, ensure_view, find_end};
use super::values::{audience_column, int, one, run};
use crate::act::{Error, Result};
use crate::rows::{Append, Appended, EntryKind, Sender};
use bytes::Bytes;
use lacuna_domain::{
    AccountId, Audience, ConversationId, ConversationKey, DeviceId, Mark, MessageKind, Millis, Pos,
    Target,
};
use rusqlite::{Connection, params};

const ACCOUNT_EXISTS: &str = "SELECT 1 FROM account WHERE id = ?1";

const MEMBER: &str =
    "SELECT 1 FROM member WHERE conversation = ?1 AND account = ?2 AND until_pos IS NULL";

const GROUP_LIVES: &str = "SELECT room FROM group_info WHERE conversation = ?1 AND ended = 0";

const BODY: &str = "INSERT INTO body (id, bytes) VALUES (?1, ?2)";

const ENTRY: &str = "INSERT INTO entry (conversation, pos, seq, after_seq, ref_seq, kind, sender, device, audience, body_id) \
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";

const LOG_END: &str =
    "UPDATE conversation SET last_seq = ?2, last_seq_pos = ?3, last_pos = ?4 WHERE id = ?1";

/// Apart, since an index holds the column: it changes only when an empty log gets a message.
const LOG_FIRST: &str = "UPDATE conversation SET first_pos = ?2 WHERE id = ?1";

const LAST_SENT: &str =
    "UPDATE member SET last_sent_seq = ?3 WHERE conversation = ?1 AND account = ?2";

#[cfg(test)]
pub(super) const QUERIES: &[&str] = &[
    ACCOUNT_EXISTS,
    MEMBER,
    GROUP_LIVES,
    BODY,
    ENTRY,
    LOG_END,
    LOG_FIRST,
    LAST_SENT,
];

/// Appends an entry. The outer error is the storage's and undoes everything; the inner one is found before anything is
/// written, so that a refusal costs no rollback and nothing is forgotten.
pub(super) fn append(
    conn: &Connection,
    state: &mut State,
    append: &Append,
    at: Option<Millis>,
) -> Result<Result<Appended>> {
    let key = append.target.key(&append.sender.name);
    let (log, known) = match destination(conn, state, append, &key)? {
        Ok(found) => found,
        Err(refused) => return Ok(Err(refused)),
    };
    let (accounts, room) = (log.accounts, log.room);
    if !(known && append.changes.is_none())
        && let Some(end) = log.end
        && let Some(first) = sent_before(conn, append, end.id, &accounts)?
    {
        return Ok(Ok(first));
    }
    let kept = match message::to_change(conn, log.end.as_ref(), append.changes.as_ref())? {
        Ok(kept) => kept,
        Err(refused) => return Ok(Err(refused)),
    };
    let (place, taken) = match positions(state, append.now, at, log.end.as_ref()) {
        Ok(positions) => positions,
        Err(refused) => return Ok(Err(refused)),
    };
    let end = match log.end {
        Some(end) => end,
        None => create_log(conn, append.app, &key)?,
    };
    if !known {
        for account in &accounts {
            ensure_view(conn, *account, &end)?;
        }
    }
    if !note_send(conn, append, &end, place)? {
        state.unused();
        return first_answer(conn, append, end.id, &accounts).map(Ok);
    }
    let own = append
        .sender
        .account
        .filter(|_| append.sender.device != DeviceId::NONE);
    let (mut appended, end) = put_with(conn, state, (end, place, taken), append, kept.as_ref())?;
    if let (Some(seq), Some(account)) = (appended.seq, own) {
        run(conn, LAST_SENT, params![end.id.0, account.0, int(seq.0)])?;
    }
    if known {
        state.moved(append.app, &key, end);
    } else {
        let sendable = Sendable {
            end,
            accounts: accounts.clone(),
            room,
        };
        state.remember(append.app, key, sendable);
    }
    appended.accounts = match (&append.target, &kept) {
        (Target::Group(_), Some((kept, _))) => message::former_members(conn, end.id, kept)?,
        (_, _) => accounts,
    };
    Ok(Ok(appended))
}

/// The next position, of an entry and of its body: for both of the present, or for the entry in the millisecond `at` after the
/// end of its log.
fn positions(
    state: &mut State,
    now: Millis,
    at: Option<Millis>,
    end: Option<&LogEnd>,
) -> Result<(Pos, Pos)> {
    let after = end.map_or(Pos::ZERO, |end| end.last_pos);
    let taken = state.next_pos(now);
    let place = at.map_or(Some(taken), |at| Pos::brought_in(taken, at, after));
    if place.is_none() {
        state.unused();
    }
    let place = place.ok_or(Error::TooEarly(after.time()))?;
    Ok((place, taken))
}

/// Where an entry goes.
struct Destination {
    /// None if the 1-1 conversation is still to be made.
    end: Option<LogEnd>,
    /// The accounts of a 1-1 conversation, the sender's first.
    accounts: Vec<AccountId>,
    /// Whether it is a chat room.
    room: bool,
}

/// The accounts of both sides, each once, the sender's first.
fn sides(sender: &Sender, receiver: AccountId) -> Vec<AccountId> {
    let mut accounts: Vec<AccountId> = sender.account.into_iter().collect();
    accounts.push(receiver);
    accounts.dedup();
    accounts
}

/// Where an entry goes, if its sender may send there, and whether that was remembered whole.
fn destination(
    conn: &Connection,
    state: &mut State,
    append: &Append,
    key: &ConversationKey,
) -> Result<Result<(Destination, bool)>> {
    let (log, known) = match recall(state, append, key) {
        Some(log) => (log, true),
        None => match look_up(conn, state, append, key)? {
            Ok(log) => (log, false),
            Err(refused) => return Ok(Err(refused)),
        },
    };
    Ok(allowed(conn, append, &log)?.map(|()| (log, known)))
}

/// A destination that is remembered whole: a 1-1 conversation whose accounts and views are known to exist.
fn recall(state: &State, append: &Append, key: &ConversationKey) -> Option<Destination> {
    let Target::Peer(peer) = &append.target else {
        return None;
    };
    let receiver = state.known_account(append.app, peer)?;
    let log = state.sendable(append.app, key)?;
    let accounts = sides(&append.sender, receiver);
    accounts
        .iter()
        .all(|account| log.accounts.contains(account))
        .then_some(Destination {
            end: Some(log.end),
            accounts,
            room: false,
        })
}

/// Finds the destination, and checks that it may be sent to.
fn look_up(
    conn: &Connection,
    state: &mut State,
    append: &Append,
    key: &ConversationKey,
) -> Result<Result<Destination>> {
    let sender = append.sender.account;
    let exists = |account: AccountId| {
        one(conn, ACCOUNT_EXISTS, [account.0], |_| Ok(())).map(|found| found.is_some())
    };
    if let Some(account) = sender
        && !exists(account)?
    {
        return Ok(Err(Error::NoAccount(append.sender.name.clone())));
    }
    let remembered = state
        .sendable(append.app, key)
        .map(|log| (log.end, log.room));
    let end = match remembered {
        Some((end, _)) => Some(end),
        None => find_end(conn, append.app, key)?,
    };
    match &append.target {
        Target::Peer(peer) => match state.account(conn, append.app, peer)? {
            Some(receiver) => Ok(Ok(Destination {
                end,
                accounts: sides(&append.sender, receiver),
                room: false,
            })),
            None => Ok(Err(Error::NoAccount(peer.clone()))),
        },
        Target::Group(group) => {
            // A group is remembered only while it lives.
            let lives = match (remembered, end) {
                (Some((end, room)), _) => Some((end, room)),
                (None, Some(end)) => {
                    one(conn, GROUP_LIVES, [end.id.0], |row| row.get(0))?.map(|room| (end, room))
                }
                (None, None) => None,
            };
            let Some((end, room)) = lives.filter(|(_, room)| *room == append.room) else {
                return Ok(Err(Error::NoGroup(group.clone())));
            };
            if append.check_member && !is_member(conn, end.id, sender)? {
                return Ok(Err(Error::NotMember(append.sender.name.clone())));
            }
            Ok(Ok(Destination {
                end: Some(end),
                accounts: Vec::new(),
                room,
            }))
        }
    }
}

/// Whether the receiver, or the group, lets the sender write.
fn allowed(conn: &Connection, append: &Append, log: &Destination) -> Result<Result<()>> {
    if !append.check_allowed {
        return Ok(Ok(()));
    }
    let (sender, now) = (&append.sender, append.now);
    match (&append.target, log.end) {
        (Target::Peer(_), _) => match log.accounts.last() {
            Some(receiver) if sender.account != Some(*receiver) => {
                may_write_to(conn, *receiver, &sender.name, append.friends_only, now)
            }
            _ => Ok(Ok(())),
        },
        (Target::Group(_), Some(end)) => may_write_in(conn, end.id, &sender.name, now),
        (Target::Group(_), None) => Ok(Ok(())),
    }
}

/// Whether a sender is in a group now.
pub(super) fn is_member(
    conn: &Connection,
    conversation: ConversationId,
    account: Option<AccountId>,
) -> Result<bool> {
    let Some(account) = account else {
        return Ok(false);
    };
    Ok(one(conn, MEMBER, params![conversation.0, account.0], |_| Ok(()))?.is_some())
}

/// The audience with directed names resolved: those accounts, and the sender's own.
pub(super) fn directed(conn: &Connection, state: &mut State, append: &Append) -> Result<Audience> {
    if append.directed.is_empty() {
        return Ok(append.audience.clone());
    }
    let mut accounts = state.resolve(conn, append.app, &append.directed)?;
    accounts.extend(
        append
            .sender
            .account
            .filter(|account| !accounts.contains(account)),
    );
    Ok(Audience::Only(accounts))
}

/// What an entry is, with the kind that is stored.
#[derive(Clone, Copy)]
pub(super) struct StoredKind {
    message: bool,
    ref_seq: Option<lacuna_domain::Seq>,
    kind: MessageKind,
}

impl StoredKind {
    /// A signal of a kind, about a message.
    pub(super) const fn of(ref_seq: lacuna_domain::Seq, kind: MessageKind) -> Self {
        Self {
            message: false,
            ref_seq: Some(ref_seq),
            kind,
        }
    }

    /// A signal that tells of a group's members.
    pub(super) const GROUP_SIGNAL: Self = Self {
        message: false,
        ref_seq: None,
        kind: MessageKind::Other,
    };
}

impl From<EntryKind> for StoredKind {
    fn from(kind: EntryKind) -> Self {
        match kind {
            EntryKind::Message(kind) => Self {
                message: true,
                ref_seq: None,
                kind,
            },
            EntryKind::Signal { ref_seq: None } => Self {
                message: false,
                ref_seq: None,
                kind: MessageKind::Command,
            },
            EntryKind::Signal { ref_seq } => Self {
                message: false,
                ref_seq,
                kind: MessageKind::Other,
            },
        }
    }
}

/// An entry to put at a log's end.
pub(super) struct NewEntry<'a> {
    pub(super) kind: StoredKind,
    pub(super) sender: &'a Sender,
    pub(super) audience: Audience,
    pub(super) body: &'a Bytes,
}

/// Puts an entry at a log's end. Gives the new end, which the caller lets the state know.
pub(super) fn put(
    conn: &Connection,
    end: LogEnd,
    pos: Pos,
    entry: NewEntry<'_>,
) -> Result<(Appended, LogEnd)> {
    put_at(conn, end, (pos, pos), entry)
}

/// Adds a body. They are only ever added at the end of their table: one put between others would leave copies of them behind.
pub(super) fn put_body(conn: &Connection, id: Pos, body: &Bytes) -> Result<()> {
    if cfg!(debug_assertions) {
        let last = one(conn, LAST_POS, [], |row| row.get::<_, Option<i64>>(0))?.flatten();
        assert!(
            last.is_none_or(|last| last < int(id.0)),
            "the body {id} does not come after {last:?}"
        );
    }
    run(conn, BODY, params![int(id.0), &**body])?;
    Ok(())
}

/// [`put`], with the position that the body goes by: one that was handed out now, whatever the entry's own is.
pub(super) fn put_at(
    conn: &Connection,
    end: LogEnd,
    (pos, body_id): (Pos, Pos),
    entry: NewEntry<'_>,
) -> Result<(Appended, LogEnd)> {
    let NewEntry {
        kind,
        sender,
        audience,
        body,
    } = entry;
    let mut moved = LogEnd {
        last_pos: pos,
        ..end
    };
    if kind.message {
        moved.last = Mark {
            seq: end.last.seq.next(),
            pos,
        };
        if end.first_pos == Pos::ZERO {
            moved.first_pos = pos;
            run(conn, LOG_FIRST, params![end.id.0, int(pos.0)])?;
        }
    }
    let seq = kind.message.then_some(moved.last.seq);
    let after_seq = (!kind.message).then(|| int(end.last.seq.0));
    put_body(conn, body_id, body)?;
    run(
        conn,
        ENTRY,
        params![
            end.id.0,
            int(pos.0),
            seq.map(|seq| int(seq.0)),
            after_seq,
            kind.ref_seq.map(|seq| int(seq.0)),
            kind.kind.code(),
            sender.name.as_str(),
            sender.device.0,
            audience_column(&audience),
            int(body_id.0),
        ],
    )?;
    run(
        conn,
        LOG_END,
        params![
            end.id.0,
            int(moved.last.seq.0),
            int(moved.last.pos.0),
            int(pos.0)
        ],
    )?;
    let prev_pos = end.last_pos;
    let appended = Appended {
        conversation: end.id,
        pos,
        seq,
        prev_pos,
        repeat: false,
        audience,
        accounts: Vec::new(),
    };
    Ok((appended, moved))
}
