//! Everything that the server has of a user and lets the user see, as lines of JSON, page by page: as long as it is, it takes
//! the memory of a page.

use super::extract::Own;
use super::route::{Routes, Who, op};
use crate::service::{Actor, Reply, Service};
use axum::body::Body;
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::stream::try_unfold;
use lacuna_domain::limits::{CONVERSATION_PAGE_MAX, EVENT_PAGE_MAX, HISTORY_PAGE_MAX};
use lacuna_domain::{DeviceId, Direction, Pos, Target, Version};
use lacuna_proto::chat_type;
use lacuna_proto::files_of;
use lacuna_proto::pb::{MessageBody, Meta};
use lacuna_proto::rest::body_to_json;
use lacuna_store::{
    ConversationCursor, ConversationQuery, ConversationRow, Entry, EventItem, EventQuery,
    HistoryQuery,
};
use prost::Message as _;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::sync::Arc;

/// What an export comes in: a JSON object a line.
const LINES_TYPE: &str = "application/x-ndjson";

/// The routes of this file.
pub(super) fn routes(t: &mut Routes) {
    let summary = "Everything that the server has of a user and lets the user see";
    let export_of = op("export.export", summary, Who::Own).gives(LINES_TYPE);
    t.get("users/{user}/export", export, export_of);
}

/// Lines of JSON, each with its `kind`: the profile, the devices, each conversation with every message in it that the user
/// sees, and what is kept of the user's events. If something fails on the way the answer breaks off; whole ones end with a
/// line of the kind `end`.
async fn export(own: Own) -> Response {
    let user = format!("user {}", own.actor.name());
    own.call.audit(&own.by, "user.export", user, 1).await;
    let export = Export {
        service: Arc::clone(&own.call.service),
        actor: own.actor,
        rows: VecDeque::new(),
        cursor: None,
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
    /// Conversations of the page of the list that are still to come.
    rows: VecDeque<ConversationRow>,
    /// Where the next page of the list starts.
    cursor: Option<ConversationCursor>,
    next: Next,
}

/// What comes next.
enum Next {
    Profile,
    List,
    Conversation {
        last_page: bool,
    },
    Messages {
        target: Target,
        from: Option<Pos>,
        last_page: bool,
    },
    Events(Version),
    End,
    Nothing,
}

impl Export {
    /// The next lines; none at the end.
    async fn page(mut self) -> Reply<Option<(Bytes, Self)>> {
        loop {
            let lines = match std::mem::replace(&mut self.next, Next::Nothing) {
                Next::Profile => self.profile().await?,
                Next::List => self.list().await?,
                Next::Conversation { last_page } => self.conversation(last_page),
                Next::Messages {
                    target,
                    from,
                    last_page,
                } => self.messages(target, from, last_page).await?,
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
        self.next = Next::List;
        Ok([profile].into_iter().chain(devices).collect())
    }

    async fn list(&mut self) -> Reply<Vec<Value>> {
        let query = ConversationQuery {
            account: self.actor.id(),
            pinned_only: false,
            with_empty: true,
            cursor: self.cursor.take(),
            limit: CONVERSATION_PAGE_MAX,
        };
        let page = self.service.store.conversations(query).await?;
        self.next = Next::Conversation {
            last_page: page.next.is_none(),
        };
        self.cursor = page.next;
        self.rows = page.rows.into();
        Ok(Vec::new())
    }

    fn conversation(&mut self, last_page: bool) -> Vec<Value> {
        let Some(row) = self.rows.pop_front() else {
            self.next = if last_page {
                Next::Events(Version(0))
            } else {
                Next::List
            };
            return Vec::new();
        };
        let line = json!({
            "kind": "conversation",
            "conversation": named(&row.target),
            "unread": row.unread,
            "pinned_at": row.pinned_at,
        });
        self.next = Next::Messages {
            target: row.target,
            from: None,
            last_page,
        };
        vec![line]
    }

    async fn messages(
        &mut self,
        target: Target,
        from: Option<Pos>,
        last_page: bool,
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
                target,
                from: Some(next),
                last_page,
            },
            None => Next::Conversation { last_page },
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

/// An event or deletion as it is kept. What an event says is JSON, or a message of the protocol that is named by its size only.
fn event(item: &EventItem) -> Value {
    match item {
        EventItem::Event { version, at, body } => {
            let payload = Meta::decode(body.clone())
                .ok()
                .and_then(|meta| meta.payload);
            let said = payload.and_then(|payload| serde_json::from_slice::<Value>(&payload).ok());
            json!({"kind": "event", "version": version.0, "timestamp": at.0, "bytes": body.len(), "payload": said})
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
