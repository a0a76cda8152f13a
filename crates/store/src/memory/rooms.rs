//! What chat rooms and threads do otherwise than groups: a room is forgotten by who leaves it, a thread hangs on a message of
//! a group and is left with that group.

use super::state::State;
use crate::act::{Error, Result};
use crate::rows::{Group, GroupKind, RecordOwner, ThreadParent};
use lacuna_domain::limits::GROUPS_PER_ACCOUNT_MAX;
use lacuna_domain::{AccountId, AppId, ConversationId, ConversationKey, Name, Seq};
use std::collections::BTreeSet;

impl State {
    /// Whether an account is in as many groups of a sort as it may be.
    pub(super) fn in_too_many(&self, account: AccountId, kind: GroupKind) -> bool {
        let groups = self.groups_of(account).into_iter();
        let of_kind = groups.filter(|group| group.settings.kind() == kind);
        of_kind.count() >= GROUPS_PER_ACCOUNT_MAX
    }

    /// The chat rooms of an application, newest first.
    pub(super) fn rooms(&self, app: AppId, after: usize, limit: usize) -> Vec<Group> {
        let all = self.conversations.iter().rev();
        all.filter(|(_, log)| log.app == app && log.kind() == Some(GroupKind::Room))
            .filter_map(|(id, _)| self.group_row(*id))
            .skip(after)
            .take(limit)
            .collect()
    }

    fn threads_of(&self, parent: ConversationId) -> Vec<ConversationId> {
        let all = self.conversations.keys();
        all.filter(|id| self.group_row(**id).is_some() && self.parent_of(**id) == Some(parent))
            .copied()
            .collect()
    }

    /// The threads of a group, newest first.
    pub(super) fn threads(
        &self,
        parent: ConversationId,
        before: Option<ConversationId>,
        limit: usize,
    ) -> Vec<Group> {
        let all = self.threads_of(parent).into_iter().rev();
        all.filter(|id| before.is_none_or(|before| *id < before))
            .filter_map(|id| self.group_row(id))
            .take(limit)
            .collect()
    }

    /// The log of the group that a thread hangs on.
    pub(super) fn parent_of(&self, thread: ConversationId) -> Option<ConversationId> {
        let log = self.conversations.get(&thread)?;
        let parent = log.group.as_ref()?.settings.parent.as_ref()?;
        self.conversation_keyed(log.app, &ConversationKey::Group(parent.group.clone()))
    }

    /// Whether an account may start a thread there.
    pub(super) fn check_parent(
        &self,
        app: AppId,
        (account, owner): (AccountId, &Name),
        parent: &ThreadParent,
    ) -> Result<()> {
        let group = self.group(app, &parent.group)?;
        if group.settings.kind() != GroupKind::Group {
            return Err(Error::NoGroup(parent.group.clone()));
        }
        let id = group.conversation;
        let found = self.view(account, id);
        let Some((row, log)) = found.filter(|(row, _)| row.view.until.is_none()) else {
            return Err(Error::NotMember(owner.clone()));
        };
        let entry = log.entries.get(&parent.message);
        let message = entry.and_then(|entry| entry.seq);
        if !message.is_some_and(|seq| row.sees(seq, &log.log)) {
            return Err(Error::NoParent(parent.message));
        }
        let threads = self.threads(id, None, usize::MAX);
        if threads
            .iter()
            .any(|thread| thread.settings.parent.as_ref() == Some(parent))
        {
            return Err(Error::HasThread(parent.message));
        }
        Ok(())
    }

    /// Makes an account leave a chat room: its view is forgotten, and what only it could still see is left to the purge.
    pub(super) fn forget_room(&mut self, account: AccountId, id: ConversationId) {
        let window = self
            .view(account, id)
            .map(|(row, log)| row.view.window(&log.log));
        self.markers
            .extend(window.map(|(low, high)| (id, low, high)));
        let view = self.views.remove(&(account, id));
        if view.is_some_and(|row| row.view.last_sent_seq > Seq(0)) {
            self.room_past.insert((account, id));
        }
        let devices: BTreeSet<_> = self.devices_of(account).map(|row| row.device.id).collect();
        self.cursors
            .retain(|(device, log), _| *log != id || !devices.contains(device));
    }

    /// Makes accounts that left a group leave its threads. Says who left which.
    pub(super) fn leave_threads(
        &mut self,
        parent: ConversationId,
        accounts: &[AccountId],
    ) -> Vec<(ConversationId, Vec<AccountId>)> {
        let mut left = Vec::new();
        for thread in self.threads_of(parent) {
            let own = accounts.iter().copied();
            let own: Vec<AccountId> = own
                .filter(|account| self.is_member(*account, thread))
                .collect();
            for account in &own {
                self.leave(*account, thread);
            }
            if !own.is_empty() {
                left.push((thread, own));
            }
        }
        left
    }

    /// Ends the threads of a group that ended. Says who left which.
    pub(super) fn end_threads(
        &mut self,
        parent: ConversationId,
    ) -> Vec<(ConversationId, Vec<AccountId>)> {
        let mut left = Vec::new();
        for thread in self.threads_of(parent) {
            let members = self.members(thread);
            let accounts: Vec<AccountId> = members.iter().map(|member| member.account).collect();
            for account in &accounts {
                self.leave(*account, thread);
            }
            let log = self.conversations.get_mut(&thread);
            if let Some(row) = log.and_then(|log| log.group.as_mut()) {
                row.destroyed = true;
            }
            self.drop_records(|record, _| record.owner == RecordOwner::Conversation(thread));
            left.push((thread, accounts));
        }
        left
    }
}
