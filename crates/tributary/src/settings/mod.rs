//! Settings: what `config/default.toml` explains, read once at start.

mod load;
#[cfg(test)]
mod tests;

pub use load::{Fault, load};

use crate::service::Service;
use serde::{Deserialize, Deserializer, de};
use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroU64;
use std::path::PathBuf;
use std::time::Duration;
use tributary_api::ApiSettings;
use tributary_core::sync_settings::ReadingSettings;
use tributary_core::{Egress, PublicUrls, ReadBudget, Secret};
use tributary_db::DbSettings;
use tributary_db::deliveries::REPLAY_DAYS_MAX;
use tributary_pages::PublicUrl;
use tributary_portal::passwords::Cost;
use tributary_stripe::{LimitSettings, StripeSettings};
use tributary_worker::{OutgoingSettings, WorkerSettings};
use url::Url;

/// Waits between attempts to deliver at most.
const RETRIES_MAX: usize = 20;

/// How long such a wait may be: a week.
const RETRY_WAIT_SECS_MAX: u64 = 604_800;

/// Every setting; each section and key is explained in `config/default.toml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// `[database]`
    pub database: Database,
    /// `[vault]`
    pub vault: Vault,
    /// `[portal]`
    pub portal: Portal,
    /// `[api]`
    pub api: Api,
    /// `[link]`
    pub link: Listener,
    /// `[stripe]`
    pub stripe: Stripe,
    /// `[worker]`
    pub worker: Worker,
    /// `[webhooks]`
    pub webhooks: Webhooks,
    /// `[log]`
    pub log: Log,
    /// `[passwords]`
    pub passwords: Passwords,
}

/// Where everything is stored.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Database {
    /// `sqlite://PATH` or `postgres://…`; may hold a password.
    pub url: Secret,
    /// Connections, or SQLite's readers.
    pub connections: u32,
    /// How long a query waits for a connection.
    pub wait_secs: u64,
    /// Whether opening the database migrates it.
    pub migrate_at_start: bool,
}

/// Where the master key is.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vault {
    /// The master key's file.
    pub master_key_file: PathBuf,
}

/// Where a service listens, and what others are told.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listener {
    /// The address; port 0 takes a free one.
    #[serde(deserialize_with = "address")]
    pub listen: SocketAddr,
    /// Scheme, host and port as others reach it; `None`: the address listened on.
    #[serde(deserialize_with = "public_url")]
    pub public_url: Option<PublicUrl>,
}

/// Where the portal listens, and through whom visitors come.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Portal {
    /// As [`Listener::listen`].
    #[serde(deserialize_with = "address")]
    pub listen: SocketAddr,
    /// As [`Listener::public_url`].
    #[serde(deserialize_with = "public_url")]
    pub public_url: Option<PublicUrl>,
    /// The reverse proxies whose word on where a visitor comes from is believed.
    #[serde(deserialize_with = "ip_addresses")]
    pub proxies: Vec<IpAddr>,
}

/// Where the API listens, and how much it takes.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Api {
    /// As [`Listener::listen`].
    #[serde(deserialize_with = "address")]
    pub listen: SocketAddr,
    /// As [`Listener::public_url`].
    #[serde(deserialize_with = "public_url")]
    pub public_url: Option<PublicUrl>,
    /// Requests of one platform in a day of UTC.
    pub requests_per_day: NonZeroU64,
    /// The longest request body that is read, in bytes.
    pub body_bytes_max: usize,
    /// How long answers are kept for repeats of their requests.
    pub idempotency_hours: u32,
}

/// How Stripe is reached, and how hard it is asked.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stripe {
    /// Base of the data API.
    #[serde(deserialize_with = "url")]
    pub api_base: Url,
    /// Base of the OAuth pages and endpoints.
    #[serde(deserialize_with = "url")]
    pub connect_base: Url,
    /// The share of each limit that is used at most.
    pub share: f64,
    /// Requests per second per account and endpoint; 0: no limit.
    pub per_endpoint: u32,
    /// How long a connection may take to open.
    pub connect_timeout_secs: u64,
    /// How long an answer may stand still.
    pub read_timeout_secs: u64,
    /// How long one attempt may take.
    pub total_timeout_secs: u64,
    /// The longest answer that is read, in bytes.
    pub body_bytes_max: usize,
    /// How often one read is sent at most.
    pub attempts_max: u32,
    /// Requests that reading one connection may take in thirty days.
    #[serde(deserialize_with = "read_budget")]
    pub reads_per_month: ReadBudget,
    /// Limits in live mode.
    pub live: Limit,
    /// Limits in test mode.
    pub test: Limit,
}

