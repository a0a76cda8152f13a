//! A device by hand, for simulators: the local store and the sync engine that a [`Client`](crate::Client) has, and nothing
//! happens until it is asked for. What the session does with a socket and calls of the API is done here step by step, in the
//! same order; what goes over the wire is handed out, and what comes back is handed in.

use crate::store::{Facts, Find, Opening, Own, Page, Scope, Source, Store};
use crate::sync::engine::{Engine, Event, Listed, Step, facts_of};
use crate::transport::FactPage;
use crate::types::{Conversation, Kick, Message, NewMessage};
use crate::wire::frames::{self, Downstream};
use crate::wire::incoming;
use crate::{Error, Result};
use bytes::Bytes;
use lacuna_domain::{Clock, ErrorCode, Millis, Name, Pos, Target};
use lacuna_proto::pb::{Meta, MetaQueue};
use std::collections::VecDeque;
use std::path::Path;
use std::sync::Arc;

/// Which device.
#[derive(Clone, Debug)]
pub struct Place<'a> {
    /// The folder of its store.
    pub folder: &'a Path,
    /// The application, `org#name`.
    pub app_key: &'a str,
    /// The user.
    pub user: &'a Name,
    /// What it is called on the wire.
    pub resource: &'a str,
    /// Its clock.
    pub clock: Arc<dyn Clock>,
}

/// What a device wants of the world.
#[derive(Debug)]
pub enum Want {
    /// Nothing: the step was done within.
    Nothing,
    /// A frame to be sent.
    Send(Bytes),
    /// A call of the API; nothing else is done before it is answered.
    Ask(Ask),
    /// The server logs the device out.
    Out(Kick),
}

/// A call of the API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    /// What was deleted since a version.
    Facts(u64),
    /// A page of the conversation list.
    List(Option<String>),
    /// The messages of a conversation after a position, oldest first.
    History(Target, Pos),
}

/// The answer to a call.
#[derive(Debug)]
pub enum Answer {
    /// To [`Ask::Facts`].
    Facts(FactPage),
    /// To [`Ask::List`]: each conversation and its newest message, and the next page.
    List(Vec<(Target, Pos)>, Option<String>),
    /// To [`Ask::History`]: a page, and whether there is more.
    History(Vec<Meta>, bool),
}

/// A deletion on the server, as an app asks for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deletion {
    /// These messages.
    Ids(Target, Vec<Pos>),
    /// Everything up to a time, that time included.
    Through(Target, Millis),
    /// The conversation, with its messages or without.
    Conversation(Target, bool),
    /// Everything.
    Everything,
}

/// A deletion on this device alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Here {
    /// One message.
    Message(Pos),
    /// A conversation's messages.
    Messages(Target),
    /// Everything before a time.
    Before(Millis),
    /// A conversation, with its messages or without.
    Conversation(Target, bool),
    /// Everything.
    Everything,
}

/// A device whose process runs.
#[derive(Debug)]
pub struct Device {
    store: Store,
    app_key: String,
    resource: String,
    clock: Arc<dyn Clock>,
    engine: Option<Engine>,
    steps: VecDeque<Step>,
    asked: Option<Ask>,
}

impl Device {
    /// Starts its process.
    pub fn open(place: &Place<'_>) -> Result<Self> {
        let store = Store::open(&Opening {
            folder: place.folder,
            app_key: place.app_key,
            user: place.user,
            resource: Some(place.resource),
            key: None,
            clock: Arc::clone(&place.clock),
        })?;
        Ok(Self {
            store,
            app_key: place.app_key.to_owned(),
            resource: place.resource.to_owned(),
            clock: Arc::clone(&place.clock),
            engine: None,
            steps: VecDeque::new(),
            asked: None,
        })
    }

    // --- the connection ---------------------------------------------------------------------------------------------

    /// The login, the first frame of a connection.
    #[must_use]
    pub fn provision(&self, token: &str) -> Bytes {
        let device = frames::Device {
            app_key: self.app_key.clone(),
            user: self.store.me().clone(),
            resource: self.resource.clone(),
            name: String::new(),
        };
        frames::provision(&device, token, self.clock.now())
    }

    /// The connection is lost, or was never made.
    pub fn disconnect(&mut self) {
        self.engine = None;
        self.steps.clear();
        self.asked = None;
    }

    /// Whether the server let the device in.
    #[must_use]
    pub fn is_in(&self) -> bool {
        self.engine.is_some()
    }

