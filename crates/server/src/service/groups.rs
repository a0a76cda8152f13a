//! Groups: who is in them, and what everybody is told.

use super::messages::published;
use super::muc::event;
use super::{Actor, Refusal, Reply, Service};
use crate::delivery::{Publication, Roomer};
use bytes::Bytes;
use lacuna_domain::limits::{
    GROUP_CUSTOM_BYTES_MAX, GROUP_DESCRIPTION_CHARS_MAX, GROUP_MEMBERS_DEFAULT, GROUP_MEMBERS_MAX,
    GROUP_NAME_CHARS_MAX, MEMBER_BATCH_MAX,
};
use lacuna_domain::{AccountId, ConversationId, ErrorCode, GroupId, Name, Target};
use lacuna_proto::muc_body;
use lacuna_proto::pb::muc_body::Operation;
use lacuna_store::{
    App, Group, GroupAct, GroupChange, GroupChanged, GroupKind, GroupSettings, GroupSignal,
    NewGroup, Sender, SignalAudience,
};

/// A group to create.
#[derive(Clone, Debug)]
pub struct NewGroupRequest {
    /// Its owner.
    pub owner: Name,
    /// Members to add, besides the owner.
    pub members: Vec<Name>,
    /// Its settings; `members_max` 0 for the default.
    pub settings: GroupSettings,
}

impl Service {
    /// Creates a group; everyone named is a member at once and told so.
    pub async fn create_group(
        &self,
        app: &App,
        by: Sender,
        mut request: NewGroupRequest,
    ) -> Reply<Group> {
        check_settings(&mut request.settings)?;
        request.members.retain(|name| *name != request.owner);
        request.members.sort();
        request.members.dedup();
        check_batch(request.members.len())?;
        if request.members.len()
            >= usize::try_from(request.settings.members_max).unwrap_or(usize::MAX)
        {
            return Err(Refusal::new(
                ErrorCode::GroupFull,
                "exceed_limit",
                "members size is greater than max user size !",
            ));
        }
        for member in &request.members {
            if self.store.account(app.id, member).await?.is_none() {
                return Err(lacuna_store::Error::NoAccount(member.clone()).into());
            }
        }
        let group = NewGroup {
            app: app.id,
            owner: request.owner.clone(),
            settings: request.settings,
        };
        let group = self.store.create_group(group, self.clock.now()).await?;
        if let Some(owner) = self.store.account(app.id, &group.owner).await? {
            self.delivery.membership(owner.id, group.conversation, true);
        }
        if request.members.is_empty() {
            return Ok(group);
        }
        Ok(self
            .add_members(app, &group.id, by, request.members)
            .await?
            .group)
    }

    /// Adds members. They are told that they are in, the others that they came.
    pub async fn add_members(
        &self,
        app: &App,
        id: &GroupId,
        by: Sender,
        names: Vec<Name>,
    ) -> Reply<GroupChanged> {
        check_batch(names.len())?;
        self.group(app, id).await?;
        let operations = (Operation::DirectJoined, Operation::Presence);
        let signals = told(app, id, &by.name, operations, &names);
        self.change_group(app, id, by, GroupAct::Join(names), signals)
            .await
    }

    /// The caller joins a group that lets anybody in.
    pub async fn join_group(&self, actor: &Actor, id: &GroupId) -> Reply<GroupChanged> {
        let group = self.group(&actor.app, id).await?;
        if !group.settings.public || group.settings.members_only {
            return Err(Refusal::forbidden(format!(
                "can not join this group, reason: group {id} needs an invitation"
            )));
        }
        let name = actor.name().clone();
        let present = muc(&actor.app, id, Operation::Presence, &name, &name);
        let signals = vec![GroupSignal {
            audience: SignalAudience::Except(vec![name.clone()]),
            body: present,
        }];
        self.change_group(
            &actor.app,
            id,
            actor.sender(),
            GroupAct::Join(vec![name]),
            signals,
        )
        .await
    }

    /// The caller leaves a group. Its owner cannot: the group would have none.
    pub async fn leave_group(&self, actor: &Actor, id: &GroupId) -> Reply<GroupChanged> {
        let group = self.group(&actor.app, id).await?;
        if group.owner == *actor.name() {
            return Err(Refusal::forbidden("forbidden operation on group owner!"));
        }
        let name = actor.name().clone();
        let absent = muc(&actor.app, id, Operation::Absence, &name, &name);
        let signals = vec![GroupSignal {
            audience: SignalAudience::All,
            body: absent,
        }];
        self.change_group(
            &actor.app,
            id,
            actor.sender(),
            GroupAct::Leave(vec![name]),
            signals,
        )
        .await
    }

    /// Takes members out. They are told, and so are the rest.
    pub async fn kick_members(
        &self,
        app: &App,
        id: &GroupId,
        by: Sender,
        names: Vec<Name>,
    ) -> Reply<GroupChanged> {
        check_batch(names.len())?;
        let group = self.group(app, id).await?;
        if names.contains(&group.owner) {
            return Err(Refusal::forbidden("forbidden operation on group owner!"));
        }
        let operations = (Operation::Kick, Operation::Absence);
        let signals = told(app, id, &by.name, operations, &names);
        self.change_group(app, id, by, GroupAct::Leave(names), signals)
            .await
    }

    /// Ends a group; every member is told and keeps what it had.
    pub async fn destroy_group(&self, app: &App, id: &GroupId, by: Sender) -> Reply<GroupChanged> {
        let destroyed = muc(app, id, Operation::Destroy, &by.name, &by.name);
        let signals = vec![GroupSignal {
            audience: SignalAudience::All,
            body: destroyed,
        }];
        self.change_group(app, id, by, GroupAct::Destroy, signals)
            .await
    }

