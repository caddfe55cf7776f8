//! Reconciliation: whether what is stored of a connection ties to Stripe's balance and payouts, to the minor unit
//! (rule E16, docs/reconciliation.md).
//!
//! Payouts' lists are asked for first, once each, and kept ([`payouts`]). Then everything is looked at ([`examine`]):
//! the balance and the ledger at one instant, each payout, each stored object with its records ([`survey`]). What
//! doesn't agree is named by pure functions ([`judge`]), noted, mended ([`repair`]) and looked at again. A worker that is
//! killed leaves the reconciliation open: the next one begins anew, with the payouts' lists that are known by then and
//! whatever was mended.

mod ask;
mod bookings;
mod examine;
mod halt;
mod judge;
mod payouts;
mod repair;
mod survey;
#[cfg(test)]
mod tests;

use crate::WorkerContext;
use crate::clock_offset::ClockOffset;
use crate::held::{Held, RunError, pause};
use ask::Asking;
use examine::Look;
use halt::Halt;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use tributary_core::Resource;
use tributary_core::ids::ReconciliationId;
use tributary_core::reconciliation::{DifferenceKind, Verdict};
use tributary_core::state::ConnectionStatus;
use tributary_db::connections::{self, Connection};
use tributary_db::leases::Lease;
use tributary_db::reconciliations::{self, Difference, Found, Outcome};
use tributary_db::use_cases::{self, Judged};
use tributary_db::{AnyConn, windows};

/// How often everything is looked at: before repairs; after those of what was found; after the whole ledger was listed
/// again; and after what that brought to light was read.
const LOOKS: usize = 4;

/// After the last reading, before a look: what was read before the ledger is pulled must be known to be older
/// (rule E1 adds a second to each reading), or it isn't held against the ledger.
const AFTER_READINGS: Duration = Duration::from_millis(1_200);

/// What there is to do after a reconciliation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum After {
    /// It gave way to data types that wait to be read, and is to be taken up again.
    GaveWay,
    /// It ended, or there was none, or the service stops.
    NothingLeft,
}

/// Carries out the connection's reconciliation, if one was asked for.
pub(crate) async fn drive(
    context: &WorkerContext,
    lease: &Lease,
    stop: &CancellationToken,
) -> Result<After, RunError> {
    let no = lease.connection_no;
    let open = move |conn: &mut AnyConn| {
        Ok(reconciliations::open(conn, no)?.zip(connections::find_by_no(conn, no)?))
    };
    let Some((open, connection)) = context.db.read(open).await? else { return Ok(After::NothingLeft) };
    if connection.status != ConnectionStatus::Linked {
        // Severed meanwhile: there is nothing to compare with.
        let cancel = move |conn: &mut AnyConn| {
            let now = tributary_db::leases::now(conn)?;
            reconciliations::cancel(conn, no, now)
        };
        context.db.write(cancel).await?;
        return Ok(After::NothingLeft);
    }
    if connection.paused.is_some() {
        // It waits: only what needs nothing of Stripe's is done meanwhile.
        return Ok(After::NothingLeft);
    }
    if connection.paused.is_some() {
        // It waits until the connection is resumed.
        return Ok(After::NothingLeft);
    }
    let held = Held::open(context, lease.clone(), &connection, stop).await?;
    let id = open.id;
    held.commit(move |conn, _| reconciliations::begin(conn, no, id)).await?;
    let mut work = Work { id, connection: &connection, held: &held, found: Vec::new(), last: None };
    let mut asking = Asking { held: &held, offset: ClockOffset::default() };
    match work.carry_out(&mut asking).await {
        Ok(()) => Ok(After::NothingLeft),
        Err(Halt::GivesWay) => Ok(After::GaveWay),
        Err(Halt::Inconclusive(why)) => {
            tracing::info!(connection.id = %connection.id, why, "the reconciliation is inconclusive");
            work.halted(Verdict::Inconclusive, why).await?;
            Ok(After::NothingLeft)
        }
        Err(Halt::NotApplicable(why)) => {
            work.halted(Verdict::NotApplicable, why).await?;
            Ok(After::NothingLeft)
        }
        Err(Halt::Run(RunError::Stopping)) => Ok(After::NothingLeft),
        Err(Halt::Run(RunError::Deauthorized(reason))) => {
            held.deauthorize(reason).await?;
            Ok(After::NothingLeft)
        }
        Err(Halt::Run(error)) => Err(error),
    }
}

/// A reconciliation under way.
struct Work<'a> {
    id: ReconciliationId,
    connection: &'a Connection,
    held: &'a Held<'a>,
    /// What any look found.
    found: Vec<Found>,
    /// What the last look came to, and how many differences it had that aren't listed.
    last: Option<(Outcome, usize)>,
}

