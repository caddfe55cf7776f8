//! `tributary company`

use super::Common;
use super::common::{OfPlatform, Output, print};
use serde_json::json;
use tributary_db::companies::NewCompany;
use tributary_db::use_cases;

/// Creates companies: the merchants whose data a platform reads
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Create(Create),
}

/// Creates a company and prints the page to send the merchant to
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  tributary company create --name \"Blue Bicycle Ltd\"")]
struct Create {
    /// The company's name.
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
    let urls = session.urls()?;
    let new = NewCompany { name, created_by: Some("command line".to_owned()), ..NewCompany::default() };
    let now = session.clock.now();
    let company =
        session.write(|conn| use_cases::create_company(conn, &urls, platform.no, new.clone(), now))?;
    let link_url = urls.company(company.id);
    let text =
        format!("Created company {} ({}).\nPage for the merchant: {link_url}", company.name, company.id);
    print(&output, &json!({"company_id": company.id, "link_url": link_url}), &text)
}
