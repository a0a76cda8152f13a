//! Pinned messages: the same for everybody in a conversation, but shown to nobody who deleted the message.

use super::{Actor, Reply, Service};
use lacuna_domain::limits::MESSAGE_PINS_MAX;
use lacuna_domain::{ErrorCode, Millis, Pos, Target};
use lacuna_proto::{chat_type_in, notify_body};
use lacuna_store::{Message, RecordId, RecordKind, RecordOwner, RecordQuery, RecordWrite};
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
    /// Pins a message that the actor sees, or unpins it. Everybody who sees it is told.
    pub async fn pin_message(
        &self,
        actor: &Actor,
        target: Target,
        pos: Pos,
        (pin, resource): (bool, &str),
    ) -> Reply<()> {
        let message = self.visible_message(actor, Some(target), pos).await?;
        let room = self.is_room(&actor.app, &message.target).await?;
        let owner = RecordOwner::Conversation(message.conversation);
        let id = RecordId::new(owner, RecordKind::MessagePin, pos.to_string());
        let mut write = RecordWrite::new(actor.app.id);
        write = if pin {
            write
                .limits
                .push((owner, RecordKind::MessagePin, MESSAGE_PINS_MAX));
            write.put(id, actor.name().as_str().to_owned())
        } else {
            write.remove(id)
        };
        let body = notify_body(&json!({"type": "conv", "data": {
            "op": if pin { "pin" } else { "pin_delete" }, "id": message.target.id(), "type": chat_type_in(&message.target, room), "from": actor.name().as_str(),
            "res": resource, "ts": self.clock.now().0, "ext": pos.to_string(),
        }}));
        self.note(actor, (&message, room), body, write).await
    }

    /// The pinned messages of a conversation that the actor sees, the last pinned first.
    pub async fn pinned_messages(
        &self,
        actor: &Actor,
        target: &Target,
    ) -> Reply<Vec<PinnedMessage>> {
        let mut pinned: Vec<PinnedMessage> = Vec::new();
        let Some(conversation) = self.conversation_of(actor, target).await? else {
            return Ok(pinned);
        };
        let query = RecordQuery {
            owner: RecordOwner::Conversation(conversation),
            kind: RecordKind::MessagePin,
            after: None,
            limit: MESSAGE_PINS_MAX,
        };
        for record in self.store.records(query, self.clock.now()).await? {
            let Ok(pos) = record.key.parse().map(Pos) else {
                continue;
            };
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
