//! Files with a key.

use crate::open;
use lacuna_sqlite::{Error, Key, Options};
use tempfile::TempDir;

fn with_key(byte: u8) -> Options {
    Options {
        key: Some(Key::new([byte; 32])),
        ..Options::default()
    }
}

#[cfg(not(feature = "encryption"))]
#[test]
fn a_build_without_encryption_takes_no_key() {
    let dir = TempDir::new().unwrap();
    let refused = open(&dir, &with_key(1));
    assert!(matches!(refused, Err(Error::NoEncryption)));
    assert_eq!(dir.path().read_dir().unwrap().count(), 0, "nothing is made");
}

#[cfg(feature = "encryption")]
mod on {
    use super::*;
    use crate::{Fixture, insert, texts};
    use std::fs::OpenOptions;
    use std::os::unix::fs::FileExt as _;

    const NEEDLE: &str = "nobody but this test writes these words";

    /// Writes the needle. Says whether it is found in the log, and after a checkpoint in the file.
    fn found(options: &Options) -> (bool, bool) {
        let fixture = Fixture::with(options);
        for _ in 0..100 {
            let act = |conn: &_, _: &mut _| insert(conn, NEEDLE);
            fixture
                .db
                .submit::<_, Error, _>(act)
                .wait()
                .expect("an act");
        }
        assert_eq!(fixture.texts().len(), 100);
        let has = |name: &str| {
            let bytes = std::fs::read(fixture.path(name)).expect("the file");
            assert!(bytes.len() > 4096, "{name} holds something");
            let needle = NEEDLE.as_bytes();
            bytes.windows(needle.len()).any(|window| window == needle)
        };
        let log = has("db-wal");
        assert!(fixture.db.checkpoint_truncate().expect("a checkpoint"));
        (log, has("db"))
    }

    #[test]
    fn content_is_in_no_file() {
        assert_eq!(found(&Options::default()), (true, true), "without a key");
        assert_eq!(found(&with_key(1)), (false, false));
    }

    /// A closed file with the needle.
    fn written(options: &Options) -> TempDir {
        let Fixture { db, dir } = Fixture::with(options);
        let act = |conn: &_, _: &mut _| insert(conn, NEEDLE);
        db.submit::<_, Error, _>(act).wait().expect("an act");
        drop(db);
        dir
    }

    #[test]
    fn only_the_key_of_the_file_opens_it() {
        let check = |made: &Options, other: &Options| {
            let dir = written(made);
            let bytes = || std::fs::read(dir.path().join("db")).unwrap();
            let before = bytes();
            let refused = open(&dir, other).unwrap_err();
            assert!(matches!(refused, Error::WrongKey(_)), "{refused:?}");
            assert!(!refused.is_damaged(), "nobody may throw it away");
            assert!(bytes() == before, "the file is as it was");
            let db = open(&dir, made).unwrap();
            assert_eq!(db.read::<_, Error, _>(texts).wait().unwrap(), [NEEDLE]);
        };
        check(&with_key(1), &with_key(2));
        check(&with_key(1), &Options::default());
        check(&Options::default(), &with_key(1));
    }

    #[test]
    fn a_damaged_page_is_found() {
        let Fixture { db, dir } = Fixture::with(&with_key(1));
        let text = "x".repeat(2000);
        for _ in 0..100 {
            let text = text.clone();
            db.submit::<_, Error, _>(move |conn, _| insert(conn, &text))
                .wait()
                .unwrap();
        }
        assert!(db.check().wait().unwrap());
        drop(db);
        let file = OpenOptions::new().write(true).open(dir.path().join("db"));
        file.unwrap().write_all_at(&[0x5a; 64], 20 * 4096).unwrap();
        let db = open(&dir, &with_key(1)).unwrap();
        assert!(!db.check().wait().unwrap());
        let read = db.read::<_, Error, _>(texts).wait().unwrap_err();
        assert!(read.is_damaged(), "{read:?}");
    }
}
