//! The classifier against a table written independently of it, and URLs that try to slip by.

use super::*;

const PUBLIC_ONLY: Egress = Egress { allow_private: false };
const PRIVATE_TOO: Egress = Egress { allow_private: true };

/// IANA's special-purpose IPv4 ranges, and how far they reach.
const RANGES_V4: [(&str, u32, Reach); 18] = [
    ("0.0.0.0", 8, Reach::Never),
    ("10.0.0.0", 8, Reach::Private),
    ("100.64.0.0", 10, Reach::Private),
    ("100.100.100.200", 32, Reach::Never),
    ("127.0.0.0", 8, Reach::Private),
    ("168.63.129.16", 32, Reach::Never),
    ("169.254.0.0", 16, Reach::Never),
    ("172.16.0.0", 12, Reach::Private),
    ("192.0.0.0", 24, Reach::Never),
    ("192.0.2.0", 24, Reach::Never),
    ("192.88.99.0", 24, Reach::Never),
    ("192.168.0.0", 16, Reach::Private),
    ("198.18.0.0", 15, Reach::Never),
    ("198.51.100.0", 24, Reach::Never),
    ("203.0.113.0", 24, Reach::Never),
    ("224.0.0.0", 4, Reach::Never),
    ("240.0.0.0", 4, Reach::Never),
    ("255.255.255.255", 32, Reach::Never),
];

/// The table in numbers: first address, length of the prefix, reach.
fn table_v4() -> [(u32, u32, Reach); 18] {
    RANGES_V4.map(|(start, bits, reach)| (u32::from(start.parse::<Ipv4Addr>().unwrap()), bits, reach))
}

/// The narrowest range that holds the address decides.
fn expected_v4(table: &[(u32, u32, Reach)], address: u32) -> Reach {
    let holding = table.iter().filter(|(start, bits, _)| address >> (32 - bits) == start >> (32 - bits));
    holding.max_by_key(|(_, bits, _)| *bits).map_or(Reach::Public, |(.., reach)| *reach)
}

#[test]
fn every_edge_of_every_special_ipv4_range_is_where_the_table_says_a_85() {
    let table = table_v4();
    for (first, bits, _) in table {
        let last = first | u32::MAX.checked_shr(bits).unwrap_or(0);
        for address in [first.wrapping_sub(1), first, first + (last - first) / 2, last, last.wrapping_add(1)]
        {
            assert_eq!(reach_v4(address.into()), expected_v4(&table, address), "{}", Ipv4Addr::from(address));
        }
    }
}

#[test]
fn a_sweep_through_ipv4_agrees_with_the_table_d_17() {
    let table = table_v4();
    for address in (0..=u32::MAX).step_by(4099) {
        assert_eq!(reach_v4(address.into()), expected_v4(&table, address), "{}", Ipv4Addr::from(address));
    }
}

#[test]
#[ignore = "all 4,294,967,296 addresses: minutes, for `cargo test --release -- --ignored`"]
fn the_whole_of_ipv4_agrees_with_the_table_d_17() {
    let table = table_v4();
    for address in 0..=u32::MAX {
        assert_eq!(reach_v4(address.into()), expected_v4(&table, address), "{}", Ipv4Addr::from(address));
    }
}

#[test]
fn only_ordinary_unicast_ipv6_is_public_a_85() {
    for (text, expected) in [
        ("2606:4700:4700::1111", Reach::Public),
        ("2a00:1450:4001:80b::200e", Reach::Public),
        ("2000::", Reach::Public),
        ("2001:200::", Reach::Public),
        ("2001:db7:ffff::", Reach::Public),
        ("2001:db9::", Reach::Public),
        ("2003::", Reach::Public),
        ("3fff:1000::", Reach::Public),
        ("::", Reach::Never),
        ("::1", Reach::Private),
        ("::2", Reach::Never),
        // IPv4 mapped, compatible, translated (NAT64, well-known and local), 6to4, Teredo.
        ("::ffff:127.0.0.1", Reach::Never),
        ("::ffff:8.8.8.8", Reach::Never),
        ("::127.0.0.1", Reach::Never),
        ("::ffff:0:127.0.0.1", Reach::Never),
        ("64:ff9b::7f00:1", Reach::Never),
        ("64:ff9b:1::a00:1", Reach::Never),
        ("2002:7f00:1::", Reach::Never),
        ("2001::7f00:1", Reach::Never),
        ("2001:1ff:ffff::", Reach::Never),
        ("2001:db8::1", Reach::Never),
        ("3fff::1", Reach::Never),
        ("3fff:fff::", Reach::Never),
        ("100::1", Reach::Never),
        ("5f00::1", Reach::Never),
        ("fc00::", Reach::Private),
        ("fdff:ffff::", Reach::Private),
        ("fe00::", Reach::Never),
        ("fe80::1", Reach::Never),
        ("fec0::1", Reach::Never),
        ("ff02::1", Reach::Never),
        // Metadata of clouds, within the unique-local range.
        ("fd00:ec2::254", Reach::Never),
        ("fd20:ce::254", Reach::Never),
    ] {
        assert_eq!(reach(text.parse().unwrap()), expected, "{text}");
    }
}

