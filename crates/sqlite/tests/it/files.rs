//! The file: opening, closing, checkpoints.

use crate::{Fixture, MIGRATIONS, insert, open, texts};
use lacuna_sqlite::{Database, Error, Options};
use std::sync::mpsc::channel;
use std::time::Duration;

#[test]
fn what_was_acknowledged_is_there_again() {
    let Fixture { db, dir } = Fixture::new();
    db.submit::<_, Error, _>(|conn, _| insert(conn, "kept"))
        .wait()
        .unwrap();
    drop(db);
    let db = open(&dir, &Options::default()).unwrap();
    assert_eq!(db.read::<_, Error, _>(texts).wait().unwrap(), ["kept"]);
}

#[test]
fn a_newer_file_is_refused() {
    let Fixture { db, dir } = Fixture::new();
    drop(db);
    let older = Database::open(
        &dir.path().join("db"),
        &MIGRATIONS[..1],
        &Options::default(),
        |_| Ok(()),
    );
    assert!(matches!(older, Err(Error::TooNew { found: 2, known: 1 })));
}

#[test]
fn closing_finishes_what_is_queued_and_refuses_the_rest() {
    let fixture = Fixture::new();
    let go = fixture.hold_writer();
    let queued = fixture
        .db
        .submit::<_, Error, _>(|conn, _| insert(conn, "queued"));
    go.send(()).unwrap();
    fixture.db.close();
    fixture.db.close();
    queued.wait().unwrap();
    assert!(matches!(
        fixture
            .db
            .submit::<_, Error, _>(|conn, _| insert(conn, "late"))
            .wait(),
        Err(Error::Closed)
    ));
    assert!(matches!(
        fixture.db.read::<_, Error, _>(texts).wait(),
        Err(Error::Closed)
    ));
    assert!(matches!(
        fixture.db.checkpoint_truncate(),
        Err(Error::Closed)
    ));
    assert_eq!(fixture.wal_bytes(), 0);
}

#[test]
fn truncating_empties_the_log() {
    let fixture = Fixture::new();
    fixture
        .db
        .submit::<_, Error, _>(|conn, _| insert(conn, "moved"))
        .wait()
        .unwrap();
    assert!(fixture.wal_bytes() > 0);
    assert!(fixture.db.checkpoint_truncate().unwrap());
    assert_eq!(fixture.wal_bytes(), 0);
    assert_eq!(fixture.texts(), ["moved"]);
}

#[test]
fn truncating_says_when_a_reader_is_in_the_way() {
    let fixture = Fixture::new();
    fixture
        .db
        .submit::<_, Error, _>(|conn, _| insert(conn, "one"))
        .wait()
        .unwrap();
    let (begun, has_begun) = channel();
    let (go, wait) = channel::<()>();
    let read = fixture.db.read::<_, Error, _>(move |conn| {
        texts(conn)?;
        begun.send(()).expect("the test waits");
        wait.recv().ok();
        Ok(())
    });
    has_begun.recv().unwrap();
    fixture
        .db
        .submit::<_, Error, _>(|conn, _| insert(conn, "two"))
        .wait()
        .unwrap();
    assert!(!fixture.db.checkpoint_truncate().unwrap());
    go.send(()).unwrap();
    read.wait().unwrap();
    assert!(fixture.db.checkpoint_truncate().unwrap());
    assert_eq!(fixture.wal_bytes(), 0);
}

#[test]
fn a_passive_checkpoint_moves_the_log() {
    let fixture = Fixture::new();
    fixture
        .db
        .submit::<_, Error, _>(|conn, _| insert(conn, "moved"))
        .wait()
        .unwrap();
    let done = fixture.db.checkpoint_passive().unwrap();
    assert!(
        done.log_pages > 0 && done.moved_pages == done.log_pages && !done.blocked,
        "{done:?}"
    );
}

#[test]
fn a_grown_log_is_moved_in_the_background() {
    let options = Options {
        wal_bytes_max: 64 * 1024,
        checkpoint_interval: Duration::from_millis(1),
        ..Options::default()
    };
    let fixture = Fixture::with(&options);
    let text = "x".repeat(32 * 1024);
    let mut largest = 0;
    // Once it was moved, the next act starts the log anew and cuts it back.
    let shrank = (0..2000).any(|_| {
        let text = text.clone();
        fixture
            .db
            .submit::<_, Error, _>(move |conn, _| insert(conn, &text))
            .wait()
            .unwrap();
        let bytes = fixture.wal_bytes();
        largest = largest.max(bytes);
        bytes < largest
    });
    assert!(shrank, "the log grew to {largest} bytes");
}
