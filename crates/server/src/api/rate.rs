//! How many requests an application may make.

use crate::service::{Refusal, Reply, Service};
use lacuna_domain::{AppId, ErrorCode, RateLimit};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// One limit per application: as many as there are applications, hence bounded.
#[derive(Debug, Default)]
pub(super) struct Rates(Mutex<HashMap<AppId, RateLimit>>);

impl Rates {
    /// Takes one request of an application, or says when to come again.
    pub(super) fn take(&self, service: &Service, app: AppId) -> Reply<()> {
        let per_second = service.config.limits.requests_per_second;
        if per_second == 0 {
            return Ok(());
        }
        let now = service.clock.now();
        let taken = self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .entry(app)
            .or_default()
            .take(now, per_second);
        taken.map_err(|wait_ms| {
            service.metrics.rate_limited.inc();
            let mut refusal = Refusal::new(
                ErrorCode::RateLimited,
                "resource_limited",
                "This request has reached api limit",
            );
            refusal.retry_after_ms = Some(wait_ms);
            refusal
        })
    }
}
