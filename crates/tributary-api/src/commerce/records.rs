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
use std::sync::Arc;
use tributary_contract::ApiError;
use tributary_core::DataType;
use tributary_core::ids::ConnectionNo;
use tributary_db::AnyConn;
use tributary_db::query::{ListQuery, Memory};
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
    let platform_no = caller.platform_no();
    let find = move |conn: &mut AnyConn| Ok(readable(conn, platform_no, path, data_type)?.no);
    rows(&state, &caller, list, find, show).await
}

/// Answers with a part of a list of a connection's rows, or with all of them as a stream.
pub(crate) async fn rows<R: Listed, S: Serialize + Send + 'static>(
    state: &ApiState,
    caller: &Caller,
    list: ListRequest,
    find: impl FnOnce(&mut AnyConn) -> Result<ConnectionNo, Failure> + Send + 'static,
    show: Show<R, S>,
) -> Answer {
    let (query, reader) = (list.of(R::FIELDS)?, caller.key);
    if list.is_whole()? {
        // Each part is reached from the end of the one before it.
        let memory = Memory::default();
        let read = move |conn: &mut AnyConn, connection: &ConnectionNo, page| {
            let query = ListQuery { page, ..query.clone() };
            let part = memory.part::<R>(conn, reader, *connection, &query)?;
            show(conn, *connection, part.rows)
        };
        return list.stream(state, caller.platform_no(), find, read).await;
    }
    let memory = Arc::clone(&state.lists);
    let found = state.read(move |conn| {
        let connection = find(conn)?;
        let part = memory.part::<R>(conn, reader, connection, &query)?;
        let total = memory.total::<R>(conn, connection, &query, part.stamp)?;
        Ok((show(conn, connection, part.rows)?, part.goes_on, total))
    });
    let (results, goes_on, total) = found.await?;
    list.part(results, goes_on, total)
}

/// Answers with one record.
pub(super) async fn get<R: Listed, S: Serialize + Send + 'static>(
    (state, caller, path): Asked,
    RecordId(id): RecordId,
    data_type: DataType,
    show: Show<R, S>,
) -> Answer {
    let find = move |conn: &mut AnyConn| Ok(readable(conn, caller.platform_no(), path, data_type)?.no);
    row(&state, id, find, show, move |id| ApiError::RecordNotFound { data_type, id }).await
}

/// Answers with one of a connection's rows, or that it is `missing`.
pub(crate) async fn row<R: Listed, S: Serialize + Send + 'static>(
    state: &ApiState,
    id: String,
    find: impl FnOnce(&mut AnyConn) -> Result<ConnectionNo, Failure> + Send + 'static,
    show: Show<R, S>,
    missing: impl FnOnce(String) -> ApiError + Send + 'static,
) -> Answer {
    let found = state.read(move |conn| {
        let connection = find(conn)?;
        let row = R::find(conn, connection, &id)?;
        let shown = show(conn, connection, row.into_iter().collect())?.pop();
        Ok(shown.ok_or_else(|| missing(id))?)
    });
    json(&found.await?)
}
