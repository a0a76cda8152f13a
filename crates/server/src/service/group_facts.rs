//! What members keep in a group beside its messages: attributes of themselves, and shared files.

use super::files::{FileOptions, Uploader};
use super::management::{Managed, Role};
use super::{Refusal, Reply, Service, muc};
use bytes::Bytes;
use futures_util::Stream;
use lacuna_domain::limits::{
    MEMBER_ATTRIBUTE_KEY_BYTES_MAX, MEMBER_ATTRIBUTE_VALUE_BYTES_MAX, MEMBER_ATTRIBUTES_BYTES_MAX,
    MEMBER_ATTRIBUTES_TARGETS_MAX, SHARED_FILE_NAME_CHARS_MAX, SHARED_FILES_MAX,
};
use lacuna_domain::{ErrorCode, FileId, Name};
use lacuna_proto::pb::muc_body::Operation;
use lacuna_store::{FileContent, GroupAct, Record, RecordCheck, RecordId, RecordKind, RecordQuery};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeMap;

/// Attributes of a member: texts by key.
type Attributes = BTreeMap<String, String>;

/// A file to share.
#[derive(Clone, Debug)]
pub struct NewSharedFile {
    /// The id of the stored file.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its size in bytes.
    pub bytes: u64,
}

/// A file that a group shares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SharedFile {
    /// The id of the stored file.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Who shares it.
    pub owner: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// When it was shared.
    pub created: lacuna_domain::Millis,
}

/// A shared file as its record's value.
#[derive(Debug, Serialize, Deserialize)]
struct StoredFile {
    name: String,
    owner: String,
    bytes: u64,
    /// When it was shared, ms.
    created: u64,
}

impl Service {
    /// Sets attributes of a member: its own, or anybody's by the owner and admins. An empty text removes one. Everybody is
    /// told. `resource` is the device that acts, as its client calls it. Gives what it has afterwards.
    pub async fn set_member_attributes(
        &self,
        managed: &Managed,
        name: &Name,
        changes: Attributes,
        resource: &str,
    ) -> Reply<Attributes> {
        if *name != managed.by.name && managed.role < Role::Admin {
            return Err(Refusal::forbidden(
                "only the owner and admins of this group may do this",
            ));
        }
        let id = managed.record(RecordKind::MemberAttributes, name);
        let found = self
            .store
            .record(vec![id.clone()], self.clock.now())
            .await?;
        let before = found.into_iter().flatten().next();
        let mut attributes = before.as_ref().map(attributes_of).unwrap_or_default();
        for (key, value) in &changes {
            check_attribute(key, value)?;
            if value.is_empty() {
                attributes.remove(key);
            } else {
                attributes.insert(key.clone(), value.clone());
            }
        }
        let bytes: usize = attributes
            .iter()
            .map(|(key, value)| key.len() + value.len())
            .sum();
        if bytes > MEMBER_ATTRIBUTES_BYTES_MAX {
            return Err(attribute(
                ErrorCode::GroupAttributesTooLarge,
                "the attributes of the member are too large",
            ));
        }
        let check = before.map_or(RecordCheck::Absent, |record| RecordCheck::Is(record.value));
        let write = managed.write().check(id.clone(), check);
        let write = if attributes.is_empty() {
            write.remove(id)
        } else {
            write.put(id, json!(attributes).to_string())
        };
        let mut event = managed.event(Operation::GroupMemberMetadataUpdate, name);
        if let Some(from) = event.from.as_mut() {
            // By the resource clients tell their user's own other device from other members.
            from.client_resource = Some(resource.to_owned()).filter(|text| !text.is_empty());
        }
        let facts = json!({"properties": changes, "username": name.as_str()});
        let signals = vec![muc::to_all(&muc::with_facts(event, &facts))];
        let act = GroupAct::About(vec![name.clone()]);
        self.manage(managed, act, signals, write).await?;
        Ok(attributes)
    }

    /// Attributes of members, only these keys if any are named. Who has none has an empty set.
    pub async fn member_attributes(
        &self,
        managed: &Managed,
        names: &[Name],
        keys: &[String],
    ) -> Reply<BTreeMap<String, Attributes>> {
        if names.len() > MEMBER_ATTRIBUTES_TARGETS_MAX {
            return Err(Refusal::invalid(format!(
                "targets size is more than max limit : {MEMBER_ATTRIBUTES_TARGETS_MAX}"
            )));
        }
        let ids = names
            .iter()
            .map(|name| managed.record(RecordKind::MemberAttributes, name))
            .collect();
        let found = self.store.record(ids, self.clock.now()).await?;
        let rows = names.iter().zip(found).map(|(name, record)| {
            let mut attributes = record.as_ref().map(attributes_of).unwrap_or_default();
            attributes.retain(|key, _| keys.is_empty() || keys.contains(key));
            (name.as_str().to_owned(), attributes)
        });
        Ok(rows.collect())
    }

