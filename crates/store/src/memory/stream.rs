//! The event stream: events as they were added, deletions as they stand in the views.

use super::state::{Conversation, State, ViewRow};
use crate::rows::{EventItem, EventPage, EventQuery, Fact, FactPage, GroupKind};
use lacuna_domain::limits::EVENT_IDS_MAX;
use lacuna_domain::{AccountId, ConversationId, DeviceId, HiddenRange, Pos, Seq, Version};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// A row of the stream, before rows of one conversation are put together.
enum Row {
    Event(EventItem),
    Floor(ConversationId),
    Range(ConversationId, HiddenRange),
}

/// What a page has to tell of one conversation.
#[derive(Default)]
struct Told {
    version: Version,
    device: DeviceId,
    floor: bool,
    ranges: Vec<HiddenRange>,
}

impl Told {
    fn newest(&mut self, version: Version, device: DeviceId) {
        if version >= self.version {
            self.version = version;
            self.device = device;
        }
    }
}

/// Cuts rows at the limit, or where the version that the limit falls in ends. Gives the last version if rows are left.
fn cut<T>(rows: &mut Vec<(Version, T)>, limit: usize) -> Option<Version> {
    let (last, _) = rows.get(limit.max(1) - 1)?;
    let last = *last;
    let end = rows.partition_point(|(version, _)| *version <= last);
    let more = end < rows.len();
    rows.truncate(end);
    more.then_some(last)
}

/// The messages of some ranges, newest first, of the newest ranges first; at most [`EVENT_IDS_MAX`].
fn ids(ranges: &[HiddenRange], log: &Conversation) -> Vec<Pos> {
    let mut newest: Vec<&HiddenRange> = ranges.iter().collect();
    newest.sort_by_key(|range| Reverse((range.version, range.from.seq)));
    let messages = newest
        .into_iter()
        .flat_map(|range| log.positions.range(range.from.seq..=range.to.seq).rev());
    let mut ids: Vec<Pos> = messages.map(|(_, pos)| *pos).take(EVENT_IDS_MAX).collect();
    ids.sort_unstable_by_key(|pos| Reverse(*pos));
    ids
}

impl State {
    pub(super) fn event_page(&self, query: &EventQuery) -> EventPage {
        let EventQuery {
            account, device, ..
        } = *query;
        let stored = || {
            self.devices
                .get(&device)
                .map_or(Version(0), |row| row.event_cursor)
        };
        let after = query.after.unwrap_or_else(stored);
        let due = |version: Version, origin: DeviceId| {
            version > after && (origin == DeviceId::NONE || origin != device)
        };

        let mut rows: Vec<(Version, Row)> = Vec::new();
        let all = (account, Version(0))..=(account, Version(u64::MAX));
        for ((_, version), row) in self
            .events
            .range(all)
            .filter(|((_, version), row)| due(*version, row.event.device))
        {
            let item = EventItem::Event {
                version: *version,
                at: row.at,
                body: row.event.body.clone(),
            };
            rows.push((*version, Row::Event(item)));
        }
        for (id, row, _) in self.views_of(account) {
            let floor = &row.view.floor;
            if due(floor.notice, floor.device) {
                rows.push((floor.notice, Row::Floor(id)));
            }
            let ranges = row
                .hidden
                .iter()
                .filter(|range| range.notice && due(range.version, range.device));
            rows.extend(ranges.map(|range| (range.version, Row::Range(id, *range))));
        }
        rows.sort_by_key(|(version, _)| *version);
        let last = cut(&mut rows, query.limit);
        let scanned = last.unwrap_or_else(|| self.version(account).max(after));
        EventPage {
            items: self.items(account, rows),
            scanned,
            more: last.is_some(),
        }
    }

    /// Puts the rows of each conversation together.
    fn items(&self, account: AccountId, rows: Vec<(Version, Row)>) -> Vec<EventItem> {
        let mut items: Vec<(Version, EventItem)> = Vec::new();
        let mut told: BTreeMap<ConversationId, Told> = BTreeMap::new();
        for (version, row) in rows {
            match row {
                Row::Event(item) => items.push((version, item)),
                Row::Floor(id) => {
                    let Some((view, _)) = self.view(account, id) else {
                        continue;
                    };
                    let told = told.entry(id).or_default();
                    told.floor = true;
                    told.newest(version, view.view.floor.device);
                }
                Row::Range(id, range) => {
                    let told = told.entry(id).or_default();
                    told.ranges.push(range);
                    told.newest(version, range.device);
                }
            }
        }
        for (id, told) in told {
            if let Some((row, log)) = self.view(account, id) {
                items.push((told.version, self.deletions(account, &told, row, log)));
            }
        }
        items.sort_by_key(|(version, _)| *version);
        items.into_iter().map(|(_, item)| item).collect()
    }

    fn deletions(
        &self,
        account: AccountId,
        told: &Told,
        row: &ViewRow,
        log: &Conversation,
    ) -> EventItem {
        let mut ranges: Vec<(Seq, Pos, Pos)> = told
            .ranges
            .iter()
            .map(|range| (range.from.seq, range.from.pos, range.to.pos))
            .collect();
        ranges.sort_unstable();
        EventItem::Deletions {
            version: told.version,
            target: self.target(account, log),
            room: log.kind() == Some(GroupKind::Room),
            resource: self.resource(told.device),
            through: told.floor.then_some(row.view.floor.at),
            ranges: ranges.into_iter().map(|(_, from, to)| (from, to)).collect(),
            ids: ids(&told.ranges, log),
        }
    }

    pub(super) fn facts(&self, account: AccountId, after: Version, limit: usize) -> FactPage {
        let mut facts: Vec<(Version, Fact)> = Vec::new();
        for (_, row, log) in self.views_of(account) {
            let target = || self.target(account, log);
            let floor = &row.view.floor;
            if floor.version > after {
                // The origin is known only of a change that somebody was told of.
                let device = if floor.notice == floor.version {
                    floor.device
                } else {
                    DeviceId::NONE
                };
                let (version, to, resource) = (floor.version, floor.at.pos, self.resource(device));
                facts.push((
                    version,
                    Fact {
                        version,
                        target: target(),
                        from: Pos::ZERO,
                        to,
                        resource,
                    },
                ));
            }
            for range in row.hidden.iter().filter(|range| range.version > after) {
                let (version, resource) = (range.version, self.resource(range.device));
                facts.push((
                    version,
                    Fact {
                        version,
                        target: target(),
                        from: range.from.pos,
                        to: range.to.pos,
                        resource,
                    },
                ));
            }
        }
        facts.sort_by_key(|(version, fact)| (*version, fact.from));
        let more = cut(&mut facts, limit).is_some();
        FactPage {
            facts: facts.into_iter().map(|(_, fact)| fact).collect(),
            version: self.version(account),
            more,
        }
    }
}
