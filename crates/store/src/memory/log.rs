//! Appending to a log, and reading history from it.

use super::state::{Conversation, EntryRow, State};
use crate::act::{Error, Result};
use crate::rows::{Append, Appended, EntryKind, HistoryPage, HistoryQuery, Sender};
use bytes::Bytes;
use lacuna_domain::limits::{HISTORY_SCAN_MAX, SEND_REPEAT_WINDOW_MS};
use lacuna_domain::{
    AccountId, Audience, ConversationId, DeviceId, Direction, Mark, MessageKind, Millis, Name, Pos,
    Target,
};

impl State {
    pub(super) fn append(&mut self, append: Append) -> Result<Appended> {
        if append
            .sender
            .account
            .is_some_and(|account| !self.accounts.contains_key(&account))
        {
            return Err(Error::NoAccount(append.sender.name));
        }
        let receiver = self.receiver(&append)?;
        let key = append.target.key(&append.sender.name);
        let found = self.conversation_keyed(append.app, &key);
        let mut accounts: Vec<AccountId> = Vec::new();
        if let Some(receiver) = receiver {
            accounts.extend(append.sender.account);
            accounts.push(receiver);
            accounts.dedup();
        }
        if let Some(first) = found.and_then(|id| self.sent_before(id, &append)) {
            return Ok(Appended { accounts, ..first });
        }
        let changes = match append.changes.clone() {
            Some(change) => Some((self.to_change(found, &change)?, change)),
            None => None,
        };
        if let Some(write) = &append.write {
            self.write_records((**write).clone(), append.now)?;
        }
        let conversation = found
            .unwrap_or_else(|| self.add_conversation(Conversation::new(append.app, key, None)));
        for account in &accounts {
            self.ensure_view(*account, conversation);
        }
        let audience = self.directed(&append);
        let client_id = append.client_id;
        let (sender, now) = (append.sender.clone(), append.now);
        let kind = match changes {
            Some(_) => EntryKind::Signal { ref_seq: None },
            None => append.kind,
        };
        let mut appended = self.push_entry(
            conversation,
            (kind, append.sender, audience, append.body),
            now,
        );
        if let Some(change) = changes {
            self.change_message(conversation, change, appended.pos, now);
        }
        appended.accounts = accounts;
        let own_view = sender
            .account
            .filter(|_| sender.device != DeviceId::NONE)
            .map(|account| (account, conversation));
        if let (Some(seq), Some(row)) = (
            appended.seq,
            own_view.and_then(|key| self.views.get_mut(&key)),
        ) {
            row.view.last_sent_seq = seq;
        }
        if let (Some((id, hash)), Some(log)) =
            (client_id, self.conversations.get_mut(&conversation))
        {
            log.sent.insert(
                (sender.name, sender.account, sender.device, id, hash),
                (now, appended.clone()),
            );
        }
        Ok(appended)
    }

    /// The receiver of a 1-1 message, none for a group; refused if the sender may not send there.
    fn receiver(&self, append: &Append) -> Result<Option<AccountId>> {
        match &append.target {
            Target::Peer(name) => {
                let receiver = self.registered(append.app, name)?;
                if append.check_allowed && append.sender.account != Some(receiver) {
                    let sender = &append.sender.name;
                    self.may_write_to(receiver, sender, append.friends_only, append.now)?;
                }
                Ok(Some(receiver))
            }
            Target::Group(id) => {
                let group = self.group(append.app, id)?;
                if group.settings.room != append.room {
                    return Err(Error::NoGroup(id.clone()));
                }
                let member = append
                    .sender
                    .account
                    .is_some_and(|account| self.is_member(account, group.conversation));
                if append.check_member && !member {
                    return Err(Error::NotMember(append.sender.name.clone()));
                }
                if append.check_allowed {
                    self.may_write_in(group.conversation, &append.sender.name, append.now)?;
                }
                Ok(None)
            }
        }
    }

    /// The first answer to a send that is repeated.
    fn sent_before(&self, conversation: ConversationId, append: &Append) -> Option<Appended> {
        let (id, hash) = append.client_id?;
        let sender = &append.sender;
        let key = (sender.name.clone(), sender.account, sender.device, id, hash);
        let (at, first) = self.conversations.get(&conversation)?.sent.get(&key)?;
        let recent = append.now < at.plus(SEND_REPEAT_WINDOW_MS);
        recent.then(|| Appended {
            repeat: true,
            ..first.clone()
        })
    }