#[test]
fn a_host_in_any_notation_is_the_address_it_means_a_85() {
    for url in [
        "https://127.0.0.1/",
        "https://127.1/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0x7f.1/",
        "https://0177.0.0.1/",
        "https://017700000001/",
        "https://127.0.0.1./",
        "https://%31%32%37.0.0.1/",
        "https://１２７.0.0.1/",
        "https://0/",
        "https://10.0.0.1/",
        "https://169.254.169.254/latest/meta-data/",
        "https://0xa9fea9fe/",
        "https://2852039166/",
        "https://100.100.100.200/",
        "https://168.63.129.16/",
        "https://192.168.1.1:8443/",
        "https://172.31.255.255/",
        "https://255.255.255.255/",
        "https://[::1]/",
        "https://[::]/",
        "https://[0:0:0:0:0:0:0:1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[::ffff:7f00:1]/",
        "https://[64:ff9b::169.254.169.254]/",
        "https://[2002:a9fe:a9fe::]/",
        "https://[fd00:ec2::254]/",
        "https://[fe80::1]/",
        "https://localhost/",
        "https://LocalHost./",
        "https://x.localhost:8443/",
    ] {
        assert_eq!(PUBLIC_ONLY.read_url(url), Err(UrlProblem::Address), "{url}");
    }
}

#[test]
fn a_consumer_has_an_https_url_of_a_web_server_a_87() {
    use UrlProblem::{Credentials, Fragment, NotAUrl, Port, Scheme, TooLong};
    for (url, problem) in [
        ("", NotAUrl),
        ("example.com/hooks", NotAUrl),
        ("https://", NotAUrl),
        ("https://[fe80::1%25eth0]/", NotAUrl),
        ("https://[fe80::1%eth0]/", NotAUrl),
        ("https://999.1.1.1/", NotAUrl),
        ("https://1.2.3.4.5/", NotAUrl),
        ("https://exa mple.com/", NotAUrl),
        ("http://example.com/", Scheme),
        ("ftp://example.com/", Scheme),
        ("file:///etc/passwd", Scheme),
        ("gopher://example.com/", Scheme),
        ("data:text/plain,x", Scheme),
        ("https://user@example.com/", Credentials),
        ("https://user:word@example.com/", Credentials),
        ("https://example.com#@127.0.0.1/", Fragment),
        ("https://example.com:22/", Port),
        ("https://example.com:25/", Port),
        ("https://example.com:80/", Port),
        ("https://example.com:1023/", Port),
    ] {
        assert_eq!(PUBLIC_ONLY.read_url(url), Err(problem), "{url}");
    }
    assert_eq!(PUBLIC_ONLY.read_url(&format!("https://example.com/{}", "x".repeat(2048))), Err(TooLong));
    for url in [
        "https://example.com",
        "https://example.com:443/",
        "https://example.com:8443/a?b=c",
        "https://8.8.8.8/",
    ] {
        assert!(PUBLIC_ONLY.read_url(url).is_ok(), "{url}");
    }
}

#[test]
fn private_consumers_are_for_operators_who_allow_them_and_metadata_for_nobody_i_2() {
    for url in [
        "http://127.0.0.1:1/",
        "http://localhost/",
        "https://10.1.2.3:22/",
        "http://[::1]:8080/",
        "http://[fd12::1]/",
        "http://100.64.0.1/",
        "http://example.com/",
    ] {
        assert!(PRIVATE_TOO.read_url(url).is_ok(), "{url}");
    }
    for url in [
        "http://169.254.169.254/",
        "http://100.100.100.200/",
        "http://[fd00:ec2::254]/",
        "http://0.0.0.0/",
        "http://224.0.0.1/",
        "http://[::ffff:127.0.0.1]/",
    ] {
        assert_eq!(PRIVATE_TOO.read_url(url), Err(UrlProblem::Address), "{url}");
    }
    assert_eq!(PRIVATE_TOO.read_url("ftp://127.0.0.1/"), Err(UrlProblem::Scheme));
}
