//! Messages that are changed for everybody: recall and edit.

use super::gate::{Question, replaced_edit};
use super::messages::{check_size, published};
use super::{Refusal, Reply, Role, SendReply, Service};
use bytes::Bytes;
use lacuna_domain::limits::CONFLICT_RETRIES_MAX;
use lacuna_domain::{
    AccountId, Audience, DeviceId, ErrorCode, FileId, MessageKind, Name, Pos, Target,
};
use lacuna_proto::pb::{MessageBody, Meta};
use lacuna_proto::{EditInfo, edit_count, edited, files_of, notify_body};
use lacuna_store::{
    App, Append, EntryKind, Error, Group, Message, MessageAct, MessageChange, MessageQuery, Sender,
};
use prost::Message as _;
use serde_json::json;
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// A change that somebody asks for.
#[derive(Clone, Debug)]
pub struct Change {
    /// Who; a side of the conversation, if it is a 1-1 conversation.
    pub sender: Sender,
    /// Who is told to have done it, if that is somebody else: the server API in nobody's name.
    pub by: Option<Name>,
    /// The conversation, as the sender names it.
    pub target: Target,
    /// Which message.
    pub pos: Pos,
    /// How.
    pub act: ChangeAct,
    /// The body of the signal that says so, without id, names and time; an edit's is made anew.
    pub body: Bytes,
    /// The client's own id; none for the server API.
    pub client_id: Option<u64>,
    /// Whether the sender's own devices get it (the server API's `sync_device`).
    pub echo: bool,
}

/// The changes.
#[derive(Clone, Debug)]
pub enum ChangeAct {
    /// Nobody has it any more.
    Recall {
        /// Whether it is recalled however old it is.
        force: bool,
    },
    /// Its contents are replaced by those of this serialized `MessageBody`.
    Edit {
        /// What the editor sent.
        payload: Bytes,
        /// Its kind: an edit does not change what kind a message is.
        kind: MessageKind,
    },
}

impl Service {
    /// A message, whether or not its reader sees it, in the conversation that is named or in whichever of the reader's has it;
    /// none if it is gone for everybody.
    pub(super) async fn message_of(
        &self,
        app: &App,
        reader: (Option<AccountId>, Name),
        target: Option<Target>,
        pos: Pos,
    ) -> Reply<Option<Message>> {
        let query = MessageQuery {
            app: app.id,
            reader,
            target,
            pos,
        };
        Ok(self.store.message(query).await?)
    }

    /// The 1-1 conversation of a user that has a message: its other side, and the user as that one names it.
    pub async fn conversation_with(
        &self,
        app: &App,
        user: &Name,
        pos: Pos,
    ) -> Reply<(Sender, Target)> {
        let missing = || Error::NoMessage(pos);
        let account = self.store.account(app.id, user).await?;
        let account = account.ok_or_else(missing)?;
        let reader = (Some(account.id), user.clone());
        let found = self.message_of(app, reader, None, pos).await?;
        let Some(Target::Peer(other)) = found.map(|message| message.target) else {
            return Err(missing().into());
        };
        let side = self.store.account(app.id, &other).await?;
        let sender = Sender {
            name: other,
            account: side.map(|account| account.id),
            device: DeviceId::NONE,
        };
        Ok((sender, Target::Peer(user.clone())))
    }

    /// Changes a message for everybody who has it. Who deleted it hears nothing of it. An edit is asked about as a message is,
    /// and takes its place among those of its sender with the call.
    pub fn change(
        self: Arc<Self>,
        app: Arc<App>,
        mut change: Change,
    ) -> impl Future<Output = Reply<SendReply>> + Send {
        let by_socket = change.sender.account.filter(|_| change.client_id.is_some());
        let taken = by_socket.map_or(Ok(()), |user| self.take_message(user));
        let edits = matches!(change.act, ChangeAct::Edit { .. });
        let asks = taken.is_ok() && edits && self.gate(app.id).is_some();
        let mut turn = asks.then(|| self.hooks.turns.take(app.id, &change.sender.name));
        async move {
            taken?;
            if let Some(turn) = &mut turn {
                let answer = self.ask_edit(&app, &change).await;
                turn.come().await;
                if let (Some(text), ChangeAct::Edit { payload, .. }) = (answer?, &mut change.act) {
                    *payload = replaced_edit(payload, text)?;
                }
            }
            let done = self.change_now(&app, &change).await;
            drop(turn);
            done
        }
    }

