//! What follows when a resource was read to its end: unclear objects are read again, deleted customers looked up, what is
//! gone is buried, and datasets end. One resource after the other, beside the pulling of the rest.

use crate::held::RunError;
use crate::run::Active;
use crate::{plan, reread, settle, sweep};
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};
use tributary_core::Resource;
use tributary_core::state::WindowState;
use tributary_db::events::inbox;
use tributary_db::windows;

/// How often customers are looked up while payments are still read…
const LOOK_UP_EVERY: Duration = Duration::from_secs(1);

/// …but after so many times what the last search took, as a long history takes long to be gone through.
const LOOK_UP_SHARE: u32 = 5;

/// Finishes resources as `settled` tells of them, until it ends.
pub(crate) async fn all(
    active: &Active<'_>,
    mut settled: mpsc::UnboundedReceiver<Resource>,
) -> Result<(), RunError> {
    let mut finished = BTreeSet::new();
    // What needs no resource is complete before anything is pulled.
    settle::settle(active, &finished).await?;
    let mut look_ups_at = Instant::now();
    loop {
        let told = tokio::select! {
            told = settled.recv() => told,
            () = sleep_until(look_ups_at), if may_look_up_customers(active, &finished) => {
                look_ups_at = look_up_customers_so_far(active).await?;
                continue;
            }
        };
        let Some(resource) = told else { break };
        let mut more = vec![resource];
        while let Ok(another) = settled.try_recv() {
            more.push(another);
        }
        for resource in more {
            finish(active, resource, &finished).await?;
            finished.insert(resource);
        }
        settle::settle(active, &finished).await?;
    }
    Ok(())
}

/// Whether deleted customers may be looked up before the last payment was read: in a first run, which would have to wait
/// for them in the end, and whose list of customers is all there is.
fn may_look_up_customers(active: &Active<'_>, finished: &BTreeSet<Resource>) -> bool {
    active.is_first && finished.contains(&Resource::Customers) && !finished.contains(&Resource::Charges)
}

/// Looks up customers that the payments so far name and no list has shown; says when to do so again.
async fn look_up_customers_so_far(active: &Active<'_>) -> Result<Instant, RunError> {
    let (connection, run) = (active.held.owner.connection_no, active.run);
    let windows = active.held.context.db.read(move |conn| windows::of_run(conn, connection, run)).await?;
    let mut searched = Duration::ZERO;
    if plan::has_all_customers(&plan::together(&windows)) {
        searched = reread::unlisted_customers(active).await?;
    }
    Ok(Instant::now() + LOOK_UP_EVERY.max(LOOK_UP_SHARE * searched))
}

async fn finish(
    active: &Active<'_>,
    resource: Resource,
    finished: &BTreeSet<Resource>,
) -> Result<(), RunError> {
    let (connection, run) = (active.held.owner.connection_no, active.run);
    let windows = active.held.context.db.read(move |conn| windows::of_run(conn, connection, run)).await?;
    let wholes = plan::together(&windows);
    let whole = wholes.iter().find(|whole| whole.resource == resource);
    let whole = whole.ok_or(RunError::Inconsistent("a window is gone"))?;
    if whole.state != WindowState::Done {
        return Ok(());
    }
    reread::of_resource(active, resource).await?;
    if plan::looks_up_customers(resource, &wholes, finished) {
        reread::unlisted_customers(active).await?;
    }
    // A first run misses nothing, unless events brought something before it began.
    if !active.is_first || has_heard(active).await? {
        sweep::outside(active, whole).await?;
        if plan::sweeps(whole, active.held.mode) {
            sweep::resource(active, whole).await?;
        }
    }
    Ok(())
}

/// Whether an event came of something that happened before the run began.
async fn has_heard(active: &Active<'_>) -> Result<bool, RunError> {
    let Some(as_of) = active.clocks.as_of() else { return Ok(false) };
    let connection = active.held.owner.connection_no;
    Ok(active.held.context.db.read(move |conn| inbox::heard_before(conn, connection, as_of)).await?)
}
