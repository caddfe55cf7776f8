//! Going through everything that is stored of a connection, page by page: does each object say what it said when it
//! was stored, do the records follow from it, does the ledger know it, and is what the ledger names there?
//!
//! A page is read in one moment of the database, so that what events change meanwhile is no difference.

use super::bookings;
use super::judge::{self, Entry};
use crate::follows::{Follows, Span};
use crate::held::{Held, RunError};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use tributary_core::ids::ConnectionNo;
use tributary_core::reconciliation::DifferenceKind;
use tributary_core::{Millis, Resource, digest};
use tributary_db::compare::Mismatch;
use tributary_db::reconciliations::Difference;
use tributary_db::records::BEYOND_ALL_IDS;
use tributary_db::source_objects::{self, Living};
use tributary_db::{AnyConn, DbError};
use tributary_stripe::objects;

/// Objects of one page.
const PAGE: usize = 500;

/// Pages of one resource, at most: fifty million objects.
const PAGES_MAX: usize = 100_000;

/// Differences kept of one survey; the rest is counted.
const DIFFERENCES_MAX: usize = 1000;

/// Reversals of partial captures remembered; where there are more, amounts of charges aren't compared.
const REVERSALS_MAX: usize = 100_000;

/// Objects that are newer than their list's last reading, read one by one at most.
const LAGGING_MAX: usize = 500;

/// A page looked at, while its reader may stay away from the database for so long.
const IDLE_SECS: u32 = 30;

/// Lists lag behind by a little, and clocks differ.
const LAG_MS: i64 = 600_000;

/// What was found.
#[derive(Clone, Debug, Default)]
pub(crate) struct Survey {
    pub(crate) differences: Vec<Difference>,
    /// Differences beyond those.
    pub(crate) unlisted: usize,
    /// Objects looked at.
    pub(crate) objects: i64,
    /// What the ledger names and is newer than the last reading of its list: to be read, and no difference.
    pub(crate) lagging: Vec<(Resource, String)>,
}

/// What is known before the first page is looked at.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    /// Stripe's clock when the ledger's head was asked for: what was seen before it names only what is in it.
    pub(crate) ledger_from: Millis,
    /// Per list that is kept whole: Stripe's clock when it was last read to its end.
    pub(crate) read_until: BTreeMap<Resource, Millis>,
}

impl Survey {
    fn add(&mut self, differences: impl IntoIterator<Item = Difference>) {
        for difference in differences {
            if self.differences.len() < DIFFERENCES_MAX {
                self.differences.push(difference);
            } else {
                self.unlisted += 1;
            }
        }
    }
}

/// Looks at everything. The ledger comes first: what it takes back of charges is wanted with them.
pub(crate) async fn of_connection(held: &Held<'_>, known: &Known) -> Result<Survey, RunError> {
    let mut survey = Survey::default();
    let mut reversals = Arc::new(HashMap::new());
    let ledger = Resource::BalanceTransactions;
    let others = Resource::ALL.into_iter().filter(|resource| *resource != ledger);
    for resource in std::iter::once(ledger).chain(others) {
        let mut after = String::new();
        for _ in 0..PAGES_MAX {
            if held.stop.is_cancelled() {
                return Err(RunError::Stopping);
            }
            let connection = held.owner.connection_no;
            let look = Look {
                connection,
                resource,
                after: after.clone(),
                known: known.clone(),
                reversals: Arc::clone(&reversals),
            };
            let page = held.context.db.read_snapshot(IDLE_SECS, move |conn| look.at(conn)).await?;
            survey.objects += i64::try_from(page.objects).unwrap_or(i64::MAX);
            survey.add(page.differences);
            let room = LAGGING_MAX.saturating_sub(survey.lagging.len());
            survey.lagging.extend(page.lagging.into_iter().take(room));
            if resource == ledger {
                Arc::make_mut(&mut reversals).extend(page.reversals);
            }
            match page.last {
                Some(last) => after = last,
                None => break,
            }
        }
    }
    survey.lagging.sort();
    survey.lagging.dedup();
    Ok(survey)
}

/// One page to look at.
struct Look {
    connection: ConnectionNo,
    resource: Resource,
    after: String,
    known: Known,
    /// What the ledger took back of each charge, in minor units.
    reversals: Arc<HashMap<String, i64>>,
}

/// What one page showed.
#[derive(Default)]
struct Page {
    objects: usize,
    differences: Vec<Difference>,
    lagging: Vec<(Resource, String)>,
    reversals: Vec<(String, i64)>,
    /// Where the next one begins; none: this was the last.
    last: Option<String>,
}

impl Look {
    fn at(&self, conn: &mut AnyConn) -> Result<Page, DbError> {
        let limit = i64::try_from(PAGE).unwrap_or(i64::MAX);
        let objects = source_objects::living(conn, self.connection, self.resource, &self.after, limit)?;
        let last = objects.last().filter(|_| objects.len() == PAGE).map(|object| object.id.clone());
        let mut page = Page { objects: objects.len(), last, ..Page::default() };
        let is_altered = |object: &&Living| digest::content(object.json.as_bytes()) != object.digest;
        let (altered, sound): (Vec<&Living>, Vec<&Living>) = objects.iter().partition(is_altered);
        let about = |id: &str| Difference::of(DifferenceKind::ObjectAltered).about(self.resource, id);
        page.differences.extend(altered.iter().map(|object| about(&object.id)));
        // What follows from an altered object proves nothing.
        self.records(conn, &sound, &altered, &mut page)?;
        match self.resource {
            Resource::BalanceTransactions => self.entries(conn, &sound, &mut page)?,
            _ => self.bookings(conn, &sound, &mut page)?,
        }
        Ok(page)
    }

