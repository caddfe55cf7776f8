//! `tributary migrate`

use super::Common;
use super::common::{Output, print};
use serde_json::json;
use tributary_db::Db;

/// Brings the database's schema up to date
///
/// Creates the SQLite file if there is none. Runs under a lock, so that several at once do it once; a migration that
/// fails is rolled back. A database that a newer version has migrated is left alone.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  TRIBUTARY__DATABASE__URL=postgres://tributary@localhost/tributary tributary migrate")]
pub struct Args {
    #[command(flatten)]
    output: Output,
}

/// Runs the command.
pub fn run(common: &Common, args: Args) -> anyhow::Result<()> {
    let settings = common.settings()?;
    let ran = Db::migrate(&settings.database())?;
    let text = match ran.as_slice() {
        [] => "The schema is up to date.".to_owned(),
        ran => format!("Migrated: {}.", ran.join(", ")),
    };
    print(&args.output, &json!({"migrations": ran}), &text)
}
