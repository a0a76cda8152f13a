//! One message: looked at, recalled, edited.

use super::append::{StoredKind, put_body};
use super::hide::leave_marker;
use super::records::{self, HANGING_STEP_MAX};
use super::state::{LogEnd, State, find_end};
use super::stream::push_event;
use super::values::{account_id, all, int, maybe_seq, name, one, pos, run, seq};
use super::views::{conversations_of, viewed};
use crate::act::{Error, Result};
use crate::rows::{Message, MessageAct, MessageChange, MessageQuery, NewReceipt};
use bytes::Bytes;
use lacuna_domain::{AccountId, ConversationId, MessageKind, Millis, Pos, Seq, Target, Version};
use rusqlite::{Connection, params};

const MESSAGE: &str = "SELECT e.seq, e.kind, e.sender, e.body_id, e.purged FROM entry e \
    JOIN conversation c ON c.id = e.conversation \
    WHERE e.conversation = ?1 AND e.pos = ?2 AND e.seq IS NOT NULL AND e.seq >= c.first_seq \
    AND NOT EXISTS (SELECT 1 FROM gone g WHERE g.conversation = e.conversation AND g.seq = e.seq)";

const BODY: &str = "SELECT bytes FROM body WHERE id = ?1";

const SENT: &str = "SELECT seq FROM entry WHERE conversation = ?1 AND pos = ?2 AND sender = ?3";

const FORMER: &str = "SELECT account FROM view INDEXED BY view_conversation \
    WHERE conversation = ?1 AND until_seq >= ?2 ORDER BY account";

const GONE: &str = "INSERT INTO gone (conversation, seq) VALUES (?1, ?2)";

const COUNT_GONE: &str = "UPDATE conversation SET recalled = recalled + 1 WHERE id = ?1";

const SET_BODY: &str =
    "UPDATE entry SET body_id = ?3, purged = 0 WHERE conversation = ?1 AND pos = ?2";

const STALE: &str =
    "INSERT INTO stale_body (id, conversation) VALUES (?1, ?2) ON CONFLICT DO NOTHING";

#[cfg(test)]
pub(super) const QUERIES: &[&str] = &[
    MESSAGE, BODY, SENT, FORMER, GONE, COUNT_GONE, SET_BODY, STALE,
];

/// A message that is there for somebody, or could be.
pub(super) struct Kept {
    pub(super) pos: Pos,
    pub(super) seq: Seq,
    kind: MessageKind,
    sender: lacuna_domain::Name,
    pub(super) body_id: Pos,
    purged: bool,
}

fn kept(conn: &Connection, conversation: ConversationId, at: Pos) -> Result<Option<Kept>> {
    one(conn, MESSAGE, params![conversation.0, int(at.0)], |row| {
        Ok(Kept {
            pos: at,
            seq: seq(row, 0)?,
            kind: MessageKind::from_code(row.get(1)?),
            sender: name(row, 2)?,
            body_id: pos(row, 3)?,
            purged: row.get(4)?,
        })
    })
}

/// A message of a conversation, unless it was recalled or retention took it.
pub(super) fn message(conn: &Connection, query: &MessageQuery) -> Result<Option<Message>> {
    let (account, _) = &query.reader;
    let Some((conversation, kept, target)) = find(conn, query)? else {
        return Ok(None);
    };
    let visible = match account {
        Some(account) => sees(conn, *account, conversation, kept.seq)?,
        None => false,
    };
    let body = if kept.purged {
        None
    } else {
        let id = [int(kept.body_id.0)];
        one(conn, BODY, id, |row| row.get::<_, Vec<u8>>(0))?
    };
    Ok(Some(Message {
        conversation,
        target,
        seq: kept.seq,
        sender: kept.sender,
        kind: kept.kind,
        body: body.map(Bytes::from).unwrap_or_default(),
        body_id: kept.body_id,
        visible,
    }))
}

/// A message in the conversation that is named, or in whichever of the account's has it.
fn find(conn: &Connection, query: &MessageQuery) -> Result<Option<(ConversationId, Kept, Target)>> {
    let (account, name) = &query.reader;
    match (&query.target, account) {
        (Some(target), _) => {
            let Some(end) = find_end(conn, query.app, &target.key(name))? else {
                return Ok(None);
            };
            let kept = kept(conn, end.id, query.pos)?;
            Ok(kept.map(|kept| (end.id, kept, target.clone())))
        }
        (None, Some(account)) => {
            for id in conversations_of(conn, *account)? {
                if let Some(kept) = kept(conn, id, query.pos)? {
                    let viewed = viewed(conn, *account, id)?;
                    return Ok(viewed.map(|viewed| (id, kept, viewed.key.target(name))));
                }
            }
            Ok(None)
        }
        (None, None) => Ok(None),
    }
}

