//! Power cuts: what was acknowledged is there afterwards, to the letter, wherever the power goes.
//!
//! A child process writes while every write and sync of its files is noted, in order. From the notes come the disks that a
//! power cut may leave: what was synced is there; of the rest nothing, any beginning cut at 512 bytes, or any sectors in any
//! order. Each of them is opened as the product opens it. `LACUNA_POWER_ACTS` and `LACUNA_POWER_SEED` make it longer and
//! different.

use crate::faults::Faults;
use crate::image::{Disk, Journal, Left, Note};
use crate::{MIGRATIONS, insert};
use lacuna_sqlite::rusqlite::params;
use lacuna_sqlite::{Database, Error, Options};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::Write;
use std::num::NonZeroUsize;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;

const FOLDER: &str = "LACUNA_TEST_POWER";
const ACTS: u64 = 60;
const SEED: u64 = 5;
/// Disks with sectors in any order, for each cut.
const SHUFFLED: usize = 2;

fn setting(name: &str, default: u64) -> u64 {
    let text = std::env::var_os(name).and_then(|text| text.into_string().ok());
    text.map_or(default, |text| text.parse().expect(name))
}

/// The text of a note: its number says how long it is and what it holds.
fn text(number: u64) -> String {
    let length = [3, 40, 700, 5_000, 12_000][usize::try_from(number % 5).expect("small")];
    format!("note {number} ").repeat(length / 8 + 1)
}

fn options() -> Options {
    Options {
        readers: NonZeroUsize::MIN,
        wal_bytes_max: 64 * 1024,
        checkpoint_interval: Duration::from_millis(5),
        ..Options::default()
    }
}

fn open(folder: &Path) -> Result<Database, Error> {
    Database::open(&folder.join("db"), MIGRATIONS, &options(), |_| Ok(()))
}

/// Not a test by itself, but what the child does: notes are written and overwritten, a few at a time; what was submitted and
/// what was acknowledged is said in a file of its own.
#[test]
fn child() {
    let Some(folder) = std::env::var_os(FOLDER) else {
        return;
    };
    let folder = Path::new(&folder);
    let mut said = File::create(folder.join("said")).expect("a file");
    let mut say = |what: char, sign: char, number: u64| {
        said.write_all(format!("{what}{sign}{number}\n").as_bytes())
            .expect("it is said");
    };
    let db = open(folder).expect("a database");
    let (mut number, acts) = (0, setting("LACUNA_POWER_ACTS", ACTS));
    while number < acts {
        let mut pending = Vec::new();
        for _ in 0..=number % 4 {
            number += 1;
            let new = number;
            say('s', '+', new);
            let act = db.submit::<_, Error, _>(move |conn, ()| insert(conn, &text(new)).map(drop));
            pending.push(('+', new, act));
            if new % 3 == 0 {
                let old = new / 2;
                say('s', '-', old);
                let act = db.submit::<_, Error, _>(move |conn, ()| {
                    let sql = "UPDATE note SET text = '' WHERE id = ?1";
                    conn.execute(sql, params![i64::try_from(old).expect("small")])?;
                    Ok(())
                });
                pending.push(('-', old, act));
            }
        }
        for (sign, number, act) in pending {
            act.wait().expect("an act");
            say('a', sign, number);
        }
        if number % 16 < 3 {
            db.checkpoint_truncate().expect("a checkpoint");
        }
    }
    db.close();
}

/// What the child wrote, and synced, and said.
fn play() -> (TempDir, Journal) {
    let (folder, other) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let journal = other.path().join("journal");
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["power::child", "--exact"])
        .env(FOLDER, folder.path());
    let faults = Faults {
        folder: folder.path().to_owned(),
        journal: Some(journal.clone()),
        ..Faults::default()
    };
    faults.put(&mut command);
    let done = command.stdout(Stdio::null()).status().unwrap();
    assert!(done.success(), "the child did what it was told");
    let journal = Journal::read(&journal);
    (folder, journal)
}

/// What must hold of the notes at some moment.
#[derive(Clone, Default)]
struct Said {
    written: BTreeSet<u64>,
    overwritten: BTreeSet<u64>,
    /// Submitted, and not acknowledged so far.
    open: BTreeSet<(char, u64)>,
}

