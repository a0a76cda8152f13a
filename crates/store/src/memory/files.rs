//! Files, and which bodies and groups have them.

use super::MemoryStore;
use super::state::State;
use crate::act::{Error, FileStore, Result};
use crate::rows::{DoomedFile, File, FileContent, NewFile, RecordKind};
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
    /// None while a message speaks of it or a group shares it.
    due: Option<Millis>,
    tries: u32,
}

impl FileRow {
    /// Whether it is a whole file of the application.
    fn is_whole(&self, app: AppId) -> bool {
        !self.doomed && self.file.content.is_some() && self.file.app == app
    }

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
            if let Some(row) = row.filter(|row| row.is_whole(app)) {
                row.due = None;
                self.refs.insert((body, *id));
            }
        }
    }

    /// What one body spoke of is what another speaks of.
    pub(super) fn move_refs(&mut self, from: Pos, to: Pos) {
        let all = (from, FileId(0))..=(from, FileId(u128::MAX));
        let moved: Vec<FileId> = self.refs.range(all).map(|(_, file)| *file).collect();
        for file in moved {
            self.refs.remove(&(from, file));
            self.refs.insert((to, file));
        }
    }

    /// Notes that a group shares a file, under the key of its record. Such a one that is not whole, or not of its application,
    /// is nothing.
    pub(super) fn share(&mut self, app: AppId, file: &str) {
        let row = FileId::parse(file).and_then(|id| self.rows.get_mut(&id));
        if let Some(row) = row.filter(|row| row.is_whole(app)) {
            row.due = None;
        }
    }
}

impl State {
    /// A body is overwritten: the files that nothing else has are doomed with it.
    pub(super) fn release_files(&mut self, body: Pos) {
        let all = (body, FileId(0))..=(body, FileId(u128::MAX));
        let refs = &mut self.files.refs;
        let released: Vec<FileId> = refs.range(all).map(|(_, file)| *file).collect();
        for file in released {
            self.files.refs.remove(&(body, file));
            self.release_file(file);
        }
    }

    /// The record of a shared file is gone: the file is doomed with it if nothing else has it.
    pub(super) fn unshare(&mut self, file: &str) {
        if let Some(file) = FileId::parse(file) {
            self.release_file(file);
        }
    }

    fn release_file(&mut self, id: FileId) {
        let key = id.to_string();
        let Some(row) = self.files.rows.get_mut(&id) else {
            return;
        };
        let (app, mut records) = (row.file.app, self.records.iter());
        let sent = self.files.refs.iter().any(|(_, file)| *file == id);
        let shared = records.any(|(record, row)| {
            record.kind == RecordKind::SharedFile && record.key == key && row.app == app
        });
        if row.due.is_none() && !sent && !shared {
            row.doom(Millis(0));
        }
    }

    /// What a deleted account uploaded and no message speaks of is doomed.
    pub(super) fn discard_files_of(&mut self, account: AccountId) {
        let rows = self.files.rows.values_mut();
        for row in rows.filter(|row| row.file.account == Some(account) && row.due.is_some()) {
            row.doom(Millis(0));
        }
    }
}
