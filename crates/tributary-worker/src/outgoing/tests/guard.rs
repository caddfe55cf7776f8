//! Requests stay out of the operator's network, whatever names and numbers say.

use super::consumer::{Consumer, Does, answer};
use super::*;
use crate::outgoing::decide::Failure;
use std::net::{Ipv4Addr, SocketAddr};

const NOT_ALLOWED: Outcome = Outcome::Failed(Failure::NotAllowed);
const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

#[tokio::test]
async fn a_name_of_a_private_address_is_not_connected_to() {
    let canary = Consumer::answering(200).await;
    // With https and a port that is allowed, only the address is left to object to.
    let url = canary.url_at("consumer.example").replace("http://", "https://");
    let public: IpAddr = "1.1.1.1".parse().unwrap();
    let mapped: IpAddr = "::ffff:127.0.0.1".parse().unwrap();
    let unspecified: IpAddr = "0.0.0.0".parse().unwrap();
    for addresses in [
        vec![LOOPBACK],
        vec![public, LOOPBACK],
        vec![LOOPBACK, public],
        vec![mapped],
        vec![unspecified],
        vec![],
    ] {
        let sender = sender_with(PUBLIC_ONLY, 10_000, lookup(move |_| addresses.clone()));
        assert_eq!(outcome(&sender, &url).await, NOT_ALLOWED);
    }
    let missing: Lookup = Arc::new(|_| Box::pin(async { Err(std::io::Error::other("no such name")) }));
    let unknown = outcome(&sender_with(PUBLIC_ONLY, 10_000, missing), &url).await;
    assert_eq!(unknown, NOT_ALLOWED, "a name that doesn't exist looks the same (A-88)");
    assert_eq!(canary.connections(), 0);
}

#[tokio::test]
async fn a_literal_address_never_gets_past_the_url() {
    let canary = Consumer::answering(200).await;
    let sender = sender(PUBLIC_ONLY, 10_000);
    for host in
        ["127.0.0.1", "127.1", "2130706433", "0x7f.1", "0177.0.0.1", "0", "[::1]", "[::ffff:127.0.0.1]"]
    {
        let url = canary.url_at(host).replace("http://", "https://");
        assert_eq!(outcome(&sender, &url).await, NOT_ALLOWED, "{host}");
    }
    assert_eq!(outcome(&sender, &canary.url_at("consumer.example")).await, NOT_ALLOWED, "http");
    assert_eq!(canary.connections(), 0);
}

/// DNS rebinding: the name's answer changes from question to question, 1,000 times. What is connected to is what was
/// checked, so the forbidden address, at which a canary listens under the same port, is never reached.
#[tokio::test]
async fn a_name_that_changes_its_mind_reaches_only_what_was_checked_d_17() {
    // Each answer closes its connection, so that every attempt asks for the name again.
    let does = Does::ClosesAfter(answer(200, "connection: close\r\n", ""));
    let allowed = Consumer::who(does.clone()).await;
    let port = allowed.address.port();
    let canary = Consumer::at(SocketAddr::from(([127, 0, 0, 2], port)), does).await;
    // Forbidden even where private addresses are allowed, and on this machine the canary's.
    let forbidden: IpAddr = "::ffff:127.0.0.2".parse().unwrap();
    let flip = lookup(move |question| vec![if question % 2 == 0 { LOOPBACK } else { forbidden }]);
    let sender = sender_with(PRIVATE_TOO, 10_000, flip);
    let url = allowed.url_at("consumer.example");
    for round in 0..1000 {
        let expected = if round % 2 == 0 { answered(200) } else { NOT_ALLOWED };
        assert_eq!(outcome(&sender, &url).await, expected, "round {round}");
    }
    assert_eq!((allowed.connections(), canary.connections()), (500, 0));
}
