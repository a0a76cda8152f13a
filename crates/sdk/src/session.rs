//! The connection of a login, made again whenever it is lost, and the steps that the sync engine asks for.

use crate::error::{Error, Result};
use crate::login::{Command, Login};
use crate::net::backoff::Backoff;
use crate::net::rest::HistoryQuery;
use crate::net::socket::Socket;
use crate::sync::engine::{Engine, Event, Listed, Step, facts_of};
use crate::types::{ConnectionState, Happening, Kick, Message};
use crate::wire::frames::{self, Admission, Downstream};
use crate::wire::incoming;
use lacuna_domain::limits::{CONVERSATION_PAGE_MAX, HISTORY_PAGE_MAX};
use lacuna_domain::{Direction, ErrorCode, Millis, Pos};
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep, timeout};

/// Silence after which the server is asked whether there is something.
const KEEPALIVE: Duration = Duration::from_secs(30);
/// How long the answer to a login on a socket is waited for.
const PROVISION_WAIT: Duration = Duration::from_secs(10);
/// A timer is set no further ahead: a token that ends later has not ended by then.
const TIMER_MAX: Duration = Duration::from_hours(365 * 24);

/// Why a connection ended.
enum End {
    /// It was lost: another one is made.
    Lost(Error),
    /// The device is logged out for good.
    Out(Kick),
    /// The app logs out, or closes the client.
    Stopped,
}

impl From<Error> for End {
    fn from(error: Error) -> Self {
        const REFUSED: [ErrorCode; 3] = [
            ErrorCode::InvalidToken,
            ErrorCode::TokenExpired,
            ErrorCode::AuthenticationFailed,
        ];
        const GONE: [ErrorCode; 2] = [ErrorCode::UserNotFound, ErrorCode::UserRemoved];
        const SHUT: [ErrorCode; 3] = [
            ErrorCode::AppNotFound,
            ErrorCode::TooManyDevices,
            ErrorCode::ServingForbidden,
        ];
        if REFUSED.contains(&error.code()) {
            Self::Out(Kick::TokenRefused)
        } else if GONE.contains(&error.code()) {
            Self::Out(Kick::UserRemoved)
        } else if SHUT.contains(&error.code()) {
            Self::Out(Kick::NotAdmitted(error.code()))
        } else if error.code() == ErrorCode::LoggedInElsewhere {
            Self::Out(Kick::LoggedInElsewhere)
        } else {
            Self::Lost(error)
        }
    }
}

/// Keeps a login connected until it ends. `first` is told what became of the first try; if that failed there is no second.
/// Without it, tries go on as after a lost connection.
pub(crate) async fn run(
    login: Arc<Login>,
    mut commands: mpsc::Receiver<Command>,
    mut first: Option<oneshot::Sender<Result<()>>>,
) {
    let mut backoff = Backoff::default();
    // Who waits goes on waiting through a lost connection: what is on its way is sent again.
    let mut waiting = HashMap::new();
    loop {
        let end = match connect(&login).await {
            Err(error) => match first.take() {
                Some(first) => {
                    drop(first.send(Err(error)));
                    return;
                }
                None => error.into(),
            },
            Ok((socket, admission)) => {
                backoff = Backoff::default();
                if let Some(first) = first.take() {
                    drop(first.send(Ok(())));
                }
                let mut connection = Connection::new(&login, socket, &mut waiting);
                let end = connection.run(admission, &mut commands).await;
                login.state.send_replace(ConnectionState::Disconnected);
                let lost = Happening::Connection(ConnectionState::Disconnected);
                login.observers.tell(lost).await;
                end
            }
        };
        let error = match end {
            End::Stopped => return,
            End::Out(kick) => {
                tracing::info!(?kick, "logged out by the server");
                login.stop.cancel();
                login.observers.tell(Happening::Kicked(kick)).await;
                return;
            }
            End::Lost(error) => error,
        };
        let delay = backoff.next(jitter());
        tracing::info!(%error, delay_ms = delay.as_millis(), "the connection was lost");
        tokio::select! {
            () = login.stop.cancelled() => return,
            () = sleep(delay) => {}
        }
    }
}

