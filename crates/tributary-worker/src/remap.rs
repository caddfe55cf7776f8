//! Making records anew from what is stored of Stripe's objects: after a change of the mapping, and where a record
//! doesn't say what it should. Stripe isn't asked. Rows that are as they should be stay untouched, and so does their
//! `modified_ms` (rule E9).

use crate::WorkerContext;
use crate::follows::{Follows, Span};
use crate::held::RunError;
use crate::hold;
use std::collections::{BTreeMap, HashSet};
use tokio_util::sync::CancellationToken;
use tributary_core::{Millis, Resource};
use tributary_db::bulk::{Owner, Rows};
use tributary_db::leases::{self, Lease};
use tributary_db::records::{self, BEYOND_ALL_IDS};
use tributary_db::remaps::{self, Remap, Step};
use tributary_db::{AnyConn, DbError, compare, connections, source_objects};

/// Objects in one transaction: so few that SQLite's one writer isn't taken for long (rule E17).
const PAGE: usize = 200;

/// Pages of one resource, at most.
const PAGES_MAX: usize = 1_000_000;

/// What became of some objects' rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Made {
    /// Rows written, changed or buried.
    pub(crate) changed: usize,
    /// Objects that can't be mapped. Their rows stay.
    pub(crate) unmapped: usize,
}

/// Makes the rows of objects of one list anew: of all that live in the span.
pub(crate) fn make_anew<'a>(
    conn: &mut AnyConn,
    (owner, modified): (Owner, Millis),
    resource: Resource,
    objects: impl Iterator<Item = (&'a str, &'a str)>,
    span: Span<'_>,
) -> Result<Made, DbError> {
    let follows = Follows::of(resource, objects);
    let compared = follows.compare(conn, owner.connection_no, span)?;
    let mut distrusted: BTreeMap<&'static str, Vec<&str>> = BTreeMap::new();
    for (_, mismatch) in compared.mismatches.iter().filter(|(_, mismatch)| !mismatch.is_missing) {
        distrusted.entry(mismatch.table).or_default().push(&mismatch.id);
    }
    for (table, ids) in distrusted {
        compare::distrust(conn, owner.connection_no, table, &ids)?;
    }
    let differing: HashSet<&str> = compared.mismatches.iter().map(|(object, _)| object.as_str()).collect();
    let written = follows.records(|id| differing.contains(id)).write(conn, owner, modified.0, Rows::Any)?;
    let methods = follows.records(|_| true).gather_methods(conn, owner, modified.0)?;
    let buried = records::bury_rows(conn, owner, modified.0, &compared.beyond)?;
    Ok(Made { changed: written + methods + buried, unmapped: follows.unmapped.len() })
}

/// Carries out the connection's remap, if one was asked for, from where it stands.
pub(crate) async fn drive(
    context: &WorkerContext,
    lease: &Lease,
    stop: &CancellationToken,
) -> Result<(), RunError> {
    let no = lease.connection_no;
    let open = move |conn: &mut AnyConn| {
        let connection = connections::find_by_no(conn, no)?;
        Ok(remaps::open(conn, no)?.zip(connection))
    };
    let Some((remap, connection)) = context.db.read(open).await? else { return Ok(()) };
    let owner = Owner { connection_no: no, platform_no: connection.platform_no };
    tracing::info!(connection.id = %connection.id, remap.id = %remap.id, "making records anew");
    let begun = Resource::ALL.into_iter().position(|resource| Some(resource) == remap.resource);
    for resource in Resource::ALL.into_iter().skip(begun.unwrap_or(0)) {
        let is_begun = Some(resource) == remap.resource;
        let mut after = remap.object_id.clone().filter(|_| is_begun).unwrap_or_default();
        for _ in 0..PAGES_MAX {
            if stop.is_cancelled() {
                return Ok(());
            }
            match page(context, lease, owner, &remap, resource, after).await? {
                Some(last) => after = last,
                None => break,
            }
        }
    }
    let (lease, lease_ms, id) = (lease.clone(), hold::lease_ms(context), remap.id);
    let end = move |conn: &mut AnyConn| {
        let now = leases::enter(conn, &lease, lease_ms)?;
        remaps::end(conn, no, id, now)
    };
    context.db.write_bulk(end).await?;
    tracing::info!(connection.id = %connection.id, remap.id = %remap.id, "records were made anew");
    Ok(())
}

/// One transaction; gives where the next page begins, or that this was the last of the resource.
async fn page(
    context: &WorkerContext,
    lease: &Lease,
    owner: Owner,
    remap: &Remap,
    resource: Resource,
    after: String,
) -> Result<Option<String>, RunError> {
    let (lease, lease_ms, id) = (lease.clone(), hold::lease_ms(context), remap.id);
    let work = move |conn: &mut AnyConn| {
        let modified = leases::enter(conn, &lease, lease_ms)?;
        // Under the lock: what an event changes meanwhile waits until these are written.
        let limit = i64::try_from(PAGE).unwrap_or(i64::MAX);
        let objects = source_objects::living(conn, owner.connection_no, resource, &after, limit)?;
        let last = objects.last().filter(|_| objects.len() == PAGE).map(|object| object.id.clone());
        let texts = objects.iter().map(|object| (object.id.as_str(), object.json.as_str()));
        let until = last.as_deref().unwrap_or(BEYOND_ALL_IDS);
        let made = make_anew(conn, (owner, modified), resource, texts, Span::Between(&after, until))?;
        let object_id = objects.last().map_or(after.as_str(), |object| object.id.as_str());
        let step = Step {
            resource,
            object_id,
            objects: objects.len(),
            changed: made.changed,
            unmapped: made.unmapped,
        };
        remaps::advance(conn, owner.connection_no, id, &step)?;
        Ok(last)
    };
    Ok(context.db.write_bulk(work).await?)
}
