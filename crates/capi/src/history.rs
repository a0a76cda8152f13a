//! History and the conversation list on the server.

use crate::call::{Answer, call, within};
use crate::client::{Inner, LacunaClient};
use crate::deletions::numbers;
use crate::described::{instant, kind, target, user};
use crate::results::{
    Conversations, LacunaConversationsDone, LacunaDone, LacunaMessagesDone, Messages, Row,
};
use crate::search::LACUNA_DOWN;
use crate::text::{Text, invalid, texts};
use lacuna_sdk::{
    Direction, HistoryOptions, HistoryPage, Message, Millis, Name, Pos, Result, ServerConversation,
    Target, Window,
};
use std::ffi::{c_char, c_void};
use std::sync::Arc;

/// Messages of a page at most.
const PAGE_MAX: usize = 50;
/// Pages that one call reads at most in search of several users' messages.
const PAGES_MAX: usize = 200;

/// Which history to fetch.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct LacunaHistoryQuery {
    /// The conversation's type.
    pub chat_type: i32,
    /// The conversation.
    pub conversation: *const c_char,
    /// Start beyond this message, exclusive; NULL or empty for the end.
    pub cursor: *const c_char,
    /// Messages of the page, 1 to 50.
    pub page_size: i32,
    /// `LACUNA_UP` or `LACUNA_DOWN`.
    pub direction: i32,
    /// Only of these kinds (`LACUNA_BODY_…`), `kind_count` of them; none for all.
    pub kinds: *const i32,
    /// How many kinds.
    pub kind_count: usize,
    /// Only from these users, `sender_count` of them; none for all.
    pub senders: *const *const c_char,
    /// How many users.
    pub sender_count: usize,
    /// Not before this time, in milliseconds since 1970; negative for any.
    pub start: i64,
    /// Not after this time; negative for any.
    pub end: i64,
    /// Whether to keep the messages on this device.
    pub save: bool,
}

/// Fetches a page of the user's history on the server, in the direction that is asked for. Nothing that the user deleted on
/// the server is in it. 201, 110, 300, 301, 602.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacuna_fetch_history(
    client: *const LacunaClient,
    query: *const LacunaHistoryQuery,
    mode: i32,
    context: *mut c_void,
    done: LacunaMessagesDone,
) -> i32 {
    // SAFETY: a query as the contract says.
    let wanted = unsafe { read(query) };
    call(
        client,
        Answer::new(mode, context, done),
        async move |inner| {
            let me = inner.me()?;
            let page = fetch(&inner, wanted?).await?;
            Ok(Messages {
                me: Some(me),
                list: page.messages,
                next: page.next,
            })
        },
    )
}

struct Wanted {
    target: Target,
    options: HistoryOptions,
    senders: Vec<Name>,
}

/// # Safety
/// NULL, or a query whose pointers are NULL or good for the call.
unsafe fn read(query: *const LacunaHistoryQuery) -> Result<Wanted> {
    // SAFETY: the caller vouches for it.
    let query = unsafe { query.as_ref() }.ok_or_else(|| invalid("the query is NULL"))?;
    // SAFETY: as above.
    let (conversation, cursor) =
        unsafe { (Text::new(query.conversation), Text::new(query.cursor)) };
    // SAFETY: as above.
    let (kinds, senders) = unsafe {
        (
            numbers(query.kinds, query.kind_count)?,
            texts(query.senders, query.sender_count)?,
        )
    };
    let cursor = cursor.filled()?.map(|id| id.parse::<Pos>()).transpose();
    let senders = senders.iter().map(|name| user(name));
    let options = HistoryOptions {
        cursor: cursor.map_err(|_| invalid("the cursor is no message id"))?,
        limit: usize::try_from(query.page_size).unwrap_or_default(),
        direction: if query.direction == LACUNA_DOWN {
            Direction::Newer
        } else {
            Direction::Older
        },
        window: window(query.start, query.end),
        kinds: kinds.into_iter().filter_map(kind).collect(),
        sender: None,
        save: query.save,
    };
    Ok(Wanted {
        target: target(query.chat_type, conversation)?,
        options,
        senders: senders.collect::<Result<_>>()?,
    })
}

fn window(start: i64, end: i64) -> Option<Window> {
    if start < 0 && end < 0 {
        return None;
    }
    let mut window = Window::ALL;
    if start >= 0 {
        window.from = instant(start);
    }
    if end >= 0 {
        window.to = instant(end);
    }
    Some(window)
}

