//! Crashes, copies and new beginnings.

use super::world::{Backup, NODE, World, folder, start, stores};
use anyhow::{Context as _, Result, bail};
use lacuna_domain::{Clock as _, Version};
use lacuna_store::memory::MemoryStore;
use lacuna_store::{GroupSettings, NewGroup, Store as _};
use pollster::block_on;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use tempfile::TempDir;

/// How long it takes to put a server back.
const PUT_BACK_MS: u64 = 3_600_000;

impl World {
    /// The server's process is killed and starts again: who was connected, what was on its way and cursors that were not
    /// written are lost; what was committed is not.
    pub(crate) fn crash_server(&mut self) -> Result<()> {
        self.end_server()?;
        let place = self.place.as_ref();
        let place = place.map(|place| copied(place.path())).transpose()?;
        let memory = self.memory.copy(NODE, Version::starting(self.clock.now()));
        self.begin_server(place, memory)
    }

    /// The server's files are copied.
    pub(crate) fn back_up_server(&mut self) -> Result<()> {
        let place = self.place.as_ref();
        self.backup = Some(Backup {
            place: place.map(|place| copied(place.path())).transpose()?,
            memory: self.memory.copy(NODE, Version::default()),
            groups: self.groups.clone(),
            threads: self.threads.clone(),
            model: self.model.clone(),
        });
        Ok(())
    }

    /// The server's files are replaced by the copy: nobody is told, and what was done since is lost.
    pub(crate) fn put_server_back(&mut self) -> Result<()> {
        let Some(backup) = self.backup.take() else {
            return Ok(());
        };
        self.end_server()?;
        self.now.fetch_add(PUT_BACK_MS, Ordering::SeqCst);
        let memory = backup
            .memory
            .copy(NODE, Version::starting(self.clock.now()));
        self.model.put_back(backup.model);
        self.groups = backup.groups;
        self.threads = backup.threads;
        self.begin_server(backup.place, memory)?;
        for user in &mut self.users {
            let account = block_on(self.store.account(self.app.id, &user.name))?;
            user.account = account.context("it was registered when the copy was made")?;
        }
        // What is new is newer than what was lost, as time goes by.
        self.align()
    }

    fn end_server(&mut self) -> Result<()> {
        self.wires.clear();
        for call in std::mem::take(&mut self.calls) {
            self.fail_call(&call)?;
        }
        for phone in &mut self.phones {
            phone.conn = None;
            phone.coming.clear();
            phone.device()?.disconnect();
        }
        Ok(())
    }

    fn begin_server(&mut self, place: Option<TempDir>, memory: MemoryStore) -> Result<()> {
        let memory = Arc::new(memory);
        let (main, beside) = stores(place.as_ref(), &memory, self.clock.now())?;
        let twin = beside.is_some();
        self.store.replace(main, beside);
        (self.memory, self.place) = (memory, place);
        if twin {
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

    /// The account is deleted, its name registered by somebody else, who has the devices as they are.
    pub(crate) fn register_again(&mut self, user: usize) -> Result<()> {
        let name = self.users[user].name.clone();
        block_on(self.service().delete_user(&self.app, name.as_str()))?;
        self.users[user] = self.register(&name)?;
        self.observe()
    }
}

fn copied(place: &Path) -> Result<TempDir> {
    let copy = folder()?;
    copy_files(place, copy.path())?;
    Ok(copy)
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
