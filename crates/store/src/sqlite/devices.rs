//! Devices and how far each has come.

use super::state::State;
use super::values::{account_id, all, device_id, int, millis, one, pos, run, version};
use crate::act::{Error, Result};
use crate::rows::{Cursor, CursorSave, Device, DeviceLogin, DeviceState};
use lacuna_domain::limits::{DEVICE_FORGET_MS, DEVICES_PER_ACCOUNT_MAX};
use lacuna_domain::{AccountId, DeviceId, Millis, Pos, Version};
use rusqlite::{Connection, params};

const ACCOUNT: &str = "SELECT version, had_device FROM account WHERE id = ?1";

const HAD_DEVICE: &str = "UPDATE account SET had_device = 1 WHERE id = ?1";

/// A login reads the few bytes of each of the device's cursors, in key order: less than listing its queues costs, and saving a
/// cursor, which is far more frequent, keeps nothing else up to date for it.
const KNOWN: &str = "SELECT id, event_cursor, last_seen, \
    max(since_pos, sent_pos, coalesce((SELECT max(acked_pos) FROM cursor WHERE device = device.id), 0)) \
    FROM device WHERE account = ?1 AND resource = ?2";

const REFRESH: &str = "UPDATE device SET name = ?2, uuid = ?3, last_seen = ?4 WHERE id = ?1";

const INSERT: &str = "INSERT INTO device (account, resource, name, uuid, since_pos, event_cursor, first_login, last_seen) \
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7)";

const OF_ACCOUNT: &str = "SELECT id, account, resource, name, uuid, last_seen FROM device WHERE account = ?1 ORDER BY id";

const FORGET_CURSORS: &str = "DELETE FROM cursor WHERE device = ?1";

const FORGET: &str = "DELETE FROM device WHERE id = ?1";

const SAVE_EVENTS: &str = "UPDATE device SET event_cursor = ?2 WHERE id = ?1 AND event_cursor < ?2";

const SAVE_SENT: &str = "UPDATE device SET sent_pos = ?2 WHERE id = ?1 AND sent_pos < ?2";

const SAVE: &str = "INSERT INTO cursor (device, conversation, pos, acked_pos) SELECT id, ?2, ?3, ?4 FROM device WHERE id = ?1 \
    ON CONFLICT (device, conversation) DO UPDATE \
    SET pos = max(cursor.pos, excluded.pos), acked_pos = max(cursor.acked_pos, excluded.acked_pos) \
    WHERE cursor.pos < excluded.pos OR cursor.acked_pos < excluded.acked_pos";

#[cfg(test)]
pub(super) const QUERIES: &[&str] = &[
    ACCOUNT,
    HAD_DEVICE,
    KNOWN,
    REFRESH,
    INSERT,
    FORGET_CURSORS,
    FORGET,
    SAVE_EVENTS,
    SAVE_SENT,
    SAVE,
];

/// Sorts the few devices of an account.
#[cfg(test)]
pub(super) const SORTING_QUERIES: &[&str] = &[OF_ACCOUNT];

pub(super) fn login_device(
    conn: &Connection,
    state: &State,
    login: &DeviceLogin,
    now: Millis,
) -> Result<DeviceState> {
    let account = one(conn, ACCOUNT, [login.account.0], |row| {
        Ok((version(row, 0)?, row.get::<_, bool>(1)?))
    })?;
    let Some((version, had_device)) = account else {
        return Err(Error::Storage("no such account".into()));
    };
    let of = params![login.account.0, login.resource];
    let known = one(conn, KNOWN, of, |row| {
        Ok((
            device_id(row, 0)?,
            super::values::version(row, 1)?,
            millis(row, 2)?,
            pos(row, 3)?,
        ))
    })?;
    if let Some((id, event_cursor, last_seen, acked)) = known {
        if now < last_seen.plus(DEVICE_FORGET_MS) {
            run(
                conn,
                REFRESH,
                params![id.0, login.name, login.uuid, int(now.0)],
            )?;
            return Ok(DeviceState {
                id,
                event_cursor,
                version,
                acked,
            });
        }
        forget_device(conn, id)?;
    }
    let (since, event_cursor) = if had_device {
        (state.last_pos(), version)
    } else {
        (Pos::ZERO, Version(0))
    };
    if !had_device {
        run(conn, HAD_DEVICE, [login.account.0])?;
    }
    make_room(conn, login.account)?;
    run(
        conn,
        INSERT,
        params![
            login.account.0,
            login.resource,
            login.name,
            login.uuid,
            int(since.0),
            int(event_cursor.0),
            int(now.0),
        ],
    )?;
    Ok(DeviceState {
        id: DeviceId(conn.last_insert_rowid()),
        event_cursor,
        version,
        acked: since,
    })
}

/// Forgets the devices that are unused for longest, until one more fits.
fn make_room(conn: &Connection, account: AccountId) -> Result<()> {
    let mut devices = devices(conn, account)?;
    devices.sort_by_key(|device| (device.last_seen, device.id));
    let excess = (devices.len() + 1).saturating_sub(DEVICES_PER_ACCOUNT_MAX);
    for device in devices.iter().take(excess) {
        forget_device(conn, device.id)?;
    }
    Ok(())
}

pub(super) fn forget_device(conn: &Connection, id: DeviceId) -> Result<()> {
    run(conn, FORGET_CURSORS, [id.0])?;
    run(conn, FORGET, [id.0])?;
    Ok(())
}

pub(super) fn devices(conn: &Connection, account: AccountId) -> Result<Vec<Device>> {
    all(conn, OF_ACCOUNT, [account.0], |row| {
        let login = DeviceLogin {
            account: account_id(row, 1)?,
            resource: row.get(2)?,
            name: row.get(3)?,
            uuid: row.get(4)?,
        };
        Ok(Device {
            id: device_id(row, 0)?,
            login,
            last_seen: millis(row, 5)?,
        })
    })
}

pub(super) fn save_cursors(conn: &Connection, saves: &[CursorSave]) -> Result<()> {
    for CursorSave { device, cursor } in saves {
        match cursor {
            Cursor::Events(version) => run(conn, SAVE_EVENTS, params![device.0, int(version.0)])?,
            Cursor::Sent(pos) => run(conn, SAVE_SENT, params![device.0, int(pos.0)])?,
            Cursor::Conversation {
                conversation,
                pos,
                acked,
            } => {
                let (pos, acked) = (int(pos.0), int(acked.0));
                run(conn, SAVE, params![device.0, conversation.0, pos, acked])?
            }
        };
    }
    Ok(())
}
