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
use tributary_db::{AnyConn, DbError, Page};

/// Who asks, and for records of which connection.
pub(crate) type Asked = (Data<ApiState>, Caller, ConnectionPath);

/// Reads a page of a connection's rows, newest first, and how many there are.
type List<R> = fn(&mut AnyConn, ConnectionNo, Page) -> Result<(Vec<R>, i64), DbError>;

/// Reads one of a connection's rows.
type Find<R> = fn(&mut AnyConn, ConnectionNo, &str) -> Result<Option<R>, DbError>;

/// Shows a connection's rows, each once and in their order, with what they need of other rows.
type Show<R, S> = fn(&mut AnyConn, ConnectionNo, Vec<R>) -> Result<Vec<S>, Failure>;

/// Answers with a page of records.
pub(super) async fn list<R: 'static, S: Serialize + Send + 'static>(
    (state, caller, path): Asked,
    list: ListRequest,
    data_type: DataType,
    read: List<R>,
    show: Show<R, S>,
) -> Answer {
    let page = list.page();
    let found = state
        .read(move |conn| {
            let connection = readable(conn, caller.platform_no(), path, data_type)?;
            let (rows, total) = read(conn, connection.no, page)?;
            Ok((show(conn, connection.no, rows)?, total))
        })
        .await?;
    list.answer(found)
}

/// Answers with one record.
pub(super) async fn get<R: 'static, S: Serialize + Send + 'static>(
    (state, caller, path): Asked,
    RecordId(id): RecordId,
    data_type: DataType,
    find: Find<R>,
    show: Show<R, S>,
) -> Answer {
    let found = state
        .read(move |conn| {
            let connection = readable(conn, caller.platform_no(), path, data_type)?;
            let row = find(conn, connection.no, &id)?;
            let shown = show(conn, connection.no, row.into_iter().collect())?.pop();
            Ok(shown.ok_or(ApiError::RecordNotFound { data_type, id })?)
        })
        .await?;
    json(&found)
}
