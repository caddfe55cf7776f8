//! The list of companies.

use crate::failure::Failure;
use crate::frame::{Frame, Tab};
use crate::pages::checklist::{self, Step};
use crate::parts::{Badge, Copyable, Moment};
use crate::session::Member;
use crate::{PortalState, html};
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Query};
use askama::Template;
use serde::Deserialize;
use tributary_core::state::ConnectionStatus;
use tributary_core::{Millis, Mode};
use tributary_db::AnyConn;
use tributary_db::companies::Company;
use tributary_db::company_search::{self, Found, Part, Place, Search, Standing};
use tributary_db::connections::{self, ConnectionView};

/// Companies on one page.
const ROWS: usize = 50;

/// Characters of a search at most: no name and no id is longer.
const SEARCH_CHARS_MAX: usize = 255;

/// What the page's address says.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Asked {
    #[serde(default)]
    search: String,
    #[serde(default)]
    status: String,
    /// A place in the list: what comes after it is wanted.
    older: Option<String>,
    /// A place in the list: what comes before it is wanted.
    newer: Option<String>,
}

/// A company in the list.
struct Row {
    name: String,
    href: String,
    id: Copyable,
    is_test: bool,
    badges: Vec<Badge>,
    sources: Vec<&'static str>,
    created: Moment,
    last_sync: Moment,
}

/// A choice of the status filter.
struct StatusChoice {
    value: &'static str,
    label: &'static str,
    is_chosen: bool,
}

#[derive(Template)]
#[template(path = "companies.html")]
struct CompaniesPage {
    frame: Frame,
    new_href: String,
    steps: Vec<Step>,
    search: String,
    choices: Vec<StatusChoice>,
    /// Whether the list is of all companies.
    is_whole: bool,
    all_href: String,
    rows: Vec<Row>,
    newer: Option<String>,
    older: Option<String>,
}

/// `GET /p/{platform}/companies`
pub(crate) async fn page(
    state: Data<PortalState>,
    member: Member,
    asked: Query<Asked>,
) -> Result<HttpResponse, Failure> {
    let wanted = Search {
        // PostgreSQL refuses to compare with U+0000, which no name holds.
        text: asked.search.trim().chars().filter(|c| *c != '\0').take(SEARCH_CHARS_MAX).collect(),
        standing: STANDINGS.into_iter().find(|(word, ..)| *word == asked.status).map(|(_, _, of)| of),
    };
    let part = match (&asked.older, &asked.newer) {
        (Some(place), _) => read_place(place).map(Part::OlderThan),
        (None, Some(place)) => read_place(place).map(Part::NewerThan),
        (None, None) => Some(Part::Newest),
    };
    let (part, platform_no) = (part.unwrap_or(Part::Newest), member.platform.no);
    let (found, views, standing) = {
        let wanted = wanted.clone();
        let read = move |conn: &mut AnyConn| {
            let found = company_search::search(conn, platform_no, &wanted, part, ROWS)?;
            let ids: Vec<_> = found.companies.iter().map(|company| company.id).collect();
            let views = connections::list_for_companies(conn, platform_no, &ids)?;
            Ok((found, views, checklist::standing(conn, platform_no)?))
        };
        state.db.read(read).await?
    };
    let turn = |direction: &str, company: Option<&Company>| {
        company.map(|company| address(&member, &wanted, &asked.status, Some((direction, company))))
    };
    let Found { companies, has_newer, has_older } = &found;
    let page = CompaniesPage {
        frame: Frame::new(&member, Tab::Companies),
        new_href: member.path("/companies/new"),
        steps: checklist::steps(&member, standing),
        choices: choices(wanted.standing),
        is_whole: wanted == Search::default(),
        all_href: member.path("/companies"),
        rows: companies.iter().map(|company| row(&member, company, &views)).collect(),
        newer: turn("newer", companies.first()).filter(|_| *has_newer),
        older: turn("older", companies.last()).filter(|_| *has_older),
        search: wanted.text.clone(),
    };
    html::page(StatusCode::OK, &page)
}

/// The words of the status filter.
const STANDINGS: [(&str, &str, Standing); 5] = [
    ("linked", "Linked", Standing::Has(ConnectionStatus::Linked)),
    ("pending", "Pending", Standing::Has(ConnectionStatus::PendingAuth)),
    ("deauthorized", "Deauthorized", Standing::Has(ConnectionStatus::Deauthorized)),
    ("unlinked", "Unlinked", Standing::Has(ConnectionStatus::Unlinked)),
    ("none", "No connections", Standing::NoConnections),
];

fn choices(chosen: Option<Standing>) -> Vec<StatusChoice> {
    let all = StatusChoice { value: "", label: "All", is_chosen: chosen.is_none() };
    let others = STANDINGS.into_iter().map(|(value, label, standing)| StatusChoice {
        value,
        label,
        is_chosen: chosen == Some(standing),
    });
    std::iter::once(all).chain(others).collect()
}

fn row(member: &Member, company: &Company, views: &[ConnectionView]) -> Row {
    let mine: Vec<&ConnectionView> =
        views.iter().filter(|view| view.connection.company_id == company.id).collect();
    let mut statuses: Vec<ConnectionStatus> = mine.iter().map(|view| view.connection.status).collect();
    statuses.sort();
    statuses.dedup();
    let mut sources: Vec<&'static str> =
        mine.iter().map(|view| view.integration.key.display_name()).collect();
    sources.sort_unstable();
    sources.dedup();
    Row {
        name: company.name.clone(),
        href: member.path(&format!("/companies/{}", company.id)),
        id: Copyable::new(format!("id-{}", company.id), format!("the id of {}", company.name), company.id),
        is_test: mine.iter().any(|view| view.integration.key.mode() == Mode::Test),
        badges: match statuses.is_empty() {
            true => vec![Badge::no_connections()],
            false => statuses.into_iter().map(Badge::of_connection).collect(),
        },
        sources,
        created: Moment::of(company.created),
        last_sync: Moment::maybe(mine.iter().filter_map(|view| view.connection.last_sync).max()),
    }
}

/// The page's address with the same filters, at another place.
fn address(member: &Member, wanted: &Search, status: &str, turn: Option<(&str, &Company)>) -> String {
    let mut query = Vec::new();
    if !wanted.text.is_empty() {
        query.push(format!("search={}", html::query_value(&wanted.text)));
    }
    if wanted.standing.is_some() {
        query.push(format!("status={}", html::query_value(status)));
    }
    if let Some((direction, company)) = turn {
        query.push(format!("{direction}={}_{}", company.created.0, company.id));
    }
    match query.is_empty() {
        true => member.path("/companies"),
        false => member.path(&format!("/companies?{}", query.join("&"))),
    }
}

/// Reads a place as [`address`] writes it.
fn read_place(text: &str) -> Option<Place> {
    let (created, id) = text.split_once('_')?;
    Some(Place { created: Millis(created.parse().ok()?), id: id.parse().ok()? })
}
