//! What a chat room's members note in it for all to see: attributes by keys, each of whoever set it.

use super::{Refusal, Reply, Service, muc};
use lacuna_domain::limits::{
    ROOM_ATTRIBUTE_KEY_BYTES_MAX, ROOM_ATTRIBUTE_VALUE_BYTES_MAX, ROOM_ATTRIBUTES_MAX,
};
use lacuna_domain::{Audience, Name};
use lacuna_proto::pb::muc_body::Operation;
use lacuna_store::{
    App, Error, Group, GroupAct, RecordCheck, RecordId, RecordKind, RecordOwner, RecordQuery,
    RecordWrite, Sender,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// How often a write is tried that others get in the way of.
const TRIES: usize = 4;

/// An attribute as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Attribute {
    value: String,
    /// Who set it.
    by: String,
    /// Whether it goes when that one leaves.
    auto_delete: bool,
}

/// How attributes are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AttributeWrite {
    /// Whether they go when who set them leaves.
    pub auto_delete: bool,
    /// Whether attributes of others are written too.
    pub forced: bool,
}

/// What became of each key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AttributeResults {
    /// Those that were written.
    pub done: Vec<String>,
    /// Those that were not, and why.
    pub refused: BTreeMap<String, &'static str>,
}

/// The attributes of a room, with their bytes.
type Found = BTreeMap<String, (Attribute, bytes::Bytes)>;

impl Service {
    /// The attributes of a room: those of these keys, or all.
    pub async fn room_attributes(
        &self,
        room: &Group,
        keys: &[String],
    ) -> Reply<Vec<(String, String)>> {
        let all = self.all_attributes(room).await?.into_iter();
        let asked = all.filter(|(key, _)| keys.is_empty() || keys.contains(key));
        Ok(asked.map(|(key, (found, _))| (key, found.value)).collect())
    }

    async fn all_attributes(&self, room: &Group) -> Reply<Found> {
        let query = RecordQuery {
            owner: RecordOwner::Conversation(room.conversation),
            kind: RecordKind::RoomAttribute,
            after: None,
            limit: ROOM_ATTRIBUTES_MAX,
        };
        let records = self.store.records(query, self.clock.now()).await?;
        let read = records.into_iter().filter_map(|record| {
            let attribute = serde_json::from_slice(&record.value).ok()?;
            Some((record.key, (attribute, record.value)))
        });
        Ok(read.collect())
    }

    /// Sets attributes, or removes those without a value; those in the room are told. What belongs to somebody else is left,
    /// unless the write is forced.
    pub async fn write_attributes(
        &self,
        app: &App,
        room: &Group,
        by: &Sender,
        (values, how): (BTreeMap<String, Option<String>>, AttributeWrite),
    ) -> Reply<AttributeResults> {
        if values.len() > ROOM_ATTRIBUTES_MAX {
            let text = format!("keys are more than max limit : {ROOM_ATTRIBUTES_MAX}");
            return Err(Refusal::invalid(text));
        }
        for _ in 0..TRIES {
            let found = self.all_attributes(room).await?;
            let (write, results) = plan(app, room, &by.name, (&values, how), &found);
            if results.done.is_empty() {
                return Ok(results);
            }
            match self.store.write_records(write, self.clock.now()).await {
                Err(Error::Conflict | Error::LimitReached) => {}
                Err(error) => return Err(error.into()),
                Ok(_) => {
                    self.tell_attributes(app, room, by, &results.done, &values);
                    return Ok(results);
                }
            }
        }
        Err(Refusal::busy())
    }

    fn tell_attributes(
        &self,
        app: &App,
        room: &Group,
        by: &Sender,
        done: &[String],
        values: &BTreeMap<String, Option<String>>,
    ) {
        let others = || Audience::Except(by.account.into_iter().collect());
        let mut set = Map::new();
        let mut removed = Vec::new();
        for key in done {
            match values.get(key) {
                Some(Some(value)) => {
                    set.insert(key.clone(), value.as_str().into());
                }
                _ => removed.push(key.clone()),
            }
        }
        if !set.is_empty() {
            let keys: Vec<&String> = set.keys().collect();
            let info = json!({"result": {"successKeys": keys}, "properties": set});
            let event = (Operation::SetMetadata, &info);
            self.tell_of_attributes(app, room, by, event, others());
        }
        if !removed.is_empty() {
            self.tell_attributes_removed(app, room, by, &removed, others());
        }
    }

