//! `tributary serve`

use super::Common;
use crate::listeners::Listeners;
use crate::service::Service;
use crate::shutdown::Shutdown;
use crate::startup::{Application, Parts};
use anyhow::{Context, bail};
use std::time::Duration;
use tributary_db::Target;

/// Serves portal, API, Link and worker until it is told to stop
///
/// SIGTERM or SIGINT ends it after the requests and pages under way, within 20 seconds; a second one ends it at once.
/// Killed in any other way it goes on where it was when it is started again.
///
/// With PostgreSQL any number of processes may serve one database, each all services or some of them. A SQLite
/// database is served by one process.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tributary serve
  tributary --config production.toml serve
  tributary --config production.toml serve --only api,link")]
pub struct Args {
    /// Serve only these services, separated by commas; needs PostgreSQL.
    #[arg(long, value_enum, value_delimiter = ',', value_name = "SERVICES")]
    only: Vec<Service>,
}

/// Runs the command.
pub fn run(common: &Common, args: Args) -> anyhow::Result<()> {
    let settings = common.settings()?;
    let is_sqlite = match Target::parse(settings.database.url.expose()) {
        Ok(target) => matches!(target, Target::Sqlite(_)),
        Err(problem) => bail!("{problem}"),
    };
    if is_sqlite && !args.only.is_empty() {
        bail!(
            "--only needs PostgreSQL: a SQLite database is served by one process, so services can't be spread over \
             several; leave --only out, or set database.url to a postgres:// URL"
        );
    }
    let services = if args.only.is_empty() { Service::ALL.to_vec() } else { args.only };
    // Bound before the database is opened: a port in use leaves everything as it was.
    let listeners = Listeners::bind(&settings, &services)?;
    let parts = Parts::open(&settings)?;
    in_runtime(async {
        let shutdown = Shutdown::on_signals().context("signals can't be received")?;
        let application = Application::build(&settings, &services, parts, listeners, shutdown)?;
        for (service, url) in application.urls() {
            tracing::info!(%service, url = url.as_url().as_str(), "listening");
        }
        if let Some(url) = application.setup_url() {
            // For people, beside the log: it holds a secret.
            eprintln!("There are no users yet. Create the first administrator at {}", url.expose());
        }
        if services.contains(&Service::Worker) {
            tracing::info!(service = %Service::Worker, "working");
        }
        Ok(application.run_until_stopped().await?)
    })
}

/// Runs a future to its end on a runtime of its own. What blocks beyond that is left behind.
pub fn in_runtime<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let result = runtime.block_on(work);
    runtime.shutdown_timeout(Duration::from_secs(1));
    result
}
