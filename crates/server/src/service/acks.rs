//! Acknowledgements of single messages of a group: kept for a while, and told to the message's sender.

use super::{Actor, Refusal, Reply, SendReply, Service, event_id};
use bytes::Bytes;
use lacuna_domain::limits::{ACK_BYTES_MAX, ACK_LIFE_MS, ACK_MEMBERS_MAX};
use lacuna_domain::{DeviceId, Direction, ErrorCode, GroupId, Name, Pos, Target};
use lacuna_proto::chat_body;
use lacuna_proto::pb::key_value::ValueType;
use lacuna_proto::pb::message_body::{MessageConfig, Type};
use lacuna_proto::pb::{Jid, KeyValue, MessageBody};
use lacuna_store::{
    Account, App, Entry, Error, Group, HistoryQuery, NewEvent, Record, RecordCheck, RecordId,
    RecordKind, RecordOwner, RecordQuery, RecordWrite,
};
use prost::Message;
use serde_json::{Map, Value};

/// A member says that it has read a message of a group.
#[derive(Clone, Debug)]
pub struct GroupAck {
    /// The group.
    pub group: GroupId,
    /// The message.
    pub message: Pos,
    /// What the member says with it; may be empty.
    pub content: String,
}

/// An acknowledgement that was kept.
#[derive(Clone, Debug)]
pub struct Acked {
    /// Who.
    pub name: String,
    /// What it said.
    pub content: String,
    /// When, in milliseconds.
    pub at: u64,
}

impl Service {
    /// Keeps an acknowledgement, and tells the sender of the message how many there are. One of a message that the reader
    /// does not see or sent itself, one that comes again or too late, and one in a group that is too large is taken and has no
    /// effect. A sender that deleted the message hears nothing of it any more.
    pub async fn group_ack(&self, actor: &Actor, ack: GroupAck) -> Reply<SendReply> {
        let now = self.clock.now();
        let mut reply = SendReply {
            pos: Pos::first_at(now),
            time: now,
            in_history: false,
            note: None,
        };
        let group = self.own_group(actor, &ack.group).await?;
        let members = usize::try_from(group.members).unwrap_or(usize::MAX);
        let late = now.0 > ack.message.time().0.saturating_add(ACK_LIFE_MS);
        if late || members > ACK_MEMBERS_MAX || ack.content.len() > ACK_BYTES_MAX {
            return Ok(reply);
        }
        let Some(message) = self.seen(&actor.account, &actor.app, &ack).await? else {
            return Ok(reply);
        };
        if message.sender == *actor.name() || !self.keep(actor, &group, &ack).await? {
            return Ok(reply);
        }
        let Some(sender) = self.store.account(actor.app.id, &message.sender).await? else {
            return Ok(reply);
        };
        if self.seen(&sender, &actor.app, &ack).await?.is_none() {
            return Ok(reply);
        }
        let count = self.acks_of(&group, ack.message).await?.len();
        let event = NewEvent {
            device: DeviceId::NONE,
            body: told(actor.name(), &ack, count),
        };
        let told = self
            .store
            .add_event(actor.app.id, &message.sender, event, now)
            .await?;
        if let Some((account, version)) = told {
            self.delivery.publish_events(account, version, Pos::ZERO);
            reply.pos = Pos(event_id(account, version));
        }
        Ok(reply)
    }

    /// A group or thread of which the actor is a member.
    async fn own_group(&self, actor: &Actor, id: &GroupId) -> Reply<Group> {
        let group = self.group_or_thread(&actor.app, id).await?;
        self.check_member(actor, group.conversation).await?;
        self.check_in_use(&group).await?;
        Ok(group)
    }

    /// Who acknowledged a message, by name. The actor must have sent it and not deleted it.
    pub async fn acks(&self, actor: &Actor, id: &GroupId, message: Pos) -> Reply<Vec<Acked>> {
        let group = self.own_group(actor, id).await?;
        let ack = GroupAck {
            group: id.clone(),
            message,
            content: String::new(),
        };
        let found = self.seen(&actor.account, &actor.app, &ack).await?;
        match found {
            None => Err(Refusal::new(
                ErrorCode::NotFound,
                "resource_not_found",
                format!("message {message} does not exist"),
            )),
            Some(found) if found.sender != *actor.name() => Err(Refusal::forbidden(
                "only the sender of a message is told who has read it",
            )),
            Some(_) => self.acks_of(&group, message).await,
        }
    }

    /// Writes the record, if there is none. Says whether it did.
    async fn keep(&self, actor: &Actor, group: &Group, ack: &GroupAck) -> Reply<bool> {
        let owner = RecordOwner::Conversation(group.conversation);
        let key = format!("{} {}", ack.message, actor.name());
        let id = RecordId::new(owner, RecordKind::GroupAck, key);
        let end = ack.message.time().plus(ACK_LIFE_MS);
        let write = RecordWrite::new(actor.app.id)
            .check(id.clone(), RecordCheck::Absent)
            .put_until(id, Bytes::copy_from_slice(ack.content.as_bytes()), end);
        match self.store.write_records(write, self.clock.now()).await {
            Ok(_) => Ok(true),
            Err(Error::Conflict) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    async fn acks_of(&self, group: &Group, message: Pos) -> Reply<Vec<Acked>> {
        let prefix = format!("{message} ");
        let query = RecordQuery {
            owner: RecordOwner::Conversation(group.conversation),
            kind: RecordKind::GroupAck,
            after: Some(prefix.clone()),
            limit: ACK_MEMBERS_MAX,
        };
        let found = self.store.records(query, self.clock.now()).await?;
        Ok(found
            .iter()
            .map_while(|record| acked(record, &prefix))
            .collect())
    }

    /// The message, if an account sees it.
    async fn seen(&self, account: &Account, app: &App, ack: &GroupAck) -> Reply<Option<Entry>> {
        let query = HistoryQuery {
            from: Some(Pos(ack.message.0.saturating_sub(1))),
            ..HistoryQuery::new(
                account.id,
                account.profile.name.clone(),
                app.id,
                Target::Group(ack.group.clone()),
                Direction::Newer,
                1,
            )
        };
        let page = self.store.history(query).await?;
        let first = page.entries.into_iter().next();
        Ok(first.filter(|entry| entry.pos == ack.message))
    }
}

fn acked(record: &Record, prefix: &str) -> Option<Acked> {
    Some(Acked {
        name: record.key.strip_prefix(prefix)?.to_owned(),
        content: String::from_utf8_lossy(&record.value).into_owned(),
        at: record.changed.0,
    })
}

/// The receipt as the sender of the message reads it: how many there are stands, by message, in its extension.
fn told(reader: &Name, ack: &GroupAck, count: usize) -> Bytes {
    let message = ack.message.to_string();
    let counts: Map<String, Value> = [(message, count.into())].into_iter().collect();
    let body = MessageBody {
        r#type: Some(Type::ReadAck.into()),
        from: Some(Jid::named(reader.as_str())),
        to: Some(Jid::named(ack.group.as_str())),
        ack_message_id: Some(ack.message.0),
        msg_config: Some(MessageConfig {
            allow_group_ack: Some(true),
        }),
        ack_content: Some(ack.content.clone()),
        ext: vec![KeyValue {
            key: Some("group_ack_count".to_owned()),
            r#type: Some(ValueType::JsonString.into()),
            string_value: Some(Value::Object(counts).to_string()),
            ..KeyValue::default()
        }],
        ..MessageBody::default()
    };
    chat_body(body.encode_to_vec().into(), None)
}
