//! Devices, and the world at rest.

use super::rng::{Rng, index};
use super::world::World;
use anyhow::{Context, Result, bail, ensure};
use lacuna_domain::{ConversationId, DeviceId, Pos};
use lacuna_sdk::transport::frames;
use lacuna_store::Store as _;
use pollster::block_on;
use std::collections::BTreeSet;

/// Devices are looked at after every so many of their steps.
const LOOK_EVERY: u64 = 8;
/// Steps until the world is at rest, at most.
const REST_STEPS_MAX: u32 = 200_000;

impl World {
    /// The messages of the server that a device holds.
    pub(crate) fn held(&self, nth: usize) -> Result<BTreeSet<Pos>> {
        let messages = self.phones[nth].look()?.messages(None)?;
        let ids = messages.iter().map(|message| message.id);
        Ok(ids.filter(|id| !id.is_local()).collect())
    }

    pub(crate) fn check_phone_soon(&self, nth: usize) -> Result<()> {
        if self.steps.is_multiple_of(LOOK_EVERY) {
            return self.check_phone(nth);
        }
        Ok(())
    }

    /// INVARIANT L1: a device that has applied a version holds nothing that was deleted up to it.
    pub(crate) fn check_phone(&self, nth: usize) -> Result<()> {
        let phone = &self.phones[nth];
        let account = self.users[phone.user].account.id;
        let Some(gone) = self.model.gone.get(&account) else {
            return Ok(());
        };
        let version = phone.look()?.version()?;
        for pos in self.held(nth)? {
            if let Some(gone) = gone.get(&pos)
                && gone.version <= version
            {
                bail!(
                    "L1: {} holds {pos}, deleted at version {}, and has applied {version}",
                    phone.resource,
                    gone.version
                );
            }
        }
        Ok(())
    }

    /// What the local list says of itself must be what its messages say.
    fn check_local_list(&self, nth: usize) -> Result<()> {
        let phone = &self.phones[nth];
        let device = phone.look()?;
        for conversation in device.list()? {
            let messages = device.messages(Some(conversation.target.clone()))?;
            let unread = messages.iter().filter(|message| !message.is_read).count();
            let latest = messages.first().map(|message| message.id);
            let told = conversation.latest.as_ref().map(|message| message.id);
            ensure!(
                latest == told && usize::try_from(conversation.unread).ok() == Some(unread),
                "L6: {} says of {} that {told:?} is its last message and {} are unread; these are {latest:?} and {unread}",
                phone.resource,
                conversation.target.id(),
                conversation.unread
            );
        }
        Ok(())
    }

    /// INVARIANT L5: at rest a device holds nothing but what its user sees, and everything that is due to it.
    /// What was deleted quietly is known after the next login (`strict`) at the latest.
    fn check_at_rest(&self, nth: usize, strict: bool) -> Result<()> {
        self.check_phone(nth)?;
        self.check_local_list(nth)?;
        let phone = &self.phones[nth];
        let account = self.users[phone.user].account.id;
        let (held, seen) = (self.held(nth)?, self.model.seen(account));
        let more = held.difference(&seen);
        let version = phone.look()?.version()?;
        let gone = self.model.gone.get(&account);
        let untold = |pos: &Pos| {
            let gone = gone.and_then(|gone| gone.get(pos));
            // A quiet deletion that covers one with a notice takes the notice with it.
            let quiet = |id: ConversationId| {
                let origins = self.model.origins.get(&(account, id));
                origins.is_some_and(|origins| origins.contains(&None))
            };
            gone.is_some_and(|gone| {
                let told = !gone.quiet && !quiet(gone.conversation) && !phone.unanswered;
                !told && gone.version > version
            })
        };
        let more = more.filter(|pos| !self.model.retired.contains(pos));
        let more = more.filter(|pos| !self.model.lost.contains(pos));
        let more: Vec<&Pos> = more.filter(|pos| strict || !untold(pos)).collect();
        ensure!(
            more.is_empty(),
            "L5: {} holds {more:?}, which its user does not see",
            phone.resource
        );
        if !phone.complete {
            return Ok(());
        }
        let devices = block_on(self.store.devices(account))?;
        let own = devices
            .iter()
            .find(|device| device.login.resource == phone.resource);
        let own = own.map_or(DeviceId::NONE, |device| device.id);
        let due = |pos: &&Pos| {
            // A device that reads what it lacks goes by the list: it leaves out what was taken off that.
            !phone.here.contains(pos)
                && !self.model.undone.contains(&(account, **pos))
                && self.model.is_listed(account, **pos)
                && !self.model.unheard.contains(&(account, **pos))
                && self.model.messages.get(pos).is_none_or(|of| *of != own)
        };
        let missing: Vec<&Pos> = seen.difference(&held).filter(due).collect();
        ensure!(
            missing.is_empty(),
            "L5: {} lacks {missing:?}, which its user sees",
            phone.resource
        );
        Ok(())
    }

