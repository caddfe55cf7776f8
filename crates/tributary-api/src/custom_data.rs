//! Custom data types: none can be made, because every list of Stripe's that is read is kept whole, and its objects can
//! be read as they are. So each of the contract's routes answers that there is no such type.

use crate::answer::Answer;
use crate::caller::Caller;
use crate::path::{ConnectionPath, CustomDataIdentifier, PlatformKeySegment};
use crate::state::ApiState;
use crate::{connections, integrations};
use actix_web::web::Data;
use tributary_contract::ApiError;

/// `GET` and `PUT /integrations/{platformKey}/dataTypes/custom/{customDataIdentifier}`
pub(crate) async fn of_integration(
    PlatformKeySegment(key): PlatformKeySegment,
    CustomDataIdentifier(id): CustomDataIdentifier,
) -> Answer {
    integrations::key(&key)?;
    Err(ApiError::CustomDataTypeNotFound(id).into())
}

/// `POST …/data/queue/custom/{customDataIdentifier}` and `GET …/data/custom/{customDataIdentifier}`
pub(crate) async fn of_connection(
    state: Data<ApiState>,
    caller: Caller,
    path: ConnectionPath,
    CustomDataIdentifier(id): CustomDataIdentifier,
) -> Answer {
    state.read(move |conn| connections::find(conn, caller.platform_no(), path)).await?;
    Err(ApiError::CustomDataTypeNotFound(id).into())
}
