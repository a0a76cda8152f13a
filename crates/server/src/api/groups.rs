//! Groups.

use super::body::{Body, whole};
use super::extract::{ByApp, Call, Caller, Own};
use super::params::{self, Params, not_legal};
use crate::service::{Actor, NewGroupRequest, Refusal, Reply};
use axum::Json;
use lacuna_domain::limits::{GROUPS_PER_ACCOUNT_MAX, MEMBER_BATCH_MAX, MEMBER_PAGE_MAX};
use lacuna_domain::{ErrorCode, GroupId, Name};
use lacuna_store::{Group, GroupKind, GroupMember, GroupSettings};
use serde::Deserialize;
use serde_json::{Value, json};

const MEMBER_PAGE_DEFAULT: usize = 50;
const JOINED_PAGE_DEFAULT: usize = 20;

/// What a group is created with: the spellings of client SDKs (`desc`, `approval`) and of the server API.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct CreateBody {
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
pub(super) async fn create(caller: Caller, Body(body): Body<CreateBody>) -> Reply<Json<Value>> {
    let named = body
        .owner
        .as_deref()
        .filter(|text| !text.is_empty())
        .map(|text| member("owner", text))
        .transpose()?;
    let owner = match (&caller.user, named) {
        (Some(user), Some(owner)) if owner != *user.name() => {
            return Err(Refusal::forbidden("a user creates groups of its own"));
        }
        (Some(user), _) => user.name().clone(),
        (None, Some(owner)) => owner,
        (None, None) => return Err(invalid("owner must be provided")),
    };
    if caller.user.is_none() && body.public.is_none() {
        return Err(invalid("group must contain public field!"));
    }
    let members = body.members.unwrap_or_default();
    let request = NewGroupRequest {
        owner,
        members: members
            .iter()
            .map(|text| member("members", text))
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
    let group = caller
        .call
        .service
        .create_group(&caller.call.app, caller.sender(), request)
        .await?;
    Ok(caller.call.data(json!({"groupid": group.id.as_str()})))
}

/// A group with its first members.
pub(super) async fn show(caller: Caller) -> Reply<Json<Value>> {
    let group = visible(&caller).await?;
    let members = caller
        .call
        .service
        .store
        .members(caller.call.app.id, &group.id, 0, MEMBER_PAGE_MAX)
        .await?;
    let settings = &group.settings;
    let affiliations: Vec<Value> = members
        .iter()
        .map(|member| affiliation(&group, member, false))
        .collect();
    let shown = json!({
        "id": group.id.as_str(),
        "name": settings.name,
        "description": settings.description,
        "avatar": settings.avatar,
        "custom": settings.custom,
        "public": settings.public,
        "membersonly": settings.members_only,
        "allowinvites": settings.allow_invites,
        "invite_need_confirm": settings.invite_need_confirm,
        "maxusers": settings.members_max,
        "owner": group.owner.as_str(),
        "created": group.created.0,
        "affiliations_count": group.members,
        "affiliations": affiliations,
        "disabled": false,
        "mute": false,
    });
    Ok(caller.call.answer(json!({"data": [shown], "count": 1})))
}

/// A page of members: by number (`pagenum`, from 1) or by cursor.
pub(super) async fn members(caller: Caller, params: Params) -> Reply<Json<Value>> {
    let group = visible(&caller).await?;
    page_of_members(&caller, &params, &group).await
}

/// A page of the members of a group of any kind.
pub(super) async fn page_of_members(
    caller: &Caller,
    params: &Params,
    group: &Group,
) -> Reply<Json<Value>> {
    let numbered = params.text("pagenum").is_some() || params.text("pagesize").is_some();
    let (after, limit) = if numbered {
        let limit = params.number("pagesize", MEMBER_PAGE_DEFAULT, 1, MEMBER_PAGE_MAX)?;
        (
            params
                .number("pagenum", 1, 0, usize::MAX)?
                .saturating_sub(1)
                .saturating_mul(limit),
            limit,
        )
    } else {
        let limit = params.number("limit", MEMBER_PAGE_DEFAULT, 1, MEMBER_PAGE_MAX)?;
        // The SDK spells a missing cursor "undefined".
        let first = params
            .text("cursor")
            .is_none_or(|cursor| cursor == "undefined");
        let after = if first {
            0
        } else {
            params.number("cursor", 0, 0, usize::MAX)?
        };
        (after, limit)
    };
    let mut members = caller
        .call
        .service
        .store
        .members(caller.call.app.id, &group.id, after, limit + 1)
        .await?;
    let more = members.len() > limit;
    members.truncate(limit);
    let joined_time = params.flag("joined_time", false)?;
    let rows: Vec<Value> = members
        .iter()
        .map(|member| affiliation(group, member, joined_time))
        .collect();
    let cursor = if more {
        (after + limit).to_string()
    } else {
        String::new()
    };
    Ok(caller
        .call
        .answer(json!({"data": rows, "count": rows.len(), "cursor": cursor})))
}

/// A page of the caller's groups, in short; pages count from 1.
pub(super) async fn joined(own: Own, params: Params) -> Reply<Json<Value>> {
    let page = params
        .number("pagenum", 1, 0, usize::MAX)?
        .saturating_sub(1);
    let groups = joined_page(&own, &params, page, GROUPS_PER_ACCOUNT_MAX).await?;
    let row = |group: &Group| json!({"id": group.id.as_str(), "name": group.settings.name, "permission": permission(group, &own.actor), "disabled": false});
    Ok(own
        .call
        .answer(json!({"data": groups.iter().map(row).collect::<Vec<_>>(), "count": groups.len()})))
}

/// A page of the caller's groups, with their settings; pages count from 0.
pub(super) async fn joined_in_full(own: Own, params: Params) -> Reply<Json<Value>> {
    let page = params.number("pagenum", 0, 0, usize::MAX)?;
    let groups = joined_page(&own, &params, page, JOINED_PAGE_DEFAULT).await?;
    let row = |group: &Group| {
        let settings = &group.settings;
        json!({
            "groupId": group.id.as_str(),
            "name": settings.name,
            "description": settings.description,
            "permission": permission(group, &own.actor),
            "owner": group.owner.as_str(),
            "created": group.created.0,
            "affiliations_count": group.members,
            "disabled": false,
            "public": settings.public,
            "membersonly": settings.members_only,
            "allowinvites": settings.allow_invites,
            "maxusers": settings.members_max,
        })
    };
    let rows: Vec<Value> = groups.iter().map(row).collect();
    Ok(own.call.answer(
        json!({"entities": rows, "count": rows.len(), "total": groups_proper(&own).await?.len()}),
    ))
}

/// Whether a user is a member.
pub(super) async fn is_joined(own: Own) -> Reply<Json<Value>> {
    let (service, id) = (&own.call.service, GroupId::new(own.call.part("group")));
    let group = service.group(&own.call.app, &id).await?.conversation;
    let member = service.is_member(own.actor.id(), group).await?;
    Ok(own.call.data(member.into()))
}

#[derive(Debug, Deserialize)]
pub(super) struct NamesBody {
    #[serde(alias = "users")]
    usernames: Option<Vec<String>>,
}

impl NamesBody {
    pub(super) fn names(self) -> Reply<Vec<Name>> {
        names(
            self.usernames
                .unwrap_or_default()
                .iter()
                .map(String::as_str),
        )
    }
}

/// Members invite: they are in at once.
pub(super) async fn invite(caller: Caller, Body(body): Body<NamesBody>) -> Reply<Json<Value>> {
    let names = body.names()?;
    let group = own_group(&caller).await?;
    if caller
        .user
        .as_ref()
        .is_some_and(|user| group.owner != *user.name() && !group.settings.allow_invites)
    {
        return Err(Refusal::forbidden(
            "only the owner of this group may invite",
        ));
    }
    caller
        .call
        .service
        .add_members(&caller.call.app, &group.id, caller.sender(), names.clone())
        .await?;
    let row = |name: &Name| json!({"result": true, "groupid": group.id.as_str(), "action": "invite", "user": name.as_str()});
    Ok(caller.call.data(names.iter().map(row).collect()))
}

/// The server API adds members.
pub(super) async fn add(by: ByApp, Body(body): Body<NamesBody>) -> Reply<Json<Value>> {
    let names = body.names()?;
    let newmembers: Vec<&str> = names.iter().map(Name::as_str).collect();
    let data = json!({"result": true, "groupid": by.call.part("group"), "action": "add_member", "newmembers": newmembers});
    add_members(&by.call, names).await?;
    Ok(by.call.data(data))
}

/// The server API adds one member.
pub(super) async fn add_one(by: ByApp) -> Reply<Json<Value>> {
    let name = member("username", by.call.part("members"))?;
    let data = json!({"result": true, "groupid": by.call.part("group"), "action": "add_member", "user": name.as_str()});
    add_members(&by.call, vec![name]).await?;
    Ok(by.call.data(data))
}

async fn add_members(call: &Call, names: Vec<Name>) -> Reply<()> {
    let admin = lacuna_store::Sender {
        name: Name::admin(),
        account: None,
        device: lacuna_domain::DeviceId::NONE,
    };
    call.service
        .add_members(&call.app, &GroupId::new(call.part("group")), admin, names)
        .await?;
    Ok(())
}

/// The caller joins an open group.
pub(super) async fn join(caller: Caller) -> Reply<Json<Value>> {
    let changed = caller
        .call
        .service
        .join_group(caller.user()?, &GroupId::new(caller.call.part("group")))
        .await?;
    let user = caller.user()?.name().as_str();
    Ok(caller.call.data(json!({"result": true, "groupid": changed.group.id.as_str(), "action": "apply", "user": user})))
}

/// The caller leaves.
pub(super) async fn leave(caller: Caller) -> Reply<Json<Value>> {
    caller
        .call
        .service
        .leave_group(caller.user()?, &GroupId::new(caller.call.part("group")))
        .await?;
    Ok(caller.call.data(json!({"result": true})))
}

/// The owner or the server API takes members out: one, or several with commas between.
pub(super) async fn kick(caller: Caller) -> Reply<Json<Value>> {
    let listed = caller.call.part("members");
    let names = names(listed.split(','))?;
    let group = governed(&caller).await?;
    caller
        .call
        .service
        .kick_members(&caller.call.app, &group.id, caller.sender(), names.clone())
        .await?;
    let row = |name: &Name| json!({"result": true, "groupid": group.id.as_str(), "action": "remove_member", "user": name.as_str()});
    let rows: Vec<Value> = names.iter().map(row).collect();
    let single = rows.first().filter(|_| !listed.contains(',')).cloned();
    Ok(caller.call.data(single.unwrap_or(Value::Array(rows))))
}

/// The owner or the server API ends a group.
pub(super) async fn destroy(caller: Caller) -> Reply<Json<Value>> {
    let group = governed(&caller).await?;
    caller
        .call
        .service
        .destroy_group(&caller.call.app, &group.id, caller.sender())
        .await?;
    Ok(caller
        .call
        .data(json!({"success": true, "groupid": group.id.as_str()})))
}

/// The group of the path, if the caller may look at it: it is public, or the caller is a member or the server API.
async fn visible(caller: &Caller) -> Reply<Group> {
    let group = caller
        .call
        .service
        .group(&caller.call.app, &GroupId::new(caller.call.part("group")))
        .await?;
    if group.settings.public {
        Ok(group)
    } else {
        own_group(caller).await
    }
}

/// The group of the path, of which the caller is a member; any for the server API.
async fn own_group(caller: &Caller) -> Reply<Group> {
    let (service, app, id) = (
        &caller.call.service,
        &caller.call.app,
        GroupId::new(caller.call.part("group")),
    );
    match &caller.user {
        Some(user) => service.own_group(app, &id, user.id(), user.name()).await,
        None => service.group(app, &id).await,
    }
}

/// The group of the path, which the caller owns; any for the server API.
async fn governed(caller: &Caller) -> Reply<Group> {
    let group = caller
        .call
        .service
        .group(&caller.call.app, &GroupId::new(caller.call.part("group")))
        .await?;
    match &caller.user {
        Some(user) if group.owner != *user.name() => Err(Refusal::forbidden(
            "only the owner of this group may do this",
        )),
        Some(_) | None => Ok(group),
    }
}

/// The caller's groups, without chat rooms and threads.
async fn groups_proper(own: &Own) -> Reply<Vec<Group>> {
    let mut groups = own.call.service.store.groups_of(own.actor.id()).await?;
    groups.retain(|group| group.settings.kind() == GroupKind::Group);
    Ok(groups)
}

async fn joined_page(own: &Own, params: &Params, page: usize, limit: usize) -> Reply<Vec<Group>> {
    let limit = params.number("pagesize", limit, 1, GROUPS_PER_ACCOUNT_MAX)?;
    let groups = groups_proper(own).await?;
    Ok(groups
        .into_iter()
        .skip(page.saturating_mul(limit))
        .take(limit)
        .collect())
}

fn permission(group: &Group, actor: &Actor) -> &'static str {
    if group.owner == *actor.name() {
        "owner"
    } else {
        "member"
    }
}

