//! The data tables: what the worker writes, and what the API, the portal and messages read.
//!
//! A source object writes rows of its own tables only. What a record shows of others is joined when it is
//! read, here, once per record type (rule E8).

pub mod accounts;
pub mod balances;
pub mod company_info;
pub mod customers;
pub mod deleted;
pub mod disputes;
pub mod invoice_payments;
pub mod invoices;
mod listed;
pub mod locations;
pub mod order_lines;
pub mod order_parts;
#[cfg(test)]
mod order_tests;
pub mod orders;
pub mod payment_intents;
pub mod payment_methods;
pub mod payments;
pub mod payouts;
pub mod product_categories;
pub mod products;
pub mod sources;
mod standing;
pub mod subscriptions;
pub mod tax_components;
mod tombstones;
mod touch;
pub mod transactions;
pub mod variants;
mod written;

use crate::error::DbError;

pub use listed::Listed;
pub use standing::{BEYOND_ALL_IDS, Standing, bury_rows, shares_tables_with, standing};
pub use tombstones::{bury, bury_left_out};
pub use written::Records;

/// A record and its `modified_ms`: when Tributary last changed what is stored of it (UTC milliseconds).
pub type Stamped<T> = (T, i64);

/// Ids in one query at most: SQLite binds each of them.
pub(crate) const IDS_AT_ONCE: usize = 5_000;

/// Reads a column of JSON that this version wrote.
fn json<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, DbError> {
    serde_json::from_str(text)
        .map_err(|error| DbError::Broken(format!("a JSON column can't be read: {error}")))
}
