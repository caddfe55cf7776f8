//! The sandbox over HTTP, as a client of Stripe meets it.

mod errors;
mod faults;
mod lists;
mod money;
mod oauth;
mod restart;
mod shapes;
mod support;
