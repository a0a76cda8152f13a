//! Groups: who is in them, and what everybody is told.

use super::management::Managed;
use super::messages::published;
use super::{Actor, Refusal, Reply, Service, muc};
use crate::delivery::Roomer;
use bytes::Bytes;
use lacuna_domain::limits::{
    GROUP_AVATAR_CHARS_MAX, GROUP_CUSTOM_BYTES_MAX, GROUP_DESCRIPTION_CHARS_MAX,
    GROUP_MEMBERS_DEFAULT, GROUP_MEMBERS_MAX, GROUP_NAME_CHARS_MAX, MEMBER_BATCH_MAX,
};
use lacuna_domain::{AccountId, Audience, ConversationId, ErrorCode, GroupId, Name, Pos, Target};
use lacuna_proto::pb::MucBody;
use lacuna_proto::pb::muc_body::Operation;
use lacuna_store::{
    App, Error, Group, GroupAct, GroupChange, GroupChanged, GroupKind, GroupSettings, GroupSignal,
    NewGroup, RecordCheck, RecordId, RecordKind, RecordOwner, RecordWrite, Sender, SignalAudience,
};
use std::sync::Arc;

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
        request: NewGroupRequest,
    ) -> Reply<Group> {
        let (group, members) = self.new_group(app, request).await?;
        self.tell_created(app, &group, &by).await?;
        if members.is_empty() {
            return Ok(group);
        }
        let changed = self.add_members(app, &group.id, by, members).await?;
        Ok(changed.group)
    }

    /// Creates a group; everyone named is invited, as the group's settings have it.
    pub async fn create_inviting_group(
        &self,
        app: &Arc<App>,
        by: Sender,
        request: NewGroupRequest,
    ) -> Reply<Group> {
        let (group, members) = self.new_group(app, request).await?;
        self.tell_created(app, &group, &by).await?;
        let managed = Managed::owned(app, group, by);
        if !members.is_empty() {
            self.invite(&managed, members).await?;
        }
        Ok(managed.group)
    }

    /// A new group or room with its owner alone, and who else is to come in.
    pub(super) async fn new_group(
        &self,
        app: &App,
        mut request: NewGroupRequest,
    ) -> Reply<(Group, Vec<Name>)> {
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
                return Err(Error::NoAccount(member.clone()).into());
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
        Ok((group, request.members))
    }

    /// The other devices of who created a group are told.
    async fn tell_created(&self, app: &App, group: &Group, by: &Sender) -> Reply<()> {
        if by.account.is_none() {
            return Ok(());
        }
        let created = MucBody {
            muc_name: Some(group.settings.name.clone()),
            ..muc::event(app, group, Operation::Create, &by.name, &by.name)
        };
        self.tell_devices(app, &by.name, by, &created).await
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
        let group = self.group(app, id).await?;
        self.check_none_banned(&group, &names).await?;
        let operations = (Operation::DirectJoined, Operation::Presence);
        let signals = told(app, &group, &by.name, operations, &names);
        let write = coming(app, &group, &names);
        self.change_group(app, &group, by, (GroupAct::Join(names), signals, write))
            .await
    }

    /// The caller leaves a group. Its owner cannot: the group would have none.
    pub async fn leave_group(&self, actor: &Actor, id: &GroupId) -> Reply<GroupChanged> {
        let (app, group) = (&actor.app, self.group(&actor.app, id).await?);
        if group.owner == *actor.name() {
            return Err(Refusal::forbidden("forbidden operation on group owner!"));
        }
        let name = actor.name().clone();
        let absent = muc::event(app, &group, Operation::Absence, &name, &name);
        let write = going(app, &group, std::slice::from_ref(&name));
        let change = (
            GroupAct::Leave(vec![name]),
            vec![muc::to_all(&absent)],
            write,
        );
        self.change_group(app, &group, actor.sender(), change).await
    }

    /// Takes members out. They are told, and so are the rest.
    pub async fn kick_members(&self, managed: &Managed, names: Vec<Name>) -> Reply<GroupChanged> {
        check_batch(names.len())?;
        self.check_governs(managed, &names).await?;
        let (app, group) = (&managed.app, &managed.group);
        let operations = (Operation::Kick, Operation::Absence);
        let signals = told(app, group, &managed.by.name, operations, &names);
        let write = going(app, group, &names);
        let act = GroupAct::Leave(names);
        self.manage(managed, act, signals, write).await
    }

    /// Ends a group or room; every member is told. Those of a group keep what they had.
    pub async fn destroy_group(&self, app: &App, group: &Group, by: Sender) -> Reply<GroupChanged> {
        let destroyed = muc::event(app, group, Operation::Destroy, &by.name, &by.name);
        let change = (
            GroupAct::Destroy,
            vec![muc::to_all(&destroyed)],
            RecordWrite::new(app.id),
        );
        self.change_group(app, group, by, change).await
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

    /// Refuses who is not in a group, room or thread now.
    pub async fn check_member(&self, user: &Actor, group: ConversationId) -> Reply<()> {
        if self.is_member(user.id(), group).await? {
            return Ok(());
        }
        Err(Error::NotMember(user.name().clone()).into())
    }

    /// Whether an account is in a group, room or thread now.
    pub async fn is_member(&self, account: AccountId, group: ConversationId) -> Reply<bool> {
        Ok(self.store.is_member(account, group).await?)
    }

    /// Changes a group, and tells who is online.
    pub(super) async fn change_group(
        &self,
        app: &App,
        group: &Group,
        by: Sender,
        (act, signals, write): (GroupAct, Vec<GroupSignal>, RecordWrite),
    ) -> Reply<GroupChanged> {
        let joins = matches!(act, GroupAct::Join(_));
        let comers = match &act {
            GroupAct::Join(names) => names.clone(),
            _ => Vec::new(),
        };
        let (write, removed) = self.left_attributes(group, &act, write).await?;
        // What happens in a room is kept nowhere.
        let (signals, told) = if group.settings.room {
            (Vec::new(), self.addressed(app, signals).await?)
        } else {
            (signals, Vec::new())
        };
        let change = GroupChange {
            app: app.id,
            group: group.id.clone(),
            by: by.clone(),
            act,
            signals,
            write,
        };
        let changed = self.store.change_group(change, self.clock.now()).await;
        let changed = changed.map_err(|error| refusal(error, group, &by))?;
        self.note_membership(app, &changed, joins, comers);
        let gone: &[AccountId] = if joins { &[] } else { &changed.accounts };
        let conversation = changed.group.conversation;
        let target = Target::Group(group.id.clone());
        let stored = changed.signals.iter();
        let stored = stored.map(|(appended, body)| published(&by, &target, body, appended));
        let fleeting = told.into_iter().map(|(audience, body)| {
            let to = (conversation, &target, audience);
            self.fleeting(to, &by, body).1
        });
        for publication in stored.chain(fleeting) {
            self.delivery.publish_group(&publication, conversation);
            self.delivery.publish_to(gone, &publication);
        }
        if !removed.is_empty() {
            // Whoever left is not there any more, and whoever made it leave did not mean the attributes.
            self.tell_attributes_removed(app, &changed.group, &by, &removed, Audience::All);
        }
        for (account, version) in &changed.told {
            self.delivery.publish_events(*account, *version, Pos::ZERO);
        }
        Ok(changed)
    }

    /// Who came or went hears of the group, or no more, before anything else is published: only what says so reaches who went.
    fn note_membership(&self, app: &App, changed: &GroupChanged, joins: bool, comers: Vec<Name>) {
        let conversation = changed.group.conversation;
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
    }

    /// Signals with the accounts that they are for.
    async fn addressed(
        &self,
        app: &App,
        signals: Vec<GroupSignal>,
    ) -> Reply<Vec<(Audience, Bytes)>> {
        let mut addressed = Vec::with_capacity(signals.len());
        for signal in signals {
            let audience = match signal.audience {
                SignalAudience::All => Audience::All,
                SignalAudience::Only(names) => Audience::Only(self.accounts_of(app, &names).await?),
                SignalAudience::Except(names) => {
                    Audience::Except(self.accounts_of(app, &names).await?)
                }
            };
            addressed.push((audience, signal.body));
        }
        Ok(addressed)
    }

    async fn accounts_of(&self, app: &App, names: &[Name]) -> Reply<Vec<AccountId>> {
        let mut accounts = Vec::with_capacity(names.len());
        for name in names {
            let account = self.store.account(app.id, name).await?;
            accounts.extend(account.map(|account| account.id));
        }
        Ok(accounts)
    }
}

