//! What comes from the server: pages of queues and of history.

use super::hidden::{hide_one, is_hidden};
use super::rows::{self, Conv, NewRow};
use super::{Store, change, int, raise, remove, search, unsigned};
use crate::error::{Error, Result};
use crate::types::{ConversationChange, Edit, Happening, Message, Recall, Status};
use crate::wire::body;
use crate::wire::incoming::{Arrived, Incoming};
use lacuna_domain::{Millis, Name, Pos, Target};
use lacuna_sqlite::Pending;
use rusqlite::{Connection, params};

/// Where a page comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// A queue, or what stands for one: this device has not had it.
    Queue,
    /// History that the app asked for: read before, by somebody.
    History,
}

/// A page to take in.
#[derive(Clone, Debug)]
pub(crate) struct Page {
    /// Where it comes from.
    pub(crate) source: Source,
    /// The conversation whose queue it is, and the position that it goes up to. None for events, for history and for what
    /// is pushed to who is online.
    pub(crate) cursor: Option<(Target, Pos)>,
    /// The device has, with this page, all that is due to it up to here; zero if it cannot tell.
    pub(crate) acked: Pos,
    /// What it holds, oldest first.
    pub(crate) items: Vec<Incoming>,
}

/// What became of a page.
#[derive(Clone, Debug, Default)]
pub(crate) struct Taken {
    /// What observers are to be told, in order.
    pub(crate) happened: Vec<Happening>,
    /// Whether bodies were overwritten, so that the log has to be emptied.
    pub(crate) erased: bool,
}

const CURSOR: &str = "SELECT cursor FROM conversation WHERE id = ?1";
const MOVE_CURSOR: &str = "UPDATE conversation SET cursor = ?2 WHERE id = ?1 AND cursor < ?2";
const ONE: &str = " WHERE m.id = ?1";

impl Store {
    /// Takes a page in, in one transaction. Repeating it changes nothing and tells nothing.
    pub(crate) fn take(&self, page: Page) -> Pending<Taken, Error> {
        let (me, key, now) = (self.me.clone(), self.key.clone(), self.clock.now());
        self.act(move |conn, _| {
            let mut taking = Taking {
                conn,
                me: &me,
                key: &key,
                now,
                source: page.source,
                done: Taken::default(),
            };
            taking.page(page)?;
            Ok(taking.done)
        })
    }
}

struct Taking<'a> {
    conn: &'a Connection,
    me: &'a Name,
    key: &'a search::Key,
    now: Millis,
    source: Source,
    done: Taken,
}