async fn fetch(inner: &Inner, wanted: Wanted) -> Result<HistoryPage> {
    let Wanted {
        target,
        mut options,
        senders,
    } = wanted;
    let chat = inner.sdk.chat();
    if senders.len() <= 1 {
        options.sender = senders.into_iter().next();
        return chat.fetch_history(&target, options).await;
    }
    // The server looks for one user's messages only: for several, pages are read until enough are found.
    let size = options.limit;
    let mut found: Vec<Message> = Vec::new();
    for _ in 0..PAGES_MAX {
        let page = chat.fetch_history(&target, options.clone()).await?;
        let wanted = |message: &Message| senders.contains(&message.from);
        found.extend(page.messages.into_iter().filter(wanted));
        options.cursor = page.next;
        let enough = found.len() >= size;
        if page.next.is_none() || enough {
            break;
        }
    }
    if found.len() > size {
        found.truncate(size);
        // The next page starts behind the last message of this one.
        options.cursor = found.last().map(|message| message.id);
    }
    Ok(HistoryPage {
        messages: found,
        next: options.cursor,
    })
}

/// Fetches a page of the user's conversation list on the server, 1 to 50 of them, pinned ones first; or, with `pinned_only`,
/// the pinned ones. What it says of pins is noted on this device. 201, 110, 300, 301.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacuna_fetch_conversations(
    client: *const LacunaClient,
    cursor: *const c_char,
    page_size: i32,
    pinned_only: bool,
    mode: i32,
    context: *mut c_void,
    done: LacunaConversationsDone,
) -> i32 {
    // SAFETY: a text as the contract says.
    let cursor = unsafe { Text::new(cursor) };
    call(
        client,
        Answer::new(mode, context, done),
        async move |inner| {
            inner.me()?;
            let size = usize::try_from(page_size).unwrap_or_default();
            let cursor = cursor.filled()?;
            if pinned_only {
                return pinned(&inner, cursor.as_deref(), size).await;
            }
            let chat = inner.sdk.chat();
            let page = chat.fetch_conversations(cursor.as_deref(), size).await?;
            within(&inner, |inner| listed(inner, page.rows, page.next)).await
        },
    )
}

/// The pinned ones lead the list and are 50 at most: they are all on its first page. The cursor counts them.
async fn pinned(inner: &Arc<Inner>, cursor: Option<&str>, size: usize) -> Result<Conversations> {
    if !(1..=PAGE_MAX).contains(&size) {
        return Err(invalid(format!("a page has 1 to {PAGE_MAX} conversations")));
    }
    let skip: usize = match cursor {
        None => 0,
        Some(cursor) => cursor
            .parse()
            .map_err(|_| invalid("the cursor makes no sense"))?,
    };
    let chat = inner.sdk.chat();
    let mut rows = chat.fetch_conversations(None, PAGE_MAX).await?.rows;
    rows.retain(|row| row.pinned_at > Millis(0));
    let end = skip.saturating_add(size);
    let next = (rows.len() > end).then(|| end.to_string());
    let page = rows.into_iter().skip(skip).take(size).collect();
    within(inner, |inner| listed(inner, page, next)).await
}

/// Rows of the server's list, with the newest message and the data that this device has of them.
fn listed(
    inner: &Inner,
    rows: Vec<ServerConversation>,
    next: Option<String>,
) -> Result<Conversations> {
    let chat = inner.sdk.chat();
    let mut list = Vec::with_capacity(rows.len());
    for row in rows {
        let here = chat.conversation(&row.target)?;
        let (latest, ext) = here.map_or_else(Default::default, |here| (here.latest, here.ext));
        list.push(Row {
            target: row.target,
            unread: row.unread,
            pinned_at: row.pinned_at,
            ext,
            latest,
        });
    }
    Ok(Conversations {
        me: inner.sdk.current_user(),
        list,
        next,
    })
}

/// Pins or unpins a conversation, for all of the user's devices. 201, 110, 300, 301; 4 past 50 pinned ones.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacuna_set_pinned(
    client: *const LacunaClient,
    chat_type: i32,
    conversation: *const c_char,
    pinned: bool,
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
            inner.sdk.chat().set_pinned(&target, pinned).await
        },
    )
}
