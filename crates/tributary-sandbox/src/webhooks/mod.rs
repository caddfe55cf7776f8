//! Webhook endpoints, and the deliveries of events to them.

mod api;
mod driver;
mod endpoint;
mod outbox;
mod queue;
mod sign;

pub(crate) use api::{Route, answer};
pub(crate) use driver::drive;
pub(crate) use endpoint::{Endpoint, is_loopback};
pub(crate) use outbox::Outbox;
pub use outbox::{Outgoing, Receipt, Waiting};
