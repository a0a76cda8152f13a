//! The pull cycle, as a plain state machine.
//!
//! A queue is pulled when the server names it; each page is acknowledged by pulling again with its key, until an empty last
//! page ends the cycle. While a queue is being pulled, further notices for it mean nothing new. Queues go by name alone.

use lacuna_proto::pb::{CommSyncDl, Jid, MetaQueue};
use std::collections::HashSet;

/// A queue to pull, and the key that acknowledges what came so far.
#[derive(Clone, Debug, PartialEq)]
pub struct Pull {
    /// The queue.
    pub queue: Jid,
    /// What came so far; none to begin.
    pub key: Option<u64>,
}

/// Which queues are being pulled.
#[derive(Debug, Default)]
pub struct Pulls {
    active: HashSet<String>,
}

impl Pulls {
    /// The server listed queues: all are pulled at once.
    pub fn unread(&mut self, listed: Vec<MetaQueue>) -> Vec<Pull> {
        let queues = listed.into_iter().filter_map(|listed| listed.queue);
        queues.filter_map(|queue| self.notice(queue)).collect()
    }

    /// The server announced a queue.
    pub fn notice(&mut self, queue: Jid) -> Option<Pull> {
        let new = self.active.insert(queue.name().to_owned());
        new.then_some(Pull { queue, key: None })
    }

    /// A page came, asked for or not. One without a key is acknowledged with 0.
    pub fn page(&mut self, page: &CommSyncDl) -> Option<Pull> {
        let queue = page.queue.clone().unwrap_or_default();
        if page.is_last() {
            self.active.remove(queue.name());
            return None;
        }
        self.active.insert(queue.name().to_owned());
        Some(Pull {
            queue,
            key: Some(page.next_key()),
        })
    }

    /// Whether no conversation but that one is being pulled.
    pub fn alone(&self, queue: &str) -> bool {
        let mut others = self.active.iter();
        others.all(|active| active.is_empty() || active == queue)
    }

    /// Whether nothing is being pulled.
    #[must_use]
    pub fn idle(&self) -> bool {
        self.active.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bob() -> Jid {
        Jid::user("lacuna#demo", "bob")
    }

    fn page(next_key: Option<u64>, is_last: bool) -> CommSyncDl {
        CommSyncDl {
            queue: Some(bob()),
            next_key,
            is_last: is_last.then_some(true),
            ..CommSyncDl::default()
        }
    }

    #[test]
    fn a_queue_is_pulled_until_its_last_page() {
        let mut pulls = Pulls::default();
        assert_eq!(
            pulls.notice(bob()),
            Some(Pull {
                queue: bob(),
                key: None
            })
        );
        assert_eq!(pulls.notice(bob()), None, "it is being pulled");
        assert_eq!(
            pulls.page(&page(Some(5), false)),
            Some(Pull {
                queue: bob(),
                key: Some(5)
            })
        );
        assert_eq!(pulls.page(&page(None, true)), None);
        assert!(pulls.idle());
        assert!(pulls.notice(bob()).is_some(), "a later notice starts again");
    }

    #[test]
    fn a_page_that_nobody_asked_for_is_acknowledged() {
        let mut pulls = Pulls::default();
        assert_eq!(
            pulls.page(&page(None, false)),
            Some(Pull {
                queue: bob(),
                key: Some(0)
            })
        );
        assert!(!pulls.idle());
    }

    #[test]
    fn listed_queues_are_pulled_at_once() {
        let listed = |name| MetaQueue {
            queue: Some(Jid::user("lacuna#demo", name)),
            n: Some(1),
        };
        let pulls = Pulls::default().unread(vec![listed("bob"), listed("carol"), listed("bob")]);
        let names: Vec<_> = pulls.iter().map(|pull| pull.queue.name()).collect();
        assert_eq!(names, ["bob", "carol"]);
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
