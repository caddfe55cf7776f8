//! At what time of day data is read: Settings > Schedule for a platform, and a page of each company's own.

use crate::failure::Failure;
use crate::form::{Fields, Posted};
use crate::frame::{Frame, Tab};
use crate::parts::Problems;
use crate::session::Member;
use crate::{PortalState, html};
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path, Query};
use askama::Template;
use serde::Deserialize;
use tributary_core::Timetable;
use tributary_core::ids::CompanyId;
use tributary_core::state::Role;
use tributary_core::timetable::{TimetableProblem, time_zones};
use tributary_db::companies::{self, Company};
use tributary_db::timetables::{self, TimeOfDay};
use tributary_db::use_cases::set_time_of_day;
use tributary_db::{AnyConn, DbError};

/// What the page's address says.
#[derive(Debug, Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    done: String,
}

#[derive(Template)]
#[template(path = "timetable.html")]
struct TimetablePage {
    frame: Frame,
    problems: Problems,
    action: String,
    /// Of whom the timetable is; none: the platform's.
    company: Option<CompanyPart>,
    entered: Entered,
    /// Every zone there is.
    zones: Vec<String>,
}

/// What a company's page has beside.
struct CompanyPart {
    name: String,
    href: String,
    companies_href: String,
    /// What the platform says.
    inherited: String,
}

/// What the fields hold.
struct Entered {
    kind: String,
    time: String,
    zone: String,
}

impl Entered {
    fn stored(own: Option<TimeOfDay>, holds: &TimeOfDay, is_company: bool) -> Self {
        let kind = match &own {
            None if is_company => "inherit",
            Some(TimeOfDay { timetable: Some(_), .. }) => "time",
            _ => "hours",
        };
        Entered {
            kind: kind.to_owned(),
            time: holds.timetable.as_ref().map(Timetable::time_of_day).unwrap_or_default(),
            zone: holds.time_zone.clone(),
        }
    }

    fn of(fields: &Fields) -> Self {
        let text = |name| fields.text(name).to_owned();
        Entered { kind: text("kind"), time: text("time"), zone: text("zone") }
    }

    /// What it says; nothing where the platform's shall hold.
    fn read(&self) -> Result<Option<TimeOfDay>, Problems> {
        let time = if self.kind == "time" { self.time.as_str() } else { "00:00" };
        if self.kind == "inherit" {
            return Ok(None);
        }
        let timetable = Timetable::parse(time, &self.zone).map_err(|problem| match problem {
            TimetableProblem::TimeOfDay => Problems::one("time", "Enter a time of day, such as 03:30."),
            TimetableProblem::TimeZone => {
                Problems::one("zone", "Enter the name of a time zone, such as Europe/Berlin.")
            }
        })?;
        let time_zone = timetable.time_zone().to_owned();
        Ok(Some(TimeOfDay { time_zone, timetable: Some(timetable).filter(|_| self.kind == "time") }))
    }
}

/// `GET /p/{platform}/settings/schedule`
pub(crate) async fn of_platform(
    state: Data<PortalState>,
    member: Member,
    asked: Query<Asked>,
) -> Result<HttpResponse, Failure> {
    member.require(Role::Developer)?;
    let platform_no = member.platform.no;
    let own = state.db.read(move |conn| timetables::of_platform(conn, platform_no)).await?;
    let holds = own.clone().unwrap_or_else(TimeOfDay::unsaid);
    let entered = Entered::stored(own, &holds, false);
    platform_page(&member, StatusCode::OK, entered, Problems::default(), notice(&asked.done))
}

/// `POST /p/{platform}/settings/schedule`
pub(crate) async fn set_of_platform(
    state: Data<PortalState>,
    member: Member,
    Posted(fields): Posted,
) -> Result<HttpResponse, Failure> {
    member.require(Role::Developer)?;
    let entered = Entered::of(&fields);
    let said = match entered.read() {
        Ok(said) => said,
        Err(problems) => {
            return platform_page(&member, StatusCode::UNPROCESSABLE_ENTITY, entered, problems, None);
        }
    };
    save(&state, &member, None, said).await?;
    Ok(html::see_other(&member.path("/settings/schedule?done=saved")))
}

