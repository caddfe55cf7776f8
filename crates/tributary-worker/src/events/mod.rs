//! The event lane of a connection that is held (rule E12): applies the events that wait, reads the objects that they
//! hint at, and lists the events that no webhook brought.
//!
//! Everything it does is in the database before it is done: a lane that is killed is taken up by another. Requests to
//! Stripe are tasks of their own, several at once; their answers are stored by the lane, one commit after the other.

mod apply;
mod deauthorization;
mod ledger;
mod listing;
mod load;
mod meaning;
mod reads;
mod scope;

#[cfg(test)]
pub(crate) use meaning::{Effect, effects};

use crate::WorkerContext;
use crate::clock_offset::ClockOffset;
use crate::held::{Held, RunError};
use ledger::Ledger;
use listing::Listing;
use reads::Read;
use scope::Scope;
use std::collections::HashSet;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tributary_core::ids::ConnectionNo;
use tributary_core::state::ConnectionStatus;
use tributary_core::{Millis, Resource};
use tributary_db::connections::Connection;
use tributary_db::events::{feeds, inbox};
use tributary_db::leases::{self, Lease};
use tributary_db::rereads::{self, Reread};
use tributary_db::{AnyConn, DbError, connections, work};
use tributary_stripe::{Answer, Error, ListPage};

/// Events applied in one commit: so few that SQLite's one writer isn't taken for longer than 50 ms (rule E17).
const EVENTS_AT_ONCE: i64 = 100;

/// Objects to be read that one look finds: more than are read at once, since one list brings many.
const REREADS_AT_ONCE: i64 = 500;

/// How long a lane waits for more before it lets go: a stream of events isn't taken up anew for each.
const LINGER: Duration = Duration::from_millis(250);

/// After so long the lane looks anew at what the connection keeps.
const SCOPE_EVERY: Duration = Duration::from_secs(30);

/// The lane at work.
struct Lane<'a> {
    held: Held<'a>,
    offset: ClockOffset,
    connection: Connection,
    scope: Scope,
    /// Whether data flows after the first pull, so that events are listed now and then.
    flows: bool,
    loaded_at: Instant,
    /// Requests under way.
    jobs: JoinSet<Job>,
    /// What `jobs` reads.
    reading: HashSet<(Resource, String)>,
    ledger: Option<Ledger>,
    listing: Option<Listing>,
}

/// A request that has ended.
enum Job {
    Read(Box<Read>),
    Ledger(Result<Answer<ListPage>, Error>),
    Events(Result<Answer<ListPage>, Error>),
}

/// What there is to do for a connection.
struct Look {
    now: Millis,
    events: Vec<inbox::Waiting>,
    rereads: Vec<Reread>,
    feed: Option<feeds::Feed>,
}

/// Whether the lane has anything to do: for a look before more is loaded.
pub(crate) fn has_work(conn: &mut AnyConn, connection: ConnectionNo) -> Result<bool, DbError> {
    let now = leases::now(conn)?;
    if !work::has_events(conn, connection, now)? {
        return Ok(false);
    }
    let connection = connections::find_by_no(conn, connection)?;
    Ok(connection.is_some_and(|connection| is_at_work(&connection)))
}

/// Whether anything is done for a connection.
fn is_at_work(connection: &Connection) -> bool {
    connection.status == ConnectionStatus::Linked && connection.paused.is_none()
}

/// Does what there is to do, until nothing is left or the service stops.
///
/// # Errors
/// [`RunError::Deauthorized`] after the connection was made so; otherwise what kept the lane from going on.
pub(crate) async fn drive(
    context: &WorkerContext,
    lease: &Lease,
    stop: &CancellationToken,
) -> Result<(), RunError> {
    let no = lease.connection_no;
    let found = context.db.read(move |conn| {
        if !has_work(conn, no)? {
            return Ok(None);
        }
        let Some(view) = connections::find_view_by_no(conn, no)? else { return Ok(None) };
        let scope = Scope::load(conn, &view.connection)?;
        Ok(Some((view, scope)))
    });
    let Some((view, scope)) = found.await? else { return Ok(()) };
    let held = Held::open(context, lease.clone(), &view.connection, stop).await?;
    let mut lane = Lane {
        held,
        offset: ClockOffset::default(),
        flows: view.integration.flows(),
        connection: view.connection,
        scope,
        loaded_at: Instant::now(),
        jobs: JoinSet::new(),
        reading: HashSet::new(),
        ledger: None,
        listing: None,
    };
    match lane.work().await {
        Err(RunError::Stopping) => Ok(()),
        Err(RunError::Deauthorized(reason)) => {
            lane.held.deauthorize(reason.clone()).await?;
            Err(RunError::Deauthorized(reason))
        }
        result => result,
    }
}

