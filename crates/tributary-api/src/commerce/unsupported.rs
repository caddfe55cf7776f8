//! `…/data/{dataType}` and `…/data/{type}/{recordId}`: types of the contract's that Stripe doesn't fill, and what is no
//! type at all.

use crate::answer::Answer;
use crate::caller::Caller;
use crate::path::{ConnectionPath, TypeSegment};
use crate::state::ApiState;
use actix_web::web::Data;
use tributary_contract::ApiError;
use tributary_contract::data_type::KnownDataType;
use tributary_db::connections;

/// Says which it is. Never 501: clients would try again for an hour.
pub(crate) async fn get(
    state: Data<ApiState>,
    caller: Caller,
    path: ConnectionPath,
    TypeSegment(segment): TypeSegment,
) -> Answer {
    let view = state
        .read(move |conn| {
            Ok(connections::find_view(conn, caller.platform_no(), path.company, path.connection)?)
        })
        .await?;
    let platforms = vec![view.ok_or_else(|| path.not_found())?.integration.key];
    match KnownDataType::from_path_segment(&segment) {
        // Those that are shown have routes of their own.
        Some(KnownDataType::Supported(data_type)) => {
            Err(ApiError::DataTypeNotSupported { data_type: data_type.to_string(), platforms }.into())
        }
        _ => Err(ApiError::RouteNotFound.into()),
    }
}