/// Why a group was not changed. That somebody is in a group already official clients know by their own text, the server API by
/// another; of a room or a thread they must be told neither: they would wait for ever.
pub(super) fn refusal(error: Error, group: &Group, by: &Sender) -> Refusal {
    let Error::AlreadyMember(name) = error else {
        return error.into();
    };
    let text = match group.settings.kind() {
        GroupKind::Thread => return Refusal::in_thread(&name),
        GroupKind::Room => format!("can not join this chatroom, reason:user: {name} is a member"),
        GroupKind::Group if by.account.is_some() => {
            "invite users to join group failed, already in group".to_owned()
        }
        GroupKind::Group => {
            let id = group.id.as_str();
            format!("can not join this group, reason:user: {name} already in group: {id}\n")
        }
    };
    Refusal::new(ErrorCode::GroupAlreadyJoined, "forbidden_op", text)
}

/// What goes with members that come: nobody who is banned, and nothing asks for them any more.
pub(super) fn coming(app: &App, group: &Group, names: &[Name]) -> RecordWrite {
    let mut write = RecordWrite::new(app.id);
    for name in names {
        write = write
            .check(
                record_of(group, RecordKind::Banned, name),
                RecordCheck::Absent,
            )
            .remove(record_of(group, RecordKind::Applied, name))
            .remove(record_of(group, RecordKind::Invited, name));
    }
    write
}

