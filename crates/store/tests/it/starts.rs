//! What a process that starts gives out is above what the one before gave.

use crate::laws::block_on;
use lacuna_domain::{Millis, Name, Version};
use lacuna_store::memory::MemoryStore;
use lacuna_store::sqlite::{Options, SqliteStore};
use lacuna_store::{NewAccount, NewApp, NewEvent, Store};

const NOW: Millis = Millis(1_800_000_000_000);

fn event(store: &dyn Store) -> Version {
    let app = block_on(store.apps()).unwrap()[0].id;
    let event = NewEvent {
        device: lacuna_domain::DeviceId::NONE,
        body: "x".into(),
    };
    let alice = Name::new("alice").unwrap();
    let added = block_on(store.add_event(app, &alice, event, NOW)).unwrap();
    added.unwrap().1
}

fn alice(store: &dyn Store) {
    let app = NewApp {
        org: "acme".into(),
        name: "demo".into(),
        client_id: "id".into(),
        client_secret_sha256: [0; 32],
        open_registration: true,
        roaming_delete: true,
        retention_days: 0,
    };
    let app = block_on(store.create_app(app)).unwrap();
    let alice = NewAccount {
        name: Name::new("alice").unwrap(),
        display: "alice".into(),
        password_hash: String::new(),
        nickname: String::new(),
        uuid: "uuid".into(),
    };
    block_on(store.create_accounts(app.id, vec![alice], NOW)).unwrap();
}

/// A store, and what the next process makes of it that starts then.
fn check<S: Store>(first: S, next: impl Fn(S, u64) -> S) {
    alice(&first);
    assert_eq!((event(&first), event(&first)), (Version(1), Version(2)));
    let later = next(first, 1000);
    assert_eq!(event(&later), Version(1000));
    assert_eq!(event(&later), Version(1001));
    // A clock that went back takes nothing back.
    assert_eq!(event(&next(later, 500)), Version(1002));
}

#[test]
fn versions_count_from_the_start_of_the_process() {
    check(MemoryStore::new(1), |before, from| {
        before.copy(1, Version(from))
    });
    let place = tempfile::tempdir().unwrap();
    let open = |from| {
        let options = Options {
            versions_from: Version(from),
            ..Options::default()
        };
        SqliteStore::open(place.path(), options).unwrap()
    };
    check(open(0), |before, from| {
        drop(before);
        open(from)
    });
}
