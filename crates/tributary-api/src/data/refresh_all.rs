//! `POST /companies/{company}/data/all`

use crate::answer::Answer;
use crate::caller::Caller;
use crate::companies;
use crate::path::CompanyPath;
use crate::state::ApiState;
use actix_web::HttpResponse;
use actix_web::web::Data;
use tributary_db::use_cases;

/// Asks for every data type of each of a company's linked connections. What is under way goes on.
pub(crate) async fn refresh_all(state: Data<ApiState>, caller: Caller, path: CompanyPath) -> Answer {
    let now = state.clock.now();
    state
        .write(move |conn| {
            let company = companies::find(conn, caller.platform_no(), path)?;
            Ok(use_cases::refresh_all(conn, caller.platform_no(), company.id, now)?)
        })
        .await?;
    state.wake.notify_one();
    Ok(HttpResponse::NoContent().finish())
}
