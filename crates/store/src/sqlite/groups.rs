//! Groups: a conversation with settings, whose members are the views without an end.

use super::accounts::name_taken;
use super::append::{NewEntry, StoredKind, put};
use super::hide::{leave_marker, pin, write_floor};
use super::state::{LogEnd, State, create_log, ensure_view, find_end, next_version};
use super::values::{
    account_id, all, conversation_id, count, int, key, key_columns, millis, name, one, pos, run,
};
use super::views::{Viewed, viewed};
use super::{records, rooms};
use crate::act::{Error, Result};
use crate::rows::{
    Appended, Group, GroupAct, GroupChange, GroupChanged, GroupKind, GroupMember, GroupQuery,
    GroupSettings, GroupSignal, NewGroup, Sender, SignalAudience, ThreadParent,
};
use bytes::Bytes;
use lacuna_domain::{
    AccountId, AppId, Audience, ConversationId, ConversationKey, GroupId, Millis, Name,
};
use rusqlite::{Connection, Row, params};

macro_rules! groups {
    ($from:literal) => {
        concat!(
            "SELECT c.id, c.kind, c.key, g.owner, g.name, g.description, g.avatar, g.custom, g.public, g.members_only, \
             g.allow_invites, g.invite_need_confirm, g.members_max, g.members, g.created, g.room, p.key, g.parent_pos ",
            $from
        )
    };
}

pub(super) use groups as select_groups;

const BY_KEY: &str = groups!(
    "FROM conversation c JOIN group_info g ON g.conversation = c.id LEFT JOIN conversation p ON p.id = g.parent \
    WHERE c.app = ?1 AND c.kind = ?2 AND c.key = ?3 AND g.ended = 0"
);

const OF_ACCOUNT: &str = groups!(
    "FROM view v JOIN group_info g ON g.conversation = v.conversation JOIN conversation c ON c.id = v.conversation \
    LEFT JOIN conversation p ON p.id = g.parent \
    WHERE v.account = ?1 AND v.until_seq IS NULL AND g.ended = 0 ORDER BY v.conversation"
);

const LISTED: &str = groups!(
    "FROM group_info g JOIN conversation c ON c.id = g.conversation LEFT JOIN conversation p ON p.id = g.parent \
    WHERE g.app = ?1 AND g.room = ?2 AND g.parent IS NULL AND g.ended = 0 AND g.conversation > ?3 ORDER BY g.conversation LIMIT ?4"
);

const PUBLIC: &str = groups!(
    "FROM group_info g JOIN conversation c ON c.id = g.conversation LEFT JOIN conversation p ON p.id = g.parent \
    WHERE g.app = ?1 AND g.room = ?2 AND g.parent IS NULL AND g.ended = 0 AND g.public = 1 AND g.conversation > ?3 ORDER BY g.conversation LIMIT ?4"
);

const INSERT: &str = "INSERT INTO group_info (conversation, owner, name, description, avatar, custom, public, members_only, \
    allow_invites, invite_need_confirm, members_max, members, joins, created, ended, room, parent, parent_pos, app) \
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, 0, 0, ?12, 0, ?13, ?14, ?15, ?16)";

const IS_IN: &str = "SELECT 1 FROM view v JOIN group_info g ON g.conversation = v.conversation \
    WHERE v.account = ?1 AND v.conversation = ?2 AND v.until_seq IS NULL AND g.ended = 0";

const MEMBERS: &str = "SELECT m.account, a.name, m.joined_at FROM member m JOIN account a ON a.id = m.account \
    WHERE m.conversation = ?1 AND m.until_pos IS NULL ORDER BY m.place LIMIT ?3 OFFSET ?2";

pub(super) const MEMBER_IDS: &str =
    "SELECT account FROM member WHERE conversation = ?1 AND until_pos IS NULL ORDER BY place";

const ONE_MORE: &str = "UPDATE group_info SET members = members + 1, joins = joins + 1 WHERE conversation = ?1 RETURNING joins";

const MEMBER_JOINS: &str = "UPDATE member SET joined_at = ?3, place = ?4, until_pos = NULL WHERE conversation = ?1 AND account = ?2";

const VIEW_JOINS: &str = "UPDATE view SET joined_seq = ?3, joined_pos = ?4, until_seq = NULL, until_pos = NULL \
    WHERE account = ?1 AND conversation = ?2";

pub(super) const ONE_LESS: &str =
    "UPDATE group_info SET members = members - 1 WHERE conversation = ?1";

const MEMBER_LEAVES: &str =
    "UPDATE member SET until_pos = ?3 WHERE conversation = ?1 AND account = ?2";

