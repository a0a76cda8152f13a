//! Calls of the API: asked for, answered by the server, and heard of by the device that called; or lost on the way.

use super::rng::index;
use super::world::{APP_KEY, Call, CallKind, Reply, World};
use anyhow::{Context, Result, bail};
use lacuna_domain::{ConversationId, Direction, Pos, Target, Version};
use lacuna_proto::meta::full_meta;
use lacuna_proto::pb::{Jid, Meta};
use lacuna_sdk::simulation::{Answer, Ask, Deletion, Device};
use lacuna_sdk::transport::{Fact, FactPage};
use lacuna_store::{ConversationCursor, ConversationQuery, HistoryQuery, Store as _};
use pollster::block_on;
use prost::Message as _;

impl World {
    /// A device calls the API.
    pub(crate) fn call(&mut self, phone: usize, kind: CallKind) {
        let (run, conn) = (self.phones[phone].run, self.phones[phone].conn);
        let now = &self.users[self.phones[phone].user].account;
        // A device that has not heard of its user's new account yet calls with a token of the one before, which is none any more.
        let own = self.phones[phone].look().map(Device::account);
        let is_of_now = matches!(own, Ok(Ok(Some(uuid))) if uuid == now.profile.uuid);
        let account = is_of_now.then_some(now.id);
        self.calls.push(Call {
            phone,
            account,
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

    /// Whether its token is good; and the login ends in which the app called, when the account does.
    fn is_current(&self, call: &Call) -> bool {
        call.account == Some(self.users[self.phones[call.phone].user].account.id)
    }

    pub(crate) fn serve(&mut self, nth: usize, page_max: usize) -> Result<()> {
        if !self.is_current(&self.calls[nth]) {
            let call = self.calls.remove(nth);
            return self.fail_call(&call);
        }
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
            (row.target, last)
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
            from,
            ..HistoryQuery::new(
                user.account.id,
                user.name.clone(),
                self.app.id,
                target.clone(),
                direction,
                limit,
            )
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

    pub(crate) fn answer(&mut self, nth: usize) -> Result<()> {
        let call = self.calls.remove(nth);
        if !self.is_current(&call) {
            return self.fail_call(&call);
        }
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

fn place(text: &str) -> Result<ConversationCursor> {
    let mut parts = text.split(':');
    let mut part = || parts.next().context("a cursor has three parts");
    Ok(ConversationCursor {
        pinned_at: part()?.parse()?,
        last: Pos(part()?.parse()?),
        conversation: ConversationId(part()?.parse()?),
    })
}
