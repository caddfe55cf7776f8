//! A webhook consumer: listens, remembers what it was sent, and answers as it is told.

use super::app::TestApp;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use diesel::RunQueryDsl;
use diesel::sql_types::{BigInt, Binary, Text};
use ring::hmac;
use serde_json::Value;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use tributary_core::seal::SealingKey;
use tributary_core::{Millis, Secret};
use tributary_db::vault::{Cell, Scope, Vault};
use tributary_db::{Db, DbError, DbSettings, on_each, platforms};

/// In the query of every consumer's URL: no log may hold it.
pub const URL_TOKEN: &str = "only-for-the-consumer";

/// How a consumer answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Does {
    /// With this status.
    Answers(u16),
    /// With 302 to this address.
    Redirects(String),
    /// Not at all, until it does something else.
    Hangs,
}

/// What arrived: one attempt.
#[derive(Clone, Debug)]
pub struct Received {
    /// `webhook-id`.
    pub message_id: String,
    /// Header lines, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body as it came.
    pub text: String,
    /// The envelope.
    pub body: Value,
}

impl Received {
    /// The value of a header; empty if it wasn't sent.
    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(one, _)| one == name).map_or("", |(_, value)| value)
    }

    /// The event's type.
    pub fn event_type(&self) -> &str {
        self.body["eventType"].as_str().unwrap()
    }

    /// The company that it is about.
    pub fn company(&self) -> &str {
        let payload = &self.body["payload"];
        let id = &payload["referenceCompany"]["id"];
        if id.is_null() { payload["id"].as_str().unwrap() } else { id.as_str().unwrap() }
    }
}

/// A listening consumer; what it accepts is answered until the test ends.
pub struct Listening {
    /// Its port on 127.0.0.1.
    pub port: u16,
    shared: Arc<Shared>,
}

struct Shared {
    does: Mutex<Does>,
    changed: Condvar,
    received: Mutex<Vec<Received>>,
}

impl Listening {
    /// A consumer that answers so from the start.
    pub fn who(does: Does) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared =
            Arc::new(Shared { does: Mutex::new(does), changed: Condvar::new(), received: Mutex::default() });
        let accepting = Arc::clone(&shared);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = Arc::clone(&accepting);
                // A sender that was killed leaves half a request behind.
                std::thread::spawn(move || while serve(&stream, &shared).is_some() {});
            }
        });
        Listening { port, shared }
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/hooks?token={URL_TOKEN}", self.port)
    }

    /// Answers so from now on, also what hangs.
    pub fn does(&self, does: Does) {
        *self.shared.does.lock().unwrap() = does;
        self.shared.changed.notify_all();
    }

    /// Every attempt so far, in the order of arrival.
    pub fn received(&self) -> Vec<Received> {
        self.shared.received.lock().unwrap().clone()
    }
}

fn serve(stream: &TcpStream, shared: &Shared) -> Option<()> {
    let received = read(&mut BufReader::new(stream))?;
    shared.received.lock().unwrap().push(received);
    let does = shared.does.lock().unwrap();
    let does = shared.changed.wait_while(does, |does| *does == Does::Hangs).unwrap().clone();
    let head = match does {
        Does::Answers(status) => format!("{status} Said"),
        Does::Redirects(to) => format!("302 Found\r\nlocation: {to}"),
        Does::Hangs => return None,
    };
    let mut stream = stream;
    stream.write_all(format!("HTTP/1.1 {head}\r\ncontent-length: 0\r\n\r\n").as_bytes()).ok()
}

fn read(stream: &mut impl BufRead) -> Option<Received> {
    let mut headers: Vec<(String, String)> = Vec::new();
    let mut line = String::new();
    loop {
        line.clear();
        if stream.read_line(&mut line).ok()? == 0 {
            return None;
        }
        match line.trim_end().split_once(": ") {
            Some((name, value)) => headers.push((name.to_lowercase(), value.to_owned())),
            None if line.trim_end().is_empty() => break,
            None => {}
        }
    }
    let header = |name: &str| headers.iter().find(|(one, _)| one == name).map(|(_, value)| value.clone());
    let mut body = vec![0; header("content-length")?.parse().unwrap()];
    stream.read_exact(&mut body).ok()?;
    let text = String::from_utf8(body).unwrap();
    let (message_id, body) = (header("webhook-id").unwrap(), serde_json::from_str(&text).unwrap());
    Some(Received { message_id, headers, text, body })
}

/// A consumer as the installation knows it.
#[derive(Clone, Debug)]
pub struct Registered {
    /// Its id.
    pub id: String,
    /// `whsec_…`
    pub secret: String,
}

impl Registered {
    /// Fails unless one of the signatures is of this secret, and the timestamp is of now.
    pub fn verify(&self, received: &Received) {
        let key = STANDARD.decode(self.secret.strip_prefix("whsec_").unwrap()).unwrap();
        let timestamp = received.header("webhook-timestamp");
        let signed = format!("{}.{timestamp}.{}", received.message_id, received.text);
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &key), signed.as_bytes());
        let expected = format!("v1,{}", STANDARD.encode(tag));
        let signatures = received.header("webhook-signature");
        assert!(signatures.split(' ').any(|one| one == expected), "{signatures} has no {expected}");
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
        assert!(timestamp.parse::<u64>().unwrap().abs_diff(now) < 300, "{timestamp} is not of now");
    }
}

/// Registers a consumer of these event types behind the API's back, which refuses private URLs where the guard is on.
pub fn register(app: &TestApp, url: &str, event_types: &[&str], company_tags: &[&str]) -> Registered {
    let id = tributary_core::ids::ConsumerId::random();
    let secret = format!("whsec_{}", STANDARD.encode(uuid::Uuid::new_v4().as_bytes()));
    app.canaries.add("a consumer's signing secret", &secret);
    let master = std::fs::read_to_string(app.scratch.join("master.key")).unwrap();
    let vault = Vault::new(SealingKey::from_master_text(&Secret::new(master.trim())).unwrap());
    let settings =
        DbSettings { url: app.database.url().to_owned(), connections: 2, migrate: false, wait_secs: 10 };
    let db = Db::open_for_command(&settings).unwrap();
    db.write_blocking(|conn| {
        let platform = platforms::list(conn)?.remove(0);
        let (scope, now) = (Scope::of_platform(&platform), Millis(1));
        let cell = Cell { table: "consumers", column: "secret_sealed", row: id.uuid() };
        let sealed = vault.seal(conn, &scope, cell, &Secret::new(&secret), now)?;
        let insert = "INSERT INTO consumers (id, platform_no, url, disabled, event_types, company_tags, \
                      secret_sealed, created_ms, modified_ms) VALUES ($1, $2, $3, FALSE, $4, $5, $6, 1, 1)";
        let json = |list: &[&str]| serde_json::to_string(list).unwrap();
        on_each!(conn, conn => diesel::sql_query(insert)
            .bind::<Text, _>(id.to_string())
            .bind::<BigInt, _>(platform.no.0)
            .bind::<Text, _>(url)
            .bind::<Text, _>(json(event_types))
            .bind::<Text, _>(json(company_tags))
            .bind::<Binary, _>(&sealed)
            .execute(conn))?;
        Ok::<(), DbError>(())
    })
    .unwrap();
    Registered { id: id.to_string(), secret }
}
