//! Storing pages: what they say, the records that follow from it, and the cursor after them, in one
//! transaction under the lease (invariant 2).

#[cfg(test)]
mod tests;

use crate::held::RunError;
use crate::normalize::{self, Mapped};
use crate::rules;
use crate::run::Active;
use std::sync::Arc;
use tributary_core::knowledge::{Interval, Source};
use tributary_core::state::WindowState;
use tributary_core::{Millis, Resource};
use tributary_db::bulk::{Owner, Rows};
use tributary_db::encoded::Encoded;
use tributary_db::findings::{Note, Notes};
use tributary_db::records::{self, Records};
use tributary_db::source_objects::{self, Reading, SourceObject};
use tributary_db::windows::{self, Advance, Window};
use tributary_db::{AnyConn, DbError, rereads, runs};
use tributary_stripe::Object;

/// One answer's objects, mapped.
pub(crate) struct Batch {
    pub(crate) resource: Resource,
    /// When it was true; set once the clocks' offset is known.
    pub(crate) interval: Interval,
    pub(crate) objects: Vec<SourceObject>,
    /// What `objects` become, one for one.
    pub(crate) mapped: Vec<Option<Mapped>>,
    /// The rows of `mapped`, encoded for a database that can make use of it.
    pub(crate) encoded: Encoded,
    /// What could not be read or mapped, in words without its content, and what is doubtful. An object that can't be
    /// mapped is stored all the same, so that a later mapping needs no second pull (invariant 10).
    pub(crate) notes: Notes,
    /// The last object with its `created`: the next page's cursor.
    pub(crate) last: Option<(String, Option<i64>)>,
    /// Whether pages follow.
    pub(crate) more: bool,
}

impl Batch {
    pub(crate) fn new(resource: Resource) -> Self {
        Batch {
            resource,
            interval: Interval { from: Millis(0), to: Millis(0) },
            objects: Vec::new(),
            mapped: Vec::new(),
            encoded: Encoded::default(),
            notes: Notes::default(),
            last: None,
            more: false,
        }
    }

    /// Encodes the rows of what is new, all together. Only for batches that may be written as [`Rows::New`].
    pub(crate) fn encode(&mut self) {
        let mut records = Records::default();
        for (object, mapped) in self.objects.iter().zip(&self.mapped) {
            match mapped {
                Some(mapped) if !object.deleted => mapped.collect_into(&mut records),
                _ => {}
            }
        }
        self.encoded = records.encode();
    }

    /// Maps one object.
    pub(crate) fn add(&mut self, object: &Object<'_>) {
        let prepared = normalize::prepare(self.resource, object);
        self.objects.push(prepared.source);
        let mapped = match prepared.mapped {
            Ok(mapped) => {
                let doubts = normalize::doubts(&object.id, &mapped);
                doubts.into_iter().for_each(|doubt| self.notes.warnings.add(doubt));
                Some(mapped)
            }
            Err(error) => {
                self.problem(&object.id, error.to_string());
                None
            }
        };
        self.mapped.push(mapped);
    }

    /// Notes an object that can't be read or mapped.
    pub(crate) fn problem(&mut self, id: &str, message: String) {
        let (rule, item_id) = (rules::UNMAPPED.to_owned(), id.to_owned());
        self.notes.errors.add(Note { rule, item_id, message });
    }
}

/// Stores pages of a window and moves its cursor. Returns the new cursor.
pub(crate) async fn store(
    active: &mut Active<'_>,
    window: &Window,
    batches: Vec<Batch>,
) -> Result<Option<(String, Option<i64>)>, RunError> {
    let cursor = batches.iter().rev().find_map(|batch| batch.last.clone());
    let ends = batches.last().is_some_and(|batch| !batch.more);
    let mut notes = Notes::default();
    batches.iter().for_each(|batch| notes.merge(&batch.notes));
    for error in &notes.errors.listed {
        tracing::warn!(connection.no = active.held.owner.connection_no.0, resource = %window.resource, "{}", error.message);
    }
    let by = Advance {
        cursor: cursor.clone(),
        state: if ends { WindowState::Done } else { WindowState::Open },
        pages: as_i64(batches.len()),
        objects: as_i64(batches.iter().map(|batch| batch.objects.len()).sum()),
        changed: 0,
        notes,
    };
    let (owner, run, place) = (active.held.owner, active.run, (window.resource, window.n));
    let as_of = active.unstored_as_of();
    let batches = Arc::new(batches);
    let commit = |are_new: bool| {
        let (by, batches) = (by.clone(), Arc::clone(&batches));
        active.held.commit(move |conn, modified| {
            let mut by = by.clone();
            let encoded: Vec<&Encoded> = batches.iter().map(|batch| &batch.encoded).collect();
            let are = if are_new { Rows::New(&encoded) } else { Rows::Any };
            by.changed = as_i64(write(conn, owner, modified, place.0, &batches, are)?);
            if let Some(as_of) = as_of {
                runs::set_as_of(conn, owner.connection_no, run, as_of)?;
            }
            windows::advance(conn, owner.connection_no, run, place, &by)
        })
    };
    match commit(active.is_first).await {
        // An object was listed twice, or something left its rows behind.
        Err(RunError::Db(error)) if error.is_duplicate() => commit(false).await?,
        result => result?,
    }
    Ok(cursor)
}

/// Stores the objects of one resource's answers, and their records together; returns how many records were
/// written. `are` says whether the objects may be stored already.
pub(crate) fn write(
    conn: &mut AnyConn,
    owner: Owner,
    modified: Millis,
    resource: Resource,
    batches: &[Batch],
    are: Rows<'_>,
) -> Result<usize, DbError> {
    let mut readings = Vec::new();
    let mut mapped = Vec::new();
    for batch in batches {
        readings.extend(batch.objects.iter().map(|object| Reading { object, interval: batch.interval }));
        mapped.extend(&batch.mapped);
    }
    let applied = source_objects::apply(conn, owner, resource, Source::Read, &readings, are)?;
    let records_of = |positions: &[usize]| {
        let mut records = Records::default();
        positions
            .iter()
            .filter_map(|at| mapped[*at].as_ref())
            .for_each(|mapped| mapped.collect_into(&mut records));
        records
    };
    // What an object showed goes when it shows nothing any more: one that was deleted, or a session that has an invoice
    // now, whose order is the invoice's.
    let shows_nothing = |at: &&usize| matches!(mapped[**at], Some(Mapped::Nothing));
    let gone = applied.newer.iter().filter(shows_nothing).map(|at| readings[*at].object.id.clone());
    let gone: Vec<String> = gone.collect();
    let (new, newer) = (records_of(&applied.new), records_of(&applied.newer));
    let are = match are {
        // Of objects that were read twice one reading counts: what was encoded is not of these rows.
        Rows::New(_) if applied.new.len() < readings.len() => Rows::New(&[]),
        are => are,
    };
    for at in applied.unclear {
        rereads::request(conn, owner.connection_no, resource, &readings[at].object.id, modified)?;
    }
    let written =
        new.write(conn, owner, modified.0, are)? + newer.write(conn, owner, modified.0, Rows::Any)?;
    Ok(written + records::bury(conn, owner, modified.0, resource, &gone)?)
}

fn as_i64(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
