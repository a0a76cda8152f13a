//! What a group is set to, its announcement, whether it is in use, and who wants nothing of it delivered.

use super::groups::check_settings;
use super::management::Managed;
use super::{Actor, Refusal, Reply, Service, muc};
use lacuna_domain::ErrorCode;
use lacuna_domain::limits::GROUP_ANNOUNCEMENT_CHARS_MAX;
use lacuna_proto::pb::muc_body::Operation;
use lacuna_store::{
    ANNOUNCEMENT, DISABLED, Group, GroupAct, MUTE_ALL, Record, RecordId, RecordKind, RecordOwner,
};
use serde_json::json;

/// Settings to change; none for one that stays.
#[derive(Clone, Debug, Default)]
pub struct GroupEdit {
    /// The name.
    pub name: Option<String>,
    /// The description.
    pub description: Option<String>,
    /// The picture's URL.
    pub avatar: Option<String>,
    /// Custom data.
    pub custom: Option<String>,
    /// Whether it is found by search and may be joined.
    pub public: Option<bool>,
    /// Whether joining needs approval.
    pub members_only: Option<bool>,
    /// Whether every member may invite.
    pub allow_invites: Option<bool>,
    /// Whether an invitation needs the invitee's consent.
    pub invite_need_confirm: Option<bool>,
    /// Members at most.
    pub members_max: Option<u32>,
}

impl Service {
    /// Changes settings; everybody is told all of them.
    pub async fn edit_group(&self, managed: &Managed, edit: GroupEdit) -> Reply<Group> {
        let mut settings = managed.group.settings.clone();
        settings.name = edit.name.unwrap_or(settings.name);
        settings.description = edit.description.unwrap_or(settings.description);
        settings.avatar = edit.avatar.unwrap_or(settings.avatar);
        settings.custom = edit.custom.unwrap_or(settings.custom);
        settings.public = edit.public.unwrap_or(settings.public);
        settings.members_only = edit.members_only.unwrap_or(settings.members_only);
        settings.allow_invites = edit.allow_invites.unwrap_or(settings.allow_invites);
        settings.invite_need_confirm = edit
            .invite_need_confirm
            .unwrap_or(settings.invite_need_confirm);
        settings.members_max = edit.members_max.unwrap_or(settings.members_max);
        check_settings(&mut settings)?;
        if settings.room && settings.name.is_empty() {
            return Err(Refusal::invalid("name cannot be empty"));
        }
        if settings.members_max < managed.group.members {
            return Err(Refusal::new(
                ErrorCode::GroupFull,
                "exceed_limit",
                "members size is greater than max user size !",
            ));
        }
        let facts = json!({
            "name": settings.name,
            "title": settings.name,
            "description": settings.description,
            "public": settings.public,
            "members_only": settings.members_only,
            "allow_user_invites": settings.allow_invites,
            "max_users": settings.members_max,
            "invite_need_confirm": settings.invite_need_confirm,
            "custom": settings.custom,
            "avatar": settings.avatar,
            "last_modified": self.clock.now().0,
        });
        let event = managed.event(Operation::Update, &managed.by.name);
        let signals = vec![muc::to_all(&muc::with_facts(event, &facts))];
        let act = GroupAct::Update(Box::new(settings));
        let changed = self.manage(managed, act, signals, managed.write()).await?;
        Ok(changed.group)
    }

    /// A group's announcement; empty if it has none.
    pub async fn announcement(&self, managed: &Managed) -> Reply<String> {
        let ids = vec![managed.setting(ANNOUNCEMENT)];
        let found = self.store.record(ids, self.clock.now()).await?;
        let found = found.into_iter().flatten().next();
        Ok(found.map_or_else(String::new, |record| {
            String::from_utf8_lossy(&record.value).into_owned()
        }))
    }

