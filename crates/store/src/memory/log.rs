//! Appending to a log, and reading history from it.

use super::state::{Conversation, EntryRow, State};
use crate::act::{Error, Result};
use crate::rows::{Append, Appended, EntryKind, HistoryPage, HistoryQuery, NewHook, Sender};
use bytes::Bytes;
use lacuna_domain::limits::{HISTORY_SCAN_MAX, SEND_REPEAT_WINDOW_MS};
use lacuna_domain::{
    AccountId, AppId, Audience, ConversationId, DeviceId, Direction, FileId, Mark, MessageKind,
    Millis, Name, Pos, Target,
};

/// The accounts of both sides, each once, the sender's first.
fn sides(sender: &Sender, receiver: AccountId) -> Vec<AccountId> {
    let mut accounts: Vec<AccountId> = sender.account.into_iter().collect();
    accounts.push(receiver);
    accounts.dedup();
    accounts
}

impl State {
    /// Appends an entry: of the present, or of the time that it is given.
    pub(super) fn append(&mut self, append: Append, at: Option<Millis>) -> Result<Appended> {
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
        let mut accounts =
            receiver.map_or_else(Vec::new, |receiver| sides(&append.sender, receiver));
        if let Some(first) = found.and_then(|id| self.sent_before(id, &append)) {
            return Ok(Appended { accounts, ..first });
        }
        let changes = match append.changes.clone() {
            Some(change) => Some((self.to_change(found, &change)?, change)),
            None => None,
        };
        let before = self.positions.clone();
        let (pos, fresh) = self.place(append.now, at, found)?;
        if let Some(write) = &append.write
            && let Err(refused) = self.write_records((**write).clone(), append.now)
        {
            self.positions = before;
            return Err(refused);
        }
        let conversation = found
            .unwrap_or_else(|| self.add_conversation(Conversation::new(append.app, key, None)));
        for account in &accounts {
            self.ensure_view(*account, conversation);
        }
        let audience = self.directed(&append);
        let client_id = append.client_id;
        let (sender, now) = (append.sender.clone(), append.now);
        let (app, files, hook) = (append.app, append.files, append.hook);
        let kind = match changes {
            Some(_) => EntryKind::Signal { ref_seq: None },
            None => append.kind,
        };
        let mut appended = self.push_entry(
            conversation,
            (kind, append.sender, audience, append.body),
            (pos, fresh),
        );
        let changed = changes.as_ref().map(|(seq, _)| *seq);
        let brought =
            changes.and_then(|change| self.change_message(conversation, change, appended.pos, now));
        if let (Some(seq), None) = (changed, receiver) {
            accounts = self.former_members(conversation, seq);
        }
        let entry = (conversation, appended.pos);
        self.attach(entry, brought.unwrap_or(fresh), (app, &files, hook), now);
        appended.accounts = accounts;
        self.remember_send(conversation, sender, client_id, now, &appended);
        Ok(appended)
    }

    /// Notes a send: in its sender's view, and for a repeat of it.
    fn remember_send(
        &mut self,
        conversation: ConversationId,
        sender: Sender,
        client_id: Option<(u64, [u8; 32])>,
        now: Millis,
        appended: &Appended,
    ) {
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
    }

    /// What comes with an entry: the files that its body speaks of, or the one that it brought, and what integrators are told of it.
    fn attach(
        &mut self,
        entry: (ConversationId, Pos),
        body: Pos,
        (app, files, hook): (AppId, &[FileId], Option<String>),
        now: Millis,
    ) {
        self.files.refer(body, app, files);
        if let Some(detail) = hook {
            let entry = Some(entry);
            self.hooks.add(NewHook { app, detail, entry }, now);
        }
    }

    /// The next position of an entry: of the present, or in the millisecond `at` after the end of its log; and of its body.
    fn place(
        &mut self,
        now: Millis,
        at: Option<Millis>,
        log: Option<ConversationId>,
    ) -> Result<(Pos, Pos)> {
        let after = log
            .and_then(|id| self.conversations.get(&id))
            .map_or(Pos::ZERO, |row| row.log.last_pos);
        let mut positions = self.positions.clone();
        let fresh = positions.next(now);
        let pos = at.map_or(Some(fresh), |at| Pos::brought_in(fresh, at, after));
        let pos = pos.ok_or(Error::TooEarly(after.time()))?;
        self.positions = positions;
        Ok((pos, fresh))
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
    pub(super) fn resolve(&self, app: AppId, names: &[Name]) -> Vec<AccountId> {
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

    /// Puts an entry at the log's end, which its position is above; its body goes by a position that was handed out now.
    pub(super) fn push_entry(
        &mut self,
        conversation: ConversationId,
        (kind, sender, audience, body): (EntryKind, Sender, Audience, Bytes),
        (pos, body_id): (Pos, Pos),
    ) -> Appended {
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
                body_id,
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
