//! What goes over the wire, as the SDK writes and reads it.

pub mod body;
mod events;
pub mod facts;
pub mod frames;
pub mod incoming;
mod refusal;
