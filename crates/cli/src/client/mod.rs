//! A small real client over the real sockets: what the demo and the load generator speak to a server with.
//!
//! [`Rest`] calls the API, [`Link`] holds one connection and runs the pull cycle, [`Timeline`] is the list of messages that a
//! device keeps, and [`Device`] is the three together. Every wait is bounded.

mod device;
mod link;
mod pulls;
mod rest;
mod timeline;
mod wire;

pub(crate) use device::Device;
pub(crate) use link::{Happened, Identity, Link};
pub(crate) use rest::{Caller, HistoryPage, Rest};
pub(crate) use timeline::Message;
use timeline::{Deletion, Timeline};
pub(crate) use wire::{Incoming, text_payload};

use std::time::Duration;

/// The application of a development server, as REST paths name it.
pub(crate) const APP_PATH: &str = "lacuna/demo";
/// The same, as the socket protocol names it.
pub(crate) const APP_KEY: &str = "lacuna#demo";
/// How long a client waits for any one answer.
pub(crate) const ANSWER_WAIT: Duration = Duration::from_secs(10);
