//! What a connection keeps of its account: events of anything else say nothing to it.

use std::collections::HashSet;
use tributary_core::sync_settings::SyncSettings;
use tributary_core::{DataType, Millis, Resource};
use tributary_db::connections::Connection;
use tributary_db::{AnyConn, DbError, datasets, sync_settings};

/// The lists that were ever asked for, and since when they are kept.
pub(super) struct Scope {
    resources: HashSet<Resource>,
    settings: SyncSettings,
}

impl Scope {
    /// As it is now.
    pub(super) fn load(conn: &mut AnyConn, connection: &Connection) -> Result<Self, DbError> {
        let settings = sync_settings::in_force(conn, connection.platform_no, connection.company_id)?;
        let asked = datasets::latest_of(conn, connection.no)?;
        let types: Vec<DataType> = asked.iter().map(|dataset| dataset.data_type).collect();
        Ok(Scope { resources: settings.resources(&types).into_iter().collect(), settings })
    }

    /// Whether objects of a list are kept at all.
    pub(super) fn has(&self, resource: Resource) -> bool {
        self.resources.contains(&resource)
    }

    /// Whether an object is kept that was created at `created_secs`, `now` being Stripe's clock.
    pub(super) fn keeps(&self, resource: Resource, created_secs: Option<i64>, now: Millis) -> bool {
        self.has(resource) && created_secs.is_none_or(|secs| secs >= self.bound_secs(resource, now))
    }

    /// Since when objects of a list are kept: Unix seconds.
    pub(super) fn bound_secs(&self, resource: Resource, now: Millis) -> i64 {
        self.settings.bound_secs(resource, now)
    }
}