    /// A group that is no chat room and no thread, or a refusal that names it.
    pub async fn group(&self, app: &App, id: &GroupId) -> Reply<Group> {
        self.group_of_kind(app, id, GroupKind::Group).await
    }

    /// A group of this kind, or a refusal that names it.
    pub async fn group_of_kind(&self, app: &App, id: &GroupId, kind: GroupKind) -> Reply<Group> {
        let found = self.store.group(app.id, id).await?;
        found
            .filter(|group| group.settings.kind() == kind)
            .ok_or_else(|| match kind {
                GroupKind::Group | GroupKind::Room => Refusal::group_not_found(id.as_str()),
                GroupKind::Thread => Refusal::thread_not_found(id.as_str()),
            })
    }

    /// Whether an account is a member of a group.
    pub async fn is_member(&self, account: AccountId, group: ConversationId) -> Reply<bool> {
        let groups = self.store.groups_of(account).await?;
        Ok(groups.iter().any(|own| own.conversation == group))
    }

    /// A group of which the actor is a member.
    pub async fn own_group(
        &self,
        app: &App,
        id: &GroupId,
        account: AccountId,
        name: &Name,
    ) -> Reply<Group> {
        let group = self.group(app, id).await?;
        if self.is_member(account, group.conversation).await? {
            return Ok(group);
        }
        Err(lacuna_store::Error::NotMember(name.clone()).into())
    }

    /// Changes a group, and tells who is told.
    pub(super) async fn change_group(
        &self,
        app: &App,
        id: &GroupId,
        by: Sender,
        act: GroupAct,
        signals: Vec<GroupSignal>,
    ) -> Reply<GroupChanged> {
        let joins = matches!(act, GroupAct::Join(_));
        let comers = match &act {
            GroupAct::Join(names) => names.clone(),
            _ => Vec::new(),
        };
        let (write, removed) = self.left_attributes(app, id, &act).await?;
        let change = GroupChange {
            app: app.id,
            group: id.clone(),
            by: by.clone(),
            act,
            signals,
            write,
        };
        let changed = self.store.change_group(change, self.clock.now()).await?;
        let conversation = changed.group.conversation;
        // Who goes hears of the group no more before anything else is published: only the signals that say so reach them.
        for account in &changed.accounts {
            self.delivery.membership(*account, conversation, joins);
        }
        for (thread, accounts) in &changed.threads {
            for account in accounts {
                self.delivery.membership(*account, *thread, false);
            }
        }
        let room = changed.group.settings.room;
        for (account, name) in changed.accounts.iter().zip(comers).filter(|_| room) {
            let (account, app) = (*account, app.id);
            self.delivery.watch(Roomer { account, app, name });
        }
        let gone: &[AccountId] = if joins { &[] } else { &changed.accounts };
        let target = Target::Group(id.clone());
        for (appended, body) in &changed.signals {
            let publication = published(&by, &target, body, appended);
            self.delivery.publish_group(&publication, conversation);
            // Who left a room has no view left to read it from: it is pushed to those who are there.
            let to_gone = match publication {
                Publication::Entry(entry) if room => Publication::Online(entry),
                publication => publication,
            };
            self.delivery.publish_to(gone, &to_gone);
        }
        if !removed.is_empty() {
            self.tell_attributes_removed(app, &changed.group, &by, &removed);
        }
        Ok(changed)
    }
}

pub(super) fn check_batch(count: usize) -> Reply<()> {
    if count > MEMBER_BATCH_MAX {
        let text = format!("usernames size is more than max limit : {MEMBER_BATCH_MAX}");
        return Err(Refusal::new(
            ErrorCode::InvalidParam,
            "invalid_parameter",
            text,
        ));
    }
    Ok(())
}

pub(super) fn check_settings(settings: &mut GroupSettings) -> Reply<()> {
    let illegal = |text: &'static str| {
        Err(Refusal::new(
            ErrorCode::InvalidParam,
            "invalid_parameter",
            text,
        ))
    };
    if settings.members_max == 0 {
        settings.members_max = GROUP_MEMBERS_DEFAULT;
    }
    if settings.members_max > GROUP_MEMBERS_MAX {
        return illegal("maxusers is more than the limit");
    }
    if settings.name.chars().count() > GROUP_NAME_CHARS_MAX {
        return illegal("groupname is too long");
    }
    if settings.description.chars().count() > GROUP_DESCRIPTION_CHARS_MAX {
        return illegal("description is too long");
    }
    if settings.custom.len() > GROUP_CUSTOM_BYTES_MAX
        || settings.avatar.len() > GROUP_CUSTOM_BYTES_MAX
    {
        return illegal("custom is too long");
    }
    Ok(())
}

/// For each name a signal that only it gets, and one that the others get.
fn told(
    app: &App,
    id: &GroupId,
    by: &Name,
    (own, others): (Operation, Operation),
    names: &[Name],
) -> Vec<GroupSignal> {
    let signals = names.iter().flat_map(|name| {
        let only = SignalAudience::Only(vec![name.clone()]);
        let except = SignalAudience::Except(vec![name.clone()]);
        [(only, own, by), (except, others, name)].map(|(audience, operation, from)| GroupSignal {
            audience,
            body: muc(app, id, operation, from, name),
        })
    });
    signals.collect()
}

fn muc(app: &App, id: &GroupId, operation: Operation, from: &Name, to: &Name) -> Bytes {
    muc_body(&event(app, id, operation, from, to))
}
