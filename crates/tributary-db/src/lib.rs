//! The store: one diesel code base over SQLite and PostgreSQL.
//!
//! One module of queries per table; they take `&mut AnyConn`, never a pool, so that the caller decides
//! the transaction. Use cases that several services offer stand in [`use_cases`]: each writes its rows in
//! one transaction. There are no Stripe types here.

pub mod conn;
mod db;
mod error;
pub mod migrate;
pub mod schema;
mod stored;

pub use conn::{AnyConn, Both, Target};
pub use db::{Db, DbSettings};
pub use error::{DbError, OpenError};
pub use stored::Stored;
