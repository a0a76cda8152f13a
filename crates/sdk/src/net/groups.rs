//! The calls of the API that concern groups.

use super::http::{Call, malformed};
use super::rest::{Caller, Rest};
use crate::error::Result;
use crate::types::{Group, GroupMember, NewGroup};
use crate::wire::facts::number;
use lacuna_domain::{GroupId, Name};
use reqwest::Method;
use serde_json::{Value, json};

/// Groups of one page of the list of those that a user is in.
const JOINED_PAGE: usize = 100;
/// Pages of that list before it counts as endless.
const JOINED_PAGES_MAX: usize = 1_000;

impl Rest {
    pub(crate) async fn create_group(&self, caller: &Caller, group: &NewGroup) -> Result<GroupId> {
        let members: Vec<&str> = group.members.iter().map(Name::as_str).collect();
        let mut body = json!({
            "owner": caller.name.as_str(),
            "groupname": group.name,
            "desc": group.description,
            "members": members,
            "public": group.public,
            "approval": false,
            "allowinvites": group.member_invites,
            "invite_need_confirm": false,
        });
        if let (Some(max), Some(fields)) = (group.members_max, body.as_object_mut()) {
            fields.insert("maxusers".to_owned(), max.into());
        }
        let answer = self
            .group_call(caller, Method::POST, &[], Some(body))
            .await?;
        let id = answer.pointer("/data/groupid").and_then(Value::as_str);
        id.map(GroupId::new).ok_or_else(|| malformed("no group id"))
    }

    pub(crate) async fn group(&self, caller: &Caller, id: &GroupId) -> Result<Group> {
        let answer = self
            .group_call(caller, Method::GET, &[id.as_str()], None)
            .await?;
        let row = answer
            .pointer("/data/0")
            .ok_or_else(|| malformed("no group"))?;
        read_group(row).ok_or_else(|| malformed("the group is none"))
    }

    pub(crate) async fn joined_groups(&self, caller: &Caller) -> Result<Vec<Group>> {
        let mut joined = Vec::new();
        let size = JOINED_PAGE.to_string();
        for page in 1..=JOINED_PAGES_MAX {
            let page = page.to_string();
            let path = ["users", caller.name.as_str(), "joined_chatgroups"];
            let query = [
                ("pagenum", page.as_str()),
                ("pagesize", size.as_str()),
                ("version", "v3"),
            ];
            let call = Call {
                token: Some(&caller.token),
                query: &query,
                ..Call::new(Method::GET, &path)
            };
            let answer = self.http.call(call).await?;
            let rows = answer.get("data").and_then(Value::as_array);
            let rows = rows.ok_or_else(|| malformed("no groups"))?;
            joined.extend(rows.iter().filter_map(read_group));
            if rows.len() < JOINED_PAGE {
                return Ok(joined);
            }
        }
        Err(malformed("the groups do not end"))
    }

    pub(crate) async fn members(
        &self,
        caller: &Caller,
        id: &GroupId,
        page: usize,
        size: usize,
    ) -> Result<Vec<GroupMember>> {
        let (page, size) = (page.to_string(), size.to_string());
        let path = ["chatgroups", id.as_str(), "users"];
        let query = [("pagenum", page.as_str()), ("pagesize", size.as_str())];
        let call = Call {
            token: Some(&caller.token),
            query: &query,
            ..Call::new(Method::GET, &path)
        };
        let answer = self.http.call(call).await?;
        let rows = answer.get("data").and_then(Value::as_array);
        let rows = rows.ok_or_else(|| malformed("no members"))?;
        Ok(rows.iter().filter_map(read_member).collect())
    }

    pub(crate) async fn join_group(&self, caller: &Caller, id: &GroupId) -> Result<()> {
        let body = Some(json!({"message": ""}));
        self.group_call(caller, Method::POST, &[id.as_str(), "apply"], body)
            .await
            .map(drop)
    }

    pub(crate) async fn leave_group(&self, caller: &Caller, id: &GroupId) -> Result<()> {
        self.group_call(caller, Method::DELETE, &[id.as_str(), "quit"], None)
            .await
            .map(drop)
    }

    pub(crate) async fn destroy_group(&self, caller: &Caller, id: &GroupId) -> Result<()> {
        self.group_call(caller, Method::DELETE, &[id.as_str()], None)
            .await
            .map(drop)
    }

    pub(crate) async fn invite(&self, caller: &Caller, id: &GroupId, users: &[Name]) -> Result<()> {
        let users: Vec<&str> = users.iter().map(Name::as_str).collect();
        let body = Some(json!({"usernames": users}));
        self.group_call(caller, Method::POST, &[id.as_str(), "invite"], body)
            .await
            .map(drop)
    }

