//! What goes on by itself: frames, sessions, steps of devices, calls. One thing at a time, and which is next is the run's choice.

use super::check::check_frame;
use super::rng::index;
use super::world::{APP_KEY, Call, CallKind, Reply, Wire, World};
use anyhow::{Context, Result, bail};
use bytes::Bytes;
use lacuna_domain::{ConversationId, Direction, ErrorCode, Pos, Target, Version};
use lacuna_proto::Standing;
use lacuna_proto::frame::Upstream;
use lacuna_proto::meta::full_meta;
use lacuna_proto::pb::{Jid, Meta};
use lacuna_sdk::simulation::{Answer, Ask, Deletion, Want};
use lacuna_sdk::transport::frames::{self, Downstream};
use lacuna_sdk::transport::{Fact, FactPage};
use lacuna_store::{ConversationCursor, ConversationQuery, HistoryQuery, Store as _};
use pollster::block_on;
use prost::Message as _;
use std::collections::VecDeque;

/// One thing that can go on.
#[derive(Clone, Copy, Debug)]
enum Next {
    /// A device reads a frame.
    Read(usize),
    /// A device does a step.
    Step(usize),
    /// The server reads a frame of a connection, or registers it.
    Frame(usize),
    /// A session is told what was published.
    Hear(usize),
    /// The n-th thing that a session asked for goes on.
    Work(usize, usize),
    /// The server notices that a connection is gone.
    End(usize),
    /// The server answers a call.
    Serve(usize),
    /// A device gets an answer.
    Answer(usize),
}

impl World {
    fn next_things(&self) -> Vec<Next> {
        let mut things = Vec::new();
        for (nth, phone) in self.phones.iter().enumerate() {
            let Some(device) = &phone.device else {
                continue;
            };
            if device.is_busy() {
                if !device.asks() {
                    things.push(Next::Step(nth));
                }
            } else if !phone.coming.is_empty() {
                things.push(Next::Read(nth));
            }
        }
        for (nth, wire) in self.wires.iter().enumerate() {
            match &wire.link {
                Some(link) if link.is_closing() => things.push(Next::End(nth)),
                Some(link) => {
                    if link.is_told() {
                        things.push(Next::Hear(nth));
                    }
                    things.extend((0..link.work()).map(|work| Next::Work(nth, work)));
                    if !wire.going.is_empty() {
                        things.push(Next::Frame(nth));
                    } else if wire.cut {
                        things.push(Next::End(nth));
                    }
                }
                None if wire.admitted.is_some() || !wire.going.is_empty() => {
                    things.push(Next::Frame(nth));
                }
                None if wire.cut => things.push(Next::End(nth)),
                None => {}
            }
        }
        for (nth, call) in self.calls.iter().enumerate() {
            things.push(if call.reply.is_some() {
                Next::Answer(nth)
            } else {
                Next::Serve(nth)
            });
        }
        things
    }

    /// One of the things that can go on does. Says whether there was one.
    pub(crate) fn go(&mut self, pick: u64) -> Result<bool> {
        let things = self.next_things();
        if things.is_empty() {
            return Ok(false);
        }
        let next = things[index(pick & 0xffff_ffff, things.len())];
        let page_max = 1 + index(pick >> 32, self.page_max);
        self.steps += 1;
        self.now
            .fetch_add(pick >> 48 & 7, std::sync::atomic::Ordering::SeqCst);
        if self.trace.is_some() {
            let text = self.describe(next);
            self.say(|| text);
        }
        match next {
            Next::Read(phone) => self.read(phone)?,
            Next::Step(phone) => self.step(phone)?,
            Next::Frame(wire) => self.frame(wire)?,
            Next::Hear(wire) => {
                if let Some(link) = &mut self.wires[wire].link {
                    link.hear();
                }
                self.sent(wire)?;
            }
            Next::Work(wire, work) => {
                if let Some(link) = &mut self.wires[wire].link {
                    block_on(link.advance(work, page_max));
                }
                self.observe()?;
                self.sent(wire)?;
            }
            Next::End(wire) => self.end(wire)?,
            Next::Serve(call) => self.serve(call, page_max)?,
            Next::Answer(call) => self.answer(call)?,
        }
        Ok(true)
    }

