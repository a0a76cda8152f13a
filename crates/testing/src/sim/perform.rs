//! Doing what a run says.

use super::acts::Act;
use super::rng::{Rng, index};
use super::world::{CallKind, World};
use anyhow::Result;
use bytes::Bytes;
use lacuna_domain::{Clock, MessageKind, Millis, Name, Pos, Target};
use lacuna_proto::pb::message_body::Type as BodyType;
use lacuna_proto::pb::message_body::content::Type;
use lacuna_proto::pb::{Jid, MessageBody};
use lacuna_sdk::NewMessage;
use lacuna_sdk::simulation::{Deletion, Here};
use lacuna_sdk::transport::frames::text_payload;
use lacuna_server::service::{
    Change, ChangeAct, GroupRef, NewGroupRequest, Outgoing, Role, Route, ThreadRequest,
};
use lacuna_store::{GroupSettings, Store as _, Sweep};
use pollster::block_on;
use prost::Message as _;
use std::sync::Arc;
use std::sync::atomic::Ordering;

const MINUTE_MS: u64 = 60_000;
const DAY_MS: u64 = 24 * 60 * MINUTE_MS;
const GROUPS_MAX: usize = 3;

impl World {
    /// An act happens.
    pub(crate) fn happen(&mut self, act: Act) -> Result<()> {
        if let Act::Go(pick) = act {
            self.go(pick)?;
            return self.store.check();
        }
        self.steps += 1;
        self.now.fetch_add(1, Ordering::SeqCst);
        self.say(|| format!("{act:?}"));
        if let Some(fault) = act.fault() {
            self.count(fault);
        }
        let phones = self.phones.len();
        let phone_of = |number| index(number, phones);
        match act {
            Act::Go(_) => {}
            Act::GoOn(pick) => self.go_on(pick, 2 + index(pick >> 7, 30))?,
            Act::Send { .. }
            | Act::ApiSend { .. }
            | Act::Change { .. }
            | Act::Delete { .. }
            | Act::ApiDelete { .. }
            | Act::DeleteHere { .. }
            | Act::History { .. }
            | Act::Read { .. }
            | Act::Pin { .. }
            | Act::Group { .. }
            | Act::Thread { .. } => self.user_acts(act)?,
            Act::Jobs => self.jobs()?,
            Act::Wait(number) => self.wait(number)?,
            Act::Jump { whose, by } => self.jump(whose, by),
            Act::Connect { phone } => {
                if self.phones[phone_of(phone)].conn.is_none() {
                    self.connect(phone_of(phone))?;
                }
            }
            Act::Cut { phone, keep } => self.cut(phone_of(phone), index(keep, 4))?,
            Act::Reconnect { phone } => {
                // The server does not see that the old one is gone before what it still has to read is read.
                self.cut(phone_of(phone), usize::MAX)?;
                self.dial(phone_of(phone))?;
            }
            Act::CrashPhone { phone, hard } => self.crash_phone(phone_of(phone), hard)?,
            Act::CrashServer => self.crash_server()?,
            Act::BackUpServer => self.back_up_server()?,
            Act::PutServerBack => self.put_server_back()?,
            Act::LoseCall { nth } => self.lose_call(nth)?,
            Act::Repeat { phone } => {
                let nth = phone_of(phone);
                if let Some(frame) = self.phones[nth].last_frame.clone()
                    && self.phones[nth].look()?.is_in()
                {
                    self.write(nth, frame);
                }
            }
            Act::BackUp { phone } => self.back_up(phone_of(phone))?,
            Act::Restore { phone } => self.restore(phone_of(phone), false)?,
            Act::Reinstall { phone } => self.restore(phone_of(phone), true)?,
            Act::Register { user } => self.register_again(index(user, self.users.len()))?,
            Act::Settle(pick) => self.settle(pick)?,
        }
        self.observe()?;
        self.store.check()
    }

    /// So many things go on.
    pub(crate) fn go_on(&mut self, pick: u64, count: usize) -> Result<()> {
        let mut rng = Rng::new(pick);
        for _ in 0..count {
            if !self.go(rng.next())? {
                break;
            }
        }
        Ok(())
    }

