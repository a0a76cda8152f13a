//! Crashes, copies and new beginnings.

use super::world::{World, folder, sqlite, start};
use anyhow::{Result, bail};
use lacuna_domain::Clock as _;
use lacuna_store::sqlite::SqliteStore;
use lacuna_store::{GroupSettings, NewGroup, Store as _};
use pollster::block_on;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

impl World {
    /// The server's process is killed and starts again: who was connected, what was on its way and cursors that were not
    /// written are lost; what was committed is not.
    pub(crate) fn crash_server(&mut self) -> Result<()> {
        self.wires.clear();
        for call in std::mem::take(&mut self.calls) {
            self.fail_call(&call)?;
        }
        for phone in &mut self.phones {
            phone.conn = None;
            phone.coming.clear();
            phone.device()?.disconnect();
        }
        if let Some(place) = &self.place {
            let copy = folder()?;
            copy_files(place.path(), copy.path())?;
            let store = SqliteStore::open(copy.path(), sqlite())?;
            drop(self.store.replace(Arc::new(store)));
            self.place = Some(copy);
            self.align()?;
        }
        self.node = start(&self.store, &self.clock);
        Ok(())
    }

    /// A store that was opened again goes on after the whole millisecond of its last position, and the one beside it in the
    /// middle of that: one position more, of a later millisecond, and they go on alike.
    fn align(&mut self) -> Result<()> {
        let (last, now) = (block_on(self.store.last_pos_beside())?, self.clock.now());
        let behind = last.time().0.saturating_sub(now.0);
        self.now.fetch_add(behind + 1, Ordering::SeqCst);
        let group = NewGroup {
            app: self.app.id,
            owner: self.users[0].name.clone(),
            settings: GroupSettings::default(),
        };
        block_on(self.store.create_group(group, self.clock.now()))?;
        self.observe()
    }

    /// A device's process is killed, now or (`hard`) with its files as they are on the disk at this moment.
    pub(crate) fn crash_phone(&mut self, nth: usize, hard: bool) -> Result<()> {
        self.cut(nth, usize::MAX)?;
        let mut phone = self.phones.remove(nth);
        if hard {
            let image = folder()?;
            copy_files(phone.folder.path(), image.path())?;
            phone.device = None;
            phone.folder = image;
        }
        let started = self.start_phone(&mut phone);
        self.phones.insert(nth, phone);
        started
    }

    pub(crate) fn back_up(&mut self, nth: usize) -> Result<()> {
        let copy = folder()?;
        let phone = &mut self.phones[nth];
        copy_files(phone.folder.path(), copy.path())?;
        phone.backup = Some((copy, phone.complete));
        Ok(())
    }

    /// Puts the copy, or with `fresh` nothing, in the place of a device's files.
    pub(crate) fn restore(&mut self, nth: usize, fresh: bool) -> Result<()> {
        let (copy, complete) = if fresh {
            (folder()?, false)
        } else if let Some(backup) = self.phones[nth].backup.take() {
            backup
        } else {
            return Ok(());
        };
        self.cut(nth, usize::MAX)?;
        let mut phone = self.phones.remove(nth);
        phone.device = None;
        phone.folder = copy;
        phone.complete = complete && !fresh;
        phone.last_frame = None;
        let started = self.start_phone(&mut phone);
        self.phones.insert(nth, phone);
        started
    }

    /// The account is deleted, its name registered by somebody else, who has devices of their own.
    pub(crate) fn register_again(&mut self, user: usize) -> Result<()> {
        let name = self.users[user].name.clone();
        block_on(self.service().delete_user(&self.app, name.as_str()))?;
        self.users[user] = self.register(&name)?;
        for nth in 0..self.phones.len() {
            if self.phones[nth].user == user {
                self.restore(nth, true)?;
                let phone = &mut self.phones[nth];
                phone.backup = None;
                phone.here.clear();
            }
        }
        self.observe()
    }
}

/// Copies files as they are at this moment, though a process may have them open.
fn copy_files(from: &Path, to: &Path) -> Result<()> {
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let goal = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            std::fs::create_dir_all(&goal)?;
            copy_files(&entry.path(), &goal)?;
        } else if !entry.file_name().to_string_lossy().ends_with("-shm") {
            std::fs::copy(entry.path(), goal)?;
        }
    }
    if !to.exists() {
        bail!("{} was not copied", from.display());
    }
    Ok(())
}
