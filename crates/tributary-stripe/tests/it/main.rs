//! The crate over HTTP, against a server that answers byte for byte what each test says, or the sandbox.

// Helpers of tests may panic as tests do.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod bodies;
mod check;
mod connect;
mod nested;
mod reads;
mod server;
