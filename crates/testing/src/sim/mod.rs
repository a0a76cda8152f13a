//! The simulator: a server, its users' devices and the network between them on one thread, driven by a seed.
//!
//! Server sessions, services and stores, the client's sync engine and its local store are the real ones; the network, the
//! clocks and what happens when are simulated. The specification is `sim/model.rs`: sets of messages. A run that breaks a law is
//! cut down to the acts that are needed for that, and printed with the command that repeats it.
#![expect(
    clippy::indexing_slicing,
    reason = "a panic is a finding, and indexes are taken modulo what there is"
)]

mod acts;
mod calls;
mod check;
mod describe;
mod faults;
mod model;
mod network;
mod perform;
mod rest;
mod rng;
mod run;
mod watched;
mod world;

pub use run::{Report, Run, Violation, run_many};
