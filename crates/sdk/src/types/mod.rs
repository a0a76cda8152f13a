//! What the SDK speaks of: messages, conversations, groups, and what can happen.

mod conversation;
mod event;
mod group;
mod message;

pub use conversation::{Conversation, Removed};
pub(crate) use event::Happening;
pub use event::{
    ConnectionState, ConversationChange, Edit, GroupChange, GroupEvent, Kick, Recall, Receipt,
    ReceiptKind,
};
pub use group::{Device, Group, GroupMember, NewGroup};
pub use message::{Attachment, Body, Ext, Message, NewMessage, Side, Status};
