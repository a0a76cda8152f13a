//! What is kept, and how it is found.

use super::audit::Audit;
use super::files::Files;
use super::hooks::Hooks;
use super::records::RecordRow;
use super::renaming::Renaming;
use crate::rows::{
    Account, App, Appended, Device, Entry, GroupKind, GroupSettings, NewEvent, RecordId, Token,
};
use bytes::Bytes;
use lacuna_domain::{
    AccountId, AppId, Audience, ConversationId, ConversationKey, DeviceId, Hidden, Log, Mark,
    MessageKind, Millis, Name, Pos, PosAllocator, Seq, Target, Version, View,
};
use std::collections::{BTreeMap, BTreeSet};

/// Everything.
#[derive(Clone, Debug)]
pub(super) struct State {
    pub(super) closed: bool,
    pub(super) positions: PosAllocator,
    /// No version that is given out is below it.
    pub(super) versions_from: Version,
    /// The last number given to an app, account, device, conversation or membership; one counter serves them all.
    pub(super) counters: Counters,
    pub(super) apps: BTreeMap<AppId, App>,
    pub(super) accounts: BTreeMap<AccountId, AccountRow>,
    pub(super) tokens: BTreeMap<[u8; 32], Token>,
    pub(super) devices: BTreeMap<DeviceId, DeviceRow>,
    pub(super) cursors: BTreeMap<(DeviceId, ConversationId), CursorRow>,
    pub(super) conversations: BTreeMap<ConversationId, Conversation>,
    pub(super) views: BTreeMap<(AccountId, ConversationId), ViewRow>,
    pub(super) events: BTreeMap<(AccountId, Version), EventRow>,
    pub(super) records: BTreeMap<RecordId, RecordRow>,
    /// Stretches of messages that somebody sees no more, to be looked at by the purge.
    pub(super) markers: Vec<(ConversationId, Seq, Seq)>,
    /// Those whose log was on hold when the purge came to it.
    pub(super) held_markers: Vec<(ConversationId, Seq, Seq)>,
    pub(super) files: Files,
    pub(super) hooks: Hooks,
    pub(super) audit: Audit,
    /// Bodies that edits replaced and the purge has not come to yet, with their logs.
    pub(super) stale: Vec<(ConversationId, Pos)>,
    /// Those whose log was on hold when the purge came to it.
    pub(super) held_stale: Vec<(ConversationId, Pos)>,
    /// Chat rooms that an account left, and had written in from a device.
    pub(super) room_past: BTreeSet<(AccountId, ConversationId)>,
    /// What deleted accounts wrote, to go under other names.
    pub(super) renamings: Vec<Renaming>,
}

/// The last id given out, per kind.
#[derive(Clone, Debug, Default)]
pub(super) struct Counters {
    pub(super) app: i64,
    pub(super) account: i64,
    pub(super) device: i64,
    pub(super) conversation: i64,
    pub(super) membership: u64,
}

#[derive(Clone, Debug)]
pub(super) struct AccountRow {
    pub(super) account: Account,
    /// Counts events and deletion facts.
    pub(super) version: Version,
    /// Whether a device ever logged in: a later one starts at today's ends.
    pub(super) had_device: bool,
}

#[derive(Clone, Debug)]
pub(super) struct DeviceRow {
    pub(super) device: Device,
    /// Where the allocator stood when it first logged in; zero for an account's first device.
    pub(super) since: Pos,
    pub(super) event_cursor: Version,
    /// The last message that it sent itself, as far as that is saved.
    pub(super) sent: Pos,
}

#[derive(Clone, Debug, Default)]
pub(super) struct CursorRow {
    pub(super) pos: Pos,
    /// The last entry that the device itself acknowledged.
    pub(super) acked: Pos,
}

#[derive(Clone, Debug)]
pub(super) struct EventRow {
    pub(super) at: Millis,
    pub(super) event: NewEvent,
}

/// A log and everything keyed by it.
#[derive(Clone, Debug)]
pub(super) struct Conversation {
    pub(super) app: AppId,
    pub(super) key: ConversationKey,
    pub(super) log: Log,
    pub(super) entries: BTreeMap<Pos, EntryRow>,
    /// Where each message is.
    pub(super) positions: BTreeMap<Seq, Pos>,
    /// The first answers, for as long as a repeat gets them.
    pub(super) sent: BTreeMap<SendKey, (Millis, Appended)>,
    /// None for 1-1 conversations.
    pub(super) group: Option<GroupRow>,
}

