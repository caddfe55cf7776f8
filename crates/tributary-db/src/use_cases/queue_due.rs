//! Asking for what a schedule has made due (rule E11).

use crate::conn::AnyConn;
use crate::connections;
use crate::datasets::{self, Dataset};
use crate::error::DbError;
use crate::{schedules, sync_settings};
use tributary_core::state::{ConnectionStatus, DatasetStatus, RunReason};
use tributary_core::sync_settings::TypeSettings;
use tributary_core::{Millis, SyncMode};

/// What failed for a reason that may pass is tried again after an hour, or sooner if its schedule says so.
const RETRY_MS: i64 = 3_600_000;

/// What a look at the connections whose time had come led to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Looked {
    /// Connections looked at: as many as allowed means that more may wait.
    pub connections: u64,
    /// Datasets queued.
    pub queued: u64,
}

/// Queues what is due on up to `limit` connections, and notes when each is to be looked at again. Only what is
/// Linked by an integration that is switched on and continuous is ever due, and of that only what was asked for once.
/// `safety_hours` stands in where a type has no schedule.
pub fn queue_due(conn: &mut AnyConn, now: Millis, safety_hours: i64, limit: i64) -> Result<Looked, DbError> {
    let due = schedules::take_due(conn, now, limit)?;
    let mut queued = 0;
    for no in &due {
        let Some(view) = connections::find_view_by_no(conn, *no)? else { continue };
        let (connection, integration) = (&view.connection, &view.integration);
        let flows = connection.status == ConnectionStatus::Linked
            && integration.enabled
            && integration.sync_mode == SyncMode::Continuous;
        let mut look_again = None;
        if flows {
            let settings = sync_settings::in_force(conn, connection.platform_no, connection.company_id)?;
            for latest in datasets::latest_of(conn, *no)? {
                match next_ms(&latest, &settings.of(latest.data_type), safety_hours) {
                    Some(at) if at <= now.0 => {
                        // One that somebody else queued meanwhile is as good.
                        let _ =
                            datasets::queue(conn, connection, latest.data_type, RunReason::Scheduled, now)?;
                        queued += 1;
                    }
                    Some(at) => look_again = Some(look_again.map_or(at, |before: i64| before.min(at))),
                    None => {}
                }
            }
        }
        schedules::look_at(conn, *no, look_again.map(Millis))?;
    }
    Ok(Looked { connections: due.len() as u64, queued })
}

/// When a type is to be pulled again after its latest dataset: UTC milliseconds; none while that is under way, whose
/// end brings the next look.
fn next_ms(latest: &Dataset, settings: &TypeSettings, safety_hours: i64) -> Option<i64> {
    let every_ms = settings.every_ms(safety_hours);
    let passes = matches!(
        latest.status,
        DatasetStatus::FetchError | DatasetStatus::RateLimitError | DatasetStatus::InternalError
    );
    let wait_ms = if passes { every_ms.min(RETRY_MS) } else { every_ms };
    latest.completed.map(|ended| ended.plus_ms(wait_ms).0)
}
