//! Absence: what a whole list no longer shows is gone (rule E7).

use crate::held::{RunError, dead_credential};
use crate::run::Active;
use tributary_core::knowledge::Interval;
use tributary_core::{Millis, Mode, Resource};
use tributary_db::windows::{self, Window};
use tributary_db::{AnyConn, DbError, records, source_objects};
use tributary_stripe::ErrorKind;

/// Objects buried in one transaction.
const AT_ONCE: i64 = 500;

/// Buries what the run's windows of this resource did not show. The caller has checked that they showed
/// everything (`plan::sweeps`).
pub(crate) async fn resource(active: &Active<'_>, window: &Window) -> Result<(), RunError> {
    let (connection, resource) = (active.held.owner.connection_no, window.resource);
    // In live mode only drafts of invoices can be deleted.
    let only_drafts = resource == Resource::Invoices && active.held.mode == Mode::Live;
    bury(active, window, "gone from Stripe", move |conn, as_of| {
        if only_drafts {
            return source_objects::unseen_drafts_since(conn, connection, as_of, AT_ONCE);
        }
        source_objects::unseen_since(conn, connection, resource, as_of, AT_ONCE)
    })
    .await
}

/// Buries what was created before the window's bound: it is no longer kept. Stripe still has it, so that a bound that
/// moves back brings it back.
pub(crate) async fn outside(active: &Active<'_>, window: &Window) -> Result<(), RunError> {
    let (connection, resource, bound_secs) =
        (active.held.owner.connection_no, window.resource, window.bound_secs);
    if bound_secs == 0 {
        return Ok(());
    }
    bury(active, window, "older than what is kept", move |conn, _| {
        source_objects::created_before(conn, connection, resource, bound_secs, AT_ONCE)
    })
    .await
}

/// Buries what `find` finds, as of the run's `as_of`, until it finds nothing: each time it is asked for `AT_ONCE` that
/// still live.
async fn bury<F>(active: &Active<'_>, window: &Window, why: &str, find: F) -> Result<(), RunError>
where
    F: Fn(&mut AnyConn, Millis) -> Result<Vec<String>, DbError> + Copy + Send + 'static,
{
    let Some(as_of) = active.clocks.as_of() else { return Ok(()) };
    let (owner, run, place) = (active.held.owner, active.run, (window.resource, window.n));
    let now = active.held.context.clock.now().plus_ms(active.clocks.offset_ms());
    let interval = Interval { from: as_of, to: now.max(as_of) };
    loop {
        let buried = active
            .held
            .commit(move |conn, modified| {
                let gone = find(conn, as_of)?;
                source_objects::bury(conn, owner.connection_no, place.0, interval, &gone)?;
                let records = records::bury(conn, owner, modified.0, place.0, &gone)?;
                windows::add_changed(conn, owner.connection_no, run, place, records)?;
                Ok(gone.len())
            })
            .await?;
        if buried == 0 {
            return Ok(());
        }
        tracing::info!(connection.no = owner.connection_no.0, resource = %place.0, objects = buried, "{why}");
    }
}

/// Whether somebody deleted all test data: then objects that can't be deleted one by one are gone by id.
/// The ledger, of which runs read only what is new, has to be read whole then.
pub(crate) async fn is_wiped(active: &Active<'_>, ledger_bound_secs: i64) -> Result<bool, RunError> {
    let connection = active.held.owner.connection_no;
    if active.held.mode == Mode::Live {
        return Ok(false);
    }
    let known = active.held.context.db.read(move |conn| {
        // A ledger that has to be read whole anyway needs no proof.
        let ledger = Resource::BalanceTransactions;
        let Some(covered_ms) = windows::covered_until_ms(conn, connection, ledger, ledger_bound_secs)? else {
            return Ok(Vec::new());
        };
        // What events have brought since was made after the deletion, perhaps, and would hide it.
        let before_secs = covered_ms / 1000;
        let mut known = Vec::new();
        for resource in [Resource::Charges, Resource::Customers, Resource::Products] {
            if let Some((id, _)) = source_objects::newest(conn, connection, resource, Some(before_secs))? {
                known.push((resource, id));
            }
        }
        Ok(known)
    });
    for (resource, id) in known.await? {
        if is_gone(active, resource, &id).await? {
            tracing::info!(connection.no = connection.0, %resource, "the newest object is gone: test data was deleted");
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether Stripe knows the id no more. What the credential may not read counts as there.
async fn is_gone(active: &Active<'_>, resource: Resource, id: &str) -> Result<bool, RunError> {
    loop {
        let stripe = active.stripe.clone();
        let answer = tokio::select! {
            answer = stripe.retrieve(&active.held.auth, resource, id) => answer,
            () = active.held.stop.cancelled() => return Err(RunError::Stopping),
        };
        let Err(error) = answer else { return Ok(false) };
        if matches!(error.kind, ErrorKind::NotFound { .. }) {
            return Ok(true);
        }
        if let Some(dead) = dead_credential(&error) {
            return Err(dead);
        }
        if !active.wait_for_recovery(&error).await? {
            return Ok(false);
        }
    }
}
