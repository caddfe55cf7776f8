//! The store: one diesel code base over SQLite and PostgreSQL.
//!
//! One module of queries per table; they take `&mut AnyConn`, never a pool, so that the caller decides
//! the transaction. Use cases that several services offer stand in [`use_cases`]: each writes its rows in
//! one transaction. There are no Stripe types here.

pub mod bulk;
pub mod conn;
mod db;
mod error;
pub mod leases;
pub mod migrate;
mod page;
pub mod records;
pub mod rereads;
pub mod runs;
pub mod schema;
pub mod source_objects;
mod stored;
pub mod windows;

pub use conn::{AnyConn, Both, Target};
pub use db::{Db, DbSettings};
pub use error::{DbError, OpenError};
pub use page::Page;
pub use stored::Stored;
