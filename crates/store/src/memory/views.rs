//! One-way deletion, pins, read marks, and the conversation list.

use super::state::{Conversation, State, ViewRow};
use crate::act::{Error, Result};
use crate::rows::{
    ConversationCursor, ConversationPage, ConversationQuery, ConversationRow, GroupKind, Hide,
    HideDone, Scope, ViewAct, ViewChange, ViewChanged,
};
use lacuna_domain::limits::PINNED_MAX;
use lacuna_domain::{AccountId, ConversationId, DeviceId, Mark, Millis, Pos, Target, plan_hide};
use std::cmp::Reverse;

/// The highest message that a view may see at all, of those at or before a position.
fn highest(row: &ViewRow, log: &Conversation, through: Pos) -> Option<Mark> {
    let high = row.view.window(&log.log).1;
    let mut messages = log.positions.range(..=high).rev();
    messages
        .find(|(_, pos)| **pos <= through)
        .map(|(seq, pos)| Mark {
            seq: *seq,
            pos: *pos,
        })
}

impl State {
    pub(super) fn hide(&mut self, hide: &Hide, now: Millis) -> HideDone {
        let find = |target: &Target| self.conversation_keyed(hide.app, &target.key(&hide.name));
        let changed = match &hide.scope {
            Scope::Ids(target, ids) => find(target).is_some_and(|id| self.hide_ids(hide, id, ids)),
            Scope::Through(target, time) => {
                let through = if *time >= now {
                    Pos::MAX
                } else {
                    Pos::last_at(*time)
                };
                find(target).is_some_and(|id| {
                    self.hide_through(
                        hide.account,
                        id,
                        through,
                        hide.notice.then_some(hide.device),
                    )
                })
            }
            Scope::Conversation(target) => {
                let origin = hide.notice.then_some(hide.device);
                find(target).is_some_and(|id| self.hide_through(hide.account, id, Pos::MAX, origin))
            }
            Scope::All => {
                let all: Vec<ConversationId> =
                    self.views_of(hide.account).map(|(id, ..)| id).collect();
                let mut changed = false;
                for id in all {
                    changed |= self.hide_through(
                        hide.account,
                        id,
                        Pos::MAX,
                        hide.notice.then_some(hide.device),
                    );
                }
                changed
            }
        };
        HideDone {
            changed,
            version: self.version(hide.account),
            barrier: self.positions.last(),
        }
    }

    fn hide_ids(&mut self, hide: &Hide, id: ConversationId, ids: &[Pos]) -> bool {
        let Some((row, log)) = self.view(hide.account, id) else {
            return false;
        };
        let mark = |pos: &Pos| {
            Some(Mark {
                seq: log.entries.get(pos)?.seq?,
                pos: *pos,
            })
        };
        let marks: Vec<Mark> = ids
            .iter()
            .filter_map(mark)
            .filter(|mark| row.sees(mark.seq, &log.log))
            .collect();
        let version = self.coming_version(hide.account);
        let plan = plan_hide(
            &row.view,
            &row.hidden,
            &marks,
            (version, hide.device, hide.notice),
        );
        if plan.is_empty() {
            return false;
        }
        self.next_version(hide.account);
        self.markers
            .extend(plan.newly.iter().map(|(from, to)| (id, from.seq, to.seq)));
        if let Some(row) = self.views.get_mut(&(hide.account, id)) {
            row.hidden.apply(&plan);
        }
        self.forget_if_empty(hide.account, id);
        true
    }

    /// Raises the floor to the last message at or before a position. Says whether it rose.
    fn hide_through(
        &mut self,
        account: AccountId,
        id: ConversationId,
        through: Pos,
        origin: Option<DeviceId>,
    ) -> bool {
        let Some((row, log)) = self.view(account, id) else {
            return false;
        };
        let low = row.view.floor.at.seq;
        let Some(at) = highest(row, log, through).filter(|at| at.seq > low) else {
            return false;
        };
        let version = self.next_version(account);
        if let Some(row) = self.views.get_mut(&(account, id)) {
            row.view.floor.raise(at, version, origin);
            row.hidden.drop_below(at.seq);
        }
        self.markers.push((id, low.next(), at.seq));
        self.forget_if_empty(account, id);
        true
    }