    /// Whether it has steps to do, or waits for an answer, and reads no frame before.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        self.asked.is_some() || !self.steps.is_empty()
    }

    /// Whether it waits for an answer.
    #[must_use]
    pub fn asks(&self) -> bool {
        self.asked.is_some()
    }

    /// Reads a frame. Gives the frames that it sends at once: after the answer to the login what was on its way.
    pub fn read(&mut self, frame: Bytes) -> Result<Vec<Bytes>> {
        let frame = frames::decode(frame)?;
        if let Some(engine) = &mut self.engine {
            self.steps
                .extend(engine.handle(Event::Frame(in_order(frame))));
            return Ok(Vec::new());
        }
        let Downstream::Provision(reply) = frame else {
            return Err(Error::new(
                ErrorCode::Internal,
                "the first frame is no answer to the login",
            ));
        };
        let admission = frames::admission(&reply)?;
        if let (Some(account), Some(version)) = (&admission.account, admission.version)
            && self.store.belong(account.clone(), version).wait()?
        {
            self.store.erase()?;
        }
        let waiting = self.store.waiting().wait()?;
        let again = waiting.again.iter();
        let sent = again.map(|outgoing| frames::message(&self.app_key, outgoing));
        let sent = sent.collect();
        let progress = self.store.progress().wait()?;
        let mut engine = Engine::new(self.store.me().clone());
        self.steps
            .extend(engine.handle(Event::Admitted(admission, progress)));
        self.engine = Some(engine);
        Ok(sent)
    }

    /// Does its next step. A crash between two of them loses the later ones.
    pub fn step(&mut self) -> Result<Want> {
        if self.asked.is_some() {
            return Ok(Want::Nothing);
        }
        let Some(step) = self.steps.pop_front() else {
            return Ok(Want::Nothing);
        };
        Ok(match step {
            Step::AskUnread => Want::Send(frames::unread()),
            Step::Pull(pull) => Want::Send(frames::pull(&pull)),
            Step::Facts => self.ask(Ask::Facts(self.version()?)),
            Step::List(cursor) => self.ask(Ask::List(cursor)),
            Step::History(target, after) => self.ask(Ask::History(target, after)),
            Step::Take(page) => {
                if self.store.take(page.0).wait()?.erased {
                    self.store.erase()?;
                }
                Want::Nothing
            }
            Step::Synced(acked) => {
                self.store.set_synced(acked).wait()?;
                Want::Nothing
            }
            Step::Acked { id, server, acked } => {
                if self.store.sent(Pos(id), server, acked).wait()?.erased {
                    self.store.erase()?;
                }
                Want::Nothing
            }
            Step::Refused { id, .. } => {
                self.store.failed(Pos(id)).wait()?;
                Want::Nothing
            }
            Step::Tell(_) => Want::Nothing,
            Step::End(kick) => Want::Out(kick),
        })
    }

    fn ask(&mut self, ask: Ask) -> Want {
        self.asked = Some(ask.clone());
        Want::Ask(ask)
    }

    /// What it asked for is answered.
    pub fn answered(&mut self, answer: Answer) -> Result<()> {
        let (Some(asked), Some(_)) = (self.asked.take(), &self.engine) else {
            return Ok(());
        };
        let event = match (asked, answer) {
            (Ask::Facts(since), Answer::Facts(page)) => {
                let (facts, more) = facts_of(page, since);
                self.apply(facts, None)?;
                Event::Applied(more)
            }
            (Ask::List(_), Answer::List(rows, next)) => {
                let targets = rows.iter().map(|(target, ..)| target.clone()).collect();
                let cursors = self.store.cursors(targets).wait()?;
                let rows = rows.into_iter().zip(cursors);
                let rows = rows.map(|((target, newest), cursor)| (target, newest, cursor));
                Event::Listed(Listed {
                    rows: rows.collect(),
                    next,
                })
            }
            (Ask::History(target, _), Answer::History(metas, more)) => {
                let last = metas.last().map(|meta| Pos(meta.id()));
                let items = self.incoming(metas);
                Event::History {
                    target,
                    items,
                    last,
                    more,
                }
            }
            (asked, _) => {
                let text = format!("another answer than to {asked:?}");
                return Err(Error::new(ErrorCode::Internal, text));
            }
        };
        if let Some(engine) = &mut self.engine {
            for step in engine.handle(event).into_iter().rev() {
                self.steps.push_front(step);
            }
        }
        Ok(())
    }

    fn incoming(&self, metas: Vec<Meta>) -> Vec<incoming::Incoming> {
        let me = self.store.me();
        metas
            .into_iter()
            .map(|meta| incoming::read(meta, me))
            .collect()
    }

    fn apply(&self, facts: Facts, own: Option<Own>) -> Result<()> {
        let mine = own.is_some();
        let applied = self.store.apply(facts, self.resource.clone(), own).wait()?;
        if applied.count > 0 || mine {
            self.store.erase()?;
        }
        Ok(())
    }

    // --- what an app does -------------------------------------------------------------------------------------------

    /// Keeps a message and gives its frame, to be sent if there is a connection.
    pub fn send(&self, new: NewMessage) -> Result<Bytes> {
        let (outgoing, _) = self.store.prepare(new).wait()?;
        Ok(frames::message(&self.app_key, &outgoing))
    }

    /// The newest message of the server that is here: to be known before a server is asked to delete.
    pub fn newest(&self) -> Result<Pos> {
        self.store.newest().wait()
    }

    /// The server deleted what it was asked to, and said what it has deleted since a version, in pages.
    pub fn deleted(
        &self,
        what: Deletion,
        (held, since): (Pos, u64),
        pages: Vec<FactPage>,
    ) -> Result<()> {
        let scope = match what {
            Deletion::Ids(target, ids) => Scope::Ids(target, ids),
            Deletion::Through(target, time) => {
                Scope::Window(target, Millis(0), time.min(self.clock.now()))
            }
            Deletion::Conversation(target, with) => Scope::Unlist(vec![target], with),
            Deletion::Everything => Scope::All,
        };
        let mut all = Facts {
            since,
            ..Facts::default()
        };
        for page in pages {
            let (facts, _) = facts_of(page, all.version);
            all.list.extend(facts.list);
            all.version = facts.version;
        }
        let held = Some(held);
        self.apply(all, Some(Own { scope, held }))
    }

    /// Deletes on this device alone.
    pub fn delete_here(&self, what: Here) -> Result<()> {
        let scope = match what {
            Here::Message(id) => Scope::Message(id),
            Here::Messages(target) => Scope::Conversation(target),
            Here::Before(time) => Scope::Before(time),
            Here::Conversation(target, with) => Scope::Unlist(vec![target], with),
            Here::Everything => Scope::All,
        };
        self.store.remove(scope).wait()?;
        self.store.erase()
    }

    /// Marks a conversation as read, and gives the frame that says so.
    pub fn read_conversation(&self, target: &Target) -> Result<Bytes> {
        self.store.mark_all_read(Some(target.clone())).wait()?;
        let now = self.clock.now();
        Ok(frames::conversation_read(
            &self.app_key,
            self.store.me(),
            target,
            now,
        ))
    }

    /// Keeps a page of history that the app asked for, oldest first.
    pub fn take_history(&self, metas: Vec<Meta>) -> Result<()> {
        let page = Page {
            source: Source::History,
            cursor: None,
            acked: Pos::ZERO,
            items: self.incoming(metas),
        };
        if self.store.take(page).wait()?.erased {
            self.store.erase()?;
        }
        Ok(())
    }

    /// Does what deletions leave to be done in the background. Says whether there is more.
    pub fn tidy(&self) -> Result<bool> {
        self.store.tidy_step()
    }

    // --- looking ----------------------------------------------------------------------------------------------------

    /// The version whose deletions are applied here.
    pub fn version(&self) -> Result<u64> {
        Ok(self.store.progress().wait()?.version)
    }

    /// The account that its messages are of; none before it was let in.
    pub fn account(&self) -> Result<Option<String>> {
        self.store.account().wait()
    }

    /// Whether it was ever in step with a server.
    pub fn is_synced(&self) -> Result<bool> {
        Ok(self.store.progress().wait()?.synced)
    }

    /// Every message here, of one conversation or all, newest first.
    pub fn messages(&self, conversation: Option<Target>) -> Result<Vec<Message>> {
        let find = Find {
            conversation,
            limit: u32::MAX,
            ..Find::default()
        };
        self.store.find(find).wait()
    }

    /// The conversation list, empty ones included.
    pub fn list(&self) -> Result<Vec<Conversation>> {
        self.store.conversations(true, u32::MAX, 0).wait()
    }
}

/// The list of queues has no order of its own; here it has, so that a run can be repeated.
fn in_order(frame: Downstream) -> Downstream {
    let Downstream::Unread(mut reply) = frame else {
        return frame;
    };
    let name = |queue: &MetaQueue| queue.queue.as_ref().map(|jid| jid.name().to_owned());
    reply.unread.sort_by_key(name);
    Downstream::Unread(reply)
}
