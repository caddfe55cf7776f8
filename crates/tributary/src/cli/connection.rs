//! `tributary connection`

use super::Common;
use super::add_key::{self, AddKey};
use super::common::{OfPlatform, Output, print};
use super::control::{self, Control};
use super::set_webhook_secret::{self, SetWebhookSecret};
use serde_json::json;
use tributary_core::PlatformKey;
use tributary_core::ids::CompanyId;
use tributary_db::use_cases;

/// Creates connections of companies to Stripe accounts, gives them keys and signing secrets, pauses and resumes them
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Create(Create),
    AddKey(AddKey),
    /// Stops reading a connection until it is resumed; what is being read waits
    Pause(Control),
    /// Lets a paused connection be read again: what waited goes on
    Resume(Control),
    /// Ends what is being read of a connection, or waits for it
    Cancel(Control),
    SetWebhookSecret(SetWebhookSecret),
}

/// Creates a connection and prints the link that starts its authorization at Stripe
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  tributary connection create --company 0f6b… --integration yzth")]
struct Create {
    /// The company's id.
    #[arg(long, value_name = "ID")]
    company: CompanyId,
    /// exgd (Stripe) or yzth (Stripe Test); it must be set and switched on.
    #[arg(long, value_name = "exgd|yzth")]
    integration: PlatformKey,
    #[command(flatten)]
    of: OfPlatform,
    #[command(flatten)]
    output: Output,
}

/// Runs the command.
pub fn run(common: &Common, args: Args) -> anyhow::Result<()> {
    match args.command {
        Command::Create(args) => create(common, args),
        Command::AddKey(args) => add_key::run(common, args),
        Command::Pause(args) => control::pause(common, args),
        Command::Resume(args) => control::resume(common, args),
        Command::Cancel(args) => control::cancel(common, args),
        Command::SetWebhookSecret(args) => set_webhook_secret::run(common, args),
    }
}

fn create(common: &Common, args: Create) -> anyhow::Result<()> {
    let Create { company, integration, of, output } = args;
    let session = common.open()?;
    let platform = session.platform(&of)?;
    let urls = session.urls()?;
    let now = session.clock.now();
    let view = session
        .write(|conn| use_cases::create_connection(conn, &urls, platform.no, company, integration, now))?;
    let id = view.connection.id;
    let link_url = urls.start(company, id);
    let text = format!("Created connection {id}.\nLink that starts the authorization: {link_url}");
    print(&output, &json!({"connection_id": id, "link_url": link_url}), &text)
}
