//! Deleting: messages leave the tables, the index and the disk in one transaction.

use super::hidden::{Fact, hide};
use super::rows::{self, Conv};
use super::{Store, change, files, get, int, raise, search, set, unsigned};
use crate::error::{Error, Result};
use crate::types::Removed;
use crate::wire::body;
use lacuna_domain::{Millis, Pos, Target};
use lacuna_sqlite::Pending;
use rusqlite::{Connection, params};
use std::collections::{BTreeMap, BTreeSet};

/// What to delete from the local store alone.
#[derive(Clone, Debug)]
pub(crate) enum Scope {
    /// These messages of a conversation.
    Ids(Target, Vec<Pos>),
    /// One message, of whatever conversation.
    Message(Pos),
    /// Everything of a conversation in a span of time, both ends included.
    Window(Target, Millis, Millis),
    /// Everything of a conversation.
    Conversation(Target),
    /// Everything older than a time, in every conversation.
    Before(Millis),
    /// The conversation itself; with its messages or without.
    Unlist(Vec<Target>, bool),
    /// Everything, the list included.
    All,
}

/// What the server said of a deletion, or of what it knows since a version.
#[derive(Clone, Debug, Default)]
pub(crate) struct Facts {
    /// In version order.
    pub(crate) list: Vec<Fact>,
    /// The version that they begin after.
    pub(crate) since: u64,
    /// The version that these facts go up to.
    pub(crate) version: u64,
}

/// What the server's facts did here.
#[derive(Clone, Debug, Default)]
pub(crate) struct Applied {
    /// What other devices deleted, each conversation and device once.
    pub(crate) elsewhere: Vec<Removed>,
    /// Messages that left this device.
    pub(crate) count: u64,
}

/// Deletions of up to this many messages take their entries out of the search index at once; larger ones leave keyed hashes
/// there until the index is built anew in the background.
const UNINDEX_MAX: i64 = 50;

const SPAN: &str = "conversation = ?1 AND id BETWEEN ?2 AND ?3";
/// In ids of messages that no server has, the node is [`lacuna_domain::NODE_LOCAL`].
const SERVER_ONLY: &str = " AND (id >> 12) & 1023 <> 1023";
const LOCAL_ONLY: &str = " AND (id >> 12) & 1023 = 1023";
const ALL_CONVERSATIONS: &str = "SELECT id FROM conversation";
const OF_MESSAGE: &str = "SELECT conversation FROM message WHERE id = ?1";
const LAST: &str = "SELECT last FROM conversation WHERE id = ?1";
const WHOLE: (Pos, Pos) = (Pos::ZERO, Pos::MAX);

/// Which of the messages of a span.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Which {
    All,
    /// Only what a server has: what this device alone has is its own.
    Server,
    /// Only what no server has.
    Local,
}

impl Store {
    /// Deletes from this device alone. Returns how many messages went. What was deleted comes back with history.
    pub(crate) fn remove(&self, scope: Scope) -> Pending<u64, Error> {
        let key = self.key.clone();
        self.act(move |conn, _| {
            let removal = Removal {
                conn,
                key: &key,
                held: None,
            };
            removal.scope(scope)
        })
    }

    /// The newest message that a server has. What this device holds before it asks a server to delete is covered by that
    /// deletion; what comes meanwhile may not be.
    pub(crate) fn newest(&self) -> Pending<Pos, Error> {
        self.read(|conn| {
            let sql =
                format!("SELECT id FROM message WHERE true{SERVER_ONLY} ORDER BY id DESC LIMIT 1");
            let newest = rows::numbers(conn, &sql, [])?;
            Ok(Pos(newest.first().copied().map_or(0, unsigned)))
        })
    }

    /// Applies what the server says was deleted, and what a deletion of this device took, in one transaction.
    pub(crate) fn apply(
        &self,
        facts: Facts,
        resource: String,
        own: Option<Own>,
    ) -> Pending<Applied, Error> {
        let key = self.key.clone();
        self.act(move |conn, _| {
            let mut applied = apply(conn, &key, &facts, &resource, own.as_ref())?;
            if let Some(own) = own {
                applied.count += Removal {
                    conn,
                    key: &key,
                    held: own.held,
                }
                .scope(own.scope)?;
            }
            Ok(applied)
        })
    }
}

/// What a deletion of this device names. The facts that the server answered with say what it deleted; this takes what no
/// server knows: messages that were not sent, or came from elsewhere.
#[derive(Clone, Debug)]
pub(crate) struct Own {
    /// What was asked for.
    pub(crate) scope: Scope,
    /// The newest message that was held before the server was asked; none if it was not.
    pub(crate) held: Option<Pos>,
}

