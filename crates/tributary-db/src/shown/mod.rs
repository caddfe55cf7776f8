//! Companies and connections in the contract's form: one place for the API's answers and for messages.

mod company;
mod connection;

pub use company::{company, company_details, company_reference};
pub use connection::connection;
