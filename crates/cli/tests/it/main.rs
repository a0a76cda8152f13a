//! Integration tests of the command. The scenarios of the SDK's own tests are played here once more, through `lacuna serve` in
//! a process of its own.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests may panic like the tests themselves"
)]

#[cfg(target_os = "linux")]
mod clock;
mod commands;
mod crash;
#[cfg(target_os = "linux")]
mod disk;
mod erased;
mod killed;
mod pairs;
#[cfg(target_os = "linux")]
mod power;
mod rest;
mod serving;
mod stage;

#[cfg(target_os = "linux")]
#[path = "../../../testing/faults/faults.rs"]
mod faults;
#[cfg(target_os = "linux")]
#[path = "../../../testing/faults/image.rs"]
#[expect(dead_code, reason = "the tests of package sqlite use all of it")]
mod image;

#[path = "../../../sdk/tests/it/call.rs"]
mod call;
#[path = "../../../sdk/tests/it/deleting.rs"]
mod deleting;
#[path = "../../../sdk/tests/it/device.rs"]
#[expect(dead_code, reason = "the SDK's tests use all of it")]
mod device;
#[path = "../../../sdk/tests/it/groups.rs"]
mod groups;
#[path = "../../../sdk/tests/it/racing.rs"]
mod racing;
#[path = "../../../sdk/tests/it/record.rs"]
mod record;
#[path = "../../../sdk/tests/it/world.rs"]
mod world;
