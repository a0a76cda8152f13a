//! The readers.

use crate::{Fixture, insert, texts};
use lacuna_sqlite::{Error, Options};
use std::num::NonZeroUsize;
use std::sync::mpsc::channel;
use std::time::Duration;

const ENDLESS: &str =
    "WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";

#[test]
fn a_read_keeps_its_snapshot() {
    let fixture = Fixture::new();
    let (begun, has_begun) = channel();
    let (go, wait) = channel::<()>();
    let read = fixture.db.read::<_, Error, _>(move |conn| {
        let before = texts(conn)?;
        begun.send(()).expect("the test waits");
        wait.recv().ok();
        Ok((before, texts(conn)?))
    });
    has_begun.recv().unwrap();
    fixture
        .db
        .submit::<_, Error, _>(|conn, _| insert(conn, "later"))
        .wait()
        .unwrap();
    assert_eq!(fixture.texts(), ["later"]);
    go.send(()).unwrap();
    assert_eq!(read.wait().unwrap(), (vec![], vec![]));
}

#[test]
fn a_long_read_is_interrupted() {
    let options = Options {
        read_time_max: Duration::from_millis(20),
        readers: NonZeroUsize::MIN,
        ..Options::default()
    };
    let fixture = Fixture::with(&options);
    let endless = || {
        fixture
            .db
            .read::<i64, Error, _>(|conn| Ok(conn.query_row(ENDLESS, [], |row| row.get(0))?))
    };
    assert!(matches!(endless().wait(), Err(Error::Timeout)));
    let swallowed = fixture
        .db
        .read::<_, Error, _>(|conn| Ok(conn.query_row(ENDLESS, [], |_| Ok(())).is_err()));
    assert!(matches!(swallowed.wait(), Err(Error::Timeout)));
    // The connection still serves.
    assert_eq!(fixture.texts(), [""; 0]);
}

#[test]
fn a_read_cannot_write_and_its_panic_is_its_own() {
    let fixture = Fixture::with(&Options {
        readers: NonZeroUsize::MIN,
        ..Options::default()
    });
    let refused = fixture
        .db
        .read::<_, Error, _>(|conn| insert(conn, "refused"));
    assert!(refused.wait().unwrap_err().is_read_only());
    let panics = fixture.db.read::<(), Error, _>(|_| panic!("on purpose"));
    assert!(matches!(panics.wait(), Err(Error::Panicked)));
    assert_eq!(fixture.texts(), [""; 0]);
}

#[test]
fn a_full_queue_is_busy_at_once() {
    let fixture = Fixture::with(&Options {
        readers: NonZeroUsize::MIN,
        queue_reads_max: 1,
        ..Options::default()
    });
    let (begun, has_begun) = channel();
    let (go, wait) = channel::<()>();
    let held = fixture.db.read::<_, Error, _>(move |_| {
        begun.send(()).expect("the test waits");
        wait.recv().ok();
        Ok(())
    });
    has_begun.recv().unwrap();
    let queued = fixture.db.read::<_, Error, _>(texts);
    assert!(matches!(
        fixture.db.read::<_, Error, _>(texts).wait(),
        Err(Error::Busy)
    ));
    go.send(()).unwrap();
    held.wait().unwrap();
    queued.wait().unwrap();
}