    fn user_acts(&mut self, act: Act) -> Result<()> {
        let (phones, users) = (self.phones.len(), self.users.len());
        let phone_of = |number| index(number, phones);
        match act {
            Act::Send { phone, to } => self.send(phone_of(phone), to),
            Act::ApiSend { user, to, kind } => self.api_send(index(user, users), to, kind),
            Act::Change { user, to, what } => self.change(index(user, users), to, what),
            Act::Delete { phone, to, what } => {
                let nth = phone_of(phone);
                let user = self.phones[nth].user;
                let what = self.deletion(user, to, what);
                let name = self.phones[nth].resource.clone();
                self.say(|| format!("  on {name}: {what:?}"));
                let device = self.phones[nth].look()?;
                let since = device.version()?;
                let held = (device.newest()?, since);
                let pages = Vec::new();
                self.call(
                    nth,
                    CallKind::Delete {
                        what,
                        held,
                        since,
                        pages,
                    },
                );
                Ok(())
            }
            Act::ApiDelete { user, to, what } => {
                let user = index(user, users);
                let deletion = self.deletion(user, to, what);
                let notice = (what >> 40) % 3 > 0;
                let name = self.users[user].name.clone();
                self.say(|| format!("  for {name}, notice {notice}: {deletion:?}"));
                self.delete(user, "", &deletion, notice).map(drop)
            }
            Act::DeleteHere { phone, to, what } => self.delete_here(phone_of(phone), to, what),
            Act::History { phone, to, from } => {
                let nth = phone_of(phone);
                if self.phones[nth].look()?.account()?.is_none() {
                    return Ok(());
                }
                let target = self.target(self.phones[nth].user, to);
                let held = self.phones[nth].look()?.messages(Some(target.clone()))?;
                let held = held.iter().filter(|message| !message.id.is_local());
                let held: Vec<Pos> = held.map(|message| message.id).collect();
                let from = (!from.is_multiple_of(3) && !held.is_empty())
                    .then(|| held[index(from, held.len())]);
                self.call(nth, CallKind::History(target, from));
                Ok(())
            }
            Act::Read { phone, to } => {
                let nth = phone_of(phone);
                let target = self.target(self.phones[nth].user, to);
                if self.phones[nth].look()?.is_in() {
                    let frame = self.phones[nth].look()?.read_conversation(&target)?;
                    self.write(nth, frame);
                }
                Ok(())
            }
            Act::Pin { user, to, pin } => self.pin(index(user, users), to, pin),
            Act::Group { group, user, how } => self.group(group, index(user, users), how),
            Act::Thread { group, user, how } => self.thread(group, index(user, users), how),
            _ => Ok(()),
        }
    }

    fn send(&mut self, nth: usize, to: u64) -> Result<()> {
        let target = self.target(self.phones[nth].user, to);
        let text = format!("message {}", self.steps);
        let name = self.phones[nth].resource.clone();
        self.say(|| format!("  {name} to {}", target.id()));
        let phone = &mut self.phones[nth];
        let frame = phone.device()?.send(NewMessage::text(target, text))?;
        phone.last_frame = Some(frame.clone());
        if phone.look()?.is_in() {
            self.write(nth, frame);
        }
        Ok(())
    }

    fn api_send(&mut self, user: usize, to: u64, kind: u64) -> Result<()> {
        let target = self.target(user, to);
        let actor = self.actor(user, "")?;
        let command = kind.is_multiple_of(4);
        let body = if command {
            command_payload(actor.name(), &target)?
        } else {
            text_payload(actor.name(), &target, &format!("message {}", self.steps))
        };
        let body: Bytes = lacuna_proto::chat_body(body, None);
        let outgoing = Outgoing {
            sender: actor.sender(),
            target,
            room: false,
            kind: if command {
                MessageKind::Command
            } else {
                MessageKind::Text
            },
            // What only those who are there get is kept by them and by nobody else: no view to compare it with.
            route: if command && kind.is_multiple_of(3) {
                Route::Online
            } else {
                Route::All
            },
            size: body.len(),
            files: Vec::new(),
            body,
            client_id: None,
            echo: kind.is_multiple_of(2),
        };
        // Whether it is refused is the store's to say: the model hears of what was done.
        drop(block_on(self.service().send(&self.app, outgoing)));
        Ok(())
    }

    /// Recalls or edits a message that a user sees, whoever sent it: for the server API may.
    fn change(&mut self, user: usize, to: u64, what: u64) -> Result<()> {
        let target = self.target(user, to);
        let seen = self.seen_in(user, &target);
        let Some(pos) = seen.get(index(what >> 8, seen.len())).copied() else {
            return Ok(());
        };
        let actor = self.actor(user, "")?;
        let (act, kind) = if what.is_multiple_of(2) {
            (ChangeAct::Recall { force: true }, BodyType::Recall)
        } else {
            let payload = text_payload(actor.name(), &target, &format!("edit {}", self.steps));
            let kind = MessageKind::Text;
            (ChangeAct::Edit { payload, kind }, BodyType::Edit)
        };
        let body = MessageBody {
            r#type: Some(kind.into()),
            from: Some(Jid::named(actor.name().as_str())),
            to: Some(Jid::named(target.id())),
            ack_message_id: Some(pos.0),
            ..MessageBody::default()
        };
        self.say(|| format!("  {} changes {pos}: {kind:?}", actor.name()));
        let change = Change {
            sender: actor.sender(),
            by: None,
            target,
            pos,
            act,
            body: lacuna_proto::chat_body(body.encode_to_vec().into(), None),
            client_id: None,
            echo: true,
        };
        drop(block_on(
            self.service().change(Arc::clone(&self.app), change),
        ));
        Ok(())
    }

