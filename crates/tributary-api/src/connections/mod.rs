//! Connections.

mod create;
mod get;
mod list;

pub(crate) use create::{create, store};
pub(crate) use get::get;
pub(crate) use list::list;