    /// Announces something to everybody; nothing takes the announcement away.
    pub async fn announce(&self, managed: &Managed, text: &str) -> Reply<()> {
        if text.chars().count() > GROUP_ANNOUNCEMENT_CHARS_MAX {
            return Err(Refusal::invalid("announcement is too long"));
        }
        let (id, write) = (managed.setting(ANNOUNCEMENT), managed.write());
        let (write, operation) = if text.is_empty() {
            (write.remove(id), Operation::DeleteAnnouncement)
        } else {
            (
                write.put(id, text.to_owned()),
                Operation::UpdateAnnouncement,
            )
        };
        let event = managed.event(operation, &managed.by.name);
        let signals = vec![muc::to_all(&muc::with_reason(event, text))];
        self.manage(managed, GroupAct::Keep, signals, write).await?;
        Ok(())
    }

    /// Takes a group out of use, or back into it; everybody is told.
    pub async fn disable_group(&self, managed: &Managed, disabled: bool) -> Reply<()> {
        let operation = if disabled {
            Operation::DisableGroup
        } else {
            Operation::AbleGroup
        };
        self.set_flag(managed, DISABLED, disabled, operation).await
    }

    /// Writes a setting that a group has or has not, and tells everybody.
    pub(super) async fn set_flag(
        &self,
        managed: &Managed,
        key: &str,
        set: bool,
        operation: Operation,
    ) -> Reply<()> {
        let (id, write) = (managed.setting(key), managed.write());
        let write = if set {
            write.put(id, "")
        } else {
            write.remove(id)
        };
        let event = managed.event(operation, &managed.by.name);
        let signals = vec![muc::to_all(&event)];
        self.manage(managed, GroupAct::Keep, signals, write).await?;
        Ok(())
    }

    /// For each group whether it is out of use, and whether all are muted in it.
    pub async fn group_states(&self, groups: &[Group]) -> Reply<Vec<(bool, bool)>> {
        let id = |group: &Group, key: &str| {
            let owner = RecordOwner::Conversation(group.conversation);
            RecordId::new(owner, RecordKind::Setting, key)
        };
        let ids = groups
            .iter()
            .flat_map(|group| [id(group, DISABLED), id(group, MUTE_ALL)]);
        let found = self.store.record(ids.collect(), self.clock.now()).await?;
        let pairs = found.chunks(2).map(|pair| match pair {
            [disabled, muted] => (disabled.is_some(), muted.is_some()),
            _ => (false, false),
        });
        Ok(pairs.collect())
    }

    /// For each group whether a user has a record of this kind in it: is an admin, shields itself.
    pub async fn in_groups(
        &self,
        groups: &[Group],
        kind: RecordKind,
        user: &Actor,
    ) -> Reply<Vec<bool>> {
        let ids = groups
            .iter()
            .map(|group| super::groups::record_of(group, kind, user.name()));
        let found = self.store.record(ids.collect(), self.clock.now()).await?;
        Ok(found.iter().map(Option::<Record>::is_some).collect())
    }

    /// The caller wants nothing of a group delivered, or wants it again: what came meanwhile then waits like any message. Its
    /// other devices are told.
    pub async fn shield(&self, managed: &Managed, user: &Actor, shielded: bool) -> Reply<()> {
        let (id, write) = (
            managed.record(RecordKind::Shielded, user.name()),
            managed.write(),
        );
        let (mut write, operation) = if shielded {
            (write.put(id, ""), Operation::Block)
        } else {
            (write.remove(id), Operation::Unblock)
        };
        let kind = RecordKind::Shielded;
        if self.has(&managed.group, kind, user.name()).await? != shielded {
            write = managed.tell_own(write, operation);
        }
        let act = GroupAct::About(vec![user.name().clone()]);
        self.manage(managed, act, Vec::new(), write).await?;
        let conversation = managed.group.conversation;
        if shielded {
            self.delivery.unsubscribe(user.id(), conversation);
        } else {
            self.delivery.membership(user.id(), conversation, true);
        }
        Ok(())
    }

    /// The groups that a user hears of: those it is in and does not shield itself from.
    pub async fn groups_heard(&self, user: &Actor) -> Reply<Vec<Group>> {
        let groups = self.store.groups_of(user.id()).await?;
        let shielded = self.in_groups(&groups, RecordKind::Shielded, user).await?;
        let heard = groups.into_iter().zip(shielded);
        Ok(heard
            .filter_map(|(group, shielded)| (!shielded).then_some(group))
            .collect())
    }
}
