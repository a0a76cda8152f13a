//! Applications, accounts and tokens.

use super::audit::is_account_held;
use super::groups::ONE_LESS;
use super::hide::leave_marker;
use super::state::{State, find_end};
use super::values::{account_id, all, conversation_id, count, hash, int, millis, name, one, run};
use super::views::{conversations_of, viewed};
use super::{records, renaming};
use crate::act::{Error, Result};
use crate::rows::{Account, AccountChange, App, Deleted, NewAccount, NewApp, Token, TokenOwner};
use lacuna_domain::{AccountId, AppId, ConversationKey, GroupId, Millis, Name};
use rusqlite::{Connection, Row, params};
use std::collections::BTreeSet;

const SAME_APP: &str = "SELECT 1 FROM app WHERE (org = ?1 AND name = ?2) OR client_id = ?3";

const APP_INSERT: &str = "INSERT INTO app (org, name, client_id, client_secret_sha256, open_registration, roaming_delete, retention_days) \
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";

const OF_CLIENT: &str = "SELECT id FROM app WHERE client_id = ?1";

const APP_CLIENT: &str = "UPDATE app SET client_id = ?2 WHERE id = ?1";

const APP_CHANGE: &str = "UPDATE app SET client_id = ?2, client_secret_sha256 = ?3, open_registration = ?4, roaming_delete = ?5, \
    retention_days = ?6 WHERE id = ?1";

/// All of them are wanted, and they are few.
const APPS: &str = "SELECT id, org, name, client_id, client_secret_sha256, open_registration, roaming_delete, retention_days \
    FROM app ORDER BY id";

macro_rules! accounts {
    ($rest:literal) => {
        concat!("SELECT id, app, name, display, uuid, nickname, password_hash, created, modified, active FROM account ", $rest)
    };
}

const ACCOUNT_INSERT: &str = "INSERT INTO account (app, name, display, uuid, nickname, password_hash, created, modified) \
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7)";

const BY_NAME: &str = accounts!("WHERE app = ?1 AND name = ?2");

const BY_ID: &str = accounts!("WHERE id = ?1");

const PAGE: &str = accounts!("WHERE app = ?1 AND id > ?2 ORDER BY id LIMIT ?3");

const SET_NICKNAME: &str = "UPDATE account SET nickname = ?2, modified = ?3 WHERE id = ?1";

const SET_PASSWORD: &str = "UPDATE account SET password_hash = ?2, modified = ?3 WHERE id = ?1";

const SET_ACTIVE: &str = "UPDATE account SET active = ?2, modified = ?3 WHERE id = ?1";

const DROP_TOKENS: &str = "DELETE FROM token WHERE account = ?1";

const TOKEN_PUT: &str = "INSERT INTO token (sha256, app, account, expires) VALUES (?1, ?2, ?3, ?4) \
    ON CONFLICT (sha256) DO UPDATE SET app = excluded.app, account = excluded.account, expires = excluded.expires";

const TOKEN: &str = "SELECT app, account, expires FROM token WHERE sha256 = ?1";

/// Everything that is keyed by an account, in the order in which it goes.
const DELETE_ALL: &[&str] = &[
    DROP_TOKENS,
    "DELETE FROM cursor WHERE device IN (SELECT id FROM device WHERE account = ?1)",
    "DELETE FROM device WHERE account = ?1",
    "DELETE FROM hidden WHERE account = ?1",
    "DELETE FROM event WHERE account = ?1",
    "DELETE FROM view WHERE account = ?1",
    "DELETE FROM room_past WHERE account = ?1",
    "UPDATE file SET state = 2, due = 0 WHERE account = ?1 AND due IS NOT NULL",
    "DELETE FROM account WHERE id = ?1",
];

/// Where it has or had a part.
const WROTE_IN: &str = "SELECT conversation FROM view WHERE account = ?1 \
    UNION SELECT conversation FROM room_past WHERE account = ?1 ORDER BY conversation";

const LEAVE_LOG: &str = "DELETE FROM member WHERE conversation = ?1 AND account = ?2";

