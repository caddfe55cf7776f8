//! When a connection's data types are pulled next, and what keeps them from being pulled sooner (rules E11, E13). The
//! scheduler acts by it; the API and the portal show it.

use crate::conn::AnyConn;
use crate::connections::ConnectionView;
use crate::datasets::{self, Dataset};
use crate::error::DbError;
use crate::reads::{self, Reads};
use crate::records::payments;
use crate::sync_settings;
use crate::timetables::{self, TimeOfDay};
use crate::windows::{self, Window};
use std::collections::BTreeMap;
use tributary_core::ids::ConnectionNo;
use tributary_core::read_budget::{DAY_MS, DAYS, ReadBudget, Stretch, TRANSACTIONS_MAX, reads_of};
use tributary_core::state::{ConnectionStatus, DatasetStatus};
use tributary_core::sync_settings::{Pace, ReadingSettings, SyncSettings};
use tributary_core::{DataType, Millis, Resource};

/// What failed for a reason that may pass is tried again after an hour, or sooner if its schedule says so.
const RETRY_MS: i64 = 3_600_000;

/// When a data type that was asked for once is pulled next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypePlan {
    /// The data type.
    pub data_type: DataType,
    /// Its latest dataset.
    pub latest: Dataset,
    /// When its schedule says; none while it is under way, and where nothing is pulled by schedule.
    pub due: Option<Millis>,
    /// When it will be, within the budget: that, or later.
    pub next: Option<Millis>,
}

/// What reading a connection takes of what it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usage {
    /// Requests in the last thirty days.
    pub reads: Reads,
    /// Payments of those days, which the budget goes by; 100,000 are as many as any more.
    pub transactions: i64,
    /// Requests that there may be in thirty days beside initial ones; none: any number.
    pub budget: Option<i64>,
    /// Requests in thirty days if everything ran as scheduled.
    pub projected: i64,
    /// How much longer than scheduled the connection waits between pulls.
    pub stretch: Stretch,
}

/// What is next for a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadingPlan {
    /// What is pulled when; data types that were never asked for are not in it.
    pub types: Vec<TypePlan>,
    /// What it takes.
    pub usage: Usage,
    /// The time of day that holds for the company.
    pub time_of_day: TimeOfDay,
}

impl ReadingPlan {
    /// When anything is pulled next, and when it was due.
    pub fn next(&self) -> Option<&TypePlan> {
        self.types.iter().filter(|of| of.next.is_some()).min_by_key(|of| of.next)
    }
}

/// Whether anything of a connection is pulled by schedule: it is Linked by an integration that is switched on and
/// continuous, and isn't paused.
pub fn goes_by_schedule(view: &ConnectionView) -> bool {
    let ConnectionView { connection, integration } = view;
    connection.status == ConnectionStatus::Linked && connection.paused.is_none() && integration.flows()
}

/// What is next for a connection, as of `now`.
pub fn of(
    conn: &mut AnyConn,
    view: &ConnectionView,
    reading: &ReadingSettings,
    now: Millis,
) -> Result<ReadingPlan, DbError> {
    let connection = &view.connection;
    let settings = sync_settings::in_force(conn, connection.platform_no, connection.company_id)?;
    let time_of_day = timetables::in_force(conn, connection.platform_no, connection.company_id)?;
    let pace = Pace { safety_hours: reading.refresh_hours, timetable: time_of_day.timetable.clone() };
    let latest = datasets::latest_of(conn, connection.no)?;
    let usage = usage(conn, connection.no, &latest, &settings, &pace, reading.budget, now)?;
    let goes = goes_by_schedule(view);
    let types = latest.into_iter().map(|latest| {
        let at = |stretch| next(&latest, &settings, &pace, stretch).filter(|_| goes);
        TypePlan { data_type: latest.data_type, due: at(Stretch::NONE), next: at(usage.stretch), latest }
    });
    Ok(ReadingPlan { types: types.collect(), usage, time_of_day })
}

/// When a type is pulled again after its latest dataset; none while that is under way, whose end brings the next look.
fn next(latest: &Dataset, settings: &SyncSettings, pace: &Pace, stretch: Stretch) -> Option<Millis> {
    let ended = latest.completed?;
    let next = settings.of(latest.data_type).next(ended, pace, stretch);
    let passes = matches!(
        latest.status,
        DatasetStatus::FetchError | DatasetStatus::RateLimitError | DatasetStatus::InternalError
    );
    Some(if passes { next.min(ended.plus_ms(RETRY_MS)) } else { next })
}

fn usage(
    conn: &mut AnyConn,
    no: ConnectionNo,
    latest: &[Dataset],
    settings: &SyncSettings,
    pace: &Pace,
    budget: ReadBudget,
    now: Millis,
) -> Result<Usage, DbError> {
    let reads = reads::of_thirty_days(conn, no, now)?;
    let since = now.plus_ms(-DAYS * DAY_MS);
    let transactions = payments::count_since(conn, no, since, TRANSACTIONS_MAX)?;
    let budget = budget.reads(transactions);
    let pages = pages_of_last_pulls(conn, no, latest)?;
    let every = |resource: &Resource| {
        let pulls = |of: &&Dataset| {
            of.data_type.required().contains(resource) || of.data_type.optional().contains(resource)
        };
        latest.iter().filter(pulls).map(|of| settings.of(of.data_type).every_ms(pace)).min()
    };
    let by_schedule: i64 = pages
        .iter()
        .filter_map(|(resource, pages)| Some(reads_of(*pages, every(resource)?)))
        .fold(0, i64::saturating_add);
    Ok(Usage {
        reads,
        transactions,
        budget,
        projected: by_schedule.saturating_add(reads.other),
        stretch: Stretch::of(budget, reads.other, by_schedule),
    })
}

/// How many pages each list took when it was last pulled. A list of what never changes is read on from where it ended,
/// so that its first pull says nothing of the next.
fn pages_of_last_pulls(
    conn: &mut AnyConn,
    no: ConnectionNo,
    latest: &[Dataset],
) -> Result<BTreeMap<Resource, i64>, DbError> {
    let mut ended: Vec<&Dataset> = latest.iter().filter(|dataset| dataset.run_id.is_some()).collect();
    ended.sort_by_key(|dataset| dataset.requested);
    let mut runs = Vec::new();
    for run in ended.into_iter().rev().filter_map(|dataset| dataset.run_id) {
        if !runs.contains(&run) {
            runs.push(run);
        }
    }
    let mut pages: BTreeMap<Resource, i64> = BTreeMap::new();
    for run in runs {
        let mut of_run: BTreeMap<Resource, Vec<Window>> = BTreeMap::new();
        for window in windows::of_run(conn, no, run)? {
            of_run.entry(window.resource).or_default().push(window);
        }
        for (resource, windows) in of_run {
            pages.entry(resource).or_insert_with(|| pages_of(resource, &windows));
        }
    }
    Ok(pages)
}

fn pages_of(resource: Resource, windows: &[Window]) -> i64 {
    let began_at_the_beginning = windows.iter().any(Window::is_whole);
    if resource.is_immutable() && began_at_the_beginning {
        return 1;
    }
    windows.iter().map(|window| window.pages).sum()
}
