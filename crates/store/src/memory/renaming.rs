//! What a deleted account wrote goes under another name.

use super::state::{Conversation, State};
use crate::rows::{AUTHORED, RecordId, RecordKind, RecordOwner, Rename, RenameStep, reaction_by};
use lacuna_domain::{ConversationId, Millis, Name, Pos, Seq};

/// What is left to do in a log.
#[derive(Clone, Debug)]
pub(super) struct Renaming {
    conversation: ConversationId,
    name: Name,
    alias: Name,
    /// What was written later is of whoever has the name then.
    at: Millis,
    next: Seq,
    last: Seq,
    /// The last record that was looked at; the messages come first.
    record: Option<RecordId>,
    /// Whether the log was on hold when the job came to it.
    pub(super) held: bool,
}

impl State {
    /// Leaves what an account did in a group to be renamed. A thread that it made is renamed at once.
    pub(super) fn leave_renaming(
        &mut self,
        id: ConversationId,
        (name, alias): (&Name, &Name),
        now: Millis,
    ) {
        let Some(log) = self.conversations.get_mut(&id) else {
            return;
        };
        let Some(group) = &mut log.group else { return };
        if group.owner == *name {
            group.owner = alias.clone();
        }
        self.renamings.push(Renaming {
            conversation: id,
            name: name.clone(),
            alias: alias.clone(),
            at: now,
            next: Seq(1),
            last: log.log.last.seq,
            record: None,
            held: false,
        });
    }

    /// Renames in one log, of at most as many messages or records as the step looks at.
    pub(super) fn rename_step(&mut self, step: Rename) -> RenameStep {
        let mut renamed = 0;
        if let Some(at) = self.renamings.iter().position(|row| !row.held) {
            let mut renaming = self.renamings.remove(at);
            let mut done = false;
            if self.is_held(renaming.conversation) {
                renaming.held = true;
            } else if renaming.next <= renaming.last {
                renamed = self.rename_messages(&mut renaming, step);
            } else {
                (renamed, done) = self.rename_records(&mut renaming, step);
            }
            if !done {
                self.renamings.insert(at, renaming);
            }
        }
        RenameStep {
            renamed,
            more: self.renamings.iter().any(|row| !row.held),
        }
    }

    /// Renames senders. Says how many messages were of the name.
    fn rename_messages(&mut self, renaming: &mut Renaming, step: Rename) -> usize {
        let stretch = renaming.next..=renaming.last;
        renaming.next = renaming.last.next();
        let Some(log) = self.conversations.get_mut(&renaming.conversation) else {
            return 0;
        };
        let all = log.positions.range(stretch);
        let looked: Vec<(Seq, Pos)> = all.take(step.limit).map(|(a, b)| (*a, *b)).collect();
        if let Some((seq, _)) = looked.last().filter(|_| looked.len() >= step.limit) {
            renaming.next = seq.next();
        }
        let mut renamed = 0;
        for (seq, at) in looked {
            let entry = log.entries.get_mut(&at);
            let Some(entry) = entry.filter(|entry| entry.sender == renaming.name) else {
                continue;
            };
            entry.sender = renaming.alias.clone();
            renamed += 1;
            let new = (!entry.purged)
                .then(|| (step.body)(&entry.body, &renaming.name, &renaming.alias))
                .flatten();
            if let Some(new) = new {
                let (id, old) = (self.positions.next(step.now), entry.body_id);
                entry.body = new;
                entry.body_id = id;
                bring(log, seq, (old, id));
                self.stale.push((renaming.conversation, old));
                self.files.move_refs(old, id);
            }
        }
        renamed
    }

    /// Renames who wrote records. Says how many were of the name, and whether that was all.
    fn rename_records(&mut self, renaming: &mut Renaming, step: Rename) -> (usize, bool) {
        let owner = RecordOwner::Conversation(renaming.conversation);
        let all = self.records.keys().filter(|id| {
            id.owner == owner
                && AUTHORED.contains(&id.kind)
                && renaming.record.as_ref().is_none_or(|last| *id > last)
        });
        let looked: Vec<RecordId> = all.take(step.limit).cloned().collect();
        if let Some(last) = looked.last() {
            renaming.record = Some(last.clone());
        }
        let done = looked.len() < step.limit;
        let renamed = looked
            .into_iter()
            .filter(|id| self.rename_record(renaming, step, id))
            .count();
        (renamed, done)
    }

    /// Renames who wrote a record, if it was the account.
    fn rename_record(&mut self, renaming: &Renaming, step: Rename, id: &RecordId) -> bool {
        let (name, alias) = (&renaming.name, &renaming.alias);
        let row = self.records.get_mut(id);
        let Some(row) = row.filter(|row| row.changed <= renaming.at) else {
            return false;
        };
        if id.kind != RecordKind::ReactionBy {
            let new = (step.value)(id.kind, &row.record.value, name, alias);
            return new.map(|new| row.record.value = new).is_some();
        }
        let Some((by, reaction)) = reaction_by(&id.key, name, alias) else {
            return false;
        };
        if let Some(row) = self.records.remove(id) {
            self.records
                .insert(RecordId::new(id.owner, id.kind, by), row);
        }
        let reaction = RecordId::new(id.owner, RecordKind::Reaction, reaction);
        if let Some(row) = self.records.get_mut(&reaction) {
            let new = (step.value)(reaction.kind, &row.record.value, name, alias);
            if let Some(new) = new {
                row.record.value = new;
            }
        }
        true
    }
}

/// The edit that brought a body brought this one.
fn bring(log: &mut Conversation, seq: Seq, (old, new): (Pos, Pos)) {
    for edit in log.entries.values_mut() {
        if edit.ref_seq == Some(seq) && edit.brought == Some(old) {
            edit.brought = Some(new);
        }
    }
}
