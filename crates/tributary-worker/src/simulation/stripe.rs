//! Stripe in memory, with a clock that moves only when it is told to.

use std::collections::BTreeMap;
use tributary_core::Resource;
use tributary_stripe::STRIPE_VERSION;

/// Objects on one page of a list: few, so that small accounts have many pages.
pub(super) const PAGE: usize = 3;

/// When every history begins: UTC milliseconds.
pub(super) const START_MS: i64 = 1_800_000_000_000;

/// One object through time.
struct Thing {
    number: usize,
    created_ms: i64,
    /// What it said from when on; none: it was deleted.
    versions: Vec<(i64, Option<u32>)>,
}

/// What happened to an object, as Stripe tells of it.
#[derive(Clone, Debug)]
pub(super) struct Event {
    /// Stripe's clock, in whole seconds.
    pub(super) created_secs: i64,
    /// `customer.updated`, …
    pub(super) event_type: String,
    /// The object as it was just after.
    pub(super) snapshot: String,
    /// The API version that the snapshot is written in.
    pub(super) api_version: Option<&'static str>,
}

/// Why a list can't be read on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct UnknownCursor;

/// A page of a list.
#[derive(Clone, Debug)]
pub(super) struct Page {
    /// Newest first.
    pub(super) texts: Vec<String>,
    pub(super) has_more: bool,
}

/// What is asked of a list.
#[derive(Clone, Debug)]
pub(super) struct ListParams {
    pub(super) resource: Resource,
    pub(super) from_secs: i64,
    pub(super) to_secs: Option<i64>,
    pub(super) after: Option<String>,
}

/// The account at Stripe.
pub(super) struct Stripe {
    now_ms: i64,
    things: BTreeMap<Resource, Vec<Thing>>,
    /// All that ever happened, in order.
    pub(super) events: Vec<Event>,
    versions: u32,
}

/// The lists that there are: customers, which can be deleted, and charges, which can't.
pub(super) const RESOURCES: [Resource; 2] = [Resource::Customers, Resource::Charges];

impl Stripe {
    pub(super) fn new() -> Self {
        Stripe { now_ms: START_MS, things: BTreeMap::new(), events: Vec::new(), versions: 0 }
    }

    pub(super) fn now_ms(&self) -> i64 {
        self.now_ms
    }

    pub(super) fn pass(&mut self, ms: i64) {
        self.now_ms += ms;
    }

    pub(super) fn create(&mut self, resource: Resource, tells_in_our_version: bool) {
        self.versions += 1;
        let things = self.things.entry(resource).or_default();
        let versions = vec![(self.now_ms, Some(self.versions))];
        things.push(Thing { number: things.len(), created_ms: self.now_ms, versions });
        let at = things.len() - 1;
        self.tell(resource, at, "created", tells_in_our_version);
    }

    /// Changes the living object with this number, counted around.
    pub(super) fn update(&mut self, resource: Resource, pick: usize, tells_in_our_version: bool) {
        let Some(at) = self.living(resource, pick) else { return };
        self.versions += 1;
        let version = (self.now_ms, Some(self.versions));
        self.things.entry(resource).or_default()[at].versions.push(version);
        self.tell(resource, at, "updated", tells_in_our_version);
    }

    /// Deletes a living customer.
    pub(super) fn delete(&mut self, pick: usize, tells_in_our_version: bool) {
        let Some(at) = self.living(Resource::Customers, pick) else { return };
        self.things.entry(Resource::Customers).or_default()[at].versions.push((self.now_ms, None));
        self.tell(Resource::Customers, at, "deleted", tells_in_our_version);
    }

    fn living(&self, resource: Resource, pick: usize) -> Option<usize> {
        let things = self.things.get(&resource)?;
        let living: Vec<usize> =
            (0..things.len()).filter(|at| things[*at].at(self.now_ms).is_some()).collect();
        (!living.is_empty()).then(|| living[pick % living.len()])
    }

    fn tell(&mut self, resource: Resource, at: usize, word: &'static str, is_our_version: bool) {
        let thing = &self.things[&resource][at];
        // The snapshot of a deletion is the object as it last was.
        let version = thing.versions.iter().rev().find_map(|(_, version)| *version).unwrap_or(0);
        self.events.push(Event {
            created_secs: self.now_ms.div_euclid(1000),
            event_type: format!(
                "{}.{word}",
                if resource == Resource::Customers { "customer" } else { "charge" }
            ),
            snapshot: thing.text(resource, version),
            api_version: Some(if is_our_version { STRIPE_VERSION } else { "2019-02-19" }),
        });
    }

    /// A page of a list, as it was `lag_ms` ago.
    pub(super) fn list(&self, params: &ListParams, lag_ms: i64) -> Result<Page, UnknownCursor> {
        let at_ms = self.now_ms - lag_ms;
        let resource = params.resource;
        let newest_first: Vec<&Thing> = self.things.get(&resource).into_iter().flatten().rev().collect();
        let from = match &params.after {
            None => 0,
            Some(after) => {
                let alive = |thing: &&Thing| thing.id(resource) == *after && thing.at(at_ms).is_some();
                newest_first.iter().position(alive).ok_or(UnknownCursor)? + 1
            }
        };
        let secs = |thing: &Thing| thing.created_ms.div_euclid(1000);
        let mut shown = newest_first[from..].iter().filter_map(|thing| {
            let in_range =
                secs(thing) >= params.from_secs && params.to_secs.is_none_or(|to| secs(thing) < to);
            let version = thing.at(at_ms).filter(|_| in_range)?;
            Some(thing.text(resource, version))
        });
        let texts: Vec<String> = shown.by_ref().take(PAGE).collect();
        Ok(Page { texts, has_more: shown.next().is_some() })
    }

    /// One object by its id: its text, or the stub of a deleted one; none if there never was one.
    pub(super) fn retrieve(&self, resource: Resource, id: &str) -> Option<String> {
        let thing = self.things.get(&resource)?.iter().find(|thing| thing.id(resource) == id)?;
        Some(match thing.at(self.now_ms) {
            Some(version) => thing.text(resource, version),
            None => format!(r#"{{"id":"{id}","object":"customer","deleted":true}}"#),
        })
    }

    /// All living objects of a list by their ids.
    pub(super) fn truth(&self, resource: Resource) -> BTreeMap<String, String> {
        let things = self.things.get(&resource).into_iter().flatten();
        let text = |thing: &Thing| Some((thing.id(resource), thing.text(resource, thing.at(self.now_ms)?)));
        things.filter_map(text).collect()
    }
}

impl Thing {
    /// What it said at a moment; none before it was created and after it was deleted.
    fn at(&self, at_ms: i64) -> Option<u32> {
        self.versions.iter().rev().find(|(since, _)| *since <= at_ms)?.1
    }

    fn id(&self, resource: Resource) -> String {
        let prefix = if resource == Resource::Customers { "cus" } else { "ch" };
        format!("{prefix}_{:05}", self.number)
    }

    fn text(&self, resource: Resource, version: u32) -> String {
        let (id, created) = (self.id(resource), self.created_ms.div_euclid(1000));
        match resource {
            Resource::Customers => {
                format!(
                    r#"{{"id":"{id}","object":"customer","created":{created},"name":"Version {version}"}}"#
                )
            }
            _ => format!(
                r#"{{"id":"{id}","object":"charge","created":{created},"amount":{version},"currency":"usd","status":"pending"}}"#
            ),
        }
    }
}
