//! Reading single objects: those whose order of change can't be known (rule E1), and deleted customers that
//! payments still name (rule E6).

use crate::commit::{self, Batch};
use crate::held::{RunError, dead_credential, pause};
use crate::run::Active;
use std::time::Duration;
use tributary_core::Resource;
use tributary_core::knowledge::{Interval, Source};
use tributary_db::bulk::Rows;
use tributary_db::rereads::{self, CLEAR_AFTER_MS};
use tributary_db::{leases, source_objects, windows};
use tributary_stripe::{Answer, Auth, Client, Error, ErrorKind, Object, RawObject};

/// Objects looked up in the database at once.
const AT_ONCE: i64 = 100;

/// How often the list of unclear objects of one resource is gone through.
const ROUNDS_MAX: u32 = 1_000;

/// Reads again what the resource's pages left unclear.
pub(crate) async fn of_resource(active: &Active<'_>, resource: Resource) -> Result<(), RunError> {
    // What never changes is never unclear: of it only events ask for entries that they name, and have them listed.
    if resource.is_immutable() {
        return Ok(());
    }
    for _ in 0..ROUNDS_MAX {
        let connection = active.held.owner.connection_no;
        let waiting = move |conn: &mut _| {
            let waiting = rereads::waiting(conn, connection, resource, AT_ONCE)?;
            Ok((waiting, leases::now(conn)?))
        };
        let (waiting, now) = active.held.context.db.read(waiting).await?;
        let Some(latest) = waiting.iter().map(|one| one.due_ms).max() else { return Ok(()) };
        // What has failed before may be due much later, but a run ends with it.
        let wait_ms = (latest - now.0).clamp(0, CLEAR_AFTER_MS);
        pause(Duration::from_millis(wait_ms.unsigned_abs()), active.held.stop).await?;
        for one in waiting {
            if !read_one(active, resource, &one.id, one.requested_ms).await? {
                // What can't be read now stays on the list for the next run.
                return Ok(());
            }
        }
    }
    Ok(())
}

/// Reads the customers that payments name and no list has shown: Stripe shows deleted ones by id only.
pub(crate) async fn unlisted_customers(active: &Active<'_>) -> Result<(), RunError> {
    let mut after = String::new();
    loop {
        let (connection, from) = (active.held.owner.connection_no, after.clone());
        let unlisted = active
            .held
            .context
            .db
            .read(move |conn| source_objects::unlisted_customers(conn, connection, &from, AT_ONCE))
            .await?;
        let Some(last) = unlisted.last() else { return Ok(()) };
        after.clone_from(last);
        for id in unlisted {
            if !read_one(active, Resource::Customers, &id, 0).await? {
                return Ok(());
            }
        }
    }
}

/// Reads one object and stores what it says; a missing one becomes a tombstone. Strikes it off the list if it was asked
/// for at `requested_ms` and not again. Says no when Stripe refuses for now or for this credential.
async fn read_one(
    active: &Active<'_>,
    resource: Resource,
    id: &str,
    requested_ms: i64,
) -> Result<bool, RunError> {
    let sent = active.held.context.clock.now();
    let stripe = active.stripe.clone();
    let answer = tokio::select! {
        answer = retrieve(&stripe, &active.held.auth, resource, id) => answer,
        () = active.held.stop.cancelled() => return Err(RunError::Stopping),
    };
    let (batch, interval) = match answer {
        Ok(answer) => {
            active.clocks.observe(answer.sent_at, answer.received_at, answer.date);
            let mut batch = Batch::new(resource);
            batch.add(&answer.body.object());
            (batch, active.clocks.interval(answer.sent_at, answer.received_at))
        }
        Err(error) if matches!(error.kind, ErrorKind::NotFound { .. }) => {
            (stub(resource, id), active.clocks.interval(sent, active.held.context.clock.now()))
        }
        Err(error) => {
            if let Some(dead) = dead_credential(&error) {
                return Err(dead);
            }
            tracing::warn!(connection.no = active.held.owner.connection_no.0, %resource, %error, "an object can't be read again");
            return Ok(false);
        }
    };
    store(active, (resource, id, requested_ms), batch, interval).await?;
    Ok(true)
}

/// Asks Stripe for one object, or for the one object of a singleton.
pub(crate) async fn retrieve(
    stripe: &Client,
    auth: &Auth,
    resource: Resource,
    id: &str,
) -> Result<Answer<RawObject>, Error> {
    if resource.is_singleton() {
        stripe.singleton(auth, resource).await
    } else {
        stripe.retrieve(auth, resource, id).await
    }
}

async fn store(
    active: &Active<'_>,
    (resource, id, requested_ms): (Resource, &str, i64),
    mut batch: Batch,
    interval: Interval,
) -> Result<(), RunError> {
    batch.interval = interval;
    let (owner, run, id, batches) = (active.held.owner, active.run, id.to_owned(), [batch]);
    active
        .held
        .commit(move |conn, modified| {
            // Struck off first: if the order is still unclear, storing asks again.
            rereads::done(conn, owner.connection_no, resource, &id, requested_ms)?;
            windows::note(conn, owner.connection_no, run, (resource, 0), &batches[0].notes)?;
            commit::write(conn, owner, modified, resource, Source::Read, &batches, Rows::Any).map(|_| ())
        })
        .await
}

/// What Stripe would say of a deleted object.
pub(crate) fn stub_text(id: &str) -> String {
    serde_json::json!({ "id": id, "deleted": true }).to_string()
}

fn stub(resource: Resource, id: &str) -> Batch {
    let raw = stub_text(id);
    let mut batch = Batch::new(resource);
    match Object::parse(&raw) {
        Ok(object) => batch.add(&object),
        Err(error) => batch.problem(id, error.to_string()),
    }
    batch
}
