//! Connections.

mod authorize;
mod create;
mod delete;
mod get;
mod list;
mod unlink;

pub(crate) use authorize::authorize;
pub(crate) use create::{create, store};
pub(crate) use delete::delete;
pub(crate) use get::get;
pub(crate) use list::list;
pub(crate) use unlink::unlink;