    fn describe(&self, next: Next) -> String {
        let name = |phone: usize| self.phones[phone].resource.as_str();
        let of = |wire: usize| {
            let wire = &self.wires[wire];
            format!("the server, for {} on connection {},", name(wire.phone), wire.conn)
        };
        match next {
            Next::Read(phone) => {
                let frame = self.phones[phone].coming.front().cloned().flatten();
                let frame = frame.map_or_else(|| "the end".to_owned(), |frame| downstream(&frame));
                format!("{} reads {frame}", name(phone))
            }
            Next::Step(phone) => format!("{} does a step", name(phone)),
            Next::Frame(wire) => {
                let frame = self.wires[wire].going.front().map(upstream);
                format!(
                    "{} reads {}",
                    of(wire),
                    frame.unwrap_or_else(|| "nothing: it registers it".to_owned())
                )
            }
            Next::Hear(wire) => format!("{} hears what was published", of(wire)),
            Next::Work(wire, work) => {
                let work = self.wires[wire].link.as_ref().map(|link| link.describe(work));
                format!("{} goes on with {}", of(wire), work.unwrap_or_default())
            }
            Next::End(wire) => format!("{} notices the end", of(wire)),
            Next::Serve(call) => {
                let call = &self.calls[call];
                format!("the server answers {}: {:?}", name(call.phone), call.kind)
            }
            Next::Answer(call) => {
                let call = &self.calls[call];
                format!("{} gets {:?}", name(call.phone), call.reply)
            }
        }
    }

    // --- connections ------------------------------------------------------------------------------------------------

    /// A device connects, anew if it is connected.
    pub(crate) fn connect(&mut self, nth: usize) -> Result<()> {
        self.cut(nth, usize::MAX)?;
        self.dial(nth)
    }

    /// A device makes a connection; one that it had before is left to the server.
    pub(crate) fn dial(&mut self, nth: usize) -> Result<()> {
        self.conns += 1;
        let conn = self.conns;
        let token = self.users[self.phones[nth].user].token.clone();
        let phone = &mut self.phones[nth];
        let device = phone.device()?;
        device.disconnect();
        let first = device.provision(&token);
        phone.conn = Some(conn);
        phone.coming.clear();
        self.wires.push(Wire {
            conn,
            phone: nth,
            going: VecDeque::from([first]),
            cut: false,
            admitted: None,
            link: None,
        });
        Ok(())
    }

    /// A connection is lost: everything on its way to the device, and what it wrote after the first `keep` frames.
    pub(crate) fn cut(&mut self, nth: usize, keep: usize) -> Result<()> {
        let phone = &mut self.phones[nth];
        phone.coming.clear();
        phone.device()?.disconnect();
        if let Some(conn) = phone.conn.take()
            && let Some(wire) = self.wires.iter_mut().find(|wire| wire.conn == conn)
        {
            wire.cut = true;
            wire.going.truncate(keep);
        }
        Ok(())
    }

    /// A device writes a frame, if it has a connection.
    pub(crate) fn write(&mut self, nth: usize, frame: Bytes) {
        let conn = self.phones[nth].conn;
        if let Some(wire) = self.wires.iter_mut().find(|wire| Some(wire.conn) == conn) {
            wire.going.push_back(frame);
        }
    }

    fn frame(&mut self, nth: usize) -> Result<()> {
        let mailbox_max = self.mailbox_max;
        let wire = &mut self.wires[nth];
        if let Some(link) = &mut wire.link {
            if let Some(frame) = wire.going.pop_front() {
                link.frame(&frame);
            }
            self.observe()?;
            return self.sent(nth);
        }
        if let Some(admitted) = wire.admitted.take() {
            wire.link = block_on(self.node.open(admitted, mailbox_max));
            if wire.link.is_none() {
                wire.cut = true;
                wire.going.clear();
            }
            return self.sent(nth);
        }
        let Some(first) = wire.going.pop_front() else {
            return Ok(());
        };
        match block_on(self.node.admit(&first)) {
            Ok(admitted) => wire.admitted = Some(admitted),
            Err(refusal) => {
                let (conn, phone) = (wire.conn, wire.phone);
                self.wires.remove(nth);
                let phone = &mut self.phones[phone];
                if phone.conn == Some(conn) {
                    phone.coming.extend(refusal.map(Some));
                    phone.coming.push_back(None);
                }
            }
        }
        self.observe()
    }

