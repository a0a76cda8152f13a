//! Groups and devices as an app sees them.

use lacuna_domain::{GroupId, Name};

/// A group to create.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewGroup {
    /// Its name, at most 128 characters.
    pub name: String,
    /// What it is about, at most 512 characters.
    pub description: String,
    /// Who is in it beside its owner.
    pub members: Vec<Name>,
    /// Whether anybody may join it.
    pub public: bool,
    /// Whether members may invite others.
    pub member_invites: bool,
    /// Members at most; none for the server's usual number.
    pub members_max: Option<u32>,
}

/// A group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Its id.
    pub id: GroupId,
    /// Its name.
    pub name: String,
    /// What it is about; empty where a list does not say.
    pub description: String,
    /// Who owns it; empty where a list does not say.
    pub owner: String,
    /// How many are in it; zero where a list does not say.
    pub members: u32,
    /// Whether anybody may join it.
    pub public: bool,
}

/// A member of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupMember {
    /// Who.
    pub name: Name,
    /// Whether it owns the group.
    pub is_owner: bool,
}

/// A connected device of a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// What it is called on the wire.
    pub resource: String,
    /// What it is called for people.
    pub name: String,
    /// Its own unique id.
    pub uuid: String,
}