    /// Tells those in a room that attributes went.
    pub(super) fn tell_attributes_removed(
        &self,
        app: &App,
        room: &Group,
        by: &Sender,
        keys: &[String],
        audience: Audience,
    ) {
        let info = json!({"result": {"successKeys": keys}, "properties": {}});
        let event = (Operation::DeleteMetadata, &info);
        self.tell_of_attributes(app, room, by, event, audience);
    }

    fn tell_of_attributes(
        &self,
        app: &App,
        room: &Group,
        by: &Sender,
        (operation, info): (Operation, &Value),
        audience: Audience,
    ) {
        let event = muc::event(app, room, operation, &by.name, &by.name);
        self.tell_room(room, by, audience, &muc::with_facts(event, info));
    }

    /// What goes with those who leave a room by this act: the attributes that they set so, to be removed with it.
    pub(super) async fn left_attributes(
        &self,
        room: &Group,
        act: &GroupAct,
        mut write: RecordWrite,
    ) -> Reply<(RecordWrite, Vec<String>)> {
        let GroupAct::Leave(names) = act else {
            return Ok((write, Vec::new()));
        };
        if !room.settings.room {
            return Ok((write, Vec::new()));
        }
        let mut removed = Vec::new();
        for (key, (attribute, _)) in self.all_attributes(room).await? {
            let leaves = names.iter().any(|name| name.as_str() == attribute.by);
            if attribute.auto_delete && leaves {
                write = write.remove(attribute_id(room, &key));
                removed.push(key);
            }
        }
        Ok((write, removed))
    }
}

fn attribute_id(room: &Group, key: &str) -> RecordId {
    let owner = RecordOwner::Conversation(room.conversation);
    RecordId::new(owner, RecordKind::RoomAttribute, key)
}

/// What is to be written, and what becomes of each key.
fn plan(
    app: &App,
    room: &Group,
    by: &Name,
    (values, how): (&BTreeMap<String, Option<String>>, AttributeWrite),
    found: &Found,
) -> (RecordWrite, AttributeResults) {
    let mut write = RecordWrite::new(app.id);
    let mut results = AttributeResults::default();
    let mut there = found.len();
    for (key, value) in values {
        let old = found.get(key);
        let is_new = old.is_none();
        let refused = match value {
            Some(value) if !legal_key(key) || value.len() > ROOM_ATTRIBUTE_VALUE_BYTES_MAX => {
                Some("the key or value is not legal")
            }
            Some(_) if is_new && there >= ROOM_ATTRIBUTES_MAX => {
                Some("the room has as many attributes as it may have")
            }
            None if is_new => Some("the attribute does not exist"),
            _ if !how.forced && old.is_some_and(|(old, _)| old.by != by.as_str()) => {
                Some("the attribute was set by somebody else")
            }
            _ => None,
        };
        if let Some(why) = refused {
            results.refused.insert(key.clone(), why);
            continue;
        }
        let id = attribute_id(room, key);
        let check = old.map_or(RecordCheck::Absent, |(_, bytes)| {
            RecordCheck::Is(bytes.clone())
        });
        write = write.check(id.clone(), check);
        write = match value {
            Some(value) => {
                there += usize::from(is_new);
                let attribute = Attribute {
                    value: value.clone(),
                    by: by.as_str().to_owned(),
                    auto_delete: how.auto_delete,
                };
                write.put(id, json!(attribute).to_string())
            }
            None => write.remove(id),
        };
        results.done.push(key.clone());
    }
    let owner = RecordOwner::Conversation(room.conversation);
    write.limits = vec![(owner, RecordKind::RoomAttribute, ROOM_ATTRIBUTES_MAX)];
    (write, results)
}

/// Letters, digits, `_`, `-` and `.`.
fn legal_key(key: &str) -> bool {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    (1..=ROOM_ATTRIBUTE_KEY_BYTES_MAX).contains(&key.len()) && key.bytes().all(legal)
}
