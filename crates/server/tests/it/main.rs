//! Integration tests of the server.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests may panic like the tests themselves"
)]

mod api;
mod configuration;
mod live;
mod secrets;
mod tls;
