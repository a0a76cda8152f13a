//! Records: small facts about an account or a conversation.

use super::state::State;
use crate::act::{Error, Result};
use crate::rows::{
    DISABLED, MUTE_ALL, NewRecord, Record, RecordCheck, RecordId, RecordKind, RecordOwner,
    RecordQuery, RecordWrite, hanging, marks,
};
use lacuna_domain::{AccountId, AppId, ConversationId, Millis, Name, Pos, Version};

/// A record as it was written.
#[derive(Clone, Debug)]
pub(super) struct RecordRow {
    pub(super) app: AppId,
    pub(super) record: NewRecord,
    pub(super) changed: Millis,
}

impl RecordRow {
    pub(super) fn lives(&self, now: Millis) -> bool {
        self.record.expires.is_none_or(|end| now < end)
    }

    fn read(&self, key: &str) -> Record {
        Record {
            key: key.to_owned(),
            value: self.record.value.clone(),
            changed: self.changed,
            expires: self.record.expires,
        }
    }
}

impl State {
    /// A record that has not ended.
    pub(super) fn record(&self, id: &RecordId, now: Millis) -> Option<Record> {
        let row = self.records.get(id).filter(|row| row.lives(now))?;
        Some(row.read(&id.key))
    }

    fn records_of(
        &self,
        owner: RecordOwner,
        kind: RecordKind,
        now: Millis,
    ) -> impl Iterator<Item = Record> {
        let all = self.records.range(RecordId::new(owner, kind, "")..);
        all.take_while(move |(id, _)| (id.owner, id.kind) == (owner, kind))
            .filter(move |(_, row)| row.lives(now))
            .map(|(id, row)| row.read(&id.key))
    }

    /// Records of one kind, by key.
    pub(super) fn records(&self, query: &RecordQuery, now: Millis) -> Vec<Record> {
        let after = query.after.as_deref().unwrap_or_default();
        self.records_of(query.owner, query.kind, now)
            .filter(|record| record.key.as_str() > after)
            .take(query.limit)
            .collect()
    }

    /// Writes records, and tells the accounts that are to be told.
    pub(super) fn write_records(
        &mut self,
        write: RecordWrite,
        now: Millis,
    ) -> Result<Vec<(AccountId, Version)>> {
        for (id, check) in &write.checks {
            let found = self.record(id, now);
            let holds = match check {
                RecordCheck::Absent => found.is_none(),
                RecordCheck::Present => found.is_some(),
                RecordCheck::Is(value) => found.is_some_and(|found| found.value == *value),
            };
            if !holds {
                return Err(Error::Conflict);
            }
        }
        let shared = write.changes.iter();
        let shared: Vec<_> = shared
            .filter(|(id, _)| id.kind == RecordKind::SharedFile)
            .map(|(id, change)| (id.key.clone(), change.is_some()))
            .collect();
        let mut after = self.records.clone();
        for (id, change) in write.changes {
            let Some(record) = change else {
                after.remove(&id);
                continue;
            };
            if matches!(id.owner, RecordOwner::Account(account) if !self.accounts.contains_key(&account))
            {
                return Err(Error::Conflict);
            }
            let row = RecordRow {
                app: write.app,
                record,
                changed: now,
            };
            after.insert(id, row);
        }
        let before = std::mem::replace(&mut self.records, after);
        for (owner, kind, max) in write.limits {
            if self.records_of(owner, kind, now).count() > max {
                self.records = before;
                return Err(Error::LimitReached);
            }
        }
        for (file, is_put) in shared {
            if is_put {
                self.files.share(write.app, &file);
            } else {
                self.unshare(&file);
            }
        }
        let events = write.events.into_iter();
        let mut told = Vec::new();
        for (account, event) in events {
            if self.accounts.contains_key(&account) {
                told.push((account, self.push_event(account, event, now)));
            }
        }
        Ok(told)
    }

