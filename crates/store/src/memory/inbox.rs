//! What is due to a device.

use super::state::{Conversation, EntryRow, State, ViewRow};
use crate::rows::{Entry, InboxPage, InboxQuery, QueueUnread};
use lacuna_domain::limits::INBOX_PAGE_MAX;
use lacuna_domain::{
    AccountId, ConversationKey, DeviceId, GroupId, MessageKind, Pos, Reader, SignalRef, Target,
};

/// Whether an entry is due: visible, addressed to the reader, and not sent by its device.
fn is_due(pos: Pos, entry: &EntryRow, row: &ViewRow, log: &Conversation, reader: Reader) -> bool {
    if entry.device == reader.device && reader.device != DeviceId::NONE {
        return false;
    }
    if let Some(seq) = entry.seq {
        return row.sees(seq, &log.log) && entry.audience.admits(reader);
    }
    if entry.kind == MessageKind::Edit && edited(entry, log).is_none() {
        // A later edit says it all.
        return false;
    }
    let signal = SignalRef {
        pos,
        ref_seq: entry.ref_seq,
        recall: entry.kind == MessageKind::Recall,
        audience: &entry.audience,
        reader,
    };
    row.view.sees_signal(&signal, &log.log, &row.hidden)
}

/// The message that an edit speaks of, if it still has the body that the edit brought.
fn edited<'a>(edit: &EntryRow, log: &'a Conversation) -> Option<(Pos, &'a EntryRow)> {
    let pos = log.positions.get(&edit.ref_seq?)?;
    let message = log.entries.get(pos)?;
    (Some(message.body_id) == edit.brought && !message.purged).then_some((*pos, message))
}

/// An entry as it is delivered: an edit with the body of the message that it speaks of.
fn delivered(pos: Pos, entry: &EntryRow, log: &Conversation) -> Entry {
    let mut read = entry.read(pos);
    if entry.kind == MessageKind::Edit
        && let Some((message, edited)) = edited(entry, log)
    {
        read.body = edited.body.clone();
        read.edits = Some(message);
    }
    read
}

/// The entries after a position; none when the position is the last there can be.
fn after(log: &Conversation, pos: Pos) -> impl Iterator<Item = (Pos, &EntryRow)> {
    log.entries
        .range(pos..)
        .filter(move |(at, _)| **at > pos)
        .map(|(at, entry)| (*at, entry))
}

impl State {
    pub(super) fn inbox(&self, query: &InboxQuery) -> InboxPage {
        let from = query
            .after
            .unwrap_or_else(|| self.cursor(query.account, query.device, query.conversation));
        let log = self.conversations.get(&query.conversation);
        let mut page = InboxPage {
            entries: Vec::new(),
            scanned: from.max(log.map_or(Pos::ZERO, |log| log.log.last_pos)),
            more: false,
            member: false,
            version: self.version(query.account),
            end: log.map_or(Pos::ZERO, |log| log.log.last_pos),
            target: log.map_or_else(
                || Target::Group(GroupId::new("")),
                |log| self.target(query.account, log),
            ),
        };
        let Some((row, log)) = self.view(query.account, query.conversation) else {
            return page;
        };
        page.member = matches!(log.key, ConversationKey::Direct(..)) || row.view.until.is_none();
        let reader = Reader {
            account: query.account,
            device: query.device,
        };
        let (mut bytes, mut scanned) = (0, from);
        for (pos, entry) in after(log, from) {
            if is_due(pos, entry, row, log, reader) {
                let entry = delivered(pos, entry, log);
                bytes += entry.body.len();
                if page.entries.len() >= query.limit
                    || (bytes > query.bytes_max && !page.entries.is_empty())
                {
                    page.more = true;
                    page.scanned = scanned;
                    break;
                }
                page.entries.push(entry);
            }
            scanned = pos;
        }
        page
    }

    pub(super) fn queues(&self, account: AccountId, device: DeviceId) -> Vec<QueueUnread> {
        let reader = Reader { account, device };
        let mut queues: Vec<(Pos, QueueUnread)> = Vec::new();
        let me = self.accounts.get(&account);
        for (conversation, row, log) in self.views_of(account) {
            if me.is_some_and(|me| self.shields(conversation, &me.account.profile.name)) {
                continue;
            }
            let from = self.cursor(account, device, conversation);
            let due = after(log, from).filter(|(pos, entry)| is_due(*pos, entry, row, log, reader));
            let count = due.take(INBOX_PAGE_MAX).count();
            if count > 0 {
                let target = self.target(account, log);
                queues.push((
                    log.log.last_pos,
                    QueueUnread {
                        conversation,
                        target,
                        count,
                    },
                ));
            }
        }
        queues.sort_by_key(|(last_pos, _)| *last_pos);
        queues.into_iter().map(|(_, queue)| queue).collect()
    }
}
