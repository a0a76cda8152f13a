//! Repository chores: code generation and the tidy test.
fn main() {}