    /// Puts what a session sends on its way.
    fn sent(&mut self, nth: usize) -> Result<()> {
        let wire = &mut self.wires[nth];
        let Some(link) = &mut wire.link else {
            return Ok(());
        };
        let frames = link.take_frames();
        for frame in &frames {
            check_frame(&self.model, link.account(), frame)?;
        }
        let phone = &mut self.phones[wire.phone];
        if phone.conn == Some(wire.conn) {
            phone.coming.extend(frames.into_iter().map(Some));
        }
        Ok(())
    }

    fn end(&mut self, nth: usize) -> Result<()> {
        let wire = self.wires.remove(nth);
        if let Some(link) = wire.link {
            block_on(link.end());
        }
        let phone = &mut self.phones[wire.phone];
        if phone.conn == Some(wire.conn) {
            phone.coming.push_back(None);
        }
        self.observe()
    }

    // --- devices ----------------------------------------------------------------------------------------------------

    fn read(&mut self, nth: usize) -> Result<()> {
        let Some(frame) = self.phones[nth].coming.pop_front().flatten() else {
            return self.cut(nth, 0);
        };
        let phone = &mut self.phones[nth];
        let was_in = phone.device()?.is_in();
        // To an account's first device everything is due as long as it has acknowledged nothing; one that is new reads
        // history, and so does one that was forgotten before it was ever in step.
        let due = match acked(&frame) {
            Some(0) if !was_in => Some(true),
            Some(_) if !was_in && !phone.look()?.is_synced()? => Some(false),
            _ => None,
        };
        match phone.device()?.read(frame) {
            Ok(frames) => {
                phone.complete = due.unwrap_or(phone.complete);
                for frame in frames {
                    self.write(nth, frame);
                }
                Ok(())
            }
            Err(error) if was_in => Err(error.into()),
            Err(error) => {
                if error.code() == ErrorCode::InvalidToken
                    || error.code() == ErrorCode::AuthenticationFailed
                {
                    self.count("token expired");
                    let user = self.phones[nth].user;
                    let account = self.users[user].account.clone();
                    self.users[user].token = self.token(&account)?;
                }
                self.cut(nth, 0)
            }
        }
    }

    fn step(&mut self, nth: usize) -> Result<()> {
        let want = self.phones[nth].device()?.step()?;
        match want {
            Want::Nothing => {}
            Want::Send(frame) => self.write(nth, frame),
            Want::Ask(ask) => self.call(nth, CallKind::Engine(ask)),
            Want::Out(_) => self.cut(nth, usize::MAX)?,
        }
        self.check_phone_soon(nth)
    }

    /// A device calls the API.
    pub(crate) fn call(&mut self, phone: usize, kind: CallKind) {
        let (run, conn) = (self.phones[phone].run, self.phones[phone].conn);
        self.calls.push(Call {
            phone,
            run,
            conn,
            kind,
            reply: None,
        });
    }

    /// A call is lost: not done, or done and not answered.
    pub(crate) fn lose_call(&mut self, nth: u64) -> Result<()> {
        if self.calls.is_empty() {
            return Ok(());
        }
        let call = self.calls.remove(index(nth, self.calls.len()));
        self.fail_call(&call)
    }

    pub(crate) fn fail_call(&mut self, call: &Call) -> Result<()> {
        if matches!(call.kind, CallKind::Delete { .. }) {
            self.phones[call.phone].unanswered = true;
        }
        // The engine takes it for a lost connection; an app is told, and may try again.
        let engine = matches!(call.kind, CallKind::Engine(_));
        if engine && self.phones[call.phone].conn == call.conn {
            return self.cut(call.phone, 0);
        }
        Ok(())
    }

    // --- calls ------------------------------------------------------------------------------------------------------

    fn serve(&mut self, nth: usize, page_max: usize) -> Result<()> {
        let call = &self.calls[nth];
        let (user, resource) = {
            let phone = &self.phones[call.phone];
            (phone.user, phone.resource.clone())
        };
        let reply = match &call.kind {
            CallKind::Engine(Ask::Facts(since)) => self.facts(user, *since, page_max)?,
            CallKind::Engine(Ask::List(cursor)) => self.list(user, cursor.as_deref(), page_max)?,
            CallKind::Engine(Ask::History(target, after)) => {
                let query = (target.clone(), Some(*after), Direction::Newer);
                self.history(user, query, page_max)?
            }
            CallKind::History(target, from) => {
                let query = (target.clone(), *from, Direction::Older);
                self.history(user, query, page_max)?
            }
            CallKind::Delete {
                what, since, pages, ..
            } => {
                let (what, since, asked) = (what.clone(), *since, !pages.is_empty());
                if asked || self.delete(user, &resource, &what, true)? {
                    self.facts(user, since, page_max)?
                } else {
                    Reply::Refused
                }
            }
        };
        self.calls[nth].reply = Some(reply);
        self.observe()
    }