    pub(crate) async fn kick_members(
        &self,
        caller: &Caller,
        id: &GroupId,
        users: &[Name],
    ) -> Result<()> {
        let users: Vec<&str> = users.iter().map(Name::as_str).collect();
        let users = users.join(",");
        let path = [id.as_str(), "users", users.as_str()];
        self.group_call(caller, Method::DELETE, &path, None)
            .await
            .map(drop)
    }

    async fn group_call(
        &self,
        caller: &Caller,
        method: Method,
        below: &[&str],
        body: Option<Value>,
    ) -> Result<Value> {
        let mut path = vec!["chatgroups"];
        path.extend(below);
        let call = Call {
            method,
            path: &path,
            query: &[("resource", caller.resource.as_str())],
            token: Some(&caller.token),
            body,
        };
        self.http.call(call).await
    }
}

fn read_group(row: &Value) -> Option<Group> {
    let text = |key: &str| row.get(key).and_then(Value::as_str).unwrap_or_default();
    let id = Some(text("id")).filter(|id| !id.is_empty())?;
    let members = row.get("affiliations_count").and_then(number);
    Some(Group {
        id: GroupId::new(id),
        name: text("name").to_owned(),
        description: text("description").to_owned(),
        owner: text("owner").to_owned(),
        members: members
            .and_then(|count| u32::try_from(count).ok())
            .unwrap_or_default(),
        public: row.get("public").and_then(Value::as_bool).unwrap_or(false),
    })
}

fn read_member(row: &Value) -> Option<GroupMember> {
    let named = |key: &str| {
        row.get(key)
            .and_then(Value::as_str)
            .and_then(|text| Name::new(text).ok())
    };
    let owner = named("owner");
    Some(GroupMember {
        is_owner: owner.is_some(),
        name: owner.or_else(|| named("member"))?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::http::exchange;

    fn phone() -> Caller {
        Caller {
            name: Name::new("alice").unwrap(),
            token: "t".to_owned(),
            resource: "phone".to_owned(),
        }
    }

    /// Makes a call about group 7, which is answered with an empty object, and says what was asked.
    async fn asked(call: impl AsyncFnOnce(Rest, GroupId)) -> String {
        let (request, ()) = exchange("{}", async |rest| call(rest, GroupId::new("7")).await).await;
        let (head, body) = request.split_once("\r\n\r\n").unwrap();
        let line = head.lines().next().unwrap_or_default();
        let line = line.strip_suffix(" HTTP/1.1").unwrap();
        format!("{line} {body}").trim().to_owned()
    }

    #[tokio::test]
    async fn groups_are_changed_as_the_server_reads_it() {
        let both = [Name::new("bob").unwrap(), Name::new("carol").unwrap()];
        let join = asked(async |rest, id| rest.join_group(&phone(), &id).await.unwrap());
        assert_eq!(
            join.await,
            r#"POST /org/app/chatgroups/7/apply?resource=phone {"message":""}"#
        );
        let leave = asked(async |rest, id| rest.leave_group(&phone(), &id).await.unwrap());
        assert_eq!(
            leave.await,
            "DELETE /org/app/chatgroups/7/quit?resource=phone"
        );
        let destroy = asked(async |rest, id| rest.destroy_group(&phone(), &id).await.unwrap());
        assert_eq!(destroy.await, "DELETE /org/app/chatgroups/7?resource=phone");
        let invite = asked(async |rest, id| rest.invite(&phone(), &id, &both).await.unwrap());
        assert_eq!(
            invite.await,
            r#"POST /org/app/chatgroups/7/invite?resource=phone {"usernames":["bob","carol"]}"#
        );
        let kick = asked(async |rest, id| rest.kick_members(&phone(), &id, &both).await.unwrap());
        assert_eq!(
            kick.await,
            "DELETE /org/app/chatgroups/7/users/bob,carol?resource=phone"
        );
    }

    #[test]
    fn groups_and_members_are_read() {
        let row = json!({"id": "7", "name": "n", "description": "d", "owner": "alice", "affiliations_count": 3, "public": true});
        let group = read_group(&row).unwrap();
        assert_eq!(
            (group.id.as_str(), group.members, group.public),
            ("7", 3, true)
        );
        assert_eq!(read_group(&json!({"name": "n"})), None);
        let member =
            |row: Value| read_member(&row).map(|member| (member.name.to_string(), member.is_owner));
        assert_eq!(
            member(json!({"owner": "alice"})),
            Some(("alice".to_owned(), true))
        );
        assert_eq!(
            member(json!({"member": "bob"})),
            Some(("bob".to_owned(), false))
        );
        assert_eq!(member(json!({})), None);
    }
}
