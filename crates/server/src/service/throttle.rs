//! Guessing passwords is slow: too many failed logins, to one name or from one address, and neither is heard for a while.

use lacuna_domain::limits::{LOGIN_FAILURE_WINDOW_MS, LOGIN_KEYS_MAX};
use lacuna_domain::{AppId, Millis, Name};
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

/// What failures are counted for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Key {
    /// A user's name, registered or not.
    Name(AppId, Name),
    /// A client's address; of IPv6 its network of 64 bits, which is what one client has.
    Address(IpAddr),
}

#[derive(Clone, Copy, Debug)]
struct Failures {
    count: u32,
    first: Millis,
}

/// The failed logins of the last minutes.
#[derive(Debug, Default)]
pub(super) struct Throttle(Mutex<HashMap<Key, Failures>>);

/// Who tries to log in: a name of an application, from an address if it is known.
#[derive(Clone, Copy, Debug)]
pub(super) struct Attempt<'a> {
    pub(super) app: AppId,
    pub(super) name: &'a Name,
    pub(super) address: Option<IpAddr>,
}

impl Attempt<'_> {
    fn keys(&self) -> impl Iterator<Item = Key> {
        let name = Key::Name(self.app, self.name.clone());
        let address = self.address.map(|address| Key::Address(network(address)));
        std::iter::once(name).chain(address)
    }
}

fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            std::net::Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
    }
}

impl Throttle {
    /// Counts an attempt as failed, before its outcome is known: many at once are not many guesses. Says, if there were
    /// `failures_max` already, after how many milliseconds to try again; 0 stands for no limit.
    pub(super) fn begin(
        &self,
        attempt: &Attempt<'_>,
        now: Millis,
        failures_max: u32,
    ) -> Result<(), u64> {
        if failures_max == 0 {
            return Ok(());
        }
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let ends = |failures: &Failures| failures.first.plus(LOGIN_FAILURE_WINDOW_MS);
        let waits = attempt.keys().filter_map(|key| {
            let failures = known.get(&key)?;
            let full = failures.count >= failures_max && ends(failures) > now;
            full.then(|| ends(failures).0.saturating_sub(now.0))
        });
        if let Some(wait_ms) = waits.max() {
            return Err(wait_ms);
        }
        for key in attempt.keys() {
            if known.len() >= LOGIN_KEYS_MAX && !known.contains_key(&key) {
                make_room(&mut known, now);
            }
            let fresh = Failures {
                count: 0,
                first: now,
            };
            let failures = known.entry(key).or_insert(fresh);
            if ends(failures) <= now {
                *failures = fresh;
            }
            failures.count += 1;
        }
        Ok(())
    }

    /// The attempt was none to guess: forgets the name's failures, and as many of the address.
    pub(super) fn succeeded(&self, attempt: &Attempt<'_>) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut keys = attempt.keys();
        let forgiven = keys.next().and_then(|name| known.remove(&name));
        let forgiven = forgiven.map_or(0, |failures| failures.count);
        if let Some(address) = keys.next()
            && let Some(failures) = known.get_mut(&address)
        {
            failures.count = failures.count.saturating_sub(forgiven);
        }
    }
}

/// Forgets what is over, or else the oldest.
fn make_room(known: &mut HashMap<Key, Failures>, now: Millis) {
    known.retain(|_, failures| failures.first.plus(LOGIN_FAILURE_WINDOW_MS) > now);
    if known.len() < LOGIN_KEYS_MAX {
        return;
    }
    let oldest = known.iter().min_by_key(|(_, failures)| failures.first);
    if let Some(oldest) = oldest.map(|(key, _)| key.clone()) {
        known.remove(&oldest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Millis = Millis(1_795_000_000_000);

    fn name(text: &str) -> Name {
        Name::new(text).unwrap()
    }

    fn attempt<'a>(name: &'a Name, address: &str) -> Attempt<'a> {
        Attempt {
            app: AppId(1),
            name,
            address: address.parse().ok(),
        }
    }

    #[test]
    fn a_name_is_guessed_so_many_times() {
        let (throttle, alice, bob) = (Throttle::default(), name("alice"), name("bob"));
        for last in 0..10 {
            let from = format!("10.0.0.{last}");
            throttle.begin(&attempt(&alice, &from), NOW, 10).unwrap();
        }
        let next = attempt(&alice, "10.0.1.1");
        let later = NOW.plus(60_000);
        assert_eq!(throttle.begin(&next, later, 10), Err(14 * 60_000));
        throttle.begin(&next, later, 0).unwrap();
        throttle.begin(&attempt(&bob, ""), later, 10).unwrap();
        let over = NOW.plus(LOGIN_FAILURE_WINDOW_MS);
        throttle.begin(&next, over, 10).unwrap();
        throttle.begin(&next, over, 10).unwrap();
    }

    #[test]
    fn an_address_guesses_so_many_times() {
        let throttle = Throttle::default();
        for nth in 0..10 {
            let (name, from) = (name(&format!("u{nth}")), format!("2001:db8::{nth}"));
            throttle.begin(&attempt(&name, &from), NOW, 10).unwrap();
        }
        let other = name("other");
        let same_network = attempt(&other, "2001:db8::ffff:1");
        throttle.begin(&same_network, NOW, 10).unwrap_err();
        throttle
            .begin(&attempt(&other, "2001:db8:0:1::1"), NOW, 10)
            .unwrap();
    }

    #[test]
    fn success_forgives_the_name_and_no_other() {
        let (throttle, mine, victim) = (Throttle::default(), name("mine"), name("victim"));
        let (mine, victim) = (attempt(&mine, "10.0.0.1"), attempt(&victim, "10.0.0.1"));
        for _ in 0..4 {
            throttle.begin(&mine, NOW, 10).unwrap();
            throttle.begin(&mine, NOW, 10).unwrap();
            throttle.begin(&victim, NOW, 10).unwrap();
            throttle.succeeded(&mine);
        }
        // Four guesses at the victim stand, from this address as well.
        let known = throttle.0.lock().unwrap();
        let counts: Vec<u32> = known.values().map(|failures| failures.count).collect();
        assert_eq!(counts, [4, 4]);
    }

    #[test]
    fn keys_are_bounded() {
        let throttle = Throttle::default();
        let known = || throttle.0.lock().unwrap().len();
        for nth in 0..=LOGIN_KEYS_MAX {
            let name = name(&format!("u{nth}"));
            throttle.begin(&attempt(&name, ""), NOW, 10).unwrap();
        }
        assert_eq!(known(), LOGIN_KEYS_MAX);
        let over = NOW.plus(LOGIN_FAILURE_WINDOW_MS);
        throttle.begin(&attempt(&name("x"), ""), over, 10).unwrap();
        assert_eq!(known(), 1);
    }
}
