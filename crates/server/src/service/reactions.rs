//! Reactions to messages. Everybody who sees a message may react to it, and hears of it; who deleted it does neither.

use super::{Actor, Refusal, Reply, Service};
use bytes::Bytes;
use lacuna_domain::limits::{
    CONFLICT_RETRIES_MAX, REACTION_CHARS_MAX, REACTION_USERS_SHOWN, REACTIONS_PER_MESSAGE_MAX,
};
use lacuna_domain::{Audience, ErrorCode, Pos, Target};
use lacuna_proto::{chat_type_in, notify_body};
use lacuna_store::{
    Append, EntryKind, Error, HistoryPage, Message, RecordCheck, RecordId, RecordKind, RecordOwner,
    RecordQuery, RecordWrite,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::HashMap;

/// Reactions that one look at the records reads.
const REACTION_ROWS_MAX: usize = 1_000;

/// A reaction to a message: how often, and who was first.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Reaction {
    /// What it is.
    pub text: String,
    /// How many users.
    pub count: u64,
    /// Some of them.
    pub users: Vec<String>,
}

impl Service {
    /// The message, if the actor sees it.
    pub async fn visible_message(
        &self,
        actor: &Actor,
        target: Option<Target>,
        pos: Pos,
    ) -> Reply<Message> {
        let reader = (Some(actor.id()), actor.name().clone());
        let found = self.message_of(&actor.app, reader, target, pos).await?;
        found
            .filter(|message| message.visible)
            .ok_or_else(|| Error::NoMessage(pos).into())
    }

    /// Adds the actor's reaction to a message, or takes it back. Doing either again changes nothing.
    pub async fn react(&self, actor: &Actor, pos: Pos, reaction: &str, add: bool) -> Reply<()> {
        if reaction.is_empty() || reaction.chars().count() > REACTION_CHARS_MAX {
            return Err(Refusal::illegal("parameter 'message' is not legal"));
        }
        for _ in 0..CONFLICT_RETRIES_MAX {
            let message = self.visible_message(actor, None, pos).await?;
            let all = self.reactions(&message, pos).await?;
            let Some((write, now)) = self
                .reaction_write(actor, &message, (pos, reaction), (&all, add))
                .await?
            else {
                return Ok(());
            };
            let mut told = shown(&all, reaction, &now);
            if let Some(told) = told.last_mut().and_then(Value::as_object_mut) {
                let kind = if add { "create" } else { "delete" };
                let op = json!([{"operator": actor.name().as_str(), "reactionType": kind}]);
                told.insert("op".to_owned(), op);
            }
            let room = self.is_room(&actor.app, &message.target).await?;
            let body = self.reaction_event(actor, (&message, room), pos, &told);
            match self.note(actor, (&message, room), body, write).await {
                Err(refusal) if refusal.code == ErrorCode::ServerBusy => {}
                done => return done,
            }
        }
        Err(Refusal::busy())
    }

    /// Every reaction to a message.
    pub async fn reactions(&self, message: &Message, pos: Pos) -> Reply<Vec<Reaction>> {
        let prefix = format!("{:020}/", pos.0);
        let query = RecordQuery {
            owner: RecordOwner::Conversation(message.conversation),
            kind: RecordKind::Reaction,
            after: Some(prefix.clone()),
            limit: REACTIONS_PER_MESSAGE_MAX,
        };
        let found = self.store.records(query, self.clock.now()).await?;
        let of_it = found
            .iter()
            .filter(|record| record.key.starts_with(&prefix));
        Ok(of_it
            .filter_map(|record| serde_json::from_slice(&record.value).ok())
            .collect())
    }

