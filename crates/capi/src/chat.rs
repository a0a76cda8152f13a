//! Conversations and messages on this device.

use crate::call::{Answer, local};
use crate::client::{Inner, LacunaClient};
use crate::deletions::targets;
use crate::described::{Described, ext, target};
use crate::message::LacunaMessage;
use crate::results::{
    Conversations, LacunaConversationsDone, LacunaCountDone, LacunaDone, LacunaMessagesDone,
    Messages, Row,
};
use crate::send::{message_id_or_500, required_id};
use crate::text::{Text, invalid, texts};
use lacuna_sdk::{
    Conversation, Error, ErrorCode, GroupId, Message, MessageKind, Name, Pos, Result, Target,
    Window,
};
use std::ffi::{c_char, c_void};

/// Conversations at most that one call reads from this device.
const CONVERSATIONS_MAX: u32 = u32::MAX;

// --- conversations ---------------------------------------------------------------------------------------------------

/// The conversation list: pinned ones first, then by the newest message. 201, 3.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacuna_conversations(
    client: *const LacunaClient,
    mode: i32,
    context: *mut c_void,
    done: LacunaConversationsDone,
) -> i32 {
    local(client, Answer::new(mode, context, done), |inner| {
        let list = inner.sdk.chat().conversations(CONVERSATIONS_MAX, 0)?;
        Ok(rows(inner, list))
    })
}

/// A conversation, as a list of one, or of none if there is none. `create` makes it. 201, 3, 110.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacuna_conversation(
    client: *const LacunaClient,
    chat_type: i32,
    conversation: *const c_char,
    create: bool,
    mode: i32,
    context: *mut c_void,
    done: LacunaConversationsDone,
) -> i32 {
    // SAFETY: a text as the contract says.
    let conversation = unsafe { Text::new(conversation) };
    local(client, Answer::new(mode, context, done), move |inner| {
        inner.me()?;
        let target = target(chat_type, conversation)?;
        let chat = inner.sdk.chat();
        let found = if create {
            Some(chat.open_conversation(&target)?)
        } else {
            chat.conversation(&target)?
        };
        Ok(rows(inner, found.into_iter().collect()))
    })
}

/// A conversation by its id alone, whatever its type: users and groups share one space of names, and where both are here the
/// user is given. A list of one, or of none.
/// 201, 3, 110.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacuna_conversation_with_id(
    client: *const LacunaClient,
    conversation: *const c_char,
    mode: i32,
    context: *mut c_void,
    done: LacunaConversationsDone,
) -> i32 {
    // SAFETY: a text as the contract says.
    let conversation = unsafe { Text::new(conversation) };
    local(client, Answer::new(mode, context, done), move |inner| {
        inner.me()?;
        let id = conversation.filled()?;
        let id = id.ok_or_else(|| invalid("the conversation has no name"))?;
        let chat = inner.sdk.chat();
        let user = match Name::new(&id) {
            Ok(name) => chat.conversation(&Target::Peer(name))?,
            Err(_) => None,
        };
        let found = match user {
            Some(user) => Some(user),
            None => chat.conversation(&Target::Group(GroupId::new(&id)))?,
        };
        Ok(rows(inner, found.into_iter().collect()))
    })
}

/// Makes conversations, `count` of them, where there are none. 201, 3, 110.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacuna_open_conversations(
    client: *const LacunaClient,
    chat_types: *const i32,
    conversations: *const *const c_char,
    count: usize,
    mode: i32,
    context: *mut c_void,
    done: LacunaDone,
) -> i32 {
    // SAFETY: arrays as the contract says.
    let targets = unsafe { targets(chat_types, conversations, count) };
    local(client, Answer::new(mode, context, done), move |inner| {
        inner.me()?;
        let chat = inner.sdk.chat();
        for target in targets? {
            chat.open_conversation(&target)?;
        }
        Ok(())
    })
}

/// Replaces the app's own data of a conversation: a JSON object, or NULL for none. 201, 3, 110.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacuna_set_conversation_ext(
    client: *const LacunaClient,
    chat_type: i32,
    conversation: *const c_char,
    data: *const c_char,
    mode: i32,
    context: *mut c_void,
    done: LacunaDone,
) -> i32 {
    // SAFETY: texts as the contract says.
    let (conversation, data) = unsafe { (Text::new(conversation), Text::new(data)) };
    local(client, Answer::new(mode, context, done), move |inner| {
        inner.me()?;
        let target = target(chat_type, conversation)?;
        inner.sdk.chat().set_conversation_ext(&target, ext(data)?)
    })
}

