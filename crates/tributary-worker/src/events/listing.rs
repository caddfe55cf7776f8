//! Listing events at Stripe: what no webhook brought. After every run, from before it began (rule E2); then now and
//! then while data flows, often where no webhook comes and rarely where they do.

use super::meaning::{Effect, effects};
use super::{Job, Lane};
use crate::held::{RunError, dead_credential};
use std::sync::Arc;
use tributary_core::Millis;
use tributary_db::events::feeds::{self, Feed};
use tributary_db::events::{Arrival, inbox};
use tributary_db::use_cases;
use tributary_stripe::{Answer, Error, ErrorKind, Event, ListPage};

/// Stripe lists the events of so many seconds; some of the oldest may be missing already.
const LISTED_SECS: i64 = 30 * 86_400;
const LISTED_MARGIN_SECS: i64 = 6 * 3_600;

/// Events appear in the list a little out of their order: each list begins so long before the end of the last one.
const OVERLAP_SECS: i64 = 600;

/// How long a webhook may take before its event counts as one that none brought.
const WEBHOOK_SECS: i64 = 120;

/// How often events are listed where webhooks bring them: only to be sure.
const BESIDE_WEBHOOKS_MS: i64 = 6 * 3_600_000;

/// How long a list that failed is left alone.
const FAILED_AGAIN_MS: i64 = 60_000;

/// Pages of one list at most: a million events. Reading everything anew takes less.
const PAGES_MAX: u32 = 10_000;

/// Events forgotten after a list, of either origin.
const FORGOTTEN_AT_ONCE: i64 = 5_000;

/// A list under way, the newest events first.
pub(super) struct Listing {
    /// Where the last list ended: Unix seconds by Stripe's clock.
    cursor_secs: i64,
    /// The event that it ended with; none once it was seen again.
    cursor_id: Option<String>,
    /// The newest event of this list.
    newest: Option<(i64, String)>,
    /// Events that a webhook should have brought.
    missed: usize,
    pages: u32,
}

/// Why events are lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lost {
    TooOld,
    CursorGone,
    TooMany,
}

