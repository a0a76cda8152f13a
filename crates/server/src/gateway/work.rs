//! What a session asks for, and what became of it: the same behind a socket and by hand.

use super::cursors::CursorSaver;
use super::session::Session;
use super::submit::Submitted;
use crate::service::Actor;
use lacuna_domain::limits::INBOX_PAGE_BYTES_MAX;
use lacuna_domain::{AccountId, ConversationId, DeviceId, Millis, Pos, Version};
use lacuna_store::{EventPage, EventQuery, InboxPage, InboxQuery, QueueUnread, Result, Store};
use std::sync::Arc;

/// Something to read for a session.
#[derive(Clone, Copy, Debug)]
pub(super) enum Wanted {
    Inbox(ConversationId, Option<Pos>, usize),
    Events(Version, usize),
    Queues,
}

/// Something the session waited for.
pub(super) enum Done {
    Submitted(u64, Submitted),
    Inbox(ConversationId, Box<InboxPage>),
    Events(EventPage),
    Queues(Vec<QueueUnread>),
    /// The store did not answer: the client has to come again.
    Failed,
}

/// Reads what is due to a session's device. A page is as long as it is asked for.
pub(super) struct Reads {
    store: Arc<dyn Store>,
    cursors: Arc<CursorSaver>,
    account: AccountId,
    device: DeviceId,
}

impl Reads {
    pub(super) fn new(gateway: &super::Gateway, actor: &Actor) -> Self {
        Self {
            store: Arc::clone(&gateway.service.store),
            cursors: Arc::clone(&gateway.cursors),
            account: actor.id(),
            device: actor.device,
        }
    }

    pub(super) async fn read(self, wanted: Wanted) -> Done {
        match self.ask(wanted).await {
            Ok(done) => done,
            Err(error) => {
                tracing::warn!(%error, "a session cannot read the store");
                Done::Failed
            }
        }
    }

    async fn ask(self, wanted: Wanted) -> Result<Done> {
        let (account, device) = (self.account, self.device);
        Ok(match wanted {
            Wanted::Inbox(conversation, after, limit) => {
                if after.is_none() {
                    self.cursors.settle(device).await;
                }
                let query = InboxQuery {
                    account,
                    device,
                    conversation,
                    after,
                    limit,
                    bytes_max: INBOX_PAGE_BYTES_MAX,
                };
                Done::Inbox(conversation, Box::new(self.store.inbox(query).await?))
            }
            Wanted::Events(after, limit) => {
                let query = EventQuery {
                    account,
                    device,
                    after: Some(after),
                    limit,
                };
                Done::Events(self.store.events(query).await?)
            }
            Wanted::Queues => {
                self.cursors.settle(device).await;
                Done::Queues(self.store.queues(account, device).await?)
            }
        })
    }
}

impl Done {
    /// Tells a session. False if it has to close.
    pub(super) fn tell(self, session: &mut Session, closing: bool, now: Millis) -> bool {
        match self {
            Self::Submitted(id, reply) => session.submitted(id, reply, now),
            // What was read may be older than what a session that was let go is not told.
            Self::Inbox(..) | Self::Events(_) | Self::Queues(_) if closing => {}
            Self::Inbox(conversation, page) => session.inbox(conversation, *page, now),
            Self::Events(page) => session.events(&page, now),
            Self::Queues(queues) => session.queues(queues, now),
            Self::Failed => return false,
        }
        true
    }
}
