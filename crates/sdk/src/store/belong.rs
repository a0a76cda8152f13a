//! Whose messages a store holds: a name outlives the account that had it.

use super::remove::{Removal, Scope};
use super::{Store, get, int, set, unsigned};
use crate::error::{Error, Result};
use lacuna_sqlite::Pending;
use rusqlite::Connection;

const FORGET_CONVERSATIONS: &str = "DELETE FROM conversation";
const FORGET_HIDDEN: &str = "DELETE FROM hidden";
const FORGET_NAMES: &str = "DELETE FROM name";
const FORGET_STATE: &str = "DELETE FROM state WHERE key IN ('version', 'acked', 'synced')";

impl Store {
    /// The account that it is the store of; none before one was let in.
    #[cfg(feature = "simulation")]
    pub(crate) fn account(&self) -> Pending<Option<String>, Error> {
        self.read(|conn| get(conn, "account"))
    }

    /// Makes it the store of an account whose version is this, before anything of the store is sent or shown. Says whether it
    /// held another one's: then it is empty now, but for its device's name, and has to be erased.
    ///
    /// INVARIANT L5: one that has a version which the account never had is from before the server was put back to an old
    /// copy; it reads all facts again, and keeps what it hides. Tests: `a_name_registered_again_finds_an_empty_store`,
    /// `a_server_put_back_tells_what_is_deleted_from_then_on`.
    pub(crate) fn belong(&self, account: String, version: u64) -> Pending<bool, Error> {
        let key = self.key.clone();
        self.act(move |conn, _| {
            let known = get::<String>(conn, "account")?;
            let anew = known.as_ref().is_some_and(|known| *known != account);
            if anew {
                let removal = Removal {
                    conn,
                    key: &key,
                    held: None,
                };
                removal.scope(Scope::All)?;
                forget(conn)?;
            }
            if known.as_ref() != Some(&account) {
                set(conn, "account", account)?;
            }
            if unsigned(get(conn, "version")?.unwrap_or_default()) > version {
                set(conn, "version", int(0))?;
            }
            Ok(anew)
        })
    }
}

fn forget(conn: &Connection) -> Result<()> {
    for sql in [
        FORGET_CONVERSATIONS,
        FORGET_HIDDEN,
        FORGET_NAMES,
        FORGET_STATE,
    ] {
        conn.prepare_cached(sql)?.execute([])?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Facts, Opening};
    use lacuna_domain::{Millis, Name};

    #[derive(Debug)]
    struct Still;

    impl lacuna_domain::Clock for Still {
        fn now(&self) -> Millis {
            Millis(1_800_000_000_000)
        }
    }

    #[test]
    fn a_version_that_the_account_never_had_is_given_up() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&Opening {
            folder: folder.path(),
            app_key: "lacuna#demo",
            user: &Name::new("alice").unwrap(),
            resource: None,
            key: None,
            clock: std::sync::Arc::new(Still),
        })
        .unwrap();
        let apply = |since: u64| {
            let facts = Facts {
                list: Vec::new(),
                since,
                version: 7,
            };
            store.apply(facts, String::new(), None).wait().unwrap();
        };
        apply(0);
        let check = |account: &str, told: u64, anew: bool, version: u64| {
            let begun = store.belong(account.to_owned(), told).wait().unwrap();
            let progress = store.progress().wait().unwrap();
            assert_eq!((begun, progress.version), (anew, version), "{told}");
            assert_eq!(progress.synced, !anew);
        };
        check("one", 9, false, 7);
        check("one", 7, false, 7);
        check("one", 6, false, 0);
        // Somebody asked before that, and is answered now.
        apply(5);
        check("one", 9, false, 0);
        check("two", 8, true, 0);
    }
}