    // --- at rest ----------------------------------------------------------------------------------------------------

    /// Lets everything arrive, first with the connections there are and then with new ones, and compares everything.
    pub(crate) fn settle(&mut self, pick: u64) -> Result<()> {
        // A login may find that its token has ended, or that a session before it is still there.
        for _ in 0..3 {
            for nth in 0..self.phones.len() {
                if self.phones[nth].conn.is_none() {
                    self.connect(nth)?;
                }
            }
            self.rest(pick)?;
        }
        self.compare_all(pick, false)
            .context("with the connections there were")?;
        for nth in 0..self.phones.len() {
            self.connect(nth)?;
        }
        self.rest(pick)?;
        self.compare_all(pick, true)
            .context("with new connections")?;
        for phone in &mut self.phones {
            phone.unanswered = false;
        }
        self.read_all(pick)
    }

    /// Everything arrives; keepalives come, since a lost publication is found by the next.
    fn rest(&mut self, pick: u64) -> Result<()> {
        let mut rng = Rng::new(pick);
        for _ in 0..2 {
            for nth in 0..self.phones.len() {
                let device = self.phones[nth].look()?;
                if device.is_in() {
                    let frame = frames::unread();
                    self.write(nth, frame);
                }
            }
            let mut left = REST_STEPS_MAX;
            while self.go(rng.next())? {
                left -= 1;
                ensure!(left > 0, "it does not come to rest");
            }
        }
        Ok(())
    }

    fn compare_all(&mut self, pick: u64, strict: bool) -> Result<()> {
        self.observe()?;
        self.store.check()?;
        for user in 0..self.users.len() {
            let account = self.users[user].account.id;
            self.compare(account, pick)?;
            self.compare_facts(account, pick >> 4)?;
        }
        for nth in 0..self.phones.len() {
            ensure!(
                self.phones[nth].look()?.is_in(),
                "{} is not let in",
                self.phones[nth].resource
            );
            self.check_at_rest(nth, strict)?;
        }
        Ok(())
    }

    /// Every device reads all of the history, as an app would that shows it: then it holds exactly what its user sees.
    fn read_all(&mut self, pick: u64) -> Result<()> {
        for nth in 0..self.phones.len() {
            self.read_history(nth, 1 + index(pick >> 20, 6))?;
            self.phones[nth].here.clear();
            let account = self.users[self.phones[nth].user].account.id;
            let (mut held, mut seen) = (self.held(nth)?, self.model.seen(account));
            let known = |pos: &Pos| !self.model.undone.contains(&(account, *pos));
            held.retain(|pos| known(pos) && !self.model.retired.contains(pos));
            held.retain(|pos| !self.model.lost.contains(pos));
            seen.retain(known);
            ensure!(
                held == seen,
                "L5: {} has read everything and holds {:?} too much, {:?} too little",
                self.phones[nth].resource,
                held.difference(&seen).collect::<Vec<_>>(),
                seen.difference(&held).collect::<Vec<_>>()
            );
            self.check_local_list(nth)?;
        }
        Ok(())
    }
}