/// A random number for the delay between two tries. A poor one only makes devices come back together.
fn jitter() -> u64 {
    getrandom::u64().unwrap_or_default()
}

/// Opens a socket and logs in on it. The store is the account's when this returns.
async fn connect(login: &Login) -> Result<(Socket, Admission)> {
    let options = &login.options;
    let wait = options.answer_wait.min(PROVISION_WAIT);
    let late = |_| {
        Error::new(
            ErrorCode::ServerTimeout,
            "the server does not answer the login",
        )
    };
    let mut socket = timeout(wait, Socket::connect(&options.socket_url, None))
        .await
        .map_err(late)??;
    let device = frames::Device {
        app_key: options.app_key.clone(),
        user: login.me().clone(),
        resource: login.resource.clone(),
        name: options.device_name.clone(),
    };
    socket.send(frames::provision(
        &device,
        &login.token(),
        options.clock.now(),
    ))?;
    let reply = timeout(wait, socket.recv()).await.map_err(late)??;
    let Downstream::Provision(reply) = reply else {
        return Err(Error::new(
            ErrorCode::Internal,
            "the first frame is no answer to the login",
        ));
    };
    Ok((socket, login.admitted(&reply).await?))
}

/// One connection.
struct Connection<'a> {
    login: &'a Arc<Login>,
    socket: Socket,
    engine: Engine,
    steps: VecDeque<Step>,
    /// Who waits for what became of a message.
    waiting: &'a mut HashMap<u64, oneshot::Sender<Result<Pos>>>,
    heard: Instant,
    /// When four fifths of the token's time are over, and when all of it is.
    token_ends_soon: Option<Instant>,
    token_ends: Option<Instant>,
    /// The server's time, and when it was that: the end of a token is the server's, and this device's clock may be wrong.
    server_time: Option<(Millis, Instant)>,
}

impl<'a> Connection<'a> {
    fn new(
        login: &'a Arc<Login>,
        socket: Socket,
        waiting: &'a mut HashMap<u64, oneshot::Sender<Result<Pos>>>,
    ) -> Self {
        Self {
            login,
            socket,
            engine: Engine::new(login.me().clone()),
            steps: VecDeque::new(),
            waiting,
            heard: Instant::now(),
            token_ends_soon: None,
            token_ends: None,
            server_time: None,
        }
    }

    async fn run(&mut self, admission: Admission, commands: &mut mpsc::Receiver<Command>) -> End {
        let login = Arc::clone(self.login);
        tokio::select! {
            () = login.stop.cancelled() => {
                // Said for good manners; the server sees the socket close anyway.
                drop(self.socket.send(frames::logout("inner:logout")));
                drop(timeout(Duration::from_millis(200), self.socket.close()).await);
                End::Stopped
            }
            end = self.live(admission, commands) => end,
        }
    }

    async fn live(&mut self, admission: Admission, commands: &mut mpsc::Receiver<Command>) -> End {
        if let Err(error) = self.begin(admission).await {
            return error;
        }
        let mut expires = self.login.expires.subscribe();
        expires.mark_changed();
        loop {
            let silent = self.heard + KEEPALIVE;
            let turn = tokio::select! {
                frame = self.socket.recv() => match frame {
                    Ok(frame) => {
                        self.heard = Instant::now();
                        self.look_at_the_clock(&frame);
                        self.happened(Event::Frame(frame)).await
                    }
                    Err(error) => Err(error.into()),
                },
                Some(command) = commands.recv() => self.command(command),
                () = sleep_until(Some(silent)) => {
                    self.heard = Instant::now();
                    self.socket.send(frames::unread()).map_err(End::from)
                }
                () = sleep_until(self.token_ends_soon) => {
                    self.token_ends_soon = None;
                    self.login.observers.tell(Happening::TokenWillExpire).await;
                    Ok(())
                }
                () = sleep_until(self.token_ends) => {
                    self.login.observers.tell(Happening::TokenExpired).await;
                    drop(self.socket.send(frames::logout("inner:token expired")));
                    Err(End::Out(Kick::TokenRefused))
                }
                Ok(()) = expires.changed() => {
                    let ends = *expires.borrow_and_update();
                    self.token_ends_at(ends);
                    Ok(())
                }
            };
            if let Err(end) = turn {
                return end;
            }
        }
    }