    /// The server deletes. Says whether it did.
    pub(crate) fn delete(
        &self,
        user: usize,
        resource: &str,
        what: &Deletion,
        notice: bool,
    ) -> Result<bool> {
        let actor = self.actor(user, resource)?;
        let service = self.service();
        let done = match what.clone() {
            Deletion::Ids(target, ids) => block_on(service.delete_ids(&actor, target, ids, notice)),
            Deletion::Through(target, time) => {
                block_on(service.delete_through(&actor, target, time, notice))
            }
            Deletion::Conversation(target, with) => {
                let done = service.delete_conversation(&actor, target, with, resource);
                block_on(done).map(drop)
            }
            Deletion::Everything => block_on(service.delete_everything(&actor)),
        };
        Ok(done.is_ok())
    }

    fn facts(&self, user: usize, since: u64, limit: usize) -> Result<Reply> {
        let account = self.users[user].account.id;
        let page = block_on(self.store.facts(account, Version(since), limit))?;
        let fact = |fact: lacuna_store::Fact| Fact {
            version: fact.version.0,
            conversation: fact.target,
            first: fact.from,
            last: fact.to,
            device: fact.resource,
        };
        Ok(Reply::Facts(FactPage {
            facts: page.facts.into_iter().map(fact).collect(),
            version: page.version.0,
            more: page.more,
        }))
    }

    fn list(&self, user: usize, cursor: Option<&str>, limit: usize) -> Result<Reply> {
        let query = ConversationQuery {
            account: self.users[user].account.id,
            pinned_only: false,
            with_empty: false,
            cursor: cursor.map(place).transpose()?,
            limit,
        };
        let page = block_on(self.store.conversations(query))?;
        let rows = page.rows.into_iter().map(|row| {
            let last = row.last.map_or(Pos::ZERO, |entry| entry.pos);
            (row.target, last, row.pinned_at > 0)
        });
        let next = page.next.map(|next| {
            let ConversationCursor {
                pinned_at,
                last,
                conversation,
            } = next;
            format!("{pinned_at}:{last}:{conversation}")
        });
        Ok(Reply::List(rows.collect(), next))
    }

    fn history(
        &self,
        user: usize,
        (target, from, direction): (Target, Option<Pos>, Direction),
        limit: usize,
    ) -> Result<Reply> {
        let user = &self.users[user];
        let page = block_on(self.store.history(HistoryQuery {
            account: user.account.id,
            name: user.name.clone(),
            app: self.app.id,
            target: target.clone(),
            from,
            direction,
            limit,
            since: None,
            until: None,
            kinds: Vec::new(),
            sender: None,
        }))?;
        let mut metas = Vec::new();
        for entry in &page.entries {
            let to = match &target {
                Target::Group(id) => Jid::group(APP_KEY, id.as_str()),
                Target::Peer(peer) if entry.sender == user.name => {
                    Jid::user(APP_KEY, peer.as_str())
                }
                Target::Peer(_) => Jid::user(APP_KEY, user.name.as_str()),
            };
            let from = Jid::user(APP_KEY, entry.sender.as_str());
            let time = entry.pos.time().0;
            let bytes = full_meta(entry.pos.0, &from, &to, time, &entry.body);
            metas.push(Meta::decode(bytes)?);
        }
        Ok(Reply::History(metas, page.next.is_some()))
    }

    /// A device reads all of the history that its user sees, in pages.
    pub(crate) fn read_history(&mut self, nth: usize, limit: usize) -> Result<()> {
        let user = self.phones[nth].user;
        let account = self.users[user].account.id;
        let name = self.users[user].name.clone();
        let ids: Vec<ConversationId> = self.model.views_of(account).map(|(id, _)| id).collect();
        for id in ids {
            let key = self.model.keys.get(&id).context("a key")?;
            let target = key.target(&name);
            let mut from = None;
            loop {
                let query = (target.clone(), from, Direction::Older);
                let Reply::History(mut metas, more) = self.history(user, query, limit)? else {
                    break;
                };
                from = metas.last().map(|meta| Pos(meta.id()));
                metas.reverse();
                self.phones[nth].look()?.take_history(metas)?;
                if !more {
                    break;
                }
            }
        }
        Ok(())
    }

