//! Comparing the system with the specification.

use super::model::{Gone, Model, View};
use super::rng::index;
use super::world::World;
use anyhow::{Context, Result, bail, ensure};
use bytes::Bytes;
use lacuna_domain::{AccountId, ConversationId, DeviceId, Direction, Pos, Target, Version};
use lacuna_sdk::transport::frames::{self, Downstream};
use lacuna_store::{
    ConversationQuery, ConversationRow, EventItem, EventQuery, HistoryQuery, Store as _,
};
use pollster::block_on;
use std::collections::{BTreeMap, BTreeSet};

/// Views are compared after every so many steps that change one.
const COMPARE_EVERY: u64 = 4;
const ALL: usize = 100_000;

/// INVARIANT L2: no frame holds a message that its reader may not see at that moment.
pub(crate) fn check_frame(model: &Model, account: AccountId, frame: &Bytes) -> Result<()> {
    let Downstream::Sync(page) = frames::decode(frame.clone())? else {
        return Ok(());
    };
    for meta in &page.metas {
        let pos = Pos(meta.id());
        if !model.messages.contains_key(&pos) || model.retired.contains(&pos) {
            continue;
        }
        let seen = model
            .views_of(account)
            .any(|(_, view)| view.seen.contains(&pos));
        // Whose account is gone is kicked, and sees nothing more.
        let known = model.names.contains_key(&account);
        ensure!(
            seen || !known,
            "L2: message {pos} is sent to account {account}, which may not see it: {:?}",
            model.gone.get(&account).and_then(|gone| gone.get(&pos))
        );
    }
    Ok(())
}

impl World {
    /// Takes in what was committed, and compares what that changed.
    pub(crate) fn observe(&mut self) -> Result<()> {
        let committed = self.store.take();
        if committed.is_empty() {
            return Ok(());
        }
        let mut changed = BTreeSet::new();
        for committed in committed {
            changed.extend(self.model.apply(committed));
        }
        if self.steps.is_multiple_of(COMPARE_EVERY) {
            for account in changed {
                self.compare(account, self.steps)?;
            }
        }
        Ok(())
    }

    /// Compares everything that an account is shown; pages are cut by what `pick` says.
    pub(crate) fn compare(&self, account: AccountId, pick: u64) -> Result<()> {
        let Some(name) = self.model.names.get(&account) else {
            return Ok(());
        };
        let limit = 1 + index(pick >> 3, 7);
        for (id, view) in self.model.views_of(account) {
            let key = self.model.keys.get(&id).context("a key")?;
            let target = key.target(name);
            let what = || format!("account {account} ({name}), history of {}", target.id());
            for (direction, limit) in [(Direction::Newer, ALL), (Direction::Older, limit)] {
                let found = self
                    .pages(account, &target, direction, limit)
                    .with_context(what)?;
                let mut want: Vec<Pos> = view.seen.iter().copied().collect();
                if direction == Direction::Older {
                    want.reverse();
                }
                ensure!(
                    found == want,
                    "L1/L3: {}, {direction:?} by {limit}:\n  is       {found:?}\n  should be {want:?}",
                    what()
                );
            }
        }
        self.compare_list(account, limit)
    }

    fn pages(
        &self,
        account: AccountId,
        target: &Target,
        direction: Direction,
        limit: usize,
    ) -> Result<Vec<Pos>> {
        let mut query = HistoryQuery::new(
            account,
            self.model.names.get(&account).context("a name")?.clone(),
            self.app.id,
            target.clone(),
            direction,
            limit,
        );
        let mut found = Vec::new();
        loop {
            let page = block_on(self.store.history(query.clone()))?;
            ensure!(
                page.entries.len() <= limit && (page.next.is_none() || !page.entries.is_empty()),
                "a page of {limit} has {} rows",
                page.entries.len()
            );
            found.extend(page.entries.iter().map(|entry| entry.pos));
            query.from = page.next;
            if query.from.is_none() {
                return Ok(found);
            }
        }
    }

    /// INVARIANT L6: the list, unread and last message follow.
    fn compare_list(&self, account: AccountId, limit: usize) -> Result<()> {
        let mut rows: Vec<ConversationRow> = Vec::new();
        let mut query = ConversationQuery {
            account,
            pinned_only: false,
            with_empty: false,
            cursor: None,
            limit,
        };
        loop {
            let page = block_on(self.store.conversations(query.clone()))?;
            rows.extend(page.rows);
            query.cursor = page.next;
            if query.cursor.is_none() {
                break;
            }
        }
        let listed = self
            .model
            .listable(account)
            .filter(|(_, view)| view.listed());
        let want: BTreeMap<ConversationId, &View> = listed.collect();
        let found: BTreeSet<ConversationId> = rows.iter().map(|row| row.conversation).collect();
        ensure!(
            found.len() == rows.len() && found.iter().eq(want.keys()),
            "L6: account {account} has {found:?} on its list, and should have {:?}",
            want.keys()
        );
        for row in &rows {
            let view = want.get(&row.conversation).context("it is listed")?;
            let last = row.last.as_ref().map(|entry| entry.pos);
            ensure!(
                last == view.last(),
                "L6: account {account}, conversation {}: last message {last:?}, should be {:?}",
                row.conversation,
                view.last()
            );
            ensure!(
                usize::try_from(row.unread).ok() == Some(view.unread.len()),
                "L6: account {account}, conversation {}: {} unread, should be {:?}",
                row.conversation,
                row.unread,
                view.unread
            );
            ensure!(
                view.pin_unknown || (row.pinned_at > 0) == view.pinned,
                "L6: account {account}, conversation {}: pinned {}",
                row.conversation,
                row.pinned_at
            );
        }
        let order = |row: &ConversationRow| {
            let last = row.last.as_ref().map(|entry| entry.pos);
            std::cmp::Reverse((row.pinned_at, last))
        };
        ensure!(rows.is_sorted_by_key(order), "L6: the list has no order");
        Ok(())
    }