/// Marks a message as read, on this device. One that is not here is no error. 201, 3; 500 for what is no id.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacuna_mark_read(
    client: *const LacunaClient,
    message_id: *const c_char,
    mode: i32,
    context: *mut c_void,
    done: LacunaDone,
) -> i32 {
    // SAFETY: a text as the contract says.
    let id = unsafe { Text::new(message_id) };
    local(client, Answer::new(mode, context, done), move |inner| {
        inner.me()?;
        inner.sdk.chat().mark_read(message_id_or_500(id)?)
    })
}

/// Marks every message of a conversation as read, on this device; of all conversations if `conversation` is NULL. 201, 3, 110.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacuna_mark_all_read(
    client: *const LacunaClient,
    chat_type: i32,
    conversation: *const c_char,
    mode: i32,
    context: *mut c_void,
    done: LacunaDone,
) -> i32 {
    let all = conversation.is_null();
    // SAFETY: a text as the contract says.
    let conversation = unsafe { Text::new(conversation) };
    local(client, Answer::new(mode, context, done), move |inner| {
        inner.me()?;
        let chat = inner.sdk.chat();
        if all {
            return chat.mark_all_read(None);
        }
        chat.mark_all_read(Some(&target(chat_type, conversation)?))
    })
}

// --- messages --------------------------------------------------------------------------------------------------------

/// Messages by id, of whatever conversation, in the order of the ids; those that are not here are left out. 201, 3.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacuna_messages(
    client: *const LacunaClient,
    ids: *const *const c_char,
    id_count: usize,
    mode: i32,
    context: *mut c_void,
    done: LacunaMessagesDone,
) -> i32 {
    // SAFETY: texts as the contract says.
    let ids = unsafe { texts(ids, id_count) };
    local(client, Answer::new(mode, context, done), move |inner| {
        let me = inner.me()?;
        let chat = inner.sdk.chat();
        let mut list = Vec::new();
        for id in ids?.iter().filter_map(|id| id.parse::<Pos>().ok()) {
            list.extend(chat.message(id)?);
        }
        Ok(Messages {
            me: Some(me),
            list,
            next: None,
        })
    })
}

/// How many messages of a conversation are here; of all conversations if `conversation` is NULL. 201, 3, 110.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacuna_count(
    client: *const LacunaClient,
    chat_type: i32,
    conversation: *const c_char,
    mode: i32,
    context: *mut c_void,
    done: LacunaCountDone,
) -> i32 {
    let all = conversation.is_null();
    // SAFETY: a text as the contract says.
    let conversation = unsafe { Text::new(conversation) };
    local(client, Answer::new(mode, context, done), move |inner| {
        inner.me()?;
        let chat = inner.sdk.chat();
        if all {
            return chat.count(None);
        }
        chat.count(Some(&target(chat_type, conversation)?))
    })
}

/// How many messages of a conversation lie between two times, both ends included. 201, 3; 110 for a start after the end and
/// for negative times.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacuna_count_between(
    client: *const LacunaClient,
    chat_type: i32,
    conversation: *const c_char,
    start: i64,
    end: i64,
    mode: i32,
    context: *mut c_void,
    done: LacunaCountDone,
) -> i32 {
    // SAFETY: a text as the contract says.
    let conversation = unsafe { Text::new(conversation) };
    local(client, Answer::new(mode, context, done), move |inner| {
        inner.me()?;
        let target = target(chat_type, conversation)?;
        if start < 0 || end < 0 {
            return Err(invalid("a time is negative"));
        }
        let window = Window {
            from: crate::described::instant(start),
            to: crate::described::instant(end),
        };
        inner.sdk.chat().count_between(&target, window)
    })
}

/// Puts a message into the local store of a conversation, at its place in time; it is never sent. One that has a server's id is
/// kept under it; another gets an id of this device. `done` is given the message as it is kept. 201, 3, 110; 107 if the
/// message belongs to another conversation.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacuna_insert(
    client: *const LacunaClient,
    chat_type: i32,
    conversation: *const c_char,
    message: *const LacunaMessage,
    mode: i32,
    context: *mut c_void,
    done: LacunaMessagesDone,
) -> i32 {
    // SAFETY: a text and a message as the contract says.
    let (conversation, message) = unsafe { (Text::new(conversation), Described::read(message)) };
    local(client, Answer::new(mode, context, done), move |inner| {
        let me = inner.me()?;
        let target = target(chat_type, conversation)?;
        let message = message?;
        if message.target != target {
            let text = "the message belongs to another conversation";
            return Err(Error::new(ErrorCode::InvalidConversation, text));
        }
        if message.body.kind() == MessageKind::Command {
            return Err(Error::new(
                ErrorCode::MessageInvalid,
                "commands are not kept",
            ));
        }
        let kept = insert(inner, &me, message)?;
        Ok(Messages {
            me: Some(me),
            list: vec![kept],
            next: None,
        })
    })
}