impl Own {
    /// Whether it is what the fact says, although that names no device: the server tells of a conversation that was taken off
    /// the list in an event of its own.
    fn made(&self, fact: &Fact) -> bool {
        let Scope::Unlist(targets, true) = &self.scope else {
            return false;
        };
        fact.device.is_empty() && fact.first == Pos::ZERO && targets.contains(&fact.conversation)
    }
}

/// A removal that is going on.
pub(super) struct Removal<'a> {
    pub(super) conn: &'a Connection,
    pub(super) key: &'a search::Key,
    /// No message of a server above this; none for no bound.
    pub(super) held: Option<Pos>,
}

impl Removal<'_> {
    pub(super) fn scope(&self, scope: Scope) -> Result<u64> {
        let conn = self.conn;
        match scope {
            Scope::Ids(target, list) => match rows::conversation(conn, &target)? {
                Some(conversation) => ids(conn, self.key, conversation, &list),
                None => Ok(0),
            },
            Scope::Message(id) => {
                let of = rows::numbers(conn, OF_MESSAGE, [int(id.0)])?;
                of.first().map_or(Ok(0), |conversation| {
                    ids(conn, self.key, Conv(*conversation), &[id])
                })
            }
            Scope::Window(target, from, to) => match rows::conversation(conn, &target)? {
                Some(found) => self.span(found, (Pos::first_at(from), Pos::last_at(to))),
                None => Ok(0),
            },
            Scope::Conversation(target) => match rows::conversation(conn, &target)? {
                Some(found) => self.span(found, WHOLE),
                None => Ok(0),
            },
            Scope::Before(time) => {
                let last = Pos(Pos::first_at(time).0.saturating_sub(1));
                self.each(|conversation| self.span(conversation, (Pos::ZERO, last)))
            }
            Scope::Unlist(targets, with_messages) => {
                let mut count = 0;
                for target in targets {
                    if let Some(found) = rows::conversation(conn, &target)? {
                        count += self.unlist(found, with_messages)?;
                    }
                }
                Ok(count)
            }
            Scope::All => self.each(|conversation| self.unlist(conversation, true)),
        }
    }

    fn each(&self, act: impl Fn(Conv) -> Result<u64>) -> Result<u64> {
        let mut count = 0;
        for conversation in rows::numbers(self.conn, ALL_CONVERSATIONS, [])? {
            count += act(Conv(conversation))?;
        }
        Ok(count)
    }

    fn span(&self, conversation: Conv, span: (Pos, Pos)) -> Result<u64> {
        let take = |span, which| take_out(self.conn, self.key, conversation, span, which);
        let count = match self.held {
            None => take(span, Which::All)?,
            Some(held) => {
                take((span.0, span.1.min(held)), Which::Server)? + take(span, Which::Local)?
            }
        };
        if count > 0 {
            rows::recount(self.conn, conversation)?;
        }
        Ok(count)
    }

    fn unlist(&self, conversation: Conv, with_messages: bool) -> Result<u64> {
        if !with_messages {
            change::unlist(self.conn, conversation, self.came_since(conversation)?)?;
            return Ok(0);
        }
        let count = self.span(conversation, WHOLE)?;
        // Something that came while the server was asked keeps the conversation on the list.
        if rows::number(self.conn, LAST, [conversation.0])? == 0 {
            change::unlist(self.conn, conversation, None)?;
        }
        Ok(count)
    }

    /// The bound, if a server's message above it is here.
    fn came_since(&self, conversation: Conv) -> Result<Option<Pos>> {
        let Some(held) = self.held else {
            return Ok(None);
        };
        let sql = format!("SELECT id FROM message WHERE {SPAN}{SERVER_ONLY} LIMIT 1");
        let above = params![conversation.0, int(held.0) + 1, int(Pos::MAX.0)];
        let came = rows::numbers(self.conn, &sql, above)?;
        Ok(came.first().map(|_| held))
    }
}

/// Deletes messages of one conversation by id; ids of others and unknown ones are ignored.
pub(super) fn ids(
    conn: &Connection,
    key: &search::Key,
    conversation: Conv,
    ids: &[Pos],
) -> Result<u64> {
    let mut count = 0;
    for id in ids {
        count += take_out(conn, key, conversation, (*id, *id), Which::All)?;
    }
    if count > 0 {
        rows::recount(conn, conversation)?;
    }
    Ok(count)
}

