//! What must hold of whole data folders, of a server with its devices, and of cases that have a name.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "test bodies")]

mod attachments;
mod canary;
mod connecting;
mod erasure;
mod hung_up;
mod people;
mod restart;
mod scenarios;
mod simulation;
