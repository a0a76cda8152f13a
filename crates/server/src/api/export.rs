//! Everything that the server has of a user and lets the user see, as lines of JSON, page by page: as long as it is, it takes
//! the memory of a page.

mod event;

use super::extract::Own;
use super::route::{Routes, Who, op};
use crate::service::{Actor, Reply, Service};
use axum::body::Body;
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::stream::try_unfold;
use lacuna_domain::limits::{EVENT_PAGE_MAX, HISTORY_PAGE_MAX};
use lacuna_domain::{ConversationId, DeviceId, Direction, Pos, Target, Version};
use lacuna_proto::chat_type;
use lacuna_proto::files_of;
use lacuna_proto::pb::{MessageBody, Meta};
use lacuna_proto::rest::body_to_json;
use lacuna_store::{
    Entry, EventItem, EventQuery, Group, GroupKind, HistoryQuery, Record, RecordId, RecordKind,
    RecordOwner, RecordQuery,
};
use prost::Message as _;
use serde_json::{Value, json};
use std::sync::Arc;

/// What an export comes in: a JSON object a line.
const LINES_TYPE: &str = "application/x-ndjson";

/// The routes of this file.
pub(super) fn routes(t: &mut Routes) {
    let summary = "Everything that the server has of a user and lets the user see";
    let export_of = op("export.export", summary, Who::Own).gives(LINES_TYPE);
    t.get("users/{user}/export", export, export_of);
}

/// Lines of JSON, each with its `kind`: the profile, the devices, what is kept of the user beside messages, each conversation
/// with every message in it that the user sees, and what is kept of the user's events. If something fails on the way the answer
/// breaks off; whole ones end with a line of the kind `end`.
async fn export(own: Own) -> Response {
    let user = format!("user {}", own.actor.name());
    own.call.audit(&own.by, "user.export", user, 1).await;
    let export = Export {
        service: Arc::clone(&own.call.service),
        actor: own.actor,
        next: Next::Profile,
    };
    let lines = try_unfold(export, |export| async move {
        export.page().await.map_err(std::io::Error::other)
    });
    let mut response = Body::from_stream(lines).into_response();
    let headers = response.headers_mut();
    let kind = HeaderValue::from_static(LINES_TYPE);
    headers.insert(CONTENT_TYPE, kind);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let disposition = HeaderValue::from_static("attachment; filename=\"export.ndjson\"");
    headers.insert(CONTENT_DISPOSITION, disposition);
    response
}

/// How far an export has come.
struct Export {
    service: Arc<Service>,
    actor: Actor,
    next: Next,
}

/// What comes next.
enum Next {
    Profile,
    /// The records of the kind at this place of [`RECORDS`], after a key.
    Records(usize, Option<String>),
    /// The conversation after this one.
    Conversation(ConversationId),
    /// Messages of a conversation.
    Messages {
        of: (ConversationId, Target),
        from: Option<Pos>,
    },
    Events(Version),
    End,
    Nothing,
}

/// The records of an account that the user sees, with what their lines are called.
const RECORDS: [(RecordKind, &str); 10] = [
    (RecordKind::Attributes, "attributes"),
    (RecordKind::Contact, "contact"),
    (RecordKind::Blocked, "blocked"),
    (RecordKind::ContactRequest, "contact_request"),
    (RecordKind::Presence, "presence"),
    (RecordKind::Watches, "watched"),
    (RecordKind::Silence, "notification"),
    (RecordKind::SilenceUser, "notification_user"),
    (RecordKind::SilenceGroup, "notification_group"),
    (RecordKind::Mark, "mark"),
];

/// Records of a page.
const RECORD_PAGE: usize = 100;

impl Export {
    /// The next lines; none at the end.
    async fn page(mut self) -> Reply<Option<(Bytes, Self)>> {
        loop {
            let lines = match std::mem::replace(&mut self.next, Next::Nothing) {
                Next::Profile => self.profile().await?,
                Next::Records(place, after) => self.records(place, after).await?,
                Next::Conversation(after) => self.conversation(after).await?,
                Next::Messages { of, from } => self.messages(of, from).await?,
                Next::Events(after) => self.events(after).await?,
                Next::End => vec![json!({"kind": "end"})],
                Next::Nothing => return Ok(None),
            };
            if !lines.is_empty() {
                let mut text = String::new();
                for line in &lines {
                    text.push_str(&line.to_string());
                    text.push('\n');
                }
                return Ok(Some((text.into(), self)));
            }
        }
    }

    async fn profile(&mut self) -> Reply<Vec<Value>> {
        let account = &self.actor.account;
        let profile = json!({
            "kind": "profile",
            "username": account.profile.display,
            "nickname": account.profile.nickname,
            "uuid": account.profile.uuid,
            "created": account.created.0,
            "modified": account.modified.0,
        });
        let devices = self.service.store.devices(account.id).await?;
        let devices = devices.iter().map(|device| {
            json!({
                "kind": "device",
                "resource": device.login.resource,
                "name": device.login.name,
                "uuid": device.login.uuid,
                "last_seen": device.last_seen.0,
            })
        });
        self.next = Next::Records(0, None);
        Ok([profile].into_iter().chain(devices).collect())
    }