fn insert(inner: &Inner, me: &Name, message: Described) -> Result<Message> {
    let chat = inner.sdk.chat();
    if let Some(id) = message.id.filter(|id| !id.is_local()) {
        let text = format!("message {id} is here already, or was deleted");
        let mut message = message.into_message(me, inner.imported_are_read)?;
        message.time = id.time();
        if chat.import(vec![message])?.added == 0 {
            return Err(invalid(text));
        }
        let gone = || invalid("the message is not here any more");
        return chat.message(id)?.ok_or_else(gone);
    }
    let from = message.from.clone().unwrap_or_else(|| me.clone());
    let time = message.time;
    chat.insert(message.into_new(), &from, time)
}

/// Takes over messages that this user sent or received, `count` of them, under their ids: from another app's store, or from a
/// backup. What the user has deleted does not come back. At most 1,000 in one call. `done` is given how many are new here. 201,
/// 3, 110.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacuna_import(
    client: *const LacunaClient,
    messages: *const *const LacunaMessage,
    count: usize,
    mode: i32,
    context: *mut c_void,
    done: LacunaCountDone,
) -> i32 {
    // SAFETY: an array of messages as the contract says.
    let messages = unsafe { described(messages, count) };
    local(client, Answer::new(mode, context, done), move |inner| {
        let me = inner.me()?;
        let regard_read = inner.imported_are_read;
        let messages = messages?
            .into_iter()
            .map(|message| message.into_message(&me, regard_read));
        let imported = inner.sdk.chat().import(messages.collect::<Result<_>>()?)?;
        Ok(u64::try_from(imported.added).unwrap_or(u64::MAX))
    })
}

/// # Safety
/// `count` messages are at `messages`, each as [`Described::read`] wants it; it may be NULL if `count` is zero.
unsafe fn described(messages: *const *const LacunaMessage, count: usize) -> Result<Vec<Described>> {
    if count == 0 {
        return Ok(Vec::new());
    }
    if messages.is_null() {
        return Err(invalid("a list is missing"));
    }
    // SAFETY: the caller vouches for it.
    let pointers = unsafe { std::slice::from_raw_parts(messages, count) };
    // SAFETY: as above.
    let read = |message: &*const LacunaMessage| unsafe { Described::read(*message) };
    pointers.iter().map(read).collect()
}

/// Replaces the body and the app's own data of a message on this device. Its id, names and time stay. `done` is given the
/// message as it is now. 201, 3, 500.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacuna_update(
    client: *const LacunaClient,
    message: *const LacunaMessage,
    mode: i32,
    context: *mut c_void,
    done: LacunaMessagesDone,
) -> i32 {
    // SAFETY: a message as the contract says.
    let message = unsafe { Described::read(message) };
    local(client, Answer::new(mode, context, done), move |inner| {
        let me = inner.me()?;
        let message = message?;
        let no_id = || Error::new(ErrorCode::MessageInvalid, "the message has no id");
        let id = message.id.ok_or_else(no_id)?;
        let chat = inner.sdk.chat();
        chat.update(id, message.body, message.ext)?;
        Ok(Messages {
            me: Some(me),
            list: chat.message(id)?.into_iter().collect(),
            next: None,
        })
    })
}

/// Notes where the file of a message was downloaded to. It is removed with the message. 201, 3, 110, 500.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacuna_set_local_file(
    client: *const LacunaClient,
    message_id: *const c_char,
    path: *const c_char,
    mode: i32,
    context: *mut c_void,
    done: LacunaDone,
) -> i32 {
    // SAFETY: texts as the contract says.
    let (id, path) = unsafe { (Text::new(message_id), Text::new(path)) };
    local(client, Answer::new(mode, context, done), move |inner| {
        inner.me()?;
        let path = path.required("the path")?;
        inner
            .sdk
            .chat()
            .set_local_file(required_id(id)?, path.as_ref())
    })
}

pub(crate) fn rows(inner: &Inner, list: Vec<Conversation>) -> Conversations {
    Conversations {
        me: inner.sdk.current_user(),
        list: list.into_iter().map(Row::new).collect(),
        next: None,
    }
}