    /// Asks about what an edit would leave, if it may be made at all. Another text for it, if that is replaced.
    async fn ask_edit(&self, app: &App, change: &Change) -> Reply<Option<String>> {
        let ChangeAct::Edit { payload, kind } = &change.act else {
            return Ok(None);
        };
        let group = self.group_to_change(app, change).await?;
        let message = self.message_to_change(app, change, group.as_ref()).await?;
        let (act, _) = self.edit(app, change, &message, (payload, *kind))?;
        let MessageAct::Edit { body, .. } = &act else {
            return Ok(None);
        };
        let question = Question {
            by: &change.sender.name,
            target: &change.target,
            kind: message.kind,
            body,
            edits: Some(change.pos),
        };
        self.ask(app.id, question).await
    }

    /// The group in which something is changed, if the application offers that there.
    async fn group_to_change(&self, app: &App, change: &Change) -> Reply<Option<Group>> {
        let group = match &change.target {
            Target::Group(id) => self.store.group(app.id, id).await?,
            Target::Peer(_) => None,
        };
        let room = group.as_ref().is_some_and(|group| group.settings.room);
        self.check_offered(app, &change.act, room)?;
        Ok(group)
    }

    async fn change_now(&self, app: &App, change: &Change) -> Reply<SendReply> {
        let group = self.group_to_change(app, change).await?;
        let room = group.as_ref().is_some_and(|group| group.settings.room);
        for _ in 0..CONFLICT_RETRIES_MAX {
            let message = self.message_to_change(app, change, group.as_ref()).await?;
            let (act, note) = match &change.act {
                ChangeAct::Recall { force } => {
                    // With what it says about it.
                    check_size(change.body.len())?;
                    self.check_window(app, change.pos, *force)?;
                    (MessageAct::Recall, None)
                }
                ChangeAct::Edit { payload, kind } => {
                    let (act, note) = self.edit(app, change, &message, (payload, *kind))?;
                    (act, Some(note))
                }
            };
            let append = self.append_change(app, change, (act, room));
            match self.store.append(append).await {
                Err(Error::Conflict) => {}
                Err(error) => return Err(error.into()),
                Ok(appended) => {
                    if !appended.repeat {
                        let publication =
                            published(&change.sender, &change.target, &change.body, &appended);
                        let accounts = (appended.conversation, appended.accounts.as_slice());
                        self.reach(&change.target, accounts, &publication.referring());
                        self.tell_changed(app.id, change, &message).await;
                    }
                    return Ok(SendReply {
                        pos: appended.pos,
                        time: appended.pos.time(),
                        in_history: false,
                        note,
                    });
                }
            }
        }
        Err(Refusal::busy())
    }

    fn check_offered(&self, app: &App, act: &ChangeAct, room: bool) -> Reply<()> {
        let switches = self.switches(app);
        let refused = |text| {
            Err(Refusal::new(
                ErrorCode::ServiceNotEnabled,
                "forbidden_op",
                text,
            ))
        };
        match act {
            ChangeAct::Recall { .. } if switches.recall_window_seconds == 0 => {
                refused("message recall service is unopened")
            }
            ChangeAct::Edit { .. } if room || switches.edits_max == 0 => {
                refused("Sorry, edit is not available")
            }
            ChangeAct::Recall { .. } | ChangeAct::Edit { .. } => Ok(()),
        }
    }

    /// The message, if the caller may change it: its sender, the server API, and a group's owner and admins; in a thread those of
    /// its group too.
    async fn message_to_change(
        &self,
        app: &App,
        change: &Change,
        group: Option<&Group>,
    ) -> Reply<Message> {
        let sender = &change.sender;
        let (reader, target) = ((sender.account, sender.name.clone()), change.target.clone());
        let found = self.message_of(app, reader, Some(target), change.pos);
        let Some(message) = found.await? else {
            return Err(match change.act {
                ChangeAct::Recall { .. } => Error::NoMessage(change.pos).into(),
                ChangeAct::Edit { .. } => no_edit("Sorry, message does not exist"),
            });
        };
        let by_server = sender.device == DeviceId::NONE;
        if by_server || message.sender == sender.name {
            return Ok(message);
        }
        if let (Some(group), Some(account)) = (group, sender.account)
            && self.governs(app, group, (account, &sender.name)).await?
        {
            return Ok(message);
        }
        Err(Refusal::forbidden("Sorry, You do not have permission"))
    }

