//! One message: looked at, recalled, edited.

use super::state::State;
use crate::act::{Error, Result};
use crate::rows::{Message, MessageAct, MessageChange, MessageQuery, NewReceipt};
use bytes::Bytes;
use lacuna_domain::{AccountId, ConversationId, MessageKind, Millis, Pos, Seq, Target, Version};

impl State {
    /// A message of a conversation, unless it was recalled or retention took it.
    pub(super) fn message(&self, query: &MessageQuery) -> Option<Message> {
        let (account, reader) = &query.reader;
        let id = if let Some(target) = &query.target {
            self.conversation_keyed(query.app, &target.key(reader))?
        } else {
            let mut own = self.views_of((*account)?).map(|(id, ..)| id);
            own.find(|id| self.kept(*id, query.pos).is_some())?
        };
        let seq = self.kept(id, query.pos)?;
        let log = self.conversations.get(&id)?;
        let entry = log.entries.get(&query.pos)?;
        let view = account.and_then(|account| self.views.get(&(account, id)));
        Some(Message {
            conversation: id,
            target: log.key.target(reader),
            seq,
            sender: entry.sender.clone(),
            kind: entry.kind,
            body: if entry.purged {
                Bytes::new()
            } else {
                entry.body.clone()
            },
            body_id: entry.body_id,
            visible: view.is_some_and(|row| row.sees(seq, &log.log)),
        })
    }

    fn kept(&self, id: ConversationId, pos: Pos) -> Option<Seq> {
        let log = self.conversations.get(&id)?;
        let seq = log.entries.get(&pos)?.seq?;
        (seq >= log.log.first_seq && !log.log.gone.contains(seq)).then_some(seq)
    }

    /// Tells the sender of an entry what the other side says of it, unless it is a message that the sender does not see.
    pub(super) fn add_receipt(
        &mut self,
        receipt: NewReceipt,
        now: Millis,
    ) -> Option<(AccountId, Version)> {
        let key = Target::Peer(receipt.to.clone()).key(&receipt.reader);
        let id = self.conversation_keyed(receipt.app, &key)?;
        let account = self.account_named(receipt.app, &receipt.to)?.id;
        let log = self.conversations.get(&id)?;
        let entry = log.entries.get(&receipt.pos)?;
        if entry.sender != receipt.to {
            return None;
        }
        if let Some(seq) = entry.seq {
            let view = self.views.get(&(account, id))?;
            if !view.sees(seq, &log.log) {
                return None;
            }
        }
        Some((account, self.push_event(account, receipt.event, now)))
    }

    /// The message that a change speaks of, if it can be changed so.
    pub(super) fn to_change(
        &self,
        id: Option<ConversationId>,
        change: &MessageChange,
    ) -> Result<Seq> {
        let missing = || Error::NoMessage(change.pos);
        let id = id.ok_or_else(missing)?;
        let seq = self.kept(id, change.pos).ok_or_else(missing)?;
        let entry = self
            .conversations
            .get(&id)
            .and_then(|log| log.entries.get(&change.pos));
        match &change.act {
            MessageAct::Edit { before, .. }
                if entry.is_none_or(|entry| entry.body_id != *before) =>
            {
                Err(Error::Conflict)
            }
            MessageAct::Edit { .. } | MessageAct::Recall => Ok(seq),
        }
    }

    /// Who left a group and may still have a message: they are told of its change, too.
    pub(super) fn former_members(&self, id: ConversationId, seq: Seq) -> Vec<AccountId> {
        let views = self.views.iter().filter(|((_, of), _)| *of == id);
        let former = views.filter(|(_, row)| row.view.until.is_some_and(|until| until.seq >= seq));
        former.map(|((account, _), _)| *account).collect()
    }

    /// Changes a message, and makes the entry at `signal` say so. Gives the body that an edit brought.
    pub(super) fn change_message(
        &mut self,
        id: ConversationId,
        (seq, change): (Seq, MessageChange),
        signal: Pos,
        now: Millis,
    ) -> Option<Pos> {
        let brought = match &change.act {
            MessageAct::Recall => None,
            MessageAct::Edit { .. } => Some(self.positions.next(now)),
        };
        if matches!(change.act, MessageAct::Recall) {
            self.drop_hanging(id, change.pos);
        }
        let log = self.conversations.get_mut(&id)?;
        let kind = match change.act {
            MessageAct::Recall => {
                log.log.gone.insert(seq, seq);
                self.markers.push((id, seq, seq));
                MessageKind::Recall
            }
            MessageAct::Edit { body, .. } => {
                if let Some(entry) = log.entries.get_mut(&change.pos) {
                    self.stale.push((id, entry.body_id));
                    entry.body = body;
                    entry.body_id = brought.unwrap_or_default();
                    entry.purged = false;
                }
                MessageKind::Edit
            }
        };
        if let Some(entry) = log.entries.get_mut(&signal) {
            entry.ref_seq = Some(seq);
            entry.kind = kind;
            entry.brought = brought;
        }
        brought
    }
}
