//! `tributary connection add-key`: a pasted key instead of an authorization.

use super::Common;
use super::common::{OfPlatform, Output, Session, print, read_secret};
use super::serve::in_runtime;
use anyhow::{Context, bail};
use serde_json::json;
use std::path::PathBuf;
use tributary_core::Resource;
use tributary_core::ids::ConnectionId;
use tributary_core::key::StripeKey;
use tributary_core::state::{ConnectionStatus, CredentialKind};
use tributary_db::connections::{self, ConnectionView};
use tributary_db::credentials::NewCredential;
use tributary_db::platforms::Platform;
use tributary_db::use_cases;
use tributary_stripe::probe::{ProbeReport, probe, synthetic_account_id};

/// Links a connection with a key of the merchant's instead of an authorization
///
/// The key, restricted or secret, is tried at Stripe first: what it may not read is listed by the permission that it
/// lacks. With at least the permission to read balances the connection is Linked and everything else that the key may
/// read is pulled; the rest fails by data type until a key with more permissions is added in the same way. A key that
/// is dead, of the other mode, or of another account than before changes nothing.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  tributary connection add-key --connection 7d21… --key-file merchant.key")]
pub struct AddKey {
    /// The connection's id.
    #[arg(long, value_name = "ID")]
    connection: ConnectionId,
    /// A file with the key, rk_… or sk_…; `-` is stdin.
    #[arg(long, value_name = "FILE")]
    key_file: PathBuf,
    #[command(flatten)]
    of: OfPlatform,
    #[command(flatten)]
    output: Output,
}

/// Runs the command.
pub fn run(common: &Common, args: AddKey) -> anyhow::Result<()> {
    let AddKey { connection, key_file, of, output } = args;
    let session = common.open()?;
    let platform = session.platform(&of)?;
    let view = find(&session, &platform, connection)?;
    let text = read_secret(&key_file, "the key")?;
    let key = StripeKey::parse(text.expose()).context("the key")?;
    let (mode, name) = (view.integration.key.mode(), view.integration.key.display_name());
    if key.mode() != mode {
        bail!(
            "the key is of {} mode, but the connection is made with {name}, which is {mode} mode",
            key.mode()
        );
    }
    let stripe = session.stripe()?;
    let report = in_runtime(async { probe(&stripe, &key).await.context("the key was refused") })?;
    if report.mode != mode {
        bail!("the key opens data of {} mode, but the connection is of {mode} mode", report.mode);
    }
    let missing = missing_permissions(&report);
    if !report.granted.contains(&Resource::Balance) {
        bail!("the key may not read balances, which nothing works without; it lacks {}", missing.join(", "));
    }
    let (vault, urls) = (session.vault()?, session.urls()?);
    let credential = NewCredential {
        kind: CredentialKind::RestrictedKey,
        access_token: key.secret().clone(),
        refresh_token: None,
        scope: None,
        account_id: report.account_id.clone().unwrap_or_else(|| synthetic_account_id(key.secret())),
        masked: Some(key.masked()),
        expires: None,
    };
    let now = session.clock.now();
    session.write(|conn| {
        use_cases::link_connection(conn, &vault, &urls, &view.connection, credential.clone(), now)
    })?;
    let json = json!({
        "connection_id": connection,
        "status": ConnectionStatus::Linked,
        "missing_permissions": missing,
    });
    print(&output, &json, &describe(connection, &report))
}

/// A connection of the platform; a foreign id answers like a missing one.
pub fn find(session: &Session, platform: &Platform, id: ConnectionId) -> anyhow::Result<ConnectionView> {
    let found = session.db.read_blocking(|conn| connections::find_any_view(conn, id))?;
    match found {
        Some(view) if view.connection.platform_no == platform.no => Ok(view),
        _ => bail!("{} has no connection {id}", platform.name),
    }
}

/// Each missing permission once, in the order of the resources.
fn missing_permissions(report: &ProbeReport) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for (_, permission) in &report.missing {
        if !names.contains(&permission.as_str()) {
            names.push(permission);
        }
    }
    names
}

fn describe(connection: ConnectionId, report: &ProbeReport) -> String {
    let mut text = format!("Connection {connection} is Linked; its first sync is queued.");
    if !report.missing.is_empty() {
        text.push_str("\nThe key may not read:");
        for (resource, permission) in &report.missing {
            text.push_str(&format!("\n  {resource}: it lacks {permission}"));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use tributary_core::Mode;

    #[test]
    fn each_missing_permission_is_named_once() {
        let missing = [Resource::Charges, Resource::Refunds, Resource::Disputes]
            .map(|resource| (resource, resource.permission().to_owned()));
        let report = ProbeReport {
            mode: Mode::Test,
            account_id: None,
            granted: vec![Resource::Balance],
            missing: missing.to_vec(),
        };
        assert_eq!(missing_permissions(&report), ["rak_charge_read", "rak_dispute_read"]);
        let text = describe(ConnectionId::random(), &report);
        assert!(text.contains("refunds: it lacks rak_charge_read"), "{text}");
    }
}
