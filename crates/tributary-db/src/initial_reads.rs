//! `initial_reads`: the datasets that an authorization waits for, until the last of them has ended.
//!
//! They may be read by several runs, and the worker may be killed in between: so what is waited for is kept in rows.

use crate::conn::{AnyConn, Both};
use crate::datasets::{self, Dataset};
use crate::error::DbError;
use crate::schema::initial_reads::dsl;
use crate::stored::Stored;
use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl};
use std::collections::BTreeMap;
use tributary_core::Millis;
use tributary_core::ids::{ConnectionNo, DatasetId};

/// Notes what the authorization of that moment waits for.
pub(crate) fn await_all(
    conn: &mut AnyConn,
    no: ConnectionNo,
    linked: Millis,
    ids: &[DatasetId],
) -> Result<(), DbError> {
    for id in ids {
        let insert = diesel::insert_into(dsl::initial_reads)
            .values((
                dsl::connection_no.eq(no.0),
                dsl::linked_ms.eq(linked.0),
                dsl::dataset_id.eq(id.to_string()),
            ))
            .on_conflict_do_nothing();
        Both(insert).execute(conn)?;
    }
    Ok(())
}

/// The authorizations of a connection that have nothing to wait for any more, oldest first, each with its datasets.
/// They are forgotten with this: whoever gets them tells of them.
pub(crate) fn take_ended(conn: &mut AnyConn, no: ConnectionNo) -> Result<Vec<Vec<Dataset>>, DbError> {
    let rows: Vec<(i64, Stored)> = dsl::initial_reads
        .filter(dsl::connection_no.eq(no.0))
        .order((dsl::linked_ms, dsl::dataset_id))
        .select((dsl::linked_ms, dsl::dataset_id))
        .load(conn)?;
    let mut awaited: BTreeMap<i64, Vec<String>> = BTreeMap::new();
    for (linked_ms, id) in rows {
        awaited.entry(linked_ms).or_default().push(id.0);
    }
    let mut ended = Vec::new();
    for (linked_ms, ids) in awaited {
        let found = datasets::of_ids(conn, no, &ids)?;
        if found.iter().any(|dataset| dataset.status.is_active()) {
            continue;
        }
        let rows =
            dsl::initial_reads.filter(dsl::connection_no.eq(no.0)).filter(dsl::linked_ms.eq(linked_ms));
        if diesel::delete(rows).execute(conn)? > 0 {
            ended.push(found);
        }
    }
    Ok(ended)
}
