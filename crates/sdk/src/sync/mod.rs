//! Staying in step with the server: what to do is decided by plain code ([`engine`]), and done by the session.

pub(crate) mod engine;
#[cfg(any(test, fuzzing))]
pub(crate) mod play;
pub(crate) mod pulls;

#[cfg(test)]
mod tests;