#[cfg(test)]
pub(super) const QUERIES: &[&str] = &[
    SAME_APP,
    APP_INSERT,
    OF_CLIENT,
    APP_CLIENT,
    APP_CHANGE,
    ACCOUNT_INSERT,
    BY_NAME,
    BY_ID,
    PAGE,
    SET_NICKNAME,
    SET_PASSWORD,
    SET_ACTIVE,
    DROP_TOKENS,
    TOKEN_PUT,
    TOKEN,
    WROTE_IN,
    LEAVE_LOG,
];

#[cfg(test)]
pub(super) const DELETE_QUERIES: &[&str] = DELETE_ALL;

pub(super) fn create_app(conn: &Connection, app: NewApp) -> Result<App> {
    if one(
        conn,
        SAME_APP,
        params![app.org, app.name, app.client_id],
        |_| Ok(()),
    )?
    .is_some()
    {
        return Err(Error::NameTaken);
    }
    run(
        conn,
        APP_INSERT,
        params![
            app.org,
            app.name,
            app.client_id,
            app.client_secret_sha256,
            app.open_registration,
            app.roaming_delete,
            app.retention_days,
        ],
    )?;
    Ok(App {
        id: AppId(conn.last_insert_rowid()),
        settings: app,
    })
}

pub(super) fn change_apps(conn: &Connection, apps: &[App]) -> Result<()> {
    // Two may change places: none has a client id until all have lost theirs.
    for app in apps {
        run(
            conn,
            APP_CLIENT,
            params![app.id.0, format!("\n{}", app.id.0)],
        )?;
    }
    for App { id, settings } in apps {
        let owner = one(conn, OF_CLIENT, [&settings.client_id], |row| {
            row.get::<_, i64>(0)
        })?;
        if owner.is_some_and(|owner| owner != id.0) {
            return Err(Error::NameTaken);
        }
        let of = params![
            id.0,
            settings.client_id,
            settings.client_secret_sha256,
            settings.open_registration,
            settings.roaming_delete,
            settings.retention_days,
        ];
        run(conn, APP_CHANGE, of)?;
    }
    Ok(())
}

pub(super) fn apps(conn: &Connection) -> Result<Vec<App>> {
    all(conn, APPS, [], |row| {
        let settings = NewApp {
            org: row.get(1)?,
            name: row.get(2)?,
            client_id: row.get(3)?,
            client_secret_sha256: hash(row, 4)?,
            open_registration: row.get(5)?,
            roaming_delete: row.get(6)?,
            retention_days: row.get(7)?,
        };
        Ok(App {
            id: AppId(row.get(0)?),
            settings,
        })
    })
}

fn read_account(row: &Row<'_>) -> rusqlite::Result<Account> {
    let profile = NewAccount {
        name: name(row, 2)?,
        display: row.get(3)?,
        uuid: row.get(4)?,
        nickname: row.get(5)?,
        password_hash: row.get(6)?,
    };
    Ok(Account {
        id: account_id(row, 0)?,
        app: AppId(row.get(1)?),
        profile,
        created: millis(row, 7)?,
        modified: millis(row, 8)?,
        active: row.get(9)?,
    })
}

/// Whether a user or a group, one that ended included, has the name.
pub(super) fn name_taken(
    conn: &Connection,
    state: &mut State,
    app: AppId,
    name: &Name,
) -> Result<bool> {
    let group = ConversationKey::Group(GroupId::new(name.as_str()));
    Ok(state.account(conn, app, name)?.is_some() || find_end(conn, app, &group)?.is_some())
}

pub(super) fn create_accounts(
    conn: &Connection,
    state: &mut State,
    app: AppId,
    accounts: Vec<NewAccount>,
    now: Millis,
) -> Result<Vec<Account>> {
    let names: BTreeSet<&Name> = accounts.iter().map(|account| &account.name).collect();
    if names.len() < accounts.len() {
        return Err(Error::NameTaken);
    }
    for name in names {
        if name_taken(conn, state, app, name)? {
            return Err(Error::NameTaken);
        }
    }
    let mut created = Vec::with_capacity(accounts.len());
    for profile in accounts {
        run(
            conn,
            ACCOUNT_INSERT,
            params![
                app.0,
                profile.name.as_str(),
                profile.display,
                profile.uuid,
                profile.nickname,
                profile.password_hash,
                int(now.0),
            ],
        )?;
        created.push(Account {
            id: AccountId(conn.last_insert_rowid()),
            app,
            profile,
            created: now,
            modified: now,
            active: true,
        });
    }
    Ok(created)
}

