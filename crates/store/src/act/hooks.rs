//! The acts of the outbox: what integrators are still to be told.

use super::Result;
use crate::rows::{DueHook, NewHook};
use async_trait::async_trait;
use lacuna_domain::{AppId, Millis};

/// What a backend does with the outbox. What comes with an entry is put there by [`Store::append`], in the same act.
///
/// [`Store::append`]: crate::Store::append
#[async_trait]
pub trait HookStore {
    /// Puts something there.
    async fn add_hook(&self, hook: NewHook, now: Millis) -> Result<()>;
    /// What an application is to be told now, the longest due first, with the bodies of messages that somebody still sees (L2).
    async fn due_hooks(&self, app: AppId, now: Millis, limit: usize) -> Result<Vec<DueHook>>;
    /// It was told, or given up.
    async fn done_hook(&self, id: i64) -> Result<()>;
    /// A call failed; when the next one is due.
    async fn retry_hook(&self, id: i64, at: Millis) -> Result<()>;
    /// Gives up all but the newest `keep` of an application. Says how many those were.
    async fn trim_hooks(&self, app: AppId, keep: usize) -> Result<usize>;
}
