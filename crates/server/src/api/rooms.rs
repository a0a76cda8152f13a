//! Chat rooms.

use super::body::{AnyBody, Body, malformed};
use super::extract::{Caller, Own};
use super::group_call::members_max;
use super::params::{self, Params, not_legal};
use super::route::{Routes, Who, op};
use super::schema::{self, text, texts};
use crate::service::{AttributeResults, AttributeWrite, NewGroupRequest, Refusal, Reply, Role};
use axum::Json;
use lacuna_domain::limits::ROOM_PAGE_MAX;
use lacuna_store::{Group, GroupSettings};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

const PAGE_DEFAULT: usize = 20;

/// The routes of this file.
#[rustfmt::skip] // a route is a row, so that all of them are seen at once
pub(super) fn routes(t: &mut Routes) {
    let pages = || [schema::whole("pagenum"), schema::whole("pagesize")];
    t.post("chatrooms", create, op("rooms.create", "Creates a chat room", Who::Caller)
        .body([text("owner"), text("name").needed(), text("description"), text("custom"), texts("members"), schema::digits("maxusers")]));
    t.get("chatrooms", list, op("rooms.list", "A page of the chat rooms", Who::Caller).query([schema::whole("pagenum"), schema::whole("pagesize"), schema::whole("limit"), text("cursor")]));
    t.get("users/{user}/joined_chatrooms", joined, op("rooms.joined", "A page of the rooms that a user is in", Who::Own).query(pages()));
    t.post("metadata/chatroom/{group}", attributes, op("rooms.attributes", "Attributes of a room", Who::Caller).body([texts("keys")]));
    let written = || [schema::object("metaData").needed(), text("autoDelete")];
    let keys = || [texts("keys").needed()];
    t.put("metadata/chatroom/{group}/user/{user}", set_own, op("rooms.set_own", "Sets attributes of a room that are free or the caller's", Who::Own).body(written()));
    t.put("metadata/chatroom/{group}/user/{user}/forced", set_any, op("rooms.set_any", "Sets attributes of a room, whosever they are", Who::Own).body(written()));
    t.delete("metadata/chatroom/{group}/user/{user}", remove_own, op("rooms.remove_own", "Removes attributes of a room that are the caller's", Who::Own).body(keys()));
    t.delete("metadata/chatroom/{group}/user/{user}/forced", remove_any, op("rooms.remove_any", "Removes attributes of a room, whosever they are", Who::Own).body(keys()));
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct CreateBody {
    owner: Option<String>,
    name: Option<String>,
    description: Option<String>,
    custom: Option<String>,
    members: Option<Vec<String>>,
    maxusers: Value,
}

/// Creates a room: a user for itself, the server API for anybody.
async fn create(caller: Caller, Body(body): Body<CreateBody>) -> Reply<Json<Value>> {
    let owner = caller.owner(body.owner.as_deref(), "creates chat rooms")?;
    let name = body.name.filter(|name| !name.is_empty());
    let members = body.members.unwrap_or_default();
    let request = NewGroupRequest {
        owner,
        members: members
            .iter()
            .map(|text| params::name("members", text))
            .collect::<Reply<_>>()?,
        settings: GroupSettings {
            name: name.ok_or_else(|| Refusal::invalid("name must be provided"))?,
            description: body.description.unwrap_or_default(),
            custom: body.custom.unwrap_or_default(),
            members_max: members_max(&body.maxusers)?,
            ..GroupSettings::default()
        },
    };
    let call = &caller.call;
    let made = call
        .service
        .create_room(&call.app, caller.sender(), request);
    let room = made.await?;
    Ok(call.data(json!({"id": room.id.as_str()})))
}

fn row(room: &Group) -> Value {
    json!({
        "id": room.id.as_str(),
        "name": room.settings.name,
        "owner": room.owner.as_str(),
        "affiliations_count": room.members,
    })
}

/// A page of the rooms there are, newest first; pages count from 1.
async fn list(caller: Caller, params: Params) -> Reply<Json<Value>> {
    let limit = if params.text("limit").is_some() {
        params.number("limit", PAGE_DEFAULT, 1, ROOM_PAGE_MAX)?
    } else {
        params.number("pagesize", PAGE_DEFAULT, 1, ROOM_PAGE_MAX)?
    };
    let after = match params.text("cursor") {
        Some(_) => params.number("cursor", 0, 0, usize::MAX)?,
        None => params
            .number("pagenum", 1, 0, usize::MAX)?
            .saturating_sub(1)
            .saturating_mul(limit),
    };
    let (call, store) = (&caller.call, &caller.call.service.store);
    let mut rooms = store.rooms(call.app.id, after, limit + 1).await?;
    let more = params::cut(&mut rooms, limit);
    let mut fields = json!({
        "data": rooms.iter().map(row).collect::<Vec<_>>(),
        "count": rooms.len(),
    });
    if let (Some(fields), true) = (fields.as_object_mut(), more) {
        fields.insert("cursor".to_owned(), (after + limit).to_string().into());
    }
    Ok(call.answer(fields))
}

/// A page of the rooms that the caller is in; pages count from 1.
async fn joined(own: Own, params: Params) -> Reply<Json<Value>> {
    let limit = params.number("pagesize", PAGE_DEFAULT, 1, ROOM_PAGE_MAX)?;
    let page = params.number("pagenum", 1, 0, usize::MAX)?;
    let all = own.call.service.store.groups_of(own.actor.id()).await?;
    let rooms = all.iter().filter(|group| group.settings.room);
    let rows: Vec<Value> = rooms
        .skip(page.saturating_sub(1).saturating_mul(limit))
        .take(limit)
        .map(|room| {
            let mut row = row(room);
            if let Some(fields) = row.as_object_mut() {
                fields.insert("created".to_owned(), room.created.0.into());
                fields.insert(
                    "description".to_owned(),
                    room.settings.description.clone().into(),
                );
                fields.insert("maxusers".to_owned(), room.settings.members_max.into());
            }
            row
        })
        .collect();
    let count = rows.len();
    Ok(own.call.answer(json!({"data": rows, "count": count})))
}

// --- attributes -----------------------------------------------------------------------------------------------------

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct KeysBody {
    keys: Option<Vec<String>>,
}

/// The attributes of a room: those of these keys, or all. For who is in it.
async fn attributes(caller: Caller, AnyBody(body): AnyBody) -> Reply<Json<Value>> {
    let body: KeysBody = super::body::of(body)?;
    let room = caller.call.group().await?;
    let service = &caller.call.service;
    if let Some(user) = &caller.user {
        service.check_member(user, room.conversation).await?;
    }
    let found = service
        .room_attributes(&room, &body.keys.unwrap_or_default())
        .await?;
    let found = found.into_iter().map(|(key, value)| (key, value.into()));
    Ok(caller.call.data(Value::Object(found.collect())))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct SetBody {
    #[serde(rename = "metaData")]
    values: Option<Map<String, Value>>,
    #[serde(rename = "autoDelete")]
    auto_delete: Option<String>,
}

async fn set_own(own: Own, Body(body): Body<SetBody>) -> Reply<Json<Value>> {
    set(own, body, false).await
}

/// Sets attributes, those of others too if the caller governs the room.
async fn set_any(own: Own, Body(body): Body<SetBody>) -> Reply<Json<Value>> {
    set(own, body, true).await
}

async fn remove_own(own: Own, Body(body): Body<KeysBody>) -> Reply<Json<Value>> {
    remove(own, body, false).await
}

/// Removes attributes, those of others too if the caller governs the room.
async fn remove_any(own: Own, Body(body): Body<KeysBody>) -> Reply<Json<Value>> {
    remove(own, body, true).await
}

async fn set(own: Own, body: SetBody, forced: bool) -> Reply<Json<Value>> {
    let mut values = BTreeMap::new();
    for (key, value) in body.values.unwrap_or_default() {
        let Value::String(value) = value else {
            return Err(malformed());
        };
        values.insert(key, Some(value));
    }
    let auto_delete = match body.auto_delete.as_deref() {
        None | Some("DELETE") => true,
        Some("NO_DELETE") => false,
        Some(_) => return Err(not_legal("autoDelete")),
    };
    let how = AttributeWrite {
        auto_delete,
        forced,
    };
    write(own, values, how).await
}

async fn remove(own: Own, body: KeysBody, forced: bool) -> Reply<Json<Value>> {
    let keys = body.keys.unwrap_or_default();
    let values = keys.into_iter().map(|key| (key, None)).collect();
    let how = AttributeWrite {
        auto_delete: false,
        forced,
    };
    write(own, values, how).await
}

async fn write(
    own: Own,
    values: BTreeMap<String, Option<String>>,
    how: AttributeWrite,
) -> Reply<Json<Value>> {
    if values.is_empty() {
        return Err(Refusal::invalid("keys must be provided"));
    }
    let (call, service) = (&own.call, &own.call.service);
    let room = call.group().await?;
    service.check_member(&own.actor, room.conversation).await?;
    let how = AttributeWrite {
        forced: how.forced && service.role(&room, &own.actor).await? >= Role::Admin,
        ..how
    };
    let by = own.actor.sender();
    let results = service.write_attributes(&call.app, &room, &by, (values, how));
    let AttributeResults { done, refused } = results.await?;
    Ok(call.data(json!({"successKeys": done, "errorKeys": refused})))
}
