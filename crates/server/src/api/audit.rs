//! The audit of administrators' acts and of deletions, and what is kept from the purge for a court.

use super::extract::{ByApp, Call, Caller, Own};
use super::params::{Params, cut, digits, group, name, not_legal};
use super::route::{Routes, Who, op};
use super::schema::{text, whole};
use crate::service::{Refusal, Reply};
use axum::Json;
use lacuna_domain::limits::AUDIT_PAGE_MAX;
use lacuna_domain::{ConversationKey, Name, Target};
use lacuna_store::{AuditRow, Hold, NewAudit};
use serde_json::{Value, json};

const AUDIT_PAGE_DEFAULT: usize = 20;

/// The routes of this file.
#[rustfmt::skip] // a route is a row, so that all of them are seen at once
pub(super) fn routes(t: &mut Routes) {
    t.get("audit", audit, op("audit.audit", "A page of the audit, the newest first", Who::App).query([whole("limit"), text("cursor")]));
    for (path, [set, end]) in HOLDS {
        t.put(path, hold, op(set, "Keeps conversations from the purge", Who::App));
        t.delete(path, release, op(end, "Lets the purge at conversations again", Who::App));
    }
}

/// What can be held, with the ids of its acts: everything of a user, a group, a chat of two.
const HOLDS: [(&str, [&str; 2]); 3] = [
    ("holds/users/{user}", ["audit.hold", "audit.release"]),
    (
        "holds/chatgroups/{group}",
        ["audit.hold.group", "audit.release.group"],
    ),
    (
        "holds/chats/{one}/{other}",
        ["audit.hold.chat", "audit.release.chat"],
    ),
];

impl Call {
    /// Notes an act that was done. Nothing that a message says may be in `target`.
    pub(super) async fn audit(&self, by: &Name, act: &str, target: String, count: usize) {
        let act = NewAudit {
            app: self.app.id,
            actor: by.clone(),
            act: act.to_owned(),
            target,
            count: u64::try_from(count).unwrap_or(u64::MAX),
        };
        let (name, now) = (act.act.clone(), self.service.clock.now());
        // It is done and cannot be undone: that it is not noted is for the operator.
        if let Err(error) = self.service.store.add_audit(act, now).await {
            tracing::error!(act = name, error = %error, "an act could not be noted");
        }
    }

    /// Notes what the server API did to one message of a conversation.
    pub(super) async fn audit_message(&self, act: &str, sender: &Name, target: &Target) {
        let target = match target {
            Target::Peer(peer) => format!("chat of {sender} and {peer}"),
            Target::Group(id) => format!("group {}", id.as_str()),
        };
        self.audit(&Name::admin(), act, target, 1).await;
    }
}

impl Caller {
    /// Notes what the server API did to users of the path's group, room or thread; users who manage their own are not noted.
    pub(super) async fn audit_members(&self, act: &str, names: &[Name]) {
        if self.user.is_some() {
            return;
        }
        let users: Vec<&str> = names.iter().map(Name::as_str).collect();
        let target = format!("group {}, users {}", self.call.group_id(), users.join(", "));
        self.call
            .audit(&Name::admin(), act, target, names.len())
            .await;
    }
}

impl Own {
    /// Notes an act on the user's own: in one conversation, or in all.
    pub(super) async fn audit_act(&self, act: &str, target: Option<&Target>, count: usize) {
        let user = self.actor.name();
        let target = match target {
            Some(Target::Peer(peer)) => format!("user {user}, chat {peer}"),
            Some(Target::Group(id)) => format!("user {user}, group {}", id.as_str()),
            None => format!("user {user}"),
        };
        self.call.audit(&self.by, act, target, count).await;
    }
}

/// A page of the audit, the newest first.
async fn audit(by: ByApp, params: Params) -> Reply<Json<Value>> {
    let limit = params.number("limit", AUDIT_PAGE_DEFAULT, 1, AUDIT_PAGE_MAX)?;
    let cursor = params.text("cursor").map(|text| {
        digits(text)
            .and_then(|id| i64::try_from(id).ok())
            .ok_or_else(|| not_legal("cursor"))
    });
    let store = &by.call.service.store;
    let mut rows = store
        .audit(by.call.app.id, cursor.transpose()?, limit + 1)
        .await?;
    let more = cut(&mut rows, limit);
    let entities: Vec<Value> = rows.iter().map(entity).collect();
    let mut fields = json!({"count": entities.len(), "entities": entities});
    if let (true, Some(last), Some(fields)) = (more, rows.last(), fields.as_object_mut()) {
        fields.insert("cursor".to_owned(), last.id.to_string().into());
    }
    Ok(by.call.answer(fields))
}

fn entity(row: &AuditRow) -> Value {
    json!({
        "id": row.id.to_string(),
        "timestamp": row.at.0,
        "actor": row.act.actor.as_str(),
        "act": row.act.act,
        "target": row.act.target,
        "count": row.act.count,
    })
}

/// Keeps a user's conversations, or one, from the purge.
async fn hold(by: ByApp) -> Reply<Json<Value>> {
    let (hold, text) = held(&by.call)?;
    let (service, now) = (&by.call.service, by.call.service.clock.now());
    if !service.store.hold(by.call.app.id, hold, now).await? {
        return Err(no_conversation(&text));
    }
    by.call.audit(&Name::admin(), "hold.set", text, 1).await;
    Ok(by.call.data(json!({"held": true})))
}

/// Ends that.
async fn release(by: ByApp) -> Reply<Json<Value>> {
    let (hold, text) = held(&by.call)?;
    let released = by.call.service.store.release(by.call.app.id, hold).await?;
    if released {
        by.call
            .audit(&Name::admin(), "hold.released", text, 1)
            .await;
    }
    Ok(by.call.data(json!({"held": false, "released": released})))
}

/// What the path names, and in words.
fn held(call: &Call) -> Reply<(Hold, String)> {
    let (user, id) = (call.part("user"), call.part("group"));
    if !user.is_empty() {
        let user = name("user", user)?;
        let text = format!("user {user}");
        return Ok((Hold::User(user), text));
    }
    if !id.is_empty() {
        let id = group("group", id)?;
        let text = format!("group {}", id.as_str());
        return Ok((Hold::Conversation(ConversationKey::Group(id)), text));
    }
    let one = name("user", call.part("one"))?;
    let other = name("user", call.part("other"))?;
    let text = format!("chat of {one} and {other}");
    let key = Target::Peer(other).key(&one);
    Ok((Hold::Conversation(key), text))
}

fn no_conversation(text: &str) -> Refusal {
    let text = format!("there is no {text}");
    Refusal::new(
        lacuna_domain::ErrorCode::NotFound,
        "resource_not_found",
        text,
    )
}
