//! Sending, against a consumer that does what a test tells it.

mod consumer;
mod guard;
mod sending;

use super::decide::Outcome;
use super::resolve::{Lookup, system_lookup};
use super::send::{Request, Sender};
use base64::Engine;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tributary_core::{Clock, Egress, Millis, Secret};

const NOW: Millis = Millis(1_790_000_000_123);
const PRIVATE_TOO: Egress = Egress { allow_private: true };
const PUBLIC_ONLY: Egress = Egress { allow_private: false };

fn sender(egress: Egress, deadline_ms: u64) -> Sender {
    sender_with(egress, deadline_ms, system_lookup())
}

fn sender_with(egress: Egress, deadline_ms: u64, lookup: Lookup) -> Sender {
    Sender::new(egress, Duration::from_millis(deadline_ms), lookup, Clock::fixed(NOW)).unwrap()
}

/// A resolver that answers by a function of the number of the question.
fn lookup(answer: impl Fn(usize) -> Vec<IpAddr> + Send + Sync + 'static) -> Lookup {
    let asked = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    Arc::new(move |_| {
        let found = answer(asked.fetch_add(1, std::sync::atomic::Ordering::SeqCst));
        Box::pin(async move { Ok(found) })
    })
}

fn request(url: &str) -> Request {
    let secret = base64::engine::general_purpose::STANDARD.encode("a secret of a test");
    Request {
        url: url.to_owned(),
        headers: Vec::new(),
        secrets: vec![Secret::new(format!("whsec_{secret}"))],
        message_id: "msg_1".to_owned(),
        body: r#"{"eventType":"company.created"}"#.to_owned(),
    }
}

async fn outcome(sender: &Sender, url: &str) -> Outcome {
    sender.send(request(url)).await.outcome
}

fn answered(status: u16) -> Outcome {
    Outcome::Answered { status, retry_after: None }
}
