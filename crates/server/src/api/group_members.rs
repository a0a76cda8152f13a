//! Who is in a group: coming, going, being invited.

use super::body::{Body, MaybeBody};
use super::extract::{Caller, Own};
use super::group_call::{NamesBody, names, required};
use super::groups::own_group;
use super::params::{self, Params};
use super::route::{Routes, Who, op};
use super::schema::{flag, text, texts, whole};
use crate::service::{GroupRef, Refusal, Reply, Role};
use axum::Json;
use lacuna_domain::Name;
use lacuna_domain::limits::MEMBER_PAGE_MAX;
use lacuna_store::{Group, GroupMember};
use serde::Deserialize;
use serde_json::{Value, json};

const MEMBER_PAGE_DEFAULT: usize = 50;

/// The routes of this file.
#[rustfmt::skip] // a route is a row, so that all of them are seen at once
pub(super) fn routes(t: &mut Routes) {
    t.get("chatgroups/{group}/user/{user}/is_joined", is_joined, op("group_members.is_joined", "Whether a user is a member", Who::Own));
    t.post("chatgroups/{group}/invite", invite, op("group_members.invite", "Members invite", Who::Caller).body([texts("usernames").needed()]));
    t.post("chatgroups/{group}/invite_verify", answer_invitation, op("group_members.answer_invitation", "The caller answers an invitation", Who::User)
        .body([text("invitee").needed(), flag("verifyResult"), text("reason")]));
    t.post("chatgroups/{group}/apply", join, op("group_members.join", "The caller joins, or asks to", Who::User).body([text("message")]));
    t.post("chatgroups/{group}/apply_verify", answer_application, op("group_members.answer_application", "Answers who asked to join", Who::Caller)
        .body([text("applicant").needed(), flag("verifyResult"), text("reason")]));
    t.delete("chatgroups/{group}/quit", leave, op("group_members.leave", "The caller leaves", Who::User));
    for (kind, suffix) in [("chatgroups", ""), ("chatrooms", ".rooms")] {
        let (all, one) = (format!("{kind}/{{group}}/users"), format!("{kind}/{{group}}/users/{{members}}"));
        let act = |name: &str, summary| op(format!("group_members.{name}{suffix}"), summary, Who::Caller);
        t.get(&all, members, act("members", "A page of members")
            .query([whole("pagenum"), whole("pagesize"), whole("limit"), text("cursor"), flag("joined_time")]));
        t.post(&all, add, act("add", "Adds members").body([texts("usernames").needed()]));
        t.post(&one, add_one, act("add_one", "Adds a member"));
        t.delete(&one, kick, act("kick", "Takes members out"));
    }
}

