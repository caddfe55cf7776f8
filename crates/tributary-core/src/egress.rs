//! Where requests to consumers may go: which addresses are public, and which URLs a consumer may have.
//!
//! Whoever creates a consumer chooses a URL that this installation then calls from within its operator's network.
//! So a URL is checked when it is given, and every address that its host resolves to is checked again before each
//! connection.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use url::{Host, Url};

/// The longest URL of a consumer, in bytes.
pub const URL_BYTES_MAX: usize = 2048;

/// How far an address reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Routed on the internet.
    Public,
    /// This machine, or a network of the operator's: loopback, private, shared (CGNAT) and unique-local.
    Private,
    /// No consumer's: link-local, clouds' metadata, multicast, documentation, tunnels, translations, reserved.
    Never,
}

/// Where requests may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Egress {
    /// The setting `webhooks.allow_private_addresses`: http, any port, and addresses that are [`Reach::Private`].
    pub allow_private: bool,
}

/// Why a URL can't be a consumer's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UrlProblem {
    /// It doesn't parse, or names no host.
    #[error("it isn't a URL with a host, as in https://example.com/webhooks")]
    NotAUrl,
    /// More than [`URL_BYTES_MAX`].
    #[error("it is longer than 2048 characters")]
    TooLong,
    /// Not https.
    #[error("it must start with https://")]
    Scheme,
    /// User name or password.
    #[error("it holds a user name or a password; send credentials in a custom header")]
    Credentials,
    /// `#…`, which is never sent.
    #[error("it holds a fragment (#…), which is never sent")]
    Fragment,
    /// A port of a service that isn't a web server's.
    #[error("its port must be 443, or 1024 or above")]
    Port,
    /// An address literal, or `localhost`, that isn't public.
    #[error("it names an address that may not be reached")]
    Address,
}

impl Egress {
    /// Whether a connection to this address may be opened.
    pub fn permits(self, address: IpAddr) -> bool {
        match reach(address) {
            Reach::Public => true,
            Reach::Private => self.allow_private,
            Reach::Never => false,
        }
    }

    /// Reads a consumer's URL. A host name is not resolved: [`Egress::permits`] is for what it resolves to.
    pub fn read_url(self, text: &str) -> Result<Url, UrlProblem> {
        if text.len() > URL_BYTES_MAX {
            return Err(UrlProblem::TooLong);
        }
        let url: Url = text.parse().map_err(|_| UrlProblem::NotAUrl)?;
        match url.scheme() {
            "https" => {}
            "http" if self.allow_private => {}
            _ => return Err(UrlProblem::Scheme),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(UrlProblem::Credentials);
        }
        if url.fragment().is_some() {
            return Err(UrlProblem::Fragment);
        }
        // The parser has turned decimal, octal, hexadecimal and shortened addresses into plain ones.
        let is_permitted = match url.host() {
            None => return Err(UrlProblem::NotAUrl),
            Some(Host::Ipv4(address)) => self.permits(address.into()),
            Some(Host::Ipv6(address)) => self.permits(address.into()),
            Some(Host::Domain(name)) => self.allow_private || !is_localhost(name),
        };
        if !is_permitted {
            return Err(UrlProblem::Address);
        }
        let port = url.port_or_known_default().unwrap_or(0);
        if !self.allow_private && port != 443 && port < 1024 {
            return Err(UrlProblem::Port);
        }
        Ok(url)
    }
}

/// The name that always means this machine (RFC 6761), in lower case as the parser leaves it.
/// Whether a URL is of plain http to this machine itself: nobody can listen in between.
pub fn is_plain_loopback(url: &Url) -> bool {
    url.scheme() == "http"
        && match url.host() {
            Some(Host::Ipv4(ip)) => ip.is_loopback(),
            Some(Host::Ipv6(ip)) => ip.is_loopback(),
            Some(Host::Domain(name)) => name == "localhost",
            None => false,
        }
}

fn is_localhost(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    name == "localhost" || name.ends_with(".localhost")
}

/// How far an address reaches. What IANA lists as special is not public.
pub fn reach(address: IpAddr) -> Reach {
    match address {
        IpAddr::V4(address) => reach_v4(address),
        IpAddr::V6(address) => reach_v6(address),
    }
}

/// Addresses at which clouds give out credentials and that don't stand in a range that is refused anyway.
const METADATA_V4: [Ipv4Addr; 2] = [Ipv4Addr::new(100, 100, 100, 200), Ipv4Addr::new(168, 63, 129, 16)];
const METADATA_V6: [Ipv6Addr; 2] =
    [Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254), Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254)];

fn reach_v4(address: Ipv4Addr) -> Reach {
    if METADATA_V4.contains(&address) {
        return Reach::Never;
    }
    match address.octets() {
        // This network, link-local, protocol assignments, documentation, 6to4 relays, benchmarks, multicast, reserved.
        [0, ..]
        | [169, 254, ..]
        | [192, 0, 0, _]
        | [192, 0, 2, _]
        | [192, 88, 99, _]
        | [198, 18..=19, ..]
        | [198, 51, 100, _]
        | [203, 0, 113, _]
        | [224..=255, ..] => Reach::Never,
        [10, ..] | [100, 64..=127, ..] | [127, ..] | [172, 16..=31, ..] | [192, 168, ..] => Reach::Private,
        _ => Reach::Public,
    }
}

fn reach_v6(address: Ipv6Addr) -> Reach {
    if METADATA_V6.contains(&address) {
        return Reach::Never;
    }
    if address == Ipv6Addr::LOCALHOST {
        return Reach::Private;
    }
    match address.segments() {
        [0xfc00..=0xfdff, ..] => Reach::Private,
        // Within the unicast range: protocol assignments (Teredo among them), documentation, 6to4.
        [0x2001, 0..=0x01ff, ..] | [0x2001, 0xdb8, ..] | [0x2002, ..] | [0x3fff, 0..=0x0fff, ..] => {
            Reach::Never
        }
        [0x2000..=0x3fff, ..] => Reach::Public,
        // Everything else: IPv4 in one of its mappings, translations, link-local, multicast, unassigned.
        _ => Reach::Never,
    }
}

#[cfg(test)]
mod tests;
