//! The web server around the simulation.

use crate::STRIPE_VERSION;
use crate::api;
use crate::clock::http_date;
use crate::config::SandboxError;
use crate::control;
use crate::http::{Delivery, Reply, Request, Trace};
use crate::oauth;
use crate::sandbox::{Sandbox, locked};
use crate::webhooks;
use actix_web::body::{BoxBody, SizedStream};
use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Data, PayloadConfig};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use futures::stream;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// The largest body that is read.
const MAX_BODY_BYTES: usize = 1 << 20;

/// A server that runs until it is stopped.
pub struct SandboxHandle {
    server: actix_web::dev::ServerHandle,
    task: tokio::task::JoinHandle<std::io::Result<()>>,
    /// Delivers events.
    driver: tokio::task::JoinHandle<()>,
}

impl SandboxHandle {
    /// Ends the server; with `graceful`, after the requests in flight.
    pub async fn stop(self, graceful: bool) {
        self.driver.abort();
        self.server.stop(graceful).await;
        let _ = self.task.await;
    }

    /// Waits until the server has ended.
    pub async fn wait(self) -> Result<(), SandboxError> {
        let ended = self.task.await;
        self.driver.abort();
        match ended {
            Ok(ended) => ended.map_err(SandboxError::Listen),
            Err(broken) => Err(SandboxError::Listen(std::io::Error::other(broken))),
        }
    }
}

/// What every worker knows.
struct Shared {
    sandbox: Arc<Sandbox>,
    url: String,
}

/// Serves a sandbox on a listener of the caller's (port 0 gives a free one), inside the running tokio runtime. Answers
/// the base URL, without a slash at its end, for API and OAuth alike, and the handle.
///
/// Signals are the caller's business.
pub fn serve(sandbox: Arc<Sandbox>, listener: TcpListener) -> Result<(String, SandboxHandle), SandboxError> {
    let address = listener.local_addr().map_err(SandboxError::Listen)?;
    let url = format!("http://{address}");
    let workers = sandbox.config.workers;
    let driver = tokio::spawn(webhooks::drive(Arc::clone(&sandbox)));
    let shared = Data::new(Shared { sandbox, url: url.clone() });
    let server = HttpServer::new(move || {
        App::new()
            .app_data(shared.clone())
            .app_data(PayloadConfig::new(MAX_BODY_BYTES))
            .default_service(web::to(handle))
    })
    .workers(workers)
    .disable_signals()
    .shutdown_timeout(1)
    .listen(listener)
    .map_err(SandboxError::Listen)?
    .run();
    let handle = server.handle();
    let task = tokio::spawn(server);
    Ok((url, SandboxHandle { server: handle, task, driver }))
}

async fn handle(http: HttpRequest, body: Bytes, shared: Data<Shared>) -> HttpResponse {
    let header =
        |name: &str| http.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let request = Request {
        method: http.method().as_str().to_owned(),
        path: http.path().to_owned(),
        query: http.query_string().to_owned(),
        authorization: header("authorization"),
        account: header("stripe-account"),
        version: header("stripe-version"),
        idempotency_key: header("idempotency-key"),
        body: body.to_vec(),
    };
    let reply = answer(&shared.sandbox, &request, &shared.url);
    let held_back = request.path.starts_with("/v1") || request.path == "/oauth/token";
    let latency_ms = shared.sandbox.config.latency_ms;
    if held_back && latency_ms > 0 {
        tokio::time::sleep(Duration::from_millis(latency_ms)).await;
    }
    deliver(reply).await
}

