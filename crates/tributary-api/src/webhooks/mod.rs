//! Webhook consumers: the contract's operations, and under `/tributary/v1` what goes beyond it.

mod change;
mod create;
mod delete;
mod get;
mod headers;
mod integration_key;
mod list;
mod messages;
mod replay;
mod secret;
mod shown;
mod test;

pub(crate) use change::change;
pub(crate) use create::create;
pub(crate) use delete::delete;
pub(crate) use get::get;
pub(crate) use headers::{headers, set_headers};
pub(crate) use integration_key::rotate_zapier;
pub(crate) use list::list;
pub(crate) use messages::{attempts, deliveries, message};
pub(crate) use replay::{recover, replay, resend};
pub(crate) use secret::{rotate, secret};
pub(crate) use test::test;

use crate::path::ConsumerPath;
use tributary_contract::ApiError;

/// What is answered when the platform has no such consumer.
fn not_found(ConsumerPath(id): ConsumerPath) -> ApiError {
    ApiError::WebhookNotFound(id.to_string())
}
