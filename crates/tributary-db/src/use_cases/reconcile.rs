//! Asking whether records tie to Stripe's, and noting the answer so that each change of it is told once.

use crate::conn::AnyConn;
use crate::connections::{self, Connection};
use crate::error::DbError;
use crate::reconciliations::{self, Found, Outcome, Reconciliation};
use crate::windows::{self, Window};
use crate::{bulk::Owner, messages};
use tributary_core::ids::{CompanyId, ConnectionId, ConnectionNo, PlatformNo, ReconciliationId, RunId};
use tributary_core::reconciliation::Verdict;
use tributary_core::state::{ConnectionStatus, WindowState};
use tributary_core::{Millis, PublicUrls, Resource};

/// Why a connection can't be reconciled. Nothing was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReconcileRefused {
    /// The company has no such connection.
    #[error("Data connection {0} not found")]
    Unknown(ConnectionId),
    /// There is no access to Stripe.
    #[error("only a Linked connection can be reconciled: this one is {0}")]
    NotLinked(ConnectionStatus),
}

/// Asks for a reconciliation of a Linked connection; one that hasn't ended is what was asked for.
pub fn queue_reconciliation(
    conn: &mut AnyConn,
    platform_no: PlatformNo,
    company_id: CompanyId,
    id: ConnectionId,
    now: Millis,
) -> Result<Result<Reconciliation, ReconcileRefused>, DbError> {
    let Some(connection) = connections::find(conn, platform_no, company_id, id)? else {
        return Ok(Err(ReconcileRefused::Unknown(id)));
    };
    if connection.status != ConnectionStatus::Linked {
        return Ok(Err(ReconcileRefused::NotLinked(connection.status)));
    }
    reconciliations::queue(conn, &connection, None, now).map(Ok)
}

/// Asks for a reconciliation after a run that read the ledger, in the transaction that ends it. Where the run shows
/// already that there is nothing to compare with, that is its outcome.
pub fn reconcile_after_run(
    conn: &mut AnyConn,
    urls: &PublicUrls,
    connection_no: ConnectionNo,
    run: RunId,
    now: Millis,
) -> Result<(), DbError> {
    let Some(connection) = connections::find_by_no(conn, connection_no)? else { return Ok(()) };
    let windows = windows::of_run(conn, connection_no, run)?;
    let ledger: Vec<&Window> =
        windows.iter().filter(|window| window.resource == Resource::BalanceTransactions).collect();
    if ledger.is_empty() || connection.status != ConnectionStatus::Linked {
        return Ok(());
    }
    let queued = reconciliations::queue(conn, &connection, Some(run), now)?;
    match without_comparison(&ledger) {
        Some(outcome) => {
            let judged = Judged { outcome: &outcome, found: &[], unlisted: 0, has_ended: true };
            judge_reconciliation(conn, urls, &connection, queued.id, &judged, now)
        }
        None => Ok(()),
    }
}

/// Why a ledger that was read through these windows can't be compared with the balance; none where it can.
fn without_comparison(ledger: &[&Window]) -> Option<Outcome> {
    let problem = |window: &Window| window.problem.clone().unwrap_or_default();
    let of = |state: WindowState| ledger.iter().find(|window| window.state == state);
    if let Some(window) = of(WindowState::Forbidden) {
        return Some(Outcome::without_comparison(Verdict::NotApplicable, problem(window)));
    }
    if let Some(window) = of(WindowState::Failed) {
        return Some(Outcome::without_comparison(Verdict::Inconclusive, problem(window)));
    }
    ledger.iter().any(|window| window.bound_secs > 0).then(bounded)
}

/// Of a ledger of which only a part is kept.
fn bounded() -> Outcome {
    let explanation =
        "Only a part of the history of transactions is kept, and a balance is the sum of all of it.";
    Outcome::without_comparison(Verdict::NotApplicable, explanation.to_owned())
}

/// What a reconciliation has found by now.
#[derive(Clone, Copy, Debug)]
pub struct Judged<'a> {
    /// What it comes to.
    pub outcome: &'a Outcome,
    /// The differences.
    pub found: &'a [Found],
    /// How many more there are.
    pub unlisted: usize,
    /// Whether that is the end of it; otherwise repairs follow.
    pub has_ended: bool,
}

/// Notes what a reconciliation has found. Where another verdict stands for the connection from now on, that is told;
/// an inconclusive one says nothing and changes nothing.
pub fn judge_reconciliation(
    conn: &mut AnyConn,
    urls: &PublicUrls,
    connection: &Connection,
    id: ReconciliationId,
    judged: &Judged<'_>,
    now: Millis,
) -> Result<(), DbError> {
    let before = reconciliations::standing(conn, connection.no)?.and_then(|standing| standing.verdict);
    let owner = Owner { connection_no: connection.no, platform_no: connection.platform_no };
    reconciliations::write_differences(conn, connection.no, id, judged.found, judged.unlisted)?;
    let ended = judged.has_ended.then_some(now);
    reconciliations::note(conn, owner, id, judged.outcome, ended)?;
    let verdict = judged.outcome.verdict;
    if verdict == Verdict::Inconclusive || before == Some(verdict) {
        return Ok(());
    }
    match reconciliations::find(conn, connection.no, id)? {
        Some(noted) => messages::verdict_changed(conn, urls, connection, &noted, (before, verdict), now),
        None => Ok(()),
    }
}