    /// The audience with directed names resolved: those accounts, and the sender's own.
    fn directed(&self, append: &Append) -> Audience {
        if append.directed.is_empty() {
            return append.audience.clone();
        }
        let mut accounts = self.resolve(append.app, &append.directed);
        accounts.extend(
            append
                .sender
                .account
                .filter(|account| !accounts.contains(account)),
        );
        Audience::Only(accounts)
    }

    /// The accounts of those names that are registered, each once.
    pub(super) fn resolve(&self, app: lacuna_domain::AppId, names: &[Name]) -> Vec<AccountId> {
        let mut accounts: Vec<AccountId> = Vec::new();
        for account in names
            .iter()
            .filter_map(|name| self.account_named(app, name))
        {
            if !accounts.contains(&account.id) {
                accounts.push(account.id);
            }
        }
        accounts
    }

    /// Puts an entry at the log's end.
    pub(super) fn push_entry(
        &mut self,
        conversation: ConversationId,
        (kind, sender, audience, body): (EntryKind, Sender, Audience, Bytes),
        now: Millis,
    ) -> Appended {
        let pos = self.positions.next(now);
        let nothing = || Appended {
            conversation,
            pos,
            seq: None,
            prev_pos: Pos::ZERO,
            repeat: false,
            audience: audience.clone(),
            accounts: Vec::new(),
        };
        let Some(row) = self.conversations.get_mut(&conversation) else {
            return nothing();
        };
        let prev_pos = std::mem::replace(&mut row.log.last_pos, pos);
        let (seq, ref_seq, kind) = match kind {
            EntryKind::Message(kind) => {
                let seq = row.log.last.seq.next();
                row.log.last = Mark { seq, pos };
                row.positions.insert(seq, pos);
                (Some(seq), None, kind)
            }
            EntryKind::Signal { ref_seq: None } => (None, None, MessageKind::Command),
            EntryKind::Signal { ref_seq } => (None, ref_seq, MessageKind::Other),
        };
        let appended = Appended {
            seq,
            prev_pos,
            ..nothing()
        };
        let (sender, device) = (sender.name, sender.device);
        row.entries.insert(
            pos,
            EntryRow {
                seq,
                ref_seq,
                kind,
                sender,
                device,
                audience,
                body,
                body_id: pos,
                brought: None,
                purged: false,
            },
        );
        appended
    }

    pub(super) fn history(&self, query: &HistoryQuery) -> HistoryPage {
        let nothing = HistoryPage {
            entries: Vec::new(),
            next: None,
            conversation: None,
        };
        let Some(id) = self.conversation_keyed(query.app, &query.target.key(&query.name)) else {
            return nothing;
        };
        let Some((row, log)) = self.view(query.account, id) else {
            return nothing;
        };
        let in_time = |pos: Pos| {
            query.since.is_none_or(|since| pos >= Pos::first_at(since))
                && query.until.is_none_or(|until| pos <= Pos::last_at(until))
        };
        let beyond = |pos: Pos| match query.direction {
            Direction::Older => query.from.is_none_or(|from| pos < from),
            Direction::Newer => query.from.is_none_or(|from| pos > from),
        };
        let wanted = |entry: &EntryRow| {
            (query.kinds.is_empty() || query.kinds.contains(&entry.kind))
                && query
                    .sender
                    .as_ref()
                    .is_none_or(|sender| *sender == entry.sender)
        };
        let mut visible: Vec<_> = log
            .visible(row)
            .filter(|(mark, _)| in_time(mark.pos) && beyond(mark.pos))
            .collect();
        if query.direction == Direction::Older {
            visible.reverse();
        }
        let mut page = HistoryPage {
            conversation: Some(id),
            ..nothing
        };
        let mut looked_at = Pos::ZERO;
        for (looked, (mark, entry)) in visible.into_iter().enumerate() {
            if looked >= HISTORY_SCAN_MAX && looked_at != Pos::ZERO {
                page.next = Some(looked_at);
                break;
            }
            if wanted(entry) {
                if page.entries.len() >= query.limit {
                    page.next = page.entries.last().map(|last| last.pos);
                    break;
                }
                page.entries.push(entry.read(mark.pos));
            }
            looked_at = mark.pos;
        }
        page
    }
}
