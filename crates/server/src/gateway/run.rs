//! A connection: one task that moves frames between its socket and its session, and does what the session asks for.

use super::outgoing::Submission;
use super::provision::{Admitted, Rejected, admit};
use super::session::{Output, Session};
use super::submit::submit;
use super::work::{Done, Reads, Wanted};
use super::{Gateway, arrival};
use crate::delivery::Publication;
use crate::service::{Actor, Service};
use axum::extract::ws::{Message, WebSocket};
use bytes::Bytes;
use futures_util::stream::{FuturesUnordered, SplitSink, SplitStream};
use futures_util::{FutureExt, Sink, SinkExt, StreamExt};
use lacuna_domain::limits::{
    INBOX_PAGE_MAX, PROVISION_WAIT_MS, SESSION_MAILBOX_MAX, SESSION_WRITE_BYTES_MAX,
};
use lacuna_domain::{AccountId, Version};
use lacuna_proto::page::provision_error;
use lacuna_proto::pb::status::ErrorCode as Code;
use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until, timeout};

/// How long a client may take no data before it counts as too slow.
const WRITE_WAIT: Duration = Duration::from_secs(5);
/// Publications, frames and finished work handled before the socket is written to.
const BATCH_MAX: usize = 64;

type Work = Pin<Box<dyn Future<Output = Done> + Send>>;

/// Why the loop woke.
enum Wake {
    Frame(Option<Result<Message, axum::Error>>),
    Told,
    Done(Done),
    Written(Result<(), axum::Error>),
    Timer,
}

struct Connection {
    gateway: Gateway,
    actor: Arc<Actor>,
    session: Session,
    sink: SplitSink<WebSocket, Message>,
    stream: SplitStream<WebSocket>,
    mailbox: mpsc::Receiver<Publication>,
    told: Vec<Publication>,
    work: FuturesUnordered<Work>,
    /// Frames that the socket has not taken.
    frames: VecDeque<Bytes>,
    frames_bytes: usize,
    /// Since when the socket has not taken everything.
    stuck: Option<Instant>,
    closing: bool,
}

/// Runs a connection from its first frame to its end.
pub(super) async fn connection(gateway: Gateway, mut socket: WebSocket) {
    gateway.service.metrics.connections.inc();
    let wait = Duration::from_millis(PROVISION_WAIT_MS);
    let entered = gateway
        .stop
        .run_until_cancelled(timeout(wait, Box::pin(enter(&gateway, &mut socket))))
        .await;
    let Some(Ok(Ok(admitted))) = entered else {
        if let Some(Ok(Err(Rejected::Told(frame)))) = entered {
            reject(&mut socket, frame).await;
        }
        return;
    };
    Box::pin(serve(gateway, socket, admitted)).await;
}

/// Tells a client why it is not let in.
async fn reject(socket: &mut WebSocket, frame: Bytes) {
    if let Ok(Err(error)) = timeout(WRITE_WAIT, socket.send(Message::Binary(frame))).await {
        tracing::debug!(%error, "a rejected client was gone");
    }
}

/// Waits for the first message and lets its device in.
async fn enter(gateway: &Gateway, socket: &mut WebSocket) -> Result<Admitted, Rejected> {
    loop {
        match socket.next().await {
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
            Some(Ok(message)) => return admit(gateway, &message).await,
            Some(Err(_)) | None => return Err(Rejected::Untold),
        }
    }
}

async fn serve(gateway: Gateway, mut socket: WebSocket, admitted: Admitted) {
    let service = Arc::clone(&gateway.service);
    let (sender, mailbox) = mpsc::channel(SESSION_MAILBOX_MAX);
    let Some(id) = arrival::register(&service, &admitted, sender) else {
        let refused = provision_error(Code::TooManyDevices, "Sorry, too many devices");
        return reject(&mut socket, refused).await;
    };
    let Admitted {
        actor,
        who,
        state,
        client,
        token,
        reply,
    } = admitted;
    let account = actor.id();
    let mut session = Session::new(who, state, service.clock.now());
    service.metrics.sessions.inc();
    // What changed before the session was registered was not told to it: the groups and the account's version are read, and
    // the token checked, after.
    let groups = service.groups_heard(&actor).await;
    let told = told_meanwhile(&service, account, state.version).await;
    if let (Ok(groups), Ok(told), Ok(_), false) = (
        groups,
        told,
        service.authenticate(&token).await,
        gateway.stop.is_cancelled(),
    ) {
        service.subscribe(&actor, &groups);
        arrival::announce(&gateway, &actor);
        session.publications(told.into_iter().collect(), service.clock.now());
        let (sink, stream) = socket.split();
        let mut connection = Connection {
            gateway,
            actor,
            session,
            sink,
            stream,
            mailbox,
            told: Vec::new(),
            work: FuturesUnordered::new(),
            frames: VecDeque::from([reply]),
            frames_bytes: 0,
            stuck: None,
            closing: false,
        };
        connection.apply();
        connection.run().await;
        connection.finish(id, client.resource).await;
    } else {
        arrival::leave(&gateway, &actor, id, client.resource);
    }
    service.metrics.sessions.dec();
}