    /// What a user deletes: what is there more often than not.
    fn deletion(&self, user: usize, to: u64, what: u64) -> Deletion {
        let target = self.target(user, to);
        let seen = self.seen_in(user, &target);
        let pick = |number: u64| seen.get(index(number, seen.len())).copied();
        match (what & 0xff) % 20 {
            0..9 => {
                let count = 1 + index(what >> 8, 5);
                let ids = (0..count).filter_map(|nth| {
                    let nth = u64::try_from(nth).unwrap_or_default();
                    pick((what >> 16).wrapping_add(nth.wrapping_mul(what >> 24)))
                });
                let ids: Vec<Pos> = ids.collect();
                Deletion::Ids(target, if ids.is_empty() { vec![Pos(77)] } else { ids })
            }
            9..15 => {
                // Also of what is deleted already: an older time takes nothing back.
                let ever = self.ever_in(user, &target);
                let nth = index(what >> 16, ever.len());
                let time = ever.get(nth).copied().map_or(Millis(1), Pos::time);
                Deletion::Through(target, time)
            }
            15 => Deletion::Through(target, Millis(u64::MAX)),
            16 | 17 => Deletion::Conversation(target, true),
            18 => Deletion::Conversation(target, false),
            _ => Deletion::Everything,
        }
    }

    /// What a user sees of a conversation.
    pub(crate) fn seen_in(&self, user: usize, target: &Target) -> Vec<Pos> {
        let user = &self.users[user];
        let key = target.key(&user.name);
        let view = self
            .model
            .conversation(&key)
            .and_then(|id| self.model.views.get(&(user.account.id, id)));
        view.map_or_else(Vec::new, |view| view.seen.iter().copied().collect())
    }

    /// What a user sees of a conversation, or has deleted.
    fn ever_in(&self, user: usize, target: &Target) -> Vec<Pos> {
        let mut ever = self.seen_in(user, target);
        let user = &self.users[user];
        let id = self.model.conversation(&target.key(&user.name));
        let gone = self.model.gone.get(&user.account.id).into_iter().flatten();
        let gone = gone.filter(|(_, gone)| Some(gone.conversation) == id);
        ever.extend(gone.map(|(pos, _)| *pos));
        ever
    }

    fn delete_here(&mut self, nth: usize, to: u64, what: u64) -> Result<()> {
        let target = self.target(self.phones[nth].user, to);
        let before = self.held(nth)?;
        let device = self.phones[nth].look()?;
        let messages = device.messages(Some(target.clone()))?;
        let pick = messages.get(index(what >> 8, messages.len()));
        device.delete_here(match (what & 0xff) % 10 {
            0..5 => Here::Message(pick.map_or(Pos(77), |message| message.id)),
            5 | 6 => Here::Before(pick.map_or(Millis(1), |message| message.time)),
            7 => Here::Messages(target),
            8 => Here::Conversation(target, what.is_multiple_of(2)),
            _ => Here::Everything,
        })?;
        let after = self.held(nth)?;
        let gone = before.difference(&after).copied();
        self.phones[nth].here.extend(gone);
        Ok(())
    }

    fn pin(&mut self, user: usize, to: u64, pin: bool) -> Result<()> {
        let target = self.target(user, to);
        if self.seen_in(user, &target).is_empty() {
            return Ok(());
        }
        let actor = self.actor(user, "")?;
        drop(block_on(self.service().pin(&actor, target, pin, "")));
        Ok(())
    }

    /// Makes a group of all.
    pub(crate) fn new_group(&mut self, owner: usize) -> Result<()> {
        let actor = self.actor(owner, "")?;
        let names = self.users.iter().map(|user| user.name.clone());
        let request = NewGroupRequest {
            owner: actor.name().clone(),
            members: names.collect(),
            settings: GroupSettings {
                public: true,
                members_max: 10,
                ..GroupSettings::default()
            },
        };
        let service = self.service();
        let made = service.create_group(&actor.app, actor.sender(), request);
        if let Ok(group) = block_on(made) {
            self.groups.push(group.id);
            if self.groups.len() > GROUPS_MAX {
                self.groups.remove(0);
            }
        }
        Ok(())
    }

