//! The sync engine: its order of steps, and what it all comes to with real stores and a network that fails.

mod look;
mod order;
mod property;
mod server;
mod world;
