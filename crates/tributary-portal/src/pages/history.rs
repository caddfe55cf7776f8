//! A company's read history: every dataset that was asked for, newest first.

use crate::failure::Failure;
use crate::frame::{Frame, Tab};
use crate::pages::progress::message;
use crate::parts::{Badge, Copyable, Moment};
use crate::session::Member;
use crate::{PortalState, html, words};
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path, Query};
use askama::Template;
use serde::Deserialize;
use tributary_core::ids::CompanyId;
use tributary_core::state::{Role, RunReason};
use tributary_db::companies;
use tributary_db::datasets::{self, Dataset};
use tributary_db::{AnyConn, Page};

/// Datasets on one page.
const ROWS: i64 = 50;

/// The furthest page: what is beyond it is asked for by API.
const PAGE_MAX: i64 = 1000;

/// What the page's address says.
#[derive(Debug, Deserialize)]
pub(crate) struct Asked {
    page: Option<i64>,
}

/// A dataset in the list.
struct Row {
    name: &'static str,
    key: &'static str,
    id: Copyable,
    badge: Badge,
    message: String,
    reason: &'static str,
    requested: Moment,
    took: String,
}

#[derive(Template)]
#[template(path = "history.html")]
struct HistoryPage {
    frame: Frame,
    company: String,
    company_href: String,
    companies_href: String,
    rows: Vec<Row>,
    shown: String,
    newer: Option<String>,
    older: Option<String>,
}

/// `GET /p/{platform}/companies/{company}/history`
pub(crate) async fn page(
    state: Data<PortalState>,
    member: Member,
    path: Path<(String, String)>,
    asked: Query<Asked>,
) -> Result<HttpResponse, Failure> {
    member.require(Role::Advisor)?;
    let id: CompanyId = path.1.parse().map_err(|_| Failure::NotFound)?;
    let (platform_no, number) = (member.platform.no, page_number(asked.page));
    let read = move |conn: &mut AnyConn| {
        let Some(company) = companies::find(conn, platform_no, id)? else { return Ok(None) };
        let page = Page { offset: (number - 1) * ROWS, limit: ROWS };
        Ok(Some((company, datasets::list(conn, platform_no, id, page)?)))
    };
    let (company, (sets, total)) = state.db.read(read).await?.ok_or(Failure::NotFound)?;
    let base = member.path(&format!("/companies/{id}"));
    let turn = turn(&format!("{base}/history?"), number, ROWS, total);
    let page = HistoryPage {
        frame: Frame::new(&member, Tab::Companies),
        company: company.name,
        company_href: base,
        companies_href: member.path("/companies"),
        rows: sets.iter().map(row).collect(),
        shown: turn.shown,
        newer: turn.newer,
        older: turn.older,
    };
    html::page(StatusCode::OK, &page)
}

fn row(dataset: &Dataset) -> Row {
    Row {
        name: words::data_type(dataset.data_type),
        key: dataset.data_type.as_str(),
        id: Copyable::new(format!("id-{}", dataset.id), "the dataset's id", dataset.id),
        badge: Badge::of_dataset(dataset.status),
        message: message(dataset),
        reason: match dataset.reason {
            RunReason::Initial => "First read",
            RunReason::Requested => "Requested",
            RunReason::EventsLost => "Events were lost",
            RunReason::Scheduled => "Scheduled",
        },
        requested: Moment::of(dataset.requested),
        took: dataset.completed.map_or("—".to_owned(), |end| took(end.0 - dataset.requested.0)),
    }
}

/// A span of time in whole seconds, or minutes and seconds.
fn took(ms: i64) -> String {
    match ms.max(0) / 1000 {
        0 => "under 1 s".to_owned(),
        secs @ 1..60 => format!("{secs} s"),
        secs => format!("{} min {} s", secs / 60, secs % 60),
    }
}

/// The page that an address asks for, from 1.
pub(crate) fn page_number(asked: Option<i64>) -> i64 {
    asked.unwrap_or(1).clamp(1, PAGE_MAX)
}

/// Where the pages before and after lead.
pub(crate) struct Turn {
    /// Which rows are shown, of how many.
    pub shown: String,
    /// The page of newer rows.
    pub newer: Option<String>,
    /// The page of older rows.
    pub older: Option<String>,
}

/// The neighbours of a page; `address` ends where the page's number goes.
pub(crate) fn turn(address: &str, number: i64, rows: i64, total: i64) -> Turn {
    let (first, last) = ((number - 1) * rows + 1, (number * rows).min(total));
    Turn {
        shown: match first > last {
            true => format!("None of {}", words::count(total)),
            false => format!("{}–{} of {}", words::count(first), words::count(last), words::count(total)),
        },
        newer: (number > 1).then(|| format!("{address}page={}", number - 1)),
        older: (number * rows < total && number < PAGE_MAX).then(|| format!("{address}page={}", number + 1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_knows_its_neighbours() {
        let of = |number: i64, total: i64| {
            let turn = turn("/h?", number, 50, total);
            (turn.shown, turn.newer, turn.older)
        };
        assert_eq!(of(1, 0), ("None of 0".into(), None, None));
        assert_eq!(of(1, 50), ("1–50 of 50".into(), None, None));
        assert_eq!(of(2, 101), ("51–100 of 101".into(), Some("/h?page=1".into()), Some("/h?page=3".into())));
        assert_eq!((page_number(None), page_number(Some(-7)), page_number(Some(i64::MAX))), (1, 1, PAGE_MAX));
        assert_eq!(
            (took(-5), took(59_999), took(61_000)),
            ("under 1 s".into(), "59 s".into(), "1 min 1 s".into())
        );
    }
}
