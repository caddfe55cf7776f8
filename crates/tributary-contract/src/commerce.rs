//! Commerce records, as they are read.
//!
//! `createdDate` is when the record came to be at Stripe, `modifiedDate` when what Tributary shows of it
//! last changed. `sourceModifiedDate` exists only where Stripe tells it: on products.

mod address;
mod company_info;
mod customer;
mod dispute;
mod location;
mod order;
mod payment;
mod payment_method;
mod product;
mod product_category;
mod refs;
mod tax_component;
mod transaction;

pub use address::{Address, PhoneNumber, WebLink};
pub use company_info::{AccountBalance, CompanyInfo};
pub use customer::Customer;
pub use dispute::Dispute;
pub use location::Location;
pub use order::{
    DiscountAllocation, Order, OrderLineItem, OrderPayment, OrderTax, ServiceCharge, TaxComponentRef,
};
pub use payment::Payment;
pub use payment_method::PaymentMethod;
pub use product::{Inventory, Price, Product, Variant};
pub use product_category::ProductCategory;
pub use refs::{NamedRef, SourceRef};
pub use tax_component::TaxComponent;
pub use transaction::Transaction;

#[cfg(test)]
mod tests;
