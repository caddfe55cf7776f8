//! The store: one diesel code base over SQLite and PostgreSQL.
//!
//! One module of queries per table; they take `&mut AnyConn`, never a pool, so that the caller decides
//! the transaction. Use cases that several services offer stand in [`use_cases`]: each writes its rows in
//! one transaction. There are no Stripe types here.

pub mod api_keys;
pub mod bulk;
pub mod companies;
pub mod company_search;
pub mod compare;
pub mod conn;
pub mod connection_errors;
pub mod connections;
pub mod consumers;
mod copy;
pub mod credentials;
pub mod data_keys;
#[cfg(test)]
mod data_tests;
pub mod datasets;
mod db;
pub mod deletions;
pub mod deliveries;
pub mod delivery_lanes;
pub mod encoded;
mod error;
pub mod events;
pub mod findings;
pub mod idempotency;
mod initial_reads;
pub mod integration_keys;
pub mod integrations;
pub mod leases;
pub mod messages;
pub mod migrate;
pub mod oauth_states;
mod page;
pub mod platform_settings;
pub mod platforms;
pub mod query;
pub mod quota_notices;
pub mod reading_plan;
pub mod reads;
pub mod reconciliations;
pub mod records;
pub mod remaps;
pub mod rereads;
pub mod revocations;
pub mod runs;
pub mod schedules;
pub mod schema;
pub mod sessions;
pub mod shown;
pub mod sign_in_tries;
pub mod source_objects;
mod stored;
pub mod supplemental_configs;
pub mod sync_settings;
#[cfg(test)]
mod test_db;
pub mod timetables;
pub mod use_cases;
pub mod users;
pub mod vault;
pub mod webhook_secrets;
pub mod windows;
pub mod work;

pub use conn::{AnyConn, Both, Target};
pub use db::{Db, DbSettings};
pub use error::{DbError, OpenError};
pub use page::Page;
pub use stored::Stored;
