//! Who may speak in a group, and who may not be in it.

use super::groups::{check_batch, going};
use super::management::Managed;
use super::{Refusal, Reply, Service, muc};
use lacuna_domain::limits::GROUP_LIST_MAX;
use lacuna_domain::{ErrorCode, Millis, Name};
use lacuna_proto::pb::MucBody;
use lacuna_proto::pb::muc_body::Operation;
use lacuna_store::{
    Error, Group, GroupAct, GroupSignal, MUTE_ALL, NewEvent, NewRecord, RecordKind, RecordWrite,
};
use serde_json::json;

/// How a mute without an end is told: as clients of this ecosystem expect it, a moment far away.
pub const MUTED_FOR_EVER: Millis = Millis(4_638_873_600_000);

impl Service {
    /// Mutes members for so many milliseconds, or for ever; they, the owner and the admins are told. Gives when it ends.
    pub async fn mute(
        &self,
        managed: &Managed,
        names: &[Name],
        duration_ms: Option<u64>,
    ) -> Reply<Millis> {
        check_batch(names.len())?;
        self.check_governs(managed, names).await?;
        let now = self.clock.now();
        let end = duration_ms.map(|ms| Millis(now.0.saturating_add(ms)));
        let told = end.unwrap_or(MUTED_FOR_EVER);
        let mut write = managed.write();
        for name in names {
            let record = NewRecord {
                value: Vec::new().into(),
                expires: end,
            };
            write
                .changes
                .push((managed.record(RecordKind::Muted, name), Some(record)));
        }
        write.limits = vec![(managed.owner(), RecordKind::Muted, GROUP_LIST_MAX)];
        let events = names.iter().map(|name| {
            let ext = json!({"user_mute_time": {name.as_str(): told.0}}).to_string();
            let event = MucBody {
                ext: Some(ext),
                ..managed.event(Operation::AddMute, name)
            };
            (name, event)
        });
        let signals = self.to_each(&managed.group, events).await?;
        let act = GroupAct::About(names.to_vec());
        self.manage(managed, act, signals, write).await?;
        Ok(told)
    }

    /// Lets muted members speak again; they, the owner and the admins are told. No admin does so for itself.
    pub async fn unmute(&self, managed: &Managed, names: &[Name]) -> Reply<()> {
        self.check_governs(managed, names).await?;
        self.unlist(managed, names, (RecordKind::Muted, Operation::RemoveMute))
            .await
    }

    /// Lets members speak though all are muted; they, the owner and the admins are told.
    pub async fn allow(&self, managed: &Managed, names: &[Name]) -> Reply<()> {
        check_batch(names.len())?;
        let mut write = managed.write();
        for name in names {
            write = write.put(managed.record(RecordKind::Allowed, name), "");
        }
        write.limits = vec![(managed.owner(), RecordKind::Allowed, GROUP_LIST_MAX)];
        let events = names
            .iter()
            .map(|name| (name, managed.event(Operation::AddUserWhiteList, name)));
        let signals = self.to_each(&managed.group, events).await?;
        let act = GroupAct::About(names.to_vec());
        self.manage(managed, act, signals, write).await?;
        Ok(())
    }

    /// Whether a user speaks though all are muted, by being on the list.
    pub async fn is_allowed(&self, managed: &Managed, name: &Name) -> Reply<bool> {
        self.has(&managed.group, RecordKind::Allowed, name).await
    }

    /// Takes members off the list of those who speak though all are muted.
    pub async fn disallow(&self, managed: &Managed, names: &[Name]) -> Reply<()> {
        let list = (RecordKind::Allowed, Operation::RemoveUserWhiteList);
        self.unlist(managed, names, list).await
    }

    /// Takes names off a list. Who is not on it is left alone.
    async fn unlist(
        &self,
        managed: &Managed,
        names: &[Name],
        (kind, operation): (RecordKind, Operation),
    ) -> Reply<()> {
        check_batch(names.len())?;
        let there = self.named(&managed.group, kind, names).await?;
        let names: Vec<&Name> = names
            .iter()
            .zip(there)
            .filter_map(|(name, there)| there.then_some(name))
            .collect();
        if names.is_empty() {
            return Ok(());
        }
        let mut write = managed.write();
        for name in &names {
            write = write.remove(managed.record(kind, name));
        }
        let events = names
            .iter()
            .map(|name| (*name, managed.event(operation, name)));
        let signals = self.to_each(&managed.group, events).await?;
        self.manage(managed, GroupAct::Keep, signals, write).await?;
        Ok(())
    }

