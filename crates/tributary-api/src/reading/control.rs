//! `…/connections/{connectionId}/pause`, `…/resume`, `…/refresh` and `…/cancel`

use super::schedule::{plan, shown};
use crate::answer::Answer;
use crate::caller::Caller;
use crate::failure::Failure;
use crate::path::ConnectionPath;
use crate::post::{Posted, Reply};
use crate::present;
use crate::state::ApiState;
use actix_web::web::Data;
use tributary_contract::ApiError;
use tributary_contract::extensions::ReadingChange;
use tributary_db::AnyConn;
use tributary_db::connections::ConnectionView;
use tributary_db::datasets::Dataset;
use tributary_db::use_cases::{
    ControlRefused, RefreshRefused, cancel_reading, pause_connection, refresh_connection, resume_connection,
};

/// Stops the reading of a connection until it is resumed.
pub(crate) async fn pause(
    state: Data<ApiState>,
    caller: Caller,
    path: ConnectionPath,
    posted: Posted,
) -> Answer {
    let (now, reading) = (state.clock.now(), state.settings.reading);
    let pause = move |conn: &mut AnyConn, caller: &Caller| {
        let paused = pause_connection(conn, caller.platform_no(), path.company, path.connection, now)?;
        let (view, plan) = plan(conn, controlled(paused, path)?, &reading, now)?;
        Reply::ok(&shown(&view, plan))
    };
    state.post(caller, posted, pause).await
}

/// Lets a paused connection be read again.
pub(crate) async fn resume(
    state: Data<ApiState>,
    caller: Caller,
    path: ConnectionPath,
    posted: Posted,
) -> Answer {
    let (now, reading) = (state.clock.now(), state.settings.reading);
    let resume = move |conn: &mut AnyConn, caller: &Caller| {
        let resumed = resume_connection(conn, caller.platform_no(), path.company, path.connection, now)?;
        let (view, plan) = plan(conn, controlled(resumed, path)?, &reading, now)?;
        Reply::ok(&shown(&view, plan))
    };
    state.post(caller, posted, resume).await
}

/// Asks for every data type of one connection.
pub(crate) async fn refresh(
    state: Data<ApiState>,
    caller: Caller,
    path: ConnectionPath,
    posted: Posted,
) -> Answer {
    let now = state.clock.now();
    let refresh = move |conn: &mut AnyConn, caller: &Caller| {
        let asked = refresh_connection(conn, caller.platform_no(), path.company, path.connection, now)?;
        changed(asked.map_err(|refused| match refused {
            RefreshRefused::Paused(id) => ApiError::ConnectionPaused(id),
            RefreshRefused::NoLinkedConnection => {
                ApiError::invalid(VALIDATOR, "connectionId", "only a Linked connection can be read")
            }
            RefreshRefused::UnknownConnection(_) | RefreshRefused::InProgress { .. } => path.not_found(),
        })?)
    };
    state.post(caller, posted, refresh).await
}

/// Ends what is being read of a connection.
pub(crate) async fn cancel(
    state: Data<ApiState>,
    caller: Caller,
    path: ConnectionPath,
    posted: Posted,
) -> Answer {
    let (urls, now) = (state.settings.urls.clone(), state.clock.now());
    let cancel = move |conn: &mut AnyConn, caller: &Caller| {
        let (company, connection) = (path.company, path.connection);
        let cancelled = cancel_reading(conn, &urls, caller.platform_no(), company, connection, now)?;
        changed(cancelled.map_err(|refused| refusal(refused, path))?)
    };
    state.post(caller, posted, cancel).await
}

const VALIDATOR: &str = "ConnectionReading";

fn controlled(
    outcome: Result<ConnectionView, ControlRefused>,
    path: ConnectionPath,
) -> Result<ConnectionView, ApiError> {
    outcome.map_err(|refused| refusal(refused, path))
}

fn refusal(refused: ControlRefused, path: ConnectionPath) -> ApiError {
    match refused {
        ControlRefused::Unknown(_) => path.not_found(),
        ControlRefused::NotLinked(_) => ApiError::invalid(VALIDATOR, "connectionId", refused.to_string()),
    }
}

fn changed(datasets: Vec<Dataset>) -> Result<Reply, Failure> {
    Reply::ok(&ReadingChange { datasets: datasets.into_iter().map(present::dataset).collect() })
}