    /// The first list of queues tells the server's time.
    fn look_at_the_clock(&mut self, frame: &Downstream) {
        if let Downstream::Unread(reply) = frame
            && self.server_time.is_none()
            && reply.timestamp() > 0
        {
            self.server_time = Some((Millis(reply.timestamp()), self.heard));
            let ends = *self.login.expires.borrow();
            self.token_ends_at(ends);
        }
    }

    fn token_ends_at(&mut self, ends: Option<Millis>) {
        let Some((time, at)) = self.server_time else {
            return;
        };
        let left =
            ends.map(|ends| Duration::from_millis(ends.0.saturating_sub(time.0)).min(TIMER_MAX));
        self.token_ends_soon = left.map(|left| at + left.mul_f64(0.8));
        self.token_ends = left.map(|left| at + left);
    }

    async fn begin(&mut self, admission: Admission) -> Result<(), End> {
        let login = self.login;
        login.expires.send_replace(admission.expires);
        login.state.send_replace(ConnectionState::Connected);
        let connected = Happening::Connection(ConnectionState::Connected);
        login.observers.tell(connected).await;
        let waiting = login.store.waiting().await?;
        for message in waiting.failed {
            login
                .observers
                .tell(Happening::Status(Box::new(message)))
                .await;
        }
        for outgoing in &waiting.again {
            self.socket
                .send(frames::message(&login.options.app_key, outgoing))?;
        }
        let progress = login.store.progress().await?;
        self.happened(Event::Admitted(admission, progress)).await
    }

    /// Takes the steps that an event calls for, and those that these call for, in order.
    async fn happened(&mut self, event: Event) -> Result<(), End> {
        self.steps.extend(self.engine.handle(event));
        while let Some(step) = self.steps.pop_front() {
            if let Some(event) = self.step(step).await? {
                let more = self.engine.handle(event);
                for step in more.into_iter().rev() {
                    self.steps.push_front(step);
                }
            }
        }
        Ok(())
    }

    async fn step(&mut self, step: Step) -> Result<Option<Event>, End> {
        let login = self.login;
        match step {
            Step::AskUnread => self.socket.send(frames::unread())?,
            Step::Pull(pull) => self.socket.send(frames::pull(&pull))?,
            Step::Facts => return Ok(Some(self.facts().await?)),
            Step::List(cursor) => return Ok(Some(self.list(cursor).await?)),
            Step::History(target, after) => {
                let query = HistoryQuery {
                    from: Some(after),
                    direction: Direction::Newer,
                    limit: HISTORY_PAGE_MAX,
                    ..HistoryQuery::of(target.clone())
                };
                let page = login.rest.history(&login.caller(), &query).await?;
                let last = page.metas.last().map(|meta| Pos(meta.id()));
                let me = login.me();
                return Ok(Some(Event::History {
                    target,
                    items: page
                        .metas
                        .into_iter()
                        .map(|meta| incoming::read(meta, me))
                        .collect(),
                    last,
                    more: page.next.is_some(),
                }));
            }
            Step::Take(page) => self.take(page.0).await?,
            Step::Synced(acked) => login.store.set_synced(acked).await?,
            Step::Acked { id, server, acked } => self.acked(id, server, acked).await?,
            Step::Refused { id, code, reason } => self.refused(id, code, &reason).await?,
            Step::Tell(happening) => login.observers.tell(happening).await,
            Step::End(kick) => return Err(End::Out(kick)),
        }
        Ok(None)
    }

    async fn facts(&self) -> Result<Event> {
        let login = self.login;
        let since = login.store.progress().await?.version;
        let page = login.rest.facts(&login.caller(), since).await?;
        let (facts, more) = facts_of(page, since);
        login.apply(facts, None).await?;
        Ok(Event::Applied(more))
    }

