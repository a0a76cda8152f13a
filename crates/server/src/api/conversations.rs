//! The caller's conversation list.

use super::body::{Body, malformed};
use super::deletions::{since, told};
use super::extract::Own;
use super::history::to;
use super::params::{Params, digits, group, name, not_legal};
use crate::service::{Marks, Refusal, Reply};
use axum::Json;
use lacuna_domain::limits::{CONVERSATION_PAGE_MAX, HISTORY_PAGE_DEFAULT};
use lacuna_domain::{ConversationId, Name, Pos, Target};
use lacuna_proto::pb::{Jid, Meta};
use lacuna_proto::rest::payload_to_json;
use lacuna_proto::{chat_type, chat_type_in};
use lacuna_store::{
    ConversationCursor, ConversationPage, ConversationQuery, ConversationRow, Entry,
};
use prost::Message;
use serde::Deserialize;
use serde_json::{Value, json};

/// A page, by cursor.
pub(super) async fn list(own: Own, params: Params) -> Reply<Json<Value>> {
    let query = ConversationQuery {
        account: own.actor.id(),
        pinned_only: params.flag("is_top", false)?,
        with_empty: params.flag("needEmptySession", false)?,
        cursor: params.text("cursor").map(cursor).transpose()?,
        limit: params.number("limit", HISTORY_PAGE_DEFAULT, 1, CONVERSATION_PAGE_MAX)?,
    };
    let page = own.call.service.store.conversations(query).await?;
    answer(&own, &page).await
}

/// The first page, for older clients.
pub(super) async fn recent(own: Own) -> Reply<Json<Value>> {
    let page = nth(&own, 1, CONVERSATION_PAGE_MAX).await?;
    answer(&own, &page).await
}

/// A page, by number, for older clients.
pub(super) async fn numbered_page(own: Own, params: Params) -> Reply<Json<Value>> {
    let number = params.number("pageNum", 1, 1, usize::MAX)?;
    let limit = params.number("pageSize", HISTORY_PAGE_DEFAULT, 1, CONVERSATION_PAGE_MAX)?;
    let page = nth(&own, number, limit).await?;
    answer(&own, &page).await
}