/// What makes two sends the same: sender, device, client id and body hash.
pub(super) type SendKey = (Name, Option<AccountId>, DeviceId, u64, [u8; 32]);

#[derive(Clone, Debug)]
pub(super) struct GroupRow {
    pub(super) owner: Name,
    pub(super) settings: GroupSettings,
    pub(super) created: Millis,
    pub(super) destroyed: bool,
}

#[derive(Clone, Debug)]
pub(super) struct EntryRow {
    pub(super) seq: Option<Seq>,
    /// The message that a signal speaks of.
    pub(super) ref_seq: Option<Seq>,
    pub(super) kind: MessageKind,
    pub(super) sender: Name,
    pub(super) device: DeviceId,
    pub(super) audience: Audience,
    pub(super) body: Bytes,
    /// Which body that is: the position of the entry, or the number that an edit took.
    pub(super) body_id: Pos,
    /// The body that an edit brought.
    pub(super) brought: Option<Pos>,
    pub(super) purged: bool,
}

impl EntryRow {
    pub(super) fn read(&self, pos: Pos) -> Entry {
        Entry {
            pos,
            seq: self.seq,
            sender: self.sender.clone(),
            kind: self.kind,
            body: self.body.clone(),
            edits: None,
        }
    }
}

/// An account's view, with the ranges it hides.
#[derive(Clone, Debug, Default)]
pub(super) struct ViewRow {
    pub(super) view: View,
    pub(super) hidden: Hidden,
    /// When it joined the group, and its place among the members.
    pub(super) joined: (Millis, u64),
}

impl ViewRow {
    pub(super) fn sees(&self, seq: Seq, log: &Log) -> bool {
        self.view.sees(seq, log, &self.hidden)
    }

    pub(super) fn unread(&self, log: &Log) -> u64 {
        lacuna_domain::unread(&self.view, log, |low, high| self.hidden.count_in(low, high))
    }
}

impl Conversation {
    pub(super) fn new(app: AppId, key: ConversationKey, group: Option<GroupRow>) -> Self {
        let log = Log {
            first_seq: Seq(1),
            ..Log::default()
        };
        let (entries, positions, sent) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        Self {
            app,
            key,
            log,
            entries,
            positions,
            sent,
            group,
        }
    }

    /// What sort of group it is; none for a 1-1 conversation.
    pub(super) fn kind(&self) -> Option<GroupKind> {
        Some(self.group.as_ref()?.settings.kind())
    }

    /// The log's end as a floor: the last message, with the position of the last entry of any kind.
    pub(super) fn end(&self) -> Mark {
        Mark {
            seq: self.log.last.seq,
            pos: self.log.last_pos,
        }
    }

    /// The messages that a view lets through, among those it may see at all.
    pub(super) fn visible<'a>(
        &'a self,
        row: &'a ViewRow,
    ) -> impl DoubleEndedIterator<Item = (Mark, &'a EntryRow)> {
        let (low, high) = row.view.window(&self.log);
        let window = (low <= high)
            .then(|| self.positions.range(low..=high))
            .into_iter()
            .flatten();
        window
            .filter(|(seq, _)| row.sees(**seq, &self.log))
            .filter_map(|(seq, pos)| {
                self.entries.get(pos).map(|entry| {
                    (
                        Mark {
                            seq: *seq,
                            pos: *pos,
                        },
                        entry,
                    )
                })
            })
    }

    pub(super) fn last_visible(&self, row: &ViewRow) -> Option<(Mark, &EntryRow)> {
        let last = self.visible(row).next_back()?;
        // The borrow of the view ends here: only the log's rows go out.
        self.entries.get(&last.0.pos).map(|entry| (last.0, entry))
    }
}

