//! Stripe's events: how fast they are acknowledged, and how soon they are visible.

pub mod freshness;
pub mod ingest;

use crate::install::{Installation, Process, Sandbox};
use anyhow::{Context, bail};
use ring::hmac;
use serde_json::{Value, json};
use std::net::TcpListener;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tokio::task::JoinSet;

/// The version of Stripe's API whose snapshots are applied.
const OURS: &str = tributary_stripe::STRIPE_VERSION;

/// An installation that receives one account's events.
struct Listening {
    http: reqwest::Client,
    /// Where events are sent.
    url: String,
    secret: String,
    account: String,
    /// Where the account's customers are, each by its id.
    customers_url: String,
    authorization: String,
    serve: [Process; 1],
}

impl Listening {
    /// Sets up and starts one in an empty database, with more settings than usual.
    fn start(
        directory: &Path,
        database_url: &str,
        sandbox: &Sandbox,
        settings: &[(&str, &str)],
    ) -> anyhow::Result<Self> {
        let installation = Installation::new(directory, database_url, sandbox)?;
        let write = |name: &str, text: &str| -> anyhow::Result<String> {
            let path = directory.join(name);
            std::fs::write(&path, text)?;
            Ok(path.display().to_string())
        };
        let platform_key = write("platform.key", &sandbox.platform_key)?;
        let webhook_secret = write("webhook.secret", &sandbox.webhook_secret)?;
        let credentials = ["--client-id", &sandbox.client_id, "--secret-key-file", &platform_key];
        let rest = ["--webhook-secret-file", &webhook_secret, "--continuous", "--enable"];
        let set = [&["integration", "set", "yzth"][..], &credentials, &rest].concat();
        let integration = installation.json(&set)?;
        let key = installation.json(&["api-key", "create", "--name", "bench"])?;
        let text = |value: &Value| value.as_str().map(str::to_owned).context("a field is missing");
        let (link, api) = (free_port()?, free_port()?);
        let listen = [
            ("TRIBUTARY__LINK__LISTEN", format!("127.0.0.1:{link}")),
            ("TRIBUTARY__API__LISTEN", format!("127.0.0.1:{api}")),
        ];
        let listen = listen.iter().map(|(name, value)| (*name, value.as_str()));
        let serve =
            installation.serve_with(&[], &listen.chain(settings.iter().copied()).collect::<Vec<_>>())?;
        let account = sandbox.accounts.first().context("no account")?.id.clone();
        let (company, connection) = installation.connections.first().context("no connection")?;
        use base64::Engine;
        let encoded = base64::engine::general_purpose::STANDARD.encode(text(&key["api_key"])?);
        let path = format!("companies/{company}/connections/{connection}/data/commerce-customers");
        Ok(Listening {
            http: reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(30)).build()?,
            url: format!("http://127.0.0.1:{link}/stripe/events/{}", text(&integration["integration_id"])?),
            secret: sandbox.webhook_secret.clone(),
            account,
            customers_url: format!("http://127.0.0.1:{api}/{path}"),
            authorization: format!("Basic {encoded}"),
            serve: [serve],
        })
    }

    /// The event that a customer was changed.
    fn event(&self, id: &str, version: &str, customer: &Value) -> String {
        let event = json!({
            "id": id, "object": "event", "account": self.account, "api_version": version,
            "created": now_secs(), "data": { "object": customer }, "livemode": false,
            "pending_webhooks": 1, "request": { "id": null, "idempotency_key": null },
            "type": "customer.updated",
        });
        // As Stripe writes them.
        format!("{event:#}")
    }

    /// Whether the API shows the customer with this name.
    async fn shows(&self, customer: &str, name: &str) -> anyhow::Result<bool> {
        let url = format!("{}/{customer}", self.customers_url);
        let answer = self.http.get(url).header("Authorization", &self.authorization).send().await?;
        if answer.status() != 200 {
            return Ok(false);
        }
        let shown: Value = serde_json::from_slice(&answer.bytes().await?)?;
        Ok(shown["customerName"] == name)
    }
}

/// Sends an event, signed; says how long the acknowledgement took.
async fn send(http: &reqwest::Client, url: &str, secret: &str, body: String) -> anyhow::Result<Duration> {
    let now = now_secs();
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let tag = hmac::sign(&key, format!("{now}.{body}").as_bytes());
    let hex: String = tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    let request = http.post(url).header("Stripe-Signature", format!("t={now},v1={hex}")).body(body);
    let began = Instant::now();
    let answer = request.send().await?;
    let status = answer.status();
    answer.bytes().await?;
    if status != 200 {
        bail!("an event was answered with {status}");
    }
    Ok(began.elapsed())
}

/// Sends events, so many at once, as fast as they are acknowledged; gives each acknowledgement's time in seconds, sorted.
async fn send_all(
    http: &reqwest::Client,
    url: &str,
    secret: &str,
    bodies: Vec<String>,
    in_flight: usize,
) -> anyhow::Result<Vec<f64>> {
    let mut waiting = bodies.into_iter();
    let mut under_way = JoinSet::new();
    let mut times = Vec::new();
    loop {
        while under_way.len() < in_flight
            && let Some(body) = waiting.next()
        {
            let (http, url, secret) = (http.clone(), url.to_owned(), secret.to_owned());
            under_way.spawn(async move { send(&http, &url, &secret, body).await });
        }
        let Some(ended) = under_way.join_next().await else { break };
        times.push(ended??.as_secs_f64());
    }
    times.sort_by(f64::total_cmp);
    Ok(times)
}

/// The time below which this share of sorted times lies.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let place = (sorted.len() as f64 * share) as usize;
    sorted.get(place.min(sorted.len().saturating_sub(1))).copied().unwrap_or(0.0)
}

fn now_secs() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

fn free_port() -> anyhow::Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}