    /// Stores a file as its bytes come, under this name, and shares it with a group.
    pub async fn share_file<E>(
        &self,
        managed: &Managed,
        by: Uploader,
        (name, options): (String, FileOptions),
        bytes: impl Stream<Item = Result<Bytes, E>> + Unpin + Send,
    ) -> Reply<SharedFile>
    where
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        check_file_name(&name)?;
        let file = self.upload_file(by, options, bytes).await?;
        let new = NewSharedFile {
            id: file.id.to_string(),
            name,
            bytes: file.bytes,
        };
        let shared = self.add_shared_file(managed, new).await;
        if shared.is_err() {
            self.store.discard_file(file.id).await?;
        }
        shared
    }

    /// Shares a stored file with a group; everybody is told. It stays stored while its record is there.
    pub async fn add_shared_file(
        &self,
        managed: &Managed,
        file: NewSharedFile,
    ) -> Reply<SharedFile> {
        check_file_name(&file.name)?;
        let by = &managed.by.name;
        let stored = StoredFile {
            name: file.name,
            owner: by.as_str().to_owned(),
            bytes: file.bytes,
            created: self.clock.now().0,
        };
        let id = RecordId::new(managed.owner(), RecordKind::SharedFile, &file.id);
        let mut write = managed.write().put(id, json!(stored).to_string());
        write.limits = vec![(managed.owner(), RecordKind::SharedFile, SHARED_FILES_MAX)];
        let shared = SharedFile {
            id: file.id,
            name: stored.name,
            owner: stored.owner,
            bytes: stored.bytes,
            created: lacuna_domain::Millis(stored.created),
        };
        let facts = json!({
            "file_id": shared.id,
            "file_name": shared.name,
            "file_owner": shared.owner,
            "file_size": shared.bytes,
            "created": shared.created.0,
        });
        let event = managed.event(Operation::UploadFile, by);
        let signals = vec![muc::to_all(&muc::with_facts(event, &facts))];
        // An upload takes its time: who left meanwhile shares nothing.
        let act = match managed.by.account {
            Some(_) => GroupAct::About(vec![by.clone()]),
            None => GroupAct::Keep,
        };
        self.manage(managed, act, signals, write).await?;
        Ok(shared)
    }

    /// A file that a group shares, as it is stored.
    pub async fn group_file(&self, managed: &Managed, file: &str) -> Reply<(FileId, FileContent)> {
        self.shared_record(managed, file).await?;
        let id = FileId::parse(file).ok_or_else(Refusal::no_file)?;
        let found = self.store.file(id).await?;
        let found = found.filter(|found| found.app == managed.app.id);
        let content = found.and_then(|found| found.content);
        content
            .map(|content| (id, content))
            .ok_or_else(Refusal::no_file)
    }

    async fn shared_record(&self, managed: &Managed, file: &str) -> Reply<Record> {
        let id = RecordId::new(managed.owner(), RecordKind::SharedFile, file);
        let found = self.store.record(vec![id], self.clock.now()).await?;
        found.into_iter().flatten().next().ok_or_else(|| {
            let text = format!("share file {file} is not there");
            Refusal::new(ErrorCode::GroupFileNotFound, "resource_not_found", text)
        })
    }

    /// The files that a group shares, the latest first.
    pub async fn shared_files(&self, managed: &Managed) -> Reply<Vec<SharedFile>> {
        let query = RecordQuery {
            owner: managed.owner(),
            kind: RecordKind::SharedFile,
            after: None,
            limit: SHARED_FILES_MAX,
        };
        let found = self.store.records(query, self.clock.now()).await?;
        let mut files: Vec<SharedFile> = found.iter().filter_map(file_of).collect();
        files.sort_by(|one, other| other.created.cmp(&one.created).then(one.id.cmp(&other.id)));
        Ok(files)
    }

    /// Takes a file out of a group: by who shared it, the owner or an admin. Everybody is told.
    pub async fn remove_shared_file(&self, managed: &Managed, file: &str) -> Reply<()> {
        let found = self.shared_record(managed, file).await?;
        let owner = file_of(&found).map(|file| file.owner);
        if managed.role < Role::Admin && owner.as_deref() != Some(managed.by.name.as_str()) {
            return Err(Refusal::forbidden(
                "only its owner and the owner and admins of this group may delete a file",
            ));
        }
        let event = managed.event(Operation::DeleteFile, &managed.by.name);
        let signals = vec![muc::to_all(&muc::with_reason(event, file))];
        let id = RecordId::new(managed.owner(), RecordKind::SharedFile, file);
        let write = managed.write().remove(id);
        self.manage(managed, GroupAct::Keep, signals, write).await?;
        Ok(())
    }
}

fn attributes_of(record: &Record) -> Attributes {
    serde_json::from_slice(&record.value).unwrap_or_default()
}

fn file_of(record: &Record) -> Option<SharedFile> {
    let value: &Bytes = &record.value;
    let stored: StoredFile = serde_json::from_slice(value).ok()?;
    Some(SharedFile {
        id: record.key.clone(),
        name: stored.name,
        owner: stored.owner,
        bytes: stored.bytes,
        created: lacuna_domain::Millis(stored.created),
    })
}

fn check_file_name(name: &str) -> Reply<()> {
    if name.is_empty() {
        return Err(Refusal::invalid("file name must be provided"));
    }
    if name.chars().count() > SHARED_FILE_NAME_CHARS_MAX {
        return Err(Refusal::invalid("file name is too long"));
    }
    Ok(())
}

fn check_attribute(key: &str, value: &str) -> Reply<()> {
    if key.is_empty() || key.len() > MEMBER_ATTRIBUTE_KEY_BYTES_MAX {
        return Err(attribute(
            ErrorCode::GroupAttributeKeyTooLong,
            "the key of an attribute is empty or too long",
        ));
    }
    if value.len() > MEMBER_ATTRIBUTE_VALUE_BYTES_MAX {
        return Err(attribute(
            ErrorCode::GroupAttributeValueTooLong,
            "the value of an attribute is too long",
        ));
    }
    Ok(())
}

fn attribute(code: ErrorCode, text: &'static str) -> Refusal {
    Refusal::new(code, "invalid_parameter", text)
}
