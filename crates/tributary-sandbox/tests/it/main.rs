//! The sandbox over HTTP, as a client of Stripe meets it.
#![allow(clippy::unwrap_used, clippy::panic, clippy::type_complexity)]

mod errors;
mod faults;
mod lists;
mod money;
mod oauth;
mod restart;
mod shapes;
mod support;
