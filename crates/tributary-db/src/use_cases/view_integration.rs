//! An integration with what belongs to it, as people see it.

use crate::conn::AnyConn;
use crate::connections;
use crate::error::DbError;
use crate::integrations::{self, Integration};
use crate::webhook_secrets::{self, WebhookSecret};
use std::collections::BTreeMap;
use tributary_core::PlatformKey;
use tributary_core::ids::PlatformNo;
use tributary_core::state::ConnectionStatus;

/// One of a platform's two integrations, set or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IntegrationView {
    /// Stripe or Stripe Test.
    pub key: PlatformKey,
    /// How it is set; `None` if it never was.
    pub integration: Option<Integration>,
    /// Its signing secrets as people recognise them, newest first: at most three.
    pub webhook_secrets: Vec<WebhookSecret>,
    /// How many connections were made with it, by status; a status that none has is left out.
    pub connections: BTreeMap<ConnectionStatus, i64>,
}

impl IntegrationView {
    /// How many of its connections have this status.
    pub fn connections_with(&self, status: ConnectionStatus) -> i64 {
        self.connections.get(&status).copied().unwrap_or(0)
    }
}

/// A platform's integration for Stripe or Stripe Test.
pub fn view_integration(
    conn: &mut AnyConn,
    platform_no: PlatformNo,
    key: PlatformKey,
) -> Result<IntegrationView, DbError> {
    let Some(integration) = integrations::find_by_key(conn, platform_no, key)? else {
        let (webhook_secrets, connections) = (Vec::new(), BTreeMap::new());
        return Ok(IntegrationView { key, integration: None, webhook_secrets, connections });
    };
    let webhook_secrets = webhook_secrets::list(conn, platform_no, integration.id.into())?;
    let connections = connections::count_by_status(conn, platform_no, integration.id)?;
    Ok(IntegrationView { key, integration: Some(integration), webhook_secrets, connections })
}

/// Both of a platform's integrations, Stripe before Stripe Test.
pub fn view_integrations(
    conn: &mut AnyConn,
    platform_no: PlatformNo,
) -> Result<Vec<IntegrationView>, DbError> {
    PlatformKey::ALL.into_iter().map(|key| view_integration(conn, platform_no, key)).collect()
}
