//! `/platforms`, `…/companies` and what is below a company.

use super::body::Fields;
use super::caller::{Caller, Member};
use super::query;
use super::refusal::{FieldProblem, Refusal};
use super::shapes::{self, Company, Connection, Queued, QueuedDataset};
use crate::PortalState;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use tributary_core::ids::CompanyId;
use tributary_core::state::ConnectionStatus;
use tributary_core::{Millis, PlatformKey};
use tributary_db::companies::NewCompany;
use tributary_db::company_search::{self, Part, Place, Search, Standing};
use tributary_db::use_cases::{self, CompanyProblem, ConnectionRefused};
use tributary_db::{AnyConn, companies, connections};

type Answer = Result<HttpResponse, Refusal>;

const PAGE_SIZE: usize = 50;
const PAGE_SIZE_MAX: usize = 100;

/// The platforms that the caller is a member of.
pub(super) async fn platforms(caller: Caller) -> Answer {
    let platforms = caller.memberships.into_iter();
    let platforms = platforms
        .map(|(platform, role)| shapes::Platform { id: platform.id, name: platform.name, role })
        .collect();
    Ok(HttpResponse::Ok().json(shapes::Platforms { platforms }))
}

/// Companies, newest first, with their connections.
pub(super) async fn list(state: Data<PortalState>, member: Member, request: HttpRequest) -> Answer {
    let (search, part, limit) = wanted(request.query_string())?;
    let platform_no = member.platform.no;
    let read = state.db.read(move |conn| {
        let found = company_search::search(conn, platform_no, &search, part, limit)?;
        let ids: Vec<CompanyId> = found.companies.iter().map(|company| company.id).collect();
        Ok((found, connections::list_for_companies(conn, platform_no, &ids)?))
    });
    let (found, mut views) = read.await?;
    let last = found.companies.last().filter(|_| found.has_older);
    let next = last.map(|company| format!("{}.{}", company.created.0, company.id));
    let companies = found.companies.into_iter().map(|company| {
        let id = company.id;
        let own = views.extract_if(.., |view| view.connection.company_id == id).collect();
        Company::of(company, own, &state.urls)
    });
    Ok(HttpResponse::Ok().json(shapes::Companies { companies: companies.collect(), next }))
}

/// What the parameters ask for.
fn wanted(query: &str) -> Result<(Search, Part, usize), Refusal> {
    let mut given = query::read(query, &["search", "status", "pageSize", "after"])?;
    let mut problems = Vec::new();
    let mut problem = |field: &str, message: &str| {
        problems.push(FieldProblem::new(field, "unknown_value", message));
    };
    let status = given.remove("status").map(|text| text.parse::<ConnectionStatus>().ok());
    if status == Some(None) {
        problem("status", "PendingAuth, Linked, Unlinked or Deauthorized is expected");
    }
    let limit =
        given.remove("pageSize").map(|text| text.parse().ok().filter(|n| (1..=PAGE_SIZE_MAX).contains(n)));
    if limit == Some(None) {
        problem("pageSize", &format!("a number from 1 to {PAGE_SIZE_MAX} is expected"));
    }
    let after = given.remove("after").map(|text| place(&text));
    if after == Some(None) {
        problem("after", "what an earlier answer had in `next` is expected");
    }
    if !problems.is_empty() {
        return Err(Refusal::Malformed(problems));
    }
    let search = Search {
        text: given.remove("search").unwrap_or_default(),
        standing: status.flatten().map(Standing::Has),
    };
    let part = after.flatten().map_or(Part::Newest, Part::OlderThan);
    Ok((search, part, limit.flatten().unwrap_or(PAGE_SIZE)))
}

fn place(text: &str) -> Option<Place> {
    let (created, id) = text.split_once('.')?;
    Some(Place { created: Millis(created.parse().ok()?), id: id.parse().ok()? })
}

/// Creates a company.
pub(super) async fn create(state: Data<PortalState>, member: Member, mut fields: Fields) -> Answer {
    let (name, description) = (fields.text("name"), fields.text("description"));
    fields.finish()?;
    let new = NewCompany {
        name: name.ok_or_else(|| Refusal::missing("name"))?,
        description,
        created_by: Some(member.user.email),
        ..NewCompany::default()
    };
    let (urls, platform_no, now) = (state.urls.links(), member.platform.no, state.clock.now());
    let write =
        move |conn: &mut AnyConn| use_cases::create_company(conn, &urls, platform_no, new.clone(), now);
    let created = state.db.write(write);
    let company = created.await?.map_err(|refused| {
        let problem = |problem: &CompanyProblem| {
            FieldProblem::new(problem.field(), code_of(*problem), problem.to_string())
        };
        Refusal::Unprocessable(refused.0.iter().map(problem).collect())
    })?;
    state.wake.notify_one();
    let location = format!("/api/v1/platforms/{}/companies/{}", member.platform.id, company.id);
    let company = Company::of(company, Vec::new(), &state.urls);
    Ok(HttpResponse::Created().insert_header(("location", location)).json(company))
}