    /// Every reaction to the messages of a page, by message, with whether it is the actor's too.
    pub async fn page_reactions(
        &self,
        actor: &Actor,
        page: &HistoryPage,
    ) -> Reply<HashMap<Pos, Vec<Value>>> {
        let mut of: HashMap<Pos, Vec<Value>> = HashMap::new();
        let positions = page.entries.iter().map(|entry| entry.pos);
        let (Some(conversation), Some(low), Some(high)) =
            (page.conversation, positions.clone().min(), positions.max())
        else {
            return Ok(of);
        };
        let owner = RecordOwner::Conversation(conversation);
        let mut query = RecordQuery {
            owner,
            kind: RecordKind::Reaction,
            after: Some(format!("{:020}/", low.0)),
            limit: REACTION_ROWS_MAX,
        };
        loop {
            let found = self.store.records(query.clone(), self.clock.now()).await?;
            let full = found.len() == query.limit;
            let mut rows: Vec<(Pos, Reaction)> = Vec::with_capacity(found.len());
            for record in &found {
                let pos = record
                    .key
                    .split_once('/')
                    .and_then(|(pos, _)| pos.parse().ok());
                match (pos.map(Pos), serde_json::from_slice(&record.value)) {
                    (Some(pos), Ok(reaction)) if pos <= high => rows.push((pos, reaction)),
                    (_, _) => {}
                }
            }
            let me = actor.name().as_str();
            let ids = rows.iter().map(|(pos, one)| by(owner, *pos, &one.text, me));
            let mine = self.store.record(ids.collect(), self.clock.now()).await?;
            for ((pos, one), mine) in rows.iter().zip(mine) {
                let shown = reaction_json(one, Some(mine.is_some()));
                of.entry(*pos).or_default().push(shown);
            }
            match found.last() {
                // A key is in the order of its position: the first that is beyond the page ends it.
                Some(last) if full && last.key.as_str() <= format!("{:020}0", high.0).as_str() => {
                    query.after = Some(last.key.clone());
                }
                _ => return Ok(of),
            }
        }
    }

    /// Whether the actor is among those who reacted so.
    pub async fn reacted(
        &self,
        actor: &Actor,
        message: &Message,
        pos: Pos,
        all: &[Reaction],
    ) -> Reply<Vec<bool>> {
        let ids = all
            .iter()
            .map(|one| by_id(message, pos, &one.text, actor.name().as_str()));
        let found = self.store.record(ids.collect(), self.clock.now()).await?;
        Ok(found.iter().map(Option::is_some).collect())
    }

    /// The users who reacted so, in order of their names, after `after`.
    pub async fn reaction_users(
        &self,
        message: &Message,
        (pos, reaction): (Pos, &str),
        after: &str,
        limit: usize,
    ) -> Reply<Vec<String>> {
        let prefix = by_id(message, pos, reaction, "").key;
        let query = RecordQuery {
            owner: RecordOwner::Conversation(message.conversation),
            kind: RecordKind::ReactionBy,
            after: Some(format!("{prefix}{after}")),
            limit,
        };
        let found = self.store.records(query, self.clock.now()).await?;
        let names = found
            .iter()
            .filter_map(|record| record.key.strip_prefix(&prefix));
        Ok(names.map(str::to_owned).collect())
    }

    /// What is written, and the reaction as it is then; none if nothing changes.
    async fn reaction_write(
        &self,
        actor: &Actor,
        message: &Message,
        (pos, reaction): (Pos, &str),
        (all, add): (&[Reaction], bool),
    ) -> Reply<Option<(RecordWrite, Reaction)>> {
        let me = actor.name().as_str();
        let by = by_id(message, pos, reaction, me);
        let there = self
            .store
            .record(vec![by.clone()], self.clock.now())
            .await?;
        if there.iter().any(Option::is_some) == add {
            return Ok(None);
        }
        let before = all.iter().find(|one| one.text == reaction);
        if add && before.is_none() && all.len() >= REACTIONS_PER_MESSAGE_MAX {
            return Err(Error::LimitReached.into());
        }
        let mut now = before.cloned().unwrap_or_default();
        reaction.clone_into(&mut now.text);
        if add {
            now.count += 1;
            now.users.push(me.to_owned());
            now.users.truncate(REACTION_USERS_SHOWN);
        } else {
            now.count = now.count.saturating_sub(1);
            let more = self
                .reaction_users(message, (pos, reaction), "", REACTION_USERS_SHOWN + 1)
                .await?;
            now.users = more
                .into_iter()
                .filter(|user| user != me)
                .take(REACTION_USERS_SHOWN)
                .collect();
        }
        let id = reaction_id(message, pos, reaction);
        let check = match before {
            Some(before) => RecordCheck::Is(value(before)),
            None => RecordCheck::Absent,
        };
        let write = RecordWrite::new(actor.app.id).check(id.clone(), check);
        let write = if now.count == 0 {
            write.remove(id)
        } else {
            write.put(id, value(&now))
        };
        let write = if add {
            write.put(by, "")
        } else {
            write.remove(by)
        };
        Ok(Some((write, now)))
    }

