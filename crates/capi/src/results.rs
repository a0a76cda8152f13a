//! What calls answer with, and the completions that are given it.

use crate::error::LacunaError;
use crate::message::LacunaMessage;
use crate::text::{Context, Texts, owned};
use crate::view;
use lacuna_sdk::{
    Conversation, Device, Error, Group, GroupMember, Message, Millis, Name, Pos, Result, Target,
};
use std::ffi::{CString, c_char, c_void};
use std::ptr::null;

/// A completion without a result. `error` is NULL on success.
pub type LacunaDone = Option<unsafe extern "C" fn(context: *mut c_void, error: *const LacunaError)>;
/// A completion with a text; NULL after an error, or if there is none.
pub type LacunaTextDone = Option<
    unsafe extern "C" fn(context: *mut c_void, text: *const c_char, error: *const LacunaError),
>;
/// A completion with a number; zero after an error.
pub type LacunaCountDone =
    Option<unsafe extern "C" fn(context: *mut c_void, count: i64, error: *const LacunaError)>;
/// A completion with messages; NULL after an error.
pub type LacunaMessagesDone = Option<
    unsafe extern "C" fn(
        context: *mut c_void,
        messages: *const LacunaMessages,
        error: *const LacunaError,
    ),
>;
/// A completion with conversations; NULL after an error.
pub type LacunaConversationsDone = Option<
    unsafe extern "C" fn(
        context: *mut c_void,
        conversations: *const LacunaConversations,
        error: *const LacunaError,
    ),
>;
/// A completion with groups; NULL after an error.
pub type LacunaGroupsDone = Option<
    unsafe extern "C" fn(
        context: *mut c_void,
        groups: *const LacunaGroups,
        error: *const LacunaError,
    ),
>;
/// A completion with members of a group; NULL after an error.
pub type LacunaMembersDone = Option<
    unsafe extern "C" fn(
        context: *mut c_void,
        members: *const LacunaMembers,
        error: *const LacunaError,
    ),
>;
/// A completion with devices; NULL after an error.
pub type LacunaDevicesDone = Option<
    unsafe extern "C" fn(
        context: *mut c_void,
        devices: *const LacunaDevices,
        error: *const LacunaError,
    ),
>;

/// Messages.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct LacunaMessages {
    /// The messages, `count` of them.
    pub items: *const LacunaMessage,
    /// How many.
    pub count: usize,
    /// Where the next page starts; NULL for the last one.
    pub cursor: *const c_char,
}

/// A conversation.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct LacunaConversation {
    /// `LACUNA_CHAT` or `LACUNA_GROUP`.
    pub chat_type: i32,
    /// The other user's name or the group's id.
    pub id: *const c_char,
    /// Unread messages.
    pub unread: i64,
    /// When it was pinned, in milliseconds since 1970; zero if it is not.
    pub pinned_at: i64,
    /// The app's own data: a JSON object, or NULL.
    pub ext: *const c_char,
    /// The newest message; NULL for none.
    pub latest: *const LacunaMessage,
}

/// Conversations.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct LacunaConversations {
    /// The conversations, `count` of them.
    pub items: *const LacunaConversation,
    /// How many.
    pub count: usize,
    /// Where the next page starts; NULL for the last one.
    pub cursor: *const c_char,
}

/// A group.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct LacunaGroup {
    /// Its id.
    pub id: *const c_char,
    /// Its name.
    pub name: *const c_char,
    /// What it is about; empty where a list does not say.
    pub description: *const c_char,
    /// Who owns it; empty where a list does not say.
    pub owner: *const c_char,
    /// How many are in it; zero where a list does not say.
    pub members: i64,
    /// Whether anybody may join it.
    pub is_public: bool,
}

/// Groups.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct LacunaGroups {
    /// The groups, `count` of them.
    pub items: *const LacunaGroup,
    /// How many.
    pub count: usize,
}

/// A member of a group.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct LacunaMember {
    /// Who.
    pub name: *const c_char,
    /// Whether it owns the group.
    pub is_owner: bool,
}

