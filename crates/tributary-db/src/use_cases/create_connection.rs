//! Creating a connection that awaits its authorization.

use crate::conn::AnyConn;
use crate::connections::{self, ConnectionView};
use crate::error::DbError;
use crate::messages::{Event, emit};
use crate::{companies, integrations};
use tributary_core::ids::{CompanyId, PlatformNo};
use tributary_core::{Millis, PlatformKey, PublicUrls};

/// Why a connection can't be created.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConnectionRefused {
    /// The platform has no such company.
    #[error("No company was found with ID {0}")]
    UnknownCompany(CompanyId),
    /// The integration was never set.
    #[error("the integration {name} ({0}) isn't set: set it with `tributary integration set {0} --enable`", name = .0.display_name())]
    NotSet(PlatformKey),
    /// The integration is switched off.
    #[error("the integration {name} ({0}) is switched off", name = .0.display_name())]
    Disabled(PlatformKey),
}

/// Creates a connection of a company to whichever Stripe account the merchant will authorise.
pub fn create_connection(
    conn: &mut AnyConn,
    urls: &PublicUrls,
    platform_no: PlatformNo,
    company_id: CompanyId,
    key: PlatformKey,
    now: Millis,
) -> Result<Result<ConnectionView, ConnectionRefused>, DbError> {
    if companies::keep(conn, platform_no, company_id)?.is_none() {
        return Ok(Err(ConnectionRefused::UnknownCompany(company_id)));
    }
    let Some(integration) = integrations::find_by_key(conn, platform_no, key)? else {
        return Ok(Err(ConnectionRefused::NotSet(key)));
    };
    if !integration.enabled {
        return Ok(Err(ConnectionRefused::Disabled(key)));
    }
    let connection = connections::create(conn, platform_no, company_id, &integration, now)?;
    emit(conn, urls, Event::ConnectionCreated(connection.no), now)?;
    Ok(Ok(ConnectionView { connection, integration }))
}
