//! `/tributary/v1/…/deletedRecords/{dataType}`

use super::connection;
use crate::answer::Answer;
use crate::commerce::records::Asked;
use crate::list::ListRequest;
use crate::path::TypeSegment;
use tributary_contract::ApiError;
use tributary_contract::data_type::KnownDataType;
use tributary_contract::extensions::DeletedRecord;
use tributary_core::Millis;
use tributary_core::ids::ConnectionNo;
use tributary_db::AnyConn;
use tributary_db::query::{Fields, ListQuery};
use tributary_db::records::deleted;

/// The records of a type that are gone, those that went last first. A reader of what changed since a moment reads
/// here what went since then.
pub(crate) async fn list(
    (state, caller, path): Asked,
    TypeSegment(segment): TypeSegment,
    list: ListRequest,
) -> Answer {
    let fields = fields(&segment).ok_or(ApiError::RouteNotFound)?;
    let query = list.of(fields)?;
    let filter = query.clone();
    let platform_no = caller.platform_no();
    let find = move |conn: &mut AnyConn| connection(conn, platform_no, path);
    let mut start = None;
    let read = move |conn: &mut AnyConn, connection: &ConnectionNo, page| {
        let query = ListQuery { page, ..query.clone() };
        let (rows, end) = deleted::page(conn, *connection, fields, &query, start.as_ref())?;
        start = end;
        Ok(rows.into_iter().map(show).collect())
    };
    let count = move |conn: &mut AnyConn, connection: &ConnectionNo| {
        Ok(deleted::count(conn, *connection, fields, &filter)?)
    };
    list.respond(&state, platform_no, find, read, count).await
}

fn show((id, modified_ms): (String, i64)) -> DeletedRecord {
    DeletedRecord { id, modified_date: Millis(modified_ms) }
}

/// What may be asked of the deleted records of a type: a commerce data type, or one of the lists beside this one.
fn fields(segment: &str) -> Option<&'static Fields> {
    match segment.to_ascii_lowercase().as_str() {
        "subscriptions" => Some(deleted::subscriptions()),
        "invoices" => Some(deleted::invoices()),
        "payouts" => Some(deleted::payouts()),
        _ => match KnownDataType::from_key(segment)? {
            KnownDataType::Supported(data_type) => deleted::of_data_type(data_type),
            KnownDataType::NotCommerce(_) => None,
        },
    }
}
