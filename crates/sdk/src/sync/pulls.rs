//! The pull cycle, as a plain state machine.
//!
//! A queue is pulled when the server names it; each page is acknowledged by pulling again with its key, until an empty last
//! page ends the cycle. While a queue is being pulled, further notices for it mean nothing new. Queues go by name alone.

use lacuna_proto::pb::{CommSyncDl, Jid, MetaQueue};
use std::collections::{HashSet, VecDeque};

/// Queues that are pulled at the same time. A device that comes back may find thousands: the rest wait their turn.
const PULLED_AT_ONCE_MAX: usize = 64;

/// A queue to pull, and the key that acknowledges what came so far.
#[derive(Clone, Debug, PartialEq)]
pub struct Pull {
    /// The queue.
    pub queue: Jid,
    /// The id of the last entry that came; none to begin with what was not acknowledged yet.
    pub key: Option<u64>,
}

/// Which queues are being pulled, and which wait for that.
#[derive(Debug, Default)]
pub struct Pulls {
    active: HashSet<String>,
    waiting: VecDeque<Jid>,
    /// The names of those that wait.
    named: HashSet<String>,
}

impl Pulls {
    /// The server listed queues.
    pub fn unread(&mut self, listed: Vec<MetaQueue>) -> Vec<Pull> {
        let queues = listed.into_iter().filter_map(|listed| listed.queue);
        queues.filter_map(|queue| self.notice(queue)).collect()
    }

    /// The server announced a queue.
    pub fn notice(&mut self, queue: Jid) -> Option<Pull> {
        if self.active.contains(queue.name()) {
            return None;
        }
        // What other devices deleted waits for nothing.
        if self.active.len() < PULLED_AT_ONCE_MAX || queue.name().is_empty() {
            self.active.insert(queue.name().to_owned());
            return Some(Pull { queue, key: None });
        }
        if self.named.insert(queue.name().to_owned()) {
            self.waiting.push_back(queue);
        }
        None
    }

    /// A page came, asked for or not. One without a key is acknowledged with 0. The last of a queue makes room for the next.
    pub fn page(&mut self, page: &CommSyncDl) -> Option<Pull> {
        let queue = page.queue.clone().unwrap_or_default();
        let status = page.status.as_ref();
        let refused = status.is_some_and(|status| status.error_code.unwrap_or_default() != 0);
        if page.is_last() || refused {
            self.active.remove(queue.name());
            return self.next();
        }
        self.active.insert(queue.name().to_owned());
        Some(Pull {
            queue,
            key: Some(page.next_key()),
        })
    }

    /// Whether no conversation but that one is being pulled, or waits for it.
    #[must_use]
    pub fn alone(&self, queue: &str) -> bool {
        let mut others = self.active.iter().chain(&self.named);
        others.all(|other| other.is_empty() || other == queue)
    }

    /// Whether nothing is being pulled.
    #[must_use]
    pub fn idle(&self) -> bool {
        self.active.is_empty() && self.waiting.is_empty()
    }

