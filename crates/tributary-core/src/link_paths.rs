//! The paths of Link that other services and the command line give out, below its public address (rule I4).

use crate::PlatformKey;
use crate::brand::BrandImage;
use crate::ids::{CompanyId, ConnectionId, IntegrationId};

/// Where Stripe sends merchants back to: the redirect URI to register is this path's address.
pub const CALLBACK: &str = "/oauth/callback";

/// A company's page.
pub fn company(company: CompanyId) -> String {
    format!("/company/{company}")
}

/// The start of a connection's authorization.
pub fn start(company: CompanyId, connection: ConnectionId) -> String {
    format!("/companies/{company}/connections/{connection}/start")
}

/// A picture of an integration.
pub fn brand(key: PlatformKey, image: BrandImage) -> String {
    format!("/brand/{key}/{}.svg", image.as_str())
}

/// Where Stripe sends the events of an endpoint that was made in a connection's own account.
pub fn connection_events(connection: ConnectionId) -> String {
    format!("/stripe/events/connections/{connection}")
}

/// Where Stripe sends an integration's events.
pub fn events(integration: IntegrationId) -> String {
    format!("/stripe/events/{integration}")
}