    /// Holds the records against what follows from the objects, and finds those that follow from none.
    fn records(
        &self,
        conn: &mut AnyConn,
        sound: &[&Living],
        altered: &[&Living],
        page: &mut Page,
    ) -> Result<(), DbError> {
        let objects = sound.iter().map(|object| (object.id.as_str(), object.json.as_str()));
        let mut follows = Follows::of(self.resource, objects);
        follows.unmapped.extend(altered.iter().map(|object| object.id.clone()));
        let until = page.last.as_deref().unwrap_or(BEYOND_ALL_IDS);
        let compared = follows.compare(conn, self.connection, Span::Between(&self.after, until))?;
        for (object, mismatch) in compared.mismatches {
            page.differences.push(of_mismatch(self.resource, &object, mismatch));
        }
        page.differences.extend(compared.beyond.iter().map(|row| {
            Difference::of(DifferenceKind::RecordUnfounded)
                .about(self.resource, &row.object_id)
                .beside(&row.id)
        }));
        Ok(())
    }

    /// Each entry by itself, and what it names.
    fn entries(&self, conn: &mut AnyConn, objects: &[&Living], page: &mut Page) -> Result<(), DbError> {
        let entries: Vec<Entry> = objects.iter().filter_map(|object| read_entry(&object.json)).collect();
        page.differences.extend(entries.iter().flat_map(judge::entry));
        let reversal = |entry: &Entry| Some((entry.source.clone()?, entry.amount_minor));
        page.reversals = entries.iter().filter(|entry| entry.is_reversal).filter_map(reversal).collect();
        let named = |resource: Resource| {
            entries.iter().filter_map(move |entry| {
                let source = entry.source.as_deref()?;
                (judge::list_of_source(source) == Some(resource)).then_some((source, entry))
            })
        };
        for (resource, read_until) in &self.known.read_until {
            let ids: Vec<&str> = named(*resource).map(|(source, _)| source).collect();
            if ids.is_empty() {
                continue;
            }
            let there = source_objects::living_texts(conn, self.connection, *resource, &ids)?;
            for (source, entry) in named(*resource).filter(|(source, _)| !there.contains_key(*source)) {
                if Millis::from_secs(entry.created_secs).0 >= read_until.0 - LAG_MS {
                    page.lagging.push((*resource, source.to_owned()));
                } else {
                    let missing = Difference::of(DifferenceKind::SourceMissing);
                    page.differences.push(missing.about(*resource, source).beside(&entry.id));
                }
            }
        }
        Ok(())
    }

    /// Each object against the entries that it names.
    fn bookings(&self, conn: &mut AnyConn, objects: &[&Living], page: &mut Page) -> Result<(), DbError> {
        let seen_before = |object: &&&Living| object.observed_to_ms < self.known.ledger_from.0;
        let bookings: Vec<judge::Booking> = objects
            .iter()
            .filter(seen_before)
            .flat_map(|object| bookings::of(self.resource, &object.json))
            .collect();
        if bookings.is_empty() || self.reversals.len() > REVERSALS_MAX {
            return Ok(());
        }
        let ids: Vec<&str> = bookings.iter().map(|booking| booking.transaction_id.as_str()).collect();
        let entries = entries_of(conn, self.connection, &ids)?;
        for booking in &bookings {
            let entry = entries.get(&booking.transaction_id);
            // What is taken back belongs to what was taken.
            let reversed = match booking.amount_minor > 0 && booking.resource == Resource::Charges {
                true => self.reversals.get(&booking.object_id).copied().unwrap_or(0),
                false => 0,
            };
            page.differences.extend(judge::booking(booking, entry, reversed));
        }
        Ok(())
    }
}

fn of_mismatch(resource: Resource, object: &str, mismatch: Mismatch) -> Difference {
    let kind = match mismatch.is_missing {
        true => DifferenceKind::RecordMissing,
        false => DifferenceKind::RecordAltered,
    };
    let difference = Difference::of(kind).about(resource, object).beside(&mismatch.id);
    match mismatch.amounts {
        Some((currency, expected, found)) if expected != found => {
            difference.amounts(currency, expected.into(), found.into())
        }
        _ => difference,
    }
}

/// The entries that are stored among these ids.
pub(crate) fn entries_of(
    conn: &mut AnyConn,
    connection: ConnectionNo,
    ids: &[&str],
) -> Result<HashMap<String, Entry>, DbError> {
    let texts = source_objects::living_texts(conn, connection, Resource::BalanceTransactions, ids)?;
    Ok(texts.into_iter().filter_map(|(id, json)| Some((id, read_entry(&json)?))).collect())
}

fn read_entry(json: &str) -> Option<Entry> {
    let txn: objects::BalanceTransaction<'_> = objects::parse(json).ok()?;
    Entry::of(&txn)
}
