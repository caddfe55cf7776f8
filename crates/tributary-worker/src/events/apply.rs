//! Applying the events that wait: those of one look in one commit.

use super::Lane;
use super::load::Load;
use super::meaning::{Effect, effects};
use crate::held::RunError;
use crate::reread;
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use tributary_core::Resource;
use tributary_core::knowledge::{Interval, Source};
use tributary_db::events::inbox::{self, Waiting};
use tributary_db::{DbError, runs, source_objects};
use tributary_stripe::Object;

/// How long after each failed attempt an event is tried again, in seconds; after the last it is set aside.
const WAITS_SECS: [i64; 6] = [1, 5, 30, 300, 1_800, 7_200];

impl Lane<'_> {
    /// Applies events. One that can't be applied is tried again later, and holds up no other.
    pub(super) async fn apply(&mut self, mut events: Vec<Waiting>) -> Result<(), RunError> {
        // What happened first counts first; what happened in one second is in no order (rule E1).
        events.sort_by_key(|event| event.created_secs);
        match self.store(&events).await {
            Err(RunError::Db(error)) if is_of_the_rows(&error) && events.len() > 1 => {
                tracing::warn!(connection.no = self.held.owner.connection_no.0, %error, "applying events one by one");
            }
            Err(RunError::Db(error)) if is_of_the_rows(&error) => {
                for event in &events {
                    self.put_off(event, &error.to_string()).await?;
                }
                return Ok(());
            }
            result => return result,
        }
        for event in &events {
            match self.store(std::slice::from_ref(event)).await {
                Err(RunError::Db(error)) if is_of_the_rows(&error) => {
                    self.put_off(event, &error.to_string()).await?;
                }
                result => result?,
            }
        }
        Ok(())
    }

    async fn store(&mut self, events: &[Waiting]) -> Result<(), RunError> {
        let mut load = Load::default();
        let late = self.unknown_to_runs(events).await?;
        let mut done = Vec::with_capacity(events.len());
        for event in events {
            let object = event.object.as_deref().unwrap_or_default();
            let interval = Interval::of_event(event.created_secs);
            for effect in effects(&event.event_type, event.api_version.as_deref(), object) {
                match effect {
                    Effect::Apply(resource) => {
                        let Ok(object) = Object::parse(object) else { continue };
                        if late.contains(&event.id) {
                            load.hint(&self.scope, resource, object.id.into_owned());
                        } else {
                            load.add(&self.scope, resource, &object, interval);
                        }
                    }
                    Effect::Bury(resource, id) => {
                        let stub = reread::stub_text(&id);
                        if let Ok(object) = Object::parse(&stub) {
                            load.add(&self.scope, resource, &object, interval);
                        }
                    }
                    Effect::Reread(resource, id) => load.hint(&self.scope, resource, id),
                    Effect::Deauthorize => self.deauthorization(event).await?,
                }
            }
            done.push(event.id.clone());
        }
        let (owner, load) = (self.held.owner, Arc::new(load));
        self.held
            .commit(move |conn, modified| {
                load.write(conn, owner, Source::Event, modified)?;
                inbox::done(conn, owner.connection_no, &done)
            })
            .await
    }

    /// Events from before the latest run of objects that aren't stored: the run didn't find them, so they may have been
    /// deleted before it, and nothing would tell of that any more.
    async fn unknown_to_runs(&self, events: &[Waiting]) -> Result<HashSet<String>, RunError> {
        let mut asked: BTreeMap<Resource, Vec<(String, String)>> = BTreeMap::new();
        let (no, oldest) =
            (self.held.owner.connection_no, events.iter().map(|event| event.created_secs).min());
        let as_of = self.held.context.db.read(move |conn| runs::latest_as_of(conn, no)).await?;
        let is_late = |secs: i64| as_of.is_none_or(|as_of| secs.saturating_mul(1000) < as_of.0);
        if !oldest.is_some_and(is_late) {
            return Ok(HashSet::new());
        }
        for event in events.iter().filter(|event| is_late(event.created_secs)) {
            let object = event.object.as_deref().unwrap_or_default();
            let effects = effects(&event.event_type, event.api_version.as_deref(), object);
            let applied = effects.into_iter().find_map(|effect| match effect {
                Effect::Apply(resource) => Some(resource),
                _ => None,
            });
            if let (Some(resource), Ok(object)) = (applied, Object::parse(object)) {
                asked.entry(resource).or_default().push((object.id.into_owned(), event.id.clone()));
            }
        }
        let unknown = self.held.context.db.read(move |conn| {
            let mut unknown = HashSet::new();
            for (resource, objects) in asked {
                let ids: Vec<&str> = objects.iter().map(|(object, _)| object.as_str()).collect();
                let missing: HashSet<String> =
                    source_objects::missing(conn, no, resource, &ids)?.into_iter().collect();
                unknown.extend(
                    objects.into_iter().filter(|(id, _)| missing.contains(id)).map(|(_, event)| event),
                );
            }
            Ok(unknown)
        });
        Ok(unknown.await?)
    }

    /// Tries an event again later, or sets it aside.
    async fn put_off(&self, event: &Waiting, problem: &str) -> Result<(), RunError> {
        let wait_secs = usize::try_from(event.failures).ok().and_then(|n| WAITS_SECS.get(n)).copied();
        let (no, id, problem) = (self.held.owner.connection_no, event.id.clone(), problem.to_owned());
        tracing::warn!(connection.no = no.0, event.id = id, problem, wait_secs, "an event can't be applied");
        self.held
            .commit(move |conn, now| {
                let again = wait_secs.map(|secs| now.plus_ms(secs * 1000));
                inbox::fail(conn, no, &id, &problem, again)
            })
            .await
    }
}

/// Whether the rows are at fault, and not the database or the lease.
fn is_of_the_rows(error: &DbError) -> bool {
    !error.is_outage() && matches!(error, DbError::Query(_) | DbError::Broken(_))
}
