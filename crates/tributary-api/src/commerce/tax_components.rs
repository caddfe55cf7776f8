//! `…/data/commerce-taxComponents` and `…/data/commerce-taxComponents/{recordId}`

use super::records::{self, Asked};
use crate::answer::Answer;
use crate::failure::Failure;
use crate::list::ListRequest;
use crate::path::RecordId;
use crate::present;
use tributary_contract::commerce::TaxComponent;
use tributary_core::DataType::TaxComponents;
use tributary_core::ids::ConnectionNo;
use tributary_db::AnyConn;
use tributary_db::records::{Stamped, tax_components};

/// Tax rates, by their ids unless another order is asked for.
pub(crate) async fn list(asked: Asked, list: ListRequest) -> Answer {
    records::list(asked, list, TaxComponents, show).await
}

/// One tax rate.
pub(crate) async fn get(asked: Asked, id: RecordId) -> Answer {
    records::get(asked, id, TaxComponents, show).await
}

fn show(
    _: &mut AnyConn,
    _: ConnectionNo,
    rows: Vec<Stamped<tax_components::TaxComponent>>,
) -> Result<Vec<TaxComponent>, Failure> {
    Ok(rows.into_iter().map(present::tax_component).collect::<Result<_, _>>()?)
}
