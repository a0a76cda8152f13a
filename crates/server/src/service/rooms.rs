//! Chat rooms: joined and left at will, and left by who stays away.
//!
//! What happens in a room is told to those who are there and kept nowhere; its messages are a log like any group's, of which
//! who leaves keeps nothing.

use super::groups::{check_batch, coming};
use super::{
    Actor, DEFAULT_SWITCHES, MUTED_FOR_EVER, NewGroupRequest, Refusal, Reply, SendReply, Service,
    muc,
};
use crate::delivery::Roomer;
use bytes::Bytes;
use lacuna_domain::limits::{
    ABSENT_STEP_MAX, MEMBER_PAGE_MAX, ROOM_JOIN_EXT_BYTES_MAX, ROOM_MEMBERS_DEFAULT, ROOM_PAGE_MAX,
};
use lacuna_domain::{AccountId, AppId, Audience, DeviceId, ErrorCode, GroupId, Name, Pos, Target};
use lacuna_proto::pb::MucBody;
use lacuna_proto::pb::muc_body::{Operation, Status};
use lacuna_store::{
    App, Error, Group, GroupAct, GroupChanged, GroupKind, MUTE_ALL, RecordId, RecordKind,
    RecordOwner, RecordWrite, Sender,
};
use serde_json::json;
use std::collections::HashMap;
use std::sync::{Arc, PoisonError};

/// What a client does with a room over its socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RoomAct {
    /// Joins it.
    Join {
        /// The room.
        id: GroupId,
        /// What those who are there are told with it.
        ext: Option<String>,
        /// Whether it leaves every other room.
        leave_others: bool,
    },
    /// Leaves it.
    Leave {
        /// The room.
        id: GroupId,
    },
}

impl Service {
    /// A chat room, or a refusal that names it.
    pub async fn room(&self, app: &App, id: &GroupId) -> Reply<Group> {
        self.group_of_kind(app, id, GroupKind::Room).await
    }

    /// Whether a conversation is a chat room.
    pub async fn is_room(&self, app: &App, target: &Target) -> Reply<bool> {
        let Target::Group(id) = target else {
            return Ok(false);
        };
        let found = self.store.group(app.id, id).await?;
        Ok(found.is_some_and(|group| group.settings.room))
    }

    /// Creates a room; everyone named is in it at once and told so.
    pub async fn create_room(
        &self,
        app: &App,
        by: Sender,
        mut request: NewGroupRequest,
    ) -> Reply<Group> {
        if request.settings.members_max == 0 {
            request.settings.members_max = ROOM_MEMBERS_DEFAULT;
        }
        request.settings.room = true;
        let (room, members) = self.new_group(app, request).await?;
        if let Some(owner) = self.store.account(app.id, &room.owner).await? {
            self.watch_roomer(app.id, owner.id, room.owner.clone());
        }
        if members.is_empty() {
            return Ok(room);
        }
        self.add_to_room(app, &room, by, members).await
    }

    /// Notes that an account is in a room, and must be made to leave should it stay away.
    pub(super) fn watch_roomer(&self, app: AppId, account: AccountId, name: Name) {
        self.delivery.watch(Roomer { account, app, name });
    }

    /// A session of the actor's is told of these groups, the ones that it is in.
    pub fn subscribe(&self, actor: &Actor, groups: &[Group]) {
        for group in groups {
            self.delivery.subscribe(actor.id(), group.conversation);
            self.thread_marks.note(actor.app.id, group);
        }
        if groups.iter().any(|group| group.settings.room) {
            self.watch_roomer(actor.app.id, actor.id(), actor.name().clone());
        }
    }

    /// Puts users into a room. They are told, and those who are there.
    pub async fn add_to_room(
        &self,
        app: &App,
        room: &Group,
        by: Sender,
        names: Vec<Name>,
    ) -> Reply<Group> {
        check_batch(names.len())?;
        let changed = self.enter(app, room, &by, names.clone()).await?;
        for (name, account) in names.iter().zip(&changed.accounts) {
            let event = muc::event(app, room, Operation::DirectJoined, &by.name, name);
            let only = Audience::Only(vec![*account]);
            self.tell_room(&changed.group, &by, only, &event);
        }
        self.tell_coming(app, &changed.group, &by, (&names, &changed.accounts), None);
        Ok(changed.group)
    }

    /// Users come into a room, unless one of them is banned.
    async fn enter(
        &self,
        app: &App,
        room: &Group,
        by: &Sender,
        names: Vec<Name>,
    ) -> Reply<GroupChanged> {
        self.check_none_banned(room, &names).await?;
        let write = coming(app, room, &names);
        let change = (GroupAct::Join(names), Vec::new(), write);
        self.change_group(app, room, by.clone(), change).await
    }

