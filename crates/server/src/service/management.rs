//! Who may do what in a group: its owner, its admins, its members.

use super::groups::record_of;
use super::{Actor, Refusal, Reply, Service, muc};
use lacuna_domain::limits::{GROUP_ADMINS_MAX, GROUP_LIST_MAX};
use lacuna_domain::{AccountId, DeviceId, GroupId, Name};
use lacuna_proto::pb;
use lacuna_proto::pb::muc_body::Operation;
use lacuna_store::{
    App, DISABLED, Error, Group, GroupAct, GroupChanged, GroupKind, GroupSignal, RecordCheck,
    RecordId, RecordKind, RecordOwner, RecordQuery, RecordWrite, Sender,
};
use std::sync::Arc;

/// What somebody is in a group, the least first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// No member.
    Outsider,
    /// A member.
    Member,
    /// A member that governs the others.
    Admin,
    /// The owner; the server API too.
    Owner,
}

/// Which group or room: an id of the one names none of the other.
#[derive(Clone, Copy, Debug)]
pub struct GroupRef<'a> {
    /// The id.
    pub id: &'a GroupId,
    /// Whether it is a room.
    pub room: bool,
}

/// A group in somebody's hands.
#[derive(Clone, Debug)]
pub struct Managed {
    /// The application.
    pub app: Arc<App>,
    /// The group.
    pub group: Group,
    /// Who acts.
    pub by: Sender,
    /// As what.
    pub role: Role,
}

/// The server API as a sender.
fn server_api() -> Sender {
    Sender {
        name: Name::admin(),
        account: None,
        device: DeviceId::NONE,
    }
}

impl Managed {
    /// A group in its owner's hands.
    pub(super) fn owned(app: &Arc<App>, group: Group, by: Sender) -> Self {
        Self {
            app: Arc::clone(app),
            group,
            by,
            role: Role::Owner,
        }
    }

    /// Whose records the group's are.
    #[must_use]
    pub fn owner(&self) -> RecordOwner {
        RecordOwner::Conversation(self.group.conversation)
    }

    /// A record of the group by a user's name.
    pub(super) fn record(&self, kind: RecordKind, name: &Name) -> RecordId {
        record_of(&self.group, kind, name)
    }

    /// One of the group's settings.
    pub(super) fn setting(&self, key: &str) -> RecordId {
        RecordId::new(self.owner(), RecordKind::Setting, key)
    }

    /// The event that who acts did something to somebody.
    pub(super) fn event(&self, operation: Operation, to: &Name) -> pb::MucBody {
        muc::event(&self.app, &self.group, operation, &self.by.name, to)
    }

    /// What is written, and with it that the other devices of who acts are told what it did. Rooms tell them nothing, and the
    /// server API has none.
    pub(super) fn tell_own(&self, write: RecordWrite, operation: Operation) -> RecordWrite {
        match self.by.account {
            Some(account) if !self.group.settings.room => {
                let own = self.event(operation, &self.by.name);
                write.tell(account, muc::from_device(&self.by, &own))
            }
            _ => write,
        }
    }

    /// Nothing to write yet.
    pub(super) fn write(&self) -> RecordWrite {
        RecordWrite::new(self.app.id)
    }
}

impl Service {
    /// A group or room, or a refusal that names it.
    pub async fn group_or_room(&self, app: &App, which: GroupRef<'_>) -> Reply<Group> {
        let kind = if which.room {
            GroupKind::Room
        } else {
            GroupKind::Group
        };
        self.group_of_kind(app, which.id, kind).await
    }

    /// What a user is in a group.
    pub async fn role(&self, group: &Group, user: &Actor) -> Reply<Role> {
        self.role_of(group, (user.id(), user.name())).await
    }

    /// What an account is in a group.
    pub(super) async fn role_of(
        &self,
        group: &Group,
        (account, name): (AccountId, &Name),
    ) -> Reply<Role> {
        if group.owner == *name {
            return Ok(Role::Owner);
        }
        if !self.is_member(account, group.conversation).await? {
            return Ok(Role::Outsider);
        }
        let admin = self.has(group, RecordKind::Admin, name).await?;
        Ok(if admin { Role::Admin } else { Role::Member })
    }

    /// A group or room in the hands of a user, who must be at least this in it, or of the server API (no user).
    pub async fn managed(
        &self,
        app: &Arc<App>,
        which: GroupRef<'_>,
        user: Option<&Actor>,
        least: Role,
    ) -> Reply<Managed> {
        let group = self.group_or_room(app, which).await?;
        let Some(user) = user else {
            return Ok(Managed::owned(app, group, server_api()));
        };
        let role = self.role(&group, user).await?;
        if role == Role::Outsider && least > Role::Outsider {
            return Err(Error::NotMember(user.name().clone()).into());
        }
        if role < least {
            return Err(Refusal::forbidden(if least == Role::Owner {
                "only the owner of this group may do this"
            } else {
                "only the owner and admins of this group may do this"
            }));
        }
        self.check_in_use(&group).await?;
        let by = user.sender();
        Ok(Managed {
            app: Arc::clone(app),
            group,
            by,
            role,
        })
    }

    /// Changes a managed group. An admin must still be one when it is done.
    pub(super) async fn manage(
        &self,
        managed: &Managed,
        act: GroupAct,
        signals: Vec<GroupSignal>,
        mut write: RecordWrite,
    ) -> Reply<GroupChanged> {
        if managed.role == Role::Admin {
            let admin = managed.record(RecordKind::Admin, &managed.by.name);
            write = write.check(admin, RecordCheck::Present);
        }
        let change = (act, signals, write);
        self.change_group(&managed.app, &managed.group, managed.by.clone(), change)
            .await
    }

