//! Presence: who is connected, what users publish about themselves, and who is told of it.
//!
//! That one user watches another is kept as two records, one of each side, written in one act. What watchers are told goes to
//! who is connected and is stored nowhere: who comes later asks.

use super::records::of;
use super::{Actor, Refusal, Reply, Service};
use crate::delivery::Publication;
use lacuna_domain::limits::{
    PRESENCE_BYTES_MAX, PRESENCE_USERS_MAX, WATCH_SECONDS_MAX, WATCHED_MAX, WATCHERS_TOLD_MAX,
};
use lacuna_domain::{AccountId, ErrorCode, Millis};
use lacuna_proto::notify_body;
use lacuna_store::{Account, Record, RecordKind, RecordOwner, RecordWrite};
use serde_json::{Map, Value, json};
use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Accounts that their watchers take to be online.
#[derive(Debug, Default)]
pub(super) struct Announced(Mutex<HashSet<AccountId>>);

impl Announced {
    fn lock(&self) -> MutexGuard<'_, HashSet<AccountId>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A subscription of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watched {
    /// Whose presence.
    pub name: String,
    /// For how many seconds yet.
    pub seconds_left: u64,
}

impl Service {
    /// Publishes a text as the actor's presence; who watches it is told.
    pub async fn publish_presence(&self, actor: &Actor, text: &str) -> Reply<()> {
        if text.len() > PRESENCE_BYTES_MAX {
            return Err(exceeded(format!(
                "ext is longer than {PRESENCE_BYTES_MAX} bytes"
            )));
        }
        let write = RecordWrite::new(actor.app.id).put(
            of(actor.id(), RecordKind::Presence, ""),
            text.as_bytes().to_vec(),
        );
        self.settle(|| std::future::ready(Ok(Some(write.clone()))))
            .await?;
        self.tell_presence(actor, None).await
    }

    /// Subscribes the actor to the presence of users. Gives what it is now.
    pub async fn watch(&self, actor: &Actor, names: &[String], seconds: u64) -> Reply<Vec<Value>> {
        if seconds == 0 || seconds > WATCH_SECONDS_MAX {
            return Err(exceeded(format!(
                "expiry is not within 1 and {WATCH_SECONDS_MAX} seconds"
            )));
        }
        let others = self.watchable(actor, names).await?;
        if others.iter().any(|other| other.id == actor.id()) {
            let text = "nobody subscribes to its own presence";
            let code = ErrorCode::PresenceOfOneself;
            return Err(Refusal::new(code, "illegal_argument", text));
        }
        let end = self.clock.now().plus(seconds.saturating_mul(1000));
        let me = actor.name().as_str();
        let mut write = RecordWrite::new(actor.app.id).at_most(
            RecordOwner::Account(actor.id()),
            RecordKind::Watches,
            WATCHED_MAX,
        );
        for other in &others {
            let name = other.profile.name.as_str();
            write = write
                .put_until(of(actor.id(), RecordKind::Watches, name), "", end)
                .put_until(
                    of(other.id, RecordKind::WatchedBy, me),
                    actor.id().to_string(),
                    end,
                );
        }
        let written = self
            .settle(|| async {
                self.watchable(actor, names).await?; // of who is gone meanwhile nothing can be written
                Ok(Some(write.clone()))
            })
            .await;
        written.map_err(|refusal| match refusal.code {
            ErrorCode::LimitReached => exceeded(format!("more than {WATCHED_MAX} subscriptions")),
            _ => refusal,
        })?;
        self.presences(&others, |_| Some(end)).await
    }

    /// Ends subscriptions of the actor.
    pub async fn unwatch(&self, actor: &Actor, names: &[String]) -> Reply<()> {
        let others = self.watchable(actor, names).await?;
        let mut write = RecordWrite::new(actor.app.id);
        for other in &others {
            let name = other.profile.name.as_str();
            write = write
                .remove(of(actor.id(), RecordKind::Watches, name))
                .remove(of(other.id, RecordKind::WatchedBy, actor.name().as_str()));
        }
        self.settle(|| std::future::ready(Ok(Some(write.clone()))))
            .await
    }

    /// Every subscription of an account, by name.
    pub async fn watched(&self, account: AccountId) -> Reply<Vec<Watched>> {
        let now = self.clock.now();
        let found = self
            .list(account, RecordKind::Watches, None, WATCHED_MAX)
            .await?;
        let rows = found.into_iter().map(|record| Watched {
            seconds_left: seconds_left(record.expires, now),
            name: record.key,
        });
        Ok(rows.collect())
    }

    /// The presence of users, subscribed to or not.
    pub async fn presence_of(&self, actor: &Actor, names: &[String]) -> Reply<Vec<Value>> {
        let others = self.watchable(actor, names).await?;
        let ids = others.iter().map(|other| {
            let name = other.profile.name.as_str();
            of(actor.id(), RecordKind::Watches, name)
        });
        let found = self.store.record(ids.collect(), self.clock.now()).await?;
        let ends: Vec<Option<Millis>> = found
            .into_iter()
            .map(|record| record.and_then(|record| record.expires))
            .collect();
        self.presences(&others, |nth| ends.get(nth).copied().flatten())
            .await
    }