/// A page of members: by number (`pagenum`, from 1) or by cursor.
async fn members(caller: Caller, params: Params) -> Reply<Json<Value>> {
    let group = super::groups::visible(&caller).await?;
    let numbered = params.text("pagenum").is_some() || params.text("pagesize").is_some();
    let (after, limit) = if numbered {
        let limit = params.number("pagesize", MEMBER_PAGE_DEFAULT, 1, MEMBER_PAGE_MAX)?;
        let page = params.number("pagenum", 1, 0, usize::MAX)?;
        (page.saturating_sub(1).saturating_mul(limit), limit)
    } else {
        let limit = params.number("limit", MEMBER_PAGE_DEFAULT, 1, MEMBER_PAGE_MAX)?;
        (cursor(&params)?, limit)
    };
    let (service, app) = (&caller.call.service, caller.call.app.id);
    let mut members = service
        .store
        .members(app, &group.id, after, limit + 1)
        .await?;
    let more = params::cut(&mut members, limit);
    let joined_time = params.flag("joined_time", false)?;
    // Who asks by number knows of owner and members only.
    let admins = if numbered {
        Vec::new()
    } else {
        service.admins(&group).await?
    };
    let rows: Vec<Value> = members
        .iter()
        .map(|member| affiliation(&group, member, &admins, joined_time))
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

/// Where a page starts. The SDK spells a missing cursor "undefined" or "null".
pub(super) fn cursor(params: &Params) -> Reply<usize> {
    match params.text("cursor") {
        None | Some("undefined" | "null") => Ok(0),
        Some(_) => params.number("cursor", 0, 0, usize::MAX),
    }
}

/// A member as lists show it: by its role.
pub(super) fn affiliation(
    group: &Group,
    member: &GroupMember,
    admins: &[Name],
    joined_time: bool,
) -> Value {
    let role = if group.owner == member.name {
        "owner"
    } else if admins.contains(&member.name) {
        "admin"
    } else {
        "member"
    };
    if joined_time {
        json!({role: member.name.as_str(), "joined_time": member.joined.0})
    } else {
        json!({role: member.name.as_str()})
    }
}

/// Whether a user is a member.
async fn is_joined(own: Own) -> Reply<Json<Value>> {
    let group = own.call.group().await?.conversation;
    let member = own.call.service.is_member(own.actor.id(), group).await?;
    Ok(own.call.data(member.into()))
}

/// Members invite.
async fn invite(caller: Caller, Body(body): Body<NamesBody>) -> Reply<Json<Value>> {
    let names = body.names()?;
    let managed = caller.managed(Role::Member).await?;
    caller.call.service.invite(&managed, names.clone()).await?;
    Ok(caller.call.data(caller.call.rows("invite", &names)))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct AnswerBody {
    applicant: Option<String>,
    invitee: Option<String>,
    #[serde(rename = "verifyResult")]
    accepted: bool,
    reason: Option<String>,
}

/// The caller answers an invitation.
async fn answer_invitation(caller: Caller, Body(body): Body<AnswerBody>) -> Reply<Json<Value>> {
    let (call, user) = (&caller.call, caller.user()?);
    let invitee = required("invitee", body.invitee.as_deref())?;
    if invitee != *user.name() {
        return Err(Refusal::forbidden(format!(
            "the token does not speak for {invitee}"
        )));
    }
    let id = call.group_id();
    let which = GroupRef {
        id: &id,
        room: false,
    };
    call.service
        .answer_invitation(user, which, body.accepted)
        .await?;
    Ok(call.data(call.row("invite_verify", user.name())))
}

/// The owner or an admin answers an application.
async fn answer_application(caller: Caller, Body(body): Body<AnswerBody>) -> Reply<Json<Value>> {
    let applicant = required("applicant", body.applicant.as_deref())?;
    let managed = caller.managed(Role::Admin).await?;
    let reason = body.reason.unwrap_or_default();
    let call = &caller.call;
    call.service
        .answer_application(&managed, &applicant, body.accepted, &reason)
        .await?;
    Ok(call.data(call.row("apply_verify", &applicant)))
}

/// Members are added: to a group by the server API, to a room by its owner and admins too.
async fn add(caller: Caller, Body(body): Body<NamesBody>) -> Reply<Json<Value>> {
    let names = body.names()?;
    let newmembers: Vec<&str> = names.iter().map(Name::as_str).collect();
    let id = caller.call.part("group");
    let data = json!({"result": true, "id": id, "groupid": id, "action": "add_member", "newmembers": newmembers});
    add_members(&caller, names).await?;
    Ok(caller.call.data(data))
}

/// One member is added.
async fn add_one(caller: Caller) -> Reply<Json<Value>> {
    let name = params::name("username", caller.call.part("members"))?;
    let data = caller.call.row("add_member", &name);
    add_members(&caller, vec![name]).await?;
    Ok(caller.call.data(data))
}

async fn add_members(caller: &Caller, names: Vec<Name>) -> Reply<()> {
    if caller.user.is_some() && !caller.call.is_about_rooms() {
        return Err(Refusal::forbidden("this needs an app token"));
    }
    let managed = caller.managed(Role::Admin).await?;
    let (service, app) = (&caller.call.service, &caller.call.app);
    let (group, by) = (&managed.group, managed.by.clone());
    if group.settings.room {
        service.add_to_room(app, group, by, names).await?;
    } else {
        service.add_members(app, &group.id, by, names).await?;
    }
    Ok(())
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ApplyBody {
    message: Option<String>,
}

/// The caller joins a group, or asks to.
async fn join(caller: Caller, MaybeBody(body): MaybeBody<ApplyBody>) -> Reply<Json<Value>> {
    let (call, user) = (&caller.call, caller.user()?);
    let id = call.group_id();
    let which = GroupRef {
        id: &id,
        room: false,
    };
    let message = body.message.unwrap_or_default();
    call.service.join_group(user, which, &message).await?;
    Ok(call.data(call.row("apply", user.name())))
}

/// The caller leaves.
async fn leave(caller: Caller) -> Reply<Json<Value>> {
    let group = own_group(&caller).await?;
    let service = &caller.call.service;
    service.leave_group(caller.user()?, &group.id).await?;
    Ok(caller.call.data(json!({"result": true})))
}

/// The owner, an admin or the server API takes members out: one, or several with commas between.
async fn kick(caller: Caller) -> Reply<Json<Value>> {
    let call = &caller.call;
    let listed = call.part("members");
    let names = names(listed.split(','))?;
    let managed = caller.managed(Role::Admin).await?;
    call.service.kick_members(&managed, names.clone()).await?;
    caller.audit_members("group.kick", &names).await;
    let single = names.first().filter(|_| !listed.contains(','));
    Ok(call.data(match single {
        Some(name) => call.row("remove_member", name),
        None => call.rows("remove_member", &names),
    }))
}