/// Stripe's limit in one mode.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    /// Requests per second per account; 0: no limit.
    pub requests_per_second: u32,
}

/// How the worker works: as `tributary_worker::WorkerSettings`.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Worker {
    /// How long a connection is held without a sign of life.
    pub lease_secs: u64,
    /// How often the database is asked for work, in milliseconds.
    pub poll_ms: u64,
    /// Connections pulled at once.
    pub connections_at_once: usize,
    /// For how long one connection is held while others wait for its place.
    pub turn_secs: u64,
    /// Windows of one connection fetched at once.
    pub windows_at_once: usize,
    /// Pages of all connections under way or waiting to be stored at once.
    pub pages_at_once: usize,
    /// Pages per transaction at most.
    pub pages_per_commit: usize,
    /// How often one run waits for Stripe to recover.
    pub outage_waits_max: u32,
    /// How long each such wait is.
    pub outage_wait_secs: u64,
    /// How old a data type may grow in continuous mode.
    pub refresh_hours: i64,
    /// Whether a run that read the ledger is followed by a reconciliation.
    pub reconcile_after_runs: bool,
    /// How often events are listed where no webhook brings them.
    pub event_poll_minutes: i64,
}

/// How messages are delivered: as `tributary_worker::OutgoingSettings`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Webhooks {
    /// How long one attempt may take.
    pub deadline_secs: u64,
    /// The waits before the second and each later attempt.
    #[serde(deserialize_with = "numbers")]
    pub retry_waits_secs: Vec<u64>,
    /// Whether consumers may be in the operator's own network.
    pub allow_private_addresses: bool,
    /// Attempts at once.
    pub at_once: usize,
    /// Of them to one consumer.
    pub at_once_per_consumer: usize,
    /// How long messages are kept.
    pub retention_days: i64,
}

impl Webhooks {
    /// Where outgoing requests may go.
    pub fn egress(&self) -> Egress {
        Egress { allow_private: self.allow_private_addresses }
    }
}

/// What is logged, and how.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    /// A level, or directives per target.
    pub level: String,
    /// Text or JSON.
    #[serde(deserialize_with = "log_format")]
    pub format: LogFormat,
}

/// The form of a log line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One object per line.
    Json,
}

/// The cost of argon2id.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Passwords {
    /// Memory, in KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub iterations: u32,
    /// Parallel lanes.
    pub lanes: u32,
}

impl Passwords {
    /// The cost of hashing a password.
    pub fn cost(&self) -> Cost {
        let Passwords { memory_kib, iterations, lanes } = *self;
        Cost { memory_kib, iterations, lanes }
    }
}

impl Settings {
    /// Where a service listens; the worker doesn't.
    pub fn listener(&self, service: Service) -> Option<Listener> {
        match service {
            Service::Portal => {
                Some(Listener { listen: self.portal.listen, public_url: self.portal.public_url.clone() })
            }
            Service::Api => {
                Some(Listener { listen: self.api.listen, public_url: self.api.public_url.clone() })
            }
            Service::Link => Some(self.link.clone()),
            Service::Worker => None,
        }
    }

    /// Lets a service listen there and be known by that address.
    pub fn listen(&mut self, service: Service, address: SocketAddr) {
        let (listen, public_url) = match service {
            Service::Portal => (&mut self.portal.listen, &mut self.portal.public_url),
            Service::Api => (&mut self.api.listen, &mut self.api.public_url),
            Service::Link => (&mut self.link.listen, &mut self.link.public_url),
            Service::Worker => return,
        };
        (*listen, *public_url) = (address, None);
    }

    /// What the API works with.
    pub fn api(&self, urls: PublicUrls) -> ApiSettings {
        ApiSettings {
            egress: self.webhooks.egress(),
            body_bytes_max: self.api.body_bytes_max,
            requests_per_day: self.api.requests_per_day,
            idempotency_hours: self.api.idempotency_hours,
            reading: self.reading(),
            ..ApiSettings::new(urls)
        }
    }

