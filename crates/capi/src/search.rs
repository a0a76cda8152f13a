//! Looking messages up on this device.

use crate::call::{Answer, local};
use crate::client::{Inner, LacunaClient};
use crate::deletions::numbers;
use crate::described::{instant, kind, target, user};
use crate::results::{LacunaMessagesDone, Messages};
use crate::text::{Text, texts};
use lacuna_sdk::{Chat, Direction, Find, Keyword, Message, Millis, Pos, Result, Side, Window};
use std::ffi::{c_char, c_void};

/// Older messages: the newest that match.
pub const LACUNA_UP: i32 = 0;
/// Newer messages: the oldest that match.
pub const LACUNA_DOWN: i32 = 1;

/// The keyword is looked for in what messages say.
pub const LACUNA_SCOPE_CONTENT: i32 = 0;
/// In the app's own data of them.
pub const LACUNA_SCOPE_EXT: i32 = 1;
/// In both.
pub const LACUNA_SCOPE_ALL: i32 = 2;

/// Messages of one lookup, and of one step of a search through the app's own data.
const FIND_MAX: u32 = 400;

/// Which messages to look up.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct LacunaQuery {
    /// The type of `conversation`.
    pub chat_type: i32,
    /// Only of this conversation; NULL for all.
    pub conversation: *const c_char,
    /// Only of these kinds (`LACUNA_BODY_…`), `kind_count` of them; none for all.
    pub kinds: *const i32,
    /// How many kinds.
    pub kind_count: usize,
    /// Only from these users, `sender_count` of them; none for all.
    pub senders: *const *const c_char,
    /// How many users.
    pub sender_count: usize,
    /// Only sent (`LACUNA_SENT`) or received (`LACUNA_RECEIVED`) ones; negative for both.
    pub side: i32,
    /// Only with this keyword; NULL or empty for all.
    pub keyword: *const c_char,
    /// Where the keyword is looked for: `LACUNA_SCOPE_…`.
    pub scope: i32,
    /// Start beyond this message, exclusive; NULL or empty for the end.
    pub beyond: *const c_char,
    /// Start beyond this time, exclusive, in milliseconds since 1970; negative for the end.
    pub timestamp: i64,
    /// Not before this time, inclusive; negative for any.
    pub start: i64,
    /// Not after this time, inclusive; negative for any.
    pub end: i64,
    /// Messages at most, 1 to 400; less counts as 1, more as 400.
    pub count: i32,
    /// `LACUNA_UP` or `LACUNA_DOWN`.
    pub direction: i32,
}

/// Looks messages up. They are given from the oldest to the newest, whatever the direction. 201, 3, 110.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lacuna_find(
    client: *const LacunaClient,
    query: *const LacunaQuery,
    mode: i32,
    context: *mut c_void,
    done: LacunaMessagesDone,
) -> i32 {
    // SAFETY: a query as the contract says.
    let search = unsafe { read(query) };
    local(client, Answer::new(mode, context, done), move |inner| {
        let me = inner.me()?;
        let list = find(inner, search?)?;
        Ok(Messages {
            me: Some(me),
            list,
            next: None,
        })
    })
}

/// What is looked up, and where its keyword is looked for.
struct Search {
    find: Find,
    scope: i32,
}

/// # Safety
/// NULL, or a query whose pointers are NULL or good for the call.
unsafe fn read(query: *const LacunaQuery) -> Result<Search> {
    // SAFETY: the caller vouches for it.
    let query = unsafe { query.as_ref() };
    let query = query.ok_or_else(|| crate::text::invalid("the query is NULL"))?;
    // SAFETY: as above.
    let (conversation, keyword, beyond) = unsafe {
        (
            Text::new(query.conversation),
            Text::new(query.keyword),
            Text::new(query.beyond),
        )
    };
    // SAFETY: as above.
    let (kinds, senders) = unsafe {
        (
            numbers(query.kinds, query.kind_count)?,
            texts(query.senders, query.sender_count)?,
        )
    };
    let of_all = query.conversation.is_null();
    let conversation = (!of_all).then(|| target(query.chat_type, conversation));
    let older = query.direction != LACUNA_DOWN;
    let beyond = beyond.filled()?.map(|id| id.parse::<Pos>());
    let beyond = beyond.transpose();
    let find = Find {
        conversation: conversation.transpose()?,
        beyond: beyond.map_err(|_| crate::text::invalid("the reference is no message id"))?,
        window: Some(window(query, older)),
        kinds: kinds.into_iter().filter_map(kind).collect(),
        senders: senders
            .iter()
            .map(|name| user(name))
            .collect::<Result<_>>()?,
        side: match query.side {
            crate::message::LACUNA_SENT => Some(Side::Sent),
            crate::message::LACUNA_RECEIVED => Some(Side::Received),
            _ => None,
        },
        keyword: keyword.filled()?.map(Keyword),
        direction: Some(if older {
            Direction::Older
        } else {
            Direction::Newer
        }),
        limit: u32::try_from(query.count)
            .unwrap_or_default()
            .clamp(1, FIND_MAX),
    };
    Ok(Search {
        find,
        scope: query.scope,
    })
}

