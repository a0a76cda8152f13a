//! Sending messages and receipts.

use crate::call::{Answer, call, inner};
use crate::client::{Inner, LacunaClient};
use crate::described::{Described, target};
use crate::message::LacunaMessage;
use crate::results::{LacunaDone, LacunaMessagesDone, Messages};
use crate::text::{Text, given, invalid};
use lacuna_domain::{NODE_LOCAL, PosAllocator};
use lacuna_sdk::{
    Attachment, Error, ErrorCode, Message, Options, Pos, Result, StartedSend, Status,
};
use std::ffi::{c_char, c_void};
use std::sync::{Arc, Mutex, PoisonError};

/// A new id for a message that no server has yet: what a message is known by from when it is made until it is acknowledged.
/// The caller frees it.
#[unsafe(no_mangle)]
pub extern "C" fn lacuna_new_message_id() -> *mut c_char {
    static IDS: Mutex<Option<PosAllocator>> = Mutex::new(None);
    let now = Options::new("", "", "").clock.now();
    let mut ids = IDS.lock().unwrap_or_else(PoisonError::into_inner);
    let ids = ids.get_or_insert_with(|| PosAllocator::new(NODE_LOCAL, Pos::ZERO));
    given(&ids.next(now).to_string())
}

/// Sends a message; one that failed and is still here is sent once more under its own id. It is in the local store when the
/// call returns, whatever the mode; `kept`, if it is not NULL, gets the id
/// under which (NULL after an error; the caller frees it). `done` is given the message as the server has it. 201, 110, 204,
/// 300, 301, 400, 402, 507–510, 602, 606; 402 for an attachment that is only on this device: the server takes no files.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacuna_send(
    client: *const LacunaClient,
    message: *const LacunaMessage,
    kept: *mut *mut c_char,
    mode: i32,
    context: *mut c_void,
    done: LacunaMessagesDone,
) -> i32 {
    // SAFETY: a message as the contract says.
    let message = unsafe { Described::read(message) };
    let begun = match inner(client) {
        Some(inner) => crate::call::unwound(|| begin(&inner, message)),
        None => Err(invalid("the client is NULL")),
    };
    if !kept.is_null() {
        let id = begun
            .as_ref()
            .map_or(std::ptr::null_mut(), |begun| given(&begun.id().to_string()));
        // SAFETY: not NULL, and the caller's to write to.
        unsafe { kept.write(id) };
    }
    call(
        client,
        Answer::new(mode, context, done),
        async move |inner| {
            let sent = match begun? {
                Begun::New(started) => started.finish().await?,
                Begun::Again(id) => inner.sdk.chat().resend(id).await?,
            };
            Ok(one(&inner, sent))
        },
    )
}

/// A send that has begun.
enum Begun {
    New(Box<StartedSend>),
    /// One that failed before, and is here.
    Again(Pos),
}

impl Begun {
    fn id(&self) -> Pos {
        match self {
            Self::New(started) => started.message().id,
            Self::Again(id) => *id,
        }
    }
}

fn begin(inner: &Inner, message: Result<Described>) -> Result<Begun> {
    let me = inner.me()?;
    let message = message?;
    if message.from.as_ref().is_some_and(|from| *from != me) {
        let text = "the message is from somebody else";
        return Err(Error::new(ErrorCode::MessageInvalid, text));
    }
    if let Some(file) = message.body.attachment() {
        downloadable(file)?;
    }
    let chat = inner.sdk.chat();
    if let Some(id) = message.id.filter(|id| id.is_local()) {
        let kept = chat.message(id)?;
        if kept.is_some_and(|kept| kept.status == Status::Failed) {
            return Ok(Begun::Again(id));
        }
    }
    let started = chat.start_send(message.into_new())?;
    Ok(Begun::New(Box::new(started)))
}

/// A file that the other side can download, or why it cannot.
fn downloadable(file: &Attachment) -> Result<()> {
    if !file.remote_path.is_empty() {
        return Ok(());
    }
    let there = file.local_path.as_ref().is_some_and(|path| path.is_file());
    if !there {
        return Err(Error::new(
            ErrorCode::FileNotFound,
            "the attachment is not there",
        ));
    }
    Err(Error::new(
        ErrorCode::FileUploadFailed,
        "the server takes no files: put the attachment somewhere and name its remote path",
    ))
}

/// Sends a message that failed once more. 201, 110, and those of `lacuna_send`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacuna_resend(
    client: *const LacunaClient,
    message_id: *const c_char,
    mode: i32,
    context: *mut c_void,
    done: LacunaMessagesDone,
) -> i32 {
    // SAFETY: a text as the contract says.
    let id = unsafe { Text::new(message_id) };
    call(
        client,
        Answer::new(mode, context, done),
        async move |inner| {
            inner.me()?;
            let sent = inner.sdk.chat().resend(required_id(id)?).await?;
            Ok(one(&inner, sent))
        },
    )
}

/// Tells the sender of a message that it was read, and marks it as read here. 201, 500.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacuna_send_read_receipt(
    client: *const LacunaClient,
    message_id: *const c_char,
    mode: i32,
    context: *mut c_void,
    done: LacunaDone,
) -> i32 {
    // SAFETY: a text as the contract says.
    let id = unsafe { Text::new(message_id) };
    call(
        client,
        Answer::new(mode, context, done),
        async move |inner| {
            inner.me()?;
            let id = message_id_or_500(id)?;
            inner.sdk.chat().send_read_receipt(id).await
        },
    )
}

/// Tells the other side, the server and this user's other devices that a whole conversation was read. 201, 110, 300.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacuna_send_conversation_read(
    client: *const LacunaClient,
    chat_type: i32,
    conversation: *const c_char,
    mode: i32,
    context: *mut c_void,
    done: LacunaDone,
) -> i32 {
    // SAFETY: a text as the contract says.
    let conversation = unsafe { Text::new(conversation) };
    call(
        client,
        Answer::new(mode, context, done),
        async move |inner| {
            inner.me()?;
            let target = target(chat_type, conversation)?;
            inner.sdk.chat().send_conversation_read(&target).await
        },
    )
}

/// A message as a list of one.
pub(crate) fn one(inner: &Arc<Inner>, message: Message) -> Messages {
    Messages {
        me: inner.sdk.current_user(),
        list: vec![message],
        next: None,
    }
}

/// A message's id. 110 for none and for what is no id.
pub(crate) fn required_id(id: Text) -> Result<Pos> {
    let id = id
        .filled()?
        .ok_or_else(|| invalid("the message has no id"))?;
    id.parse()
        .map_err(|_| invalid(format!("{id:?} is no message id")))
}

/// A message's id. 500 for none and for what no message has.
pub(crate) fn message_id_or_500(id: Text) -> Result<Pos> {
    required_id(id).map_err(|error| Error::new(ErrorCode::MessageInvalid, error.text().to_owned()))
}
