//! Who is in a chat room and has no session: after a while without any, one has left.

use super::Delivery;
use lacuna_domain::{AccountId, AppId, Millis, Name};
use std::collections::HashMap;

/// An account that is in a chat room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Roomer {
    /// The account.
    pub account: AccountId,
    /// Its application.
    pub app: AppId,
    /// Its name.
    pub name: Name,
}

/// Accounts that are in chat rooms.
#[derive(Debug, Default)]
pub(super) struct Absent {
    /// Those with a session.
    here: HashMap<AccountId, Roomer>,
    /// Those without, and since when that is known; none until it is first looked at.
    away: HashMap<AccountId, (Roomer, Option<Millis>)>,
}

impl Absent {
    /// The account has a session.
    pub(super) fn came(&mut self, account: AccountId) {
        if let Some((roomer, _)) = self.away.remove(&account) {
            self.here.insert(account, roomer);
        }
    }

    /// The account has no session any more.
    pub(super) fn went(&mut self, account: AccountId) {
        if let Some(roomer) = self.here.remove(&account) {
            self.away.insert(account, (roomer, None));
        }
    }

    fn watch(&mut self, roomer: Roomer, online: bool) {
        if online {
            self.here.insert(roomer.account, roomer);
        } else {
            let away = self.away.entry(roomer.account);
            away.or_insert((roomer, None));
        }
    }

    /// Takes those out that have been away for long enough. Whoever is looked at for the first time is away from now on.
    fn take(&mut self, now: Millis, limit: usize, wait_ms: impl Fn(&Roomer) -> u64) -> Vec<Roomer> {
        let mut due = Vec::new();
        for (roomer, since) in self.away.values_mut() {
            let since = *since.get_or_insert(now);
            if due.len() < limit && since.plus(wait_ms(roomer)) <= now {
                due.push(roomer.clone());
            }
        }
        for roomer in &due {
            self.away.remove(&roomer.account);
        }
        due
    }
}

impl Delivery {
    /// An account is in a chat room: should it have no session, now or later, [`Delivery::take_absent`] tells of it.
    pub fn watch(&self, roomer: Roomer) {
        let mut registry = self.lock();
        let online = registry.sessions.contains_key(&roomer.account);
        registry.absent.watch(roomer, online);
    }

    /// Accounts in chat rooms that have had no session for as long as `wait_ms` says of them, each once: at most `limit`.
    pub fn take_absent(
        &self,
        now: Millis,
        limit: usize,
        wait_ms: impl Fn(&Roomer) -> u64,
    ) -> Vec<Roomer> {
        self.lock().absent.take(now, limit, wait_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn roomer(account: i64) -> Roomer {
        Roomer {
            account: AccountId(account),
            app: AppId(1),
            name: Name::new("alice").unwrap(),
        }
    }

    #[track_caller]
    fn check(absent: &mut Absent, now: u64, want: &[i64]) {
        let due = absent.take(Millis(now), 10, |_| 120);
        let found: Vec<i64> = due.iter().map(|roomer| roomer.account.0).collect();
        assert_eq!(found, want, "at {now}");
    }

    #[test]
    fn the_time_counts_from_the_end_of_the_last_session() {
        let mut absent = Absent::default();
        absent.watch(roomer(1), true);
        check(&mut absent, 0, &[]);
        absent.went(AccountId(1));
        check(&mut absent, 100, &[]);
        absent.came(AccountId(1));
        check(&mut absent, 250, &[]);
        absent.went(AccountId(1));
        check(&mut absent, 300, &[]);
        check(&mut absent, 419, &[]);
        check(&mut absent, 420, &[1]);
        check(&mut absent, 900, &[]);
    }

    #[test]
    fn who_was_never_there_is_away_from_the_start() {
        let mut absent = Absent::default();
        absent.watch(roomer(1), false);
        absent.watch(roomer(2), false);
        check(&mut absent, 5, &[]);
        absent.watch(roomer(1), false);
        absent.came(AccountId(2));
        absent.came(AccountId(3));
        check(&mut absent, 125, &[1]);
    }

    #[test]
    fn what_is_too_much_for_one_go_is_left_for_the_next() {
        let mut absent = Absent::default();
        for account in 0..5 {
            absent.watch(roomer(account), false);
        }
        assert!(absent.take(Millis(0), 3, |_| 120).is_empty());
        assert_eq!(absent.take(Millis(120), 3, |_| 120).len(), 3);
        assert_eq!(absent.take(Millis(120), 3, |_| 120).len(), 2);
    }
}
