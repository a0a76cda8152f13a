//! The question before a message is sent or edited: an integrator may refuse it, or replace its text.

use super::hooks::{AppHooks, Endpoint, target_fields};
use super::{Outgoing, Refusal, Reply, Service};
use crate::config::{Fail, PreSendConfig};
use bytes::Bytes;
use lacuna_domain::{AppId, ErrorCode, MessageKind, Name, Pos, Target};
use lacuna_proto::meta::with_payload;
use lacuna_proto::pb::{MessageBody, Meta};
use lacuna_proto::rest::payload_to_json;
use prost::Message as _;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::oneshot;

/// Bytes of an answer.
const ANSWER_BYTES_MAX: usize = 64 * 1024;
const REJECTED: &str = "the message was rejected";

/// Keeps the order of a sender's messages while they are asked about side by side. An entry a sender that sends just now.
#[derive(Clone, Debug, Default)]
pub(super) struct Turns(Arc<Mutex<Queues>>);

#[derive(Debug, Default)]
struct Queues {
    last_ticket: u64,
    /// The last ticket of each sender, and what tells the next one that it is over.
    waiting: HashMap<(AppId, Name), Last>,
}

/// The last ticket of a sender.
#[derive(Debug)]
struct Last {
    ticket: u64,
    over: oneshot::Receiver<()>,
}

/// A message's place among those of its sender. Dropping it lets the next one pass.
#[derive(Debug)]
pub(super) struct Turn {
    turns: Turns,
    key: (AppId, Name),
    ticket: u64,
    before: Option<oneshot::Receiver<()>>,
    /// Dropped with the turn, which is what the next one waits for.
    _over: oneshot::Sender<()>,
}

impl Turns {
    /// Takes the place after those that were taken before.
    pub(super) fn take(&self, app: AppId, sender: &Name) -> Turn {
        let (over, next) = oneshot::channel();
        let key = (app, sender.clone());
        let mut queues = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        queues.last_ticket += 1;
        let ticket = queues.last_ticket;
        let last = Last { ticket, over: next };
        let before = queues.waiting.insert(key.clone(), last);
        Turn {
            turns: self.clone(),
            key,
            ticket,
            before: before.map(|before| before.over),
            _over: over,
        }
    }
}

impl Turn {
    /// Waits until the messages before are submitted, or given up. To be waited for even by one that was refused: the next one
    /// waits for this one alone.
    ///
    /// # Cancellation
    /// May be given up and waited for again.
    pub(super) async fn come(&mut self) {
        if let Some(before) = &mut self.before {
            // An end and a drop are the same: it is over.
            drop(before.await);
            self.before = None;
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut queues = self.turns.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Entry::Occupied(last) = queues.waiting.entry(self.key.clone())
            && last.get().ticket == self.ticket
        {
            last.remove();
        }
    }
}

/// What an integrator answers.
#[derive(Debug, Deserialize)]
struct Answer {
    /// Whether the message may be sent.
    valid: bool,
    /// Why not, for the sender.
    #[serde(default)]
    code: Option<String>,
    /// What is sent in its place.
    #[serde(default)]
    payload: Option<Replacement>,
}

#[derive(Debug, Deserialize)]
struct Replacement {
    msg: String,
}

/// What is asked about: a message as it is sent, or as an edit would leave it.
pub(super) struct Question<'a> {
    /// Who sends or edits.
    pub(super) by: &'a Name,
    pub(super) target: &'a Target,
    pub(super) kind: MessageKind,
    /// The body, as a meta body.
    pub(super) body: &'a Bytes,
    /// The message that is edited.
    pub(super) edits: Option<Pos>,
}

impl<'a> Question<'a> {
    pub(super) const fn of(outgoing: &'a Outgoing) -> Self {
        Self {
            by: &outgoing.sender.name,
            target: &outgoing.target,
            kind: outgoing.kind,
            body: &outgoing.body,
            edits: None,
        }
    }
}

impl Service {
    /// Whom an application asks before messages are sent or edited.
    pub(super) fn gate(&self, app: AppId) -> Option<&AppHooks> {
        self.hooks.of(app).filter(|hooks| hooks.asked.is_some())
    }

