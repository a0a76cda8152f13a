//! Groups.

use super::body::Body;
use super::extract::{ByApp, Call, Caller, Own};
use super::group_call::members_max;
use super::group_members::{affiliation, cursor};
use super::params::{self, Params, not_legal};
use super::route::{Routes, Who, op};
use super::schema::{Field, digits, flag, text, texts, whole};
use crate::service::{GroupEdit, GroupRef, NewGroupRequest, Refusal, Reply, Role};
use axum::Json;
use lacuna_domain::limits::{
    GROUP_INFO_MAX, GROUP_PAGE_MAX, GROUPS_PER_ACCOUNT_MAX, MEMBER_PAGE_MAX,
};
use lacuna_domain::{ConversationId, GroupId};
use lacuna_store::{Group, GroupKind, GroupQuery, GroupSettings, RecordKind};
use serde::Deserialize;
use serde_json::{Value, json};

const GROUP_PAGE_DEFAULT: usize = 20;
const JOINED_PAGE_DEFAULT: usize = 20;

/// The routes of this file.
#[rustfmt::skip] // a route is a row, so that all of them are seen at once
pub(super) fn routes(t: &mut Routes) {
    let pages = || [whole("pagenum"), whole("pagesize")];
    t.get("users/{user}/joined_chatgroups", joined, op("groups.joined", "A page of a user's groups, in short", Who::Own).query(pages()));
    t.get("chatgroups/user/{user}", joined_in_full, op("groups.joined_in_full", "A page of a user's groups", Who::Own).query(pages()));
    t.get("chatgroups/user/{user}/joined_count", joined_count, op("groups.joined_count", "How many groups a user is in", Who::Own));
    t.get("publicchatgroups", public, op("groups.public", "A page of the groups that are found by search", Who::Caller)
        .query([whole("limit"), text("cursor")]));
    t.get("chatgroups", list, op("groups.list", "A page of all groups", Who::App).query([whole("limit"), text("cursor")]));
    t.post("chatgroups", create, op("groups.create", "Creates a group", Who::Caller)
        .body([text("owner").needed(), text("groupname").needed(), flag("public").needed(), text("description"), text("avatar"), texts("members"),
               flag("membersonly"), flag("allowinvites"), flag("invite_need_confirm"), digits("maxusers"), text("custom")]));
    t.get("chatgroups/{group}", show, op("groups.show", "Groups with their first members", Who::Caller));
    t.put("chatgroups/{group}", change, op("groups.change", "Changes settings, or the owner", Who::Caller).body(settings()));
    t.delete("chatgroups/{group}", destroy, op("groups.destroy", "Ends a group", Who::Caller));
    t.get("chatrooms/{group}", show, op("groups.show.rooms", "Chat rooms with their first members", Who::Caller));
    t.delete("chatrooms/{group}", destroy, op("groups.destroy.rooms", "Ends a chat room", Who::Caller));
    t.put("chatrooms/{group}", change, op("groups.change.rooms", "Changes settings, or the owner", Who::Caller).body(settings()));
    t.post("chatgroups/{group}/disable", disable, op("groups.disable", "Takes a group out of use", Who::App));
    t.post("chatgroups/{group}/enable", enable, op("groups.enable", "Takes a group back into use", Who::App));
}

/// What can be changed.
#[rustfmt::skip] // as it is in the rows above
fn settings() -> [Field; 10] {
    [text("newowner"), text("groupname"), text("description"), text("avatar"), text("custom"), flag("public"),
     flag("membersonly"), flag("allowinvites"), flag("invite_need_confirm"), digits("maxusers")]
}

/// What a group is created with: the spellings of client SDKs (`desc`, `approval`) and of the server API.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct CreateBody {
    owner: Option<String>,
    #[serde(alias = "name")]
    groupname: Option<String>,
    avatar: Option<String>,
    #[serde(alias = "desc")]
    description: Option<String>,
    members: Option<Vec<String>>,
    public: Option<bool>,
    #[serde(alias = "approval")]
    membersonly: Option<bool>,
    allowinvites: Option<bool>,
    invite_need_confirm: Option<bool>,
    maxusers: Value,
    custom: Option<String>,
}

