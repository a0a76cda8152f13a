//! The audit of acts, and holds.

use super::MemoryStore;
use super::state::State;
use crate::act::{AuditStore, Result};
use crate::rows::{AuditRow, Hold, NewAudit};
use async_trait::async_trait;
use lacuna_domain::{AccountId, AppId, ConversationId, Millis};
use std::collections::BTreeSet;

/// Acts that were done, and holds.
#[derive(Clone, Debug, Default)]
pub(super) struct Audit {
    last: i64,
    /// In the order of the acts.
    pub(super) rows: Vec<AuditRow>,
    holds: BTreeSet<Held>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Held {
    Account(AccountId),
    Conversation(ConversationId),
}

#[async_trait]
impl AuditStore for MemoryStore {
    async fn add_audit(&self, act: NewAudit, now: Millis) -> Result<()> {
        self.act(|state| {
            let audit = &mut state.audit;
            audit.last += 1;
            let (id, at) = (audit.last, now);
            audit.rows.push(AuditRow { id, at, act });
            Ok(())
        })
    }

    async fn audit(&self, app: AppId, before: Option<i64>, limit: usize) -> Result<Vec<AuditRow>> {
        self.act(|state| {
            let rows = state.audit.rows.iter().rev();
            let of_app = rows
                .filter(|row| row.act.app == app && before.is_none_or(|before| row.id < before));
            Ok(of_app.take(limit).cloned().collect())
        })
    }

    async fn hold(&self, app: AppId, hold: Hold, _now: Millis) -> Result<bool> {
        self.act(|state| {
            let held = state.held(app, &hold)?;
            Ok(held.map(|held| state.audit.holds.insert(held)).is_some())
        })
    }

    async fn is_held(&self, account: AccountId) -> Result<bool> {
        self.act(|state| Ok(state.is_account_held(account)))
    }

    async fn release(&self, app: AppId, hold: Hold) -> Result<bool> {
        self.act(|state| {
            let held = state.held(app, &hold)?;
            let released = held.is_some_and(|held| state.audit.holds.remove(&held));
            if released {
                let again = std::mem::take(&mut state.held_markers);
                state.markers.extend(again);
                let again = std::mem::take(&mut state.held_stale);
                state.stale.extend(again);
                state.renamings.iter_mut().for_each(|row| row.held = false);
            }
            Ok(released)
        })
    }
}

impl State {
    fn held(&self, app: AppId, hold: &Hold) -> Result<Option<Held>> {
        match hold {
            Hold::User(name) => Ok(Some(Held::Account(self.registered(app, name)?))),
            Hold::Conversation(key) => {
                Ok(self.conversation_keyed(app, key).map(Held::Conversation))
            }
        }
    }

    /// Whether an account is on hold.
    pub(super) fn is_account_held(&self, account: AccountId) -> bool {
        self.audit.holds.contains(&Held::Account(account))
    }

    /// Whether the bodies of a conversation are on hold: by itself, or by one who has a view of it or has written in that room.
    pub(super) fn is_held(&self, conversation: ConversationId) -> bool {
        self.audit.holds.iter().any(|held| match held {
            Held::Account(account) => {
                let part = (*account, conversation);
                self.views.contains_key(&part) || self.room_past.contains(&part)
            }
            Held::Conversation(other) => *other == conversation,
        })
    }
}
