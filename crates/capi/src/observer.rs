//! Who is told what happens.

use crate::client::Inner;
use crate::message::LacunaMessage;
use crate::results::{LacunaMessages, Messages};
use crate::text::{Context, Texts};
use crate::view;
use lacuna_sdk::{
    ConnectionState, ConversationChange, Edit, GroupChange, GroupEvent, Kick, Message, Observer,
    Recall, Receipt, ReceiptKind, Removed, Target,
};
use std::ffi::{c_char, c_void};
use std::ptr::null;
use std::sync::{Arc, Weak};

/// A message was read.
pub const LACUNA_RECEIPT_READ: i32 = 0;
/// A message arrived on a device of the other side.
pub const LACUNA_RECEIPT_DELIVERED: i32 = 1;
/// A whole conversation was read.
pub const LACUNA_RECEIPT_CONVERSATION_READ: i32 = 2;

/// Another device pinned the conversation.
pub const LACUNA_CONVERSATION_PINNED: i32 = 60;
/// Another device unpinned it.
pub const LACUNA_CONVERSATION_UNPINNED: i32 = 61;
/// Another device took it off the list.
pub const LACUNA_CONVERSATION_DELETED: i32 = 62;

/// The group was created.
pub const LACUNA_GROUP_CREATED: i32 = 0;
/// The group was dismissed.
pub const LACUNA_GROUP_DESTROYED: i32 = 1;
/// Users came.
pub const LACUNA_GROUP_JOINED: i32 = 2;
/// Users left.
pub const LACUNA_GROUP_LEFT: i32 = 3;
/// Users were invited.
pub const LACUNA_GROUP_INVITED: i32 = 4;
/// Users were removed.
pub const LACUNA_GROUP_KICKED: i32 = 5;
/// This user was put into the group.
pub const LACUNA_GROUP_DIRECT_JOINED: i32 = 6;
/// Anything else.
pub const LACUNA_GROUP_OTHER: i32 = 7;

/// A receipt.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct LacunaReceipt {
    /// `LACUNA_RECEIPT_…`.
    pub kind: i32,
    /// Who says it: the other side, or this user on another device.
    pub from: *const c_char,
    /// The conversation's type.
    pub chat_type: i32,
    /// The conversation.
    pub conversation: *const c_char,
    /// The message; NULL for a whole conversation.
    pub message: *const c_char,
    /// When, in milliseconds since 1970.
    pub time: i64,
}

/// A message that was taken back from everybody.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct LacunaRecall {
    /// The conversation's type.
    pub chat_type: i32,
    /// The conversation.
    pub conversation: *const c_char,
    /// The message's id.
    pub message_id: *const c_char,
    /// What it was; NULL if this device did not hold it.
    pub message: *const LacunaMessage,
    /// Who took it back.
    pub by: *const c_char,
    /// What that side says about it.
    pub ext: *const c_char,
}

/// Something that happened in a group.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct LacunaGroupEvent {
    /// The group's id.
    pub group: *const c_char,
    /// `LACUNA_GROUP_…`.
    pub change: i32,
    /// Who did it.
    pub by: *const c_char,
    /// Whom it concerns, `user_count` names.
    pub users: *const *const c_char,
    /// How many.
    pub user_count: usize,
    /// Whether this user is no longer in the group by it.
    pub is_out: bool,
    /// Why, in the doer's words.
    pub reason: *const c_char,
}

