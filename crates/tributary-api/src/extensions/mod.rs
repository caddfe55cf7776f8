//! What lies beyond the contract, under `/tributary/v1` (rule I1). Nothing here waits for a dataset: what is stored
//! is shown.

pub(crate) mod deleted_records;
pub(crate) mod invoices;
pub(crate) mod payouts;
pub(crate) mod record_sources;
pub(crate) mod source_objects;
pub(crate) mod subscriptions;

use crate::answer::{Answer, json};
use crate::commerce::records::{Asked, Show, rows};
use crate::failure::Failure;
use crate::list::ListRequest;
use crate::path::{ConnectionPath, RecordId};
use serde::Serialize;
use tributary_contract::ApiError;
use tributary_core::ids::{ConnectionNo, PlatformNo};
use tributary_db::records::Listed;
use tributary_db::{AnyConn, connections};

/// The platform's connection.
fn connection(
    conn: &mut AnyConn,
    platform_no: PlatformNo,
    path: ConnectionPath,
) -> Result<ConnectionNo, Failure> {
    let found = connections::find(conn, platform_no, path.company, path.connection)?;
    Ok(found.ok_or_else(|| path.not_found())?.no)
}

/// Answers with a part of a list, or with all of it as a stream.
async fn list<R: Listed, S: Serialize + Send + 'static>(
    (state, caller, path): Asked,
    list: ListRequest,
    show: Show<R, S>,
) -> Answer {
    let reader = caller.key;
    let find = move |conn: &mut AnyConn| connection(conn, caller.platform_no(), path);
    rows(&state, reader, list, find, show).await
}

/// Answers with one; `what` it is, for the message that there is none.
async fn get<R: Listed, S: Serialize + Send + 'static>(
    (state, caller, path): Asked,
    RecordId(id): RecordId,
    what: &'static str,
    show: Show<R, S>,
) -> Answer {
    let found = state.read(move |conn| {
        let connection = connection(conn, caller.platform_no(), path)?;
        let row = R::find(conn, connection, &id)?;
        let shown = show(conn, connection, row.into_iter().collect())?.pop();
        Ok(shown.ok_or(ApiError::NotFound { what, id })?)
    });
    json(&found.await?)
}
