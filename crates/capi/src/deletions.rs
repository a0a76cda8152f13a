//! Every way to delete. What each does on the server, here and on the user's other devices is in `docs/sdk.md`.

use crate::call::{Answer, call, local};
use crate::client::LacunaClient;
use crate::described::{instant, target};
use crate::results::LacunaDone;
use crate::text::{Text, invalid, texts};
use lacuna_domain::limits::DELETE_IDS_MAX;
use lacuna_sdk::{ErrorCode, Millis, Pos, Result, Target};
use std::ffi::{c_char, c_void};

/// Deletes messages by id: from the user's history on the server, from this device and from the user's other devices. Nobody
/// else's history changes. 1 to 50 ids; unknown ones are ignored. 201, 110, 300, 301, 505.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacuna_delete_from_server(
    client: *const LacunaClient,
    chat_type: i32,
    conversation: *const c_char,
    ids: *const *const c_char,
    id_count: usize,
    mode: i32,
    context: *mut c_void,
    done: LacunaDone,
) -> i32 {
    // SAFETY: texts as the contract says.
    let (conversation, ids) = unsafe { (Text::new(conversation), texts(ids, id_count)) };
    call(
        client,
        Answer::new(mode, context, done),
        async move |inner| {
            inner.me()?;
            let target = target(chat_type, conversation)?;
            let ids = ids?;
            if ids.len() > DELETE_IDS_MAX {
                return Err(invalid(format!("more than {DELETE_IDS_MAX} message ids")));
            }
            let known: Vec<Pos> = ids.iter().filter_map(|id| id.parse().ok()).collect();
            if known.is_empty() && !ids.is_empty() {
                // No message has any of these ids: there is nothing to delete.
                return Ok(());
            }
            inner.sdk.chat().delete_from_server(&target, &known).await
        },
    )
}

/// Deletes everything of a conversation up to a time in milliseconds since 1970, that time included, as
/// `lacuna_delete_from_server` does. 201, 110, 300, 301, 505.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacuna_delete_from_server_through(
    client: *const LacunaClient,
    chat_type: i32,
    conversation: *const c_char,
    timestamp: f64,
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
            let time = time_of(timestamp)?;
            let chat = inner.sdk.chat();
            chat.delete_from_server_through(&target, time).await
        },
    )
}

/// A time that C has as a floating-point number. 110 if it is not above zero.
fn time_of(milliseconds: f64) -> Result<Millis> {
    // Times of the years to come are exact in a double, and what is larger means "everything" all the same.
    const LATEST: f64 = 9_007_199_254_740_992.0;
    if milliseconds.is_nan() || milliseconds < 1.0 {
        return Err(invalid("the time is not above zero"));
    }
    #[expect(
        clippy::as_conversions,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "positive, and cut to what a double holds exactly"
    )]
    let whole = milliseconds.min(LATEST) as u64;
    Ok(Millis(whole))
}

/// Takes a conversation off the user's list, on the server and here; with its messages, or with them left in the history. 201,
/// 110, 300, 301.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacuna_delete_server_conversation(
    client: *const LacunaClient,
    chat_type: i32,
    conversation: *const c_char,
    with_messages: bool,
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
            let chat = inner.sdk.chat();
            chat.delete_server_conversation(&target, with_messages)
                .await
        },
    )
}

/// Deletes every message and every conversation: here, and if `on_server` on the server and on the user's other devices. 201,
/// 300, 301, 505.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacuna_delete_everything(
    client: *const LacunaClient,
    on_server: bool,
    mode: i32,
    context: *mut c_void,
    done: LacunaDone,
) -> i32 {
    call(
        client,
        Answer::new(mode, context, done),
        async move |inner| inner.sdk.chat().delete_everything(on_server).await,
    )
}

// --- on this device alone --------------------------------------------------------------------------------------------

/// Deletes one message of a conversation from this device. Succeeds if it is not there. 201, 3, 110.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacuna_delete_message(
    client: *const LacunaClient,
    chat_type: i32,
    conversation: *const c_char,
    message_id: *const c_char,
    mode: i32,
    context: *mut c_void,
    done: LacunaDone,
) -> i32 {
    // SAFETY: texts as the contract says.
    let (conversation, id) = unsafe { (Text::new(conversation), Text::new(message_id)) };
    local(client, Answer::new(mode, context, done), move |inner| {
        inner.me()?;
        let target = target(chat_type, conversation)?;
        let text = id
            .filled()?
            .ok_or_else(|| invalid("the message has no id"))?;
        let Ok(id) = text.parse() else {
            // No message has it.
            return Ok(());
        };
        let chat = inner.sdk.chat();
        match chat.message(id)? {
            Some(message) if message.conversation == target => chat.delete_message(id),
            Some(_) | None => Ok(()),
        }
    })
}

