//! Whether a connection's records tie to Stripe's, and what doesn't.

use crate::failure::Failure;
use crate::form::Posted;
use crate::frame::{Frame, Tab};
use crate::pages::history::{page_number, turn};
use crate::parts::{Badge, Moment};
use crate::session::Member;
use crate::{PortalState, html, words};
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path, Query};
use askama::Template;
use serde::Deserialize;
use tributary_core::ids::{CompanyId, ConnectionId, ReconciliationId};
use tributary_core::reconciliation::{DifferenceKind, ReconciliationState, Verdict};
use tributary_core::state::Role;
use tributary_core::{Currency, Mode};
use tributary_db::connections;
use tributary_db::reconciliations::{self, Found, Reconciliation, Sum};
use tributary_db::use_cases::{ReconcileRefused, queue_reconciliation};
use tributary_db::{AnyConn, Page, companies};

/// Differences on one page.
const ROWS: i64 = 50;

/// What the page's address says.
#[derive(Debug, Deserialize)]
pub(crate) struct Asked {
    page: Option<i64>,
}

/// How a connection stands, in a line of its card.
pub(crate) struct Line {
    pub(crate) badge: Badge,
    pub(crate) as_of: Moment,
    pub(crate) href: String,
}

impl Line {
    /// Of the reconciliation whose verdict stands; `base` is the connection's address.
    pub(crate) fn of(base: &str, standing: &Reconciliation) -> Self {
        Line {
            badge: badge(standing),
            as_of: Moment::maybe(standing.as_of.or(standing.ended)),
            href: format!("{base}/reconciliations/{}", standing.id),
        }
    }
}

/// One currency's sums.
struct SumRow {
    currency: Currency,
    available: String,
    pending: String,
    stored: String,
    ties: bool,
}

/// A difference.
struct DifferenceRow {
    words: &'static str,
    about: String,
    beside: String,
    expected: String,
    found: String,
    badge: Badge,
}

#[derive(Template)]
#[template(path = "reconciliation.html")]
struct ReconciliationPage {
    frame: Frame,
    company: String,
    company_href: String,
    companies_href: String,
    source: String,
    is_test: bool,
    badge: Badge,
    sentence: String,
    explanation: Option<String>,
    requested: Moment,
    as_of: Moment,
    payouts: String,
    objects: String,
    sums: Vec<SumRow>,
    rows: Vec<DifferenceRow>,
    /// Whether differences were found beyond those that are listed.
    unlisted: Option<String>,
    shown: String,
    newer: Option<String>,
    older: Option<String>,
    /// Where to ask for another one; none where one is under way.
    again: Option<String>,
}

/// `GET /p/{platform}/companies/{company}/connections/{connection}/reconciliations/{reconciliation}`
pub(crate) async fn page(
    state: Data<PortalState>,
    member: Member,
    path: Path<(String, String, String, String)>,
    asked: Query<Asked>,
) -> Result<HttpResponse, Failure> {
    member.require(Role::Advisor)?;
    let id: CompanyId = path.1.parse().map_err(|_| Failure::NotFound)?;
    let connection: ConnectionId = path.2.parse().map_err(|_| Failure::NotFound)?;
    let wanted: ReconciliationId = path.3.parse().map_err(|_| Failure::NotFound)?;
    let (platform_no, number) = (member.platform.no, page_number(asked.page));
    let read = move |conn: &mut AnyConn| {
        let Some(company) = companies::find(conn, platform_no, id)? else { return Ok(None) };
        let Some(view) = connections::find_view(conn, platform_no, id, connection)? else { return Ok(None) };
        let no = view.connection.no;
        let Some(of) = reconciliations::find(conn, no, wanted)? else { return Ok(None) };
        let part = Page { offset: (number - 1) * ROWS, limit: ROWS };
        let found = reconciliations::differences_of(conn, no, wanted, part)?;
        let is_open = reconciliations::open(conn, no)?.is_some();
        Ok(Some((company, view, of, found, is_open)))
    };
    let (company, view, of, (found, total), is_open) = state.db.read(read).await?.ok_or(Failure::NotFound)?;
    let base = member.path(&format!("/companies/{id}"));
    let address = format!("{base}/connections/{connection}");
    let turn = turn(&format!("{address}/reconciliations/{wanted}?"), number, ROWS, total);
    let account = view.connection.account_id.as_ref().map(ToString::to_string).unwrap_or_default();
    let page = ReconciliationPage {
        frame: Frame::new(&member, Tab::Companies),
        company: company.name,
        company_href: base,
        companies_href: member.path("/companies"),
        source: format!("{} {account}", view.integration.key.display_name()),
        is_test: view.integration.key.mode() == Mode::Test,
        badge: badge(&of),
        sentence: sentence(&of),
        explanation: of.explanation.clone(),
        requested: Moment::of(of.requested),
        as_of: Moment::maybe(of.as_of),
        payouts: words::count(of.payouts),
        objects: words::count(of.objects),
        sums: of.sums.iter().map(sum_row).collect(),
        rows: found.iter().map(difference_row).collect(),
        unlisted: (of.differences > total).then(|| words::count(of.differences - total)),
        shown: turn.shown,
        newer: turn.newer,
        older: turn.older,
        again: (!is_open).then(|| format!("{address}/reconcile")),
    };
    html::page(StatusCode::OK, &page)
}

