//! What goes over the wire: the `MSync` messages and the message bodies of the REST API.
//!
//! The server reads of a message what it needs and passes the rest on byte for byte: clients newer than the schema put fields
//! there that must survive. Hence much of this package works on serialized messages ([`meta`]) and not on decoded ones.

mod body;
mod edit;
mod files;
pub mod frame;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
mod jid;
mod kind;
pub mod meta;
pub mod page;
pub mod rest;
mod standing;
mod wire;

pub use body::{chat_body, muc_body, notify_body, roster_body, with_ext, with_room_level};
pub use edit::{EditInfo, edit_count, edit_signal, edited, noted, with_sender};
pub use files::files_of;
pub use jid::{DOMAIN_CONFERENCE, DOMAIN_USER};
pub use kind::{chat_type, chat_type_in, message_kind};
pub use standing::Standing;
pub use wire::Malformed;

/// The messages of the schema, package `easemob.pb`. Written by `cargo run -p xtask -- codegen`.
#[allow(
    missing_docs,
    unused_qualifications,
    clippy::pedantic,
    clippy::enum_variant_names,
    clippy::as_conversions,
    clippy::str_to_string,
    clippy::use_self,
    reason = "generated code; the schema and its description say what the fields mean"
)]
pub mod pb {
    include!("generated.rs");
}
