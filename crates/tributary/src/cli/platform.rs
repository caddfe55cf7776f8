//! `tributary platform`

use super::Common;
use super::common::{Output, Session, print};
use serde_json::json;
use tributary_db::platforms;

/// Creates platforms: the customers of this installation
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Create(Create),
}

/// Creates a platform
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  tributary platform create --name \"Harbour Lending\"")]
struct Create {
    /// What merchants see: the name of whoever asks for their data.
    #[arg(long)]
    name: String,
    #[command(flatten)]
    output: Output,
}

/// Runs the command.
pub fn run(common: &Common, args: Args) -> anyhow::Result<()> {
    let Command::Create(Create { name, output }) = args.command;
    let session = Session::open(common.settings()?)?;
    let now = session.clock.now();
    let platform = session.write(|conn| platforms::create(conn, &name, now))?;
    let text = format!("Created platform {} ({}).", platform.name, platform.id);
    print(&output, &json!({"platform_id": platform.id, "name": platform.name}), &text)
}