    async fn records(&mut self, place: usize, after: Option<String>) -> Reply<Vec<Value>> {
        let Some((kind, called)) = RECORDS.get(place) else {
            self.next = Next::Conversation(ConversationId(0));
            return Ok(Vec::new());
        };
        let (owner, now) = (
            RecordOwner::Account(self.actor.id()),
            self.service.clock.now(),
        );
        let mut page = Vec::new();
        if after.is_none() {
            // Pages begin after the empty key, which is that of kinds with one record.
            let single = vec![RecordId::new(owner, *kind, "")];
            let found = self.service.store.record(single, now).await?;
            page.extend(found.into_iter().flatten());
        }
        let query = RecordQuery {
            owner,
            kind: *kind,
            after,
            limit: RECORD_PAGE,
        };
        page.extend(self.service.store.records(query, now).await?);
        self.next = match page.last() {
            Some(last) => Next::Records(place, Some(last.key.clone())),
            None => Next::Records(place + 1, None),
        };
        let lines = page.iter().map(|found| record((*kind, called), found));
        Ok(lines.collect())
    }

    async fn conversation(&mut self, after: ConversationId) -> Reply<Vec<Value>> {
        let (account, app) = (self.actor.id(), &self.actor.app);
        let mut page = self
            .service
            .store
            .conversations_of(account, after, 1)
            .await?;
        let Some(row) = page.pop() else {
            self.next = Next::Events(Version(0));
            return Ok(Vec::new());
        };
        let group = match &row.target {
            Target::Group(id) => self.service.store.group(app.id, id).await?,
            Target::Peer(_) => None,
        };
        let line = json!({
            "kind": "conversation",
            "conversation": named(&row.target),
            "group": group.as_ref().map(group_line),
            "unread": row.unread,
            "pinned_at": row.pinned_at,
        });
        self.next = if self.service.is_closed_room(app, &row.target).await? {
            Next::Conversation(row.conversation)
        } else {
            Next::Messages {
                of: (row.conversation, row.target),
                from: None,
            }
        };
        Ok(vec![line])
    }

    async fn messages(
        &mut self,
        (conversation, target): (ConversationId, Target),
        from: Option<Pos>,
    ) -> Reply<Vec<Value>> {
        let query = HistoryQuery {
            from,
            ..HistoryQuery::new(
                self.actor.id(),
                self.actor.name().clone(),
                self.actor.app.id,
                target.clone(),
                Direction::Newer,
                HISTORY_PAGE_MAX,
            )
        };
        let page = self.service.store.history(query).await?;
        let lines = page.entries.iter().map(|entry| message(&target, entry));
        let lines = lines.collect();
        self.next = match page.next {
            Some(next) => Next::Messages {
                of: (conversation, target),
                from: Some(next),
            },
            None => Next::Conversation(conversation),
        };
        Ok(lines)
    }

    async fn events(&mut self, after: Version) -> Reply<Vec<Value>> {
        let query = EventQuery {
            account: self.actor.id(),
            // No device made an event that has this id: nothing is left out.
            device: DeviceId(-1),
            after: Some(after),
            limit: EVENT_PAGE_MAX,
        };
        let page = self.service.store.events(query).await?;
        self.next = if page.more {
            Next::Events(page.scanned)
        } else {
            Next::End
        };
        Ok(page.items.iter().map(event).collect())
    }
}

fn named(target: &Target) -> Value {
    json!({"type": chat_type(target), "id": target.id()})
}

fn group_line(group: &Group) -> Value {
    let kind = match group.settings.kind() {
        GroupKind::Group => "group",
        GroupKind::Room => "room",
        GroupKind::Thread => "thread",
    };
    json!({"type": kind, "name": group.settings.name})
}

/// A record: a contact with its remark, attributes, a name, or a key with what is kept under it.
fn record((kind, called): (RecordKind, &str), record: &Record) -> Value {
    let text = || String::from_utf8_lossy(&record.value);
    match kind {
        RecordKind::Attributes => {
            let attributes: Value = serde_json::from_slice(&record.value).unwrap_or_default();
            json!({"kind": called, "attributes": attributes})
        }
        RecordKind::Contact => json!({"kind": called, "username": record.key, "remark": text()}),
        RecordKind::Blocked => json!({"kind": called, "username": record.key}),
        _ => {
            let value = serde_json::from_slice::<Value>(&record.value);
            let value = value.unwrap_or_else(|_| text().into());
            json!({"kind": called, "key": record.key, "value": value})
        }
    }
}

fn message(target: &Target, entry: &Entry) -> Value {
    let payload = Meta::decode(entry.body.clone())
        .ok()
        .and_then(|meta| MessageBody::decode(meta.payload?).ok());
    let files = payload.as_ref().map(files_of).unwrap_or_default();
    let files: Vec<String> = files.iter().map(ToString::to_string).collect();
    json!({
        "kind": "message",
        "conversation": named(target),
        "msg_id": entry.pos.to_string(),
        "from": entry.sender.as_str(),
        "timestamp": entry.pos.time().0,
        "payload": payload.as_ref().map(body_to_json),
        "files": files,
    })
}

/// An event or deletion as it is kept.
fn event(item: &EventItem) -> Value {
    match item {
        EventItem::Event { version, at, body } => {
            json!({"kind": "event", "version": version.0, "timestamp": at.0, "payload": event::said(body)})
        }
        EventItem::Deletions {
            version,
            target,
            through,
            ranges,
            ..
        } => json!({
            "kind": "deletion",
            "version": version.0,
            "conversation": named(target),
            "through": through.map(|mark| mark.pos.to_string()),
            "ranges": ranges.iter().map(|(from, to)| [from.to_string(), to.to_string()]).collect::<Vec<_>>(),
        }),
    }
}
