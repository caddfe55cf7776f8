//! Commerce records, as they are read.
//!
//! `createdDate` is when the record came to be at Stripe, `modifiedDate` when what Tributary shows of it
//! last changed. `sourceModifiedDate` exists only where Stripe tells it: on products.

mod address;
mod company_info;
mod customer;
mod dispute;
mod payment;
mod product;
mod refs;
mod transaction;

pub use address::{Address, PhoneNumber, WebLink};
pub use company_info::{AccountBalance, CompanyInfo};
pub use customer::Customer;
pub use dispute::Dispute;
pub use payment::Payment;
pub use product::{Inventory, Price, Product, Variant};
pub use refs::{NamedRef, SourceRef};
pub use transaction::Transaction;

#[cfg(test)]
mod tests;
