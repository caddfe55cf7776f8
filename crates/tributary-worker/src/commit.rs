//! Answers, mapped, and how they are stored: what they say, and the records that follow from it.

#[cfg(test)]
mod tests;

use crate::normalize::{self, Mapped};
use crate::rules;
use tributary_core::knowledge::{Interval, Source};
use tributary_core::{Millis, Resource};
use tributary_db::bulk::{Owner, Rows};
use tributary_db::encoded::Encoded;
use tributary_db::findings::{Note, Notes};
use tributary_db::records::{self, Records};
use tributary_db::rereads::{self, Wait};
use tributary_db::source_objects::{self, Reading, SourceObject};
use tributary_db::{AnyConn, DbError};
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

    /// Cuts off what was created before `from_secs`, and says whether anything was: the list goes on in another window.
    pub(crate) fn cut(&mut self, from_secs: i64) -> bool {
        let is_older = |object: &SourceObject| object.created_secs.is_some_and(|secs| secs < from_secs);
        if !self.objects.iter().any(is_older) {
            return false;
        }
        let all = std::mem::take(&mut self.objects).into_iter().zip(std::mem::take(&mut self.mapped));
        let (gone, kept): (Vec<_>, Vec<_>) = all.partition(|(object, _)| is_older(object));
        (self.objects, self.mapped) = kept.into_iter().unzip();
        self.notes.forget(&gone.iter().map(|(object, _)| object.id.as_str()).collect::<Vec<_>>());
        self.encoded = Encoded::default();
        self.last = self.objects.last().map(|object| (object.id.clone(), object.created_secs));
        true
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

/// Stores the objects of one resource's answers or events, and their records together; returns how many records were
/// written. `are` says whether the objects may be stored already.
pub(crate) fn write(
    conn: &mut AnyConn,
    owner: Owner,
    modified: Millis,
    resource: Resource,
    source: Source,
    batches: &[Batch],
    are: Rows<'_>,
) -> Result<usize, DbError> {
    let mut readings = Vec::new();
    let mut mapped = Vec::new();
    for batch in batches {
        readings.extend(batch.objects.iter().map(|object| Reading { object, interval: batch.interval }));
        mapped.extend(&batch.mapped);
    }
    let applied = source_objects::apply(conn, owner, resource, source, &readings, are)?;
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
        let id = &readings[at].object.id;
        rereads::request(conn, owner.connection_no, resource, id, Wait::UntilClear, modified)?;
    }
    let replaced: Vec<&str> = applied
        .newer
        .iter()
        .filter(|at| mapped[**at].is_some() && !shows_nothing(at))
        .map(|at| readings[*at].object.id.as_str())
        .collect();
    let written = records::bury_left_out(conn, owner, modified.0, resource, &replaced, &newer)?
        + new.write(conn, owner, modified.0, are)?
        + newer.write(conn, owner, modified.0, Rows::Any)?;
    Ok(written + records::bury(conn, owner, modified.0, resource, &gone)?)
}
