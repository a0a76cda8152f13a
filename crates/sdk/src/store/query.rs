//! Looking messages up.

use super::rows::{self, Conv};
use super::search::{self, Query};
use super::{Store, int, outbox, unsigned};
use crate::error::{Error, Result};
use crate::types::{Message, Side};
use lacuna_domain::{Direction, MessageKind, Millis, Name, Pos, Target};
use lacuna_sqlite::Pending;
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

/// A span of time, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// From here.
    pub from: Millis,
    /// To here.
    pub to: Millis,
}

impl Window {
    /// All of time.
    pub const ALL: Self = Self {
        from: Millis(0),
        to: Millis(u64::MAX),
    };
}

/// Which messages to look up. [`Find::default`] is the newest of all conversations.
#[derive(Clone, Debug, Default)]
pub struct Find {
    /// Only of this conversation.
    pub conversation: Option<Target>,
    /// Start beyond this message, exclusive; none for the end of the direction.
    pub beyond: Option<Pos>,
    /// Only in this span.
    pub window: Option<Window>,
    /// Only of these kinds; empty for all.
    pub kinds: Vec<MessageKind>,
    /// Only from these senders; empty for all.
    pub senders: Vec<Name>,
    /// Only from this side.
    pub side: Option<Side>,
    /// Only with this keyword.
    pub keyword: Option<Keyword>,
    /// Which way: [`Direction::Older`] gives the newest first.
    pub direction: Option<Direction>,
    /// Messages at most.
    pub limit: u32,
}

/// A keyword to search for. Each of its words begins a word of what is found, whatever the case; each run of a script that is
/// written without spaces stands in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keyword(pub String);

impl Store {
    /// A message by id.
    pub(crate) fn message(&self, id: Pos) -> Pending<Option<Message>, Error> {
        self.read(move |conn| outbox::one(conn, id))
    }

    /// Messages, in the direction asked for.
    pub(crate) fn find(&self, find: Find) -> Pending<Vec<Message>, Error> {
        let key = self.key.clone();
        self.read(move |conn| {
            let Some(plan) = Plan::of(conn, &find)? else {
                return Ok(Vec::new());
            };
            match &find.keyword {
                None => plan.messages(conn),
                Some(keyword) => plan.search(conn, &key, keyword),
            }
        })
    }

    /// How many messages of a conversation lie in a span.
    pub(crate) fn count_in(&self, target: Target, window: Window) -> Pending<u64, Error> {
        const COUNT: &str =
            "SELECT count(*) FROM message WHERE conversation = ?1 AND id BETWEEN ?2 AND ?3";
        self.read(move |conn| {
            let Some(Conv(conversation)) = rows::conversation(conn, &target)? else {
                return Ok(0);
            };
            let span = [
                conversation,
                int(Pos::first_at(window.from).0),
                int(Pos::last_at(window.to).0),
            ];
            rows::number(conn, COUNT, span).map(unsigned)
        })
    }
}

/// A lookup with its names resolved.
struct Plan<'f> {
    find: &'f Find,
    conversation: Option<i64>,
    senders: Vec<i64>,
    first: Pos,
    last: Pos,
    newest_first: bool,
}

impl<'f> Plan<'f> {
    /// None if nothing can match: a conversation or senders that are not known.
    fn of(conn: &Connection, find: &'f Find) -> Result<Option<Self>> {
        let conversation = match &find.conversation {
            None => None,
            Some(target) => match rows::conversation(conn, target)? {
                None => return Ok(None),
                Some(Conv(conversation)) => Some(conversation),
            },
        };
        let mut senders = Vec::new();
        for name in &find.senders {
            senders.extend(rows::find_name(conn, name)?);
        }
        if senders.is_empty() && !find.senders.is_empty() {
            return Ok(None);
        }
        let window = find.window.unwrap_or(Window::ALL);
        let (mut first, mut last) = (Pos::first_at(window.from), Pos::last_at(window.to));
        let newest_first = find.direction.unwrap_or(Direction::Older) == Direction::Older;
        match (find.beyond, newest_first) {
            (Some(beyond), true) => last = last.min(Pos(beyond.0.saturating_sub(1))),
            (Some(beyond), false) => first = first.max(Pos(beyond.0.saturating_add(1))),
            (None, _) => {}
        }
        Ok(Some(Self {
            find,
            conversation,
            senders,
            first,
            last,
            newest_first,
        }))
    }

    fn messages(&self, conn: &Connection) -> Result<Vec<Message>> {
        let mut values = vec![
            Value::from(int(self.first.0)),
            Value::from(int(self.last.0)),
        ];
        let mut sql = format!("{} WHERE m.id BETWEEN ?1 AND ?2", rows::MESSAGES);
        if let Some(conversation) = self.conversation {
            sql.push_str(" AND m.conversation = ?");
            values.push(conversation.into());
        }
        let kinds = self.find.kinds.iter().map(|kind| i64::from(kind.code()));
        push_list(&mut sql, &mut values, "m.kind", kinds);
        push_list(
            &mut sql,
            &mut values,
            "m.sender",
            self.senders.iter().copied(),
        );
        if let Some(side) = self.find.side {
            sql.push_str(" AND m.sent = ?");
            values.push(i64::from(side == Side::Sent).into());
        }
        sql.push_str(if self.newest_first {
            " ORDER BY m.id DESC LIMIT ?"
        } else {
            " ORDER BY m.id LIMIT ?"
        });
        values.push(i64::from(self.find.limit).into());
        rows::messages(conn, &sql, params_from_iter(values))
    }

    fn search(
        &self,
        conn: &Connection,
        key: &search::Key,
        keyword: &Keyword,
    ) -> Result<Vec<Message>> {
        let query = Query {
            keyword: keyword.0.clone(),
            conversation: self.conversation,
            senders: self.senders.clone(),
            kinds: self.find.kinds.iter().map(|kind| kind.code()).collect(),
            sent: self.find.side.map(|side| side == Side::Sent),
            first: self.first,
            last: self.last,
            newest_first: self.newest_first,
            limit: usize::try_from(self.find.limit).unwrap_or(usize::MAX),
        };
        let found = search::search(conn, key, &query, crate::wire::body::searchable_text)?;
        let mut messages = Vec::with_capacity(found.len());
        for id in found {
            messages.extend(outbox::one(conn, id)?);
        }
        Ok(messages)
    }
}

/// Adds a condition on a list of numbers; none for an empty list.
pub(super) fn push_list(
    sql: &mut String,
    values: &mut Vec<Value>,
    column: &str,
    list: impl Iterator<Item = i64>,
) {
    let before = values.len();
    values.extend(list.map(Value::from));
    let count = values.len() - before;
    if count > 0 {
        let marks = vec!["?"; count].join(", ");
        for part in [" AND ", column, " IN (", marks.as_str(), ")"] {
            sql.push_str(part);
        }
    }
}
