//! Applications, accounts and tokens.

use super::state::{AccountRow, State};
use crate::act::{Error, Result};
use crate::rows::{Account, AccountChange, App, Deleted, NewAccount, NewApp, TokenOwner};
use lacuna_domain::{
    AccountId, AppId, ConversationId, ConversationKey, GroupId, Millis, Name, Version,
};
use std::collections::BTreeSet;

impl State {
    pub(super) fn create_app(&mut self, app: NewApp) -> Result<App> {
        let same = |old: &App| {
            let old = &old.settings;
            (&old.org, &old.name) == (&app.org, &app.name) || old.client_id == app.client_id
        };
        if self.apps.values().any(same) {
            return Err(Error::NameTaken);
        }
        self.counters.app += 1;
        let app = App {
            id: AppId(self.counters.app),
            settings: app,
        };
        self.apps.insert(app.id, app.clone());
        Ok(app)
    }

    pub(super) fn change_apps(&mut self, apps: Vec<App>) -> Result<()> {
        let mut changed = self.apps.clone();
        for App { id, settings } in apps {
            if let Some(old) = changed.get_mut(&id) {
                let (org, name) = (old.settings.org.clone(), old.settings.name.clone());
                old.settings = NewApp {
                    org,
                    name,
                    ..settings
                };
            }
        }
        let clients: BTreeSet<_> = changed
            .values()
            .map(|app| &app.settings.client_id)
            .collect();
        if clients.len() < changed.len() {
            return Err(Error::NameTaken);
        }
        self.apps = changed;
        Ok(())
    }

    /// Whether a user or a group, one that ended included, has the name.
    pub(super) fn name_taken(&self, app: AppId, name: &Name) -> bool {
        let group = ConversationKey::Group(GroupId::new(name.as_str()));
        self.account_named(app, name).is_some() || self.conversation_keyed(app, &group).is_some()
    }

    pub(super) fn create_accounts(
        &mut self,
        app: AppId,
        accounts: Vec<NewAccount>,
        now: Millis,
    ) -> Result<Vec<Account>> {
        let names: BTreeSet<&Name> = accounts.iter().map(|account| &account.name).collect();
        if names.len() < accounts.len() || names.iter().any(|name| self.name_taken(app, name)) {
            return Err(Error::NameTaken);
        }
        let mut created = Vec::new();
        for profile in accounts {
            self.counters.account += 1;
            let account = Account {
                id: AccountId(self.counters.account),
                app,
                profile,
                created: now,
                modified: now,
                active: true,
            };
            let row = AccountRow {
                account: account.clone(),
                version: Version(0),
                had_device: false,
            };
            self.accounts.insert(account.id, row);
            created.push(account);
        }
        Ok(created)
    }

    pub(super) fn accounts_after(
        &self,
        app: AppId,
        after: AccountId,
        limit: usize,
    ) -> Vec<Account> {
        let all = self.accounts.values().map(|row| &row.account);
        all.filter(|account| account.app == app && account.id > after)
            .take(limit)
            .cloned()
            .collect()
    }

    /// The id of a name.
    pub(super) fn registered(&self, app: AppId, name: &Name) -> Result<AccountId> {
        self.account_named(app, name)
            .map(|account| account.id)
            .ok_or_else(|| Error::NoAccount(name.clone()))
    }

    pub(super) fn change_account(
        &mut self,
        app: AppId,
        name: &Name,
        change: AccountChange,
        now: Millis,
    ) -> Result<Account> {
        let id = self.registered(app, name)?;
        let row = self.accounts.get_mut(&id).ok_or(Error::Closed)?;
        row.account.modified = now;
        match change {
            AccountChange::Nickname(nickname) => row.account.profile.nickname = nickname,
            AccountChange::Password(hash) => {
                row.account.profile.password_hash = hash;
                self.tokens.retain(|_, token| token.account != Some(id));
            }
            AccountChange::Active(active) => {
                row.account.active = active;
                if !active {
                    self.tokens.retain(|_, token| token.account != Some(id));
                }
            }
        }
        Ok(row.account.clone())
    }

    pub(super) fn delete_account(
        &mut self,
        app: AppId,
        name: &Name,
        alias: Option<&Name>,
        now: Millis,
    ) -> Result<Deleted> {
        let id = self.registered(app, name)?;
        if self.is_account_held(id) {
            return Err(Error::Held(name.clone()));
        }
        let seen: Vec<_> = self
            .views_of(id)
            .map(|(conversation, row, log)| (conversation, row.view.window(&log.log)))
            .map(|(conversation, (low, high))| (conversation, low, high))
            .collect();
        if let Some(alias) = alias {
            let rooms = self.room_past.iter().filter(|(account, _)| *account == id);
            let wrote: BTreeSet<ConversationId> = seen
                .iter()
                .map(|(conversation, ..)| *conversation)
                .chain(rooms.map(|(_, room)| *room))
                .collect();
            for conversation in wrote {
                self.leave_renaming(conversation, (name, alias), now);
            }
        }
        self.room_past.retain(|(account, _)| *account != id);
        self.markers.extend(seen);
        self.tokens.retain(|_, token| token.account != Some(id));
        let devices: BTreeSet<_> = self.devices_of(id).map(|row| row.device.id).collect();
        self.devices.retain(|device, _| !devices.contains(device));
        self.cursors
            .retain(|(device, _), _| !devices.contains(device));
        self.views.retain(|(account, _), _| *account != id);
        self.events.retain(|(account, _), _| *account != id);
        self.drop_account_records(app, id, name);
        self.discard_files_of(id);
        let row = self.accounts.remove(&id).ok_or(Error::Closed)?;
        Ok(Deleted {
            account: row.account,
        })
    }

    pub(super) fn token_owner(&self, sha256: [u8; 32], now: Millis) -> Option<TokenOwner> {
        let token = self.tokens.get(&sha256)?;
        if token.expires.is_some_and(|end| now >= end) {
            return None;
        }
        let account = match token.account {
            Some(id) => {
                let account = &self.accounts.get(&id)?.account;
                Some(account.active.then(|| account.clone())?)
            }
            None => None,
        };
        Some(TokenOwner {
            app: token.app,
            account,
            expires: token.expires,
        })
    }
}