const VIEW_LEAVES: &str =
    "UPDATE view SET until_seq = ?3, until_pos = ?4 WHERE account = ?1 AND conversation = ?2";

pub(super) const END: &str = "UPDATE group_info SET ended = 1 WHERE conversation = ?1";

const SET_OWNER: &str = "UPDATE group_info SET owner = ?2 WHERE conversation = ?1";

const SET_SETTINGS: &str = "UPDATE group_info SET name = ?2, description = ?3, avatar = ?4, custom = ?5, public = ?6, \
    members_only = ?7, allow_invites = ?8, invite_need_confirm = ?9, members_max = ?10 WHERE conversation = ?1";

#[cfg(test)]
pub(super) const QUERIES: &[&str] = &[
    SET_OWNER,
    SET_SETTINGS,
    BY_KEY,
    OF_ACCOUNT,
    LISTED,
    PUBLIC,
    INSERT,
    IS_IN,
    MEMBERS,
    MEMBER_IDS,
    ONE_MORE,
    MEMBER_JOINS,
    VIEW_JOINS,
    ONE_LESS,
    MEMBER_LEAVES,
    VIEW_LEAVES,
    END,
];

pub(super) fn read_group(row: &Row<'_>) -> rusqlite::Result<Group> {
    let id = match key(row, 1)? {
        ConversationKey::Group(id) => id,
        // The query joins the settings, which no 1-1 conversation has.
        ConversationKey::Direct(name, _) => GroupId::new(name.as_str()),
    };
    let parent_key: Option<String> = row.get(16)?;
    let parent = match parent_key {
        Some(id) => Some(ThreadParent {
            group: GroupId::new(&id),
            message: pos(row, 17)?,
        }),
        None => None,
    };
    let settings = GroupSettings {
        name: row.get(4)?,
        description: row.get(5)?,
        avatar: row.get(6)?,
        custom: row.get(7)?,
        public: row.get(8)?,
        members_only: row.get(9)?,
        allow_invites: row.get(10)?,
        invite_need_confirm: row.get(11)?,
        members_max: row.get(12)?,
        room: row.get(15)?,
        parent,
    };
    Ok(Group {
        conversation: conversation_id(row, 0)?,
        id,
        owner: name(row, 3)?,
        settings,
        members: row.get(13)?,
        created: millis(row, 14)?,
    })
}

/// A group that did not end.
pub(super) fn group(conn: &Connection, app: AppId, id: &GroupId) -> Result<Option<Group>> {
    let (kind, text) = key_columns(&ConversationKey::Group(id.clone()));
    one(conn, BY_KEY, params![app.0, kind, text], read_group)
}

fn must_be(conn: &Connection, app: AppId, id: &GroupId) -> Result<Group> {
    group(conn, app, id)?.ok_or_else(|| Error::NoGroup(id.clone()))
}

pub(super) fn members(
    conn: &Connection,
    app: AppId,
    id: &GroupId,
    after: usize,
    limit: usize,
) -> Result<Vec<GroupMember>> {
    let group = must_be(conn, app, id)?;
    all(
        conn,
        MEMBERS,
        params![group.conversation.0, count(after), count(limit)],
        |row| {
            Ok(GroupMember {
                account: account_id(row, 0)?,
                name: name(row, 1)?,
                joined: millis(row, 2)?,
            })
        },
    )
}

pub(super) fn groups_of(conn: &Connection, account: AccountId) -> Result<Vec<Group>> {
    all(conn, OF_ACCOUNT, [account.0], read_group)
}

pub(super) fn list_groups(conn: &Connection, query: &GroupQuery) -> Result<Vec<Group>> {
    let sql = if query.public_only { PUBLIC } else { LISTED };
    let of = params![query.app.0, query.room, query.after.0, count(query.limit)];
    all(conn, sql, of, read_group)
}

pub(super) fn create_group(
    conn: &Connection,
    state: &mut State,
    group: NewGroup,
    now: Millis,
) -> Result<Group> {
    let NewGroup {
        app,
        owner,
        settings,
    } = group;
    let account = state.registered(conn, app, &owner)?;
    let parent = match &settings.parent {
        Some(parent) => Some((
            rooms::parent_log(conn, app, (account, &owner), parent)?,
            parent.message,
        )),
        None => None,
    };
    if rooms::in_too_many(conn, account, settings.kind())? {
        return Err(Error::LimitReached);
    }
    let id = loop {
        let text = state.next_pos(now).to_string();
        let taken = match Name::new(&text) {
            Ok(name) => name_taken(conn, state, app, &name)?,
            Err(_) => false,
        };
        if !taken {
            break GroupId::new(&text);
        }
    };
    let end = create_log(conn, app, &ConversationKey::Group(id.clone()))?;
    run(
        conn,
        INSERT,
        params![
            end.id.0,
            owner.as_str(),
            settings.name,
            settings.description,
            settings.avatar,
            settings.custom,
            settings.public,
            settings.members_only,
            settings.allow_invites,
            settings.invite_need_confirm,
            settings.members_max,
            int(now.0),
            settings.room,
            parent.map(|(log, _)| log.0),
            parent.map(|(_, message)| int(message.0)),
            app.0,
        ],
    )?;
    join(conn, account, &end, now)?;
    must_be(conn, app, &id)
}

