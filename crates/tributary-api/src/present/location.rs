use super::{filled, stored};
use tributary_contract::commerce;
use tributary_core::Millis;
use tributary_db::DbError;
use tributary_db::records::Stamped;
use tributary_db::records::locations::Location;

/// A location.
pub(crate) fn location((location, modified_ms): Stamped<Location>) -> Result<commerce::Location, DbError> {
    Ok(commerce::Location {
        address: location.address.as_deref().map(stored).transpose()?,
        id: location.id,
        name: filled(location.name),
        modified_date: Millis(modified_ms),
    })
}
