//! `tributary demo`

use super::Common;
use crate::demo;
use std::path::PathBuf;

/// Shows everything on this machine, against a simulated Stripe
///
/// Needs no account, no network and no database. It makes a platform, an API key and a company, lets the company's
/// merchant authorise through OAuth, pulls the data, prints where everything is, and serves it until it is stopped.
/// Started again with the same directory it goes on where it was.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tributary demo
  tributary demo --data-dir /tmp/demo --charges 20000 --exit-when-synced")]
pub struct Args {
    /// Where everything is kept: database, master key, the simulation's state, demo.json.
    #[arg(long, value_name = "DIR", default_value = "./tributary-data")]
    pub data_dir: PathBuf,
    /// Charges in the merchant's account; 2000 in a new directory, as before in an old one.
    #[arg(long, value_name = "N")]
    pub charges: Option<usize>,
    /// End when the data is stored instead of serving it.
    #[arg(long)]
    pub exit_when_synced: bool,
}

/// Runs the command.
pub fn run(common: &Common, args: Args) -> anyhow::Result<()> {
    demo::run(common.settings_for_drawing()?, &args)
}
