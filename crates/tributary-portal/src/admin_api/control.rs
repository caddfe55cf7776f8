//! `…/connections/{connection}/pause`, `…/resume`, `…/refresh` and `…/cancel`

use super::body::Fields;
use super::caller::Member;
use super::refusal::Refusal;
use super::shapes::{Cancelled, Connection, Queued, QueuedDataset};
use crate::PortalState;
use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use serde::Deserialize;
use tributary_core::ids::{CompanyId, ConnectionId};
use tributary_db::AnyConn;
use tributary_db::use_cases::{
    ControlRefused, RefreshRefused, cancel_reading, pause_connection, refresh_connection, resume_connection,
};

type Answer = Result<HttpResponse, Refusal>;

/// The end of a path to a connection.
#[derive(Deserialize)]
pub(super) struct Of {
    company: String,
    connection: String,
}

impl Of {
    pub(super) fn ids(&self) -> Result<(CompanyId, ConnectionId), Refusal> {
        let company = self.company.parse().map_err(|_| unknown())?;
        Ok((company, self.connection.parse().map_err(|_| unknown())?))
    }
}

pub(super) fn unknown() -> Refusal {
    Refusal::NotFound { what: "connection" }
}

fn refused(refused: ControlRefused) -> Refusal {
    match refused {
        ControlRefused::Unknown(_) => unknown(),
        ControlRefused::NotLinked(_) => {
            Refusal::Conflict { code: "not_linked", message: refused.to_string() }
        }
    }
}

/// Stops reading a connection until it is resumed.
pub(super) async fn pause(
    state: Data<PortalState>,
    member: Member,
    path: Path<Of>,
    fields: Fields,
) -> Answer {
    fields.finish()?;
    let ((company, id), no, now) = (path.ids()?, member.platform.no, state.clock.now());
    let paused = state.db.write(move |conn| pause_connection(conn, no, company, id, now)).await?;
    Ok(HttpResponse::Ok().json(Connection::of(paused.map_err(refused)?, &state.urls)))
}

/// Lets a paused connection be read again.
pub(super) async fn resume(
    state: Data<PortalState>,
    member: Member,
    path: Path<Of>,
    fields: Fields,
) -> Answer {
    fields.finish()?;
    let ((company, id), no, now) = (path.ids()?, member.platform.no, state.clock.now());
    let resumed = state.db.write(move |conn| resume_connection(conn, no, company, id, now)).await?;
    state.wake.notify_one();
    Ok(HttpResponse::Ok().json(Connection::of(resumed.map_err(refused)?, &state.urls)))
}

/// Asks for every data type of one connection. What is under way goes on.
pub(super) async fn refresh(
    state: Data<PortalState>,
    member: Member,
    path: Path<Of>,
    fields: Fields,
) -> Answer {
    fields.finish()?;
    let ((company, id), no, now) = (path.ids()?, member.platform.no, state.clock.now());
    let asked = state.db.write(move |conn| refresh_connection(conn, no, company, id, now)).await?;
    let datasets = asked.map_err(|refused| match refused {
        RefreshRefused::UnknownConnection(_) | RefreshRefused::InProgress { .. } => unknown(),
        RefreshRefused::Paused(_) => Refusal::Conflict { code: "paused", message: refused.to_string() },
        RefreshRefused::NoLinkedConnection => {
            let message = "only a Linked connection can be read".to_owned();
            Refusal::Conflict { code: "not_linked", message }
        }
    })?;
    state.wake.notify_one();
    let queued = datasets.iter().map(QueuedDataset::of).collect();
    Ok(HttpResponse::Accepted().json(Queued { queued }))
}

/// Ends what is being read of a connection, or waits for it.
pub(super) async fn cancel(
    state: Data<PortalState>,
    member: Member,
    path: Path<Of>,
    fields: Fields,
) -> Answer {
    fields.finish()?;
    let ((company, id), no, now) = (path.ids()?, member.platform.no, state.clock.now());
    let urls = state.urls.links();
    let cancel = move |conn: &mut AnyConn| cancel_reading(conn, &urls, no, company, id, now);
    let cancelled = state.db.write(cancel).await?.map_err(refused)?;
    state.wake.notify_one();
    let cancelled = cancelled.iter().map(QueuedDataset::of).collect();
    Ok(HttpResponse::Ok().json(Cancelled { cancelled }))
}