    /// INVARIANT L5: the facts after any version, in pages of any size, are exactly what was deleted since; and what official
    /// clients are told of covers what was deleted with a notice, and nothing that is there.
    pub(crate) fn compare_facts(&self, account: AccountId, pick: u64) -> Result<()> {
        let since = self.some_version(account, pick);
        let limit = 1 + index(pick >> 8, 4);
        let mut spans: Vec<(Target, Pos, Pos)> = Vec::new();
        let mut after = since;
        loop {
            let page = block_on(self.store.facts(account, Version(after), limit))?;
            let next = page.facts.last().map_or(after, |fact| fact.version.0);
            let facts = page.facts.into_iter();
            spans.extend(facts.map(|fact| (fact.target, fact.from, fact.to)));
            if !page.more {
                break;
            }
            ensure!(next > after, "L5: a page of facts gets nowhere");
            after = next;
        }
        self.cover(account, &spans, &|gone| gone.after >= since)
            .with_context(|| format!("the facts since version {since} in pages of {limit}"))?;
        for device in block_on(self.store.devices(account))? {
            self.compare_events(account, device.id, since, limit)?;
        }
        Ok(())
    }

    /// A version that an account had, or one beside it.
    fn some_version(&self, account: AccountId, pick: u64) -> u64 {
        let newest = self.model.versions.get(&account).copied().unwrap_or(0);
        let gone = self.model.gone.get(&account).into_iter().flatten();
        let gone = gone.flat_map(|(_, gone)| [gone.after, gone.version]);
        let all: BTreeSet<u64> = gone.chain([0, newest]).filter(|at| *at <= newest).collect();
        let nth = index(pick >> 2, all.len());
        let at = all.into_iter().nth(nth).unwrap_or_default();
        at.saturating_sub(pick & 1).min(newest)
    }

    fn compare_events(
        &self,
        account: AccountId,
        device: DeviceId,
        since: u64,
        limit: usize,
    ) -> Result<()> {
        let mut spans: Vec<(Target, Pos, Pos)> = Vec::new();
        let mut after = Version(since);
        loop {
            let query = EventQuery {
                account,
                device,
                after: Some(after),
                limit,
            };
            let page = block_on(self.store.events(query))?;
            for item in page.items {
                let EventItem::Deletions {
                    target,
                    through,
                    ranges,
                    ids,
                    ..
                } = item
                else {
                    continue;
                };
                let all = ranges.into_iter().chain(ids.into_iter().map(|id| (id, id)));
                let all = all.chain(through.map(|mark| (Pos::ZERO, mark.pos)));
                spans.extend(all.map(|(from, to)| (target.clone(), from, to)));
            }
            ensure!(
                !page.more || page.scanned > after,
                "L5: a page of events gets nowhere"
            );
            after = page.scanned;
            if !page.more {
                break;
            }
        }
        // A quiet deletion, or one of the device itself, may have taken the place of what it would be told.
        let quiet = |conversation: ConversationId| {
            let origins = self.model.origins.get(&(account, conversation));
            origins.is_some_and(|origins| {
                let own = device != DeviceId::NONE && origins.contains(&Some(device));
                own || origins.contains(&None)
            })
        };
        let due = |gone: &Gone| gone.after >= since && !quiet(gone.conversation);
        self.cover(account, &spans, &due)
            .with_context(|| format!("the events for device {device} since version {since}"))
    }

    /// Whether spans cover all that is gone and `due`, and nothing that is seen.
    fn cover(
        &self,
        account: AccountId,
        spans: &[(Target, Pos, Pos)],
        due: &dyn Fn(&Gone) -> bool,
    ) -> Result<()> {
        let name = self.model.names.get(&account).context("a name")?;
        let mut by: BTreeMap<ConversationId, Vec<(Pos, Pos)>> = BTreeMap::new();
        for (target, from, to) in spans {
            if let Some(id) = self.model.conversation(&target.key(name)) {
                by.entry(id).or_default().push((*from, *to));
            }
        }
        let covers = |id: ConversationId, pos: Pos| {
            let spans = by.get(&id).map_or(&[][..], Vec::as_slice);
            spans.iter().any(|(from, to)| *from <= pos && pos <= *to)
        };
        for (id, view) in self.model.views_of(account) {
            let wrong = view.seen.iter().find(|pos| covers(id, **pos));
            ensure!(
                wrong.is_none(),
                "L3: account {account} sees {wrong:?} of conversation {id}, which is told to be deleted"
            );
        }
        for (pos, gone) in self.model.gone.get(&account).into_iter().flatten() {
            let missed = due(gone) && !covers(gone.conversation, *pos);
            if missed {
                bail!(
                    "L5: account {account} deleted {pos} of conversation {} at version {}: not told",
                    gone.conversation,
                    gone.version
                );
            }
        }
        Ok(())
    }
}