/// The reply to a request, with the headers that every one has.
fn answer(sandbox: &Sandbox, request: &Request, url: &str) -> Reply {
    if request.path.starts_with("/_sandbox/") {
        return control::answer(sandbox, request, url);
    }
    let number = sandbox.requests.fetch_add(1, Ordering::Relaxed);
    let request_id = format!("req_{}", crate::dice::text(number, 14));
    let mut trace = Trace { endpoint: "other", account: None };
    let mut reply = route(sandbox, request, &request_id, &mut trace);
    locked(&sandbox.counts).add(trace, reply.status);
    let version = request.version.clone().unwrap_or_else(|| STRIPE_VERSION.to_owned());
    reply.headers.push(("Request-Id", request_id));
    reply.headers.push(("Stripe-Version", version));
    if let Some(account) = &request.account {
        reply.headers.push(("Stripe-Account", account.clone()));
    }
    if let Some(now) = sandbox.own_time() {
        reply.headers.push(("Date", http_date(now)));
    }
    reply
}

fn route(sandbox: &Sandbox, request: &Request, request_id: &str, trace: &mut Trace) -> Reply {
    type Handler = fn(&Sandbox, &Request, &str) -> Reply;
    let consent: Handler = |sandbox, request, _| oauth::authorize(sandbox, request);
    let (endpoint, handler, may_fail): (_, Handler, _) =
        match (request.method.as_str(), request.path.as_str()) {
            ("GET", "/oauth/authorize" | oauth::APP_PATH) => ("GET /oauth/authorize", consent, false),
            ("POST", "/oauth/authorize" | oauth::APP_PATH) => ("POST /oauth/authorize", consent, false),
            ("POST", "/oauth/token") => ("POST /oauth/token", oauth::token, true),
            ("POST", oauth::APP_TOKEN_PATH) => ("POST /v1/oauth/token", oauth::token, true),
            ("POST", "/oauth/deauthorize") => ("POST /oauth/deauthorize", oauth::deauthorize, true),
            _ => return api::answer(sandbox, request, request_id, trace),
        };
    trace.endpoint = endpoint;
    if may_fail {
        faulty(sandbox, request_id, || handler(sandbox, request, request_id))
    } else {
        handler(sandbox, request, request_id)
    }
}

/// An OAuth reply with the faults that were asked for. A reply that is damaged on its way has still been given: the
/// code is used.
fn faulty(sandbox: &Sandbox, request_id: &str, answer: impl FnOnce() -> Reply) -> Reply {
    let fault = locked(&sandbox.faults).strike("oauth", None);
    if let Some(reply) = fault.as_ref().and_then(|fault| api::struck_down(fault, request_id)) {
        return reply;
    }
    let mut reply = answer();
    if let Some(fault) = fault {
        api::damage(&fault, &mut reply);
    }
    reply
}

/// Sends a reply as its delivery says.
async fn deliver(reply: Reply) -> HttpResponse {
    let status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = HttpResponse::build(status);
    response.content_type(reply.content_type);
    for (name, value) in reply.headers {
        response.insert_header((name, value));
    }
    let body = Bytes::from(reply.body);
    let broken = || std::io::Error::other("the connection ends here on purpose");
    match reply.delivery {
        Delivery::Whole => response.body(body),
        Delivery::Hang(secs) => {
            tokio::time::sleep(Duration::from_secs(secs)).await;
            let nothing = stream::once(async move { Err::<Bytes, _>(broken()) });
            response.body(BoxBody::new(SizedStream::new(body.len() as u64, nothing)))
        }
        Delivery::Truncated => {
            let half = body.slice(..body.len() / 2);
            let pieces = stream::iter([Ok(half), Err(broken())]);
            response.body(BoxBody::new(SizedStream::new(body.len() as u64, pieces)))
        }
        Delivery::Slow(secs) => {
            let (len, step) = (body.len(), body.len().div_ceil(10).max(1));
            let pause = Duration::from_secs(secs) / 10;
            let pieces = stream::unfold(0, move |from| {
                let piece = body.slice(from..(from + step).min(len));
                async move {
                    if piece.is_empty() {
                        return None;
                    }
                    tokio::time::sleep(pause).await;
                    Some((Ok::<_, std::io::Error>(piece), (from + step).min(len)))
                }
            });
            response.body(BoxBody::new(SizedStream::new(len as u64, pieces)))
        }
    }
}