/// What programs tell a broken rule by.
fn code_of(problem: CompanyProblem) -> &'static str {
    match problem {
        CompanyProblem::NameEmpty => "name_empty",
        CompanyProblem::NameTooLong => "name_too_long",
        CompanyProblem::Description => "description_malformed",
        CompanyProblem::TooManyTags
        | CompanyProblem::TagKeyEmpty
        | CompanyProblem::TagValueTooLong
        | CompanyProblem::TagTooLong
        | CompanyProblem::TagNul => "tags_malformed",
    }
}

/// The end of a path to a company.
#[derive(serde::Deserialize)]
pub(super) struct Of {
    company: String,
}

impl Of {
    fn id(&self) -> Result<CompanyId, Refusal> {
        self.company.parse().map_err(|_| unknown())
    }
}

fn unknown() -> Refusal {
    Refusal::NotFound { what: "company" }
}

/// One company with its connections.
pub(super) async fn get(state: Data<PortalState>, member: Member, path: Path<Of>) -> Answer {
    let (id, platform_no) = (path.id()?, member.platform.no);
    let read = state.db.read(move |conn| {
        let company = companies::find(conn, platform_no, id)?;
        Ok((company, connections::list_for_companies(conn, platform_no, &[id])?))
    });
    let (company, views) = read.await?;
    Ok(HttpResponse::Ok().json(Company::of(company.ok_or_else(unknown)?, views, &state.urls)))
}

/// Creates a connection that awaits the merchant's authorization.
pub(super) async fn connect(
    state: Data<PortalState>,
    member: Member,
    path: Path<Of>,
    mut fields: Fields,
) -> Answer {
    let key: Option<PlatformKey> = fields.word("integration");
    fields.finish()?;
    let key = key.ok_or_else(|| Refusal::missing("integration"))?;
    let (id, platform_no, now) = (path.id()?, member.platform.no, state.clock.now());
    let urls = state.urls.links();
    let write =
        move |conn: &mut AnyConn| use_cases::create_connection(conn, &urls, platform_no, id, key, now);
    let created = state.db.write(write);
    let view = created.await?.map_err(|refused| match refused {
        ConnectionRefused::UnknownCompany(_) => unknown(),
        ConnectionRefused::NotSet(_) | ConnectionRefused::Disabled(_) => {
            let code = if refused == ConnectionRefused::NotSet(key) { "not_set" } else { "switched_off" };
            let message =
                format!("the integration {} ({key}) must be set and switched on first", key.display_name());
            Refusal::Unprocessable(vec![FieldProblem::new("integration", code, message)])
        }
    })?;
    Ok(HttpResponse::Created().json(Connection::of(view, &state.urls)))
}

/// Asks for every data type of each of a company's linked connections. What is under way goes on.
pub(super) async fn refresh(
    state: Data<PortalState>,
    member: Member,
    path: Path<Of>,
    fields: Fields,
) -> Answer {
    fields.finish()?;
    let (id, platform_no, now) = (path.id()?, member.platform.no, state.clock.now());
    let write = state.db.write(move |conn| {
        if companies::find(conn, platform_no, id)?.is_none() {
            return Ok(Err(unknown()));
        }
        let views = connections::list_for_companies(conn, platform_no, &[id])?;
        if !views.iter().any(|view| view.connection.status == ConnectionStatus::Linked) {
            let message = "the company has no linked connection to read from".to_owned();
            return Ok(Err(Refusal::Conflict { code: "no_linked_connection", message }));
        }
        let asked = use_cases::refresh_all(conn, platform_no, id, now)?;
        Ok(asked.map_err(|refused| Refusal::Conflict { code: "paused", message: refused.to_string() }))
    });
    let datasets = write.await??;
    state.wake.notify_one();
    let queued = datasets.iter().map(QueuedDataset::of).collect();
    Ok(HttpResponse::Accepted().json(Queued { queued }))
}