    /// Whether an account governs a group, or the group that it is a thread of.
    async fn governs(&self, app: &App, group: &Group, who: (AccountId, &Name)) -> Reply<bool> {
        if self.role_of(group, who).await? >= Role::Admin {
            return Ok(true);
        }
        let Some(parent) = &group.settings.parent else {
            return Ok(false);
        };
        let parent = self.group(app, &parent.group).await?;
        Ok(self.role_of(&parent, who).await? >= Role::Admin)
    }

    fn check_window(&self, app: &App, pos: Pos, force: bool) -> Reply<()> {
        let window = self.switches(app).recall_window_seconds;
        let age_ms = self.clock.now().0.saturating_sub(pos.time().0);
        if force || age_ms <= window.saturating_mul(1000) {
            return Ok(());
        }
        Err(Refusal::new(
            ErrorCode::RecallTimeLimit,
            "message_recall_error",
            "exceed recall time limit",
        ))
    }

    /// The act of an edit, and what the editor is told of it.
    fn edit(
        &self,
        app: &App,
        change: &Change,
        message: &Message,
        (payload, kind): (&Bytes, MessageKind),
    ) -> Reply<(MessageAct, Bytes)> {
        let contents = matches!(message.kind, MessageKind::Text | MessageKind::Custom);
        if (contents && kind != message.kind) || message.body.is_empty() {
            return Err(no_edit("Sorry, format is incorrect"));
        }
        let malformed = |_| no_edit("Sorry, edit fail");
        let count = edit_count(&message.body).map_err(malformed)?;
        if count >= self.switches(app).edits_max {
            return Err(no_edit("Sorry, edit limit reached"));
        }
        let info = EditInfo {
            sender: message.sender.as_str(),
            send_time: change.pos.time().0,
            chat_type: match change.target {
                Target::Peer(_) => "chat:user",
                Target::Group(_) => "chat:group",
            },
            operator: change.sender.name.as_str(),
            edit_time: self.clock.now().0,
        };
        let body = edited(&message.body, payload, contents, &info).map_err(malformed)?;
        // What the server itself notes in a message does not count.
        check_size(payload.len())?;
        let act = MessageAct::Edit {
            before: message.body_id,
            body,
        };
        let note = notify_body(&json!({"edit_msg": info.json(count + 1)}));
        Ok((act, note))
    }

    fn append_change(&self, app: &App, change: &Change, (act, room): (MessageAct, bool)) -> Append {
        let sender = change.sender.clone();
        let by_server = sender.device == DeviceId::NONE;
        let unheard = sender.account.filter(|_| !change.echo);
        let (files, edits) = match &act {
            MessageAct::Edit { body, .. } => (files_in(body), true),
            MessageAct::Recall => (Vec::new(), false),
        };
        Append {
            app: app.id,
            sender,
            target: change.target.clone(),
            kind: EntryKind::Signal { ref_seq: None },
            audience: unheard.map_or(Audience::All, |own| Audience::Except(vec![own])),
            directed: Vec::new(),
            body: change.body.clone(),
            files,
            hook: None,
            client_id: change
                .client_id
                .map(|id| (id, Sha256::digest(&change.body).into())),
            room,
            check_member: !by_server,
            // Who may not write any more may still take back.
            check_allowed: !by_server && edits,
            friends_only: self.switches(app).friends_only,
            changes: Some(MessageChange {
                pos: change.pos,
                act,
            }),
            write: None,
            now: self.clock.now(),
        }
    }
}

/// The files that the message of a meta body speaks of.
fn files_in(body: &Bytes) -> Vec<FileId> {
    let meta = Meta::decode(body.clone()).ok();
    let payload = meta.and_then(|meta| MessageBody::decode(meta.payload?).ok());
    payload.as_ref().map(files_of).unwrap_or_default()
}

fn no_edit(text: &'static str) -> Refusal {
    Refusal::new(ErrorCode::EditFailed, "message_edit_error", text)
}
