//! Sending.

use super::{Chat, named};
use crate::client::Client;
use crate::error::{Error, Result};
use crate::login::{Command, Login};
use crate::store::Outgoing;
use crate::types::{Happening, Message, NewMessage, Side, Status};
use crate::wire::frames;
use lacuna_domain::limits::DIRECTED_USERS_MAX;
use lacuna_domain::{ErrorCode, Pos, Target};
use std::sync::Arc;
use tokio::sync::oneshot;
use tokio::time::timeout;

impl Chat {
    /// Sends a message. It is kept first, and survives a crash; the call returns when the server has it.
    ///
    /// Without a connection it waits for one, for [`Options::send_wait`](crate::Options::send_wait); then it has failed and
    /// can be sent again. Commands are sent and not kept. 201, 110, 204, 221, 300, 301, 507–510, 602, 606.
    pub async fn send(&self, new: NewMessage) -> Result<Message> {
        let login = self.login()?;
        sendable(&new)?;
        self.client
            .on_runtime(async move {
                let (outgoing, kept) = login.store.prepare(new.clone()).await?;
                Sending::new(login, new, outgoing, kept).run().await
            })
            .await
    }

    /// Keeps a message that is to be sent, and returns at once: [`StartedSend::finish`] sends it. If that is never called it goes
    /// out with the next connection, as after a crash. 201, 110, 3.
    pub fn start_send(&self, new: NewMessage) -> Result<StartedSend> {
        let login = self.login()?;
        sendable(&new)?;
        let (outgoing, kept) = login.store.prepare(new.clone()).wait()?;
        let sending = Sending::new(login, new, outgoing, kept);
        Ok(StartedSend {
            client: self.client.clone(),
            sending,
        })
    }

    /// Sends a message that failed once more, under the same client id: if the server had it after all, it stays one. 201,
    /// 110, and those of [`Chat::send`].
    pub async fn resend(&self, id: Pos) -> Result<Message> {
        let login = self.login()?;
        self.client
            .on_runtime(async move {
                let outgoing = login.store.resend(id).await?.ok_or_else(|| {
                    Error::invalid(format!("message {id} is not one that can be sent again"))
                })?;
                let server = deliver(&login, outgoing).await?;
                sent(&login, server).await
            })
            .await
    }

    /// Tells the sender of a message that it was read, and marks it as read here. 201; 500 if it is not here.
    pub async fn send_read_receipt(&self, id: Pos) -> Result<()> {
        let login = self.login()?;
        self.client
            .on_runtime(async move {
                let message = login.store.message(id).await?.ok_or_else(|| {
                    Error::new(
                        ErrorCode::MessageInvalid,
                        format!("there is no message {id}"),
                    )
                })?;
                login.store.mark_read(id).await?;
                let now = login.options.clock.now();
                match frames::read_receipt(&login.options.app_key, login.me(), &message, now) {
                    Some(frame) => receipt(&login, frame).await,
                    // Nobody is told that one reads oneself.
                    None => Ok(()),
                }
            })
            .await
    }

    /// Tells the other side, the server and this user's other devices that a whole conversation was read. 201, 110.
    pub async fn send_conversation_read(&self, target: &Target) -> Result<()> {
        let login = self.login()?;
        named(target)?;
        let target = target.clone();
        self.client
            .on_runtime(async move {
                login.store.mark_all_read(Some(target.clone())).await?;
                let now = login.options.clock.now();
                let frame =
                    frames::conversation_read(&login.options.app_key, login.me(), &target, now);
                login.observers.tell(Happening::ListChanged).await;
                receipt(&login, frame).await
            })
            .await
    }
}

/// A message that is kept and waits to be sent.
#[derive(Debug)]
pub struct StartedSend {
    client: Client,
    sending: Sending,
}

impl StartedSend {
    /// The message as it is kept, with its local id.
    #[must_use]
    pub fn message(&self) -> &Message {
        &self.sending.message
    }

    /// Sends it; the call returns when the server has it. The errors are those of [`Chat::send`].
    pub async fn finish(self) -> Result<Message> {
        self.client.on_runtime(self.sending.run()).await
    }
}

#[derive(Debug)]
struct Sending {
    login: Arc<Login>,
    outgoing: Outgoing,
    message: Message,
    /// Whether it is in the store; a command is not.
    kept: bool,
}

impl Sending {
    fn new(login: Arc<Login>, new: NewMessage, outgoing: Outgoing, kept: Option<Message>) -> Self {
        let in_store = kept.is_some();
        let message = kept.unwrap_or_else(|| command(&login, new, outgoing.id));
        Self {
            login,
            outgoing,
            message,
            kept: in_store,
        }
    }

    async fn run(self) -> Result<Message> {
        let Self {
            login,
            outgoing,
            mut message,
            kept,
        } = self;
        if kept {
            login.observers.tell(Happening::ListChanged).await;
        }
        let server = deliver(&login, outgoing).await?;
        if kept {
            return sent(&login, server).await;
        }
        (message.id, message.time) = (server, server.time());
        message.status = Status::Sent;
        Ok(message)
    }
}

fn sendable(new: &NewMessage) -> Result<()> {
    named(&new.to)?;
    if new.receivers.len() > DIRECTED_USERS_MAX {
        let text = format!("more than {DIRECTED_USERS_MAX} receivers");
        return Err(Error::invalid(text));
    }
    Ok(())
}

/// Hands a message to the connection and waits until the server has it.
async fn deliver(login: &Arc<Login>, outgoing: Outgoing) -> Result<Pos> {
    let local = outgoing.id;
    let (reply, answer) = oneshot::channel();
    let wait = login.options.send_wait;
    let handed = async {
        let command = Command::Send(Box::new(outgoing), reply);
        login
            .commands
            .send(command)
            .await
            .map_err(|_| Error::not_logged_in())?;
        answer.await.unwrap_or_else(|_| Err(Error::not_logged_in()))
    };
    if let Ok(answered) = timeout(wait, handed).await {
        return answered;
    }
    login.store.failed(local).await?;
    let text = "the message could not be sent in time";
    Err(Error::new(ErrorCode::Unavailable, text))
}

/// A message that the server has, as it is here now.
async fn sent(login: &Login, server: Pos) -> Result<Message> {
    login.observers.tell(Happening::ListChanged).await;
    let message = login.store.message(server).await?;
    message.ok_or_else(|| {
        let text = format!("message {server} was sent, and deleted before it was acknowledged");
        Error::new(ErrorCode::MessageInvalid, text)
    })
}

/// A command, which no store keeps.
fn command(login: &Login, new: NewMessage, id: Pos) -> Message {
    Message {
        id,
        conversation: new.to,
        from: login.me().clone(),
        side: Side::Sent,
        status: Status::Sending,
        time: id.time(),
        local_time: id.time(),
        body: new.body,
        ext: new.ext,
        is_read: true,
        is_read_acked: false,
        is_delivery_acked: false,
    }
}

async fn receipt(login: &Login, frame: bytes::Bytes) -> Result<()> {
    let handed = login.commands.send(Command::Receipt(frame));
    match timeout(login.options.answer_wait, handed).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) => Err(Error::not_logged_in()),
        Err(_) => Err(Error::new(ErrorCode::Unavailable, "there is no connection")),
    }
}
