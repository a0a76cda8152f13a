//! Devices and how far each has come.

use super::state::{DeviceRow, State};
use crate::act::{Error, Result};
use crate::rows::{Cursor, CursorSave, Device, DeviceLogin, DeviceState};
use lacuna_domain::limits::{DEVICE_FORGET_MS, DEVICES_PER_ACCOUNT_MAX};
use lacuna_domain::{AccountId, ConversationId, DeviceId, Millis, Pos, Version};

impl State {
    /// The account's devices, by id.
    pub(super) fn devices_of(&self, account: AccountId) -> impl Iterator<Item = &DeviceRow> {
        self.devices
            .values()
            .filter(move |row| row.device.login.account == account)
    }

    pub(super) fn login_device(&mut self, login: DeviceLogin, now: Millis) -> Result<DeviceState> {
        let account = login.account;
        let Some(version) = self.accounts.get(&account).map(|row| row.version) else {
            return Err(Error::Storage("no such account".into()));
        };
        let known = self
            .devices_of(account)
            .find(|row| row.device.login.resource == login.resource);
        let known = known.map(|row| {
            (
                row.device.id,
                row.event_cursor,
                now >= row.device.last_seen.plus(DEVICE_FORGET_MS),
            )
        });
        if let Some((id, event_cursor, false)) = known {
            if let Some(row) = self.devices.get_mut(&id) {
                row.device.login = login;
                row.device.last_seen = now;
            }
            return Ok(DeviceState {
                id,
                event_cursor,
                version,
                acked: self.acked(id),
            });
        }
        if let Some((id, _, _)) = known {
            self.forget_device(id);
        }
        let had_device = self
            .accounts
            .get_mut(&account)
            .is_some_and(|row| std::mem::replace(&mut row.had_device, true));
        let (since, event_cursor) = if had_device {
            (self.positions.last(), version)
        } else {
            (Pos::ZERO, Version(0))
        };
        while self.devices_of(account).count() >= DEVICES_PER_ACCOUNT_MAX {
            let longest_unused = self
                .devices_of(account)
                .min_by_key(|row| (row.device.last_seen, row.device.id));
            let Some(id) = longest_unused.map(|row| row.device.id) else {
                break;
            };
            self.forget_device(id);
        }
        self.counters.device += 1;
        let id = DeviceId(self.counters.device);
        self.devices.insert(
            id,
            DeviceRow {
                device: Device {
                    id,
                    login,
                    last_seen: now,
                },
                since,
                event_cursor,
                sent: Pos::ZERO,
            },
        );
        Ok(DeviceState {
            id,
            event_cursor,
            version,
            acked: since,
        })
    }

    pub(super) fn forget_device(&mut self, id: DeviceId) {
        self.devices.remove(&id);
        self.cursors.retain(|(device, _), _| *device != id);
    }

    pub(super) fn save_cursors(&mut self, saves: &[CursorSave]) {
        for save in saves {
            let Some(row) = self.devices.get_mut(&save.device) else {
                continue;
            };
            match save.cursor {
                Cursor::Events(version) => row.event_cursor = row.event_cursor.max(version),
                Cursor::Sent(pos) => row.sent = row.sent.max(pos),
                Cursor::Conversation {
                    conversation,
                    pos,
                    acked,
                } => {
                    let cursor = self.cursors.entry((save.device, conversation)).or_default();
                    cursor.pos = pos.max(cursor.pos);
                    cursor.acked = acked.max(cursor.acked);
                }
            }
        }
    }

    /// The highest position that a device acknowledged, sent, or started at.
    fn acked(&self, device: DeviceId) -> Pos {
        let row = self.devices.get(&device);
        let since = row.map_or(Pos::ZERO, |row| row.since.max(row.sent));
        let cursors = self.cursors.iter();
        let own = cursors.filter(|((of, _), _)| *of == device);
        own.map(|(_, row)| row.acked).fold(since, Pos::max)
    }

    /// Where a device stands in a conversation: at its cursor, at its first login, at the view's beginning, or later.
    pub(super) fn cursor(
        &self,
        account: AccountId,
        device: DeviceId,
        conversation: ConversationId,
    ) -> Pos {
        let joined = self
            .views
            .get(&(account, conversation))
            .map_or(Pos::ZERO, |row| row.view.joined.pos);
        let since = self.devices.get(&device).map_or(Pos::ZERO, |row| row.since);
        let saved = self
            .cursors
            .get(&(device, conversation))
            .map_or(Pos::ZERO, |row| row.pos);
        joined.max(since).max(saved)
    }
}
