//! `GET /companies/{companyId}/connections/{connectionId}`

use crate::answer::{Answer, json};
use crate::caller::Caller;
use crate::path::ConnectionPath;
use crate::state::ApiState;
use actix_web::web::Data;
use tributary_db::connections;
use tributary_db::shown;

/// One of a company's connections.
pub(crate) async fn get(state: Data<ApiState>, caller: Caller, path: ConnectionPath) -> Answer {
    let view = state
        .read(move |conn| {
            Ok(connections::find_view(conn, caller.platform_no(), path.company, path.connection)?)
        })
        .await?;
    json(&shown::connection(&state.settings.urls, view.ok_or_else(|| path.not_found())?))
}
