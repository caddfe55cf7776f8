//! Asking for what a schedule has made due (rule E11).

use crate::conn::AnyConn;
use crate::error::DbError;
use crate::reading_plan::{self, goes_by_schedule};
use crate::{connections, datasets, reads, schedules};
use tributary_core::Millis;
use tributary_core::read_budget::DAY_MS;
use tributary_core::state::RunReason;
use tributary_core::sync_settings::ReadingSettings;

/// What a look at the connections whose time had come led to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Looked {
    /// Connections looked at: as many as allowed means that more may wait.
    pub connections: u64,
    /// Datasets queued.
    pub queued: u64,
}

/// Queues what is due on up to `limit` connections, and notes when each is to be looked at again. Of what goes by
/// schedule only what was asked for once is ever due.
pub fn queue_due(
    conn: &mut AnyConn,
    now: Millis,
    reading: &ReadingSettings,
    limit: i64,
) -> Result<Looked, DbError> {
    let due = schedules::take_due(conn, now, limit)?;
    let mut queued = 0;
    for no in &due {
        let Some(view) = connections::find_view_by_no(conn, *no)? else { continue };
        let mut look_again: Option<Millis> = None;
        if goes_by_schedule(&view) {
            let plan = reading_plan::of(conn, &view, reading, now)?;
            for of in &plan.types {
                match of.next {
                    Some(at) if at <= now => {
                        // One that somebody else queued meanwhile is as good.
                        let reason = RunReason::Scheduled;
                        let _ = datasets::queue(conn, &view.connection, of.data_type, reason, now)?;
                        queued += 1;
                    }
                    Some(at) => look_again = Some(look_again.map_or(at, |before| before.min(at))),
                    None => {}
                }
            }
            if plan.usage.stretch.is_longer() {
                // What was used goes out of the count day by day.
                look_again = look_again.map(|at| at.min(now.plus_ms(DAY_MS)));
            }
            reads::forget_old(conn, *no, now)?;
        }
        schedules::look_at(conn, *no, look_again)?;
    }
    Ok(Looked { connections: due.len() as u64, queued })
}
