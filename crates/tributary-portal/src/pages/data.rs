//! What has been read of a data type: the same rows that the API gives, as a table.

use crate::failure::Failure;
use crate::frame::{Frame, Tab};
use crate::pages::history::{page_number, turn};
use crate::pages::progress::message;
use crate::parts::{Badge, Moment};
use crate::session::Member;
use crate::{PortalState, html, words};
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path, Query};
use askama::Template;
use serde::Deserialize;
use tributary_core::ids::{CompanyId, ConnectionId};
use tributary_core::state::Role;
use tributary_core::{DataType, Mode};
use tributary_db::connections::{self, ConnectionView};
use tributary_db::datasets::{self, Dataset};
use tributary_db::{AnyConn, Page, companies};

mod table;

/// Records on one page.
const ROWS: i64 = 50;

/// What the page's address says.
#[derive(Debug, Deserialize)]
pub(crate) struct Asked {
    /// The connection; without it the company's newest.
    connection: Option<String>,
    page: Option<i64>,
}

/// A page of records, for whichever data type.
struct Table {
    columns: &'static [Column],
    rows: Vec<Vec<Shown>>,
    total: i64,
}

/// A column.
struct Column {
    label: &'static str,
    /// Whether it holds figures.
    is_figure: bool,
}

/// What a cell shows.
enum Shown {
    Text(String),
    Code(String),
    Moment(Moment),
}

/// Why there are no rows.
enum Empty {
    /// Nothing of the data type was ever read: how its reading stands.
    NotRead(String),
    /// It was read, and there is nothing.
    None,
    /// There are rows, on earlier pages.
    Beyond,
}

/// A data type to go to.
struct TypeLink {
    label: &'static str,
    href: String,
    is_current: bool,
}

#[derive(Template)]
#[template(path = "data.html")]
struct DataPage {
    frame: Frame,
    company: String,
    company_href: String,
    companies_href: String,
    name: &'static str,
    source: String,
    is_test: bool,
    types: Vec<TypeLink>,
    table: Table,
    empty: Empty,
    shown: String,
    newer: Option<String>,
    older: Option<String>,
    last_sync: Moment,
}

/// `GET /p/{platform}/companies/{company}/data/{type}`
pub(crate) async fn page(
    state: Data<PortalState>,
    member: Member,
    path: Path<(String, String, String)>,
    asked: Query<Asked>,
) -> Result<HttpResponse, Failure> {
    member.require(Role::Advisor)?;
    let id: CompanyId = path.1.parse().map_err(|_| Failure::NotFound)?;
    let data_type: DataType = path.2.parse().map_err(|_| Failure::NotFound)?;
    let connection: Option<ConnectionId> =
        asked.connection.as_deref().map(str::parse).transpose().map_err(|_| Failure::NotFound)?;
    let (platform_no, number) = (member.platform.no, page_number(asked.page));
    let read = move |conn: &mut AnyConn| {
        let Some(company) = companies::find(conn, platform_no, id)? else { return Ok(None) };
        let view = match connection {
            Some(connection) => connections::find_view(conn, platform_no, id, connection)?,
            None => connections::list(conn, platform_no, id, Page { offset: 0, limit: 1 })?.0.pop(),
        };
        let Some(view) = view else { return Ok(None) };
        let page = Page { offset: (number - 1) * ROWS, limit: ROWS };
        let table = table::read(conn, view.connection.no, data_type, page)?;
        let empty = match (table.total, datasets::has_succeeded(conn, view.connection.no, data_type)?) {
            (1.., _) => Empty::Beyond,
            (_, true) => Empty::None,
            (_, false) => {
                let latest = datasets::latest_of(conn, view.connection.no)?;
                let latest = latest.into_iter().find(|dataset| dataset.data_type == data_type);
                Empty::NotRead(latest.map_or_else(String::new, |dataset| standing(&dataset)))
            }
        };
        Ok(Some((company, view, table, empty)))
    };
    let (company, view, table, empty) = state.db.read(read).await?.ok_or(Failure::NotFound)?;
    let ConnectionView { connection, integration } = &view;
    let base = member.path(&format!("/companies/{id}"));
    let address = |of: DataType| format!("{base}/data/{of}?connection={}", connection.id);
    let turn = turn(&format!("{}&", address(data_type)), number, ROWS, table.total);
    let account = connection.account_id.as_ref().map(ToString::to_string).unwrap_or_default();
    let page = DataPage {
        frame: Frame::new(&member, Tab::Companies),
        company: company.name,
        company_href: base.clone(),
        companies_href: member.path("/companies"),
        name: words::data_type(data_type),
        source: format!("{} {account}", integration.key.display_name()),
        is_test: integration.key.mode() == Mode::Test,
        types: DataType::ALL
            .into_iter()
            .map(|of| TypeLink {
                label: words::data_type(of),
                href: address(of),
                is_current: of == data_type,
            })
            .collect(),
        shown: turn.shown,
        newer: turn.newer,
        older: turn.older,
        last_sync: Moment::maybe(connection.last_sync),
        table,
        empty,
    };
    html::page(StatusCode::OK, &page)
}

/// How the reading of a data type stands, in a sentence.
fn standing(dataset: &Dataset) -> String {
    let (word, message) = (Badge::of_dataset(dataset.status).word, message(dataset));
    if message.is_empty() { format!("{word}.") } else { format!("{word}: {message}") }
}
