//! Contacts: who asked whom, who is whose contact, and who is blocked.
//!
//! A request is a record of the one who is asked, until it is answered. Contacts are records of both sides, written and
//! removed in one act. A block is the blocker's alone: the contact stays, and the store refuses what the blocked sends.

use super::records::of;
use super::{Actor, Refusal, Reply, Service};
use bytes::Bytes;
use lacuna_domain::limits::{
    BLOCK_BATCH_MAX, BLOCKED_MAX, CONTACT_REASON_CHARS_MAX, CONTACT_REQUESTS_MAX, CONTACTS_MAX,
    REMARK_CHARS_MAX,
};
use lacuna_domain::{AccountId, DeviceId, ErrorCode, Name};
use lacuna_proto::pb::Jid;
use lacuna_proto::pb::RosterBody;
use lacuna_proto::pb::roster_body::Operation;
use lacuna_proto::roster_body;
use lacuna_store::{
    Account, App, Error, NewEvent, Record, RecordCheck, RecordId, RecordKind, RecordOwner,
    RecordWrite,
};
use std::sync::Arc;

/// A contact as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact {
    /// The contact's name.
    pub name: String,
    /// What the owner calls it; may be empty.
    pub remark: String,
}

/// What is known between two users when one of them acts.
struct Between {
    /// The other as a contact of the actor.
    mine: Option<Record>,
    /// The actor as a contact of the other.
    theirs: Option<Record>,
    /// The other's request to the actor.
    asked: Option<Record>,
    /// The actor's request to the other.
    asking: Option<Record>,
    /// Whether the other blocked the actor.
    blocked: bool,
}

impl Service {
    /// Asks a user to become a contact. Asking again for the same reason changes nothing; asking who has asked oneself accepts.
    pub async fn request_contact(&self, actor: &Actor, other: &str, reason: &str) -> Reply<()> {
        if reason.chars().count() > CONTACT_REASON_CHARS_MAX {
            return Err(Refusal::illegal("reason is too long"));
        }
        let other = self.other(actor, other).await?;
        let planned = self
            .settle(|| self.plan_request(actor, &other, reason))
            .await;
        self.explained(actor, planned).await
    }

    /// Accepts a request: both are contacts of each other now. Accepting again changes nothing.
    pub async fn accept_contact(&self, actor: &Actor, other: &str) -> Reply<()> {
        let other = self.other(actor, other).await?;
        let planned = self.settle(|| self.plan_accept(actor, &other)).await;
        self.explained(actor, planned).await
    }

    /// Declines a request, if there is one.
    pub async fn decline_contact(&self, actor: &Actor, other: &str) -> Reply<()> {
        let other = self.other(actor, other).await?;
        self.settle(|| async {
            if self.between(actor, &other).await?.asked.is_none() {
                return Ok(None);
            }
            let asked = request(actor, &other);
            let (me, them) = (actor.name(), &other.profile.name);
            let event = roster(&actor.app, Operation::RemoteDecline, me, them, "");
            let own = roster(&actor.app, Operation::Decline, them, me, "");
            Ok(Some(
                RecordWrite::new(actor.app.id)
                    .check(asked.clone(), RecordCheck::Present)
                    .remove(asked)
                    .tell(other.id, everywhere(event))
                    .tell(actor.id(), elsewhere(actor, own)),
            ))
        })
        .await
    }

    /// Makes two users contacts of each other without asking them, for the server API.
    pub async fn join_contacts(&self, actor: &Actor, other: &str) -> Reply<Account> {
        let other = self.other(actor, other).await?;
        let planned = self
            .settle(|| async {
                let between = self.between(actor, &other).await?;
                if between.mine.is_some() && between.theirs.is_some() {
                    return Ok(None);
                }
                let (me, them) = (actor.name(), &other.profile.name);
                let own = roster(&actor.app, Operation::Accept, them, me, "");
                let event = roster(&actor.app, Operation::Accept, me, them, "");
                Ok(Some(
                    befriend(actor, &other, &between)
                        .tell(actor.id(), everywhere(own))
                        .tell(other.id, everywhere(event)),
                ))
            })
            .await;
        self.explained(actor, planned).await?;
        Ok(other)
    }

