//! Storing pages of any windows: what they say, the records that follow from it, the cursors after them, and the windows
//! that were split, in one transaction under the lease (invariant 2).

use super::board::{NewWindow, Taken};
use crate::commit::{self, Batch};
use crate::held::RunError;
use crate::run::Active;
use crate::settle;
use std::collections::BTreeMap;
use std::sync::Arc;
use tributary_core::knowledge::Source;
use tributary_core::{Millis, Resource};
use tributary_db::bulk::{Owner, Rows};
use tributary_db::encoded::Encoded;
use tributary_db::windows::{self, Advance, Place};
use tributary_db::{AnyConn, DbError, runs};

/// What one commit writes.
struct Change {
    batches: BTreeMap<Resource, Vec<Batch>>,
    advances: BTreeMap<Place, Advance>,
    new_windows: Vec<NewWindow>,
}

/// Stores what was taken, and the windows that were split off. `shows_progress` has the datasets say how far they are.
pub(super) async fn store(
    active: &Active<'_>,
    taken: &mut Taken,
    new_windows: &[NewWindow],
    shows_progress: bool,
) -> Result<(), RunError> {
    let change = Arc::new(Change {
        batches: std::mem::take(&mut taken.batches),
        advances: std::mem::take(&mut taken.advances),
        new_windows: new_windows.to_vec(),
    });
    warn_of_errors(active, &change.advances);
    let (owner, run) = (active.held.owner, active.run);
    let (as_of, calls) = (active.clocks.unstored_as_of(), active.take_calls());
    let progress = shows_progress.then(|| active.expected());
    let write = |are_new: bool| {
        let (change, progress) = (Arc::clone(&change), progress.clone());
        move |conn: &mut AnyConn, modified: Millis| {
            let mut changed = write_pages(conn, owner, modified, &change.batches, are_new)?;
            if let Some(as_of) = as_of {
                runs::set_as_of(conn, owner.connection_no, run, as_of)?;
            }
            runs::add_calls(conn, owner.connection_no, run, calls)?;
            for (place, by) in &change.advances {
                // The first of a resource's windows here has the records of all of them.
                let by = Advance { changed: changed.remove(&place.0).unwrap_or(0), ..by.clone() };
                windows::advance(conn, owner.connection_no, run, *place, &by)?;
            }
            for NewWindow { of, from_secs, older } in &change.new_windows {
                windows::split(conn, owner.connection_no, run, (*of, *from_secs), older)?;
            }
            match &progress {
                Some(progress) => settle::note_progress(conn, owner.connection_no, run, progress),
                None => Ok(()),
            }
        }
    };
    if !active.is_first {
        return active.held.commit(write(false)).await;
    }
    // Nobody is shown records of a first run before their data type is complete, which is another commit.
    match active.held.commit_early(write(true)).await {
        // An object was listed twice, or something left its rows behind.
        Err(RunError::Db(error)) if error.is_duplicate() => active.held.commit_early(write(false)).await,
        stored => stored,
    }
}

/// Writes the pages of each resource together; gives how many records of each were written.
fn write_pages(
    conn: &mut AnyConn,
    owner: Owner,
    modified: Millis,
    batches: &BTreeMap<Resource, Vec<Batch>>,
    are_new: bool,
) -> Result<BTreeMap<Resource, i64>, DbError> {
    let mut changed = BTreeMap::new();
    for (resource, batches) in batches {
        let encoded: Vec<&Encoded> = batches.iter().map(|batch| &batch.encoded).collect();
        let are = if are_new { Rows::New(&encoded) } else { Rows::Any };
        let written = commit::write(conn, owner, modified, *resource, Source::Read, batches, are)?;
        changed.insert(*resource, i64::try_from(written).unwrap_or(i64::MAX));
    }
    Ok(changed)
}

fn warn_of_errors(active: &Active<'_>, advances: &BTreeMap<Place, Advance>) {
    for ((resource, _), by) in advances {
        for error in &by.notes.errors.listed {
            tracing::warn!(connection.no = active.held.owner.connection_no.0, %resource, "{}", error.message);
        }
    }
}
