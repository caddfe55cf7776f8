//! What is known of an address that events come to: remembered for a moment, so that a stream of events doesn't ask for
//! it, and opens its secrets, every time.

use crate::LinkState;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tributary_core::ids::{AccountId, ConnectionId, ConnectionNo, IntegrationId, PlatformNo};
use tributary_core::{Mode, Secret};
use tributary_db::vault::{Scope, Vault};
use tributary_db::webhook_secrets::{self, Endpoint};
use tributary_db::{AnyConn, DbError, connections, integrations};

/// How long it is remembered: so long a secret that was removed may still be accepted.
const REMEMBERED: Duration = Duration::from_secs(2);

/// Addresses remembered at most.
const REMEMBERED_MAX: usize = 1_000;

/// An address as its path names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Address {
    Integration(IntegrationId),
    Connection(ConnectionId),
}

/// What is known of an address that has a signing secret.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub platform_no: PlatformNo,
    pub integration: IntegrationId,
    pub mode: Mode,
    /// Whether data flows after the first pull.
    pub flows: bool,
    /// The connection that the address is of, and its account.
    pub connection: Option<(ConnectionNo, AccountId)>,
    pub secrets: Arc<Vec<Secret>>,
    /// Whether it was read just now.
    pub is_fresh: bool,
}

/// The addresses that are remembered.
#[derive(Debug, Default)]
pub(super) struct Endpoints(Mutex<HashMap<Address, (Instant, Known)>>);

impl Endpoints {
    /// As [`Endpoints::read`], or as it was a moment ago.
    pub(super) async fn find(&self, state: &LinkState, address: Address) -> Result<Option<Known>, DbError> {
        let remembered = self.lock().get(&address).filter(|(at, _)| at.elapsed() < REMEMBERED).cloned();
        match remembered {
            Some((_, known)) => Ok(Some(Known { is_fresh: false, ..known })),
            None => self.read(state, address).await,
        }
    }

    /// What there is; none without a secret.
    pub(super) async fn read(&self, state: &LinkState, address: Address) -> Result<Option<Known>, DbError> {
        let vault = state.vault.clone();
        let known = state.db.read(move |conn| read(conn, &vault, address)).await?;
        let mut remembered = self.lock();
        if remembered.len() >= REMEMBERED_MAX {
            remembered.clear();
        }
        match &known {
            Some(known) => remembered.insert(address, (Instant::now(), known.clone())),
            None => remembered.remove(&address),
        };
        Ok(known)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<Address, (Instant, Known)>> {
        // Each change is one step, so a panic elsewhere leaves nothing half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn read(conn: &mut AnyConn, vault: &Vault, address: Address) -> Result<Option<Known>, DbError> {
    let (integration, connection) = match address {
        Address::Integration(id) => (integrations::find_any(conn, id)?, None),
        Address::Connection(id) => match connections::find_any_view(conn, id)? {
            Some(view) => (Some(view.integration), Some(view.connection)),
            None => (None, None),
        },
    };
    let Some(integration) = integration else { return Ok(None) };
    let company = connection.as_ref().map(|connection| connection.company_id);
    let scope = Scope::find(conn, integration.platform_no, company)?;
    let connection = match connection {
        Some(connection) => match connection.account_id {
            Some(account) => Some((connection.no, account)),
            // Nobody has linked it yet.
            None => return Ok(None),
        },
        None => None,
    };
    let endpoint =
        Endpoint { integration: integration.id, connection: connection.as_ref().map(|(no, _)| *no) };
    let secrets = webhook_secrets::open(conn, vault, &scope, endpoint)?;
    Ok((!secrets.is_empty()).then(|| Known {
        platform_no: integration.platform_no,
        integration: integration.id,
        mode: integration.key.mode(),
        flows: integration.flows(),
        connection,
        secrets: Arc::new(secrets),
        is_fresh: true,
    }))
}