/// Who is told what happens. Every function may be NULL; all are called one at a time, in the order in which things happened,
/// on one thread of the library's own, after the local store has what they speak of. They may make calls on the local store,
/// and others with `LACUNA_LATER`.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct LacunaObserver {
    /// Handed to every function.
    pub context: *mut c_void,
    /// Called once, when nothing more is told: the context can go.
    pub release: Option<unsafe extern "C" fn(context: *mut c_void)>,
    /// The connection was made or lost.
    pub connection_changed: Option<unsafe extern "C" fn(context: *mut c_void, connected: bool)>,
    /// The server logged this device out for good: 100, 104, 206, 207, 214, 216, 217, 305.
    pub kicked: Option<unsafe extern "C" fn(context: *mut c_void, code: i32)>,
    /// The token ends soon.
    pub token_will_expire: Option<unsafe extern "C" fn(context: *mut c_void)>,
    /// The token has ended; the device is logged out.
    pub token_expired: Option<unsafe extern "C" fn(context: *mut c_void)>,
    /// What came while the device was away is being delivered.
    pub sync_started: Option<unsafe extern "C" fn(context: *mut c_void)>,
    /// It is all here.
    pub sync_finished: Option<unsafe extern "C" fn(context: *mut c_void)>,
    /// The local store was damaged, and was built anew.
    pub store_recovered: Option<unsafe extern "C" fn(context: *mut c_void)>,
    /// Messages came.
    pub messages_received:
        Option<unsafe extern "C" fn(context: *mut c_void, messages: *const LacunaMessages)>,
    /// Commands came.
    pub commands_received:
        Option<unsafe extern "C" fn(context: *mut c_void, messages: *const LacunaMessages)>,
    /// A message's status changed while nobody waited for it.
    pub message_status_changed:
        Option<unsafe extern "C" fn(context: *mut c_void, message: *const LacunaMessage)>,
    /// Receipts came, `count` of them.
    pub receipts_received: Option<
        unsafe extern "C" fn(context: *mut c_void, receipts: *const LacunaReceipt, count: usize),
    >,
    /// A message was taken back from everybody.
    pub message_recalled:
        Option<unsafe extern "C" fn(context: *mut c_void, recall: *const LacunaRecall)>,
    /// A message's content was changed for everybody, by a user, at a time.
    pub message_edited: Option<
        unsafe extern "C" fn(
            context: *mut c_void,
            message: *const LacunaMessage,
            by: *const c_char,
            time: i64,
        ),
    >,
    /// The conversation list changed.
    pub conversations_changed: Option<unsafe extern "C" fn(context: *mut c_void)>,
    /// Another device, or the server API (`device` is empty then), deleted messages; they are gone from this device already.
    /// It is empty, too, for the messages of a conversation that was deleted with them: `conversation_event` names the device.
    pub messages_removed: Option<
        unsafe extern "C" fn(
            context: *mut c_void,
            chat_type: i32,
            conversation: *const c_char,
            device: *const c_char,
        ),
    >,
    /// Another device did something to a conversation: `LACUNA_CONVERSATION_…`.
    pub conversation_event: Option<
        unsafe extern "C" fn(
            context: *mut c_void,
            event: i32,
            chat_type: i32,
            conversation: *const c_char,
            device: *const c_char,
        ),
    >,
    /// Something happened in a group.
    pub group_event:
        Option<unsafe extern "C" fn(context: *mut c_void, event: *const LacunaGroupEvent)>,
}

/// Passes what the SDK tells on to C, and does what the library's own options ask for.
pub(crate) struct Forward {
    inner: Weak<Inner>,
    told: Option<LacunaObserver>,
    context: Context,
}

// SAFETY: the functions may be called from any thread, and the context is only handed to them: the header says so.
unsafe impl Send for Forward {}
// SAFETY: as above.
unsafe impl Sync for Forward {}

impl Drop for Forward {
    fn drop(&mut self) {
        if let Some(release) = self.told.and_then(|told| told.release) {
            // SAFETY: the app's own function, with its own context, called once.
            unsafe { release(self.context.0) }
        }
    }
}

/// Calls one of the app's functions, if it is there.
macro_rules! tell {
    ($self:ident, $function:ident $(, $argument:expr)*) => {
        if let Some(function) = $self.told.and_then(|told| told.$function) {
            // SAFETY: the app's own function; what the pointers among the arguments point at outlives the call.
            unsafe { function($self.context.0 $(, $argument)*) }
        }
    };
}

impl Forward {
    pub(crate) fn new(inner: &Arc<Inner>, told: Option<LacunaObserver>) -> Self {
        let context = told.map_or(std::ptr::null_mut(), |told| told.context);
        Self {
            inner: Arc::downgrade(inner),
            told,
            context: Context(context),
        }
    }

    fn messages(&self, messages: &[Message]) -> Messages {
        Messages {
            me: self.me(),
            list: messages.to_vec(),
            next: None,
        }
    }

    fn me(&self) -> Option<lacuna_sdk::Name> {
        self.inner.upgrade()?.sdk.current_user()
    }

    fn view(&self, message: &Message, texts: &mut Texts) -> LacunaMessage {
        let me = self.me();
        view::message(message, me.as_ref().map_or("", |me| me.as_str()), texts)
    }

    /// The token is of no use any more.
    fn forget(&self) {
        if let Some(inner) = self.inner.upgrade() {
            inner.remembered.forget();
        }
    }
}

impl Observer for Forward {
    fn connection_changed(&self, state: ConnectionState) {
        tell!(
            self,
            connection_changed,
            state == ConnectionState::Connected
        );
    }

    fn kicked(&self, why: Kick) {
        self.forget();
        let code = match why {
            Kick::UserRemoved => 207,
            Kick::LoggedInElsewhere => 206,
            Kick::PasswordChanged => 216,
            Kick::ByOtherDevice => 217,
            Kick::TokenRefused => 104,
            Kick::NotAdmitted(code) => i32::from(code.number()),
        };
        tell!(self, kicked, code);
    }

    fn token_will_expire(&self) {
        tell!(self, token_will_expire);
    }

    fn token_expired(&self) {
        self.forget();
        tell!(self, token_expired);
    }

    fn sync_started(&self) {
        tell!(self, sync_started);
    }

    fn sync_finished(&self) {
        tell!(self, sync_finished);
    }

    fn store_recovered(&self) {
        tell!(self, store_recovered);
    }

    fn messages_received(&self, messages: &[Message]) {
        let (messages, mut texts) = (self.messages(messages), Texts::default());
        let (_items, view) = messages.view(&mut texts);
        tell!(self, messages_received, &raw const view);
    }

    fn commands_received(&self, commands: &[Message]) {
        let (messages, mut texts) = (self.messages(commands), Texts::default());
        let (_items, view) = messages.view(&mut texts);
        tell!(self, commands_received, &raw const view);
    }