    async fn list(&self, cursor: Option<String>) -> Result<Event> {
        let login = self.login;
        let page = login
            .rest
            .conversations(&login.caller(), cursor.as_deref(), CONVERSATION_PAGE_MAX)
            .await?;
        let targets = page.rows.iter().map(|row| row.target.clone()).collect();
        let cursors = login.store.cursors(targets).await?;
        let rows = page
            .rows
            .into_iter()
            .zip(cursors)
            .map(|(row, cursor)| {
                let newest = row.last.unwrap_or_default();
                (row.target, newest, cursor)
            })
            .collect();
        Ok(Event::Listed(Listed {
            rows,
            next: page.next,
        }))
    }

    async fn take(&mut self, page: crate::store::Page) -> Result<()> {
        let login = self.login;
        let taken = login.store.take(page).await?;
        if taken.erased {
            login.erase().await?;
        }
        let mut list_changed = false;
        for happening in taken.happened {
            if let Happening::Messages(messages) = &happening {
                list_changed = true;
                self.confirm(messages)?;
            }
            login.observers.tell(happening).await;
        }
        if list_changed {
            login.observers.tell(Happening::ListChanged).await;
        }
        Ok(())
    }

    /// Tells the senders of 1-1 messages that these arrived, if the app wants that.
    fn confirm(&mut self, messages: &[Message]) -> Result<()> {
        let login = self.login;
        if !login.options.delivery_receipts {
            return Ok(());
        }
        for message in messages {
            if let Some(receipt) = frames::delivery_receipt(
                &login.options.app_key,
                login.me(),
                message,
                login.options.clock.now(),
            ) {
                self.socket.send(receipt)?;
            }
        }
        Ok(())
    }

    fn command(&mut self, command: Command) -> Result<(), End> {
        match command {
            // Whoever sent it waited long enough, and was told that it failed.
            Command::Send(_, reply) if reply.is_closed() => {}
            Command::Send(outgoing, reply) => {
                let login = self.login;
                self.socket
                    .send(frames::message(&login.options.app_key, &outgoing))?;
                self.waiting.insert(outgoing.id.0, reply);
            }
            Command::Receipt(frame) => self.socket.send(frame)?,
        }
        Ok(())
    }

    async fn acked(&mut self, id: u64, server: Pos, acked: Pos) -> Result<()> {
        let here = self.login.store.sent(Pos(id), server, acked).await?;
        if here.erased {
            self.login.erase().await?;
        }
        self.answer(id, Ok(server), here.message).await;
        Ok(())
    }

    async fn refused(&mut self, id: u64, code: i32, reason: &str) -> Result<()> {
        let message = self.login.store.failed(Pos(id)).await?;
        let refused = Err(frames::refusal(code, reason));
        self.answer(id, refused, message).await;
        Ok(())
    }

    /// Tells whoever waits what became of a message; the observers, if nobody does any more.
    async fn answer(&mut self, id: u64, answer: Result<Pos>, message: Option<Message>) {
        match (self.waiting.remove(&id), message) {
            (Some(waiting), _) => drop(waiting.send(answer)),
            (None, Some(message)) => {
                let status = Happening::Status(Box::new(message));
                self.login.observers.tell(status).await;
            }
            (None, None) => {}
        }
    }
}

/// Waits until then; for ever, if there is no such time.
async fn sleep_until(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_trying_again_cannot_mend_ends_the_login() {
        let check = |code: ErrorCode, want: Option<Kick>| {
            let end = End::from(Error::new(code, "x"));
            let kick = if let End::Out(kick) = end {
                Some(kick)
            } else {
                None
            };
            assert_eq!(kick, want, "{code:?}");
        };
        check(ErrorCode::InvalidToken, Some(Kick::TokenRefused));
        check(ErrorCode::TokenExpired, Some(Kick::TokenRefused));
        check(ErrorCode::UserNotFound, Some(Kick::UserRemoved));
        for code in [
            ErrorCode::AppNotFound,
            ErrorCode::TooManyDevices,
            ErrorCode::ServingForbidden,
        ] {
            check(code, Some(Kick::NotAdmitted(code)));
        }
        check(ErrorCode::LoggedInElsewhere, Some(Kick::LoggedInElsewhere));
        for code in [
            ErrorCode::Unavailable,
            ErrorCode::ServerTimeout,
            ErrorCode::ServerBusy,
            ErrorCode::LimitReached,
        ] {
            check(code, None);
        }
    }
}
