//! How stored rows are shown: one function per thing of the contract's.

mod company_info;
mod customer;
mod dataset;
mod dispute;
mod payment;
mod product;
mod transaction;

pub(crate) use company_info::company_info;
pub(crate) use customer::customer;
pub(crate) use dataset::{data_status, dataset};
pub(crate) use dispute::dispute;
pub(crate) use payment::payment;
pub(crate) use product::product;
pub(crate) use transaction::transaction;

use serde::de::DeserializeOwned;
use tributary_core::Currency;
use tributary_db::DbError;

/// A list that is stored in the form it is shown in.
fn list<T: DeserializeOwned>(stored: &str) -> Result<Vec<T>, DbError> {
    serde_json::from_str(stored).map_err(|error| DbError::Broken(format!("a list of a record: {error}")))
}

/// A currency code; what isn't one is shown as unknown.
fn currency(code: &str) -> Currency {
    code.parse().unwrap_or(Currency::UNKNOWN)
}

/// Text, unless there is none.
fn filled(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}