/// Members of a group.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct LacunaMembers {
    /// The members, `count` of them.
    pub items: *const LacunaMember,
    /// How many.
    pub count: usize,
}

/// A connected device of a user.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct LacunaDevice {
    /// What it is called on the wire.
    pub resource: *const c_char,
    /// Its own unique id.
    pub uuid: *const c_char,
    /// What it is called for people.
    pub name: *const c_char,
}

/// Connected devices.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct LacunaDevices {
    /// The devices, `count` of them.
    pub items: *const LacunaDevice,
    /// How many.
    pub count: usize,
}

/// Something that a call answers with: it knows how to be given to its completion.
pub(crate) trait Outcome: Sized + Send + 'static {
    /// The completion.
    type Done: Copy + Send + 'static;

    /// Calls the completion, if there is one.
    ///
    /// # Safety
    /// `done` is a function of the type it says.
    unsafe fn give(outcome: Result<Self, &LacunaError>, done: Self::Done, context: Context);
}

impl Outcome for () {
    type Done = LacunaDone;

    unsafe fn give(outcome: Result<Self, &LacunaError>, done: LacunaDone, context: Context) {
        if let Some(done) = done {
            // SAFETY: the caller vouches for the function.
            unsafe { done(context.0, outcome.err().map_or(null(), std::ptr::from_ref)) }
        }
    }
}

impl Outcome for u64 {
    type Done = LacunaCountDone;

    unsafe fn give(outcome: Result<Self, &LacunaError>, done: LacunaCountDone, context: Context) {
        let Some(done) = done else { return };
        let (count, error) = match outcome {
            Ok(count) => (i64::try_from(count).unwrap_or(i64::MAX), null()),
            Err(error) => (0, std::ptr::from_ref(error)),
        };
        // SAFETY: the caller vouches for the function.
        unsafe { done(context.0, count, error) }
    }
}

impl Outcome for Option<String> {
    type Done = LacunaTextDone;

    unsafe fn give(outcome: Result<Self, &LacunaError>, done: LacunaTextDone, context: Context) {
        let Some(done) = done else { return };
        let text = outcome.as_ref().ok().and_then(Self::as_deref).map(owned);
        let pointer = text.as_ref().map_or(null(), |text: &CString| text.as_ptr());
        let error = outcome.err().map_or(null(), std::ptr::from_ref);
        // SAFETY: the caller vouches for the function; `text` outlives the call.
        unsafe { done(context.0, pointer, error) }
    }
}

/// Implements [`Outcome`] for a list: `$view` makes the C list of it, which borrows from the texts and the items.
macro_rules! list {
    ($list:ty, $done:ty, $of:ident => $view:expr) => {
        impl Outcome for $list {
            type Done = $done;

            unsafe fn give(outcome: Result<Self, &LacunaError>, done: $done, context: Context) {
                let Some(done) = done else { return };
                match outcome {
                    Ok(list) => {
                        let mut texts = Texts::default();
                        let (items, view) = ($view)(&list, &mut texts);
                        // SAFETY: the caller vouches for the function; items and texts outlive the call.
                        unsafe { done(context.0, &raw const view, null()) }
                        drop((items, texts));
                    }
                    // SAFETY: the caller vouches for the function.
                    Err(error) => unsafe { done(context.0, null(), error) },
                }
            }
        }
    };
}

/// Messages, whose user they are, and where the next page starts.
#[derive(Debug)]
pub(crate) struct Messages {
    pub(crate) me: Option<Name>,
    pub(crate) list: Vec<Message>,
    pub(crate) next: Option<Pos>,
}

impl Messages {
    /// The C list, and what it points at.
    pub(crate) fn view(&self, texts: &mut Texts) -> (Vec<LacunaMessage>, LacunaMessages) {
        let me = self.me.as_ref().map_or("", Name::as_str);
        let items: Vec<_> = self
            .list
            .iter()
            .map(|message| view::message(message, me, texts))
            .collect();
        let view = LacunaMessages {
            items: items.as_ptr(),
            count: items.len(),
            cursor: self
                .next
                .map_or(null(), |next| texts.add(&next.to_string())),
        };
        (items, view)
    }
}

