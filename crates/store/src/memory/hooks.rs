//! The outbox.

use super::MemoryStore;
use super::state::State;
use crate::act::{HookStore, Result};
use crate::rows::{DueHook, NewHook};
use async_trait::async_trait;
use bytes::Bytes;
use lacuna_domain::{AppId, ConversationId, Millis, Pos};
use std::collections::BTreeMap;

/// What integrators are still to be told, by number.
#[derive(Clone, Debug, Default)]
pub(super) struct Hooks {
    last: i64,
    rows: BTreeMap<i64, HookRow>,
}

#[derive(Clone, Debug)]
struct HookRow {
    hook: NewHook,
    at: Millis,
    due: Millis,
    tries: u32,
}

#[async_trait]
impl HookStore for MemoryStore {
    async fn add_hook(&self, hook: NewHook, now: Millis) -> Result<()> {
        self.act(|state| {
            state.hooks.add(hook, now);
            Ok(())
        })
    }

    async fn due_hooks(&self, app: AppId, now: Millis, limit: usize) -> Result<Vec<DueHook>> {
        self.act(|state| {
            let rows = state.hooks.rows.iter();
            let mut due: Vec<_> = rows
                .filter(|(_, row)| row.hook.app == app && row.due <= now)
                .collect();
            due.sort_by_key(|(id, row)| (row.due, **id));
            let told = due.into_iter().take(limit).map(|(id, row)| DueHook {
                id: *id,
                app: row.hook.app,
                at: row.at,
                tries: row.tries,
                detail: row.hook.detail.clone(),
                pos: row.hook.entry.map(|(_, pos)| pos),
                body: row.hook.entry.and_then(|at| state.seen_body(at)),
            });
            Ok(told.collect())
        })
    }

    async fn done_hook(&self, id: i64) -> Result<()> {
        self.act(|state| {
            state.hooks.rows.remove(&id);
            Ok(())
        })
    }

    async fn retry_hook(&self, id: i64, at: Millis) -> Result<()> {
        self.act(|state| {
            if let Some(row) = state.hooks.rows.get_mut(&id) {
                row.due = at;
                row.tries += 1;
            }
            Ok(())
        })
    }

    async fn trim_hooks(&self, app: AppId, keep: usize) -> Result<usize> {
        self.act(|state| {
            let rows = &mut state.hooks.rows;
            let own = rows.iter().filter(|(_, row)| row.hook.app == app);
            let old: Vec<i64> = own.map(|(id, _)| *id).rev().skip(keep).collect();
            rows.retain(|id, _| !old.contains(id));
            Ok(old.len())
        })
    }
}

impl Hooks {
    pub(super) fn add(&mut self, hook: NewHook, now: Millis) {
        self.last += 1;
        let row = HookRow {
            hook,
            at: now,
            due: now,
            tries: 0,
        };
        self.rows.insert(self.last, row);
    }
}

impl State {
    /// The body of a message that somebody still sees.
    fn seen_body(&self, (conversation, pos): (ConversationId, Pos)) -> Option<Bytes> {
        let entry = self.conversations.get(&conversation)?.entries.get(&pos)?;
        let unseen = entry
            .seq
            .is_some_and(|seq| self.is_unseen(conversation, seq));
        (!entry.purged && !unseen).then(|| entry.body.clone())
    }
}