/// What goes with members that go: what they were in the group. A mute outlasts it, so that nobody gets rid of it by leaving.
pub(super) fn going(app: &App, group: &Group, names: &[Name]) -> RecordWrite {
    let mut write = RecordWrite::new(app.id);
    for name in names {
        for kind in [
            RecordKind::Admin,
            RecordKind::Allowed,
            RecordKind::MemberAttributes,
            RecordKind::Shielded,
        ] {
            write = write.remove(record_of(group, kind, name));
        }
    }
    write
}

/// A record of a group by a member's name.
pub(super) fn record_of(group: &Group, kind: RecordKind, name: &Name) -> RecordId {
    RecordId::new(
        RecordOwner::Conversation(group.conversation),
        kind,
        name.as_str(),
    )
}

/// No call names more members than this.
pub(super) fn check_batch(count: usize) -> Reply<()> {
    if count > MEMBER_BATCH_MAX {
        return Err(Refusal::invalid(format!(
            "usernames size is more than max limit : {MEMBER_BATCH_MAX}"
        )));
    }
    Ok(())
}

/// Settings within their bounds, the defaults filled in.
pub(super) fn check_settings(settings: &mut GroupSettings) -> Reply<()> {
    let illegal = |text: &'static str| Err(Refusal::invalid(text));
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
    if settings.avatar.chars().count() > GROUP_AVATAR_CHARS_MAX {
        return illegal("avatar is too long");
    }
    if settings.custom.len() > GROUP_CUSTOM_BYTES_MAX {
        return illegal("custom is too long");
    }
    Ok(())
}

/// For each name a signal that only it gets, and one that the others get.
fn told(
    app: &App,
    group: &Group,
    by: &Name,
    (own, others): (Operation, Operation),
    names: &[Name],
) -> Vec<GroupSignal> {
    let signals = names.iter().flat_map(|name| {
        [
            muc::to_only(vec![name.clone()], &muc::event(app, group, own, by, name)),
            muc::to_others(name, &muc::event(app, group, others, name, name)),
        ]
    });
    signals.collect()
}
