//! One-way deletion, and the account's other marks on a conversation. Rows keyed by the account, none by the log.

use super::records;
use super::state::{State, next_version};
use super::stream::push_event;
use super::values::{count, int, one, run, runs_column, seq};
use super::views::{
    Viewed, account_version, conversations_of, name_and_version, target, viewed, viewed_by_key,
};
use crate::act::{Error, Result};
use crate::rows::{Hide, HideDone, Scope, ViewAct, ViewChange, ViewChanged};
use lacuna_domain::limits::PINNED_MAX;
use lacuna_domain::{
    AccountId, ConversationId, DeviceId, Floor, Hidden, HiddenRange, HidePlan, Mark, Millis, Pos,
    Seq, plan_hide,
};
use rusqlite::{Connection, params};

const MESSAGE_AT: &str =
    "SELECT seq FROM entry WHERE conversation = ?1 AND pos = ?2 AND seq IS NOT NULL";

const FLOOR: &str = "UPDATE view SET floor_seq = ?3, floor_pos = ?4, floor_version = ?5, floor_notice = ?6, floor_device = ?7 \
    WHERE account = ?1 AND conversation = ?2";

const HIDDEN_DELETE: &str =
    "DELETE FROM hidden WHERE account = ?1 AND conversation = ?2 AND from_seq = ?3";

const HIDDEN_INSERT: &str = "INSERT INTO hidden (account, conversation, from_seq, from_pos, to_seq, to_pos, version, device, notice) \
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";

const MARKER: &str = "INSERT INTO purge (conversation, account, runs) VALUES (?1, ?2, ?3)";

const PIN: &str = "UPDATE view SET pinned_at = ?3 WHERE account = ?1 AND conversation = ?2";

const PINNED: &str =
    "SELECT count(*) FROM view WHERE account = ?1 AND pinned_at > 0 AND conversation <> ?2";

const UNLIST: &str =
    "UPDATE view SET unlisted_seq = ?3, pinned_at = 0 WHERE account = ?1 AND conversation = ?2";

const READ: &str = "UPDATE view SET read_seq = ?3 WHERE account = ?1 AND conversation = ?2";

#[cfg(test)]
pub(super) const QUERIES: &[&str] = &[
    MESSAGE_AT,
    FLOOR,
    HIDDEN_DELETE,
    HIDDEN_INSERT,
    MARKER,
    PIN,
    PINNED,
    UNLIST,
    READ,
];

pub(super) fn hide(
    conn: &Connection,
    state: &mut State,
    hide: &Hide,
    now: Millis,
) -> Result<HideDone> {
    let origin = hide.notice.then_some(hide.device);
    let find = |target: &lacuna_domain::Target| {
        viewed_by_key(conn, hide.account, hide.app, &target.key(&hide.name))
    };
    let changed = match &hide.scope {
        Scope::Ids(target, ids) => match find(target)? {
            Some(viewed) => hide_ids(conn, &viewed, hide, ids)?,
            None => false,
        },
        Scope::Through(target, time) => {
            let through = if *time >= now {
                Pos::MAX
            } else {
                Pos::last_at(*time)
            };
            match find(target)? {
                Some(viewed) => hide_through(conn, &viewed, through, origin)?,
                None => false,
            }
        }
        Scope::Conversation(target) => match find(target)? {
            Some(viewed) => hide_through(conn, &viewed, Pos::MAX, origin)?,
            None => false,
        },
        Scope::All => hide_all(conn, hide.account, origin)?,
    };
    Ok(HideDone {
        changed,
        version: account_version(conn, hide.account)?,
        barrier: state.last_pos(),
    })
}

fn hide_all(conn: &Connection, account: AccountId, origin: Option<DeviceId>) -> Result<bool> {
    let mut changed = false;
    for conversation in conversations_of(conn, account)? {
        if let Some(viewed) = viewed(conn, account, conversation)? {
            changed |= hide_through(conn, &viewed, Pos::MAX, origin)?;
        }
    }
    Ok(changed)
}

fn hide_ids(conn: &Connection, viewed: &Viewed, hide: &Hide, ids: &[Pos]) -> Result<bool> {
    let mut marks = Vec::with_capacity(ids.len());
    let mut near = Hidden::default();
    for id in ids {
        let Some(seq) = one(
            conn,
            MESSAGE_AT,
            params![viewed.conversation.0, int(id.0)],
            |row| seq(row, 0),
        )?
        else {
            continue;
        };
        // The range after, and the one that holds the message or ends before it.
        let around = viewed.hidden_down(conn, seq.prev(), seq.next(), 2)?;
        for range in around {
            near.insert(range);
        }
        if viewed
            .view
            .sees(seq, &*viewed.log_over(conn, seq, seq)?, &near)
        {
            marks.push(Mark { seq, pos: *id });
        }
    }
    if marks.is_empty() {
        return Ok(false);
    }
    let version = next_version(conn, viewed.account)?;
    let plan = plan_hide(
        &viewed.view,
        &near,
        &marks,
        (version, hide.device, hide.notice),
    );
    apply(conn, viewed, &plan)?;
    leave_marker(
        conn,
        viewed.account,
        viewed.conversation,
        plan.newly.iter().map(|(from, to)| (from.seq, to.seq)),
    )?;
    forget_if_empty(conn, viewed)?;
    Ok(true)
}

