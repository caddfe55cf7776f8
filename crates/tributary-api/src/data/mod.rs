//! Asking for data, and how it stands.

mod history_get;
mod history_list;
mod queue;
mod refresh_all;
mod status;
mod validation;

pub(crate) use history_get::history_get;
pub(crate) use history_list::history_list;
pub(crate) use queue::queue;
pub(crate) use refresh_all::refresh_all;
pub(crate) use status::status;
pub(crate) use validation::validation;