    /// A user starts a thread, or joins, leaves or ends one.
    fn thread(&mut self, group: u64, user: usize, how: u64) -> Result<()> {
        let nth = index(group, self.threads.len());
        let Some(id) = self.threads.get(nth).filter(|_| how % 16 > 2).cloned() else {
            return self.new_thread(group, user, how >> 16);
        };
        let actor = self.actor(user, "")?;
        let (service, app, by) = (self.service(), Arc::clone(&self.app), actor.sender());
        self.say(|| format!("  {}: thread {id}, {}", actor.name(), how % 16));
        match how % 16 {
            3 => drop(block_on(service.destroy_thread(
                &app,
                (&id, Some(&actor)),
                by,
            ))),
            4..8 => drop(block_on(service.leave_thread(&actor, &id))),
            _ => drop(block_on(service.join_thread(&actor, &id))),
        }
        Ok(())
    }

    /// A user starts a thread on a message of a group that it sees, if there is one.
    fn new_thread(&mut self, group: u64, user: usize, which: u64) -> Result<()> {
        let group = self.groups[index(group, self.groups.len())].clone();
        let seen = self.seen_in(user, &Target::Group(group.clone()));
        let Some(message) = seen.get(index(which, seen.len())).copied() else {
            return Ok(());
        };
        let actor = self.actor(user, "")?;
        let request = ThreadRequest {
            owner: actor.name().clone(),
            group,
            message,
            name: "thread".to_owned(),
        };
        let service = self.service();
        let made = service.create_thread(&self.app, actor.sender(), request);
        if let Ok(thread) = block_on(made) {
            self.threads.push(thread.id);
            if self.threads.len() > GROUPS_MAX {
                self.threads.remove(0);
            }
        }
        Ok(())
    }

    fn group(&mut self, group: u64, user: usize, how: u64) -> Result<()> {
        let id = self.groups[index(group, self.groups.len())].clone();
        let actor = self.actor(user, "")?;
        let (service, app) = (self.service(), Arc::clone(&self.app));
        let member = self.model.is_member(actor.id(), &id);
        let name = actor.name().clone();
        self.say(|| format!("  {name}, member {member}: {id}, {}", how % 16));
        let (by, names) = (actor.sender(), vec![actor.name().clone()]);
        let which = GroupRef {
            id: &id,
            room: false,
        };
        match (member, how % 16) {
            (_, 0) => self.new_group(user)?,
            (_, 1) => {
                if let Ok(group) = block_on(service.group(&app, &id)) {
                    drop(block_on(service.destroy_group(&app, &group, by)));
                }
            }
            (true, 2..9) => drop(block_on(service.leave_group(&actor, &id))),
            (true, _) => {
                let managed = service.managed(&app, which, None, Role::Owner);
                if let Ok(managed) = block_on(managed) {
                    drop(block_on(service.kick_members(&managed, names)));
                }
            }
            (false, 2..9) => drop(block_on(service.join_group(&actor, which, ""))),
            (false, _) => drop(block_on(service.add_members(&app, &id, by, names))),
        }
        Ok(())
    }

    fn jobs(&mut self) -> Result<()> {
        block_on(self.service().rename_deleted(3))?;
        block_on(self.store.purge_step(3))?;
        let now = self.clock.now();
        while block_on(self.store.sweep(Sweep { now, limit: 100 }))?.more {}
        block_on(self.node.flush());
        Ok(())
    }

    fn wait(&mut self, number: u64) -> Result<()> {
        let ms = match number % 40 {
            0..30 => (number >> 8) % 2_000,
            30..36 => (number >> 8) % (12 * MINUTE_MS),
            36..39 => (number >> 8) % DAY_MS,
            _ => (number >> 8) % (40 * DAY_MS),
        };
        self.now.fetch_add(ms, Ordering::SeqCst);
        for nth in 0..self.wires.len() {
            if let Some(link) = &mut self.wires[nth].link {
                link.tick();
            }
            self.sent(nth)?;
        }
        Ok(())
    }

    fn jump(&mut self, whose: u64, by: u64) {
        let reach = i64::try_from(by % (2 * DAY_MS)).unwrap_or_default();
        let day = i64::try_from(DAY_MS).unwrap_or_default();
        let error = if by.is_multiple_of(5) { 0 } else { reach - day };
        let nth = index(whose, self.phones.len() + 1);
        match self.phones.get(nth) {
            Some(phone) => phone.clock.jump(error),
            // The server's goes back by minutes only: more would end tokens that are good.
            None => self.clock.jump(error % 600_000),
        }
    }
}

/// A text made a command.
fn command_payload(from: &Name, to: &Target) -> Result<Bytes> {
    let mut body = MessageBody::decode(text_payload(from, to, "do"))?;
    for content in &mut body.contents {
        content.r#type = Some(Type::Command.into());
        content.action = content.text.take();
    }
    Ok(body.encode_to_vec().into())
}