    /// An event about each of these, to it, the owner and the admins.
    async fn to_each<'a>(
        &self,
        group: &Group,
        events: impl Iterator<Item = (&'a Name, MucBody)>,
    ) -> Reply<Vec<GroupSignal>> {
        let staff = self.staff_and(group, &[]).await?;
        let signals = events.map(|(name, event)| {
            let mut told = staff.clone();
            if !told.contains(name) {
                told.push(name.clone());
            }
            muc::to_only(told, &event)
        });
        Ok(signals.collect())
    }

    /// Mutes everybody but the owner, the admins and the allowed, or lets them speak again; everybody is told.
    pub async fn mute_all(&self, managed: &Managed, muted: bool) -> Reply<()> {
        let operation = if muted {
            Operation::BanGroup
        } else {
            Operation::RemoveBanGroup
        };
        self.set_flag(managed, MUTE_ALL, muted, operation).await
    }

    /// Bans users: members are taken out and told, the rest too; nobody of them comes back before the ban is lifted.
    pub async fn ban(&self, managed: &Managed, names: &[Name]) -> Reply<()> {
        check_batch(names.len())?;
        self.check_governs(managed, names).await?;
        let mut members = Vec::new();
        for name in names {
            let account = self.store.account(managed.app.id, name).await?;
            let account = account.ok_or_else(|| Error::NoAccount(name.clone()))?;
            if self
                .is_member(account.id, managed.group.conversation)
                .await?
            {
                members.push(name.clone());
            }
        }
        let mut write = going(&managed.app, &managed.group, &members);
        for name in names {
            write = write
                .put(
                    managed.record(RecordKind::Banned, name),
                    managed.by.name.as_str().to_owned(),
                )
                .remove(managed.record(RecordKind::Applied, name))
                .remove(managed.record(RecordKind::Invited, name));
        }
        write.limits = vec![(managed.owner(), RecordKind::Banned, GROUP_LIST_MAX)];
        let mut signals = Vec::new();
        for name in &members {
            let only =
                |operation| muc::to_only(vec![name.clone()], &managed.event(operation, name));
            signals.push(only(Operation::Ban));
            // Clients tell their user of a removal, not of a ban.
            signals.push(only(Operation::Kick));
            let absent = muc::event(&managed.app, &managed.group, Operation::Absence, name, name);
            signals.push(muc::to_others(name, &absent));
        }
        let act = if members.is_empty() {
            GroupAct::Keep
        } else {
            GroupAct::Leave(members)
        };
        self.manage(managed, act, signals, write).await?;
        Ok(())
    }

    /// Lifts bans; who was banned is told, and may come back.
    pub async fn unban(&self, managed: &Managed, names: &[Name]) -> Reply<()> {
        check_batch(names.len())?;
        let there = self
            .named(&managed.group, RecordKind::Banned, names)
            .await?;
        let mut write = managed.write();
        for (name, banned) in names.iter().zip(there) {
            if banned {
                let event = managed.event(Operation::Allow, name);
                write = self.tell(write, managed, name, &event).await?;
                write = write.remove(managed.record(RecordKind::Banned, name));
            }
        }
        self.manage(managed, GroupAct::Keep, Vec::new(), write)
            .await?;
        Ok(())
    }

    /// Adds an event for somebody who need not be a member. Who is gone is not told.
    pub(super) async fn tell(
        &self,
        write: RecordWrite,
        managed: &Managed,
        name: &Name,
        event: &MucBody,
    ) -> Reply<RecordWrite> {
        let account = self.store.account(managed.app.id, name).await?;
        let event = NewEvent {
            device: lacuna_domain::DeviceId::NONE,
            body: muc::body(event),
        };
        Ok(match account {
            Some(account) => write.tell(account.id, event),
            None => write,
        })
    }

    /// Nobody of these is banned.
    pub(super) async fn check_none_banned(&self, group: &Group, names: &[Name]) -> Reply<()> {
        let banned = self.named(group, RecordKind::Banned, names).await?;
        let mut found = names.iter().zip(banned).filter(|(_, banned)| *banned);
        let Some((name, _)) = found.next() else {
            return Ok(());
        };
        Err(Refusal::new(
            ErrorCode::GroupUserBlocked,
            "forbidden_op",
            format!("can not join this group, reason:user: {name} is in the blacklist"),
        ))
    }
}