/// Creates a group: a user for itself, the server API for anybody.
async fn create(caller: Caller, Body(body): Body<CreateBody>) -> Reply<Json<Value>> {
    let owner = caller.owner(body.owner.as_deref(), "creates groups")?;
    if caller.user.is_none() && body.public.is_none() {
        return Err(Refusal::invalid("group must contain public field!"));
    }
    let members = body.members.unwrap_or_default();
    let request = NewGroupRequest {
        owner,
        members: members
            .iter()
            .map(|text| params::name("members", text))
            .collect::<Reply<_>>()?,
        settings: GroupSettings {
            name: body.groupname.unwrap_or_default(),
            description: body.description.unwrap_or_default(),
            avatar: body.avatar.unwrap_or_default(),
            custom: body.custom.unwrap_or_default(),
            public: body.public.unwrap_or(false),
            members_only: body.membersonly.unwrap_or(false),
            allow_invites: body.allowinvites.unwrap_or(false),
            invite_need_confirm: body.invite_need_confirm.unwrap_or(true),
            members_max: members_max(&body.maxusers)?,
            room: false,
            parent: None,
        },
    };
    let (service, app, by) = (&caller.call.service, &caller.call.app, caller.sender());
    // Who creates a group with members means them to be in it, unless it asks for their consent in so many words.
    let group = if caller.user.is_some() && body.invite_need_confirm == Some(true) {
        service.create_inviting_group(app, by, request).await?
    } else {
        service.create_group(app, by, request).await?
    };
    let id = group.id.as_str();
    Ok(caller.call.data(json!({"groupid": id, "id": id})))
}

/// One group with its first members, or several with commas between.
async fn show(caller: Caller) -> Reply<Json<Value>> {
    let call = &caller.call;
    let ids: Vec<&str> = call.part("group").split(',').collect();
    if ids.len() > GROUP_INFO_MAX {
        return Err(Refusal::invalid(format!(
            "groupIds size is more than max limit : {GROUP_INFO_MAX}"
        )));
    }
    let mut shown = Vec::with_capacity(ids.len());
    for id in ids {
        let id = GroupId::new(id);
        let which = GroupRef {
            id: &id,
            room: call.is_about_rooms(),
        };
        let mut group = call.service.group_or_room(&call.app, which).await?;
        if !is_open(&group) {
            group = check_member(&caller, group).await?;
        }
        shown.push(details(&caller, group).await?);
    }
    Ok(call.answer(json!({"data": shown, "count": shown.len()})))
}

async fn details(caller: &Caller, group: Group) -> Reply<Value> {
    let (service, app) = (&caller.call.service, caller.call.app.id);
    let members = service
        .store
        .members(app, &group.id, 0, MEMBER_PAGE_MAX)
        .await?;
    let affiliations: Vec<Value> = members
        .iter()
        .map(|member| affiliation(&group, member, &[], false))
        .collect();
    let groups = [group];
    let states = service.group_states(&groups).await?;
    let (disabled, muted) = states.first().copied().unwrap_or_default();
    let shielded = match &caller.user {
        Some(user) => {
            service
                .in_groups(&groups, RecordKind::Shielded, user)
                .await?
        }
        None => Vec::new(),
    };
    let [group] = groups;
    let settings = &group.settings;
    Ok(json!({
        "id": group.id.as_str(),
        "name": settings.name,
        "description": settings.description,
        "avatar": settings.avatar,
        "custom": settings.custom,
        "public": is_open(&group),
        "membersonly": settings.members_only,
        "allowinvites": settings.allow_invites,
        "invite_need_confirm": settings.invite_need_confirm,
        "maxusers": settings.members_max,
        "owner": group.owner.as_str(),
        "created": group.created.0,
        "affiliations_count": group.members,
        "affiliations": affiliations,
        "disabled": disabled,
        "mute": muted,
        "shieldgroup": shielded.contains(&true),
    }))
}

/// Settings to change, in the spellings of client SDKs and of the server API; or a new owner.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ChangeBody {
    newowner: Option<String>,
    #[serde(alias = "name")]
    groupname: Option<String>,
    #[serde(alias = "desc")]
    description: Option<String>,
    avatar: Option<String>,
    custom: Option<String>,
    public: Option<bool>,
    #[serde(alias = "members_only", alias = "approval")]
    membersonly: Option<bool>,
    #[serde(alias = "allow_user_invites")]
    allowinvites: Option<bool>,
    invite_need_confirm: Option<bool>,
    #[serde(alias = "max_users")]
    maxusers: Value,
}

