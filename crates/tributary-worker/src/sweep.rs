//! Absence: what a whole list no longer shows is gone (rule E7).

use crate::run::{Active, RunError, dead_credential};
use tributary_core::knowledge::Interval;
use tributary_core::{Mode, Resource};
use tributary_db::{records, source_objects, windows};
use tributary_stripe::ErrorKind;

/// Objects buried in one transaction.
const AT_ONCE: i64 = 500;

/// Buries what the run's windows of this resource did not show. The caller has checked that they showed
/// everything (`plan::sweeps`).
pub(crate) async fn resource(active: &Active<'_>, resource: Resource) -> Result<(), RunError> {
    let Some(as_of) = active.as_of else { return Ok(()) };
    let owner = active.owner;
    let now = active.context.clock.now().plus_ms(active.offset.ms());
    let interval = Interval { from: as_of, to: now.max(as_of) };
    loop {
        let buried = active
            .commit(move |conn, modified| {
                let gone = source_objects::unseen_since(conn, owner.connection_no, resource, as_of, AT_ONCE)?;
                source_objects::bury(conn, owner.connection_no, resource, interval, &gone)?;
                records::bury(conn, owner, modified.0, resource, &gone)?;
                Ok(gone.len())
            })
            .await?;
        if buried == 0 {
            return Ok(());
        }
        tracing::info!(connection.no = owner.connection_no.0, %resource, objects = buried, "gone from Stripe");
    }
}

/// Whether somebody deleted all test data: then objects that can't be deleted one by one are gone by id.
/// The ledger, of which runs read only what is new, has to be read whole then.
pub(crate) async fn is_wiped(active: &mut Active<'_>) -> Result<bool, RunError> {
    let connection = active.owner.connection_no;
    if active.mode == Mode::Live {
        return Ok(false);
    }
    let known = active.context.db.read(move |conn| {
        if windows::covered_until_ms(conn, connection, Resource::BalanceTransactions)?.is_none() {
            return Ok(Vec::new());
        }
        let mut known = Vec::new();
        for resource in [Resource::Charges, Resource::Customers, Resource::Products] {
            if let Some((id, _)) = source_objects::newest(conn, connection, resource)? {
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
async fn is_gone(active: &mut Active<'_>, resource: Resource, id: &str) -> Result<bool, RunError> {
    loop {
        let stripe = active.context.stripe.clone();
        let answer = tokio::select! {
            answer = stripe.retrieve(&active.auth, resource, id) => answer,
            () = active.stop.cancelled() => return Err(RunError::Stopping),
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
