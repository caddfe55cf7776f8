//! Link over a temporary SQLite file and a stand-in for Stripe's OAuth endpoints.

#![allow(clippy::unwrap_used, reason = "a test that can't go on fails")]

mod callback;
mod exchange;
mod hosted;
mod support;