impl State {
    pub(super) fn new(node: u16) -> Self {
        Self {
            closed: false,
            positions: PosAllocator::new(node, Pos::ZERO),
            versions_from: Version::default(),
            counters: Counters::default(),
            apps: BTreeMap::new(),
            accounts: BTreeMap::new(),
            tokens: BTreeMap::new(),
            devices: BTreeMap::new(),
            cursors: BTreeMap::new(),
            conversations: BTreeMap::new(),
            views: BTreeMap::new(),
            events: BTreeMap::new(),
            records: BTreeMap::new(),
            markers: Vec::new(),
            held_markers: Vec::new(),
            files: Files::default(),
            hooks: Hooks::default(),
            audit: Audit::default(),
            stale: Vec::new(),
            held_stale: Vec::new(),
            renamings: Vec::new(),
            room_past: BTreeSet::new(),
        }
    }

    /// The same, as it is when a process opens it.
    pub(super) fn opened(&self, node: u16, versions_from: Version) -> Self {
        Self {
            closed: false,
            positions: PosAllocator::new(node, self.positions.last()),
            versions_from,
            ..self.clone()
        }
    }

    pub(super) fn account_named(&self, app: AppId, name: &Name) -> Option<&Account> {
        let mut all = self.accounts.values().map(|row| &row.account);
        all.find(|account| account.app == app && account.profile.name == *name)
    }

    pub(super) fn conversation_keyed(
        &self,
        app: AppId,
        key: &ConversationKey,
    ) -> Option<ConversationId> {
        let found = self
            .conversations
            .iter()
            .find(|(_, conversation)| conversation.app == app && conversation.key == *key);
        found.map(|(id, _)| *id)
    }

    pub(super) fn add_conversation(&mut self, conversation: Conversation) -> ConversationId {
        self.counters.conversation += 1;
        let id = ConversationId(self.counters.conversation);
        self.conversations.insert(id, conversation);
        id
    }

    /// A view with its log.
    pub(super) fn view(
        &self,
        account: AccountId,
        conversation: ConversationId,
    ) -> Option<(&ViewRow, &Conversation)> {
        Some((
            self.views.get(&(account, conversation))?,
            self.conversations.get(&conversation)?,
        ))
    }

    /// An account's views with their logs, by conversation.
    pub(super) fn views_of(
        &self,
        account: AccountId,
    ) -> impl Iterator<Item = (ConversationId, &ViewRow, &Conversation)> {
        let all = (account, ConversationId(i64::MIN))..=(account, ConversationId(i64::MAX));
        self.views
            .range(all)
            .filter_map(|((_, id), row)| Some((*id, row, self.conversations.get(id)?)))
    }

    /// Writes the account's view of a log at its end, if it has none.
    pub(super) fn ensure_view(&mut self, account: AccountId, conversation: ConversationId) {
        let Some(log) = self
            .conversations
            .get(&conversation)
            .map(|conversation| &conversation.log)
        else {
            return;
        };
        let fresh = || ViewRow {
            view: View::new(log.last.seq, log.last_pos),
            ..ViewRow::default()
        };
        self.views
            .entry((account, conversation))
            .or_insert_with(fresh);
    }

    /// How the account names a conversation.
    pub(super) fn target(&self, account: AccountId, conversation: &Conversation) -> Target {
        match (&conversation.key, self.accounts.get(&account)) {
            (key, Some(row)) => key.target(&row.account.profile.name),
            (ConversationKey::Direct(a, b), None) => {
                ConversationKey::Direct(a.clone(), b.clone()).target(a)
            }
            (ConversationKey::Group(id), None) => Target::Group(id.clone()),
        }
    }

    pub(super) fn version(&self, account: AccountId) -> Version {
        self.accounts
            .get(&account)
            .map_or(Version(0), |row| row.version)
    }

    /// Counts one more event or fact of an account.
    pub(super) fn next_version(&mut self, account: AccountId) -> Version {
        let Some(row) = self.accounts.get_mut(&account) else {
            return Version(0);
        };
        row.version = row.version.next(self.versions_from);
        row.version
    }

    /// The version that [`State::next_version`] would give.
    pub(super) fn coming_version(&self, account: AccountId) -> Version {
        self.version(account).next(self.versions_from)
    }

    pub(super) fn push_event(
        &mut self,
        account: AccountId,
        event: NewEvent,
        now: Millis,
    ) -> Version {
        let version = self.next_version(account);
        self.events
            .insert((account, version), EventRow { at: now, event });
        version
    }

    /// The resource of a device that is still known.
    pub(super) fn resource(&self, device: DeviceId) -> String {
        self.devices
            .get(&device)
            .map_or_else(String::new, |row| row.device.login.resource.clone())
    }
}