impl Work<'_> {
    async fn carry_out(&mut self, asking: &mut Asking<'_>) -> Result<(), Halt> {
        self.check_that_it_applies().await?;
        payouts::list_all(asking).await?;
        for nth in 1..=LOOKS {
            pause(AFTER_READINGS, self.held.stop).await?;
            let mut look = examine::look(asking).await?;
            catch_up(asking, &mut look).await?;
            let differences = look.survey.differences.clone();
            let has_ended = differences.is_empty() || nth == LOOKS;
            self.note(look, has_ended).await?;
            if has_ended {
                return Ok(());
            }
            repair::mend(asking, &differences, nth == 1).await?;
        }
        Ok(())
    }

    /// A balance is the sum of the whole ledger.
    async fn check_that_it_applies(&self) -> Result<(), Halt> {
        let no = self.connection.no;
        let ledger = Resource::BalanceTransactions;
        let covered = self.held.context.db.read(move |conn| windows::covered_until_ms(conn, no, ledger, 0));
        match covered.await? {
            Some(_) => Ok(()),
            None => Err(Halt::NotApplicable(
                "Transactions weren't read to their end yet, or only a part of their history is kept."
                    .to_owned(),
            )),
        }
    }

    /// Adds what a look showed to what was found before, and notes it.
    async fn note(&mut self, look: Look, has_ended: bool) -> Result<(), RunError> {
        merge(&mut self.found, &look.survey.differences);
        let open = look.survey.differences.len() + look.survey.unlisted;
        let outcome = Outcome {
            verdict: if open == 0 { Verdict::Ties } else { Verdict::Differs },
            explanation: explanation(&look.survey.differences, open),
            as_of: Some(look.as_of),
            sums: look.sums,
            payouts: look.payouts,
            objects: look.survey.objects,
        };
        let (verdict, repaired) = (outcome.verdict, self.found.iter().filter(|it| it.repaired).count());
        tracing::info!(connection.id = %self.connection.id, %verdict, differences = open, repaired, "reconciled");
        self.last = Some((outcome, look.survey.unlisted));
        self.write(has_ended).await
    }

    /// It goes no further. What was found by then stands.
    async fn halted(&mut self, verdict: Verdict, why: String) -> Result<(), RunError> {
        if self.last.is_none() {
            self.last = Some((Outcome::without_comparison(verdict, why), 0));
        }
        self.write(true).await
    }

    async fn write(&self, has_ended: bool) -> Result<(), RunError> {
        let Some((outcome, unlisted)) = self.last.clone() else { return Ok(()) };
        let (urls, connection, id) = (self.held.context.urls.clone(), self.connection.clone(), self.id);
        let found = self.found.clone();
        self.held
            .commit(move |conn, now| {
                let judged = Judged { outcome: &outcome, found: &found, unlisted, has_ended };
                use_cases::judge_reconciliation(conn, &urls, &connection, id, &judged, now)
            })
            .await
    }
}

/// Reads what the ledger names and is newer than its list's last reading. What Stripe doesn't have is a difference.
async fn catch_up(asking: &mut Asking<'_>, look: &mut Look) -> Result<(), Halt> {
    for (resource, id) in std::mem::take(&mut look.survey.lagging) {
        if !asking.object(resource, &id).await? {
            let missing = Difference::of(DifferenceKind::SourceMissing).about(resource, &id);
            look.survey.differences.push(missing);
        }
    }
    Ok(())
}

/// Adds what a look found to what earlier ones found: what it doesn't find any more is repaired.
fn merge(found: &mut Vec<Found>, differences: &[Difference]) {
    for earlier in found.iter_mut() {
        earlier.repaired = !differences.iter().any(|now| now.is_about_the_same(&earlier.difference));
    }
    for difference in differences {
        match found.iter_mut().find(|earlier| earlier.difference.is_about_the_same(difference)) {
            Some(earlier) => earlier.difference = difference.clone(),
            None => found.push(Found { difference: difference.clone(), repaired: false }),
        }
    }
}

/// What doesn't tie, for people; none where all does.
fn explanation(differences: &[Difference], count: usize) -> Option<String> {
    let first = differences.first()?;
    let about = match (&first.object_id, first.currency) {
        (Some(id), _) => format!(" ({id})"),
        (None, Some(currency)) => format!(" ({currency})"),
        (None, None) => String::new(),
    };
    let noun = if count == 1 { "difference" } else { "differences" };
    Some(format!("{count} {noun} found; the first: {}{about}", first.kind))
}
