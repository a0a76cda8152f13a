//! Managing a group or a room: admins, mutes, bans, announcements, shared files, attributes, shields.

use super::Api;
use super::body::{Body, whole};
use super::extract::{Caller, Own};
use super::group_call::{NamesBody, names, required};
use super::params::{self, Params, not_legal};
use crate::service::{GroupRef, MUTED_FOR_EVER, Refusal, Reply, Role, SharedFile};
use axum::routing::{delete, get, post, put};
use axum::{Json, Router};
use lacuna_domain::limits::SHARED_FILES_MAX;
use lacuna_domain::{GroupId, Name};
use lacuna_store::RecordKind;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

const FILE_PAGE_DEFAULT: usize = 10;
/// What clients of old put before a group's id to shield themselves from it.
const IGNORE_PREFIX: &str = "notification_ignore_";

/// The routes of this file.
#[rustfmt::skip] // a route is a line, so that all of them are seen at once
pub(super) fn routes() -> Router<Arc<Api>> {
    let at = |path: &str| format!("/{{org}}/{{app}}/{path}");
    let mut router = Router::new()
        .route(&at("chatgroups/{group}/shield"), post(shield).delete(unshield))
        .route(&at("sdk/metadata/chatgroup/{group}/user/{user}"), put(set_attributes))
        .route(&at("metadata/chatgroup/{group}/user/{user}"), put(set_attributes))
        .route(&at("sdk/metadata/chatgroup/{group}/get"), post(attributes))
        .route(&at("metadata/chatgroup/{group}/get"), post(attributes));
    for kind in ["chatgroups", "chatrooms"] {
        let at = |path: &str| format!("/{{org}}/{{app}}/{kind}/{{group}}/{path}");
        router = router
            .route(&format!("/{{org}}/{{app}}/sdk/{kind}/{{group}}/mute/{{user}}"), get(is_muted))
            .route(&at("admin"), get(admins).post(add_admin))
            .route(&at("admin/{member}"), delete(remove_admin))
            .route(&at("mute"), get(muted).post(mute))
            .route(&at("mute/{members}"), delete(unmute))
            .route(&at("ban"), post(mute_all).delete(unmute_all))
            .route(&at("blocks/users"), get(banned).post(ban))
            .route(&at("blocks/users/{members}"), post(ban_one).delete(unban))
            .route(&at("white/users"), get(allowed).post(allow))
            .route(&at("white/users/{members}"), get(is_allowed).post(allow_one).delete(disallow))
            .route(&at("announcement"), get(announcement).post(announce))
            .route(&at("share_files"), get(files))
            .route(&at("share_files/{file}"), delete(remove_file));
    }
    router
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

/// A page of shared files, the latest first; pages count from 1.
async fn files(caller: Caller, params: Params) -> Reply<Json<Value>> {
    let managed = caller.managed(Role::Member).await?;
    let limit = params.number("pagesize", FILE_PAGE_DEFAULT, 1, SHARED_FILES_MAX)?;
    let page = params.number("pagenum", 1, 0, usize::MAX)?;
    let files = caller.call.service.shared_files(&managed).await?;
    let row = |file: &SharedFile| {
        json!({
            "file_id": file.id,
            "file_name": file.name,
            "file_owner": file.owner,
            "file_size": file.bytes,
            "created": file.created.0,
        })
    };
    let skipped = page.saturating_sub(1).saturating_mul(limit);
    let rows: Vec<Value> = files.iter().skip(skipped).take(limit).map(row).collect();
    Ok(caller
        .call
        .answer(json!({"data": rows, "count": rows.len()})))
}

async fn remove_file(caller: Caller) -> Reply<Json<Value>> {
    let managed = caller.managed(Role::Member).await?;
    let (call, file) = (&caller.call, caller.call.part("file"));
    call.service.remove_shared_file(&managed, file).await?;
    let id = call.part("group");
    Ok(call.data(json!({"result": true, "group_id": id, "file_id": file})))
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