fn platform_page(
    member: &Member,
    status: StatusCode,
    entered: Entered,
    problems: Problems,
    notice: Option<&'static str>,
) -> Result<HttpResponse, Failure> {
    let page = TimetablePage {
        frame: Frame::new(member, Tab::Schedule).saying(notice),
        problems,
        action: member.path("/settings/schedule"),
        company: None,
        entered,
        zones: time_zones(),
    };
    html::page(status, &page)
}

/// What a company's page is made of.
struct Read {
    company: Company,
    own: Option<TimeOfDay>,
    above: TimeOfDay,
}

async fn read(state: &PortalState, member: &Member, id: CompanyId) -> Result<Read, Failure> {
    let platform_no = member.platform.no;
    let read = move |conn: &mut AnyConn| -> Result<Option<Read>, DbError> {
        let Some(company) = companies::find(conn, platform_no, id)? else { return Ok(None) };
        let own = timetables::of_company(conn, platform_no, id)?;
        let above = timetables::of_platform(conn, platform_no)?.unwrap_or_else(TimeOfDay::unsaid);
        Ok(Some(Read { company, own, above }))
    };
    state.db.read(read).await?.ok_or(Failure::NotFound)
}

/// `GET /p/{platform}/companies/{company}/schedule`
pub(crate) async fn of_company(
    state: Data<PortalState>,
    member: Member,
    path: Path<(String, String)>,
    asked: Query<Asked>,
) -> Result<HttpResponse, Failure> {
    member.require(Role::Developer)?;
    let id: CompanyId = path.1.parse().map_err(|_| Failure::NotFound)?;
    let found = read(&state, &member, id).await?;
    let holds = found.own.clone().unwrap_or_else(|| found.above.clone());
    let entered = Entered::stored(found.own.clone(), &holds, true);
    company_page(&member, StatusCode::OK, found, entered, Problems::default(), notice(&asked.done))
}

/// `POST /p/{platform}/companies/{company}/schedule`
pub(crate) async fn set_of_company(
    state: Data<PortalState>,
    member: Member,
    path: Path<(String, String)>,
    Posted(fields): Posted,
) -> Result<HttpResponse, Failure> {
    member.require(Role::Developer)?;
    let id: CompanyId = path.1.parse().map_err(|_| Failure::NotFound)?;
    let (found, entered) = (read(&state, &member, id).await?, Entered::of(&fields));
    let said = match entered.read() {
        Ok(said) => said,
        Err(problems) => {
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            return company_page(&member, status, found, entered, problems, None);
        }
    };
    save(&state, &member, Some(id), said).await?;
    Ok(html::see_other(&member.path(&format!("/companies/{id}/schedule?done=saved"))))
}

fn company_page(
    member: &Member,
    status: StatusCode,
    Read { company, above, .. }: Read,
    entered: Entered,
    problems: Problems,
    notice: Option<&'static str>,
) -> Result<HttpResponse, Failure> {
    let href = member.path(&format!("/companies/{}", company.id));
    let inherited = match &above.timetable {
        Some(timetable) => format!("at {} ({})", timetable.time_of_day(), timetable.time_zone()),
        None => "by hours alone".to_owned(),
    };
    let page = TimetablePage {
        frame: Frame::new(member, Tab::Companies).saying(notice),
        problems,
        action: format!("{href}/schedule"),
        company: Some(CompanyPart {
            name: company.name,
            href,
            companies_href: member.path("/companies"),
            inherited,
        }),
        entered,
        zones: time_zones(),
    };
    html::page(status, &page)
}

async fn save(
    state: &PortalState,
    member: &Member,
    company: Option<CompanyId>,
    said: Option<TimeOfDay>,
) -> Result<(), Failure> {
    let (platform_no, now) = (member.platform.no, state.clock.now());
    let save = move |conn: &mut AnyConn| set_time_of_day(conn, platform_no, company, said.as_ref(), now);
    Ok(state.db.write(save).await?)
}

fn notice(done: &str) -> Option<&'static str> {
    (done == "saved").then_some("Saved. It holds at once.")
}