fn apply(conn: &Connection, viewed: &Viewed, plan: &HidePlan) -> Result<()> {
    let (account, conversation) = (viewed.account.0, viewed.conversation.0);
    for from in &plan.remove {
        run(
            conn,
            HIDDEN_DELETE,
            params![account, conversation, int(from.0)],
        )?;
    }
    for HiddenRange {
        from,
        to,
        version,
        device,
        notice,
    } in &plan.insert
    {
        let (from, to) = (
            (int(from.seq.0), int(from.pos.0)),
            (int(to.seq.0), int(to.pos.0)),
        );
        run(
            conn,
            HIDDEN_INSERT,
            params![
                account,
                conversation,
                from.0,
                from.1,
                to.0,
                to.1,
                int(version.0),
                device.0,
                notice
            ],
        )?;
    }
    Ok(())
}

/// Raises the floor to the last message at or before a position. One row, one marker, whatever it hides. Says whether it rose.
fn hide_through(
    conn: &Connection,
    viewed: &Viewed,
    through: Pos,
    origin: Option<DeviceId>,
) -> Result<bool> {
    let low = viewed.view.floor.at.seq;
    let high = viewed
        .view
        .window(&viewed.log)
        .1
        .min(viewed.seq_through(conn, through)?);
    if high <= low {
        return Ok(false);
    }
    let Some(at) = viewed.mark_of(conn, high)? else {
        return Ok(false);
    };
    let mut viewed = viewed.clone();
    viewed
        .view
        .floor
        .raise(at, next_version(conn, viewed.account)?, origin);
    write_floor(
        conn,
        viewed.account,
        viewed.conversation,
        &viewed.view.floor,
    )?;
    leave_marker(
        conn,
        viewed.account,
        viewed.conversation,
        [(low.next(), at.seq)],
    )?;
    forget_if_empty(conn, &viewed)?;
    Ok(true)
}

pub(super) fn write_floor(
    conn: &Connection,
    account: AccountId,
    conversation: ConversationId,
    floor: &Floor,
) -> Result<()> {
    let Floor {
        at,
        version,
        notice,
        device,
    } = floor;
    let (seq, pos) = (int(at.seq.0), int(at.pos.0));
    run(
        conn,
        FLOOR,
        params![
            account.0,
            conversation.0,
            seq,
            pos,
            int(version.0),
            int(notice.0),
            device.0
        ],
    )?;
    Ok(())
}

/// Leaves a note for the purge: somebody sees these messages no more.
pub(super) fn leave_marker(
    conn: &Connection,
    account: AccountId,
    conversation: ConversationId,
    runs: impl IntoIterator<Item = (Seq, Seq)>,
) -> Result<()> {
    run(
        conn,
        MARKER,
        params![conversation.0, account.0, runs_column(runs)],
    )?;
    Ok(())
}

/// Takes the pin and the marks from a conversation with nothing visible left.
fn forget_if_empty(conn: &Connection, viewed: &Viewed) -> Result<()> {
    let pinned = viewed.view.pinned_at > 0;
    let marks = records::has_marks(conn, viewed.account)?;
    if (pinned || marks) && viewed.last_visible(conn)?.is_none() {
        if pinned {
            pin(conn, viewed, 0)?;
        }
        if marks {
            let me = name_and_version(conn, viewed.account)?.map(|(name, _)| name);
            records::unmark(conn, viewed.account, &target(&viewed.key, me.as_ref()))?;
        }
    }
    Ok(())
}

pub(super) fn pin(conn: &Connection, viewed: &Viewed, pinned_at: u64) -> Result<()> {
    run(
        conn,
        PIN,
        params![viewed.account.0, viewed.conversation.0, int(pinned_at)],
    )?;
    Ok(())
}

pub(super) fn change_view(
    conn: &Connection,
    state: &mut State,
    change: ViewChange,
    now: Millis,
) -> Result<ViewChanged> {
    let ViewChange {
        account,
        app,
        name,
        target,
        act,
        event,
    } = change;
    let barrier = state.last_pos();
    let Some(viewed) = viewed_by_key(conn, account, app, &target.key(&name))? else {
        return Ok(ViewChanged {
            found: false,
            version: account_version(conn, account)?,
            barrier,
            pinned_at: 0,
        });
    };
    let ids = (account.0, viewed.conversation.0);
    let last = int(viewed.log.last.seq.0);
    let pinned_at = match act {
        ViewAct::Pin => {
            let others = one(conn, PINNED, ids, |row| row.get::<_, i64>(0))?.unwrap_or_default();
            if others >= count(PINNED_MAX) {
                return Err(Error::LimitReached);
            }
            pin(conn, &viewed, now.0)?;
            now.0
        }
        ViewAct::Unpin => {
            pin(conn, &viewed, 0)?;
            0
        }
        ViewAct::Unlist | ViewAct::UnlistAndHide => {
            if act == ViewAct::UnlistAndHide {
                hide_through(conn, &viewed, Pos::MAX, None)?;
            }
            run(conn, UNLIST, params![ids.0, ids.1, last])?;
            0
        }
        ViewAct::Read => {
            run(conn, READ, params![ids.0, ids.1, last])?;
            viewed.view.pinned_at
        }
    };
    if let Some(event) = event {
        push_event(conn, account, &event, now)?;
    }
    Ok(ViewChanged {
        found: true,
        version: account_version(conn, account)?,
        barrier,
        pinned_at,
    })
}
