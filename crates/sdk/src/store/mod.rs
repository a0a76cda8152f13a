//! The local store: one SQLite file for each user of a device.

mod search;