    /// Asks about a message. Its new text, if that is replaced; a refusal, if it may not be sent.
    pub(super) async fn ask(&self, app: AppId, question: Question<'_>) -> Reply<Option<String>> {
        let Some((key, (endpoint, config))) = self
            .gate(app)
            .and_then(|hooks| Some((&hooks.key, hooks.asked.as_ref()?)))
        else {
            return Ok(None);
        };
        let wait = Duration::from_millis(config.timeout_ms);
        let asked = tokio::time::timeout(wait, self.answer(key, endpoint, &question)).await;
        match asked {
            Ok(Some(answer)) => decide(answer, question.kind),
            Ok(None) | Err(_) => failed(key, config),
        }
    }

    async fn answer(
        &self,
        key: &str,
        endpoint: &Endpoint,
        question: &Question<'_>,
    ) -> Option<Answer> {
        let now = self.clock.now();
        let meta = Meta::decode(question.body.clone()).ok()?;
        let (kind, to) = target_fields(question.target);
        let mut body = json!({
            "event": "message.pre_send",
            "app": key,
            "timestamp": now.0,
            "from": question.by.as_str(),
            "to": to,
            "chat_type": kind,
            "payload": meta.payload.and_then(|payload| payload_to_json(&payload)).unwrap_or(Value::Null),
        });
        if let (Some(pos), Some(fields)) = (question.edits, body.as_object_mut()) {
            fields.insert("edits".to_owned(), pos.to_string().into());
        }
        let id = format!("ask-{}", self.delivery.session_id());
        let posted = self
            .hooks
            .post(endpoint, (&id, now), body.to_string())
            .await;
        let mut response = posted.ok().filter(|answer| answer.status().is_success())?;
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.ok()? {
            bytes.extend_from_slice(&chunk);
            if bytes.len() > ANSWER_BYTES_MAX {
                return None;
            }
        }
        serde_json::from_slice(&bytes).ok()
    }
}

fn decide(answer: Answer, kind: MessageKind) -> Reply<Option<String>> {
    if !answer.valid {
        return Err(blocked(answer.code.unwrap_or_else(|| REJECTED.to_owned())));
    }
    let Some(replacement) = answer.payload else {
        return Ok(None);
    };
    if kind != MessageKind::Text {
        tracing::warn!(
            "only the text of a text message can be replaced; the message is sent as it is"
        );
        return Ok(None);
    }
    Ok(Some(replacement.msg))
}

/// A message's meta body with another text in it.
pub(super) fn replaced(body: &Bytes, text: String) -> Reply<Bytes> {
    let replace = || {
        let meta = Meta::decode(body.clone()).ok()?;
        let message = with_text(&meta.payload?, text)?;
        with_payload(body, &message).ok()
    };
    replace().ok_or_else(|| blocked(REJECTED.to_owned()))
}

/// An edit's serialized `MessageBody` with another text in it.
pub(super) fn replaced_edit(payload: &Bytes, text: String) -> Reply<Bytes> {
    let message = with_text(payload, text).map(Bytes::from);
    message.ok_or_else(|| blocked(REJECTED.to_owned()))
}

fn with_text(payload: &Bytes, text: String) -> Option<Vec<u8>> {
    let mut message = MessageBody::decode(payload.clone()).ok()?;
    message.contents.first_mut()?.text = Some(text);
    Some(message.encode_to_vec())
}

fn failed(key: &str, config: &PreSendConfig) -> Reply<Option<String>> {
    tracing::warn!(app.key = key, fail = ?config.fail, "the question before a message is sent was not answered");
    match config.fail {
        Fail::Open => Ok(None),
        Fail::Closed => Err(blocked("the message could not be checked".to_owned())),
    }
}

fn blocked(text: String) -> Refusal {
    Refusal::new(ErrorCode::MessageBlocked, "message_blocked", text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt as _;

    #[test]
    fn turns_come_in_their_order() {
        let turns = Turns::default();
        let (alice, bob) = (Name::new("alice").unwrap(), Name::new("bob").unwrap());
        let mut first = turns.take(AppId(1), &alice);
        let mut second = turns.take(AppId(1), &alice);
        let mut third = turns.take(AppId(1), &alice);
        let mut other = turns.take(AppId(1), &bob);
        assert!(first.come().now_or_never().is_some());
        assert!(other.come().now_or_never().is_some());
        assert!(second.come().now_or_never().is_none());
        drop(first);
        assert!(second.come().now_or_never().is_some());
        assert!(third.come().now_or_never().is_none());
        drop((second, third, other));
        assert!(turns.0.lock().unwrap().waiting.is_empty());
    }
}
