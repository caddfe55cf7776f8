//! The JSON API for platform admins' scripts, below `/api/v1` on the portal's listener (docs/admin-api.md).
//!
//! It does what the pages do, by the same use cases. A request brings an admin's e-mail address and password in the
//! header `Authorization`; there are no cookies, and browsers are told apart by what they say of themselves.

mod authorization;
mod body;
mod caller;
mod checks;
mod companies;
mod control;
mod events;
mod frame;
mod integrations;
mod query;
mod refusal;
mod routes;
mod shapes;
#[cfg(test)]
mod tests;

pub(crate) use routes::scope;