    /// Drops the records that are to go, and with them the files that they share.
    pub(super) fn drop_records(&mut self, goes: impl Fn(&RecordId, &RecordRow) -> bool) {
        let mut shared = Vec::new();
        self.records.retain(|id, row| {
            let gone = goes(id, row);
            if gone && id.kind == RecordKind::SharedFile {
                shared.push(id.key.clone());
            }
            !gone
        });
        for file in shared {
            self.unshare(&file);
        }
    }

    /// Drops an account's marks of a conversation.
    pub(super) fn unmark(&mut self, account: AccountId, id: ConversationId) {
        let Some(log) = self.conversations.get(&id) else {
            return;
        };
        for key in marks(&self.target(account, log)) {
            let owner = RecordOwner::Account(account);
            self.records
                .remove(&RecordId::new(owner, RecordKind::Mark, key));
        }
    }

    /// Drops what hangs on a message.
    pub(super) fn drop_hanging(&mut self, conversation: ConversationId, pos: Pos) {
        let owner = RecordOwner::Conversation(conversation);
        for (kind, (from, to)) in hanging(pos) {
            let ids = RecordId::new(owner, kind, from)..RecordId::new(owner, kind, to);
            let gone: Vec<RecordId> = self.records.range(ids).map(|(id, _)| id.clone()).collect();
            for id in gone {
                self.records.remove(&id);
            }
        }
    }

    /// Drops what is about an account, and what names it.
    pub(super) fn drop_account_records(&mut self, app: AppId, account: AccountId, name: &Name) {
        self.drop_records(|id, row| {
            let names = id.kind.names_account() && row.app == app && id.key == name.as_str();
            id.owner == RecordOwner::Account(account) || names
        });
    }

    /// Whether a receiver lets a sender write to it.
    pub(super) fn may_write_to(
        &self,
        receiver: AccountId,
        sender: &Name,
        friends_only: bool,
        now: Millis,
    ) -> Result<()> {
        let owner = RecordOwner::Account(receiver);
        let of = |kind| self.record(&RecordId::new(owner, kind, sender.as_str()), now);
        if of(RecordKind::Blocked).is_some() {
            return Err(Error::Blocked(sender.clone()));
        }
        if friends_only && of(RecordKind::Contact).is_none() {
            return Err(Error::NotContact(sender.clone()));
        }
        Ok(())
    }

    /// Whether an account wants nothing of a conversation delivered.
    pub(super) fn shields(&self, conversation: ConversationId, name: &Name) -> bool {
        let owner = RecordOwner::Conversation(conversation);
        self.records
            .contains_key(&RecordId::new(owner, RecordKind::Shielded, name.as_str()))
    }

    /// Whether a group lets a member write, and the group that it is a thread of.
    pub(super) fn may_write_in(
        &self,
        conversation: ConversationId,
        sender: &Name,
        now: Millis,
    ) -> Result<()> {
        if let Some(parent) = self.parent_of(conversation) {
            self.lets_write(parent, sender, now)?;
        }
        self.lets_write(conversation, sender, now)
    }

    /// Whether a group lets a member write: it is not muted, and not all are, from which the allowed and the admins are left out.
    /// Its owner always may.
    fn lets_write(&self, conversation: ConversationId, sender: &Name, now: Millis) -> Result<()> {
        let owner = RecordOwner::Conversation(conversation);
        let is = |kind, key: &str| self.record(&RecordId::new(owner, kind, key), now).is_some();
        let name = sender.as_str();
        if is(RecordKind::Setting, DISABLED) {
            return Err(Error::GroupDisabled);
        }
        let silenced = is(RecordKind::Muted, name)
            || (is(RecordKind::Setting, MUTE_ALL)
                && !is(RecordKind::Allowed, name)
                && !is(RecordKind::Admin, name));
        let group = self.conversations.get(&conversation);
        let owns = group
            .and_then(|log| log.group.as_ref())
            .is_some_and(|group| group.owner == *sender);
        if silenced && !owns {
            return Err(Error::Muted(sender.clone()));
        }
        Ok(())
    }
}
