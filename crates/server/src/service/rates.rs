//! How much an application, and a user, may ask for.

use super::{Refusal, Reply, Service};
use lacuna_domain::limits::{RATE_KEYS_MAX, USER_RATE_BURSTS};
use lacuna_domain::{AccountId, AppId, ErrorCode, Millis, Rate, RateLimit};
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};

/// The limits of one server, each with what it has counted.
#[derive(Debug, Default)]
pub(super) struct Rates {
    requests: Buckets<AppId>,
    user_requests: Buckets<AccountId>,
    conversation_deletes: Buckets<AccountId>,
    messages: Buckets<AccountId>,
}

/// One limit per key. At [`RATE_KEYS_MAX`] the keys that are idle are forgotten, and if none is, the one that is so soonest.
#[derive(Debug)]
struct Buckets<K>(Mutex<HashMap<K, RateLimit>>);

impl<K> Default for Buckets<K> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Copy + Eq + Hash> Buckets<K> {
    /// Takes one act, or says after how many milliseconds to try again. Without a rate everything is let through.
    fn take(&self, key: K, now: Millis, rate: Option<Rate>) -> Result<(), u64> {
        let Some(rate) = rate else {
            return Ok(());
        };
        let mut limits = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if limits.len() >= RATE_KEYS_MAX && !limits.contains_key(&key) {
            limits.retain(|_, limit| !limit.idle(now));
            let soonest = limits.iter().min_by_key(|(_, limit)| limit.idle_at_us());
            if let (true, Some(soonest)) = (limits.len() >= RATE_KEYS_MAX, soonest) {
                let soonest = *soonest.0;
                limits.remove(&soonest);
            }
        }
        limits.entry(key).or_default().take(now, rate)
    }
}

impl Service {
    /// Takes one REST request of an application.
    pub fn take_request(&self, app: AppId) -> Reply<()> {
        let rate = Rate::per_second(self.config.limits.requests_per_second);
        let taken = self.rates.requests.take(app, self.clock.now(), rate);
        taken.map_err(|wait_ms| self.limited("This request has reached api limit", wait_ms))
    }

    /// Takes one REST request of a user.
    pub fn take_user_request(&self, user: AccountId) -> Reply<()> {
        let rate = Rate::per_second(self.config.limits.requests_per_second_per_user);
        let rate = rate.map(|rate| rate.with_bursts(USER_RATE_BURSTS));
        let taken = self.rates.user_requests.take(user, self.clock.now(), rate);
        taken.map_err(|wait_ms| self.too_many(wait_ms))
    }

    /// Takes one conversation off a user's list.
    pub fn take_conversation_delete(&self, user: AccountId) -> Reply<()> {
        let rate = Rate::per_minute(self.config.limits.conversation_deletes_per_minute);
        let deletes = &self.rates.conversation_deletes;
        let taken = deletes.take(user, self.clock.now(), rate);
        taken.map_err(|wait_ms| self.too_many(wait_ms))
    }

    /// Takes one message that a user sends over a socket.
    pub(super) fn take_message(&self, user: AccountId) -> Reply<()> {
        let rate = Rate::per_second(self.config.limits.messages_per_second);
        let taken = self.rates.messages.take(user, self.clock.now(), rate);
        taken.map_err(|wait_ms| self.too_many(wait_ms))
    }

    /// In the words by which client SDKs know a limit of their user.
    fn too_many(&self, wait_ms: u64) -> Refusal {
        self.limited("The request has reached the maximum limit", wait_ms)
    }

    /// A refusal that says when to come again.
    pub(super) fn limited(&self, text: &'static str, wait_ms: u64) -> Refusal {
        self.metrics.rate_limited.inc();
        let mut refusal = Refusal::new(ErrorCode::RateLimited, "resource_limited", text);
        refusal.retry_after_ms = Some(wait_ms);
        refusal
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_bounded() {
        let buckets = Buckets::<usize>::default();
        let (now, rate) = (Millis(1_000_000), Rate::per_second(2));
        let known = || buckets.0.lock().unwrap().len();
        for key in 0..RATE_KEYS_MAX {
            buckets.take(key, now.plus(1), rate).unwrap();
        }
        buckets.take(0, now.plus(1), rate).unwrap();
        assert_eq!(known(), RATE_KEYS_MAX);
        // Nobody is idle: somebody is forgotten, but not who took the most.
        buckets.take(RATE_KEYS_MAX, now.plus(1), rate).unwrap();
        assert_eq!(known(), RATE_KEYS_MAX);
        buckets.take(0, now.plus(1), rate).unwrap_err();
        // Everybody is.
        buckets.take(1 << 30, now.plus(5_000), rate).unwrap();
        assert_eq!(known(), 1);
    }
}