pub(super) fn account(conn: &Connection, app: AppId, name: &Name) -> Result<Option<Account>> {
    one(conn, BY_NAME, params![app.0, name.as_str()], read_account)
}

pub(super) fn accounts(
    conn: &Connection,
    app: AppId,
    after: AccountId,
    limit: usize,
) -> Result<Vec<Account>> {
    all(
        conn,
        PAGE,
        params![app.0, after.0, count(limit)],
        read_account,
    )
}

fn registered(conn: &Connection, app: AppId, name: &Name) -> Result<Account> {
    account(conn, app, name)?.ok_or_else(|| Error::NoAccount(name.clone()))
}

pub(super) fn change_account(
    conn: &Connection,
    app: AppId,
    name: &Name,
    change: AccountChange,
    now: Millis,
) -> Result<Account> {
    let mut account = registered(conn, app, name)?;
    account.modified = now;
    match change {
        AccountChange::Nickname(nickname) => {
            run(
                conn,
                SET_NICKNAME,
                params![account.id.0, nickname, int(now.0)],
            )?;
            account.profile.nickname = nickname;
        }
        AccountChange::Password(hash) => {
            run(conn, SET_PASSWORD, params![account.id.0, hash, int(now.0)])?;
            run(conn, DROP_TOKENS, [account.id.0])?;
            account.profile.password_hash = hash;
        }
        AccountChange::Active(active) => {
            run(conn, SET_ACTIVE, params![account.id.0, active, int(now.0)])?;
            if !active {
                run(conn, DROP_TOKENS, [account.id.0])?;
            }
            account.active = active;
        }
    }
    Ok(account)
}

pub(super) fn delete_account(
    conn: &Connection,
    state: &mut State,
    (app, name): (AppId, &Name),
    alias: Option<(&Name, Millis)>,
) -> Result<Deleted> {
    let account = registered(conn, app, name)?;
    if is_account_held(conn, account.id)? {
        return Err(Error::Held(name.clone()));
    }
    for conversation in conversations_of(conn, account.id)? {
        let Some(viewed) = viewed(conn, account.id, conversation)? else {
            continue;
        };
        let (low, high) = viewed.view.window(&viewed.log);
        if low <= high {
            leave_marker(conn, account.id, conversation, [(low, high)])?;
        }
        if viewed.view.until.is_none() {
            run(conn, ONE_LESS, [conversation.0])?;
        }
        run(conn, LEAVE_LOG, params![conversation.0, account.id.0])?;
    }
    if let Some((alias, now)) = alias {
        for conversation in all(conn, WROTE_IN, [account.id.0], |row| {
            conversation_id(row, 0)
        })? {
            renaming::leave(conn, conversation, (name, alias), now)?;
        }
    }
    for sql in DELETE_ALL {
        run(conn, sql, [account.id.0])?;
    }
    records::drop_account(conn, app, account.id, name)?;
    state.forget();
    Ok(Deleted { account })
}

pub(super) fn put_token(conn: &Connection, token: &Token) -> Result<()> {
    let (account, expires) = (
        token.account.map(|account| account.0),
        token.expires.map(|end| int(end.0)),
    );
    run(
        conn,
        TOKEN_PUT,
        params![token.sha256, token.app.0, account, expires],
    )?;
    Ok(())
}

pub(super) fn token(
    conn: &Connection,
    sha256: [u8; 32],
    now: Millis,
) -> Result<Option<TokenOwner>> {
    let found = one(conn, TOKEN, [sha256], |row| {
        let expires: Option<i64> = row.get(2)?;
        let expires = expires.map(|end| Millis(end.max(0).cast_unsigned()));
        Ok((AppId(row.get(0)?), row.get::<_, Option<i64>>(1)?, expires))
    })?;
    let Some((app, account, expires)) =
        found.filter(|(_, _, expires)| expires.is_none_or(|end| now < end))
    else {
        return Ok(None);
    };
    let Some(id) = account else {
        return Ok(Some(TokenOwner {
            app,
            account: None,
            expires,
        }));
    };
    let account = one(conn, BY_ID, [id], read_account)?.filter(|account| account.active);
    Ok(account.map(|account| TokenOwner {
        app,
        account: Some(account),
        expires,
    }))
}
