//! An account's stream of events and deletion facts.

use bytes::Bytes;
use lacuna_domain::{AccountId, AppId, DeviceId, Mark, Millis, Name, Pos, Target, Version};

/// An event to append to an account's stream.
#[derive(Clone, Debug)]
pub struct NewEvent {
    /// Where it came from: that device is not told.
    pub device: DeviceId,
    /// The body, opaque: what a page of the stream carries.
    pub body: Bytes,
}

/// A receipt for an entry of a 1-1 conversation, for its sender.
#[derive(Clone, Debug)]
pub struct NewReceipt {
    /// The application.
    pub app: AppId,
    /// Whose receipt it is.
    pub reader: Name,
    /// Who sent the entry.
    pub to: Name,
    /// The entry.
    pub pos: Pos,
    /// What that one is told.
    pub event: NewEvent,
}

/// A page of the event stream to read.
#[derive(Clone, Copy, Debug)]
pub struct EventQuery {
    /// Whose.
    pub account: AccountId,
    /// For which device: what came from it is left out.
    pub device: DeviceId,
    /// After this version; none for the device's stored cursor.
    pub after: Option<Version>,
    /// Rows at most.
    pub limit: usize,
}

/// A page of the event stream.
#[derive(Clone, Debug)]
pub struct EventPage {
    /// What happened, in version order.
    pub items: Vec<EventItem>,
    /// Everything at or before this version is in this page or not due.
    pub scanned: Version,
    /// Whether there may be more.
    pub more: bool,
}

/// Something of the event stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EventItem {
    /// An event.
    Event {
        /// Its version.
        version: Version,
        /// When.
        at: Millis,
        /// Its body.
        body: Bytes,
    },
    /// Deletions in one conversation, at most one item per conversation and page.
    Deletions {
        /// The version of the newest of them.
        version: Version,
        /// The conversation as its user names it.
        target: Target,
        /// Whether it is a chat room.
        room: bool,
        /// The resource of the device that the newest came from; empty for the server API.
        resource: String,
        /// The last message of the deleted prefix, if that prefix grew.
        through: Option<Mark>,
        /// Deleted runs above the prefix, first and last position each.
        ranges: Vec<(Pos, Pos)>,
        /// The ids in those runs, at most `EVENT_IDS_MAX`, newest first dropped last.
        ids: Vec<Pos>,
    },
}

/// A deletion fact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// Its version.
    pub version: Version,
    /// The conversation as its user names it.
    pub target: Target,
    /// First position (zero for a prefix) and last position, included.
    pub from: Pos,
    /// Last position, included.
    pub to: Pos,
    /// The resource of the device it came from; empty for the server API.
    pub resource: String,
}

/// A page of deletion facts.
#[derive(Clone, Debug)]
pub struct FactPage {
    /// In version order.
    pub facts: Vec<Fact>,
    /// The account's version now.
    pub version: Version,
    /// Whether there are more.
    pub more: bool,
}
