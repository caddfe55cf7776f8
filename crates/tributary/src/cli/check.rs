//! `tributary check`

use super::Common;
use super::common::{Output, check_exists, one_line, print};
use super::serve::in_runtime;
use crate::listeners::Listeners;
use crate::master_key::{self, Found};
use crate::service::Service;
use crate::settings::Settings;
use anyhow::{Context, bail};
use serde::Serialize;
use serde_json::json;
use tributary_core::ids::AccountId;
use tributary_core::{Clock, Resource};
use tributary_db::integrations::Integration;
use tributary_db::platforms::Platform;
use tributary_db::vault::Vault;
use tributary_db::{Db, DbSettings, integrations, platforms};
use tributary_stripe::{Auth, Client};

/// How often Stripe is asked at most: somebody waits for the answer.
const ATTEMPTS: u32 = 2;

/// Says whether the settings work, and changes nothing
///
/// Checks the settings, the database and its schema, the master key, the addresses that others are told, and for each
/// integration with OAuth credentials whether Stripe accepts its secret key. Ends with 1 if anything failed.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  tributary --config production.toml check")]
pub struct Args {
    #[command(flatten)]
    output: Output,
}

/// One thing that was looked at.
#[derive(Debug, Serialize)]
struct Check {
    name: String,
    ok: bool,
    detail: String,
}

impl Check {
    fn new(name: impl Into<String>, result: anyhow::Result<String>) -> Self {
        let (ok, detail) = match result {
            Ok(detail) => (true, detail),
            Err(error) => (false, one_line(&error)),
        };
        Check { name: name.into(), ok, detail }
    }
}

/// Runs the command.
pub fn run(common: &Common, args: Args) -> anyhow::Result<()> {
    let settings = common.settings()?;
    let checks = checks(&settings);
    let failed = checks.iter().filter(|check| !check.ok).count();
    let line = |check: &Check| {
        format!("{:6} {}: {}\n", if check.ok { "ok" } else { "failed" }, check.name, check.detail)
    };
    let text: String = checks.iter().map(line).collect();
    print(&args.output, &json!({"ok": failed == 0, "checks": checks}), &text)?;
    if failed > 0 {
        bail!("{failed} of {} checks failed", checks.len());
    }
    Ok(())
}

fn checks(settings: &Settings) -> Vec<Check> {
    let mut checks = vec![Check::new("settings", Ok("valid".to_owned())), urls(settings)];
    let stripe = match Client::new(settings.stripe(), Clock::system()) {
        Ok(client) => Some(client.with_attempts(ATTEMPTS)),
        Err(error) => {
            checks.push(Check::new("stripe", Err(error.into())));
            None
        }
    };
    let db = open(settings);
    checks.push(Check::new(
        "database",
        db.as_ref().map(describe).map_err(|error| anyhow::anyhow!("{error:#}")),
    ));
    let Ok(db) = db else { return checks };
    let path = &settings.vault.master_key_file;
    let (check, vault) = match master_key::inspect(&db, path) {
        Ok(Found::Key(key)) => (Ok(format!("{} fits", path.display())), Some(Vault::new(key))),
        Ok(Found::Nothing) => (Ok(format!("{} will be created by the first secret", path.display())), None),
        Err(error) => (Err(error.into()), None),
    };
    checks.push(Check::new("master key", check));
    if let (Some(stripe), Some(vault)) = (stripe, vault) {
        checks.extend(all_integrations(&db, &vault, &stripe));
    }
    checks
}

fn urls(settings: &Settings) -> Check {
    let describe = |service| {
        let url = Listeners::default().public_url(settings, service)?;
        Ok(format!("{service} at {url}"))
    };
    let urls: anyhow::Result<Vec<String>> = Service::LISTENING.into_iter().map(describe).collect();
    Check::new("addresses", urls.map(|urls| urls.join(", ")))
}

fn open(settings: &Settings) -> anyhow::Result<Db> {
    check_exists(settings)?;
    Ok(Db::open_for_command(&DbSettings { migrate: false, ..settings.database() })?)
}

fn describe(db: &Db) -> String {
    let kind = if db.is_sqlite() { "SQLite" } else { "PostgreSQL" };
    format!("{kind}, reachable, writable, its schema up to date")
}

fn all_integrations(db: &Db, vault: &Vault, stripe: &Client) -> Vec<Check> {
    let found = db.read_blocking(|conn| {
        let mut found = Vec::new();
        for platform in platforms::list(conn)? {
            let of_platform = integrations::list(conn, platform.no)?;
            found.extend(of_platform.into_iter().map(|integration| (platform.clone(), integration)));
        }
        Ok(found)
    });
    match found {
        Ok(found) => {
            found.iter().map(|(platform, of)| integration(db, vault, stripe, platform, of)).collect()
        }
        Err(error) => vec![Check::new("integrations", Err(error.into()))],
    }
}

fn integration(db: &Db, vault: &Vault, stripe: &Client, platform: &Platform, of: &Integration) -> Check {
    let name = format!("{} ({}) of {}", of.key.display_name(), of.key, platform.name);
    let state = if of.enabled { "switched on" } else { "switched off" };
    let Some(oauth) = &of.oauth else {
        return Check::new(name, Ok(format!("no OAuth credentials: merchants can only paste keys; {state}")));
    };
    let ask = || {
        let key = db.read_blocking(|conn| integrations::secret_key(conn, vault, of, oauth))?;
        // The platform's own account; its id only tells limits apart.
        let auth = Auth::own(key, AccountId(of.id.to_string()), of.key.mode());
        in_runtime(async {
            stripe.singleton(&auth, Resource::Balance).await.context("asking Stripe with its secret key")
        })?;
        Ok(format!("Stripe accepts the secret key {}; {state}", oauth.secret_key_masked))
    };
    Check::new(name, ask())
}
