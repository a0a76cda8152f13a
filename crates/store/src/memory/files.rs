//! Files, and which bodies speak of them.

use super::MemoryStore;
use super::state::State;
use crate::act::{Error, FileStore, Result};
use crate::rows::{DoomedFile, File, FileContent, NewFile};
use async_trait::async_trait;
use lacuna_domain::limits::FILES_UNSENT_MAX;
use lacuna_domain::{AccountId, AppId, FileId, Millis, Pos};
use std::collections::{BTreeMap, BTreeSet};

/// Files, and the bodies that speak of them.
#[derive(Clone, Debug, Default)]
pub(super) struct Files {
    rows: BTreeMap<FileId, FileRow>,
    refs: BTreeSet<(Pos, FileId)>,
}

#[derive(Clone, Debug)]
struct FileRow {
    file: File,
    doomed: bool,
    /// None while a message speaks of it.
    due: Option<Millis>,
    tries: u32,
}

impl FileRow {
    fn doom(&mut self, due: Millis) {
        self.doomed = true;
        self.due = Some(due);
    }
}

#[async_trait]
impl FileStore for MemoryStore {
    async fn add_file(&self, file: NewFile, now: Millis) -> Result<()> {
        self.act(|state| state.files.add(file, now))
    }

    async fn finish_file(&self, id: FileId, content: FileContent, due: Millis) -> Result<bool> {
        self.act(|state| {
            let row = state.files.rows.get_mut(&id);
            let uploading = row.filter(|row| !row.doomed && row.file.content.is_none());
            Ok(uploading
                .map(|row| {
                    row.file.content = Some(content);
                    row.due = Some(due);
                })
                .is_some())
        })
    }

    async fn file(&self, id: FileId) -> Result<Option<File>> {
        self.act(|state| {
            let row = state.files.rows.get(&id).filter(|row| !row.doomed);
            Ok(row.map(|row| row.file.clone()))
        })
    }

    async fn discard_file(&self, id: FileId) -> Result<()> {
        self.act(|state| {
            let row = state.files.rows.get_mut(&id);
            if let Some(row) = row.filter(|row| row.due.is_some()) {
                row.doom(Millis(0));
            }
            Ok(())
        })
    }

    async fn doomed_files(&self, now: Millis, limit: usize) -> Result<Vec<DoomedFile>> {
        self.act(|state| {
            let rows = state.files.rows.values_mut();
            let mut due: Vec<_> = rows
                .filter(|row| row.due.is_some_and(|due| due <= now))
                .collect();
            due.sort_by_key(|row| row.due);
            let taken = due.into_iter().take(limit).map(|row| {
                row.doomed = true;
                DoomedFile {
                    id: row.file.id,
                    tries: row.tries,
                }
            });
            Ok(taken.collect())
        })
    }

    async fn retry_file(&self, id: FileId, at: Millis) -> Result<()> {
        self.act(|state| {
            let row = state.files.rows.get_mut(&id).filter(|row| row.doomed);
            if let Some(row) = row {
                row.due = Some(at);
                row.tries += 1;
            }
            Ok(())
        })
    }

    async fn drop_file(&self, id: FileId) -> Result<()> {
        self.act(|state| {
            state
                .files
                .rows
                .retain(|other, row| *other != id || !row.doomed);
            Ok(())
        })
    }
}

impl Files {
    fn add(&mut self, file: NewFile, now: Millis) -> Result<()> {
        let unsent = |row: &&FileRow| {
            row.file.account == file.account && row.due.is_some_and(|due| due > Millis(0))
        };
        if file.account.is_some() && self.rows.values().filter(unsent).count() >= FILES_UNSENT_MAX {
            return Err(Error::LimitReached);
        }
        let row = FileRow {
            file: File {
                id: file.id,
                app: file.app,
                account: file.account,
                created: now,
                content: None,
            },
            doomed: false,
            due: Some(file.due),
            tries: 0,
        };
        self.rows.insert(file.id, row);
        Ok(())
    }

    /// Notes that a body speaks of files. Of those that are whole and of its application; others are nothing.
    pub(super) fn refer(&mut self, body: Pos, app: AppId, files: &[FileId]) {
        for id in files {
            let row = self.rows.get_mut(id);
            let whole = |row: &&mut FileRow| {
                !row.doomed && row.file.content.is_some() && row.file.app == app
            };
            if let Some(row) = row.filter(whole) {
                row.due = None;
                self.refs.insert((body, *id));
            }
        }
    }

    /// A body is overwritten: the files that no other speaks of are doomed with it.
    pub(super) fn release(&mut self, body: Pos) {
        let all = (body, FileId(0))..=(body, FileId(u128::MAX));
        let released: Vec<FileId> = self.refs.range(all).map(|(_, file)| *file).collect();
        for file in released {
            self.refs.remove(&(body, file));
            let kept = self.refs.iter().any(|(_, other)| *other == file);
            if let Some(row) = self.rows.get_mut(&file).filter(|_| !kept) {
                row.doom(Millis(0));
            }
        }
    }
}

impl State {
    /// What a deleted account uploaded and no message speaks of is doomed.
    pub(super) fn discard_files_of(&mut self, account: AccountId) {
        let rows = self.files.rows.values_mut();
        for row in rows.filter(|row| row.file.account == Some(account) && row.due.is_some()) {
            row.doom(Millis(0));
        }
    }
}
