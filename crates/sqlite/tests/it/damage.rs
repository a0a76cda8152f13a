//! Files that are damaged.

use crate::{Fixture, insert, open, texts};
use lacuna_sqlite::{Error, Options};
use std::fs::OpenOptions;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::time::Duration;

const PAGE: u64 = 4096;

/// A closed file of many pages.
fn filled() -> Fixture {
    let fixture = Fixture::new();
    fill(&fixture);
    fixture.db.close();
    fixture
}

fn fill(fixture: &Fixture) {
    let text = "x".repeat(1000);
    fixture
        .db
        .submit::<_, Error, _>(move |conn, _| {
            for _ in 0..2000 {
                insert(conn, &text)?;
            }
            Ok(())
        })
        .wait()
        .expect("an act");
}

/// Overwrites so many bytes.
fn overwrite(path: &Path, from: u64, length: usize) {
    let file = OpenOptions::new().write(true).open(path);
    let noise = vec![0x5a; length];
    let written = file.and_then(|file| file.write_all_at(&noise, from));
    written.expect("the file is there");
}

#[test]
fn a_damaged_beginning_is_told_when_it_is_opened() {
    for length in [16, 100, 4096] {
        let Fixture { db, dir } = filled();
        drop(db);
        overwrite(&dir.path().join("db"), 0, length);
        let error = open(&dir, &Options::default()).unwrap_err();
        if cfg!(feature = "encryption") {
            assert!(matches!(error, Error::WrongKey(_)), "{error:?}");
        } else {
            assert!(error.is_damaged() && error.is_io(), "{error:?}");
        }
    }
}

#[test]
fn a_damaged_schema_is_told_when_it_is_opened() {
    let Fixture { db, dir } = filled();
    drop(db);
    overwrite(&dir.path().join("db"), 100, 3996);
    let error = open(&dir, &Options::default()).unwrap_err();
    assert!(error.is_damaged(), "{error:?}");
}

#[test]
fn a_damaged_middle_is_told_by_a_check_and_by_a_read() {
    let Fixture { db, dir } = filled();
    drop(db);
    let sound = open(&dir, &Options::default()).unwrap();
    assert!(sound.check().wait().unwrap());
    drop(sound);
    overwrite(&dir.path().join("db"), 100 * PAGE, 4096);
    let db = open(&dir, &Options::default()).unwrap();
    assert!(!db.check().wait().unwrap());
    let read = db.read::<_, Error, _>(texts).wait().unwrap_err();
    assert!(read.is_damaged(), "{read:?}");
    assert!(!Error::Timeout.is_damaged());
}

#[test]
fn a_check_may_take_longer_than_a_read() {
    let fixture = Fixture::with(&Options {
        read_time_max: Duration::ZERO,
        ..Options::default()
    });
    fill(&fixture);
    let bounded = fixture.db.read::<String, Error, _>(|conn| {
        Ok(conn.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?)
    });
    assert!(matches!(bounded.wait(), Err(Error::Timeout)));
    assert!(fixture.db.check().wait().unwrap());
    // The next read is bounded again.
    let read = fixture.db.read::<_, Error, _>(texts);
    assert!(matches!(read.wait(), Err(Error::Timeout)));
}
