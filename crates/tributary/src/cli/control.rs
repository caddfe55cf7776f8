//! `tributary connection pause`, `resume` and `cancel`: what people have to say in the reading of a connection.

use super::Common;
use super::add_key;
use super::common::{OfPlatform, Output, print};
use serde_json::{Value, json};
use tributary_core::ids::ConnectionId;
use tributary_db::connections::ConnectionView;
use tributary_db::use_cases::{cancel_reading, pause_connection, resume_connection};

/// Which connection is meant.
#[derive(Debug, clap::Args)]
pub struct Control {
    /// The connection's id.
    #[arg(long, value_name = "ID")]
    connection: ConnectionId,
    #[command(flatten)]
    of: OfPlatform,
    #[command(flatten)]
    output: Output,
}

/// Runs `connection pause`.
pub fn pause(common: &Common, args: Control) -> anyhow::Result<()> {
    let session = common.open()?;
    let connection = add_key::find(&session, &session.platform(&args.of)?, args.connection)?.connection;
    let (no, company, id, now) =
        (connection.platform_no, connection.company_id, connection.id, session.clock.now());
    let view = session.write(|conn| pause_connection(conn, no, company, id, now))?;
    let text = format!("Connection {id} is paused. `tributary connection resume` has it read again.");
    print(&args.output, &shown(&view), &text)
}

/// Runs `connection resume`.
pub fn resume(common: &Common, args: Control) -> anyhow::Result<()> {
    let session = common.open()?;
    let connection = add_key::find(&session, &session.platform(&args.of)?, args.connection)?.connection;
    let (no, company, id, now) =
        (connection.platform_no, connection.company_id, connection.id, session.clock.now());
    let view = session.write(|conn| resume_connection(conn, no, company, id, now))?;
    print(&args.output, &shown(&view), &format!("Connection {id} is read again."))
}

/// Runs `connection cancel`.
pub fn cancel(common: &Common, args: Control) -> anyhow::Result<()> {
    let session = common.open()?;
    let connection = add_key::find(&session, &session.platform(&args.of)?, args.connection)?.connection;
    let (no, company, id, now) =
        (connection.platform_no, connection.company_id, connection.id, session.clock.now());
    let urls = session.urls()?;
    let cancelled = session.write(|conn| cancel_reading(conn, &urls, no, company, id, now))?;
    let datasets: Vec<Value> = cancelled
        .iter()
        .map(|of| json!({"dataset_id": of.id, "data_type": of.data_type.as_str(), "status": of.status}))
        .collect();
    let text = match cancelled.len() {
        0 => format!("Nothing is being read of connection {id}."),
        count => format!("Cancelled {count} data types of connection {id}."),
    };
    print(&args.output, &json!({"connection_id": id, "datasets": datasets}), &text)
}

fn shown(view: &ConnectionView) -> Value {
    let connection = &view.connection;
    json!({
        "connection_id": connection.id,
        "status": connection.status,
        "paused": connection.paused.is_some(),
    })
}
