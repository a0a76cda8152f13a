//! The acts on the audit and holds.

use super::Result;
use crate::rows::{AuditRow, Hold, NewAudit};
use async_trait::async_trait;
use lacuna_domain::{AccountId, AppId, Millis};

/// What a backend does with the audit and holds.
#[async_trait]
pub trait AuditStore {
    /// Notes an act that was done.
    async fn add_audit(&self, act: NewAudit, now: Millis) -> Result<()>;
    /// The acts of an application, the newest first, before a number, at most `limit`.
    async fn audit(&self, app: AppId, before: Option<i64>, limit: usize) -> Result<Vec<AuditRow>>;
    /// Keeps the bodies of a user's conversations, or of one, from the purge, whoever deletes them. What anybody sees is not
    /// changed by it. A held account cannot be deleted ([`Error::Held`](super::Error::Held)). False if there is no such
    /// conversation; [`Error::NoAccount`](super::Error::NoAccount).
    async fn hold(&self, app: AppId, hold: Hold, now: Millis) -> Result<bool>;
    /// Whether an account is on hold itself.
    async fn is_held(&self, account: AccountId) -> Result<bool>;
    /// Ends a hold. What was deleted meanwhile is purged. False if there was none; [`Error::NoAccount`](super::Error::NoAccount).
    async fn release(&self, app: AppId, hold: Hold) -> Result<bool>;
}
