//! Where a request comes from, through whatever proxies.

use actix_web::http::header::HeaderMap;
use std::net::{IpAddr, SocketAddr};

/// The address that a visitor comes from, as far as it is known: the peer's, or what the trusted proxies noted in
/// `X-Forwarded-For`. None for this machine's own that isn't a trusted proxy: it may be a proxy all the same, and
/// then it stands for everybody.
pub(crate) fn visitor_address(
    peer: Option<SocketAddr>,
    headers: &HeaderMap,
    proxies: &[IpAddr],
) -> Option<IpAddr> {
    let is_proxy = |address: &IpAddr| proxies.iter().any(|proxy| proxy.to_canonical() == *address);
    let peer = peer?.ip().to_canonical();
    if !is_proxy(&peer) {
        return Some(peer).filter(|peer| !peer.is_loopback());
    }
    // Each proxy adds at the end whom it heard from; what stands before the first stranger may be made up.
    let noted = headers.get_all("x-forwarded-for").filter_map(|value| value.to_str().ok());
    let noted: Vec<&str> = noted.flat_map(|value| value.split(',')).map(str::trim).collect();
    let last_stranger = noted.iter().rev().map(|text| text.parse().ok().map(|ip: IpAddr| ip.to_canonical()));
    last_stranger.into_iter().find(|address| address.is_none_or(|address| !is_proxy(&address))).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::{HeaderName, HeaderValue};

    fn of(peer: &str, noted: &[&str], proxies: &[&str]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for value in noted {
            let name = HeaderName::from_static("x-forwarded-for");
            headers.append(name, HeaderValue::from_str(value).unwrap());
        }
        let proxies: Vec<IpAddr> = proxies.iter().map(|text| text.parse().unwrap()).collect();
        let peer = SocketAddr::new(peer.parse().unwrap(), 4711);
        visitor_address(Some(peer), &headers, &proxies).map(|address| address.to_string())
    }

    #[test]
    fn the_peer_counts_unless_it_is_a_trusted_proxy() {
        assert_eq!(of("192.0.2.1", &["198.51.100.7"], &[]).as_deref(), Some("192.0.2.1"));
        assert_eq!(of("192.0.2.1", &["198.51.100.7"], &["10.0.0.1"]).as_deref(), Some("192.0.2.1"));
        assert_eq!(of("::ffff:192.0.2.1", &[], &[]).as_deref(), Some("192.0.2.1"));
        assert_eq!(of("127.0.0.1", &["198.51.100.7"], &[]), None);
    }

    #[test]
    fn of_what_proxies_noted_the_last_stranger_counts() {
        let proxies = ["10.0.0.1", "127.0.0.1"];
        assert_eq!(of("127.0.0.1", &["198.51.100.7"], &proxies).as_deref(), Some("198.51.100.7"));
        assert_eq!(
            of("10.0.0.1", &["6.6.6.6, 198.51.100.7", "127.0.0.1"], &proxies).as_deref(),
            Some("198.51.100.7")
        );
        assert_eq!(of("10.0.0.1", &["198.51.100.7, unknown"], &proxies), None);
        assert_eq!(of("10.0.0.1", &[], &proxies), None);
        assert_eq!(of("10.0.0.1", &["127.0.0.1"], &proxies), None);
    }
}
