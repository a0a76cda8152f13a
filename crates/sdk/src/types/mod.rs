//! What the SDK speaks of: messages, conversations, groups, and what can happen.

mod conversation;
mod event;
mod message;

pub use conversation::{Conversation, Removed};
pub use event::{
    ConnectionState, ConversationChange, GroupChange, GroupEvent, Kick, Receipt, ReceiptKind,
};
pub use message::{Attachment, Body, Ext, Message, NewMessage, Side, Status};
