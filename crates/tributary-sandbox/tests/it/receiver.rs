//! Someone who receives events.

use actix_web::web::{Bytes, Data, to};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use ring::hmac;
use serde_json::Value;
use std::collections::VecDeque;
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::mpsc;

/// What came in one request.
pub struct Came {
    pub signature: String,
    pub body: Vec<u8>,
}

impl Came {
    pub fn event(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub fn kind(&self) -> String {
        self.event()["type"].as_str().unwrap().to_owned()
    }

    /// The signed time, if the signature is this secret's, by the documented scheme.
    pub fn verified(&self, secret: &str) -> Option<i64> {
        let mut at = None;
        let mut tags = Vec::new();
        for part in self.signature.split(',') {
            match part.split_once('=')? {
                ("t", text) => at = text.parse::<i64>().ok(),
                ("v1", tag) => tags.push(tag),
                _ => {}
            }
        }
        let mut signed = format!("{}.", at?).into_bytes();
        signed.extend_from_slice(&self.body);
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        let tag: String =
            hmac::sign(&key, &signed).as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        tags.contains(&tag.as_str()).then_some(at?)
    }
}

type Shared = (mpsc::UnboundedSender<Came>, Arc<Mutex<VecDeque<u16>>>);

/// A server on a free port that answers 200, or first the statuses it was given.
pub struct Receiver {
    pub url: String,
    came: mpsc::UnboundedReceiver<Came>,
    statuses: Arc<Mutex<VecDeque<u16>>>,
    server: actix_web::dev::ServerHandle,
}

async fn receive(request: HttpRequest, body: Bytes, shared: Data<Shared>) -> HttpResponse {
    let header = request.headers().get("stripe-signature").and_then(|value| value.to_str().ok());
    let came = Came { signature: header.unwrap_or("").to_owned(), body: body.to_vec() };
    let status = shared.1.lock().unwrap().pop_front().unwrap_or(200);
    let _ = shared.0.send(came);
    HttpResponse::build(actix_web::http::StatusCode::from_u16(status).unwrap()).finish()
}

impl Receiver {
    pub fn open() -> Self {
        let (sender, came) = mpsc::unbounded_channel();
        let statuses = Arc::new(Mutex::new(VecDeque::new()));
        let shared: Data<Shared> = Data::new((sender, Arc::clone(&statuses)));
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/events", listener.local_addr().unwrap());
        let server =
            HttpServer::new(move || App::new().app_data(shared.clone()).default_service(to(receive)))
                .workers(1)
                .disable_signals()
                .listen(listener)
                .unwrap()
                .run();
        let handle = server.handle();
        tokio::spawn(server);
        Receiver { url, came, statuses, server: handle }
    }

    /// Answers the next requests with these statuses.
    pub fn answer(&self, statuses: &[u16]) {
        self.statuses.lock().unwrap().extend(statuses);
    }

    /// The next request.
    pub async fn next(&mut self) -> Came {
        let waited = tokio::time::timeout(Duration::from_secs(20), self.came.recv()).await;
        waited.expect("an event comes").unwrap()
    }

    /// The next so many requests.
    pub async fn take(&mut self, count: usize) -> Vec<Came> {
        let mut all = Vec::new();
        for _ in 0..count {
            all.push(self.next().await);
        }
        all
    }

    pub async fn close(self) {
        self.server.stop(false).await;
    }
}