pub(super) fn affiliation(group: &Group, member: &GroupMember, joined_time: bool) -> Value {
    let role = if group.owner == member.name {
        "owner"
    } else {
        "member"
    };
    if joined_time {
        json!({role: member.name.as_str(), "joined_time": member.joined.0})
    } else {
        json!({role: member.name.as_str()})
    }
}

pub(super) fn member(parameter: &str, text: &str) -> Reply<Name> {
    params::name(parameter, text)
}

/// Names, each once, in the order given.
pub(super) fn names<'a>(texts: impl Iterator<Item = &'a str>) -> Reply<Vec<Name>> {
    let mut names: Vec<Name> = Vec::new();
    for text in texts {
        let name = member("usernames", text)?;
        if names.len() >= MEMBER_BATCH_MAX {
            return Err(invalid(format!(
                "usernames size is more than max limit : {MEMBER_BATCH_MAX}"
            )));
        }
        if !names.contains(&name) {
            names.push(name);
        }
    }
    if names.is_empty() {
        Err(invalid("usernames must be provided"))
    } else {
        Ok(names)
    }
}

pub(super) fn members_max(value: &Value) -> Reply<u32> {
    if value.is_null() {
        return Ok(0);
    }
    whole(value)
        .and_then(|number| u32::try_from(number).ok())
        .ok_or_else(|| not_legal("maxusers"))
}

pub(super) fn invalid(text: impl Into<std::borrow::Cow<'static, str>>) -> Refusal {
    Refusal::new(ErrorCode::InvalidParam, "invalid_parameter", text)
}
