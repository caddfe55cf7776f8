//! What the portal works with.

use crate::auth::PasswordCheck;
use std::sync::Arc;
use tokio::sync::Notify;
use tributary_core::Clock;
use tributary_db::Db;
use tributary_db::vault::Vault;
use url::Url;

/// What the portal works with; clones share it.
#[derive(Clone)]
pub struct PortalState {
    /// The store.
    pub db: Db,
    /// Seals what is entered, and derives the token of the first run.
    pub vault: Vault,
    /// The way to Stripe, to check credentials with.
    pub stripe: tributary_stripe::Client,
    /// The time.
    pub clock: Clock,
    /// Notified whenever data was queued, so that a worker of this process starts at once.
    pub wake: Arc<Notify>,
    /// Checks passwords.
    pub passwords: PasswordCheck,
    /// Where the services are reached.
    pub urls: Urls,
}

/// Where the services are reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Urls {
    /// The portal itself.
    pub portal: Url,
    /// Where developers reach the API.
    pub api: Url,
    /// Where merchants reach Link, and Stripe sends them back to.
    pub link: Url,
}

impl Urls {
    /// The portal's origin, as browsers name it.
    pub fn portal_origin(&self) -> String {
        self.portal.origin().ascii_serialization()
    }

    /// Whether the portal is reached over https, so that cookies can be secure.
    pub fn is_https(&self) -> bool {
        self.portal.scheme() == "https"
    }

    /// An address of Link's.
    pub fn of_link(&self, path: &str) -> String {
        format!("{}{path}", self.link.as_str().trim_end_matches('/'))
    }
}
