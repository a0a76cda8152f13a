//! Deleting, for the caller alone.

use super::{Actor, Refusal, Reply, Service};
use lacuna_domain::limits::DELETE_IDS_MAX;
use lacuna_domain::{ErrorCode, Millis, Pos, Target};
use lacuna_store::{App, Hide, Scope};

impl Service {
    /// Deletes messages by id. Repeated ids count against the limit.
    pub async fn delete_ids(
        &self,
        actor: &Actor,
        target: Target,
        ids: Vec<Pos>,
        notice: bool,
    ) -> Reply<()> {
        if ids.len() > DELETE_IDS_MAX {
            let text = format!("delete msg list limit can not greater than {DELETE_IDS_MAX}");
            return Err(Refusal::new(ErrorCode::TooManyIds, "param exception", text));
        }
        self.check_roaming(&actor.app, &target).await?;
        self.hide(actor, Scope::Ids(target, ids), notice).await
    }

    /// Deletes every message of a conversation with a time at or before `time`.
    pub async fn delete_through(
        &self,
        actor: &Actor,
        target: Target,
        time: Millis,
        notice: bool,
    ) -> Reply<()> {
        self.check_roaming(&actor.app, &target).await?;
        self.hide(actor, Scope::Through(target, time), notice).await
    }

    /// Deletes every message of every conversation.
    pub async fn delete_everything(&self, actor: &Actor) -> Reply<()> {
        self.hide(actor, Scope::All, true).await
    }

    /// Whether the history of this target is read and deleted from: of chat rooms only if the application says so.
    pub async fn check_roaming(&self, app: &App, target: &Target) -> Reply<()> {
        if self.is_closed_room(app, target).await? {
            return Err(not_open());
        }
        Ok(())
    }

    /// Whether this is a chat room of which nobody reads the history.
    pub async fn is_closed_room(&self, app: &App, target: &Target) -> Reply<bool> {
        Ok(!self.switches(app).room_roaming && self.is_room(app, target).await?)
    }

    async fn hide(&self, actor: &Actor, scope: Scope, notice: bool) -> Reply<()> {
        if !actor.app.settings.roaming_delete {
            return Err(not_open());
        }
        let (account, app, name) = (actor.id(), actor.app.id, actor.name().clone());
        let target = match &scope {
            Scope::Ids(target, _) | Scope::Through(target, _) | Scope::Conversation(target) => {
                Some(target.clone())
            }
            Scope::All => None,
        };
        let hide = Hide {
            account,
            app,
            name,
            scope,
            device: actor.device,
            notice,
        };
        let done = self.store.hide(hide, self.clock.now()).await?;
        self.metrics.deletions.inc();
        if done.changed {
            self.delivery
                .publish_events(account, done.version, done.barrier);
            self.tell_deleted(actor, target).await;
        }
        Ok(())
    }
}

fn not_open() -> Refusal {
    Refusal::new(
        ErrorCode::ServiceNotEnabled,
        "service open exception",
        "this appKey not open message roaming",
    )
}
