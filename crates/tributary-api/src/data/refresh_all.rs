//! `POST /companies/{companyId}/data/all`

use crate::answer::Answer;
use crate::caller::Caller;
use crate::companies;
use crate::path::CompanyPath;
use crate::post::{Posted, Reply};
use crate::state::ApiState;
use actix_web::web::Data;
use tributary_contract::ApiError;
use tributary_db::AnyConn;
use tributary_db::use_cases::{self, RefreshRefused};

/// Asks for every data type of each of a company's linked connections. What is under way goes on.
pub(crate) async fn refresh_all(
    state: Data<ApiState>,
    caller: Caller,
    path: CompanyPath,
    posted: Posted,
) -> Answer {
    let now = state.clock.now();
    let refresh = move |conn: &mut AnyConn, caller: &Caller| {
        let company = companies::find(conn, caller.platform_no(), path)?;
        let asked = use_cases::refresh_all(conn, caller.platform_no(), company.id, now)?;
        if let Err(RefreshRefused::Paused(id)) = asked {
            return Err(ApiError::ConnectionPaused(id).into());
        }
        Ok(Reply::no_content())
    };
    state.post(caller, posted, refresh).await
}
