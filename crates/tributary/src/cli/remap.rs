//! `tributary remap`

use super::common::{OfPlatform, Output, Session, print};
use super::{Common, add_key, beside};
use crate::shutdown::Shutdown;
use anyhow::bail;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tributary_core::ids::{ConnectionId, PlatformNo, RemapId};
use tributary_db::connections::{self, Connection};
use tributary_db::remaps::{self, Remap};
use tributary_db::{AnyConn, DbError};

/// How often it is looked how far the work has come.
const POLL: Duration = Duration::from_millis(250);

/// How often that is told.
const TELL_EVERY: Duration = Duration::from_secs(5);

/// After how long without a worker the user is told.
const NOBODY_AFTER: Duration = Duration::from_secs(10);

/// Makes records anew from what is stored of Stripe's objects
///
/// Stripe isn't asked. Run it after an upgrade that maps objects otherwise. Records that come out as they were stay as
/// they are, their modifiedDate too. The work is done by a serving process, connection by connection, and goes on after
/// an interruption; where nobody serves a SQLite database, by this command.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tributary remap                         every connection of the one platform
  tributary remap --connection 7d21…")]
pub struct Args {
    /// Only this connection.
    #[arg(long, value_name = "ID")]
    connection: Option<ConnectionId>,
    #[command(flatten)]
    of: OfPlatform,
    #[command(flatten)]
    output: Output,
}

/// Runs the command.
pub fn run(common: &Common, args: Args) -> anyhow::Result<()> {
    let session = common.open()?;
    let platform = session.platform(&args.of)?;
    let wanted: Vec<Connection> = match args.connection {
        Some(id) => vec![add_key::find(&session, &platform, id)?.connection],
        None => session.db.read_blocking(|conn| connections::of_platform(conn, platform.no))?,
    };
    let now = session.clock.now();
    let queue = |conn: &mut AnyConn| {
        let queued = wanted.iter().map(|connection| remaps::queue(conn, connection, now));
        queued.collect::<Result<Vec<RemapId>, DbError>>()
    };
    let ids = session.db.write_blocking(queue)?;
    if !ids.is_empty() {
        let until_ended =
            async |shutdown: &Shutdown| until_ended(&session, platform.no, &ids, shutdown).await;
        beside::a_worker(&session, until_ended)?;
    }
    let done = session.db.read_blocking(|conn| remaps::find_all(conn, platform.no, &ids))?;
    let text: String = done.iter().map(line).collect();
    let json = json!({ "connections": done.iter().map(shown).collect::<Vec<Value>>() });
    print(&args.output, &json, &text)
}

/// Waits until every remap has ended, and tells how far they are.
async fn until_ended(
    session: &Session,
    platform_no: PlatformNo,
    ids: &[RemapId],
    shutdown: &Shutdown,
) -> anyhow::Result<()> {
    let begun = Instant::now();
    let (mut told, mut is_warned) = (begun, false);
    loop {
        let wanted = ids.to_vec();
        let found = session.db.read(move |conn| remaps::find_all(conn, platform_no, &wanted)).await?;
        if found.iter().all(|(remap, _)| remap.ended.is_some()) {
            return Ok(());
        }
        let objects: i64 = found.iter().map(|(remap, _)| remap.objects).sum();
        if told.elapsed() > TELL_EVERY {
            told = Instant::now();
            let ended = found.iter().filter(|(remap, _)| remap.ended.is_some()).count();
            tracing::info!(
                objects,
                connections_done = ended,
                connections = found.len(),
                "making records anew"
            );
        }
        if objects == 0 && !is_warned && begun.elapsed() > NOBODY_AFTER {
            is_warned = true;
            tracing::warn!("no worker has taken the work up yet: is `tributary serve` running?");
        }
        tokio::select! {
            () = shutdown.stop.cancelled() => bail!("stopped while waiting; what is queued stays queued"),
            () = tokio::time::sleep(POLL) => {}
        }
    }
}

fn shown((remap, connection): &(Remap, ConnectionId)) -> Value {
    json!({
        "connection_id": connection,
        "objects": remap.objects,
        "changed": remap.changed,
        "unmapped": remap.unmapped,
    })
}

fn line((remap, connection): &(Remap, ConnectionId)) -> String {
    let Remap { objects, changed, unmapped, .. } = remap;
    format!(
        "{connection}: {objects} objects, {changed} records changed, {unmapped} objects can't be mapped\n"
    )
}
