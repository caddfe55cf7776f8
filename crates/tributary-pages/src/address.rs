//! Where a service is reached.

use std::fmt;
use std::str::FromStr;
use tributary_core::is_plain_loopback;
use url::Url;

/// Scheme, host and port at which others reach a service: https, or http on this machine (rule I10).
///
/// Every address that leaves a service is built from it: what a request says about its host is never used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl(Url);

/// Why an address can't be a service's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotPublic {
    /// Plain http for others than this machine, or another scheme, or no URL at all.
    #[error("an https URL is expected; http is accepted only for this machine (127.0.0.1, ::1, localhost)")]
    NotSecure,
    /// More than scheme, host and port.
    #[error("an https URL that ends after host and port is expected, as in https://link.example.com")]
    NotAnOrigin,
}

impl PublicUrl {
    /// Checks an address.
    pub fn new(url: Url) -> Result<Self, NotPublic> {
        if url.scheme() != "https" && !is_plain_loopback(&url) {
            return Err(NotPublic::NotSecure);
        }
        // What an origin leaves out: credentials, path, query, fragment.
        if url.as_str() != format!("{}/", url.origin().ascii_serialization()) {
            return Err(NotPublic::NotAnOrigin);
        }
        Ok(PublicUrl(url))
    }

    /// Whether browsers come over https, so that cookies can be secure.
    pub fn is_https(&self) -> bool {
        self.0.scheme() == "https"
    }

    /// As browsers write an `Origin`: without a slash at the end.
    pub fn origin(&self) -> String {
        self.0.origin().ascii_serialization()
    }

    /// The address of a path, which begins with a slash.
    pub fn at(&self, path: &str) -> Url {
        let mut url = self.0.clone();
        url.set_path(path);
        url
    }

    /// The address as a URL, whose path is a slash.
    pub fn as_url(&self) -> &Url {
        &self.0
    }
}

impl FromStr for PublicUrl {
    type Err = NotPublic;

    fn from_str(text: &str) -> Result<Self, NotPublic> {
        PublicUrl::new(text.parse().map_err(|_| NotPublic::NotSecure)?)
    }
}

/// As [`PublicUrl::origin`].
impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.origin())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_is_only_for_this_machine() {
        for good in
            ["https://link.example.com", "http://127.0.0.1:7612", "http://[::1]:7612", "http://localhost"]
        {
            assert_eq!(good.parse::<PublicUrl>().map(|url| url.to_string()).as_deref(), Ok(good));
        }
        for bad in [
            "http://link.example.com",
            "http://localhost.example.com",
            "ftp://localhost",
            "file:///x",
            "x",
            "",
        ] {
            assert_eq!(bad.parse::<PublicUrl>(), Err(NotPublic::NotSecure), "{bad}");
        }
    }

    #[test]
    fn an_address_is_an_origin_and_nothing_more() {
        for bad in [
            "https://a.example/link",
            "https://a.example/?x",
            "https://a.example/#x",
            "https://u:p@a.example",
        ] {
            assert_eq!(bad.parse::<PublicUrl>(), Err(NotPublic::NotAnOrigin), "{bad}");
        }
    }

    #[test]
    fn addresses_are_built_from_it() {
        let url: PublicUrl = "https://link.example.com:8443/".parse().unwrap();
        assert_eq!(url.origin(), "https://link.example.com:8443");
        assert_eq!(url.at("/oauth/callback").as_str(), "https://link.example.com:8443/oauth/callback");
    }
}
