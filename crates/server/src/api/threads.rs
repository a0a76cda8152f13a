//! Threads of groups.

use super::body::Body;
use super::conversations::message_json;
use super::extract::{ByApp, Call, Caller, Own};
use super::group_call::{NamesBody, names};
use super::params::{self, Params, digits, not_legal};
use super::route::{Routes, Who, op};
use super::schema::{text, texts, whole};
use crate::service::{Refusal, Reply, ThreadRequest};
use axum::Json;
use lacuna_domain::limits::{
    HISTORY_PAGE_DEFAULT, MEMBER_PAGE_MAX, THREAD_LAST_MESSAGES_MAX, THREAD_PAGE_MAX,
};
use lacuna_domain::{ConversationId, Direction, GroupId, Pos, Target};
use lacuna_store::{Group, GroupKind, HistoryQuery};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// The routes of this file.
#[rustfmt::skip] // a route is a row, so that all of them are seen at once
pub(super) fn routes(t: &mut Routes) {
    let pages = || [whole("limit"), text("cursor")];
    t.post("thread", create, op("threads.create", "Creates a thread on a message of a group", Who::Caller)
        .body([text("name").needed(), text("msg_id").needed(), text("group_id").needed(), text("owner")]));
    t.post("thread/message", last_messages, op("threads.last_messages", "The last messages of threads", Who::User).body([texts("threadIds").needed()]));
    t.get("thread/{group}", show, op("threads.show", "One thread", Who::Caller));
    t.put("thread/{group}", rename, op("threads.rename", "Renames a thread", Who::Caller).body([text("name").needed()]));
    t.delete("thread/{group}", destroy, op("threads.destroy", "Ends a thread", Who::Caller));
    t.post("thread/{group}/user/{user}/join", join, op("threads.join", "Joins a thread", Who::Own));
    t.delete("thread/{group}/user/{user}/quit", leave, op("threads.leave", "Leaves a thread", Who::Own));
    t.get("thread/{group}/users", members, op("threads.members", "A page of a thread's members", Who::Caller).query(pages()));
    t.post("thread/{group}/users", add, op("threads.add", "Adds members of the group to a thread", Who::App).body([texts("usernames").needed()]));
    t.delete("thread/{group}/users/{members}", kick, op("threads.kick", "Takes members out of a thread", Who::Caller));
    t.get("threads/user/{user}", joined, op("threads.joined", "A page of the threads that a user is in", Who::Own).query(pages()));
    t.get("threads/chatgroups/{group}", of_group, op("threads.of_group", "A page of a group's threads", Who::Caller).query(pages()));
    t.get("threads/chatgroups/{group}/user/{user}", joined_of_group, op("threads.joined_of_group", "A page of a group's threads that a user is in", Who::Own).query(pages()));
}

fn id(call: &Call) -> GroupId {
    GroupId::new(call.part("group"))
}