list!(Messages, LacunaMessagesDone, Messages => |list: &Self, texts: &mut Texts| list.view(texts));

/// A conversation of the local store or of the server's list.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) target: Target,
    pub(crate) unread: u64,
    pub(crate) pinned_at: Millis,
    pub(crate) ext: lacuna_sdk::Ext,
    pub(crate) latest: Option<Message>,
}

impl Row {
    /// A conversation of the local store.
    pub(crate) fn new(conversation: Conversation) -> Self {
        Self {
            target: conversation.target,
            unread: conversation.unread,
            pinned_at: conversation.pinned_at,
            ext: conversation.ext,
            latest: conversation.latest,
        }
    }
}

/// Conversations, whose user's they are, and where the next page starts.
#[derive(Debug)]
pub(crate) struct Conversations {
    pub(crate) me: Option<Name>,
    pub(crate) list: Vec<Row>,
    pub(crate) next: Option<String>,
}

impl Conversations {
    fn view(
        &self,
        texts: &mut Texts,
    ) -> (
        (Vec<LacunaConversation>, Vec<LacunaMessage>),
        LacunaConversations,
    ) {
        let me = self.me.as_ref().map_or("", Name::as_str);
        // It never grows past this: the rows point into it.
        let mut latest = Vec::with_capacity(self.list.len());
        let mut items = Vec::with_capacity(self.list.len());
        for row in &self.list {
            let (chat_type, id) = view::named(&row.target, texts);
            let newest = row.latest.as_ref().map_or(null(), |message| {
                latest.push(view::message(message, me, texts));
                latest.last().map_or(null(), std::ptr::from_ref)
            });
            items.push(LacunaConversation {
                chat_type,
                id,
                unread: i64::try_from(row.unread).unwrap_or(i64::MAX),
                pinned_at: view::milliseconds(row.pinned_at),
                ext: view::ext(&row.ext, texts),
                latest: newest,
            });
        }
        let view = LacunaConversations {
            items: items.as_ptr(),
            count: items.len(),
            cursor: self.next.as_ref().map_or(null(), |next| texts.add(next)),
        };
        ((items, latest), view)
    }
}

list!(Conversations, LacunaConversationsDone, Conversations => |list: &Self, texts: &mut Texts| list.view(texts));

list!(Vec<Group>, LacunaGroupsDone, Group => |list: &Self, texts: &mut Texts| {
    let item = |group: &Group| LacunaGroup {
        id: texts.add(group.id.as_str()),
        name: texts.add(&group.name),
        description: texts.add(&group.description),
        owner: texts.add(&group.owner),
        members: i64::from(group.members),
        is_public: group.public,
    };
    let items: Vec<_> = list.iter().map(item).collect();
    let view = LacunaGroups { items: items.as_ptr(), count: items.len() };
    (items, view)
});

list!(Vec<GroupMember>, LacunaMembersDone, GroupMember => |list: &Self, texts: &mut Texts| {
    let item = |member: &GroupMember| LacunaMember {
        name: texts.add(member.name.as_str()),
        is_owner: member.is_owner,
    };
    let items: Vec<_> = list.iter().map(item).collect();
    let view = LacunaMembers { items: items.as_ptr(), count: items.len() };
    (items, view)
});

list!(Vec<Device>, LacunaDevicesDone, Device => |list: &Self, texts: &mut Texts| {
    let item = |device: &Device| LacunaDevice {
        resource: texts.add(&device.resource),
        uuid: texts.add(&device.uuid),
        name: texts.add(&device.name),
    };
    let items: Vec<_> = list.iter().map(item).collect();
    let view = LacunaDevices { items: items.as_ptr(), count: items.len() };
    (items, view)
});

/// An error for a completion that a panic kept from its result.
pub(crate) fn interrupted() -> Error {
    Error::new(
        lacuna_sdk::ErrorCode::General,
        "the call was interrupted by a fault inside the library",
    )
}
