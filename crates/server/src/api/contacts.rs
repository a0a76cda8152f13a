//! Contacts and block lists.

use super::answer::user_entity;
use super::body::Body;
use super::extract::{ByApp, Own};
use super::params::{self, Params};
use super::route::{Routes, Who, op};
use super::schema::{flag, text, texts, whole};
use crate::service::{Actor, Contact, Refusal, Reply};
use axum::Json;
use lacuna_domain::DeviceId;
use lacuna_domain::limits::{BLOCK_BATCH_MAX, BLOCKED_MAX, CONTACT_PAGE_MAX, CONTACTS_MAX};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

const CONTACT_PAGE_DEFAULT: usize = 20;

/// The routes of this file.
#[rustfmt::skip] // a route is a row, so that all of them are seen at once
pub(super) fn routes(t: &mut Routes) {
    let names = || [texts("usernames").needed()];
    t.get("users/{user}/contacts", page, op("contacts.page", "A page of contacts", Who::Own).query([whole("limit"), text("cursor")]));
    t.post("users/{user}/contacts/apply", apply, op("contacts.apply", "Asks users to become contacts", Who::Own)
        .body([texts("usernames").needed(), text("reason")]));
    t.get("users/{user}/contacts/users", list, op("contacts.list", "Every contact", Who::Own).query([flag("needReturnRemark")]));
    t.put("users/{user}/contacts/users/{other}", remark, op("contacts.remark", "Sets what the user calls a contact", Who::Own).body([text("remark")]));
    t.post("users/{user}/contacts/users/{other}", join, op("contacts.join", "Makes two users contacts without asking them", Who::App));
    t.delete("users/{user}/contacts/users/{other}", remove, op("contacts.remove", "Ends a contact", Who::Own));
    t.post("users/{user}/contacts/accept/users/{other}", accept, op("contacts.accept", "Accepts a request", Who::Own));
    t.post("users/{user}/contacts/decline/users/{other}", decline, op("contacts.decline", "Declines a request", Who::Own));
    t.get("users/{user}/blocks/users", blocked, op("contacts.blocked", "The block list", Who::Own));
    t.post("users/{user}/blocks/users", block, op("contacts.block", "Blocks users", Who::Own).body(names()));
    t.delete("users/{user}/blocks/users/{other}", unblock_one, op("contacts.unblock_one", "Takes a user off the block list", Who::Own));
    t.post("sdk/user/{user}/blocks", block, op("contacts.block.sdk", "Blocks users", Who::Own).body(names()));
    t.delete("sdk/user/{user}/blocks", unblock, op("contacts.unblock", "Takes users off the block list", Who::Own).body(names()));
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ApplyBody {
    usernames: Vec<String>,
    reason: Option<String>,
}

/// Asks users to become contacts.
async fn apply(own: Own, Body(body): Body<ApplyBody>) -> Reply<Json<Value>> {
    if body.usernames.is_empty() {
        return Err(Refusal::missing("usernames"));
    }
    if body.usernames.len() > BLOCK_BATCH_MAX {
        let text = format!("usernames size is more than max limit : {BLOCK_BATCH_MAX}");
        return Err(Refusal::illegal(text));
    }
    let reason = body.reason.unwrap_or_default();
    for name in &body.usernames {
        own.call
            .service
            .request_contact(&own.actor, name, &reason)
            .await?;
    }
    Ok(own.call.data(json!({"usernames": body.usernames})))
}

/// Accepts a request.
async fn accept(own: Own) -> Reply<Json<Value>> {
    let other = own.call.part("other");
    own.call.service.accept_contact(&own.actor, other).await?;
    Ok(own.call.data(json!({"username": other})))
}

/// Declines a request.
async fn decline(own: Own) -> Reply<Json<Value>> {
    let other = own.call.part("other");
    own.call.service.decline_contact(&own.actor, other).await?;
    Ok(own.call.data(json!({"username": other})))
}

/// Makes two users contacts without asking them.
async fn join(by: ByApp) -> Reply<Json<Value>> {
    let call = by.call;
    let account = call.service.account(&call.app, call.part("user")).await?;
    let actor = Actor {
        app: Arc::clone(&call.app),
        account,
        device: DeviceId::NONE,
    };
    let other = call
        .service
        .join_contacts(&actor, call.part("other"))
        .await?;
    Ok(call.answer(json!({"entities": [user_entity(&other)]})))
}

/// Ends a contact.
async fn remove(own: Own) -> Reply<Json<Value>> {
    let other = own.call.part("other");
    let other = own.call.service.delete_contact(&own.actor, other).await?;
    Ok(own.call.answer(json!({"entities": [user_entity(&other)]})))
}

#[derive(Debug, Deserialize)]
struct RemarkBody {
    remark: Option<String>,
}

/// Sets what the user calls a contact.
async fn remark(own: Own, Body(body): Body<RemarkBody>) -> Reply<Json<Value>> {
    let remark = body.remark.unwrap_or_default();
    own.call
        .service
        .remark_contact(&own.actor, own.call.part("other"), &remark)
        .await?;
    Ok(own.call.data(json!({"remark": remark})))
}

/// Every contact: their names, or with their remarks.
async fn list(own: Own, params: Params) -> Reply<Json<Value>> {
    let found = own
        .call
        .service
        .contacts(own.actor.id(), None, CONTACTS_MAX)
        .await?;
    let count = found.len();
    if params.flag("needReturnRemark", false)? {
        let entities: Vec<Value> = found.iter().map(row).collect();
        return Ok(own
            .call
            .answer(json!({"entities": entities, "count": count})));
    }
    let names: Vec<String> = found.into_iter().map(|contact| contact.name).collect();
    Ok(own.call.answer(json!({"data": names, "count": count})))
}

/// A page of contacts, by name. The cursor is the last name of the page before.
async fn page(own: Own, params: Params) -> Reply<Json<Value>> {
    let limit = params.number("limit", CONTACT_PAGE_DEFAULT, 1, CONTACT_PAGE_MAX)?;
    let after = match params.text("cursor") {
        None => None,
        Some(cursor) => Some(params::name("cursor", cursor)?.as_str().to_owned()),
    };
    let mut found = own
        .call
        .service
        .contacts(own.actor.id(), after, limit + 1)
        .await?;
    let more = params::cut(&mut found, limit);
    let last = found.last().filter(|_| more);
    let cursor = last.map_or("", |contact| contact.name.as_str());
    let contacts: Vec<Value> = found.iter().map(row).collect();
    Ok(own
        .call
        .data(json!({"contacts": contacts, "cursor": cursor})))
}

fn row(contact: &Contact) -> Value {
    json!({"username": contact.name, "remark": contact.remark})
}

/// The block list.
async fn blocked(own: Own) -> Reply<Json<Value>> {
    let names = own.call.service.blocked(own.actor.id()).await?;
    debug_assert!(names.len() <= BLOCKED_MAX, "bounded when it was written");
    let count = names.len();
    Ok(own.call.answer(json!({"data": names, "count": count})))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct NamesBody {
    usernames: Vec<String>,
}

/// Blocks users.
async fn block(own: Own, Body(body): Body<NamesBody>) -> Reply<Json<Value>> {
    let names = own.call.service.block(&own.actor, &body.usernames).await?;
    Ok(own.call.data(json!(names)))
}

/// Takes users off the block list.
async fn unblock(own: Own, Body(body): Body<NamesBody>) -> Reply<Json<Value>> {
    let names = own
        .call
        .service
        .unblock(&own.actor, &body.usernames)
        .await?;
    Ok(own.call.data(json!(names)))
}

/// Takes one user off the block list.
async fn unblock_one(own: Own) -> Reply<Json<Value>> {
    let names = [own.call.part("other").to_owned()];
    let names = own.call.service.unblock(&own.actor, &names).await?;
    Ok(own.call.data(json!(names)))
}
