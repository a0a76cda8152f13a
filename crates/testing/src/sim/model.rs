//! The specification, as sets: what each account sees is a set of messages. A message is added to the sets of those who are
//! there when it is sent; a deletion takes messages out of one set; nothing else ever adds to a set.

use super::watched::Committed;
use lacuna_domain::{
    AccountId, Audience, ConversationId, ConversationKey, DeviceId, GroupId, Millis, Name, Pos,
    Target,
};
use lacuna_store::{
    Append, Appended, GroupAct, GroupChange, GroupChanged, Hide, HideDone, MessageAct, Scope,
    ViewAct, ViewChange, ViewChanged,
};
use std::collections::{BTreeMap, BTreeSet};

const DAY_MS: u64 = 24 * 3600 * 1000;

/// What one account has of one conversation.
#[derive(Clone, Debug, Default)]
pub(crate) struct View {
    pub(crate) member: bool,
    pub(crate) seen: BTreeSet<Pos>,
    pub(crate) unread: BTreeSet<Pos>,
    /// What it saw, until it was recalled.
    recalled: BTreeSet<Pos>,
    /// The newest message when it was taken off the list.
    pub(crate) unlisted: Pos,
    pub(crate) pinned: bool,
    /// Retention or recalls emptied it while it was pinned: the pin may be lost by then.
    pub(crate) pin_unknown: bool,
}

impl View {
    pub(crate) fn last(&self) -> Option<Pos> {
        self.seen.last().copied()
    }

    pub(crate) fn listed(&self) -> bool {
        self.last().is_some_and(|last| last > self.unlisted)
    }

    fn take_out(&mut self, which: impl Fn(Pos) -> bool) -> Vec<Pos> {
        self.recalled.retain(|pos| !which(*pos));
        let gone: Vec<Pos> = self
            .seen
            .iter()
            .copied()
            .filter(|pos| which(*pos))
            .collect();
        for pos in &gone {
            self.seen.remove(pos);
            self.unread.remove(pos);
        }
        if self.seen.is_empty() && !gone.is_empty() {
            self.pinned = false;
        }
        gone
    }
}

/// A deletion of one message for one account.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Gone {
    /// The facts after this version tell of it.
    pub(crate) after: u64,
    /// So do those up to this one. A later deletion in the same conversation may take the fact's place, and moves this.
    pub(crate) version: u64,
    pub(crate) conversation: ConversationId,
    /// Devices that are online are not told: they learn of it from the next facts that they read.
    pub(crate) quiet: bool,
}

/// Everything that should be the case.
#[derive(Clone, Debug, Default)]
pub(crate) struct Model {
    pub(crate) names: BTreeMap<AccountId, Name>,
    pub(crate) keys: BTreeMap<ConversationId, ConversationKey>,
    /// Threads, with the groups that they are in: on no list, and left with the group.
    pub(crate) threads: BTreeMap<ConversationId, ConversationId>,
    pub(crate) newest: BTreeMap<ConversationId, Pos>,
    pub(crate) views: BTreeMap<(AccountId, ConversationId), View>,
    /// What each account deleted.
    pub(crate) gone: BTreeMap<AccountId, BTreeMap<Pos, Gone>>,
    /// Where deletions in a conversation came from: the devices that official clients are told of, none for a quiet one.
    pub(crate) origins: BTreeMap<(AccountId, ConversationId), BTreeSet<Option<DeviceId>>>,
    /// The last version that is known of each account.
    pub(crate) versions: BTreeMap<AccountId, u64>,
    /// Every message, with the device that sent it.
    pub(crate) messages: BTreeMap<Pos, DeviceId>,
    /// Messages that are history for an account and not delivered to it: its own, sent by the server API without an echo.
    pub(crate) unheard: BTreeSet<(AccountId, Pos)>,
    /// What was recalled, and by which signal.
    pub(crate) recalled: BTreeMap<Pos, Pos>,
    /// What retention took from everybody.
    pub(crate) retired: BTreeSet<Pos>,
    pub(crate) retention_days: u32,
    /// Messages that a server which was put back to an old copy has lost: devices keep them.
    pub(crate) lost: BTreeSet<Pos>,
    /// What somebody had not seen any more when the server was put back to an old copy that shows it: it stays hidden on the
    /// devices that knew.
    pub(crate) undone: BTreeSet<(AccountId, Pos)>,
}

impl Model {
    /// The server is put back to a copy, of which this was the model.
    pub(crate) fn put_back(&mut self, copy: Self) {
        let now = std::mem::replace(self, copy);
        let (lost, undone) = (now.lost.iter().copied(), now.undone.iter().copied());
        self.lost.extend(lost);
        self.undone.extend(undone);
        let messages = now.messages.keys();
        let lost = messages.filter(|pos| !self.messages.contains_key(pos));
        self.lost.extend(lost.copied());
        for account in self.names.keys() {
            let (then, now) = (self.seen(*account), now.seen(*account));
            let hidden = then.difference(&now);
            self.undone.extend(hidden.map(|pos| (*account, *pos)));
        }
    }

