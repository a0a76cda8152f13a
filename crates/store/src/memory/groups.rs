//! Groups: a conversation with settings, whose members are the views without an end.

use super::state::{Conversation, GroupRow, State, ViewRow};
use crate::act::{Error, Result};
use crate::rows::{
    Appended, EntryKind, Group, GroupAct, GroupChange, GroupChanged, GroupKind, GroupMember,
    GroupQuery, GroupSettings, GroupSignal, NewGroup, RecordOwner, Sender, SignalAudience,
};
use bytes::Bytes;
use lacuna_domain::{
    AccountId, AppId, Audience, ConversationId, ConversationKey, GroupId, Millis, Name, View,
};

impl State {
    pub(super) fn create_group(&mut self, group: NewGroup, now: Millis) -> Result<Group> {
        let NewGroup {
            app,
            owner,
            settings,
        } = group;
        let account = self.registered(app, &owner)?;
        if let Some(parent) = &settings.parent {
            self.check_parent(app, (account, &owner), parent)?;
        }
        if self.in_too_many(account, settings.kind()) {
            return Err(Error::LimitReached);
        }
        let id = loop {
            let text = self.positions.next(now).to_string();
            let taken = Name::new(&text).is_ok_and(|name| self.name_taken(app, &name));
            if !taken {
                break GroupId::new(&text);
            }
        };
        let row = GroupRow {
            owner,
            settings,
            created: now,
            destroyed: false,
        };
        let conversation = self.add_conversation(Conversation::new(
            app,
            ConversationKey::Group(id.clone()),
            Some(row),
        ));
        self.join(account, conversation, now);
        self.group(app, &id)
    }

    /// A group that did not end.
    pub(super) fn group(&self, app: AppId, id: &GroupId) -> Result<Group> {
        let found = self.conversation_keyed(app, &ConversationKey::Group(id.clone()));
        found
            .and_then(|conversation| self.group_row(conversation))
            .ok_or_else(|| Error::NoGroup(id.clone()))
    }

    pub(super) fn group_row(&self, conversation: ConversationId) -> Option<Group> {
        let log = self.conversations.get(&conversation)?;
        let row = log.group.as_ref().filter(|row| !row.destroyed)?;
        let ConversationKey::Group(id) = &log.key else {
            return None;
        };
        let members = u32::try_from(self.members(conversation).len()).unwrap_or(u32::MAX);
        let (owner, settings) = (row.owner.clone(), row.settings.clone());
        Some(Group {
            conversation,
            id: id.clone(),
            owner,
            settings,
            members,
            created: row.created,
        })
    }

    pub(super) fn list_groups(&self, query: &GroupQuery) -> Vec<Group> {
        let logs = self.conversations.iter();
        logs.filter(|(id, log)| **id > query.after && log.app == query.app)
            .filter_map(|(id, _)| self.group_row(*id))
            .filter(|group| group.settings.room == query.room && group.settings.parent.is_none())
            .filter(|group| group.settings.public || !query.public_only)
            .take(query.limit)
            .collect()
    }

    /// Whether this is a group that has not ended.
    pub(super) fn is_group(&self, conversation: ConversationId) -> bool {
        let log = self.conversations.get(&conversation);
        let row = log.and_then(|log| log.group.as_ref());
        row.is_some_and(|row| !row.destroyed)
    }

    pub(super) fn is_member(&self, account: AccountId, conversation: ConversationId) -> bool {
        self.views
            .get(&(account, conversation))
            .is_some_and(|row| row.view.until.is_none())
    }

    /// Current members in the order they joined.
    pub(super) fn members(&self, conversation: ConversationId) -> Vec<GroupMember> {
        let views = self
            .views
            .iter()
            .filter(|((_, id), row)| *id == conversation && row.view.until.is_none());
        let mut members: Vec<(u64, GroupMember)> = views
            .filter_map(|((account, _), row)| {
                let name = self.accounts.get(account)?.account.profile.name.clone();
                Some((
                    row.joined.1,
                    GroupMember {
                        account: *account,
                        name,
                        joined: row.joined.0,
                    },
                ))
            })
            .collect();
        members.sort_by_key(|(place, _)| *place);
        members.into_iter().map(|(_, member)| member).collect()
    }

    pub(super) fn groups_of(&self, account: AccountId) -> Vec<Group> {
        let member = self
            .views_of(account)
            .filter(|(_, row, _)| row.view.until.is_none());
        member.filter_map(|(id, ..)| self.group_row(id)).collect()
    }

    pub(super) fn change_group(
        &mut self,
        change: GroupChange,
        now: Millis,
    ) -> Result<GroupChanged> {
        let before = self.group(change.app, &change.group)?;
        let id = before.conversation;
        let (accounts, comes) = match &change.act {
            GroupAct::Join(names) => (self.comers(&before, change.app, names)?, true),
            GroupAct::Leave(names) => (self.leavers(id, change.app, names)?, false),
            GroupAct::Keep | GroupAct::Update(_) => (Vec::new(), false),
            GroupAct::Transfer(name) => {
                // Whom the group goes to neither comes nor leaves.
                self.leavers(id, change.app, std::slice::from_ref(name))?;
                (Vec::new(), false)
            }
            GroupAct::About(names) => {
                self.leavers(id, change.app, names)?;
                (Vec::new(), false)
            }
            GroupAct::Destroy => (
                self.members(id)
                    .into_iter()
                    .map(|member| member.account)
                    .collect(),
                false,
            ),
        };
        let told = self.write_records(change.write, now)?;
        if comes {
            for account in &accounts {
                self.join(*account, id, now);
            }
        }
        let signals = self.push_signals(id, change.app, &change.by, change.signals, now);
        if !comes {
            for account in &accounts {
                match before.settings.kind() {
                    GroupKind::Room => self.forget_room(*account, id),
                    GroupKind::Group | GroupKind::Thread => self.leave(*account, id),
                }
            }
        }
        let threads = match change.act {
            GroupAct::Leave(_) => self.leave_threads(id, &accounts),
            GroupAct::Destroy => self.end_threads(id),
            GroupAct::Join(_)
            | GroupAct::Keep
            | GroupAct::About(_)
            | GroupAct::Update(_)
            | GroupAct::Transfer(_) => Vec::new(),
        };
        let ends = matches!(change.act, GroupAct::Destroy);
        self.set_group(id, change.act);
        let group = if ends {
            self.drop_records(|record, _| record.owner == RecordOwner::Conversation(id));
            before
        } else {
            self.group(change.app, &change.group)?
        };
        Ok(GroupChanged {
            group,
            accounts,
            signals,
            told,
            threads,
        })
    }