    /// Who acts governs these: the owner by nobody, admins by the owner alone.
    pub(super) async fn check_governs(&self, managed: &Managed, names: &[Name]) -> Reply<()> {
        if names.contains(&managed.group.owner) {
            return Err(Refusal::forbidden("forbidden operation on group owner!"));
        }
        if managed.role >= Role::Owner {
            return Ok(());
        }
        let admins = self.named(&managed.group, RecordKind::Admin, names).await?;
        if admins.contains(&true) {
            return Err(Refusal::forbidden(
                "only the owner of this group may do this to an admin",
            ));
        }
        Ok(())
    }

    /// The group is in use.
    pub(super) async fn check_in_use(&self, group: &Group) -> Reply<()> {
        let owner = RecordOwner::Conversation(group.conversation);
        let disabled = RecordId::new(owner, RecordKind::Setting, DISABLED);
        let found = self.store.record(vec![disabled], self.clock.now()).await?;
        if found.iter().any(Option::is_some) {
            return Err(Refusal::group_disabled());
        }
        Ok(())
    }

    /// Whether a group has a record by a user's name.
    pub(super) async fn has(&self, group: &Group, kind: RecordKind, name: &Name) -> Reply<bool> {
        let id = record_of(group, kind, name);
        let found = self.store.record(vec![id], self.clock.now()).await?;
        Ok(found.iter().any(Option::is_some))
    }

    /// For each of these whether the group has a record by its name.
    pub(super) async fn named(
        &self,
        group: &Group,
        kind: RecordKind,
        names: &[Name],
    ) -> Reply<Vec<bool>> {
        let ids = names
            .iter()
            .map(|name| record_of(group, kind, name))
            .collect();
        let found = self.store.record(ids, self.clock.now()).await?;
        Ok(found.iter().map(Option::is_some).collect())
    }

    /// Everybody on one of a group's lists, by name.
    pub async fn listed(
        &self,
        group: &Group,
        kind: RecordKind,
    ) -> Reply<Vec<lacuna_store::Record>> {
        let query = RecordQuery {
            owner: RecordOwner::Conversation(group.conversation),
            kind,
            after: None,
            limit: GROUP_LIST_MAX,
        };
        Ok(self.store.records(query, self.clock.now()).await?)
    }

    /// The names of a group's admins.
    pub async fn admins(&self, group: &Group) -> Reply<Vec<Name>> {
        let listed = self.listed(group, RecordKind::Admin).await?;
        Ok(listed
            .iter()
            .filter_map(|record| Name::new(&record.key).ok())
            .collect())
    }

    /// A signal to the owner, the admins and one more.
    pub(super) async fn staff_and(&self, group: &Group, names: &[Name]) -> Reply<Vec<Name>> {
        let mut staff = self.admins(group).await?;
        staff.push(group.owner.clone());
        staff.extend_from_slice(names);
        staff.sort();
        staff.dedup();
        Ok(staff)
    }

    /// Makes a member an admin; it, the owner and the other admins are told. Nothing happens to one that is an admin.
    pub async fn add_admin(&self, managed: &Managed, name: &Name) -> Reply<()> {
        self.check_governs(managed, std::slice::from_ref(name))
            .await?;
        if self.has(&managed.group, RecordKind::Admin, name).await? {
            return Ok(());
        }
        let told = self
            .staff_and(&managed.group, std::slice::from_ref(name))
            .await?;
        let signals = vec![muc::to_only(
            told,
            &managed.event(Operation::AddAdmin, name),
        )];
        let mut write = managed
            .write()
            .put(managed.record(RecordKind::Admin, name), "");
        write.limits = vec![(managed.owner(), RecordKind::Admin, GROUP_ADMINS_MAX)];
        let act = GroupAct::About(vec![name.clone()]);
        self.manage(managed, act, signals, write).await?;
        Ok(())
    }

    /// Makes an admin a member like the others; it, the owner and the other admins are told.
    pub async fn remove_admin(&self, managed: &Managed, name: &Name) -> Reply<()> {
        if !self.has(&managed.group, RecordKind::Admin, name).await? {
            return Err(Refusal::forbidden(format!(
                "user {name} is not an admin of this group"
            )));
        }
        let told = self
            .staff_and(&managed.group, std::slice::from_ref(name))
            .await?;
        let signals = vec![muc::to_only(
            told,
            &managed.event(Operation::RemoveAdmin, name),
        )];
        let write = managed
            .write()
            .remove(managed.record(RecordKind::Admin, name));
        self.manage(managed, GroupAct::Keep, signals, write).await?;
        Ok(())
    }

    /// Gives a group to another member; everybody is told. The old owner stays as a member.
    pub async fn transfer_group(&self, managed: &Managed, name: &Name) -> Reply<()> {
        if *name == managed.group.owner {
            return Err(Refusal::forbidden("forbidden operation on group owner!"));
        }
        let mut event = managed.event(Operation::AssignOwner, name);
        if let Some(from) = event.from.as_mut() {
            from.name = Some(managed.group.owner.as_str().to_owned());
        }
        let mut write = managed.write();
        for kind in [RecordKind::Admin, RecordKind::Muted, RecordKind::Allowed] {
            write = write.remove(managed.record(kind, name));
        }
        let act = GroupAct::Transfer(name.clone());
        self.manage(managed, act, vec![muc::to_all(&event)], write)
            .await?;
        Ok(())
    }
}
