//! Threads: what the members of a group say about one of its messages, apart from the group.
//!
//! A thread is open to every member of its group, and left with the group. Its creator, and those who govern the group, govern it.

use super::groups::check_batch;
use super::{Actor, Refusal, Reply, Role, Service, muc};
use bytes::Bytes;
use lacuna_domain::limits::{GROUP_MEMBERS_MAX, THREAD_NAME_CHARS_MAX};
use lacuna_domain::{AppId, DeviceId, GroupId, Name, Pos, Target};
use lacuna_proto::meta::mark_thread;
use lacuna_proto::notify_body;
use lacuna_proto::pb::muc_body::Operation;
use lacuna_proto::pb::{Jid, MucBody};
use lacuna_store::{
    App, Group, GroupAct, GroupChanged, GroupKind, GroupSettings, GroupSignal, NewGroup,
    RecordWrite, Sender, SignalAudience, ThreadParent,
};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

/// Threads whose marks are remembered; past it all are forgotten, and learnt again as their members come.
const REMEMBERED_MAX: usize = 65_536;

/// What a message of a thread says of the thread, by thread: known of every thread that somebody online is in, so that
/// sending needs no look at the store.
#[derive(Debug, Default)]
pub(super) struct ThreadMarks(RwLock<HashMap<(AppId, GroupId), Value>>);

impl ThreadMarks {
    /// Remembers a group if it is a thread.
    pub(super) fn note(&self, app: AppId, group: &Group) {
        let Some(parent) = &group.settings.parent else {
            return;
        };
        let mark = json!({
            "msg_parent_id": parent.message.to_string(),
            "muc_parent_id": parent.group.as_str(),
            "thread_name": group.settings.name,
        });
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= REMEMBERED_MAX {
            known.clear();
        }
        known.insert((app, group.id.clone()), mark);
    }

    /// A message's body, marked if it goes to a thread.
    pub(super) fn mark(&self, app: AppId, target: &Target, body: Bytes) -> Bytes {
        let Target::Group(id) = target else {
            return body;
        };
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let mark = known.get(&(app, id.clone()));
        let marked = mark.and_then(|mark| mark_thread(&body, mark).ok());
        marked.unwrap_or(body)
    }
}

/// A thread to start.
#[derive(Clone, Debug)]
pub struct ThreadRequest {
    /// Who starts it, and is in it at once.
    pub owner: Name,
    /// The group.
    pub group: GroupId,
    /// The message of the group that it hangs on.
    pub message: Pos,
    /// Its name.
    pub name: String,
}

impl Service {
    /// A thread, or a refusal that names it.
    pub async fn thread(&self, app: &App, id: &GroupId) -> Reply<Group> {
        self.group_of_kind(app, id, GroupKind::Thread).await
    }

    /// A group that is no chat room, or a refusal that names it. A message to a thread is marked from now on.
    pub async fn group_or_thread(&self, app: &App, id: &GroupId) -> Reply<Group> {
        let found = self.store.group(app.id, id).await?;
        let found = found.filter(|group| !group.settings.room);
        let found = found.ok_or_else(|| Refusal::group_not_found(id.as_str()))?;
        self.thread_marks.note(app.id, &found);
        Ok(found)
    }

    /// A thread with its group.
    async fn thread_and_group(&self, app: &App, id: &GroupId) -> Reply<(Group, Group)> {
        let thread = self.thread(app, id).await?;
        let parent = thread.settings.parent.as_ref();
        let parent = parent.ok_or_else(|| Refusal::thread_not_found(id.as_str()))?;
        let group = self.group(app, &parent.group).await?;
        Ok((thread, group))
    }

    /// A thread that a user may look at: one of a group that it is in. Any for the server API.
    pub async fn open_thread(
        &self,
        app: &App,
        id: &GroupId,
        user: Option<&Actor>,
    ) -> Reply<(Group, Group)> {
        let (thread, group) = self.thread_and_group(app, id).await?;
        if let Some(user) = user {
            self.check_member(user, group.conversation).await?;
        }
        Ok((thread, group))
    }

    /// A thread that a user governs: it started it, or governs its group. Any for the server API.
    async fn governed_thread(
        &self,
        app: &App,
        id: &GroupId,
        user: Option<&Actor>,
    ) -> Reply<(Group, Group)> {
        let (thread, group) = self.open_thread(app, id, user).await?;
        if let Some(user) = user
            && thread.owner != *user.name()
            && self.role(&group, user).await? < Role::Admin
        {
            return Err(Refusal::forbidden(
                "only who started this thread or governs its group may do this",
            ));
        }
        Ok((thread, group))
    }

    /// Starts a thread on a message; the group is told.
    pub async fn create_thread(
        &self,
        app: &App,
        by: Sender,
        request: ThreadRequest,
    ) -> Reply<Group> {
        check_name(&request.name)?;
        let group = self.group(app, &request.group).await?;
        let new = NewGroup {
            app: app.id,
            owner: request.owner.clone(),
            settings: GroupSettings {
                name: request.name,
                members_max: GROUP_MEMBERS_MAX,
                parent: Some(ThreadParent {
                    group: request.group,
                    message: request.message,
                }),
                ..GroupSettings::default()
            },
        };
        let thread = self.store.create_group(new, self.clock.now()).await?;
        if let Some(owner) = self.store.account(app.id, &thread.owner).await? {
            self.delivery
                .membership(owner.id, thread.conversation, true);
        }
        self.thread_marks.note(app.id, &thread);
        let owner = thread.owner.clone();
        self.tell_of_thread(app, &thread, &by, (Operation::ThreadCreate, &owner))
            .await?;
        self.tell_group(app, (&thread, &group), by, "create")
            .await?;
        Ok(thread)
    }

