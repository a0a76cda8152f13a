//! Messages that were sent elsewhere.

use super::messages::{Outgoing, SendReply};
use super::{Reply, Service};
use lacuna_domain::limits::MEMBER_PAGE_MAX;
use lacuna_domain::{AccountId, GroupId, Name, Target};
use lacuna_domain::{Millis, Pos};
use lacuna_store::{App, ViewAct, ViewChange};
use std::sync::Arc;

impl Service {
    /// Brings in a message that was sent at `at`. It is delivered like any other; if it was `read` there, whoever gets it has
    /// read everything up to it.
    pub async fn import(
        self: &Arc<Self>,
        app: &App,
        outgoing: Outgoing,
        at: Millis,
        read: bool,
    ) -> Reply<SendReply> {
        let (target, sender) = (outgoing.target.clone(), outgoing.sender.name.clone());
        let sent = self.send_at(app, outgoing, at).await?;
        if read {
            match &target {
                Target::Peer(peer) => {
                    if let Some(account) = self.store.account(app.id, peer).await? {
                        let reader = (account.id, account.profile.name);
                        self.mark_read(app, reader, Target::Peer(sender)).await?;
                    }
                }
                Target::Group(id) => self.mark_all_read(app, id).await?,
            }
        }
        Ok(sent)
    }

    /// Marks a group read for each of its members.
    async fn mark_all_read(&self, app: &App, id: &GroupId) -> Reply<()> {
        let mut after = 0;
        loop {
            let page = self
                .store
                .members(app.id, id, after, MEMBER_PAGE_MAX)
                .await?;
            after += page.len();
            let last = page.len() < MEMBER_PAGE_MAX;
            for member in page {
                let reader = (member.account, member.name);
                self.mark_read(app, reader, Target::Group(id.clone()))
                    .await?;
            }
            if last {
                return Ok(());
            }
        }
    }

    async fn mark_read(
        &self,
        app: &App,
        (account, name): (AccountId, Name),
        target: Target,
    ) -> Reply<()> {
        let change = ViewChange {
            account,
            app: app.id,
            name,
            target,
            act: ViewAct::Read,
            event: None,
        };
        let changed = self.store.change_view(change, self.clock.now()).await?;
        self.delivery
            .publish_events(account, changed.version, Pos::ZERO);
        Ok(())
    }
}
