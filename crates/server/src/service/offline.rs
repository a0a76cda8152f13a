//! What waits for a user that is away.

use super::{Reply, Service};
use lacuna_domain::limits::{INBOX_PAGE_BYTES_MAX, INBOX_PAGE_MAX, OFFLINE_SCAN_MAX};
use lacuna_domain::{AccountId, DeviceId, Pos};
use lacuna_store::InboxQuery;
use std::collections::BTreeSet;

impl Service {
    /// The messages and signals that no device of a user has got: due to each of them. At most [`OFFLINE_SCAN_MAX`].
    pub async fn undelivered(&self, account: AccountId) -> Reply<BTreeSet<Pos>> {
        let mut devices: Vec<DeviceId> = self
            .store
            .devices(account)
            .await?
            .iter()
            .map(|device| device.id)
            .collect();
        if devices.is_empty() {
            // Nobody has got anything: as a first device would be due it.
            devices.push(DeviceId::NONE);
        }
        let mut waiting: Option<BTreeSet<Pos>> = None;
        for device in devices {
            let due = self.due(account, device).await?;
            waiting = Some(match waiting {
                None => due,
                Some(before) => before.intersection(&due).copied().collect(),
            });
        }
        Ok(waiting.unwrap_or_default())
    }

    /// What is due to a device, of all its conversations.
    async fn due(&self, account: AccountId, device: DeviceId) -> Reply<BTreeSet<Pos>> {
        let mut due = BTreeSet::new();
        for queue in self.store.queues(account, device).await? {
            let mut query = InboxQuery {
                account,
                device,
                conversation: queue.conversation,
                after: None,
                limit: INBOX_PAGE_MAX,
                bytes_max: INBOX_PAGE_BYTES_MAX,
            };
            loop {
                let page = self.store.inbox(query).await?;
                due.extend(page.entries.iter().map(|entry| entry.pos));
                if due.len() >= OFFLINE_SCAN_MAX {
                    return Ok(due.into_iter().take(OFFLINE_SCAN_MAX).collect());
                }
                if !page.more {
                    break;
                }
                query.after = Some(page.scanned);
            }
        }
        Ok(due)
    }
}
