//! Sending: messages, commands, receipts.

use super::gate::{Question, replaced};
use super::{Actor, Refusal, Reply, Service};
use crate::delivery::{Publication, PublishedEntry};
use bytes::Bytes;
use lacuna_domain::limits::{DIRECTED_USERS_MAX, MESSAGE_BYTES_MAX};
use lacuna_domain::{
    AccountId, AppId, Audience, ConversationId, DeviceId, ErrorCode, FileId, MessageKind, Millis,
    Name, Pos, Target, Version,
};
use lacuna_store::{
    App, Append, Appended, EntryKind, Error, NewEvent, NewReceipt, Sender, ViewAct, ViewChange,
};
use sha2::{Digest, Sha256};
use std::future::Future;
use std::sync::Arc;

/// How a message travels.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Route {
    /// To every device, and into history.
    #[default]
    All,
    /// To who is online, and nowhere else.
    Online,
    /// To these members of the group only; never history.
    Directed(Vec<Name>),
    /// To one device of the receiver only; never history.
    Device(String),
}

/// A message to send.
#[derive(Clone, Debug)]
pub struct Outgoing {
    /// Who sends.
    pub sender: Sender,
    /// Where to.
    pub target: Target,
    /// Whether the target is a chat room.
    pub room: bool,
    /// What kind. A command is a signal.
    pub kind: MessageKind,
    /// How.
    pub route: Route,
    /// The body, without id, names and time.
    pub body: Bytes,
    /// The files that the body speaks of.
    pub files: Vec<FileId>,
    /// Bytes that count against the limit: the message's body and extension.
    pub size: usize,
    /// The client's own id; none for the server API.
    pub client_id: Option<u64>,
    /// Whether the sender's own devices get it (the server API's `sync_device`).
    pub echo: bool,
}

/// What a sender is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SendReply {
    /// The message id.
    pub pos: Pos,
    /// The message's time.
    pub time: Millis,
    /// Whether it is a message of the conversation's history; a signal, a receipt or what only who is online gets is none.
    pub in_history: bool,
    /// A meta body that says more of what was done, for the acknowledgement.
    pub note: Option<Bytes>,
}

/// A receipt: told to one account, kept in its event stream.
#[derive(Clone, Debug)]
pub struct Receipt {
    /// The message; none for a whole conversation.
    pub message: Option<Pos>,
    /// Who is told; nobody but the reader's own devices, if it says only that a group was read.
    pub to: Option<Name>,
    /// The body.
    pub body: Bytes,
    /// The conversation that is read up to now, if that is what the receipt says.
    pub reads: Option<Target>,
}

impl Service {
    /// Sends a message. Submitted to the store before the call returns: two calls send in the order they were made.
    pub fn send(
        self: &Arc<Self>,
        app: &Arc<App>,
        mut outgoing: Outgoing,
    ) -> impl Future<Output = Reply<SendReply>> + Send + use<> {
        let (service, app) = (Arc::clone(self), Arc::clone(app));
        let by_socket = outgoing
            .sender
            .account
            .filter(|_| outgoing.client_id.is_some());
        let checked = check(&outgoing)
            .and_then(|()| by_socket.map_or(Ok(()), |user| service.take_message(user)));
        // A repeat is one of what the client sent, whatever the thread is called meanwhile.
        let sent = outgoing.body.clone();
        outgoing.body = service
            .thread_marks
            .mark(app.id, &outgoing.target, outgoing.body);
        let at_once = matches!(outgoing.route, Route::All | Route::Directed(_));
        let asks = checked.is_ok() && service.gate(app.id).is_some();
        // Whoever is asked about messages may answer in any order: they are submitted in this one.
        let mut turn = asks.then(|| service.hooks.turns.take(app.id, &outgoing.sender.name));
        let started = (checked.is_ok() && at_once && turn.is_none()).then(|| {
            let append = service.append_of(&app, &outgoing, &sent, everyone(&outgoing));
            service.store.append(append)
        });
        async move {
            checked?;
            let (mut outgoing, mut note) = (outgoing, None);
            if let Some(turn) = &mut turn {
                let answer = service.ask(app.id, Question::of(&outgoing)).await;
                turn.come().await;
                let text = answer?;
                note = text
                    .map(|text| replaced(&outgoing.body, text))
                    .transpose()?;
                outgoing.body = note.clone().unwrap_or(outgoing.body);
            }
            if outgoing.route == Route::Online {
                let reply = service.send_online(&app, outgoing).await?;
                return Ok(SendReply { note, ..reply });
            }
            let started = if let Some(started) = started {
                started
            } else {
                let audience = service.one_device(app.id, &outgoing).await?;
                service
                    .store
                    .append(service.append_of(&app, &outgoing, &sent, audience))
            };
            drop(turn);
            let appended = started.await?;
            service.metrics.messages.inc();
            if !appended.repeat {
                service.publish(&outgoing, &appended);
                service.tell_offline(app.id, &outgoing, &appended).await;
            }
            Ok(SendReply {
                pos: appended.pos,
                time: appended.pos.time(),
                in_history: is_history(&outgoing),
                note,
            })
        }
    }

