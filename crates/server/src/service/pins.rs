//! Pinned messages: the same for everybody in a conversation, but shown to nobody who deleted the message.

use super::{Actor, Refusal, Reply, Service};
use lacuna_domain::limits::MESSAGE_PINS_MAX;
use lacuna_domain::{ConversationId, ErrorCode, Millis, Pos, Target};
use lacuna_proto::{chat_type_in, notify_body};
use lacuna_store::{Message, Record, RecordId, RecordKind, RecordOwner, RecordQuery, RecordWrite};
use serde_json::json;

/// A pinned message.
#[derive(Clone, Debug)]
pub struct PinnedMessage {
    /// Its id.
    pub pos: Pos,
    /// The message.
    pub message: Message,
    /// Who pinned it.
    pub operator: String,
    /// When.
    pub at: Millis,
}

impl Service {
    /// Pins a message that the actor sees, or unpins one: everybody in the conversation may, whatever they see of it.
    /// Everybody who sees the message is told.
    pub async fn pin_message(
        &self,
        actor: &Actor,
        target: Target,
        pos: Pos,
        (pin, resource): (bool, &str),
    ) -> Reply<()> {
        let reader = (Some(actor.id()), actor.name().clone());
        let found = self
            .message_of(&actor.app, reader, Some(target.clone()), pos)
            .await?;
        let sees = found.as_ref().is_some_and(|message| message.visible);
        if !sees && (pin || !self.is_pinned(actor, &target, pos).await?) {
            return Err(no_message());
        }
        let Some(message) = found else {
            return self.unpin_gone(actor, &target, &[pos]).await;
        };
        let noted = self.note_pin(actor, &message, pos, (pin, resource)).await;
        match noted {
            Err(refusal) if pin && refusal.code == ErrorCode::LimitReached => {
                self.unpin_all_gone(actor, &target).await?;
                self.note_pin(actor, &message, pos, (pin, resource)).await
            }
            noted => noted,
        }
    }

    async fn note_pin(
        &self,
        actor: &Actor,
        message: &Message,
        pos: Pos,
        (pin, resource): (bool, &str),
    ) -> Reply<()> {
        let room = self.is_room(&actor.app, &message.target).await?;
        let owner = RecordOwner::Conversation(message.conversation);
        let id = pin_id(message.conversation, pos);
        let write = RecordWrite::new(actor.app.id);
        let write = if pin {
            write
                .at_most(owner, RecordKind::MessagePin, MESSAGE_PINS_MAX)
                .put(id, actor.name().as_str().to_owned())
        } else {
            write.remove(id)
        };
        let body = notify_body(&json!({"type": "conv", "data": {
            "op": if pin { "pin" } else { "pin_delete" }, "id": message.target.id(), "type": chat_type_in(&message.target, room), "from": actor.name().as_str(),
            "res": resource, "ts": self.clock.now().0, "ext": pos.to_string(),
        }}));
        self.note(actor, (message, room), body, write).await
    }

    /// Whether a message is pinned in a conversation that the actor is in.
    async fn is_pinned(&self, actor: &Actor, target: &Target, pos: Pos) -> Reply<bool> {
        let Some(conversation) = self.conversation_of(actor, target).await? else {
            return Ok(false);
        };
        if matches!(target, Target::Group(_)) {
            self.check_member(actor, conversation).await?;
        }
        let ids = vec![pin_id(conversation, pos)];
        let found = self.store.record(ids, self.clock.now()).await?;
        Ok(found.iter().any(Option::is_some))
    }

    /// Takes pins off messages that are gone for everybody. Nobody is told: nobody sees them.
    async fn unpin_gone(&self, actor: &Actor, target: &Target, gone: &[Pos]) -> Reply<()> {
        let Some(conversation) = self.conversation_of(actor, target).await? else {
            return Ok(());
        };
        let ids = gone.iter().map(|pos| pin_id(conversation, *pos));
        let write = ids.fold(RecordWrite::new(actor.app.id), RecordWrite::remove);
        self.store.write_records(write, self.clock.now()).await?;
        Ok(())
    }

    /// Takes the pins off every message of a conversation that is gone for everybody.
    async fn unpin_all_gone(&self, actor: &Actor, target: &Target) -> Reply<()> {
        let mut gone = Vec::new();
        for (pos, _) in self.message_pins(actor, target).await? {
            let nobody = (None, actor.name().clone());
            let found = self
                .message_of(&actor.app, nobody, Some(target.clone()), pos)
                .await?;
            if found.is_none_or(|message| message.body.is_empty()) {
                gone.push(pos);
            }
        }
        self.unpin_gone(actor, target, &gone).await
    }

    /// What is pinned in a conversation, whoever sees it.
    async fn message_pins(&self, actor: &Actor, target: &Target) -> Reply<Vec<(Pos, Record)>> {
        let Some(conversation) = self.conversation_of(actor, target).await? else {
            return Ok(Vec::new());
        };
        let query = RecordQuery {
            owner: RecordOwner::Conversation(conversation),
            kind: RecordKind::MessagePin,
            after: None,
            limit: MESSAGE_PINS_MAX,
        };
        let found = self.store.records(query, self.clock.now()).await?;
        let read = |record: Record| Some((Pos(record.key.parse().ok()?), record));
        Ok(found.into_iter().filter_map(read).collect())
    }

    /// The pinned messages of a conversation that the actor sees, the last pinned first.
    pub async fn pinned_messages(
        &self,
        actor: &Actor,
        target: &Target,
    ) -> Reply<Vec<PinnedMessage>> {
        let mut pinned: Vec<PinnedMessage> = Vec::new();
        for (pos, record) in self.message_pins(actor, target).await? {
            // INVARIANT L2: who deleted a message does not get it here either.
            match self.visible_message(actor, Some(target.clone()), pos).await {
                Ok(message) => pinned.push(PinnedMessage {
                    pos,
                    message,
                    operator: String::from_utf8_lossy(&record.value).into_owned(),
                    at: record.changed,
                }),
                Err(refusal) if refusal.code == ErrorCode::MessageInvalid => {}
                Err(refusal) => return Err(refusal),
            }
        }
        pinned.sort_by_key(|one| std::cmp::Reverse((one.at, one.pos)));
        Ok(pinned)
    }
}

/// The record of a pinned message.
fn pin_id(conversation: ConversationId, pos: Pos) -> RecordId {
    let owner = RecordOwner::Conversation(conversation);
    RecordId::new(owner, RecordKind::MessagePin, pos.to_string())
}

/// The actor sees no such message, and none is pinned: official clients go by the text.
fn no_message() -> Refusal {
    Refusal::new(
        ErrorCode::NotFound,
        "resource_not_found",
        "user session pin message not exist",
    )
}