    fn reaction_event(
        &self,
        actor: &Actor,
        (message, room): (&Message, bool),
        pos: Pos,
        told: &[Value],
    ) -> Bytes {
        let kind = chat_type_in(&message.target, room);
        notify_body(&json!({"type": "reaction", "data": [{
            "from": actor.name().as_str(), "to": message.target.id(), "channel_type": kind, "messageId": pos.to_string(),
            "reactions": told, "ts": self.clock.now().0,
        }]}))
    }

    /// Appends a signal that speaks of a message, in a chat room or not, with the records that go with it, and tells who sees
    /// that message.
    pub(super) async fn note(
        &self,
        actor: &Actor,
        (message, room): (&Message, bool),
        body: Bytes,
        write: RecordWrite,
    ) -> Reply<()> {
        let append = Append {
            app: actor.app.id,
            sender: actor.sender(),
            target: message.target.clone(),
            kind: EntryKind::Signal {
                ref_seq: Some(message.seq),
            },
            audience: Audience::All,
            directed: Vec::new(),
            body: body.clone(),
            files: Vec::new(),
            hook: None,
            client_id: None,
            room,
            check_member: true,
            // A conversation of two is closed to who is blocked, whatever they bring.
            check_allowed: matches!(message.target, Target::Peer(_)),
            friends_only: self.switches(&actor.app).friends_only,
            changes: None,
            write: Some(Box::new(write)),
            now: self.clock.now(),
        };
        let appended = self.store.append(append).await?;
        let publication =
            super::messages::published(&actor.sender(), &message.target, &body, &appended);
        let reached = (appended.conversation, appended.accounts.as_slice());
        self.reach(&message.target, reached, &publication.referring());
        Ok(())
    }
}

/// A reaction as clients read it.
#[must_use]
pub fn reaction_json(one: &Reaction, mine: Option<bool>) -> Value {
    let mut json = json!({"reaction": one.text, "count": one.count, "userList": one.users});
    if let (Some(json), Some(mine)) = (json.as_object_mut(), mine) {
        json.insert("state".to_owned(), mine.into());
    }
    json
}

/// The reactions as they are after a change, the changed one last.
fn shown(all: &[Reaction], changed: &str, now: &Reaction) -> Vec<Value> {
    let others = all.iter().filter(|one| one.text != changed);
    others
        .chain([now])
        .map(|one| reaction_json(one, None))
        .collect()
}

/// The record of a reaction to a message.
fn reaction_id(message: &Message, pos: Pos, reaction: &str) -> RecordId {
    let owner = RecordOwner::Conversation(message.conversation);
    RecordId::new(
        owner,
        RecordKind::Reaction,
        format!("{:020}/{reaction}", pos.0),
    )
}

fn by_id(message: &Message, pos: Pos, reaction: &str, user: &str) -> RecordId {
    let owner = RecordOwner::Conversation(message.conversation);
    by(owner, pos, reaction, user)
}

fn by(owner: RecordOwner, pos: Pos, reaction: &str, user: &str) -> RecordId {
    RecordId::new(
        owner,
        RecordKind::ReactionBy,
        format!("{:020}/{reaction}/{user}", pos.0),
    )
}

fn value(reaction: &Reaction) -> Bytes {
    json!(reaction).to_string().into()
}