    /// Sends a message of a time that is past.
    pub(super) async fn send_at(
        &self,
        app: &App,
        outgoing: Outgoing,
        at: Millis,
    ) -> Reply<SendReply> {
        check(&outgoing)?;
        let append = self.append_of(app, &outgoing, &outgoing.body, everyone(&outgoing));
        let appended = self.store.import(append, at).await?;
        self.metrics.messages.inc();
        self.publish(&outgoing, &appended);
        Ok(SendReply {
            pos: appended.pos,
            time: appended.pos.time(),
            in_history: is_history(&outgoing),
            note: None,
        })
    }

    /// The entry of a message. A repeat is recognised by what the client sent, whatever took its place.
    fn append_of(
        &self,
        app: &App,
        outgoing: &Outgoing,
        sent: &Bytes,
        audience: Audience,
    ) -> Append {
        let directed = match &outgoing.route {
            Route::Directed(names) => names.clone(),
            Route::All | Route::Online | Route::Device(_) => Vec::new(),
        };
        let kind = if is_history(outgoing) {
            EntryKind::Message(outgoing.kind)
        } else {
            EntryKind::Signal { ref_seq: None }
        };
        Append {
            app: app.id,
            sender: outgoing.sender.clone(),
            target: outgoing.target.clone(),
            kind,
            audience,
            directed,
            body: outgoing.body.clone(),
            files: outgoing.files.clone(),
            hook: self.sent_hook(app.id, outgoing),
            client_id: outgoing
                .client_id
                .map(|id| (id, Sha256::digest(sent).into())),
            room: outgoing.room,
            check_member: outgoing.sender.device != DeviceId::NONE,
            check_allowed: outgoing.sender.device != DeviceId::NONE,
            friends_only: self.switches(app).friends_only,
            changes: None,
            write: None,
            now: self.clock.now(),
        }
    }

    /// The one device that a message is for.
    async fn one_device(&self, app: AppId, outgoing: &Outgoing) -> Reply<Audience> {
        let (Route::Device(resource), Target::Peer(peer)) = (&outgoing.route, &outgoing.target)
        else {
            return Ok(everyone(outgoing));
        };
        let account = self.store.account(app, peer).await?;
        let account = account.ok_or_else(|| Error::NoAccount(peer.clone()))?;
        Ok(Audience::Device(
            match self.device(account.id, resource).await? {
                DeviceId::NONE => DeviceId(-1), // nobody: the device is not known (any more)
                device => device,
            },
        ))
    }

    fn publish(&self, outgoing: &Outgoing, appended: &Appended) {
        let publication = published(&outgoing.sender, &outgoing.target, &outgoing.body, appended);
        let reached = (appended.conversation, appended.accounts.as_slice());
        self.reach(&outgoing.target, reached, &publication);
    }

