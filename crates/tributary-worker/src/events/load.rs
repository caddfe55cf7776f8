//! Objects that are to be stored together, and what follows from them.

use super::meaning;
use super::scope::Scope;
use crate::commit::{self, Batch};
use std::collections::{BTreeMap, BTreeSet};
use tributary_core::knowledge::{Interval, Source};
use tributary_core::{Millis, Resource};
use tributary_db::bulk::{Owner, Rows};
use tributary_db::rereads::{self, Wait};
use tributary_db::{AnyConn, DbError, source_objects};
use tributary_stripe::Object;

/// What one commit stores.
#[derive(Default)]
pub(super) struct Load {
    /// By list, in the order in which they are to be taken.
    batches: BTreeMap<Resource, Vec<Batch>>,
    /// Objects to be read.
    hints: BTreeSet<(Resource, String)>,
    /// Entries of the ledger that the objects name.
    entries: BTreeSet<String>,
}

impl Load {
    /// Adds an object that was so within the interval, if it is kept.
    pub(super) fn add(&mut self, scope: &Scope, resource: Resource, object: &Object<'_>, interval: Interval) {
        if !scope.keeps(resource, object.created, interval.to) {
            return;
        }
        let mut batch = Batch::new(resource);
        batch.interval = interval;
        batch.add(object);
        for error in &batch.notes.errors.listed {
            tracing::warn!(%resource, "{}", error.message);
        }
        if scope.has(Resource::BalanceTransactions) && resource != Resource::BalanceTransactions {
            self.entries.extend(meaning::ledger_entries(object.raw));
        }
        self.batches.entry(resource).or_default().push(batch);
    }

    /// Asks for an object to be read, if its list is kept.
    pub(super) fn hint(&mut self, scope: &Scope, resource: Resource, id: String) {
        if scope.has(resource) {
            self.hints.insert((resource, id));
        }
    }

    /// Writes it all. Entries of the ledger that aren't stored are asked for (rule E3).
    pub(super) fn write(
        &self,
        conn: &mut AnyConn,
        owner: Owner,
        source: Source,
        modified: Millis,
    ) -> Result<(), DbError> {
        for (resource, batches) in &self.batches {
            commit::write(conn, owner, modified, *resource, source, batches, Rows::Any)?;
        }
        let mut asked = self.hints.clone();
        let entries: Vec<&str> = self.entries.iter().map(String::as_str).collect();
        let ledger = Resource::BalanceTransactions;
        let missing = source_objects::missing(conn, owner.connection_no, ledger, &entries)?;
        asked.extend(missing.into_iter().map(|id| (ledger, id)));
        for (resource, id) in &asked {
            rereads::request(conn, owner.connection_no, *resource, id, Wait::None, modified)?;
        }
        Ok(())
    }
}
