//! `…/data/commerce-customers` and `…/data/commerce-customers/{recordId}`

use super::records::{self, Asked};
use crate::answer::Answer;
use crate::failure::Failure;
use crate::list::ListRequest;
use crate::path::RecordId;
use crate::present;
use tributary_contract::commerce::Customer;
use tributary_core::DataType::Customers;
use tributary_core::ids::ConnectionNo;
use tributary_db::AnyConn;
use tributary_db::records::{Stamped, customers};

/// Customers, the newest first unless another order is asked for.
pub(crate) async fn list(asked: Asked, list: ListRequest) -> Answer {
    records::list(asked, list, Customers, show).await
}

/// One customer.
pub(crate) async fn get(asked: Asked, id: RecordId) -> Answer {
    records::get(asked, id, Customers, show).await
}

fn show(
    _: &mut AnyConn,
    _: ConnectionNo,
    rows: Vec<Stamped<customers::Customer>>,
) -> Result<Vec<Customer>, Failure> {
    Ok(rows.into_iter().map(present::customer).collect::<Result<_, _>>()?)
}