    /// Ends a contact on both sides, if there is one. What they wrote to each other stays.
    pub async fn delete_contact(&self, actor: &Actor, other: &str) -> Reply<Account> {
        let other = self.other(actor, other).await?;
        self.settle(|| async {
            let between = self.between(actor, &other).await?;
            if between.mine.is_none() && between.theirs.is_none() {
                return Ok(None);
            }
            let (mine, theirs) = contacts(actor, &other);
            let (me, them) = (actor.name(), &other.profile.name);
            let own = roster(&actor.app, Operation::Remove, them, me, "");
            let event = roster(&actor.app, Operation::Remove, me, them, "");
            Ok(Some(
                RecordWrite::new(actor.app.id)
                    .check(mine.clone(), same(between.mine.as_ref()))
                    .check(theirs.clone(), same(between.theirs.as_ref()))
                    .remove(mine)
                    .remove(theirs)
                    .tell(other.id, everywhere(event))
                    .tell(actor.id(), elsewhere(actor, own)),
            ))
        })
        .await?;
        Ok(other)
    }

    /// Sets what the actor calls a contact.
    pub async fn remark_contact(&self, actor: &Actor, other: &str, remark: &str) -> Reply<()> {
        if remark.chars().count() > REMARK_CHARS_MAX {
            return Err(Refusal::illegal("remark length must less than 100"));
        }
        let other = self.other(actor, other).await?;
        self.settle(|| async {
            let mine = contacts(actor, &other).0;
            let [found] = self.read([mine.clone()]).await?;
            let found = found.ok_or_else(|| Error::NotContact(other.profile.name.clone()))?;
            Ok(Some(
                RecordWrite::new(actor.app.id)
                    .check(mine.clone(), RecordCheck::Is(found.value))
                    .put(mine, Bytes::copy_from_slice(remark.as_bytes())),
            ))
        })
        .await
    }

    /// A page of an account's contacts, by name.
    pub async fn contacts(
        &self,
        account: AccountId,
        after: Option<String>,
        limit: usize,
    ) -> Reply<Vec<Contact>> {
        let found = self
            .list(account, RecordKind::Contact, after, limit)
            .await?;
        let contacts = found.into_iter().map(|record| Contact {
            name: record.key,
            remark: String::from_utf8_lossy(&record.value).into_owned(),
        });
        Ok(contacts.collect())
    }

    /// The names of whom an account blocked.
    pub async fn blocked(&self, account: AccountId) -> Reply<Vec<String>> {
        let found = self
            .list(account, RecordKind::Blocked, None, BLOCKED_MAX)
            .await?;
        Ok(found.into_iter().map(|record| record.key).collect())
    }

    /// Blocks users: what they send is refused from now on. Gives their names.
    pub async fn block(&self, actor: &Actor, names: &[String]) -> Reply<Vec<String>> {
        let others = self.others(actor, names).await?;
        let limit = (RecordOwner::Account(actor.id()), RecordKind::Blocked);
        self.settle(|| async {
            let mut write = RecordWrite::new(actor.app.id).at_most(limit.0, limit.1, BLOCKED_MAX);
            for (id, name, blocked) in self.blocks(actor, &others).await? {
                if !blocked {
                    let event = roster(&actor.app, Operation::Ban, actor.name(), name, "");
                    write = write
                        .check(id.clone(), RecordCheck::Absent)
                        .put(id, "")
                        .tell(actor.id(), elsewhere(actor, event));
                }
            }
            Ok(Some(write))
        })
        .await?;
        Ok(names_of(&others))
    }

    /// Takes users off the block list. Gives their names.
    pub async fn unblock(&self, actor: &Actor, names: &[String]) -> Reply<Vec<String>> {
        let others = self.others(actor, names).await?;
        self.settle(|| async {
            let mut write = RecordWrite::new(actor.app.id);
            for (id, name, blocked) in self.blocks(actor, &others).await? {
                if blocked {
                    let event = roster(&actor.app, Operation::Allow, actor.name(), name, "");
                    write = write
                        .check(id.clone(), RecordCheck::Present)
                        .remove(id)
                        .tell(actor.id(), elsewhere(actor, event));
                }
            }
            Ok(Some(write))
        })
        .await?;
        Ok(names_of(&others))
    }