/// The owner, an admin or the server API changes settings; the owner gives the group away.
async fn change(caller: Caller, Body(body): Body<ChangeBody>) -> Reply<Json<Value>> {
    let call = &caller.call;
    if let Some(owner) = &body.newowner {
        let owner = params::name("newowner", owner)?;
        let managed = caller.managed(Role::Owner).await?;
        call.service.transfer_group(&managed, &owner).await?;
        caller.audit_members("group.owner", &[owner]).await;
        return Ok(call.data(json!({"newowner": true})));
    }
    let mut done = serde_json::Map::new();
    let changed = [
        ("groupname", body.groupname.is_some()),
        ("description", body.description.is_some()),
        ("avatar", body.avatar.is_some()),
        ("custom", body.custom.is_some()),
        ("public", body.public.is_some()),
        ("membersonly", body.membersonly.is_some()),
        ("allowinvites", body.allowinvites.is_some()),
        ("invite_need_confirm", body.invite_need_confirm.is_some()),
        ("maxusers", !body.maxusers.is_null()),
    ];
    done.extend(
        changed
            .into_iter()
            .filter(|(_, changed)| *changed)
            .map(|(key, _)| (key.to_owned(), true.into())),
    );
    if done.is_empty() {
        return Err(Refusal::invalid("nothing to change"));
    }
    let members_max = members_max(&body.maxusers)?;
    let edit = GroupEdit {
        name: body.groupname,
        description: body.description,
        avatar: body.avatar,
        custom: body.custom,
        public: body.public,
        members_only: body.membersonly,
        allow_invites: body.allowinvites,
        invite_need_confirm: body.invite_need_confirm,
        members_max: Some(members_max).filter(|max| *max > 0),
    };
    let managed = caller.managed(Role::Admin).await?;
    call.service.edit_group(&managed, edit).await?;
    Ok(call.data(done.into()))
}

/// The server API takes a group out of use.
async fn disable(by: ByApp) -> Reply<Json<Value>> {
    set_disabled(by, true).await
}

/// The server API takes a group back into use.
async fn enable(by: ByApp) -> Reply<Json<Value>> {
    set_disabled(by, false).await
}

async fn set_disabled(by: ByApp, disabled: bool) -> Reply<Json<Value>> {
    let caller = Caller {
        call: by.call,
        user: None,
    };
    let managed = caller.managed(Role::Owner).await?;
    let service = &caller.call.service;
    service.disable_group(&managed, disabled).await?;
    Ok(caller.call.data(json!({"disabled": disabled})))
}

/// A page of the groups that are found by search.
async fn public(caller: Caller, params: Params) -> Reply<Json<Value>> {
    let (groups, cursor) = group_page(&caller.call, &params, true).await?;
    let row = |group: &Group| json!({"id": group.id.as_str(), "name": group.settings.name});
    let rows: Vec<Value> = groups.iter().map(row).collect();
    Ok(caller
        .call
        .answer(json!({"data": rows, "count": rows.len(), "cursor": cursor})))
}

/// A page of all groups, for the server API.
async fn list(by: ByApp, params: Params) -> Reply<Json<Value>> {
    let (groups, cursor) = group_page(&by.call, &params, false).await?;
    let states = by.call.service.group_states(&groups).await?;
    let rows = groups.iter().zip(states).map(|(group, (disabled, _))| {
        json!({
            "groupid": group.id.as_str(),
            "groupname": group.settings.name,
            "type": "group",
            "owner": group.owner.as_str(),
            "affiliations": group.members,
            "public": group.settings.public,
            "disabled": disabled,
            "created": group.created.0,
        })
    });
    let rows: Vec<Value> = rows.collect();
    Ok(by
        .call
        .answer(json!({"data": rows, "count": rows.len(), "cursor": cursor})))
}

async fn group_page(
    call: &Call,
    params: &Params,
    public_only: bool,
) -> Reply<(Vec<Group>, String)> {
    let limit = params.number("limit", GROUP_PAGE_DEFAULT, 1, GROUP_PAGE_MAX)?;
    let after = i64::try_from(cursor(params)?).map_err(|_| not_legal("cursor"))?;
    let query = GroupQuery {
        app: call.app.id,
        room: false,
        public_only,
        after: ConversationId(after),
        limit: limit + 1,
    };
    let mut groups = call.service.store.list_groups(query).await?;
    let more = params::cut(&mut groups, limit);
    let last = groups.last().filter(|_| more);
    let cursor = last.map_or_else(String::new, |group| group.conversation.to_string());
    Ok((groups, cursor))
}

/// A page of the caller's groups, in short; pages count from 1.
async fn joined(own: Own, params: Params) -> Reply<Json<Value>> {
    let page = params
        .number("pagenum", 1, 0, usize::MAX)?
        .saturating_sub(1);
    let (groups, _) = joined_page(&own, &params, page, GROUPS_PER_ACCOUNT_MAX).await?;
    let rows = with_standing(&own, groups).await?;
    let rows: Vec<Value> = rows.iter().map(|(group, permission, disabled)| json!({"id": group.id.as_str(), "name": group.settings.name, "permission": permission, "disabled": disabled})).collect();
    Ok(own.call.answer(json!({"data": rows, "count": rows.len()})))
}