impl Lane<'_> {
    async fn work(&mut self) -> Result<(), RunError> {
        let mut lingered = false;
        while !self.held.stop.is_cancelled() {
            if self.loaded_at.elapsed() > SCOPE_EVERY && !self.reload().await? {
                return Ok(());
            }
            // Before the look, so that nothing that comes meanwhile is slept over.
            let bell = std::sync::Arc::clone(&self.held.context.lanes);
            let rung = bell.notified();
            tokio::pin!(rung);
            rung.as_mut().enable();
            let look = self.look().await?;
            let many = look.events.len() >= usize::try_from(EVENTS_AT_ONCE).unwrap_or(usize::MAX);
            if !look.events.is_empty() {
                self.apply(look.events).await?;
                lingered = false;
            }
            self.begin(look.rereads, look.feed, look.now);
            let ended = self.ended_jobs();
            if !ended.is_empty() {
                self.finish(ended).await?;
                lingered = false;
                continue;
            }
            if many {
                continue;
            }
            if self.jobs.is_empty() {
                if lingered {
                    return Ok(());
                }
                lingered = true;
            }
            let wait = if self.jobs.is_empty() {
                LINGER
            } else {
                Duration::from_millis(self.held.context.settings.poll_ms)
            };
            tokio::select! {
                () = self.held.stop.cancelled() => return Err(RunError::Stopping),
                () = rung => lingered = false,
                () = tokio::time::sleep(wait) => {}
                Some(job) = self.jobs.join_next(), if !self.jobs.is_empty() => {
                    let mut ended = vec![job];
                    ended.extend(std::iter::from_fn(|| self.jobs.try_join_next()));
                    let ended = ended.into_iter().filter_map(Result::ok).collect();
                    self.finish(ended).await?;
                    lingered = false;
                }
            }
        }
        Err(RunError::Stopping)
    }

    /// Loads anew what may have changed since. Says no when the connection is not the lane's to work on any more.
    async fn reload(&mut self) -> Result<bool, RunError> {
        let no = self.connection.no;
        let found = self.held.context.db.read(move |conn| {
            let Some(view) = connections::find_view_by_no(conn, no)? else { return Ok(None) };
            let scope = Scope::load(conn, &view.connection)?;
            Ok(Some((view, scope)))
        });
        let Some((view, scope)) = found.await? else { return Ok(false) };
        self.flows = view.integration.flows();
        (self.scope, self.loaded_at) = (scope, Instant::now());
        // Linked anew means another credential than the one that is open.
        let same = view.connection.linked == self.connection.linked;
        Ok(same && is_at_work(&view.connection))
    }

    async fn look(&self) -> Result<Look, RunError> {
        let no = self.held.owner.connection_no;
        let look = self.held.context.db.read(move |conn| {
            let now = leases::now(conn)?;
            Ok(Look {
                now,
                events: inbox::waiting(conn, no, now, EVENTS_AT_ONCE)?,
                rereads: rereads::due(conn, no, now, REREADS_AT_ONCE)?,
                feed: feeds::find(conn, no)?,
            })
        });
        Ok(look.await?)
    }

    /// Begins the requests that there is room for.
    fn begin(&mut self, rereads: Vec<Reread>, feed: Option<feeds::Feed>, now: Millis) {
        let (entries, objects): (Vec<Reread>, Vec<Reread>) = rereads
            .into_iter()
            .partition(|one| one.resource == Resource::BalanceTransactions && one.failures == 0);
        for reread in objects {
            self.begin_read(reread);
        }
        if self.ledger.is_none() && !entries.is_empty() {
            self.begin_ledger(entries);
        }
        if self.listing.is_none()
            && let Some(feed) = feed.filter(|feed| feed.poll.is_some_and(|at| at <= now))
        {
            self.begin_listing(&feed);
        }
    }

    fn ended_jobs(&mut self) -> Vec<Job> {
        std::iter::from_fn(|| self.jobs.try_join_next()).filter_map(Result::ok).collect()
    }

    /// Stores what requests brought.
    async fn finish(&mut self, jobs: Vec<Job>) -> Result<(), RunError> {
        let mut reads = Vec::new();
        for job in jobs {
            match job {
                Job::Read(read) => reads.push(*read),
                Job::Ledger(answer) => self.finish_ledger(answer).await?,
                Job::Events(answer) => self.finish_listing(answer).await?,
            }
        }
        if reads.is_empty() { Ok(()) } else { self.finish_reads(reads).await }
    }

    /// Stripe's clock, as far as it is known.
    fn stripe_now(&self) -> Millis {
        self.held.context.clock.now().plus_ms(self.offset.ms())
    }

    fn observe<T>(&mut self, answer: &Answer<T>) {
        if let Some(date) = answer.date {
            self.offset.observe(answer.sent_at, answer.received_at, date);
        }
    }
}