    /// The records that say of these users whether the actor blocked them, and whether it did.
    async fn blocks<'a>(
        &self,
        actor: &Actor,
        others: &'a [Account],
    ) -> Reply<Vec<(RecordId, &'a Name, bool)>> {
        let names = others.iter().map(|other| &other.profile.name);
        let ids: Vec<RecordId> = names
            .clone()
            .map(|name| of(actor.id(), RecordKind::Blocked, name.as_str()))
            .collect();
        let found = self.store.record(ids.clone(), self.clock.now()).await?;
        let rows = ids.into_iter().zip(names).zip(found);
        Ok(rows
            .map(|((id, name), found)| (id, name, found.is_some()))
            .collect())
    }

    /// Whether an account lets a user send to it, as the store decides it for what is stored.
    pub(super) async fn may_write_to(
        &self,
        app: &App,
        receiver: AccountId,
        sender: &Name,
    ) -> Reply<()> {
        let ids = [RecordKind::Blocked, RecordKind::Contact]
            .map(|kind| of(receiver, kind, sender.as_str()));
        let [blocked, contact] = self.read(ids).await?;
        if blocked.is_some() {
            return Err(Error::Blocked(sender.clone()).into());
        }
        if self.switches(app).friends_only && contact.is_none() {
            return Err(Error::NotContact(sender.clone()).into());
        }
        Ok(())
    }

    async fn plan_request(
        &self,
        actor: &Actor,
        other: &Account,
        reason: &str,
    ) -> Reply<Option<RecordWrite>> {
        let between = self.between(actor, other).await?;
        if between.mine.is_some() {
            let text = format!("{} is a contact already", other.profile.name);
            return Err(not_added(text));
        }
        if between.blocked {
            return Err(Error::Blocked(actor.name().clone()).into());
        }
        if between.asked.is_some() {
            return self.plan_accept(actor, other).await;
        }
        if between
            .asking
            .as_ref()
            .is_some_and(|asking| asking.value == reason)
        {
            return Ok(None);
        }
        let (mine, asking) = (contacts(actor, other).0, asking(actor, other));
        let (me, them) = (actor.name(), &other.profile.name);
        let event = roster(&actor.app, Operation::Add, me, them, reason);
        let limit = (RecordKind::ContactRequest, CONTACT_REQUESTS_MAX);
        Ok(Some(
            RecordWrite::new(actor.app.id)
                .check(mine, RecordCheck::Absent)
                .check(request(actor, other), RecordCheck::Absent)
                .check(asking.clone(), same(between.asking.as_ref()))
                .put(asking, Bytes::copy_from_slice(reason.as_bytes()))
                .at_most(RecordOwner::Account(other.id), limit.0, limit.1)
                .tell(other.id, everywhere(event)),
        ))
    }

    async fn plan_accept(&self, actor: &Actor, other: &Account) -> Reply<Option<RecordWrite>> {
        let between = self.between(actor, other).await?;
        let (me, them) = (actor.name(), &other.profile.name);
        if between.asked.is_none() {
            if between.mine.is_some() {
                return Ok(None);
            }
            return Err(not_added(format!("{them} did not ask to become a contact")));
        }
        let event = roster(&actor.app, Operation::RemoteAccept, me, them, "");
        let own = roster(&actor.app, Operation::Accept, them, me, "");
        Ok(Some(
            befriend(actor, other, &between)
                .check(request(actor, other), RecordCheck::Present)
                .tell(other.id, everywhere(event))
                .tell(actor.id(), everywhere(own)),
        ))
    }

    async fn between(&self, actor: &Actor, other: &Account) -> Reply<Between> {
        let (mine, theirs) = contacts(actor, other);
        let blocked = of(other.id, RecordKind::Blocked, actor.name().as_str());
        let (asked, asking) = (request(actor, other), asking(actor, other));
        let [mine, theirs, asked, asking, blocked] =
            self.read([mine, theirs, asked, asking, blocked]).await?;
        let blocked = blocked.is_some();
        Ok(Between {
            mine,
            theirs,
            asked,
            asking,
            blocked,
        })
    }

    /// The other user of an act.
    async fn other(&self, actor: &Actor, name: &str) -> Reply<Account> {
        let other = self.account(&actor.app, name).await?;
        if other.id == actor.id() {
            return Err(not_added("nobody is a contact of itself"));
        }
        Ok(other)
    }

    async fn others(&self, actor: &Actor, names: &[String]) -> Reply<Vec<Account>> {
        if names.is_empty() {
            return Err(Refusal::missing("usernames"));
        }
        if names.len() > BLOCK_BATCH_MAX {
            let text = format!("usernames size is more than max limit : {BLOCK_BATCH_MAX}");
            return Err(Refusal::illegal(text));
        }
        let mut others: Vec<Account> = Vec::with_capacity(names.len());
        for name in names {
            let other = self.account(&actor.app, name).await?;
            if other.id == actor.id() {
                return Err(Refusal::illegal("nobody blocks itself"));
            }
            if others.iter().all(|known| known.id != other.id) {
                others.push(other);
            }
        }
        Ok(others)
    }

    /// Says whose limit it was that was reached.
    async fn explained(&self, actor: &Actor, done: Reply<()>) -> Reply<()> {
        match done {
            Err(refusal) if refusal.code == ErrorCode::LimitReached => {
                let kind = RecordKind::Contact;
                let own = self.list(actor.id(), kind, None, CONTACTS_MAX).await?;
                let (code, text) = if own.len() >= CONTACTS_MAX {
                    (ErrorCode::ContactLimitReached, "the contact list is full")
                } else {
                    let text = "the other user has no room for more contacts or requests";
                    (ErrorCode::ContactLimitReachedPeer, text)
                };
                Err(Refusal::new(code, "exceed_limit", text))
            }
            done => done,
        }
    }
}

