//! Integration tests of the server.

mod api;