    /// Takes in what the store did. Gives the accounts whose views changed.
    pub(crate) fn apply(&mut self, committed: Committed) -> Vec<AccountId> {
        match committed {
            Committed::Registered(account) => {
                self.names.insert(account.id, account.profile.name);
                vec![account.id]
            }
            Committed::Removed(account) => {
                self.names.remove(&account);
                self.views.retain(|(owner, _), _| *owner != account);
                self.gone.remove(&account);
                Vec::new()
            }
            Committed::Appended(append, appended) => self.append(&append, &appended),
            Committed::Hidden(hide, done, now) => {
                let changed = self.hide(&hide, done, now);
                self.versions.insert(hide.account, done.version.0);
                changed
            }
            Committed::Changed(change, done) => {
                let changed = self.change(&change, done);
                self.versions.insert(change.account, done.version.0);
                changed
            }
            Committed::Created(group, owner) => {
                let parent = group.settings.parent.map(|parent| parent.group);
                let parent = parent.and_then(|id| self.conversation(&ConversationKey::Group(id)));
                self.threads
                    .extend(parent.map(|parent| (group.conversation, parent)));
                let key = ConversationKey::Group(group.id);
                self.keys.insert(group.conversation, key);
                let view = self.views.entry((owner, group.conversation)).or_default();
                view.member = true;
                vec![owner]
            }
            Committed::Group(change, done) => self.group(&change, &done),
            Committed::Swept(sweep) => self.retire(sweep.now),
        }
    }

    fn append(&mut self, append: &Append, appended: &Appended) -> Vec<AccountId> {
        let conversation = appended.conversation;
        if appended.repeat {
            return Vec::new();
        }
        self.keys
            .entry(conversation)
            .or_insert_with(|| append.target.key(&append.sender.name));
        // Of a group these are people who left it.
        let sides = appended.accounts.iter();
        for account in sides.filter(|_| matches!(append.target, Target::Peer(_))) {
            let view = self.views.entry((*account, conversation)).or_default();
            view.member = true;
        }
        if let Some(change) = &append.changes {
            return match change.act {
                MessageAct::Recall => self.recall(conversation, change.pos, appended.pos),
                MessageAct::Edit { .. } => Vec::new(),
            };
        }
        if appended.seq.is_none() {
            return Vec::new();
        }
        let device = append.sender.device;
        self.messages.insert(appended.pos, device);
        self.newest.insert(conversation, appended.pos);
        if let Audience::Except(accounts) = &append.audience {
            let pos = appended.pos;
            let unheard = accounts.iter().map(|account| (*account, pos));
            self.unheard.extend(unheard);
        }
        let mut changed = Vec::new();
        for ((account, of), view) in &mut self.views {
            if *of != conversation || !view.member {
                continue;
            }
            view.seen.insert(appended.pos);
            if append.sender.account == Some(*account) && device != DeviceId::NONE {
                view.unread.clear();
            } else {
                view.unread.insert(appended.pos);
            }
            changed.push(*account);
        }
        changed
    }

    /// Nobody sees it any more. It is no deletion of anybody's: no fact tells of it.
    fn recall(&mut self, conversation: ConversationId, pos: Pos, signal: Pos) -> Vec<AccountId> {
        self.recalled.insert(pos, signal);
        let mut changed = Vec::new();
        for ((account, of), view) in &mut self.views {
            if *of == conversation && view.seen.remove(&pos) {
                view.unread.remove(&pos);
                view.recalled.insert(pos);
                // A later deletion that finds nothing left takes the pin, though it takes no message.
                view.pin_unknown |= view.pinned && view.seen.is_empty();
                changed.push(*account);
            }
        }
        changed
    }

    pub(crate) fn conversation(&self, key: &ConversationKey) -> Option<ConversationId> {
        let mut all = self.keys.iter();
        all.find(|(_, other)| *other == key).map(|(id, _)| *id)
    }

    fn hide(&mut self, hide: &Hide, done: HideDone, now: Millis) -> Vec<AccountId> {
        if !done.changed {
            return vec![hide.account];
        }
        let account = hide.account;
        let told = hide.notice.then_some(hide.device);
        let named = |target: &Target| self.conversation(&target.key(&hide.name));
        let (which, all): (Box<dyn Fn(Pos) -> bool>, _) = match &hide.scope {
            Scope::Ids(target, ids) => {
                let ids: BTreeSet<Pos> = ids.iter().copied().collect();
                (Box::new(move |pos| ids.contains(&pos)), named(target))
            }
            Scope::Through(target, time) if *time >= now => (Box::new(|_| true), named(target)),
            Scope::Through(target, time) => {
                let time = *time;
                (Box::new(move |pos| pos.time() <= time), named(target))
            }
            Scope::Conversation(target) => (Box::new(|_| true), named(target)),
            Scope::All => {
                let own = self.views.keys().filter(|(owner, _)| *owner == account);
                let own: Vec<ConversationId> = own.map(|(_, id)| *id).collect();
                for id in own {
                    self.take_out(
                        (account, id),
                        &|_| true,
                        (done.version.0, told, told.is_none()),
                    );
                }
                return vec![account];
            }
        };
        if let Some(id) = all {
            self.take_out(
                (account, id),
                &which,
                (done.version.0, told, told.is_none()),
            );
        }
        vec![account]
    }

