//! `tributary integration`

use super::Common;
use super::common::{OfPlatform, Output, print, read_secret};
use anyhow::{anyhow, bail};
use serde_json::json;
use std::path::{Path, PathBuf};
use tributary_core::{AccessScope, PlatformKey, SyncMode, link_paths};
use tributary_db::use_cases::{
    IntegrationChange, IntegrationProblem, IntegrationText, Switch, set_integration,
};

/// Sets how a platform's merchants connect Stripe
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Set(Set),
}

/// Sets the use of one integration, and the OAuth credentials if it has any
///
/// `exgd` is Stripe in live mode, `yzth` Stripe in test mode. The OAuth credentials are a client id and a secret key.
/// Merchants authorise with them; without them they can only paste keys (`connection add-key`). What was set before is
/// replaced, with two exceptions: OAuth credentials stay unless new ones are given, and of webhook secrets the three
/// newest are kept. The addresses printed are to be registered at Stripe.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tributary integration set yzth --enable
  tributary integration set yzth --client-id ca_… --secret-key-file stripe-test.key --enable
  pass stripe/live | tributary integration set exgd --client-id ca_… --secret-key-file - --continuous --enable")]
struct Set {
    /// exgd (Stripe) or yzth (Stripe Test).
    #[arg(value_name = "exgd|yzth")]
    integration: PlatformKey,
    /// The Connect client id of the same mode, ca_…; needs --secret-key-file.
    #[arg(long, requires = "secret_key_file")]
    client_id: Option<String>,
    /// A file with the platform's secret key of the same mode, sk_…; `-` is stdin. Needs --client-id.
    #[arg(long, value_name = "FILE", requires = "client_id")]
    secret_key_file: Option<PathBuf>,
    /// A file with the signing secret of the webhook endpoint, whsec_…; `-` is stdin.
    #[arg(long, value_name = "FILE")]
    webhook_secret_file: Option<PathBuf>,
    /// Ask merchants for read and write access, where Stripe grants the platform nothing less. Nothing is written.
    #[arg(long)]
    read_write: bool,
    /// Pull once, and on request (the default).
    #[arg(long, conflicts_with = "continuous")]
    one_off: bool,
    /// Keep pulling.
    #[arg(long)]
    continuous: bool,
    /// Let connections be made with it; without this it is switched off.
    #[arg(long)]
    enable: bool,
    #[command(flatten)]
    of: OfPlatform,
    #[command(flatten)]
    output: Output,
}

/// Runs the command.
pub fn run(common: &Common, args: Args) -> anyhow::Result<()> {
    let Command::Set(set) = args.command;
    let stdin = Some(Path::new("-"));
    if set.secret_key_file.as_deref() == stdin && set.webhook_secret_file.as_deref() == stdin {
        bail!("only one of the secrets can be read from stdin");
    }
    let session = common.open()?;
    let platform = session.platform(&set.of)?;
    let link = session.link_url()?;
    let secret =
        |file: &Option<PathBuf>, what| file.as_deref().map(|path| read_secret(path, what)).transpose();
    let text = IntegrationText {
        client_id: set.client_id,
        secret_key: secret(&set.secret_key_file, "the secret key")?,
        webhook_secret: secret(&set.webhook_secret_file, "the webhook secret")?,
    };
    let mut change = IntegrationChange::read(set.integration, text).map_err(all)?;
    change.scope = Some(if set.read_write { AccessScope::ReadWrite } else { AccessScope::ReadOnly });
    change.sync_mode = Some(if set.continuous { SyncMode::Continuous } else { SyncMode::OneOff });
    change.switch = Some(if set.enable { Switch::OnForKeysToo } else { Switch::Off });
    let vault = session.vault()?;
    let now = session.clock.now();
    let stored = session.write(|conn| set_integration(conn, &vault, &platform, &change, now))?;
    let redirect_uri = link.at(link_paths::CALLBACK);
    let webhook_url = link.at(&link_paths::events(stored.id));
    let way = match stored.oauth {
        Some(_) => format!("Redirect URI to register at Stripe: {redirect_uri}"),
        None => "No OAuth credentials: merchants can only paste keys.".to_owned(),
    };
    let text = format!(
        "Set {} ({}) of {}, {}.\n{way}\nWebhook endpoint for Stripe's events: {webhook_url}",
        stored.key.display_name(),
        stored.key,
        platform.name,
        if stored.enabled { "switched on" } else { "switched off: --enable switches it on" },
    );
    let json = json!({
        "integration_id": stored.id,
        "platform_key": stored.key.as_str(),
        "redirect_uri": redirect_uri,
        "webhook_url": webhook_url,
        "enabled": stored.enabled,
    });
    print(&set.output, &json, &text)
}

/// What is wrong with each field, in one line.
fn all(problems: Vec<IntegrationProblem>) -> anyhow::Error {
    let texts: Vec<_> = problems.iter().map(ToString::to_string).collect();
    anyhow!(texts.join("; "))
}
