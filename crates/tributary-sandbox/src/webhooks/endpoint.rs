//! Endpoints: where events are sent, and which.

use crate::access::mode_of;
use crate::keys::Smith;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use tributary_core::Mode;
use url::{Host, Url};

/// The most endpoints that an account may have in one mode.
pub(crate) const MAX_ENDPOINTS: usize = 16;

/// An endpoint of one account in one mode. Kept in the state file; its secret is derived.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Endpoint {
    pub(crate) number: u64,
    /// The number of the account that made it; the platform's is the largest.
    pub(crate) account: usize,
    pub(crate) live: bool,
    pub(crate) url: String,
    /// Types of events, or `*` for all.
    pub(crate) enabled_events: Vec<String>,
    /// The version that its events are rendered in; the account's own when absent.
    pub(crate) api_version: Option<String>,
    /// It gets the events of connected accounts instead of its own account's.
    pub(crate) connect: bool,
    pub(crate) description: Option<String>,
    pub(crate) metadata: BTreeMap<String, String>,
    pub(crate) disabled: bool,
    /// Unix seconds.
    pub(crate) created: u32,
    /// Signed with the platform's own secret of its mode, as `sandbox --json` prints it.
    pub(crate) platform_secret: bool,
}

impl Endpoint {
    pub(crate) fn mode(&self) -> Mode {
        mode_of(self.live)
    }

    /// `we_…`
    pub(crate) fn id(&self, smith: &Smith) -> String {
        smith.endpoint_id(self.number)
    }

    /// `whsec_…`: what its deliveries are signed with.
    pub(crate) fn secret(&self, smith: &Smith) -> String {
        if self.platform_secret {
            smith.webhook_secret(self.mode())
        } else {
            smith.endpoint_secret(self.number)
        }
    }

    /// Whether it wants events of this type.
    pub(crate) fn wants(&self, event_type: &str) -> bool {
        !self.disabled && self.enabled_events.iter().any(|wanted| wanted == "*" || wanted == event_type)
    }
}

/// Whether a URL leads to this machine: nothing simulated is sent anywhere else.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}