fn window(query: &LacunaQuery, older: bool) -> Window {
    let mut window = Window::ALL;
    if query.start >= 0 {
        window.from = instant(query.start);
    }
    if query.end >= 0 {
        window.to = instant(query.end);
    }
    if query.timestamp >= 0 {
        let time = instant(query.timestamp).0;
        if older {
            window.to = window.to.min(Millis(time.saturating_sub(1)));
        } else {
            window.from = window.from.max(Millis(time.saturating_add(1)));
        }
    }
    window
}

fn find(inner: &Inner, search: Search) -> Result<Vec<Message>> {
    let Search { find, scope } = search;
    let chat = inner.sdk.chat();
    let newest_first = find.direction != Some(Direction::Newer);
    let limit = usize::try_from(find.limit).unwrap_or(usize::MAX);
    let mut found = match (&find.keyword, scope) {
        (None, _) | (Some(_), LACUNA_SCOPE_CONTENT) => chat.find(find)?,
        (Some(keyword), LACUNA_SCOPE_EXT) => {
            let keyword = keyword.0.to_lowercase();
            in_ext(&chat, find, &keyword)?
        }
        (Some(keyword), _) => {
            let keyword = keyword.0.to_lowercase();
            let mut both = in_ext(&chat, find.clone(), &keyword)?;
            both.extend(chat.find(find)?);
            both
        }
    };
    found.sort_by_key(|message| message.id);
    found.dedup_by_key(|message| message.id);
    // Two lists may have come together: the end that was asked for stays.
    if found.len() > limit {
        let from = if newest_first { found.len() - limit } else { 0 };
        found = found.split_off(from);
        found.truncate(limit);
    }
    Ok(found)
}

/// Messages whose own data of the app holds a text, in whatever case. The index does not cover that data: it is read step by
/// step.
fn in_ext(chat: &Chat, mut find: Find, keyword: &str) -> Result<Vec<Message>> {
    let limit = usize::try_from(find.limit).unwrap_or(usize::MAX);
    find.keyword = None;
    find.limit = FIND_MAX;
    let mut found = Vec::new();
    loop {
        let step = chat.find(find.clone())?;
        let Some(last) = step.last() else {
            return Ok(found);
        };
        find.beyond = Some(last.id);
        let holds = |message: &Message| {
            let data = serde_json::Value::Object(message.ext.clone());
            data.to_string().to_lowercase().contains(keyword)
        };
        found.extend(step.into_iter().filter(holds));
        if found.len() >= limit {
            found.truncate(limit);
            return Ok(found);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ptr::null;

    #[test]
    fn a_reference_time_is_excluded_and_the_ends_of_a_window_are_not() {
        let check = |(timestamp, start, end): (i64, i64, i64), older, want: (u64, u64)| {
            let query = LacunaQuery {
                chat_type: 0,
                conversation: null(),
                kinds: null(),
                kind_count: 0,
                senders: null(),
                sender_count: 0,
                side: -1,
                keyword: null(),
                scope: LACUNA_SCOPE_ALL,
                beyond: null(),
                timestamp,
                start,
                end,
                count: 0,
                direction: if older { LACUNA_UP } else { LACUNA_DOWN },
            };
            let found = window(&query, older);
            assert_eq!(
                (found.from.0, found.to.0),
                want,
                "{timestamp} {start} {end}"
            );
            // SAFETY: its pointers are NULL and its counts zero.
            let search = unsafe { read(&raw const query) }.unwrap();
            assert_eq!(search.find.limit, 1, "a count of zero is one");
        };
        check((-1, -1, -1), true, (0, u64::MAX));
        check((10, -1, -1), true, (0, 9));
        check((10, -1, -1), false, (11, u64::MAX));
        check((0, -1, -1), true, (0, 0));
        check((-1, 5, 7), true, (5, 7));
        check((6, 5, 7), true, (5, 5));
        check((6, 5, 7), false, (7, 7));
    }
}