    fn answer(&mut self, nth: usize) -> Result<()> {
        let call = self.calls.remove(nth);
        let alive = self.phones[call.phone].run == call.run;
        let connected = self.phones[call.phone].conn == call.conn;
        let device = self.phones[call.phone].device()?;
        match (call.kind, call.reply.context("it was answered")?) {
            (CallKind::Delete { .. }, _) if !alive => {
                self.phones[call.phone].unanswered = true;
                return Ok(());
            }
            (_, _) if !alive => return Ok(()),
            (CallKind::Engine(_), _) if !connected || !device.asks() => return Ok(()),
            (CallKind::Engine(_), Reply::Facts(page)) => device.answered(Answer::Facts(page))?,
            (CallKind::Engine(_), Reply::List(rows, next)) => {
                device.answered(Answer::List(rows, next))?;
            }
            (CallKind::Engine(_), Reply::History(metas, more)) => {
                device.answered(Answer::History(metas, more))?;
            }
            (CallKind::History(..), Reply::History(mut metas, _)) => {
                metas.reverse();
                device.take_history(metas)?;
            }
            (
                CallKind::Delete {
                    what,
                    held,
                    mut pages,
                    ..
                },
                Reply::Facts(page),
            ) => {
                let last = page.facts.last().map(|fact| fact.version);
                let next = last.filter(|_| page.more);
                pages.push(page);
                if let Some(since) = next {
                    let kind = CallKind::Delete {
                        what,
                        held,
                        since,
                        pages,
                    };
                    self.call(call.phone, kind);
                } else {
                    device.deleted(what, held, pages)?;
                }
            }
            (_, Reply::Refused) => {}
            (kind, reply) => bail!("{reply:?} is no answer to {kind:?}"),
        }
        self.check_phone_soon(call.phone)
    }
}

/// How far a device came, by the answer to its login.
fn acked(frame: &Bytes) -> Option<u64> {
    match frames::decode(frame.clone()) {
        Ok(Downstream::Provision(reply)) => Standing::of(&reply).map(|standing| standing.acked),
        _ => None,
    }
}

/// A frame in a few words.
fn downstream(frame: &Bytes) -> String {
    match frames::decode(frame.clone()) {
        Ok(Downstream::Provision(reply)) => format!("the answer to its login {:?}", reply.standing),
        Ok(Downstream::Unread(reply)) => {
            let names = reply.unread.iter().map(|queue| queue.queue.as_ref());
            let names = names.map(|queue| queue.map_or("", Jid::name));
            format!("unread {:?}", names.collect::<Vec<_>>())
        }
        Ok(Downstream::Notice(queue)) => format!("notice {:?}", queue.name()),
        Ok(Downstream::Sync(page)) if page.meta_id() > 0 => {
            format!("answer to {}: {}", page.meta_id(), page.server_id())
        }
        Ok(Downstream::Sync(page)) => {
            let ids: Vec<u64> = page.metas.iter().map(Meta::id).collect();
            let queue = page.queue.as_ref().map_or("", Jid::name);
            format!("page {queue:?} {ids:?} key {:?}", page.next_key)
        }
        Ok(Downstream::Other) | Err(_) => "something else".to_owned(),
    }
}

fn upstream(frame: &Bytes) -> String {
    match lacuna_proto::frame::decode(frame) {
        Ok(Upstream::Sync {
            meta: Some(meta), ..
        }) => {
            let to = meta.0.to.as_ref().map_or("", Jid::name);
            format!("message {} to {to:?}", meta.0.id())
        }
        Ok(Upstream::Sync { key, queue, .. }) => {
            let queue = queue.as_ref().map_or("", Jid::name);
            format!("pull {queue:?} key {key:?}")
        }
        Ok(Upstream::Unread) => "unread?".to_owned(),
        Ok(Upstream::Provision { .. }) => "a login".to_owned(),
        Ok(Upstream::Logout(_) | Upstream::Other(_)) | Err(_) => "something else".to_owned(),
    }
}

fn place(text: &str) -> Result<ConversationCursor> {
    let mut parts = text.split(':');
    let mut part = || parts.next().context("a cursor has three parts");
    Ok(ConversationCursor {
        pinned_at: part()?.parse()?,
        last: Pos(part()?.parse()?),
        conversation: ConversationId(part()?.parse()?),
    })
}