/// A page of the caller's groups, with their settings; pages count from 0.
async fn joined_in_full(own: Own, params: Params) -> Reply<Json<Value>> {
    let page = params.number("pagenum", 0, 0, usize::MAX)?;
    let (groups, total) = joined_page(&own, &params, page, JOINED_PAGE_DEFAULT).await?;
    let rows = with_standing(&own, groups).await?;
    let row = |(group, permission, disabled): &(Group, &str, bool)| {
        let settings = &group.settings;
        json!({
            "groupId": group.id.as_str(),
            "name": settings.name,
            "description": settings.description,
            "permission": permission,
            "owner": group.owner.as_str(),
            "created": group.created.0,
            "affiliations_count": group.members,
            "disabled": disabled,
            "public": settings.public,
            "membersonly": settings.members_only,
            "allowinvites": settings.allow_invites,
            "maxusers": settings.members_max,
        })
    };
    let rows: Vec<Value> = rows.iter().map(row).collect();
    Ok(own
        .call
        .answer(json!({"entities": rows, "count": rows.len(), "total": total})))
}

/// How many groups the caller is in.
async fn joined_count(own: Own) -> Reply<Json<Value>> {
    let count = joined_groups(&own).await?.len();
    Ok(own.call.data(count.into()))
}

/// The owner or the server API ends a group.
async fn destroy(caller: Caller) -> Reply<Json<Value>> {
    let call = &caller.call;
    let group = call.group().await?;
    if caller
        .user
        .as_ref()
        .is_some_and(|user| group.owner != *user.name())
    {
        return Err(Refusal::forbidden(
            "only the owner of this group may do this",
        ));
    }
    call.service
        .destroy_group(&call.app, &group, caller.sender())
        .await?;
    let text = format!("group {}", group.id.as_str());
    call.audit(&caller.sender().name, "group.destroy", text, 1)
        .await;
    let id = group.id.as_str();
    Ok(call.data(json!({"success": true, "id": id, "groupid": id})))
}

/// The group of the path, if the caller may look at it: it is public, or the caller is a member or the server API.
pub(super) async fn visible(caller: &Caller) -> Reply<Group> {
    let group = caller.call.group().await?;
    if is_open(&group) {
        return Ok(group);
    }
    check_member(caller, group).await
}

/// Whether who is not in a group may look at it: every room is open.
const fn is_open(group: &Group) -> bool {
    group.settings.public || group.settings.room
}

/// The group of the path, of which the caller is a member; any for the server API.
pub(super) async fn own_group(caller: &Caller) -> Reply<Group> {
    let group = caller.call.group().await?;
    check_member(caller, group).await
}

async fn check_member(caller: &Caller, group: Group) -> Reply<Group> {
    if let Some(user) = &caller.user {
        let service = &caller.call.service;
        service.check_member(user, group.conversation).await?;
    }
    Ok(group)
}

/// A page of the groups that a user is in, and how many these are in all.
async fn joined_page(
    own: &Own,
    params: &Params,
    page: usize,
    limit: usize,
) -> Reply<(Vec<Group>, usize)> {
    let limit = params.number("pagesize", limit, 1, GROUPS_PER_ACCOUNT_MAX)?;
    let all = joined_groups(own).await?;
    let total = all.len();
    let groups = all.into_iter().skip(page.saturating_mul(limit)).take(limit);
    Ok((groups.collect(), total))
}

/// The groups that a user is in, without chat rooms and threads.
async fn joined_groups(own: &Own) -> Reply<Vec<Group>> {
    let mut groups = own.call.service.store.groups_of(own.actor.id()).await?;
    groups.retain(|group| group.settings.kind() == GroupKind::Group);
    Ok(groups)
}

/// Groups, each with what the user is in it and whether it is out of use.
async fn with_standing(own: &Own, groups: Vec<Group>) -> Reply<Vec<(Group, &'static str, bool)>> {
    let service = &own.call.service;
    let admins = service
        .in_groups(&groups, RecordKind::Admin, &own.actor)
        .await?;
    let states = service.group_states(&groups).await?;
    let rows = groups.into_iter().zip(admins).zip(states);
    let rows = rows.map(|((group, admin), (disabled, _))| {
        let permission = match (group.owner == *own.actor.name(), admin) {
            (true, _) => "owner",
            (false, true) => "admin",
            (false, false) => "member",
        };
        (group, permission, disabled)
    });
    Ok(rows.collect())
}
