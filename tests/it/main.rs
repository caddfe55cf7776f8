//! The end-to-end suite: real processes, a simulated Stripe, and each scenario on both databases.
//!
//! `support` holds the means; every other module is one part of the product's promise.

mod support;

mod dependencies;
mod migrations;
