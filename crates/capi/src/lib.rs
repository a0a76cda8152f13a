//! The C ABI of the client SDK: what the Swift and Objective-C SDK stands on. `include/lacuna_c.h` is its header.
//!
//! # One contract for every function
//!
//! - **Handles** are opaque. A [`LacunaClient`](client::LacunaClient) may be used from any thread, by several at a time, until
//!   `lacuna_client_free`. NULL for a client is answered with 110.
//! - **Texts** are UTF-8 and end with a NUL. What is passed in is copied during the call; what a completion or an observer is
//!   given ends when that returns. A `char *` that a function returns is the caller's, for `lacuna_string_free`.
//! - **Calls** end with `mode`, `context` and `done`. With `LACUNA_LATER` a call returns 0 at once, and `done` is called
//!   exactly once on a thread of the library's own, one completion at a time, in no other order than that in which the work
//!   ends. With `LACUNA_BLOCKING` the work is done before the call returns, `done` is called once on the calling thread, and
//!   the call returns the error's number, or 0. `done` may be NULL; `context` is handed back and never looked into.
//! - **Completions** may make any call, blocking ones too, and may free the client. While one runs no other does.
//! - **Errors** have the numbers of `docs/errors`; 201 is checked before everything else. After an error nothing is half done.
//! - **Panics** never cross: what should not happen ends in error 1.
#![warn(clippy::wildcard_enum_match_arm)]
#![expect(
    clippy::missing_safety_doc,
    reason = "the contract above is the same for every function"
)]

pub mod call;
pub mod chat;
pub mod client;
pub mod deletions;
mod described;
pub mod devices;
pub mod error;
pub mod groups;
pub mod history;
pub mod message;
pub mod observer;
mod remembered;
pub mod results;
pub mod search;
pub mod send;
mod text;
mod view;