    /// What the database is opened with.
    pub fn database(&self) -> DbSettings {
        DbSettings {
            url: self.database.url.expose().to_owned(),
            connections: self.database.connections,
            migrate: self.database.migrate_at_start,
            wait_secs: self.database.wait_secs,
        }
    }

    /// What Stripe's client works with.
    pub fn stripe(&self) -> StripeSettings {
        let stripe = &self.stripe;
        StripeSettings {
            connect_timeout: Duration::from_secs(stripe.connect_timeout_secs),
            read_timeout: Duration::from_secs(stripe.read_timeout_secs),
            total_timeout: Duration::from_secs(stripe.total_timeout_secs),
            body_bytes_max: stripe.body_bytes_max,
            attempts_max: stripe.attempts_max,
            limits: LimitSettings {
                live_requests_per_second: stripe.live.requests_per_second,
                test_requests_per_second: stripe.test.requests_per_second,
                per_endpoint: stripe.per_endpoint,
                share: stripe.share,
            },
            ..StripeSettings::at(stripe.api_base.clone(), stripe.connect_base.clone())
        }
    }

    /// What the worker works with.
    pub fn worker(&self) -> WorkerSettings {
        let worker = &self.worker;
        WorkerSettings {
            lease_secs: worker.lease_secs,
            poll_ms: worker.poll_ms,
            connections_at_once: worker.connections_at_once,
            turn_secs: worker.turn_secs,
            windows_at_once: worker.windows_at_once,
            pages_at_once: worker.pages_at_once,
            pages_per_commit: worker.pages_per_commit,
            outage_waits_max: worker.outage_waits_max,
            outage_wait_secs: worker.outage_wait_secs,
            reading: self.reading(),
            reconcile_after_runs: worker.reconcile_after_runs,
            event_poll_minutes: worker.event_poll_minutes,
        }
    }

    /// When connections are read.
    pub fn reading(&self) -> ReadingSettings {
        ReadingSettings { refresh_hours: self.worker.refresh_hours, budget: self.stripe.reads_per_month }
    }

    /// What messages are delivered by.
    pub fn outgoing(&self) -> OutgoingSettings {
        let webhooks = &self.webhooks;
        OutgoingSettings {
            egress: webhooks.egress(),
            deadline_secs: webhooks.deadline_secs,
            retry_waits_secs: webhooks.retry_waits_secs.clone(),
            at_once: webhooks.at_once,
            at_once_per_consumer: webhooks.at_once_per_consumer,
            retention_days: webhooks.retention_days,
            poll_ms: self.worker.poll_ms,
        }
    }

