//! Writing down that something happened.

use super::{EventType, Written, previous_attributes};
use crate::expand::Expand;
use crate::json::Json;
use crate::kind::Kind;
use crate::render::{self, View};
use crate::world::World;
use serde_json::Value;

/// When something is done, and by which request.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Moment<'a> {
    /// Unix seconds.
    pub(crate) at: u32,
    /// `req_…`, none where time does it.
    pub(crate) request: Option<&'a str>,
    pub(crate) idempotency_key: Option<&'a str>,
}

impl World {
    /// The object as it stands, JSON.
    pub(crate) fn snapshot(&self, kind: Kind, place: usize) -> String {
        let view = View { world: self, client_id: &self.client_id, hide_client_secret: false };
        let mut json = Json::with_capacity(2600);
        match kind {
            Kind::Balance => render::balance(&view, &mut json),
            _ => view.object(&mut json, kind, place, &Expand::default()),
        }
        json.finish()
    }

    /// Notes that something happened to the object at `place`, which stands as it does now.
    pub(crate) fn note(&mut self, by: &Moment<'_>, what: EventType, place: usize) {
        let object = self.snapshot(what.kind(), place);
        self.write_down(by, what, object, None);
    }

    /// Notes a change of the object at `place`, which stood like `before`; an update that changed nothing is none.
    pub(crate) fn note_change(&mut self, by: &Moment<'_>, what: EventType, place: usize, before: &str) {
        let object = self.snapshot(what.kind(), place);
        let read = |text: &str| serde_json::from_str::<Value>(text).unwrap_or_default();
        let previous = previous_attributes(&read(before), &read(&object));
        if !previous.is_empty() {
            self.write_down(by, what, object, Some(Value::Object(previous).to_string()));
        }
    }

    fn write_down(&mut self, by: &Moment<'_>, what: EventType, object: String, previous: Option<String>) {
        self.events.written.push(Written {
            created: by.at,
            what,
            object: object.into_boxed_str(),
            previous: previous.map(String::into_boxed_str),
            request: by.request.map(Box::from),
            idempotency_key: by.idempotency_key.map(Box::from),
        });
    }
}
