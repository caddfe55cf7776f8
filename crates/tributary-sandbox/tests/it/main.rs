//! The sandbox over HTTP, as a client of Stripe meets it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::type_complexity)]

mod billing;
mod errors;
mod events;
mod faults;
mod fields;
mod lists;
mod money;
mod oauth;
mod receiver;
mod renewals;
mod restart;
mod shapes;
mod support;
mod ties;
mod time;
mod webhooks;
mod writes;
