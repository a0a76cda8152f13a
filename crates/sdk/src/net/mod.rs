//! The network: the API, the socket, and how long to wait between two tries.

pub(crate) mod backoff;
pub(crate) mod groups;
pub(crate) mod http;
pub(crate) mod rest;
pub(crate) mod socket;
