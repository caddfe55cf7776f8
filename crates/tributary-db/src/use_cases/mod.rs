//! What several services offer, each written once. A use case runs inside its caller's transaction.

mod create_company;
mod create_connection;
mod deauthorize;
mod fail_authorization;
mod link_connection;
mod refresh;
#[cfg(test)]
mod tests;

pub use create_company::{CompanyError, create_company};
pub use create_connection::{ConnectionRefused, create_connection};
pub use deauthorize::deauthorize;
pub use fail_authorization::fail_authorization;
pub use link_connection::{LinkRefused, Linked, link_connection};
pub use refresh::{RefreshRefused, refresh_all, refresh_type};
