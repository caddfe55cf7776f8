//! `tributary sync`

use super::common::{OfPlatform, Output, Session, print};
use super::{Common, add_key, beside};
use crate::shutdown::Shutdown;
use anyhow::bail;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tributary_core::DataType;
use tributary_core::ids::{ConnectionId, DatasetId};
use tributary_core::state::DatasetStatus;
use tributary_db::connections::Connection;
use tributary_db::datasets::{self, Dataset};
use tributary_db::use_cases::{self, RefreshRefused};
use tributary_db::{Db, DbError};

/// How often the datasets are looked at while waiting.
const POLL: Duration = Duration::from_millis(250);

/// After how long without a worker the user is told.
const NOBODY_AFTER: Duration = Duration::from_secs(10);

/// Pulls a connection's data
///
/// Queues the data types, which a serving process takes up at once. With --wait it waits until they have ended and
/// ends with 0 if each is Complete. Where nobody serves a SQLite database, --wait does the work itself.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tributary sync --connection 7d21… --wait
  tributary sync --connection 7d21… --types payments,transactions")]
pub struct Args {
    /// The connection's id.
    #[arg(long, value_name = "ID")]
    connection: ConnectionId,
    /// Only these data types, separated by commas: companyInfo, customers, products, payments, disputes, transactions.
    #[arg(long, value_delimiter = ',', value_parser = data_type, value_name = "TYPES")]
    types: Vec<DataType>,
    /// Wait until the data is stored.
    #[arg(long)]
    wait: bool,
    #[command(flatten)]
    of: OfPlatform,
    #[command(flatten)]
    output: Output,
}

/// With or without the contract's `commerce-`.
fn data_type(text: &str) -> Result<DataType, String> {
    let text = text.trim();
    text.parse().or_else(|_| format!("commerce-{text}").parse()).map_err(|_| {
        let known: Vec<&str> = DataType::ALL.iter().map(|known| known.as_str()).collect();
        format!("the data types are {}", known.join(", "))
    })
}

/// Runs the command.
pub fn run(common: &Common, args: Args) -> anyhow::Result<()> {
    let session = common.open()?;
    let platform = session.platform(&args.of)?;
    let connection = add_key::find(&session, &platform, args.connection)?.connection;
    let types = if args.types.is_empty() { DataType::ALL.to_vec() } else { args.types };
    let ids = queue(&session, &connection, &types)?;
    if args.wait {
        wait(&session, &connection, &ids)?;
    }
    let found = read(&session.db, &connection, &ids)?;
    let json = json!({
        "connection_id": connection.id,
        "datasets": found.iter().map(shown).collect::<Vec<Value>>(),
    });
    let text: String = found.iter().map(line).collect();
    print(&args.output, &json, &text)?;
    let unfinished = found.iter().filter(|dataset| dataset.status != DatasetStatus::Complete).count();
    if args.wait && unfinished > 0 {
        bail!("{unfinished} of {} data types did not complete", found.len());
    }
    Ok(())
}

/// Asks for the data types; what is being pulled already is joined.
fn queue(session: &Session, connection: &Connection, types: &[DataType]) -> anyhow::Result<Vec<DatasetId>> {
    let now = session.clock.now();
    session.write(|conn| {
        let mut ids = Vec::with_capacity(types.len());
        for data_type in types {
            let (no, company) = (connection.platform_no, connection.company_id);
            match use_cases::refresh_type(conn, no, company, *data_type, Some(connection.id), now)? {
                Ok(dataset) => ids.push(dataset.id),
                Err(RefreshRefused::InProgress { dataset_id, .. }) => ids.push(dataset_id),
                Err(refused) => return Ok(Err(refused)),
            }
        }
        Ok(Ok(ids))
    })
}

/// Waits until every dataset has ended. On a SQLite database that nobody serves a worker of our own does the work.
fn wait(session: &Session, connection: &Connection, ids: &[DatasetId]) -> anyhow::Result<()> {
    beside::a_worker(session, async |shutdown| until_ended(session, connection, ids, shutdown).await)
}

async fn until_ended(
    session: &Session,
    connection: &Connection,
    ids: &[DatasetId],
    shutdown: &Shutdown,
) -> anyhow::Result<()> {
    let begun = Instant::now();
    let mut is_told = false;
    loop {
        let (connection, ids) = (connection.clone(), ids.to_vec());
        let found = session.db.read(move |conn| find_all(conn, &connection, &ids)).await?;
        if found.iter().all(|dataset| !dataset.status.is_active()) {
            return Ok(());
        }
        let is_untouched = found.iter().all(|dataset| dataset.status == DatasetStatus::Queued);
        if is_untouched && !is_told && begun.elapsed() > NOBODY_AFTER {
            is_told = true;
            tracing::warn!("no worker has taken the work up yet: is `tributary serve` running?");
        }
        tokio::select! {
            () = shutdown.stop.cancelled() => bail!("stopped while waiting; what is queued stays queued"),
            () = tokio::time::sleep(POLL) => {}
        }
    }
}

fn read(db: &Db, connection: &Connection, ids: &[DatasetId]) -> anyhow::Result<Vec<Dataset>> {
    Ok(db.read_blocking(|conn| find_all(conn, connection, ids))?)
}

fn find_all(
    conn: &mut tributary_db::AnyConn,
    connection: &Connection,
    ids: &[DatasetId],
) -> Result<Vec<Dataset>, DbError> {
    let mut found = Vec::with_capacity(ids.len());
    for id in ids {
        found.extend(datasets::find(conn, connection.platform_no, connection.company_id, *id)?);
    }
    Ok(found)
}

fn shown(dataset: &Dataset) -> Value {
    let mut shown = json!({
        "dataset_id": dataset.id,
        "data_type": dataset.data_type.as_str(),
        "status": dataset.status,
    });
    if let Some(message) = &dataset.error_message {
        shown["error_message"] = message.as_str().into();
    }
    shown
}

fn line(dataset: &Dataset) -> String {
    let message = dataset.error_message.as_deref().map(|text| format!(": {text}")).unwrap_or_default();
    format!("{} {}{message}\n", dataset.data_type, dataset.status)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_types_are_named_with_or_without_their_prefix() {
        assert_eq!(data_type("payments"), Ok(DataType::Payments));
        assert_eq!(data_type(" commerce-companyInfo"), Ok(DataType::CompanyInfo));
        assert!(data_type("invoices").unwrap_err().contains("commerce-customers"));
    }
}