impl Taking<'_> {
    fn page(&mut self, page: Page) -> Result<()> {
        let mut delivered = Pos::ZERO;
        let mut cursor = None;
        if let Some((target, up_to)) = page.cursor {
            let conversation = rows::ensure_conversation(self.conn, &target, true)?;
            delivered = Pos(unsigned(rows::number(self.conn, CURSOR, [conversation.0])?));
            cursor = Some((conversation, up_to));
        }
        for item in page.items {
            self.item(item, delivered)?;
        }
        if let Some((conversation, up_to)) = cursor {
            let to = params![conversation.0, int(up_to.0)];
            self.conn.prepare_cached(MOVE_CURSOR)?.execute(to)?;
        }
        raise(self.conn, "acked", page.acked.0)
    }

    fn item(&mut self, item: Incoming, delivered: Pos) -> Result<()> {
        match item {
            Incoming::Message(arrived) => self.message(&arrived, delivered),
            Incoming::Command(arrived) => self.command(&arrived, delivered),
            Incoming::Receipt(receipt) => {
                let receipt = change::located(self.conn, receipt)?;
                if change::receipt(self.conn, self.me, &receipt)? {
                    match self.done.happened.last_mut() {
                        Some(Happening::Receipts(told)) => told.push(receipt),
                        _ => self.tell(Happening::Receipts(vec![receipt])),
                    }
                }
                Ok(())
            }
            Incoming::Recalled {
                conversation,
                message,
                by,
                ext,
            } => self.recall(conversation, message, by, ext),
            Incoming::Edited {
                conversation,
                message,
                payload,
                by,
                time,
            } => self.edit(&conversation, message, &payload, (by, time)),
            Incoming::ConversationChanged {
                conversation,
                change,
                device,
                time,
            } => self.conversation(conversation, change, device, time),
            Incoming::Group(event) => {
                self.tell(Happening::Group(event));
                Ok(())
            }
            // What was deleted is read as facts, before the page is taken in; kicks end the session.
            Incoming::Deleted { .. } | Incoming::Kick(_) | Incoming::Other => Ok(()),
        }
    }

    fn tell(&mut self, happening: Happening) {
        self.done.happened.push(happening);
    }

    fn message(&mut self, arrived: &Arrived, delivered: Pos) -> Result<()> {
        if arrived.id <= delivered {
            return Ok(());
        }
        let conversation = rows::ensure_conversation(self.conn, &arrived.conversation, true)?;
        if is_hidden(self.conn, conversation, arrived.id)? {
            return Ok(());
        }
        let queued = self.source == Source::Queue;
        let new = !rows::exists(self.conn, arrived.id)?;
        if new {
            self.insert(conversation, arrived)?;
        }
        // What history brought before its queue did was not told as received yet.
        if queued && (new || delivered > Pos::ZERO) {
            let message = self.load(arrived.id)?;
            match self.done.happened.last_mut() {
                Some(Happening::Messages(told)) => told.extend(message),
                _ => self.tell(Happening::Messages(message.into_iter().collect())),
            }
        }
        Ok(())
    }

    fn insert(&self, conversation: Conv, arrived: &Arrived) -> Result<()> {
        let sent = arrived.from == *self.me;
        let unread = !sent && self.source == Source::Queue;
        let kind = arrived.kind.code();
        let row = NewRow {
            id: arrived.id,
            conversation,
            sender: arrived.from.as_str(),
            kind,
            sent,
            status: Status::Sent,
            unread,
            local_time: self.now,
            route: arrived.route,
            payload: &arrived.payload,
            path: None,
        };
        rows::add_message(self.conn, &row)?;
        index(
            self.conn,
            self.key,
            conversation,
            arrived.id,
            &arrived.payload,
        )?;
        rows::raise(self.conn, conversation, arrived.id, u64::from(unread))
    }

    fn load(&self, id: Pos) -> Result<Option<Message>> {
        let sql = format!("{}{ONE}", rows::MESSAGES);
        Ok(rows::messages(self.conn, &sql, [int(id.0)])?.pop())
    }

    /// A command is told and not kept. The cursor is what keeps it from being told twice.
    fn command(&mut self, arrived: &Arrived, delivered: Pos) -> Result<()> {
        if arrived.id <= delivered {
            return Ok(());
        }
        if let Some(conversation) = rows::conversation(self.conn, &arrived.conversation)?
            && is_hidden(self.conn, conversation, arrived.id)?
        {
            return Ok(());
        }
        let command = as_message(arrived, self.me, self.now);
        match self.done.happened.last_mut() {
            Some(Happening::Commands(told)) => told.push(command),
            _ => self.tell(Happening::Commands(vec![command])),
        }
        Ok(())
    }

    fn recall(&mut self, target: Target, id: Pos, by: Name, ext: String) -> Result<()> {
        // Also of what is not here: a page of history that was read before may still bring it.
        let conversation = rows::ensure_conversation(self.conn, &target, false)?;
        if is_hidden(self.conn, conversation, id)? {
            return Ok(());
        }
        let message = self.load(id)?;
        hide_one(self.conn, conversation, id)?;
        let removed = remove::ids(self.conn, self.key, conversation, &[id])?;
        self.done.erased |= removed > 0;
        self.tell(Happening::Recalled(Box::new(Recall {
            conversation: target,
            id,
            message,
            by,
            ext,
        })));
        self.tell(Happening::ListChanged);
        Ok(())
    }

    fn edit(
        &mut self,
        target: &Target,
        id: Pos,
        payload: &[u8],
        (by, time): (Name, Millis),
    ) -> Result<()> {
        let Some(conversation) = rows::conversation(self.conn, target)? else {
            return Ok(());
        };
        // A message that is not here, deleted or not had yet, is not made by an edit of it.
        if !change::replace_body(self.conn, self.key, conversation, id, payload)? {
            return Ok(());
        }
        self.done.erased = true;
        if let Some(message) = self.load(id)? {
            self.tell(Happening::Edited(Box::new(Edit { message, by, time })));
        }
        Ok(())
    }

    fn conversation(
        &mut self,
        target: Target,
        change: ConversationChange,
        device: String,
        time: Millis,
    ) -> Result<()> {
        match change {
            ConversationChange::Pinned => change::set_pinned(self.conn, &target, time)?,
            ConversationChange::Unpinned => change::set_pinned(self.conn, &target, Millis(0))?,
            // Its messages, if they were deleted, went with the facts.
            ConversationChange::Deleted => {
                if let Some(conversation) = rows::conversation(self.conn, &target)? {
                    // What came after it, and before this device heard of it, keeps the conversation on the list.
                    let through = Pos(Pos::first_at(time).0.saturating_sub(1));
                    change::unlist(self.conn, conversation, Some(through))?;
                    self.done.erased = true;
                }
            }
        }
        self.tell(Happening::Conversation {
            conversation: target,
            change,
            device,
        });
        self.tell(Happening::ListChanged);
        Ok(())
    }
}

/// A message that came, as an app sees it, without the store.
pub(crate) fn as_message(arrived: &Arrived, me: &Name, now: Millis) -> Message {
    let (body, ext) = body::read(&arrived.payload);
    let sent = arrived.from == *me;
    Message {
        id: arrived.id,
        conversation: arrived.conversation.clone(),
        from: arrived.from.clone(),
        side: if sent {
            crate::types::Side::Sent
        } else {
            crate::types::Side::Received
        },
        status: Status::Sent,
        time: arrived.time,
        local_time: now,
        body,
        ext,
        is_read: true,
        is_read_acked: false,
        is_delivery_acked: false,
    }
}

/// Puts the text of a message into the search index.
pub(super) fn index(
    conn: &Connection,
    key: &search::Key,
    conversation: Conv,
    id: Pos,
    payload: &[u8],
) -> Result<()> {
    match body::searchable_text(payload) {
        Some(text) => search::index(conn, key, &[(id, conversation.0, &text)]),
        None => Ok(()),
    }
}
