//! What requests about groups and rooms have in common.

use super::extract::{Call, Caller};
use super::params::{self, not_legal};
use crate::service::{GroupRef, Managed, Refusal, Reply, Role};
use lacuna_domain::limits::MEMBER_BATCH_MAX;
use lacuna_domain::{GroupId, Name};
use lacuna_store::Group;
use serde::Deserialize;
use serde_json::{Value, json};

/// The names that a body lists.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct NamesBody {
    #[serde(alias = "users")]
    usernames: Option<Vec<String>>,
}

impl NamesBody {
    pub(super) fn names(self) -> Reply<Vec<Name>> {
        let names = self.usernames.unwrap_or_default();
        self::names(names.iter().map(String::as_str))
    }
}

/// Names, each once, in the order given.
pub(super) fn names<'a>(texts: impl Iterator<Item = &'a str>) -> Reply<Vec<Name>> {
    let mut names: Vec<Name> = Vec::new();
    for text in texts {
        let name = params::name("usernames", text)?;
        if names.len() >= MEMBER_BATCH_MAX {
            return Err(Refusal::invalid(format!(
                "usernames size is more than max limit : {MEMBER_BATCH_MAX}"
            )));
        }
        if !names.contains(&name) {
            names.push(name);
        }
    }
    if names.is_empty() {
        Err(Refusal::invalid("usernames must be provided"))
    } else {
        Ok(names)
    }
}

/// A name that a body must have.
pub(super) fn required(parameter: &str, text: Option<&str>) -> Reply<Name> {
    let text = text.filter(|text| !text.is_empty());
    let text = text.ok_or_else(|| Refusal::invalid(format!("{parameter} must be provided")))?;
    params::name(parameter, text)
}

/// A number of members in a body; none for the default.
pub(super) fn members_max(value: &Value) -> Reply<u32> {
    if value.is_null() {
        return Ok(0);
    }
    super::body::whole(value)
        .and_then(|number| u32::try_from(number).ok())
        .ok_or_else(|| not_legal("maxusers"))
}

impl Call {
    /// The id of the path's group or room.
    pub(super) fn group_id(&self) -> GroupId {
        GroupId::new(self.part("group"))
    }

    /// Whether the path is about rooms.
    pub(super) fn is_about_rooms(&self) -> bool {
        // After `/{org}/{app}`, which are names.
        self.path
            .split('/')
            .skip(3)
            .any(|part| part == "chatrooms" || part == "chatroom")
    }

    /// The group or room of the path.
    pub(super) async fn group(&self) -> Reply<Group> {
        let (id, room) = (self.group_id(), self.is_about_rooms());
        let which = GroupRef { id: &id, room };
        self.service.group_or_room(&self.app, which).await
    }

    /// What a call answers about one user of a group.
    pub(super) fn row(&self, action: &str, name: &Name) -> Value {
        let id = self.part("group");
        json!({"result": true, "action": action, "id": id, "groupid": id, "user": name.as_str()})
    }

    /// The same about several.
    pub(super) fn rows(&self, action: &str, names: &[Name]) -> Value {
        names.iter().map(|name| self.row(action, name)).collect()
    }
}

impl Caller {
    /// The group or room of the path in the caller's hands, who must be at least this in it.
    pub(super) async fn managed(&self, least: Role) -> Reply<Managed> {
        let (id, room) = (self.call.group_id(), self.call.is_about_rooms());
        let which = GroupRef { id: &id, room };
        let service = &self.call.service;
        service
            .managed(&self.call.app, which, self.user.as_ref(), least)
            .await
    }
}
