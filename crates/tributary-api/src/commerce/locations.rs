//! `…/data/commerce-locations` and `…/data/commerce-locations/{recordId}`

use super::records::{self, Asked};
use crate::answer::Answer;
use crate::failure::Failure;
use crate::list::ListRequest;
use crate::path::RecordId;
use crate::present;
use tributary_contract::commerce::Location;
use tributary_core::DataType::Locations;
use tributary_core::ids::ConnectionNo;
use tributary_db::AnyConn;
use tributary_db::records::{Stamped, locations};

/// Places of business with terminals, by their ids unless another order is asked for.
pub(crate) async fn list(asked: Asked, list: ListRequest) -> Answer {
    records::list(asked, list, Locations, show).await
}

/// One location.
pub(crate) async fn get(asked: Asked, id: RecordId) -> Answer {
    records::get(asked, id, Locations, show).await
}

fn show(
    _: &mut AnyConn,
    _: ConnectionNo,
    rows: Vec<Stamped<locations::Location>>,
) -> Result<Vec<Location>, Failure> {
    Ok(rows.into_iter().map(present::location).collect::<Result<_, _>>()?)
}
