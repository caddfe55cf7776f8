//! `/tributary/v1/…/sourceObjects/{resource}` and `/tributary/v1/…/sourceObjects/{resource}/{objectId}`

use super::connection;
use crate::answer::{Answer, json};
use crate::commerce::records::Asked;
use crate::list::ListRequest;
use crate::path::{RecordId, ResourcePath};
use crate::present;
use tributary_contract::ApiError;
use tributary_core::ids::ConnectionNo;
use tributary_db::{AnyConn, source_objects};

/// The objects of one of Stripe's lists by their ids, deleted ones too, without their JSON.
pub(crate) async fn list(
    (state, caller, path): Asked,
    ResourcePath(resource): ResourcePath,
    list: ListRequest,
) -> Answer {
    list.unselected()?;
    let platform_no = caller.platform_no();
    let find = move |conn: &mut AnyConn| connection(conn, platform_no, path);
    let mut last: Option<String> = None;
    let read = move |conn: &mut AnyConn, connection: &ConnectionNo, page| {
        let rows = source_objects::list(conn, *connection, resource, last.as_deref(), page)?;
        last = rows.last().map(|row| row.id.clone());
        Ok(rows.into_iter().map(present::source_object_ref).collect())
    };
    let count = move |conn: &mut AnyConn, connection: &ConnectionNo| {
        Ok(source_objects::count(conn, *connection, resource)?)
    };
    list.respond(&state, platform_no, find, read, count).await
}

/// One object with its JSON, as Stripe sent it but for secrets.
pub(crate) async fn get(
    (state, caller, path): Asked,
    ResourcePath(resource): ResourcePath,
    RecordId(id): RecordId,
) -> Answer {
    let found = state.read(move |conn| {
        let connection = connection(conn, caller.platform_no(), path)?;
        let found = source_objects::find(conn, connection, resource, &id)?;
        Ok(found.ok_or(ApiError::NotFound { what: "source object", id })?)
    });
    json(&present::source_object(found.await?)?)
}
