//! The rules of Lacuna: ids, positions, sets of sequence numbers, views, visibility, paging, counters, limits and error codes.
//!
//! Nothing here does I/O, reads a clock or is asynchronous. A conversation is one append-only log; what a user deleted is
//! kept in that user's [`View`] and nowhere else, so that deletion never touches what others see.
#![warn(clippy::wildcard_enum_match_arm)]

mod clock;
mod error;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
mod hide;
mod ids;
pub mod limits;
mod name;
mod paging;
mod pos;
mod rate;
mod seq_set;
mod unread;
mod view;

pub use clock::{Clock, Millis};
pub use error::ErrorCode;
pub use hide::{Hidden, HiddenRange, HidePlan, plan_hide};
pub use ids::{AccountId, AppId, ConversationId, DeviceId, Seq, Version};
pub use name::{ConversationKey, GroupId, InvalidName, Name, Target};
pub use paging::{Direction, MessageKind, Run, runs};
pub use pos::{NODE_LOCAL, Pos, PosAllocator};
pub use rate::RateLimit;
pub use seq_set::SeqSet;
pub use unread::{unread, unread_window};
pub use view::{Audience, Floor, Log, Mark, Reader, SignalRef, View, fresh};