    /// A session of the account was registered. Its watchers are told if they took it to be offline.
    pub async fn came_online(&self, actor: &Actor) {
        let is_news = self.announced.lock().insert(actor.id());
        if is_news {
            self.tell_or_log(actor, None).await;
        }
    }

    /// The account's last session had ended for a while when this was called; `resource` is the device it was on. Its watchers
    /// are told, unless it has come back.
    pub async fn stayed_away(&self, actor: &Actor, resource: &str) {
        let is_news = {
            let mut announced = self.announced.lock();
            !self.delivery.is_online(actor.id()) && announced.remove(&actor.id())
        };
        if is_news {
            self.tell_or_log(actor, Some(resource)).await;
        }
    }

    async fn tell_or_log(&self, actor: &Actor, left: Option<&str>) {
        if let Err(refusal) = self.tell_presence(actor, left).await {
            tracing::warn!(account.id = actor.id().0, %refusal, "nobody was told of a presence");
        }
    }

    /// Tells everybody who watches the actor and is connected.
    async fn tell_presence(&self, actor: &Actor, left: Option<&str>) -> Reply<()> {
        let watchers = self
            .list(actor.id(), RecordKind::WatchedBy, None, WATCHERS_TOLD_MAX)
            .await?;
        if watchers.is_empty() {
            return Ok(());
        }
        let [published] = self
            .read([of(actor.id(), RecordKind::Presence, "")])
            .await?;
        let now = self.clock.now();
        // What is told last has to be true: it is put together and published under a lock.
        let _announced = self.announced.lock();
        for watcher in &watchers {
            let Some(account) = account_of(watcher) else {
                continue;
            };
            if !self.delivery.is_online(account) {
                continue;
            }
            let mut status = self.status(actor.id());
            if let (true, Some(left)) = (status.is_empty(), left) {
                status.insert(left.to_owned(), "0".into());
            }
            let left_ms = watcher.expires;
            let name = actor.name().as_str();
            let row = row(
                name,
                published.as_ref(),
                now,
                seconds_left(left_ms, now),
                &status,
            );
            let body = notify_body(&json!({"type": "presence", "data": {"values": [row]}}));
            let id = self.passing_id(now);
            self.delivery
                .publish_to(&[account], &Publication::Passing { id, body });
        }
        Ok(())
    }

    async fn presences(
        &self,
        others: &[Account],
        end: impl Fn(usize) -> Option<Millis> + Send,
    ) -> Reply<Vec<Value>> {
        let now = self.clock.now();
        let ids = others
            .iter()
            .map(|other| of(other.id, RecordKind::Presence, ""));
        let found = self.store.record(ids.collect(), now).await?;
        let mut rows = Vec::with_capacity(others.len());
        for (nth, (other, published)) in others.iter().zip(found).enumerate() {
            let status = self.status(other.id);
            let mut last = published
                .as_ref()
                .map_or(Millis(0), |record| record.changed);
            for device in self.store.devices(other.id).await? {
                last = last.max(device.last_seen);
            }
            let left = seconds_left(end(nth), now);
            let name = other.profile.name.as_str();
            rows.push(row(name, published.as_ref(), last, left, &status));
        }
        Ok(rows)
    }

    /// The connected devices of an account.
    fn status(&self, account: AccountId) -> Map<String, Value> {
        let online = self.delivery.online_resources(account);
        online
            .into_iter()
            .map(|resource| (resource, "1".into()))
            .collect()
    }

    async fn watchable(&self, actor: &Actor, names: &[String]) -> Reply<Vec<Account>> {
        if names.is_empty() {
            return Err(Refusal::missing("usernames"));
        }
        if names.len() > PRESENCE_USERS_MAX {
            return Err(exceeded(format!("more than {PRESENCE_USERS_MAX} users")));
        }
        let mut others: Vec<Account> = Vec::with_capacity(names.len());
        for name in names {
            let other = self.account(&actor.app, name).await?;
            if others.iter().all(|known| known.id != other.id) {
                others.push(other);
            }
        }
        Ok(others)
    }
}

/// Who watches, by the record of the one who is watched.
fn account_of(watcher: &Record) -> Option<AccountId> {
    let text = std::str::from_utf8(&watcher.value).ok()?;
    text.parse().ok().map(AccountId)
}

/// A presence as clients read it: numbers are texts.
fn row(
    name: &str,
    published: Option<&Record>,
    last: Millis,
    seconds_left: u64,
    status: &Map<String, Value>,
) -> Value {
    let text = published.map_or_else(String::new, |record| {
        String::from_utf8_lossy(&record.value).into_owned()
    });
    json!({
        "uid": name,
        "last_time": (last.0 / 1000).to_string(),
        "expiry": seconds_left.to_string(),
        "ext": text,
        "status": status,
    })
}

fn seconds_left(end: Option<Millis>, now: Millis) -> u64 {
    end.map_or(0, |end| end.0.saturating_sub(now.0).div_ceil(1000))
}

fn exceeded(text: String) -> Refusal {
    Refusal::new(ErrorCode::PresenceParamExceeded, "illegal_argument", text)
}
