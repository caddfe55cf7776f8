//! What the portal works with.

use crate::auth::PasswordCheck;
use std::net::IpAddr;
use std::sync::Arc;
use tokio::sync::Notify;
use tributary_core::Clock;
use tributary_db::Db;
use tributary_db::vault::Vault;
use url::{Host, Url};

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
    /// The reverse proxies whose word on where a visitor comes from is believed.
    pub proxies: Vec<IpAddr>,
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

/// Why an address can't be the portal's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// Plain http for others than this machine, or another scheme (rule I10).
    #[error(
        "portal.public_url must be an https URL; http is accepted only on this machine (127.0.0.1, ::1, localhost)"
    )]
    NotSecure,
    /// More than scheme, host and port.
    #[error("portal.public_url must end after host and port: https://portal.example.com")]
    NotAnOrigin,
}

impl Urls {
    /// Checks the portal's address: an https origin, or an http one on loopback, so that no cookie travels unsealed.
    pub fn new(portal: Url, api: Url, link: Url) -> Result<Self, UrlError> {
        let is_local = match portal.host() {
            Some(Host::Ipv4(ip)) => ip.is_loopback(),
            Some(Host::Ipv6(ip)) => ip.is_loopback(),
            Some(Host::Domain(name)) => name == "localhost",
            None => false,
        };
        let is_secure = portal.scheme() == "https" || portal.scheme() == "http" && is_local;
        if !is_secure || !portal.has_host() {
            return Err(UrlError::NotSecure);
        }
        if portal.as_str() != format!("{}/", portal.origin().ascii_serialization()) {
            return Err(UrlError::NotAnOrigin);
        }
        Ok(Urls { portal, api, link })
    }

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_portal_is_an_https_origin_or_on_this_machine() {
        let urls = |portal: &str| {
            let other: Url = "https://api.example.com".parse().unwrap();
            Urls::new(portal.parse().unwrap(), other.clone(), other).map(|urls| urls.portal_origin())
        };
        for good in
            ["https://portal.example.com:8443", "http://127.0.0.1:7610", "http://[::1]:1", "http://localhost"]
        {
            assert_eq!(urls(good).as_deref(), Ok(good));
        }
        for bad in
            ["http://portal.example.com", "http://localhost.example.com", "ftp://localhost", "file:///x"]
        {
            assert_eq!(urls(bad), Err(UrlError::NotSecure), "{bad}");
        }
        for bad in [
            "https://a.example/portal",
            "https://a.example/?x",
            "https://a.example/#x",
            "https://u:p@a.example",
        ] {
            assert_eq!(urls(bad), Err(UrlError::NotAnOrigin), "{bad}");
        }
    }
}
