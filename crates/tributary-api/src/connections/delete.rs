//! `DELETE /companies/{companyId}/connections/{connectionId}`

use crate::answer::Answer;
use crate::caller::Caller;
use crate::path::ConnectionPath;
use crate::state::ApiState;
use actix_web::HttpResponse;
use actix_web::web::Data;
use tributary_db::use_cases::delete_connection;

/// Deletes a connection and all that was read from it, for good. From the answer on nothing of it can be read; the
/// worker deletes the data.
pub(crate) async fn delete(state: Data<ApiState>, caller: Caller, path: ConnectionPath) -> Answer {
    let ConnectionPath { company, connection } = path;
    let (urls, platform_no, now) = (state.settings.urls.clone(), caller.platform_no(), state.clock.now());
    state
        .write(move |conn| match delete_connection(conn, &urls, platform_no, company, connection, now)? {
            true => Ok(()),
            false => Err(path.not_found().into()),
        })
        .await?;
    tracing::info!(platform = %caller.platform.id, %connection, "a connection was deleted");
    // The contract says 200 and no body, and generated clients refuse another success.
    Ok(HttpResponse::Ok().finish())
}
