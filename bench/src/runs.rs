//! The runs of an installation, as its database shows them.

use crate::cpu;
use crate::install::Process;
use crate::store::query;
use anyhow::{Context, bail};
use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Nullable, Text};
use std::time::{Duration, Instant};

/// What the runs did together.
pub struct Ran {
    /// From the start of the first to the end of the last.
    pub wall_secs: f64,
    /// Objects of Stripe's.
    pub objects: f64,
    /// Requests that the runs say they have sent.
    pub calls: u64,
}

#[derive(QueryableByName)]
struct RunRow {
    #[diesel(sql_type = BigInt)]
    started_ms: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    finished_ms: Option<i64>,
}

#[derive(QueryableByName)]
struct SumRow {
    #[diesel(sql_type = BigInt)]
    sum: i64,
}

#[derive(QueryableByName)]
struct DatasetRow {
    #[diesel(sql_type = Text)]
    status: String,
}

/// Waits until every one of so many connections has ended its one run, and makes sure that they ended well.
pub fn wait(url: &str, connections: usize, processes: &[Process]) -> anyhow::Result<Ran> {
    let deadline = Instant::now() + Duration::from_secs(1800);
    while Instant::now() < deadline {
        // Rarely, so that asking doesn't cost what is measured.
        std::thread::sleep(Duration::from_millis(200));
        for process in processes {
            cpu::of_process(process.0.id()).context("serve has ended")?;
        }
        let runs: Vec<RunRow> = query(url, "SELECT started_ms, finished_ms FROM sync_runs")?;
        let ends: Option<Vec<i64>> = runs.iter().map(|run| run.finished_ms).collect();
        let (Some(first), Some(last)) =
            (runs.iter().map(|run| run.started_ms).min(), ends.and_then(|ends| ends.into_iter().max()))
        else {
            continue;
        };
        if runs.len() < connections {
            continue;
        }
        let datasets: Vec<DatasetRow> = query(url, "SELECT status FROM datasets")?;
        if let Some(failed) = datasets.iter().find(|dataset| dataset.status != "Complete") {
            bail!("a dataset ended {}", failed.status);
        }
        let objects = sum(url, "objects", "windows")? as f64;
        let calls = sum(url, "calls", "sync_runs")?;
        return Ok(Ran { wall_secs: (last - first) as f64 / 1000.0, objects, calls });
    }
    bail!("the runs did not end in half an hour")
}

fn sum(url: &str, column: &str, table: &str) -> anyhow::Result<u64> {
    let sum = format!("SELECT CAST(COALESCE(SUM({column}), 0) AS BIGINT) AS sum FROM {table}");
    let rows: Vec<SumRow> = query(url, &sum)?;
    Ok(rows.first().map_or(0, |row| row.sum.unsigned_abs()))
}
