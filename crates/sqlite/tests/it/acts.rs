//! The writer.

use crate::{Fixture, insert, insert_dangling};
use lacuna_sqlite::rusqlite::ErrorCode;
use lacuna_sqlite::{Error, Options, Pending};

#[test]
fn acts_share_commits_and_keep_their_order() {
    let fixture = Fixture::new();
    let go = fixture.hold_writer();
    let pending: Vec<Pending<i64, Error>> = (0..1000)
        .map(|n| {
            fixture
                .db
                .submit(move |conn, _| insert(conn, &n.to_string()))
        })
        .collect();
    go.send(()).unwrap();
    for (n, pending) in pending.into_iter().enumerate() {
        assert_eq!(pending.wait().unwrap(), i64::try_from(n).unwrap() + 1);
    }
    let expected: Vec<String> = (0..1000).map(|n| n.to_string()).collect();
    assert_eq!(fixture.texts(), expected);
    // The one that held the writer, and 1000 in batches of 256.
    assert_eq!(fixture.db.writer().commits(), 1 + 4);
    assert_eq!(fixture.db.writer().acts(), 1001);
}

#[test]
fn an_error_takes_back_its_own_act_only() {
    let fixture = Fixture::new();
    let go = fixture.hold_writer();
    let before = fixture
        .db
        .submit::<_, Error, _>(|conn, _| insert(conn, "before"));
    let failed = fixture.db.submit::<(), Error, _>(|conn, _| {
        insert(conn, "failed")?;
        Err(Error::Timeout)
    });
    let after = fixture
        .db
        .submit::<_, Error, _>(|conn, _| insert(conn, "after"));
    go.send(()).unwrap();
    before.wait().unwrap();
    assert!(matches!(failed.wait(), Err(Error::Timeout)));
    after.wait().unwrap();
    assert_eq!(fixture.texts(), ["before", "after"]);
    assert_eq!(fixture.forgets(), 1);
}

#[test]
fn an_error_alone_leaves_nothing() {
    let fixture = Fixture::new();
    let failed = fixture.db.submit::<(), Error, _>(|conn, _| {
        insert(conn, "failed")?;
        Err(Error::Timeout)
    });
    assert!(matches!(failed.wait(), Err(Error::Timeout)));
    assert_eq!(fixture.texts(), [""; 0]);
    assert_eq!(fixture.db.writer().commits(), 0);
    fixture
        .db
        .submit::<_, Error, _>(|conn, _| insert(conn, "next"))
        .wait()
        .unwrap();
    assert_eq!(fixture.texts(), ["next"]);
}

#[test]
fn a_failed_commit_fails_every_act() {
    let fixture = Fixture::new();
    let go = fixture.hold_writer();
    let good = fixture
        .db
        .submit::<_, Error, _>(|conn, _| insert(conn, "good"));
    let own = fixture
        .db
        .submit::<(), Error, _>(|_, _| Err(Error::Timeout));
    let bad = fixture
        .db
        .submit::<_, Error, _>(|conn, _| insert_dangling(conn));
    go.send(()).unwrap();
    assert_eq!(
        good.wait().unwrap_err().sqlite_code(),
        Some(ErrorCode::ConstraintViolation)
    );
    assert!(matches!(own.wait(), Err(Error::Timeout)));
    assert_eq!(
        bad.wait().unwrap_err().sqlite_code(),
        Some(ErrorCode::ConstraintViolation)
    );
    assert_eq!(fixture.texts(), [""; 0]);
    assert_eq!(fixture.forgets(), 2);
    fixture
        .db
        .submit::<_, Error, _>(|conn, _| insert(conn, "next"))
        .wait()
        .unwrap();
    assert_eq!(fixture.texts(), ["next"]);
}

#[test]
fn an_act_that_loses_the_transaction_fails_the_batch() {
    let fixture = Fixture::new();
    let go = fixture.hold_writer();
    let before = fixture
        .db
        .submit::<_, Error, _>(|conn, _| insert(conn, "before"));
    let loses = fixture
        .db
        .submit::<_, Error, _>(|conn, _| Ok(conn.execute_batch("ROLLBACK")?));
    let after = fixture
        .db
        .submit::<_, Error, _>(|conn, _| insert(conn, "after"));
    go.send(()).unwrap();
    assert!(matches!(before.wait(), Err(Error::RolledBack)));
    assert!(matches!(loses.wait(), Err(Error::RolledBack)));
    assert!(matches!(after.wait(), Err(Error::RolledBack)));
    assert_eq!(fixture.texts(), [""; 0]);
}

#[test]
fn a_panic_is_one_failed_act() {
    let fixture = Fixture::new();
    let go = fixture.hold_writer();
    let before = fixture
        .db
        .submit::<_, Error, _>(|conn, _| insert(conn, "before"));
    let panics = fixture.db.submit::<(), Error, _>(|conn, _| {
        insert(conn, "panics")?;
        panic!("on purpose")
    });
    let after = fixture
        .db
        .submit::<_, Error, _>(|conn, _| insert(conn, "after"));
    go.send(()).unwrap();
    before.wait().unwrap();
    assert!(matches!(panics.wait(), Err(Error::Panicked)));
    after.wait().unwrap();
    assert_eq!(fixture.texts(), ["before", "after"]);
    assert_eq!(fixture.forgets(), 1);
}

#[test]
fn a_full_queue_is_busy_at_once() {
    let fixture = Fixture::with(&Options {
        queue_acts_max: 2,
        ..Options::default()
    });
    let go = fixture.hold_writer();
    let kept: Vec<_> = (0..2)
        .map(|_| {
            fixture
                .db
                .submit::<_, Error, _>(|conn, _| insert(conn, "kept"))
        })
        .collect();
    let refused = fixture
        .db
        .submit::<_, Error, _>(|conn, _| insert(conn, "refused"));
    assert!(matches!(refused.wait(), Err(Error::Busy)));
    go.send(()).unwrap();
    for pending in kept {
        pending.wait().unwrap();
    }
    assert_eq!(fixture.texts(), ["kept", "kept"]);
}

#[tokio::test]
async fn an_answer_can_be_waited_for_on_a_thread_of_a_runtime() {
    let fixture = Fixture::new();
    let go = fixture.hold_writer();
    let pending = fixture
        .db
        .submit::<_, Error, _>(|conn, _| insert(conn, "waited for"));
    let release = std::thread::spawn(move || go.send(()));
    pending.wait().unwrap();
    release.join().unwrap().unwrap();
    assert_eq!(fixture.texts(), ["waited for"]);
}

#[tokio::test]
async fn a_task_may_wait_as_often_as_it_likes() {
    let fixture = Fixture::new();
    // More often than a task of the runtime may poll before it must give way.
    for _ in 0..1000 {
        fixture
            .db
            .read::<_, Error, _>(|_| Ok(()))
            .wait()
            .expect("a read");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_means_that_readers_see_it() {
    let fixture = Fixture::new();
    for n in 1..=50 {
        fixture
            .db
            .submit::<_, Error, _>(|conn, _| insert(conn, "seen"))
            .await
            .unwrap();
        let seen = fixture.db.read::<_, Error, _>(crate::texts).await.unwrap();
        assert_eq!(seen.len(), n);
    }
}