    /// Publishes to a group and who is told beside its members, or to the accounts of a 1-1 conversation.
    pub(super) fn reach(
        &self,
        target: &Target,
        (conversation, accounts): (ConversationId, &[AccountId]),
        publication: &Publication,
    ) {
        match target {
            Target::Group(_) => {
                self.delivery.publish_group(publication, conversation);
                self.delivery.publish_to(accounts, publication);
            }
            Target::Peer(_) => self.delivery.publish_to(accounts, publication),
        }
    }

    /// Pushes a message to who is online. Checked like any other; creates no conversation.
    async fn send_online(&self, app: &App, outgoing: Outgoing) -> Reply<SendReply> {
        let sender = &outgoing.sender;
        let (conversation, accounts) = match &outgoing.target {
            Target::Group(id) => {
                let group = self.store.group(app.id, id).await?;
                let group = group
                    .filter(|group| group.settings.room == outgoing.room)
                    .ok_or_else(|| Error::NoGroup(id.clone()))?
                    .conversation;
                let checked = sender.account.filter(|_| sender.device != DeviceId::NONE);
                if let Some(account) = checked {
                    if !self.is_member(account, group).await? {
                        return Err(Error::NotMember(sender.name.clone()).into());
                    }
                    let now = self.clock.now();
                    self.store.check_write(group, &sender.name, now).await?;
                }
                (group, Vec::new())
            }
            Target::Peer(peer) => {
                let receiver = self.store.account(app.id, peer).await?;
                let receiver = receiver.ok_or_else(|| Error::NoAccount(peer.clone()))?.id;
                if sender.device != DeviceId::NONE && sender.name != *peer {
                    self.may_write_to(app, receiver, &sender.name).await?;
                }
                let own = sender
                    .account
                    .filter(|own| *own != receiver && outgoing.echo);
                (
                    ConversationId(0),
                    [receiver].into_iter().chain(own).collect(),
                )
            }
        };
        let to = (conversation, &outgoing.target, Audience::All);
        let (pos, publication) = self.fleeting(to, sender, outgoing.body);
        self.reach(&outgoing.target, (conversation, &accounts), &publication);
        Ok(SendReply {
            pos,
            time: pos.time(),
            in_history: false,
            note: None,
        })
    }

    /// Something that is pushed to who is online and kept nowhere, with the id that it goes by.
    pub(super) fn fleeting(
        &self,
        (conversation, target, audience): (ConversationId, &Target, Audience),
        sender: &Sender,
        body: Bytes,
    ) -> (Pos, Publication) {
        let pos = Pos(self.passing_id(self.clock.now()));
        let entry = PublishedEntry {
            conversation,
            key: target.key(&sender.name),
            pos,
            prev_pos: Pos::ZERO,
            audience,
            sender: sender.name.clone(),
            device: sender.device,
            body,
            refers: false,
        };
        (pos, Publication::Online(Arc::new(entry)))
    }

    /// The id of something that is stored nowhere: of this moment, and told apart from others of it.
    pub(super) fn passing_id(&self, now: Millis) -> u64 {
        Pos::first_at(now).0 | (self.delivery.session_id() & 0x3f_ffff)
    }

    /// Passes a receipt on: to the account it is for, and, if it says that a conversation was read, into the reader's own view.
    /// One that the other side shall not hear is taken and has no effect: of a message that it does not see or did not send,
    /// or from somebody whom it does not let write to it.
    pub async fn receipt(&self, actor: &Actor, receipt: Receipt) -> Reply<SendReply> {
        check_size(receipt.body.len())?;
        let now = self.clock.now();
        let mut id = Pos::first_at(now);
        if let Some(target) = receipt.reads.clone() {
            let own = NewEvent {
                device: actor.device,
                body: receipt.body.clone(),
            };
            let changed = self
                .change_view(actor, target, ViewAct::Read, Some(own))
                .await?;
            id = Pos(event_id(actor.id(), changed.version));
        }
        if let Some((account, version)) = self.tell_receipt(actor, receipt).await? {
            self.delivery.publish_events(account, version, Pos::ZERO);
            id = Pos(event_id(account, version));
        }
        Ok(SendReply {
            pos: id,
            time: now,
            in_history: false,
            note: None,
        })
    }

