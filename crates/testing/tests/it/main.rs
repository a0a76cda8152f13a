//! What must hold of whole data folders.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "test bodies")]

mod canary;
mod erasure;
mod people;
mod restart;
