//! `…/connections/{connectionId}/schedule` and `…/usage`

use crate::answer::{Answer, json};
use crate::caller::Caller;
use crate::failure::Failure;
use crate::path::ConnectionPath;
use crate::state::ApiState;
use actix_web::web::Data;
use tributary_contract::extensions::{ConnectionSchedule, ReadUsage, TypeSchedule};
use tributary_core::sync_settings::ReadingSettings;
use tributary_core::{Millis, Timetable};
use tributary_db::connections::ConnectionView;
use tributary_db::reading_plan::{self, ReadingPlan, TypePlan, Usage, goes_by_schedule};
use tributary_db::{AnyConn, connections};

/// When a connection is read.
pub(crate) async fn schedule(state: Data<ApiState>, caller: Caller, path: ConnectionPath) -> Answer {
    let (view, plan) = planned(&state, caller, path).await?;
    json(&shown(&view, plan))
}

/// What reading a connection takes.
pub(crate) async fn usage(state: Data<ApiState>, caller: Caller, path: ConnectionPath) -> Answer {
    let (view, plan) = planned(&state, caller, path).await?;
    let Usage { reads, transactions, budget, projected, stretch } = plan.usage;
    let next = plan.next();
    json(&ReadUsage {
        connection_id: view.connection.id,
        reads: reads.scheduled.saturating_add(reads.other),
        scheduled_reads: reads.scheduled,
        other_reads: reads.other,
        initial_reads: reads.initial,
        budget,
        transactions,
        projected_reads: projected,
        is_stretched: stretch.is_longer(),
        due_date: next.and_then(|of| of.due),
        next_date: next.and_then(|of| of.next),
    })
}

async fn planned(
    state: &ApiState,
    caller: Caller,
    path: ConnectionPath,
) -> Result<(ConnectionView, ReadingPlan), Failure> {
    let (reading, now) = (state.settings.reading, state.clock.now());
    state
        .read(move |conn| {
            let found = connections::find_view(conn, caller.platform_no(), path.company, path.connection)?;
            plan(conn, found.ok_or_else(|| path.not_found())?, &reading, now)
        })
        .await
}

/// A connection with what is next for it.
pub(super) fn plan(
    conn: &mut AnyConn,
    view: ConnectionView,
    reading: &ReadingSettings,
    now: Millis,
) -> Result<(ConnectionView, ReadingPlan), Failure> {
    let plan = reading_plan::of(conn, &view, reading, now)?;
    Ok((view, plan))
}

/// A connection's schedule as it is answered.
pub(super) fn shown(view: &ConnectionView, plan: ReadingPlan) -> ConnectionSchedule {
    let next_date = plan.next().and_then(|of| of.next);
    let of_type = |of: TypePlan| TypeSchedule {
        data_type: of.data_type,
        is_reading: of.latest.status.is_active(),
        ended_date: of.latest.completed,
        due_date: of.due,
        next_date: of.next,
    };
    ConnectionSchedule {
        connection_id: view.connection.id,
        is_paused: view.connection.paused.is_some(),
        paused_date: view.connection.paused,
        is_scheduled: goes_by_schedule(view),
        time_of_day: plan.time_of_day.timetable.as_ref().map(Timetable::time_of_day),
        time_zone: plan.time_of_day.time_zone,
        next_date,
        data_types: plan.types.into_iter().map(of_type).collect(),
    }
}