    /// Writes what an act changes of the group itself.
    fn set_group(&mut self, id: ConversationId, act: GroupAct) {
        let log = self.conversations.get_mut(&id);
        match (act, log.and_then(|log| log.group.as_mut())) {
            (GroupAct::Update(settings), Some(row)) => {
                let (room, parent) = (row.settings.room, row.settings.parent.take());
                row.settings = GroupSettings {
                    room,
                    parent,
                    ..*settings
                };
            }
            (GroupAct::Transfer(name), Some(row)) => row.owner = name,
            (GroupAct::Destroy, Some(row)) => row.destroyed = true,
            (_, _) => {}
        }
    }

    /// Appends the signals that tell of a change.
    fn push_signals(
        &mut self,
        id: ConversationId,
        app: AppId,
        by: &Sender,
        signals: Vec<GroupSignal>,
        now: Millis,
    ) -> Vec<(Appended, Bytes)> {
        let mut pushed = Vec::new();
        for signal in signals {
            let audience = match signal.audience {
                SignalAudience::All => Audience::All,
                SignalAudience::Only(names) => Audience::Only(self.resolve(app, &names)),
                SignalAudience::Except(names) => Audience::Except(self.resolve(app, &names)),
            };
            let entry = (
                EntryKind::Signal { ref_seq: None },
                by.clone(),
                audience,
                signal.body.clone(),
            );
            let pos = self.positions.next(now);
            let appended = self.push_entry(id, entry, (pos, pos));
            if let Some(entry) = self
                .conversations
                .get_mut(&id)
                .and_then(|log| log.entries.get_mut(&appended.pos))
            {
                entry.kind = lacuna_domain::MessageKind::Other;
            }
            pushed.push((appended, signal.body));
        }
        pushed
    }

    /// The accounts of those who want to come in, if all of them may.
    fn comers(&self, group: &Group, app: AppId, names: &[Name]) -> Result<Vec<AccountId>> {
        let mut accounts = Vec::new();
        for name in names {
            let account = self.registered(app, name)?;
            if self.is_member(account, group.conversation) || accounts.contains(&account) {
                return Err(Error::AlreadyMember(name.clone()));
            }
            if self.in_too_many(account, group.settings.kind()) {
                return Err(Error::LimitReached);
            }
            accounts.push(account);
        }
        let members = self.members(group.conversation).len() + accounts.len();
        if u32::try_from(members).is_ok_and(|members| members <= group.settings.members_max) {
            Ok(accounts)
        } else {
            Err(Error::GroupFull)
        }
    }

    /// The accounts of those who go, if all of them are members.
    fn leavers(
        &self,
        conversation: ConversationId,
        app: AppId,
        names: &[Name],
    ) -> Result<Vec<AccountId>> {
        let mut accounts = Vec::new();
        for name in names {
            let account = self.account_named(app, name).map(|account| account.id);
            let member = account.filter(|account| {
                self.is_member(*account, conversation) && !accounts.contains(account)
            });
            accounts.push(member.ok_or_else(|| Error::NotMember(name.clone()))?);
        }
        Ok(accounts)
    }

    /// Makes an account a member from the log's end on. What it still saw from an earlier membership is gone: a fact of its
    /// own, which nobody is told of.
    fn join(&mut self, account: AccountId, id: ConversationId, now: Millis) {
        self.counters.membership += 1;
        let joined = (now, self.counters.membership);
        let Some(end) = self.conversations.get(&id).map(Conversation::end) else {
            return;
        };
        let seen = self.view(account, id).map(|(row, log)| {
            let hides = log.last_visible(row).is_some();
            (row.view.window(&log.log), hides, row.view.floor.at.seq)
        });
        let Some(((low, high), hides, floor)) = seen else {
            let view = View::new(end.seq, end.pos);
            self.views.insert(
                (account, id),
                ViewRow {
                    view,
                    joined,
                    ..ViewRow::default()
                },
            );
            return;
        };
        // Also if nothing was left to see: the floor takes the place of ranges that a device may not have heard of yet.
        let version = (floor < end.seq).then(|| self.next_version(account));
        self.markers.push((id, low, high));
        let Some(row) = self.views.get_mut(&(account, id)) else {
            return;
        };
        let version = version.unwrap_or(row.view.floor.version);
        row.view.floor.raise(end, version, None);
        row.hidden.drop_below(end.seq);
        row.view.joined = end;
        row.view.until = None;
        row.joined = joined;
        if hides {
            row.view.pinned_at = 0;
        }
    }

    pub(super) fn leave(&mut self, account: AccountId, id: ConversationId) {
        let end = self.conversations.get(&id).map(Conversation::end);
        if let Some(row) = self.views.get_mut(&(account, id)) {
            row.view.until = end;
        }
    }
}
