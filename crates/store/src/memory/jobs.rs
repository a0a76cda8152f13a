//! What runs by itself: the purge and the sweep.

use super::state::{Conversation, State};
use crate::rows::{PurgeStep, Sweep, Swept};
use lacuna_domain::limits::{
    AUDIT_MS, DEVICE_FORGET_MS, SEND_REPEAT_WINDOW_MS, SIGNAL_RETENTION_MS,
};
use lacuna_domain::{ConversationId, DeviceId, Millis, Pos, Seq};

const DAY_MS: u64 = 24 * 3600 * 1000;

impl State {
    /// Overwrites the bodies of marked messages that no view sees any more. A message that somebody sees is left: whoever
    /// deletes it last leaves a marker of their own.
    pub(super) fn purge_step(&mut self, limit: usize) -> PurgeStep {
        let mut purged = 0;
        while purged < limit
            && let Some((id, body)) = self.stale.pop()
        {
            if self.is_held(id) {
                self.held_stale.push((id, body));
            } else {
                self.release_files(body);
                purged += 1;
            }
        }
        while purged < limit {
            let Some((id, from, to)) = self.markers.pop() else {
                break;
            };
            if self.is_held(id) {
                self.held_markers.push((id, from, to));
                continue;
            }
            let unseen = self.unseen(id, from, to);
            for (seq, pos) in unseen {
                if purged >= limit {
                    self.markers.push((id, seq, to));
                    break;
                }
                let log = self.conversations.get_mut(&id);
                if let Some(entry) = log.and_then(|log| log.entries.get_mut(&pos)) {
                    entry.body = vec![0; entry.body.len()].into();
                    entry.purged = true;
                    purged += 1;
                    let body = entry.body_id;
                    self.release_files(body);
                    self.drop_hanging(id, pos);
                }
            }
        }
        PurgeStep {
            purged,
            more: !self.stale.is_empty() || !self.markers.is_empty(),
        }
    }

    /// Whether no view of the log sees a message.
    pub(super) fn is_unseen(&self, id: ConversationId, seq: Seq) -> bool {
        let log = self.conversations.get(&id).map(|log| &log.log);
        let mut views = self.views.iter().filter(|((_, other), _)| *other == id);
        log.is_none_or(|log| !views.any(|(_, row)| row.sees(seq, log)))
    }

    /// The messages of a stretch that no view sees and that are not purged.
    fn unseen(&self, id: ConversationId, from: Seq, to: Seq) -> Vec<(Seq, Pos)> {
        let Some(log) = self.conversations.get(&id) else {
            return Vec::new();
        };
        let views: Vec<_> = self
            .views
            .iter()
            .filter(|((_, other), _)| *other == id)
            .map(|(_, row)| row)
            .collect();
        let messages = log
            .positions
            .iter()
            .filter(|(seq, _)| from <= **seq && **seq <= to);
        messages
            .filter(|(seq, _)| !views.iter().any(|row| row.sees(**seq, &log.log)))
            .filter(|(_, pos)| log.entries.get(pos).is_some_and(|entry| !entry.purged))
            .map(|(seq, pos)| (*seq, *pos))
            .collect()
    }

    pub(super) fn sweep(&mut self, sweep: Sweep) -> Swept {
        let Sweep { now, limit } = sweep;
        let mut swept = Swept::default();
        let ids: Vec<ConversationId> = self.conversations.keys().copied().collect();
        for id in ids {
            let room = limit.saturating_sub(swept.signals);
            let held = self.is_held(id);
            let Some(log) = self.conversations.get_mut(&id) else {
                continue;
            };
            let (signals, more) = if held {
                (Vec::new(), false)
            } else {
                drop_signals(log, now, room)
            };
            log.sent
                .retain(|_, (at, _)| now < at.plus(SEND_REPEAT_WINDOW_MS));
            for pos in &signals {
                self.release_files(*pos);
            }
            swept.signals += signals.len();
            swept.more |= more;
            swept.retired += self.retire(id, now);
        }
        self.events
            .retain(|_, row| now < row.at.plus(SIGNAL_RETENTION_MS));
        self.tokens
            .retain(|_, token| token.expires.is_none_or(|end| now < end));
        self.drop_records(|_, row| !row.lives(now));
        self.audit.rows.retain(|row| now < row.at.plus(AUDIT_MS));
        let unused = self
            .devices
            .iter()
            .filter(|(_, row)| now >= row.device.last_seen.plus(DEVICE_FORGET_MS));
        let unused: Vec<DeviceId> = unused.map(|(id, _)| *id).collect();
        for id in unused {
            self.forget_device(id);
        }
        swept
    }

    /// Takes messages past the app's retention from everybody. Says how many.
    fn retire(&mut self, id: ConversationId, now: Millis) -> u64 {
        let Some(log) = self.conversations.get_mut(&id) else {
            return 0;
        };
        let days = self
            .apps
            .get(&log.app)
            .map_or(0, |app| app.settings.retention_days);
        if days == 0 {
            return 0;
        }
        let kept = Pos::first_at(now.minus(u64::from(days) * DAY_MS));
        let first = log
            .positions
            .iter()
            .find(|(_, pos)| **pos >= kept)
            .map_or(log.log.last.seq.next(), |(seq, _)| *seq);
        let before = log.log.first_seq;
        if first <= before {
            return 0;
        }
        log.log.first_seq = first;
        self.markers.push((id, before, first.prev()));
        first.0 - before.0
    }
}

/// Drops signals past their time, at most `room`. Gives which, and whether some are left.
fn drop_signals(log: &mut Conversation, now: Millis, room: usize) -> (Vec<Pos>, bool) {
    let kept = Pos::first_at(now.minus(SIGNAL_RETENTION_MS));
    let old = log
        .entries
        .range(..kept)
        .filter(|(_, entry)| entry.seq.is_none())
        .map(|(pos, _)| *pos);
    let mut old: Vec<Pos> = old.take(room + 1).collect();
    let more = old.len() > room;
    old.truncate(room);
    for pos in &old {
        log.entries.remove(pos);
    }
    (old, more)
}