/// INVARIANT L5: what an account's sessions were told between a device's login, which said `since`, and the registration of
/// its session. Test: `a_deletion_while_a_device_is_let_in_is_told`.
pub(super) async fn told_meanwhile(
    service: &Service,
    account: AccountId,
    since: Version,
) -> lacuna_store::Result<Option<Publication>> {
    let version = service.store.facts(account, since, 1).await?.version;
    if version <= since {
        return Ok(None);
    }
    let barrier = service.store.last_pos().await?;
    Ok(Some(Publication::Events { version, barrier }))
}

impl Connection {
    async fn run(&mut self) {
        let mut timer = Box::pin(sleep_until(self.deadline()));
        while !self.closing {
            self.write_now();
            if self.stuck.is_some() && timer.deadline() > self.deadline() {
                timer.as_mut().reset(self.deadline());
            }
            let wake = tokio::select! {
                frame = self.stream.next() => Wake::Frame(frame),
                _ = self.mailbox.recv_many(&mut self.told, BATCH_MAX) => Wake::Told,
                Some(done) = self.work.next() => Wake::Done(done),
                written = write(&mut self.sink, &mut self.frames), if self.stuck.is_some() => Wake::Written(written),
                () = timer.as_mut() => Wake::Timer,
            };
            self.listen();
            self.handle(wake);
            self.handle_ready();
            if timer.is_elapsed() {
                timer.as_mut().reset(self.deadline());
            }
        }
    }

    /// When something has to be looked at even if nothing happens.
    fn deadline(&self) -> Instant {
        let idle = self.session.idle_left_ms(self.gateway.service.clock.now());
        let idle = Instant::now() + Duration::from_millis(idle.max(1));
        self.stuck
            .map_or(idle, |since| idle.min(since + WRITE_WAIT))
    }

    /// Tells the session what it was told, before anything else: what the store read may be older.
    fn listen(&mut self) {
        while self.told.len() < SESSION_MAILBOX_MAX {
            let Ok(publication) = self.mailbox.try_recv() else {
                break;
            };
            self.told.push(publication);
        }
        let was_let_go = self.mailbox.is_closed();
        if !self.told.is_empty() {
            let mut told = std::mem::take(&mut self.told);
            if was_let_go {
                let_go(&mut told);
            }
            self.session
                .publications(told, self.gateway.service.clock.now());
            self.apply();
        }
        if was_let_go && !self.closing {
            tracing::debug!(
                device.id = self.actor.device.0,
                "session was too slow for what it is told"
            );
            self.slow();
        }
    }

    fn handle(&mut self, wake: Wake) {
        let now = self.gateway.service.clock.now();
        match wake {
            Wake::Frame(frame) => self.frame(frame),
            Wake::Told => {}
            Wake::Done(done) => self.done(done),
            Wake::Written(Ok(())) => self.stuck = None,
            Wake::Written(Err(_)) => self.closing = true,
            Wake::Timer
                if self
                    .stuck
                    .is_some_and(|since| since.elapsed() >= WRITE_WAIT) =>
            {
                self.slow();
            }
            Wake::Timer => self.session.tick(now),
        }
        self.apply();
    }

    /// Handles what has come in the meantime, so that it is answered with one write.
    fn handle_ready(&mut self) {
        for _ in 0..BATCH_MAX {
            if self.closing {
                return;
            }
            let wake = if let Some(Some(done)) = self.work.next().now_or_never() {
                Wake::Done(done)
            } else if let Some(frame) = self.stream.next().now_or_never() {
                Wake::Frame(frame)
            } else {
                return;
            };
            self.listen();
            self.handle(wake);
        }
    }

    fn slow(&mut self) {
        self.gateway.service.metrics.slow_sessions.inc();
        self.closing = true;
    }

    fn frame(&mut self, frame: Option<Result<Message, axum::Error>>) {
        let now = self.gateway.service.clock.now();
        match frame {
            Some(Ok(Message::Binary(bytes))) => match lacuna_proto::frame::decode(&bytes) {
                Ok(frame) => self.session.frame(frame, now),
                Err(error) => {
                    tracing::debug!(%error, device.id = self.actor.device.0, "unreadable frame");
                    self.closing = true;
                }
            },
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => self.session.heard(now),
            Some(Ok(Message::Text(_) | Message::Close(_)) | Err(_)) | None => self.closing = true,
        }
    }

