//! Integration tests of the SDK: real clients against a real server, over real sockets.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests may panic like the tests themselves"
)]

mod absence;
mod call;
mod canary;
mod child;
mod crash;
mod damage;
mod deleted_users;
mod deleting;
mod device;
mod failures;
mod groups;
mod late;
mod proxy;
mod racing;
mod record;
mod resuming;
mod sending;
mod sessions;
mod stage;
mod world;