    /// Joins or leaves a room; both may be repeated. Whoever joins is told what the room is like.
    pub async fn act_in_room(&self, actor: &Actor, act: RoomAct) -> Reply<SendReply> {
        let note = match act {
            RoomAct::Join {
                id,
                ext,
                leave_others,
            } => Some(self.join_room(actor, &id, ext, leave_others).await?),
            RoomAct::Leave { id } => {
                match self.leave_room(&actor.app, &id, actor.sender()).await {
                    Err(refusal) if refusal.code == ErrorCode::GroupNotJoined => {}
                    left => left?,
                }
                None
            }
        };
        let now = self.clock.now();
        Ok(SendReply {
            pos: Pos::first_at(now),
            time: now,
            in_history: false,
            note,
        })
    }

    async fn join_room(
        &self,
        actor: &Actor,
        id: &GroupId,
        ext: Option<String>,
        leave_others: bool,
    ) -> Reply<Bytes> {
        if ext
            .as_ref()
            .is_some_and(|ext| ext.len() > ROOM_JOIN_EXT_BYTES_MAX)
        {
            return Err(Refusal::illegal("ext is too long"));
        }
        let room = self.room(&actor.app, id).await?;
        let names = vec![actor.name().clone()];
        let (app, by) = (&actor.app, actor.sender());
        self.check_in_use(&room).await?;
        let room = match self.enter(app, &room, &by, names.clone()).await {
            Ok(changed) => {
                let comers = (&names[..], &changed.accounts[..]);
                self.tell_coming(app, &changed.group, &by, comers, ext);
                changed.group
            }
            Err(refusal) if refusal.code == ErrorCode::GroupAlreadyJoined => room,
            Err(refusal) => return Err(refusal),
        };
        if leave_others {
            for other in self.store.groups_of(actor.id()).await? {
                if other.settings.room && other.id != *id {
                    self.leave_room(app, &other.id, by.clone()).await?;
                }
            }
        }
        self.room_info(actor, &room).await
    }

    /// A room as one who joins it is told: the body of a meta.
    async fn room_info(&self, actor: &Actor, room: &Group) -> Reply<Bytes> {
        let (owner, name) = (RecordOwner::Conversation(room.conversation), actor.name());
        let ids = vec![
            RecordId::new(owner, RecordKind::Setting, MUTE_ALL),
            RecordId::new(owner, RecordKind::Allowed, name.as_str()),
            RecordId::new(owner, RecordKind::Muted, name.as_str()),
        ];
        let found = self.store.record(ids, self.clock.now()).await?;
        let mut found = found.into_iter();
        let mut next = || found.next().flatten();
        let (all_muted, allowed, muted) = (next(), next(), next());
        let mute_ends = muted.map(|mute| mute.expires.unwrap_or(MUTED_FOR_EVER).0);
        let info = json!({
            "is_all_mute": all_muted.is_some(),
            "create_timestamp": room.created.0,
            "is_in_white_list": allowed.is_some(),
            "member_count": room.members,
            "mute_duration": mute_ends.map_or_else(|| json!(-1), |ends| json!(ends)),
        });
        let mut event = muc::event(&actor.app, room, Operation::Join, name, name);
        event.status = Some(Status {
            error_code: Some(0),
            chatroom_info: Some(json!({&*actor.account.profile.display: info}).to_string()),
            ..Status::default()
        });
        Ok(muc::body(&event))
    }

    /// Makes the sender leave a room, its owner too. The attributes that it set to go with it go.
    pub async fn leave_room(&self, app: &App, id: &GroupId, by: Sender) -> Reply<()> {
        let room = self.room(app, id).await?;
        let act = GroupAct::Leave(vec![by.name.clone()]);
        // An admin of a room stays one while it is away.
        let change = (act, Vec::new(), RecordWrite::new(app.id));
        let changed = self.change_group(app, &room, by.clone(), change).await?;
        let event = MucBody {
            muc_member_count: i32::try_from(changed.group.members).ok(),
            ..muc::event(app, &room, Operation::Absence, &by.name, &by.name)
        };
        self.tell_room(&changed.group, &by, Audience::All, &event);
        Ok(())
    }

    /// Ends every room of an owner, also those that it is not in.
    pub(super) async fn destroy_rooms_of(&self, app: &App, owner: Sender) -> Reply<()> {
        let mut after = 0;
        loop {
            let rooms = self.store.rooms(app.id, after, ROOM_PAGE_MAX).await?;
            let more = rooms.len() >= ROOM_PAGE_MAX;
            after += rooms.len();
            for room in rooms.iter().filter(|room| room.owner == owner.name) {
                self.destroy_group(app, room, owner.clone()).await?;
                after -= 1;
            }
            if !more {
                return Ok(());
            }
        }
    }

