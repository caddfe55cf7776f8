//! The end-to-end suite: real processes, a simulated Stripe, and each scenario on both databases.
//!
//! `support` holds the means; every other module is one part of the product's promise.

mod support;

mod add_key;
mod api;
mod backfill;
mod bad_input;
mod dependencies;
mod linking;
mod migrations;
mod permissions;
mod resume;
mod workers;
