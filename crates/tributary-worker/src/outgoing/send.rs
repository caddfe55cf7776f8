//! One message to one consumer, once: a POST without redirects, proxies, cookies or a way to private addresses.

use super::decide::{Failure, Outcome};
use super::resolve::{GuardedResolver, Lookup, is_no_address};
use super::sign;
use reqwest::header::{
    CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, DATE, HOST, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER,
    TE, TRAILER, TRANSFER_ENCODING, UPGRADE, USER_AGENT,
};
use reqwest::{Client, Response};
use std::time::Duration;
use tributary_core::http_time::retry_after;
use tributary_core::{Clock, Egress, Millis, Secret};

/// An answer's body is read up to here, so that its connection can serve again; nothing of it is kept.
const BODY_BYTES_MAX: usize = 16 * 1024;

/// Idle connections that are kept per host, and for how long.
const IDLE_MAX: usize = 2;
const IDLE_TIMEOUT: Duration = Duration::from_secs(30);

/// Headers that are not a consumer's to set: those of the connection, and who is asking.
const UNSENT: [HeaderName; 8] =
    [HOST, CONTENT_LENGTH, CONNECTION, TE, TRAILER, TRANSFER_ENCODING, UPGRADE, USER_AGENT];

/// What is sent.
#[derive(Debug)]
pub(crate) struct Request {
    /// The consumer's URL as stored: whether it may be called is asked each time.
    pub(crate) url: String,
    /// The consumer's own headers. They don't replace the standard's.
    pub(crate) headers: Vec<(String, Secret)>,
    /// What signs: the present secret, and the one before while that is still valid.
    pub(crate) secrets: Vec<Secret>,
    /// Constant over all attempts: consumers tell repetitions by it.
    pub(crate) message_id: String,
    /// The envelope.
    pub(crate) body: String,
}

/// An attempt that was made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Attempt {
    /// When it began.
    pub(crate) started: Millis,
    /// How long it took.
    pub(crate) elapsed: Duration,
    /// What became of it.
    pub(crate) outcome: Outcome,
}

/// Sends; clones share connections.
#[derive(Clone)]
pub(crate) struct Sender {
    client: Client,
    egress: Egress,
    deadline: Duration,
    clock: Clock,
}

/// The HTTP client could not be made.
#[derive(Debug, thiserror::Error)]
#[error("the HTTP client for outgoing messages could not be made: {0}")]
pub struct SenderError(#[from] reqwest::Error);

impl Sender {
    /// A sender whose attempts take at most `deadline`, from the look-up of the name to the end of the answer.
    pub(crate) fn new(
        egress: Egress,
        deadline: Duration,
        lookup: Lookup,
        clock: Clock,
    ) -> Result<Self, SenderError> {
        // Another part of the process may have installed it already, or one of its own: either will do.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let builder = || {
            Client::builder()
                .redirect(reqwest::redirect::Policy::none())
                .no_proxy()
                .no_gzip()
                .retry(reqwest::retry::never())
                .pool_max_idle_per_host(IDLE_MAX)
                .pool_idle_timeout(IDLE_TIMEOUT)
                .user_agent(concat!("Tributary/", env!("CARGO_PKG_VERSION")))
                .dns_resolver(GuardedResolver { egress, lookup: lookup.clone() })
        };
        let client = match builder().build() {
            Ok(client) => client,
            // A machine without CA certificates: messages to plain http still leave, https finds no trust.
            Err(error) => {
                tracing::warn!(%error, "no CA certificates: consumers with https can't be reached");
                builder().tls_certs_only([]).build()?
            }
        };
        Ok(Sender { client, egress, deadline, clock })
    }

    /// Makes one attempt. It ends within the deadline.
    pub(crate) async fn send(&self, request: Request) -> Attempt {
        let (started, since) = (self.clock.now(), tokio::time::Instant::now());
        let outcome = match tokio::time::timeout(self.deadline, self.exchange(request, started)).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(failure)) => Outcome::Failed(failure),
            Err(_) => Outcome::Failed(Failure::TimedOut),
        };
        Attempt { started, elapsed: since.elapsed(), outcome }
    }

    async fn exchange(&self, request: Request, started: Millis) -> Result<Outcome, Failure> {
        // Address literals never come to the resolver: they are judged here.
        let url = self.egress.read_url(&request.url).map_err(|_| Failure::NotAllowed)?;
        let headers = headers(&request, started).ok_or(Failure::Unsendable)?;
        let sent = self.client.post(url).headers(headers).body(request.body).send().await;
        let mut response = sent.map_err(|error| failure_of(&error))?;
        let outcome = Outcome::Answered {
            status: response.status().as_u16(),
            retry_after: text(response.headers(), RETRY_AFTER)
                .and_then(|value| retry_after(value, text(response.headers(), DATE))),
        };
        read_some(&mut response).await;
        Ok(outcome)
    }
}

/// The consumer's headers, then the standard's, which win.
fn headers(request: &Request, at: Millis) -> Option<HeaderMap> {
    let mut headers = HeaderMap::new();
    for (name, value) in &request.headers {
        let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
        let mut value = HeaderValue::from_str(value.expose()).ok()?;
        value.set_sensitive(true);
        if !UNSENT.contains(&name) {
            headers.insert(name, value);
        }
    }
    let signature = sign::signature(&request.secrets, &request.message_id, at, &request.body).ok()?;
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert("webhook-id", HeaderValue::from_str(&request.message_id).ok()?);
    headers.insert("webhook-timestamp", HeaderValue::from(at.secs()));
    headers.insert("webhook-signature", HeaderValue::from_str(&signature).ok()?);
    Some(headers)
}

/// Reads an answer's body to its end, or to the bound. The status has decided already: a body that breaks off
/// changes nothing.
async fn read_some(response: &mut Response) {
    let mut read = 0;
    while let Ok(Some(chunk)) = response.chunk().await {
        read += chunk.len();
        if read > BODY_BYTES_MAX {
            return;
        }
    }
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn failure_of(error: &reqwest::Error) -> Failure {
    if is_no_address(error) {
        Failure::NotAllowed
    } else if error.is_connect() {
        Failure::NotConnected
    } else {
        Failure::Broken
    }
}