    fn next(&mut self) -> Option<Pull> {
        if self.active.len() >= PULLED_AT_ONCE_MAX {
            return None;
        }
        while let Some(queue) = self.waiting.pop_front() {
            self.named.remove(queue.name());
            // Unless a page of it came unasked meanwhile.
            if self.active.insert(queue.name().to_owned()) {
                return Some(Pull { queue, key: None });
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lacuna_proto::pb::Status;

    fn queue(name: &str) -> Jid {
        Jid::user("lacuna#demo", name)
    }

    fn bob() -> Jid {
        queue("bob")
    }

    fn page(queue: Jid, next_key: Option<u64>, is_last: bool) -> CommSyncDl {
        CommSyncDl {
            queue: Some(queue),
            next_key,
            is_last: is_last.then_some(true),
            ..CommSyncDl::default()
        }
    }

    fn pull(queue: Jid, key: Option<u64>) -> Pull {
        Pull { queue, key }
    }

    fn listed(names: impl IntoIterator<Item = String>) -> Vec<MetaQueue> {
        let names = names.into_iter();
        let row = |name: String| MetaQueue {
            queue: Some(queue(&name)),
            n: Some(1),
        };
        names.map(row).collect()
    }

    #[test]
    fn a_queue_is_pulled_until_its_last_page() {
        let mut pulls = Pulls::default();
        assert_eq!(pulls.notice(bob()), Some(pull(bob(), None)));
        assert_eq!(pulls.notice(bob()), None, "it is being pulled");
        let more = page(bob(), Some(5), false);
        assert_eq!(pulls.page(&more), Some(pull(bob(), Some(5))));
        assert_eq!(pulls.page(&page(bob(), None, true)), None);
        assert!(pulls.idle());
        assert!(pulls.notice(bob()).is_some(), "a later notice starts again");
    }

    #[test]
    fn a_page_that_nobody_asked_for_is_acknowledged() {
        let mut pulls = Pulls::default();
        assert_eq!(
            pulls.page(&page(bob(), None, false)),
            Some(pull(bob(), Some(0)))
        );
        assert!(!pulls.idle());
    }

    #[test]
    fn a_refused_pull_is_not_repeated() {
        let mut pulls = Pulls::default();
        pulls.notice(bob());
        let refused = CommSyncDl {
            status: Some(Status {
                error_code: Some(1),
                ..Status::default()
            }),
            ..page(bob(), None, false)
        };
        assert_eq!(pulls.page(&refused), None);
        assert!(pulls.idle());
    }

    #[test]
    fn listed_queues_are_pulled_at_once() {
        let names = ["bob", "carol", "bob"].map(str::to_owned);
        let pulls = Pulls::default().unread(listed(names));
        let names: Vec<_> = pulls.iter().map(|pull| pull.queue.name()).collect();
        assert_eq!(names, ["bob", "carol"]);
    }

    #[test]
    fn of_very_many_some_wait_and_none_is_forgotten() {
        let mut pulls = Pulls::default();
        let names: Vec<String> = (0..1_000).map(|number| format!("user{number}")).collect();
        let mut pulled = pulls.unread(listed(names.clone()));
        assert_eq!(pulled.len(), PULLED_AT_ONCE_MAX);
        assert!(pulls.unread(listed(names.clone())).is_empty(), "once each");
        assert!(pulls.notice(Jid::system()).is_some(), "events do not wait");
        assert_eq!(pulls.page(&page(Jid::system(), None, true)), None);
        // A page of one that waits comes unasked: it is acknowledged, and the queue keeps its turn.
        let pushed = queue("user900");
        assert_eq!(
            pulls.page(&page(pushed.clone(), Some(3), false)),
            Some(pull(pushed.clone(), Some(3)))
        );
        assert_eq!(pulls.page(&page(pushed, None, true)), None, "no room yet");
        let mut done = 0;
        while let Some(Pull { queue, .. }) = pulled.get(done).cloned() {
            done += 1;
            assert!(!pulls.idle() && !pulls.alone("bob"));
            pulled.extend(pulls.page(&page(queue, None, true)));
        }
        assert!(pulls.idle() && pulls.alone("bob"));
        let mut found: Vec<String> = pulled
            .iter()
            .map(|pull| pull.queue.name().to_owned())
            .collect();
        found.sort_unstable();
        let mut want = names;
        want.sort_unstable();
        assert_eq!(found, want);
    }

    #[test]
    fn the_queue_of_events_keeps_nobody_company() {
        let mut pulls = Pulls::default();
        assert!(pulls.alone(""));
        pulls.notice(Jid::system());
        assert!(pulls.alone("") && pulls.alone("bob"));
        pulls.notice(bob());
        assert!(pulls.alone("bob") && !pulls.alone("") && !pulls.alone("carol"));
    }
}
