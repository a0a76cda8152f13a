//! Deleted users whose names shall not stay: how a name is replaced in what the store keeps.

use super::Service;
use bytes::Bytes;
use lacuna_domain::Name;
use lacuna_proto::with_sender;
use lacuna_store::{RecordKind, Rename};
use serde_json::Value;

impl Service {
    /// Puts what deleted users did under the names that it shall go by, of at most `limit` messages or records. Says whether
    /// something is left to do.
    pub async fn rename_deleted(&self, limit: usize) -> lacuna_store::Result<bool> {
        let step = Rename {
            now: self.clock.now(),
            limit,
            body: rename_body,
            value: rename_value,
        };
        Ok(self.store.rename_step(step).await?.more)
    }
}

/// A message's body with another name for its sender.
fn rename_body(body: &[u8], name: &Name, alias: &Name) -> Option<Bytes> {
    with_sender(body, name.as_str(), alias.as_str())
}

/// A record's value with another name for who wrote it, or for one of those who reacted.
fn rename_value(kind: RecordKind, value: &[u8], name: &Name, alias: &Name) -> Option<Bytes> {
    let field = match kind {
        RecordKind::MessagePin => {
            let alias = alias.as_str().to_owned();
            return (value == name.as_str().as_bytes()).then(|| alias.into());
        }
        RecordKind::Reaction => "users",
        RecordKind::SharedFile => "owner",
        RecordKind::RoomAttribute => "by",
        _ => return None,
    };
    let mut json: Value = serde_json::from_slice(value).ok()?;
    let named = match json.get_mut(field)? {
        Value::Array(all) => all.iter_mut().find(|one| **one == name.as_str())?,
        one => (*one == name.as_str()).then_some(one)?,
    };
    *named = alias.as_str().into();
    Some(json.to_string().into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_name_is_replaced_where_it_is_the_writers() {
        let (name, alias) = (Name::new("alice").unwrap(), Name::of_deleted(7));
        let check = |kind, value: &str, expected: Option<Value>| {
            let renamed = rename_value(kind, value.as_bytes(), &name, &alias);
            let read = |bytes: Bytes| serde_json::from_slice::<Value>(&bytes).unwrap();
            assert_eq!(renamed.map(read), expected, "{value}");
        };
        let it = alias.as_str();
        let file = json!({"name": "alice", "owner": "alice"});
        let shared = json!({"name": "alice", "owner": it});
        check(RecordKind::SharedFile, &file.to_string(), Some(shared));
        let reaction = json!({"text": "alice", "count": 2, "users": ["bob", "alice"]});
        let renamed = json!({"text": "alice", "count": 2, "users": ["bob", it]});
        check(RecordKind::Reaction, &reaction.to_string(), Some(renamed));
        let attribute = json!({"value": "alice", "by": "bob"});
        check(RecordKind::RoomAttribute, &attribute.to_string(), None);
        check(RecordKind::Setting, "{\"by\": \"alice\"}", None);
        check(RecordKind::SharedFile, "no json", None);
        let pin = |by: &str| rename_value(RecordKind::MessagePin, by.as_bytes(), &name, &alias);
        assert_eq!(pin("alice"), Some(Bytes::from(alias.to_string())));
        assert_eq!(pin("alicia"), None);
    }
}
