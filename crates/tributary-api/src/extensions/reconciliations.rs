//! `/tributary/v1/…/reconciliations`, `…/reconciliations/{reconciliationId}` and `…/{reconciliationId}/differences`

use super::connection;
use crate::answer::{Answer, json};
use crate::caller::Caller;
use crate::commerce::records::Asked;
use crate::list::ListRequest;
use crate::path::{ConnectionPath, ReconciliationSegment};
use crate::post::{Posted, Reply};
use crate::present;
use crate::state::ApiState;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use tributary_contract::ApiError;
use tributary_db::use_cases::{ReconcileRefused, queue_reconciliation};
use tributary_db::{AnyConn, reconciliations};

/// A page of a connection's reconciliations, the latest first.
pub(crate) async fn list((state, caller, path): Asked, list: ListRequest) -> Answer {
    list.unselected()?;
    let page = list.page();
    let found = state.read(move |conn| {
        let connection = connection(conn, caller.platform_no(), path)?;
        Ok(reconciliations::list(conn, connection, page)?)
    });
    let (found, total) = found.await?;
    let shown = found.into_iter().map(|one| present::reconciliation(path.connection, one));
    list.answer((shown.collect(), total))
}

/// One reconciliation.
pub(crate) async fn get((state, caller, path): Asked, id: ReconciliationSegment) -> Answer {
    let found = state.read(move |conn| {
        let connection = connection(conn, caller.platform_no(), path)?;
        let found = reconciliations::find(conn, connection, id.0)?;
        Ok(found.ok_or_else(|| id.not_found())?)
    });
    json(&present::reconciliation(path.connection, found.await?))
}

/// A page of what a reconciliation found, in the order it was found.
pub(crate) async fn differences(
    (state, caller, path): Asked,
    id: ReconciliationSegment,
    list: ListRequest,
) -> Answer {
    list.unselected()?;
    let page = list.page();
    let found = state.read(move |conn| {
        let connection = connection(conn, caller.platform_no(), path)?;
        reconciliations::find(conn, connection, id.0)?.ok_or_else(|| id.not_found())?;
        Ok(reconciliations::differences_of(conn, connection, id.0, page)?)
    });
    let (found, total) = found.await?;
    list.answer((found.into_iter().map(present::difference).collect(), total))
}

/// Asks for a reconciliation now; one that hasn't ended is the answer.
pub(crate) async fn create(
    state: Data<ApiState>,
    caller: Caller,
    path: ConnectionPath,
    posted: Posted,
) -> Answer {
    let now = state.clock.now();
    let queue = move |conn: &mut AnyConn, caller: &Caller| {
        let queued = queue_reconciliation(conn, caller.platform_no(), path.company, path.connection, now)?;
        let queued = queued.map_err(|refused| refusal(refused, path))?;
        Reply::json(StatusCode::ACCEPTED, &present::reconciliation(path.connection, queued))
    };
    let answer = state.post(caller, posted, queue).await?;
    state.wake.notify_one();
    Ok(answer)
}

fn refusal(refused: ReconcileRefused, path: ConnectionPath) -> ApiError {
    match refused {
        ReconcileRefused::Unknown(_) => path.not_found(),
        ReconcileRefused::NotLinked(_) => {
            ApiError::invalid("Reconciliation", "connectionId", refused.to_string())
        }
    }
}
