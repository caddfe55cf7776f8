//! When a connection is read: what its card says of it, and what people may do about it.

use crate::failure::Failure;
use crate::form::Posted;
use crate::pages::company_actions::{ids, unconfirmed};
use crate::parts::{Badge, LocalMoment, Moment};
use crate::session::Member;
use crate::{PortalState, html, words};
use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use tributary_core::ids::CompanyId;
use tributary_core::state::{ConnectionStatus, Role};
use tributary_db::AnyConn;
use tributary_db::connections::ConnectionView;
use tributary_db::reading_plan::{ReadingPlan, goes_by_schedule};
use tributary_db::use_cases::{
    ControlRefused, RefreshRefused, cancel_reading, pause_connection, refresh_connection, resume_connection,
};

/// What a connection's card says of when it is read.
pub(crate) struct Reading {
    /// Paused, where it is.
    pub badge: Option<Badge>,
    /// Whether anything is being read, or waits for it.
    pub is_active: bool,
    /// Since when it is paused.
    pub paused: Option<Moment>,
    /// What is said where no schedule counts.
    pub unscheduled: Option<&'static str>,
    /// When anything is pulled next.
    pub next: Option<LocalMoment>,
    /// When that was due, where the budget makes it later.
    pub due: Option<LocalMoment>,
    /// Requests of the last thirty days, and how many there may be.
    pub used: String,
    /// Requests of first readings, which don't count.
    pub initial: Option<String>,
}

impl Reading {
    /// Of a Linked connection; of others there is nothing to say.
    pub(crate) fn of(view: &ConnectionView, plan: &ReadingPlan) -> Option<Self> {
        if view.connection.status != ConnectionStatus::Linked {
            return None;
        }
        let paused = view.connection.paused;
        let next = plan.next();
        let zone = &plan.time_of_day.time_zone;
        let is_active = plan.types.iter().any(|of| of.latest.status.is_active());
        let unscheduled = match (goes_by_schedule(view), next) {
            _ if paused.is_some() => None,
            (false, _) => Some("When it is asked for: the integration reads once, or is switched off"),
            (true, None) if is_active => Some("Now"),
            (true, None) => Some("When it is asked for"),
            (true, Some(_)) => None,
        };
        let reads = plan.usage.reads;
        let counted = words::count(reads.scheduled.saturating_add(reads.other));
        let is_later = plan.usage.stretch.is_longer();
        Some(Reading {
            badge: paused.map(|_| Badge::paused()),
            is_active,
            paused: paused.map(Moment::of),
            unscheduled,
            next: next.and_then(|of| of.next).map(|at| LocalMoment::new(at, zone)),
            due: next.and_then(|of| of.due).filter(|_| is_later).map(|at| LocalMoment::new(at, zone)),
            used: match plan.usage.budget {
                Some(budget) => format!("{counted} of at most {}", words::count(budget)),
                None => counted,
            },
            initial: (reads.initial > 0).then(|| words::count(reads.initial)),
        })
    }
}

/// `POST …/connections/{connection}/refresh`: 303 to the company's page; everything of the connection is being read.
pub(crate) async fn refresh(
    state: Data<PortalState>,
    member: Member,
    path: Path<(String, String, String)>,
    _: Posted,
) -> Result<HttpResponse, Failure> {
    member.require(Role::Advisor)?;
    let (company, connection) = ids(&path)?;
    let (platform_no, now) = (member.platform.no, state.clock.now());
    let refresh = move |conn: &mut AnyConn| refresh_connection(conn, platform_no, company, connection, now);
    let done = match state.db.write(refresh).await? {
        Err(RefreshRefused::UnknownConnection(_)) => return Err(Failure::NotFound),
        // The page offers it only where the connection is linked and isn't paused; that changed meanwhile.
        Err(RefreshRefused::Paused(_)) => "held",
        Err(RefreshRefused::NoLinkedConnection | RefreshRefused::InProgress { .. }) => "unlinked",
        Ok(queued) if queued.is_empty() => "reading",
        Ok(_) => {
            state.wake.notify_one();
            "refresh"
        }
    };
    Ok(back(&member, company, done))
}

/// `POST …/connections/{connection}/pause`: 303 to the company's page.
pub(crate) async fn pause(
    state: Data<PortalState>,
    member: Member,
    path: Path<(String, String, String)>,
    _: Posted,
) -> Result<HttpResponse, Failure> {
    member.require(Role::Developer)?;
    let (company, connection) = ids(&path)?;
    let (platform_no, now) = (member.platform.no, state.clock.now());
    let pause = move |conn: &mut AnyConn| pause_connection(conn, platform_no, company, connection, now);
    match state.db.write(pause).await? {
        Err(ControlRefused::Unknown(_)) => Err(Failure::NotFound),
        // The page offers it only where the connection is linked; that ended meanwhile, and the page shows it.
        Err(ControlRefused::NotLinked(_)) => Ok(back(&member, company, "")),
        Ok(_) => {
            tracing::info!(platform = %member.platform.id, user = %member.visitor.user.id, %connection, "a connection was paused");
            Ok(back(&member, company, "paused"))
        }
    }
}

/// `POST …/connections/{connection}/resume`: 303 to the company's page.
pub(crate) async fn resume(
    state: Data<PortalState>,
    member: Member,
    path: Path<(String, String, String)>,
    _: Posted,
) -> Result<HttpResponse, Failure> {
    member.require(Role::Developer)?;
    let (company, connection) = ids(&path)?;
    let (platform_no, now) = (member.platform.no, state.clock.now());
    let resume = move |conn: &mut AnyConn| resume_connection(conn, platform_no, company, connection, now);
    if state.db.write(resume).await?.is_err() {
        return Err(Failure::NotFound);
    }
    state.wake.notify_one();
    Ok(back(&member, company, "resumed"))
}

/// `POST …/connections/{connection}/cancel`: 303 to the company's page.
pub(crate) async fn cancel(
    state: Data<PortalState>,
    member: Member,
    path: Path<(String, String, String)>,
    Posted(fields): Posted,
) -> Result<HttpResponse, Failure> {
    member.require(Role::Developer)?;
    let (company, connection) = ids(&path)?;
    if let Some(answer) = unconfirmed(&member, company, &fields) {
        return Ok(answer);
    }
    let (urls, platform_no, now) = (state.urls.links(), member.platform.no, state.clock.now());
    let cancel = move |conn: &mut AnyConn| cancel_reading(conn, &urls, platform_no, company, connection, now);
    match state.db.write(cancel).await? {
        Err(_) => Err(Failure::NotFound),
        Ok(cancelled) if cancelled.is_empty() => Ok(back(&member, company, "idle")),
        Ok(_) => {
            tracing::info!(platform = %member.platform.id, user = %member.visitor.user.id, %connection, "a reading was cancelled");
            state.wake.notify_one();
            Ok(back(&member, company, "cancelled"))
        }
    }
}

fn back(member: &Member, company: CompanyId, done: &str) -> HttpResponse {
    html::see_other(&member.path(&format!("/companies/{company}?done={done}")))
}
