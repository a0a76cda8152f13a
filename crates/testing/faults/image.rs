//! What a process wrote and synced, and the disks that a power cut may leave of it. Included by the tests that need it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// Written as one or not at all.
const SECTOR: usize = 512;

/// Something that happened to a file.
#[derive(Clone, Debug)]
pub(crate) struct Note {
    /// `C` created, `W` written, `T` cut, `S` synced, `R` removed.
    pub(crate) kind: char,
    pub(crate) path: PathBuf,
    offset: usize,
    pub(crate) data: Vec<u8>,
    /// Where its note ends in the journal.
    pub(crate) end: u64,
}

impl Note {
    /// Whether it is about memory that connections share: no power cut leaves any of it.
    pub(crate) fn is_shared_memory(&self) -> bool {
        self.path.to_string_lossy().ends_with("-shm")
    }
}

/// All of it, in order.
pub(crate) struct Journal {
    pub(crate) notes: Vec<Note>,
}

impl Journal {
    pub(crate) fn read(path: &Path) -> Self {
        let bytes = std::fs::read(path).unwrap();
        let (mut rest, mut notes) = (bytes.as_slice(), Vec::new());
        while !rest.is_empty() {
            let (head, after) = rest.split_at(32);
            let number = |nth: usize| {
                let number = u64::from_le_bytes(head[nth * 8..nth * 8 + 8].try_into().unwrap());
                usize::try_from(number).unwrap()
            };
            let (path, after) = after.split_at(number(1));
            let (data, after) = after.split_at(number(3));
            notes.push(Note {
                kind: char::from(u8::try_from(number(0)).unwrap()),
                path: std::str::from_utf8(path).unwrap().into(),
                offset: number(2),
                data: data.to_vec(),
                end: u64::try_from(bytes.len() - after.len()).unwrap(),
            });
            rest = after;
        }
        Self { notes }
    }
}

/// What is left of what was not synced.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Left {
    Nothing,
    /// So many sectors, in the order in which they were written.
    Beginning(usize),
    /// Any, in any order.
    Shuffled,
}

#[derive(Clone, Debug, Default)]
struct Content {
    bytes: Vec<u8>,
    /// Whether its name is in the folder for good.
    named: bool,
}

/// The files of a folder: what is synced, and what came after that.
pub(crate) struct Disk {
    files: BTreeMap<PathBuf, Content>,
    pending: Vec<Note>,
    random: u64,
}

impl Disk {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            files: BTreeMap::new(),
            pending: Vec::new(),
            random: seed | 1,
        }
    }

    /// Something happened.
    pub(crate) fn take(&mut self, note: &Note) {
        if note.kind != 'S' {
            self.pending.extend(sectors(note));
            return;
        }
        // A file's sync is for its content, a folder's for the names in it.
        let of = |pending: &Note| match pending.kind {
            'C' | 'R' => pending.path.parent() == Some(&note.path),
            _ => pending.path == note.path,
        };
        let (synced, rest) = std::mem::take(&mut self.pending).into_iter().partition(of);
        self.pending = rest;
        let synced: Vec<Note> = synced;
        for note in &synced {
            apply(&mut self.files, note);
        }
    }

    /// How much is not synced.
    pub(crate) fn sectors(&self) -> usize {
        self.pending.len()
    }

    /// A folder as a power cut leaves it.
    pub(crate) fn image(&mut self, left: Left) -> TempDir {
        let mut files = self.files.clone();
        let mut survive = self.pending.clone();
        match left {
            Left::Nothing => survive.clear(),
            Left::Beginning(count) => survive.truncate(count),
            Left::Shuffled => {
                survive.retain(|_| self.coin());
                let many = survive.len();
                for nth in 1..many {
                    let other = usize::try_from(self.next() % 1_000_003).unwrap() % (nth + 1);
                    survive.swap(nth, other);
                }
            }
        }
        for note in &survive {
            apply(&mut files, note);
        }
        // In memory where there is such a folder: the disks are many.
        let folder = tempfile::tempdir_in("/dev/shm")
            .or_else(|_| tempfile::tempdir())
            .unwrap();
        for (path, content) in files.into_iter().filter(|(_, content)| content.named) {
            let name = path.file_name().unwrap();
            std::fs::write(folder.path().join(name), content.bytes).unwrap();
        }
        folder
    }

    fn next(&mut self) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random
    }

    fn coin(&mut self) -> bool {
        self.next() & 64 == 0
    }
}

/// A write as writes of whole sectors.
fn sectors(note: &Note) -> Vec<Note> {
    if note.kind != 'W' {
        return vec![note.clone()];
    }
    let (mut rest, mut offset, mut all) = (note.data.as_slice(), note.offset, Vec::new());
    while !rest.is_empty() {
        let (sector, after) = rest.split_at(rest.len().min(SECTOR - offset % SECTOR));
        all.push(Note {
            kind: 'W',
            path: note.path.clone(),
            offset,
            data: sector.to_vec(),
            end: note.end,
        });
        offset += sector.len();
        rest = after;
    }
    all
}

fn apply(files: &mut BTreeMap<PathBuf, Content>, note: &Note) {
    let content = files.entry(note.path.clone()).or_default();
    match note.kind {
        'C' => content.named = true,
        'R' => drop(files.remove(&note.path)),
        'T' => content.bytes.resize(note.offset, 0),
        _ => {
            let end = note.offset + note.data.len();
            if content.bytes.len() < end {
                content.bytes.resize(end, 0);
            }
            content.bytes[note.offset..end].copy_from_slice(&note.data);
        }
    }
}
