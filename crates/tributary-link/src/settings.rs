//! Where Link is reached, and the addresses that follow from it.

use tributary_core::ids::{CompanyId, ConnectionId};
use url::{Host, Url};

/// Where Link is reached. Every address that leaves the process is built from it: what a request says about
/// its host is never used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkSettings {
    public_url: Url,
}

/// Why an address can't be Link's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// Plain http for others than this machine, or another scheme (rule I10).
    #[error(
        "link.public_url must be an https URL; http is accepted only on this machine (127.0.0.1, ::1, localhost)"
    )]
    NotSecure,
    /// More than scheme, host and port.
    #[error("link.public_url must end after host and port: https://link.example.com")]
    NotAnOrigin,
}

impl LinkSettings {
    /// Checks the public address: an https origin, or an http one on loopback.
    pub fn new(public_url: Url) -> Result<Self, SettingsError> {
        let is_https = public_url.scheme() == "https" && public_url.has_host();
        let is_local = public_url.scheme() == "http"
            && match public_url.host() {
                Some(Host::Ipv4(ip)) => ip.is_loopback(),
                Some(Host::Ipv6(ip)) => ip.is_loopback(),
                Some(Host::Domain(name)) => name == "localhost",
                None => false,
            };
        if !is_https && !is_local {
            return Err(SettingsError::NotSecure);
        }
        let is_origin = public_url.path() == "/"
            && public_url.query().is_none()
            && public_url.fragment().is_none()
            && public_url.username().is_empty()
            && public_url.password().is_none();
        if is_origin { Ok(LinkSettings { public_url }) } else { Err(SettingsError::NotAnOrigin) }
    }

    /// Whether browsers reach Link over https.
    pub fn is_https(&self) -> bool {
        self.public_url.scheme() == "https"
    }

    /// Scheme, host and port, as browsers write an `Origin`.
    pub(crate) fn origin(&self) -> String {
        self.public_url.origin().ascii_serialization()
    }

    /// The redirect URI to register at Stripe.
    pub fn callback_url(&self) -> Url {
        let mut url = self.public_url.clone();
        url.set_path("/oauth/callback");
        url
    }
}

/// The path that starts a connection's authorization.
pub(crate) fn start_path(company: CompanyId, connection: ConnectionId) -> String {
    format!("/companies/{company}/connections/{connection}/start")
}

/// The path of the page that says how an authorization ended.
pub(crate) fn done_path(company: CompanyId, connection: ConnectionId) -> String {
    format!("/companies/{company}/connections/{connection}/done")
}

/// The path of a company's page.
pub(crate) fn company_path(company: CompanyId) -> String {
    format!("/company/{company}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(url: &str) -> Result<LinkSettings, SettingsError> {
        LinkSettings::new(url.parse().unwrap())
    }

    #[test]
    fn plain_http_is_only_for_loopback() {
        for good in
            ["https://link.example.com", "http://127.0.0.1:7612", "http://[::1]:7612/", "http://localhost"]
        {
            assert!(settings(good).is_ok(), "{good}");
        }
        for bad in ["http://link.example.com", "http://localhost.example.com", "ftp://localhost", "file:///x"]
        {
            assert_eq!(settings(bad), Err(SettingsError::NotSecure), "{bad}");
        }
    }

    #[test]
    fn a_public_address_is_an_origin_and_nothing_more() {
        for bad in [
            "https://a.example/link",
            "https://a.example/?x",
            "https://a.example/#x",
            "https://u:p@a.example",
        ] {
            assert_eq!(settings(bad), Err(SettingsError::NotAnOrigin), "{bad}");
        }
        let settings = settings("https://link.example.com:8443").unwrap();
        assert_eq!(settings.callback_url().as_str(), "https://link.example.com:8443/oauth/callback");
        assert_eq!(settings.origin(), "https://link.example.com:8443");
    }
}