impl Said {
    fn hear(&mut self, data: &[u8]) {
        let line = std::str::from_utf8(data).unwrap().trim();
        let mut chars = line.chars();
        let (what, sign) = (chars.next().unwrap(), chars.next().unwrap());
        let number = chars.as_str().parse().unwrap();
        if what == 's' {
            self.open.insert((sign, number));
            return;
        }
        self.open.remove(&(sign, number));
        let kept = if sign == '+' {
            &mut self.written
        } else {
            &mut self.overwritten
        };
        kept.insert(number);
    }

    /// Why the notes on a disk are not what was said, if they are not.
    fn check(&self, disk: &Path) -> Result<(), String> {
        let db = open(disk).map_err(|error| format!("it does not open: {error:?}"))?;
        if !db.check().wait().map_err(|error| error.to_string())? {
            return Err("the file is damaged".to_owned());
        }
        let read = db.read::<_, Error, _>(|conn| {
            let mut query = conn.prepare("SELECT id, text FROM note")?;
            let rows = query.query_map([], |row| Ok((row.get::<_, i64>(0)?, row.get(1)?)))?;
            Ok(rows.collect::<Result<BTreeMap<i64, String>, _>>()?)
        });
        let notes = read.wait().map_err(|error| error.to_string())?;
        let mut left = notes.len();
        let all = self
            .open
            .iter()
            .filter(|open| open.0 == '+')
            .map(|open| open.1);
        for number in self.written.iter().copied().chain(all) {
            let acked = self.written.contains(&number);
            let Some(found) = notes.get(&i64::try_from(number).unwrap()) else {
                if acked {
                    return Err(format!("note {number} was acknowledged and is lost"));
                }
                continue;
            };
            left -= 1;
            let (gone, may_go) = (
                self.overwritten.contains(&number),
                self.open.contains(&('-', number)),
            );
            if found.is_empty() && !gone && !may_go {
                return Err(format!("note {number} was never overwritten and is"));
            }
            if !found.is_empty() && gone {
                return Err(format!("note {number} was overwritten and is back"));
            }
            if !found.is_empty() && *found != text(number) {
                return Err(format!("note {number} is another"));
            }
        }
        if left > 0 {
            return Err(format!("{left} notes that nobody wrote"));
        }
        Ok(())
    }
}

/// Cuts the power at every sync and after every answer. How many disks were looked at, and the first that is wrong.
fn cut_everywhere(journal: &Journal, syncs: bool) -> (usize, Option<String>) {
    let (mut disk, mut said, mut disks) = (
        Disk::new(setting("LACUNA_POWER_SEED", SEED)),
        Said::default(),
        0,
    );
    for (nth, note) in journal.notes.iter().enumerate() {
        let heard = note.path.ends_with("said");
        if matches!(note.kind, 'S' | 'R') || heard {
            let mut lefts = vec![Left::Nothing];
            if !heard {
                lefts.extend((1..=disk.sectors()).map(Left::Beginning));
                lefts.extend([Left::Shuffled; SHUFFLED]);
            }
            for left in lefts {
                let image = disk.image(left);
                disks += 1;
                if let Err(why) = said.check(image.path()) {
                    return (disks, Some(format!("note {nth}, {left:?}: {why}")));
                }
            }
        }
        match note {
            Note {
                kind: 'W', data, ..
            } if heard => said.hear(data),
            Note { kind: 'S', .. } if !syncs => {}
            note if heard || note.is_shared_memory() => {}
            note => disk.take(note),
        }
    }
    (disks, None)
}

#[test]
fn a_power_cut_takes_nothing_that_was_acknowledged() {
    let (_folder, journal) = play();
    let (disks, wrong) = cut_everywhere(&journal, true);
    eprintln!(
        "{} notes of what was written, {disks} disks looked at",
        journal.notes.len()
    );
    assert_eq!(wrong, None);
    assert!(disks > 500, "{disks} disks are too few");
}

/// The test of the test: as if nothing had ever been synced.
#[test]
fn a_store_that_does_not_sync_is_found_out() {
    let (_folder, journal) = play();
    let (disks, wrong) = cut_everywhere(&journal, false);
    assert!(wrong.is_some(), "{disks} disks, and all of them fine");
    eprintln!("after {disks} disks: {}", wrong.unwrap_or_default());
}
