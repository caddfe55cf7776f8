//! Codat's requests, responses and errors as types. No I/O.
//!
//! Response types are written, request types are read, and neither knows a database or Stripe. Optional
//! fields without a value are left out, never `null`: clients generated from the contract's documents
//! reject `null` where a field is merely optional. Dates are ISO 8601 in UTC; money is an exact JSON number
//! in major units ([`Decimal`]); closed sets of words are the vocabulary's enums.

pub mod access_tokens;
pub mod api_keys;
pub mod commerce;
pub mod companies;
pub mod connections;
pub mod cors;
pub mod data_type;
pub mod datasets;
mod decimal;
mod empty;
pub mod error;
pub mod extensions;
pub mod integrations;
pub mod messages;
pub mod page;
mod parameters;
pub mod products;
pub mod profile;
pub mod push;
pub mod query;
mod request;
pub mod supplemental;
pub mod sync_settings;
pub mod validation;
pub mod webhooks;

pub use decimal::{Decimal, NotADecimal};
pub use empty::EmptyList;
pub use error::ApiError;
pub use page::{PageRequest, Paged};
pub use parameters::Parameters;

/// Writes what has a text form as that text.
fn text<T: std::fmt::Display, S: serde::Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}