/// A thread as clients read it: in the spellings of the server API and of the SDKs.
fn shown(thread: &Group) -> Value {
    let parent = thread.settings.parent.as_ref();
    let (group, message) = parent.map_or_else(Default::default, |parent| {
        (parent.group.as_str().to_owned(), parent.message.to_string())
    });
    json!({
        "id": thread.id.as_str(),
        "name": thread.settings.name,
        "owner": thread.owner.as_str(),
        "created": thread.created.0,
        "affiliations_count": thread.members,
        "affiliationsCount": thread.members,
        "group_id": group,
        "groupId": group,
        "msg_id": message,
        "msgId": message,
    })
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct CreateBody {
    name: Option<String>,
    msg_id: Value,
    group_id: Value,
    owner: Option<String>,
}

/// Starts a thread: a user for itself, the server API for anybody.
async fn create(caller: Caller, Body(body): Body<CreateBody>) -> Reply<Json<Value>> {
    let owner = caller.owner(body.owner.as_deref(), "starts threads")?;
    let number = |value: &Value, name: &str| {
        let text = value.as_str().map(str::to_owned);
        let text = text.or_else(|| value.as_u64().map(|number| number.to_string()));
        let digits = text
            .as_deref()
            .filter(|text| !text.is_empty())
            .and_then(digits);
        digits.ok_or_else(|| not_legal(name))
    };
    let request = ThreadRequest {
        owner,
        group: GroupId::new(&number(&body.group_id, "group_id")?.to_string()),
        message: Pos(number(&body.msg_id, "msg_id")?.min(Pos::MAX.0)),
        name: body.name.unwrap_or_default(),
    };
    let call = &caller.call;
    let made = call
        .service
        .create_thread(&call.app, caller.sender(), request);
    let thread = made.await?;
    Ok(call.data(json!({"thread_id": thread.id.as_str()})))
}

/// The thread of the path, if the caller may look at it.
async fn open(caller: &Caller) -> Reply<Group> {
    let (call, id) = (&caller.call, id(&caller.call));
    let open = call
        .service
        .open_thread(&call.app, &id, caller.user.as_ref());
    Ok(open.await?.0)
}

/// A thread, for the members of its group.
async fn show(caller: Caller) -> Reply<Json<Value>> {
    let (call, thread) = (&caller.call, open(&caller).await?);
    Ok(call.data(shown(&thread)))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct NameBody {
    name: Option<String>,
}

/// Gives a thread another name.
async fn rename(caller: Caller, Body(body): Body<NameBody>) -> Reply<Json<Value>> {
    let (call, by) = (&caller.call, caller.sender());
    let (id, name) = (id(call), body.name.unwrap_or_default());
    let which = (&id, caller.user.as_ref());
    let renamed = call
        .service
        .rename_thread(&call.app, which, by, name)
        .await?;
    Ok(call.data(json!({"name": renamed.settings.name})))
}

/// Ends a thread.
async fn destroy(caller: Caller) -> Reply<Json<Value>> {
    let (call, by) = (&caller.call, caller.sender());
    let id = id(call);
    let which = (&id, caller.user.as_ref());
    call.service.destroy_thread(&call.app, which, by).await?;
    Ok(call.data(json!({"status": "ok"})))
}

/// The caller joins a thread of a group that it is in.
async fn join(own: Own) -> Reply<Json<Value>> {
    let thread = own
        .call
        .service
        .join_thread(&own.actor, &id(&own.call))
        .await?;
    Ok(own
        .call
        .data(json!({"status": "ok", "detail": shown(&thread)})))
}

/// The caller leaves.
async fn leave(own: Own) -> Reply<Json<Value>> {
    own.call
        .service
        .leave_thread(&own.actor, &id(&own.call))
        .await?;
    Ok(own.call.data(json!({"status": "ok"})))
}

/// A page of names of those in a thread, by cursor.
async fn members(caller: Caller, params: Params) -> Reply<Json<Value>> {
    let (call, thread) = (&caller.call, open(&caller).await?);
    let limit = params.number("limit", HISTORY_PAGE_DEFAULT, 1, MEMBER_PAGE_MAX)?;
    let after = params.number("cursor", 0, 0, usize::MAX)?;
    let store = &call.service.store;
    let mut members = store
        .members(call.app.id, &thread.id, after, limit + 1)
        .await?;
    let cursor = if params::cut(&mut members, limit) {
        (after + limit).to_string()
    } else {
        String::new()
    };
    let names: Vec<&str> = members.iter().map(|member| member.name.as_str()).collect();
    Ok(call.answer(json!({
        "data": {"affiliations": names},
        "properties": {"cursor": cursor},
    })))
}

/// The server API puts members of the group into a thread.
async fn add(by: ByApp, Body(body): Body<NamesBody>) -> Reply<Json<Value>> {
    let (call, names) = (&by.call, body.names()?);
    for name in &names {
        let account = call.service.account(&call.app, name.as_str()).await?;
        let actor = crate::service::Actor {
            app: Arc::clone(&call.app),
            account,
            device: lacuna_domain::DeviceId::NONE,
        };
        call.service.join_thread(&actor, &id(call)).await?;
    }
    Ok(call.data(json!({"status": "ok"})))
}

/// Takes members out of a thread: one, or several with commas between.
async fn kick(caller: Caller) -> Reply<Json<Value>> {
    let (call, by) = (&caller.call, caller.sender());
    let (id, listed) = (id(call), call.part("members"));
    let names = names(listed.split(','))?;
    let which = (&id, caller.user.as_ref());
    let kicked = call
        .service
        .kick_from_thread(&call.app, which, by, names.clone());
    kicked.await?;
    caller.audit_members("group.kick", &names).await;
    let mut rows = names
        .iter()
        .map(|name| json!({"result": true, "user": name.as_str()}));
    Ok(call.data(if names.len() == 1 {
        rows.next().unwrap_or_default()
    } else {
        rows.collect()
    }))
}

// --- lists ----------------------------------------------------------------------------------------------------------

/// The number of rows asked for, and the log of the thread that the page before ended with.
fn page(params: &Params) -> Reply<(usize, Option<ConversationId>)> {
    let limit = params.number("limit", HISTORY_PAGE_DEFAULT, 1, THREAD_PAGE_MAX)?;
    let given = params.text("cursor").filter(|text| *text != "undefined");
    let cursor = given.map(|text| {
        let number = digits(text).and_then(|number| i64::try_from(number).ok());
        number
            .map(ConversationId)
            .ok_or_else(|| not_legal("cursor"))
    });
    Ok((limit, cursor.transpose()?))
}

/// Answers a page out of one row more than it has, if there is one.
fn listed(call: &Call, mut threads: Vec<Group>, limit: usize) -> Json<Value> {
    let more = params::cut(&mut threads, limit);
    let last = threads.last().filter(|_| more);
    let cursor = last.map_or_else(String::new, |last| last.conversation.0.to_string());
    call.answer(json!({
        "entities": threads.iter().map(shown).collect::<Vec<_>>(),
        "properties": {"cursor": cursor},
        "count": threads.len(),
    }))
}

/// The threads of a group, newest first, for its members.
async fn of_group(caller: Caller, params: Params) -> Reply<Json<Value>> {
    let (limit, before) = page(&params)?;
    let (call, service) = (&caller.call, &caller.call.service);
    let group = service.group(&call.app, &id(call)).await?;
    if let Some(user) = &caller.user {
        service.check_member(user, group.conversation).await?;
    }
    let threads = service
        .store
        .threads(group.conversation, before, limit + 1)
        .await?;
    Ok(listed(call, threads, limit))
}

/// The threads that the caller is in, newest first.
async fn joined(own: Own, params: Params) -> Reply<Json<Value>> {
    joined_in(&own, &params, None).await
}

/// The threads of a group that the caller is in, newest first.
async fn joined_of_group(own: Own, params: Params) -> Reply<Json<Value>> {
    let group = own
        .call
        .service
        .group(&own.call.app, &id(&own.call))
        .await?;
    joined_in(&own, &params, Some(&group.id)).await
}

async fn joined_in(own: &Own, params: &Params, group: Option<&GroupId>) -> Reply<Json<Value>> {
    let (limit, before) = page(params)?;
    let all = own.call.service.store.groups_of(own.actor.id()).await?;
    let of_it = |thread: &Group| {
        let parent = thread.settings.parent.as_ref();
        group.is_none() || parent.map(|parent| &parent.group) == group
    };
    let threads = all.into_iter().rev().filter(|thread| {
        thread.settings.kind() == GroupKind::Thread
            && of_it(thread)
            && before.is_none_or(|before| thread.conversation < before)
    });
    Ok(listed(&own.call, threads.take(limit + 1).collect(), limit))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ThreadsBody {
    #[serde(rename = "threadIds")]
    ids: Option<Vec<String>>,
}

/// The last message of each of these threads, as far as the caller sees one: of those that it is in.
async fn last_messages(caller: Caller, Body(body): Body<ThreadsBody>) -> Reply<Json<Value>> {
    let (call, actor) = (&caller.call, caller.user()?);
    let ids = body.ids.unwrap_or_default();
    if ids.is_empty() || ids.len() > THREAD_LAST_MESSAGES_MAX {
        return Err(Refusal::invalid(format!(
            "threadIds must be 1 to {THREAD_LAST_MESSAGES_MAX}"
        )));
    }
    let app_key = call.app.settings.key();
    let mut rows = Vec::new();
    for id in ids {
        let thread = match call.service.thread(&call.app, &GroupId::new(&id)).await {
            Err(refusal) if refusal.code == lacuna_domain::ErrorCode::ThreadNotFound => continue,
            thread => thread?,
        };
        let target = Target::Group(thread.id);
        let query = HistoryQuery::new(
            actor.id(),
            actor.name().clone(),
            call.app.id,
            target.clone(),
            Direction::Older,
            1,
        );
        let page = call.service.store.history(query).await?;
        let mut last = page.entries.first().map_or_else(
            || json!({}),
            |entry| message_json(entry, &app_key, actor.name(), (&target, false)),
        );
        // Here clients read the payload as JSON, not as a text that holds JSON as in the conversation list.
        if let Some(payload) = last.get_mut("payload") {
            let read = payload
                .as_str()
                .and_then(|text| serde_json::from_str(text).ok());
            *payload = read.unwrap_or_default();
        }
        rows.push(json!({"thread_id": id, "last_message": last}));
    }
    Ok(call.answer(json!({"entities": rows})))
}