/// Takes a conversation off the caller's list. Does not depend on the deletion switch: it is not roaming deletion.
/// With `since`, a version, the answer also carries the deletions after it: see `deletions`.
pub(super) async fn remove(
    own: Own,
    params: Params,
    Body(body): Body<RemoveBody>,
) -> Reply<Json<Value>> {
    let since = since(&params)?;
    let needed = |text: &str| Refusal::illegal(format!("field {text}"));
    let channel = body
        .channel
        .filter(|text| !text.is_empty())
        .ok_or_else(|| needed("channel cannot be null or empty"))?;
    let kind = body
        .kind
        .filter(|text| !text.is_empty())
        .ok_or_else(|| needed("type cannot be null or empty"))?;
    let with_messages = match body.delete_roam {
        Value::Bool(with_messages) => with_messages,
        Value::Null => return Err(needed("delete_roam cannot be null")),
        Value::Number(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => {
            return Err(malformed());
        }
    };
    let target = target(&kind, "channel", &channel)?;
    own.call.service.take_conversation_delete(own.actor.id())?;
    own.call
        .service
        .delete_conversation(&own.actor, target.clone(), with_messages, &own.resource)
        .await?;
    let act = if with_messages {
        "conversation.delete_with_messages"
    } else {
        "conversation.delete"
    };
    own.audit_act(act, Some(&target), 1).await;
    let mut fields = told(&own, since).await?;
    fields.insert("data".to_owned(), json!({"result": "ok"}));
    Ok(own.call.answer(Value::Object(fields)))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct RemoveBody {
    channel: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    delete_roam: Value,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct PinBody {
    #[serde(rename = "type")]
    kind: String,
    to: String,
}

/// Pins a conversation.
pub(super) async fn pin(own: Own, Body(body): Body<PinBody>) -> Reply<Json<Value>> {
    set_pin(own, &body.kind, &body.to, true).await
}

/// Unpins a conversation.
pub(super) async fn unpin(own: Own, params: Params) -> Reply<Json<Value>> {
    set_pin(own, params.required("type")?, params.required("to")?, false).await
}

async fn set_pin(own: Own, kind: &str, to: &str, pin: bool) -> Reply<Json<Value>> {
    let service = &own.call.service;
    let target = if pin {
        let target = listed(kind, "to", to)?;
        service.check_listed(&own.call.app, &target).await?;
        target
    } else {
        target(kind, "to", to)?
    };
    let changed = service.pin(&own.actor, target, pin, &own.resource).await?;
    if pin && !changed.found {
        return Err(Refusal::no_conversation(to));
    }
    Ok(own.call.data(
        json!({"is_top": changed.pinned_at > 0, "update_top_status_time": changed.pinned_at}),
    ))
}

/// The conversation that a caller names.
pub(super) fn target(kind: &str, parameter: &str, id: &str) -> Reply<Target> {
    match kind.to_ascii_lowercase().as_str() {
        "chat" => Ok(Target::Peer(name(parameter, id)?)),
        "groupchat" | "chatgroup" | "chatroom" => Ok(Target::Group(group(parameter, id)?)),
        _ => Err(not_legal("type")),
    }
}

/// The conversation that a caller names as one of its list, where no chat room is.
pub(super) fn listed(kind: &str, parameter: &str, id: &str) -> Reply<Target> {
    if kind.eq_ignore_ascii_case("chatroom") {
        return Err(Refusal::no_conversation(id));
    }
    target(kind, parameter, id)
}

/// The page of a number, from 1: read from the start, since cursors are what the store knows.
async fn nth(own: &Own, number: usize, limit: usize) -> Reply<ConversationPage> {
    let mut query = ConversationQuery {
        account: own.actor.id(),
        pinned_only: false,
        with_empty: false,
        cursor: None,
        limit,
    };
    for _ in 1..number {
        let page = own.call.service.store.conversations(query.clone()).await?;
        match page.next {
            Some(next) => query.cursor = Some(next),
            None => {
                return Ok(ConversationPage {
                    rows: Vec::new(),
                    next: None,
                });
            }
        }
    }
    Ok(own.call.service.store.conversations(query).await?)
}

/// A page as clients read it.
pub(super) async fn answer(own: &Own, page: &ConversationPage) -> Reply<Json<Value>> {
    let app_key = own.call.app.settings.key();
    let marks = own.call.service.marks(&own.actor).await?;
    let rows: Vec<Value> = page
        .rows
        .iter()
        .map(|row| show(row, &app_key, own.actor.name(), &marks))
        .collect();
    let cursor = page.next.map_or_else(String::new, cursor_text);
    Ok(own
        .call
        .data(json!({"channel_infos": rows, "cursor": cursor})))
}

fn show(row: &ConversationRow, app_key: &str, me: &Name, marks: &Marks) -> Value {
    let marks = marks.of(&row.target).iter();
    let marks: Vec<String> = marks.map(|mark| format!("mark_{mark}")).collect();
    let channel = match &row.target {
        Target::Peer(peer) => Jid::user(app_key, peer.as_str()),
        Target::Group(id) => Jid::group(app_key, id.as_str()),
    };
    json!({
        "session_to": row.target.id(),
        "session_type": chat_type(&row.target),
        "channel_id": channel.text(),
        "unread_num": row.unread,
        "is_top": row.pinned_at > 0,
        "update_top_status_time": row.pinned_at,
        "marks": marks,
        "meta": row.last.as_ref().map_or_else(|| json!({}), |entry| message_json(entry, app_key, me, (&row.target, false))),
    })
}

/// A message of a conversation, which is a chat room or not, as the list, pins and threads show it.
pub(super) fn message_json(
    entry: &Entry,
    app_key: &str,
    me: &Name,
    (target, room): (&Target, bool),
) -> Value {
    let to = to(app_key, me, target, entry);
    let payload = Meta::decode(entry.body.clone())
        .ok()
        .and_then(|meta| payload_to_json(&meta.payload.unwrap_or_default()));
    let mut payload = payload.unwrap_or_else(|| json!({"ext": {}, "meta": {}, "bodies": []}));
    if let Some(fields) = payload.as_object_mut() {
        fields.insert("from".to_owned(), entry.sender.as_str().into());
        fields.insert("to".to_owned(), to.name().into());
        fields.insert("type".to_owned(), chat_type_in(target, room).into());
    }
    json!({
        "id": entry.pos.to_string(),
        "from": Jid::user(app_key, entry.sender.as_str()).text(),
        "to": to.text(),
        "timestamp": entry.pos.time().0,
        "payload": payload.to_string(),
    })
}

fn cursor_text(cursor: ConversationCursor) -> String {
    format!(
        "{}_{}_{}",
        cursor.pinned_at, cursor.last, cursor.conversation
    )
}

pub(super) fn cursor(text: &str) -> Reply<ConversationCursor> {
    let read = || {
        let mut parts = text.split('_').map(digits);
        let cursor = ConversationCursor {
            pinned_at: parts.next()??,
            last: Pos(parts.next()??),
            conversation: ConversationId(i64::try_from(parts.next()??).ok()?),
        };
        parts.next().is_none().then_some(cursor)
    };
    read().ok_or_else(|| not_legal("cursor"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_come_back() {
        let there = ConversationCursor {
            pinned_at: 7,
            last: Pos(1 << 60),
            conversation: ConversationId(3),
        };
        assert_eq!(cursor(&cursor_text(there)).unwrap(), there);
        for text in [
            "1",
            "1_2",
            "1_2_3_4",
            "a_2_3",
            "1_2_99999999999999999999",
            "1_2_18446744073709551615",
            "-1_2_3",
        ] {
            assert!(cursor(text).is_err(), "{text}");
        }
    }

    #[test]
    fn kinds_have_several_spellings() {
        let check = |kind: &str, id: &str, want: Option<&str>| {
            assert_eq!(
                target(kind, "to", id).ok().as_ref().map(Target::id),
                want,
                "{kind} {id}"
            );
        };
        check("chat", "Bob", Some("bob"));
        check("groupChat", "7", Some("7"));
        check("groupchat", "7", Some("7"));
        check("groupchat", "bob", None);
        check("chat", "b b", None);
        check("mail", "bob", None);
        check("", "bob", None);
    }
}
