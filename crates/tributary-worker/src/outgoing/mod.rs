//! Outgoing messages.
#![allow(dead_code)]

mod decide;
mod resolve;
mod send;
mod sign;

pub use decide::RETRY_WAITS_SECS;
