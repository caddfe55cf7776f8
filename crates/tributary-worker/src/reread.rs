//! Reading single objects: those whose order of change can't be known (rule E1), and deleted customers that
//! payments still name (rule E6).

use crate::commit::{self, Batch};
use crate::held::{RunError, dead_credential, pause};
use crate::run::Active;
use futures::stream::{self, StreamExt};
use std::time::{Duration, Instant};
use tributary_core::Resource;
use tributary_core::knowledge::Source;
use tributary_db::bulk::Rows;
use tributary_db::rereads::{self, CLEAR_AFTER_MS};
use tributary_db::{leases, source_objects, windows};
use tributary_stripe::{Answer, Auth, Client, Error, ErrorKind, Object, RawObject};

/// Objects looked up in the database at once, read, and stored in one commit.
const AT_ONCE: i64 = 100;

/// How often the list of unclear objects of one resource is gone through.
const ROUNDS_MAX: u32 = 1_000;

/// Objects that a connection reads by their ids at once. Stripe's limits are kept elsewhere.
pub(crate) const READS_AT_ONCE: usize = 16;

/// An object that is to be read, and when that was asked for by the database's clock (UTC milliseconds).
struct Asked {
    id: String,
    requested_ms: i64,
}

/// Reads again what the resource's pages left unclear. Entries of the ledger that events name and nobody has stored are
/// left to the event lane, which lists them.
pub(crate) async fn of_resource(active: &Active<'_>, resource: Resource) -> Result<(), RunError> {
    for _ in 0..ROUNDS_MAX {
        let connection = active.held.owner.connection_no;
        let waiting = move |conn: &mut _| {
            let waiting = rereads::waiting(conn, connection, resource, resource.is_immutable(), AT_ONCE)?;
            Ok((waiting, leases::now(conn)?))
        };
        let (waiting, now) = active.held.context.db.read(waiting).await?;
        let Some(latest) = waiting.iter().map(|one| one.due_ms).max() else { return Ok(()) };
        // What has failed before may be due much later, but a run ends with it.
        let wait_ms = (latest - now.0).clamp(0, CLEAR_AFTER_MS);
        pause(Duration::from_millis(wait_ms.unsigned_abs()), active.held.stop).await?;
        let asked = waiting.into_iter().map(|one| Asked { id: one.id, requested_ms: one.requested_ms });
        if !read(active, resource, asked.collect()).await? {
            // What can't be read now stays on the list for the next run.
            return Ok(());
        }
    }
    Ok(())
}

/// Reads the customers that payments name and no list has shown: Stripe shows deleted ones by id only. Says how long it took to
/// find them.
pub(crate) async fn unlisted_customers(active: &Active<'_>) -> Result<Duration, RunError> {
    let (mut after, mut searched) = (String::new(), Duration::ZERO);
    loop {
        let began = Instant::now();
        let (connection, from) = (active.held.owner.connection_no, after.clone());
        let unlisted = active
            .held
            .context
            .db
            .read(move |conn| source_objects::unlisted_customers(conn, connection, &from, AT_ONCE))
            .await?;
        searched += began.elapsed();
        let Some(last) = unlisted.last() else { return Ok(searched) };
        after.clone_from(last);
        let asked = unlisted.into_iter().map(|id| Asked { id, requested_ms: 0 }).collect();
        if !read(active, Resource::Customers, asked).await? {
            return Ok(searched);
        }
    }
}

/// Reads objects and stores what they say; a missing one becomes a tombstone. Strikes each off the list that was not
/// asked for again. Says no when Stripe refuses one, for now or for this credential.
async fn read(active: &Active<'_>, resource: Resource, asked: Vec<Asked>) -> Result<bool, RunError> {
    let reads = stream::iter(asked)
        .map(|one| async move {
            let sent = active.held.context.clock.now();
            let answer = retrieve(&active.stripe, &active.held.auth, resource, &one.id).await;
            (one, sent, active.held.context.clock.now(), answer)
        })
        .buffer_unordered(READS_AT_ONCE)
        .collect::<Vec<_>>();
    let reads = tokio::select! {
        reads = reads => reads,
        () = active.held.stop.cancelled() => return Err(RunError::Stopping),
    };
    let (mut done, mut batches, mut are_all_read) = (Vec::new(), Vec::new(), true);
    for (one, sent, received, answer) in reads {
        let (mut batch, interval) = match answer {
            Ok(answer) => {
                active.clocks.observe(answer.sent_at, answer.received_at, answer.date);
                let mut batch = Batch::new(resource);
                batch.add(&answer.body.object());
                (batch, active.clocks.interval(answer.sent_at, answer.received_at))
            }
            Err(error) if matches!(error.kind, ErrorKind::NotFound { .. }) => {
                (stub(resource, &one.id), active.clocks.interval(sent, received))
            }
            Err(error) => {
                if let Some(dead) = dead_credential(&error) {
                    return Err(dead);
                }
                tracing::warn!(connection.no = active.held.owner.connection_no.0, %resource, %error, "an object can't be read again");
                are_all_read = false;
                continue;
            }
        };
        batch.interval = interval;
        batches.push(batch);
        done.push(one);
    }
    store(active, resource, done, batches).await?;
    Ok(are_all_read)
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
    resource: Resource,
    done: Vec<Asked>,
    batches: Vec<Batch>,
) -> Result<(), RunError> {
    let (owner, run) = (active.held.owner, active.run);
    active
        .held
        .commit(move |conn, modified| {
            // Struck off first: if the order is still unclear, storing asks again.
            for one in &done {
                rereads::done(conn, owner.connection_no, resource, &one.id, one.requested_ms)?;
            }
            for batch in &batches {
                windows::note(conn, owner.connection_no, run, (resource, 0), &batch.notes)?;
            }
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
