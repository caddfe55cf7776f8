//! `/tributary/v1/…/recordSources/{dataType}/{recordId}`

use super::connection;
use crate::answer::{Answer, json};
use crate::commerce::records::Asked;
use crate::path::{RecordId, TypeSegment};
use crate::present;
use tributary_contract::ApiError;
use tributary_contract::data_type::KnownDataType;
use tributary_contract::extensions::SourceObjectRefs;
use tributary_db::records::sources;
use tributary_db::source_objects;

/// Which of Stripe's objects a commerce record is made from (invariant 10).
pub(crate) async fn list(
    (state, caller, path): Asked,
    TypeSegment(segment): TypeSegment,
    RecordId(id): RecordId,
) -> Answer {
    let Some(KnownDataType::Supported(data_type)) = KnownDataType::from_key(&segment) else {
        return Err(ApiError::RouteNotFound.into());
    };
    let found = state.read(move |conn| {
        let connection = connection(conn, caller.platform_no(), path)?;
        let objects = sources::of(conn, connection, data_type, &id)?;
        let objects = objects.ok_or(ApiError::RecordNotFound { data_type, id })?;
        Ok(source_objects::observed(conn, connection, &objects)?)
    });
    let results = found.await?.into_iter().map(present::source_object_ref).collect();
    json(&SourceObjectRefs { results })
}
