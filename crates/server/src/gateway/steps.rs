//! Sessions by hand, for simulators: the same session, service and cursors as behind a socket, and nothing happens until it
//! is asked for. What `run` does with a socket and a runtime is done here by calls, in the same order: a session is told
//! what was published before anything else.

use super::cursors::CursorSaver;
use super::provision::{Rejected, admit_frame};
use super::run::{let_go, told_meanwhile};
use super::session::{Output, Session};
use super::submit::{Submitting, submit};
use super::work::{Done, Reads, Wanted};
use super::{Gateway, arrival, provision};
use crate::delivery::Publication;
use crate::service::{Actor, Service};
use bytes::Bytes;
use lacuna_domain::limits::INBOX_PAGE_MAX;
use lacuna_domain::{AccountId, DeviceId};
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// The part of a server process that is gone when it crashes: who is connected, and cursors that were not written yet.
#[derive(Debug)]
pub struct Node {
    gateway: Gateway,
}

/// Something that a session asked for.
enum Work {
    Submit(u64, Submitting),
    Read(Wanted),
    Done(Done),
}

/// A session whose client was let in.
pub struct Link {
    gateway: Gateway,
    actor: Arc<Actor>,
    id: u64,
    session: Session,
    mailbox: mpsc::Receiver<Publication>,
    work: Vec<Work>,
    frames: Vec<Bytes>,
    closing: bool,
}

impl std::fmt::Debug for Link {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Link")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// A device that the store knows and that is not registered yet.
#[derive(Debug)]
pub struct Admitted(provision::Admitted);

impl Node {
    /// A process that starts.
    #[must_use]
    pub fn new(service: Arc<Service>) -> Self {
        let cursors = Arc::new(CursorSaver::new(Arc::clone(&service.store)));
        let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
        Self {
            gateway: Gateway {
                service,
                cursors,
                tasks,
                stop,
            },
        }
    }

    /// Its acts.
    #[must_use]
    pub fn service(&self) -> &Arc<Service> {
        &self.gateway.service
    }

    /// Writes the cursors that wait.
    pub async fn flush(&self) {
        self.gateway.cursors.flush().await;
    }

    /// Reads the first frame of a connection and logs its device in. The device's last session is not waited for.
    ///
    /// # Errors
    /// The frame that says why not, if there is one.
    pub async fn admit(&self, first: &Bytes) -> Result<Admitted, Option<Bytes>> {
        match admit_frame(&self.gateway, first, 0).await {
            Ok(admitted) => Ok(Admitted(admitted)),
            Err(Rejected::Told(frame)) => Err(Some(frame)),
            Err(Rejected::Untold) => Err(None),
        }
    }

    /// Brings a device online, with a mailbox of so many publications. None if its token has ended meanwhile.
    pub async fn open(&self, admitted: Admitted, mailbox_max: usize) -> Option<Link> {
        let service = Arc::clone(&self.gateway.service);
        let (sender, mailbox) = mpsc::channel(mailbox_max);
        let id = arrival::register(&service, &admitted.0, sender)?;
        let provision::Admitted {
            actor,
            who,
            state,
            token,
            reply,
            ..
        } = admitted.0;
        let account = actor.id();
        let mut session = Session::new(who, state, service.clock.now());
        let groups = service.groups_heard(&actor).await;
        let told = told_meanwhile(&service, account, state.version).await;
        let (Ok(groups), Ok(told), Ok(_)) = (groups, told, service.authenticate(&token).await)
        else {
            service.delivery.unregister(account, id);
            return None;
        };
        service.subscribe(&actor, &groups);
        session.publications(told.into_iter().collect(), service.clock.now());
        let mut link = Link {
            gateway: self.gateway.clone(),
            actor,
            id,
            session,
            mailbox,
            work: Vec::new(),
            frames: vec![reply],
            closing: false,
        };
        link.apply();
        Some(link)
    }
}

impl Link {
    /// Whose it is.
    #[must_use]
    pub fn account(&self) -> AccountId {
        self.actor.id()
    }

    /// The device.
    #[must_use]
    pub fn device(&self) -> DeviceId {
        self.actor.device
    }

    /// Whether the session is over, and waits for [`Link::end`].
    #[must_use]
    pub fn is_closing(&self) -> bool {
        self.closing
    }

    /// How many things the session has asked for that are not done.
    #[must_use]
    pub fn work(&self) -> usize {
        self.work.len()
    }

    /// The n-th of these in a few words.
    #[must_use]
    pub fn describe(&self, nth: usize) -> String {
        match self.work.get(nth) {
            Some(Work::Submit(id, _)) => format!("the act {id}"),
            Some(Work::Read(Wanted::Inbox(conversation, after, _))) => {
                format!("reading conversation {conversation} after {after:?}")
            }
            Some(Work::Read(Wanted::Events(after, _))) => {
                format!("reading events after {}", after.0)
            }
            Some(Work::Read(Wanted::Queues)) => "listing queues".to_owned(),
            Some(Work::Done(Done::Submitted(id, _))) => format!("the answer to the act {id}"),
            Some(Work::Done(Done::Inbox(conversation, page))) => {
                let ids: Vec<u64> = page.entries.iter().map(|entry| entry.pos.0).collect();
                let version = page.version.0;
                format!("what it read of conversation {conversation} at version {version}: {ids:?}")
            }
            Some(Work::Done(Done::Events(page))) => {
                format!("{} events up to {}", page.items.len(), page.scanned.0)
            }
            Some(Work::Done(Done::Queues(queues))) => format!("{} queues", queues.len()),
            Some(Work::Done(Done::Failed)) => "a failed read".to_owned(),
            None => String::new(),
        }
    }

