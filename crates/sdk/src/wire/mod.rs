//! What goes over the wire, as the SDK writes and reads it.

pub(crate) mod body;
mod events;
pub(crate) mod facts;
pub mod frames;
pub(crate) mod incoming;
mod refusal;