fn sees(
    conn: &Connection,
    account: AccountId,
    conversation: ConversationId,
    seq: Seq,
) -> Result<bool> {
    let Some(viewed) = viewed(conn, account, conversation)? else {
        return Ok(false);
    };
    let (hidden, log) = (
        viewed.hidden_at(conn, seq)?,
        viewed.log_over(conn, seq, seq)?,
    );
    Ok(viewed.view.sees(seq, &log, &hidden))
}

/// Tells the sender of an entry what the other side says of it, unless it is a message that the sender does not see.
pub(super) fn add_receipt(
    conn: &Connection,
    state: &mut State,
    receipt: &NewReceipt,
    now: Millis,
) -> Result<Option<(AccountId, Version)>> {
    let key = Target::Peer(receipt.to.clone()).key(&receipt.reader);
    let (Some(end), Some(account)) = (
        find_end(conn, receipt.app, &key)?,
        state.account(conn, receipt.app, &receipt.to)?,
    ) else {
        return Ok(None);
    };
    let of = params![end.id.0, int(receipt.pos.0), receipt.to.as_str()];
    let seen = match one(conn, SENT, of, |row| maybe_seq(row, 0))? {
        // INVARIANT L2: of a message that somebody deleted they hear no receipt. Test: `receipts_are_for_who_sees_the_message`.
        Some(Some(seq)) => sees(conn, account, end.id, seq)?,
        Some(None) => true,
        None => false,
    };
    if !seen {
        return Ok(None);
    }
    let version = push_event(conn, account, &receipt.event, now)?;
    Ok(Some((account, version)))
}

/// The message that a change speaks of, and what is done to it, if that can be; none if there is no change.
pub(super) fn to_change<'a>(
    conn: &Connection,
    end: Option<&LogEnd>,
    change: Option<&'a MessageChange>,
) -> Result<Result<Option<(Kept, &'a MessageAct)>>> {
    let Some(change) = change else {
        return Ok(Ok(None));
    };
    let found = match end {
        Some(end) => kept(conn, end.id, change.pos)?,
        None => None,
    };
    let Some(kept) = found else {
        return Ok(Err(Error::NoMessage(change.pos)));
    };
    Ok(match &change.act {
        MessageAct::Edit { before, .. } if *before != kept.body_id => Err(Error::Conflict),
        MessageAct::Edit { .. } | MessageAct::Recall => Ok(Some((kept, &change.act))),
    })
}

/// Who left a group and may still have a message: they are told of its change, too.
pub(super) fn former_members(
    conn: &Connection,
    conversation: ConversationId,
    kept: &Kept,
) -> Result<Vec<AccountId>> {
    let of = params![conversation.0, int(kept.seq.0)];
    all(conn, FORMER, of, |row| account_id(row, 0))
}

/// What the signal is that says what was done to a message.
pub(super) const fn kind(kept: &Kept, act: &MessageAct) -> StoredKind {
    let kind = match act {
        MessageAct::Recall => MessageKind::Recall,
        MessageAct::Edit { .. } => MessageKind::Edit,
    };
    StoredKind::of(kept.seq, kind)
}

/// Recalls a message, with what hangs on it: what is too much for one act goes with its body.
pub(super) fn recall(conn: &Connection, conversation: ConversationId, kept: &Kept) -> Result<()> {
    run(conn, GONE, params![conversation.0, int(kept.seq.0)])?;
    run(conn, COUNT_GONE, [conversation.0])?;
    records::drop_hanging(conn, conversation, kept.pos, HANGING_STEP_MAX)?;
    leave_marker(conn, AccountId(0), conversation, [(kept.seq, kept.seq)])
}

/// Gives a message a new body, which goes by this position; the old one is left to the purge.
pub(super) fn replace_body(
    conn: &Connection,
    conversation: ConversationId,
    (at, old): (Pos, Pos),
    (id, body): (Pos, &Bytes),
) -> Result<()> {
    put_body(conn, id, body)?;
    run(
        conn,
        SET_BODY,
        params![conversation.0, int(at.0), int(id.0)],
    )?;
    run(conn, STALE, params![int(old.0), conversation.0])?;
    Ok(())
}
