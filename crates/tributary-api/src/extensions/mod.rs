//! What lies beyond the contract, under `/tributary/v1` (rule I1). Nothing here waits for a dataset: what is stored
//! is shown.

pub(crate) mod deleted_records;
pub(crate) mod invoices;
pub(crate) mod payouts;
pub(crate) mod reconciliations;
pub(crate) mod record_sources;
pub(crate) mod source_objects;
pub(crate) mod subscriptions;

use crate::answer::Answer;
use crate::commerce::records::{Asked, Show, row, rows};
use crate::connections;
use crate::failure::Failure;
use crate::list::ListRequest;
use crate::path::{ConnectionPath, RecordId};
use serde::Serialize;
use tributary_contract::ApiError;
use tributary_core::ids::{ConnectionNo, PlatformNo};
use tributary_db::AnyConn;
use tributary_db::records::Listed;

/// The platform's connection.
fn connection(
    conn: &mut AnyConn,
    platform_no: PlatformNo,
    path: ConnectionPath,
) -> Result<ConnectionNo, Failure> {
    Ok(connections::find(conn, platform_no, path)?.no)
}

/// Answers with a part of a list, or with all of it as a stream.
async fn list<R: Listed, S: Serialize + Send + 'static>(
    (state, caller, path): Asked,
    list: ListRequest,
    show: Show<R, S>,
) -> Answer {
    let platform_no = caller.platform_no();
    rows(&state, &caller, list, move |conn: &mut AnyConn| connection(conn, platform_no, path), show).await
}

/// Answers with one; `what` it is, for the message that there is none.
async fn get<R: Listed, S: Serialize + Send + 'static>(
    (state, caller, path): Asked,
    RecordId(id): RecordId,
    what: &'static str,
    show: Show<R, S>,
) -> Answer {
    let find = move |conn: &mut AnyConn| connection(conn, caller.platform_no(), path);
    row(&state, id, find, show, move |id| ApiError::NotFound { what, id }).await
}
