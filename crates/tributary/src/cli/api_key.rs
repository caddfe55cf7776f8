//! `tributary api-key`

use super::Common;
use super::common::{OfPlatform, Output, print};
use serde_json::json;
use tributary_db::api_keys;

/// Creates API keys for developers
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Create(Create),
}

/// Creates an API key and prints it, this once
///
/// Requests carry it as `Authorization: Basic` and the key in base64. A platform has at most ten.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  KEY=$(tributary api-key create --name ci --json | jq -r .api_key)
  curl -H \"Authorization: Basic $(printf %s \"$KEY\" | base64 -w0)\" http://127.0.0.1:7611/companies")]
struct Create {
    /// What to tell the key from others by; at most 50 characters.
    #[arg(long)]
    name: String,
    #[command(flatten)]
    of: OfPlatform,
    #[command(flatten)]
    output: Output,
}

/// Runs the command.
pub fn run(common: &Common, args: Args) -> anyhow::Result<()> {
    let Command::Create(Create { name, of, output }) = args.command;
    let session = common.open()?;
    let platform = session.platform(&of)?;
    let now = session.clock.now();
    let created = session.write(|conn| api_keys::create(conn, platform.no, Some(&name), now))?;
    let key = created.key.expose();
    let text = format!("API key of {}, shown only this once:\n{key}", platform.name);
    print(&output, &json!({"api_key_id": created.id, "api_key": key}), &text)
}
