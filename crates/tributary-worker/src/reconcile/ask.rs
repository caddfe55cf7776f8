//! What a reconciliation reads at Stripe: the balance, the ledger, payouts' lists, single objects. What it reads of
//! objects that are kept is stored like a run's pages.

use super::halt::Halt;
use crate::clock_offset::ClockOffset;
use crate::commit::{self, Batch};
use crate::held::{Held, RunError};
use crate::normalize::Mapped;
use tributary_core::knowledge::Source;
use tributary_core::{Millis, Resource};
use tributary_db::bulk::Rows;
use tributary_db::reconciliations::Sum;
use tributary_stripe::{Answer, Cursor, Error, ErrorKind, ListPage, ListParams};

/// Pages of one list, at most: ten million objects.
const PAGES_MAX: usize = 100_000;

/// How often one list is begun anew because the object it stood at was deleted.
const LOST_CURSORS_MAX: u32 = 20;

/// A connection that is being reconciled.
pub(crate) struct Asking<'a> {
    pub(crate) held: &'a Held<'a>,
    pub(crate) offset: ClockOffset,
}

impl Asking<'_> {
    /// Stripe's clock, as far as it is known.
    pub(crate) fn stripes_now(&self) -> Millis {
        self.held.context.clock.now().plus_ms(self.offset.ms())
    }

    /// The balance per currency, in the order of the codes. It is stored.
    pub(crate) async fn balance(&mut self) -> Result<Vec<Sum>, Halt> {
        let stripe = self.held.context.stripe.clone();
        let asked = stripe.singleton(&self.held.auth, Resource::Balance);
        let answer = self.unless_stopped(asked).await?;
        let answer = answer.map_err(|error| Halt::of_refusal(Resource::Balance, &error))?;
        let mut batch = self.batch(Resource::Balance, &answer);
        batch.add(&answer.body.object());
        let Some(Mapped::Balances(rows)) = batch.mapped.first().cloned().flatten() else {
            return Err(Halt::Inconclusive("Stripe's balance can't be read".to_owned()));
        };
        self.store(Resource::Balance, batch).await?;
        let sum = |row: &tributary_db::records::balances::Balance| {
            Some(Sum {
                currency: row.id.parse().ok()?,
                available_minor: row.available_minor,
                pending_minor: row.pending_minor,
                stored_minor: 0,
            })
        };
        Ok(rows.iter().filter_map(sum).collect())
    }

    /// Reads what the ledger has since `from_secs`, or what of it a payout pays out, and stores it. Gives the id of the
    /// newest row.
    pub(crate) async fn ledger(
        &mut self,
        from_secs: i64,
        payout: Option<&str>,
    ) -> Result<Option<String>, Halt> {
        let mut newest = None;
        let mut params = ListParams {
            created_gte: (from_secs > 0).then_some(from_secs),
            filters: payout.map(|id| ("payout", id.to_owned())).into_iter().collect(),
            ..ListParams::default()
        };
        let mut lost_cursors = 0;
        for _ in 0..PAGES_MAX {
            let answer = match self.page(Resource::BalanceTransactions, &params).await? {
                Ok(answer) => answer,
                Err(error)
                    if matches!(error.kind, ErrorKind::CursorMissing) && lost_cursors < LOST_CURSORS_MAX =>
                {
                    lost_cursors += 1;
                    (params.cursor, newest) = (None, None);
                    continue;
                }
                Err(error) => return Err(Halt::of_refusal(Resource::BalanceTransactions, &error)),
            };
            let mut batch = self.batch(Resource::BalanceTransactions, &answer);
            answer.body.objects().filter_map(Result::ok).for_each(|object| batch.add(&object));
            newest = newest.or_else(|| batch.objects.first().map(|object| object.id.clone()));
            let last = answer.body.last().map(|object| object.id.into_owned());
            self.store(Resource::BalanceTransactions, batch).await?;
            match last.filter(|_| answer.body.has_more()) {
                Some(last) => params.cursor = Some(Cursor::OlderThan(last)),
                None => return Ok(newest),
            }
        }
        Err(Halt::Inconclusive("the ledger has no end".to_owned()))
    }

    /// The newest transaction that Stripe shows.
    pub(crate) async fn newest_transaction(&mut self) -> Result<Option<String>, Halt> {
        let params = ListParams { limit: Some(1), ..ListParams::default() };
        let answer = self.page(Resource::BalanceTransactions, &params).await?;
        let answer = answer.map_err(|error| Halt::of_refusal(Resource::BalanceTransactions, &error))?;
        self.offset.observe_answer(answer.sent_at, answer.received_at, answer.date);
        Ok(answer.body.objects().find_map(Result::ok).map(|object| object.id.into_owned()))
    }

    /// The ids of a payout's transactions, its own among them; none while Stripe isn't ready to tell.
    pub(crate) async fn payout_transactions(&mut self, payout: &str) -> Result<Option<Vec<String>>, Halt> {
        let mut ids: Vec<String> = Vec::new();
        let mut params = ListParams { filters: vec![("payout", payout.to_owned())], ..ListParams::default() };
        for _ in 0..PAGES_MAX {
            let answer = match self.page(Resource::BalanceTransactions, &params).await? {
                Ok(answer) => answer,
                // The payout isn't ready after all, or is gone: it is asked for again next time.
                Err(error)
                    if matches!(error.kind, ErrorKind::Rejected { .. } | ErrorKind::NotFound { .. }) =>
                {
                    tracing::debug!(%error, payout, "a payout's transactions can't be listed");
                    return Ok(None);
                }
                Err(error) => return Err(Halt::of_refusal(Resource::BalanceTransactions, &error)),
            };
            ids.extend(answer.body.objects().filter_map(Result::ok).map(|object| object.id.into_owned()));
            match ids.last().filter(|_| answer.body.has_more()) {
                Some(last) => params.cursor = Some(Cursor::OlderThan(last.clone())),
                None => return Ok(Some(ids)),
            }
        }
        Err(Halt::Inconclusive(format!("the transactions of {payout} have no end")))
    }

    /// Reads one object and stores it; says whether Stripe has it.
    pub(crate) async fn object(&mut self, resource: Resource, id: &str) -> Result<bool, Halt> {
        let stripe = self.held.context.stripe.clone();
        let answer = self.unless_stopped(stripe.retrieve(&self.held.auth, resource, id)).await?;
        let answer = match answer {
            Ok(answer) => answer,
            Err(error) if matches!(error.kind, ErrorKind::NotFound { .. }) => return Ok(false),
            Err(error) => return Err(Halt::of_refusal(resource, &error)),
        };
        let mut batch = self.batch(resource, &answer);
        batch.add(&answer.body.object());
        self.store(resource, batch).await?;
        Ok(true)
    }

    async fn page(
        &self,
        resource: Resource,
        params: &ListParams,
    ) -> Result<Result<Answer<ListPage>, Error>, RunError> {
        let stripe = self.held.context.stripe.clone();
        self.unless_stopped(stripe.list_page(&self.held.auth, resource, params)).await
    }

    async fn unless_stopped<T>(&self, asked: impl Future<Output = T>) -> Result<T, RunError> {
        tokio::select! {
            answer = asked => Ok(answer),
            () = self.held.stop.cancelled() => Err(RunError::Stopping),
        }
    }

    /// An empty batch of what an answer says, with the interval in which it was true.
    fn batch<T>(&mut self, resource: Resource, answer: &Answer<T>) -> Batch {
        self.offset.observe_answer(answer.sent_at, answer.received_at, answer.date);
        let mut batch = Batch::new(resource);
        batch.interval = self.offset.interval(answer.sent_at, answer.received_at);
        batch
    }

    async fn store(&self, resource: Resource, batch: Batch) -> Result<(), RunError> {
        let (owner, batches) = (self.held.owner, [batch]);
        self.held
            .commit(move |conn, modified| {
                commit::write(conn, owner, modified, resource, Source::Read, &batches, Rows::Any).map(|_| ())
            })
            .await
    }
}
