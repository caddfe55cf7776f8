//! `/tributary/v1/…/invoices` and `/tributary/v1/…/invoices/{invoiceId}`

use crate::answer::Answer;
use crate::commerce::records::Asked;
use crate::failure::Failure;
use crate::list::ListRequest;
use crate::path::RecordId;
use crate::present;
use tributary_contract::extensions::Invoice;
use tributary_core::ids::ConnectionNo;
use tributary_db::AnyConn;
use tributary_db::records::{Stamped, invoices};

/// The newest first unless another order is asked for.
pub(crate) async fn list(asked: Asked, list: ListRequest) -> Answer {
    super::list(asked, list, show).await
}

/// One invoice.
pub(crate) async fn get(asked: Asked, id: RecordId) -> Answer {
    super::get(asked, id, "invoice", show).await
}

fn show(
    _: &mut AnyConn,
    _: ConnectionNo,
    rows: Vec<Stamped<invoices::Invoice>>,
) -> Result<Vec<Invoice>, Failure> {
    Ok(rows.into_iter().map(present::invoice).collect())
}