    fn done(&mut self, done: Done) {
        let now = self.gateway.service.clock.now();
        self.closing |= !done.tell(&mut self.session, self.closing, now);
    }

    /// Does what the session wants.
    fn apply(&mut self) {
        for output in self.session.outputs() {
            match output {
                Output::Send(frame) => self.queue_frame(frame),
                Output::ReadInbox(conversation, after) => {
                    let wanted = Wanted::Inbox(conversation, after, INBOX_PAGE_MAX);
                    self.work.push(self.read(wanted));
                }
                Output::ReadEvents(after, limit) => {
                    self.work.push(self.read(Wanted::Events(after, limit)));
                }
                Output::ListQueues => self.work.push(self.read(Wanted::Queues)),
                Output::Submit(id, submission) => self.work.push(self.submit(id, *submission)),
                Output::Save(save) => self.gateway.cursors.put(save),
                Output::Close => self.closing = true,
            }
        }
    }

    fn queue_frame(&mut self, frame: Bytes) {
        self.frames_bytes = if self.frames.is_empty() {
            0
        } else {
            self.frames_bytes
        } + frame.len();
        self.frames.push_back(frame);
        if self.frames_bytes > SESSION_WRITE_BYTES_MAX && self.stuck.is_some() {
            self.slow();
        }
    }

    /// Writes what the socket takes without waiting.
    fn write_now(&mut self) {
        if self.stuck.is_some() || self.frames.is_empty() {
            return;
        }
        match write(&mut self.sink, &mut self.frames).now_or_never() {
            Some(Ok(())) => {}
            Some(Err(_)) => self.closing = true,
            None => self.stuck = Some(Instant::now()),
        }
    }

    fn read(&self, wanted: Wanted) -> Work {
        Box::pin(Reads::new(&self.gateway, &self.actor).read(wanted))
    }

    fn submit(&self, id: u64, submission: Submission) -> Work {
        let service = Arc::clone(&self.gateway.service);
        let submitting = submit(service, &self.actor, submission);
        Box::pin(async move { Done::Submitted(id, submitting.await) })
    }

    /// Ends the connection: what was submitted is awaited, since it is told to others only then; what was to be sent is sent.
    /// The one way out of a session, whoever ends it. It is unregistered after its last save: until then the device's next
    /// session waits for it.
    async fn finish(mut self, id: u64, resource: String) {
        let service = &self.gateway.service;
        let work = async {
            let drained = timeout(WRITE_WAIT, async {
                while let Some(done) = self.work.next().await {
                    if let Done::Submitted(id, reply) = done {
                        self.session.submitted(id, reply, service.clock.now());
                    }
                }
            });
            let ended = drained.await;
            if let Some(save) = self.session.end() {
                self.gateway.cursors.put(save);
            }
            arrival::leave(&self.gateway, &self.actor, id, resource);
            ended
        };
        let socket = async {
            write(&mut self.sink, &mut self.frames).await?;
            self.sink.close().await
        };
        let (ended, written) = tokio::join!(work, timeout(WRITE_WAIT, socket));
        if ended.is_err() || !matches!(written, Ok(Ok(()))) {
            tracing::debug!(
                device.id = self.actor.device.0,
                "session ended without its client"
            );
        }
    }
}

/// INVARIANT L2: a session that delivery let go, since it was too slow or another took its place, was not told of what came
/// after; a deletion may be among that, so it sends no page any more. Test: `a_session_that_was_let_go_pushes_nothing`.
pub(super) fn let_go(told: &mut Vec<Publication>) {
    told.retain(|publication| matches!(publication, Publication::Kick(_)));
}

/// Writes frames until none is left and all are on their way.
///
/// # Cancellation
///
/// A frame that the socket has not taken stays in `frames`.
async fn write(
    sink: &mut SplitSink<WebSocket, Message>,
    frames: &mut VecDeque<Bytes>,
) -> Result<(), axum::Error> {
    poll_fn(|cx| {
        loop {
            if frames.is_empty() {
                return Pin::new(&mut *sink).poll_flush(cx);
            }
            match Pin::new(&mut *sink).poll_ready(cx) {
                Poll::Ready(Ok(())) => {}
                other => return other,
            }
            if let Some(frame) = frames.pop_front() {
                Pin::new(&mut *sink).start_send(Message::Binary(frame))?;
            }
        }
    })
    .await
}