/// Writes both contacts that are missing, and drops the requests between the two.
fn befriend(actor: &Actor, other: &Account, between: &Between) -> RecordWrite {
    let (mine, theirs) = contacts(actor, other);
    let mut write = RecordWrite::new(actor.app.id)
        .remove(request(actor, other))
        .remove(asking(actor, other));
    for (id, found) in [(mine, &between.mine), (theirs, &between.theirs)] {
        write = write.at_most(id.owner, RecordKind::Contact, CONTACTS_MAX);
        if found.is_none() {
            write = write.check(id.clone(), RecordCheck::Absent).put(id, "");
        }
    }
    write
}

/// The other as a contact of the actor, and the actor as one of the other.
fn contacts(actor: &Actor, other: &Account) -> (RecordId, RecordId) {
    let mine = of(actor.id(), RecordKind::Contact, other.profile.name.as_str());
    let theirs = of(other.id, RecordKind::Contact, actor.name().as_str());
    (mine, theirs)
}

/// The other's request to the actor.
fn request(actor: &Actor, other: &Account) -> RecordId {
    let name = other.profile.name.as_str();
    of(actor.id(), RecordKind::ContactRequest, name)
}

/// The actor's request to the other.
fn asking(actor: &Actor, other: &Account) -> RecordId {
    of(other.id, RecordKind::ContactRequest, actor.name().as_str())
}

/// The check that a record is still what it was.
pub(super) fn same(found: Option<&Record>) -> RecordCheck {
    found.map_or(RecordCheck::Absent, |found| {
        RecordCheck::Is(found.value.clone())
    })
}

fn not_added(text: impl Into<std::borrow::Cow<'static, str>>) -> Refusal {
    Refusal::new(ErrorCode::ContactAddFailed, "illegal_argument", text)
}

fn names_of(others: &[Account]) -> Vec<String> {
    let names = others.iter().map(|other| other.profile.name.to_string());
    names.collect()
}

/// For every device of an account.
fn everywhere(body: Bytes) -> NewEvent {
    NewEvent {
        device: DeviceId::NONE,
        body,
    }
}

/// For the actor's other devices.
fn elsewhere(actor: &Actor, body: Bytes) -> NewEvent {
    NewEvent {
        device: actor.device,
        body,
    }
}

/// An event about contacts. Clients take `from` for the contact that it is about.
fn roster(app: &Arc<App>, operation: Operation, from: &Name, to: &Name, reason: &str) -> Bytes {
    let app_key = app.settings.key();
    let reason = (!reason.is_empty()).then(|| reason.to_owned());
    roster_body(&RosterBody {
        operation: Some(operation.into()),
        from: Some(Jid::user(&app_key, from.as_str())),
        to: vec![Jid::user(&app_key, to.as_str())],
        reason,
        ..RosterBody::default()
    })
}
