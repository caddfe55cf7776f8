//! Entries of the ledger that objects name and that aren't stored yet: Stripe sends no events of them (rule E3).
//!
//! One list call brings those of all objects that came meanwhile. It begins an hour before the newest entry that is
//! stored, and ends with the last one that was asked for.

use super::load::Load;
use super::{Job, Lane};
use crate::held::{RunError, dead_credential};
use std::collections::HashMap;
use std::sync::Arc;
use tributary_core::Resource;
use tributary_core::knowledge::Source;
use tributary_db::rereads::{self, Reread};
use tributary_db::source_objects;
use tributary_stripe::{Answer, Cursor, Error, ErrorKind, ListPage, ListParams};

/// Lists lag behind by a little.
const OVERLAP_SECS: i64 = 3_600;

/// Pages that one call follows at most; what they don't show is read by its id.
const PAGES_MAX: u32 = 50;

/// How long what the list didn't show is waited for.
const UNSEEN_AGAIN_MS: i64 = 2_000;

/// How long a list that failed is left alone.
const FAILED_AGAIN_MS: i64 = 5_000;

/// A list under way.
pub(super) struct Ledger {
    /// What is looked for, and when it was asked for.
    wanted: HashMap<String, i64>,
    /// The newest entry that is stored, once it was looked up: Unix seconds.
    from_secs: i64,
    pages: u32,
}

impl Lane<'_> {
    /// Begins to list what is named and not stored.
    pub(super) fn begin_ledger(&mut self, entries: Vec<Reread>) {
        let wanted = entries.into_iter().map(|entry| (entry.id, entry.requested_ms)).collect();
        let bound = self.scope.bound_secs(Resource::BalanceTransactions, self.stripe_now());
        self.ledger = Some(Ledger { wanted, from_secs: bound, pages: 0 });
        let (db, no) = (self.held.context.db.clone(), self.held.owner.connection_no);
        let (stripe, auth) = (self.held.context.stripe.clone(), self.held.auth.clone());
        self.jobs.spawn(async move {
            let newest = db
                .read(move |conn| source_objects::newest(conn, no, Resource::BalanceTransactions, None))
                .await;
            let newest_secs = newest.ok().flatten().map_or(0, |(_, secs)| secs - OVERLAP_SECS);
            let params =
                ListParams { created_gte: positive(bound.max(newest_secs)), ..ListParams::default() };
            Job::Ledger(stripe.list_page(&auth, Resource::BalanceTransactions, &params).await)
        });
    }

    /// Stores a page, and asks for the next one if something is still looked for.
    pub(super) async fn finish_ledger(
        &mut self,
        answer: Result<Answer<ListPage>, Error>,
    ) -> Result<(), RunError> {
        let Some(mut ledger) = self.ledger.take() else { return Ok(()) };
        let owner = self.held.owner;
        let answer = match answer {
            Ok(answer) => answer,
            Err(error) => {
                if let Some(dead) = dead_credential(&error) {
                    return Err(dead);
                }
                tracing::warn!(connection.no = owner.connection_no.0, %error, "the ledger can't be listed");
                let forbidden = matches!(error.kind, ErrorKind::Forbidden { .. });
                return self.give_up(ledger, if forbidden { None } else { Some(FAILED_AGAIN_MS) }).await;
            }
        };
        self.observe(&answer);
        let interval = self.offset.interval(answer.sent_at, answer.received_at);
        let (mut load, mut found, mut last) = (Load::default(), Vec::new(), None);
        for object in answer.body.objects().flatten() {
            load.add(&self.scope, Resource::BalanceTransactions, &object, interval);
            if let Some(requested_ms) = ledger.wanted.remove(&*object.id) {
                found.push((object.id.to_string(), requested_ms));
            }
            last = Some((object.id.to_string(), object.created));
        }
        let load = Arc::new(load);
        self.held
            .commit(move |conn, modified| {
                for (id, requested_ms) in &found {
                    let ledger = Resource::BalanceTransactions;
                    rereads::done(conn, owner.connection_no, ledger, id, *requested_ms)?;
                }
                load.write(conn, owner, Source::Read, modified)
            })
            .await?;
        ledger.pages += 1;
        match last {
            _ if ledger.wanted.is_empty() => Ok(()),
            Some((id, _)) if answer.body.has_more() && ledger.pages < PAGES_MAX => {
                let params = ListParams {
                    created_gte: positive(ledger.from_secs),
                    cursor: Some(Cursor::OlderThan(id)),
                    ..ListParams::default()
                };
                let (stripe, auth) = (self.held.context.stripe.clone(), self.held.auth.clone());
                self.jobs.spawn(async move {
                    Job::Ledger(stripe.list_page(&auth, Resource::BalanceTransactions, &params).await)
                });
                self.ledger = Some(ledger);
                Ok(())
            }
            _ => self.give_up(ledger, Some(UNSEEN_AGAIN_MS)).await,
        }
    }

    /// What was not found is read by its id, some time later; or not at all where that is forbidden.
    async fn give_up(&self, ledger: Ledger, again_ms: Option<i64>) -> Result<(), RunError> {
        let no = self.held.owner.connection_no;
        self.held
            .commit(move |conn, now| {
                for (id, requested_ms) in &ledger.wanted {
                    let resource = Resource::BalanceTransactions;
                    match again_ms {
                        Some(ms) => rereads::fail(conn, no, resource, id, now.plus_ms(ms))?,
                        None => rereads::done(conn, no, resource, id, *requested_ms)?,
                    }
                }
                Ok(())
            })
            .await
    }
}

fn positive(secs: i64) -> Option<i64> {
    (secs > 0).then_some(secs)
}
