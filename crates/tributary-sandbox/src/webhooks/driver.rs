//! Sends what is due, while the sandbox serves.

use crate::sandbox::Sandbox;
use std::sync::Arc;
use std::time::Duration;

/// How many requests are in flight at once; their order isn't guaranteed.
const IN_FLIGHT: usize = 4;

/// How long an endpoint may take to answer.
const TIMEOUT_SECS: u64 = 10;

/// The longest wait without looking whether something is due.
const MAX_PAUSE_MS: i64 = 60_000;

/// Delivers until it is dropped.
pub(crate) async fn drive(sandbox: Arc<Sandbox>) {
    // Only one provider of cryptography can be installed; whoever came first did as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(Duration::from_secs(TIMEOUT_SECS))
        .user_agent("Stripe/1.0 (+https://stripe.com/docs/webhooks)")
        .build();
    let client = match client {
        Ok(client) => client,
        Err(error) => {
            tracing::error!(%error, "events can't be delivered");
            return;
        }
    };
    loop {
        let due: Vec<_> = std::iter::from_fn(|| sandbox.take_delivery()).take(IN_FLIGHT).collect();
        if due.is_empty() {
            pause(&sandbox).await;
            continue;
        }
        let sends = due.into_iter().map(|outgoing| {
            let request = client
                .post(&outgoing.url)
                .header("Content-Type", "application/json; charset=utf-8")
                .header("Accept", "*/*; q=0.5, application/json")
                .header("Stripe-Signature", &outgoing.signature)
                .body(outgoing.body.clone());
            async {
                let status = request.send().await.ok().map(|answer| answer.status().as_u16());
                sandbox.finish_delivery(outgoing, status);
            }
        });
        futures::future::join_all(sends).await;
    }
}

/// Waits for something to send: for news, or for the moment at which a running clock makes something due.
async fn pause(sandbox: &Sandbox) {
    let until_due_ms = sandbox.outbox.next_due_ms().map(|due_ms| due_ms - sandbox.now().0);
    let pause_ms = until_due_ms.unwrap_or(MAX_PAUSE_MS).clamp(1, MAX_PAUSE_MS);
    let pause = Duration::from_millis(u64::try_from(pause_ms).unwrap_or(1));
    let _ = tokio::time::timeout(pause, sandbox.outbox.woken()).await;
}