    fn take_out(
        &mut self,
        (account, conversation): (AccountId, ConversationId),
        which: &dyn Fn(Pos) -> bool,
        (version, told, quiet): (u64, Option<DeviceId>, bool),
    ) {
        let Some(view) = self.views.get_mut(&(account, conversation)) else {
            return;
        };
        let origins = self.origins.entry((account, conversation)).or_default();
        origins.insert(told);
        let gone = self.gone.entry(account).or_default();
        let after = self.versions.get(&account).copied().unwrap_or_default();
        for old in gone
            .values_mut()
            .filter(|old| old.conversation == conversation)
        {
            old.version = old.version.max(version);
        }
        for pos in view.take_out(which) {
            let of = Gone {
                after,
                version,
                conversation,
                quiet,
            };
            gone.insert(pos, of);
        }
    }

    fn change(&mut self, change: &ViewChange, done: ViewChanged) -> Vec<AccountId> {
        let account = change.account;
        let Some(id) = self.conversation(&change.target.key(&change.name)) else {
            return Vec::new();
        };
        let newest = self.newest.get(&id).copied().unwrap_or_default();
        if change.act == ViewAct::UnlistAndHide {
            self.take_out((account, id), &|_| true, (done.version.0, None, false));
        }
        let Some(view) = self.views.get_mut(&(account, id)) else {
            return Vec::new();
        };
        view.pin_unknown &= change.act == ViewAct::Read;
        match change.act {
            ViewAct::Pin => view.pinned = true,
            ViewAct::Unpin => view.pinned = false,
            ViewAct::Unlist | ViewAct::UnlistAndHide => {
                view.unlisted = newest;
                view.pinned = false;
            }
            ViewAct::Read => view.unread.clear(),
        }
        vec![account]
    }

    fn group(&mut self, change: &GroupChange, done: &GroupChanged) -> Vec<AccountId> {
        let joins = matches!(change.act, GroupAct::Join(_));
        for account in &done.accounts {
            let key = (*account, done.group.conversation);
            let view = self.views.entry(key).or_default();
            view.member = joins;
            if joins {
                // Of a recall that comes before that, too, a device may hear by this only.
                view.seen.append(&mut view.recalled);
                // Whoever comes back starts anew: a fact of its own, of a version that is not said here.
                self.take_out(key, &|_| true, (u64::MAX, None, true));
                continue;
            }
            let threads = self.threads.iter();
            for (thread, _) in threads.filter(|(_, group)| **group == done.group.conversation) {
                if let Some(view) = self.views.get_mut(&(*account, *thread)) {
                    view.member = false;
                }
            }
        }
        done.accounts.clone()
    }

    fn retire(&mut self, now: Millis) -> Vec<AccountId> {
        if self.retention_days == 0 {
            return Vec::new();
        }
        let kept = Pos::first_at(now.minus(u64::from(self.retention_days) * DAY_MS));
        let old = self.messages.range(..kept).map(|(pos, _)| *pos);
        self.retired.extend(old);
        for view in self.views.values_mut() {
            let pinned = view.pinned;
            view.take_out(|pos| pos < kept);
            view.pin_unknown |= pinned && !view.pinned;
            view.pinned = pinned;
        }
        self.names.keys().copied().collect()
    }

    /// The views of an account.
    pub(crate) fn views_of(
        &self,
        account: AccountId,
    ) -> impl Iterator<Item = (ConversationId, &View)> {
        let all = (account, ConversationId(i64::MIN))..=(account, ConversationId(i64::MAX));
        self.views.range(all).map(|((_, id), view)| (*id, view))
    }

    /// Every message that an account sees.
    pub(crate) fn seen(&self, account: AccountId) -> BTreeSet<Pos> {
        self.views_of(account)
            .flat_map(|(_, view)| view.seen.iter().copied())
            .collect()
    }

    /// Whether an account sees a message in a conversation that was not taken off its list since.
    pub(crate) fn is_listed(&self, account: AccountId, pos: Pos) -> bool {
        self.listable(account)
            .any(|(_, view)| pos > view.unlisted && view.seen.contains(&pos))
    }

    /// The views of an account that may be on its list of conversations.
    pub(crate) fn listable(
        &self,
        account: AccountId,
    ) -> impl Iterator<Item = (ConversationId, &View)> {
        let views = self.views_of(account);
        views.filter(|(id, _)| !self.threads.contains_key(id))
    }

    /// Whether an account is in a group.
    pub(crate) fn is_member(&self, account: AccountId, group: &GroupId) -> bool {
        let key = ConversationKey::Group(group.clone());
        self.conversation(&key)
            .and_then(|id| self.views.get(&(account, id)))
            .is_some_and(|view| view.member)
    }
}
