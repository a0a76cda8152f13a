//! The lacuna command: serve, demo, app, migrate, check-config and bench.
fn main() {}
