//! Writing to the source: Stripe's data is only read, so that nothing was ever written, and nothing can be.

use crate::answer::Answer;
use crate::caller::Caller;
use crate::companies;
use crate::list::ListRequest;
use crate::path::{CompanyPath, ConnectionPath, PushOperationKey, TypeSegment};
use crate::state::ApiState;
use actix_web::web::Data;
use tributary_contract::ApiError;
use tributary_contract::data_type::KnownDataType;
use tributary_contract::push::PushOperation;
use tributary_db::connections;

/// `GET /companies/{companyId}/push`
pub(crate) async fn list(
    state: Data<ApiState>,
    caller: Caller,
    path: CompanyPath,
    list: ListRequest,
) -> Answer {
    state.read(move |conn| companies::find(conn, caller.platform_no(), path)).await?;
    list.answer((Vec::<PushOperation>::new(), 0))
}

/// `GET /companies/{companyId}/push/{pushOperationKey}`
pub(crate) async fn get(
    state: Data<ApiState>,
    caller: Caller,
    path: CompanyPath,
    PushOperationKey(key): PushOperationKey,
) -> Answer {
    state.read(move |conn| companies::find(conn, caller.platform_no(), path)).await?;
    Err(ApiError::PushOperationNotFound(key).into())
}

/// `GET /companies/{companyId}/connections/{connectionId}/options/{dataType}`
pub(crate) async fn options(
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
    let data_type = KnownDataType::from_key(&segment).map_or(segment, |known| known.key().to_owned());
    Err(ApiError::DataTypeNotSupported { data_type, platforms }.into())
}
