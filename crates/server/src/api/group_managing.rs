//! Managing a group or a room: admins, mutes, bans, announcements, attributes, shields.

use super::body::{Body, whole};
use super::extract::{Caller, Own};
use super::group_call::{NamesBody, names, required};
use super::params::{self, Params, not_legal};
use super::route::{Routes, Who, op};
use super::schema::{digits, object, text, texts};
use crate::service::{GroupRef, MUTED_FOR_EVER, Refusal, Reply, Role};
use axum::Json;
use lacuna_domain::{GroupId, Name};
use lacuna_store::RecordKind;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// What clients of old put before a group's id to shield themselves from it.
const IGNORE_PREFIX: &str = "notification_ignore_";

/// The routes of this file.
#[rustfmt::skip] // a route is a row, so that all of them are seen at once
pub(super) fn routes(t: &mut Routes) {
    t.post("chatgroups/{group}/shield", shield, op("group_managing.shield", "The caller hears no more of a group", Who::User));
    t.delete("chatgroups/{group}/shield", unshield, op("group_managing.unshield", "The caller hears of a group again", Who::User));
    for (prefix, suffix) in [("sdk/metadata", ""), ("metadata", ".rest")] {
        t.put(&format!("{prefix}/chatgroup/{{group}}/user/{{user}}"), set_attributes,
            op(format!("group_managing.set_attributes{suffix}"), "Sets attributes of a member", Who::Caller)
                .query([text("resource")]).body([object("metaData").needed()]));
        t.post(&format!("{prefix}/chatgroup/{{group}}/get"), attributes,
            op(format!("group_managing.attributes{suffix}"), "Attributes of members", Who::Caller)
                .body([texts("targets").needed(), texts("properties")]));
    }
    for (kind, suffix) in [("chatgroups", ""), ("chatrooms", ".rooms")] {
        lists(t, kind, suffix);
        let at = |path: &str| format!("{kind}/{{group}}/{path}");
        let act = |name: &str, summary| op(format!("group_managing.{name}{suffix}"), summary, Who::Caller);
        t.get(&at("admin"), admins, act("admins", "The admins"));
        t.post(&at("admin"), add_admin, act("add_admin", "Makes a member an admin").body([text("newadmin").needed()]));
        t.delete(&at("admin/{member}"), remove_admin, act("remove_admin", "Makes an admin a member again"));
        t.post(&at("ban"), mute_all, act("mute_all", "Mutes everybody"));
        t.delete(&at("ban"), unmute_all, act("unmute_all", "Mutes everybody no more"));
        t.get(&at("announcement"), announcement, act("announcement", "The announcement"));
        t.post(&at("announcement"), announce, act("announce", "Sets the announcement").body([text("announcement").needed()]));
    }
}

/// The lists of who is muted, blocked, or allowed to write.
#[rustfmt::skip] // as above
fn lists(t: &mut Routes, kind: &str, suffix: &str) {
    let at = |path: &str| format!("{kind}/{{group}}/{path}");
    let id = |name: &str| format!("group_managing.{name}{suffix}");
    let act = |name: &str, summary| op(id(name), summary, Who::Caller);
    let names = || [texts("usernames").needed()];
    t.get(&format!("sdk/{kind}/{{group}}/mute/{{user}}"), is_muted, op(id("is_muted"), "Whether a member is muted", Who::Own));
    t.get(&at("mute"), muted, act("muted", "Who is muted"));
    t.post(&at("mute"), mute, act("mute", "Mutes members").body([texts("usernames").needed(), digits("mute_duration").needed()]));
    t.delete(&at("mute/{members}"), unmute, act("unmute", "Mutes members no more"));
    t.get(&at("blocks/users"), banned, act("banned", "The block list"));
    t.post(&at("blocks/users"), ban, act("ban", "Blocks users").body(names()));
    t.post(&at("blocks/users/{members}"), ban_one, act("ban_one", "Blocks a user"));
    t.delete(&at("blocks/users/{members}"), unban, act("unban", "Takes users off the block list"));
    t.get(&at("white/users"), allowed, act("allowed", "The allow list"));
    t.post(&at("white/users"), allow, act("allow", "Puts members on the allow list").body(names()));
    t.get(&at("white/users/{members}"), is_allowed, act("is_allowed", "Whether a member is on the allow list"));
    t.post(&at("white/users/{members}"), allow_one, act("allow_one", "Puts a member on the allow list"));
    t.delete(&at("white/users/{members}"), disallow, act("disallow", "Takes members off the allow list"));
}

