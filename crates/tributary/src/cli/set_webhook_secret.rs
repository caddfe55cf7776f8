//! `tributary connection set-webhook-secret`: the endpoint that a merchant made in an account of their own.

use super::Common;
use super::add_key::find;
use super::common::{OfPlatform, Output, print, read_secret};
use serde_json::json;
use std::path::PathBuf;
use tributary_core::ids::{ConnectionId, WebhookSecretId};
use tributary_core::link_paths;
use tributary_db::use_cases::{self, WebhookSecretsChange};

/// Adds a signing secret of a webhook endpoint in the connection's own Stripe account, removes one, or both
///
/// For connections with a pasted key, whose events no endpoint of the platform's gets. The merchant makes an endpoint
/// in their Stripe dashboard, with the address that this command prints and with the version of Stripe's API that
/// docs/stripe-events.md names, and hands over its signing secret. Of more than three secrets the oldest goes.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  tributary connection set-webhook-secret --connection 7d21… --webhook-secret-file whsec.txt")]
pub struct SetWebhookSecret {
    /// The connection's id.
    #[arg(long, value_name = "ID")]
    connection: ConnectionId,
    /// A file with the signing secret, whsec_…; `-` is stdin.
    #[arg(long, value_name = "FILE", required_unless_present = "remove")]
    webhook_secret_file: Option<PathBuf>,
    /// The id of a secret to remove.
    #[arg(long, value_name = "ID")]
    remove: Option<WebhookSecretId>,
    #[command(flatten)]
    of: OfPlatform,
    #[command(flatten)]
    output: Output,
}

/// Runs the command.
pub fn run(common: &Common, args: SetWebhookSecret) -> anyhow::Result<()> {
    let SetWebhookSecret { connection, webhook_secret_file, remove, of, output } = args;
    let session = common.open()?;
    let platform = session.platform(&of)?;
    let view = find(&session, &platform, connection)?;
    let add = webhook_secret_file.map(|file| read_secret(&file, "the signing secret")).transpose()?;
    let change = WebhookSecretsChange { remove: remove.into_iter().collect(), add };
    let (vault, now, company) = (session.vault()?, session.clock.now(), view.connection.company_id);
    let secrets = session.write(|conn| {
        let of = (company, connection);
        use_cases::set_connection_webhook(conn, &vault, platform.no, of, &change, now)
    })?;
    let webhook_url = session.link_url()?.at(&link_paths::connection_events(connection));
    let shown = secrets.iter().map(|one| json!({ "id": one.id, "last4": one.last4 })).collect::<Vec<_>>();
    let text = format!(
        "Connection {connection} has {} signing secret{}.\nWebhook endpoint for its account's events: {webhook_url}",
        secrets.len(),
        if secrets.len() == 1 { "" } else { "s" }
    );
    let json = json!({
        "connection_id": connection,
        "webhook_url": webhook_url.as_str(),
        "webhook_secrets": shown,
    });
    print(&output, &json, &text)
}