    /// Whether there is something in the mailbox.
    #[must_use]
    pub fn is_told(&self) -> bool {
        !self.mailbox.is_empty() || (self.mailbox.is_closed() && !self.closing)
    }

    /// The frames to send.
    pub fn take_frames(&mut self) -> Vec<Bytes> {
        std::mem::take(&mut self.frames)
    }

    /// The session is told what was published.
    pub fn hear(&mut self) {
        let mut told = Vec::new();
        while let Ok(publication) = self.mailbox.try_recv() {
            told.push(publication);
        }
        let was_let_go = self.mailbox.is_closed();
        if was_let_go {
            let_go(&mut told);
        }
        if !told.is_empty() {
            let now = self.gateway.service.clock.now();
            self.session.publications(told, now);
            self.apply();
        }
        // It was too slow.
        self.closing |= was_let_go;
    }

    /// The client sent a frame.
    pub fn frame(&mut self, bytes: &Bytes) {
        self.hear();
        let now = self.gateway.service.clock.now();
        match lacuna_proto::frame::decode(bytes) {
            Ok(frame) => self.session.frame(frame, now),
            Err(_) => self.closing = true,
        }
        self.apply();
    }

    /// Time has passed.
    pub fn tick(&mut self) {
        self.hear();
        self.session.tick(self.gateway.service.clock.now());
        self.apply();
    }

    /// Does the next half of what the session asked for: the store's part first, which a page of `page_max` rows cuts, then
    /// the session is told. Says whether the session was told.
    pub async fn advance(&mut self, nth: usize, page_max: usize) -> bool {
        if nth >= self.work.len() {
            return false;
        }
        match self.work.swap_remove(nth) {
            Work::Done(done) => {
                self.hear();
                self.finish(done);
                self.apply();
                true
            }
            asked => {
                let done = self.ask(asked, page_max).await;
                self.work.push(Work::Done(done));
                false
            }
        }
    }

    async fn ask(&self, asked: Work, page_max: usize) -> Done {
        match asked {
            Work::Submit(id, submitting) => Done::Submitted(id, submitting.await),
            Work::Read(wanted) => {
                let reads = Reads::new(&self.gateway, &self.actor);
                reads.read(cut(wanted, page_max)).await
            }
            Work::Done(done) => done,
        }
    }

    fn finish(&mut self, done: Done) {
        let now = self.gateway.service.clock.now();
        self.closing |= !done.tell(&mut self.session, self.closing, now);
    }

    fn apply(&mut self) {
        for output in self.session.outputs() {
            match output {
                Output::Send(frame) => self.frames.push(frame),
                Output::ReadInbox(conversation, after) => {
                    let wanted = Wanted::Inbox(conversation, after, INBOX_PAGE_MAX);
                    self.work.push(Work::Read(wanted));
                }
                Output::ReadEvents(after, limit) => {
                    self.work.push(Work::Read(Wanted::Events(after, limit)));
                }
                Output::ListQueues => self.work.push(Work::Read(Wanted::Queues)),
                Output::Submit(id, submission) => {
                    let service = Arc::clone(&self.gateway.service);
                    let submitting = submit(service, &self.actor, *submission);
                    self.work.push(Work::Submit(id, submitting));
                }
                Output::Save(save) => self.gateway.cursors.put(save),
                Output::Close => self.closing = true,
            }
        }
    }

    /// Ends the session as a server does whose client is gone: what was submitted is told to others, and how far the device
    /// came is saved. Without this it ends as in a crash.
    pub async fn end(mut self) {
        let service = Arc::clone(&self.gateway.service);
        for work in std::mem::take(&mut self.work) {
            let done = match work {
                Work::Submit(id, submitting) => Done::Submitted(id, submitting.await),
                Work::Done(done) => done,
                Work::Read(_) => continue,
            };
            if let Done::Submitted(id, reply) = done {
                self.session.submitted(id, reply, service.clock.now());
            }
        }
        if let Some(save) = self.session.end() {
            self.gateway.cursors.put(save);
        }
        service.delivery.unregister(self.actor.id(), self.id);
    }
}

/// What a session wants to read, in pages of so many rows at most.
fn cut(wanted: Wanted, page_max: usize) -> Wanted {
    match wanted {
        Wanted::Inbox(conversation, after, limit) => {
            Wanted::Inbox(conversation, after, limit.min(page_max))
        }
        Wanted::Events(after, limit) => Wanted::Events(after, limit.min(page_max)),
        Wanted::Queues => Wanted::Queues,
    }
}