    async fn tell_receipt(
        &self,
        actor: &Actor,
        receipt: Receipt,
    ) -> Reply<Option<(AccountId, Version)>> {
        let Some(to) = receipt.to else {
            return Ok(None);
        };
        let (app, now) = (&actor.app, self.clock.now());
        let other = self.store.account(app.id, &to).await?;
        let other = other.ok_or_else(|| Error::NoAccount(to.clone()))?.id;
        if to != *actor.name()
            && let Err(refusal) = self.may_write_to(app, other, actor.name()).await
        {
            return match refusal.code {
                ErrorCode::PermissionDenied | ErrorCode::NotOnRoster => Ok(None),
                _ => Err(refusal),
            };
        }
        let event = NewEvent {
            device: actor.device,
            body: receipt.body,
        };
        if let Some(pos) = receipt.message {
            let receipt = NewReceipt {
                app: app.id,
                reader: actor.name().clone(),
                to,
                pos,
                event,
            };
            return Ok(self.store.add_receipt(receipt, now).await?);
        }
        let with = Target::Peer(to.clone());
        let known = self.store.conversation(app.id, actor.name(), &with).await?;
        match known {
            Some(_) => Ok(self.store.add_event(app.id, &to, event, now).await?),
            None => Ok(None),
        }
    }

    /// Changes the caller's relation to a conversation, and tells its sessions.
    pub(super) async fn change_view(
        &self,
        actor: &Actor,
        target: Target,
        act: ViewAct,
        event: Option<NewEvent>,
    ) -> Reply<lacuna_store::ViewChanged> {
        let change = ViewChange {
            account: actor.id(),
            app: actor.app.id,
            name: actor.name().clone(),
            target,
            act,
            event,
        };
        let changed = self.store.change_view(change, self.clock.now()).await?;
        self.delivery
            .publish_events(actor.id(), changed.version, changed.barrier);
        Ok(changed)
    }
}

/// Everyone who sees the conversation; without an echo, everyone but the sender.
fn everyone(outgoing: &Outgoing) -> Audience {
    let unheard = outgoing.sender.account.filter(|_| !outgoing.echo);
    unheard.map_or(Audience::All, |own| Audience::Except(vec![own]))
}

/// Whether a message is one of its conversation's history; what goes to some of its members only, and a command, is not.
fn is_history(outgoing: &Outgoing) -> bool {
    outgoing.route == Route::All && outgoing.kind != MessageKind::Command
}

/// An entry that was appended, as it is published.
pub(super) fn published(
    sender: &Sender,
    target: &Target,
    body: &Bytes,
    appended: &Appended,
) -> Publication {
    Publication::Entry(Arc::new(PublishedEntry {
        conversation: appended.conversation,
        key: target.key(&sender.name),
        pos: appended.pos,
        prev_pos: appended.prev_pos,
        audience: appended.audience.clone(),
        sender: sender.name.clone(),
        device: sender.device,
        body: body.clone(),
        refers: false,
    }))
}

/// The id that an event of an account's stream carries on the wire: unique in the app, and below every message id.
#[must_use]
pub fn event_id(account: AccountId, version: Version) -> u64 {
    (account.0.cast_unsigned() << 32) | (version.0 & 0xffff_ffff)
}

/// Refuses what is larger than a message may be.
pub(super) fn check_size(bytes: usize) -> Reply<()> {
    if bytes <= MESSAGE_BYTES_MAX {
        return Ok(());
    }
    Err(Refusal::new(
        ErrorCode::MessageTooLarge,
        "message_send_error",
        "message is too large",
    ))
}

fn check(outgoing: &Outgoing) -> Reply<()> {
    check_size(outgoing.size)?;
    match &outgoing.route {
        Route::Directed(names) if names.len() > DIRECTED_USERS_MAX => Err(Refusal::new(
            ErrorCode::LimitReached,
            "message_send_error",
            "limit directed users",
        )),
        Route::All | Route::Online | Route::Directed(_) | Route::Device(_) => Ok(()),
    }
}
