//! The commands: one file each. Results go to stdout, logs and errors to stderr; the exit code is 0 when done,
//! 1 when failed, 2 when misused.

pub mod add_key;
pub mod admin;
pub mod api_key;
mod beside;
pub mod check;
pub mod common;
pub mod company;
pub mod connection;
pub mod control;
pub mod demo;
pub mod integration;
pub mod migrate;
pub mod platform;
pub mod remap;
pub mod sandbox;
pub mod serve;
pub mod set_webhook_secret;
pub mod sync;

pub use common::{Common, finish};

/// Reads merchants' Stripe accounts into one normalized, queryable record
#[derive(Debug, clap::Parser)]
#[command(name = "tributary", version, after_help = AFTER_HELP, disable_help_subcommand = true)]
pub struct Tributary<Role: clap::Subcommand> {
    /// Options of every command.
    #[command(flatten)]
    pub common: Common,
    /// What to be.
    #[command(subcommand)]
    pub role: Role,
}

impl<Role: clap::Subcommand> Tributary<Role> {
    /// Reads the command line; ends the process with help, or with what is wrong and exit code 2.
    pub fn read() -> Self {
        clap::Parser::parse()
    }
}

const AFTER_HELP: &str = "\
Examples:
  tributary demo                     everything on this machine, against a simulated Stripe: start here
  tributary serve                    portal, API, Link and worker in one process
  tributary serve --only worker      one more worker (PostgreSQL)
  tributary platform create --name \"Harbour Lending\"
  tributary api-key create --name ci --json

Settings come from config/default.toml (compiled in), --config FILE and variables such as
TRIBUTARY__DATABASE__URL. `tributary check` says whether they work.";