pub(super) fn change_group(
    conn: &Connection,
    state: &mut State,
    change: GroupChange,
    now: Millis,
) -> Result<GroupChanged> {
    let key = ConversationKey::Group(change.group.clone());
    let before = must_be(conn, change.app, &change.group)?;
    let found = find_end(conn, change.app, &key)?;
    let mut end = found.ok_or_else(|| Error::NoGroup(change.group.clone()))?;
    let (accounts, comes) = who_moves(conn, state, &before, &change)?;
    let told = records::write(conn, &change.write, now)?;
    if comes {
        for account in &accounts {
            join(conn, *account, &end, now)?;
        }
    }
    let signals = signal(
        conn,
        state,
        (&change.by, change.app),
        (change.signals, &mut end),
        now,
    )?;
    state.moved(change.app, &key, end);
    let conversation = before.conversation;
    let kind = before.settings.kind();
    if !comes {
        for account in &accounts {
            match kind {
                GroupKind::Room => rooms::forget(conn, *account, &end)?,
                GroupKind::Group | GroupKind::Thread => leave(conn, *account, &end)?,
            }
        }
    }
    let mut threads = Vec::new();
    match change.act {
        GroupAct::Leave(_) if kind == GroupKind::Group => {
            threads = rooms::leave_threads(conn, conversation, &accounts)?;
        }
        GroupAct::Join(_) | GroupAct::Leave(_) | GroupAct::Keep | GroupAct::About(_) => {}
        GroupAct::Update(settings) => update(conn, conversation, &settings)?,
        GroupAct::Transfer(name) => {
            run(conn, SET_OWNER, params![conversation.0, name.as_str()])?;
        }
        GroupAct::Destroy => {
            run(conn, END, [conversation.0])?;
            records::drop_conversation(conn, conversation)?;
            threads = rooms::end_threads(conn, conversation)?;
            state.forget();
        }
    }
    let group = group(conn, change.app, &change.group)?.unwrap_or(before);
    Ok(GroupChanged {
        group,
        accounts,
        signals,
        told,
        threads,
    })
}

/// The accounts that come or go with a change, and whether they come.
fn who_moves(
    conn: &Connection,
    state: &mut State,
    group: &Group,
    change: &GroupChange,
) -> Result<(Vec<AccountId>, bool)> {
    let id = group.conversation;
    let accounts = match &change.act {
        GroupAct::Join(names) => {
            return Ok((comers(conn, state, group, change.app, names)?, true));
        }
        GroupAct::Leave(names) => leavers(conn, state, id, change.app, names)?,
        GroupAct::Keep | GroupAct::Update(_) => Vec::new(),
        GroupAct::Transfer(name) => {
            // Whom the group goes to must be a member, and neither comes nor leaves.
            leavers(conn, state, id, change.app, std::slice::from_ref(name))?;
            Vec::new()
        }
        GroupAct::About(names) => {
            leavers(conn, state, id, change.app, names)?;
            Vec::new()
        }
        GroupAct::Destroy => all(conn, MEMBER_IDS, [id.0], |row| account_id(row, 0))?,
    };
    Ok((accounts, false))
}

/// Appends the signals that tell of a change.
fn signal(
    conn: &Connection,
    state: &mut State,
    (by, app): (&Sender, AppId),
    (signals, end): (Vec<GroupSignal>, &mut LogEnd),
    now: Millis,
) -> Result<Vec<(Appended, Bytes)>> {
    let mut appended = Vec::with_capacity(signals.len());
    for signal in signals {
        let audience = match signal.audience {
            SignalAudience::All => Audience::All,
            SignalAudience::Only(names) => Audience::Only(state.resolve(conn, app, &names)?),
            SignalAudience::Except(names) => Audience::Except(state.resolve(conn, app, &names)?),
        };
        let entry = NewEntry {
            kind: StoredKind::GROUP_SIGNAL,
            sender: by,
            audience,
            body: &signal.body,
        };
        let (done, moved) = put(conn, *end, state.next_pos(now), entry)?;
        *end = moved;
        appended.push((done, signal.body));
    }
    Ok(appended)
}

