//! Making the demo's platform, administrator, API key, integration, company and connection: once, all or nothing.

use super::memory::{Installed, Memory};
use crate::startup::Parts;
use anyhow::anyhow;
use std::fmt::Display;
use std::path::Path;
use tributary_core::state::Role;
use tributary_core::{Mode, PlatformKey, PublicUrls, Secret, token};
use tributary_db::companies::NewCompany;
use tributary_db::use_cases::{IntegrationChange, IntegrationText, Switch, set_integration};
use tributary_db::{AnyConn, DbError, api_keys, platforms, use_cases, users};
use tributary_portal::passwords::{self, Cost};
use tributary_sandbox::Sandbox;

/// The demo's integration.
pub(super) const INTEGRATION: PlatformKey = PlatformKey::StripeTest;

const PLATFORM_NAME: &str = "Harbour Lending";
const COMPANY_NAME: &str = "Blue Bicycle Ltd";
const ADMIN_EMAIL: &str = "admin@example.com";

/// What was made at the first start; made now if this is it.
///
/// The memory is written before the transaction commits: if the process dies in between, it names a platform that
/// doesn't exist, and the next start makes everything anew.
pub(super) fn install(
    parts: &Parts,
    urls: &PublicUrls,
    cost: &Cost,
    sandbox: &Sandbox,
    memory: &mut Memory,
    path: &Path,
) -> anyhow::Result<Installed> {
    if let Some(installed) = &memory.installed {
        let id = installed.platform_id;
        if parts.db.read_blocking(|conn| platforms::find(conn, id))?.is_some() {
            return Ok(installed.clone());
        }
    }
    let password = token::random_password()?;
    let hash = passwords::hash(&password, cost)?;
    let text = IntegrationText {
        client_id: Some(sandbox.client_id(Mode::Test)),
        secret_key: Some(Secret::new(sandbox.platform_key(Mode::Test))),
        webhook_secret: None,
    };
    let read = IntegrationChange::read(INTEGRATION, text);
    let mut integration = read.map_err(|_| anyhow!("the sandbox's credentials were refused"))?;
    integration.switch = Some(Switch::On);
    let installed = parts.db.write_blocking(|conn| {
        let mut installed = create(conn, parts, urls, &hash, &integration)?;
        installed.admin_password = password.expose().to_owned();
        let mut memory = memory.clone();
        memory.installed = Some(installed.clone());
        memory.save(path).map_err(|error| DbError::Broken(format!("{}: {error}", path.display())))?;
        Ok(installed)
    })?;
    memory.installed = Some(installed.clone());
    Ok(installed)
}

fn create(
    conn: &mut AnyConn,
    parts: &Parts,
    urls: &PublicUrls,
    password_hash: &str,
    integration: &IntegrationChange,
) -> Result<Installed, DbError> {
    let now = parts.clock.now();
    let platform = accepted(platforms::create(conn, PLATFORM_NAME, now)?)?;
    let role = Role::Administrator;
    let admin = accepted(users::create(conn, platform.no, ADMIN_EMAIL, password_hash, role, now)?)?;
    let key = accepted(api_keys::create(conn, platform.no, Some("demo"), now)?)?;
    accepted(set_integration(conn, &parts.vault, &platform, integration, now)?)?;
    let company = NewCompany { name: COMPANY_NAME.to_owned(), ..NewCompany::default() };
    let company = accepted(use_cases::create_company(conn, urls, platform.no, company, now)?)?;
    let view =
        accepted(use_cases::create_connection(conn, urls, platform.no, company.id, INTEGRATION, now)?)?;
    Ok(Installed {
        platform_id: platform.id,
        company_id: company.id,
        connection_id: view.connection.id,
        admin_email: admin.user.email,
        admin_password: String::new(),
        api_key: key.key.expose().to_owned(),
    })
}

/// A refusal as a failure, so that the transaction is rolled back. With the demo's own input there is none.
fn accepted<T, E: Display>(result: Result<T, E>) -> Result<T, DbError> {
    result.map_err(|refused| DbError::Broken(format!("the demo's own data was refused: {refused}")))
}
