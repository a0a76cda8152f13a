//! Groups.

use crate::client::Client;
use crate::error::{Error, Result};
use crate::types::{Group, GroupMember, NewGroup};
use lacuna_domain::limits::{MEMBER_BATCH_MAX, MEMBER_PAGE_MAX};
use lacuna_domain::{GroupId, Name};

/// The way to groups. Cloning shares it. All of it needs the server.
#[derive(Clone, Debug)]
pub struct Groups {
    client: Client,
}

impl Groups {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Creates a group that this user owns. 201, 110, 4, 204.
    pub async fn create(&self, group: NewGroup) -> Result<GroupId> {
        let login = self.client.logged_in()?;
        self.client
            .on_runtime(async move { login.rest.create_group(&login.caller(), &group).await })
            .await
    }

    /// A group. 201, 606.
    pub async fn group(&self, id: &GroupId) -> Result<Group> {
        let (login, id) = (self.client.logged_in()?, id.clone());
        self.client
            .on_runtime(async move { login.rest.group(&login.caller(), &id).await })
            .await
    }

    /// The groups that this user is in. 201.
    pub async fn joined(&self) -> Result<Vec<Group>> {
        let login = self.client.logged_in()?;
        self.client
            .on_runtime(async move { login.rest.joined_groups(&login.caller()).await })
            .await
    }

    /// A page of a group's members, from page 1, of at most 1,000. 201, 110, 606.
    pub async fn members(
        &self,
        id: &GroupId,
        page: usize,
        size: usize,
    ) -> Result<Vec<GroupMember>> {
        let (login, id) = (self.client.logged_in()?, id.clone());
        if page == 0 || !(1..=MEMBER_PAGE_MAX).contains(&size) {
            return Err(Error::invalid(format!(
                "pages count from 1 and have 1 to {MEMBER_PAGE_MAX} members"
            )));
        }
        self.client
            .on_runtime(async move { login.rest.members(&login.caller(), &id, page, size).await })
            .await
    }

    /// Joins a public group. 201, 601, 604, 606.
    pub async fn join(&self, id: &GroupId) -> Result<()> {
        let (login, id) = (self.client.logged_in()?, id.clone());
        self.client
            .on_runtime(async move { login.rest.join_group(&login.caller(), &id).await })
            .await
    }

    /// Leaves a group. Its conversation stays, and can be deleted. 201, 602, 606.
    pub async fn leave(&self, id: &GroupId) -> Result<()> {
        let (login, id) = (self.client.logged_in()?, id.clone());
        self.client
            .on_runtime(async move { login.rest.leave_group(&login.caller(), &id).await })
            .await
    }

    /// Dismisses a group that this user owns. 201, 210, 603, 606.
    pub async fn destroy(&self, id: &GroupId) -> Result<()> {
        let (login, id) = (self.client.logged_in()?, id.clone());
        self.client
            .on_runtime(async move { login.rest.destroy_group(&login.caller(), &id).await })
            .await
    }

    /// Invites users into a group. 201, 110, 204, 602, 603, 604, 606.
    pub async fn invite(&self, id: &GroupId, users: &[Name]) -> Result<()> {
        let (login, id) = (self.client.logged_in()?, id.clone());
        let users = batch(users)?;
        self.client
            .on_runtime(async move { login.rest.invite(&login.caller(), &id, &users).await })
            .await
    }

    /// Removes users from a group that this user owns. 201, 110, 602, 603, 606.
    pub async fn kick(&self, id: &GroupId, users: &[Name]) -> Result<()> {
        let (login, id) = (self.client.logged_in()?, id.clone());
        let users = batch(users)?;
        self.client
            .on_runtime(async move { login.rest.kick_members(&login.caller(), &id, &users).await })
            .await
    }
}

fn batch(users: &[Name]) -> Result<Vec<Name>> {
    if users.is_empty() || users.len() > MEMBER_BATCH_MAX {
        return Err(Error::invalid(format!(
            "one call names 1 to {MEMBER_BATCH_MAX} users"
        )));
    }
    Ok(users.to_vec())
}