impl Lane<'_> {
    /// Begins to list, if it is known from where.
    pub(super) fn begin_listing(&mut self, feed: &Feed) {
        let Some(cursor_secs) = feed.cursor_secs else { return };
        let cursor_id = feed.cursor_id.clone();
        self.listing = Some(Listing { cursor_secs, cursor_id, newest: None, missed: 0, pages: 0 });
        self.list_events(cursor_secs, None);
    }

    fn list_events(&mut self, cursor_secs: i64, after: Option<String>) {
        let (stripe, auth) = (self.held.context.stripe.clone(), self.held.auth.clone());
        let from_secs = (cursor_secs - OVERLAP_SECS).max(0);
        self.jobs
            .spawn(async move { Job::Events(stripe.events_page(&auth, from_secs, after.as_deref()).await) });
    }

    /// Stores a page of events; they are applied like those of webhooks.
    pub(super) async fn finish_listing(
        &mut self,
        answer: Result<Answer<ListPage>, Error>,
    ) -> Result<(), RunError> {
        let Some(mut listing) = self.listing.take() else { return Ok(()) };
        let answer = match answer {
            Ok(answer) => answer,
            Err(error) => return self.listing_failed(&error).await,
        };
        self.observe(&answer);
        let now = self.stripe_now();
        if let Some(lost) = lost(&listing, now) {
            return self.events_are_lost(lost).await;
        }
        let mut arrivals = Vec::new();
        for object in answer.body.objects().flatten() {
            listing.cursor_id = listing.cursor_id.take().filter(|id| *id != object.id);
            let Ok(event) = Event::parse(object.raw) else { continue };
            listing.newest.get_or_insert_with(|| (event.created_secs, event.id.clone()));
            if self.concerns(&event) {
                arrivals.push(Arrival {
                    object: event.object_to_store(),
                    id: event.id,
                    event_type: event.event_type,
                    api_version: event.api_version,
                    created_secs: event.created_secs,
                });
            }
        }
        let last = answer.body.last().map(|last| last.id.to_string());
        listing.missed += self.keep(arrivals, now).await?;
        listing.pages += 1;
        match last.filter(|_| answer.body.has_more()) {
            Some(last) => {
                self.list_events(listing.cursor_secs, Some(last));
                self.listing = Some(listing);
                Ok(())
            }
            None if listing.cursor_id.is_some() => self.events_are_lost(Lost::CursorGone).await,
            None => self.listing_ended(listing).await,
        }
    }

    /// Whether an event says anything that is kept. A withdrawal never comes this way.
    fn concerns(&self, event: &Event<'_>) -> bool {
        let effects = effects(&event.event_type, event.api_version.as_deref(), event.object);
        effects.iter().any(|effect| match effect {
            Effect::Apply(resource) | Effect::Bury(resource, _) | Effect::Reread(resource, _) => {
                self.scope.has(*resource)
            }
            Effect::Deauthorize => false,
        })
    }

    /// Stores those that aren't known; says how many of them a webhook should have brought by now.
    async fn keep(&self, arrivals: Vec<Arrival>, now: Millis) -> Result<usize, RunError> {
        if arrivals.is_empty() {
            return Ok(0);
        }
        let (owner, arrivals) = (self.held.owner, Arc::new(arrivals));
        let late = now.secs() - WEBHOOK_SECS;
        self.held
            .commit(move |conn, modified| {
                let ids: Vec<&str> = arrivals.iter().map(|event| event.id.as_str()).collect();
                let known = inbox::known(conn, owner.connection_no, &ids)?;
                let new: Vec<&Arrival> = arrivals.iter().filter(|event| !known.contains(&event.id)).collect();
                inbox::add(conn, owner, &new, true, modified)?;
                Ok(new.iter().filter(|event| event.created_secs < late).count())
            })
            .await
    }

    async fn listing_ended(&self, listing: Listing) -> Result<(), RunError> {
        let (no, flows) = (self.held.owner.connection_no, self.flows);
        let every_ms = self.held.context.settings.event_poll_minutes.saturating_mul(60_000);
        self.held
            .commit(move |conn, now| {
                let by_webhook = listing.missed == 0 && inbox::has_webhooks(conn, no)?;
                let every_ms = if by_webhook { every_ms.max(BESIDE_WEBHOOKS_MS) } else { every_ms };
                let next = flows.then(|| now.plus_ms(every_ms));
                let newest = listing.newest.as_ref().map(|(secs, id)| (*secs, id.as_str()));
                feeds::advance(conn, no, newest, now, next)?;
                inbox::prune(conn, no, now, FORGOTTEN_AT_ONCE).map(drop)
            })
            .await
    }

    async fn listing_failed(&self, error: &Error) -> Result<(), RunError> {
        if let Some(dead) = dead_credential(error) {
            return Err(dead);
        }
        let no = self.held.owner.connection_no;
        tracing::warn!(connection.no = no.0, %error, "events can't be listed");
        let problem = match &error.kind {
            ErrorKind::Forbidden { permissions, .. } => Some(match &permissions[..] {
                [] => "Stripe refuses to list events. Permission needed: rak_event_read".to_owned(),
                named => format!("Stripe refuses to list events. Permission needed: {}", named.join(" or ")),
            }),
            _ => None,
        };
        self.held
            .commit(move |conn, now| match &problem {
                Some(problem) => feeds::forbid(conn, no, problem),
                None => feeds::postpone(conn, no, now.plus_ms(FAILED_AGAIN_MS)),
            })
            .await
    }

    /// What the events would have told has to be read.
    async fn events_are_lost(&self, lost: Lost) -> Result<(), RunError> {
        let no = self.held.owner.connection_no;
        let queued = self.held.commit(move |conn, now| use_cases::lose_events(conn, no, now)).await?;
        tracing::warn!(connection.no = no.0, ?lost, queued, "events were lost: everything is read again");
        Ok(())
    }
}

/// Whether Stripe no longer lists everything since the cursor, `now` being its clock.
fn lost(listing: &Listing, now: Millis) -> Option<Lost> {
    if listing.cursor_secs < now.secs() - (LISTED_SECS - LISTED_MARGIN_SECS) {
        Some(Lost::TooOld)
    } else if listing.pages >= PAGES_MAX {
        Some(Lost::TooMany)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_lost_once_stripe_may_not_list_them_any_more() {
        let now = Millis::from_secs(1_800_000_000);
        let since = |days: i64, pages| {
            let cursor_secs = now.secs() - days * 86_400;
            lost(&Listing { cursor_secs, cursor_id: None, newest: None, missed: 0, pages }, now)
        };
        assert_eq!((since(0, 0), since(29, 9_999)), (None, None));
        assert_eq!((since(30, 0), since(400, 0)), (Some(Lost::TooOld), Some(Lost::TooOld)));
        assert_eq!(since(1, 10_000), Some(Lost::TooMany));
    }
}