/// Names on one of the lists.
async fn list(caller: &Caller, kind: RecordKind, least: Role) -> Reply<Json<Value>> {
    let managed = caller.managed(least).await?;
    let service = &caller.call.service;
    let listed = service.listed(&managed.group, kind).await?;
    let names: Vec<&str> = listed.iter().map(|record| record.key.as_str()).collect();
    Ok(caller
        .call
        .answer(json!({"data": names, "count": names.len()})))
}

// --- admins ---------------------------------------------------------------------------------------------------------

async fn admins(caller: Caller) -> Reply<Json<Value>> {
    list(&caller, RecordKind::Admin, Role::Member).await
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct AdminBody {
    newadmin: Option<String>,
}

async fn add_admin(caller: Caller, Body(body): Body<AdminBody>) -> Reply<Json<Value>> {
    let name = required("newadmin", body.newadmin.as_deref())?;
    let managed = caller.managed(Role::Owner).await?;
    let call = &caller.call;
    call.service.add_admin(&managed, &name).await?;
    Ok(call.data(json!({"result": "success", "newadmin": name.as_str()})))
}

async fn remove_admin(caller: Caller) -> Reply<Json<Value>> {
    let name = params::name("username", caller.call.part("member"))?;
    let managed = caller.managed(Role::Owner).await?;
    let call = &caller.call;
    call.service.remove_admin(&managed, &name).await?;
    Ok(call.data(json!({"result": "success", "oldadmin": name.as_str()})))
}

// --- mutes ----------------------------------------------------------------------------------------------------------

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct MuteBody {
    #[serde(flatten)]
    names: NamesBody,
    mute_duration: Value,
}

/// Mutes members for some milliseconds; a negative number is for ever.
async fn mute(caller: Caller, Body(body): Body<MuteBody>) -> Reply<Json<Value>> {
    let names = body.names.names()?;
    let duration = match whole(&body.mute_duration) {
        None if body.mute_duration.is_null() => {
            return Err(Refusal::invalid("mute_duration must be provided"));
        }
        None | Some(0) => return Err(not_legal("mute_duration")),
        Some(number) if number < 0 => None,
        Some(number) => Some(u64::try_from(number).map_err(|_| not_legal("mute_duration"))?),
    };
    let managed = caller.managed(Role::Admin).await?;
    let call = &caller.call;
    let end = call.service.mute(&managed, &names, duration).await?;
    caller.audit_members("group.mute", &names).await;
    let row = |name: &Name| json!({"result": true, "expire": end.0, "user": name.as_str()});
    Ok(call.data(names.iter().map(row).collect()))
}

async fn unmute(caller: Caller) -> Reply<Json<Value>> {
    let names = names(caller.call.part("members").split(','))?;
    let managed = caller.managed(Role::Admin).await?;
    let call = &caller.call;
    call.service.unmute(&managed, &names).await?;
    let row = |name: &Name| json!({"result": true, "user": name.as_str()});
    Ok(call.data(names.iter().map(row).collect()))
}

async fn muted(caller: Caller) -> Reply<Json<Value>> {
    let managed = caller.managed(Role::Admin).await?;
    let service = &caller.call.service;
    let listed = service.listed(&managed.group, RecordKind::Muted).await?;
    let rows = listed.iter().map(
        |record| json!({"user": record.key, "expire": record.expires.unwrap_or(MUTED_FOR_EVER).0}),
    );
    let rows: Vec<Value> = rows.collect();
    Ok(caller
        .call
        .answer(json!({"data": rows, "count": rows.len()})))
}

/// Whether the caller is muted.
async fn is_muted(own: Own) -> Reply<Json<Value>> {
    let (call, id) = (&own.call, own.call.group_id());
    let which = GroupRef {
        id: &id,
        room: call.is_about_rooms(),
    };
    let user = Some(&own.actor);
    let managed = call
        .service
        .managed(&call.app, which, user, Role::Member)
        .await?;
    let groups = [managed.group];
    let muted = call
        .service
        .in_groups(&groups, RecordKind::Muted, &own.actor)
        .await?;
    Ok(call.data(muted.contains(&true).into()))
}

async fn mute_all(caller: Caller) -> Reply<Json<Value>> {
    set_mute_all(&caller, true).await
}

async fn unmute_all(caller: Caller) -> Reply<Json<Value>> {
    set_mute_all(&caller, false).await
}

async fn set_mute_all(caller: &Caller, muted: bool) -> Reply<Json<Value>> {
    let managed = caller.managed(Role::Admin).await?;
    caller.call.service.mute_all(&managed, muted).await?;
    Ok(caller.call.data(json!({"mute": muted})))
}

// --- the block list -------------------------------------------------------------------------------------------------

async fn banned(caller: Caller) -> Reply<Json<Value>> {
    list(&caller, RecordKind::Banned, Role::Admin).await
}

async fn ban(caller: Caller, Body(body): Body<NamesBody>) -> Reply<Json<Value>> {
    ban_all(&caller, body.names()?).await
}

async fn ban_one(caller: Caller) -> Reply<Json<Value>> {
    let name = params::name("username", caller.call.part("members"))?;
    ban_all(&caller, vec![name]).await
}

async fn ban_all(caller: &Caller, names: Vec<Name>) -> Reply<Json<Value>> {
    let managed = caller.managed(Role::Admin).await?;
    caller.call.service.ban(&managed, &names).await?;
    caller.audit_members("group.ban", &names).await;
    Ok(caller.call.data(caller.call.rows("add_blocks", &names)))
}

async fn unban(caller: Caller) -> Reply<Json<Value>> {
    let names = names(caller.call.part("members").split(','))?;
    let managed = caller.managed(Role::Admin).await?;
    caller.call.service.unban(&managed, &names).await?;
    Ok(caller.call.data(caller.call.rows("remove_blocks", &names)))
}

// --- the allow list -------------------------------------------------------------------------------------------------

async fn allowed(caller: Caller) -> Reply<Json<Value>> {
    list(&caller, RecordKind::Allowed, Role::Admin).await
}

async fn allow(caller: Caller, Body(body): Body<NamesBody>) -> Reply<Json<Value>> {
    allow_all(&caller, body.names()?).await
}

async fn allow_one(caller: Caller) -> Reply<Json<Value>> {
    let name = params::name("username", caller.call.part("members"))?;
    allow_all(&caller, vec![name]).await
}

async fn allow_all(caller: &Caller, names: Vec<Name>) -> Reply<Json<Value>> {
    let managed = caller.managed(Role::Admin).await?;
    let call = &caller.call;
    call.service.allow(&managed, &names).await?;
    Ok(call.data(call.rows("add_user_whitelist", &names)))
}

/// A user about itself; the owner, admins and the server API about anybody.
async fn is_allowed(caller: Caller) -> Reply<Json<Value>> {
    let call = &caller.call;
    let name = params::name("username", call.part("members"))?;
    let own = caller
        .user
        .as_ref()
        .is_some_and(|user| *user.name() == name);
    let least = if own { Role::Member } else { Role::Admin };
    let managed = caller.managed(least).await?;
    let white = call.service.is_allowed(&managed, &name).await?;
    Ok(call.data(json!({"member": name.as_str(), "white": white})))
}

async fn disallow(caller: Caller) -> Reply<Json<Value>> {
    let names = names(caller.call.part("members").split(','))?;
    let managed = caller.managed(Role::Admin).await?;
    let call = &caller.call;
    call.service.disallow(&managed, &names).await?;
    Ok(call.data(call.rows("remove_user_whitelist", &names)))
}

// --- announcement and files -----------------------------------------------------------------------------------------

async fn announcement(caller: Caller) -> Reply<Json<Value>> {
    let managed = caller.managed(Role::Member).await?;
    let text = caller.call.service.announcement(&managed).await?;
    Ok(caller.call.data(json!({"announcement": text})))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct AnnouncementBody {
    announcement: Option<String>,
}

async fn announce(caller: Caller, Body(body): Body<AnnouncementBody>) -> Reply<Json<Value>> {
    let text = body
        .announcement
        .ok_or_else(|| Refusal::invalid("announcement must be provided"))?;
    let managed = caller.managed(Role::Admin).await?;
    caller.call.service.announce(&managed, &text).await?;
    Ok(caller
        .call
        .data(json!({"id": caller.call.part("group"), "result": true})))
}

// --- attributes and shields -----------------------------------------------------------------------------------------

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct AttributesBody {
    #[serde(rename = "metaData")]
    changes: Option<BTreeMap<String, String>>,
}

async fn set_attributes(
    caller: Caller,
    params: Params,
    Body(body): Body<AttributesBody>,
) -> Reply<Json<Value>> {
    let name = params::name("username", caller.call.part("user"))?;
    let changes = body.changes.filter(|changes| !changes.is_empty());
    let changes = changes.ok_or_else(|| Refusal::invalid("metaData must be provided"))?;
    let managed = caller.managed(Role::Member).await?;
    let resource = params.text("resource").unwrap_or_default();
    let service = &caller.call.service;
    let attributes = service
        .set_member_attributes(&managed, &name, changes, resource)
        .await?;
    Ok(caller.call.data(json!(attributes)))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct TargetsBody {
    targets: Option<Vec<String>>,
    properties: Option<Vec<String>>,
}

async fn attributes(caller: Caller, Body(body): Body<TargetsBody>) -> Reply<Json<Value>> {
    let targets = body.targets.unwrap_or_default();
    let names = names(targets.iter().map(String::as_str))?;
    let managed = caller.managed(Role::Member).await?;
    let keys = body.properties.unwrap_or_default();
    let service = &caller.call.service;
    let found = service.member_attributes(&managed, &names, &keys).await?;
    Ok(caller.call.data(json!(found)))
}

async fn shield(caller: Caller) -> Reply<Json<Value>> {
    set_shield(&caller, true).await
}

async fn unshield(caller: Caller) -> Reply<Json<Value>> {
    set_shield(&caller, false).await
}

async fn set_shield(caller: &Caller, shielded: bool) -> Reply<Json<Value>> {
    let (call, user) = (&caller.call, caller.user()?);
    let managed = caller.managed(Role::Member).await?;
    call.service.shield(&managed, user, shielded).await?;
    let action = if shielded { "shield" } else { "unshield" };
    Ok(call.data(call.row(action, user.name())))
}

/// Groups that a user's own entry shields it from, or no more, as clients of old ask for it.
pub(super) async fn ignore(own: &Own, entities: &[Map<String, Value>]) -> Reply<()> {
    for (key, value) in entities.iter().flatten() {
        let (Some(id), Some(shielded)) = (key.strip_prefix(IGNORE_PREFIX), value.as_bool()) else {
            continue;
        };
        let (call, id) = (&own.call, GroupId::new(id));
        let which = GroupRef {
            id: &id,
            room: false,
        };
        let user = Some(&own.actor);
        let managed = call
            .service
            .managed(&call.app, which, user, Role::Member)
            .await?;
        call.service.shield(&managed, &own.actor, shielded).await?;
    }
    Ok(())
}
