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
pub use outbox::{Outgoing, Receipt};
pub(crate) use outbox::{Outbox, Waiting};
pub(crate) use queue::{Delivery, Parcel, Queue};