    /// Numbers that parse but can't be worked with: the first one, by its key.
    fn check(&self) -> Result<(), Fault> {
        let limit = u64::from(u32::MAX);
        let wide = |value: usize| u64::try_from(value).unwrap_or(u64::MAX);
        let hours = u64::try_from(self.worker.refresh_hours).unwrap_or(0);
        let event_poll_minutes = u64::try_from(self.worker.event_poll_minutes).unwrap_or(0);
        let retention_days = u64::try_from(self.webhooks.retention_days).unwrap_or(0);
        let ranges = [
            ("database.connections", u64::from(self.database.connections), 1, 1000),
            ("database.wait_secs", self.database.wait_secs, 1, 300),
            ("api.body_bytes_max", wide(self.api.body_bytes_max), 1024, 1 << 30),
            ("api.idempotency_hours", u64::from(self.api.idempotency_hours), 1, 8760),
            ("stripe.connect_timeout_secs", self.stripe.connect_timeout_secs, 1, 300),
            ("stripe.read_timeout_secs", self.stripe.read_timeout_secs, 1, 300),
            ("stripe.total_timeout_secs", self.stripe.total_timeout_secs, 1, 600),
            ("stripe.body_bytes_max", wide(self.stripe.body_bytes_max), 65_536, 1 << 30),
            ("stripe.attempts_max", u64::from(self.stripe.attempts_max), 1, 100),
            ("worker.lease_secs", self.worker.lease_secs, 1, 3600),
            ("worker.poll_ms", self.worker.poll_ms, 10, 600_000),
            ("worker.connections_at_once", wide(self.worker.connections_at_once), 1, 1000),
            ("worker.turn_secs", self.worker.turn_secs, 0, 86_400),
            ("worker.windows_at_once", wide(self.worker.windows_at_once), 1, 100),
            ("worker.pages_at_once", wide(self.worker.pages_at_once), 1, 10_000),
            ("worker.pages_per_commit", wide(self.worker.pages_per_commit), 1, 100),
            ("worker.outage_waits_max", u64::from(self.worker.outage_waits_max), 0, 10_000),
            ("worker.outage_wait_secs", self.worker.outage_wait_secs, 0, 3600),
            ("worker.refresh_hours", hours, 1, 8760),
            ("worker.event_poll_minutes", event_poll_minutes, 1, 10_080),
            ("webhooks.deadline_secs", self.webhooks.deadline_secs, 1, 120),
            ("webhooks.at_once", wide(self.webhooks.at_once), 1, 1000),
            ("webhooks.at_once_per_consumer", wide(self.webhooks.at_once_per_consumer), 1, 1000),
            ("webhooks.retention_days", retention_days, REPLAY_DAYS_MAX.unsigned_abs(), 3650),
            ("passwords.lanes", u64::from(self.passwords.lanes), 1, 64),
            ("passwords.iterations", u64::from(self.passwords.iterations), 1, 1000),
            (
                "passwords.memory_kib",
                self.passwords.memory_kib.into(),
                8 * u64::from(self.passwords.lanes),
                limit,
            ),
        ];
        for (key, value, least, most) in ranges {
            if value < least || value > most {
                return Err(Fault::Range { key, least, most });
            }
        }
        if !(self.stripe.share > 0.0 && self.stripe.share <= 1.0) {
            return Err(Fault::Value { key: "stripe.share", problem: "it must be above 0 and at most 1" });
        }
        let waits = &self.webhooks.retry_waits_secs;
        if waits.len() > RETRIES_MAX || waits.iter().any(|secs| *secs > RETRY_WAIT_SECS_MAX) {
            let problem = "it must name at most 20 waits, each of at most 604800 seconds";
            return Err(Fault::Value { key: "webhooks.retry_waits_secs", problem });
        }
        if self.vault.master_key_file.as_os_str().is_empty() {
            return Err(Fault::Value { key: "vault.master_key_file", problem: "it must name a file" });
        }
        Ok(())
    }
}

fn address<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SocketAddr, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.trim().parse().map_err(|_| de::Error::custom("ADDRESS:PORT is expected, as in 127.0.0.1:7611,"))
}

fn ip_addresses<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<IpAddr>, D::Error> {
    let text = String::deserialize(deserializer)?;
    let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
    parts
        .map(|part| {
            part.parse().map_err(|_| de::Error::custom("IP addresses separated by commas are expected,"))
        })
        .collect()
}

fn numbers<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u64>, D::Error> {
    let text = String::deserialize(deserializer)?;
    let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
    let read = |part: &str| {
        part.parse().map_err(|_| de::Error::custom("whole numbers separated by commas are expected,"))
    };
    parts.map(read).collect()
}

fn url<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Url, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.trim().parse().map_err(|_| de::Error::custom("a URL is expected, as in https://api.stripe.com,"))
}

fn public_url<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<PublicUrl>, D::Error> {
    let text = String::deserialize(deserializer)?;
    match text.trim() {
        "" => Ok(None),
        text => text.parse().map(Some).map_err(de::Error::custom),
    }
}

/// Empty: by the account's transactions; 0: no bound.
fn read_budget<'de, D: Deserializer<'de>>(deserializer: D) -> Result<ReadBudget, D::Error> {
    /// A file has a number where it has one, a variable always has text.
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Given {
        Number(i64),
        Text(String),
    }
    let expected = || de::Error::custom("a number of requests is expected, or nothing,");
    let number = match Given::deserialize(deserializer).map_err(|_| expected())? {
        Given::Number(number) => number,
        Given::Text(text) if text.trim().is_empty() => return Ok(ReadBudget::ByTransactions),
        Given::Text(text) => text.trim().parse().map_err(|_| expected())?,
    };
    match number {
        0 => Ok(ReadBudget::Unlimited),
        1.. => Ok(ReadBudget::Reads(number)),
        _ => Err(expected()),
    }
}

fn log_format<'de, D: Deserializer<'de>>(deserializer: D) -> Result<LogFormat, D::Error> {
    match String::deserialize(deserializer)?.trim() {
        "text" => Ok(LogFormat::Text),
        "json" => Ok(LogFormat::Json),
        _ => Err(de::Error::custom("text or json is expected")),
    }
}
