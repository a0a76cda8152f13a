//! What users say about themselves: nickname, avatar and the like, open to every user of the application.

use super::contacts::same;
use super::records::of;
use super::{Actor, Refusal, Reply, Service};
use lacuna_domain::limits::{ATTRIBUTE_USERS_MAX, ATTRIBUTES_BYTES_MAX};
use lacuna_domain::{AccountId, ErrorCode, Name};
use lacuna_store::{App, Record, RecordKind, RecordWrite};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Attributes by key.
pub type Attributes = BTreeMap<String, String>;

/// Characters of the attributes that clients know. Others are bounded by their sum alone.
const CHARS_MAX: [(&str, usize); 7] = [
    ("nickname", 64),
    ("avatarurl", 256),
    ("mail", 64),
    ("phone", 32),
    ("gender", 32),
    ("sign", 256),
    ("birth", 64),
];

impl Service {
    /// Sets attributes of the actor; what is not named stays. Gives all of them. Nobody is told.
    pub async fn set_attributes(&self, actor: &Actor, new: &Attributes) -> Reply<Attributes> {
        for (key, max) in CHARS_MAX {
            if new.get(key).is_some_and(|text| text.chars().count() > max) {
                return Err(too_long(format!("{key} is longer than {max} characters")));
            }
        }
        let id = of(actor.id(), RecordKind::Attributes, "");
        self.settle(|| async {
            let [found] = self.read([id.clone()]).await?;
            let mut all = found.as_ref().map(read).unwrap_or_default();
            all.extend(new.clone());
            if all
                .iter()
                .map(|(key, text)| key.len() + text.len())
                .sum::<usize>()
                > ATTRIBUTES_BYTES_MAX
            {
                let text = format!("the attributes are longer than {ATTRIBUTES_BYTES_MAX} bytes");
                return Err(too_long(text));
            }
            let text = serde_json::to_vec(&all).map_err(|_| Refusal::internal())?;
            Ok(Some(
                RecordWrite::new(actor.app.id)
                    .check(id.clone(), same(found.as_ref()))
                    .put(id.clone(), text),
            ))
        })
        .await?;
        self.attributes(actor.id()).await
    }

    /// An account's attributes.
    pub async fn attributes(&self, account: AccountId) -> Reply<Attributes> {
        let [found] = self.read([of(account, RecordKind::Attributes, "")]).await?;
        Ok(found.as_ref().map(read).unwrap_or_default())
    }

    /// Attributes of users, by name as it was asked for. Who does not exist has none; no keys stand for all.
    pub async fn attributes_of(
        &self,
        app: &App,
        names: &[String],
        keys: &[String],
    ) -> Reply<Map<String, Value>> {
        if names.len() > ATTRIBUTE_USERS_MAX {
            let text = format!("more than {ATTRIBUTE_USERS_MAX} users");
            let code = ErrorCode::TooManyUsers;
            return Err(Refusal::new(code, "illegal_argument", text));
        }
        let mut answer = Map::new();
        let mut ids = Vec::with_capacity(names.len());
        for name in names {
            answer.insert(name.clone(), Value::Object(Map::new()));
            let Ok(parsed) = Name::new(name) else {
                continue;
            };
            if let Some(account) = self.store.account(app.id, &parsed).await? {
                ids.push((name, of(account.id, RecordKind::Attributes, "")));
            }
        }
        let asked = ids.iter().map(|(_, id)| id.clone()).collect();
        let found = self.store.record(asked, self.clock.now()).await?;
        for ((name, _), record) in ids.into_iter().zip(found) {
            let mut all = record.as_ref().map(read).unwrap_or_default();
            if !keys.is_empty() {
                all.retain(|key, _| keys.contains(key));
            }
            let all = all.into_iter().map(|(key, text)| (key, text.into()));
            answer.insert(name.clone(), Value::Object(all.collect()));
        }
        Ok(answer)
    }

    /// Deletes all attributes of an account.
    pub async fn delete_attributes(&self, actor: &Actor) -> Reply<()> {
        let write =
            RecordWrite::new(actor.app.id).remove(of(actor.id(), RecordKind::Attributes, ""));
        self.settle(|| std::future::ready(Ok(Some(write.clone()))))
            .await
    }
}

fn read(record: &Record) -> Attributes {
    serde_json::from_slice(&record.value).unwrap_or_default()
}

fn too_long(text: String) -> Refusal {
    Refusal::new(ErrorCode::AttributesTooLong, "illegal_argument", text)
}
