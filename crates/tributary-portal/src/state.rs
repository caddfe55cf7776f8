//! What the portal works with.

use crate::auth::PasswordCheck;
use std::net::IpAddr;
use std::sync::Arc;
use tokio::sync::Notify;
use tributary_core::sync_settings::ReadingSettings;
use tributary_core::{Clock, PublicUrls};
use tributary_db::Db;
use tributary_db::vault::Vault;
use tributary_pages::PublicUrl;

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
    /// Notified whenever there is something to do or to tell, so that a worker of this process starts at once.
    pub wake: Arc<Notify>,
    /// Checks passwords.
    pub passwords: PasswordCheck,
    /// The reverse proxies whose word on where a visitor comes from is believed.
    pub proxies: Vec<IpAddr>,
    /// Where the services are reached.
    pub urls: Urls,
    /// When connections are read, as the worker has it.
    pub reading: ReadingSettings,
}

/// Where the services are reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Urls {
    /// The portal itself.
    pub portal: PublicUrl,
    /// Where developers reach the API.
    pub api: PublicUrl,
    /// Where merchants reach Link, and Stripe sends them back to.
    pub link: PublicUrl,
}

impl Urls {
    /// The same, as use cases write it into messages.
    pub fn links(&self) -> PublicUrls {
        PublicUrls::new(&self.portal.origin(), &self.api.origin(), &self.link.origin())
    }
}