    /// Tells those who are in a room something that is kept nowhere.
    pub(super) fn tell_room(&self, room: &Group, by: &Sender, audience: Audience, event: &MucBody) {
        let target = Target::Group(room.id.clone());
        let to = (room.conversation, &target, audience);
        let (_, publication) = self.fleeting(to, by, muc::body(event));
        self.delivery.publish_group(&publication, room.conversation);
    }

    fn tell_coming(
        &self,
        app: &App,
        room: &Group,
        by: &Sender,
        (names, accounts): (&[Name], &[AccountId]),
        ext: Option<String>,
    ) {
        let Some(first) = names.first() else {
            return;
        };
        let mut event = MucBody {
            muc_member_count: i32::try_from(room.members).ok(),
            ext,
            ..muc::event(app, room, Operation::Presence, first, first)
        };
        if names.len() > 1 {
            event.members = names.iter().map(|name| name.as_str().to_owned()).collect();
        }
        let others = Audience::Except(accounts.to_vec());
        self.tell_room(room, by, others, &event);
    }

    // --- who stays away ---------------------------------------------------------------------------------------------

    /// Looks up who is in a room: after a start nobody has a session, and whoever does not come back is to leave.
    pub async fn watch_rooms(&self) -> Reply<()> {
        for app in self.store.apps().await? {
            let app = self.app(&app.settings.org, &app.settings.name).await?;
            let mut after = 0;
            loop {
                let rooms = self.store.rooms(app.id, after, ROOM_PAGE_MAX).await?;
                for room in &rooms {
                    self.watch_room(&app, room).await?;
                }
                after += rooms.len();
                if rooms.len() < ROOM_PAGE_MAX {
                    break;
                }
            }
        }
        Ok(())
    }

    async fn watch_room(&self, app: &App, room: &Group) -> Reply<()> {
        let mut after = 0;
        loop {
            let page = self
                .store
                .members(app.id, &room.id, after, MEMBER_PAGE_MAX)
                .await;
            let members = match page {
                Err(Error::NoGroup(_)) => return Ok(()),
                page => page?,
            };
            after += members.len();
            let more = members.len() >= MEMBER_PAGE_MAX;
            for member in members {
                self.watch_roomer(app.id, member.account, member.name);
            }
            if !more {
                return Ok(());
            }
        }
    }

    /// Makes those leave their rooms who have had no session for too long: some of them. Says how many there were.
    pub async fn leave_absent(&self) -> usize {
        let wait_of = |app: &App| self.switches(app).room_leave_seconds.saturating_mul(1000);
        let known: HashMap<AppId, u64> = {
            let apps = self.apps.read().unwrap_or_else(PoisonError::into_inner);
            apps.values().map(|app| (app.id, wait_of(app))).collect()
        };
        let else_ms = DEFAULT_SWITCHES.room_leave_seconds.saturating_mul(1000);
        let wait_ms = |roomer: &Roomer| known.get(&roomer.app).copied().unwrap_or(else_ms);
        let now = self.clock.now();
        let absent = self.delivery.take_absent(now, ABSENT_STEP_MAX, wait_ms);
        let count = absent.len();
        for roomer in absent {
            if let Err(refusal) = self.leave_rooms(&roomer).await {
                tracing::warn!(
                    account.id = roomer.account.0,
                    error = %refusal,
                    "an absent member cannot leave its rooms; it is tried again"
                );
                self.delivery.watch(roomer);
            }
        }
        count
    }

    async fn leave_rooms(&self, roomer: &Roomer) -> Reply<()> {
        if self.delivery.is_online(roomer.account) {
            self.delivery.watch(roomer.clone());
            return Ok(());
        }
        let app: Arc<App> = self.app_of_id(roomer.app).await?;
        for group in self.store.groups_of(roomer.account).await? {
            if !group.settings.room {
                continue;
            }
            let by = Sender {
                name: roomer.name.clone(),
                account: Some(roomer.account),
                device: DeviceId::NONE,
            };
            match self.leave_room(&app, &group.id, by).await {
                // It left, or the room ended, since they were listed.
                Err(refusal)
                    if matches!(
                        refusal.code,
                        ErrorCode::GroupNotJoined | ErrorCode::GroupNotFound
                    ) => {}
                left => left?,
            }
        }
        Ok(())
    }
}