    /// The caller joins a thread of a group that it is in.
    pub async fn join_thread(&self, actor: &Actor, id: &GroupId) -> Reply<Group> {
        let (app, by) = (&actor.app, actor.sender());
        let (thread, _) = self.open_thread(app, id, Some(actor)).await?;
        let act = GroupAct::Join(vec![by.name.clone()]);
        let changed = self.change_thread(app, &thread, &by, act).await?;
        self.thread_marks.note(app.id, &changed.group);
        let own = (Operation::ThreadJoin, actor.name());
        self.tell_of_thread(app, &changed.group, &by, own).await?;
        Ok(changed.group)
    }

    /// The caller leaves a thread, its creator too.
    pub async fn leave_thread(&self, actor: &Actor, id: &GroupId) -> Reply<()> {
        let (app, by) = (&actor.app, actor.sender());
        let thread = self.thread(app, id).await?;
        let act = GroupAct::Leave(vec![by.name.clone()]);
        let changed = self.change_thread(app, &thread, &by, act).await?;
        let own = (Operation::ThreadLeave, actor.name());
        self.tell_of_thread(app, &changed.group, &by, own).await
    }

    /// Takes members out of a thread; they are told.
    pub async fn kick_from_thread(
        &self,
        app: &App,
        (id, user): (&GroupId, Option<&Actor>),
        by: Sender,
        names: Vec<Name>,
    ) -> Reply<()> {
        check_batch(names.len())?;
        let (thread, _) = self.governed_thread(app, id, user).await?;
        let act = GroupAct::Leave(names.clone());
        self.change_thread(app, &thread, &by, act).await?;
        // Told to every device of theirs: none of them did it.
        let by = Sender {
            device: DeviceId::NONE,
            ..by
        };
        for name in &names {
            self.tell_of_thread(app, &thread, &by, (Operation::ThreadKick, name))
                .await?;
        }
        Ok(())
    }

    /// Gives a thread another name; the group is told.
    pub async fn rename_thread(
        &self,
        app: &App,
        (id, user): (&GroupId, Option<&Actor>),
        by: Sender,
        name: String,
    ) -> Reply<Group> {
        check_name(&name)?;
        let (thread, group) = self.governed_thread(app, id, user).await?;
        let settings = GroupSettings {
            name,
            ..thread.settings.clone()
        };
        let act = GroupAct::Update(Box::new(settings));
        let changed = self.change_thread(app, &thread, &by, act).await?;
        self.thread_marks.note(app.id, &changed.group);
        let own = (Operation::ThreadUpdate, &by.name);
        self.tell_of_thread(app, &changed.group, &by, own).await?;
        self.tell_group(app, (&changed.group, &group), by, "update")
            .await?;
        Ok(changed.group)
    }

    /// Ends a thread; the group is told, and its members keep what they had of it.
    pub async fn destroy_thread(
        &self,
        app: &App,
        (id, user): (&GroupId, Option<&Actor>),
        by: Sender,
    ) -> Reply<()> {
        let (thread, group) = self.governed_thread(app, id, user).await?;
        self.change_thread(app, &thread, &by, GroupAct::Destroy)
            .await?;
        let own = (Operation::ThreadDestroy, &by.name);
        self.tell_of_thread(app, &thread, &by, own).await?;
        self.tell_group(app, (&thread, &group), by, "delete").await
    }

    /// Changes a thread; its own log says nothing of it.
    async fn change_thread(
        &self,
        app: &App,
        thread: &Group,
        by: &Sender,
        act: GroupAct,
    ) -> Reply<GroupChanged> {
        let change = (act, Vec::new(), RecordWrite::new(app.id));
        self.change_group(app, thread, by.clone(), change).await
    }

    /// Tells the members of a group what happened to a thread of it: a signal of the group's log.
    async fn tell_group(
        &self,
        app: &App,
        (thread, group): (&Group, &Group),
        by: Sender,
        operation: &str,
    ) -> Reply<()> {
        let message = thread.settings.parent.as_ref();
        let body = notify_body(&json!({"type": "thread", "data": {
            "id": thread.id.as_str(),
            "name": thread.settings.name,
            "muc_parent_id": group.id.as_str(),
            "msg_parent_id": message.map(|parent| parent.message.to_string()),
            "timestamp": self.clock.now().0,
            "create_timestamp": thread.created.0,
            "from": by.name.as_str(),
            "operation": operation,
        }}));
        let signals = vec![GroupSignal {
            audience: SignalAudience::All,
            body,
        }];
        let change = (GroupAct::Keep, signals, RecordWrite::new(app.id));
        self.change_group(app, group, by, change).await?;
        Ok(())
    }

    /// Tells a user's devices, but the one that did it, what it did in a thread or was done to it there.
    async fn tell_of_thread(
        &self,
        app: &App,
        thread: &Group,
        by: &Sender,
        (operation, user): (Operation, &Name),
    ) -> Reply<()> {
        let mut told = MucBody {
            is_thread: Some(true),
            muc_name: Some(thread.settings.name.clone()),
            ..muc::event(app, thread, operation, &by.name, user)
        };
        if let Some(parent) = &thread.settings.parent {
            let app_key = app.settings.key();
            told.muc_parent_id = Some(Jid::group(&app_key, parent.group.as_str()));
        }
        self.tell_devices(app, user, by, &told).await
    }
}

fn check_name(name: &str) -> Reply<()> {
    if name.is_empty() || name.chars().count() > THREAD_NAME_CHARS_MAX {
        return Err(Refusal::invalid(
            "the name of the thread is empty or too long",
        ));
    }
    Ok(())
}
