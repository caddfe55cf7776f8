//! `PUT /companies/{companyId}/connections/{connectionId}/authorization`

use crate::answer::Answer;
use crate::caller::Caller;
use crate::path::ConnectionPath;
use crate::state::ApiState;
use actix_web::web::Data;
use tributary_contract::ApiError;

/// Refuses credentials: at Stripe merchants authorise in their browsers. What the body holds isn't looked at.
pub(crate) async fn authorize(state: Data<ApiState>, caller: Caller, path: ConnectionPath) -> Answer {
    state.read(move |conn| super::find(conn, caller.platform_no(), path)).await?;
    let message = "Stripe is authorised by OAuth: send the merchant to the connection's linkUrl";
    Err(ApiError::invalid("UpdateAuthorization", "authorization", message).into())
}