fn update(conn: &Connection, conversation: ConversationId, settings: &GroupSettings) -> Result<()> {
    let of = params![
        conversation.0,
        settings.name,
        settings.description,
        settings.avatar,
        settings.custom,
        settings.public,
        settings.members_only,
        settings.allow_invites,
        settings.invite_need_confirm,
        settings.members_max,
    ];
    run(conn, SET_SETTINGS, of)?;
    Ok(())
}

/// Whether an account is in a group that has not ended.
pub(super) fn is_member(
    conn: &Connection,
    account: AccountId,
    conversation: ConversationId,
) -> Result<bool> {
    Ok(one(conn, IS_IN, [account.0, conversation.0], |_| Ok(()))?.is_some())
}

/// The accounts of those who want to come in, if all of them may.
fn comers(
    conn: &Connection,
    state: &mut State,
    group: &Group,
    app: AppId,
    names: &[Name],
) -> Result<Vec<AccountId>> {
    let mut accounts = Vec::with_capacity(names.len());
    for name in names {
        let account = state.registered(conn, app, name)?;
        if accounts.contains(&account) || is_member(conn, account, group.conversation)? {
            return Err(Error::AlreadyMember(name.clone()));
        }
        if rooms::in_too_many(conn, account, group.settings.kind())? {
            return Err(Error::LimitReached);
        }
        accounts.push(account);
    }
    let members = u32::try_from(accounts.len())
        .ok()
        .and_then(|more| group.members.checked_add(more));
    if members.is_some_and(|members| members <= group.settings.members_max) {
        Ok(accounts)
    } else {
        Err(Error::GroupFull)
    }
}

/// The accounts of those who go, if all of them are members.
fn leavers(
    conn: &Connection,
    state: &mut State,
    conversation: ConversationId,
    app: AppId,
    names: &[Name],
) -> Result<Vec<AccountId>> {
    let mut accounts = Vec::with_capacity(names.len());
    for name in names {
        match state
            .account(conn, app, name)?
            .filter(|account| !accounts.contains(account))
        {
            Some(account) if is_member(conn, account, conversation)? => accounts.push(account),
            _ => return Err(Error::NotMember(name.clone())),
        }
    }
    Ok(accounts)
}

/// Makes an account a member from the log's end on. What it still saw from an earlier membership is gone: a fact of its own,
/// which nobody is told of.
fn join(conn: &Connection, account: AccountId, end: &LogEnd, now: Millis) -> Result<()> {
    match viewed(conn, account, end.id)? {
        Some(viewed) => rejoin(conn, viewed, end)?,
        None => ensure_view(conn, account, end)?,
    }
    let place = one(conn, ONE_MORE, [end.id.0], |row| row.get::<_, i64>(0))?;
    run(
        conn,
        MEMBER_JOINS,
        params![end.id.0, account.0, int(now.0), place],
    )?;
    Ok(())
}

fn rejoin(conn: &Connection, mut viewed: Viewed, end: &LogEnd) -> Result<()> {
    let (account, conversation, mark) = (viewed.account, viewed.conversation, end.mark());
    let (low, high) = viewed.view.window(&viewed.log);
    let hides = viewed.last_visible(conn)?.is_some();
    // Also if nothing was left to see: the floor takes the place of ranges that a device may not have heard of yet.
    let version = if viewed.view.floor.at.seq < mark.seq {
        next_version(conn, account)?
    } else {
        viewed.view.floor.version
    };
    if hides {
        leave_marker(conn, account, conversation, [(low, high)])?;
        pin(conn, &viewed, 0)?;
    }
    if viewed.view.floor.raise(mark, version, None) {
        write_floor(conn, account, conversation, &viewed.view.floor)?;
    }
    run(
        conn,
        VIEW_JOINS,
        params![account.0, conversation.0, int(mark.seq.0), int(mark.pos.0)],
    )?;
    Ok(())
}

pub(super) fn leave(conn: &Connection, account: AccountId, end: &LogEnd) -> Result<()> {
    let mark = end.mark();
    run(conn, ONE_LESS, [end.id.0])?;
    run(
        conn,
        MEMBER_LEAVES,
        params![end.id.0, account.0, int(mark.pos.0)],
    )?;
    run(
        conn,
        VIEW_LEAVES,
        params![account.0, end.id.0, int(mark.seq.0), int(mark.pos.0)],
    )?;
    Ok(())
}