    /// Takes the pin and the marks from a conversation with nothing visible left.
    fn forget_if_empty(&mut self, account: AccountId, id: ConversationId) {
        let empty = self
            .view(account, id)
            .is_some_and(|(row, log)| log.last_visible(row).is_none());
        if let Some(row) = self.views.get_mut(&(account, id)).filter(|_| empty) {
            row.view.pinned_at = 0;
            self.unmark(account, id);
        }
    }

    pub(super) fn change_view(&mut self, change: ViewChange, now: Millis) -> Result<ViewChanged> {
        let ViewChange {
            account,
            app,
            name,
            target,
            act,
            event,
        } = change;
        let found = self.conversation_keyed(app, &target.key(&name));
        let found = found.filter(|id| self.views.contains_key(&(account, *id)));
        if let Some(id) = found {
            let pinned = self
                .views_of(account)
                .filter(|(other, row, _)| *other != id && row.view.pinned_at > 0)
                .count();
            if act == ViewAct::Pin && pinned >= PINNED_MAX {
                return Err(Error::LimitReached);
            }
            if act == ViewAct::UnlistAndHide {
                self.hide_through(account, id, Pos::MAX, None);
            }
            self.mark_view(account, id, act, now);
            if let Some(event) = event {
                self.push_event(account, event, now);
            }
        }
        let pinned_at = found
            .and_then(|id| self.views.get(&(account, id)))
            .map_or(0, |row| row.view.pinned_at);
        Ok(ViewChanged {
            found: found.is_some(),
            version: self.version(account),
            barrier: self.positions.last(),
            pinned_at,
        })
    }

    fn mark_view(&mut self, account: AccountId, id: ConversationId, act: ViewAct, now: Millis) {
        let last = self
            .conversations
            .get(&id)
            .map(|log| log.log.last.seq)
            .unwrap_or_default();
        let Some(row) = self.views.get_mut(&(account, id)) else {
            return;
        };
        match act {
            ViewAct::Pin => row.view.pinned_at = now.0,
            ViewAct::Unpin => row.view.pinned_at = 0,
            ViewAct::Unlist | ViewAct::UnlistAndHide => {
                row.view.unlisted_seq = last;
                row.view.pinned_at = 0;
            }
            ViewAct::Read => row.view.read_seq = last,
        }
    }

    pub(super) fn conversation_page(&self, query: &ConversationQuery) -> ConversationPage {
        let mut rows: Vec<(ConversationCursor, ConversationRow)> = Vec::new();
        let listable = |log: &Conversation| matches!(log.kind(), None | Some(GroupKind::Group));
        let views = self.views_of(query.account);
        for (conversation, row, log) in views.filter(|(_, _, log)| listable(log)) {
            let last = log.last_visible(row);
            let listed = row.view.listed(last.map(|(mark, _)| mark.seq))
                || (query.with_empty && last.is_none());
            let pinned_at = row.view.pinned_at;
            if listed && (pinned_at > 0 || !query.pinned_only) {
                let place = ConversationCursor {
                    pinned_at,
                    last: last.map_or(Pos::ZERO, |(mark, _)| mark.pos),
                    conversation,
                };
                rows.push((
                    place,
                    self.conversation_row(query.account, conversation, (row, log)),
                ));
            }
        }
        rows.sort_by_key(|(place, _)| Reverse(*place));
        rows.retain(|(place, _)| query.cursor.is_none_or(|cursor| *place < cursor));
        let more = rows.len() > query.limit;
        rows.truncate(query.limit);
        let next = rows.last().map(|(place, _)| *place).filter(|_| more);
        ConversationPage {
            rows: rows.into_iter().map(|(_, row)| row).collect(),
            next,
        }
    }

    pub(super) fn conversations_of(
        &self,
        account: AccountId,
        after: ConversationId,
        limit: usize,
    ) -> Vec<ConversationRow> {
        self.views_of(account)
            .filter(|(id, ..)| *id > after)
            .take(limit)
            .map(|(id, row, log)| self.conversation_row(account, id, (row, log)))
            .collect()
    }

    fn conversation_row(
        &self,
        account: AccountId,
        conversation: ConversationId,
        (row, log): (&ViewRow, &Conversation),
    ) -> ConversationRow {
        ConversationRow {
            conversation,
            target: self.target(account, log),
            last: log
                .last_visible(row)
                .map(|(mark, entry)| entry.read(mark.pos)),
            unread: row.unread(&log.log),
            pinned_at: row.view.pinned_at,
        }
    }
}