/// `POST /p/{platform}/companies/{company}/connections/{connection}/reconcile`: 303 to the reconciliation's page.
pub(crate) async fn ask(
    state: Data<PortalState>,
    member: Member,
    path: Path<(String, String, String)>,
    _: Posted,
) -> Result<HttpResponse, Failure> {
    member.require(Role::Advisor)?;
    let id: CompanyId = path.1.parse().map_err(|_| Failure::NotFound)?;
    let connection: ConnectionId = path.2.parse().map_err(|_| Failure::NotFound)?;
    let (platform_no, now) = (member.platform.no, state.clock.now());
    let queue = move |conn: &mut AnyConn| queue_reconciliation(conn, platform_no, id, connection, now);
    let company = format!("/companies/{id}");
    match state.db.write(queue).await? {
        Ok(queued) => {
            state.wake.notify_one();
            let page = format!("{company}/connections/{connection}/reconciliations/{}", queued.id);
            Ok(html::see_other(&member.path(&page)))
        }
        Err(ReconcileRefused::Unknown(_)) => Err(Failure::NotFound),
        // The page offers it only where something is linked; access was lost meanwhile.
        Err(ReconcileRefused::NotLinked(_)) => {
            Ok(html::see_other(&member.path(&format!("{company}?done=unlinked"))))
        }
    }
}

/// A verdict as shape and words, or how far it is.
fn badge(of: &Reconciliation) -> Badge {
    let (class, mark, word) = match (of.verdict, of.state) {
        (None, ReconciliationState::Cancelled) => ("off", "■", "Cancelled"),
        (None, _) => ("waiting", "◌", "Comparing with Stripe"),
        (Some(Verdict::Ties), _) => ("done", "✓", "Ties to Stripe to the cent"),
        (Some(Verdict::Differs), _) => ("failed", "✗", "Differs from Stripe"),
        (Some(Verdict::Inconclusive), _) => ("off", "○", "Couldn't be compared this time"),
        (Some(Verdict::NotApplicable), _) => ("off", "○", "Can't be compared with Stripe"),
    };
    Badge { class, mark, word }
}

fn sentence(of: &Reconciliation) -> String {
    let counted = |count: i64, one: &str, many: &str| {
        format!("{} {}", words::count(count), if count == 1 { one } else { many })
    };
    match of.verdict {
        None if of.state == ReconciliationState::Cancelled => {
            "The connection was severed before the comparison ended.".to_owned()
        }
        None => "The comparison is under way. Reload the page to see what it comes to.".to_owned(),
        Some(Verdict::Ties) if of.repaired > 0 => format!(
            "Everything agrees with Stripe. {} found and repaired.",
            counted(of.repaired, "difference was", "differences were")
        ),
        Some(Verdict::Ties) => {
            "The transactions sum to Stripe's balance, each payout is the sum of its transactions, and every record says \
             what Stripe says."
                .to_owned()
        }
        Some(Verdict::Differs) => format!(
            "{} found, {} repaired.",
            counted(of.differences, "difference was", "differences were"),
            words::count(of.repaired)
        ),
        Some(Verdict::Inconclusive) => "It is tried again after the next read.".to_owned(),
        Some(Verdict::NotApplicable) => "There is nothing to compare the transactions with.".to_owned(),
    }
}

fn sum_row(sum: &Sum) -> SumRow {
    SumRow {
        currency: sum.currency,
        available: words::amount(sum.available_minor, sum.currency),
        pending: words::amount(sum.pending_minor, sum.currency),
        stored: words::amount(sum.stored_minor, sum.currency),
        ties: sum.ties(),
    }
}