    fn message_status_changed(&self, message: &Message) {
        let mut texts = Texts::default();
        let view = self.view(message, &mut texts);
        tell!(self, message_status_changed, &raw const view);
    }

    fn receipts_received(&self, receipts: &[Receipt]) {
        let mut texts = Texts::default();
        let views: Vec<_> = receipts
            .iter()
            .map(|receipt| receipt_view(receipt, &mut texts))
            .collect();
        tell!(self, receipts_received, views.as_ptr(), views.len());
    }

    fn message_recalled(&self, recall: &Recall) {
        let mut texts = Texts::default();
        let (chat_type, conversation) = view::named(&recall.conversation, &mut texts);
        let held = recall.message.as_ref();
        let message = held.map(|message| self.view(message, &mut texts));
        let view = LacunaRecall {
            chat_type,
            conversation,
            message_id: texts.add(&recall.id.to_string()),
            message: message.as_ref().map_or(null(), std::ptr::from_ref),
            by: texts.add(recall.by.as_str()),
            ext: texts.add(&recall.ext),
        };
        tell!(self, message_recalled, &raw const view);
    }

    fn message_edited(&self, edit: &Edit) {
        let mut texts = Texts::default();
        let view = self.view(&edit.message, &mut texts);
        let by = texts.add(edit.by.as_str());
        let time = view::milliseconds(edit.time);
        tell!(self, message_edited, &raw const view, by, time);
    }

    fn conversations_changed(&self) {
        tell!(self, conversations_changed);
    }

    fn messages_removed(&self, conversation: &Target, device: &str, _: &Removed) {
        let mut texts = Texts::default();
        let (chat_type, conversation) = view::named(conversation, &mut texts);
        let device = texts.add(device);
        tell!(self, messages_removed, chat_type, conversation, device);
    }

    fn conversation_event(&self, conversation: &Target, change: ConversationChange, device: &str) {
        let mut texts = Texts::default();
        let (chat_type, conversation) = view::named(conversation, &mut texts);
        let device = texts.add(device);
        let event = match change {
            ConversationChange::Pinned => LACUNA_CONVERSATION_PINNED,
            ConversationChange::Unpinned => LACUNA_CONVERSATION_UNPINNED,
            ConversationChange::Deleted => LACUNA_CONVERSATION_DELETED,
        };
        tell!(
            self,
            conversation_event,
            event,
            chat_type,
            conversation,
            device
        );
    }

    fn group_event(&self, event: &GroupEvent) {
        let me = self.me();
        let is_out = me.is_some_and(|me| is_out(event, me.as_str()));
        if is_out && let Some(inner) = self.inner.upgrade() {
            inner.left_group(&event.group);
        }
        let mut texts = Texts::default();
        let view = LacunaGroupEvent {
            group: texts.add(event.group.as_str()),
            change: change_number(event.change),
            by: texts.add(&event.by),
            users: texts.list(event.users.iter().map(String::as_str)),
            user_count: event.users.len(),
            is_out,
            reason: texts.add(&event.reason),
        };
        tell!(self, group_event, &raw const view);
    }
}

fn receipt_view(receipt: &Receipt, texts: &mut Texts) -> LacunaReceipt {
    let (chat_type, conversation) = view::named(&receipt.conversation, texts);
    LacunaReceipt {
        kind: match receipt.kind {
            ReceiptKind::Read => LACUNA_RECEIPT_READ,
            ReceiptKind::Delivered => LACUNA_RECEIPT_DELIVERED,
            ReceiptKind::ConversationRead => LACUNA_RECEIPT_CONVERSATION_READ,
        },
        from: texts.add(receipt.from.as_str()),
        chat_type,
        conversation,
        message: receipt
            .message
            .map_or(null(), |id| texts.add(&id.to_string())),
        time: view::milliseconds(receipt.time),
    }
}

fn change_number(change: GroupChange) -> i32 {
    match change {
        GroupChange::Created => LACUNA_GROUP_CREATED,
        GroupChange::Destroyed => LACUNA_GROUP_DESTROYED,
        GroupChange::Joined => LACUNA_GROUP_JOINED,
        GroupChange::Left => LACUNA_GROUP_LEFT,
        GroupChange::Invited => LACUNA_GROUP_INVITED,
        GroupChange::Kicked => LACUNA_GROUP_KICKED,
        GroupChange::DirectJoined => LACUNA_GROUP_DIRECT_JOINED,
        GroupChange::Other(_) => LACUNA_GROUP_OTHER,
    }
}

/// Whether a user is no longer in a group by an event.
fn is_out(event: &GroupEvent, me: &str) -> bool {
    let concerns_me = event.users.iter().any(|user| user == me);
    match event.change {
        GroupChange::Destroyed => true,
        GroupChange::Kicked => concerns_me,
        GroupChange::Left => event.by == me || concerns_me,
        GroupChange::Created
        | GroupChange::Joined
        | GroupChange::Invited
        | GroupChange::DirectJoined
        | GroupChange::Other(_) => false,
    }
}
