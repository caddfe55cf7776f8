//! The data tables: what the worker writes, and what the API, the portal and messages read.
//!
//! A source object writes rows of its own tables only. What a record shows of others is joined when it is
//! read, here, once per record type (rule E8).

pub mod accounts;
pub mod balances;
pub mod company_info;
pub mod customers;
pub mod disputes;
mod listed;
pub mod payment_intents;
pub mod payments;
pub mod products;
mod tombstones;
pub mod transactions;
pub mod variants;
mod written;

pub use listed::Listed;
pub use tombstones::bury;
pub use written::Records;

/// A record and its `modified_ms`: when Tributary last changed what is stored of it (UTC milliseconds).
pub type Stamped<T> = (T, i64);