fn difference_row(Found { difference, repaired }: &Found) -> DifferenceRow {
    let amount = |minor: Option<i64>| {
        let minor = minor.zip(difference.currency);
        minor.map_or_else(|| "—".to_owned(), |(minor, currency)| words::amount(minor, currency))
    };
    let currency = || difference.currency.map(|currency| currency.to_string()).unwrap_or_default();
    DifferenceRow {
        words: kind(difference.kind),
        about: difference.object_id.clone().unwrap_or_else(currency),
        beside: difference
            .related_id
            .clone()
            .filter(|id| difference.object_id.as_ref() != Some(id))
            .unwrap_or_default(),
        expected: amount(difference.expected_minor),
        found: amount(difference.found_minor),
        badge: match repaired {
            true => Badge { class: "done", mark: "✓", word: "Repaired" },
            false => Badge { class: "failed", mark: "✗", word: "Open" },
        },
    }
}

/// A kind of difference for people.
fn kind(kind: DifferenceKind) -> &'static str {
    match kind {
        DifferenceKind::Balance => "The transactions don't sum to Stripe's balance",
        DifferenceKind::Available => "The available part of the balance can't be right",
        DifferenceKind::Payout => "A payout isn't the sum of its transactions",
        DifferenceKind::TransactionMissing => "A transaction is missing",
        DifferenceKind::Net => "A transaction's net isn't its amount less its fee",
        DifferenceKind::Fee => "A transaction's fee isn't the sum of its parts",
        DifferenceKind::SourceMissing => "What caused a transaction is missing",
        DifferenceKind::Amount => "An amount differs from its transaction's",
        DifferenceKind::ObjectAltered => "A stored object was altered",
        DifferenceKind::ObjectAbsent => "Stripe no longer shows an object",
        DifferenceKind::RecordMissing => "A record is missing",
        DifferenceKind::RecordAltered => "A record was altered",
        DifferenceKind::RecordUnfounded => "A record has no object at Stripe",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tributary_core::{Millis, Resource};
    use tributary_db::reconciliations::Difference;

    fn of(verdict: Option<Verdict>, repaired: i64) -> Reconciliation {
        Reconciliation {
            id: ReconciliationId::random(),
            run_id: None,
            state: ReconciliationState::Ended,
            requested: Millis(0),
            ended: Some(Millis(1)),
            verdict,
            explanation: None,
            as_of: None,
            sums: Vec::new(),
            payouts: 0,
            objects: 0,
            differences: 3,
            repaired,
        }
    }

    #[test]
    fn a_verdict_is_said_in_plain_words() {
        assert_eq!(badge(&of(Some(Verdict::Ties), 0)).word, "Ties to Stripe to the cent");
        assert!(sentence(&of(Some(Verdict::Ties), 1)).contains("1 difference was found and repaired"));
        assert_eq!(sentence(&of(Some(Verdict::Differs), 2)), "3 differences were found, 2 repaired.");
        let under_way = Reconciliation { state: ReconciliationState::Running, ..of(None, 0) };
        assert_eq!(badge(&under_way).word, "Comparing with Stripe");
        for verdict in Verdict::ALL {
            assert!(!badge(&of(Some(*verdict), 0)).mark.is_empty());
        }
    }

    #[test]
    fn a_difference_names_what_it_is_about_with_all_digits() {
        let currency = "JPY".parse().unwrap();
        let about = Difference::of(DifferenceKind::Amount).about(Resource::Charges, "ch_1").beside("txn_1");
        let row = difference_row(&Found { difference: about.amounts(currency, 1000, -5), repaired: false });
        assert_eq!((row.about.as_str(), row.beside.as_str()), ("ch_1", "txn_1"));
        assert_eq!((row.expected.as_str(), row.found.as_str()), ("1,000 JPY", "\u{2212}5 JPY"));
        let sum = Difference::of(DifferenceKind::Balance).amounts(currency, 1, 2);
        assert_eq!(difference_row(&Found { difference: sum, repaired: true }).about, "JPY");
        let record =
            Difference::of(DifferenceKind::RecordAltered).about(Resource::Charges, "ch_1").beside("ch_1");
        assert_eq!(difference_row(&Found { difference: record, repaired: true }).beside, "");
    }
}
