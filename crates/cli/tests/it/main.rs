//! Integration tests of the command.
#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests may panic like the tests themselves"
)]

mod commands;
mod crash;
