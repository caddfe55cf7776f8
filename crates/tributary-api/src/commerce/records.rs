//! What lists and gets of every kind of record have in common.

use super::readable;
use crate::answer::{Answer, json};
use crate::caller::Caller;
use crate::failure::Failure;
use crate::list::ListRequest;
use crate::path::{ConnectionPath, RecordId};
use crate::state::ApiState;
use actix_web::web::Data;
use serde::Serialize;
use tributary_contract::ApiError;
use tributary_core::DataType;
use tributary_core::ids::ConnectionNo;
use tributary_db::AnyConn;
use tributary_db::query::ListQuery;
use tributary_db::records::{Listed, Stamped};

/// Who asks, and for records of which connection.
pub(crate) type Asked = (Data<ApiState>, Caller, ConnectionPath);

/// Shows a connection's rows, each once and in their order, with what they need of other rows.
pub(crate) type Show<R, S> = fn(&mut AnyConn, ConnectionNo, Vec<Stamped<R>>) -> Result<Vec<S>, Failure>;

/// Answers with a part of a list of records, or with all of them as a stream.
pub(super) async fn list<R: Listed, S: Serialize + Send + 'static>(
    (state, caller, path): Asked,
    list: ListRequest,
    data_type: DataType,
    show: Show<R, S>,
) -> Answer {
    let find = move |conn: &mut AnyConn| Ok(readable(conn, caller.platform_no(), path, data_type)?.no);
    rows(&state, list, find, show).await
}

/// Answers with a part of a list of a connection's rows, or with all of them as a stream.
pub(crate) async fn rows<R: Listed, S: Serialize + Send + 'static>(
    state: &ApiState,
    list: ListRequest,
    find: impl FnOnce(&mut AnyConn) -> Result<ConnectionNo, Failure> + Send + 'static,
    show: Show<R, S>,
) -> Answer {
    let query = list.of(R::FIELDS)?;
    let filter = query.clone();
    let read = move |conn: &mut AnyConn, connection: &ConnectionNo, page| {
        let rows = R::page(conn, *connection, &ListQuery { page, ..query.clone() })?;
        show(conn, *connection, rows)
    };
    let count =
        move |conn: &mut AnyConn, connection: &ConnectionNo| Ok(R::count(conn, *connection, &filter)?);
    list.respond(state, find, read, count).await
}

/// Answers with one record.
pub(super) async fn get<R: Listed, S: Serialize + Send + 'static>(
    (state, caller, path): Asked,
    RecordId(id): RecordId,
    data_type: DataType,
    show: Show<R, S>,
) -> Answer {
    let found = state
        .read(move |conn| {
            let connection = readable(conn, caller.platform_no(), path, data_type)?;
            let row = R::find(conn, connection.no, &id)?;
            let shown = show(conn, connection.no, row.into_iter().collect())?.pop();
            Ok(shown.ok_or(ApiError::RecordNotFound { data_type, id })?)
        })
        .await?;
    json(&found)
}