/// Takes the messages of one conversation in a span of ids out, both ends included. Returns how many there were; the caller
/// counts the conversation anew.
fn take_out(
    conn: &Connection,
    key: &search::Key,
    conversation: Conv,
    (first, last): (Pos, Pos),
    which: Which,
) -> Result<u64> {
    let condition = match which {
        Which::All => SPAN.to_owned(),
        Which::Server => format!("{SPAN}{SERVER_ONLY}"),
        Which::Local => format!("{SPAN}{LOCAL_ONLY}"),
    };
    let span = params![conversation.0, int(first.0), int(last.0)];
    let few = format!(
        "SELECT id FROM message WHERE {condition} ORDER BY id LIMIT {}",
        UNINDEX_MAX + 1
    );
    let few = rows::numbers(conn, &few, span)?;
    if few.is_empty() {
        return Ok(0);
    }
    if few.len() > usize::try_from(UNINDEX_MAX).unwrap_or(usize::MAX) {
        let newest = format!("SELECT id FROM message WHERE {condition} ORDER BY id DESC LIMIT 1");
        let newest = rows::number(conn, &newest, span)?;
        let oldest = few.first().copied().unwrap_or_default();
        search::mark_stale(conn, Pos(unsigned(oldest)), Pos(unsigned(newest)))?;
    } else {
        for id in few {
            unindex(conn, key, conversation, Pos(unsigned(id)))?;
        }
    }
    files::discard(conn, &condition, span)?;
    // Zeroed in place, in a table that only appends: no copy is left where rows have moved.
    let zero = format!(
        "UPDATE body SET bytes = zeroblob(length(bytes)) WHERE id IN (SELECT body FROM message WHERE {condition})"
    );
    conn.prepare_cached(&zero)?.execute(span)?;
    let delete = format!("DELETE FROM message WHERE {condition}");
    let count = conn.prepare_cached(&delete)?.execute(span)?;
    Ok(u64::try_from(count).unwrap_or_default())
}

const PAYLOAD: &str = "SELECT b.bytes FROM message m JOIN body b ON b.id = m.body WHERE m.id = ?1";

/// Takes a message's text out of the search index.
pub(super) fn unindex(
    conn: &Connection,
    key: &search::Key,
    conversation: Conv,
    id: Pos,
) -> Result<()> {
    let text = conn
        .prepare_cached(PAYLOAD)?
        .query_row([int(id.0)], |row| {
            Ok(body::searchable_text(rows::blob(row, 0)?))
        })?;
    match text {
        Some(text) => search::unindex(conn, key, &[(id, conversation.0, &text)]),
        None => Ok(()),
    }
}

/// INVARIANT L5: a fact is a state and not an operation. Applying it twice, late, or after newer ones changes nothing more.
///
/// A fact is told once: an answer to a deletion and a read of facts may both bring it.
fn apply(
    conn: &Connection,
    key: &search::Key,
    facts: &Facts,
    resource: &str,
    own: Option<&Own>,
) -> Result<Applied> {
    let mut applied = Applied::default();
    let known = unsigned(get::<i64>(conn, "version")?.unwrap_or_default());
    let mut changed: BTreeSet<Conv> = BTreeSet::new();
    let mut elsewhere: BTreeMap<(Target, String), Removed> = BTreeMap::new();
    for fact in &facts.list {
        let conversation = rows::ensure_conversation(conn, &fact.conversation, false)?;
        hide(conn, conversation, fact.first, fact.last)?;
        let span = (fact.first, fact.last);
        let count = take_out(conn, key, conversation, span, Which::Server)?;
        applied.count += count;
        if count > 0 {
            changed.insert(conversation);
        }
        let made_here = fact.device == resource || own.is_some_and(|own| own.made(fact));
        if fact.version > known && !made_here {
            let told = elsewhere
                .entry((fact.conversation.clone(), fact.device.clone()))
                .or_insert_with(|| Removed {
                    conversation: fact.conversation.clone(),
                    device: fact.device.clone(),
                    ranges: Vec::new(),
                    count: 0,
                });
            told.ranges.push(span);
            told.count += count;
        }
    }
    // Once for each conversation, however many runs of it there are.
    for conversation in changed {
        rows::recount(conn, conversation)?;
    }
    applied.elsewhere = elsewhere.into_values().collect();
    // Who asked may have been overtaken: the store is another account's now, or reads its facts from the beginning.
    if facts.since <= known {
        raise(conn, "version", facts.version)?;
    }
    set(conn, "synced", 1)?;
    Ok(applied)
}
