//! How stored rows are shown: one function per thing of the contract's.

mod company_info;
mod customer;
mod dataset;
mod dispute;
mod invoice;
mod location;
mod order;
mod payment;
mod payment_method;
mod payout;
mod product;
mod reconciliation;
mod source_object;
mod subscription;
mod tax_component;
mod transaction;

pub(crate) use company_info::company_info;
pub(crate) use customer::customer;
pub(crate) use dataset::{data_status, dataset};
pub(crate) use dispute::dispute;
pub(crate) use invoice::invoice;
pub(crate) use location::location;
pub(crate) use order::{Rates, order};
pub(crate) use payment::payment;
pub(crate) use payment_method::payment_method;
pub(crate) use payout::payout;
pub(crate) use product::product;
pub(crate) use reconciliation::{difference, reconciliation};
pub(crate) use source_object::{source_object, source_object_ref};
pub(crate) use subscription::subscription;
pub(crate) use tax_component::tax_component;
pub(crate) use transaction::transaction;

use serde::de::DeserializeOwned;
use tributary_contract::commerce::NamedRef;
use tributary_core::Currency;
use tributary_db::DbError;

/// A list that is stored in the form it is shown in.
fn list<T: DeserializeOwned>(text: &str) -> Result<Vec<T>, DbError> {
    stored(text)
}

/// What is stored in the form it is shown in.
fn stored<T: DeserializeOwned>(text: &str) -> Result<T, DbError> {
    serde_json::from_str(text).map_err(|error| DbError::Broken(format!("a part of a record: {error}")))
}

/// A reference by an id, with a name if there is one.
fn named(id: String, name: Option<String>) -> NamedRef {
    NamedRef { id, name: filled(name) }
}

/// A currency code; what isn't one is shown as unknown.
fn currency(code: &str) -> Currency {
    code.parse().unwrap_or(Currency::UNKNOWN)
}

/// Text, unless there is none.
fn filled(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}