/// Deletes every message of a conversation from this device; the conversation stays, empty. 201, 3, 110.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacuna_delete_all_messages(
    client: *const LacunaClient,
    chat_type: i32,
    conversation: *const c_char,
    mode: i32,
    context: *mut c_void,
    done: LacunaDone,
) -> i32 {
    // SAFETY: a text as the contract says.
    let conversation = unsafe { Text::new(conversation) };
    local(client, Answer::new(mode, context, done), move |inner| {
        inner.me()?;
        let target = target(chat_type, conversation)?;
        inner.sdk.chat().delete_all_messages(&target).map(drop)
    })
}

/// Deletes the messages of a conversation between two times from this device, both ends included. 201, 3; 110 for a start
/// after the end and for negative times.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacuna_delete_messages_between(
    client: *const LacunaClient,
    chat_type: i32,
    conversation: *const c_char,
    start: i64,
    end: i64,
    mode: i32,
    context: *mut c_void,
    done: LacunaDone,
) -> i32 {
    // SAFETY: a text as the contract says.
    let conversation = unsafe { Text::new(conversation) };
    local(client, Answer::new(mode, context, done), move |inner| {
        inner.me()?;
        let target = target(chat_type, conversation)?;
        if start < 0 || end < 0 {
            return Err(invalid("a time is negative"));
        }
        let chat = inner.sdk.chat();
        chat.delete_messages_between(&target, instant(start), instant(end))
            .map(drop)
    })
}

/// Deletes the messages of every conversation that are older than a time from this device; those of that time stay. 201, 3,
/// 110.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacuna_delete_messages_before(
    client: *const LacunaClient,
    timestamp: i64,
    mode: i32,
    context: *mut c_void,
    done: LacunaDone,
) -> i32 {
    local(client, Answer::new(mode, context, done), move |inner| {
        inner.me()?;
        if timestamp < 0 {
            return Err(invalid("the time is negative"));
        }
        let chat = inner.sdk.chat();
        chat.delete_messages_before(instant(timestamp)).map(drop)
    })
}

/// Takes conversations off this device's list, `count` of them; with their messages and files, or with them kept. 201, 3, 110.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacuna_delete_conversations(
    client: *const LacunaClient,
    chat_types: *const i32,
    conversations: *const *const c_char,
    count: usize,
    with_messages: bool,
    mode: i32,
    context: *mut c_void,
    done: LacunaDone,
) -> i32 {
    // SAFETY: arrays as the contract says.
    let targets = unsafe { targets(chat_types, conversations, count) };
    local(client, Answer::new(mode, context, done), move |inner| {
        inner.me()?;
        let chat = inner.sdk.chat();
        chat.delete_conversations(&targets?, with_messages)
            .map(drop)
    })
}

/// The conversations of two arrays. Rooms are left out: this device has none.
///
/// # Safety
/// As for [`texts`]; `count` numbers are at `chat_types`.
pub(crate) unsafe fn targets(
    chat_types: *const i32,
    conversations: *const *const c_char,
    count: usize,
) -> Result<Vec<Target>> {
    // SAFETY: the caller vouches for it.
    let (types, names) = unsafe { (numbers(chat_types, count)?, texts(conversations, count)?) };
    let named = types.into_iter().zip(names);
    let targets = named.map(|(chat_type, name)| target(chat_type, Text::of(name)));
    targets
        .filter(
            |target| !matches!(target, Err(error) if error.code() == ErrorCode::ServiceNotEnabled),
        )
        .collect()
}

/// The numbers of an array. 110 if it is missing.
///
/// # Safety
/// `count` numbers are at `numbers`, which may be NULL if `count` is zero.
pub(crate) unsafe fn numbers(numbers: *const i32, count: usize) -> Result<Vec<i32>> {
    if count == 0 {
        return Ok(Vec::new());
    }
    if numbers.is_null() {
        return Err(invalid("a list is missing"));
    }
    // SAFETY: the caller vouches for it.
    Ok(unsafe { std::slice::from_raw_parts(numbers, count) }.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_that_are_floating_point_numbers() {
        let check = |time: f64, want: Option<u64>| {
            assert_eq!(time_of(time).ok(), want.map(Millis), "{time}");
        };
        check(1_800_000_000_123.0, Some(1_800_000_000_123));
        check(1_800_000_000_123.9, Some(1_800_000_000_123));
        check(f64::INFINITY, Some(1 << 53));
        for none in [0.0, -1.0, 0.5, f64::NAN, f64::NEG_INFINITY] {
            check(none, None);
        }
    }
}
