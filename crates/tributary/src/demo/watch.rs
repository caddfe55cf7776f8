//! Watching the first sync: what has been stored so far, and whether it has ended.

use super::progress::{Progress, say};
use anyhow::bail;
use std::time::Duration;
use tributary_core::ids::RunId;
use tributary_core::state::RunReason;
use tributary_core::{DataType, Millis};
use tributary_db::connections::Connection;
use tributary_db::datasets::{self, TypeStatus};
use tributary_db::windows::{self, Window};
use tributary_db::{AnyConn, Db, DbError};

/// How often the database is asked.
const POLL: Duration = Duration::from_millis(200);

/// Asks again for data types that have never completed and that nobody is pulling: an earlier start was stopped,
/// or failed.
pub(super) fn queue_missing(conn: &mut AnyConn, connection: &Connection, now: Millis) -> Result<(), DbError> {
    for data_type in DataType::ALL {
        if !datasets::has_succeeded(conn, connection.no, data_type)? {
            // One that is under way goes on.
            let _ = datasets::queue(conn, connection, data_type, RunReason::Initial, now)?;
        }
    }
    Ok(())
}

/// Shows progress until every data type has completed once; fails as soon as one can't.
pub(super) async fn until_synced(db: &Db, connection: &Connection) -> anyhow::Result<()> {
    let mut progress: Option<Progress> = None;
    loop {
        let of = connection.clone();
        let (statuses, windows) = db.read(move |conn| look(conn, &of)).await?;
        let stage = stage(&statuses);
        if progress.is_none() && stage == Stage::Complete {
            say("The merchant's data was synced before.");
            return Ok(());
        }
        let progress = progress.get_or_insert_with(|| {
            say("Syncing …");
            Progress::new()
        });
        progress.show(&windows);
        match stage {
            Stage::GoingOn => tokio::time::sleep(POLL).await,
            Stage::Complete => {
                progress.finish();
                return Ok(());
            }
            Stage::Failed(problems) => bail!("the sync failed: {}", problems.join("; ")),
        }
    }
}

fn look(conn: &mut AnyConn, connection: &Connection) -> Result<(Vec<TypeStatus>, Vec<Window>), DbError> {
    let statuses = datasets::latest_by_type(conn, connection.platform_no, connection.company_id)?;
    let newest = statuses.iter().filter_map(|status| Some((status.latest.requested, status.latest.run_id?)));
    let run: Option<RunId> = newest.max().map(|(_, run)| run);
    let windows = match run {
        Some(run) => windows::of_run(conn, connection.no, run)?,
        None => Vec::new(),
    };
    Ok((statuses, windows))
}

/// How far the first sync is.
#[derive(Debug, PartialEq, Eq)]
enum Stage {
    GoingOn,
    Complete,
    Failed(Vec<String>),
}

fn stage(statuses: &[TypeStatus]) -> Stage {
    let is_pending = |status: &&TypeStatus| status.latest_successful.is_none();
    let problems: Vec<String> = statuses
        .iter()
        .filter(is_pending)
        .filter(|status| !status.latest.status.is_active())
        .map(|status| {
            let message = status.latest.error_message.as_deref().unwrap_or("no reason was given");
            format!("{} ended as {}: {message}", status.data_type, status.latest.status)
        })
        .collect();
    if !problems.is_empty() {
        Stage::Failed(problems)
    } else if statuses.len() < DataType::ALL.len() || statuses.iter().any(|status| is_pending(&status)) {
        Stage::GoingOn
    } else {
        Stage::Complete
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tributary_core::ids::{CompanyId, ConnectionId, ConnectionNo, DatasetId};
    use tributary_core::state::DatasetStatus;
    use tributary_db::datasets::Dataset;

    fn status(data_type: DataType, latest: DatasetStatus, has_succeeded: bool) -> TypeStatus {
        let latest = Dataset {
            connection_no: ConnectionNo(1),
            connection_id: ConnectionId::random(),
            id: DatasetId::random(),
            company_id: CompanyId::random(),
            data_type,
            run_id: None,
            reason: RunReason::Initial,
            status: latest,
            status_description: None,
            error_message: latest.is_errored().then(|| "why".to_owned()),
            errors: Vec::new(),
            warnings: Vec::new(),
            progress: 0,
            records_modified: false,
            requested: Millis(1),
            completed: None,
        };
        let latest_successful = has_succeeded.then(|| latest.clone());
        TypeStatus { data_type, latest, latest_successful }
    }

    #[test]
    fn the_first_sync_has_ended_when_every_type_has_completed_once() {
        let all = |last: TypeStatus| -> Vec<TypeStatus> {
            let others = DataType::ALL.into_iter().filter(|of| *of != DataType::Payments);
            let complete = |data_type| status(data_type, DatasetStatus::Complete, true);
            others.map(complete).chain([last]).collect()
        };
        let last = |latest, has_succeeded| all(status(DataType::Payments, latest, has_succeeded));
        assert_eq!(stage(&last(DatasetStatus::Complete, true)), Stage::Complete);
        assert_eq!(
            stage(&last(DatasetStatus::Fetching, true)),
            Stage::Complete,
            "a later pull doesn't count"
        );
        assert_eq!(stage(&last(DatasetStatus::Fetching, false)), Stage::GoingOn);
        assert_eq!(stage(&[]), Stage::GoingOn);
        let failed = vec!["commerce-payments ended as FetchError: why".to_owned()];
        assert_eq!(stage(&last(DatasetStatus::FetchError, false)), Stage::Failed(failed));
    }
}
