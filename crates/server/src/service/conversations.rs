//! The caller's conversation list.

use super::{Actor, Refusal, Reply, Service};
use lacuna_domain::{DeviceId, Millis, Target};
use lacuna_proto::{chat_type, notify_body};
use lacuna_store::{App, GroupKind, NewEvent, ViewAct, ViewChanged};
use serde_json::json;

impl Service {
    /// Pins or unpins a conversation; the caller's other devices are told.
    pub async fn pin(
        &self,
        actor: &Actor,
        target: Target,
        pin: bool,
        resource: &str,
    ) -> Reply<ViewChanged> {
        let now = self.clock.now();
        let (act, op) = if pin {
            (ViewAct::Pin, "top")
        } else {
            (ViewAct::Unpin, "not_top")
        };
        let event = conversation_event(actor, &target, op, resource, now);
        self.change_view(actor, target, act, Some(event)).await
    }

    /// Refuses what is on no conversation list: chat rooms and threads.
    pub async fn check_listed(&self, app: &App, target: &Target) -> Reply<()> {
        let Target::Group(id) = target else {
            return Ok(());
        };
        let found = self.store.group(app.id, id).await?;
        if found.is_some_and(|group| group.settings.kind() != GroupKind::Group) {
            return Err(Refusal::no_conversation(id.as_str()));
        }
        Ok(())
    }

    /// Takes a conversation off the caller's list, with its messages or without; the caller's other devices are told.
    pub async fn delete_conversation(
        &self,
        actor: &Actor,
        target: Target,
        with_messages: bool,
        resource: &str,
    ) -> Reply<ViewChanged> {
        let event = conversation_event(actor, &target, "del", resource, self.clock.now());
        let act = if with_messages {
            ViewAct::UnlistAndHide
        } else {
            ViewAct::Unlist
        };
        if with_messages {
            self.check_roaming(&actor.app, &target).await?;
        }
        self.unmark(actor, &target).await?;
        let changed = self
            .change_view(actor, target.clone(), act, Some(event))
            .await?;
        if with_messages && changed.found {
            self.tell_deleted(actor, Some(target)).await;
        }
        Ok(changed)
    }
}

/// The `conv` event of the caller's stream.
fn conversation_event(
    actor: &Actor,
    target: &Target,
    op: &str,
    resource: &str,
    now: Millis,
) -> NewEvent {
    let from = &actor.account.profile.display;
    let body = json!({"type": "conv", "data": {"op": op, "id": target.id(), "type": chat_type(target), "from": from, "res": resource, "ts": now.0}});
    let device = if resource.is_empty() {
        DeviceId::NONE
    } else {
        actor.device
    };
    NewEvent {
        device,
        body: notify_body(&body),
    }
}
