//! `source_objects`: Stripe's objects as received, and which reading of each is the newest (rule E1).

mod known;
mod put;
mod scan;
mod shown;
mod sweep;

pub use known::missing;
pub use scan::{Living, distrust, living, living_texts};
pub use shown::{Observed, count, find, list, observed, texts};
pub use sweep::{bury, created_before, newest, unlisted_customers, unseen_drafts_since, unseen_since};

use crate::bulk::{Owner, Rows};
use crate::conn::AnyConn;
use crate::error::DbError;
use std::borrow::Cow;
use std::collections::HashMap;
use tributary_core::Resource;
use tributary_core::knowledge::{Interval, Known, Source, Verdict, decide};

/// One object as read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceObject {
    /// Stripe's id.
    pub id: String,
    /// Stripe's `created` in Unix seconds, where it has one.
    pub created_secs: Option<i64>,
    /// Digest of `json`.
    pub digest: i64,
    /// Whether this is the stub of a deleted object.
    pub deleted: bool,
    /// The object's text without secrets (rule E18).
    pub json: String,
}

/// One object, and when what it says was true.
#[derive(Clone, Copy, Debug)]
pub struct Reading<'a> {
    /// What was read.
    pub object: &'a SourceObject,
    /// On Stripe's clock.
    pub interval: Interval,
}

/// What became of readings, by their positions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// Those of objects that were not stored before: their records are to be written.
    pub new: Vec<usize>,
    /// Those that replaced what was stored: their records are to be written.
    pub newer: Vec<usize>,
    /// Those whose order can't be known: to be read again.
    pub unclear: Vec<usize>,
}

/// Stores what is new or newer of readings of one resource, which are given in the order of their arrival.
///
/// [`Rows::New`] spares the look-up of what is stored. If something is, the database refuses the write
/// ([`DbError::is_duplicate`]).
pub fn apply(
    conn: &mut AnyConn,
    owner: Owner,
    resource: Resource,
    source: Source,
    readings: &[Reading<'_>],
    are: Rows<'_>,
) -> Result<Applied, DbError> {
    let mut known = match are {
        Rows::New(_) => HashMap::with_capacity(readings.len()),
        Rows::Any => {
            let ids: Vec<&str> = readings.iter().map(|reading| reading.object.id.as_str()).collect();
            known::of(conn, owner.connection_no, resource, &ids)?
        }
    };
    let mut applied = Applied::default();
    let mut confirmed = Vec::new();
    for (at, Reading { object, interval }) in readings.iter().enumerate() {
        let new = Known { interval: *interval, digest: object.digest, deleted: object.deleted };
        let verdict = decide(known.get(object.id.as_str()), &new, source);
        match verdict {
            Verdict::Insert => applied.new.push(at),
            Verdict::Replace => supersede(&mut applied, readings, at),
            Verdict::Confirm => confirmed.push(at),
            Verdict::Drop => continue,
            Verdict::Reread => {
                applied.unclear.push(at);
                continue;
            }
        }
        known.insert(Cow::Borrowed(&object.id), new);
    }
    let of = |positions: &[usize]| -> Vec<Reading<'_>> { positions.iter().map(|at| readings[*at]).collect() };
    put::insert(conn, owner, resource, &of(&applied.new))?;
    put::replace(conn, owner, resource, &of(&applied.newer))?;
    known::confirm(conn, owner.connection_no, resource, &of(&confirmed))?;
    Ok(applied)
}

/// Puts a reading in the place of an earlier one of the same object, or else among the newer ones.
fn supersede(applied: &mut Applied, readings: &[Reading<'_>], at: usize) {
    let id = &readings[at].object.id;
    let earlier =
        applied.new.iter_mut().chain(&mut applied.newer).find(|earlier| readings[**earlier].object.id == *id);
    match earlier {
        Some(earlier) => *earlier = at,
        None => applied.newer.push(at),
    }
}
