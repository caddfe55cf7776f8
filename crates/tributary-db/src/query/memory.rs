//! What a process remembers of lists that were read: totals, and where pages ended.
//!
//! Every commit of a connection moves its lease's `modified_ms` (rule E9), so that a stamp that hasn't moved means that
//! nothing has. Under the same stamp a total is exact without counting again, and a page deep in a list is reached
//! from the end of any page before it. When the stamp has moved, totals are counted anew, and a page follows the one
//! before it as its reader saw it: records that have changed their place meanwhile push no other out of sight.

use super::bounded::Bounded;
use super::fields::Field;
use super::listing::Place;
use super::{ListQuery, Start};
use crate::records::{Listed, Stamped};
use crate::{AnyConn, DbError, leases};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tributary_contract::query::{Filter, OrderKey};
use tributary_core::Millis;
use tributary_core::ids::{ApiKeyId, ConnectionNo};

/// Totals that are remembered.
const TOTALS_MAX: usize = 2_000;
/// Lists of which ends of pages are remembered.
const LISTS_MAX: usize = 200;
/// Ends of pages that are remembered of one list.
const ENDS_MAX: usize = 100;
/// How long a page follows the one before it although records have changed since.
const FOLLOW: Duration = Duration::from_secs(600);
/// How long anything is remembered that an unmoved stamp says is still so: somebody may have changed rows by hand.
const TRUST: Duration = Duration::from_secs(60);

/// What is remembered; empty at first.
pub struct Memory {
    totals: Mutex<Bounded<Counted, Total>>,
    ends: Mutex<Bounded<Reading, Bounded<i64, End>>>,
}

/// A part of a list.
pub struct Part<R> {
    /// The records.
    pub rows: Vec<Stamped<R>>,
    /// The connection's stamp before they were read.
    pub stamp: Millis,
    /// Whether the list goes on after them.
    pub goes_on: bool,
}

/// Records that are counted.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Counted {
    connection: ConnectionNo,
    table: &'static str,
    filter: Filter<&'static Field>,
}

/// A list as one reader reads it.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Reading {
    reader: ApiKeyId,
    of: Counted,
    order: Vec<OrderKey<&'static Field>>,
}

/// How many records there were.
struct Total {
    count: i64,
    stamp: Millis,
    at: Instant,
}

/// Where a page ended.
#[derive(Clone)]
struct End {
    place: Place,
    stamp: Millis,
    at: Instant,
}

impl Counted {
    fn new<R: Listed>(connection: ConnectionNo, query: &ListQuery) -> Self {
        Counted { connection, table: R::FIELDS.table, filter: query.filter.clone() }
    }
}

impl Default for Memory {
    fn default() -> Self {
        Memory { totals: Mutex::new(Bounded::new(TOTALS_MAX)), ends: Mutex::new(Bounded::new(LISTS_MAX)) }
    }
}

impl Memory {
    /// Reads a part of a connection's records for `reader`: two readers don't move each other's pages.
    pub fn part<R: Listed>(
        &self,
        conn: &mut AnyConn,
        reader: ApiKeyId,
        connection: ConnectionNo,
        query: &ListQuery,
    ) -> Result<Part<R>, DbError> {
        let stamp = leases::modified(conn, connection)?;
        let reading = query.is_by_date().then(|| Reading {
            reader: reader.to_owned(),
            of: Counted::new::<R>(connection, query),
            order: query.order.clone(),
        });
        let start = reading.as_ref().and_then(|reading| self.start(reading, stamp, query.page.offset));
        let mut more = query.clone();
        more.page.limit += 1;
        let mut found = R::page(conn, connection, &more, start.as_ref())?;
        let goes_on = found.len() as i64 > query.page.limit;
        found.truncate(usize::try_from(query.page.limit).unwrap_or(usize::MAX));
        if let (Some(reading), Some((last, value))) = (reading, found.last()) {
            let place = Place { value: *value, id: last.0.id().to_owned() };
            self.note(
                reading,
                query.page.offset + found.len() as i64,
                End { place, stamp, at: Instant::now() },
            );
        }
        let rows = found.into_iter().map(|(row, _)| row).collect();
        Ok(Part { rows, stamp, goes_on })
    }

    /// How many records a query finds: counted unless nothing has changed since they were. `stamp` is the
    /// connection's of a moment ago.
    pub fn total<R: Listed>(
        &self,
        conn: &mut AnyConn,
        connection: ConnectionNo,
        query: &ListQuery,
        stamp: Millis,
    ) -> Result<i64, DbError> {
        let of = Counted::new::<R>(connection, query);
        if let Some(known) = lock(&self.totals).get(&of)
            && known.stamp == stamp
            && known.at.elapsed() < TRUST
        {
            return Ok(known.count);
        }
        let at = Instant::now();
        let count = R::count(conn, connection, query)?;
        // Only what was counted between two looks at an unmoved stamp is known to be of that stamp.
        if leases::modified(conn, connection)? == stamp {
            lock(&self.totals).put(of, Total { count, stamp, at });
        }
        Ok(count)
    }

    /// From where a page is best reached: the end of the page before it, or, where nothing has changed, of an earlier one.
    fn start(&self, reading: &Reading, stamp: Millis, offset: i64) -> Option<Start> {
        let ends = lock(&self.ends);
        let ends = ends.get(reading)?;
        if let Some(end) = ends.get(&offset)
            && end.at.elapsed() < FOLLOW
        {
            return Some(Start { after: end.place.clone(), skip: 0 });
        }
        let earlier =
            ends.iter().filter(|(at, end)| **at < offset && end.stamp == stamp && end.at.elapsed() < TRUST);
        let (at, end) = earlier.max_by_key(|(at, _)| **at)?;
        Some(Start { after: end.place.clone(), skip: offset - at })
    }

    fn note(&self, reading: Reading, offset: i64, end: End) {
        let mut ends = lock(&self.ends);
        match ends.get_mut(&reading) {
            Some(known) => known.put(offset, end),
            None => {
                let mut known = Bounded::new(ENDS_MAX);
                known.put(offset, end);
                ends.put(reading, known);
            }
        }
    }
}

/// A panic while it was held leaves nothing half-done.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
