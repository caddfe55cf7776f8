//! The end-to-end suite: real processes, a simulated Stripe, and each scenario on both databases.
//!
//! `support` holds the means; every other module is one part of the product's promise.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that meets what it doesn't expect has failed")]

mod support;

mod add_key;
mod admin_api;
mod api;
mod backfill;
mod bad_input;
mod browser;
mod changes;
mod commands;
mod demo;
mod dependencies;
mod events;
mod faults;
mod kills;
mod linking;
mod messages;
mod migrations;
mod orders;
mod permissions;
mod portal;
mod queries;
mod reading;
mod reconciliation;
mod resume;
mod serving;
mod severing;
mod sync_settings;
mod timing;
mod webhooks;
mod windows;
mod wiped;
mod workers;
