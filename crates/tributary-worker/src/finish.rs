//! What follows when a resource was read to its end: unclear objects are read again, deleted customers looked up, what is
//! gone is buried, and datasets end. One resource after the other, beside the pulling of the rest.

use crate::held::RunError;
use crate::run::Active;
use crate::{plan, reread, settle, sweep};
use std::collections::BTreeSet;
use tokio::sync::mpsc;
use tributary_core::Resource;
use tributary_core::state::WindowState;
use tributary_db::events::inbox;
use tributary_db::windows;

/// Finishes resources as `settled` tells of them, until it ends.
pub(crate) async fn all(
    active: &Active<'_>,
    mut settled: mpsc::UnboundedReceiver<Resource>,
) -> Result<(), RunError> {
    let mut finished = BTreeSet::new();
    // What needs no resource is complete before anything is pulled.
    settle::settle(active, &finished).await?;
    while let Some(resource) = settled.recv().await {
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
